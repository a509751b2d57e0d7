/* Patches of a measured interferogram, at positions drawn by key among those with enough measured pixels.  The last
   `test` of the columns is the test area; a patch lies in one area. */
#include <karhunen/insar.h>

static const char *const areas[] = {"all", "train", "test", NULL};

struct _p_KarPatches {
  MPI_Comm        comm;
  char            prefix[64];
  char            path[PETSC_MAX_PATH_LEN];
  KarSceneOptions options;
  KarScene        scene;
  KarGridInfo     info;
  PetscInt        area, looks;
  PetscReal       test, least; /* share of the columns; of valid pixels in a patch */
  PetscInt        count, *at;  /* positions: row * columns + column of the first pixel */
};

PetscErrorCode KarPatchesCreate(MPI_Comm comm, KarPatches *patches)
{
  PetscFunctionBegin;
  PetscCall(PetscNew(patches));
  (*patches)->comm  = comm;
  (*patches)->looks = 1;
  (*patches)->test  = 0.35;
  (*patches)->least = 0.5;
  PetscFunctionReturn(PETSC_SUCCESS);
}

void kar_scene_multilook(KarScene *scene, PetscInt looks)
{
  const PetscInt rows = scene->n[0] / looks, columns = scene->n[1] / looks;

  scene->invalid = 0;
  for (PetscInt i = 0; i < rows; i++)
    for (PetscInt j = 0; j < columns; j++) { /* what is written has been read already */
      double   c = 0, s = 0;
      PetscInt valid = 0, to = i * columns + j;

      for (PetscInt k = 0; k < looks * looks; k++) {
        const PetscInt from = (i * looks + k / looks) * scene->n[1] + j * looks + k % looks;

        if (!scene->valid[from]) continue;
        valid++;
        c += PetscCosReal((double)scene->phase[from]);
        s += PetscSinReal((double)scene->phase[from]);
      }
      scene->valid[to] = 2 * valid >= looks * looks;
      scene->phase[to] = scene->valid[to] ? (float)PetscAtan2Real(s, c) : 0;
      scene->invalid += !scene->valid[to];
    }
  scene->n[0] = rows;
  scene->n[1] = columns;
  for (int i = 0; i < 2; i++) scene->step[i] *= (PetscReal)looks;
}

/* Which format was taken, and what was done to the pixels. */
static PetscErrorCode Say(KarPatches p)
{
  const KarScene *s = &p->scene;

  PetscFunctionBegin;
  PetscCall(PetscPrintf(p->comm,
                        "read %s: %s %s, %" PetscInt_FMT " x %" PetscInt_FMT " pixels, %" PetscInt_FMT
                        " without a measurement%s\n",
                        p->path, KarSceneFormats[s->format], s->how, s->n[0], s->n[1], s->invalid,
                        s->turned ? ", turned: rows from the north, columns from the west" : ""));
  if (s->vast)
    PetscCall(PetscPrintf(p->comm, "note: %" PetscInt_FMT " pixels of more than 1e7 rad are no phases and are masked\n",
                          s->vast));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPatchesSetOptionsPrefix(KarPatches p, const char prefix[])
{
  PetscFunctionBegin;
  PetscCall(PetscStrncpy(p->prefix, prefix ? prefix : "", sizeof(p->prefix)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPatchesSetFromOptions(KarPatches p)
{
  PetscFunctionBegin;
  PetscCall(
    KarOptionsString(p->prefix, "scene", "the interferogram that patches are cut from", sizeof(p->path), p->path));
  KarCheck(p->comm, p->path[0] || KarOptionsHelping(), PETSC_ERR_USER_INPUT,
           "patches of which interferogram? Give -%sscene FILE", p->prefix);
  PetscCall(KarSceneOptionsRead(p->comm, p->prefix, &p->options));
  PetscCall(KarOptionsInt(p->prefix, "scene_looks", "pixels averaged along each axis first", 1, 1 << 10, &p->looks));
  PetscCall(
    KarOptionsChoice(p->prefix, "scene_area", "part of the scene: all, or the train or test columns", areas, &p->area));
  PetscCall(KarOptionsReal(p->prefix, "scene_test", "share of the columns, the last ones, that is the test area", 0, 1,
                           &p->test));
  PetscCall(KarOptionsReal(p->prefix, "scene_least", "share of a patch that must have been measured", 0, 1, &p->least));
  if (KarOptionsHelping()) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarSceneDestroy(&p->scene));
  PetscCall(KarSceneRead(p->comm, p->path, &p->options, &p->scene));
  PetscCall(Say(p));
  if (p->looks > 1) kar_scene_multilook(&p->scene, p->looks);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPatchesGetPixel(KarPatches p, PetscReal pixel[2])
{
  const KarScene *s      = &p->scene;
  const PetscReal degree = strcmp(s->units, "degrees") ? 1 : 111320,
                  middle = s->first[1] + s->step[1] * (PetscReal)s->n[0] / 2;

  PetscFunctionBegin;
  pixel[0] = s->georeferenced ? degree * PetscAbsReal(s->step[1]) : 1;
  pixel[1] =
    s->georeferenced ? degree * PetscAbsReal(s->step[0]) * (degree > 1 ? PetscCosReal(middle * PETSC_PI / 180) : 1) : 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* sum[i][j]: valid pixels above row i and left of column j. */
static PetscErrorCode CountValid(const KarScene *scene, PetscInt **out)
{
  const PetscInt rows = scene->n[0], columns = scene->n[1], m = columns + 1;
  PetscInt      *sum;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1((rows + 1) * m, &sum));
  for (PetscInt i = 0; i < rows; i++)
    for (PetscInt j = 0; j < columns; j++)
      sum[(i + 1) * m + j + 1] =
        scene->valid[i * columns + j] + sum[i * m + j + 1] + sum[(i + 1) * m + j] - sum[i * m + j];
  *out = sum;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode FindPositions(KarPatches p, PetscInt from, PetscInt to)
{
  const PetscInt n0 = p->info.n[0], n1 = p->info.n[1], rows = p->scene.n[0], columns = p->scene.n[1], m = columns + 1;
  PetscInt      *sum;

  PetscFunctionBegin;
  PetscCall(CountValid(&p->scene, &sum));
  PetscCall(PetscFree(p->at));
  PetscCall(PetscMalloc1((rows - n0 + 1) * (to - from - n1 + 1), &p->at));
  p->count = 0;
  for (PetscInt i = 0; i + n0 <= rows; i++)
    for (PetscInt j = from; j + n1 <= to; j++) {
      const PetscInt valid = sum[(i + n0) * m + j + n1] - sum[i * m + j + n1] - sum[(i + n0) * m + j] + sum[i * m + j];

      if (valid > 0 && (PetscReal)valid >= p->least * (PetscReal)(n0 * n1)) p->at[p->count++] = i * columns + j;
    }
  PetscCall(PetscFree(sum));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPatchesSetUp(KarPatches p, KarGrid grid)
{
  const KarScene *scene = &p->scene;
  PetscInt        from  = 0, to, cut;

  PetscFunctionBegin;
  PetscCall(KarGridSetUp(grid));
  PetscCall(KarGridGetInfo(grid, &p->info));
  KarCheck(p->comm, p->info.dim == 2, PETSC_ERR_USER_INPUT, "a patch is a plane: give -grid_n ROWS,COLUMNS");
  cut = scene->n[1] - (PetscInt)(p->test * (PetscReal)scene->n[1]);
  to  = scene->n[1];
  if (p->area == KAR_AREA_TRAIN) to = cut;
  if (p->area == KAR_AREA_TEST) from = cut;
  KarCheck(p->comm, p->info.n[0] <= scene->n[0] && p->info.n[1] <= to - from, PETSC_ERR_USER_INPUT,
           "patches of %" PetscInt_FMT " x %" PetscInt_FMT " pixels do not fit into the %" PetscInt_FMT
           " x %" PetscInt_FMT " of %s (%s): take smaller ones, or change -scene_test",
           p->info.n[0], p->info.n[1], scene->n[0], to - from, p->path, areas[p->area]);
  PetscCall(FindPositions(p, from, to));
  KarCheck(p->comm, p->count, PETSC_ERR_USER_INPUT,
           "%s: no patch of %" PetscInt_FMT " x %" PetscInt_FMT " pixels has %d%% of them measured: lower -scene_least",
           p->path, p->info.n[0], p->info.n[1], (int)(100 * p->least));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPatchesLocate(KarPatches p, KarKey key, PetscInt first[2])
{
  PetscReal u[2];
  PetscInt  at;

  PetscFunctionBegin;
  kar_uniform_pair(key, 0, 0, 0, u);
  at       = p->at[PetscMin(p->count - 1, (PetscInt)(u[0] * (PetscReal)p->count))];
  first[0] = at / p->scene.n[1];
  first[1] = at % p->scene.n[1];
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPatchesSample(KarPatches p, KarKey key, Vec phase, Vec wave, Vec mask)
{
  Vec          out[3] = {phase, wave, mask};
  PetscScalar *a[3]   = {NULL, NULL, NULL};
  PetscInt     first[2];

  PetscFunctionBegin;
  PetscCall(KarPatchesLocate(p, key, first));
  for (int f = 0; f < 3; f++)
    if (out[f]) PetscCall(VecGetArrayWrite(out[f], &a[f]));
  for (PetscInt i = 0; i < p->info.ln; i++)
    for (PetscInt j = 0; j < p->info.n[1]; j++) {
      const PetscInt  from = (first[0] + p->info.start + i) * p->scene.n[1] + first[1] + j, to = i * p->info.n[1] + j;
      const PetscReal valid = p->scene.valid[from], value = (PetscReal)p->scene.phase[from];

      if (a[0]) a[0][to] = value;
      if (a[1]) a[1][2 * to] = valid * PetscCosReal(value);
      if (a[1]) a[1][2 * to + 1] = valid * PetscSinReal(value);
      if (a[2]) a[2][to] = valid;
    }
  for (int f = 0; f < 3; f++)
    if (out[f]) PetscCall(VecRestoreArrayWrite(out[f], &a[f]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPatchesGetScene(KarPatches p, const KarScene **scene, PetscInt *positions)
{
  PetscFunctionBegin;
  *scene     = &p->scene;
  *positions = p->count;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPatchesDestroy(KarPatches *p)
{
  PetscFunctionBegin;
  if (!*p) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarSceneDestroy(&(*p)->scene));
  PetscCall(PetscFree((*p)->at));
  PetscCall(PetscFree(*p));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode PutNumber(KarDataset data, const char name[], PetscReal value)
{
  char text[32];

  PetscFunctionBegin;
  (void)snprintf(text, sizeof(text), "%.12g", (double)value); /* PETSc would add a dot to a whole number */
  PetscCall(KarDatasetPutString(data, name, text));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDatasetPutMintPy(KarDataset data, const PetscInt n[2], PetscReal wavelength, const KarScene *scene,
                                   const PetscInt first[2])
{
  static const char axis[2] = {'X', 'Y'};
  char              name[16];

  PetscFunctionBegin;
  PetscCall(KarDatasetPutString(data, "FILE_TYPE", "wrapPhase"));
  PetscCall(KarDatasetPutString(data, "UNIT", "radian"));
  PetscCall(KarDatasetPutString(data, "DATA_TYPE", "float32"));
  PetscCall(KarDatasetPutString(data, "rows", "down")); /* for our own pictures: from the north */
  PetscCall(PutNumber(data, "LENGTH", (PetscReal)n[0]));
  PetscCall(PutNumber(data, "WIDTH", (PetscReal)n[1]));
  if (wavelength > 0) PetscCall(PutNumber(data, "WAVELENGTH", wavelength));
  if (!scene || !scene->georeferenced) PetscFunctionReturn(PETSC_SUCCESS);
  for (int i = 0; i < 2; i++) {
    PetscCall(PetscSNPrintf(name, sizeof(name), "%c_FIRST", axis[i]));
    PetscCall(PutNumber(data, name, scene->first[i] + (PetscReal)first[1 - i] * scene->step[i]));
    PetscCall(PetscSNPrintf(name, sizeof(name), "%c_STEP", axis[i]));
    PetscCall(PutNumber(data, name, scene->step[i]));
    PetscCall(PetscSNPrintf(name, sizeof(name), "%c_UNIT", axis[i]));
    PetscCall(KarDatasetPutString(data, name, scene->units));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
