/* A field with covariance C and noise with covariance Lambda, both seen at M places:
     C V = Lambda V diag(mu),   V^T Lambda V = 1,   V^T C V = diag(mu),
   so that in y = V^T u, u = Lambda V y, noise is white and the data's law is N(0, diag(mu)), and
     E[X_0 | X_t = u] = Lambda V diag(w) V^T u,   w = a mu/(a^2 mu + s^2).
   The matrices are those of the grid's modes: c(x) = sum_k lambda_k e^(ikx) at all differences x_i - x_j; of cosines,
   which are no function of the difference, 2 cos kx cos ky = cos k(x - y) + cos k(x + y) along each axis. */
#include "pencilimpl.h"

#include <petscblaslapack.h>

enum { BATCH = 1 << 19 }; /* places evaluated at once */

#define sygvd_ PETSCBLAS(sygvd, SYGVD)
PETSC_EXTERN void sygvd_(const PetscBLASInt *, const char *, const char *, const PetscBLASInt *, PetscReal *,
                         const PetscBLASInt *, PetscReal *, const PetscBLASInt *, PetscReal *, PetscReal *,
                         const PetscBLASInt *, PetscBLASInt *, const PetscBLASInt *, PetscBLASInt *);

/* --- The covariance at places
   -------------------------------------------------------------------------------------------- */
/* Coordinates of the function c, component 0. */
static PetscErrorCode Correlation(KarCov cov, KarFFT fft, Vec c)
{
  const PetscReal *lambda;
  const KarModes  *m;
  PetscScalar     *a;
  KarMode          mode;

  PetscFunctionBegin;
  PetscCall(KarCovGetEigenvalues(cov, &lambda));
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(VecZeroEntries(c));
  PetscCall(VecGetArray(c, &a));
  for (PetscInt i = 0; i < m->rows * m->length; i++) {
    kar_mode(m, i / m->length, i % m->length, &mode);
    a[mode.offset] = lambda[i] * PetscSqrtReal(mode.weight);
    for (PetscInt d = 0; d < m->dim && m->basis == KAR_BASIS_COSINE; d++)
      a[mode.offset] *= mode.index[d] ? PETSC_SQRT2 / 2 : 0.5;
  }
  PetscCall(VecRestoreArray(c, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* x - y, or in a cosine box the way'th of x +- y, brought into the box, along one axis. */
static PetscReal Difference(const KarGridInfo *g, PetscInt axis, PetscInt way, PetscReal x, PetscReal y)
{
  const PetscReal L = g->length[axis];
  PetscReal       d;

  if (g->basis == KAR_BASIS_PERIODIC) {
    d = x - y;
    return d < 0 ? PetscMin(d + L, L) : d;
  }
  d = way >> axis & 1 ? x + y : PetscAbsReal(x - y);
  return d > L ? PetscMax(2 * L - d, 0) : d;
}

/* Rows [first, first + n) of the matrix. */
static PetscErrorCode Rows(KarFFT fft, const KarGridInfo *g, Vec c, PetscInt m, const PetscReal x[], PetscInt first,
                           PetscInt n, PetscReal rows[])
{
  const PetscInt ways = g->basis == KAR_BASIS_COSINE ? 1 << g->dim : 1;
  PetscReal     *at, *values;
  KarPoints      points;

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(n * m * g->dim, &at, n * m * g->dof, &values));
  PetscCall(PetscArrayzero(rows, n * m));
  for (PetscInt way = 0; way < ways; way++) {
    for (PetscInt i = 0; i < n; i++)
      for (PetscInt j = 0; j < m; j++)
        for (PetscInt a = 0; a < g->dim; a++)
          at[(i * m + j) * g->dim + a] = Difference(g, a, way, x[(first + i) * g->dim + a], x[j * g->dim + a]);
    PetscCall(KarPointsCreate(fft, n * m, at, &points));
    PetscCall(KarPointsEvaluate(points, c, values));
    PetscCall(KarPointsDestroy(&points));
    for (PetscInt i = 0; i < n * m; i++) rows[i] += values[i * g->dof];
  }
  PetscCall(PetscFree2(at, values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCovAtPlaces(KarCov cov, PetscInt m, const PetscReal x[], PetscInt *local, PetscReal *matrix[])
{
  PetscMPIInt rank, ranks;
  PetscInt    block, start, batch;
  PetscBool   solenoidal;
  KarFFT      fft;
  KarGrid     grid;
  KarGridInfo g;
  Vec         c;

  PetscFunctionBegin;
  PetscCall(KarCovGetFFT(cov, &fft));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &g));
  PetscCall(KarCovIsSolenoidal(cov, &solenoidal));
  KarCheck(g.comm, !solenoidal, PETSC_ERR_SUP,
           "a divergence-free covariance ties components together: at places it is not there");
  PetscCallMPI(MPI_Comm_rank(g.comm, &rank));
  PetscCallMPI(MPI_Comm_size(g.comm, &ranks));
  block  = (m + ranks - 1) / ranks;
  start  = PetscMin(rank * block, m);
  *local = PetscMin(block, m - start);
  batch  = PetscMax(1, BATCH / m);
  PetscCall(KarFFTCreateCoordinates(fft, &c));
  PetscCall(Correlation(cov, fft, c));
  PetscCall(PetscMalloc1(*local * m, matrix));
  for (PetscInt i = 0; i < block; i += batch) {
    const PetscInt first = PetscMin(i, *local), n = PetscMin(batch, *local - first);

    PetscCall(Rows(fft, &g, c, m, x, start + first, n, *matrix + first * m));
  }
  PetscCall(VecDestroy(&c));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- The pencil ------------------------------------------------------------ */
/* Rank 0: C becomes V, column by column in rows of memory, mu rising; L is overwritten. */
static PetscErrorCode Solve(PetscInt m, PetscReal C[], PetscReal L[], PetscReal mu[], PetscBLASInt *wrong)
{
  const PetscBLASInt n = (PetscBLASInt)m, itype = 1, ask = -1;
  PetscBLASInt       lwork, liwork, *iwork, whole;
  PetscReal         *work, size;

  PetscFunctionBegin;
  sygvd_(&itype, "V", "L", &n, C, &n, L, &n, mu, &size, &ask, &whole, &ask, wrong);
  lwork = (PetscBLASInt)size, liwork = whole;
  PetscCall(PetscMalloc2(lwork, &work, liwork, &iwork));
  sygvd_(&itype, "V", "L", &n, C, &n, L, &n, mu, work, &lwork, iwork, &liwork, wrong);
  PetscCall(PetscFree2(work, iwork));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* all[j][i], column j of V rising, becomes rows [i][j] of V with mu falling, its largest entry of a column positive. */
static void Order(PetscInt m, const PetscReal all[], PetscReal rows[])
{
  for (PetscInt j = 0; j < m; j++) {
    const PetscReal *column = all + (m - 1 - j) * m;
    PetscInt         most   = 0;

    for (PetscInt i = 1; i < m; i++)
      if (PetscAbsReal(column[i]) > 1.0001 * PetscAbsReal(column[most])) most = i;
    for (PetscInt i = 0; i < m; i++) rows[i * m + j] = column[most] < 0 ? -column[i] : column[i];
  }
}

static PetscErrorCode Decompose(KarPencil p, PetscInt local, const PetscReal *c, const PetscReal *lambda)
{
  const PetscInt  m   = p->m;
  const PetscReal one = 1, zero = 0;
  PetscReal      *C, *L, *V = NULL, *B = NULL;
  PetscBLASInt    wrong = 0, n = (PetscBLASInt)m;

  PetscFunctionBegin;
  PetscCall(KarPencilGather(p->comm, m, local, c, &C));
  PetscCall(KarPencilGather(p->comm, m, local, lambda, &L));
  if (C) {
    PetscCall(PetscMalloc2(m * m, &V, m * m, &B));
    PetscCall(PetscArraycpy(B, L, m * m));
    PetscCall(Solve(m, C, B, p->mu, &wrong));
    if (!wrong) {
      Order(m, C, V);
      /* in LAPACK's order V is its transpose: B^T = V^T Lambda */
      BLASgemm_("N", "N", &n, &n, &n, &one, V, &n, L, &n, &zero, B, &n);
    }
  }
  PetscCallMPI(MPI_Bcast(&wrong, 1, MPI_INT, 0, p->comm));
  KarCheck(p->comm, !wrong, PETSC_ERR_USER_INPUT,
           "the noise at these places is not positive definite to rounding (place %d depends on those before it): "
           "fewer places, farther apart, or rougher noise",
           wrong > n ? (int)(wrong - n - 1) : 0);
  PetscCallMPI(MPI_Bcast(p->mu, (PetscMPIInt)m, MPIU_REAL, 0, p->comm));
  for (PetscInt i = 0; i < m / 2; i++) {
    const PetscReal swap = p->mu[i];

    p->mu[i] = p->mu[m - 1 - i], p->mu[m - 1 - i] = swap;
  }
  for (PetscInt i = 0; i < m; i++) p->mu[i] = PetscMax(p->mu[i], 1e-15 * p->mu[0]);
  PetscCall(KarPencilScatter(p->comm, m, m, local, V, &p->V));
  PetscCall(KarPencilScatter(p->comm, m, m, local, B, &p->B));
  if (C) PetscCall(PetscFree2(V, B));
  PetscCall(PetscFree(C));
  PetscCall(PetscFree(L));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPencilCreate(KarCov data, KarCov noise, PetscInt m, const PetscReal x[], KarPencil *out)
{
  PetscReal  *c, *lambda;
  PetscInt    local;
  KarFFT      fft;
  KarGrid     grid;
  KarGridInfo g;
  KarPencil   p;

  PetscFunctionBegin;
  PetscCall(KarCovGetFFT(data, &fft));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &g));
  PetscCall(KarPencilCheck(g.comm, &g, m, x));
  PetscCall(PetscNew(&p));
  p->comm = g.comm;
  p->m    = m;
  p->dof  = g.dof;
  PetscCall(PetscMalloc1(m, &p->mu));
  PetscCall(KarCovAtPlaces(data, m, x, &local, &c));
  PetscCall(KarCovAtPlaces(noise, m, x, &local, &lambda));
  PetscCall(Decompose(p, local, c, lambda));
  PetscCall(PetscFree(c));
  PetscCall(PetscFree(lambda));
  PetscCall(KarPencilCreateLine(p));
  for (int i = 0; i < 2; i++) PetscCall(VecCreateMPI(p->comm, local, m, &p->one[i]));
  *out = p;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPencilDestroy(KarPencil *pencil)
{
  KarPencil p = *pencil;

  PetscFunctionBegin;
  if (!p) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(MatDestroy(&p->V));
  PetscCall(MatDestroy(&p->B));
  PetscCall(MatDestroy(&p->K));
  PetscCall(PetscFree(p->shift));
  for (int i = 0; i < 2; i++) PetscCall(VecDestroy(&p->one[i]));
  PetscCall(KarCovDestroy(&p->data));
  PetscCall(KarCovDestroy(&p->noise));
  PetscCall(KarFFTDestroy(&p->line));
  PetscCall(PetscFree(p->mu));
  PetscCall(PetscFree(*pencil));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPencilGetSpectrum(KarPencil pencil, const PetscReal *mu[])
{
  PetscFunctionBegin;
  *mu = pencil->mu;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPencilGetCovariances(KarPencil pencil, KarCov *data, KarCov *noise)
{
  PetscFunctionBegin;
  *data  = pencil->data;
  *noise = pencil->noise;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPencilCreateValues(KarPencil pencil, Vec *values)
{
  PetscFunctionBegin;
  PetscCall(KarFFTCreateCoordinates(pencil->line, values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Component by component. */
static PetscErrorCode Multiply(KarPencil p, PetscBool transpose, Vec in, Vec out)
{
  const PetscScalar *from;
  PetscScalar       *to, *a;
  PetscInt           local;

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(p->one[0], &local));
  for (PetscInt c = 0; c < p->dof; c++) {
    PetscCall(VecGetArrayRead(in, &from));
    PetscCall(VecGetArrayWrite(p->one[0], &a));
    for (PetscInt i = 0; i < local; i++)
      a[i] = from[i * p->dof + c] - (transpose && p->shift ? p->shift[i * p->dof + c] : 0);
    PetscCall(VecRestoreArrayWrite(p->one[0], &a));
    PetscCall(VecRestoreArrayRead(in, &from));
    if (transpose) PetscCall(MatMultTranspose(p->V, p->one[0], p->one[1]));
    else PetscCall(MatMult(p->B, p->one[0], p->one[1]));
    PetscCall(VecGetArray(out, &to));
    PetscCall(VecGetArray(p->one[1], &a));
    for (PetscInt i = 0; i < local; i++)
      to[i * p->dof + c] = a[i] + (!transpose && p->shift ? p->shift[i * p->dof + c] : 0);
    PetscCall(VecRestoreArray(p->one[1], &a));
    PetscCall(VecRestoreArray(out, &to));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPencilToCoordinates(KarPencil pencil, Vec u, Vec y)
{
  PetscFunctionBegin;
  PetscCall(Multiply(pencil, PETSC_TRUE, u, y));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPencilToValues(KarPencil pencil, Vec y, Vec u)
{
  PetscFunctionBegin;
  PetscCall(Multiply(pencil, PETSC_FALSE, y, u));
  PetscFunctionReturn(PETSC_SUCCESS);
}
