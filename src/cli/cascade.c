/* A cascade from model files, -model BASE,OCTAVE,OCTAVE, or from the one file that holds it. */
#include "cli.h"

/* The base is no octave, the others are. */
static PetscErrorCode AddModel(MPI_Comm comm, MPI_Comm one, const char path[], PetscBool base, KarCascade cascade)
{
  KarScore    score;
  KarDenoiser denoiser;
  PetscBool   octave;

  PetscFunctionBegin;
  PetscCall(KarScoreLoad(one, path, 0, NULL, &score));
  PetscCall(KarScoreSetFromOptions(score));
  PetscCall(KarScoreSetUp(score));
  PetscCall(KarScoreGetDenoiser(score, &denoiser));
  PetscCall(KarDenoiserIsOctave(denoiser, &octave));
  KarCheck(comm, octave != base, PETSC_ERR_USER_INPUT,
           "%s is %s: -model BASE,OCTAVE,... names a base, then octaves, coarse ones first (train -train_octave)", path,
           octave ? "an octave" : "no octave");
  PetscCall(KarCascadeAdd(cascade, score));
  PetscCall(KarScoreDestroy(&score));
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

/* One file a level. */
static PetscErrorCode FromModels(MPI_Comm comm, MPI_Comm one, const char model[], KarCascade *cascade)
{
  int    n;
  char **names;

  PetscFunctionBegin;
  PetscCall(KarCascadeCreate(one, cascade));
  PetscCall(PetscStrToArray(model, ',', &n, &names));
  for (int j = 0; j < n; j++) PetscCall(AddModel(comm, one, names[j], j == 0 ? PETSC_TRUE : PETSC_FALSE, *cascade));
  PetscCall(PetscStrToArrayDestroy(n, names));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All levels in one file. */
static PetscErrorCode FromFile(MPI_Comm one, const char model[], KarCascade *cascade)
{
  PetscInt levels;
  KarScore score;

  PetscFunctionBegin;
  PetscCall(KarCascadeLoad(one, model, cascade));
  PetscCall(KarCascadeGetSize(*cascade, &levels));
  for (PetscInt j = 0; j < levels; j++) {
    PetscCall(KarCascadeGetLevel(*cascade, j, &score, NULL));
    PetscCall(KarScoreSetFromOptions(score));
    PetscCall(KarScoreSetUp(score));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSetupCascade(MPI_Comm comm, MPI_Comm one, const char model[], KarCascade *cascade)
{
  PetscInt    points[3], dim = 3, levels;
  KarScore    last;
  KarFFT      fft;
  KarGrid     grid;
  KarGridInfo info;

  PetscFunctionBegin;
  if (strchr(model, ',')) PetscCall(FromModels(comm, one, model, cascade));
  else PetscCall(FromFile(one, model, cascade));
  PetscCall(KarCascadeGetSize(*cascade, &levels));
  PetscCall(KarOptionsIntArray(NULL, "grid_n", "points along each axis, slowest first (a model's own)", 1, 1 << 20,
                               &dim, points));
  PetscCall(KarCascadeGetLevel(*cascade, levels - 1, &last, NULL));
  PetscCall(KarScoreGetFFT(last, &fft));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &info));
  for (PetscInt a = 0; a < dim; a++)
    KarCheck(comm, dim == info.dim && points[a] == info.n[a], PETSC_ERR_USER_INPUT,
             "-grid_n: these octaves end on %" PetscInt_FMT " points along axis %" PetscInt_FMT
             ": leave it out, or train another octave",
             info.n[PetscMin(a, 2)], a);
  PetscFunctionReturn(PETSC_SUCCESS);
}
