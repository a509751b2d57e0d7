/* Particles of a Gaussian law with the kernel wa: no weight differs from 1 at any step, however few the steps, and the
   log evidence is that of the law, and all particles of the first step have one descendant; with 2m they differ, and no
   draw descends from a particle that is gone. Nor does any weight of a move, whatever the kernel of the run: each is
   taken, and counts as an ancestor of its own. ranks: 1 3 */
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

/* Three moves of each of 4 particles, up five of ten steps. */
static PetscErrorCode Moves(const char data[], KarKernel kernel)
{
  CircleLaw        law;
  KarObservation   obs;
  KarSMC           smc;
  KarSMCInfo       info;
  const PetscReal *t;
  PetscReal        snr;
  PetscInt         steps;
  TS               ts;
  Vec              y, x, *all;

  PetscFunctionBegin;
  PetscCall(CircleLawCreate("G", 32, &law));
  PetscCall(CircleData(law.fft, data, &obs, &y));
  PetscCall(KarSMCCreate(law.score, obs, y, &smc));
  PetscCall(KarSMCSetParticles(smc, 4));
  PetscCall(KarSMCSetKernel(smc, kernel));
  PetscCall(KarSMCGetSampler(smc, &ts));
  PetscCall(KarSamplerSetEvaluations(ts, 11));
  PetscCall(KarSamplerGetTimes(ts, &steps, &t));
  PetscCall(KarSDEGetLogSNR(law.sde, t[5], &snr));
  PetscCall(KarSMCSetMoves(smc, 3, PetscExpReal(-snr / 2) * 0.99));
  PetscCall(KarFFTCreateCoordinates(law.fft, &x));
  PetscCall(VecDuplicateVecs(x, 4, &all));
  PetscCall(KarSMCSolve(smc, (KarKey){.seed = 3}, all, &info, NULL));
  Claim(info.proposed == 12, "%d moves", (int)info.proposed);
  Claim(info.evaluations == 4 * (11 + 3 * 10), "%d evaluations", (int)info.evaluations);
  Claim(info.taken == 12, "%s: %d of 12 moves taken", data, (int)info.taken);
  Claim(info.ancestors == 4 && info.distinct == 4, "%d ancestors of %d distinct particles", (int)info.ancestors,
        (int)info.distinct);
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
  PetscCall(Moves("points", KAR_KERNEL_WA));
  PetscCall(Moves("average", KAR_KERNEL_WA));
  PetscCall(Moves("points", KAR_KERNEL_2M));
  for (int few = 0; few < 2; few++) {
    PetscCall(Weights("points", few ? 6 : 41, KAR_KERNEL_WA, -4.640926));
    PetscCall(Weights("average", few ? 6 : 41, KAR_KERNEL_WA, -2.930994));
    PetscCall(Weights("one", few ? 6 : 41, KAR_KERNEL_WA, -1.011508));
  }
  PetscCall(Weights("points", 11, KAR_KERNEL_2M, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
