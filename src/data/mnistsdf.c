/* Signed distance functions of handwritten digits: an image is resized bilinearly to the grid, inside is where it is
   at least half of white, and s = (distance to the inside - distance to the outside) / height, negative inside
   (mathematics of shapes: src/stats/shape.c).  Sample i of a run is digit p(i mod n), p a random order of the part's
   n digits, a function of the seed: no digit comes twice before all have come once.  With -mnist_finer m this is done
   on a grid m times as fine, of which the modes of the wanted grid are kept: without the steps of its pixels, which
   are s = -1/height and 1/height on the two sides of an edge, the field is nearer to that of a plane.  With
   -mnist_warp w the digit is first seen through a random affine map about the image's centre c: the value at x is the
   image's at c + (I + D) (x - c) + b, entries of D uniform in [-w, w], of b in [-w, w]/4 of the image's size; so a
   digit that comes again is another one.  The test part is drawn at random, the same at every seed: the file's second
   half was written by other people than its first. */
#include <karhunen/impl/data.h>
#include <karhunen/digits.h>

static const char *const parts[] = {"all", "train", "test", NULL};
enum { PART_ALL, PART_TRAIN, PART_TEST };

typedef struct {
  KarParameter parameters[5];
  char         path[PETSC_MAX_PATH_LEN];
  PetscReal  part, test, finer, warp; /* an index into parts; share of the digits; a whole number; largest entry of D */
  KarIDX     idx;
  PetscInt   n;             /* digits of the part */
  PetscInt  *digit, *order; /* [n]: these digits, in the file's order and in that of the seed below */
  PetscInt64 seed;
  PetscBool  shuffled;
  KarFFT     fine, here; /* finer > 1: the two grids, the way between them, and room for a field and its modes */
  KarResample down;
  Vec         field, modes, kept;
} Digits;

PetscReal kar_bilinear(PetscInt ny, PetscInt nx, const unsigned char image[], PetscReal v, PetscReal u)
{
  const PetscReal y = PetscClipInterval(v * (PetscReal)ny - 0.5, 0, (PetscReal)(ny - 1)),
                  x = PetscClipInterval(u * (PetscReal)nx - 0.5, 0, (PetscReal)(nx - 1));
  const PetscInt  a = (PetscInt)y, b = (PetscInt)x, c = PetscMin(a + 1, ny - 1), d = PetscMin(b + 1, nx - 1);
  const PetscReal p = y - (PetscReal)a, q = x - (PetscReal)b;

  return (1 - p) * ((1 - q) * image[a * nx + b] + q * image[a * nx + d]) +
         p * ((1 - q) * image[c * nx + b] + q * image[c * nx + d]);
}

/* I + D beside b, on coordinates from the centre, in sizes of the image. */
typedef PetscReal Map[2][3];

static void DrawMap(PetscReal warp, KarKey key, Map map)
{
  PetscReal u[6];

  key.step = 2; /* 0 orders the digits, 1 parts them */
  for (PetscInt i = 0; i < 3; i++) kar_uniform_pair(key, i, 0, 0, u + 2 * i);
  for (int r = 0; r < 2; r++)
    for (int c = 0; c < 3; c++) map[r][c] = (r == c) + (c == 2 ? warp / 4 : warp) * (2 * u[3 * r + c] - 1);
}

/* Fisher and Yates: order[] becomes a random order of digit[]. */
static void Shuffle(PetscInt64 seed, PetscInt n, const PetscInt digit[], PetscInt order[])
{
  const KarKey key = {.seed = seed, .stream = KAR_STREAM_DATA};
  PetscReal    u[2];

  for (PetscInt i = 0; i < n; i++) order[i] = digit[i];
  for (PetscInt i = 0; i < n - 1; i++) {
    PetscInt other, kept = order[i];

    kar_uniform_pair(key, i, 0, 0, u);
    other        = PetscMin(i + (PetscInt)(u[0] * (PetscReal)(n - i)), n - 1);
    order[i]     = order[other];
    order[other] = kept;
  }
}

/* The whole digit on every rank, which keeps its slab: the transform is linear in the pixels, a field at 4096^2 takes
   seconds. */
static PetscErrorCode Draw(KarGrid grid, const KarIDX *idx, const unsigned char image[], const Map map, Vec field)
{
  unsigned char *inside;
  PetscScalar   *v;
  PetscReal     *s, *work;
  KarGridInfo    g;

  PetscFunctionBegin;
  PetscCall(KarGridGetInfo(grid, &g));
  PetscCall(
    PetscMalloc3(g.n[0] * g.n[1], &inside, g.n[0] * g.n[1], &s, KAR_SIGNED_DISTANCE_WORK(g.n[0], g.n[1]), &work));
  for (PetscInt i = 0; i < g.n[0]; i++)
    for (PetscInt j = 0; j < g.n[1]; j++) {
      const PetscReal y = ((PetscReal)i + 0.5) / (PetscReal)g.n[0] - 0.5,
                      x = ((PetscReal)j + 0.5) / (PetscReal)g.n[1] - 0.5;

      inside[i * g.n[1] + j] = kar_bilinear(idx->ny, idx->nx, image, 0.5 + map[0][0] * y + map[0][1] * x + map[0][2],
                                            0.5 + map[1][0] * y + map[1][1] * x + map[1][2]) >= 127.5;
    }
  kar_signed_distance(g.n[0], g.n[1], inside, s, work);
  PetscCall(VecGetArrayWrite(field, &v));
  PetscCall(PetscArraycpy(v, s + g.start * g.n[1], g.ln * g.n[1]));
  PetscCall(VecRestoreArrayWrite(field, &v));
  PetscCall(PetscFree3(inside, s, work));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Sample(KarGenerator generator, KarKey key, Vec fields[])
{
  Digits              *digits = generator->context;
  const KarIDX        *idx    = &digits->idx;
  const unsigned char *image;
  KarGrid              grid;
  Map                  map;

  PetscFunctionBegin;
  DrawMap(digits->warp, key, map);
  if (!digits->shuffled || digits->seed != key.seed) Shuffle(key.seed, digits->n, digits->digit, digits->order);
  digits->seed     = key.seed;
  digits->shuffled = PETSC_TRUE;
  image            = idx->pixels + digits->order[key.sample % digits->n] * idx->ny * idx->nx;
  if (!digits->down) {
    PetscCall(Draw(generator->grid, idx, image, map, fields[0]));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KarFFTGetGrid(digits->fine, &grid));
  PetscCall(Draw(grid, idx, image, map, digits->field));
  PetscCall(KarFFTForward(digits->fine, digits->field, digits->modes));
  PetscCall(KarResampleApply(digits->down, digits->modes, digits->kept));
  PetscCall(KarFFTInverse(digits->here, digits->kept, fields[0]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The finer grid and the way from it. */
static PetscErrorCode CreateFiner(KarGenerator generator)
{
  Digits     *digits = generator->context;
  KarGrid     grid;
  KarGridInfo g;

  PetscFunctionBegin;
  PetscCall(KarGridGetInfo(generator->grid, &g));
  for (PetscInt a = 0; a < g.dim; a++) g.n[a] *= (PetscInt)digits->finer;
  PetscCall(KarGridCreate(generator->comm, &grid));
  PetscCall(KarGridSetSizes(grid, g.dim, g.n, g.length));
  PetscCall(KarGridSetBasis(grid, g.basis));
  PetscCall(KarFFTCreate(grid, &digits->fine));
  PetscCall(KarFFTCreate(generator->grid, &digits->here));
  PetscCall(KarResampleCreate(digits->fine, digits->here, &digits->down));
  PetscCall(KarGridCreateField(grid, &digits->field));
  PetscCall(KarFFTCreateCoordinates(digits->fine, &digits->modes));
  PetscCall(KarFFTCreateCoordinates(digits->here, &digits->kept));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode DestroyFiner(Digits *digits)
{
  PetscFunctionBegin;
  PetscCall(KarResampleDestroy(&digits->down));
  PetscCall(VecDestroy(&digits->field));
  PetscCall(VecDestroy(&digits->modes));
  PetscCall(VecDestroy(&digits->kept));
  PetscCall(KarFFTDestroy(&digits->fine));
  PetscCall(KarFFTDestroy(&digits->here));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetFromOptions(KarGenerator generator)
{
  Digits *digits = generator->context;

  PetscFunctionBegin;
  PetscCall(KarOptionsString(generator->options, "mnist_images", "file of digits, IDX or IDX.gz", sizeof(digits->path),
                             digits->path));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUp(KarGenerator generator)
{
  Digits     *digits = generator->context;
  KarGridInfo g;

  PetscFunctionBegin;
  kar_generator_add(generator, "sdf", 1, "1", "signed distance to the edge of a digit, in heights, negative inside");
  if (KarOptionsHelping()) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarGridGetInfo(generator->grid, &g));
  KarCheck(generator->comm,
           g.dim == 2 && PetscAbsReal(g.length[0] * (PetscReal)g.n[1] - g.length[1] * (PetscReal)g.n[0]) <=
                           1e-9 * g.length[0] * (PetscReal)g.n[1],
           PETSC_ERR_SUP, "-generator_type mnistsdf: needs a plane of square pixels, as -grid_n 64,64");
  KarCheck(generator->comm, digits->path[0], PETSC_ERR_USER_INPUT,
           "digits of which file? Give -mnist_images FILE, MNIST's images in IDX");
  KarCheck(generator->comm, digits->finer == PetscFloorReal(digits->finer), PETSC_ERR_USER_INPUT,
           "-mnist_finer %g: give a whole number", (double)digits->finer);
  PetscCall(DestroyFiner(digits));
  if (digits->finer > 1) PetscCall(CreateFiner(generator));
  PetscCall(KarIDXDestroy(&digits->idx));
  PetscCall(PetscFree2(digits->digit, digits->order));
  PetscCall(KarIDXRead(generator->comm, digits->path, &digits->idx));
  PetscCall(PetscMalloc2(digits->idx.n, &digits->digit, digits->idx.n, &digits->order));
  digits->n        = 0;
  digits->shuffled = PETSC_FALSE;
  for (PetscInt i = 0; i < digits->idx.n; i++) {
    PetscReal u[2];

    kar_uniform_pair((KarKey){.step = 1, .stream = KAR_STREAM_DATA}, i, 0, 0, u);
    if ((int)digits->part == PART_ALL || ((int)digits->part == PART_TEST) == (u[0] < digits->test))
      digits->digit[digits->n++] = i;
  }
  KarCheck(generator->comm, digits->n > 0, PETSC_ERR_USER_INPUT,
           "-mnist_test %g leaves no digit of %" PetscInt_FMT " in the part %s", (double)digits->test, digits->idx.n,
           parts[(int)digits->part]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Attributes(KarGenerator generator, KarDataset data)
{
  PetscFunctionBegin;
  PetscCall(KarDatasetPutString(data, "rows", "down"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Destroy(KarGenerator generator)
{
  Digits *digits = generator->context;

  PetscFunctionBegin;
  PetscCall(DestroyFiner(digits));
  PetscCall(KarIDXDestroy(&digits->idx));
  PetscCall(PetscFree2(digits->digit, digits->order));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGeneratorCreate_MnistSDF(KarGenerator generator)
{
  Digits *digits;

  PetscFunctionBegin;
  PetscCall(PetscNew(&digits));
  digits->test               = 0.2;
  digits->finer              = 1;
  const KarParameter table[] = {
    {"part", "which digits: all, or those of the train or the test part", &digits->part, 0, 2, parts},
    {"test", "share of the digits that is the test part, drawn at random, alike at every seed", &digits->test, 0, 1,
     NULL},
    {"finer", "make the field on a grid so many times finer and keep the modes of this one", &digits->finer, 1, 64,
     NULL},
    {"warp", "warp each digit by a random affine map whose entries are off the identity by up to this much",
     &digits->warp, 0, 0.5, NULL},
    {NULL}};
  PetscCall(PetscArraycpy(digits->parameters, table, PETSC_STATIC_ARRAY_LENGTH(table)));
  generator->parameters = digits->parameters;
  generator->context    = digits;
  PetscCall(PetscStrncpy(generator->prefix, "mnist_", sizeof(generator->prefix)));
  generator->ops = (KarGeneratorOps){
    .setfromoptions = SetFromOptions, .setup = SetUp, .sample = Sample, .attributes = Attributes, .destroy = Destroy};
  generator->basis = KAR_BASIS_COSINE;
  PetscCall(
    PetscStrncpy(generator->title, "signed distance functions of handwritten digits", sizeof(generator->title)));
  PetscFunctionReturn(PETSC_SUCCESS);
}
