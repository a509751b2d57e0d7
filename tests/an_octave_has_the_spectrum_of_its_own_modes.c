/* The spectrum of an octave is the average over its own modes where a shell of |k| has any, and over all elsewhere: of
   fields whose every mode has one square inside the coarser grid's box and another outside, exactly these two; in 1-3
   D, in both bases.  ranks: 1 2 3 */
#include "claim.h"

static PetscErrorCode Check(PetscInt dim, KarBasis basis)
{
  const PetscInt   n[3] = {12, 16, 8}, coarse[3] = {6, 8, 4};
  const PetscReal *k, *lambda, inside = 4, outside = 1;
  PetscInt         shells, wrong = 0, own = 0;
  const KarModes  *m;
  KarCovEstimate   estimate;
  KarGrid          grid;
  KarFFT           fft;
  Vec              x;
  PetscScalar     *a;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_WORLD, &grid));
  PetscCall(KarGridSetSizes(grid, dim, n, NULL));
  PetscCall(KarGridSetBasis(grid, basis));
  PetscCall(KarFFTCreate(grid, &fft));
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(VecGetArray(x, &a));
  for (PetscInt i = 0; i < m->rows * m->length; i++) {
    KarMode   mode;
    PetscBool in = PETSC_TRUE;

    kar_mode(m, i / m->length, i % m->length, &mode);
    for (PetscInt b = 0; b < dim; b++)
      if ((basis == KAR_BASIS_COSINE ? 1 : 2) * PetscAbsInt(mode.index[b]) >= coarse[b]) in = PETSC_FALSE;
    if (mode.k2 > 0) a[mode.offset] = PetscSqrtReal((in ? inside : outside) * mode.weight);
  }
  PetscCall(VecRestoreArray(x, &a));
  PetscCall(KarCovEstimateCreate(fft, &estimate));
  PetscCall(KarCovEstimateSetOctave(estimate, coarse));
  PetscCall(KarCovEstimateAdd(estimate, x));
  PetscCall(KarCovEstimateFinish(estimate, PETSC_COMM_WORLD, &shells, &k, &lambda, NULL));
  for (PetscInt i = 1; i < shells; i++) {
    if (PetscAbsReal(lambda[i] - outside) < 1e-12) own++;
    else if (PetscAbsReal(lambda[i] - inside) > 1e-12) wrong++;
  }
  Claim(wrong == 0 && own > 0 && own < shells - 1, "%dD, %s: %d of %d shells mix octaves, %d are the octave's",
        (int)dim, basis == KAR_BASIS_COSINE ? "cosine" : "periodic", (int)wrong, (int)shells, (int)own);
  PetscCall(KarCovEstimateDestroy(&estimate));
  PetscCall(VecDestroy(&x));
  PetscCall(KarFFTDestroy(&fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  for (PetscInt dim = 1; dim <= 3; dim++) {
    PetscCall(Check(dim, KAR_BASIS_PERIODIC));
    PetscCall(Check(dim, KAR_BASIS_COSINE));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
