/* Places of which some have known values v. Of the others u, with C = c(x_i, x_j) + n 1 and noise that has the data's
   covariance:
     K = C_ug C_gg^-1,   A = C_uu - K C_gu = E diag(e) E^T,   u = K v + A^(1/2) y,   A^(1/2) = E diag(e^(1/2)) E^T,
   y ~ N(0, 1) where the data are Gaussian. The root is the symmetric one: y_i belongs to place i, and places have no
   order. Eigenvalues below 1e-10 of the largest are rounding: they count as that much. */
#include "pencilimpl.h"

#include <petscblaslapack.h>

#define LEAST 1e-10

#define syevd_ PETSCBLAS(syevd, SYEVD)
PETSC_EXTERN void syevd_(const char *, const char *, const PetscBLASInt *, PetscReal *, const PetscBLASInt *,
                         PetscReal *, PetscReal *, const PetscBLASInt *, PetscBLASInt *, const PetscBLASInt *,
                         PetscBLASInt *);

/* Rank 0: the rows of C[m + g][m + g] become K[m][g] and A[m][m]. */
static PetscErrorCode Condition(PetscInt m, PetscInt g, const PetscReal C[], PetscReal K[], PetscReal A[],
                                PetscBLASInt *wrong)
{
  const PetscInt     all = m + g;
  const PetscBLASInt n = (PetscBLASInt)g, many = (PetscBLASInt)m, ld = (PetscBLASInt)all;
  const PetscReal    one = 1, less = -1;
  PetscReal         *G;

  PetscFunctionBegin;
  *wrong = 0;
  for (PetscInt i = 0; i < m; i++) PetscCall(PetscArraycpy(A + i * m, C + i * all, m));
  if (!g) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscMalloc1(g * g, &G));
  for (PetscInt i = 0; i < g; i++) PetscCall(PetscArraycpy(G + i * g, C + (m + i) * all + m, g));
  for (PetscInt i = 0; i < m; i++) PetscCall(PetscArraycpy(K + i * g, C + i * all + m, g));
  LAPACKpotrf_("L", &n, G, &n, wrong);
  if (!*wrong) LAPACKpotrs_("L", &n, &many, G, &n, K, &n, wrong);
  /* in LAPACK's order K is its transpose [g][m]: A -= C_ug K */
  BLASgemm_("T", "N", &many, &many, &n, &less, C + m, &ld, K, &n, &one, A, &many);
  PetscCall(PetscFree(G));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Rank 0: A becomes its root B, and V the root's inverse. */
static PetscErrorCode Root(PetscInt m, PetscReal A[], PetscReal V[], PetscBLASInt *wrong)
{
  const PetscBLASInt n = (PetscBLASInt)m, ask = -1;
  const PetscReal    one = 1, zero = 0;
  PetscBLASInt       lwork, liwork, *iwork, whole;
  PetscReal         *work, *e, *E, *B, size;

  PetscFunctionBegin;
  PetscCall(PetscMalloc3(m, &e, m * m, &E, m * m, &B));
  syevd_("V", "U", &n, A, &n, e, &size, &ask, &whole, &ask, wrong);
  lwork = (PetscBLASInt)size, liwork = whole;
  PetscCall(PetscMalloc2(lwork, &work, liwork, &iwork));
  syevd_("V", "U", &n, A, &n, e, work, &lwork, iwork, &liwork, wrong);
  PetscCall(PetscFree2(work, iwork));
  for (PetscInt way = 0; way < 2; way++) { /* column j of A, a row of memory, is eigenvector j */
    for (PetscInt j = 0; j < m; j++) {
      const PetscReal root = PetscSqrtReal(PetscMax(e[j], LEAST * e[m - 1])), scale = way ? root : 1 / root;

      for (PetscInt i = 0; i < m; i++) E[j * m + i] = scale * A[j * m + i];
    }
    BLASgemm_("N", "T", &n, &n, &n, &one, A, &n, E, &n, &zero, way ? B : V, &n);
  }
  PetscCall(PetscArraycpy(A, B, m * m));
  PetscCall(PetscFree3(e, E, B));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Of rows c[local][m + g] of all places: V, B and K of the first m, whose rows are dealt as `mine` of each rank. */
static PetscErrorCode Decompose(KarPencil p, PetscInt local, const PetscReal c[], PetscInt mine)
{
  const PetscInt m = p->m, g = p->given;
  PetscReal     *C, *A = NULL, *V = NULL, *K = NULL;
  PetscBLASInt   wrong[2] = {0, 0};

  PetscFunctionBegin;
  PetscCall(KarPencilGather(p->comm, m + g, local, c, &C));
  if (C) {
    PetscCall(PetscMalloc3(m * m, &A, m * m, &V, m * PetscMax(g, 1), &K));
    PetscCall(Condition(m, g, C, K, A, &wrong[0]));
    if (!wrong[0]) PetscCall(Root(m, A, V, &wrong[1]));
  }
  PetscCallMPI(MPI_Bcast(wrong, 2, MPI_INT, 0, p->comm));
  KarCheck(p->comm, !wrong[0], PETSC_ERR_USER_INPUT,
           "the values given at %" PetscInt_FMT " places determine one another to rounding (number %d those before "
           "it): give fewer, farther apart",
           g, (int)wrong[0] - 1);
  KarCheck(p->comm, !wrong[1], PETSC_ERR_LIB, "LAPACK's syevd finds no eigenvalues of the covariance at the places");
  PetscCall(KarPencilScatter(p->comm, m, m, mine, V, &p->V));
  PetscCall(KarPencilScatter(p->comm, m, m, mine, A, &p->B));
  if (g) PetscCall(KarPencilScatter(p->comm, m, g, mine, K, &p->K));
  if (C) PetscCall(PetscFree3(A, V, K));
  PetscCall(PetscFree(C));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPencilCreateGiven(KarCov data, PetscReal nugget, PetscInt m, PetscInt given, const PetscReal x[],
                                    KarPencil *out)
{
  PetscInt    local, block, start, mine;
  PetscReal  *c;
  PetscMPIInt rank, ranks;
  KarFFT      fft;
  KarGrid     grid;
  KarGridInfo g;
  KarPencil   p;

  PetscFunctionBegin;
  PetscCall(KarCovGetFFT(data, &fft));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &g));
  PetscCall(KarPencilCheck(g.comm, &g, m + given, x));
  KarCheck(g.comm, m > 1, PETSC_ERR_ARG_OUTOFRANGE, "%" PetscInt_FMT " places without a value: give 2 at least", m);
  PetscCallMPI(MPI_Comm_rank(g.comm, &rank));
  PetscCallMPI(MPI_Comm_size(g.comm, &ranks));
  PetscCall(PetscNew(&p));
  p->comm = g.comm, p->m = m, p->dof = g.dof, p->given = given;
  PetscCall(PetscMalloc1(m, &p->mu));
  for (PetscInt i = 0; i < m; i++) p->mu[i] = 1;
  block = (m + ranks - 1) / ranks, start = PetscMin(rank * block, m), mine = PetscMin(block, m - start);
  PetscCall(KarCovAtPlaces(data, m + given, x, &local, &c));
  block = (m + given + ranks - 1) / ranks, start = PetscMin(rank * block, m + given);
  for (PetscInt i = 0; i < local; i++) c[i * (m + given) + start + i] += nugget;
  PetscCall(Decompose(p, local, c, mine));
  PetscCall(PetscFree(c));
  PetscCall(PetscCalloc1(mine * g.dof, &p->shift));
  PetscCall(KarPencilCreateLine(p));
  for (int i = 0; i < 2; i++) PetscCall(VecCreateMPI(p->comm, mine, m, &p->one[i]));
  *out = p;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPencilSetGiven(KarPencil p, const PetscReal v[])
{
  const PetscReal *K;
  PetscInt         local, stride;

  PetscFunctionBegin;
  KarCheck(p->comm, p->K, PETSC_ERR_ORDER, "the pencil has no places with values: KarPencilCreateGiven()");
  PetscCall(VecGetLocalSize(p->one[0], &local));
  PetscCall(MatDenseGetLDA(p->K, &stride));
  PetscCall(MatDenseGetArrayRead(p->K, &K));
  PetscCall(PetscArrayzero(p->shift, local * p->dof));
  for (PetscInt j = 0; j < p->given; j++)
    for (PetscInt i = 0; i < local; i++)
      for (PetscInt c = 0; c < p->dof; c++) p->shift[i * p->dof + c] += K[j * stride + i] * v[j * p->dof + c];
  PetscCall(MatDenseRestoreArrayRead(p->K, &K));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPencilGetShift(KarPencil p, PetscInt *local, const PetscReal *shift[])
{
  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(p->one[0], local));
  *shift = p->shift;
  PetscFunctionReturn(PETSC_SUCCESS);
}
