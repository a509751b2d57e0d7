/* The pass of a network of stencils (local.c), forward and backward, a tile at a time. */
#include "localimpl.h"

#define POINTS 16384 /* of a tile that is evaluated, about */

/* --- Tiles ------------------------------------------------------------ */
/* The tile at first[] of at most size[] points, with its halo. */
static KarLocalTile Tile(const KarLocal *n, const KarGridInfo *g, const PetscInt first[3], const PetscInt size[3])
{
  const PetscInt all[3] = {g->ln, g->n[1], g->n[2]};
  KarLocalTile   t;

  t.wrapped = n->alone && size[0] >= all[0] && size[1] >= all[1] && size[2] >= all[2] ? PETSC_TRUE : PETSC_FALSE;
  t.margin  = t.wrapped ? n->widest : n->reach;
  for (int a = 0; a < 3; a++) {
    t.first[a] = first[a];
    t.n[a]     = PetscMin(size[a], all[a] - first[a]);
    t.e[a]     = a < n->dim ? t.n[a] + 2 * t.margin : 1;
  }
  t.stride[2] = 1;
  t.stride[1] = t.e[2];
  t.stride[0] = t.e[1] * t.e[2];
  return t;
}

static PetscInt Points(const KarLocalTile *t)
{
  return t->e[0] * t->e[1] * t->e[2];
}

/* Row a of the inputs, counted from the slab's first; those beyond it are the halo's, or where the rank is alone its
   own. */
static float *Row(const KarLocal *n, const KarGridInfo *g, float *own, PetscInt a)
{
  const PetscInt row = g->n[1] * g->n[2] * n->C;

  if (n->alone) return own + kar_halo_point(g->basis, g->ln, a) * row;
  if (a < 0) return n->below + (a + n->reach) * row;
  return a < g->ln ? own + a * row : n->above + (a - g->ln) * row;
}

/* Copies the tile's inputs, [..][C], from the slab's own and the halo, or adds dx, [..][X], to them. */
static void Gather(const KarLocal *n, const KarGridInfo *g, const KarLocalTile *t, float *own, float *x, PetscInt X,
                   PetscBool add)
{
  for (PetscInt i = 0; i < t->e[0]; i++) {
    float *row = Row(n, g, own, t->first[0] + i - t->margin);

    for (PetscInt j = 0; j < t->e[1]; j++) {
      const PetscInt b = n->dim > 1 ? kar_halo_point(g->basis, g->n[1], t->first[1] + j - t->margin) : 0;

      for (PetscInt k = 0; k < t->e[2]; k++) {
        const PetscInt c    = n->dim > 2 ? kar_halo_point(g->basis, g->n[2], t->first[2] + k - t->margin) : 0;
        float         *from = row + (b * g->n[2] + c) * n->C, *to = x + (i * t->stride[0] + j * t->stride[1] + k) * X;

        for (PetscInt q = 0; q < n->C; q++)
          if (add) from[q] += to[q];
          else to[q] = from[q];
      }
    }
  }
}

/* Point number q of the interior, in the tile and in the slab. */
static void Interior(const KarLocal *n, const KarGridInfo *g, const KarLocalTile *t, PetscInt q, ptrdiff_t *tile,
                     ptrdiff_t *slab)
{
  const PetscInt i[3] = {q / (t->n[1] * t->n[2]), q / t->n[2] % t->n[1], q % t->n[2]};

  *tile = 0;
  for (int a = 0; a < 3; a++) *tile += (i[a] + (a < n->dim ? t->margin : 0)) * t->stride[a];
  *slab = ((t->first[0] + i[0]) * g->n[1] + t->first[1] + i[1]) * g->n[2] + t->first[2] + i[2];
}

/* Sizes of a tile: the whole slab where all is kept or goes through the layers together, else about POINTS points. */
static void Sizes(const KarLocal *n, const KarGridInfo *g, PetscBool keep, PetscInt size[3])
{
  const PetscInt all[3] = {g->ln, g->n[1], g->n[2]};
  const PetscInt edge   = (PetscInt)PetscPowReal(POINTS, 1 / (PetscReal)n->dim);

  for (int a = 0; a < 3; a++)
    size[a] = keep || n->fourier || a >= n->dim ? all[a] : PetscMin(all[a], PetscMax(edge, 4 * n->reach));
}

KarLocalTile kar_local_whole(const KarLocal *n, const KarGridInfo *g)
{
  return Tile(n, g, (const PetscInt[3]){0, 0, 0}, (const PetscInt[3]){g->ln, g->n[1], g->n[2]});
}

PetscInt kar_local_tile_points(const KarLocal *n, const KarGridInfo *g, PetscBool keep)
{
  PetscInt size[3];

  Sizes(n, g, keep, size);
  const KarLocalTile t = Tile(n, g, (const PetscInt[3]){0, 0, 0}, size);
  return Points(&t);
}

/* Floats of one sample in du and dv. */
static PetscInt Slot(const KarLocal *n)
{
  return n->tile * PetscMax(n->W, n->C + 15);
}

/* --- Forward ------------------------------------------------------------ */
/* Room for the activations of `samples` tiles of so many points: all layers' where they are kept, else two layers'. */
static PetscErrorCode Allocate(KarLocal *n, PetscInt samples, PetscInt points, PetscBool keep)
{
  PetscFunctionBegin;
  if (points <= n->tile && samples <= n->kept && (!keep || n->keeping)) PetscFunctionReturn(PETSC_SUCCESS);
  n->tile    = PetscMax(points, n->tile);
  n->kept    = PetscMax(samples, n->kept);
  n->keeping = (PetscBool)(n->keeping || keep);
  PetscCall(KarFloatsCreate(n->kept * n->tile * n->C, &n->u[0], NULL));
  for (PetscInt l = 1; l <= (n->keeping ? n->L : PetscMin(2, n->L)); l++)
    PetscCall(KarFloatsCreate(n->kept * n->tile * n->W, &n->u[l], NULL));
  if (n->keeping) {
    for (PetscInt l = 0; l < n->L; l++) PetscCall(KarFloatsCreate(n->kept * n->tile * n->W, &n->gelu[l], NULL));
    PetscCall(KarFloatsCreate((n->fourier ? n->kept : 1) * Slot(n), &n->du, NULL));
    PetscCall(KarFloatsCreate((n->fourier ? n->kept : 1) * Slot(n), &n->dv, NULL));
    PetscCall(KarFloatsCreate(n->kept * n->film.m, &n->dmod, NULL));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarLocalFreeWork(KarNet net)
{
  KarLocal *n        = net->context;
  float   **floats[] = {&n->du, &n->dv, &n->dmod};

  PetscFunctionBegin;
  for (PetscInt l = 0; l <= KAR_LOCAL_DEPTH; l++) free(n->u[l]), n->u[l] = NULL;
  for (PetscInt l = 0; l < KAR_LOCAL_DEPTH; l++) free(n->gelu[l]), n->gelu[l] = NULL;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(floats); i++) free(*floats[i]), *floats[i] = NULL;
  n->tile = n->kept = 0;
  n->keeping        = PETSC_FALSE;
  n->x              = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* y = out . x + gate . x x_0 on the interior. */
static void Answer(const KarLocal *n, const KarGridInfo *g, const KarLocalTile *t, const float *u, const float *x,
                   float *y)
{
  const PetscInt points = t->n[0] * t->n[1] * t->n[2], W = n->W;

  for (PetscInt q = 0; q < points; q++) {
    ptrdiff_t tile, slab;

    Interior(n, g, t, q, &tile, &slab);
    for (PetscInt o = 0; o < n->cout; o++) {
      const float *out  = kar_local_at(n, n->tensors.p, KAR_LOCAL_OUT_W, 0) + o * W,
                  *gate = kar_local_at(n, n->tensors.p, KAR_LOCAL_GATE_W, 0) + o * W;
      float a           = kar_local_at(n, n->tensors.p, KAR_LOCAL_OUT_B, 0)[o],
            b           = kar_local_at(n, n->tensors.p, KAR_LOCAL_GATE_B, 0)[o];

      for (PetscInt c = 0; c < W; c++) a += u[tile * W + c] * out[c];
      for (PetscInt c = 0; c < W; c++) b += u[tile * W + c] * gate[c];
      y[slab * n->cout + o] = a + b * x[slab * n->C + o];
    }
  }
}

/* The input of layer l of all samples; where they are not kept two layers take turns. */
static float *Inputs(const KarLocal *n, PetscInt l, PetscBool keep)
{
  return keep || !l ? n->u[l] : n->u[2 - l % 2];
}

/* Layer l of sample s. */
static void Layer(KarLocal *n, PetscInt s, PetscInt slot, PetscInt l, const KarLocalTile *t, PetscInt margin,
                  PetscBool keep)
{
  const PetscInt first = t->wrapped ? t->margin - n->d[l] : margin;
  const float   *mod   = n->film.mod + (s * n->L + l) * 2 * n->W;
  float         *y     = Inputs(n, l + 1, keep) + slot * n->tile * n->W;

  kar_local_scale(n, l, mod);
  if (n->fourier) kar_local_fourier_evaluate(n, t, first + n->d[l], s, mod);
  kar_local_layer(n, l, t, first, Inputs(n, l, keep) + slot * n->tile * kar_local_channels(n, l), y,
                  keep ? n->gelu[l] + slot * n->tile * n->W : NULL);
  if (t->wrapped && l < n->L - 1) kar_local_wrap(n, t, n->W, y);
}

/* A tile of one sample, all of its layers. */
static void Evaluate(KarNet net, PetscInt s, const KarLocalTile *t, const float x[], float y[], PetscBool keep)
{
  KarLocal      *n      = net->context;
  const PetscInt slot   = keep ? s : 0;
  PetscInt       margin = 0;

  Gather(n, &net->info, t, (float *)x, n->u[0] + slot * n->tile * n->C, n->C, PETSC_FALSE);
  for (PetscInt l = 0; l < n->L; l++) {
    Layer(n, s, slot, l, t, margin, keep);
    margin += n->d[l];
  }
  Answer(n, &net->info, t, Inputs(n, n->L, keep) + slot * n->tile * n->W, x, y);
}

/* With a Fourier part: the whole slab of all samples, layer by layer. */
static PetscErrorCode EvaluateTogether(KarNet net, PetscInt batch, const KarLocalTile *t, const float x[], float y[],
                                       PetscBool keep)
{
  KarLocal      *n      = net->context;
  const PetscInt np     = net->info.ln * net->info.n[1] * net->info.n[2];
  PetscInt       margin = 0;

  PetscFunctionBegin;
  PetscCall(KarLocalFourierReserve(n, t, batch, keep));
  for (PetscInt s = 0; s < batch; s++) {
    if (n->halo) PetscCall(KarHaloFill(n->halo, n->C, x + s * np * n->C, n->below, n->above));
    Gather(n, &net->info, t, (float *)x + s * np * n->C, n->u[0] + s * n->tile * n->C, n->C, PETSC_FALSE);
  }
  for (PetscInt l = 0; l < n->L; l++) {
    PetscCall(KarLocalFourierModes(n, l, t, Inputs(n, l, keep)));
    for (PetscInt s = 0; s < batch; s++) Layer(n, s, s, l, t, margin, keep);
    margin += n->d[l];
  }
  for (PetscInt s = 0; s < batch; s++)
    Answer(n, &net->info, t, Inputs(n, n->L, keep) + s * n->tile * n->W, x + s * np * n->C, y + s * np * n->cout);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarLocalForward(KarNet net, PetscInt batch, const PetscReal scalars[], const float x[], float y[],
                               KarNetPass pass)
{
  KarLocal          *n    = net->context;
  const KarGridInfo *g    = &net->info;
  const PetscBool    keep = pass == KAR_NET_KEEP ? PETSC_TRUE : PETSC_FALSE;
  const PetscInt     np   = g->ln * g->n[1] * g->n[2];
  PetscInt           size[3], first[3];
  KarLocalTile       t;

  PetscFunctionBegin;
  PetscCall(KarLogBegin(KAR_EVENT_FORWARD));
  PetscCall(KarTensorsGetParameters(&n->tensors, NULL, NULL));
  Sizes(n, g, keep, size);
  t = Tile(n, g, (const PetscInt[3]){0, 0, 0}, size);
  PetscCall(Allocate(n, keep || n->fourier ? batch : 1, Points(&t), keep));
  PetscCall(KarFilmForward(&n->film, n->kernels, &n->tensors, batch, scalars));
  if (n->fourier) PetscCall(EvaluateTogether(net, batch, &t, x, y, keep));
  for (PetscInt s = 0; s < batch && !n->fourier; s++) {
    if (n->halo) PetscCall(KarHaloFill(n->halo, n->C, x + s * np * n->C, n->below, n->above));
    for (first[0] = 0; first[0] < g->ln; first[0] += size[0])
      for (first[1] = 0; first[1] < g->n[1]; first[1] += size[1])
        for (first[2] = 0; first[2] < g->n[2]; first[2] += size[2]) {
          t = Tile(n, g, first, size);
          Evaluate(net, s, &t, x + s * np * n->C, y + s * np * n->cout, keep);
        }
  }
  n->x = keep ? x : NULL;
  if (keep) n->count = batch;
  PetscCall(KarLogEnd(KAR_EVENT_FORWARD));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Backward ------------------------------------------------------------ */
/* du = dL/dx_L; the gradients of out and gate; dx gets the gate's part of the input's. */
static void AnswerAdjoint(const KarLocal *n, const KarGridInfo *g, const KarLocalTile *t, const float *u,
                          const float *x, const float *dy, PetscBool weights, float *du, float *dx)
{
  const PetscInt points = t->n[0] * t->n[1] * t->n[2], W = n->W;
  float         *p = n->tensors.p, *G = n->tensors.g;

  memset(du, 0, (size_t)(Points(t) * W) * sizeof(float));
  for (PetscInt q = 0; q < points; q++) {
    ptrdiff_t tile, slab;

    Interior(n, g, t, q, &tile, &slab);
    for (PetscInt o = 0; o < n->cout; o++) {
      const float *out  = kar_local_at(n, p, KAR_LOCAL_OUT_W, 0) + o * W,
                  *gate = kar_local_at(n, p, KAR_LOCAL_GATE_W, 0) + o * W, *v = u + tile * W;
      const float a = dy[slab * n->cout + o], b = a * x[slab * n->C + o];

      for (PetscInt c = 0; c < W; c++) du[tile * W + c] += a * out[c] + b * gate[c];
      if (dx) {
        float sum = kar_local_at(n, p, KAR_LOCAL_GATE_B, 0)[o];

        for (PetscInt c = 0; c < W; c++) sum += v[c] * gate[c];
        dx[slab * n->C + o] = a * sum;
      }
      if (!weights) continue;
      float *dout  = kar_local_at(n, G, KAR_LOCAL_OUT_W, 0) + o * W,
            *dgate = kar_local_at(n, G, KAR_LOCAL_GATE_W, 0) + o * W;

      for (PetscInt c = 0; c < W; c++) dout[c] += a * v[c];
      for (PetscInt c = 0; c < W; c++) dgate[c] += b * v[c];
      kar_local_at(n, G, KAR_LOCAL_OUT_B, 0)[o] += a;
      kar_local_at(n, G, KAR_LOCAL_GATE_B, 0)[o] += b;
    }
  }
}

/* From G = sum x dh and its sums: dW += s G, db += s sum dh, ds = W . G + b sum dh, dt = sum dh. */
static void LayerGradient(KarLocal *n, PetscInt s, PetscInt l, float *dmod)
{
  const PetscInt W = n->W, rows = n->taps * kar_local_channels(n, l);
  const float   *mod = n->film.mod + (s * n->L + l) * 2 * W, *sum = n->G + rows * W;
  const float   *w = kar_local_at(n, n->tensors.p, KAR_LOCAL_STENCIL, l),
              *b   = kar_local_at(n, n->tensors.p, KAR_LOCAL_BIAS, l);
  float *dw        = kar_local_at(n, n->tensors.g, KAR_LOCAL_STENCIL, l),
        *db        = kar_local_at(n, n->tensors.g, KAR_LOCAL_BIAS, l);

  for (PetscInt j = 0; j < W; j++) {
    dmod[j]     = b[j] * sum[j];
    dmod[W + j] = sum[j];
    db[j] += (1 + mod[j]) * sum[j];
  }
  for (PetscInt i = 0; i < rows; i++)
    for (PetscInt j = 0; j < W; j++) {
      dw[i * W + j] += (1 + mod[j]) * n->G[i * W + j];
      dmod[j] += w[i * W + j] * n->G[i * W + j];
    }
}

/* From du to dv of sample s. */
static void LayerAdjoint(KarLocal *n, PetscInt s, PetscInt slot, PetscInt l, const KarLocalTile *t, PetscInt margin,
                         PetscBool weights, PetscBool input)
{
  const PetscInt first = t->wrapped ? t->margin - n->d[l] : margin, C = kar_local_channels(n, l);
  float         *dmod = n->dmod + (slot * n->L + l) * 2 * n->W;

  if (weights) memset(n->G, 0, (size_t)((n->taps * C + 1) * n->W) * sizeof(float));
  kar_local_scale(n, l, n->film.mod + (s * n->L + l) * 2 * n->W);
  kar_local_layer_adjoint(n, l, t, first, n->u[l] + s * n->tile * C, n->gelu[l] + s * n->tile * n->W,
                          n->du + slot * Slot(n), l || input ? n->dv + slot * Slot(n) : NULL, weights);
  if (n->fourier) kar_local_fourier_combine(n, t, first + n->d[l], s);
  if (t->wrapped && l) kar_local_fold(n, t, n->W, n->dv + slot * Slot(n));
  if (weights) LayerGradient(n, s, l, dmod);
}

/* dx from du of the inputs. */
static PetscErrorCode InputAdjoint(KarNet net, PetscInt slot, const KarLocalTile *t, float dx[])
{
  KarLocal          *n    = net->context;
  const KarGridInfo *g    = &net->info;
  const PetscInt     size = n->reach * g->n[1] * g->n[2] * n->C;

  PetscFunctionBegin;
  if (n->halo) PetscCall(PetscArrayzero(n->below, size));
  if (n->halo) PetscCall(PetscArrayzero(n->above, size));
  Gather(n, g, t, dx, n->du + slot * Slot(n), kar_lanes(n->C), PETSC_TRUE);
  if (n->halo) PetscCall(KarHaloAdd(n->halo, n->C, n->below, n->above, dx));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* `count` samples from the first on, layer by layer. */
static PetscErrorCode BackwardSamples(KarNet net, PetscInt first, PetscInt count, PetscBool weights, const float dy[],
                                      float dx[])
{
  KarLocal          *n      = net->context;
  const KarGridInfo *g      = &net->info;
  const KarLocalTile t      = kar_local_whole(n, g);
  const PetscInt     np     = g->ln * g->n[1] * g->n[2];
  PetscInt           margin = n->reach;
  float             *swap;

  PetscFunctionBegin;
  if (dx) PetscCall(PetscArrayzero(dx + first * np * n->C, count * np * n->C));
  PetscCall(PetscArrayzero(n->dmod, count * n->film.m));
  for (PetscInt i = 0, s = first; i < count; i++, s++)
    AnswerAdjoint(n, g, &t, n->u[n->L] + s * n->tile * n->W, n->x + s * np * n->C, dy + s * np * n->cout, weights,
                  n->du + i * Slot(n), dx ? dx + s * np * n->C : NULL);
  for (PetscInt l = n->L - 1; l >= 0; l--) {
    margin -= n->d[l];
    for (PetscInt i = 0; i < count; i++)
      LayerAdjoint(n, first + i, i, l, &t, margin, weights, dx ? PETSC_TRUE : PETSC_FALSE);
    if (n->fourier) PetscCall(KarLocalFourierAdjoint(n, l, &t, weights, l || dx ? n->dv : NULL, Slot(n)));
    swap = n->du, n->du = n->dv, n->dv = swap;
  }
  for (PetscInt i = 0, s = first; i < count; i++, s++) {
    if (weights) {
      PetscCall(PetscArraycpy(n->film.dmod, n->dmod + i * n->film.m, n->film.m));
      kar_film_adjoint(&n->film, n->kernels, &n->tensors, s);
    }
    if (dx) PetscCall(InputAdjoint(net, i, &t, dx + s * np * n->C));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarLocalBackward(KarNet net, int wanted, const float dy[], float dx[])
{
  KarLocal       *n       = net->context;
  const PetscInt  step    = n->fourier ? n->count : 1; /* samples that go together */
  const PetscBool weights = wanted & KAR_NET_WEIGHTS ? PETSC_TRUE : PETSC_FALSE;

  PetscFunctionBegin;
  PetscCheck(n->x, PETSC_COMM_SELF, PETSC_ERR_ORDER, "KarNetBackward() goes back over a KarNetForward() that kept");
  PetscCall(KarLogBegin(KAR_EVENT_BACKWARD));
  PetscCall(KarTensorsGetGradient(&n->tensors, NULL, NULL));
  for (PetscInt s = 0; s < n->count; s += step)
    PetscCall(BackwardSamples(net, s, step, weights, dy, wanted & KAR_NET_INPUT ? dx : NULL));
  PetscCall(KarLogEnd(KAR_EVENT_BACKWARD));
  PetscFunctionReturn(PETSC_SUCCESS);
}
