/* A cascade given data by guidance: octave by octave, coarse ones first,
     D' = D_j + Gamma_j H* (H (Gamma_j + sum_{i > j} C_i) H* + R)^-1 (y - H (x_<j + D_j)),
   C_i the spectra of the octaves that are drawn later: exact where octaves are Gaussian. */
#include <karhunen/conditional.h>

#define LEVELS 20

struct _p_KarCascadeGiven {
  PetscInt levels;
  KarScore lifted[LEVELS], posterior[LEVELS];
  TS       ts[LEVELS];
};

static PetscErrorCode CreateLevel(KarCascadeGiven g, KarCascade cascade, PetscInt j, KarObservation obs, Vec y)
{
  const KarModes *m;
  PetscReal      *rest;
  KarFFT          fft;

  PetscFunctionBegin;
  PetscCall(KarCascadeLift(cascade, j, &g->lifted[j]));
  PetscCall(KarScoreCreatePosterior(g->lifted[j], obs, y, &g->posterior[j]));
  PetscCall(KarScoreGetFFT(g->lifted[j], &fft));
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(PetscMalloc1(m->rows * m->length, &rest));
  PetscCall(KarCascadeGetLater(cascade, j, rest));
  PetscCall(KarScorePosteriorSetRest(g->posterior[j], rest));
  PetscCall(PetscFree(rest));
  PetscCall(KarSamplerCreate(g->posterior[j], &g->ts[j]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCascadeGivenCreate(KarCascade cascade, KarObservation obs, Vec y, KarCascadeGiven *given)
{
  KarCascadeGiven g;

  PetscFunctionBegin;
  PetscCall(PetscNew(&g));
  *given = g;
  PetscCall(KarCascadeGetSize(cascade, &g->levels));
  for (PetscInt j = 0; j < g->levels; j++) PetscCall(CreateLevel(g, cascade, j, obs, y));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCascadeGivenSetFromOptions(KarCascadeGiven g)
{
  PetscFunctionBegin;
  for (PetscInt j = 0; j < g->levels; j++) {
    PetscCall(KarScorePosteriorSetFromOptions(g->posterior[j]));
    PetscCall(KarSamplerSetFromOptions(g->ts[j]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCascadeGivenGetSampler(KarCascadeGiven g, PetscInt j, TS *ts)
{
  PetscFunctionBegin;
  *ts = g->ts[j];
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCascadeGivenSolve(KarCascadeGiven g, KarKey key, Vec x, PetscBool *whole)
{
  PetscBool through = PETSC_TRUE;
  Vec       mean;

  PetscFunctionBegin;
  key.sample *= g->levels; /* each level has draws of its own */
  for (PetscInt j = 0; j < g->levels && through; j++, key.sample++) {
    if (j) {
      PetscCall(KarScoreSetCondition(g->lifted[j], x));
      PetscCall(KarScoreGetMean(g->lifted[j], &mean));
      PetscCall(KarScoreSetMean(g->posterior[j], mean));
    }
    PetscCall(KarSamplerSolve(g->ts[j], key, x, &through));
  }
  if (whole) *whole = through;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCascadeGivenDestroy(KarCascadeGiven *given)
{
  PetscFunctionBegin;
  for (PetscInt j = 0; *given && j < (*given)->levels; j++) {
    PetscCall(TSDestroy(&(*given)->ts[j]));
    PetscCall(KarScoreDestroy(&(*given)->posterior[j]));
    PetscCall(KarScoreDestroy(&(*given)->lifted[j]));
  }
  PetscCall(PetscFree(*given));
  PetscFunctionReturn(PETSC_SUCCESS);
}
