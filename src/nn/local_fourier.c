/* The Fourier part of a layer of stencils (local.c): of the layer's input u, over the whole box,
     F(x) = sum_kappa w_kappa Re (u^_kappa R_kappa) e^{ik.x},   |kappa_a| < K on every axis, kappa_last >= 0,
   u^ the mean of u e^{-ik.x} over the grid's points, w = 1 where kappa_last = 0 and 2 elsewhere, as in the Fourier
   neural operator (nn.h), whose modes, exchange and products with R these are. Ranks sum u^ over their own points; F
   is evaluated on their halo too, so that halos are exchanged of the inputs alone.
   The adjoint, a the same mean of dh over all points where F was evaluated:  dR = N w u^* (s a),
   ds += N w Re F^* a,  du += sum_kappa w_kappa Re (s a R^H) e^{ik.x} on own points.
   Along each axis a transform is a product with the axis' table on the points of the tile, halo included. */
#include "fnoimpl.h"
#include "localimpl.h"

struct _n_KarLocalFourier {
  KarFNO   fno;  /* modes, exchange, products with R; its tensors are none */
  PetscInt M;    /* channels of a layer's input or output, at most */
  PetscInt room; /* samples that there is memory for */
  PetscInt batch;
  PetscInt kept; /* layers whose modes are kept: all, or 1 */
  /* padded inputs of a row; products [nprod][M]; products of the axes but the first, [e0] of them, in 3D; products of
     the last axis, [points of the others][nf][M] */
  float *line, *P, *plane, *z;
  float *uhat, *yhat; /* [kept][own modes][batch][2][M] before and after R */
  float *a, *r;       /* of a layer on the way back */
};

static const KarAxis *Last(const KarLocal *n)
{
  return &n->fourier->fno->arch.axis[n->dim - 1];
}

/* --- Memory ------------------------------------------------------------ */
PetscErrorCode KarLocalFourierCreate(KarLocal *n, const KarGridInfo *info)
{
  const KarLocalTile t = kar_local_whole(n, info);
  KarLocalFourier    f;
  KarFNO             fno;

  PetscFunctionBegin;
  PetscCall(PetscNew(&f));
  PetscCall(PetscNew(&fno));
  fno->arch.info   = *info;
  fno->arch.config = (KarFNOConfig){.dim = n->dim, .width = n->W, .modes = {1, 1, 1}};
  fno->arch.W      = n->W;
  fno->arch.total  = 1;
  for (PetscInt a = 0; a < n->dim; a++) {
    fno->arch.config.modes[a] = (PetscInt)n->modes;
    fno->arch.total *= (PetscReal)info->n[a];
    PetscCall(KarFNOCreateAxis_Private(&fno->arch, a, (a ? 0 : info->start) - t.margin, t.e[a], 1, &fno->arch.axis[a]));
  }
  PetscCall(KarFNOListModes_Private(&fno->arch));
  fno->books.kernels = n->kernels;
  fno->books.threads = 1;
  PetscCall(PetscCalloc1(1, &fno->books.thread));
  PetscCall(KarFNOCreateExchange_Private(fno));
  PetscCall(KarFNOSetExchange(fno, KAR_EXCHANGE_MODES));
  f->fno     = fno;
  f->M       = PetscMax(n->W, kar_lanes(n->C));
  n->fourier = f;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarLocalFourierDestroy(KarLocal *n)
{
  KarLocalFourier f = n->fourier;

  PetscFunctionBegin;
  if (!f) PetscFunctionReturn(PETSC_SUCCESS);
  float *floats[] = {f->line, f->P, f->plane, f->z, f->uhat, f->yhat, f->a, f->r};

  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(floats); i++) free(floats[i]);
  PetscCall(KarFNODestroy(&f->fno));
  PetscCall(PetscFree(n->fourier));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Arrays for such a batch; with `bytes` only what they add to it. */
static PetscErrorCode Arrays(KarLocal *n, const KarLocalTile *t, PetscInt batch, PetscInt kept, PetscBool back,
                             double *bytes)
{
  KarLocalFourier f    = n->fourier;
  KarFNOThread   *with = f->fno->books.thread;
  const PetscInt  M = f->M, nf = Last(n)->nf, own = f->fno->exchange.n,
                 rows  = t->e[0] * t->e[1] * t->e[2] / t->e[n->dim - 1];
  const PetscInt plane = n->dim > 2 ? t->e[0] * f->fno->arch.axis[1].nf * nf : 0;
  struct {
    PetscInt floats;
    float  **array;
  } of[] = {{t->n[n->dim - 1] * M, &f->line},
            {f->fno->arch.nprod * M, &f->P},
            {plane * M, &f->plane},
            {rows * nf * M, &f->z},
            {kept * own * batch * 2 * M, &f->uhat},
            {kept * own * batch * 2 * M, &f->yhat},
            {back ? own * batch * 2 * M : 0, &f->a},
            {back ? own * batch * 2 * M : 0, &f->r},
            {f->fno->arch.nmodes * batch * 2 * M, &f->fno->exchange.all},
            {2 * M * n->W, &with->A},
            {4 * batch * M, &with->B},
            {2 * M * n->W, &with->D}};

  PetscFunctionBegin;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(of); i++)
    PetscCall(KarFloatsCreate(of[i].floats, bytes ? NULL : of[i].array, bytes));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarLocalFourierGetMemory(KarLocal *n, const KarGridInfo *info, PetscInt batch, PetscBool keep,
                                        PetscReal *bytes)
{
  const KarLocalTile t   = kar_local_whole(n, info);
  double             sum = 0;

  PetscFunctionBegin;
  PetscCall(Arrays(n, &t, batch, keep ? n->L : 1, keep, &sum));
  for (PetscInt a = 0; a < n->dim; a++)
    sum += sizeof(float) * (double)(t.e[a] * n->fourier->fno->arch.axis[a].nf); /* the tables */
  *bytes = sum;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarLocalFourierReserve(KarLocal *n, const KarLocalTile *t, PetscInt batch, PetscBool keep)
{
  KarLocalFourier f = n->fourier;

  PetscFunctionBegin;
  f->batch = batch;
  if (batch <= f->room && (!keep || f->kept == n->L)) PetscFunctionReturn(PETSC_SUCCESS);
  f->room = PetscMax(batch, f->room);
  f->kept = keep ? n->L : PetscMax(1, f->kept);
  KarCheckAny(f->fno->arch.info.comm, 2. * (PetscReal)f->fno->arch.nmodes * f->room * f->M < PETSC_MPI_INT_MAX,
              PETSC_ERR_ARG_OUTOFRANGE,
              "a batch of %" PetscInt_FMT " with %" PetscInt_FMT
              " modes is more than one message of MPI holds: use a smaller batch",
              f->room, f->fno->arch.nmodes);
  PetscCall(Arrays(n, t, f->room, f->kept, (PetscBool)(f->kept == n->L), NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Per channel: along the last axis at every point, then along the axis before for its functions, and so on. */
PetscReal kar_local_fourier_flops(const KarLocal *n, const KarGridInfo *info)
{
  const KarFNOArchitecture *arch    = &n->fourier->fno->arch;
  const PetscInt            size[3] = {info->ln, info->n[1], info->n[2]};
  PetscReal                 before = 1, after = (PetscReal)arch->nprod, sum = 0;

  for (PetscInt a = 0; a < n->dim; a++) {
    before *= (PetscReal)size[a];
    sum += before * after;
    after /= (PetscReal)arch->axis[a].nf;
  }
  return 2 * sum * (PetscReal)(kar_lanes(n->C) + (2 * n->L - 1) * n->W);
}

/* --- Transforms ------------------------------------------------------------ */
/* z <- P along all axes but the last, where a tile is `margin` points from its ends. */
static void Spread(KarLocal *n, const KarLocalTile *t, PetscInt margin, PetscInt X)
{
  KarLocalFourier f  = n->fourier;
  const KarAxis  *a  = f->fno->arch.axis;
  const PetscInt  nf = a[0].nf, row = Last(n)->nf * X, rows = t->e[0] - 2 * margin;

  if (n->dim == 1) kar_copy(row, f->P, f->z);
  if (n->dim == 2)
    n->kernels->gemm(rows, row, nf, a[0].point + margin * nf, nf, 1, f->P, row, f->z + margin * row, row, 0);
  if (n->dim < 3) return;
  n->kernels->gemm(rows, nf * row, nf, a[0].point + margin * nf, nf, 1, f->P, nf * row, f->plane, nf * row, 0);
  for (PetscInt i = 0; i < rows; i++)
    n->kernels->gemm(t->e[1] - 2 * margin, row, nf, a[1].point + margin * nf, nf, 1, f->plane + i * nf * row, row,
                     f->z + ((margin + i) * t->e[1] + margin) * row, row, 0);
}

/* The adjoint; and what is sent <- the modes of sample s. */
static void Combine(KarLocal *n, const KarLocalTile *t, PetscInt margin, PetscInt X, PetscInt s)
{
  KarLocalFourier f  = n->fourier;
  const KarAxis  *a  = f->fno->arch.axis;
  const PetscInt  nf = a[0].nf, row = Last(n)->nf * X, rows = t->e[0] - 2 * margin;

  if (n->dim == 1) kar_copy(row, f->z, f->P);
  if (n->dim == 2)
    n->kernels->gemm(nf, row, rows, a[0].point + margin * nf, 1, nf, f->z + margin * row, row, f->P, row, 0);
  for (PetscInt i = 0; n->dim > 2 && i < rows; i++)
    n->kernels->gemm(nf, row, t->e[1] - 2 * margin, a[1].point + margin * nf, 1, nf,
                     f->z + ((margin + i) * t->e[1] + margin) * row, row, f->plane + i * nf * row, row, 0);
  if (n->dim > 2)
    n->kernels->gemm(nf, nf * row, rows, a[0].point + margin * nf, 1, nf, f->plane, nf * row, f->P, nf * row, 0);
  n->kernels->combine(f->fno->arch.nmodes, f->fno->arch.modes, X, (float)(1 / f->fno->arch.total), f->P,
                      f->fno->exchange.all + s * 2 * X, f->batch * 2 * X);
}

/* P <- the modes that came of sample s. */
static void Expand(KarLocal *n, PetscInt X, PetscInt s)
{
  KarLocalFourier f = n->fourier;

  kar_zero(f->fno->arch.nprod * X, f->P);
  n->kernels->expand(f->fno->arch.nmodes, f->fno->arch.modes, X, f->fno->exchange.all + s * 2 * X, f->batch * 2 * X,
                     f->P);
}

/* The products of the last axis of the row that point p of a tile is in. */
static float *Row(const KarLocal *n, const KarLocalTile *t, ptrdiff_t p, PetscInt X)
{
  return n->fourier->z + p / t->e[n->dim - 1] * Last(n)->nf * X;
}

void kar_local_fourier_add(const KarLocal *n, const KarLocalTile *t, PetscInt margin, ptrdiff_t p, PetscInt X, float *h)
{
  const PetscInt nf = Last(n)->nf;

  n->kernels->gemm(t->e[n->dim - 1] - 2 * margin, X, nf, Last(n)->point + margin * nf, nf, 1, Row(n, t, p, X), X, h, X,
                   1);
}

void kar_local_fourier_collect(const KarLocal *n, const KarLocalTile *t, PetscInt margin, ptrdiff_t p, PetscInt X,
                               const float *dh)
{
  const PetscInt nf = Last(n)->nf;

  n->kernels->gemm(nf, X, t->e[n->dim - 1] - 2 * margin, Last(n)->point + margin * nf, 1, nf, dh, X, Row(n, t, p, X), X,
                   0);
}

/* --- The passes ------------------------------------------------------------ */
static KarFNOSpectral Weights(const KarLocal *n, PetscInt l, PetscBool gradient)
{
  const PetscInt offset = n->tensors.tensor[KAR_LOCAL_STENCIL + 2 * n->L + l].offset;

  return (KarFNOSpectral){
    .channels = kar_local_channels(n, l), .R = n->tensors.p + offset, .dR = gradient ? n->tensors.g + offset : NULL};
}

static float *Modes(const KarLocal *n, float *hat, PetscInt l)
{
  const KarLocalFourier f = n->fourier;

  return hat + (f->kept > 1 ? l : 0) * f->fno->exchange.n * f->room * 2 * f->M;
}

PetscErrorCode KarLocalFourierModes(KarLocal *n, PetscInt l, const KarLocalTile *t, const float u[])
{
  KarLocalFourier      f = n->fourier;
  const PetscInt       C = kar_local_channels(n, l), X = kar_lanes(C), m = t->n[n->dim - 1];
  const KarFNOSpectral of = Weights(n, l, PETSC_FALSE);

  PetscFunctionBegin;
  for (PetscInt s = 0; s < f->batch; s++) {
    for (PetscInt r = 0; r < kar_local_runs(n, t, t->margin); r++) {
      const ptrdiff_t p = kar_local_run(n, t, t->margin, r);
      const float    *v = u + (s * n->tile + p) * C;

      if (C < X) kar_pad(m, C, v, m, X, f->line);
      kar_local_fourier_collect(n, t, t->margin, p, X, C < X ? f->line : v);
    }
    Combine(n, t, t->margin, X, s);
  }
  PetscCall(KarFNOReduce_Private(f->fno, f->batch, X, Modes(n, f->uhat, l)));
  kar_fno_mix(f->fno, &of, f->batch, Modes(n, f->uhat, l), Modes(n, f->yhat, l));
  PetscCall(KarFNOGather_Private(f->fno, f->batch, n->W, Modes(n, f->yhat, l)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

void kar_local_fourier_evaluate(KarLocal *n, const KarLocalTile *t, PetscInt margin, PetscInt s, const float mod[])
{
  const KarLocalFourier f = n->fourier;

  Expand(n, n->W, s);
  for (PetscInt i = 0; i < f->fno->arch.nprod; i++)
    for (PetscInt c = 0; c < n->W; c++) f->P[i * n->W + c] *= 1 + mod[c];
  Spread(n, t, margin, n->W);
}

void kar_local_fourier_combine(KarLocal *n, const KarLocalTile *t, PetscInt margin, PetscInt s)
{
  Combine(n, t, margin, n->W, s);
}

PetscErrorCode KarLocalFourierAdjoint(KarLocal *n, PetscInt l, const KarLocalTile *t, PetscBool weights, float du[],
                                      PetscInt slot)
{
  KarLocalFourier      f = n->fourier;
  const PetscInt       X = kar_lanes(kar_local_channels(n, l)), W = n->W, stride = n->L * 2 * W;
  const KarFNOSpectral of = Weights(n, l, weights);

  PetscFunctionBegin;
  PetscCall(KarFNOReduce_Private(f->fno, f->batch, W, f->a));
  kar_fno_modulate(f->fno, f->batch, stride, n->film.mod + l * 2 * W, n->dmod + l * 2 * W, Modes(n, f->yhat, l), f->a);
  kar_fno_mix_adjoint(f->fno, &of, f->batch, Modes(n, f->uhat, l), f->a, f->r);
  if (!du) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarFNOGather_Private(f->fno, f->batch, X, f->r));
  for (PetscInt s = 0; s < f->batch; s++) {
    Expand(n, X, s);
    Spread(n, t, t->margin, X);
    for (PetscInt r = 0; r < kar_local_runs(n, t, t->margin); r++) {
      const ptrdiff_t p = kar_local_run(n, t, t->margin, r);

      kar_local_fourier_add(n, t, t->margin, p, X, du + s * slot + p * X);
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
