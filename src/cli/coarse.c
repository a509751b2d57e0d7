/* The coarser fields of a file, whose small scales a cascade draws: -coarse FILE. */
#include "cli.h"

struct _p_CoarseFields {
  KarDataset  data;
  KarCascade  cascade; /* borrowed */
  KarResample pass;    /* from the file's grid to that of the level */
  KarFFT      from;
  Vec         field, y, x;      /* as it is read; its coordinates, there and on the level's grid */
  PetscInt    level, each, now; /* now: the field that the cascade has, -1: none */
};

/* What is drawn of a file, and how it is read. */
typedef struct {
  char           path[PETSC_MAX_PATH_LEN];
  PetscInt       each, dim, n[3]; /* draws of a field; points along the axes, dim 0: the file's */
  KarReadOptions reading;
} Choice;

/* The finest level below the last whose grid has no more points than that of the file, nor than -coarse_grid. */
static PetscErrorCode FindLevel(MPI_Comm comm, CoarseFields c, const KarGridInfo *file, const Choice *choice,
                                const char variable[], KarFFT *fft)
{
  const PetscInt dim = choice->dim, *n = choice->n;
  const char    *path = choice->path;
  PetscInt       levels;
  KarScore       score;
  KarGrid        grid;
  KarGridInfo    info;

  PetscFunctionBegin;
  PetscCall(KarCascadeGetSize(c->cascade, &levels));
  for (c->level = levels - 2; c->level >= 0; c->level--) {
    PetscBool fits = PETSC_TRUE;

    PetscCall(KarCascadeGetLevel(c->cascade, c->level, &score, NULL));
    PetscCall(KarScoreGetFFT(score, fft));
    PetscCall(KarFFTGetGrid(*fft, &grid));
    PetscCall(KarGridGetInfo(grid, &info));
    PetscCall(KarSetupCheckKind(comm, path, file, &info, variable, "the model"));
    for (PetscInt a = 0; a < info.dim; a++)
      if (info.n[a] > (dim ? n[a % dim] : file->n[a]) || info.n[a] > file->n[a]) fits = PETSC_FALSE;
    if (fits) break;
  }
  KarCheck(comm, c->level >= 0, PETSC_ERR_USER_INPUT,
           "-coarse %s: its grid is coarser than the cascade's base, of %" PetscInt_FMT
           " points along the first axis: draw without it",
           path, info.n[0]);
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
                               "points along each axis that the fields of -coarse are truncated to (default: theirs)",
                               1, 1 << 20, &choice->dim, choice->n));
  PetscCall(KarReadOptionsRead("coarse_", &choice->reading));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode CoarseFieldsCreate(MPI_Comm comm, MPI_Comm one, KarCascade cascade, PetscInt last, CoarseFields *out)
{
  Choice        choice = {.path = ""};
  const char   *path   = choice.path;
  KarVariable   what;
  KarScore      score;
  KarFieldLabel label;
  PetscInt      v, each;
  KarGrid       grid;
  KarGridInfo   info;
  KarFFT        fft;
  CoarseFields  c;

  PetscFunctionBegin;
  *out = NULL;
  PetscCall(ReadChoice(&choice));
  if (!path[0] || KarOptionsHelping()) PetscFunctionReturn(PETSC_SUCCESS);
  each = choice.each;
  KarCheck(comm, cascade, PETSC_ERR_USER_INPUT,
           "-coarse %s: only a cascade draws the octaves above a coarser field: -model BASE,OCTAVE,...", path);
  PetscCall(PetscNew(&c));
  c->cascade = cascade, c->each = each, c->now = -1;
  PetscCall(KarCascadeGetLevel(cascade, 0, &score, NULL));
  PetscCall(KarSetupLabel(score, "", &label, NULL));
  PetscCall(KarSetupOpenVariable(comm, one, "coarse_variable", path, &choice.reading, &label, &c->data));
  PetscCall(KarDatasetSay(c->data, comm, NULL));
  PetscCall(KarDatasetFindVariable(c->data, NULL, &v));
  PetscCall(KarDatasetGetVariable(c->data, v, &what));
  KarCheck(comm, last / each < what.samples, PETSC_ERR_USER_INPUT,
           "-coarse %s has %" PetscInt_FMT " fields: sample number %" PetscInt_FMT " needs number %" PetscInt_FMT
           ": draw fewer -samples, or more of each, -coarse_draws",
           path, what.samples, last, last / each);
  PetscCall(KarDatasetCreateGrid(c->data, one, NULL, &grid));
  PetscCall(KarGridGetInfo(grid, &info));
  PetscCall(FindLevel(comm, c, &info, &choice, what.name, &fft));
  PetscCall(KarFFTCreate(grid, &c->from));
  PetscCall(KarGridCreateField(grid, &c->field));
  PetscCall(KarGridDestroy(&grid));
  PetscCall(KarResampleCreate(c->from, fft, &c->pass));
  PetscCall(KarFFTCreateCoordinates(c->from, &c->y));
  PetscCall(KarFFTCreateCoordinates(fft, &c->x));
  *out = c;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode CoarseFieldsSet(CoarseFields c, PetscInt sample)
{
  const PetscInt i = sample / (c ? c->each : 1);

  PetscFunctionBegin;
  if (!c || i == c->now) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarDatasetRead(c->data, NULL, i, c->field));
  PetscCall(KarFFTForward(c->from, c->field, c->y));
  PetscCall(KarResampleApply(c->pass, c->y, c->x));
  PetscCall(KarCascadeSetGiven(c->cascade, c->level, c->x));
  c->now = i;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscInt kar_coarse_draws(CoarseFields c)
{
  return c ? c->each : 0;
}

PetscErrorCode CoarseFieldsDestroy(CoarseFields *out)
{
  CoarseFields c = *out;

  PetscFunctionBegin;
  if (!c) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarDatasetClose(&c->data));
  PetscCall(KarResampleDestroy(&c->pass));
  PetscCall(KarFFTDestroy(&c->from));
  PetscCall(VecDestroy(&c->field));
  PetscCall(VecDestroy(&c->y));
  PetscCall(VecDestroy(&c->x));
  PetscCall(PetscFree(*out));
  PetscFunctionReturn(PETSC_SUCCESS);
}
