/* karhunen info FILE and karhunen verify FILE; what a model is: infomodel.c. */
#include "cli.h"

/* Reads -in; *done under -help. */
static PetscErrorCode ReadName(MPI_Comm comm, size_t size, char in[], PetscBool *done)
{
  PetscFunctionBegin;
  in[0] = 0;
  PetscCall(KarOptionsString(NULL, "in", "the file", size, in));
  PetscCall(KarCommandReady(comm, done));
  KarCheck(comm, *done || in[0], PETSC_ERR_USER_INPUT, "which file? Give its name after the command");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What train or evaluate would take of the file; a model, or a file without fields, has none.  xmf: what shows them to
   ParaView, or "". */
static PetscErrorCode SayFields(MPI_Comm comm, const char in[], const KarReadOptions *reading, const char xmf[],
                                KarReplace replace)
{
  KarDataset data;
  char       why[512];

  PetscFunctionBegin;
  PetscCall(KarDatasetTry(comm, in, reading, &data, sizeof(why), why));
  KarCheck(comm, data || !(reading->variable[0] || reading->axes[0] || xmf[0]), PETSC_ERR_USER_INPUT, "%s", why);
  if (!data) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarDatasetSay(data, comm, NULL));
  if (xmf[0]) {
    PetscCall(KarDatasetWriteXdmf(data, comm, xmf, replace));
    PetscCall(PetscPrintf(comm, "wrote %s\n", xmf));
  }
  PetscCall(KarDatasetClose(&data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCommandInfo(MPI_Comm comm)
{
  char           in[PETSC_MAX_PATH_LEN], xmf[PETSC_MAX_PATH_LEN] = "";
  KarReadOptions reading;
  KarReplace     replace;
  PetscBool      done, model, arrays = PETSC_FALSE;

  PetscFunctionBegin;
  PetscCall(KarReadOptionsRead(NULL, &reading));
  PetscCall(KarOptionsBool(NULL, "info_arrays", "of a model, also the arrays and attributes of its file", &arrays));
  PetscCall(KarOptionsString(NULL, "xmf", "also write this .xmf file, by which ParaView and VisIt open the fields",
                             sizeof(xmf), xmf));
  PetscCall(KarOutputReplaceFromOptions(NULL, &replace));
  PetscCall(ReadName(comm, sizeof(in), in, &done));
  if (done) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarInfoModel(comm, in, &model));
  if (model && !arrays) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarFilePrint(comm, in));
  PetscCall(SayFields(comm, in, &reading, xmf, replace));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCommandVerify(MPI_Comm comm)
{
  char      in[PETSC_MAX_PATH_LEN];
  PetscBool done;

  PetscFunctionBegin;
  PetscCall(ReadName(comm, sizeof(in), in, &done));
  if (done) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarFileVerify(comm, in));
  PetscCall(PetscPrintf(comm, "%s is whole: its checksum fits\n", in));
  PetscFunctionReturn(PETSC_SUCCESS);
}
