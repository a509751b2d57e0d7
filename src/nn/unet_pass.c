/* Forward and backward through a U-net: its layers in their order, activations of each sample kept or not, on the rows
   of the rank's window. */
#include "unetimpl.h"

/* Room for `slots` samples' activations, and where each layer's output goes. */
static PetscErrorCode AllocateKept(KarUNet *n, PetscInt slots)
{
  PetscFunctionBegin;
  n->slots = slots;
  for (PetscInt l = 0; l < n->L; l++) {
    KarUNetLevel *v = &n->level[l];

    if (l) PetscCall(KarFloatsCreate(slots * v->padded * v->W, &v->low, NULL));
    if (l + 1 == n->L) continue;
    PetscCall(KarFloatsCreate(slots * v->padded * v->W, &v->skip, NULL));
    PetscCall(KarFloatsCreate(slots * n->level[l + 1].points * v->W, &v->pooled, NULL));
  }
  PetscCall(KarFloatsCreate(slots * n->level[0].padded * n->level[0].W, &n->top, NULL));
  for (PetscInt i = 0; i < n->N; i++) {
    KarUNetLayer *y = &n->layer[i];

    PetscCall(KarFloatsCreate(slots * n->level[y->level].padded * y->C, &y->in, NULL));
    PetscCall(KarFloatsCreate(slots * n->level[y->level].padded * y->W, &y->c, NULL));
  }
  for (PetscInt i = 0; i < n->N; i++) {
    KarUNetLayer *y = &n->layer[i], *next = i + 1 < n->N ? y + 1 : NULL;

    y->out = !next                     ? n->top
             : next->level == y->level ? next->in
             : next->level > y->level  ? n->level[y->level].skip
                                       : n->level[y->level].low;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Room for one sample of which nothing is kept: layers of a level go from one array to another and back; the one that
   the way down ends in stays until the way up begins in it. */
static PetscErrorCode AllocatePairs(KarUNet *n)
{
  PetscFunctionBegin;
  for (PetscInt l = 0; l < n->L; l++)
    for (int k = 0; k < 2; k++)
      PetscCall(KarFloatsCreate(n->level[l].padded * n->level[l].W, &n->level[l].pair[k], NULL));
  PetscCall(KarFloatsCreate(n->level[0].padded * n->C, &n->layer[0].in, NULL));
  for (PetscInt i = 0; i < n->N; i++) {
    KarUNetLayer  *y = &n->layer[i], *last = i ? y - 1 : NULL;
    KarUNetLevel  *v    = &n->level[y->level];
    const PetscInt next = i + 1 < n->N ? y[1].level : -1;

    if (last) y->in = last->level == y->level ? last->out : last->level < y->level ? v->pair[0] : v->skip;
    y->out = v->pair[y->in == v->pair[0]];
    if (next > y->level) v->skip = y->out;
    else if (next < 0) n->top = y->out;
    else if (next < y->level) v->low = y->out;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The activations; those on which a backward pass would go back too. */
PetscErrorCode KarUNetFreeWork(KarNet net)
{
  KarUNet *n = net->context;

  PetscFunctionBegin;
  for (PetscInt l = 0; l < n->L; l++) {
    KarUNetLevel *v = &n->level[l];

    if (n->slots) free(v->low), free(v->skip), free(v->pooled);
    for (int k = 0; k < 2; k++) free(v->pair[k]), v->pair[k] = NULL;
    v->low = v->skip = v->pooled = NULL;
  }
  for (PetscInt i = 0; i < n->N; i++) {
    KarUNetLayer *y = &n->layer[i];

    if (n->slots || !i) free(y->in);
    free(y->c);
    y->in = y->c = y->out = NULL;
  }
  if (n->slots) free(n->top);
  n->top   = NULL;
  n->slots = n->count = 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Allocate(KarNet net, PetscInt batch, KarNetPass pass)
{
  KarUNet *n = net->context;

  PetscFunctionBegin;
  if (pass == KAR_NET_KEEP ? n->slots >= batch : n->top != NULL) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarUNetFreeWork(net));
  if (pass == KAR_NET_KEEP) PetscCall(AllocateKept(n, batch));
  else PetscCall(AllocatePairs(n));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Room for gradients: of one sample, and the transposed weights. */
static PetscErrorCode AllocateGradient(KarUNet *n)
{
  PetscInt most = 0;

  PetscFunctionBegin;
  if (n->dc) PetscFunctionReturn(PETSC_SUCCESS);
  for (PetscInt l = 0; l < n->L; l++) most = PetscMax(most, n->level[l].padded * n->level[l].W);
  PetscCall(KarFloatsCreate(most, &n->dc, NULL));
  for (PetscInt l = 0; l < n->L; l++) {
    KarUNetLevel  *v    = &n->level[l];
    const PetscInt wide = PetscMax(v->W, l ? 0 : n->layer[0].X);

    PetscCall(KarFloatsCreate(v->padded * wide, &v->du, NULL));
    PetscCall(KarFloatsCreate(v->padded * wide, &v->dv, NULL));
    if (l + 1 == n->L) continue;
    PetscCall(KarFloatsCreate(v->padded * wide, &v->dskip, NULL));
    PetscCall(KarFloatsCreate(v->W * n->level[l + 1].W, &n->down[l], NULL));
    PetscCall(KarFloatsCreate(v->W * n->level[l + 1].W, &n->up[l], NULL));
  }
  for (PetscInt i = 0; i < n->N; i++)
    PetscCall(KarFloatsCreate(n->taps * n->layer[i].W * n->layer[i].X, &n->layer[i].wt, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Slabs ------------------------------------------------------------ */
/* *all = the whole of x, [ln][n1][n2][channels] of each rank. */
static PetscErrorCode GatherWhole(KarNet net, PetscInt channels, const float x[], float scratch[], const float *all[])
{
  KarUNet       *n     = net->context;
  const PetscInt plane = net->info.n[1] * net->info.n[2] * channels;
  PetscMPIInt   *counts, *starts;

  PetscFunctionBegin;
  *all = x;
  if (n->ranks == 1) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscMalloc2(n->ranks, &counts, n->ranks, &starts));
  for (PetscMPIInt p = 0; p < n->ranks; p++)
    counts[p] = (PetscMPIInt)(n->counts[p] * plane), starts[p] = (PetscMPIInt)(n->starts[p] * plane);
  kar_log_send(sizeof(float) * (double)counts[n->rank] * (n->ranks - 1));
  PetscCallMPI(MPI_Allgatherv(x, counts[n->rank], MPI_FLOAT, scratch, counts, starts, MPI_FLOAT, net->comm));
  PetscCall(PetscFree2(counts, starts));
  *all = scratch;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* *all = the inputs x of the window. */
static PetscErrorCode GatherInputs(KarNet net, const float x[], const float *all[])
{
  KarUNet       *n   = net->context;
  const PetscInt row = net->info.n[1] * net->info.n[2] * n->C;
  float         *own = n->rows + n->beyond * row;

  PetscFunctionBegin;
  if (!n->halo) {
    PetscCall(GatherWhole(net, n->C, x, n->whole, all));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(PetscArraycpy(own, x, net->info.ln * row));
  PetscCall(KarHaloFill(n->halo, n->C, own, n->rows, own + net->info.ln * row));
  *all = n->rows + (n->from - (net->info.start - n->beyond)) * row;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The points of the window that are this rank's own: [first, end). */
static inline PetscInt First(const KarNet net, PetscInt *end)
{
  const KarUNet *n     = net->context;
  const PetscInt plane = net->info.n[1] * net->info.n[2], first = (net->info.start - n->from) * plane;

  *end = first + net->info.ln * plane;
  return first;
}

/* --- Forward ------------------------------------------------------------ */
static void Answer(const KarNet net, PetscInt slot, float y[])
{
  const KarUNet      *n = net->context;
  const KarUNetLevel *v = &n->level[0];
  const PetscInt      W = v->W, m = v->n[n->dim - 1];
  PetscInt            end, first  = First(net, &end);
  float               both[2];

  for (PetscInt q = first; q < end; q++) {
    const ptrdiff_t p = kar_unet_row(n, v, q / m) + q % m;
    const float    *u = n->top + (slot * v->padded + p) * W, *x = n->layer[0].in + (slot * v->padded + p) * n->C;

    for (PetscInt o = 0; o < n->cout; o++) {
      n->kernels->dots(1, W, u, kar_unet_at(n, n->tensors.p, KAR_UNET_OUT_W) + o * W,
                       kar_unet_at(n, n->tensors.p, KAR_UNET_OUT_B)[o], both, 1);
      n->kernels->dots(1, W, u, kar_unet_at(n, n->tensors.p, KAR_UNET_GATE_W) + o * W,
                       kar_unet_at(n, n->tensors.p, KAR_UNET_GATE_B)[o], both + 1, 1);
      y[(q - first) * n->cout + o] = both[0] + both[1] * x[o];
    }
  }
}

/* The window's inputs x, [points][C]. */
static void Evaluate(const KarUNet *n, PetscInt slot, const float *mod, const float x[])
{
  const KarUNetLevel *v   = &n->level[0];
  const PetscInt      row = v->n[n->dim - 1] * n->C, rows = v->points / v->n[n->dim - 1];

  for (PetscInt r = 0; r < rows; r++)
    memcpy(n->layer[0].in + (slot * v->padded + kar_unet_row(n, v, r)) * n->C, x + r * row,
           (size_t)row * sizeof(float));
  for (PetscInt i = 0; i < n->N; i++) {
    const PetscInt before = i ? n->layer[i - 1].level : 0, level = n->layer[i].level;

    if (level > before) kar_unet_pass_down(n, before, i, slot);
    if (level < before) kar_unet_pass_up(n, level, i, slot);
    kar_unet_layer(n, i, slot, mod);
  }
}

PetscErrorCode KarUNetForward(KarNet net, PetscInt batch, const PetscReal scalars[], const float x[], float y[],
                              KarNetPass pass)
{
  KarUNet       *n  = net->context;
  const PetscInt np = net->info.ln * net->info.n[1] * net->info.n[2];
  const float   *all;

  PetscFunctionBegin;
  PetscCall(KarLogBegin(KAR_EVENT_FORWARD));
  PetscCall(KarTensorsGetParameters(&n->tensors, NULL, NULL));
  PetscCall(Allocate(net, batch, pass));
  PetscCall(KarFilmForward(&n->film, n->kernels, &n->tensors, batch, scalars));
  for (PetscInt s = 0; s < batch; s++) {
    const PetscInt slot = pass == KAR_NET_KEEP ? s : 0;

    PetscCall(GatherInputs(net, x + s * np * n->C, &all));
    Evaluate(n, slot, n->film.mod + s * n->film.m, all);
    Answer(net, slot, y + s * np * n->cout);
  }
  n->count = pass == KAR_NET_KEEP ? batch : 0;
  PetscCall(KarLogEnd(KAR_EVENT_FORWARD));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Backward ------------------------------------------------------------ */
/* du of level 0 from dy, [points][cout] of the points from first to end; the gradients of out and gate. */
static void AnswerAdjoint(KarUNet *n, PetscInt slot, PetscBool weights, PetscInt first, PetscInt end, const float dy[])
{
  KarUNetLevel  *v = &n->level[0];
  const PetscInt W = v->W, m = v->n[n->dim - 1];

  memset(v->du, 0, (size_t)(v->padded * W) * sizeof(float));
  for (PetscInt q = first; q < end; q++) {
    const ptrdiff_t p = kar_unet_row(n, v, q / m) + q % m;
    const float    *u = n->top + (slot * v->padded + p) * W, *x = n->layer[0].in + (slot * v->padded + p) * n->C;

    for (PetscInt o = 0; o < n->cout; o++) {
      const float  a = dy[(q - first) * n->cout + o], b = a * x[o], both[2] = {a, b};
      const float *out  = kar_unet_at(n, n->tensors.p, KAR_UNET_OUT_W) + o * W,
                  *gate = kar_unet_at(n, n->tensors.p, KAR_UNET_GATE_W) + o * W;

      for (PetscInt c = 0; c < W; c++) v->du[p * W + c] += a * out[c] + b * gate[c];
      for (int k = 0; k < 2 && weights; k++) {
        float *g = kar_unet_at(n, n->tensors.g, k ? KAR_UNET_GATE_W : KAR_UNET_OUT_W) + o * W;

        for (PetscInt c = 0; c < W; c++) g[c] += both[k] * u[c];
        kar_unet_at(n, n->tensors.g, k ? KAR_UNET_GATE_B : KAR_UNET_OUT_B)[o] += both[k];
      }
    }
  }
}

/* dx of the points from first to end: du of level 0, [padded][X]. */
static void InputAdjoint(const KarUNet *n, PetscInt first, PetscInt end, float dx[])
{
  const KarUNetLevel *v = &n->level[0];
  const PetscInt      m = v->n[n->dim - 1], X = n->layer[0].X;

  for (PetscInt q = first; q < end; q++) {
    const ptrdiff_t p = kar_unet_row(n, v, q / m) + q % m;

    for (PetscInt c = 0; c < n->C; c++) dx[(q - first) * n->C + c] = v->du[p * X + c];
  }
}

/* The gate's part of dx of this rank's own points; dy is theirs. */
static void GateAdjoint(const KarNet net, PetscInt slot, const float dy[], float dx[])
{
  const KarUNet      *n = net->context;
  const KarUNetLevel *v = &n->level[0];
  const PetscInt      W = v->W, m = v->n[n->dim - 1];
  PetscInt            end, first  = First(net, &end);
  float               gate;

  for (PetscInt q = first; q < end; q++) {
    const ptrdiff_t p = kar_unet_row(n, v, q / m) + q % m;

    for (PetscInt o = 0; o < n->cout; o++) {
      n->kernels->dots(1, W, n->top + (slot * v->padded + p) * W, kar_unet_at(n, n->tensors.p, KAR_UNET_GATE_W) + o * W,
                       kar_unet_at(n, n->tensors.p, KAR_UNET_GATE_B)[o], &gate, 1);
      dx[(q - first) * n->C + o] += gate * dy[(q - first) * n->cout + o];
    }
  }
}

/* dx of this rank's points: what its window's answers owe to them, and those of other ranks. */
static PetscErrorCode WindowAdjoint(KarNet net, float dx[])
{
  KarUNet       *n   = net->context;
  const PetscInt row = net->info.n[1] * net->info.n[2] * n->C;
  float         *own = n->rows + n->beyond * row;
  PetscInt       end, first = First(net, &end);

  PetscFunctionBegin;
  if (!n->halo) {
    InputAdjoint(n, first, end, dx);
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(PetscArrayzero(n->rows, (net->info.ln + 2 * n->beyond) * row));
  InputAdjoint(n, 0, n->level[0].points, n->rows + (n->from - (net->info.start - n->beyond)) * row);
  PetscCall(KarHaloAdd(n->halo, n->C, n->rows, own + net->info.ln * row, own));
  PetscCall(PetscArraycpy(dx, own, net->info.ln * row));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void BackwardSample(KarUNet *n, PetscInt s, PetscBool weights, PetscBool input)
{
  const float *mod = n->film.mod + s * n->film.m;
  float       *swap;

  for (PetscInt i = n->N - 1; i >= 0; i--) {
    const PetscInt level = n->layer[i].level, before = i ? n->layer[i - 1].level : 0;

    kar_unet_layer_adjoint(n, i, s, mod, n->film.dmod, weights, i || input ? PETSC_TRUE : PETSC_FALSE);
    if (level < before) kar_unet_up_adjoint(n, level, s, weights);
    if (level <= before) continue;
    kar_unet_down_adjoint(n, before, s, weights);
    swap = n->level[before].du, n->level[before].du = n->level[before].dskip, n->level[before].dskip = swap;
  }
  if (weights) kar_film_adjoint(&n->film, n->kernels, &n->tensors, s);
}

PetscErrorCode KarUNetBackward(KarNet net, int wanted, const float dy[], float dx[])
{
  KarUNet        *n     = net->context;
  const PetscInt  np    = net->info.ln * net->info.n[1] * net->info.n[2];
  const PetscBool input = wanted & KAR_NET_INPUT ? PETSC_TRUE : PETSC_FALSE;
  /* with windows the answers of a rank's own rows are its part of the sum; of whole grids all ranks have the same */
  const PetscBool weights = (wanted & KAR_NET_WEIGHTS) && (n->halo || !n->rank) ? PETSC_TRUE : PETSC_FALSE;
  const float    *all;
  PetscInt        first = 0, end = n->level[0].points;

  PetscFunctionBegin;
  PetscCheck(n->count, PETSC_COMM_SELF, PETSC_ERR_ORDER, "KarNetBackward() goes back over a KarNetForward() that kept");
  PetscCall(KarLogBegin(KAR_EVENT_BACKWARD));
  PetscCall(KarTensorsGetGradient(&n->tensors, NULL, NULL));
  PetscCall(AllocateGradient(n));
  kar_unet_transpose(n);
  if (n->halo) first = First(net, &end);
  for (PetscInt s = 0; s < n->count; s++) {
    if (n->halo) all = dy + s * np * n->cout;
    else PetscCall(GatherWhole(net, n->cout, dy + s * np * n->cout, n->answer, &all));
    if (!weights && !input) continue;
    AnswerAdjoint(n, s, weights, first, end, all);
    BackwardSample(n, s, weights, input);
    if (!input) continue;
    PetscCall(WindowAdjoint(net, dx + s * np * n->C));
    GateAdjoint(net, s, dy + s * np * n->cout, dx + s * np * n->C);
  }
  PetscCall(KarLogEnd(KAR_EVENT_BACKWARD));
  PetscFunctionReturn(PETSC_SUCCESS);
}
