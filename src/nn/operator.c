/* The Fourier neural operator as the Python library neuraloperator has it, so that its weights can be read and given
   back:
     u_0 = lift(x, numbers of the sample, coordinates), padded by zeros
     v   = gelu?( S_l u_l + W_l u_l ),   S_l u = Re sum_kappa (u^_kappa R_kappa) e^(ikx) + b
     u_{l+1} = gelu?( MLP(v) + g u_l ),  without an MLP gelu?(v)
     y   = projection(u_L), without the padding
   gelu? is not there in the last layer. Lift, MLP and projection have one hidden layer with GELU; the lift may have
   none. */
#include "affineimpl.h"
#include "operatorimpl.h"

/* --- Pieces ------------------------------------------------------------ */
static PetscInt Whole(PetscInt n)
{
  return (n + 15) / 16 * 16;
}

/* Array of slot s and, of those of a layer, layer l; where nothing is kept two layers take turns. */
static float *At(const KarOperator *n, KarOperatorArray a, PetscInt s, PetscInt l)
{
  const PetscInt layer = a < EACH ? 0 : n->layers > 2 ? l : l % 2;

  return n->array[a][layer] + s * n->size[a];
}

static PetscErrorCode Allocate(KarOperator *n, PetscInt slots, PetscBool keep)
{
  const PetscInt layers = keep ? KAR_OPERATOR_DEPTH + 1 : 2, H0 = n->H[0],
                 most = PetscMax(PetscMax(n->W, n->C), PetscMax(PetscMax(H0, n->H[1]), n->H[2]));

  PetscFunctionBegin;
  if (slots <= n->slots && layers <= n->layers) PetscFunctionReturn(PETSC_SUCCESS);
  n->slots  = PetscMax(slots, n->slots);
  n->layers = PetscMax(layers, n->layers);
  for (int a = 0; a < OPERATOR_ARRAYS; a++)
    for (PetscInt l = 0; l <= (a < EACH ? 0 : n->layers == 2 ? 1 : n->L); l++)
      PetscCall(KarFloatsCreate(n->slots * n->size[a], &n->array[a][l], NULL));
  for (int w = 0; w < 4; w++) PetscCall(KarFloatsCreate(Whole(PetscMax(n->pp, n->np) * most), &n->work[w], NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* x, the sample's numbers, the coordinates i/n of each point. */
static void Input(KarNet net, const PetscReal scalars[], const float x[], float in[])
{
  KarOperator       *n   = net->context;
  const KarGridInfo *g   = &net->info;
  const PetscInt     cin = net->cin + net->condition;

  for (PetscInt p = 0; p < n->np; p++) {
    const PetscInt i[3] = {g->start + p / g->n[2] / g->n[1], p / g->n[2] % g->n[1], p % g->n[2]};
    float         *to   = in + p * n->C;

    for (PetscInt c = 0; c < cin; c++) *to++ = x[p * cin + c];
    for (PetscInt c = 0; n->time > 0 && c < net->scalars; c++) *to++ = (float)scalars[c];
    for (PetscInt a = 0; n->grid > 0 && a < n->dim; a++)
      *to++ = (float)i[a] / (float)(n->grid > 1 ? PetscMax(g->n[a] - 1, 1) : g->n[a]);
  }
}

/* --- Forward ------------------------------------------------------------ */
static PetscErrorCode Layer(KarOperator *n, PetscInt s, PetscInt l)
{
  const PetscInt  W = n->W, H = n->H[2], P = n->pp;
  const PetscBool last = l == n->L - 1 ? PETSC_TRUE : PETSC_FALSE;
  float          *p = n->tensors.p, *u = At(n, LAYER_U, s, l), *v = At(n, LAYER_V, s, l), *y = At(n, LAYER_U, s, l + 1),
        *h       = At(n, LAYER_H, s, l);
  const float *b = kar_operator_at(n, p, SPECTRAL_B, l), *g = kar_operator_at(n, p, GATE_W, l),
              *gb = kar_operator_at(n, p, GATE_B, l);

  PetscFunctionBegin;
  PetscCall(KarOperatorSpectral(n, l, u, v));
  for (PetscInt i = 0; i < P; i++)
    for (PetscInt c = 0; c < W; c++) v[i * W + c] += b[c];
  if (n->skip > 0)
    kar_affine(P, W, W, u, kar_operator_at(n, p, SKIP_W, l), kar_operator_at(n, p, SKIP_B, l), PETSC_TRUE, v);
  if (!last) n->kernels->gelu_slope(Whole(P * W), v, v, At(n, LAYER_S, s, l));
  if (H) {
    kar_affine(P, W, H, v, kar_operator_at(n, p, MLP0_W, l), kar_operator_at(n, p, MLP0_B, l), PETSC_FALSE, h);
    n->kernels->gelu_slope(Whole(P * H), h, h, At(n, LAYER_HS, s, l));
    kar_affine(P, H, W, h, kar_operator_at(n, p, MLP1_W, l), kar_operator_at(n, p, MLP1_B, l), PETSC_FALSE, y);
    for (PetscInt i = 0; g && i < P; i++)
      for (PetscInt c = 0; c < W; c++) y[i * W + c] += g[c] * u[i * W + c] + (gb ? gb[c] : 0);
  } else PetscCall(PetscArraycpy(y, v, P * W));
  if (!last && (H || n->twice > 0)) n->kernels->gelu_slope(Whole(P * W), y, y, At(n, LAYER_T, s, l));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Forward(KarNet net, PetscInt batch, const PetscReal scalars[], const float x[], float y[],
                              KarNetPass pass)
{
  KarOperator    *n   = net->context;
  const PetscInt  cin = net->cin + net->condition, W = n->W, H0 = n->H[0], H1 = n->H[1];
  const PetscBool keep = pass == KAR_NET_KEEP ? PETSC_TRUE : PETSC_FALSE;
  float          *p;

  PetscFunctionBegin;
  PetscCall(KarLogBegin(KAR_EVENT_FORWARD));
  PetscCall(KarTensorsGetParameters(&n->tensors, NULL, &p));
  PetscCall(Allocate(n, keep ? batch : 1, keep));
  kar_operator_pack(n);
  for (PetscInt i = 0; i < batch; i++) {
    const PetscInt s  = keep ? i : 0;
    float         *in = At(n, INPUT, s, 0), *h = At(n, LIFT_H, s, 0), *u = At(n, OUT_U, s, 0), *q = At(n, OUT_H, s, 0),
          *lifted = n->work[0];

    Input(net, scalars + i * net->scalars, x + i * n->np * cin, in);
    kar_affine(n->np, n->C, H0 ? H0 : W, in, kar_operator_at(n, p, LIFT0_W, 0), kar_operator_at(n, p, LIFT0_B, 0),
               PETSC_FALSE, H0 ? h : lifted);
    if (H0) {
      n->kernels->gelu_slope(Whole(n->np * H0), h, h, At(n, LIFT_S, s, 0));
      kar_affine(n->np, H0, W, h, kar_operator_at(n, p, LIFT1_W, 0), kar_operator_at(n, p, LIFT1_B, 0), PETSC_FALSE,
                 lifted);
    }
    PetscCall(KarOperatorPad(n, lifted, At(n, LAYER_U, s, 0)));
    for (PetscInt l = 0; l < n->L; l++) PetscCall(Layer(n, s, l));
    PetscCall(KarOperatorUnpad(n, At(n, LAYER_U, s, n->L), u));
    kar_affine(n->np, W, H1, u, kar_operator_at(n, p, PROJECT0_W, 0), kar_operator_at(n, p, PROJECT0_B, 0), PETSC_FALSE,
               q);
    n->kernels->gelu_slope(Whole(n->np * H1), q, q, At(n, OUT_S, s, 0));
    kar_affine(n->np, H1, n->cout, q, kar_operator_at(n, p, PROJECT1_W, 0), kar_operator_at(n, p, PROJECT1_B, 0),
               PETSC_FALSE, y + i * n->np * n->cout);
  }
  n->count = keep ? batch : 0;
  PetscCall(KarLogEnd(KAR_EVENT_FORWARD));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Backward ------------------------------------------------------------ */
static void Multiply(PetscInt n, float *x, const float *slope)
{
  for (PetscInt i = 0; i < n; i++) x[i] *= slope[i];
}

/* d is dL/du_{l+1} and becomes dL/du_l; e is room for as much. */
static PetscErrorCode LayerAdjoint(KarOperator *n, PetscInt s, PetscInt l, PetscBool weights, float *d, float *e,
                                   float *h)
{
  const PetscInt  W = n->W, H = n->H[2], P = n->pp;
  const PetscBool last = l == n->L - 1 ? PETSC_TRUE : PETSC_FALSE;
  float *p = n->tensors.p, *G = weights ? n->tensors.g : NULL, *u = At(n, LAYER_U, s, l), *v = At(n, LAYER_V, s, l),
        *passed  = n->work[3];
  const float *g = kar_operator_at(n, p, GATE_W, l);

#define GRADIENT(t) (G ? kar_operator_at(n, G, t, l) : NULL)
  PetscFunctionBegin;
  if (!last && (H || n->twice > 0)) Multiply(P * W, d, At(n, LAYER_T, s, l));
  if (H) {
    float *dg = GRADIENT(GATE_W), *db = GRADIENT(GATE_B);

    for (PetscInt i = 0; i < P * W; i++) passed[i] = g ? g[i % W] * d[i] : 0;
    for (PetscInt i = 0; dg && i < P * W; i++) dg[i % W] += u[i] * d[i];
    for (PetscInt i = 0; db && i < P * W; i++) db[i % W] += d[i];
    kar_affine_adjoint(P, H, W, At(n, LAYER_H, s, l), kar_operator_at(n, p, MLP1_W, l), d, PETSC_FALSE, h,
                       GRADIENT(MLP1_W), GRADIENT(MLP1_B));
    Multiply(P * H, h, At(n, LAYER_HS, s, l));
    kar_affine_adjoint(P, W, H, v, kar_operator_at(n, p, MLP0_W, l), h, PETSC_FALSE, d, GRADIENT(MLP0_W),
                       GRADIENT(MLP0_B));
  }
  if (!last) Multiply(P * W, d, At(n, LAYER_S, s, l));
  for (PetscInt i = 0; G && i < P * W; i++) kar_operator_at(n, G, SPECTRAL_B, l)[i % W] += d[i];
  PetscCall(KarOperatorSpectralAdjoint(n, l, weights, u, d, e));
  if (n->skip > 0)
    kar_affine_adjoint(P, W, W, u, kar_operator_at(n, p, SKIP_W, l), d, PETSC_TRUE, e, GRADIENT(SKIP_W),
                       GRADIENT(SKIP_B));
  for (PetscInt i = 0; i < P * W; i++) d[i] = e[i] + (H ? passed[i] : 0);
  PetscFunctionReturn(PETSC_SUCCESS);
#undef GRADIENT
}

static PetscErrorCode BackwardSample(KarNet net, PetscInt s, PetscBool weights, const float dy[], float dx[])
{
  KarOperator   *n   = net->context;
  const PetscInt cin = net->cin + net->condition, W = n->W, H0 = n->H[0], H1 = n->H[1];
  float *p = n->tensors.p, *G = weights ? n->tensors.g : NULL, *a = n->work[0], *b = n->work[1], *c = n->work[2];

#define GRADIENT(t) (G ? kar_operator_at(n, G, t, 0) : NULL)
  PetscFunctionBegin;
  kar_affine_adjoint(n->np, H1, n->cout, At(n, OUT_H, s, 0), kar_operator_at(n, p, PROJECT1_W, 0), dy, PETSC_FALSE, b,
                     GRADIENT(PROJECT1_W), GRADIENT(PROJECT1_B));
  Multiply(n->np * H1, b, At(n, OUT_S, s, 0));
  kar_affine_adjoint(n->np, W, H1, At(n, OUT_U, s, 0), kar_operator_at(n, p, PROJECT0_W, 0), b, PETSC_FALSE, c,
                     GRADIENT(PROJECT0_W), GRADIENT(PROJECT0_B));
  PetscCall(KarOperatorPad(n, c, a));
  for (PetscInt l = n->L - 1; l >= 0; l--) PetscCall(LayerAdjoint(n, s, l, weights, a, b, c));
  PetscCall(KarOperatorUnpad(n, a, c));
  if (H0) {
    kar_affine_adjoint(n->np, H0, W, At(n, LIFT_H, s, 0), kar_operator_at(n, p, LIFT1_W, 0), c, PETSC_FALSE, a,
                       GRADIENT(LIFT1_W), GRADIENT(LIFT1_B));
    Multiply(n->np * H0, a, At(n, LIFT_S, s, 0));
  }
  kar_affine_adjoint(n->np, n->C, H0 ? H0 : W, At(n, INPUT, s, 0), kar_operator_at(n, p, LIFT0_W, 0), H0 ? a : c,
                     PETSC_FALSE, b, GRADIENT(LIFT0_W), GRADIENT(LIFT0_B));
  for (PetscInt i = 0; dx && i < n->np; i++) PetscCall(PetscArraycpy(dx + i * cin, b + i * n->C, cin));
  PetscFunctionReturn(PETSC_SUCCESS);
#undef GRADIENT
}

static PetscErrorCode Backward(KarNet net, int wanted, const float dy[], float dx[])
{
  KarOperator    *n       = net->context;
  const PetscInt  cin     = net->cin + net->condition;
  const PetscBool weights = wanted & KAR_NET_WEIGHTS ? PETSC_TRUE : PETSC_FALSE;

  PetscFunctionBegin;
  PetscCheck(n->count, PETSC_COMM_SELF, PETSC_ERR_ORDER, "KarNetBackward() goes back over a KarNetForward() that kept");
  PetscCall(KarLogBegin(KAR_EVENT_BACKWARD));
  PetscCall(KarTensorsGetGradient(&n->tensors, NULL, NULL));
  for (PetscInt s = 0; s < n->count; s++)
    PetscCall(
      BackwardSample(net, s, weights, dy + s * n->np * n->cout, wanted & KAR_NET_INPUT ? dx + s * n->np * cin : NULL));
  PetscCall(KarLogEnd(KAR_EVENT_BACKWARD));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- The type ------------------------------------------------------------ */
static PetscErrorCode SetUp(KarNet net)
{
  KarOperator *n = net->context;

  PetscFunctionBegin;
  n->kernels = kar_kernels();
  n->dim     = net->info.dim;
  n->W       = (PetscInt)n->width;
  n->L       = (PetscInt)n->depth;
  n->cout    = net->cout;
  n->H[0] = (PetscInt)n->lifting, n->H[1] = (PetscInt)n->projection, n->H[2] = (PetscInt)n->mlp;
  n->C = net->cin + net->condition + (n->time > 0 ? net->scalars : 0) + (n->grid > 0 ? n->dim : 0);
  PetscCall(KarOperatorCreateTensors(net));
  PetscCall(KarOperatorCreateModes(net));
  for (PetscInt l = 0; l < n->L; l++) PetscCall(KarFloatsCreate(n->nq * n->W * 2 * n->W, &n->R[l], NULL));
  n->size[INPUT]  = Whole(n->np * n->C);
  n->size[LIFT_H] = n->size[LIFT_S] = Whole(n->np * n->H[0]);
  n->size[OUT_U]                    = Whole(n->np * n->W);
  n->size[OUT_H] = n->size[OUT_S] = Whole(n->np * n->H[1]);
  for (int a = EACH; a < OPERATOR_ARRAYS; a++)
    n->size[a] = Whole(n->pp * (a == LAYER_H || a == LAYER_HS ? n->H[2] : n->W));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Memory(KarNet net, PetscInt batch, KarNetPass pass, PetscReal *bytes)
{
  const KarOperator *n      = net->context;
  const PetscBool    keep   = pass == KAR_NET_KEEP ? PETSC_TRUE : PETSC_FALSE;
  PetscReal          floats = (keep ? 2. : 1.) * (PetscReal)n->tensors.size + 4. * (PetscReal)n->coordinates;

  PetscFunctionBegin;
  for (int a = 0; a < OPERATOR_ARRAYS; a++)
    floats += (PetscReal)n->size[a] * (PetscReal)(keep ? batch : 1) * (a < EACH ? 1 : keep ? n->L + 1 : 2);
  *bytes = sizeof(float) * floats;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Defaults(KarNet net)
{
  KarOperator *n = net->context;

  PetscFunctionBegin;
  for (PetscInt a = 0; a < net->info.dim; a++)
    n->modes[a] =
      (PetscReal)(a < net->info.dim - 1 ? PetscMin(32, net->info.n[a]) : PetscMin(17, net->info.n[a] / 2 + 1));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Destroy(KarNet net)
{
  KarOperator *n = net->context;

  PetscFunctionBegin;
  if (n) {
    PetscCall(KarOperatorDestroyModes(n));
    for (int l = 0; l < KAR_OPERATOR_DEPTH; l++) free(n->R[l]);
    for (int a = 0; a < OPERATOR_ARRAYS; a++)
      for (int l = 0; l <= KAR_OPERATOR_DEPTH; l++) free(n->array[a][l]);
    for (int w = 0; w < 4; w++) free(n->work[w]);
    PetscCall(KarTensorsDestroy(&n->tensors));
  }
  PetscCall(PetscFree(n));
  net->context = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNetCreate_NeuralOperator(KarNet net)
{
  static const char *const modes[] = {"modes_0", "modes_1", "modes_2"}, *const pads[] = {"pad_0", "pad_1", "pad_2"};
  KarOperator *n;
  int          i = 0;

  PetscFunctionBegin;
  PetscCall(PetscNew(&n));
  n->width = 32, n->depth = 4, n->lifting = 64, n->projection = 64, n->mlp = 16, n->gate = 1, n->skip = 1, n->twice = 1,
  n->sides = 2, n->time = 1;
  for (int a = 0; a < 3; a++) n->modes[a] = 1;
#define WHOLE(name, text, least, most, value)                                                                          \
  n->table[i++] = (KarParameter){name, text, value, least, most, KarParameterWhole}
  WHOLE("width", "channels of the Fourier layers", 1, 1024, &n->width);
  WHOLE("depth", "number of Fourier layers", 1, KAR_OPERATOR_DEPTH, &n->depth);
  WHOLE("lifting", "hidden channels of the lift; 0: none", 0, 4096, &n->lifting);
  WHOLE("projection", "hidden channels of the projection", 1, 4096, &n->projection);
  WHOLE("mlp", "hidden channels of the MLP of a layer; 0: none", 0, 4096, &n->mlp);
  WHOLE("gate", "1: the MLP's skip is a number a channel; 2: with a bias", 0, 2, &n->gate);
  WHOLE("skip", "1: a linear skip beside the Fourier part; 2: with a bias", 0, 2, &n->skip);
  WHOLE("grid", "coordinates as input channels, 1: i/n; 2: i/(n - 1)", 0, 2, &n->grid);
  WHOLE("time", "1: the sample's numbers as constant input channels", 0, 1, &n->time);
  WHOLE("twice", "1: without an MLP the GELU of a layer is there twice", 0, 1, &n->twice);
  WHOLE("sides", "padding on 1 side or 2", 1, 2, &n->sides);
  for (int a = 0; a < 3; a++) n->table[i++] = (KarParameter){.name = modes[a], .value = &n->modes[a]};
  for (int a = 0; a < 3; a++) n->table[i++] = (KarParameter){.name = pads[a], .value = &n->pad[a]};
#undef WHOLE
  net->context    = n;
  net->parameters = n->table;
  net->ops        = (KarNetOps){.setup    = SetUp,
                                .forward  = Forward,
                                .backward = Backward,
                                .memory   = Memory,
                                .defaults = Defaults,
                                .destroy  = Destroy};
  PetscFunctionReturn(PETSC_SUCCESS);
}
