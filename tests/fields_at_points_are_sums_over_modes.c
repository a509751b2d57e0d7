/* A field at scattered places is the sum over its modes there, to 1e-12 of its size, in both bases and one to three
   dimensions; the transpose is the transpose; places on a rank's far side find their values.
   ranks: 1 2 3 4 */
#include "claim.h"

#include <math.h>

enum { PLACES = 60 };

static PetscErrorCode CreateFFT(PetscInt dim, PetscInt dof, KarBasis basis, KarFFT *fft)
{
  const PetscInt  n[3]      = {12, 9, 6};
  const PetscReal length[3] = {1, 1.5, 0.8};
  KarGrid         grid;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_WORLD, &grid));
  PetscCall(KarGridSetSizes(grid, dim, n, length));
  PetscCall(KarGridSetBasis(grid, basis));
  PetscCall(KarGridSetComponents(grid, dof));
  PetscCall(KarFFTCreate(grid, fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Place number i of the whole set: the corners of the box among them. */
static void Place(PetscInt i, PetscInt dim, PetscReal x[3])
{
  const PetscReal length[3] = {1, 1.5, 0.8};

  for (PetscInt a = 0; a < dim; a++) {
    const PetscReal share =
      i < 8 ? (PetscReal)(i >> a & 1) : fmod(0.137 + (PetscReal)i * (0.618 + 0.111 * (PetscReal)a), 1);

    x[a] = share * length[a];
  }
}

static PetscErrorCode Sum(KarFFT fft, Vec u, const PetscReal x[3], PetscInt component, PetscReal *sum)
{
  const PetscScalar *in;
  const KarModes    *m;
  KarMode            mode;

  PetscFunctionBegin;
  *sum = 0;
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(VecGetArrayRead(u, &in));
  for (PetscInt r = 0; r < m->rows; r++)
    for (PetscInt j = 0; j < m->length; j++) {
      const PetscScalar *c;
      PetscReal          phase = 0, product = 1;

      kar_mode(m, r, j, &mode);
      if (mode.nyquist) continue;
      c = in + mode.offset + component * m->width;
      for (PetscInt a = 0; a < m->dim; a++)
        phase += mode.k[a] * x[a], product *= (mode.index[a] ? PETSC_SQRT2 : 1) * PetscCosReal(mode.k[a] * x[a]);
      if (m->basis == KAR_BASIS_COSINE) *sum += c[0] * product;
      else
        *sum +=
          PetscSqrtReal(mode.weight) * (c[0] * PetscCosReal(phase) - (mode.self ? 0 : c[1] * PetscSinReal(phase)));
    }
  PetscCall(VecRestoreArrayRead(u, &in));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sum, 1, MPIU_REAL, MPIU_SUM, PETSC_COMM_WORLD));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Box(PetscInt dim, PetscInt dof, KarBasis basis)
{
  PetscReal  *values, *z, x[3], sum, left = 0, right, size, most = 0, far = 0;
  PetscReal   mine[PLACES * 3];
  PetscInt    m = 0;
  PetscMPIInt rank, ranks;
  KarFFT      fft;
  KarPoints   points;
  Vec         u, back;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &ranks));
  PetscCall(CreateFFT(dim, dof, basis, &fft));
  PetscCall(KarFFTCreateCoordinates(fft, &u));
  PetscCall(VecDuplicate(u, &back));
  PetscCall(KarFFTFillNormal(fft, (KarKey){.seed = 3, .stream = KAR_STREAM_TEST}, u));
  for (PetscInt i = rank; i < PLACES; i += ranks) { /* dealt like cards: most lie on other ranks' slabs */
    Place(i, dim, x);
    PetscCall(PetscArraycpy(mine + dim * m++, x, dim));
  }
  PetscCall(KarPointsCreate(fft, m, mine, &points));
  PetscCall(PetscMalloc2(m * dof, &values, m * dof, &z));
  PetscCall(KarPointsEvaluate(points, u, values));
  for (PetscInt i = 0; i < PLACES; i++)
    for (PetscInt c = 0; c < dof; c++) {
      Place(i, dim, x);
      PetscCall(Sum(fft, u, x, c, &sum));
      most = PetscMax(most, PetscAbsReal(sum));
      if (i % ranks == rank) far = PetscMax(far, PetscAbsReal(values[i / ranks * dof + c] - sum));
    }
  Claim(far <= 1e-12 * most, "%dD, %s: a value is off by %g of %g", (int)dim, KarBases[basis], (double)far,
        (double)most);
  for (PetscInt i = 0; i < m * dof; i++) z[i] = PetscCosReal((PetscReal)(rank + 7 * i)), left += z[i] * values[i];
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &left, 1, MPIU_REAL, MPIU_SUM, PETSC_COMM_WORLD));
  PetscCall(KarPointsTranspose(points, z, back));
  PetscCall(VecDot(u, back, &right));
  PetscCall(VecNorm(back, NORM_2, &size));
  Claim(size > 0 && PetscAbsReal(left - right) <= 1e-12 * size, "%dD, %s: <Hu, z> %.17g, <u, H*z> %.17g", (int)dim,
        KarBases[basis], (double)left, (double)right);
  PetscCall(PetscFree2(values, z));
  PetscCall(KarPointsDestroy(&points));
  PetscCall(VecDestroy(&u));
  PetscCall(VecDestroy(&back));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  for (PetscInt dim = 1; dim <= 3; dim++)
    for (int basis = 0; basis < 2; basis++) PetscCall(Box(dim, dim, (KarBasis)basis));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
