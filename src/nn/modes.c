/* Retained modes: products of axis functions <-> complex coefficients <-> every rank's share, and the spectral weights.
   Products are what the passes evaluate and collect; e^{-ik.x} = prod_i (cos k_i x_i - i sin k_i x_i). */
#include "fnoimpl.h"

/* Of two or one image: cosines of all kappa, then sines; of four by parity. */
static void order(KarAxis *axis)
{
  const PetscInt parities = axis->images >= 4 ? 2 : 1;
  PetscInt       f = 0, t = 0;

  axis->index[1][0] = 0; /* there is none */
  for (PetscInt parity = 0; parity < parities; parity++)
    for (PetscInt sine = 0; sine < 2; sine++) {
      if (axis->images > 1 || t == 0) axis->start[t++] = f;
      for (PetscInt kappa = parity; kappa < axis->K; kappa += parities)
        if (kappa || !sine) axis->index[sine][kappa] = f++;
    }
  axis->tables   = t;
  axis->start[t] = f;
}

/* 2 pi kappa x, x in periods */
static void circle(PetscInt kappa, PetscReal x, float *cosine, float *sine)
{
  const PetscReal turns = (PetscReal)kappa * x, angle = 2 * PETSC_PI * (turns - PetscFloorReal(turns));

  *cosine = (float)PetscCosReal(angle);
  if (sine) *sine = (float)PetscSinReal(angle);
}

/* k x = 2 pi kappa (j + offset) / ((1 + extension) n), offset 1/2 at the cell centres of a cosine grid. */
PetscErrorCode KarFNOCreateAxis_Private(const KarFNOArchitecture *arch, PetscInt i, PetscInt first, PetscInt n,
                                        PetscInt most, KarAxis *axis)
{
  const PetscInt  whole = arch->info.n[i], K = arch->config.modes[i];
  const PetscReal offset = arch->info.basis == KAR_BASIS_COSINE ? 0.5 : 0,
                  period = (1 + arch->config.extension[i]) * whole;
  const PetscBool can =
    arch->config.extension[i] == 0 && arch->info.basis == KAR_BASIS_PERIODIC && n == whole ? PETSC_TRUE : PETSC_FALSE;
  PetscReal middle;

  PetscFunctionBegin;
  axis->n      = n;
  axis->K      = K;
  axis->nf     = 2 * K - 1;
  axis->images = can && n % 8 == 0 && n >= KAR_EIGHTHS ? 8 : can && n % 4 == 0 ? 4 : 2;
  axis->images = PetscMin(axis->images, most);
  axis->length = axis->images >= 4 ? n / axis->images + 1 : (n + axis->images - 1) / axis->images;
  middle       = axis->images == 2 ? 0.5 * (PetscReal)(n - 1) : -((PetscReal)first + offset);
  PetscCall(PetscMalloc2(K, &axis->index[0], K, &axis->index[1]));
  order(axis);
  if (axis->images == 8) {
    PetscCall(KarEighthsCreate_Private(axis));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(PetscMalloc1(axis->length * axis->nf, &axis->point));
  for (PetscInt j = 0; j < axis->length; j++)
    for (PetscInt kappa = 0; kappa < K; kappa++)
      circle(kappa, ((PetscReal)j - middle) / period, &axis->point[j * axis->nf + axis->index[0][kappa]],
             kappa ? &axis->point[j * axis->nf + axis->index[1][kappa]] : NULL);
  if (axis->images == 2) {
    PetscCall(PetscMalloc1(2 * K, &axis->turn));
    for (PetscInt kappa = 0; kappa < K; kappa++)
      circle(kappa, ((PetscReal)first + offset + middle) / period, &axis->turn[2 * kappa], &axis->turn[2 * kappa + 1]);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFNODestroyAxis_Private(KarAxis *axis)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(axis->point));
  PetscCall(PetscFree(axis->turn));
  PetscCall(PetscFree2(axis->index[0], axis->index[1]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void describe(const KarFNOArchitecture *arch, const PetscInt kappa[3], KarFNOMode *mode)
{
  static const float re[4] = {1, 0, -1, 0}, im[4] = {0, -1, 0, 1}; /* (-i)^sines */
  const PetscInt     dim = arch->config.dim;

  mode->n = 0;
  mode->w = kappa[dim - 1] ? 2 : 1;
  for (int bits = 0; bits < 1 << dim; bits++) {
    PetscInt f     = 0;
    int      sines = 0, sign = 1, exists = 1;

    for (PetscInt i = 0; i < dim; i++) {
      PetscInt sine = bits >> i & 1, size = PetscAbsInt(kappa[i]);

      if (sine && !size) exists = 0;
      if (sine && kappa[i] < 0) sign = -sign;
      sines += (int)sine;
      if (exists) f = f * arch->axis[i].nf + arch->axis[i].index[sine][size];
    }
    if (!exists) continue;
    mode->f[mode->n]    = f;
    mode->re[mode->n]   = (float)sign * re[sines];
    mode->im[mode->n++] = (float)sign * im[sines];
  }
}

PetscErrorCode KarFNOListModes_Private(KarFNOArchitecture *arch)
{
  const PetscInt dim = arch->config.dim, *K = arch->config.modes;
  PetscInt       m = 0, kappa[3] = {0, 0, 0}, low[3] = {0, 0, 0};

  PetscFunctionBegin;
  arch->nprod = arch->nmodes = 1;
  for (PetscInt i = 0; i < dim; i++) {
    low[i] = i < dim - 1 ? 1 - K[i] : 0;
    arch->nprod *= 2 * K[i] - 1;
    arch->nmodes *= K[i] - low[i];
  }
  PetscCall(PetscMalloc1(arch->nmodes, &arch->modes));
  for (kappa[0] = low[0]; kappa[0] < (dim > 0 ? K[0] : 1); kappa[0]++)
    for (kappa[1] = low[1]; kappa[1] < (dim > 1 ? K[1] : 1); kappa[1]++)
      for (kappa[2] = low[2]; kappa[2] < (dim > 2 ? K[2] : 1); kappa[2]++) describe(arch, kappa, &arch->modes[m++]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFNOCreateModes_Private(KarFNOArchitecture *arch)
{
  const PetscInt dim = arch->config.dim;

  PetscFunctionBegin;
  for (PetscInt i = 0; i < dim; i++)
    PetscCall(KarFNOCreateAxis_Private(arch, i, i ? 0 : arch->info.start, i ? arch->info.n[i] : arch->info.ln,
                                       i == dim - 1 ? 8 : 4, &arch->axis[i]));
  PetscCall(KarFNOListModes_Private(arch));
  arch->nsrow = arch->axis[dim - 1].images * arch->axis[dim - 1].length;
  arch->ns    = arch->np / PetscMax(arch->nrow, 1) * arch->nsrow;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFNODestroyModes_Private(KarFNOArchitecture *arch)
{
  PetscFunctionBegin;
  for (PetscInt i = 0; i < 3; i++) PetscCall(KarFNODestroyAxis_Private(&arch->axis[i]));
  PetscCall(PetscFree(arch->modes));
  PetscFunctionReturn(PETSC_SUCCESS);
}

void kar_fno_combine(KarFNO fno, PetscInt batch, PetscInt s, PetscInt C)
{
  const PetscInt stride = batch * 2 * C;

  if (fno->exchange.type == KAR_EXCHANGE_ROWS) {
    kar_fno_rows_combine(fno, batch, s, C);
    return;
  }
#pragma omp parallel for num_threads(fno->books.threads) schedule(static, 1)
  for (int t = 0; t < fno->books.threads; t++) {
    PetscInt first, end;

    kar_part(fno->arch.nmodes, t, fno->books.threads, &first, &end);
    fno->books.kernels->combine(end - first, fno->arch.modes + first, C, (float)(1 / fno->arch.total),
                                fno->books.thread[0].out, fno->exchange.all + s * 2 * C + first * stride, stride);
  }
}

void kar_fno_expand(KarFNO fno, PetscInt batch, PetscInt s, PetscInt field, const float scale[], const float constant[])
{
  const PetscBool rows = fno->exchange.type == KAR_EXCHANGE_ROWS ? PETSC_TRUE : PETSC_FALSE;
  const PetscInt  W = fno->arch.W, n = fno->batch.infield / W, every = rows ? fno->exchange.rows.rest : n;
  float          *in = kar_fno_field(fno, field);

  if (rows) kar_fno_rows_expand(fno, batch, s, in);
  else {
    kar_zero(fno->batch.infield, in);
    fno->books.kernels->expand(fno->arch.nmodes, fno->arch.modes, W, fno->exchange.all + s * 2 * W, batch * 2 * W, in);
  }
  for (PetscInt f = 0; scale && f < n; f++)
    for (PetscInt c = 0; c < W; c++) in[f * W + c] = in[f * W + c] * scale[c] + (f % every ? 0 : constant[c]);
  kar_fno_centre(fno, W, PETSC_FALSE, in);
}

/* cos k x and sin k x <-> cos k d and sin k d, x = middle + d */
void kar_fno_centre(KarFNO fno, PetscInt C, PetscBool collected, float products[])
{
  const PetscInt dim = fno->arch.config.dim, from = fno->exchange.type == KAR_EXCHANGE_ROWS ? 1 : 0;
  PetscInt       outer = from ? fno->arch.info.ln : 1;

  for (PetscInt i = from; i < dim; i++) {
    const KarAxis *a     = &fno->arch.axis[i];
    PetscInt       inner = C;

    for (PetscInt j = i + 1; j < dim; j++) inner *= fno->arch.axis[j].nf;
    for (PetscInt m = 0; a->images == 2 && m < outer * a->K; m++) {
      const PetscInt kappa = m % a->K;
      const float    c = a->turn[2 * kappa], s = (collected ? -1 : 1) * a->turn[2 * kappa + 1];
      float *restrict p = products + (m / a->K * a->nf + a->index[0][kappa]) * inner, *restrict q =
                                                                                        products +
                                                                                        (m / a->K * a->nf +
                                                                                         a->index[1][kappa]) *
                                                                                          inner;

      for (PetscInt f = 0; kappa && f < inner; f++) {
        const float pf = p[f];

        p[f] = c * pf + s * q[f];
        q[f] = c * q[f] - s * pf;
      }
    }
    outer *= a->nf;
  }
}

/* Per point W^2 in each layer but the first, W H + H cout at the end; per axis its tables times the points that stand
   for all, for the points of the axes before and the functions of those after it. */
PetscErrorCode KarFNOGetFlops(KarFNO fno, PetscReal *flops)
{
  const KarFNOConfig *c    = &fno->arch.config;
  const PetscBool     rows = fno->exchange.type == KAR_EXCHANGE_ROWS ? PETSC_TRUE : PETSC_FALSE;
  const PetscReal     W = (PetscReal)fno->arch.W, H = (PetscReal)fno->arch.H, depth = (PetscReal)c->depth;
  PetscReal           before = rows ? (PetscReal)fno->arch.info.ln : 1, after = (PetscReal)fno->arch.nprod, axes = 0;

  PetscFunctionBegin;
  if (rows)
    axes = (PetscReal)fno->arch.info.n[0] * (PetscReal)fno->arch.axis[0].nf * (PetscReal)fno->exchange.rows.mine;
  for (PetscInt i = 0; i < c->dim; i++) {
    const KarAxis  *a       = &fno->arch.axis[i];
    const PetscReal columns = (PetscReal)(a->images == 8 ? kar_eighths(a) : a->nf);

    after /= (PetscReal)a->nf;
    if (rows && i == 0) continue;
    axes += before * (PetscReal)a->length * columns * after;
    before *= (PetscReal)a->n;
  }
  *flops = 2 * ((PetscReal)fno->arch.np *
                  (W * (PetscReal)(c->cin + 1) + (depth - 1) * W * W + W * H + H * (PetscReal)c->cout) +
                axes * ((2 * depth - 1) * W + (PetscReal)fno->arch.X));
  PetscFunctionReturn(PETSC_SUCCESS);
}
