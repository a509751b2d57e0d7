/* Particles of a Gaussian law with the kernel wa: no weight differs from 1 at any step, however few the steps, and the
   log evidence is that of the law, and all particles of the first step have one descendant; with 2m they differ, and no
   draw descends from a particle that is gone. ranks: 1 3 */
#include "laws.h"

static PetscErrorCode Weights(const char data[], PetscInt evaluations, KarKernel kernel, PetscReal evidence)
{
  CircleLaw      law;
  KarObservation obs;
  KarSMC         smc;
  KarSMCInfo     info;
  TS             ts;
  Vec            y, x, *all;

  PetscFunctionBegin;
  PetscCall(CircleLawCreate("G", 32, &law));
  PetscCall(CircleData(law.fft, data, &obs, &y));
  PetscCall(KarSMCCreate(law.score, obs, y, &smc));
  PetscCall(KarSMCSetParticles(smc, 4));
  PetscCall(KarSMCSetKernel(smc, kernel));
  PetscCall(KarSMCGetSampler(smc, &ts));
  PetscCall(KarSamplerSetEvaluations(ts, evaluations));
  PetscCall(KarFFTCreateCoordinates(law.fft, &x));
  PetscCall(VecDuplicateVecs(x, 4, &all));
  PetscCall(KarSMCSolve(smc, (KarKey){.seed = 3}, all, &info, NULL));
  if (kernel == KAR_KERNEL_WA) {
    Claim(info.largest < 1e-10, "%s, %d evaluations: |log w| up to %g", data, (int)evaluations, (double)info.largest);
    ClaimNear(info.evidence, evidence, 1e-6);
    ClaimNear(info.ess, 4, 1e-9);
    Claim(info.resamplings == 0, "%d resamplings", (int)info.resamplings);
    Claim(info.ancestors == 4 && info.distinct == 4, "%d ancestors of %d distinct particles", (int)info.ancestors,
          (int)info.distinct);
  } else Claim(info.largest > 1e-3, "2m has no weight but 1");
  Claim(info.ancestors >= 1 && info.ancestors <= info.distinct && info.distinct <= 4,
        "%d ancestors of %d distinct particles", (int)info.ancestors, (int)info.distinct);
  Claim(info.evaluations == 4 * evaluations, "%d evaluations", (int)info.evaluations);
  PetscCall(VecDestroyVecs(4, &all));
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&y));
  PetscCall(KarSMCDestroy(&smc));
  PetscCall(KarObservationDestroy(&obs));
  PetscCall(CircleLawDestroy(&law));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  for (int few = 0; few < 2; few++) {
    PetscCall(Weights("points", few ? 6 : 41, KAR_KERNEL_WA, -4.640926));
    PetscCall(Weights("average", few ? 6 : 41, KAR_KERNEL_WA, -2.930994));
    PetscCall(Weights("one", few ? 6 : 41, KAR_KERNEL_WA, -1.011508));
  }
  PetscCall(Weights("points", 11, KAR_KERNEL_2M, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
