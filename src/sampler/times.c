/* Where a sampler evaluates.  Uniform in l = log(a/s), where all modes share it.  Where they do not, a grid that
   follows one mode makes steps of another that are many times as long: then uniform in a clock c whose change is the
   largest of any mode's clock
     log(1 + rho),  rho = (a/s)/(a/s of mode 0 at T):   l itself once a mode has more signal than mode 0 had at the
     start, and at rest before. */
#include <karhunen/impl/sampler.h>

#include <math.h>

#define RATES 64 /* that stand for all modes, spread in their logarithm */

const char *const KarTimesNames[] = {"logsnr", "uniform", "karras", "ladder", "list", NULL};

static PetscErrorCode SpacedTimes(KarEquation *equation, PetscReal last)
{
  const PetscInt  n   = equation->steps;
  const PetscReal rho = 7;
  PetscReal       first_l, last_l;

  PetscFunctionBegin;
  PetscCall(KarSDEGetLogSNR(equation->sde, equation->T, &first_l));
  PetscCall(KarSDEGetLogSNR(equation->sde, last, &last_l));
  for (PetscInt i = 0; i <= n; i++) {
    const PetscReal u = (PetscReal)i / (PetscReal)n, first_q = PetscExpReal(-first_l / 2 / rho),
                    last_q = PetscExpReal(-last_l / 2 / rho);

    if (i == 0) equation->t[i] = equation->T;
    else if (i == n) equation->t[i] = last;
    else if (equation->times == KAR_TIMES_UNIFORM) equation->t[i] = equation->T + u * (last - equation->T);
    else if (equation->times == KAR_TIMES_LOGSNR)
      PetscCall(KarSDEFindTime(equation->sde, first_l + u * (last_l - first_l), &equation->t[i]));
    else
      PetscCall(
        KarSDEFindTime(equation->sde, -2 * rho * PetscLogReal(first_q + u * (last_q - first_q)), &equation->t[i]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The largest change of any mode's clock between times t and r. */
static PetscErrorCode LargestChange(KarEquation *equation, PetscReal t, PetscReal r, const PetscReal rate[RATES],
                                    PetscReal start, PetscReal *change)
{
  PetscFunctionBegin;
  *change = 0;
  for (PetscInt j = 0; j < RATES; j++) {
    KarPath p, q;

    PetscCall(KarSDEGetPathRate(equation->sde, t, rate[j], &p));
    PetscCall(KarSDEGetPathRate(equation->sde, r, rate[j], &q));
    *change = PetscMax(*change, log1p(q.a / q.s / start) - log1p(p.a / p.s / start));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* c at many times that are uniform in l of mode 0, then its inverse by interpolation. */
static PetscErrorCode TimesOfAllModes(KarEquation *equation, PetscReal last)
{
  enum { FINE = 1024 };
  PetscReal first_l = 0, last_l = 0, low, high, rate[RATES], *t, *c;
  PetscInt  j = 0;

  PetscFunctionBegin;
  PetscCall(KarSDEGetLogSNR(equation->sde, equation->T, &first_l));
  PetscCall(KarSDEGetLogSNR(equation->sde, last, &last_l));
  PetscCall(KarSDEGetRates(equation->sde, &low, &high));
  if (equation->rate > 0) high = PetscMax(low, equation->rate);
  for (PetscInt i = 0; i < RATES; i++) rate[i] = low * PetscPowReal(high / low, (PetscReal)i / (RATES - 1));
  PetscCall(PetscMalloc2(FINE + 1, &t, FINE + 1, &c));
  t[0] = equation->T, c[0] = 0;
  for (PetscInt i = 1; i <= FINE; i++) {
    PetscCall(KarSDEFindTime(equation->sde, first_l + (PetscReal)i / FINE * (last_l - first_l), &t[i]));
    PetscCall(LargestChange(equation, t[i - 1], t[i], rate, PetscExpReal(first_l / 2), &c[i]));
    c[i] += c[i - 1];
  }
  for (PetscInt i = 1; i < equation->steps; i++) {
    const PetscReal wanted = c[FINE] * (PetscReal)i / (PetscReal)equation->steps;

    while (c[j + 1] < wanted) j++;
    equation->t[i] = t[j] * PetscPowReal(t[j + 1] / t[j], (wanted - c[j]) / (c[j + 1] - c[j]));
  }
  equation->t[0] = equation->T, equation->t[equation->steps] = last;
  PetscCall(PetscFree2(t, c));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Even times of a process that runs forward or has no path, those of a list, of a ladder, or spaced between T and the
   end. */
PetscErrorCode KarEquationMakeTimes(KarEquation *equation, MPI_Comm comm, PetscInt cost)
{
  const PetscInt last_one = equation->denoise && equation->score ? 1 : 0;
  KarSDEType     type;
  PetscReal      last;
  PetscBool      linear;

  PetscFunctionBegin;
  PetscCall(KarSDEHasPath(equation->sde, &linear));
  const PetscBool forward = (PetscBool)(equation->direction == KAR_FORWARD),
                  even    = (PetscBool)(forward || (!linear && equation->times != KAR_TIMES_LIST));

  if (even) equation->steps = equation->evaluations;
  else if (equation->times == KAR_TIMES_LIST) {
    equation->steps = equation->nlist - 1;
    KarCheck(comm, equation->steps >= 1, PETSC_ERR_USER_INPUT, "-%ssampler_list: give at least two times, descending",
             equation->prefix);
  } else {
    equation->steps = (equation->evaluations - last_one) / cost;
    KarCheck(comm, equation->steps >= 1, PETSC_ERR_USER_INPUT,
             "-%ssampler_evaluations %" PetscInt_FMT ": a step of this sampler takes %" PetscInt_FMT "%s: give more",
             equation->prefix, equation->evaluations, cost, last_one ? ", and the end one" : "");
  }
  PetscCall(PetscFree(equation->t));
  PetscCall(PetscMalloc1(equation->steps + 1, &equation->t));
  if (even) {
    for (PetscInt i = 0; i <= equation->steps; i++)
      equation->t[i] = equation->T * (PetscReal)(forward ? i : equation->steps - i) / (PetscReal)equation->steps;
  } else if (equation->times == KAR_TIMES_LIST) {
    for (PetscInt i = 0; i <= equation->steps; i++) {
      KarCheck(comm, equation->list[i] > 0 && equation->list[i] <= equation->T, PETSC_ERR_USER_INPUT,
               "-%ssampler_list: %g is outside (0, %g]", equation->prefix, (double)equation->list[i],
               (double)equation->T);
      KarCheck(comm, !i || equation->list[i] < equation->list[i - 1], PETSC_ERR_USER_INPUT,
               "-%ssampler_list: %g after %g: give descending times", equation->prefix, (double)equation->list[i],
               (double)equation->list[i ? i - 1 : 0]);
      equation->t[i] = equation->list[i];
    }
  } else if (equation->times == KAR_TIMES_LADDER) {
    PetscCall(KarSDEGetType(equation->sde, &type));
    KarCheck(comm, !strcmp(type, KARSDEDDPM), PETSC_ERR_USER_INPUT,
             "-%ssampler_times ladder needs -sde_type ddpm, not %s", equation->prefix, type);
    for (PetscInt i = 0; i <= equation->steps; i++)
      equation->t[i] = equation->T * (PetscReal)(equation->steps + 1 - i) / (PetscReal)(equation->steps + 1);
  } else {
    PetscCall(KarSDEFindTime(equation->sde, -2 * PetscLogReal(equation->end), &last));
    KarCheck(comm, last < equation->T, PETSC_ERR_USER_INPUT,
             "-%ssampler_end %g: the process starts below this ratio of noise to signal", equation->prefix,
             (double)equation->end);
    if (equation->times == KAR_TIMES_LOGSNR && !equation->scalar) PetscCall(TimesOfAllModes(equation, last));
    else PetscCall(SpacedTimes(equation, last));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
