/* The spectral weights of a layer: products with the retained modes, forward and backward. */
#include "fnoimpl.h"

/* R of one mode as [W][2][W]: in place when nothing has to be padded. */
static const float *matrix(KarFNO fno, PetscInt l, PetscInt m, float *scratch)
{
  const PetscInt w = fno->arch.config.width, W = fno->arch.W;
  const float   *r = KAR_FNO_AT(fno, p, KAR_SPECTRAL, l) + m * 2 * w * w;

  if (w == W) return r;
  kar_zero(2 * W * W, scratch);
  for (PetscInt i = 0; i < 2 * w; i++) kar_copy(w, r + i * w, scratch + i * W);
  return scratch;
}

/* Modes [first, end) by one thread: (u_r, u_i) [R_r | R_i] = (a, b), (c, d): y = (a - d, b + c) */
static void mix(KarFNO fno, const KarFNOThread *with, PetscInt l, PetscInt batch, PetscInt first, PetscInt end,
                const float u[], float y[])
{
  const PetscInt W = fno->arch.W;

  for (PetscInt m = first; m < end; m++) {
    const float *um = u + m * batch * 2 * W, *ts = with->B;
    float       *ym = y + m * batch * 2 * W;

    fno->books.kernels->gemm(2 * batch, 2 * W, W, um, W, 1, matrix(fno, l, fno->exchange.owned[m], with->A), 2 * W,
                             with->B, 2 * W, 0);
    for (PetscInt s = 0; s < batch; s++, ts += 4 * W, ym += 2 * W)
      for (PetscInt c = 0; c < W; c++) {
        ym[c]     = ts[c] - ts[3 * W + c];
        ym[W + c] = ts[W + c] + ts[2 * W + c];
      }
  }
}

void kar_fno_mix(KarFNO fno, PetscInt l, PetscInt batch, const float u[], float y[])
{
#pragma omp parallel for num_threads(fno->books.threads) schedule(static, 1)
  for (int t = 0; t < fno->books.threads; t++) {
    PetscInt first, end;

    kar_part(fno->exchange.n, t, fno->books.threads, &first, &end);
    mix(fno, &fno->books.thread[t], l, batch, first, end, u, y);
  }
}

/* r = (g_r R_r^T + g_i R_i^T, g_i R_r^T - g_r R_i^T) of one mode, by R^T: [co][ci][2] -> rows co, columns (R_r^T |
   R_i^T) */
static void back(KarFNO fno, const KarFNOThread *with, PetscInt batch, const float *R, const float *g, float *r)
{
  const KarKernels *k = fno->books.kernels;
  const PetscInt    W = fno->arch.W, row = 2 * W;
  const float      *ts = with->B;

  k->transpose(W, W, R, row, with->D, row);
  k->transpose(W, W, R + W, row, with->D + W, row);
  k->gemm(2 * batch, row, W, g, W, 1, with->D, row, with->B, row, 0);
  for (PetscInt s = 0; s < batch; s++, ts += 2 * row, r += row)
    for (PetscInt c = 0; c < W; c++) {
      r[c]     = ts[c] + ts[3 * W + c];
      r[W + c] = ts[2 * W + c] - ts[W + c];
    }
}

/* dR += weight (u_r^T (g_r | g_i) + u_i^T (g_i | -g_r)) of one mode */
static void outer(KarFNO fno, const KarFNOThread *with, PetscInt batch, float weight, const float *u, const float *g,
                  float *grad)
{
  const PetscInt w = fno->arch.config.width, W = fno->arch.W, row = 2 * W;
  float         *ts = with->B;

  for (PetscInt s = 0; s < batch; s++, ts += 2 * row, g += row)
    for (PetscInt c = 0; c < W; c++) {
      const float gr = weight * g[c], gi = weight * g[W + c];

      ts[c]     = gr;
      ts[W + c] = ts[2 * W + c] = gi;
      ts[3 * W + c]             = -gr;
    }
  if (w == W) fno->books.kernels->gemm(W, row, 2 * batch, u, 1, W, with->B, row, grad, row, 1);
  else {
    fno->books.kernels->gemm(W, row, 2 * batch, u, 1, W, with->B, row, with->C, row, 0);
    for (PetscInt i = 0; i < 2 * w; i++)
      for (PetscInt c = 0; c < w; c++) grad[i * w + c] += with->C[i * W + c];
  }
}

void kar_fno_mix_adjoint(KarFNO fno, PetscInt l, PetscInt batch, const float u[], float g[], float r[])
{
  const PetscInt w = fno->arch.config.width, row = batch * 2 * fno->arch.W;
  float         *grad = fno->batch.weights ? KAR_FNO_AT(fno, g, KAR_SPECTRAL, l) : NULL;

#pragma omp parallel for num_threads(fno->books.threads) schedule(static, 1)
  for (int t = 0; t < fno->books.threads; t++) {
    const KarFNOThread *with = &fno->books.thread[t];
    PetscInt            first, end;

    kar_part(fno->exchange.n, t, fno->books.threads, &first, &end);
    for (PetscInt m = first; m < end; m++) {
      const PetscInt of = fno->exchange.owned[m];

      back(fno, with, batch, matrix(fno, l, of, with->A), g + m * row, r + m * row);
      if (grad)
        outer(fno, with, batch, (float)(fno->arch.total * fno->arch.modes[of].w), u + m * row, g + m * row,
              grad + of * 2 * w * w);
    }
  }
}
