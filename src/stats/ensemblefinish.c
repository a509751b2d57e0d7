/* What truths and their draws say, added up over the truths. Between two draws of a truth E|x - x'|^2 is twice their
   variance, and E|x - truth|^2 = |truth - mean|^2 + (1 - 1/n) variance. */
#include "ensembleimpl.h"

#include <math.h>

#define ROUNDING 1e-10 /* of the power of a band: that of fields in single precision, squared, and a hundred times it */

static KarEstimate Mean(PetscInt n, PetscInt stride, const PetscReal x[])
{
  PetscReal mean = 0, square = 0;

  for (PetscInt i = 0; i < n; i++) mean += x[i * stride] / (PetscReal)n;
  for (PetscInt i = 0; i < n; i++) square += PetscSqr(x[i * stride] - mean);
  return (KarEstimate){mean, n > 1 ? PetscSqrtReal(square / (PetscReal)n / (PetscReal)(n - 1)) : NAN};
}

/* sum a / sum b over truths, and its root */
static KarEstimate Ratio(PetscInt n, PetscInt stride, const PetscReal a[], const PetscReal b[])
{
  PetscReal up = 0, down = 0, square = 0, r;

  for (PetscInt i = 0; i < n; i++) up += a[i * stride], down += b[i * stride];
  r = up / down;
  for (PetscInt i = 0; i < n; i++) square += PetscSqr(a[i * stride] - r * b[i * stride]);
  return (KarEstimate){r, n > 1 ? PetscSqrtReal(square * (PetscReal)n / (PetscReal)(n - 1)) / down : NAN};
}

static KarEstimate RootRatio(PetscInt n, PetscInt stride, const PetscReal a[], const PetscReal b[])
{
  const KarEstimate r = Ratio(n, stride, a, b);

  return (KarEstimate){PetscSqrtReal(r.value), r.error / (2 * PetscSqrtReal(r.value))};
}

/* P(chi^2 of f degrees of freedom > x), Wilson and Hilferty. */
static PetscReal Tail(PetscReal x, PetscReal f)
{
  const PetscReal v = 2 / (9 * f);

  return 0.5 * erfc((cbrt(x / f) - 1 + v) / PetscSqrtReal(2 * v));
}

/* Of one band: error over spread, and what the data leave open. */
static void FinishBand(KarEnsemble e, PetscInt b)
{
  const PetscInt   n = e->info.truths, stride = e->info.bands;
  KarEnsembleBand *band  = &e->info.band[b];
  const PetscReal  error = Mean(n, stride, e->error + b).value, spread = Mean(n, stride, e->spread + b).value,
                  power = Mean(n, stride, e->power + b).value;

  band->open  = power > 0 ? spread / (1 + 1 / (PetscReal)e->info.draws) / power : 0;
  band->given = (PetscBool)(PetscMax(error, spread) <= ROUNDING * power);
  band->ratio = RootRatio(n, stride, e->error + b, e->spread + b);
  band->power = power;
}

/* Two draws of a truth, and a draw and the truth. */
static PetscErrorCode Variety(KarEnsemble e)
{
  const PetscInt  n     = e->info.truths;
  const PetscReal draws = (PetscReal)e->info.draws;
  PetscReal      *apart, *off;

  PetscFunctionBegin;
  PetscCall(PetscCalloc2(n, &apart, n, &off));
  for (PetscInt i = 0; i < n; i++)
    for (PetscInt b = 0; b < e->info.bands; b++) {
      const PetscReal variance = e->spread[i * e->info.bands + b] / (1 + 1 / draws);

      if (e->info.band[b].given) continue;
      apart[i] += 2 * variance;
      off[i] += e->error[i * e->info.bands + b] + (1 - 1 / draws) * variance;
    }
  e->info.variety = Ratio(n, 1, apart, off);
  PetscCall(PetscFree2(apart, off));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarEnsembleFinish(KarEnsemble e, const KarEnsembleInfo **out)
{
  KarEnsembleInfo *info  = &e->info;
  PetscReal        power = 0;

  PetscFunctionBegin;
  KarCheck(e->comm, info->truths, PETSC_ERR_ORDER, "no truth to compare with");
  for (PetscInt b = 0; b < info->bands; b++) {
    KarEnsembleBand *band = &info->band[b];

    band->coverage = Mean(info->truths, info->bands, e->covered + b);
    FinishBand(e, b);
    power += band->power;
  }
  for (PetscInt b = 0; b < info->bands; b++) info->band[b].power /= power > 0 ? power : 1;
  PetscCall(Variety(e));
  for (PetscInt f = 0; f < info->functionals; f++) {
    const PetscInt  each     = (info->runs + 1) / info->bins;
    const PetscReal expected = (PetscReal)info->truths / (PetscReal)info->bins;

    info->rank[f].chi2 = 0;
    for (PetscInt i = 0; i < info->bins; i++) {
      PetscInt count = 0;

      for (PetscInt j = 0; j < each; j++) count += info->rank[f].count[i * each + j];
      info->rank[f].chi2 += PetscSqr((PetscReal)count - expected) / expected;
    }
    info->rank[f].p = info->bins > 1 ? Tail(info->rank[f].chi2, (PetscReal)(info->bins - 1)) : NAN;
  }
  info->error = Mean(info->truths, 3, e->score);
  info->error =
    (KarEstimate){PetscSqrtReal(info->error.value), info->error.error / (2 * PetscSqrtReal(info->error.value))};
  info->crps   = Mean(info->truths, 3, e->score + 1);
  info->energy = Mean(info->truths, 3, e->score + 2);
  *out         = info;
  PetscFunctionReturn(PETSC_SUCCESS);
}
