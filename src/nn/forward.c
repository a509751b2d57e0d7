/* y = fno(x): per layer one exchange of the modes and one pass over the points.  The lift is linear, so its field is
   never formed: the modes of u_0 are those of (x, 1) times the lift, and so is its skip product.  The time modulation
   multiplies the small matrices, not the points: s (u W + b + spectral) + h = u (W s) + (spectral s) + (b s + h), and
   the last bracket is the constant product. */
#include "fnoimpl.h"

#define TILE(i) (tile->with->tile + (i)*fno->books.tile)

void kar_fno_pack(KarFNO fno)
{
  const KarFNOConfig *c = &fno->arch.config;

  kar_pad(c->cin, c->width, KAR_FNO_AT(fno, p, KAR_LIFT_W, 0), fno->arch.X, fno->arch.W, fno->packed.lift);
  kar_copy(c->width, KAR_FNO_AT(fno, p, KAR_LIFT_B, 0), fno->packed.lift + c->cin * fno->arch.W);
  kar_pad(c->width, c->hidden, KAR_FNO_AT(fno, p, KAR_PROJECT_W, 0), fno->arch.W, fno->arch.H, fno->packed.P);
  kar_transpose(fno->arch.W, fno->arch.H, fno->packed.P, fno->packed.Pt);
  kar_pad(1, c->hidden, KAR_FNO_AT(fno, p, KAR_PROJECT_B, 0), 1, fno->arch.H, fno->packed.pb);
  kar_pad(c->cout, c->hidden, KAR_FNO_AT(fno, p, KAR_OUT_W, 0), c->cout, fno->arch.H, fno->packed.Q);
}

void kar_fno_pack_layer(KarFNO fno, PetscInt l, PetscInt s)
{
  const PetscInt w = fno->arch.config.width, W = fno->arch.W;
  const float   *mod  = fno->time.mod + (s * fno->arch.config.depth + l) * 2 * w;
  float         *skip = kar_fno_skip(fno, l);

  for (PetscInt c = 0; c < w; c++) fno->packed.scale[c] = 1 + mod[c];
  kar_pad(w, w, KAR_FNO_AT(fno, p, KAR_SKIP_W, l), W, W, skip);
  for (PetscInt i = 0; i < w; i++)
    for (PetscInt c = 0; c < w; c++) skip[i * W + c] *= fno->packed.scale[c];
  kar_transpose(W, W, skip, fno->packed.skipt);
  if (l == 0) { /* skip <- lift skip */
    float *lifted = fno->books.thread[0].A;

    fno->books.kernels->gemm(fno->arch.X, W, W, fno->packed.lift, W, 1, skip, W, lifted, W, 0);
    kar_copy(fno->arch.X * W, lifted, skip);
  }
}

static void collect_x(KarFNO fno, KarFNOTile *tile)
{
  kar_fno_augment(fno, tile, TILE(0));
  kar_fno_collect(fno, tile, fno->arch.X, TILE(0), TILE(2));
}

/* v = gelu(u P + pb), y = v Q^T + q */
static void project(KarFNO fno, KarFNOTile *tile, const float *u)
{
  const KarKernels *k = fno->books.kernels;
  const PetscInt    H = fno->arch.H, W = fno->arch.W, cout = fno->arch.config.cout,
                 images = fno->arch.axis[fno->arch.config.dim - 1].images;
  float *v = TILE(2), *y = TILE(3);

  for (PetscInt q = 0, first, end, n; q < images; q++)
    for (kar_fno_image(fno, tile, q, &first, &end); first < end; first += n) {
      n = PetscMin(KAR_PROJECT, end - first);
      k->affine(n, H, W, u + first * W, W, fno->packed.P, H, fno->packed.pb, v, H);
      k->gelu(n * H, v, v);
      for (PetscInt o = 0; o < cout; o++)
        k->dots(n, H, v, fno->packed.Q + o * H, KAR_FNO_AT(fno, p, KAR_OUT_B, 0)[o], y + first * cout + o, cout);
    }
  kar_fno_give(fno, tile, cout, y, tile->y);
}

/* Layers first to l of a tile. Activations that are not stored stay in the tile. */
static void layers(KarFNO fno, KarFNOTile *tile)
{
  const KarKernels *k = fno->books.kernels;
  const PetscInt    W = fno->arch.W, n = tile->n, l = tile->l;
  float *u = tile->first ? kar_fno_at(fno, fno->batch.u, tile->first - 1, tile->s, tile->at) : NULL, *x = TILE(2);

  for (PetscInt j = tile->first; j <= l; j++) {
    float *h = TILE(j % 2);

    kar_fno_evaluate(fno, tile, j - tile->first, h);
    if (j == 0) {
      kar_fno_augment(fno, tile, x);
      k->gemm(n, W, fno->arch.config.cin + 1, x, fno->arch.X, 1, kar_fno_skip(fno, j), W, h, W, 1);
    } else k->gemm(n, W, W, u, W, 1, kar_fno_skip(fno, j), W, h, W, 1);
    u = fno->batch.fields > 1 || (j == fno->arch.config.depth - 1 && !fno->batch.keep)
          ? h
          : kar_fno_at(fno, fno->batch.u, j, tile->s, tile->at);
    if (fno->batch.keep) k->gelu_slope(n * W, h, u, kar_fno_at(fno, fno->batch.slope, j, tile->s, tile->at));
    else k->gelu(n * W, h, u);
    kar_fno_blank(fno, tile, W, u);
  }
  if (l < fno->arch.config.depth - 1) kar_fno_collect(fno, tile, W, u, TILE(2));
  else project(fno, tile, u);
}

/* Sample s through layer l: `all` holds the mixed modes of the layer, and afterwards those of its output. */
static void sample(KarFNO fno, PetscInt batch, PetscInt l, PetscInt s, float y[])
{
  const PetscInt w = fno->arch.config.width, W = fno->arch.W, first = fno->batch.fields > 1 ? 0 : l;
  const float   *b     = KAR_FNO_AT(fno, p, KAR_SKIP_B, l),
              *shift   = fno->time.mod + (s * fno->arch.config.depth + l) * 2 * w + w;
  const PetscBool last = l == fno->arch.config.depth - 1 ? PETSC_TRUE : PETSC_FALSE;
  KarFNOTile      tile = {.s = s, .first = first, .l = l, .y = y};

  kar_fno_pack_layer(fno, l, s);
  for (PetscInt c = 0; c < w; c++) fno->packed.constant[c] = b[c] * fno->packed.scale[c] + shift[c];
  kar_fno_expand(fno, batch, s, l - first, fno->packed.scale, fno->packed.constant);
  kar_fno_pass(fno, &tile, l - first + 1, last ? 0 : W, layers);
  if (!last) kar_fno_combine(fno, batch, s, W);
}

static PetscErrorCode Forward(KarFNO fno, PetscInt batch, const PetscReal cnoise[], const float x[], float y[])
{
  const PetscInt W = fno->arch.W, X = fno->arch.X;

  PetscFunctionBegin;
  fno->batch.x = x;
  kar_fno_time(fno, batch, cnoise);
  PetscCall(KarLogBegin(KAR_EVENT_PASS));
  for (PetscInt s = 0; s < batch; s++) {
    KarFNOTile tile = {.s = s};

    kar_fno_pass(fno, &tile, 0, X, collect_x);
    kar_fno_combine(fno, batch, s, X);
  }
  PetscCall(KarLogEnd(KAR_EVENT_PASS));
  PetscCall(KarFNOReduce_Private(fno, batch, X, fno->batch.xhat));
  fno->books.kernels->gemm(fno->exchange.n * batch * 2, W, X, fno->batch.xhat, X, 1, fno->packed.lift, W,
                           fno->batch.uhat, W, 0);
  for (PetscInt l = 0; l < fno->arch.config.depth; l++) {
    const KarFNOSpectral of = kar_fno_spectral(fno, l);

    PetscCall(KarLogBegin(KAR_EVENT_MODES));
    kar_fno_mix(fno, &of, batch, kar_fno_hat(fno, fno->batch.uhat, l), kar_fno_hat(fno, fno->batch.yhat, l));
    PetscCall(KarLogEnd(KAR_EVENT_MODES));
    PetscCall(KarFNOGather_Private(fno, batch, W, kar_fno_hat(fno, fno->batch.yhat, l)));
    PetscCall(KarLogBegin(KAR_EVENT_PASS));
    for (PetscInt s = 0; s < batch; s++) sample(fno, batch, l, s, y);
    PetscCall(KarLogEnd(KAR_EVENT_PASS));
    if (l < fno->arch.config.depth - 1)
      PetscCall(KarFNOReduce_Private(fno, batch, W, kar_fno_hat(fno, fno->batch.uhat, l + 1)));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFNOForward(KarFNO fno, PetscInt batch, const PetscReal cnoise[], const float x[], float y[],
                             PetscBool keep)
{
  const PetscBool one = !keep && fno->books.activations == KAR_ACTIVATIONS_RECOMPUTED ? PETSC_TRUE : PETSC_FALSE;

  PetscFunctionBegin;
  PetscCall(KarTensorsGetParameters(&fno->arch.tensors, NULL, NULL));
  PetscCall(KarFNOReserve_Private(fno, one ? 1 : batch, keep));
  PetscCall(KarLogBegin(KAR_EVENT_FORWARD));
  fno->batch.kept  = keep ? batch : 0;
  fno->batch.spent = PETSC_FALSE;
  kar_fno_pack(fno);
  if (!one) PetscCall(Forward(fno, batch, cnoise, x, y));
  else /* the coefficients of every layer are needed to the end: one sample after the other */
    for (PetscInt s = 0; s < batch; s++)
      PetscCall(Forward(fno, 1, cnoise + s * fno->arch.nscalar, x + s * fno->arch.np * fno->arch.config.cin,
                        y + s * fno->arch.np * fno->arch.config.cout));
  PetscCall(KarLogEnd(KAR_EVENT_FORWARD));
  PetscFunctionReturn(PETSC_SUCCESS);
}
