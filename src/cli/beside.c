/* karhunen render -beside a.h5,b.h5 -out PICTURE: fields of two files, shuffled, for people to tell apart; PICTURE.key
   says which is which. */
#include "render.h"

typedef struct {
  char           path[BESIDE][PETSC_MAX_PATH_LEN];
  KarDataset     data[BESIDE];
  KarDatasetInfo info[BESIDE];
  KarVariable    variable[BESIDE];
} Beside;

/* Without -variable, the first of file 0 that file 1 has too, or the first of each. */
static PetscErrorCode ChooseVariables(const Render *r, Beside *beside)
{
  PetscInt    number[BESIDE] = {0};
  KarVariable v[BESIDE];

  PetscFunctionBegin;
  for (PetscInt i = beside->info[0].variables - 1; i >= 0 && !r->reading.variable[0]; i--) {
    PetscCall(KarDatasetGetVariable(beside->data[0], i, &v[0]));
    for (PetscInt j = 0; j < beside->info[1].variables; j++) {
      PetscCall(KarDatasetGetVariable(beside->data[1], j, &v[1]));
      if (!strcmp(v[0].label, v[1].label)) number[0] = i, number[1] = j;
    }
  }
  for (int f = 0; f < BESIDE; f++) PetscCall(KarDatasetGetVariable(beside->data[f], number[f], &beside->variable[f]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What would tell the files apart at a glance, or compares what cannot be. */
static PetscErrorCode CheckKinds(MPI_Comm comm, const Beside *beside)
{
  const KarDatasetInfo *a = &beside->info[0], *b = &beside->info[1];
  const KarVariable    *v = beside->variable;

  PetscFunctionBegin;
  for (PetscInt i = 0; i < 3; i++)
    KarCheck(comm, a->n[i] == b->n[i], PETSC_ERR_ARG_INCOMP,
             "%s and %s have other grids, which would tell them apart: give fields of one grid", beside->path[0],
             beside->path[1]);
  KarCheck(comm, a->dim == b->dim && a->basis == b->basis, PETSC_ERR_ARG_INCOMP,
           "%s is %" PetscInt_FMT "D %s, %s %" PetscInt_FMT "D %s: fields of one kind can be told apart by eye",
           beside->path[0], a->dim, KarBases[a->basis], beside->path[1], b->dim, KarBases[b->basis]);
  for (PetscInt i = 0; i < a->dim; i++)
    KarCheck(comm, PetscAbsReal(a->length[i] - b->length[i]) <= 1e-6 * a->length[i], PETSC_ERR_ARG_INCOMP,
             "the boxes differ: edge %" PetscInt_FMT " is %g in %s and %g in %s", i, (double)a->length[i],
             beside->path[0], (double)b->length[i], beside->path[1]);
  KarCheck(comm, v[0].components == v[1].components, PETSC_ERR_ARG_INCOMP,
           "%s of %s has %" PetscInt_FMT " components, %s of %s %" PetscInt_FMT
           ": give -variable NAME, one that both files have",
           v[0].name, beside->path[0], v[0].components, v[1].name, beside->path[1], v[1].components);
  KarCheck(comm, !strcmp(v[0].label, v[1].label) || !strcmp(v[0].units, v[1].units), PETSC_ERR_ARG_INCOMP,
           "%s of %s is in %s, %s of %s in %s: give -variable NAME, one that both files have", v[0].name,
           beside->path[0], v[0].units, v[1].name, beside->path[1], v[1].units);
  if (strcmp(v[0].label, v[1].label) != 0)
    PetscCall(PetscPrintf(comm, "note: %s of %s is shown beside %s of %s\n", v[0].name, beside->path[0], v[1].name,
                          beside->path[1]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode OpenBeside(MPI_Comm comm, const Render *r, Beside *beside)
{
  const char *comma = strchr(r->beside, ',');

  PetscFunctionBegin;
  KarCheck(comm, comma && comma > r->beside && comma[1] && !strchr(comma + 1, ','), PETSC_ERR_USER_INPUT,
           "-beside %s: give two files, as in -beside a.h5,b.h5", r->beside);
  KarCheck(comm, !r->in[0] && !r->count, PETSC_ERR_USER_INPUT,
           "-beside chooses its fields from two files: leave out the file before it and -samples");
  PetscCall(
    PetscStrncpy(beside->path[0], r->beside, PetscMin((size_t)(comma - r->beside) + 1, sizeof(beside->path[0]))));
  PetscCall(PetscStrncpy(beside->path[1], comma + 1, sizeof(beside->path[1])));
  for (int f = 0; f < BESIDE; f++) {
    PetscCall(KarDatasetOpenAs(comm, beside->path[f], &r->reading, &beside->data[f]));
    PetscCall(KarDatasetGetInfo(beside->data[f], &beside->info[f]));
  }
  PetscCall(ChooseVariables(r, beside));
  PetscCall(CheckKinds(comm, beside));
  for (int f = 0; f < BESIDE; f++)
    KarCheck(comm, beside->variable[f].samples >= r->each, PETSC_ERR_USER_INPUT,
             "%s holds %" PetscInt_FMT " fields of %s, -count is %" PetscInt_FMT ": give fewer", beside->path[f],
             beside->variable[f].samples, beside->variable[f].name, r->each);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A line for each panel: its number, the file, the sample. */
static PetscErrorCode WriteKey(MPI_Comm comm, const Render *r, const Beside *beside, const PetscInt order[],
                               PetscInt *const which[])
{
  char        path[PETSC_MAX_PATH_LEN + 8];
  const char *part;
  KarOutput   output;
  PetscBool   good = PETSC_TRUE;
  int         rank;

  PetscFunctionBegin;
  (void)snprintf(path, sizeof(path), "%s.key", r->out);
  PetscCall(KarOutputCreate(comm, path, r->replace, 1 << 16, &output));
  PetscCall(KarOutputGetPart(output, &part));
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (rank == 0) {
    FILE *file = fopen(part, "w");

    good = (PetscBool)(file != NULL);
    for (PetscInt i = 0; good && i < BESIDE * r->each; i++) {
      const PetscInt f = order[i] / r->each;

      good = (PetscBool)(fprintf(file, "%" PetscInt_FMT " %s %" PetscInt_FMT "\n", i + 1, beside->path[f],
                                 which[f][order[i] % r->each]) > 0);
    }
    if (file && fclose(file)) good = PETSC_FALSE;
  }
  KarCheckAny(comm, good, PETSC_ERR_FILE_WRITE, "%s cannot be written: is the disk full?", part);
  PetscCall(KarOutputCommit(&output, PETSC_FALSE));
  PetscCall(PetscPrintf(comm, "wrote %s: which panel is which\n", path));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode RenderBeside(MPI_Comm comm, Render *r)
{
  const PetscInt n = BESIDE * r->each;
  PetscInt      *which[BESIDE], *order;
  KarImage      *images;
  Beside         beside;

  PetscFunctionBegin;
  memset(&beside, 0, sizeof(beside));
  PetscCall(OpenBeside(comm, r, &beside));
  for (int f = BESIDE; f-- > 0;) /* the words are those of the first */
    if (r->quantity == QUANTITY_VORTICITY) PetscCall(RenderVorticityStyle(beside.data[f], &beside.variable[f], r));
  PetscCall(RenderReadStyle(beside.data[0], &beside.variable[0], r));
  if (beside.info[0].dim == 3 && !r->plane[0] && !r->projection[0]) PetscCall(PetscStrncpy(r->plane, "z", 2));
  PetscCall(RenderChoosePlanes(comm, beside.data[0], &beside.variable[0], r));
  PetscCall(PetscCalloc1(n, &images));
  PetscCall(PetscMalloc1(n, &order));
  kar_shuffle(r->seed, 0, n, n, order);
  for (int f = 0; f < BESIDE; f++) {
    PetscCall(PetscMalloc1(beside.variable[f].samples, &which[f]));
    kar_shuffle(r->seed, 1 + f, r->each, beside.variable[f].samples, which[f]);
  }
  for (PetscInt i = 0; i < n; i++) {
    const PetscInt f = order[i] / r->each;

    PetscCall(RenderImages(beside.data[f], &beside.variable[f], r, which[f][order[i] % r->each], 1, &images[i]));
    if (r->mask) RenderMask(r->below, &images[i]);
    (void)snprintf(images[i].title, sizeof(images[i].title), "%" PetscInt_FMT, i + 1);
  }
  PetscCall(RenderSayMissing(comm, r->beside, n, images));
  PetscCall(KarPictureFields(comm, r->out, r->replace, n, images, &r->style));
  PetscCall(PetscPrintf(comm, "wrote %s\n", r->out));
  PetscCall(WriteKey(comm, r, &beside, order, which));
  for (PetscInt i = 0; i < n; i++) PetscCall(KarImageDestroy(&images[i]));
  for (int f = 0; f < BESIDE; f++) {
    PetscCall(PetscFree(which[f]));
    PetscCall(KarDatasetClose(&beside.data[f]));
  }
  PetscCall(RenderCurlDestroy(&r->curl));
  PetscCall(PetscFree(images));
  PetscCall(PetscFree(order));
  PetscFunctionReturn(PETSC_SUCCESS);
}
