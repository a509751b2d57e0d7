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

static const KarDerived table[] = {
  {"wave", 2, "phase", "rad", "wrapped interferometric phase", KarWavePhase, PhaseAttributes},
};

const KarDerived *kar_derived(const char variable[], PetscInt components)
{
  for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
    if (!strcmp(table[i].from, variable) && table[i].components == components) return &table[i];
  return NULL;
}
