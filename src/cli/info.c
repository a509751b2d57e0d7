/* karhunen info FILE and karhunen verify FILE. */
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

PetscErrorCode KarCommandInfo(MPI_Comm comm)
{
  char      in[PETSC_MAX_PATH_LEN];
  PetscBool done;

  PetscFunctionBegin;
  PetscCall(ReadName(comm, sizeof(in), in, &done));
  if (!done) PetscCall(KarFilePrint(comm, in));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Every sample that has a checksum; a file without fields has none. */
static PetscErrorCode VerifySamples(MPI_Comm comm, const char in[], PetscInt *checked)
{
  KarDataset data;

  PetscFunctionBegin;
  PetscCall(KarDatasetOpen(comm, in, &data));
  PetscCall(KarDatasetVerify(data, checked));
  PetscCall(KarDatasetClose(&data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCommandVerify(MPI_Comm comm)
{
  KarFileState state;
  PetscInt     checked = 0;
  char         in[PETSC_MAX_PATH_LEN];
  PetscBool    done;

  PetscFunctionBegin;
  PetscCall(ReadName(comm, sizeof(in), in, &done));
  if (done) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarFileCheck(comm, in, &state));
  if (state == KAR_FILE_DAMAGED || state == KAR_FILE_MISSING) PetscCall(VerifySamples(comm, in, &checked)); /* says where, if it can */
  KarCheck(comm, state != KAR_FILE_DAMAGED, PETSC_ERR_FILE_READ, "%s is damaged outside its fields: its checksum does not fit", in);
  KarCheck(comm, state != KAR_FILE_UNSEALED, PETSC_ERR_FILE_READ,
           "%s has no checksum at its end: it was cut, changed since, or not written by this program", in);
  PetscCall(PetscPrintf(comm, "%s is whole: its checksum fits\n", in));
  PetscFunctionReturn(PETSC_SUCCESS);
}
