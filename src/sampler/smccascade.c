/* Particles of a cascade given data: of its base, then octave by octave, each on the grid of the last. With Gamma_j =
   Gamma_t of octave j and C_i the spectra of the octaves that are drawn later, the data given particles of octave j are
     N(H (x_<j + D_j), H (Gamma_j + sum_{i > j} C_i) H* + R);
   at the end of an octave x_j is drawn given the data by this law, which is that of the start of the next: no weight
   is between them where octaves are Gaussian. */
#include "smcimpl.h"

/* Level j, on the grid of the last. */
static PetscErrorCode CreateStage(KarCascade cascade, PetscInt j, KarObservation obs, Vec y, KarSMC next, KarSMC *stage)
{
  PetscReal *rest;
  KarScore   lifted;

  PetscFunctionBegin;
  PetscCall(KarCascadeLift(cascade, j, &lifted));
  PetscCall(KarSMCCreate(lifted, obs, y, stage));
  PetscCall(PetscMalloc1((*stage)->modes, &rest));
  PetscCall(KarCascadeGetLater(cascade, j, rest));
  PetscCall(KarLevelsSetRest((*stage)->levels, rest));
  (*stage)->octave = (PetscBool)(j > 0);
  (*stage)->next   = next;
  PetscCall(PetscFree(rest));
  PetscCall(KarScoreDestroy(&lifted));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSMCCreateCascade(KarCascade cascade, KarObservation obs, Vec y, KarSMC *smc)
{
  PetscInt levels;
  KarSMC   next = NULL;

  PetscFunctionBegin;
  PetscCall(KarCascadeGetSize(cascade, &levels));
  for (PetscInt j = levels - 1; j >= 0; j--) {
    PetscCall(CreateStage(cascade, j, obs, y, next, smc));
    next = *smc;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
