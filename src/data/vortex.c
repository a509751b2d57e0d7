/* 2D Navier-Stokes in vorticity form on one rank, for many small flows:
     d_t w = N(w) - nu k^2 w + f,   N = -u.grad w,   z = u + i v:  z^_k = (k_x + i k_y) w^_k / k^2,
     N^_k = Im[(k_x - i k_y)^2 (z^2)^_k] / 2,   Im[g]_k = (g_k - conj g_-k) / 2i      (Basdevant 1983)
   so that a stage is one complex transform each way, of the kept modes |index| <= n/3 only (Orszag's rule).
   Time: integrating-factor RK4 about the Stokes flow, exact where N = 0:
     y(h/2) = E w + phi f,   E = exp(-nu k^2 h/2),   phi = (1 - E) / (nu k^2). */
#include "flowimpl.h"

#include <fftw3.h>

typedef PetscReal Pair[2]; /* (re, im) */

#define LANES 4 /* rows of z hold a multiple of these */
/* Kernels for the processor at hand. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  #define WIDE __attribute__((target_clones("avx512f", "avx2", "default")))
#else
  #define WIDE
#endif
#if defined(__GNUC__) && !defined(__clang__)
  #define IVDEP _Pragma("GCC ivdep")
#else
  #define IVDEP
#endif

struct _p_KarVortex {
  KarFlow      flow;
  KarFFT       fft;            /* shared; the grid of f and w */
  PetscInt     nx, ny, kx, ky; /* points; kept modes: 0..kx of the half axis, -ky..ky of the other */
  PetscInt     row;            /* pairs from row to row of z: not a power of two, for the sake of caches */
  PetscInt     my, modes;      /* 2 ky + 1; (kx + 1) my */
  PetscReal   *x, *y;          /* wave numbers [kx + 1], [my] */
  PetscReal   *inverse;        /* 1/k^2 [modes]; 0 for k = 0 */
  PetscReal   *ex, *ey;        /* exp(-nu k_i^2 h/2) */
  PetscReal   *w, *sum, *n;    /* state, next state, N: [re | im][modes] */
  PetscInt     forced, *at;    /* modes with forcing */
  PetscReal   *f, *half, *full; /* [forced][2]; phi f for h/2 and h */
  Pair        *z;               /* [nx][row], ny used */
  fftw_plan    along_y[2][2], along_x[2]; /* [direction][rows of k_x >= 0, < 0] */
};

/* One row of N^ from the two rows of (z^2)^: plus at k_x, minus at -k_x.  The modes of k_y >= 0, then those of k_y < 0. */
WIDE static void kar_vortex_gather(PetscInt ny, PetscInt my, PetscReal scale, PetscReal x, const PetscReal *restrict y, const Pair *restrict plus,
                                   const Pair *restrict minus, PetscReal *restrict re, PetscReal *restrict im)
{
  for (PetscInt part = 0; part < 2; part++) {
    const PetscInt from = part ? my / 2 + 1 : 0, to = part ? my : my / 2 + 1, p = part ? ny - my : 0;

    for (PetscInt j = from; j < to; j++) {
      const PetscInt  m = j + p ? ny - p - j : 0;
      const PetscReal a = scale * (x * x - y[j] * y[j]), b = 2 * scale * x * y[j];

      re[j] = a * (plus[j + p][1] + minus[m][1]) - b * (plus[j + p][0] + minus[m][0]);
      im[j] = -a * (plus[j + p][0] - minus[m][0]) - b * (plus[j + p][1] - minus[m][1]);
    }
  }
}

/* The two rows of z^ from one row of w^. */
WIDE static void kar_vortex_scatter(PetscInt ny, PetscInt my, PetscReal x, const PetscReal *restrict y, const PetscReal *restrict inverse,
                                    const PetscReal *restrict re, const PetscReal *restrict im, Pair *plus, Pair *minus)
{
  const PetscInt k = my / 2;

  for (PetscInt part = 0; part < 2; part++) {
    const PetscInt from = part ? k + 1 : 0, to = part ? my : k + 1, p = part ? ny - my : 0;

    IVDEP for (PetscInt j = from; j < to; j++) {
      const PetscInt  m = j + p ? ny - p - j : 0;
      const PetscReal a = x * inverse[j], b = y[j] * inverse[j];

      plus[j + p][0] = a * re[j] - b * im[j];
      plus[j + p][1] = a * im[j] + b * re[j];
      minus[m][0]    = -a * re[j] - b * im[j];
      minus[m][1]    = a * im[j] - b * re[j];
    }
  }
  memset(plus + k + 1, 0, (size_t)(ny - my) * sizeof(Pair));
  memset(minus + k + 1, 0, (size_t)(ny - my) * sizeof(Pair));
}

/* z <- z^2; the greatest x |u| + y |v|.  n is a multiple of LANES. */
WIDE static PetscReal kar_vortex_square(PetscInt n, Pair *restrict z, PetscReal x, PetscReal y)
{
  PetscReal top[LANES] = {0}, all = 0;

  for (PetscInt i = 0; i < n; i += LANES)
    for (int l = 0; l < LANES; l++) {
      const PetscReal u = z[i + l][0], v = z[i + l][1], speed = x * fabs(u) + y * fabs(v);

      top[l]      = speed > top[l] ? speed : top[l];
      z[i + l][0] = u * u - v * v;
      z[i + l][1] = 2 * u * v;
    }
  for (int l = 0; l < LANES; l++) all = top[l] > all || top[l] != top[l] ? top[l] : all;
  return all;
}

/* One stage, mode by mode: sum += b N with its factor, next = the argument of the next stage; see KarVortexStep(). */
WIDE static void kar_vortex_stage(int stage, PetscInt my, PetscReal h, PetscReal ex, const PetscReal *restrict ey, const PetscReal *restrict w,
                             const PetscReal *restrict n, PetscReal *restrict sum, PetscReal *restrict next)
{
  for (PetscInt j = 0; j < my; j++) {
    const PetscReal e = ex * ey[j];

    switch (stage) {
    case 0:
      sum[j]  = e * e * (w[j] + h / 6 * n[j]);
      next[j] = e * (w[j] + h / 2 * n[j]);
      break;
    case 1:
      sum[j] += h / 3 * e * n[j];
      next[j] = e * w[j] + h / 2 * n[j];
      break;
    case 2:
      sum[j] += h / 3 * e * n[j];
      next[j] = e * (e * w[j] + h * n[j]);
      break;
    default:
      next[j] = sum[j] + h / 6 * n[j];
    }
  }
}

/* z^ of a state, then z. */
static void ToSpace(KarVortex v, const PetscReal state[])
{
  const PetscInt ny = v->ny, my = v->my;

  for (PetscInt i = v->kx; i >= 0; i--)
    kar_vortex_scatter(ny, my, v->x[i], v->y, v->inverse + i * my, state + i * my, state + v->modes + i * my, v->z + i * v->row,
                       v->z + (i ? v->nx - i : 0) * v->row);
  memset(v->z + (v->kx + 1) * v->row, 0, (size_t)((v->nx - 2 * v->kx - 1) * v->row) * sizeof(Pair));
  fftw_execute(v->along_y[0][0]);
  fftw_execute(v->along_y[0][1]);
  fftw_execute(v->along_x[0]);
}

/* n <- N(state); the greatest k_max . |u|. */
static PetscReal Advection(KarVortex v, const PetscReal state[])
{
  const PetscInt  ny = v->ny, my = v->my;
  const PetscReal scale = 0.25 / (PetscReal)(v->nx * ny);
  PetscReal       top;

  if (!v->flow.advection) return 0;
  ToSpace(v, state);
  top = kar_vortex_square(v->nx * v->row, v->z, v->x[v->kx], v->y[v->ky]);
  fftw_execute(v->along_x[1]);
  fftw_execute(v->along_y[1][0]);
  fftw_execute(v->along_y[1][1]);
  for (PetscInt i = 0; i <= v->kx; i++)
    kar_vortex_gather(ny, my, scale, v->x[i], v->y, v->z + i * v->row, v->z + (i ? v->nx - i : 0) * v->row, v->n + i * my, v->n + v->modes + i * my);
  return top;
}

static void Stage(KarVortex v, int stage, PetscReal h, PetscReal next[])
{
  const PetscReal *kick = stage == 0 || stage == 1 ? v->half : v->full;

  for (PetscInt part = 0; part < 2; part++)
    for (PetscInt i = 0; i <= v->kx; i++) {
      const PetscInt o = part * v->modes + i * v->my;

      kar_vortex_stage(stage, v->my, h, v->ex[i], v->ey, v->w + o, v->n + o, v->sum + o, next + o);
    }
  for (PetscInt m = 0; m < v->forced; m++) {
    next[v->at[m]] += kick[2 * m];
    next[v->modes + v->at[m]] += kick[2 * m + 1];
  }
}

static void SetFactors(KarVortex v, PetscReal h)
{
  const PetscReal nu = v->flow.nu;

  for (PetscInt i = 0; i <= v->kx; i++) v->ex[i] = PetscExpReal(-nu * v->x[i] * v->x[i] * h / 2);
  for (PetscInt j = 0; j < v->my; j++) v->ey[j] = PetscExpReal(-nu * v->y[j] * v->y[j] * h / 2);
  for (PetscInt m = 0; m < v->forced; m++) {
    const PetscReal rate = nu / v->inverse[v->at[m]];
    const PetscReal half = kar_flow_phi(rate, h / 2), full = kar_flow_phi(rate, h);

    for (PetscInt c = 2 * m; c < 2 * m + 2; c++) v->half[c] = half * v->f[c], v->full[c] = full * v->f[c];
  }
}

/* Integrating-factor RK4.  n holds N(w) on entry and on exit; y is the argument of the next stage. */
static PetscReal Step(KarVortex v, PetscReal h, PetscReal y[])
{
  SetFactors(v, h);
  Stage(v, 0, h, y);
  (void)Advection(v, y);
  Stage(v, 1, h, y);
  (void)Advection(v, y);
  Stage(v, 2, h, y);
  (void)Advection(v, y);
  Stage(v, 3, h, v->w);
  return Advection(v, v->w);
}

/* Coordinates to the kept modes and back; the transposed half spectrum is [k_x][k_y]. */
static void Pack(KarVortex v, const PetscScalar x[], PetscReal state[])
{
  for (PetscInt i = 0; i <= v->kx; i++)
    for (PetscInt j = 0; j < v->my; j++) {
      const PetscInt  from = i * v->ny + (j <= v->ky ? j : j + v->ny - v->my), to = i * v->my + j;
      const PetscReal s = i ? 1 / PETSC_SQRT2 : 1;

      state[to]            = i || j ? s * x[2 * from] : 0;
      state[v->modes + to] = i || j ? s * x[2 * from + 1] : 0;
    }
}

static void Unpack(KarVortex v, const PetscReal state[], PetscScalar x[])
{
  for (PetscInt i = 0; i <= v->kx; i++)
    for (PetscInt j = 0; j < v->my; j++) {
      const PetscInt  to = i * v->ny + (j <= v->ky ? j : j + v->ny - v->my), from = i * v->my + j;
      const PetscReal s = i ? PETSC_SQRT2 : 1;

      x[2 * to]     = s * state[from];
      x[2 * to + 1] = s * state[v->modes + from];
    }
}

static void SetForcing(KarVortex v, const PetscReal f[])
{
  v->forced = 0;
  for (PetscInt m = 1; m < v->modes; m++) {
    if (f[m] == 0 && f[v->modes + m] == 0) continue;
    v->at[v->forced]           = m;
    v->f[2 * v->forced]        = f[m];
    v->f[2 * v->forced++ + 1] = f[v->modes + m];
  }
}

PetscErrorCode KarVortexSolve(KarVortex v, PetscReal time, Vec f, Vec w, PetscInt *steps)
{
  PetscReal          t = 0, top, *y;
  const PetscScalar *in;
  PetscScalar       *x;
  PetscInt           done = 0;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(2 * v->modes, &y));
  PetscCall(VecGetArrayRead(f, &in));
  Pack(v, in, y);
  SetForcing(v, y);
  PetscCall(VecRestoreArrayRead(f, &in));
  PetscCall(VecGetArray(w, &x));
  Pack(v, x, v->w);
  PetscCall(PetscArrayzero(x, 2 * (v->nx / 2 + 1) * v->ny));
  for (top = Advection(v, v->w); t < time; done++) {
    const PetscReal h = kar_flow_step(&v->flow, top, time - t);

    KarCheck(PETSC_COMM_SELF, top < PETSC_INFINITY, PETSC_ERR_FP, "the flow is not finite at time %g: use a smaller -ns_cfl or -ns_dt", (double)t);
    top = Step(v, h, y);
    t   = h >= time - t ? time : t + h;
  }
  Unpack(v, v->w, x);
  PetscCall(VecRestoreArray(w, &x));
  PetscCall(PetscFree(y));
  if (steps) *steps = done;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUpPlans(KarVortex v)
{
  const int      ny = (int)v->ny, nx = (int)v->nx, row = (int)v->row, rows[2] = {(int)v->kx + 1, (int)v->kx};
  fftw_complex  *z[2] = {(fftw_complex *)v->z, (fftw_complex *)(v->z + (v->nx - v->kx) * v->row)};

  PetscFunctionBegin;
  for (int way = 0; way < 2; way++) {
    const int sign = way ? FFTW_FORWARD : FFTW_BACKWARD;

    for (int part = 0; part < 2; part++) v->along_y[way][part] = fftw_plan_many_dft(1, &ny, rows[part], z[part], NULL, 1, row, z[part], NULL, 1, row, sign, FFTW_ESTIMATE);
    v->along_x[way] = fftw_plan_many_dft(1, &nx, ny, z[0], NULL, row, 1, z[0], NULL, row, 1, sign, FFTW_ESTIMATE);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarVortexCreate(KarFFT fft, const KarFlow *flow, KarVortex *out)
{
  const KarModes *m;
  KarVortex       v;

  PetscFunctionBegin;
  PetscCall(PetscNew(&v));
  PetscCall(KarFFTReference(fft));
  PetscCall(KarFFTGetModes(fft, &m));
  v->fft = fft, v->flow = *flow;
  v->ny = m->n[0], v->nx = m->n[1], v->ky = v->ny / 3, v->kx = v->nx / 3;
  v->row = ((v->ny + LANES - 1) / LANES | 1) * LANES;
  v->my = 2 * v->ky + 1, v->modes = (v->kx + 1) * v->my;
  PetscCall(PetscMalloc5(v->kx + 1, &v->x, v->my, &v->y, v->modes, &v->inverse, v->kx + 1, &v->ex, v->my, &v->ey));
  PetscCall(PetscMalloc3(2 * v->modes, &v->w, 2 * v->modes, &v->sum, 2 * v->modes, &v->n));
  PetscCall(PetscMalloc4(v->modes, &v->at, 2 * v->modes, &v->f, 2 * v->modes, &v->half, 2 * v->modes, &v->full));
  PetscCall(PetscArrayzero(v->n, 2 * v->modes));
  for (PetscInt i = 0; i <= v->kx; i++) v->x[i] = m->k[1][i];
  for (PetscInt j = 0; j < v->my; j++) v->y[j] = m->k[0][j <= v->ky ? j : j + v->ny - v->my];
  for (PetscInt i = 0; i < v->modes; i++) v->inverse[i] = i ? 1 / (PetscSqr(v->x[i / v->my]) + PetscSqr(v->y[i % v->my])) : 0;
  v->z = (Pair *)fftw_alloc_complex((size_t)(v->nx * v->row));
  memset(v->z, 0, (size_t)(v->nx * v->row) * sizeof(Pair));
  PetscCall(SetUpPlans(v));
  *out = v;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarVortexDestroy(KarVortex *vortex)
{
  KarVortex v = *vortex;

  PetscFunctionBegin;
  if (!v) PetscFunctionReturn(PETSC_SUCCESS);
  for (int way = 0; way < 2; way++) {
    fftw_destroy_plan(v->along_y[way][0]);
    fftw_destroy_plan(v->along_y[way][1]);
    fftw_destroy_plan(v->along_x[way]);
  }
  fftw_free(v->z);
  PetscCall(PetscFree5(v->x, v->y, v->inverse, v->ex, v->ey));
  PetscCall(PetscFree3(v->w, v->sum, v->n));
  PetscCall(PetscFree4(v->at, v->f, v->half, v->full));
  PetscCall(KarFFTDestroy(&v->fft));
  PetscCall(PetscFree(*vortex));
  PetscFunctionReturn(PETSC_SUCCESS);
}
