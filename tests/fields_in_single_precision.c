/* A Gaussian field in single precision is the one in double to its rounding, with any number of components, both
   bases, 1D to 3D, solenoidal or not, and to the bit the same on all ranks as on one and with any number of threads.
   ranks: 1 2 3 */
#include "claim.h"

typedef struct {
  PetscInt  dim, n[3], dof;
  KarBasis  basis;
  PetscBool solenoidal;
} Case;

static const Case cases[] = {
  {1, {50, 1, 1}, 1, KAR_BASIS_PERIODIC, PETSC_FALSE},  {2, {640, 500, 1}, 1, KAR_BASIS_PERIODIC, PETSC_FALSE},
  {2, {21, 34, 1}, 2, KAR_BASIS_PERIODIC, PETSC_FALSE}, {2, {24, 18, 1}, 2, KAR_BASIS_PERIODIC, PETSC_TRUE},
  {2, {33, 20, 1}, 1, KAR_BASIS_COSINE, PETSC_FALSE},   {3, {40, 33, 36}, 1, KAR_BASIS_PERIODIC, PETSC_FALSE},
  {3, {12, 9, 10}, 3, KAR_BASIS_COSINE, PETSC_FALSE},
};
static const KarKey key = {.seed = 31, .sample = 2, .stream = KAR_STREAM_DATA};

static PetscErrorCode Draw(MPI_Comm comm, const Case *c, KarGridInfo *g, float **field, Vec *whole)
{
  KarGrid grid;
  KarFFT  fft;
  KarCov  cov;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(comm, &grid));
  PetscCall(KarGridSetSizes(grid, c->dim, c->n, NULL));
  PetscCall(KarGridSetComponents(grid, c->dof));
  PetscCall(KarGridSetBasis(grid, c->basis));
  PetscCall(KarFFTCreate(grid, &fft));
  PetscCall(KarGridGetInfo(grid, g));
  PetscCall(KarCovCreate(fft, &cov));
  PetscCall(KarCovSetType(cov, KARCOVMATERN));
  PetscCall(KarCovSetSolenoidal(cov, c->solenoidal));
  PetscCall(PetscMalloc1(g->ln * g->plane, field));
  PetscCall(KarCovSampleFieldFloat(cov, key, *field));
  if (whole) {
    PetscCall(KarGridCreateField(grid, whole));
    PetscCall(KarCovSampleField(cov, key, *whole));
  }
  PetscCall(KarCovDestroy(&cov));
  PetscCall(KarFFTDestroy(&fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Check(const Case *c, int number)
{
  const PetscScalar *v;
  KarGridInfo        g, alone;
  float             *field, *serial, *threaded;
  PetscReal          sum[2] = {0, 0};
  int                wrong  = 0;
  Vec                whole;

  PetscFunctionBegin;
  PetscCall(Draw(PETSC_COMM_WORLD, c, &g, &field, &whole));
  PetscCall(VecGetArrayRead(whole, &v));
  for (PetscInt i = 0; i < g.ln * g.plane; i++) {
    sum[0] += (v[i] - field[i]) * (v[i] - field[i]);
    sum[1] += v[i] * v[i];
  }
  PetscCall(VecRestoreArrayRead(whole, &v));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sum, 2, MPIU_REAL, MPIU_SUM, PETSC_COMM_WORLD));
  Claim(sum[1] > 0 && PetscSqrtReal(sum[0] / sum[1]) < 1e-6, "case %d: fields differ by %g", number,
        (double)PetscSqrtReal(sum[0] / sum[1]));
  PetscCall(Draw(PETSC_COMM_SELF, c, &alone, &serial, NULL));
  PetscCall(KarSetThreads(3));
  PetscCall(Draw(PETSC_COMM_WORLD, c, &g, &threaded, NULL));
  PetscCall(KarSetThreads(1));
  for (PetscInt i = 0; i < g.ln * g.plane; i++)
    wrong += field[i] != serial[g.start * g.plane + i] || field[i] != threaded[i];
  Claim(wrong == 0, "case %d: %d numbers depend on ranks or threads", number, wrong);
  PetscCall(VecDestroy(&whole));
  PetscCall(PetscFree(field));
  PetscCall(PetscFree(serial));
  PetscCall(PetscFree(threaded));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(cases); i++) PetscCall(Check(&cases[i], (int)i));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
