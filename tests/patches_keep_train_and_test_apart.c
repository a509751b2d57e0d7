/* Patches of a scene are its pixels, with their mask; none without enough measurements; train and test areas share no
   pixel. ranks: 1 2 */
#include "files.h"

#include <karhunen/insar.h>
#include <math.h>

#define ROWS    40
#define COLUMNS 61

static float phase[ROWS * COLUMNS];

static PetscErrorCode Set(const char name[], const char value[])
{
  PetscFunctionBegin;
  PetscCall(PetscOptionsSetValue(NULL, name, value));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Create(KarGrid grid, KarPatches *patches)
{
  PetscFunctionBegin;
  PetscCall(KarPatchesCreate(PETSC_COMM_WORLD, patches));
  PetscCall(KarPatchesSetFromOptions(*patches));
  PetscCall(KarPatchesSetUp(*patches, grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Draws 200 patches, compares them with the scene, marks the pixels they use. */
static PetscErrorCode Use(KarGrid grid, KarGrid pair, char used[])
{
  KarGridInfo        g;
  KarPatches         patches;
  Vec                f[3];
  const PetscScalar *a[3];
  PetscInt           first[2], wrong = 0;

  PetscFunctionBegin;
  PetscCall(KarGridGetInfo(grid, &g));
  PetscCall(Create(grid, &patches));
  for (int i = 0; i < 3; i++) PetscCall(KarGridCreateField(i == 1 ? pair : grid, &f[i]));
  for (int s = 0; s < 200; s++) {
    const KarKey key   = {.seed = 1, .sample = s, .stream = KAR_STREAM_DATA};
    PetscInt     valid = 0;

    PetscCall(KarPatchesLocate(patches, key, first));
    PetscCall(KarPatchesSample(patches, key, f[0], f[1], f[2]));
    for (int i = 0; i < 3; i++) PetscCall(VecGetArrayRead(f[i], &a[i]));
    for (PetscInt i = 0; i < g.ln; i++)
      for (PetscInt j = 0; j < g.n[1]; j++) {
        const PetscInt  at = (first[0] + g.start + i) * COLUMNS + first[1] + j, to = i * g.n[1] + j;
        const PetscBool is = (PetscBool)isfinite(phase[at]);
        const double    x  = is ? (double)phase[at] : 0;

        used[at] = 1;
        valid += is;
        if (a[0][to] != x || a[2][to] != (is ? 1 : 0) || a[1][2 * to] != (is ? cos(x) : 0) ||
            a[1][2 * to + 1] != (is ? sin(x) : 0))
          wrong++;
      }
    for (int i = 0; i < 3; i++) PetscCall(VecRestoreArrayRead(f[i], &a[i]));
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &valid, 1, MPIU_INT, MPI_SUM, PETSC_COMM_WORLD));
    Claim(2 * valid >= g.n[0] * g.n[1], "%" PetscInt_FMT " valid pixels", valid);
  }
  Claim(!wrong, "%" PetscInt_FMT " pixels are not the scene's", wrong);
  for (int i = 0; i < 3; i++) PetscCall(VecDestroy(&f[i]));
  PetscCall(KarPatchesDestroy(&patches));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CheckErrors(KarGrid grid)
{
  KarPatches patches;

  PetscFunctionBegin;
  PetscCall(Set("-scene_area", "test"));
  PetscCall(Set("-scene_test", "0.1"));
  ClaimFails(Create(grid, &patches), "do not fit into");
  PetscCall(Set("-scene_area", "all"));
  PetscCall(Set("-scene_nodata", "0.5"));
  for (int i = 0; i < ROWS * COLUMNS; i++) phase[i] = 0.5F;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode WriteScene(const char path[])
{
  int   rank;
  FILE *file;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  if (rank == 0) {
    file = fopen(path, "wb");
    Claim(file && fwrite(phase, sizeof(phase), 1, file) == 1, "%s", path);
    (void)fclose(file);
  }
  PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Four equal pixels average to themselves; two that oppose each other to the third and fourth. */
static void CheckLooks(void)
{
  float         p[20] = {1, 1, 3, -3, 9, 1, 1, 3, -3, 9, 0, (float)M_PI, 1, 1, 9, 2, 2, 1, 1, 9};
  unsigned char v[20] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 0, 1, 1};
  KarScene      scene = {.n = {4, 5}, .phase = p, .valid = v, .step = {1, -1}};

  kar_scene_multilook(&scene, 2);
  Claim(scene.n[0] == 2 && scene.n[1] == 2 && scene.invalid == 1 && scene.step[1] == -2, "shape");
  ClaimNear(p[0], 1, 1e-6);
  ClaimNear(fabsf(p[1]), M_PI, 1e-6);
  ClaimNear(p[2], 2, 1e-6);
  Claim(!v[3] && p[3] == 0, "one of four is not enough");
}

static PetscErrorCode Run(void)
{
  const PetscInt n[2]                  = {16, 16};
  char           train[ROWS * COLUMNS] = {0}, test[ROWS * COLUMNS] = {0}, path[PETSC_MAX_PATH_LEN];
  KarGrid        grid, pair;
  KarPatches     patches;
  int            both = 0, any = 0;

  PetscFunctionBegin;
  for (int i = 0; i < ROWS * COLUMNS; i++) phase[i] = i % 7 == 0 || i % COLUMNS < 5 ? NAN : sinf((float)i);
  PetscCall(ScratchFile("scene.flt", path));
  PetscCall(WriteScene(path));
  PetscCall(Set("-scene", path));
  PetscCall(Set("-scene_n", "40,61"));
  for (int c = 1; c <= 2; c++) {
    PetscCall(KarGridCreate(PETSC_COMM_WORLD, c == 1 ? &grid : &pair));
    PetscCall(KarGridSetSizes(c == 1 ? grid : pair, 2, n, NULL));
    PetscCall(KarGridSetComponents(c == 1 ? grid : pair, c));
    PetscCall(KarGridSetUp(c == 1 ? grid : pair));
  }
  PetscCall(Set("-scene_area", "train"));
  PetscCall(Use(grid, pair, train));
  PetscCall(Set("-scene_area", "test"));
  PetscCall(Use(grid, pair, test));
  for (int i = 0; i < ROWS * COLUMNS; i++) {
    both += train[i] && test[i];
    any += train[i] || test[i];
  }
  Claim(!both, "%d pixels are in both areas", both);
  Claim(any > ROWS * COLUMNS / 4, "only %d pixels are used", any);
  PetscCall(CheckErrors(grid));
  PetscCall(WriteScene(path));
  ClaimFails(Create(grid, &patches), "no patch of 16 x 16 pixels has 50% of them measured");
  CheckLooks();
  PetscCall(KarGridDestroy(&grid));
  PetscCall(KarGridDestroy(&pair));
  PetscCall(ScratchClean());
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
