/* Rows of n = 8 q points: every function of a row from few, tabulated on an eighth of it.  With theta = 2 pi j / n,
   0 <= j <= n/8, the image of a point is pi/2 - theta.  Cosines and sines of 4p and of 4p + 2 keep or change their sign
   there, and for odd kappa
     sum a_kappa cos kappa theta = cos theta E + sin theta F
     sum b_kappa sin kappa theta = cos theta G + sin theta H
     E = sum_p (a_4p+1 + a_4p+3) cos (4p + 2) theta,   F = sum_p (a_4p+1 - a_4p+3) sin (4p + 2) theta,
     G = sum_p (b_4p+1 + b_4p+3) sin (4p + 2) theta,   H = sum_p (b_4p+3 - b_4p+1) cos (4p + 2) theta:
   F and G are the same on the image, E and H change their sign, cos theta and sin theta change places.
   Eighths of a row's products, C channels each:  a_4p for p = 0 ... A - 1,  b_4p for p = 1 ... A - 1,  then for
   p = 0 ... Q - 1  (a_4p+2, E_p, H_p)  and  (b_4p+2, F_p, G_p). */
#include "fnoimpl.h"

PetscInt kar_eighths(const KarAxis *a)
{
  return a->images == 8 ? 3 * a->start[4] - 2 * a->start[2] : 0;
}

PetscErrorCode KarEighthsCreate_Private(KarAxis *a)
{
  const PetscInt A = (a->K + 3) / 4, Q = (a->K + 2) / 4, start[5] = {0, A, 2 * A - 1, 2 * A - 1 + Q, 2 * A - 1 + 2 * Q};
  const PetscReal theta = 2 * PETSC_PI / (PetscReal)a->n;

  PetscFunctionBegin;
  PetscCall(PetscArraycpy(a->start, start, 5));
  PetscCall(PetscMalloc1(a->length * start[4], &a->point));
  PetscCall(PetscMalloc1(a->length * 2, &a->turn));
  for (PetscInt j = 0; j < a->length; j++) {
    float *f = a->point + j * start[4];

    a->turn[2 * j]     = (float)PetscCosReal(theta * (PetscReal)j);
    a->turn[2 * j + 1] = (float)PetscSinReal(theta * (PetscReal)j);
    for (PetscInt p = 0; p < A; p++) {
      f[p] = (float)PetscCosReal(theta * (PetscReal)(4 * p * j % a->n));
      if (p) f[start[1] + p - 1] = (float)PetscSinReal(theta * (PetscReal)(4 * p * j % a->n));
    }
    for (PetscInt p = 0; p < Q; p++) {
      f[start[2] + p] = (float)PetscCosReal(theta * (PetscReal)((4 * p + 2) * j % a->n));
      f[start[3] + p] = (float)PetscSinReal(theta * (PetscReal)((4 * p + 2) * j % a->n));
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Where kappa is, in the numbers of one channel: its cosine's and its sine's, or those of 4p + 2. */
static void place(const KarAxis *a, PetscInt kappa, PetscInt *cosine, PetscInt *sine)
{
  const PetscInt p = kappa / 4, Q = a->start[3] - a->start[2];

  *cosine = kappa % 4 ? a->start[2] + 3 * p : p;
  *sine   = kappa % 4 ? a->start[2] + 3 * (Q + p) : a->start[1] + p - 1;
}

void kar_eighths_from(const KarAxis *a, PetscInt C, const float products[], float z[])
{
  kar_zero(kar_eighths(a) * C, z);
  for (PetscInt kappa = 0; kappa < a->K; kappa++) {
    const float sign = kappa % 4 == 1 ? 1 : -1, *restrict ak = products + a->index[0][kappa] * C,
                *restrict bk = products + a->index[1][kappa] * C;
    PetscInt at[2];

    place(a, kappa, &at[0], &at[1]);
    float *restrict cosine = z + at[0] * C, *restrict sine = z + at[1] * C;
    if (kappa % 2 == 0) {
      kar_copy(C, ak, cosine);
      if (kappa) kar_copy(C, bk, sine);
    } else
      for (PetscInt c = 0; c < C; c++) {
        cosine[C + c] += ak[c];
        cosine[2 * C + c] -= sign * bk[c];
        sine[C + c] += sign * ak[c];
        sine[2 * C + c] += bk[c];
      }
  }
}

void kar_eighths_to(const KarAxis *a, PetscInt C, const float z[], float products[])
{
  for (PetscInt kappa = 0; kappa < a->K; kappa++) {
    const float sign   = kappa % 4 == 1 ? 1 : -1;
    float *restrict ak = products + a->index[0][kappa] * C, *restrict bk = products + a->index[1][kappa] * C;
    PetscInt at[2];

    place(a, kappa, &at[0], &at[1]);
    const float *restrict cosine = z + at[0] * C, *restrict sine = z + at[1] * C;
    if (kappa % 2 == 0) {
      kar_copy(C, cosine, ak);
      if (kappa) kar_copy(C, sine, bk);
    } else
      for (PetscInt c = 0; c < C; c++) {
        ak[c] = cosine[C + c] + sign * sine[C + c];
        bk[c] = sine[2 * C + c] - sign * cosine[2 * C + c];
      }
  }
}

void kar_eighths_evaluate(const KarKernels *k, const KarAxis *a, PetscInt first, PetscInt m, PetscInt C,
                          const float z[], float v[])
{
  k->unfold(m, C, a->start, a->point + first * a->start[4], a->turn + 2 * first, z, v);
}

void kar_eighths_collect(const KarKernels *k, const KarAxis *a, PetscInt first, PetscInt m, PetscInt C, const float v[],
                         float z[], int add, float work[])
{
  const PetscInt *start = a->start, columns = start[4];
  const float    *f = a->point + first * columns;

  k->fold(m, C, a->turn + 2 * first, v, work);
  for (PetscInt t = 0; t < 4; t++) { /* table t: `every` numbers of a channel for each of its functions */
    const PetscInt every = t < 2 ? 1 : 3, N = every * C;

    k->gemm(start[t + 1] - start[t], N, m, f + start[t], 1, columns, work, N, z, N, add);
    work += m * N;
    z += (start[t + 1] - start[t]) * N;
  }
}
