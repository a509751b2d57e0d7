/* Levels of a cascade that have fewer planes than there are ranks are drawn by groups of ranks, each group the same:
   the field is that of one rank, to rounding; so it is gone on with from a state that was kept at the last level, where
   levels of groups begin anew.  Groups divide the ranks, and leave none of theirs without a plane.  ranks: 5 8 */
#include "files.h"
#include "problem.h"

/* Levels of 2, 4, 8 and 16 planes, each of those of comm's ranks that it feeds. */
static PetscErrorCode CreateCascade(MPI_Comm comm, KarCascade *cascade, KarFFT *last)
{
  MPI_Comm part;
  int      all, ranks;
  KarFFT   fft;
  KarScore score;
  TS       ts;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(comm, &all));
  PetscCall(KarCascadeCreate(comm, cascade));
  for (PetscInt j = 0; j < 4; j++) {
    const PetscInt n[2] = {2 << j, 6 << j}, coarse[2] = {1 << j, 3 << j};

    PetscCall(KarCommFeed(comm, n[0], &part));
    PetscCallMPI(MPI_Comm_size(part, &ranks));
    Claim(all % ranks == 0 && (n[0] + ranks - 1) / ranks * (ranks - 1) < n[0] && (ranks < all || part == comm),
          "%d planes, %d ranks, groups of %d", (int)n[0], all, ranks);
    Claim(all == 1 || j || ranks < all, "all of %d ranks have 2 planes", all);
    PetscCall(ProblemFFT(part, 2, n, &fft));
    PetscCall(ProblemOctave(fft, j ? coarse : NULL, &score));
    PetscCall(KarCascadeAdd(*cascade, score));
    PetscCall(KarCascadeGetLevel(*cascade, j, NULL, &ts));
    PetscCall(KarSamplerSetParameter(ts, "eta", 1));
    PetscCall(KarSamplerSetEvaluations(ts, 8));
    PetscCall(KarScoreDestroy(&score));
    if (j == 3) *last = fft;
    else PetscCall(KarFFTDestroy(&fft));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Planes of the field of one rank, against those that this rank has of the field of all. */
static PetscErrorCode Compare(KarFFT all, Vec x, KarFFT self, Vec y, PetscReal *difference)
{
  const PetscScalar *a, *b;
  KarGrid            grid[2];
  KarGridInfo        info;
  Vec                field[2];

  PetscFunctionBegin;
  PetscCall(KarFFTGetGrid(all, &grid[0]));
  PetscCall(KarFFTGetGrid(self, &grid[1]));
  for (int i = 0; i < 2; i++) PetscCall(KarGridCreateField(grid[i], &field[i]));
  PetscCall(KarFFTInverse(all, x, field[0]));
  PetscCall(KarFFTInverse(self, y, field[1]));
  PetscCall(KarGridGetInfo(grid[0], &info));
  PetscCall(VecGetArrayRead(field[0], &a));
  PetscCall(VecGetArrayRead(field[1], &b));
  *difference = 0;
  for (PetscInt i = 0; i < info.ln * info.plane; i++)
    *difference = PetscMax(*difference, PetscAbsReal(a[i] - b[info.start * info.plane + i]));
  PetscCall(VecRestoreArrayRead(field[0], &a));
  PetscCall(VecRestoreArrayRead(field[1], &b));
  for (int i = 0; i < 2; i++) PetscCall(VecDestroy(&field[i]));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, difference, 1, MPIU_REAL, MPIU_MAX, PETSC_COMM_WORLD));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode StopAt(TS ts, PetscInt step, PetscReal time, Vec x, void *ctx)
{
  PetscFunctionBegin;
  (void)time, (void)x;
  if (step == *(PetscInt *)ctx) PetscCall(TSSetConvergedReason(ts, TS_CONVERGED_USER));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The same, ended in the midst of level j and gone on with. */
static PetscErrorCode Resume(const char path[], PetscInt j, KarKey key, KarCascade cascade, Vec x)
{
  PetscInt      stop = 3;
  KarCheckpoint file;
  PetscBool     through;
  TS            ts;

  PetscFunctionBegin;
  PetscCall(KarCascadeGetLevel(cascade, j, NULL, &ts));
  PetscCall(TSMonitorSet(ts, StopAt, &stop, NULL));
  PetscCall(KarCascadeSolve(cascade, key, x, &through));
  Claim(!through, "level %d was not ended", (int)j);
  PetscCall(KarCheckpointCreate(PETSC_COMM_WORLD, path, KAR_REPLACE, &file));
  PetscCall(KarCascadeSaveDraw(cascade, x, file, "draw"));
  PetscCall(KarCheckpointClose(&file));
  PetscCall(TSMonitorCancel(ts));
  PetscCall(VecZeroEntries(x));
  PetscCall(KarCheckpointOpen(PETSC_COMM_WORLD, path, &file));
  PetscCall(KarCascadeLoadDraw(cascade, file, "draw", x));
  PetscCall(KarCheckpointDestroy(&file));
  PetscCall(KarCascadeContinueDraw(cascade, x, &through));
  Claim(through, "it does not end");
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  const KarKey key = {.seed = 5, .sample = 3};
  char         path[PETSC_MAX_PATH_LEN];
  KarCascade   all, self;
  KarFFT       fft[2];
  Vec          x, y;
  PetscReal    difference;

  PetscFunctionBegin;
  PetscCall(ScratchFile("state.h5", path));
  PetscCall(CreateCascade(PETSC_COMM_WORLD, &all, &fft[0]));
  PetscCall(CreateCascade(PETSC_COMM_SELF, &self, &fft[1]));
  PetscCall(KarFFTCreateCoordinates(fft[0], &x));
  PetscCall(KarFFTCreateCoordinates(fft[1], &y));
  PetscCall(KarCascadeSolve(self, key, y, NULL));
  for (PetscInt j = -1; j < 4; j++) {
    if (j < 0) PetscCall(KarCascadeSolve(all, key, x, NULL));
    else PetscCall(Resume(path, j, key, all, x));
    PetscCall(Compare(fft[0], x, fft[1], y, &difference));
    Claim(difference <= 1e-12, "ended at level %d: off by %g", (int)j, (double)difference);
  }
  PetscCall(ScratchClean());
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&y));
  PetscCall(KarCascadeDestroy(&all));
  PetscCall(KarCascadeDestroy(&self));
  for (int i = 0; i < 2; i++) PetscCall(KarFFTDestroy(&fft[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
