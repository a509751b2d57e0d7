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
static PetscErrorCode AddFile(MPI_Comm comm, MPI_Comm one, const char path[], PetscBool groups, KarCascade cascade)
{
  KarCheckpoint file;
  KarCascade    part;
  KarScore      score;
  PetscInt      levels;
  PetscBool     several;

  PetscFunctionBegin;
  PetscCall(KarCascadeTry(comm, path, &several));
  if (!several) {
    if (groups) {
      PetscCall(KarCheckpointOpen(one, path, &file));
      PetscCall(KarDenoiserReadPlanes(file, &levels));
      PetscCall(KarCheckpointDestroy(&file));
      if (levels > 0) PetscCall(KarCommFeed(one, levels, &one));
    }
    PetscCall(KarScoreLoad(one, path, 0, NULL, &score));
    PetscCall(AddLevel(comm, score, path, cascade));
    PetscCall(KarScoreDestroy(&score));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KarCascadeLoad(one, path, groups, &part));
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
  if (!model[0]) PetscFunctionReturn(PETSC_SUCCESS);
  if (strchr(model, ',')) *is = PETSC_TRUE;
  else PetscCall(KarCascadeTry(comm, model, is));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode FromFiles(MPI_Comm comm, MPI_Comm one, const char model[], PetscBool groups, KarCascade *cascade)
{
  int    n;
  char **names;

  PetscFunctionBegin;
  PetscCall(KarCascadeCreate(one, cascade));
  PetscCall(PetscStrToArray(model, ',', &n, &names));
  for (int j = 0; j < n; j++) PetscCall(AddFile(comm, one, names[j], groups, *cascade));
  PetscCall(PetscStrToArrayDestroy(n, names));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The last grid is of all ranks of a field; coarser ones may be of groups of them. */
static PetscErrorCode CheckFeeds(MPI_Comm comm, MPI_Comm one, KarGrid grid)
{
  KarGridInfo info;
  int         all, ranks;

  PetscFunctionBegin;
  PetscCall(KarGridGetInfo(grid, &info));
  PetscCallMPI(MPI_Comm_size(one, &all));
  PetscCallMPI(MPI_Comm_size(info.comm, &ranks));
  KarCheck(comm, ranks == all, PETSC_ERR_ARG_SIZ,
           "the %" PetscInt_FMT " planes of the last octave cannot be dealt to %d ranks: use %d ranks a field "
           "(-ranks_per_field)",
           info.n[0], all, ranks);
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

/* Octaves beyond the last one by its own network; the last name of `model` has it. */
static PetscErrorCode Continue(MPI_Comm comm, const char model[], const KarGridInfo *last, const PetscInt n[],
                               KarCascade cascade)
{
  const char *name    = strrchr(model, ',');
  PetscInt    octaves = 0;

  PetscFunctionBegin;
  while (n[0] > last->n[0] << octaves) octaves++;
  for (PetscInt a = 0; a < last->dim; a++)
    KarCheck(comm, n[a] == last->n[a] << octaves, PETSC_ERR_USER_INPUT,
             "-octaves_beyond similar: -grid_n %" PetscInt_FMT " along axis %" PetscInt_FMT
             " is no doubling of the last octave's %" PetscInt_FMT "; along that axis give %" PetscInt_FMT,
             n[a], a, last->n[a], last->n[a] << octaves);
  PetscCall(KarCascadeContinue(cascade, name ? name + 1 : model, octaves));
  PetscCall(PetscPrintf(comm,
                        "note: %" PetscInt_FMT " octave%s beyond the last model's grid, by its network and the fit of "
                        "its spectrum: the law is taken to be self-similar\n",
                        octaves, octaves == 1 ? "" : "s"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSetupBeyond(PetscInt *beyond)
{
  static const char *const ways[] = {"gaussian", "similar", "refused", NULL};

  PetscFunctionBegin;
  *beyond = BEYOND_GAUSSIAN;
  PetscCall(
    KarOptionsChoice(NULL, "octaves_beyond",
                     "octaves finer than the last one learnt: gaussian, by the fit of its spectrum; similar, by "
                     "its network, the law being taken for self-similar; or refused",
                     ways, beyond));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode GoBeyond(MPI_Comm comm, MPI_Comm one, PetscInt beyond, const char model[], KarGrid last,
                               const PetscInt n[], KarCascade cascade)
{
  KarGridInfo info;

  PetscFunctionBegin;
  PetscCall(KarGridGetInfo(last, &info));
  KarCheck(comm, beyond != BEYOND_REFUSED, PETSC_ERR_USER_INPUT,
           "-octaves_beyond refused: octaves are learnt up to %" PetscInt_FMT
           " points along the first axis, and -grid_n asks for %" PetscInt_FMT,
           info.n[0], n[0]);
  if (beyond == BEYOND_SIMILAR) PetscCall(Continue(comm, model, &info, n, cascade));
  else {
    PetscCall(CheckFeeds(comm, one, last));
    PetscCall(SetFinest(comm, last, n, cascade));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The points along each axis of level j. */
static PetscErrorCode GetPoints(KarCascade cascade, PetscInt j, KarGrid *grid, KarGridInfo *info)
{
  KarScore score;
  KarFFT   fft;

  PetscFunctionBegin;
  PetscCall(KarCascadeGetLevel(cascade, j, &score, NULL));
  PetscCall(KarScoreGetFFT(score, &fft));
  PetscCall(KarFFTGetGrid(fft, grid));
  PetscCall(KarGridGetInfo(*grid, info));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* -grid_n n[dim] against level j: below 0 where it is coarser along some axis, 0 the same, above 0 finer. */
static int Compare(const KarGridInfo *level, const PetscInt n[])
{
  int more = 0;

  for (PetscInt a = 0; a < level->dim; a++) {
    if (n[a] < level->n[a]) return -1;
    more += n[a] > level->n[a];
  }
  return more;
}

PetscErrorCode KarSetupCascade(MPI_Comm comm, MPI_Comm one, const char model[], CascadeGrids grids, KarCascade *cascade)
{
  static const char *const remedies[] = {"leave it out, or train another octave",
                                         "give the points of a level, or train another octave",
                                         "give the points of a level, or more than the last has"};
  PetscInt                 n[3], dim = 3, beyond, j;
  KarGrid                  grid;
  KarGridInfo              last, info;

  PetscFunctionBegin;
  PetscCall(FromFiles(comm, one, model, (PetscBool)(grids == CASCADE_ANY), cascade));
  if (grids == CASCADE_ANY) PetscCall(KarSetupBeyond(&beyond));
  PetscCall(
    KarOptionsIntArray(NULL, "grid_n", "points along each axis, slowest first (a model's own)", 1, 1 << 20, &dim, n));
  PetscCall(KarCascadeGetSize(*cascade, &j));
  PetscCall(GetPoints(*cascade, --j, &grid, &last));
  if (!dim) {
    PetscCall(CheckFeeds(comm, one, grid));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  info = last;
  if (dim == last.dim && grids != CASCADE_WHOLE)
    while (j && Compare(&info, n)) PetscCall(GetPoints(*cascade, --j, &grid, &info));
  if (dim == last.dim && grids == CASCADE_ANY && Compare(&last, n) > 0) {
    PetscCall(KarCascadeGetSize(*cascade, &j));
    PetscCall(GetPoints(*cascade, --j, &grid, &info));
    PetscCall(GoBeyond(comm, one, beyond, model, grid, n, *cascade));
  } else {
    KarCheck(comm, dim == last.dim && !Compare(&info, n), PETSC_ERR_USER_INPUT,
             "-grid_n %" PetscInt_FMT "...: the last of these octaves has %" PetscInt_FMT
             " points along the first axis of %" PetscInt_FMT ": %s",
             n[0], last.n[0], last.dim, remedies[grids]);
    PetscCall(KarCascadeCut(*cascade, j + 1));
  }
  PetscCall(KarCascadeGetSize(*cascade, &j));
  PetscCall(GetPoints(*cascade, j - 1, &grid, &info));
  PetscCall(CheckFeeds(comm, one, grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}
