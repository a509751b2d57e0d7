/* The spectral weights of a layer: products with the retained modes, forward and backward. */
#include "fnoimpl.h"

/* R of one mode as [X][2][W]: in place when nothing has to be padded. */
static const float *matrix(KarFNO fno, const KarFNOSpectral *of, PetscInt m, float *scratch)
{
  const PetscInt w = fno->arch.config.width, W = fno->arch.W, C = of->channels, X = kar_lanes(C);
  const float   *r = of->R + m * 2 * C * w;

  if (w == W && C == X) return r;
  kar_zero(2 * X * W, scratch);
  for (PetscInt i = 0; i < 2 * C; i++) kar_copy(w, r + i * w, scratch + i * W);
  return scratch;
}

/* Modes [first, end) by one thread: (u_r, u_i) [R_r | R_i] = (a, b), (c, d): y = (a - d, b + c) */
static void mix(KarFNO fno, const KarFNOThread *with, const KarFNOSpectral *of, PetscInt batch, PetscInt first,
                PetscInt end, const float u[], float y[])
{
  const PetscInt W = fno->arch.W, X = kar_lanes(of->channels);

  for (PetscInt m = first; m < end; m++) {
    const float *um = u + m * batch * 2 * X, *ts = with->B;
    float       *ym = y + m * batch * 2 * W;

    fno->books.kernels->gemm(2 * batch, 2 * W, X, um, X, 1, matrix(fno, of, fno->exchange.owned[m], with->A), 2 * W,
                             with->B, 2 * W, 0);
    for (PetscInt s = 0; s < batch; s++, ts += 4 * W, ym += 2 * W)
      for (PetscInt c = 0; c < W; c++) {
        ym[c]     = ts[c] - ts[3 * W + c];
        ym[W + c] = ts[W + c] + ts[2 * W + c];
      }
  }
}

void kar_fno_mix(KarFNO fno, const KarFNOSpectral *of, PetscInt batch, const float u[], float y[])
{
#pragma omp parallel for num_threads(fno->books.threads) schedule(static, 1)
  for (int t = 0; t < fno->books.threads; t++) {
    PetscInt first, end;

    kar_part(fno->exchange.n, t, fno->books.threads, &first, &end);
    mix(fno, &fno->books.thread[t], of, batch, first, end, u, y);
  }
}

/* r = (g_r R_r^T + g_i R_i^T, g_i R_r^T - g_r R_i^T) of one mode, by R^T: [co][ci][2] -> rows co, columns (R_r^T |
   R_i^T); X channels come in */
static void back(KarFNO fno, const KarFNOThread *with, PetscInt X, PetscInt batch, const float *R, const float *g,
                 float *r)
{
  const KarKernels *k = fno->books.kernels;
  const PetscInt    W = fno->arch.W, row = 2 * X;
  const float      *ts = with->B;

  k->transpose(X, W, R, 2 * W, with->D, row);
  k->transpose(X, W, R + W, 2 * W, with->D + X, row);
  k->gemm(2 * batch, row, W, g, W, 1, with->D, row, with->B, row, 0);
  for (PetscInt s = 0; s < batch; s++, ts += 2 * row, r += row)
    for (PetscInt c = 0; c < X; c++) {
      r[c]     = ts[c] + ts[3 * X + c];
      r[X + c] = ts[2 * X + c] - ts[X + c];
    }
}

/* dR += weight (u_r^T (g_r | g_i) + u_i^T (g_i | -g_r)) of one mode */
static void outer(KarFNO fno, const KarFNOThread *with, PetscInt C, PetscInt batch, float weight, const float *u,
                  const float *g, float *grad)
{
  const PetscInt w = fno->arch.config.width, W = fno->arch.W, X = kar_lanes(C), row = 2 * W;
  float         *ts = with->B;

  for (PetscInt s = 0; s < batch; s++, ts += 2 * row, g += row)
    for (PetscInt c = 0; c < W; c++) {
      const float gr = weight * g[c], gi = weight * g[W + c];

      ts[c]     = gr;
      ts[W + c] = ts[2 * W + c] = gi;
      ts[3 * W + c]             = -gr;
    }
  if (w == W) fno->books.kernels->gemm(C, row, 2 * batch, u, 1, X, with->B, row, grad, row, 1);
  else {
    fno->books.kernels->gemm(C, row, 2 * batch, u, 1, X, with->B, row, with->C, row, 0);
    for (PetscInt i = 0; i < 2 * C; i++)
      for (PetscInt c = 0; c < w; c++) grad[i * w + c] += with->C[i * W + c];
  }
}

void kar_fno_mix_adjoint(KarFNO fno, const KarFNOSpectral *of, PetscInt batch, const float u[], const float g[],
                         float r[])
{
  const PetscInt w = fno->arch.config.width, C = of->channels, X = kar_lanes(C), in = batch * 2 * X,
                 out = batch * 2 * fno->arch.W;

#pragma omp parallel for num_threads(fno->books.threads) schedule(static, 1)
  for (int t = 0; t < fno->books.threads; t++) {
    const KarFNOThread *with = &fno->books.thread[t];
    PetscInt            first, end;

    kar_part(fno->exchange.n, t, fno->books.threads, &first, &end);
    for (PetscInt m = first; m < end; m++) {
      const PetscInt mode = fno->exchange.owned[m];

      back(fno, with, X, batch, matrix(fno, of, mode, with->A), g + m * out, r + m * in);
      if (of->dR)
        outer(fno, with, C, batch, (float)(fno->arch.total * fno->arch.modes[mode].w), u + m * in, g + m * out,
              of->dR + mode * 2 * C * w);
    }
  }
}

void kar_fno_modulate(KarFNO fno, PetscInt batch, PetscInt stride, const float mod[], float dmod[], const float y[],
                      float a[])
{
  const PetscInt w = fno->arch.config.width, W = fno->arch.W;

  for (PetscInt m = 0; m < fno->exchange.n; m++) {
    const float weight = (float)(fno->arch.total * fno->arch.modes[fno->exchange.owned[m]].w);

    for (PetscInt s = 0; s < batch; s++, a += 2 * W, y += 2 * W) {
      const float *scale  = mod + s * stride;
      float       *dscale = dmod + s * stride;

      for (PetscInt c = 0; c < w; c++) {
        dscale[c] += weight * (y[c] * a[c] + y[W + c] * a[W + c]);
        a[c] *= 1 + scale[c];
        a[W + c] *= 1 + scale[c];
      }
    }
  }
}
