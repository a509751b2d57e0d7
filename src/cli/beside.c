/* karhunen render -beside a.h5,b.h5 -out PICTURE: fields of two files, shuffled, for people to tell apart; PICTURE.key
   says which is which. */
#include "render.h"

typedef struct {
  char           path[BESIDE][PETSC_MAX_PATH_LEN];
  KarDataset     data[BESIDE];
  KarDatasetInfo info[BESIDE];
  KarVariable    variable[BESIDE];
} Beside;

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
    PetscCall(KarDatasetGetVariable(beside->data[f], 0, &beside->variable[f]));
    KarCheck(comm, beside->variable[f].samples >= r->each, PETSC_ERR_USER_INPUT,
             "%s holds %" PetscInt_FMT " fields of %s, -count is %" PetscInt_FMT ": give fewer", beside->path[f],
             beside->variable[f].samples, beside->variable[f].name, r->each);
    for (PetscInt a = 0; a < 3; a++)
      KarCheck(comm, beside->info[f].n[a] == beside->info[0].n[a], PETSC_ERR_ARG_INCOMP,
               "%s and %s have other grids, which would tell them apart: give fields of one grid", beside->path[0],
               beside->path[1]);
    for (PetscInt a = 0; a < beside->info[f].dim && r->quantity == QUANTITY_VORTICITY; a++)
      KarCheck(comm,
               PetscAbsReal(beside->info[f].length[a] - beside->info[0].length[a]) <= 1e-6 * beside->info[0].length[a],
               PETSC_ERR_ARG_INCOMP, "%s has a box of edge %g, %s of %g: their vorticities have other units",
               beside->path[0], (double)beside->info[0].length[a], beside->path[f], (double)beside->info[f].length[a]);
  }
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
