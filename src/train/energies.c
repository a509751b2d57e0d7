/* Gains by energy (src/denoiser/energy.c), level by level of noise beside gains of the whole denoiser (gains.c): the
   answers to draws are to have the energies of the answers to fields of the data, with noise of that level, above their
   own coarser scales. */
#include "calibrateimpl.h"

#include <karhunen/sde.h>

#define SHARE 0.5 /* of the way from the gains of the level before */

/* The denoiser's answers at time t to the fields of the data that this rank's draws go with, into bins; work holds
   them. *failed: the reader's error, which it has told of, else 0. */
static PetscErrorCode CollectData(KarCalibrationRun *run, PetscReal t, PetscInt step, PetscInt n,
                                  const PetscInt sample[], Vec work, PetscReal bins[], int *failed)
{
  KarSDE sde;
  Vec    xt;

  PetscFunctionBegin;
  PetscCall(KarDenoiserGetSDE(run->denoiser, &sde));
  PetscCall(VecDuplicate(work, &xt));
  for (PetscInt j = 0; j < n && !*failed && !kar_stop_wished(); j++) { /* then the run ends */
    const KarKey key = {.seed = run->o->seed, .sample = sample[j], .step = step, .stream = KAR_STREAM_TRAIN};

    PetscCall(KarCalibrationFieldsRead_Private(
      &run->fields, kar_calibration_field(sample[j], run->o->samples, run->fields.samples), failed));
    if (*failed) break;
    PetscCall(KarDenoiserTell(run->denoiser, sample[j]));
    PetscCall(KarDenoiserSetCondition(run->denoiser, run->fields.x));
    PetscCall(KarSDEAddNoise(sde, t, key, run->fields.x, xt, NULL));
    PetscCall(KarDenoiserApply(run->denoiser, t, xt, work));
    PetscCall(KarDenoiserCollectEnergy(run->denoiser, work, bins));
  }
  PetscCall(VecDestroy(&xt));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCalibrationEnergies_Private(KarCalibrationRun *run, PetscReal t, PetscInt step, PetscInt n,
                                              const PetscInt sample[], const Vec D[], const KarEnergyGains *before,
                                              KarEnergyGains *gains)
{
  PetscReal *bins;
  int        failed = 0;
  Vec        work;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(2 * KAR_ENERGY_BINS, &bins));
  PetscCall(VecDuplicate(run->x, &work));
  for (PetscInt j = 0; j < n; j++) {
    PetscCall(VecCopy(D[j], work));
    PetscCall(KarDenoiserCollectEnergy(run->denoiser, work, bins));
  }
  PetscCall(CollectData(run, t, step, n, sample, work, bins + KAR_ENERGY_BINS, &failed));
  PetscCall(VecDestroy(&work));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &failed, 1, MPI_INT, MPI_MAX, run->comm));
  if (failed) PetscFunctionReturn((PetscErrorCode)failed); /* the rank that read has said why */
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, bins, 2 * KAR_ENERGY_BINS, MPIU_REAL, MPIU_SUM, run->comm));
  kar_energy_match(bins, bins + KAR_ENERGY_BINS, gains);
  for (int k = 0; k < KAR_ENERGY_KNOTS; k++) {
    const PetscReal from = before ? before->h[k] : 0;

    gains->h[k] = from + SHARE * (gains->h[k] - from);
  }
  PetscCall(PetscFree(bins));
  for (PetscInt j = 0; j < n; j++) PetscCall(KarDenoiserApplyEnergyGains(run->denoiser, gains, D[j]));
  PetscFunctionReturn(PETSC_SUCCESS);
}
