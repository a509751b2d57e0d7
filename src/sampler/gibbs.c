/* Split Gibbs (Vono 2019, PnP-DM of Wu 2024) on p(x) N(z; x, rho^2 C) p(y | z), C the noise, with rho falling to a
   last value:
     z | x, y    exactly, by one solve with H rho^2 C H* + R;
     x | z       is the law of X_0 given X_t = a z where s/a = rho: the reverse process from there.
   Exact in the limit of rho -> 0 and long chains. */
#include "conditionalimpl.h"

static PetscErrorCode DrawGivenData(KarConditional c, KarKey key, PetscReal rho, Vec x)
{
  const PetscReal *lambda;
  PetscReal       *gamma;
  KarInnovation    innovation;

  PetscFunctionBegin;
  PetscCall(KarCovGetEigenvalues(c->noise, &lambda));
  PetscCall(PetscMalloc1(c->modes, &gamma));
  for (PetscInt i = 0; i < c->modes; i++) gamma[i] = rho * rho * lambda[i];
  PetscCall(KarInnovationCreate(c->obs, gamma, c->noise, &innovation));
  key.stream = KAR_STREAM_PRIOR; /* the reverse process has that of the path */
  PetscCall(KarFFTFillNormalScaled(c->fft, key, gamma, c->v));
  PetscCall(KarCovProject(c->noise, c->v));
  PetscCall(VecAXPY(x, 1, c->v));
  PetscCall(KarObservationSample(c->obs, key, x, c->e));
  PetscCall(VecAYPX(c->e, -1, c->y));
  PetscCall(KarInnovationCorrect(innovation, c->e, x));
  PetscCall(KarInnovationDestroy(&innovation));
  PetscCall(PetscFree(gamma));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The reverse process from s/a = rho to a tenth of it, at most 1e-3, by the second-order kernel with noise. */
static PetscErrorCode DrawGivenNoisy(KarConditional c, KarKey key, PetscReal rho, PetscInt evaluations, Vec x)
{
  const PetscReal end = PetscMin(1e-3, rho / 10);
  PetscReal      *t, a, s;
  TS              ts;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(evaluations, &t));
  for (PetscInt i = 0; i < evaluations; i++)
    PetscCall(KarSDEFindTime(
      c->sde, -2 * (PetscLogReal(rho) + (PetscReal)i / (PetscReal)(evaluations - 1) * PetscLogReal(end / rho)), &t[i]));
  PetscCall(KarSDEGetMarginal(c->sde, t[0], &a, &s));
  PetscCall(VecScale(x, a));
  PetscCall(KarSamplerCreate(c->prior, &ts));
  PetscCall(KarSamplerSetType(ts, KARTSMULTISTEP));
  PetscCall(KarSamplerSetTimeList(ts, evaluations, t));
  PetscCall(KarSamplerSetParameter(ts, "order", 2));
  PetscCall(KarSamplerSetParameter(ts, "eta", 1));
  PetscCall(KarSamplerSolveFrom(ts, key, x, NULL));
  PetscCall(TSDestroy(&ts));
  PetscCall(PetscFree(t));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarConditionalGibbs(KarConditional c, KarKey key, Vec x, PetscBool *stop)
{
  const PetscReal *t;
  const PetscInt   rounds = (PetscInt)c->steps;
  const PetscInt64 sample = key.sample;
  PetscReal        a, s, first, rho;
  PetscInt         steps;

  PetscFunctionBegin;
  PetscCall(KarSamplerGetTimes(c->ts, &steps, &t));
  PetscCall(KarSDEGetMarginal(c->sde, t[0], &a, &s));
  first = PetscMin(10, s / a);
  PetscCall(KarScoreSampleStart(c->prior, t[0], PETSC_TRUE, key, x));
  PetscCall(KarScoreDenoise(c->prior, t[0], x, c->d));
  PetscCall(VecCopy(c->d, x));
  for (PetscInt i = 0; i < rounds && !*stop; i++) {
    rho        = first * PetscPowReal(c->last / first, rounds > 1 ? (PetscReal)i / (PetscReal)(rounds - 1) : 1);
    key.sample = sample * rounds + i;
    PetscCall(DrawGivenData(c, key, rho, x));
    PetscCall(DrawGivenNoisy(c, key, rho, PetscMax(steps + 1, 2), x));
    PetscCall(KarStopRequested(c->comm, stop));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
