/* Three steps of training give the same weights whether the batch is one rank's, shared by ranks, or each field is cut
   into slabs (1e-5: sums in another order, amplified by Adam's division); and the same bits when the run is stopped
   after one step and resumed.  ranks: 1 2 4 */
#include "claim.h"

#define STEPS 3

static PetscErrorCode MakeData(MPI_Comm comm, const char path[])
{
  const PetscInt n[2] = {16, 16};
  KarGrid        grid;
  KarFFT         fft;
  KarCov         cov;
  KarDataset     data;
  Vec            x, u;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(comm, &grid));
  PetscCall(KarGridSetSizes(grid, 2, n, NULL));
  PetscCall(KarFFTCreate(grid, &fft));
  PetscCall(KarCovCreate(fft, &cov));
  PetscCall(KarCovSetType(cov, KARCOVMATERN));
  PetscCall(KarCovSetUp(cov));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(KarGridCreateField(grid, &u));
  PetscCall(KarDatasetCreate(comm, grid, path, &data));
  PetscCall(KarDatasetAddVariable(data, "u", 1, NULL, NULL));
  PetscCall(KarDatasetSetSamples(data, 8));
  PetscCall(KarDatasetSetReplace(data, KAR_REPLACE));
  PetscCall(KarDatasetSetUp(data));
  for (PetscInt i = 0; i < 8; i++) {
    PetscCall(KarCovSample(cov, (KarKey){.seed = 1, .sample = i, .stream = KAR_STREAM_DATA}, x));
    PetscCall(KarFFTInverse(fft, x, u));
    PetscCall(VecPointwiseMult(u, u, u)); /* not Gaussian: there is something to learn */
    PetscCall(KarDatasetWrite(data, "u", i, u));
  }
  PetscCall(KarDatasetClose(&data));
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&u));
  PetscCall(KarCovDestroy(&cov));
  PetscCall(KarFFTDestroy(&fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The weights after STEPS steps, in `out`; stop_at > 0: stop there once and resume. The caller frees them. */
static PetscErrorCode Train(MPI_Comm comm, const char path[], PetscInt group, PetscBool restart, PetscInt *n,
                            float **out)
{
  char        state[64], number[16];
  float      *p;
  PetscBool   finished = PETSC_FALSE;
  KarDataset  data;
  KarDenoiser denoiser;
  KarNet      net;
  KarTrainer  trainer;

  PetscFunctionBegin;
  (void)snprintf(state, sizeof(state), "%s.state", path);
  (void)snprintf(number, sizeof(number), "%d", (int)group);
  PetscCall(PetscOptionsSetValue(NULL, "-train_group", number));
  for (int run = 0; run < 1 + (int)restart; run++) {
    PetscCall(PetscOptionsSetValue(NULL, "-train_stop_after", restart && run == 0 ? "1" : "0"));
    PetscCall(PetscOptionsSetValue(NULL, "-resume", run ? "true" : "false"));
    PetscCall(KarDatasetOpen(comm, path, &data));
    PetscCall(KarTrainerCreate(comm, &trainer));
    PetscCall(KarTrainerSetFromOptions(trainer));
    PetscCall(KarTrainerSetData(trainer, data, ""));
    PetscCall(KarTrainerSolve(trainer, state, &finished));
    Claim(finished == (PetscBool)(run == (int)restart), "run %d", run);
    if (finished) {
      PetscCall(KarTrainerGetDenoiser(trainer, &denoiser));
      PetscCall(KarDenoiserGetNet(denoiser, &net));
      PetscCall(KarNetGetParameters(net, n, &p));
      PetscCall(PetscMalloc1(*n, out));
      PetscCall(PetscArraycpy(*out, p, *n));
    }
    PetscCall(KarTrainerDestroy(&trainer));
    PetscCall(KarDatasetDestroy(&data));
  }
  PetscCallMPI(MPI_Barrier(comm));
  (void)remove(state);
  (void)snprintf(state, sizeof(state), "%s.state.prev", path);
  (void)remove(state);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscReal Difference(PetscInt n, const float a[], const float b[])
{
  PetscReal d = 0, s = 0;

  for (PetscInt i = 0; i < n; i++) d += PetscSqr((PetscReal)a[i] - b[i]), s += PetscSqr((PetscReal)a[i]);
  return PetscSqrtReal(d / s);
}

static PetscErrorCode Run(void)
{
  static const char *const options[][2] = {
    {"-train_steps", "3"},         {"-train_every", "2"}, {"-train_batch", "5"},     {"-train_warmup", "1"},
    {"-fno_width", "8"},           {"-fno_depth", "2"},   {"-fno_modes", "4"},       {"-train_symmetry", "scalar"},
    {"-train_validation", "0.25"}, {"-fno_hidden", "16"}, {"-fno_oversample", "1.5"}};
  char     alone[32];
  float   *one, *all, *again;
  PetscInt n;
  int      rank, ranks;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &ranks));
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(options); i++)
    PetscCall(PetscOptionsSetValue(NULL, options[i][0], options[i][1]));
  (void)snprintf(alone, sizeof(alone), "alone%d-%d.test.h5", ranks, rank);
  PetscCall(MakeData(PETSC_COMM_SELF, alone));
  PetscCall(MakeData(PETSC_COMM_WORLD, "training.test.h5"));
  PetscCall(Train(PETSC_COMM_SELF, alone, 1, PETSC_FALSE, &n, &one));
  for (PetscInt group = 1; group <= ranks; group *= 2) {
    PetscCall(Train(PETSC_COMM_WORLD, "training.test.h5", group, PETSC_FALSE, &n, &all));
    PetscCall(Train(PETSC_COMM_WORLD, "training.test.h5", group, PETSC_TRUE, &n, &again));
    ClaimNear(Difference(n, one, all), 0, 1e-5);
    Claim(Difference(n, all, again) == 0, "a resumed run differs by %g", (double)Difference(n, all, again));
    PetscCall(PetscFree(all));
    PetscCall(PetscFree(again));
  }
  PetscCall(PetscFree(one));
  (void)remove(alone);
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
