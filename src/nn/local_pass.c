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

/* Copies the tile's inputs, [..][C], from rows, or adds dx, [..][X], to them. A wrapped tile needs no halo of theirs.
   */
static void Gather(const KarLocal *n, const KarGridInfo *g, const KarLocalTile *t, float *rows, float *x, PetscInt X,
                   PetscBool add)
{
  for (PetscInt i = 0; i < t->e[0]; i++) {
    const PetscInt a = t->wrapped ? n->reach + kar_halo_point(g->basis, g->n[0], i - t->margin) : t->first[0] + i;

    for (PetscInt j = 0; j < t->e[1]; j++) {
      const PetscInt b = n->dim > 1 ? kar_halo_point(g->basis, g->n[1], t->first[1] + j - t->margin) : 0;

      for (PetscInt k = 0; k < t->e[2]; k++) {
        const PetscInt c    = n->dim > 2 ? kar_halo_point(g->basis, g->n[2], t->first[2] + k - t->margin) : 0;
        float         *from = rows + ((a * g->n[1] + b) * g->n[2] + c) * n->C,
              *to           = x + (i * t->stride[0] + j * t->stride[1] + k) * X;

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

/* Sizes of a tile: the whole slab where all is kept, else about POINTS points. */
static void Sizes(const KarLocal *n, const KarGridInfo *g, PetscBool keep, PetscInt size[3])
{
  const PetscInt all[3] = {g->ln, g->n[1], g->n[2]};
  const PetscInt edge   = (PetscInt)PetscPowReal(POINTS, 1 / (PetscReal)n->dim);

  for (int a = 0; a < 3; a++) size[a] = keep || a >= n->dim ? all[a] : PetscMin(all[a], PetscMax(edge, 4 * n->reach));
}

PetscInt kar_local_tile_points(const KarLocal *n, const KarGridInfo *g, PetscBool keep)
{
  PetscInt size[3];

  Sizes(n, g, keep, size);
  const KarLocalTile t = Tile(n, g, (const PetscInt[3]){0, 0, 0}, size);
  return Points(&t);
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
    PetscCall(KarFloatsCreate(n->tile * PetscMax(n->W, n->C + 15), &n->du, NULL));
    PetscCall(KarFloatsCreate(n->tile * PetscMax(n->W, n->C + 15), &n->dv, NULL));
  }
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

/* One sample's rows with their halo. */
static PetscErrorCode Fill(KarNet net, const float x[])
{
  KarLocal      *n   = net->context;
  const PetscInt row = net->info.n[1] * net->info.n[2] * n->C;

  PetscFunctionBegin;
  PetscCall(PetscArraycpy(n->rows + n->reach * row, x, net->info.ln * row));
  if (n->halo) PetscCall(KarHaloFill(n->halo, n->C, n->rows));
  for (PetscInt i = 0; i < 2 * n->reach && n->alone; i++) {
    const PetscInt to   = i < n->reach ? i : i + net->info.ln,
                   from = n->reach + kar_halo_point(net->info.basis, net->info.ln, to - n->reach);

    PetscCall(PetscArraycpy(n->rows + to * row, n->rows + from * row, row));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Evaluate(KarNet net, PetscInt s, const KarLocalTile *t, const float x[], float y[],
                               PetscBool keep)
{
  KarLocal      *n      = net->context;
  const PetscInt slot   = keep ? s : 0;
  PetscInt       margin = 0;
  float         *u[2]   = {n->u[0] + slot * n->tile * n->C, NULL};

  PetscFunctionBegin;
  Gather(n, &net->info, t, n->rows, u[0], n->C, PETSC_FALSE);
  for (PetscInt l = 0; l < n->L; l++) {
    u[1] = (keep ? n->u[l + 1] : n->u[1 + l % 2]) + slot * n->tile * n->W;
    kar_local_scale(n, l, n->film.mod + (s * n->L + l) * 2 * n->W);
    kar_local_layer(n, l, t, t->wrapped ? t->margin - n->d[l] : margin, u[0], u[1],
                    keep ? n->gelu[l] + slot * n->tile * n->W : NULL);
    if (t->wrapped && l < n->L - 1) kar_local_wrap(n, t, n->W, u[1]);
    margin += n->d[l];
    u[0] = u[1];
  }
  Answer(n, &net->info, t, u[0], x, y);
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
  PetscCall(Allocate(n, keep ? batch : 1, Points(&t), keep));
  PetscCall(KarFilmForward(&n->film, n->kernels, &n->tensors, batch, scalars));
  for (PetscInt s = 0; s < batch; s++) {
    PetscCall(Fill(net, x + s * np * n->C));
    for (first[0] = 0; first[0] < g->ln; first[0] += size[0])
      for (first[1] = 0; first[1] < g->n[1]; first[1] += size[1])
        for (first[2] = 0; first[2] < g->n[2]; first[2] += size[2]) {
          t = Tile(n, g, first, size);
          PetscCall(Evaluate(net, s, &t, x + s * np * n->C, y + s * np * n->cout, keep));
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
static void LayerGradient(KarLocal *n, PetscInt s, PetscInt l)
{
  const PetscInt W = n->W, rows = n->taps * kar_local_channels(n, l);
  const float   *mod = n->film.mod + (s * n->L + l) * 2 * W, *sum = n->G + rows * W;
  const float   *w = kar_local_at(n, n->tensors.p, KAR_LOCAL_STENCIL, l),
              *b   = kar_local_at(n, n->tensors.p, KAR_LOCAL_BIAS, l);
  float *dw        = kar_local_at(n, n->tensors.g, KAR_LOCAL_STENCIL, l),
        *db = kar_local_at(n, n->tensors.g, KAR_LOCAL_BIAS, l), *dmod = n->film.dmod + l * 2 * W;

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

static PetscErrorCode BackwardSample(KarNet net, PetscInt s, PetscBool weights, const float dy[], float dx[])
{
  KarLocal          *n  = net->context;
  const KarGridInfo *g  = &net->info;
  const PetscInt     np = g->ln * g->n[1] * g->n[2], row = g->n[1] * g->n[2] * n->C, X = (n->C + 15) / 16 * 16;
  PetscInt           size[3], margin = n->reach;
  KarLocalTile       t;
  float             *swap;

  PetscFunctionBegin;
  Sizes(n, g, PETSC_TRUE, size);
  t = Tile(n, g, (const PetscInt[3]){0, 0, 0}, size);
  if (dx) PetscCall(PetscArrayzero(dx, np * n->C));
  AnswerAdjoint(n, g, &t, n->u[n->L] + s * n->tile * n->W, n->x + s * np * n->C, dy, weights, n->du, dx);
  for (PetscInt l = n->L - 1; l >= 0; l--) {
    margin -= n->d[l];
    if (weights) memset(n->G, 0, (size_t)((n->taps * kar_local_channels(n, l) + 1) * n->W) * sizeof(float));
    kar_local_scale(n, l, n->film.mod + (s * n->L + l) * 2 * n->W);
    kar_local_layer_adjoint(n, l, &t, t.wrapped ? t.margin - n->d[l] : margin,
                            n->u[l] + s * n->tile * kar_local_channels(n, l), n->gelu[l] + s * n->tile * n->W, n->du,
                            l || dx ? n->dv : NULL, weights);
    if (t.wrapped && l) kar_local_fold(n, &t, n->W, n->dv);
    if (weights) LayerGradient(n, s, l);
    swap = n->du, n->du = n->dv, n->dv = swap;
  }
  if (weights) kar_film_adjoint(&n->film, n->kernels, &n->tensors, s);
  if (!dx) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscArrayzero(n->rows, (g->ln + 2 * n->reach) * row));
  Gather(n, g, &t, n->rows, n->du, X, PETSC_TRUE);
  if (!t.wrapped) PetscCall(KarHaloAdd(n->halo, n->C, n->rows));
  for (PetscInt i = 0; i < np * n->C; i++) dx[i] += n->rows[n->reach * row + i];
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarLocalBackward(KarNet net, int wanted, const float dy[], float dx[])
{
  KarLocal       *n       = net->context;
  const PetscInt  np      = net->info.ln * net->info.n[1] * net->info.n[2];
  const PetscBool weights = wanted & KAR_NET_WEIGHTS ? PETSC_TRUE : PETSC_FALSE;

  PetscFunctionBegin;
  PetscCheck(n->x, PETSC_COMM_SELF, PETSC_ERR_ORDER, "KarNetBackward() goes back over a KarNetForward() that kept");
  PetscCall(KarLogBegin(KAR_EVENT_BACKWARD));
  PetscCall(KarTensorsGetGradient(&n->tensors, NULL, NULL));
  for (PetscInt s = 0; s < n->count; s++)
    PetscCall(
      BackwardSample(net, s, weights, dy + s * np * n->cout, wanted & KAR_NET_INPUT ? dx + s * np * n->C : NULL));
  PetscCall(KarLogEnd(KAR_EVENT_BACKWARD));
  PetscFunctionReturn(PETSC_SUCCESS);
}
