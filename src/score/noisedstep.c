/* A step of annealed Langevin dynamics with data as they are written (Song 2021; in function space Lim 2025), on
     p_t(x) N(y; H' x, R_t),   H' = H/a,   R_t = R (data), or R + H' S H'* (level: with what the noise of x adds),
   preconditioned by what the noise's covariance S becomes by that likelihood, P = (S^-1 + H'* R_t^-1 H')^-1:
     x <- x + c P [(a D - x)/S + H'* R_t^-1 (y - H' x)] + b N(0, P)
        = x + c (a D - x) + b xi + S H'* (H' S H'* + R_t)^-1 [c (y - H D) - b (H' xi + e)],
   xi ~ N(0, S), e ~ N(0, R_t): one solve. Neither law is that of X_t given y; both become it as S does 0. Where S is
   small beside the variance v of the law, that of the steps is b^2/(2 c) v, (1 + q)/2 of it where c = 1 - q and b^2 = 1
   - q^2. */
#include "posteriorimpl.h"

#include <string.h>

/* S, a and 1/a of each mode. */
typedef struct {
  PetscReal *s, *a, *inverse;
  PetscInt   n, group;
} Noise;

static PetscErrorCode Create(Posterior *p, PetscReal t, Noise *k)
{
  KarGains g;

  PetscFunctionBegin;
  PetscCall(KarGainsCreate(p->prior, t, &g));
  k->n = g.n, k->group = g.group;
  PetscCall(PetscMalloc3(g.n, &k->s, g.n, &k->a, g.n, &k->inverse));
  for (PetscInt i = 0; i < g.n; i++) {
    k->s[i]       = kar_gains_noise(&g, i);
    k->a[i]       = kar_gains_a(&g, i);
    k->inverse[i] = 1 / k->a[i];
  }
  PetscCall(KarGainsDestroy(&g));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* xi ~ N(0, S) and e <- H' xi + N(0, R_t), with `work` written over. */
static PetscErrorCode Draw(Posterior *p, const Noise *k, PetscBool level, KarKey key, Vec xi, Vec work, Vec e)
{
  KarFFT fft = p->prior->fft;
  KarCov project;

  PetscFunctionBegin;
  PetscCall(KarSDEGetCovariance(p->prior->sde, &project));
  PetscCall(KarFFTFillNormalScaled(fft, key, k->s, xi));
  PetscCall(KarCovProject(project, xi));
  key.stream = KAR_STREAM_PRIOR, key.step += 2; /* 0 and 1 are those of the start */
  PetscCall(VecZeroEntries(work));
  if (level) PetscCall(KarFFTFillNormalScaled(fft, key, k->s, work));
  if (level) PetscCall(KarCovProject(project, work));
  PetscCall(VecAXPY(work, 1, xi));
  PetscCall(KarFFTMultiply(fft, k->inverse, work));
  PetscCall(KarObservationSample(p->obs, key, work, e));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* x <- x + c (a d - x) + b xi where there is noise. */
static PetscErrorCode Move(const Noise *k, PetscReal c, PetscReal b, Vec d, Vec xi, Vec x)
{
  const PetscScalar *in, *noise;
  PetscScalar       *out;

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(d, &in));
  PetscCall(VecGetArrayRead(xi, &noise));
  PetscCall(VecGetArray(x, &out));
  for (PetscInt i = 0; i < k->n; i++)
    for (PetscInt j = i * k->group; k->s[i] > 0 && j < (i + 1) * k->group; j++)
      out[j] += c * (k->a[i] * in[j] - out[j]) + b * noise[j];
  PetscCall(VecRestoreArray(x, &out));
  PetscCall(VecRestoreArrayRead(xi, &noise));
  PetscCall(VecRestoreArrayRead(d, &in));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPosteriorStepNoised(Posterior *p, PetscBool level, PetscReal t, PetscReal c, PetscReal b, KarKey key,
                                      Vec x)
{
  KarInnovation innovation;
  Noise         k;
  Vec           d, xi, e;

  PetscFunctionBegin;
  PetscCall(Create(p, t, &k));
  PetscCall(VecDuplicate(x, &d));
  PetscCall(VecDuplicate(x, &xi));
  PetscCall(VecDuplicate(p->y, &e));
  PetscCall(Draw(p, &k, level, key, xi, d, e));
  PetscCall(KarScoreDenoise(p->prior, t, x, d));
  PetscCall(Move(&k, c, b, d, xi, x));
  PetscCall(KarObservationApply(p->obs, d, p->e));
  PetscCall(VecAYPX(p->e, -1, p->y));
  PetscCall(VecAXPBY(p->e, -b, c, e));
  PetscCall(VecZeroEntries(d));
  PetscCall(KarPosteriorGetNoised(p, level, t, &innovation)); /* level: with 2 S */
  PetscCall(KarInnovationCorrect(innovation, p->e, d));
  PetscCall(KarFFTMultiply(p->prior->fft, k.a, d));
  PetscCall(VecAXPY(x, level ? 0.5 : 1, d));
  PetscCall(VecDestroy(&d));
  PetscCall(VecDestroy(&xi));
  PetscCall(VecDestroy(&e));
  PetscCall(PetscFree3(k.s, k.a, k.inverse));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarScorePosteriorCheckStep(KarScore score, KarStepCovariance covariance)
{
  static const char *const names[] = {"noise", "posterior", "data", "level"};
  const PetscBool          noised  = (PetscBool)(covariance >= KAR_STEP_DATA);
  Posterior               *p       = score->context;
  PetscBool                linear;

  PetscFunctionBegin;
  KarCheck(score->comm, !strcmp(score->type, KARSCOREPOSTERIOR), PETSC_ERR_USER_INPUT,
           "-sampler_precondition %s needs data: give it to karhunen posterior -posterior_type guided",
           names[covariance]);
  PetscCall(KarScoreSetUp(score));
  PetscCall(KarObservationIsLinear(p->obs, &linear));
  KarCheck(score->comm, linear && !p->rest && !p->jacobian, PETSC_ERR_SUP,
           "-sampler_precondition %s takes data that are linear, no cascade, and no -posterior_covariance jacobian: "
           "leave it out",
           names[covariance]);
  KarCheck(score->comm, p->guidance == (noised ? KAR_GUIDANCE_NOISED : KAR_GUIDANCE_OURS), PETSC_ERR_SUP,
           "-sampler_precondition %s takes %s", names[covariance],
           noised ? "the likelihood at the noised field: give -posterior_guidance noised"
                  : "guidance by the data's spectrum: leave -posterior_guidance out");
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarScorePosteriorStep(KarScore score, KarStepCovariance covariance, PetscReal t, PetscReal c,
                                     PetscReal b, KarKey key, Vec x)
{
  Posterior *p = score->context;

  PetscFunctionBegin;
  if (covariance == KAR_STEP_POSTERIOR) PetscCall(KarPosteriorStepGiven(p, t, c, b, key, x));
  else PetscCall(KarPosteriorStepNoised(p, (PetscBool)(covariance == KAR_STEP_LEVEL), t, c, b, key, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}
