/* A cascade from model files, -model BASE,OCTAVE,OCTAVE, or from one that holds several levels. */
#include "cli.h"

/* The base is no octave, the levels above it are. */
static PetscErrorCode AddLevel(MPI_Comm comm, KarScore score, const char path[], KarCascade cascade)
{
  KarDenoiser denoiser;
  PetscInt    levels;
  PetscBool   octave;

  PetscFunctionBegin;
  PetscCall(KarCascadeGetSize(cascade, &levels));
  PetscCall(KarScoreSetFromOptions(score));
  PetscCall(KarScoreSetUp(score));
  PetscCall(KarScoreGetDenoiser(score, &denoiser));
  PetscCall(KarDenoiserIsOctave(denoiser, &octave));
  KarCheck(comm, octave != (levels == 0), PETSC_ERR_USER_INPUT,
           "%s is %s: -model BASE,OCTAVE,... names a base or a cascade, then octaves, coarse ones first "
           "(train -train_octave)",
           path,
           octave   ? "an octave"
           : levels ? "no octave"
                    : "no base");
  PetscCall(KarCascadeAdd(cascade, score));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A file of one level, or of a cascade's. */
static PetscErrorCode AddFile(MPI_Comm comm, MPI_Comm one, const char path[], KarCascade cascade)
{
  KarCascade part;
  KarScore   score;
  PetscInt   levels;
  PetscBool  several;

  PetscFunctionBegin;
  PetscCall(KarCascadeTry(comm, path, &several));
  if (!several) {
    PetscCall(KarScoreLoad(one, path, 0, NULL, &score));
    PetscCall(AddLevel(comm, score, path, cascade));
    PetscCall(KarScoreDestroy(&score));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KarCascadeLoad(one, path, &part));
  PetscCall(KarCascadeGetSize(part, &levels));
  for (PetscInt j = 0; j < levels; j++) {
    PetscCall(KarCascadeGetLevel(part, j, &score, NULL));
    PetscCall(AddLevel(comm, score, path, cascade));
  }
  PetscCall(KarCascadeDestroy(&part));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSetupIsCascade(MPI_Comm comm, const char model[], PetscBool *is)
{
  PetscFunctionBegin;
  *is = PETSC_FALSE;
  if (!model[0] || KarOptionsHelping()) PetscFunctionReturn(PETSC_SUCCESS);
  if (strchr(model, ',')) *is = PETSC_TRUE;
  else PetscCall(KarCascadeTry(comm, model, is));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode FromFiles(MPI_Comm comm, MPI_Comm one, const char model[], KarCascade *cascade)
{
  int    n;
  char **names;

  PetscFunctionBegin;
  PetscCall(KarCascadeCreate(one, cascade));
  PetscCall(PetscStrToArray(model, ',', &n, &names));
  for (int j = 0; j < n; j++) PetscCall(AddFile(comm, one, names[j], *cascade));
  PetscCall(PetscStrToArrayDestroy(n, names));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Draws are on -grid_n, finer than the last octave: what lies beyond it is Gaussian, and told. */
static PetscErrorCode SetFinest(MPI_Comm comm, KarGrid last, const PetscInt n[], KarCascade cascade)
{
  KarGrid   grid;
  KarFFT    fft;
  PetscReal share;

  PetscFunctionBegin;
  PetscCall(KarGridRefine(last, n, &grid));
  PetscCall(KarFFTCreate(grid, &fft));
  PetscCall(KarCascadeSetFinest(cascade, fft, &share));
  PetscCall(KarFFTDestroy(&fft));
  PetscCall(KarGridDestroy(&grid));
  PetscCall(PetscPrintf(comm,
                        "note: octaves beyond the last model's grid are Gaussian, %.1e of the variance, by the fit of "
                        "its spectrum\n",
                        (double)share));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSetupCascade(MPI_Comm comm, MPI_Comm one, const char model[], PetscBool finer, KarCascade *cascade)
{
  PetscInt    points[3], dim = 3, levels, more = 0;
  KarScore    last;
  KarFFT      fft;
  KarGrid     grid;
  KarGridInfo info;

  PetscFunctionBegin;
  PetscCall(FromFiles(comm, one, model, cascade));
  PetscCall(KarCascadeGetSize(*cascade, &levels));
  PetscCall(KarOptionsIntArray(NULL, "grid_n", "points along each axis, slowest first (a model's own)", 1, 1 << 20,
                               &dim, points));
  PetscCall(KarCascadeGetLevel(*cascade, levels - 1, &last, NULL));
  PetscCall(KarScoreGetFFT(last, &fft));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &info));
  for (PetscInt a = 0; a < dim; a++) {
    KarCheck(
      comm, dim == info.dim && (points[a] == info.n[a] || (finer && points[a] > info.n[a])), PETSC_ERR_USER_INPUT,
      "-grid_n: these octaves end on %" PetscInt_FMT " points along axis %" PetscInt_FMT ": %s", info.n[PetscMin(a, 2)],
      a, finer ? "give as many axes, and no fewer points" : "leave it out, or train another octave");
    more += points[a] > info.n[a];
  }
  if (more) PetscCall(SetFinest(comm, grid, points, *cascade));
  PetscFunctionReturn(PETSC_SUCCESS);
}
