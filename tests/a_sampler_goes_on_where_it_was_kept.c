/* A sampler that is stopped at a step, kept in a file, and continued by another sampler gives the field of one that
   was not stopped: the same bits on the same ranks, the same to rounding on one rank alone; for every type of ours,
   with and without noise, at the first and a later step.  What is of another
   sampler, or of another grid, is refused.  ranks: 1 2 3 */
#include "files.h"

static PetscErrorCode CreateSampler(MPI_Comm comm, PetscInt n, const char type[], PetscReal eta, KarFFT *fft, TS *ts)
{
  KarGrid  grid;
  KarCov   noise, data;
  KarSDE   sde;
  KarScore score;
  Vec      mean;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(comm, &grid));
  PetscCall(KarGridSetSizes(grid, 2, (PetscInt[]){n, n - 2}, NULL));
  PetscCall(KarFFTCreate(grid, fft));
  PetscCall(KarGridDestroy(&grid));
  PetscCall(KarCovCreate(*fft, &noise));
  PetscCall(KarCovSetType(noise, KARCOVMATERN));
  PetscCall(KarCovCreate(*fft, &data));
  PetscCall(KarCovSetType(data, KARCOVMATERN));
  PetscCall(KarCovSetParameter(data, "alpha", 3));
  PetscCall(KarSDECreate(noise, &sde));
  PetscCall(KarSDESetType(sde, KARSDEVP));
  PetscCall(KarScoreCreate(sde, &score));
  PetscCall(KarScoreSetType(score, KARSCOREMIXTURE));
  PetscCall(KarScoreSetDataCovariance(score, data));
  for (PetscInt j = 0; j < 2; j++) {
    PetscCall(KarFFTCreateCoordinates(*fft, &mean));
    PetscCall(KarCovSample(noise, (KarKey){.seed = 2, .sample = j, .stream = KAR_STREAM_TEST}, mean));
    PetscCall(KarScoreMixtureAdd(score, 1, mean));
    PetscCall(VecDestroy(&mean));
  }
  PetscCall(KarSamplerCreate(score, ts));
  PetscCall(KarSamplerSetType(*ts, type));
  if (eta >= 0) PetscCall(KarSamplerSetParameter(*ts, "eta", eta));
  PetscCall(KarSamplerSetEvaluations(*ts, 12));
  PetscCall(KarSamplerSetUp(*ts));
  PetscCall(KarScoreDestroy(&score));
  PetscCall(KarSDEDestroy(&sde));
  PetscCall(KarCovDestroy(&noise));
  PetscCall(KarCovDestroy(&data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode StopAt(TS ts, PetscInt step, PetscReal time, Vec x, void *ctx)
{
  PetscFunctionBegin;
  if (step == *(PetscInt *)ctx) PetscCall(TSSetConvergedReason(ts, TS_CONVERGED_USER));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Loads the state on comm and goes on; the difference from the vector `whole` of the file. */
static PetscErrorCode Continue(MPI_Comm comm, const char path[], const char type[], PetscReal eta,
                               PetscReal *difference)
{
  KarCheckpoint file;
  KarFFT        fft;
  TS            ts;
  Vec           x, whole;
  PetscBool     through;

  PetscFunctionBegin;
  PetscCall(CreateSampler(comm, 12, type, eta, &fft, &ts));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(VecDuplicate(x, &whole));
  PetscCall(KarCheckpointOpen(comm, path, &file));
  PetscCall(KarSamplerLoad(ts, file, "state", x));
  PetscCall(KarCheckpointGetVec(file, "whole", whole));
  PetscCall(KarCheckpointDestroy(&file));
  PetscCall(KarSamplerContinue(ts, x, &through));
  Claim(through, "%s: it does not end", type);
  PetscCall(VecAXPY(whole, -1, x));
  PetscCall(VecNorm(whole, NORM_INFINITY, difference));
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&whole));
  PetscCall(TSDestroy(&ts));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Check(const char path[], const char type[], PetscReal eta, PetscInt stop)
{
  const KarKey  key = {.seed = 5, .sample = 3};
  KarCheckpoint file;
  KarFFT        fft;
  TS            ts;
  Vec           x, whole;
  PetscBool     through;
  PetscReal     difference;
  PetscMPIInt   rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCall(CreateSampler(PETSC_COMM_WORLD, 12, type, eta, &fft, &ts));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(VecDuplicate(x, &whole));
  PetscCall(KarSamplerSolve(ts, key, whole, NULL));
  PetscCall(TSMonitorSet(ts, StopAt, &stop, NULL));
  PetscCall(KarSamplerSolve(ts, key, x, &through));
  Claim(!through, "%s: it was not stopped", type);
  PetscCall(KarCheckpointCreate(PETSC_COMM_WORLD, path, KAR_REPLACE, &file));
  PetscCall(KarSamplerSave(ts, x, file, "state"));
  PetscCall(KarCheckpointPutVec(file, "whole", whole));
  PetscCall(KarCheckpointClose(&file));
  PetscCall(Continue(PETSC_COMM_WORLD, path, type, eta, &difference));
  Claim(difference == 0, "%s, eta %g, stopped at %d: off by %g on the same ranks", type, (double)eta, (int)stop,
        (double)difference);
  if (rank == 0) {
    PetscCall(Continue(PETSC_COMM_SELF, path, type, eta, &difference));
    Claim(difference <= 1e-12, "%s, eta %g, stopped at %d: off by %g on one rank", type, (double)eta, (int)stop,
          (double)difference);
  }
  PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&whole));
  PetscCall(TSDestroy(&ts));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Refused(const char path[], PetscInt n, const char type[], const char text[])
{
  KarCheckpoint file;
  KarFFT        fft;
  TS            ts;
  Vec           x;

  PetscFunctionBegin;
  PetscCall(CreateSampler(PETSC_COMM_WORLD, n, type, -1, &fft, &ts));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(KarCheckpointOpen(PETSC_COMM_WORLD, path, &file));
  ClaimFails(KarSamplerLoad(ts, file, "state", x), text);
  PetscCall(KarCheckpointDestroy(&file));
  PetscCall(VecDestroy(&x));
  PetscCall(TSDestroy(&ts));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  PetscCall(ScratchFile("state.h5", path));
  for (PetscInt stop = 1; stop < 8; stop += 4) {
    PetscCall(Check(path, KARTSMULTISTEP, 0, stop));
    PetscCall(Check(path, KARTSMULTISTEP, 1, stop));
    PetscCall(Check(path, KARTSANCESTRAL, 1, stop));
    PetscCall(Check(path, KARTSEM, 1, stop));
  }
  PetscCall(Check(path, KARTSHEUN, -1, 3));
  PetscCall(Check(path, KARTSPREDICTORCORRECTOR, 1, 3));
  PetscCall(Check(path, KARTSLANGEVIN, -1, 2));
  PetscCall(Refused(path, 12, KARTSHEUN, "the state is of a sampler langevin, this one is heun"));
  PetscCall(Refused(path, 14, KARTSLANGEVIN, "is it of another grid?"));
  PetscCall(ScratchClean());
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
