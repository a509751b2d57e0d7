/* What karhunen posterior says of its runs. */
#include "posteriorrun.h"

#include <math.h>

/* Of pcn: the mean share of proposals that were taken. */
static PetscErrorCode PutAcceptance(PosteriorRun *run, PetscInt runs)
{
  PetscReal sum = 0;

  PetscFunctionBegin;
  for (PetscInt i = 0; i < runs; i++) sum += run->numbers[i][EVIDENCE] / (PetscReal)runs;
  PetscCall(KarDatasetPutReal(run->data, "posterior_accepted", sum));
  PetscCall(PetscPrintf(run->comm, "%.3g of the proposals were taken\n", (double)sum));
  if (sum < 0.05)
    PetscCall(PetscPrintf(
      run->comm, "warning: the chains hardly move: give a smaller -posterior_beta and more -posterior_steps\n"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The evidence of all runs, and of the others the worst; resamplings are a mean. */
static PetscErrorCode PutParticles(PosteriorRun *run, PetscInt runs)
{
  PetscReal worst[SMC_NUMBERS], most = -PETSC_MAX_REAL, sum = 0, resamplings = 0, evidence;
  PetscInt  ancestors, distinct;

  PetscFunctionBegin;
  for (int k = 0; k < SMC_NUMBERS; k++) worst[k] = (PetscReal)run->particles;
  for (PetscInt i = 0; i < runs; i++) {
    for (int k = 0; k < SMC_NUMBERS; k++) worst[k] = PetscMin(worst[k], run->numbers[i][k]);
    most = PetscMax(most, run->numbers[i][EVIDENCE]);
    resamplings += run->numbers[i][RESAMPLINGS] / (PetscReal)runs;
  }
  for (PetscInt i = 0; i < runs; i++) sum += PetscExpReal(run->numbers[i][EVIDENCE] - most);
  evidence  = most + PetscLogReal(sum / (PetscReal)runs);
  ancestors = (PetscInt)worst[ANCESTORS], distinct = (PetscInt)worst[DISTINCT];
  PetscCall(KarDatasetPutReal(run->data, "posterior_ess", worst[ESS]));
  PetscCall(KarDatasetPutReal(run->data, "posterior_least_ess", worst[LEAST]));
  PetscCall(KarDatasetPutInt(run->data, "posterior_ancestors", ancestors));
  PetscCall(KarDatasetPutInt(run->data, "posterior_distinct", distinct));
  PetscCall(KarDatasetPutReal(run->data, "posterior_resamplings", resamplings));
  PetscCall(PetscPrintf(run->comm,
                        "%" PetscInt_FMT " run%s of %" PetscInt_FMT " particles, at least %" PetscInt_FMT
                        " distinct at the end, of %" PetscInt_FMT " ancestor%s, %.3g effective at the end and %.3g "
                        "before a resampling; %.3g resamplings a run",
                        runs, runs > 1 ? "s" : "", run->particles, distinct, ancestors, ancestors > 1 ? "s" : "",
                        (double)worst[ESS], (double)worst[LEAST], (double)resamplings));
  if (isfinite(evidence)) {
    PetscCall(KarDatasetPutReal(run->data, "log_evidence", evidence));
    PetscCall(PetscPrintf(run->comm, ", log evidence %.4f\n", (double)evidence));
  } else PetscCall(PetscPrintf(run->comm, "; no log evidence, as there are more data than -obs_dense\n"));
  if (run->moves) {
    PetscCall(KarDatasetPutReal(run->data, "posterior_moved", worst[MOVED]));
    PetscCall(PetscPrintf(run->comm, "at least %.3g of the moves of a run were taken\n", (double)worst[MOVED]));
  }
  if (run->each > 1 && run->samples > 1 && PetscMin(ancestors, distinct) < PetscMax(2, run->particles / 4))
    PetscCall(PetscPrintf(run->comm,
                          "warning: samples of a run are near copies (%" PetscInt_FMT " of %" PetscInt_FMT
                          " distinct, of %" PetscInt_FMT " ancestor%s): trust their mean, not their spread. "
                          "-posterior_return 1 gives independent ones; compare with -posterior_type guided or pcn\n",
                          distinct, run->particles, ancestors, ancestors > 1 ? "s" : ""));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode PosteriorPutRuns(PosteriorRun *run, PetscInt runs)
{
  PetscReal evidence;

  PetscFunctionBegin;
  if (run->type == RUN_EXACT) {
    PetscCall(KarPosteriorGetLogEvidence(run->exact, &evidence));
    if (!isfinite(evidence)) PetscFunctionReturn(PETSC_SUCCESS);
    PetscCall(KarDatasetPutReal(run->data, "log_evidence", evidence));
    PetscCall(PetscPrintf(run->comm, "log evidence %.6f\n", (double)evidence));
  }
  if (run->type != RUN_SMC && run->type != RUN_CONDITIONAL) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCallMPI(
    MPI_Allreduce(MPI_IN_PLACE, run->numbers, (PetscMPIInt)(run->runs * SMC_NUMBERS), MPIU_REAL, MPIU_SUM, run->comm));
  if (run->type == RUN_SMC) PetscCall(PutParticles(run, runs));
  else PetscCall(PutAcceptance(run, runs));
  PetscFunctionReturn(PETSC_SUCCESS);
}
