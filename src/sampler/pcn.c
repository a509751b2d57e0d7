/* Preconditioned Crank-Nicolson in the latent of the probability flow (Cotter 2013): x_0 = Phi(z), z ~ N(m, V) the
   state that a deterministic sampler starts from,
     z' = m + sqrt(1 - beta^2) (z - m) + beta (zeta - m),   zeta ~ N(m, V),
     accepted with probability min(1, p(y | Phi(z'))/p(y | Phi(z))).
   The chain converges to the posterior under the law that the sampler draws without data, whatever H; the acceptance
   does not depend on the grid. */
#include "conditionalimpl.h"

#include <string.h>

/* -1/2 |R^(-1/2) (y - H(x))|^2 */
static PetscErrorCode LogLikelihood(KarConditional c, Vec x, PetscReal *value)
{
  Vec R, scaled;

  PetscFunctionBegin;
  PetscCall(KarObservationGetVariance(c->obs, &R));
  PetscCall(KarObservationApply(c->obs, x, c->e));
  PetscCall(KarObservationResidual(c->obs, c->y, c->e, c->e));
  PetscCall(VecDuplicate(R, &scaled));
  PetscCall(VecPointwiseDivide(scaled, c->e, R));
  PetscCall(VecDot(scaled, c->e, value));
  *value /= -2;
  PetscCall(VecDestroy(&scaled));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CheckSampler(KarConditional c)
{
  TSType    type;
  PetscBool has;
  PetscReal eta = 0;

  PetscFunctionBegin;
  PetscCall(TSGetType(c->ts, &type));
  KarCheck(c->comm, strcmp(type, KARTSEM) && strcmp(type, KARTSLANGEVIN) && strcmp(type, KARTSPREDICTORCORRECTOR),
           PETSC_ERR_SUP,
           "-posterior_type pcn needs a sampler without noise of its own: give -sampler_type multistep or heun, not %s",
           type);
  PetscCall(KarSamplerGetParameter(c->ts, "eta", &eta, &has));
  KarCheck(c->comm, eta == 0, PETSC_ERR_USER_INPUT,
           "-sampler_eta %g: -posterior_type pcn needs a sampler without noise of its own: give -sampler_eta 0",
           (double)eta);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* zeta - m, draw number i of this sample. */
static PetscErrorCode Latent(KarConditional c, KarKey key, PetscReal t, PetscInt i, Vec z)
{
  PetscReal a, s;
  Vec       mean;

  PetscFunctionBegin;
  key.sample = key.sample * ((PetscInt64)c->steps + 1) + i;
  PetscCall(KarScoreSampleStart(c->prior, t, PETSC_TRUE, key, z));
  PetscCall(KarScoreGetMean(c->prior, &mean));
  if (!mean) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarSDEGetMarginal(c->sde, t, &a, &s));
  PetscCall(VecAXPY(z, -a, mean));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* x = Phi(m + z). */
static PetscErrorCode Flow(KarConditional c, KarKey key, PetscReal t, Vec z, Vec x, PetscReal *logp)
{
  PetscReal a, s;
  Vec       mean;

  PetscFunctionBegin;
  PetscCall(VecCopy(z, x));
  PetscCall(KarScoreGetMean(c->prior, &mean));
  PetscCall(KarSDEGetMarginal(c->sde, t, &a, &s));
  if (mean) PetscCall(VecAXPY(x, a, mean));
  PetscCall(KarSamplerSolveFrom(c->ts, key, x, NULL));
  PetscCall(LogLikelihood(c, x, logp));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarConditionalPCN(KarConditional c, KarKey key, Vec x, PetscReal *accepted, PetscBool *stop)
{
  const PetscReal *t, keep = PetscSqrtReal(1 - c->beta * c->beta);
  PetscInt         n, took = 0, i;
  PetscReal        logp, other, u[2];
  Vec              z = c->v, next = c->w;

  PetscFunctionBegin;
  PetscCall(KarSamplerGetTimes(c->ts, &n, &t));
  PetscCall(CheckSampler(c));
  PetscCall(Latent(c, key, t[0], 0, z));
  PetscCall(Flow(c, key, t[0], z, x, &logp));
  for (i = 1; i <= (PetscInt)c->steps && !*stop; i++) {
    KarKey choice = key;

    PetscCall(Latent(c, key, t[0], i, next));
    PetscCall(VecAXPBY(next, keep, c->beta, z));
    PetscCall(Flow(c, key, t[0], next, c->d, &other));
    choice.stream = KAR_STREAM_OBSERVE, choice.step = i;
    kar_uniform_pair(choice, 0, 0, 1, u);
    if (PetscLogReal(u[0]) < other - logp) {
      PetscCall(VecCopy(next, z));
      PetscCall(VecCopy(c->d, x));
      logp = other, took++;
    }
    PetscCall(KarStopRequested(c->comm, stop));
  }
  *accepted = (PetscReal)took / (PetscReal)PetscMax(i - 1, 1);
  PetscFunctionReturn(PETSC_SUCCESS);
}
