/* A model of values at places whose network is zero: its draws are C_ug C_gg^-1 v + A^(1/2) y with the covariance A
   of the unknown values given the known ones, from matrices of their own; its denoiser is a y/V. Whatever the network,
   the answer at a place does not depend on the order of the places, and the gradient of
   the loss is its derivative.
   ranks: 1 3 */
#include "claim.h"

#include <math.h>
#include <petscblaslapack.h>

enum { M = 26, GIVEN = 7 };

static void Place(PetscInt i, PetscReal x[2])
{
  x[0] = fmod(0.1 + (PetscReal)i * 0.7548776662466927, 1);
  x[1] = 1.3 * fmod(0.2 + (PetscReal)i * 0.5698402909980532, 1);
}

static PetscReal Number(PetscInt i)
{
  return 2 * fmod(0.37 + (PetscReal)i * 0.7548776662466927, 1) - 1;
}

static PetscErrorCode Create(KarBasis basis, KarCov *data, KarPlaced *model)
{
  const PetscInt  n[2]      = {16, 16};
  const PetscReal length[2] = {1, 1.3}, mean = 0.4;
  KarFFT          fft;
  KarGrid         grid;
  KarNet          net;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_WORLD, &grid));
  PetscCall(KarGridSetSizes(grid, 2, n, length));
  PetscCall(KarGridSetBasis(grid, basis));
  PetscCall(KarFFTCreate(grid, &fft));
  PetscCall(KarGridDestroy(&grid));
  PetscCall(KarCovCreate(fft, data));
  PetscCall(KarCovSetType(*data, KARCOVMATERN));
  PetscCall(KarCovSetParameter(*data, "alpha", 2.5));
  PetscCall(KarCovSetParameter(*data, "tau", 9));
  PetscCall(KarCovSetVariance(*data, 1));
  PetscCall(KarPlacedCreate(*data, 0.01, &mean, model));
  PetscCall(KarPlacedGetNet(*model, &net));
  PetscCall(KarNetSetParameter(net, "width", 16));
  PetscCall(KarNetSetParameter(net, "depth", 2));
  PetscCall(KarNetSetParameter(net, "heads", 2));
  PetscCall(KarNetSetParameter(net, "hidden", 16));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Places in an order: place j of it is number order[j]; the known ones are the last GIVEN numbers. */
static PetscErrorCode CreateSet(KarPlaced model, const PetscInt order[], KarPlacedSet *set)
{
  PetscReal x[2 * M], v[GIVEN];

  PetscFunctionBegin;
  for (PetscInt j = 0; j < M; j++) Place(order ? order[j] : j, x + 2 * j);
  for (PetscInt j = 0; j < GIVEN; j++) v[j] = 0.4 + Number(order ? order[M - GIVEN + j] : M - GIVEN + j);
  PetscCall(KarPlacedSetCreate(model, M - GIVEN, GIVEN, x, set));
  PetscCall(KarPlacedSetGive(*set, v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetVec(Vec v, const PetscReal all[])
{
  PetscScalar *a;
  PetscInt     first, last;

  PetscFunctionBegin;
  PetscCall(VecGetOwnershipRange(v, &first, &last));
  PetscCall(VecGetArrayWrite(v, &a));
  for (PetscInt i = first; i < last; i++) a[i - first] = all[i];
  PetscCall(VecRestoreArrayWrite(v, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode GetVec(Vec v, PetscReal all[])
{
  const PetscScalar *a;
  PetscInt           first, last, n;

  PetscFunctionBegin;
  PetscCall(VecGetSize(v, &n));
  PetscCall(PetscArrayzero(all, n));
  PetscCall(VecGetOwnershipRange(v, &first, &last));
  PetscCall(VecGetArrayRead(v, &a));
  for (PetscInt i = first; i < last; i++) all[i] = a[i - first];
  PetscCall(VecRestoreArrayRead(v, &a));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, all, (PetscMPIInt)n, MPIU_REAL, MPIU_SUM, PETSC_COMM_WORLD));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All rows of the matrix on every rank. */
static PetscErrorCode Matrix(KarCov cov, const PetscReal x[], PetscReal C[])
{
  PetscReal  *rows;
  PetscInt    local, block = 0;
  PetscMPIInt rank, ranks;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &ranks));
  PetscCall(KarCovAtPlaces(cov, M, x, &local, &rows));
  block = (M + ranks - 1) / ranks;
  PetscCall(PetscArrayzero(C, M * M));
  PetscCall(PetscArraycpy(C + PetscMin(rank * block, M) * M, rows, local * M));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, C, M * M, MPIU_REAL, MPIU_SUM, PETSC_COMM_WORLD));
  PetscCall(PetscFree(rows));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* B B^T + K C_gu = C_uu and K v, column by column through the model. */
static PetscErrorCode Kriging(KarBasis basis)
{
  enum { U = M - GIVEN };
  const PetscBLASInt n = GIVEN, many = U;
  PetscBLASInt       wrong, pivot[GIVEN];
  PetscReal          x[2 * M], C[M * M], G[GIVEN * GIVEN], K[U * GIVEN], B[U][U], shift[U], y[U], far[2] = {0, 0};
  KarCov             data;
  KarPlaced          model;
  KarPlacedSet       set;
  KarPencil          pencil;
  Vec                v, u;

  PetscFunctionBegin;
  PetscCall(Create(basis, &data, &model));
  PetscCall(CreateSet(model, NULL, &set));
  for (PetscInt i = 0; i < M; i++) Place(i, x + 2 * i);
  PetscCall(Matrix(data, x, C));
  for (PetscInt i = 0; i < M; i++) C[i * M + i] += 0.01;
  for (PetscInt i = 0; i < GIVEN; i++) PetscCall(PetscArraycpy(G + i * GIVEN, C + (U + i) * M + U, GIVEN));
  for (PetscInt i = 0; i < U; i++) PetscCall(PetscArraycpy(K + i * GIVEN, C + i * M + U, GIVEN));
  LAPACKgesv_(&n, &many, G, &n, pivot, K, &n, &wrong);
  PetscCall(KarPlacedSetGet(set, &pencil, NULL));
  PetscCall(KarPencilCreateValues(pencil, &v));
  PetscCall(VecDuplicate(v, &u));
  for (PetscInt j = -1; j < U; j++) {
    for (PetscInt i = 0; i < U; i++) y[i] = i == j;
    PetscCall(SetVec(v, y));
    PetscCall(KarPlacedSetToValues(set, v, u));
    PetscCall(GetVec(u, j < 0 ? shift : B[j]));
    for (PetscInt i = 0; j >= 0 && i < U; i++) B[j][i] -= shift[i];
  }
  for (PetscInt i = 0; i < U; i++) {
    PetscReal krig = 0.4;

    for (PetscInt q = 0; q < GIVEN; q++) krig += K[i * GIVEN + q] * Number(U + q);
    far[0] = PetscMax(far[0], PetscAbsReal(krig - shift[i]));
    for (PetscInt k = 0; k < U; k++) {
      PetscReal sum = 0;

      for (PetscInt j = 0; j < U; j++) sum += B[j][i] * B[j][k];
      for (PetscInt q = 0; q < GIVEN; q++) sum += K[i * GIVEN + q] * C[(U + q) * M + k];
      far[1] = PetscMax(far[1], PetscAbsReal(sum - C[i * M + k]));
    }
  }
  Claim(far[0] < 1e-9 && far[1] < 1e-9, "%s: off kriging by %g, off its covariance by %g", KarBases[basis],
        (double)far[0], (double)far[1]);
  PetscCall(VecDestroy(&v));
  PetscCall(VecDestroy(&u));
  PetscCall(KarPlacedSetDestroy(&set));
  PetscCall(KarPlacedDestroy(&model));
  PetscCall(KarCovDestroy(&data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* d[number of the place] of a network whose weights are w times numbers. */
static PetscErrorCode Denoise(const PetscInt order[], PetscReal w, PetscReal t, PetscReal d[], PetscReal *gain)
{
  PetscReal    y[M - GIVEN], out[M - GIVEN], a, s;
  PetscInt     np;
  float       *p;
  KarCov       data;
  KarPlaced    model;
  KarPlacedSet set;
  KarPencil    pencil;
  KarSDE       sde;
  KarNet       net;
  Vec          v, answer;

  PetscFunctionBegin;
  PetscCall(Create(KAR_BASIS_PERIODIC, &data, &model));
  PetscCall(CreateSet(model, order, &set));
  PetscCall(KarPlacedGetNet(model, &net));
  PetscCall(KarNetGetParameters(net, &np, &p));
  for (PetscInt i = 0; i < np; i++) p[i] = (float)(w * Number(i));
  PetscCall(KarPlacedSetGet(set, &pencil, &sde));
  PetscCall(KarPencilCreateValues(pencil, &v));
  PetscCall(VecDuplicate(v, &answer));
  for (PetscInt i = 0; i < M - GIVEN; i++) y[i] = 2 * Number(50 + (order ? order[i] : i));
  PetscCall(SetVec(v, y));
  PetscCall(KarPlacedApply(set, t, v, answer));
  PetscCall(GetVec(answer, out));
  for (PetscInt i = 0; i < M - GIVEN; i++) d[order ? order[i] : i] = out[i];
  PetscCall(KarSDEGetMarginal(sde, t, &a, &s));
  *gain = a / (a * a + s * s);
  PetscCall(VecDestroy(&v));
  PetscCall(VecDestroy(&answer));
  PetscCall(KarPlacedSetDestroy(&set));
  PetscCall(KarPlacedDestroy(&model));
  PetscCall(KarCovDestroy(&data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Orders(void)
{
  PetscInt  order[M];
  PetscReal d[3][M], gain, far = 0, zero = 0, most = 0;

  PetscFunctionBegin;
  for (PetscInt i = 0; i < M - GIVEN; i++) order[i] = (7 * i + 3) % (M - GIVEN);
  for (PetscInt i = 0; i < GIVEN; i++) order[M - GIVEN + i] = M - GIVEN + (3 * i + 1) % GIVEN;
  PetscCall(Denoise(NULL, 0.4, 0.3, d[0], &gain));
  PetscCall(Denoise(order, 0.4, 0.3, d[1], &gain));
  PetscCall(Denoise(NULL, 0, 0.3, d[2], &gain));
  for (PetscInt i = 0; i < M - GIVEN; i++) {
    far  = PetscMax(far, PetscAbsReal(d[0][i] - d[1][i]));
    zero = PetscMax(zero, PetscAbsReal(d[2][i] - gain * 2 * Number(50 + i)));
    most = PetscMax(most, PetscAbsReal(d[0][i] - d[2][i]));
  }
  Claim(most > 0.05, "the network adds %g at most", (double)most);
  Claim(far < 1e-5, "another order of the places changes the answer by %g", (double)far);
  Claim(zero < 1e-12, "without a network the answer is off a y/V by %g", (double)zero);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Gradient(void)
{
  const PetscReal  step = 1e-3, t[2] = {0.2, 0.5};
  PetscReal        y[2][M - GIVEN], v[2][GIVEN], loss[2], side[2] = {0, 0}, exact = 0, norm = 0;
  const PetscReal *give[2] = {v[0], v[1]};
  PetscInt         np;
  float           *p, *g, *before;
  KarCov           data;
  KarPlaced        model;
  KarPlacedSet     set;
  KarPencil        pencil;
  KarNet           net;
  Vec              y0[2], yt[2];

  PetscFunctionBegin;
  PetscCall(Create(KAR_BASIS_COSINE, &data, &model));
  PetscCall(CreateSet(model, NULL, &set));
  PetscCall(KarPlacedGetNet(model, &net));
  PetscCall(KarNetGetParameters(net, &np, &p));
  PetscCall(KarNetGetGradient(net, NULL, &g));
  PetscCall(PetscMalloc1(np, &before));
  for (PetscInt i = 0; i < np; i++) before[i] = p[i] = (float)(0.4 * Number(i));
  PetscCall(KarPlacedSetGet(set, &pencil, NULL));
  for (int b = 0; b < 2; b++) {
    PetscCall(KarPencilCreateValues(pencil, &y0[b]));
    PetscCall(VecDuplicate(y0[b], &yt[b]));
    for (PetscInt i = 0; i < M - GIVEN; i++) y[b][i] = 2 * Number(90 + 31 * b + i);
    PetscCall(SetVec(y0[b], y[b]));
    for (PetscInt i = 0; i < M - GIVEN; i++) y[b][i] = 2 * Number(190 + 31 * b + i);
    PetscCall(SetVec(yt[b], y[b]));
    for (PetscInt i = 0; i < GIVEN; i++) v[b][i] = Number(7 * b + i);
  }
  PetscCall(KarNetZeroGradient(net));
  PetscCall(KarPlacedLoss(set, 1, 2, t, yt, y0, give, loss));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, g, (PetscMPIInt)np, MPI_FLOAT, MPI_SUM, PETSC_COMM_WORLD));
  for (PetscInt i = 0; i < np; i++) exact += (PetscReal)g[i] * Number(9 + 7 * i), norm += PetscSqr((PetscReal)g[i]);
  for (int e = 0; e < 2; e++) {
    for (PetscInt i = 0; i < np; i++) p[i] = before[i] + (float)((e ? step : -step) * Number(9 + 7 * i));
    PetscCall(KarPlacedLoss(set, 0, 2, t, yt, y0, give, loss));
    side[e] = loss[0] + loss[1];
  }
  Claim(norm > 0 &&
          PetscAbsReal((side[1] - side[0]) / (2 * step) - exact) < 3e-3 * (PetscSqrtReal(norm) + PetscAbsReal(exact)),
        "by differences %g, by the backward pass %g", (double)((side[1] - side[0]) / (2 * step)), (double)exact);
  for (int b = 0; b < 2; b++) {
    PetscCall(VecDestroy(&y0[b]));
    PetscCall(VecDestroy(&yt[b]));
  }
  PetscCall(PetscFree(before));
  PetscCall(KarPlacedSetDestroy(&set));
  PetscCall(KarPlacedDestroy(&model));
  PetscCall(KarCovDestroy(&data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  PetscCall(Kriging(KAR_BASIS_PERIODIC));
  PetscCall(Kriging(KAR_BASIS_COSINE));
  PetscCall(Orders());
  PetscCall(Gradient());
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
