/* Draws given data beside guidance and particles: what they share. pcn.c, gibbs.c and published.c have the steps. */
#include "conditionalimpl.h"

#include <string.h>

const char *const KarConditionalTypes[] = {"pcn", "gibbs", "dps", "fundps", "csgm", NULL};

PetscErrorCode KarConditionalCreate(KarScore prior, KarObservation obs, Vec y, KarConditionalType type,
                                    KarConditional *conditional)
{
  const KarModes *m;
  KarConditional  c;
  PetscBool       scalar, linear, correlated;

  PetscFunctionBegin;
  PetscCall(KarScoreSetUp(prior));
  PetscCall(PetscNew(&c));
  *conditional = c;
  c->type      = type;
  PetscCall(KarScoreReference(prior));
  PetscCall(KarObservationReference(obs));
  PetscCall(PetscObjectReference((PetscObject)y));
  c->prior = prior, c->obs = obs, c->y = y;
  c->comm   = PetscObjectComm((PetscObject)y);
  c->steps  = type == KAR_CONDITIONAL_GIBBS ? 100 : 200;
  c->beta   = 0.2;
  c->weight = type == KAR_CONDITIONAL_DPS ? 1 : type == KAR_CONDITIONAL_CSGM ? 0.1 : 100;
  c->last   = 0.03;
  PetscCall(KarScoreGetFFT(prior, &c->fft));
  PetscCall(KarScoreGetSDE(prior, &c->sde));
  PetscCall(KarSDEGetCovariance(c->sde, &c->noise));
  PetscCall(KarSDEIsScalar(c->sde, &scalar));
  PetscCall(KarObservationIsLinear(obs, &linear));
  KarCheck(c->comm, scalar || type == KAR_CONDITIONAL_PCN, PETSC_ERR_SUP,
           "-posterior_type %s needs a process that is the same for all modes", KarConditionalTypes[type]);
  KarCheck(c->comm, linear || type != KAR_CONDITIONAL_GIBBS, PETSC_ERR_SUP,
           "-posterior_type gibbs needs data that are linear in the field: give smc, guided or pcn");
  PetscCall(KarObservationHasCorrelatedNoise(obs, &correlated));
  KarCheck(
    c->comm, !correlated || type == KAR_CONDITIONAL_GIBBS || KarOptionsHelping(), PETSC_ERR_SUP,
    "-posterior_type %s takes independent errors alone, not -obs_cov_* or -obs_offset: give smc, guided or exact",
    KarConditionalTypes[type]);
  PetscCall(KarFFTGetModes(c->fft, &m));
  c->modes  = m->rows * m->length;
  c->group  = m->dof * m->width;
  c->points = m->n[0] * m->n[1] * m->n[2];
  PetscCall(KarFFTCreateCoordinates(c->fft, &c->d));
  PetscCall(VecDuplicate(c->d, &c->v));
  PetscCall(VecDuplicate(c->d, &c->w));
  PetscCall(VecDuplicate(y, &c->e));
  PetscCall(KarSamplerCreate(prior, &c->ts));
  if (type == KAR_CONDITIONAL_PCN) PetscCall(KarSamplerSetParameter(c->ts, "eta", 0)); /* a map of the state alone */
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarConditionalSetParameter(KarConditional c, const char name[], PetscReal value)
{
  static const char *const names[] = {"steps", "beta", "weight", "last"};
  PetscReal *const         where[] = {&c->steps, &c->beta, &c->weight, &c->last};
  PetscInt                 i       = 0;

  PetscFunctionBegin;
  while (i < 4 && strcmp(names[i], name)) i++;
  KarCheck(c->comm, i < 4, PETSC_ERR_ARG_OUTOFRANGE, "a conditional draw has no parameter %s", name);
  *where[i] = value;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarConditionalSetOptionsPrefix(KarConditional c, const char prefix[])
{
  PetscFunctionBegin;
  PetscCall(PetscStrncpy(c->prefix, prefix ? prefix : "", sizeof(c->prefix)));
  PetscCall(KarSamplerSetOptionsPrefix(c->ts, prefix));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarConditionalSetFromOptions(KarConditional c)
{
  PetscInt steps = (PetscInt)c->steps;

  PetscFunctionBegin;
  PetscCall(KarSamplerSetFromOptions(c->ts));
  if (c->type <= KAR_CONDITIONAL_GIBBS)
    PetscCall(KarOptionsInt(c->prefix, "posterior_steps", "pcn: proposals of a sample; gibbs: rounds", 1,
                            PETSC_MAX_INT / 2, &steps));
  if (c->type == KAR_CONDITIONAL_PCN)
    PetscCall(KarOptionsReal(c->prefix, "posterior_beta", "how far a proposal of pcn goes: 1 forgets the field",
                             PETSC_SMALL, 1, &c->beta));
  if (c->type == KAR_CONDITIONAL_GIBBS)
    PetscCall(KarOptionsReal(c->prefix, "posterior_last", "s/a of the last round of gibbs", PETSC_SMALL, 10, &c->last));
  if (c->type >= KAR_CONDITIONAL_DPS)
    PetscCall(
      KarOptionsReal(c->prefix, "posterior_weight",
                     "of the gradient by grid values: zeta of dps, the weight of fundps; csgm: a step over (s/a)^2", 0,
                     PETSC_MAX_REAL, &c->weight));
  c->steps = (PetscReal)steps;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarConditionalGetSampler(KarConditional c, TS *ts)
{
  PetscFunctionBegin;
  *ts = c->ts;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarConditionalSolve(KarConditional c, KarKey key, Vec x, PetscReal *accepted, PetscBool *whole)
{
  PetscBool stop  = PETSC_FALSE;
  PetscReal share = 1;

  PetscFunctionBegin;
  if (c->type == KAR_CONDITIONAL_PCN) PetscCall(KarConditionalPCN(c, key, x, &share, &stop));
  else if (c->type == KAR_CONDITIONAL_GIBBS) PetscCall(KarConditionalGibbs(c, key, x, &stop));
  else PetscCall(KarConditionalPublished(c, key, x, &stop));
  if (accepted) *accepted = share;
  if (whole) *whole = (PetscBool)!stop;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarConditionalDestroy(KarConditional *conditional)
{
  KarConditional c = *conditional;

  PetscFunctionBegin;
  if (c) {
    PetscCall(VecDestroy(&c->d));
    PetscCall(VecDestroy(&c->v));
    PetscCall(VecDestroy(&c->w));
    PetscCall(VecDestroy(&c->e));
    PetscCall(VecDestroy(&c->y));
    PetscCall(TSDestroy(&c->ts));
    PetscCall(KarObservationDestroy(&c->obs));
    PetscCall(KarScoreDestroy(&c->prior));
  }
  PetscCall(PetscFree(*conditional));
  PetscFunctionReturn(PETSC_SUCCESS);
}
