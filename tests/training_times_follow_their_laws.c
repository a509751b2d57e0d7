/* A time drawn at share F of a law is where the law's distribution function is F, for each law and process; pairs of a
   batch lie each in its own stratum; a ladder's times are its rungs, each as often.  Exact: 1e-9.  ranks: 1 */
#include "problem.h"

#include <math.h>

static PetscErrorCode Level(KarSDE sde, PetscReal t, PetscReal *l)
{
  PetscFunctionBegin;
  PetscCall(KarSDEGetLogSNR(sde, t, l));
  *l /= -2;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscReal Phi(PetscReal z)
{
  return (1 + erf(z / PETSC_SQRT2)) / 2;
}

/* The distribution function, from its definition. */
static PetscErrorCode Share(const KarTimeLaw *law, KarSDE sde, PetscReal t, PetscReal *F)
{
  PetscReal l = 0, low = 0, high = 0;

  PetscFunctionBegin;
  PetscCall(Level(sde, t, &l));
  PetscCall(Level(sde, law->low, &low));
  PetscCall(Level(sde, law->high, &high));
  if (law->kind == KAR_TIME_UNIFORM) *F = (t - law->low) / (law->high - law->low);
  else if (law->kind == KAR_TIME_LOGSNR) *F = (l - low) / (high - low);
  else
    *F = (Phi((l - law->mean) / law->std) - Phi((low - law->mean) / law->std)) /
         (Phi((high - law->mean) / law->std) - Phi((low - law->mean) / law->std));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Check(KarCov cov, KarSDEType process)
{
  const PetscInt batch = 16;
  KarSDE         sde;
  KarTimeLaw     law = {.mean = -1.2, .std = 1.2};

  PetscFunctionBegin;
  PetscCall(KarSDECreate(cov, &sde));
  PetscCall(KarSDESetType(sde, process));
  PetscCall(KarSDEGetFinalTime(sde, &law.high));
  PetscCall(KarSDEFindTime(sde, -2 * PetscLogReal(1e-3), &law.low));
  for (int kind = 0; KarTimeKinds[kind]; kind++) {
    law.kind = (KarTimeKind)kind;
    for (PetscInt b = 0; b < batch; b++) {
      PetscReal u[2], t = 0, F = 0;

      kar_uniform_pair((KarKey){.seed = 3, .stream = KAR_STREAM_TEST}, b, 0, 0, u);
      PetscCall(KarTimeLawDraw(&law, sde, b, batch, u[0], &t));
      PetscCall(Share(&law, sde, t, &F));
      Claim(PetscAbsReal(F - (b + u[0]) / batch) < 1e-9, "%s, %s: share %.12g instead of %.12g", process,
            KarTimeKinds[kind], (double)F, (double)((b + u[0]) / batch));
      Claim(t >= law.low && t <= law.high, "%s, %s: t = %g", process, KarTimeKinds[kind], (double)t);
    }
  }
  PetscCall(KarSDEDestroy(&sde));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Rungs(KarCov cov)
{
  const PetscInt rungs    = 40;
  PetscInt       seen[41] = {0};
  KarSDE         sde;
  KarTimeLaw     law = {.kind = KAR_TIME_UNIFORM, .rungs = rungs};

  PetscFunctionBegin;
  PetscCall(KarSDECreate(cov, &sde));
  PetscCall(KarSDESetType(sde, KARSDEFLOW));
  PetscCall(KarSDEGetFinalTime(sde, &law.high));
  for (PetscInt b = 0; b < 10 * rungs; b++) {
    PetscReal t = 0;
    PetscInt  i;

    PetscCall(KarTimeLawDraw(&law, sde, b, 10 * rungs, 0.5, &t));
    i = (PetscInt)(t / law.high * (PetscReal)rungs + 0.5);
    ClaimNear(t, law.high * (PetscReal)i / (PetscReal)rungs, 1e-15);
    seen[i]++;
  }
  for (PetscInt i = 0; i <= rungs; i++)
    Claim(seen[i] == (i ? 10 : 0), "rung %d is drawn %d times", (int)i, (int)seen[i]);
  PetscCall(KarSDEDestroy(&sde));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  const PetscInt n = 8;
  KarFFT         fft;
  KarCov         cov;

  PetscFunctionBegin;
  PetscCall(ProblemFFT(PETSC_COMM_WORLD, 1, &n, &fft));
  PetscCall(KarCovCreate(fft, &cov));
  PetscCall(KarCovSetType(cov, KARCOVMATERN));
  PetscCall(Check(cov, KARSDEVP));
  PetscCall(Check(cov, KARSDEVE));
  PetscCall(Check(cov, KARSDEFLOW));
  PetscCall(Check(cov, KARSDEHEAT));
  PetscCall(Check(cov, KARSDEDDPM));
  PetscCall(Rungs(cov));
  PetscCall(KarCovDestroy(&cov));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
