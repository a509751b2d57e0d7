/* karhunen-bench [OPTIONS]: a program beside karhunen, since it counts bytes by standing before MPI's calls
   (traffic.c), which hides them from profilers. */
#include "bench.h"

static PetscErrorCode Run(MPI_Comm comm, int argc, char **argv)
{
  PetscFunctionBegin;
  KarCheck(comm, argc < 2 || argv[1][0] == '-', PETSC_ERR_USER_INPUT,
           "karhunen-bench %s: it takes options only; -bench_type says what is timed", argv[1]);
  PetscCall(KarCommandCheckWords(comm, argc, argv));
  if (KarOptionsHelping()) PetscCall(PetscPrintf(comm, "karhunen-bench: times, beside honest baselines\n"));
  PetscCall(KarOptionsRun(comm, KarBenchRun));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  kar_bench_choose_kernels(argv);

  PetscErrorCode code = KarInitialize(&argc, &argv);
  if (!code) code = Run(PETSC_COMM_WORLD, argc, argv);
  return KarFinish(code);
}
