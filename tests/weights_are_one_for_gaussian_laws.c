/* Particles of a Gaussian law with the kernel wa: no weight differs from 1 at any step, however few the steps, and the
   log evidence is that of the law, and all particles of the first step have one descendant; with 2m they differ, and no
   draw descends from a particle that is gone. Nor does any weight of a move, whatever the kernel of the run: each is
   taken, and counts as an ancestor of its own. ranks: 1 3 */
#include "laws.h"

typedef struct {
  CircleLaw      law;
  KarObservation obs;
  KarSMC         smc;
  Vec            y, *x;
} Particles;

/* Four of them of the law G. */
static PetscErrorCode Create(const char data[], KarKernel kernel, PetscInt evaluations, Particles *p, TS *ts)
{
  Vec x;

  PetscFunctionBegin;
  PetscCall(CircleLawCreate("G", 32, &p->law));
  PetscCall(CircleData(p->law.fft, data, &p->obs, &p->y));
  PetscCall(KarSMCCreate(p->law.score, p->obs, p->y, &p->smc));
  PetscCall(KarSMCSetParticles(p->smc, 4));
  PetscCall(KarSMCSetKernel(p->smc, kernel));
  PetscCall(KarSMCGetSampler(p->smc, ts));
  PetscCall(KarSamplerSetEvaluations(*ts, evaluations));
  PetscCall(KarFFTCreateCoordinates(p->law.fft, &x));
  PetscCall(VecDuplicateVecs(x, 4, &p->x));
  PetscCall(VecDestroy(&x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Destroy(Particles *p)
{
  PetscFunctionBegin;
  PetscCall(VecDestroyVecs(4, &p->x));
  PetscCall(VecDestroy(&p->y));
  PetscCall(KarSMCDestroy(&p->smc));
  PetscCall(KarObservationDestroy(&p->obs));
  PetscCall(CircleLawDestroy(&p->law));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Weights(const char data[], PetscInt evaluations, KarKernel kernel, PetscReal evidence)
{
  Particles  p;
  KarSMCInfo info;
  TS         ts;

  PetscFunctionBegin;
  PetscCall(Create(data, kernel, evaluations, &p, &ts));
  PetscCall(KarSMCSolve(p.smc, (KarKey){.seed = 3}, p.x, &info, NULL));
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
  PetscCall(Destroy(&p));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Three moves of each of 4 particles, up five of ten steps. */
static PetscErrorCode Moves(const char data[], KarKernel kernel)
{
  Particles        p;
  KarSMCInfo       info;
  const PetscReal *t;
  PetscReal        snr;
  PetscInt         steps;
  TS               ts;

  PetscFunctionBegin;
  PetscCall(Create(data, kernel, 11, &p, &ts));
  PetscCall(KarSamplerGetTimes(ts, &steps, &t));
  PetscCall(KarSDEGetLogSNR(p.law.sde, t[5], &snr));
  PetscCall(KarSMCSetMoves(p.smc, 3, PetscExpReal(-snr / 2) * 0.99));
  PetscCall(KarSMCSolve(p.smc, (KarKey){.seed = 3}, p.x, &info, NULL));
  Claim(info.proposed == 12, "%d moves", (int)info.proposed);
  Claim(info.evaluations == 4 * (11 + 3 * 10), "%d evaluations", (int)info.evaluations);
  Claim(info.taken == 12, "%s: %d of 12 moves taken", data, (int)info.taken);
  Claim(info.ancestors == 4 && info.distinct == 4, "%d ancestors of %d distinct particles", (int)info.ancestors,
        (int)info.distinct);
  PetscCall(Destroy(&p));
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
