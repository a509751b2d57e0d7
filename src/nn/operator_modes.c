/* The spectral part of the neuraloperator: tensors as that library names and orders them, transforms over slabs,
   padding. Index i of a tensor of m modes along an axis but the last is kappa = i - m/2, along the last it is kappa. */
#include "operatorimpl.h"

#include <math.h>

static PetscErrorCode Add(KarOperator *n, KarOperatorTensor t, const char name[], PetscInt l, PetscReal scale,
                          PetscInt ndim, const PetscInt shape[])
{
  PetscFunctionBegin;
  n->id[t][l] = n->tensors.n;
  PetscCall(KarTensorsAdd(&n->tensors, name, l, scale, ndim, shape));
  PetscFunctionReturn(PETSC_SUCCESS);
}

#define ADD(t, name, l, scale, ndim, ...) PetscCall(Add(n, t, name, l, scale, ndim, (const PetscInt[]){__VA_ARGS__}))

static PetscErrorCode Layer(KarOperator *n, PetscInt l)
{
  const PetscInt  W = n->W, H = n->H[2];
  const PetscReal one      = 1 / PetscSqrtReal((PetscReal)W);
  PetscInt        shape[6] = {W, W};

  PetscFunctionBegin;
  for (PetscInt a = 0; a < n->dim; a++) shape[2 + a] = (PetscInt)n->modes[a];
  shape[2 + n->dim] = 2;
  PetscCall(Add(n, SPECTRAL_W, "fno_blocks.convs.%d.weight", l, one / PetscSqrtReal(2.), 3 + n->dim, shape));
  ADD(SPECTRAL_B, "fno_blocks.convs.%d.bias", l, 0, 1, W);
  if (n->skip > 0) ADD(SKIP_W, "fno_blocks.fno_skips.%d.weight", l, one, 2, W, W);
  if (n->skip > 1) ADD(SKIP_B, "fno_blocks.fno_skips.%d.bias", l, 0, 1, W);
  if (!H) PetscFunctionReturn(PETSC_SUCCESS);
  ADD(MLP0_W, "fno_blocks.channel_mlp.%d.fcs.0.weight", l, one, 2, H, W);
  ADD(MLP0_B, "fno_blocks.channel_mlp.%d.fcs.0.bias", l, 0, 1, H);
  ADD(MLP1_W, "fno_blocks.channel_mlp.%d.fcs.1.weight", l, 1 / PetscSqrtReal((PetscReal)H), 2, W, H);
  ADD(MLP1_B, "fno_blocks.channel_mlp.%d.fcs.1.bias", l, 0, 1, W);
  if (n->gate > 0) ADD(GATE_W, "fno_blocks.channel_mlp_skips.%d.weight", l, one, 1, W);
  if (n->gate > 1) ADD(GATE_B, "fno_blocks.channel_mlp_skips.%d.bias", l, 0, 1, W);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarOperatorCreateTensors(KarNet net)
{
  KarOperator    *n = net->context;
  const PetscInt  W = n->W, H0 = n->H[0], H1 = n->H[1];
  const PetscReal one = 1 / PetscSqrtReal((PetscReal)n->C);

  PetscFunctionBegin;
  for (int t = 0; t < OPERATOR_TENSORS; t++)
    for (int l = 0; l < KAR_OPERATOR_DEPTH; l++) n->id[t][l] = -1;
  ADD(LIFT0_W, "lifting.fcs.0.weight", 0, one, 2, H0 ? H0 : W, n->C);
  ADD(LIFT0_B, "lifting.fcs.0.bias", 0, 0, 1, H0 ? H0 : W);
  if (H0) ADD(LIFT1_W, "lifting.fcs.1.weight", 0, 1 / PetscSqrtReal((PetscReal)H0), 2, W, H0);
  if (H0) ADD(LIFT1_B, "lifting.fcs.1.bias", 0, 0, 1, W);
  for (PetscInt l = 0; l < n->L; l++) PetscCall(Layer(n, l));
  ADD(PROJECT0_W, "projection.fcs.0.weight", 0, 1 / PetscSqrtReal((PetscReal)W), 2, H1, W);
  ADD(PROJECT0_B, "projection.fcs.0.bias", 0, 0, 1, H1);
  ADD(PROJECT1_W, "projection.fcs.1.weight", 0, 0, 2, n->cout, H1);
  ADD(PROJECT1_B, "projection.fcs.1.bias", 0, 0, 1, n->cout);
  net->tensors = &n->tensors;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Padding ------------------------------------------------------------ */
static PetscErrorCode CreateRows(KarOperator *n)
{
  const KarGridInfo *g = &n->grids[0], *p = &n->grids[1];
  const PetscInt     numbers = g->n[1] * g->n[2] * n->W;
  PetscMPIInt        ranks;
  PetscInt           block, m = 0, *to;
  PetscSFNode       *from;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(g->comm, &ranks));
  block = (g->n[0] + ranks - 1) / ranks;
  PetscCall(PetscMalloc1(p->ln, &from));
  PetscCall(PetscMalloc1(p->ln, &to));
  for (PetscInt i = 0; i < p->ln; i++) {
    const PetscInt row = p->start + i - n->low[0];

    if (row < 0 || row >= g->n[0]) continue;
    to[m]           = i;
    from[m].rank    = row / block;
    from[m++].index = row % block;
  }
  PetscCall(PetscSFCreate(g->comm, &n->rows));
  PetscCall(PetscSFSetGraph(n->rows, g->ln, m, to, PETSC_OWN_POINTER, from, PETSC_OWN_POINTER));
  PetscCallMPI(MPI_Type_contiguous((PetscMPIInt)numbers, MPI_FLOAT, &n->row));
  PetscCallMPI(MPI_Type_commit(&n->row));
  PetscCall(KarFloatsCreate(p->ln * numbers, &n->staged, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Rows of the grid's own points between staged rows and padded ones. */
static PetscErrorCode Lines(KarOperator *n, float staged[], float padded[], PetscBool out)
{
  const KarGridInfo *g = &n->grids[0], *p = &n->grids[1];
  const PetscInt     line = g->n[2] * n->W;

  PetscFunctionBegin;
  for (PetscInt i = 0; i < p->ln; i++) {
    const PetscInt row = p->start + i - n->low[0];

    if (row < 0 || row >= g->n[0]) continue;
    for (PetscInt j = 0; j < g->n[1]; j++) {
      float *in = staged + (i * g->n[1] + j) * line,
            *of = padded + ((i * p->n[1] + j + n->low[1]) * p->n[2] + n->low[2]) * n->W;

      if (out) PetscCall(PetscArraycpy(of, in, line));
      else PetscCall(PetscArraycpy(in, of, line));
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarOperatorPad(KarOperator *n, const float in[], float out[])
{
  PetscFunctionBegin;
  if (!n->padded) PetscCall(PetscArraycpy(out, in, n->np * n->W));
  if (!n->padded) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscArrayzero(out, n->pp * n->W));
  PetscCall(PetscSFBcastBegin(n->rows, n->row, in, n->staged, MPI_REPLACE));
  PetscCall(PetscSFBcastEnd(n->rows, n->row, in, n->staged, MPI_REPLACE));
  PetscCall(Lines(n, n->staged, out, PETSC_TRUE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarOperatorUnpad(KarOperator *n, const float in[], float out[])
{
  PetscFunctionBegin;
  if (!n->padded) PetscCall(PetscArraycpy(out, in, n->np * n->W));
  if (!n->padded) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(Lines(n, n->staged, (float *)in, PETSC_FALSE));
  PetscCall(PetscSFReduceBegin(n->rows, n->row, n->staged, out, MPI_REPLACE));
  PetscCall(PetscSFReduceEnd(n->rows, n->row, n->staged, out, MPI_REPLACE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Modes ------------------------------------------------------------ */
/* Where a stored mode is in a tensor; -1: nowhere. */
static PetscInt Find(const KarOperator *n, const KarMode *mode)
{
  PetscInt at = 0;

  for (PetscInt a = 0; a < n->dim; a++) {
    const PetscInt m = (PetscInt)n->modes[a], i = mode->sign * mode->index[a] + (a < n->dim - 1 ? m / 2 : 0);

    if (i < 0 || i >= m) return -1;
    at = at * m + i;
  }
  return at;
}

PetscErrorCode KarOperatorCreateModes(KarNet net)
{
  KarOperator    *n = net->context;
  const KarModes *modes;
  KarMode         mode;
  KarGrid         grid;
  PetscInt        size[3];
  PetscReal       length[3];

  PetscFunctionBegin;
  for (PetscInt a = 0; a < 3; a++) {
    const PetscInt add = a < n->dim ? (PetscInt)rint(n->pad[a] * (PetscReal)net->info.n[a]) : 0;

    n->low[a] = n->sides > 1 ? add : 0;
    size[a]   = net->info.n[a] + (n->sides > 1 ? 2 : 1) * add;
    length[a] = (PetscReal)size[a];
    if (add) n->padded = PETSC_TRUE;
  }
  n->M = 1;
  for (PetscInt a = 0; a < n->dim; a++) {
    const PetscInt m = (PetscInt)n->modes[a], most = a < n->dim - 1 ? size[a] : size[a] / 2 + 1;

    KarCheck(net->comm, m <= most, PETSC_ERR_ARG_OUTOFRANGE,
             "%" PetscInt_FMT " modes along axis %" PetscInt_FMT " of a grid of %" PetscInt_FMT
             " points, padding included: it has %" PetscInt_FMT,
             m, a, size[a], most);
    n->M *= m;
  }
  PetscCall(KarGridCreate(net->comm, &grid));
  PetscCall(KarGridSetSizes(grid, n->dim, size, length));
  PetscCall(KarGridSetComponents(grid, n->W));
  PetscCall(KarFFTCreate(grid, &n->fft));
  PetscCall(KarGridGetInfo(grid, &n->grids[1]));
  PetscCall(KarGridDestroy(&grid));
  n->grids[0] = net->info;
  n->np       = net->info.ln * net->info.n[1] * net->info.n[2];
  n->pp       = n->grids[1].ln * size[1] * size[2];
  if (n->padded) PetscCall(CreateRows(n));
  PetscCall(KarFFTGetModes(n->fft, &modes));
  n->coordinates = modes->rows * modes->length * modes->dof * modes->width;
  PetscCall(PetscMalloc2(modes->rows * modes->length, &n->offset, modes->rows * modes->length, &n->mode));
  PetscCall(PetscMalloc2(n->coordinates, &n->x, n->coordinates, &n->y));
  for (PetscInt i = 0; i < modes->rows * modes->length; i++) {
    kar_mode(modes, i / modes->length, i % modes->length, &mode);
    n->offset[n->nq] = mode.offset;
    n->mode[n->nq]   = Find(n, &mode);
    if (n->mode[n->nq] >= 0) n->nq++;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarOperatorDestroyModes(KarOperator *n)
{
  PetscFunctionBegin;
  if (n->rows) PetscCallMPI(MPI_Type_free(&n->row));
  PetscCall(PetscSFDestroy(&n->rows));
  PetscCall(KarFFTDestroy(&n->fft));
  PetscCall(PetscFree2(n->offset, n->mode));
  PetscCall(PetscFree2(n->x, n->y));
  free(n->staged);
  PetscFunctionReturn(PETSC_SUCCESS);
}

void kar_operator_pack(KarOperator *n)
{
  for (PetscInt l = 0; l < n->L; l++) {
    const float *w = kar_operator_at(n, n->tensors.p, SPECTRAL_W, l);

    for (PetscInt q = 0; q < n->nq; q++)
      for (PetscInt i = 0; i < n->W; i++)
        for (PetscInt o = 0; o < n->W; o++) {
          const float *from = w + 2 * ((i * n->W + o) * n->M + n->mode[q]);
          float       *to   = n->R[l] + (q * n->W + i) * 2 * n->W + o;

          to[0]    = from[0];
          to[n->W] = from[1];
        }
  }
}

PetscErrorCode KarOperatorSpectral(KarOperator *n, PetscInt l, const float u[], float y[])
{
  const PetscInt W = n->W;

  PetscFunctionBegin;
  PetscCall(KarFFTForwardFloat(n->fft, W, u, n->x));
  PetscCall(PetscArrayzero(n->y, n->coordinates));
  for (PetscInt q = 0; q < n->nq; q++) {
    const PetscReal *x = n->x + n->offset[q];
    PetscReal       *s = n->y + n->offset[q];

    for (PetscInt i = 0; i < W; i++) {
      const float *re = n->R[l] + (q * W + i) * 2 * W, *im = re + W;

      for (PetscInt o = 0; o < W; o++) {
        s[2 * o] += x[2 * i] * (PetscReal)re[o] - x[2 * i + 1] * (PetscReal)im[o];
        s[2 * o + 1] += x[2 * i] * (PetscReal)im[o] + x[2 * i + 1] * (PetscReal)re[o];
      }
    }
  }
  PetscCall(KarFFTInverseFloat(n->fft, n->y, W, y));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* dR = N conj(u^) g^ of one mode, into the gradient of the tensor. */
static void Gradient(KarOperator *n, PetscInt l, PetscInt q, const PetscReal x[], const PetscReal g[])
{
  const PetscReal N = (PetscReal)n->grids[1].n[0] * (PetscReal)n->grids[1].n[1] * (PetscReal)n->grids[1].n[2];
  float          *w = kar_operator_at(n, n->tensors.g, SPECTRAL_W, l);

  for (PetscInt i = 0; i < n->W; i++)
    for (PetscInt o = 0; o < n->W; o++) {
      float *to = w + 2 * ((i * n->W + o) * n->M + n->mode[q]);

      to[0] += (float)(N * (x[2 * i] * g[2 * o] + x[2 * i + 1] * g[2 * o + 1]));
      to[1] += (float)(N * (x[2 * i] * g[2 * o + 1] - x[2 * i + 1] * g[2 * o]));
    }
}

PetscErrorCode KarOperatorSpectralAdjoint(KarOperator *n, PetscInt l, PetscBool weights, const float u[],
                                          const float g[], float du[])
{
  const PetscInt W = n->W;

  PetscFunctionBegin;
  PetscCall(KarFFTForwardFloat(n->fft, W, g, n->y));
  if (weights) {
    PetscCall(KarFFTForwardFloat(n->fft, W, u, n->x));
    for (PetscInt q = 0; q < n->nq; q++) Gradient(n, l, q, n->x + n->offset[q], n->y + n->offset[q]);
  }
  PetscCall(PetscArrayzero(n->x, n->coordinates));
  for (PetscInt q = 0; q < n->nq; q++) {
    const PetscReal *s = n->y + n->offset[q];
    PetscReal       *x = n->x + n->offset[q];

    for (PetscInt i = 0; i < W; i++) {
      const float *re = n->R[l] + (q * W + i) * 2 * W, *im = re + W;

      for (PetscInt o = 0; o < W; o++) {
        x[2 * i] += (PetscReal)re[o] * s[2 * o] + (PetscReal)im[o] * s[2 * o + 1];
        x[2 * i + 1] += (PetscReal)re[o] * s[2 * o + 1] - (PetscReal)im[o] * s[2 * o];
      }
    }
  }
  PetscCall(KarFFTInverseFloat(n->fft, n->x, W, du));
  PetscFunctionReturn(PETSC_SUCCESS);
}
