/* MNIST's test digits: 10,000 of 28 x 28; at 28 x 28 {s < 0} is what is at least half white; the field on 3 ranks is
   that on one; train and test parts hold every digit once; area and holes hold from 56 to 224 pixels.  Skipped where
   the file is not at hand:
   KARHUNEN_SHARED, or shared/ beside the source.  ranks: 1 3 */
#include "claim.h"
#include <stdlib.h>
#include <unistd.h>

#define IMAGES "data/mnist/t10k-images-idx3-ubyte.gz"

static char path[PETSC_MAX_PATH_LEN];

static PetscErrorCode CreateGenerator(MPI_Comm comm, const char part[], PetscInt n, KarGenerator *generator,
                                      Vec *fields[])
{
  char size[32];

  PetscFunctionBegin;
  (void)snprintf(size, sizeof(size), "%" PetscInt_FMT ",%" PetscInt_FMT, n, n);
  PetscCall(PetscOptionsSetValue(NULL, "-grid_n", size));
  PetscCall(PetscOptionsSetValue(NULL, "-mnist_part", part));
  PetscCall(PetscOptionsSetValue(NULL, "-mnist_images", path));
  PetscCall(KarGeneratorCreate(comm, generator));
  PetscCall(KarGeneratorSetType(*generator, KARGENERATORMNISTSDF));
  PetscCall(KarGeneratorSetFromOptions(*generator));
  PetscCall(KarGeneratorCreateFields(*generator, fields));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Draw(KarGenerator generator, PetscInt sample, Vec fields[], const PetscScalar **s)
{
  PetscFunctionBegin;
  PetscCall(KarGeneratorSample(generator, (KarKey){.seed = 4, .sample = sample}, fields));
  PetscCall(VecGetArrayRead(fields[0], s));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Which digit of the file has this mask; -1: none. */
static PetscInt Find(const KarIDX *idx, const PetscReal s[])
{
  const PetscInt points = idx->ny * idx->nx;

  for (PetscInt d = 0; d < idx->n; d++) {
    const unsigned char *pixels = idx->pixels + d * points;
    PetscInt             i = points / 2, left = points; /* from the middle, where digits differ */

    for (; left && (s[i] < 0) == (pixels[i] >= 128); left--) i = i + 1 < points ? i + 1 : 0;
    if (!left) return d;
  }
  return -1;
}

/* Draws until a digit comes again: all of a part, each once. */
static PetscErrorCode Collect(const KarIDX *idx, const char part[], PetscInt times[], PetscInt *count)
{
  const PetscScalar *s;
  KarGenerator       generator;
  Vec               *fields;

  PetscFunctionBegin;
  PetscCall(CreateGenerator(PETSC_COMM_SELF, part, 28, &generator, &fields));
  for (*count = 0;; ++*count) {
    PetscInt digit;

    PetscCall(Draw(generator, *count, fields, &s));
    digit = Find(idx, s);
    PetscCall(VecRestoreArrayRead(fields[0], &s));
    Claim(digit >= 0, "sample %d of %s is no digit", (int)*count, part);
    if (digit < 0 || times[digit]) break;
    times[digit] = 1;
  }
  PetscCall(KarGeneratorDestroyFields(generator, &fields));
  PetscCall(KarGeneratorDestroy(&generator));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CheckParts(const KarIDX *idx)
{
  static PetscInt train[10000], test[10000];
  PetscInt        ntrain, ntest, odd = 0;

  PetscFunctionBegin;
  PetscCall(Collect(idx, "train", train, &ntrain));
  PetscCall(Collect(idx, "test", test, &ntest));
  Claim(ntrain + ntest == 10000 && PetscAbsInt(ntest - 2000) < 5 * 40, "%d + %d digits", (int)ntrain,
        (int)ntest); /* Binomial(10000, 0.2) */
  for (PetscInt d = 0; d < 10000; d++) odd += train[d] + test[d] != 1;
  Claim(odd <= 2, "%d digits are not in exactly one part",
        (int)odd); /* digits 419 and 4651 are the same at half white */
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CheckRanks(void)
{
  const PetscScalar *s, *t;
  KarGenerator       one, all;
  KarGridInfo        g;
  KarGrid            grid;
  Vec               *whole, *slabs;

  PetscFunctionBegin;
  PetscCall(CreateGenerator(PETSC_COMM_SELF, "all", 56, &one, &whole));
  PetscCall(CreateGenerator(PETSC_COMM_WORLD, "all", 56, &all, &slabs));
  PetscCall(KarGeneratorGetGrid(all, &grid));
  PetscCall(KarGridGetInfo(grid, &g));
  Claim(g.basis == KAR_BASIS_COSINE, "basis %d", (int)g.basis);
  PetscCall(Draw(one, 3, whole, &s));
  PetscCall(Draw(all, 3, slabs, &t));
  Claim(!memcmp(s + g.start * g.plane, t, sizeof(*s) * (size_t)(g.ln * g.plane)), "ranks disagree");
  PetscCall(VecRestoreArrayRead(whole[0], &s));
  PetscCall(VecRestoreArrayRead(slabs[0], &t));
  PetscCall(KarGeneratorDestroyFields(one, &whole));
  PetscCall(KarGeneratorDestroyFields(all, &slabs));
  PetscCall(KarGeneratorDestroy(&one));
  PetscCall(KarGeneratorDestroy(&all));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CheckResolution(void)
{
  const PetscScalar *s;
  KarGenerator       coarse, fine;
  KarShape           a, b;
  Vec               *x, *y;

  PetscFunctionBegin;
  PetscCall(CreateGenerator(PETSC_COMM_SELF, "all", 56, &coarse, &x));
  PetscCall(CreateGenerator(PETSC_COMM_SELF, "all", 224, &fine, &y));
  for (PetscInt i = 0; i < 5; i++) {
    PetscCall(Draw(coarse, i, x, &s));
    PetscCall(KarStatsShape(56, 56, s, &a));
    PetscCall(VecRestoreArrayRead(x[0], &s));
    PetscCall(Draw(fine, i, y, &s));
    PetscCall(KarStatsShape(224, 224, s, &b));
    PetscCall(VecRestoreArrayRead(y[0], &s));
    Claim(a.components >= 1 && a.area > 0.02 && a.area < 0.4, "area %g", a.area);
    ClaimNear(b.area, a.area, 0.01);
    Claim(b.holes == a.holes, "%d holes, %d on the finer grid", (int)a.holes, (int)b.holes);
    ClaimNear(b.distance, 0, 1e-15); /* s is the signed distance of {s < 0} */
  }
  PetscCall(KarGeneratorDestroyFields(coarse, &x));
  PetscCall(KarGeneratorDestroyFields(fine, &y));
  PetscCall(KarGeneratorDestroy(&coarse));
  PetscCall(KarGeneratorDestroy(&fine));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  int    ranks;
  KarIDX idx;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &ranks));
  PetscCall(KarIDXRead(PETSC_COMM_WORLD, path, &idx));
  Claim(idx.n == 10000 && idx.ny == 28 && idx.nx == 28, "%d images", (int)idx.n);
  if (ranks == 1) PetscCall(CheckParts(&idx));
  PetscCall(CheckRanks());
  if (ranks == 1) PetscCall(CheckResolution());
  PetscCall(KarIDXDestroy(&idx));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  const char *shared = getenv("KARHUNEN_SHARED");

  (void)snprintf(path, sizeof(path), "%s/" IMAGES, shared ? shared : KARHUNEN_SOURCE "/../shared");
  if (access(path, R_OK)) {
    fprintf(stderr, "SKIPPED: no digits at %s\n", path);
    return 77;
  }
  PetscCall(KarInitialize(&argc, &argv));
  PetscCall(Run());
  PetscCall(KarFinalize());
  return claims_failed ? 1 : 0;
}
