/* The adjoint of forward.c, last layer first; the same passes.  With dh = dL/d(gelu's input) of a layer and its
   mean-normalised modes a (one exchange), s the scale:
     d shift = sum dh,   G = sum_x u^T dh,   d W = G s,   d b = s sum dh,   d R = N w u^* (s a),
     d s = sum_i W_i G_i + b sum dh + N w Re y^* a,   du = dh (W s)^T + Re sum w (R^H s a) e^{ik.x}. */
#include "fnoimpl.h"
#include <stddef.h>

#define TILE(i)         (tile->with->tile + (i)*fno->books.tile)
#define SUM(array, n)   kar_fno_sum(fno, offsetof(KarFNOThread, array), n)
#define CLEAR(array, n) kar_fno_clear(fno, offsetof(KarFNOThread, array), n)

/* dh of layer l is complete on this tile: its modes, and G with the layer's input. */
static void contribute(KarFNO fno, KarFNOTile *tile, PetscInt l, const float *dh)
{
  const KarKernels *k = fno->books.kernels;
  const PetscInt    W = fno->arch.W, n = tile->n;

  kar_fno_collect(fno, tile, W, dh, TILE(3));
  if (!fno->batch.weights) return;
  if (l == 0) {
    kar_fno_augment(fno, tile, TILE(3));
    k->gemm(fno->arch.config.cin + 1, W, n, TILE(3), 1, fno->arch.X, dh, W, tile->with->dskip, W, 1);
  } else
    k->gemm(W, W, n, kar_fno_at(fno, fno->batch.u, l - 1, tile->s, tile->at), 1, W, dh, W, tile->with->dskip, W, 1);
}

/* dp = (dy Q) gelu'(p),  dP += u^T dp,  dQ += dy^T v,  du = dp P^T */
static void project(KarFNO fno, const KarFNOTile *tile, PetscInt n, const float *u, const float *dy, float *du)
{
  const KarKernels   *k    = fno->books.kernels;
  const KarFNOThread *with = tile->with;
  const PetscInt      W = fno->arch.W, H = fno->arch.H, cout = fno->arch.config.cout;
  const float         one = 1;
  float              *v = TILE(0), *slope = TILE(1), *dp = TILE(2);

  k->affine(n, H, W, u, W, fno->packed.P, H, fno->packed.pb, v, H);
  k->gelu_slope(n * H, v, v, slope);
  k->gemm(n, H, cout, dy, cout, 1, fno->packed.Q, H, dp, H, 0);
  k->multiply(n * H, dp, slope, dp);
  if (fno->batch.weights) {
    k->gemm(cout, H, n, dy, 1, cout, v, H, with->dQ, H, 1);
    for (PetscInt j = 0; j < n; j++)
      for (PetscInt o = 0; o < cout; o++) with->dq[o] += dy[j * cout + o];
    k->gemm(W, H, n, u, 1, W, dp, H, with->dP, H, 1);
    k->gemm(1, H, n, &one, 0, 0, dp, H, with->dpb, H, 1);
  }
  k->gemm(n, W, H, dp, H, 1, fno->packed.Pt, W, du, W, 0);
}

/* dh of the last layer. */
static void last(KarFNO fno, KarFNOTile *tile)
{
  const PetscInt W = fno->arch.W, cout = fno->arch.config.cout, l = fno->arch.config.depth - 1,
                 images = fno->arch.axis[fno->arch.config.dim - 1].images;
  const float *u        = kar_fno_at(fno, fno->batch.u, l, tile->s, tile->at);
  float       *dh = kar_fno_at(fno, fno->batch.dh, 0, tile->s, tile->at), *dy = TILE(4);

  kar_zero(tile->n * cout, dy);
  kar_fno_take(fno, tile, cout, tile->dy, cout, dy);
  for (PetscInt q = 0, first, end, n; q < images; q++)
    for (kar_fno_image(fno, tile, q, &first, &end); first < end; first += n) {
      n = PetscMin(KAR_PROJECT, end - first);
      project(fno, tile, n, u + first * W, dy + first * cout, dh + first * W);
    }
  kar_fno_blank(fno, tile, W, dh);
  fno->books.kernels->multiply(tile->n * W, dh, kar_fno_at(fno, fno->batch.slope, l, tile->s, tile->at), dh);
  contribute(fno, tile, l, dh);
}

/* du of layer l's input, then dh of layer l - 1 in its place. */
static void layer(KarFNO fno, KarFNOTile *tile)
{
  const KarKernels *k = fno->books.kernels;
  const PetscInt    W = fno->arch.W, n = tile->n, l = tile->l, cin = fno->arch.config.cin;
  float            *dh = kar_fno_at(fno, fno->batch.dh, 0, tile->s, tile->at), *du = TILE(0), *dx = TILE(1);

  kar_fno_evaluate(fno, tile, 0, du);
  k->gemm(n, W, W, dh, W, 1, fno->packed.skipt, W, du, W, 1);
  if (l > 0) {
    k->multiply(n * W, du, kar_fno_at(fno, fno->batch.slope, l - 1, tile->s, tile->at), dh);
    kar_fno_blank(fno, tile, W, dh);
    contribute(fno, tile, l - 1, dh);
  } else {
    for (PetscInt c = 0; c < cin; c++) k->dots(n, W, du, fno->packed.lift + c * W, 0, dx + c, cin);
    kar_fno_give(fno, tile, cin, dx, tile->y);
  }
}

/* After a pass that made dh of layer l for sample s: everything that is a sum over this rank's points. */
static void sums(KarFNO fno, PetscInt batch, PetscInt l, PetscInt s)
{
  const PetscInt w = fno->arch.config.width, W = fno->arch.W, X = fno->arch.X;
  const float   *weight = KAR_FNO_AT(fno, p, KAR_SKIP_W, l), *b = KAR_FNO_AT(fno, p, KAR_SKIP_B, l),
              *sum = fno->books.thread[0].out;
  float *dw = KAR_FNO_AT(fno, g, KAR_SKIP_W, l), *db = KAR_FNO_AT(fno, g, KAR_SKIP_B, l),
        *G      = SUM(dskip, PetscMax(W, X) * W);
  float *dscale = fno->time.dmod + (s * fno->arch.config.depth + l) * 2 * w, *dshift = dscale + w;

  kar_fno_pack_layer(fno, l, s);
  if (l == 0) { /* through the lift: d lift = G (W s)^T, and G of the lifted field is lift^T G */
    float *dlift = kar_fno_skip(fno, 0), *lifted = fno->books.thread[0].A;

    fno->books.kernels->gemm(X, W, W, G, W, 1, fno->packed.skipt, W, dlift, W, 0);
    kar_unpad(fno->arch.config.cin, w, dlift, W, KAR_FNO_AT(fno, g, KAR_LIFT_W, 0));
    kar_unpad(1, w, dlift + fno->arch.config.cin * W, W, KAR_FNO_AT(fno, g, KAR_LIFT_B, 0));
    fno->books.kernels->gemm(W, W, X, fno->packed.lift, 1, W, G, W, lifted, W, 0);
    G = lifted;
  }
  for (PetscInt i = 0; i < w; i++)
    for (PetscInt c = 0; c < w; c++) {
      dw[i * w + c] += G[i * W + c] * fno->packed.scale[c];
      dscale[c] += weight[i * w + c] * G[i * W + c];
    }
  for (PetscInt c = 0; c < w; c++) {
    db[c] += fno->packed.scale[c] * sum[c];
    dscale[c] += b[c] * sum[c];
    dshift[c] += sum[c];
  }
}

/* d lift through the modes: sum N w (x^_r^T r_r + x^_i^T r_i). */
static void lift_modes(KarFNO fno, PetscInt batch, float r[])
{
  const PetscInt W = fno->arch.W, X = fno->arch.X, w = fno->arch.config.width, rows = 2 * batch;
  float         *dlift = fno->books.thread[0].dskip;

  kar_zero(X * W, dlift);
  for (PetscInt m = 0; m < fno->exchange.n; m++) {
    float *x     = fno->batch.xhat + m * rows * X,
          weight = (float)(fno->arch.total * fno->arch.modes[fno->exchange.owned[m]].w);

    for (PetscInt i = 0; i < rows * X; i++) x[i] *= weight;
    fno->books.kernels->gemm(X, W, rows, x, 1, X, r + m * rows * W, W, dlift, W, 1);
  }
  kar_unpad(fno->arch.config.cin, w, dlift, W, KAR_FNO_AT(fno, g, KAR_LIFT_W, 0));
  kar_unpad(1, w, dlift + fno->arch.config.cin * W, W, KAR_FNO_AT(fno, g, KAR_LIFT_B, 0));
}

/* dh of the last layer, its modes, and the projection's gradients. */
static void backward_projection(KarFNO fno, PetscInt batch, const float dy[])
{
  const KarFNOConfig *c = &fno->arch.config;
  const PetscInt      W = fno->arch.W, H = fno->arch.H;

  CLEAR(dP, W * H);
  CLEAR(dpb, H);
  CLEAR(dQ, c->cout * H);
  CLEAR(dq, c->cout);
  for (PetscInt s = 0; s < batch; s++) {
    KarFNOTile tile = {.s = s, .dy = dy};

    CLEAR(dskip, PetscMax(W, fno->arch.X) * W);
    kar_fno_pass(fno, &tile, 0, W, last);
    kar_fno_combine(fno, batch, s, W);
    if (fno->batch.weights) sums(fno, batch, c->depth - 1, s);
  }
  if (!fno->batch.weights) return;
  kar_unpad(c->width, c->hidden, SUM(dP, W * H), H, KAR_FNO_AT(fno, g, KAR_PROJECT_W, 0));
  kar_unpad(1, c->hidden, SUM(dpb, H), H, KAR_FNO_AT(fno, g, KAR_PROJECT_B, 0));
  kar_unpad(c->cout, c->hidden, SUM(dQ, c->cout * H), H, KAR_FNO_AT(fno, g, KAR_OUT_W, 0));
  kar_unpad(1, c->cout, SUM(dq, c->cout), c->cout, KAR_FNO_AT(fno, g, KAR_OUT_B, 0));
}

/* From the modes that came of layer l to dh of layer l - 1, or dx. */
static void backward_layer(KarFNO fno, PetscInt batch, PetscInt l, float dx[])
{
  const PetscInt W = fno->arch.W;

  for (PetscInt s = 0; s < batch; s++) {
    KarFNOTile tile = {.s = s, .l = l, .y = dx};

    kar_fno_pack_layer(fno, l, s);
    kar_fno_expand(fno, batch, s, 0, NULL, NULL);
    CLEAR(dskip, PetscMax(W, fno->arch.X) * W);
    kar_fno_pass(fno, &tile, 1, l ? W : 0, layer);
    if (!l) continue;
    kar_fno_combine(fno, batch, s, W);
    if (fno->batch.weights) sums(fno, batch, l - 1, s);
  }
}

/* What the forward pass kept is there: all of it for weights, which end it. */
static PetscErrorCode Begin(KarFNO fno, int wanted)
{
  PetscFunctionBegin;
  fno->batch.weights = wanted & KAR_NET_WEIGHTS ? PETSC_TRUE : PETSC_FALSE;
  PetscCheck(fno->batch.kept > 0 && !(fno->batch.weights && fno->batch.spent), PETSC_COMM_SELF,
             PETSC_ERR_ARG_WRONGSTATE, "KarFNOBackward() needs a KarFNOForward() with keep before it");
  if (fno->batch.weights) PetscCall(KarTensorsGetGradient(&fno->arch.tensors, NULL, NULL));
  PetscCall(PetscArrayzero(fno->time.dmod, fno->batch.kept * fno->arch.config.depth * 2 * fno->arch.config.width));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFNOBackward(KarFNO fno, int wanted, const float dy[], float dx[])
{
  const PetscBool input = wanted & KAR_NET_INPUT ? PETSC_TRUE : PETSC_FALSE;
  const PetscInt  batch = fno->batch.kept;

  PetscFunctionBegin;
  PetscCall(Begin(fno, wanted));
  PetscCall(KarLogBegin(KAR_EVENT_BACKWARD));
  PetscCall(KarLogBegin(KAR_EVENT_PASS));
  backward_projection(fno, batch, dy);
  PetscCall(KarLogEnd(KAR_EVENT_PASS));
  for (PetscInt l = fno->arch.config.depth - 1; l >= 0; l--) {
    float         *a = fno->exchange.mine, *r = kar_fno_hat(fno, fno->batch.yhat, l);
    const PetscInt at = l * 2 * fno->arch.config.width, stride = fno->arch.config.depth * 2 * fno->arch.config.width;
    const KarFNOSpectral of = kar_fno_spectral(fno, l);

    PetscCall(KarFNOReduce_Private(fno, batch, fno->arch.W, a));
    PetscCall(KarLogBegin(KAR_EVENT_MODES));
    kar_fno_modulate(fno, batch, stride, fno->time.mod + at, fno->time.dmod + at, r, a);
    kar_fno_mix_adjoint(fno, &of, batch, kar_fno_hat(fno, fno->batch.uhat, l), a, r);
    if (l == 0 && fno->batch.weights) lift_modes(fno, batch, r);
    PetscCall(KarLogEnd(KAR_EVENT_MODES));
    if (l == 0 && !input) break;
    PetscCall(KarFNOGather_Private(fno, batch, fno->arch.W, r));
    PetscCall(KarLogBegin(KAR_EVENT_PASS));
    backward_layer(fno, batch, l, dx);
    PetscCall(KarLogEnd(KAR_EVENT_PASS));
  }
  if (fno->batch.weights) kar_fno_time_adjoint(fno, batch);
  fno->batch.kept  = fno->batch.weights ? 0 : batch;
  fno->batch.spent = PETSC_TRUE;
  PetscCall(KarLogEnd(KAR_EVENT_BACKWARD));
  PetscFunctionReturn(PETSC_SUCCESS);
}
