/* Where a sampler evaluates.  Uniform in l = log(a/s), where all modes share it.  Where they do not, a grid that follows one mode makes
   steps of another that are many times as long: then uniform in a clock c whose change is the largest of any mode's clock
     log(1 + rho),  rho = (a/s)/(a/s of mode 0 at T):   l itself once a mode has more signal than mode 0 had at the start, and at rest before. */
#include <karhunen/impl/sampler.h>

#include <math.h>

#define RATES 64 /* that stand for all modes, spread in their logarithm */

const char *const KarTimesNames[] = {"logsnr", "uniform", "karras", "ladder", "list", NULL};

static PetscErrorCode SpacedTimes(KarReverse *reverse, PetscReal last)
{
  const PetscInt  n   = reverse->steps;
  const PetscReal rho = 7;
  PetscReal       first_l, last_l;

  PetscFunctionBegin;
  PetscCall(KarSDEGetLogSNR(reverse->sde, reverse->T, &first_l));
  PetscCall(KarSDEGetLogSNR(reverse->sde, last, &last_l));
  for (PetscInt i = 0; i <= n; i++) {
    const PetscReal u = (PetscReal)i / (PetscReal)n, first_q = PetscExpReal(-first_l / 2 / rho), last_q = PetscExpReal(-last_l / 2 / rho);

    if (i == 0) reverse->t[i] = reverse->T;
    else if (i == n) reverse->t[i] = last;
    else if (reverse->times == KAR_TIMES_UNIFORM) reverse->t[i] = reverse->T + u * (last - reverse->T);
    else if (reverse->times == KAR_TIMES_LOGSNR) PetscCall(KarSDEFindTime(reverse->sde, first_l + u * (last_l - first_l), &reverse->t[i]));
    else PetscCall(KarSDEFindTime(reverse->sde, -2 * rho * PetscLogReal(first_q + u * (last_q - first_q)), &reverse->t[i]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The largest change of any mode's clock between times t and r. */
static PetscErrorCode LargestChange(KarReverse *reverse, PetscReal t, PetscReal r, const PetscReal rate[RATES], PetscReal start, PetscReal *change)
{
  PetscFunctionBegin;
  *change = 0;
  for (PetscInt j = 0; j < RATES; j++) {
    KarPath p, q;

    PetscCall(KarSDEGetPathRate(reverse->sde, t, rate[j], &p));
    PetscCall(KarSDEGetPathRate(reverse->sde, r, rate[j], &q));
    *change = PetscMax(*change, log1p(q.a / q.s / start) - log1p(p.a / p.s / start));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* c at many times that are uniform in l of mode 0, then its inverse by interpolation. */
static PetscErrorCode TimesOfAllModes(KarReverse *reverse, PetscReal last)
{
  enum { FINE = 1024 };
  PetscReal first_l = 0, last_l = 0, low, high, rate[RATES], *t, *c;
  PetscInt  j = 0;

  PetscFunctionBegin;
  PetscCall(KarSDEGetLogSNR(reverse->sde, reverse->T, &first_l));
  PetscCall(KarSDEGetLogSNR(reverse->sde, last, &last_l));
  PetscCall(KarSDEGetRates(reverse->sde, &low, &high));
  if (reverse->rate > 0) high = PetscMax(low, reverse->rate);
  for (PetscInt i = 0; i < RATES; i++) rate[i] = low * PetscPowReal(high / low, (PetscReal)i / (RATES - 1));
  PetscCall(PetscMalloc2(FINE + 1, &t, FINE + 1, &c));
  t[0] = reverse->T, c[0] = 0;
  for (PetscInt i = 1; i <= FINE; i++) {
    PetscCall(KarSDEFindTime(reverse->sde, first_l + (PetscReal)i / FINE * (last_l - first_l), &t[i]));
    PetscCall(LargestChange(reverse, t[i - 1], t[i], rate, PetscExpReal(first_l / 2), &c[i]));
    c[i] += c[i - 1];
  }
  for (PetscInt i = 1; i < reverse->steps; i++) {
    const PetscReal wanted = c[FINE] * (PetscReal)i / (PetscReal)reverse->steps;

    while (c[j + 1] < wanted) j++;
    reverse->t[i] = t[j] * PetscPowReal(t[j + 1] / t[j], (wanted - c[j]) / (c[j + 1] - c[j]));
  }
  reverse->t[0] = reverse->T, reverse->t[reverse->steps] = last;
  PetscCall(PetscFree2(t, c));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Times of a process that runs forward, of a list, of a ladder, or spaced between T and the end. */
PetscErrorCode KarReverseMakeTimes(KarReverse *reverse, MPI_Comm comm, PetscInt cost)
{
  const PetscInt last_one = reverse->denoise && !reverse->forward ? 1 : 0;
  KarSDEType     type;
  PetscReal      last;

  PetscFunctionBegin;
  if (reverse->forward) reverse->steps = reverse->evaluations;
  else if (reverse->times == KAR_TIMES_LIST) {
    reverse->steps = reverse->nlist - 1;
    KarCheck(comm, reverse->steps >= 1, PETSC_ERR_USER_INPUT, "-%ssampler_list: give at least two times, descending", reverse->prefix);
  } else {
    reverse->steps = (reverse->evaluations - last_one) / cost;
    KarCheck(comm, reverse->steps >= 1, PETSC_ERR_USER_INPUT, "-%ssampler_evaluations %" PetscInt_FMT ": a step of this sampler takes %" PetscInt_FMT "%s: give more",
             reverse->prefix, reverse->evaluations, cost, last_one ? ", and the end one" : "");
  }
  PetscCall(PetscFree(reverse->t));
  PetscCall(PetscMalloc1(reverse->steps + 1, &reverse->t));
  if (reverse->forward) {
    for (PetscInt i = 0; i <= reverse->steps; i++) reverse->t[i] = reverse->T * (PetscReal)i / (PetscReal)reverse->steps;
  } else if (reverse->times == KAR_TIMES_LIST) {
    for (PetscInt i = 0; i <= reverse->steps; i++) {
      KarCheck(comm, reverse->list[i] > 0 && reverse->list[i] <= reverse->T, PETSC_ERR_USER_INPUT, "-%ssampler_list: %g is outside (0, %g]", reverse->prefix, (double)reverse->list[i],
               (double)reverse->T);
      KarCheck(comm, !i || reverse->list[i] < reverse->list[i - 1], PETSC_ERR_USER_INPUT, "-%ssampler_list: %g after %g: give descending times",
               reverse->prefix, (double)reverse->list[i], (double)reverse->list[i ? i - 1 : 0]);
      reverse->t[i] = reverse->list[i];
    }
  } else if (reverse->times == KAR_TIMES_LADDER) {
    PetscCall(KarSDEGetType(reverse->sde, &type));
    KarCheck(comm, !strcmp(type, KARSDEDDPM), PETSC_ERR_USER_INPUT, "-%ssampler_times ladder needs -sde_type ddpm, not %s", reverse->prefix, type);
    for (PetscInt i = 0; i <= reverse->steps; i++) reverse->t[i] = reverse->T * (PetscReal)(reverse->steps + 1 - i) / (PetscReal)(reverse->steps + 1);
  } else {
    PetscCall(KarSDEFindTime(reverse->sde, -2 * PetscLogReal(reverse->end), &last));
    KarCheck(comm, last < reverse->T, PETSC_ERR_USER_INPUT, "-%ssampler_end %g: the process starts below this ratio of noise to signal", reverse->prefix, (double)reverse->end);
    if (reverse->times == KAR_TIMES_LOGSNR && !reverse->scalar) PetscCall(TimesOfAllModes(reverse, last));
    else PetscCall(SpacedTimes(reverse, last));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
