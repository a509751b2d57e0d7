/* Draws Gaussian random fields, checks their size, and writes them to a file that ncdump, xarray and h5py read.

     mpirun -n 2 sample_gaussian -grid_n 512,512 -cov_type matern -cov_alpha 2.5 -samples 8 -seed 3 -out gaussian.h5 */
#include <karhunen.h>

typedef struct {
  PetscInt samples, seed;
  char     out[PETSC_MAX_PATH_LEN];
} Options;

static PetscErrorCode ReadOptions(Options *o)
{
  PetscFunctionBegin;
  PetscCall(KarOptionsInt(NULL, "samples", "fields to draw", 1, PETSC_MAX_INT, &o->samples));
  PetscCall(KarOptionsInt(NULL, "seed", "field i is a function of the seed and of i", 0, PETSC_MAX_INT, &o->seed));
  PetscCall(KarOptionsString(NULL, "out", "file to write", sizeof(o->out), o->out));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A box with 128 x 128 points, unless options say otherwise, and a covariance on it. */
static PetscErrorCode Create(MPI_Comm comm, KarGrid *grid, KarFFT *fft, KarCov *cov)
{
  const PetscInt n[] = {128, 128};

  PetscFunctionBegin;
  PetscCall(KarGridCreate(comm, grid));
  PetscCall(KarGridSetSizes(*grid, 2, n, NULL));
  PetscCall(KarGridSetFromOptions(*grid));
  PetscCall(KarGridSetUp(*grid));
  PetscCall(KarFFTCreate(*grid, fft));
  PetscCall(KarCovCreate(*fft, cov));
  PetscCall(KarCovSetType(*cov, KARCOVMATERN));
  PetscCall(KarCovSetFromOptions(*cov));
  PetscCall(KarCovSetUp(*cov));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Draw(MPI_Comm comm, const Options *o, KarGrid grid, KarFFT fft, KarCov cov)
{
  KarDataset  file;
  Vec         x, field;
  PetscReal   trace, mean = 0, error = 0;
  PetscScalar square;

  PetscFunctionBegin;
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(KarGridCreateField(grid, &field));
  PetscCall(KarDatasetCreate(comm, grid, o->out, &file));
  PetscCall(KarDatasetAddVariable(file, "field", 1, "1", "Gaussian random field"));
  PetscCall(KarDatasetSetSamples(file, o->samples));
  PetscCall(KarDatasetSetFromOptions(file));
  PetscCall(KarOptionsCheck(comm)); /* an option that nobody knows stops the run here */
  PetscCall(KarDatasetSetUp(file));
  for (PetscInt i = 0; i < o->samples; i++) {
    PetscCall(KarCovSample(cov, (KarKey){.seed = o->seed, .sample = i, .stream = KAR_STREAM_DATA}, x));
    PetscCall(VecDot(x, x, &square)); /* the mean square of the field over the box */
    mean += square / (PetscReal)o->samples;
    error += PetscSqr(square) / (PetscReal)o->samples;
    PetscCall(KarFFTInverse(fft, x, field));
    PetscCall(KarDatasetWrite(file, "field", i, field));
  }
  PetscCall(KarDatasetClose(&file));
  PetscCall(KarCovGetTrace(cov, &trace));
  error = PetscSqrtReal(PetscMax(error - PetscSqr(mean), 0) / (PetscReal)o->samples);
  PetscCall(PetscPrintf(comm,
                        "mean square of %" PetscInt_FMT " fields: %.3f +- %.3f, of their law: %.3f; written to %s\n",
                        o->samples, (double)mean, (double)error, (double)trace, o->out));
  PetscCall(VecDestroy(&field));
  PetscCall(VecDestroy(&x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(MPI_Comm comm)
{
  Options o = {.samples = 8, .seed = 1, .out = "gaussian.h5"};
  KarGrid grid;
  KarFFT  fft;
  KarCov  cov;

  PetscFunctionBegin;
  PetscCall(ReadOptions(&o));
  PetscCall(Create(comm, &grid, &fft, &cov));
  if (KarOptionsHelping()) PetscCall(KarOptionsPrintHelp(comm));
  else PetscCall(Draw(comm, &o, grid, fft, cov));
  PetscCall(KarCovDestroy(&cov));
  PetscCall(KarFFTDestroy(&fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  PetscErrorCode code = KarInitialize(&argc, &argv);

  if (!code) code = Run(PETSC_COMM_WORLD);
  return KarFinish(code);
}
