/* The distribution of t, by the inverse of its distribution function: t = F^-1((b + u)/batch), with l = log(s/a),
   which grows with t,
     uniform  t = low + (high - low) F      logsnr  l = l_low + (l_high - l_low) F
     normal   F = (P(l) - P(l_low))/(P(l_high) - P(l_low)),  P(l) = erfc(-(l - mean)/(sqrt 2 std))/2 */
#include <karhunen/train.h>

#include <math.h>

const char *const KarTimeKinds[] = {"uniform", "logsnr", "normal", NULL};

/* P from the side where it is small, so that differences far from the mean keep their digits: P(to) - P(from). */
static PetscReal Mass(const KarTimeLaw *law, PetscReal from, PetscReal to)
{
  const PetscReal scale = 1 / (PETSC_SQRT2 * law->std), a = (from - law->mean) * scale, b = (to - law->mean) * scale;

  return a > 0 ? (erfc(a) - erfc(b)) / 2 : (erfc(-b) - erfc(-a)) / 2;
}

static PetscErrorCode Ends(const KarTimeLaw *law, KarSDE sde, PetscReal *low, PetscReal *high)
{
  PetscFunctionBegin;
  PetscCall(KarSDEGetLogSNR(sde, law->low, low));
  PetscCall(KarSDEGetLogSNR(sde, law->high, high));
  *low /= -2, *high /= -2;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTimeLawGetMass(const KarTimeLaw *law, KarSDE sde, PetscReal *mass)
{
  PetscReal low = 0, high = 0;

  PetscFunctionBegin;
  PetscCall(Ends(law, sde, &low, &high));
  *mass = Mass(law, low, high);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Bisection to the last bit. */
static PetscReal InverseNormal(const KarTimeLaw *law, PetscReal low, PetscReal high, PetscReal F)
{
  const PetscReal from = low, wanted = F * Mass(law, low, high);

  for (;;) {
    const PetscReal middle = (low + high) / 2;

    if (middle <= low || middle >= high) return middle;
    if (Mass(law, from, middle) < wanted) low = middle;
    else high = middle;
  }
}

PetscErrorCode KarTimeLawDraw(const KarTimeLaw *law, KarSDE sde, PetscInt b, PetscInt batch, PetscReal u, PetscReal *t)
{
  const PetscReal F   = ((PetscReal)b + u) / (PetscReal)batch;
  PetscReal       low = 0, high = 0, l;

  PetscFunctionBegin;
  if (law->kind == KAR_TIME_UNIFORM) *t = law->low + (law->high - law->low) * F;
  else {
    PetscCall(Ends(law, sde, &low, &high));
    l = law->kind == KAR_TIME_LOGSNR ? low + (high - low) * F : InverseNormal(law, low, high, F);
    PetscCall(KarSDEFindTime(sde, -2 * l, t));
  }
  if (law->rungs)
    *t = law->high * PetscMin(PetscCeilReal(*t / law->high * (PetscReal)law->rungs) / (PetscReal)law->rungs, 1);
  PetscFunctionReturn(PETSC_SUCCESS);
}
