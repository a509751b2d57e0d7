/* Affine maps of many points, by sgemm. w is [out][in], as PyTorch has it. Not collective; cannot fail. */
#pragma once

#include <cblas.h>
#include <petscsys.h>

/* y[n][out] = x[n][in] w^T + b, or, adding, y += x w^T + b; b may be NULL. */
static inline void kar_affine(PetscInt n, PetscInt in, PetscInt out, const float *x, const float *w, const float *b,
                              PetscBool add, float *y)
{
  if (!n) return;
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)n, (int)out, (int)in, 1, x, (int)in, w, (int)in,
              add ? 1 : 0, y, (int)out);
  for (PetscInt i = 0; b && i < n; i++)
    for (PetscInt o = 0; o < out; o++) y[i * out + o] += b[o];
}

/* dx = dy w, or, adding, dx += dy w (dx NULL: none); dw += dy^T x; db += the sum of dy (NULL: none). */
static inline void kar_affine_adjoint(PetscInt n, PetscInt in, PetscInt out, const float *x, const float *w,
                                      const float *dy, PetscBool add, float *dx, float *dw, float *db)
{
  if (!n) return;
  if (dx)
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)n, (int)in, (int)out, 1, dy, (int)out, w, (int)in,
                add ? 1 : 0, dx, (int)in);
  if (dw)
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)out, (int)in, (int)n, 1, dy, (int)out, x, (int)in, 1, dw,
                (int)in);
  for (PetscInt i = 0; db && i < n; i++)
    for (PetscInt o = 0; o < out; o++) db[o] += dy[i * out + o];
}
