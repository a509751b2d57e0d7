/* What karhunen posterior cost: counted where it can be. */
#include "posteriorrun.h"

#include <karhunen/solves.h>

PetscErrorCode PosteriorSayCost(PosteriorRun *run)
{
  PetscInt64  all[4] = {0}; /* evaluations, solves, products, factors */
  PetscInt    levels = 1, n;
  KarScore    score  = run->score;
  KarUsage    usage;
  PetscMPIInt rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(run->one, &rank));
  if (run->cascade) PetscCall(KarCascadeGetSize(run->cascade, &levels));
  for (PetscInt j = 0; j < levels; j++) {
    if (run->cascade) PetscCall(KarCascadeGetLevel(run->cascade, j, &score, NULL));
    PetscCall(KarScoreGetEvaluations(score, &n));
    all[0] += n;
  }
  PetscCall(KarInnovationGetCost(run->obs, &all[1], &all[2], &all[3]));
  for (int i = 0; i < 4 && rank; i++) all[i] = 0; /* one rank of each field counts */
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, all, 4, MPIU_INT64, MPI_SUM, run->comm));
  PetscCall(KarGetUsage(run->comm, &usage));
  PetscCall(PetscPrintf(run->comm,
                        "cost: %" PetscInt64_FMT " evaluations of the denoiser, %" PetscInt64_FMT
                        " solves for the data, %" PetscInt64_FMT " products of conjugate gradients, %" PetscInt64_FMT
                        " factorisations; %.3g s of processor time; at most %.4g MiB a rank; %.4g MiB between ranks\n",
                        all[0], all[1], all[2], all[3], (double)usage.cpu, (double)usage.peak / 1048576,
                        (double)usage.sent / 1048576));
  PetscFunctionReturn(PETSC_SUCCESS);
}
