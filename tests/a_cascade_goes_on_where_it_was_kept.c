/* A cascade's draw that a monitor ends at a step of any of its levels, kept in a file and continued by another cascade,
   is the draw that was not ended: the same bits; so it is where draws go on beyond the last level.  A state of a
   cascade of other levels is refused, and a draw from the start is not changed by one that was ended.  ranks: 1 2 */
#include "files.h"
#include "problem.h"

static PetscErrorCode Create(KarFFT fft, const PetscInt coarse[], void *ctx, KarScore *score)
{
  PetscFunctionBegin;
  (void)ctx;
  PetscCall(ProblemOctave(fft, coarse, score));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Levels of 8, 16, ... points; beyond: draws are on twice the last level's. */
static PetscErrorCode CreateCascade(PetscInt octaves, PetscBool beyond, KarCascade *cascade, Vec *x)
{
  KarFFT    fft, finest;
  PetscReal share;

  PetscFunctionBegin;
  PetscCall(ProblemFFT(PETSC_COMM_WORLD, 2, (PetscInt[]){8 << octaves, 8 << octaves}, &fft));
  PetscCall(KarCascadeCreate(PETSC_COMM_WORLD, cascade));
  PetscCall(KarCascadeAddLevels(*cascade, fft, octaves, Create, NULL));
  for (PetscInt j = 0; j <= octaves; j++) {
    TS ts;

    PetscCall(KarCascadeGetLevel(*cascade, j, NULL, &ts));
    PetscCall(KarSamplerSetParameter(ts, "eta", 1));
    PetscCall(KarSamplerSetEvaluations(ts, 8));
  }
  PetscCall(ProblemFFT(PETSC_COMM_WORLD, 2, (PetscInt[]){16 << octaves, 16 << octaves}, &finest));
  if (beyond) PetscCall(KarCascadeSetFinest(*cascade, finest, &share));
  PetscCall(KarFFTCreateCoordinates(beyond ? finest : fft, x));
  PetscCall(KarFFTDestroy(&finest));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode StopAt(TS ts, PetscInt step, PetscReal time, Vec x, void *ctx)
{
  PetscFunctionBegin;
  (void)time, (void)x;
  if (step == *(PetscInt *)ctx) PetscCall(TSSetConvergedReason(ts, TS_CONVERGED_USER));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Difference(Vec x, Vec y, PetscReal *difference)
{
  PetscFunctionBegin;
  PetscCall(VecAXPY(x, -1, y));
  PetscCall(VecNorm(x, NORM_INFINITY, difference));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A draw that is ended at step `stop` of level j, gone on with by another cascade. */
static PetscErrorCode Check(const char path[], PetscBool beyond, PetscInt j, PetscInt stop)
{
  const KarKey  key = {.seed = 5, .sample = 3};
  KarCascade    cascade, other;
  KarCheckpoint file;
  TS            ts;
  Vec           whole, ended, x;
  PetscBool     through;
  PetscReal     difference;

  PetscFunctionBegin;
  PetscCall(CreateCascade(2, beyond, &cascade, &whole));
  PetscCall(VecDuplicate(whole, &ended));
  PetscCall(KarCascadeSolve(cascade, key, whole, NULL));
  PetscCall(KarCascadeGetLevel(cascade, j, NULL, &ts));
  PetscCall(TSMonitorSet(ts, StopAt, &stop, NULL));
  PetscCall(KarCascadeSolve(cascade, key, ended, &through));
  Claim(!through, "it was not ended");
  PetscCall(KarCheckpointCreate(PETSC_COMM_WORLD, path, KAR_REPLACE, &file));
  PetscCall(KarCascadeSaveDraw(cascade, ended, file, "draw"));
  PetscCall(KarCheckpointClose(&file));
  PetscCall(CreateCascade(2, beyond, &other, &x));
  PetscCall(KarCheckpointOpen(PETSC_COMM_WORLD, path, &file));
  PetscCall(KarCascadeLoadDraw(other, file, "draw", x));
  PetscCall(KarCheckpointDestroy(&file));
  PetscCall(KarCascadeContinueDraw(other, x, &through));
  Claim(through, "it does not end");
  PetscCall(Difference(x, whole, &difference));
  Claim(difference == 0, "beyond %d, ended at step %d of level %d: off by %g", (int)beyond, (int)stop, (int)j,
        (double)difference);
  stop = -1;
  PetscCall(KarCascadeSolve(cascade, key, ended, &through));
  PetscCall(Difference(ended, whole, &difference));
  Claim(through && difference == 0, "a draw after one that was ended is off by %g", (double)difference);
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&ended));
  PetscCall(VecDestroy(&whole));
  PetscCall(KarCascadeDestroy(&other));
  PetscCall(KarCascadeDestroy(&cascade));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Refused(const char path[])
{
  KarCascade    cascade;
  KarCheckpoint file;
  Vec           x;

  PetscFunctionBegin;
  PetscCall(CreateCascade(1, PETSC_FALSE, &cascade, &x));
  PetscCall(KarCheckpointOpen(PETSC_COMM_WORLD, path, &file));
  ClaimFails(KarCascadeLoadDraw(cascade, file, "draw", x), "of a cascade of 3 levels, this one has 2");
  ClaimFails(KarCascadeContinueDraw(cascade, x, NULL), "no draw of the cascade has ended early");
  ClaimFails(KarCascadeSaveDraw(cascade, x, file, "draw"), "there is no state to keep");
  PetscCall(KarCheckpointDestroy(&file));
  PetscCall(VecDestroy(&x));
  PetscCall(KarCascadeDestroy(&cascade));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  PetscCall(ScratchFile("state.h5", path));
  for (PetscInt j = 0; j < 3; j++)
    for (PetscInt stop = 0; stop < 8; stop += 3) PetscCall(Check(path, (PetscBool)(stop == 3), j, stop));
  PetscCall(Refused(path));
  PetscCall(ScratchClean());
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
