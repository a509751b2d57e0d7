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
