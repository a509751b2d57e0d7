/* Draws near a field x_0 are those of a sampler that is given a x_0 + s w and the times from s/a on: the same bits, the
   times being the first of its own where s/a is small enough.  Where the data are N(0, lambda) as the noise is, the
   flow leaves x_t alone, so that what two fields x_0 make differs by a a_end of what they do, to the sampler's error.
   Once that is ended a draw is that of a sampler that never was near.  */
#include "ladder.h"

#define RATIO 0.7

static PetscReal Ratio(KarSDE sde, PetscReal t)
{
  PetscReal l;

  (void)KarSDEGetLogSNR(sde, t, &l);
  return PetscExpReal(-l / 2);
}

static PetscErrorCode Run(void)
{
  const KarKey     key = {.seed = 3, .sample = 4}, start = {.seed = 3, .sample = 4, .stream = KAR_STREAM_PRIOR};
  const PetscReal *t;
  PetscReal        of, size;
  PetscInt         steps, m = 0;
  Ladder           ladder;
  TS               ts, rest, fresh;
  Vec              x0, near, hand, zero;
  PetscBool        whole;
  KarPath         *path;

  PetscFunctionBegin;
  PetscCall(LadderCreate(KARSDEVP, 40, 1, 1, &ladder));
  PetscCall(KarSamplerCreate(ladder.score, &ts));
  PetscCall(KarSamplerCreate(ladder.score, &rest));
  PetscCall(KarFFTCreateCoordinates(ladder.fft, &x0));
  PetscCall(VecDuplicate(x0, &near));
  PetscCall(VecDuplicate(x0, &hand));
  PetscCall(VecDuplicate(x0, &zero));
  PetscCall(KarFFTFillNormal(ladder.fft, (KarKey){.seed = 1, .stream = KAR_STREAM_TEST}, x0));
  PetscCall(KarSamplerSetEvaluations(ts, 120));
  PetscCall(KarSamplerGetTimes(ts, &steps, &t));
  while (Ratio(ladder.sde, t[m]) > RATIO) m++;
  Claim(m > 2 && m < steps - 2, "the time is one in the middle, %d of %d", (int)m, (int)steps);
  PetscCall(KarSamplerSetTimeList(rest, steps + 1 - m, t + m));

  PetscCall(KarSamplerSetNear(ts, RATIO, x0));
  PetscCall(KarSamplerSolve(ts, key, near, &whole));
  PetscCall(KarSDESampleMarginal(ladder.sde, t[m], NULL, x0, start, hand));
  PetscCall(KarSamplerSolveFrom(rest, key, hand, &whole));
  PetscCall(VecAXPY(hand, -1, near));
  PetscCall(VecNorm(hand, NORM_INFINITY, &of));
  Claim(of == 0, "a sampler given the start makes another field: %g", (double)of);

  PetscCall(VecSet(zero, 0));
  PetscCall(KarSamplerSetNear(ts, RATIO, zero));
  PetscCall(KarSamplerSolve(ts, key, hand, &whole));
  PetscCall(VecAYPX(hand, -1, near));
  PetscCall(PetscMalloc1(2 * ladder.n, &path));
  PetscCall(KarSDEGetPathModes(ladder.sde, t[m], path));
  PetscCall(KarSDEGetPathModes(ladder.sde, t[steps], path + ladder.n));
  PetscCall(VecNorm(x0, NORM_2, &size));
  PetscCall(VecAXPY(hand, -path[0].a * path[ladder.n].a, x0));
  PetscCall(VecNorm(hand, NORM_2, &of));
  Claim(of < 1e-3 * size, "a a_end x_0: off by %g of x_0", (double)(of / size));

  PetscCall(KarSamplerSetNear(ts, RATIO, NULL));
  PetscCall(KarSamplerSolve(ts, key, near, &whole));
  PetscCall(KarSamplerCreate(ladder.score, &fresh));
  PetscCall(KarSamplerSetEvaluations(fresh, 120));
  PetscCall(KarSamplerSolve(fresh, key, hand, &whole));
  PetscCall(VecAXPY(hand, -1, near));
  PetscCall(VecNorm(hand, NORM_INFINITY, &of));
  Claim(of == 0, "a draw after that is another than a fresh sampler's: %g", (double)of);
  PetscCall(TSDestroy(&fresh));
  PetscCall(PetscFree(path));
  PetscCall(VecDestroy(&x0));
  PetscCall(VecDestroy(&near));
  PetscCall(VecDestroy(&hand));
  PetscCall(VecDestroy(&zero));
  PetscCall(TSDestroy(&ts));
  PetscCall(TSDestroy(&rest));
  PetscCall(LadderDestroy(&ladder));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
