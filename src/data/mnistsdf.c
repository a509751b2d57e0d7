/* Signed distance functions of handwritten digits: an image is resized bilinearly to the grid, inside is where it is at least
   half of white, and s = (distance to the inside - distance to the outside) / height, negative inside (mathematics of shapes:
   src/stats/shape.c).  Sample i of a run is digit p(i mod n), p a random order of the part's n digits, a function of the seed:
   no digit comes twice before all have come once.  The test part is drawn at random, the same at every seed: the file's
   second half was written by other people than its first. */
#include "dataimpl.h"
#include <karhunen/digits.h>

static const char *const parts[] = {"all", "train", "test", NULL};
enum { PART_ALL, PART_TRAIN, PART_TEST };

typedef struct {
  KarParameter parameters[3];
  char         path[PETSC_MAX_PATH_LEN];
  PetscReal    part, test; /* an index into parts; share of the digits */
  KarIDX       idx;
  PetscInt     n;             /* digits of the part */
  PetscInt    *digit, *order; /* [n]: these digits, in the file's order and in that of the seed below */
  PetscInt64   seed;
  PetscBool    shuffled;
} Digits;

PetscReal kar_bilinear(PetscInt ny, PetscInt nx, const unsigned char image[], PetscInt my, PetscInt mx, PetscInt i, PetscInt j)
{
  const PetscReal y = PetscClipInterval(((PetscReal)i + 0.5) * (PetscReal)ny / (PetscReal)my - 0.5, 0, (PetscReal)(ny - 1));
  const PetscReal x = PetscClipInterval(((PetscReal)j + 0.5) * (PetscReal)nx / (PetscReal)mx - 0.5, 0, (PetscReal)(nx - 1));
  const PetscInt  a = (PetscInt)y, b = (PetscInt)x, c = PetscMin(a + 1, ny - 1), d = PetscMin(b + 1, nx - 1);
  const PetscReal p = y - (PetscReal)a, q = x - (PetscReal)b;

  return (1 - p) * ((1 - q) * image[a * nx + b] + q * image[a * nx + d]) + p * ((1 - q) * image[c * nx + b] + q * image[c * nx + d]);
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

/* The whole digit on every rank, which keeps its slab: the transform is linear in the pixels, a field at 4096^2 takes seconds. */
static PetscErrorCode Sample(KarGenerator generator, KarKey key, Vec fields[])
{
  Digits              *digits = generator->context;
  const KarIDX        *idx    = &digits->idx;
  const unsigned char *image;
  unsigned char       *inside;
  PetscScalar         *v;
  PetscReal           *s, *work;
  KarGridInfo          g;

  PetscFunctionBegin;
  PetscCall(KarGridGetInfo(generator->grid, &g));
  if (!digits->shuffled || digits->seed != key.seed) Shuffle(key.seed, digits->n, digits->digit, digits->order);
  digits->seed     = key.seed;
  digits->shuffled = PETSC_TRUE;
  image            = idx->pixels + digits->order[key.sample % digits->n] * idx->ny * idx->nx;
  PetscCall(PetscMalloc3(g.n[0] * g.n[1], &inside, g.n[0] * g.n[1], &s, KAR_SIGNED_DISTANCE_WORK(g.n[0], g.n[1]), &work));
  for (PetscInt i = 0; i < g.n[0]; i++)
    for (PetscInt j = 0; j < g.n[1]; j++) inside[i * g.n[1] + j] = kar_bilinear(idx->ny, idx->nx, image, g.n[0], g.n[1], i, j) >= 127.5;
  kar_signed_distance(g.n[0], g.n[1], inside, s, work);
  PetscCall(VecGetArrayWrite(fields[0], &v));
  PetscCall(PetscArraycpy(v, s + g.start * g.n[1], g.ln * g.n[1]));
  PetscCall(VecRestoreArrayWrite(fields[0], &v));
  PetscCall(PetscFree3(inside, s, work));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetFromOptions(KarGenerator generator)
{
  Digits *digits = generator->context;

  PetscFunctionBegin;
  PetscCall(KarOptionsString(NULL, "mnist_images", "file of digits, IDX or IDX.gz", sizeof(digits->path), digits->path));
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
  KarCheck(generator->comm, g.dim == 2 && PetscAbsReal(g.length[0] * (PetscReal)g.n[1] - g.length[1] * (PetscReal)g.n[0]) <= 1e-9 * g.length[0] * (PetscReal)g.n[1],
           PETSC_ERR_SUP, "-generator_type mnistsdf: needs a plane of square pixels, as -grid_n 64,64");
  KarCheck(generator->comm, digits->path[0], PETSC_ERR_USER_INPUT, "digits of which file? Give -mnist_images FILE, MNIST's images in IDX");
  PetscCall(KarIDXDestroy(&digits->idx));
  PetscCall(PetscFree2(digits->digit, digits->order));
  PetscCall(KarIDXRead(generator->comm, digits->path, &digits->idx));
  PetscCall(PetscMalloc2(digits->idx.n, &digits->digit, digits->idx.n, &digits->order));
  digits->n        = 0;
  digits->shuffled = PETSC_FALSE;
  for (PetscInt i = 0; i < digits->idx.n; i++) {
    PetscReal u[2];

    kar_uniform_pair((KarKey){.step = 1, .stream = KAR_STREAM_DATA}, i, 0, 0, u);
    if ((int)digits->part == PART_ALL || ((int)digits->part == PART_TEST) == (u[0] < digits->test)) digits->digit[digits->n++] = i;
  }
  KarCheck(generator->comm, digits->n > 0, PETSC_ERR_USER_INPUT, "-mnist_test %g leaves no digit of %" PetscInt_FMT " in the part %s", (double)digits->test,
           digits->idx.n, parts[(int)digits->part]);
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
  const KarParameter table[] = {
    {"part", "which digits: all, or those of the train or the test part", &digits->part, 0, 2, parts},
    {"test", "share of the digits that is the test part, drawn at random, alike at every seed", &digits->test, 0, 1, NULL},
    {NULL}};
  PetscCall(PetscArraycpy(digits->parameters, table, PETSC_STATIC_ARRAY_LENGTH(table)));
  generator->parameters = digits->parameters;
  generator->context    = digits;
  PetscCall(PetscStrncpy(generator->prefix, "mnist_", sizeof(generator->prefix)));
  generator->ops = (KarGeneratorOps){
    .setfromoptions = SetFromOptions, .setup = SetUp, .sample = Sample, .attributes = Attributes, .destroy = Destroy};
  generator->basis = KAR_BASIS_COSINE;
  PetscCall(PetscStrncpy(generator->title, "signed distance functions of handwritten digits", sizeof(generator->title)));
  PetscFunctionReturn(PETSC_SUCCESS);
}
