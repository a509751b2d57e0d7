/* The coarser fields of a file, whose small scales a cascade draws: -coarse FILE. */
#include "filefields.h"

struct _p_CoarseFields {
  FileFields  file;
  KarCascade  cascade; /* borrowed */
  KarResample pass;    /* from the file's grid to that of the level */
  Vec         x;       /* coordinates on the level's grid */
  PetscInt    level;
};

/* What is drawn of a file, and how it is read. */
typedef struct {
  char           path[PETSC_MAX_PATH_LEN];
  PetscInt       each, dim, n[3]; /* draws of a field; points along the axes, dim 0: the file's */
  KarReadOptions reading;
} Choice;

/* "16 x 16", "16,16" */
static void TextOfGrid(PetscInt dim, const PetscInt n[], const char by[], size_t size, char text[])
{
  text[0] = '\0';
  for (PetscInt a = 0; a < dim; a++)
    (void)snprintf(text + strlen(text), size - strlen(text), "%s%" PetscInt_FMT, a ? by : "", n[a]);
}

/* Level j's transform and grid. */
static PetscErrorCode GetLevel(CoarseFields c, PetscInt j, KarFFT *fft, KarGridInfo *info)
{
  KarScore score;
  KarGrid  grid;

  PetscFunctionBegin;
  PetscCall(KarCascadeGetLevel(c->cascade, j, &score, NULL));
  PetscCall(KarScoreGetFFT(score, fft));
  PetscCall(KarFFTGetGrid(*fft, &grid));
  PetscCall(KarGridGetInfo(grid, info));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* -coarse_grid is the grid of level c->level, or names none below the last. */
static PetscErrorCode CheckGrid(MPI_Comm comm, CoarseFields c, const KarGridInfo *file, const Choice *choice)
{
  char        given[64], points[64], has[256] = "";
  PetscInt    levels;
  PetscBool   fits = (PetscBool)(c->level >= 0);
  KarFFT      fft;
  KarGridInfo info;

  PetscFunctionBegin;
  TextOfGrid(choice->dim, choice->n, ",", sizeof(given), given);
  TextOfGrid(file->dim, file->n, " x ", sizeof(points), points);
  for (PetscInt a = 0; a < choice->dim; a++)
    KarCheck(comm, a >= file->dim || choice->n[a] <= file->n[a], PETSC_ERR_USER_INPUT,
             "-coarse_grid %s: the fields of %s have %s points: no more can be taken of them", given, choice->path,
             points);
  PetscCall(KarCascadeGetSize(c->cascade, &levels));
  for (PetscInt j = 0; j < levels - 1; j++) {
    PetscCall(GetLevel(c, j, &fft, &info));
    TextOfGrid(info.dim, info.n, " x ", sizeof(points), points);
    (void)snprintf(has + strlen(has), sizeof(has) - strlen(has), "%s%s", j ? ", " : "", points);
    for (PetscInt a = 0; a < info.dim && j == c->level; a++) fits = (PetscBool)(fits && choice->n[a] == info.n[a]);
  }
  KarCheck(comm, fits && choice->dim == file->dim, PETSC_ERR_USER_INPUT,
           "-coarse_grid %s: no grid of a level below the last, which are of %s points: give one of them", given, has);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The finest level below the last whose grid has no more points than that of the file, nor than -coarse_grid. */
static PetscErrorCode FindLevel(MPI_Comm comm, CoarseFields c, const KarGridInfo *file, const Choice *choice,
                                const char variable[], KarFFT *fft)
{
  char        points[64];
  PetscInt    levels;
  KarGridInfo info;

  PetscFunctionBegin;
  PetscCall(KarCascadeGetSize(c->cascade, &levels));
  for (c->level = levels - 2; c->level >= 0; c->level--) {
    PetscBool fits = PETSC_TRUE;

    PetscCall(GetLevel(c, c->level, fft, &info));
    PetscCall(KarSetupCheckKind(comm, choice->path, file, &info, variable, "the model"));
    for (PetscInt a = 0; a < info.dim; a++)
      if (info.n[a] > file->n[a] || (a < choice->dim && info.n[a] > choice->n[a])) fits = PETSC_FALSE;
    if (fits) break;
  }
  if (choice->dim) PetscCall(CheckGrid(comm, c, file, choice));
  TextOfGrid(info.dim, info.n, " x ", sizeof(points), points);
  KarCheck(comm, c->level >= 0, PETSC_ERR_USER_INPUT,
           "-coarse %s: its grid is coarser than the cascade's base, of %s points: draw without it", choice->path,
           points);
  PetscCall(PetscPrintf(comm, "given: the modes of %s points of each field of %s\n", points, choice->path));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ReadChoice(Choice *choice)
{
  PetscFunctionBegin;
  PetscCall(KarOptionsString(NULL, "coarse",
                             "coarser fields of a file, in place of a cascade's own: draw what they lack",
                             sizeof(choice->path), choice->path));
  if (!choice->path[0] && !KarOptionsHelping()) PetscFunctionReturn(PETSC_SUCCESS);
  choice->each = 1;
  choice->dim  = 3;
  PetscCall(KarOptionsInt(NULL, "coarse_draws", "fields drawn for each of -coarse", 1, PETSC_MAX_INT, &choice->each));
  PetscCall(KarOptionsIntArray(NULL, "coarse_grid",
                               "points along each axis of a level below the last, to which the fields of -coarse are "
                               "truncated (default: the finest that they have)",
                               1, 1 << 20, &choice->dim, choice->n));
  PetscCall(KarReadOptionsRead("coarse_", &choice->reading));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode CoarseFieldsCreate(MPI_Comm comm, MPI_Comm one, KarCascade cascade, PetscInt last, CoarseFields *out)
{
  Choice       choice = {.path = ""};
  KarVariable  what;
  KarScore     base;
  KarGridInfo  info;
  KarFFT       fft;
  CoarseFields c;

  PetscFunctionBegin;
  *out = NULL;
  PetscCall(ReadChoice(&choice));
  if (!choice.path[0] || KarOptionsHelping()) PetscFunctionReturn(PETSC_SUCCESS);
  KarCheck(comm, cascade, PETSC_ERR_USER_INPUT,
           "-coarse %s: only a cascade draws the octaves above a coarser field: -model BASE,OCTAVE,...", choice.path);
  PetscCall(PetscNew(&c));
  c->cascade = cascade, c->file.each = choice.each;
  PetscCall(KarCascadeGetLevel(cascade, 0, &base, NULL));
  PetscCall(FileFieldsOpen(comm, one, base, "coarse", choice.path, &choice.reading, last, &c->file, &what, &info));
  PetscCall(FindLevel(comm, c, &info, &choice, what.name, &fft));
  PetscCall(KarResampleCreate(c->file.from, fft, &c->pass));
  PetscCall(KarFFTCreateCoordinates(fft, &c->x));
  *out = c;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode CoarseFieldsSet(CoarseFields c, PetscInt sample)
{
  PetscBool fresh;

  PetscFunctionBegin;
  if (!c) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(FileFieldsRead(&c->file, sample, &fresh));
  if (!fresh) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarResampleApply(c->pass, c->file.y, c->x));
  PetscCall(KarCascadeSetGiven(c->cascade, c->level, c->x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscInt kar_coarse_draws(CoarseFields c)
{
  return c ? c->file.each : 0;
}

PetscErrorCode CoarseFieldsDestroy(CoarseFields *out)
{
  CoarseFields c = *out;

  PetscFunctionBegin;
  if (!c) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(FileFieldsClose(&c->file));
  PetscCall(KarResampleDestroy(&c->pass));
  PetscCall(VecDestroy(&c->x));
  PetscCall(PetscFree(*out));
  PetscFunctionReturn(PETSC_SUCCESS);
}
