/* The variables that follow from others: a new one is a line of the table. */
#include <karhunen/derived.h>
#include <karhunen/insar.h>

/* A file of phases opens in MintPy. */
static PetscErrorCode PhaseAttributes(KarDataset data, const PetscInt n[])
{
  PetscFunctionBegin;
  PetscCall(KarDatasetPutMintPy(data, n, 0, NULL, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* phase = atan2(sine, cosine) */
static PetscErrorCode WavePhase(const KarGridInfo *info, KarKey key, PetscReal value, Vec wave, Vec phase)
{
  const PetscScalar *w;
  PetscScalar       *p;
  PetscInt           n;

  PetscFunctionBegin;
  (void)info, (void)key, (void)value;
  PetscCall(VecGetLocalSize(phase, &n));
  PetscCall(VecGetArrayRead(wave, &w));
  PetscCall(VecGetArrayWrite(phase, &p));
  for (PetscInt i = 0; i < n; i++) p[i] = PetscAtan2Real(w[2 * i + 1], w[2 * i]);
  PetscCall(VecRestoreArrayWrite(phase, &p));
  PetscCall(VecRestoreArrayRead(wave, &w));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SceneWave(const KarGridInfo *info, KarKey key, PetscReal looks, Vec scene, Vec wave)
{
  PetscFunctionBegin;
  PetscCall(KarSceneWave(info, key, (PetscInt)looks, scene, wave));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ScenePhase(const KarGridInfo *info, KarKey key, PetscReal looks, Vec scene, Vec phase)
{
  Vec wave;

  PetscFunctionBegin;
  PetscCall(VecDuplicate(scene, &wave));
  PetscCall(KarSceneWave(info, key, (PetscInt)looks, scene, wave));
  PetscCall(WavePhase(info, key, looks, wave, phase));
  PetscCall(VecDestroy(&wave));
  PetscFunctionReturn(PETSC_SUCCESS);
}

#define LOOKS "insar_looks", "looks averaged in a pixel of the interferogram", 8

static const KarDerived table[] = {
  {"wave", 2, "phase", 1, "rad", "wrapped interferometric phase", NULL, NULL, 0, WavePhase, PhaseAttributes},
  {"scene", 2, "wave", 2, "1", "cosine and sine of the phase", LOOKS, SceneWave, NULL},
  {"scene", 2, "phase", 1, "rad", "wrapped interferometric phase", LOOKS, ScenePhase, PhaseAttributes},
};

const KarDerived *kar_derived(const char variable[], PetscInt components, PetscInt number)
{
  for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
    if (!strcmp(table[i].from, variable) && table[i].components == components && number-- == 0) return &table[i];
  return NULL;
}
