/* The Sentinel-1 scene over Sierra Negra, as its own description says: 500 x 500 phases in (-pi, pi], none missing,
   0.001 degree pixels from (-91.42, -0.58).  Skipped where the scene is not at hand: KARHUNEN_SHARED, or shared/
   beside the source.
   */
#include "files.h"

#include <karhunen/io.h>
#include <math.h>

#define SCENE "data/insar/sierra_negra_20170320_20170413.geo.diff_pha.tif"

static PetscErrorCode Check(const char path[])
{
  const KarSceneOptions none = {.format = KAR_SCENE_AUTO};
  KarScene              scene;
  double                sum[2] = {0, 0};
  float                *pixels = malloc(250000 * sizeof(float));
  FILE                 *file   = fopen(path, "rb");

  PetscFunctionBegin;
  PetscCall(KarSceneRead(PETSC_COMM_WORLD, path, &none, &scene));
  Claim(scene.n[0] == 500 && scene.n[1] == 500, "%" PetscInt_FMT " x %" PetscInt_FMT, scene.n[0], scene.n[1]);
  Claim(scene.invalid == 0 && scene.wrapped == 0, "%" PetscInt_FMT " invalid, %" PetscInt_FMT " wrapped", scene.invalid,
        scene.wrapped);
  Claim(scene.georeferenced && !strcmp(scene.units, "degrees"), "no place");
  ClaimNear(scene.step[0], 0.001, 1e-9);
  ClaimNear(scene.step[1], -0.001, 1e-9);
  ClaimNear(scene.first[0], -91.42, 1e-3);
  ClaimNear(scene.first[1], -0.58, 1e-3);
  /* Its rows lie uncompressed at the end of the file, 1,366 bytes from the start. */
  Claim(pixels && file && !fseek(file, 1366, SEEK_SET) && fread(pixels, sizeof(float), 250000, file) == 250000, "%s",
        path);
  if (file) (void)fclose(file);
  Claim(!memcmp(pixels, scene.phase, 250000 * sizeof(float)), "the pixels are not those of the file");
  free(pixels);
  for (PetscInt i = 0; i < 250000; i++) {
    sum[0] += cos((double)scene.phase[i]);
    sum[1] += sin((double)scene.phase[i]);
  }
  Claim(hypot(sum[0], sum[1]) < 0.9 * 250000, "a constant phase");
  PetscCall(KarSceneDestroy(&scene));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  const char *shared = getenv("KARHUNEN_SHARED");
  char        path[PETSC_MAX_PATH_LEN];

  (void)snprintf(path, sizeof(path), "%s/" SCENE, shared ? shared : KARHUNEN_SOURCE "/../shared");
  if (access(path, R_OK)) {
    fprintf(stderr, "SKIPPED: no scene at %s\n", path);
    return 77;
  }
  PetscCall(KarInitialize(&argc, &argv));
  PetscCall(Check(path));
  PetscCall(KarFinalize());
  return claims_failed ? 1 : 0;
}
