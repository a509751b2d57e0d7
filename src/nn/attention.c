/* Attention, some queries at a time against all keys:  e_ij = q_i.k_j/sqrt c + log omega_j,  o_i = sum_j e^(e_ij -
   l_i) v_j,  l_i = log sum_j e^e_ij.
   Backward  p_ij = e^(e_ij - l_i) is made anew:  dv_j = sum_i p_ij g_i,  de_ij = p_ij (g_i.v_j - g_i.o_i),  dq_i =
   sum_j de_ij k_j/sqrt c, and dk alike. */
#include "attentionimpl.h"
#include "nnimpl.h"

#include <cblas.h>
#include <math.h>

enum { QUERIES = 64 };

PetscErrorCode KarAttentionCreate(MPI_Comm comm, PetscInt points, PetscInt channels, PetscInt heads, KarAttention *a)
{
  PetscMPIInt mine = (PetscMPIInt)points;

  PetscFunctionBegin;
  a->comm = comm, a->P = points, a->d = channels, a->H = heads;
  PetscCallMPI(MPI_Comm_size(comm, &a->ranks));
  PetscCall(PetscCalloc2(a->ranks, &a->count, a->ranks + 1, &a->start));
  PetscCallMPI(MPI_Allgather(&mine, 1, MPI_INT, a->count, 1, MPI_INT, comm));
  for (PetscMPIInt r = 0; r < a->ranks; r++) a->start[r + 1] = a->start[r] + a->count[r];
  a->M = a->start[a->ranks];
  PetscCallMPI(MPI_Type_contiguous((PetscMPIInt)channels, MPI_FLOAT, &a->point));
  PetscCallMPI(MPI_Type_commit(&a->point));
  PetscCall(KarFloatsCreate(a->M, &a->logw, NULL));
  PetscCall(KarFloatsCreate(a->M * channels, &a->K, NULL));
  PetscCall(KarFloatsCreate(a->M * channels, &a->V, NULL));
  PetscCall(KarFloatsCreate(QUERIES * a->M, &a->S, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarAttentionDestroy(KarAttention *a)
{
  float *floats[] = {a->logw, a->K, a->V, a->dK, a->dV, a->S, a->D};

  PetscFunctionBegin;
  if (!a->count) PetscFunctionReturn(PETSC_SUCCESS);
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(floats); i++) free(floats[i]);
  PetscCall(PetscFree2(a->count, a->start));
  PetscCallMPI(MPI_Type_free(&a->point));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarAttentionSetWeights(KarAttention *a, const PetscReal omega[])
{
  float    *mine;
  PetscBool good = PETSC_TRUE;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(a->P, &mine));
  for (PetscInt i = 0; i < a->P; i++) {
    if (omega && !(omega[i] > 0)) good = PETSC_FALSE;
    mine[i] = omega ? (float)log(PetscMax(omega[i], PETSC_SMALL)) : 0;
  }
  KarCheckAny(a->comm, good, PETSC_ERR_ARG_OUTOFRANGE,
              "a point of a transformer stands for a part of the box: its weight is positive");
  PetscCallMPI(MPI_Allgatherv(mine, (PetscMPIInt)a->P, MPI_FLOAT, a->logw, a->count, a->start, MPI_FLOAT, a->comm));
  PetscCall(PetscFree(mine));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Gather(KarAttention *a, const float k[], const float v[])
{
  PetscFunctionBegin;
  kar_log_send(2. * sizeof(float) * (double)(a->P * a->d) * (a->ranks - 1));
  PetscCallMPI(MPI_Allgatherv(k, (PetscMPIInt)a->P, a->point, a->K, a->count, a->start, a->point, a->comm));
  PetscCallMPI(MPI_Allgatherv(v, (PetscMPIInt)a->P, a->point, a->V, a->count, a->start, a->point, a->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* S[n][M] = e of n queries of one head, without the weights. */
static void Scores(const KarAttention *a, PetscInt n, PetscInt head, const float *q)
{
  const int c = (int)(a->d / a->H);

  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)n, (int)a->M, c, 1 / sqrtf((float)c), q, (int)a->d,
              a->K + head * c, (int)a->d, 0, a->S, (int)a->M);
}

PetscErrorCode KarAttentionForward(KarAttention *a, const float q[], const float k[], const float v[], float o[],
                                   float lse[])
{
  const KarKernels *kernels = kar_kernels();
  const PetscInt    c       = a->d / a->H;

  PetscFunctionBegin;
  PetscCall(Gather(a, k, v));
  for (PetscInt first = 0; first < a->P; first += QUERIES)
    for (PetscInt h = 0; h < a->H; h++) {
      const PetscInt n = PetscMin(QUERIES, a->P - first);

      Scores(a, n, h, q + first * a->d + h * c);
      for (PetscInt i = 0; i < n; i++) lse[(first + i) * a->H + h] = kernels->softmax(a->M, a->S + i * a->M, a->logw);
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)n, (int)c, (int)a->M, 1, a->S, (int)a->M,
                  a->V + h * c, (int)a->d, 0, o + first * a->d + h * c, (int)a->d);
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One head, n queries. */
static void BackwardBlock(KarAttention *a, PetscInt n, PetscInt h, const float *q, const float *o, const float *lse,
                          const float *g, float *dq)
{
  const int   c = (int)(a->d / a->H), d = (int)a->d, M = (int)a->M;
  const float unit = 1 / sqrtf((float)c);

  Scores(a, n, h, q);
  for (PetscInt i = 0; i < n; i++) kar_kernels()->softmax_again(M, a->S + i * M, a->logw, lse[i * a->H + h]);
  cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, M, c, (int)n, 1, a->S, M, g, d, 1, a->dV + h * c, d);
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)n, M, c, 1, g, d, a->V + h * c, d, 0, a->D, M);
  for (PetscInt i = 0; i < n; i++) {
    float both = 0;

    for (int e = 0; e < c; e++) both += g[i * d + e] * o[i * d + e];
    for (PetscInt j = 0; j < M; j++) a->D[i * M + j] = a->S[i * M + j] * (a->D[i * M + j] - both);
  }
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)n, c, M, unit, a->D, M, a->K + h * c, d, 0, dq, d);
  cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, M, c, (int)n, unit, a->D, M, q, d, 1, a->dK + h * c, d);
}

PetscErrorCode KarAttentionBackward(KarAttention *a, const float q[], const float k[], const float v[], const float o[],
                                    const float lse[], const float grad[], float dq[], float dk[], float dv[])
{
  const PetscInt c = a->d / a->H;
  PetscMPIInt   *count;

  PetscFunctionBegin;
  if (!a->D) {
    PetscCall(KarFloatsCreate(QUERIES * a->M, &a->D, NULL));
    PetscCall(KarFloatsCreate(a->M * a->d, &a->dK, NULL));
    PetscCall(KarFloatsCreate(a->M * a->d, &a->dV, NULL));
  }
  PetscCall(Gather(a, k, v));
  PetscCall(PetscArrayzero(a->dK, a->M * a->d));
  PetscCall(PetscArrayzero(a->dV, a->M * a->d));
  for (PetscInt first = 0; first < a->P; first += QUERIES)
    for (PetscInt h = 0; h < a->H; h++) {
      const PetscInt at = first * a->d + h * c;

      BackwardBlock(a, PetscMin(QUERIES, a->P - first), h, q + at, o + at, lse + first * a->H, grad + at, dq + at);
    }
  PetscCall(PetscMalloc1(a->ranks, &count));
  for (PetscMPIInt r = 0; r < a->ranks; r++) count[r] = a->count[r] * (PetscMPIInt)a->d;
  kar_log_send(2. * sizeof(float) * (double)((a->M - a->P) * a->d));
  PetscCallMPI(MPI_Reduce_scatter(a->dK, dk, count, MPI_FLOAT, MPI_SUM, a->comm));
  PetscCallMPI(MPI_Reduce_scatter(a->dV, dv, count, MPI_FLOAT, MPI_SUM, a->comm));
  PetscCall(PetscFree(count));
  PetscFunctionReturn(PETSC_SUCCESS);
}
