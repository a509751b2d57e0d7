/* Samples side by side (karhunen/together.h).  ranks: 1 2
   1. Four samples of a law that is not Gaussian, whose steps use past evaluations, step by step beside each other, with
      a companion that changes nothing, have the bits of each alone: multistep with eta 0, 1 and 2, corrected or not,
      and ancestral.  The companion is told of every sample before its evaluation, and sees each time once.
   2. A companion that ends them at a step ends them: whole is false.
   3. With eta = 2 a multistep sampler of Gaussian data has the data's variance in every mode, to second
      order at least: the error falls by more than 16 from 40 to 160 evaluations. */
#include "problem.h"

#include <karhunen/together.h>

enum { SAMPLES = 4 };

typedef struct {
  PetscInt turns, seen, stop; /* stop: the step to end at; -1: none */
} Counts;

static PetscErrorCode Turn(void *ctx, PetscInt j)
{
  Counts *c = ctx;

  PetscFunctionBegin;
  Claim(j == c->turns % SAMPLES, "the turn of sample %d after %d turns", (int)j, (int)c->turns);
  c->turns++;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode See(void *ctx, PetscInt step, PetscReal t, const Vec x[], const Vec D[], PetscBool *on)
{
  Counts *c = ctx;

  PetscFunctionBegin;
  (void)t, (void)x, (void)D;
  Claim(step == c->seen, "step %d is seen as number %d", (int)step, (int)c->seen);
  c->seen++;
  *on = (PetscBool)(step != c->stop);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Beside(KarFFT fft, KarScore score, const char type[], PetscReal eta, PetscReal corrector)
{
  Counts             counts    = {.stop = -1};
  const KarCompanion companion = {.turn = Turn, .see = See, .ctx = &counts};
  KarKey             key[SAMPLES];
  Vec                x[SAMPLES], alone;
  PetscBool          whole, same;
  PetscInt           evaluations;
  TS                 ts;

  PetscFunctionBegin;
  PetscCall(KarSamplerCreate(score, &ts));
  PetscCall(KarSamplerSetType(ts, type));
  PetscCall(KarSamplerSetEvaluations(ts, 12));
  PetscCall(KarSamplerSetParameter(ts, "eta", eta));
  if (corrector >= 0) PetscCall(KarSamplerSetParameter(ts, "corrector", corrector));
  PetscCall(KarFFTCreateCoordinates(fft, &alone));
  for (PetscInt j = 0; j < SAMPLES; j++) {
    key[j] = (KarKey){.seed = 5, .sample = j};
    PetscCall(KarFFTCreateCoordinates(fft, &x[j]));
  }
  PetscCall(KarSamplerSolveTogether(ts, SAMPLES, key, x, &companion, &whole));
  PetscCall(KarSamplerGetEvaluations(ts, &evaluations));
  Claim(whole && counts.seen == evaluations && counts.turns == SAMPLES * evaluations, "%d turns, %d steps seen",
        (int)counts.turns, (int)counts.seen);
  for (PetscInt j = 0; j < SAMPLES; j++) {
    PetscCall(KarSamplerSolve(ts, key[j], alone, NULL));
    PetscCall(VecEqual(alone, x[j], &same));
    Claim(same, "%s, eta %g: sample %d is another beside others", type, (double)eta, (int)j);
  }
  counts = (Counts){.stop = 3};
  PetscCall(KarSamplerSolveTogether(ts, SAMPLES, key, x, &companion, &whole));
  Claim(!whole && counts.seen == 4, "ended at step 3: %d steps seen", (int)counts.seen);
  for (PetscInt j = 0; j < SAMPLES; j++) PetscCall(VecDestroy(&x[j]));
  PetscCall(VecDestroy(&alone));
  PetscCall(TSDestroy(&ts));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The largest relative error of a mode's variance. */
static PetscErrorCode Error(KarFFT fft, PetscInt evaluations, PetscReal *error)
{
  const PetscReal   *lambda;
  const PetscScalar *v;
  const KarModes    *m;
  KarCov             noise, data;
  KarSDE             sde;
  KarScore           score;
  Vec                variance;
  TS                 ts;

  PetscFunctionBegin;
  PetscCall(KarCovCreate(fft, &noise));
  PetscCall(KarCovCreate(fft, &data));
  PetscCall(KarCovSetType(data, KARCOVMATERN));
  PetscCall(KarSDECreate(noise, &sde));
  PetscCall(ProblemScore(sde, data, &score));
  PetscCall(KarScoreSetUp(score));
  PetscCall(KarSamplerCreate(score, &ts));
  PetscCall(KarSamplerSetEvaluations(ts, evaluations));
  PetscCall(KarSamplerSetEnd(ts, 1e-4));
  PetscCall(KarSamplerSetParameter(ts, "eta", 2));
  PetscCall(KarFFTCreateCoordinates(fft, &variance));
  PetscCall(KarSamplerGetVariance(ts, variance));
  PetscCall(KarCovGetEigenvalues(data, &lambda));
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(VecGetArrayRead(variance, &v));
  *error = 0;
  for (PetscInt i = 0; i < m->rows * m->length; i++)
    if (lambda[i] > 0) *error = PetscMax(*error, PetscAbsReal(v[i * m->dof * m->width] / lambda[i] - 1));
  PetscCall(VecRestoreArrayRead(variance, &v));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, error, 1, MPIU_REAL, MPIU_MAX, PETSC_COMM_WORLD));
  PetscCall(VecDestroy(&variance));
  PetscCall(TSDestroy(&ts));
  PetscCall(KarScoreDestroy(&score));
  PetscCall(KarSDEDestroy(&sde));
  PetscCall(KarCovDestroy(&noise));
  PetscCall(KarCovDestroy(&data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  const PetscInt n[2] = {8, 8};
  PetscReal      error[2];
  KarFFT         fft;
  KarScore       score;

  PetscFunctionBegin;
  PetscCall(ProblemFFT(PETSC_COMM_WORLD, 2, n, &fft));
  PetscCall(ProblemOctave(fft, NULL, &score));
  PetscCall(KarScoreSetUp(score));
  for (int eta = 0; eta <= 2; eta++)
    for (int corrector = 0; corrector <= 1; corrector++) PetscCall(Beside(fft, score, KARTSMULTISTEP, eta, corrector));
  PetscCall(Beside(fft, score, KARTSANCESTRAL, 1, -1));
  PetscCall(KarScoreDestroy(&score));
  PetscCall(Error(fft, 40, &error[0]));
  PetscCall(Error(fft, 160, &error[1]));
  Claim(error[1] < error[0] / 16, "variance with eta 2: off by %g, then by %g", (double)error[0], (double)error[1]);
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
