/* Threads inside a rank: how many, and which part of a range is whose. */
#include "sysimpl.h"

#include <stdlib.h>
#if defined(_OPENMP)
  #define MOST 1024
#else
  #define MOST 1
#endif

static int threads = 1;

int kar_threads(void)
{
  return threads;
}

PetscErrorCode KarSetThreads(PetscInt n)
{
  PetscFunctionBegin;
  PetscCheck(n >= 1 && n <= MOST, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "%" PetscInt_FMT " threads a rank: this build takes 1 to %d", n, MOST);
  threads = (int)n;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarThreadsFromOptions_Private(void)
{
  const char *text = getenv("OMP_NUM_THREADS");
  PetscInt    n    = text ? (PetscInt)strtol(text, NULL, 10) : 1;

  PetscFunctionBegin;
  n = PetscMin(PetscMax(n, 1), MOST);
  PetscCall(
    KarOptionsInt(NULL, "threads", "threads of each rank; ranks times threads should be the cores", 1, MOST, &n));
  PetscCall(KarSetThreads(n));
  PetscFunctionReturn(PETSC_SUCCESS);
}
