/* A cascade draws its base, then octave j given what is drawn so far: x <- x_<j + X_j, X_j in modes of its own, so
   that nothing that is drawn changes any more. Noise is keyed by wave number, so one key serves all octaves.  Of all
   levels but the one that is drawn there are only the tables and what is drawn: the rest is freed and made again. */
#include "cascadeimpl.h"

#include <karhunen/posterior.h>

PetscErrorCode KarCascadeCreate(MPI_Comm comm, KarCascade *cascade)
{
  PetscFunctionBegin;
  PetscCall(PetscNew(cascade));
  (*cascade)->comm  = comm;
  (*cascade)->given = -1;
  (*cascade)->ended = -1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A grid of twice the points of the one before, on the same box. */
static PetscErrorCode CheckDoubles(KarCascade cascade, KarScore octave)
{
  KarFFT      fft[2];
  KarGrid     grid[2];
  KarGridInfo info[2];

  PetscFunctionBegin;
  if (!cascade->levels) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarScoreGetFFT(cascade->level[cascade->levels - 1].score, &fft[0]));
  PetscCall(KarScoreGetFFT(octave, &fft[1]));
  for (int i = 0; i < 2; i++) {
    PetscCall(KarFFTGetGrid(fft[i], &grid[i]));
    PetscCall(KarGridGetInfo(grid[i], &info[i]));
  }
  KarCheck(cascade->comm, info[0].dim == info[1].dim && info[0].dof == info[1].dof && info[0].basis == info[1].basis,
           PETSC_ERR_ARG_INCOMP,
           "octave %" PetscInt_FMT
           " of a cascade has another dimension, basis or number of components than the one before",
           cascade->levels);
  for (PetscInt a = 0; a < info[0].dim; a++) {
    KarCheck(cascade->comm, info[1].n[a] == 2 * info[0].n[a], PETSC_ERR_ARG_INCOMP,
             "octave %" PetscInt_FMT " of a cascade has %" PetscInt_FMT " points along axis %" PetscInt_FMT
             ": it needs %" PetscInt_FMT ", twice those of the octave before",
             cascade->levels, info[1].n[a], a, 2 * info[0].n[a]);
    KarCheck(cascade->comm, PetscAbsReal(info[1].length[a] - info[0].length[a]) <= 1e-12 * info[0].length[a],
             PETSC_ERR_ARG_INCOMP,
             "octave %" PetscInt_FMT " of a cascade has a box of length %g along axis %" PetscInt_FMT
             ": it needs %g, as the octave before",
             cascade->levels, (double)info[1].length[a], a, (double)info[0].length[a]);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCascadeAdd(KarCascade cascade, KarScore octave)
{
  Level *level = &cascade->level[cascade->levels];

  PetscFunctionBegin;
  KarCheck(cascade->comm, cascade->levels < LEVELS, PETSC_ERR_ARG_OUTOFRANGE, "a cascade has at most %d levels",
           LEVELS);
  PetscCall(CheckDoubles(cascade, octave));
  PetscCall(KarScoreReference(octave));
  level->score = octave;
  PetscCall(KarSamplerCreate(octave, &level->ts));
  cascade->levels++;
  cascade->ready = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCascadeAddLevels(KarCascade cascade, KarFFT fft, PetscInt octaves, KarCascadeLevelFn *create,
                                   void *ctx)
{
  KarGrid     grid, level;
  KarGridInfo info;
  KarFFT      own;
  KarScore    score;
  PetscInt    n[3], coarse[3];

  PetscFunctionBegin;
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &info));
  for (PetscInt a = 0; a < info.dim; a++)
    KarCheck(cascade->comm, info.n[a] % (1 << octaves) == 0 && info.n[a] >> octaves >= 2, PETSC_ERR_ARG_OUTOFRANGE,
             "%" PetscInt_FMT " octaves: %" PetscInt_FMT " points along axis %" PetscInt_FMT
             " cannot be halved so often",
             octaves, info.n[a], a);
  for (PetscInt j = 0; j <= octaves; j++) {
    for (PetscInt a = 0; a < info.dim; a++) n[a] = info.n[a] >> (octaves - j), coarse[a] = n[a] / 2;
    PetscCall(KarGridRefine(grid, n, &level));
    PetscCall(KarFFTCreate(level, &own));
    PetscCall(create(j < octaves ? own : fft, j ? coarse : NULL, ctx, &score));
    PetscCall(KarCascadeAdd(cascade, score));
    PetscCall(KarScoreDestroy(&score));
    PetscCall(KarFFTDestroy(&own));
    PetscCall(KarGridDestroy(&level));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCascadeSetFromOptions(KarCascade cascade)
{
  PetscFunctionBegin;
  for (PetscInt j = 0; j < cascade->levels; j++) PetscCall(KarSamplerSetFromOptions(cascade->level[j].ts));
  cascade->ready = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCascadeSetUp(KarCascade cascade)
{
  PetscFunctionBegin;
  if (cascade->ready) PetscFunctionReturn(PETSC_SUCCESS);
  KarCheck(cascade->comm, cascade->levels, PETSC_ERR_ORDER, "a cascade without levels: KarCascadeAdd()");
  for (PetscInt j = 0; j < cascade->levels; j++) PetscCall(KarSamplerSetUp(cascade->level[j].ts));
  cascade->ready = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCascadeView(KarCascade cascade, PetscViewer viewer)
{
  PetscFunctionBegin;
  PetscCall(KarCascadeSetUp(cascade));
  PetscCall(
    PetscViewerASCIIPrintf(viewer, "cascade of %" PetscInt_FMT " octaves above its base\n", cascade->levels - 1));
  PetscCall(KarScoreView(cascade->level[cascade->levels - 1].score, viewer));
  PetscCall(KarSamplerView(cascade->level[cascade->levels - 1].ts, viewer));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCascadeGetSize(KarCascade cascade, PetscInt *levels)
{
  PetscFunctionBegin;
  *levels = cascade->levels;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCascadeGetLevel(KarCascade cascade, PetscInt j, KarScore *score, TS *ts)
{
  PetscFunctionBegin;
  KarCheck(cascade->comm, j >= 0 && j < cascade->levels, PETSC_ERR_ARG_OUTOFRANGE,
           "a cascade of %" PetscInt_FMT " levels has no number %" PetscInt_FMT, cascade->levels, j);
  if (score) *score = cascade->level[j].score;
  if (ts) *ts = cascade->level[j].ts;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCascadeGetVec(KarCascade cascade, PetscInt i, Vec x, Vec *to)
{
  Level *level = &cascade->level[i];
  KarFFT fft;

  PetscFunctionBegin;
  *to = cascade->beyond ? cascade->last : x;
  if (i == cascade->levels - 1) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarScoreGetFFT(level->score, &fft));
  if (!level->x) PetscCall(KarFFTCreateCoordinates(fft, &level->x));
  *to = level->x;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What is drawn up to level i, `drawn`, is added to x on the grid of `to`. */
static PetscErrorCode AddDrawn(KarCascade cascade, PetscInt i, Vec drawn, KarFFT to, Vec x)
{
  KarResample up;
  KarFFT      from;

  PetscFunctionBegin;
  PetscCall(KarScoreGetFFT(cascade->level[i].score, &from));
  PetscCall(KarResampleCreate(from, to, &up));
  PetscCall(KarResampleAdd(up, drawn, x));
  PetscCall(KarResampleDestroy(&up));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCascadeGetCondition(KarCascade cascade, PetscInt i, Vec below)
{
  KarFFT fft;

  PetscFunctionBegin;
  PetscCall(KarScoreGetFFT(cascade->level[i].score, &fft));
  PetscCall(VecZeroEntries(below));
  PetscCall(AddDrawn(cascade, i - 1, cascade->level[i - 1].x, fft, below));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The field that level i is drawn given; work: of its coordinates, or NULL. */
static PetscErrorCode TellBelow(KarCascade cascade, PetscInt i, Vec work)
{
  KarFFT fft;
  Vec    below = work;

  PetscFunctionBegin;
  PetscCall(KarScoreGetFFT(cascade->level[i].score, &fft));
  if (!work) PetscCall(KarFFTCreateCoordinates(fft, &below));
  PetscCall(KarCascadeGetCondition(cascade, i, below));
  PetscCall(KarScoreSetCondition(cascade->level[i].score, below));
  if (!work) PetscCall(VecDestroy(&below));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode FreeLevel(KarCascade cascade, PetscInt i)
{
  PetscFunctionBegin;
  PetscCall(KarSamplerFreeWork(cascade->level[i].ts));
  PetscCall(KarScoreFreeWork(cascade->level[i].score));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Level i and what lies below it, given those before: into `to`; what was drawn below is then there no more. begun: its
   sampler goes on from the state it has. One that a monitor ends early keeps its state. */
static PetscErrorCode DrawLevel(KarCascade cascade, PetscInt i, PetscBool begun, KarKey key, Vec to, PetscBool *whole)
{
  Level *level = &cascade->level[i];
  KarFFT fft;

  PetscFunctionBegin;
  cascade->ended = i;
  cascade->begun = PETSC_TRUE;
  cascade->key   = key;
  PetscCall(KarScoreGetFFT(level->score, &fft));
  if (begun) PetscCall(KarSamplerContinue(level->ts, to, whole));
  else PetscCall(KarSamplerSolve(level->ts, key, to, whole));
  if (!*whole) PetscFunctionReturn(PETSC_SUCCESS);
  cascade->ended = -1;
  PetscCall(FreeLevel(cascade, i));
  if (i) PetscCall(AddDrawn(cascade, i - 1, cascade->level[i - 1].x, fft, to));
  if (i && i - 1 != cascade->given) PetscCall(VecDestroy(&cascade->level[i - 1].x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCascadeSetGiven(KarCascade cascade, PetscInt j, Vec x)
{
  Vec to;

  PetscFunctionBegin;
  PetscCall(KarCascadeSetUp(cascade));
  KarCheck(cascade->comm, !x || (j >= 0 && j < cascade->levels - 1), PETSC_ERR_ARG_OUTOFRANGE,
           "level %" PetscInt_FMT " of a cascade of %" PetscInt_FMT " is given: levels 0 to %" PetscInt_FMT " can be",
           j, cascade->levels, cascade->levels - 2);
  cascade->given = x ? j : -1;
  if (!x) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarCascadeGetVec(cascade, j, NULL, &to));
  PetscCall(VecCopy(x, to));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCascadeCondition(KarCascade cascade, PetscInt j, KarKey key, PetscBool *whole)
{
  Vec to;

  PetscFunctionBegin;
  PetscCall(KarCascadeSetUp(cascade));
  *whole = PETSC_TRUE;
  for (PetscInt i = cascade->given + 1; i <= j && *whole; i++) {
    PetscCall(KarCascadeGetVec(cascade, i, NULL, &to));
    if (i) PetscCall(TellBelow(cascade, i, to));
    if (i < j) PetscCall(DrawLevel(cascade, i, PETSC_FALSE, key, to, whole));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCascadeGetFFT(KarCascade cascade, KarFFT *fft)
{
  PetscFunctionBegin;
  if (cascade->beyond) PetscCall(KarCovGetFFT(cascade->beyond, fft));
  else PetscCall(KarScoreGetFFT(cascade->level[cascade->levels - 1].score, fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The levels from `first` on, and what lies beyond the last. */
static PetscErrorCode DrawLevels(KarCascade cascade, PetscInt first, PetscBool begun, KarKey key, Vec x,
                                 PetscBool *whole)
{
  const PetscInt last    = cascade->levels - 1;
  PetscBool      through = PETSC_TRUE;
  KarFFT         fft;
  Vec            to;

  PetscFunctionBegin;
  for (PetscInt i = first; i <= last && through; i++) {
    const PetscBool on = (PetscBool)(begun && i == first);

    PetscCall(KarCascadeGetVec(cascade, i, x, &to));
    if (i) PetscCall(TellBelow(cascade, i, on ? NULL : to));
    PetscCall(DrawLevel(cascade, i, on, key, to, &through));
  }
  if (through && cascade->beyond) {
    PetscCall(KarCovGetFFT(cascade->beyond, &fft));
    PetscCall(KarCovSample(cascade->beyond, key, x));
    PetscCall(AddDrawn(cascade, last, cascade->last, fft, x));
  }
  if (whole) *whole = through;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCascadeSolve(KarCascade cascade, KarKey key, Vec x, PetscBool *whole)
{
  PetscFunctionBegin;
  PetscCall(KarCascadeSetUp(cascade));
  if (cascade->ended >= 0) PetscCall(FreeLevel(cascade, cascade->ended));
  PetscCall(DrawLevels(cascade, cascade->given + 1, PETSC_FALSE, key, x, whole));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCascadeContinueDraw(KarCascade cascade, Vec x, PetscBool *whole)
{
  PetscFunctionBegin;
  KarCheck(cascade->comm, cascade->ended >= 0, PETSC_ERR_ORDER,
           "no draw of the cascade has ended early: KarCascadeLoadDraw() comes before");
  PetscCall(DrawLevels(cascade, cascade->ended, cascade->begun, cascade->key, x, whole));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCascadeLift(KarCascade cascade, PetscInt j, KarScore *lifted)
{
  KarScore level, last;
  KarFFT   fft;

  PetscFunctionBegin;
  PetscCall(KarCascadeGetLevel(cascade, j, &level, NULL));
  PetscCall(KarCascadeGetLevel(cascade, cascade->levels - 1, &last, NULL));
  PetscCall(KarScoreGetFFT(last, &fft));
  PetscCall(KarScoreCreateLifted(level, fft, (PetscBool)(j > 0), lifted));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCascadeGetLater(KarCascade cascade, PetscInt j, PetscReal rest[])
{
  const PetscReal *c;
  const KarModes  *m;
  KarScore         level;
  KarFFT           fft;
  KarCov           data, embedded;

  PetscFunctionBegin;
  PetscCall(KarCascadeGetLevel(cascade, cascade->levels - 1, &level, NULL));
  PetscCall(KarScoreGetFFT(level, &fft));
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(PetscArrayzero(rest, m->rows * m->length));
  for (PetscInt i = j + 1; i < cascade->levels; i++) {
    PetscCall(KarScoreGetDataCovariance(cascade->level[i].score, &data));
    PetscCall(KarCovCreateEmbedded(data, fft, &embedded));
    PetscCall(KarCovGetEigenvalues(embedded, &c));
    for (PetscInt q = 0; q < m->rows * m->length; q++) rest[q] += c[q];
    PetscCall(KarCovDestroy(&embedded));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCascadeCut(KarCascade cascade, PetscInt levels)
{
  PetscFunctionBegin;
  KarCheck(cascade->comm, levels >= 0 && levels <= cascade->levels, PETSC_ERR_ARG_OUTOFRANGE,
           "a cascade of %" PetscInt_FMT " levels is cut to %" PetscInt_FMT, cascade->levels, levels);
  for (PetscInt j = levels; j < cascade->levels; j++) {
    Level *level = &cascade->level[j];

    PetscCall(TSDestroy(&level->ts));
    PetscCall(KarScoreDestroy(&level->score));
    PetscCall(VecDestroy(&level->x));
  }
  if (levels) PetscCall(VecDestroy(&cascade->level[levels - 1].x));
  cascade->levels = levels;
  cascade->ended  = -1;
  cascade->ready  = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCascadeDestroy(KarCascade *cascade)
{
  PetscFunctionBegin;
  if (!*cascade) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarCascadeCut(*cascade, 0));
  PetscCall(KarCovDestroy(&(*cascade)->beyond));
  PetscCall(VecDestroy(&(*cascade)->last));
  PetscCall(PetscFree(*cascade));
  PetscFunctionReturn(PETSC_SUCCESS);
}
