/* Forward and backward through a U-net: its layers in their order, activations of each sample kept or not, the whole
   grid on every rank. */
#include "unetimpl.h"

/* Room for `slots` samples' activations, and where each layer's output goes. */
static PetscErrorCode Allocate(KarUNet *n, PetscInt slots)
{
  PetscFunctionBegin;
  if (slots <= n->slots) PetscFunctionReturn(PETSC_SUCCESS);
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

/* Room for gradients: of one sample, and the transposed weights. */
static PetscErrorCode AllocateGradient(KarUNet *n)
{
  PetscFunctionBegin;
  if (n->level[0].du) PetscFunctionReturn(PETSC_SUCCESS);
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
static PetscErrorCode Gather(KarNet net, PetscInt channels, const float x[], float scratch[], const float *all[])
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
  PetscCallMPI(MPI_Allgatherv(x, counts[n->rank], MPI_FLOAT, scratch, counts, starts, MPI_FLOAT, net->comm));
  PetscCall(PetscFree2(counts, starts));
  *all = scratch;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Forward ------------------------------------------------------------ */
static void Answer(const KarNet net, PetscInt slot, float y[])
{
  const KarUNet      *n = net->context;
  const KarUNetLevel *v = &n->level[0];
  const PetscInt      W = v->W, m = v->n[n->dim - 1], plane = net->info.n[1] * net->info.n[2],
                 first = net->info.start * plane, end = first + net->info.ln * plane;
  float both[2];

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

/* The whole grid's inputs x, [points][C]. */
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
  PetscCall(Allocate(n, pass == KAR_NET_KEEP ? batch : 1));
  PetscCall(KarFilmForward(&n->film, n->kernels, &n->tensors, batch, scalars));
  for (PetscInt s = 0; s < batch; s++) {
    const PetscInt slot = pass == KAR_NET_KEEP ? s : 0;

    PetscCall(Gather(net, n->C, x + s * np * n->C, n->whole, &all));
    Evaluate(n, slot, n->film.mod + s * n->film.m, all);
    Answer(net, slot, y + s * np * n->cout);
  }
  n->count = pass == KAR_NET_KEEP ? batch : 0;
  PetscCall(KarLogEnd(KAR_EVENT_FORWARD));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Backward ------------------------------------------------------------ */
/* du of level 0 from dy, [points][cout]; the gradients of out and gate. */
static void AnswerAdjoint(KarUNet *n, PetscInt slot, PetscBool weights, const float dy[])
{
  KarUNetLevel  *v = &n->level[0];
  const PetscInt W = v->W, m = v->n[n->dim - 1];

  memset(v->du, 0, (size_t)(v->padded * W) * sizeof(float));
  for (PetscInt q = 0; q < v->points; q++) {
    const ptrdiff_t p = kar_unet_row(n, v, q / m) + q % m;
    const float    *u = n->top + (slot * v->padded + p) * W, *x = n->layer[0].in + (slot * v->padded + p) * n->C;

    for (PetscInt o = 0; o < n->cout; o++) {
      const float  a = dy[q * n->cout + o], b = a * x[o], both[2] = {a, b};
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

/* dx of this rank's slab: du of level 0, [padded][X], and the gate's part. */
static void InputAdjoint(const KarNet net, PetscInt slot, const float dy[], float dx[])
{
  const KarUNet      *n = net->context;
  const KarUNetLevel *v = &n->level[0];
  const PetscInt      W = v->W, m = v->n[n->dim - 1], X = n->layer[0].X, plane = net->info.n[1] * net->info.n[2],
                 first = net->info.start * plane, end = first + net->info.ln * plane;
  float gate;

  for (PetscInt q = first; q < end; q++) {
    const ptrdiff_t p = kar_unet_row(n, v, q / m) + q % m;

    for (PetscInt c = 0; c < n->C; c++) dx[(q - first) * n->C + c] = v->du[p * X + c];
    for (PetscInt o = 0; o < n->cout; o++) {
      n->kernels->dots(1, W, n->top + (slot * v->padded + p) * W, kar_unet_at(n, n->tensors.p, KAR_UNET_GATE_W) + o * W,
                       kar_unet_at(n, n->tensors.p, KAR_UNET_GATE_B)[o], &gate, 1);
      dx[(q - first) * n->C + o] += gate * dy[q * n->cout + o];
    }
  }
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
  const PetscBool weights =
    (wanted & KAR_NET_WEIGHTS) && !n->rank ? PETSC_TRUE : PETSC_FALSE; /* all ranks have the same: the sum is one's */
  const float *all;

  PetscFunctionBegin;
  PetscCheck(n->count, PETSC_COMM_SELF, PETSC_ERR_ORDER, "KarNetBackward() goes back over a KarNetForward() that kept");
  PetscCall(KarLogBegin(KAR_EVENT_BACKWARD));
  PetscCall(KarTensorsGetGradient(&n->tensors, NULL, NULL));
  PetscCall(AllocateGradient(n));
  kar_unet_transpose(n);
  for (PetscInt s = 0; s < n->count; s++) {
    PetscCall(Gather(net, n->cout, dy + s * np * n->cout, n->answer, &all));
    if (!weights && !input) continue;
    AnswerAdjoint(n, s, weights, all);
    BackwardSample(n, s, weights, input);
    if (input) InputAdjoint(net, s, all, dx + s * np * n->C);
  }
  PetscCall(KarLogEnd(KAR_EVENT_BACKWARD));
  PetscFunctionReturn(PETSC_SUCCESS);
}
