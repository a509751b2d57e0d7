/* The network of points (karhunen/transformer.h): tokens, layers forward and backward; attention.c has what passes
   between points. */
#include <karhunen/transformer.h>

#include <math.h>

#include "affineimpl.h"
#include "attentionimpl.h"
#include "filmimpl.h"

enum { DEPTH = 32, OCTAVES = 5 }; /* wave numbers 1, 2, ..., 16 of the phases */

/* Tensors after the film's four: of the whole network, then of each layer. */
enum { IN_W = 4, IN_B, OUT_W, OUT_B, FIRST };
enum { Q_W, K_W, V_W, O_W, O_B, P_W, P_B, R_W, R_B, EACH };

/* What a layer keeps of a sample. */
enum { NORM1, QUERY, KEY, VALUE, ANSWER, NORM2, HIDDEN, SLOPE, SUMS, STD1, STD2, ARRAYS };

typedef struct {
  PetscReal         width, depth, heads, hidden, embed, axes;
  KarParameter      table[7];
  KarTensors        tensors;
  KarFilm           film;
  KarAttention      attention;
  const KarKernels *kernels;
  PetscInt          d, L, H, F, C, cout, P, dim; /* F: hidden channels; P: points here; dim: axes of places */
  float            *phase;                       /* [P][d/H/2][2] cos and sin */
  PetscInt          slots, layers, size[ARRAYS];
  float            *kept[DEPTH][ARRAYS];
  float            *last, *laststd; /* [slots] normed output of the layers */
  float            *work[5];
  const float      *x;
  PetscInt          count;
} Net;

static float *Tensor(const Net *n, float *block, PetscInt t)
{
  return block ? block + n->tensors.tensor[t].offset : NULL;
}

static float *LayerTensor(const Net *n, float *block, PetscInt l, PetscInt t)
{
  return Tensor(n, block, FIRST + l * EACH + t);
}

/* --- Set-up -------------------------------------------------------------------------------------------------------------- */
#define ADD(name, l, scale, ndim, ...)                                                                                 \
  PetscCall(KarTensorsAdd(&n->tensors, name, l, scale, ndim, (const PetscInt[]){__VA_ARGS__}))

static PetscErrorCode Tensors(KarNet net, Net *n)
{
  const PetscInt  e = n->film.embed, d = n->d, F = n->F;
  const PetscReal one = 1 / PetscSqrtReal((PetscReal)d);

  PetscFunctionBegin;
  ADD("time.0.weight", 0, PetscSqrtReal(2. / (PetscReal)(net->scalars * e)), 2, net->scalars * e, 2 * e);
  ADD("time.0.bias", 0, 0, 1, 2 * e);
  ADD("time.1.weight", 0, 0, 4, 2 * e, n->L, 4, d);
  ADD("time.1.bias", 0, 0, 3, n->L, 4, d);
  ADD("in.weight", 0, 1 / PetscSqrtReal((PetscReal)n->C), 2, d, n->C);
  ADD("in.bias", 0, 0, 1, d);
  ADD("out.weight", 0, 0, 2, n->cout, d);
  ADD("out.bias", 0, 0, 1, n->cout);
  for (PetscInt l = 0; l < n->L; l++) {
    ADD("layer%d.query", l, one, 2, d, d);
    ADD("layer%d.key", l, one, 2, d, d);
    ADD("layer%d.value", l, one, 2, d, d);
    ADD("layer%d.answer.weight", l, one / PetscSqrtReal((PetscReal)n->L), 2, d, d);
    ADD("layer%d.answer.bias", l, 0, 1, d);
    ADD("layer%d.mlp.0.weight", l, PetscSqrtReal(2.) * one, 2, F, d);
    ADD("layer%d.mlp.0.bias", l, 0, 1, F);
    ADD("layer%d.mlp.1.weight", l, 1 / PetscSqrtReal((PetscReal)(F * n->L)), 2, d, F);
    ADD("layer%d.mlp.1.bias", l, 0, 1, d);
  }
  net->tensors = &n->tensors;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Pair j of a head turns by 2 pi 2^(j/dim) x_(j mod dim). */
static void SetPhases(Net *n, const PetscReal x[])
{
  const PetscInt pairs = n->d / n->H / 2;

  for (PetscInt i = 0; i < n->P; i++)
    for (PetscInt j = 0; j < pairs; j++) {
      const PetscReal angle = 2 * PETSC_PI * (PetscReal)(1 << j / n->dim % OCTAVES) * x[i * n->dim + j % n->dim];

      n->phase[2 * (i * pairs + j)]     = (float)PetscCosReal(angle);
      n->phase[2 * (i * pairs + j) + 1] = (float)PetscSinReal(angle);
    }
}

static PetscErrorCode GridPlaces(KarNet net, Net *n)
{
  const KarGridInfo *g    = &net->info;
  const PetscReal    half = g->basis == KAR_BASIS_COSINE ? 0.5 : 0;
  PetscReal         *x;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(n->P * n->dim, &x));
  for (PetscInt p = 0; p < n->P && n->dim == g->dim; p++) {
    const PetscInt i[3] = {g->start + p / g->n[2] / g->n[1], p / g->n[2] % g->n[1], p % g->n[2]};

    for (PetscInt a = 0; a < g->dim; a++)
      x[p * g->dim + a] = ((PetscReal)i[a] + half) / (PetscReal)g->n[a] * (half > 0 ? 0.5 : 1);
  }
  SetPhases(n, x);
  PetscCall(PetscFree(x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUp(KarNet net)
{
  Net *n = net->context;

  PetscFunctionBegin;
  n->d = (PetscInt)n->width, n->L = (PetscInt)n->depth, n->H = (PetscInt)n->heads, n->F = (PetscInt)n->hidden;
  n->C = net->cin + net->condition, n->cout = net->cout;
  n->P   = net->info.ln * net->info.n[1] * net->info.n[2];
  n->dim = n->axes > 0 ? (PetscInt)n->axes : net->info.dim;
  KarCheck(net->comm, n->d % (2 * n->H) == 0, PETSC_ERR_ARG_OUTOFRANGE,
           "a transformer of width %" PetscInt_FMT " and %" PetscInt_FMT
           " heads: each head has an even number of channels",
           n->d, n->H);
  n->film.n = net->scalars, n->film.embed = (PetscInt)n->embed, n->film.m = n->L * 4 * n->d;
  n->kernels = kar_kernels();
  PetscCall(Tensors(net, n));
  PetscCall(KarAttentionCreate(net->comm, n->P, n->d, n->H, &n->attention));
  PetscCall(KarAttentionSetWeights(&n->attention, NULL));
  PetscCall(KarFloatsCreate(n->P * n->d / n->H, &n->phase, NULL));
  PetscCall(GridPlaces(net, n));
  for (int a = 0; a < ARRAYS; a++)
    n->size[a] = (n->P * (a == HIDDEN || a == SLOPE ? n->F : a == SUMS ? n->H : a >= STD1 ? 1 : n->d) + 15) / 16 * 16;
  for (int w = 0; w < 5; w++) PetscCall(KarFloatsCreate((n->P + 16) * PetscMax(n->d, n->F), &n->work[w], NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Room(Net *n, PetscInt slots, PetscInt layers)
{
  PetscFunctionBegin;
  if (slots <= n->slots && layers <= n->layers) PetscFunctionReturn(PETSC_SUCCESS);
  n->slots  = PetscMax(slots, n->slots);
  n->layers = PetscMax(layers, n->layers);
  for (PetscInt l = 0; l < n->layers; l++)
    for (int a = 0; a < ARRAYS; a++) PetscCall(KarFloatsCreate(n->slots * n->size[a], &n->kept[l][a], NULL));
  PetscCall(KarFloatsCreate(n->slots * n->size[NORM1], &n->last, NULL));
  PetscCall(KarFloatsCreate(n->slots * n->size[STD1], &n->laststd, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static float *Kept(const Net *n, PetscInt l, PetscInt a, PetscInt s)
{
  return n->kept[n->layers > 1 || n->L == 1 ? l : 0][a] + s * n->size[a];
}

/* --- Pieces ------------------------------------------------------------ */
/* y = (h - mean)/deviation of each point; std: 1/deviation. */
static void Norm(const Net *n, const float *h, float *y, float *std)
{
  const PetscInt d = n->d;

  for (PetscInt i = 0; i < n->P; i++) {
    float mean = 0, square = 0;

    for (PetscInt c = 0; c < d; c++) mean += h[i * d + c] / (float)d;
    for (PetscInt c = 0; c < d; c++) square += (h[i * d + c] - mean) * (h[i * d + c] - mean) / (float)d;
    std[i] = 1 / sqrtf(square + 1e-5f);
    for (PetscInt c = 0; c < d; c++) y[i * d + c] = (h[i * d + c] - mean) * std[i];
  }
}

/* dh += the adjoint of g, y the normed. */
static void NormAdjoint(const Net *n, const float *y, const float *std, const float *g, float *dh)
{
  const PetscInt d = n->d;

  for (PetscInt i = 0; i < n->P; i++) {
    float mean = 0, both = 0;

    for (PetscInt c = 0; c < d; c++) mean += g[i * d + c] / (float)d, both += g[i * d + c] * y[i * d + c] / (float)d;
    for (PetscInt c = 0; c < d; c++) dh[i * d + c] += std[i] * (g[i * d + c] - mean - y[i * d + c] * both);
  }
}

/* y = (1 + scale) x + shift; of layer l the first or the second. */
static const float *Film(const Net *n, PetscInt s, PetscInt l, PetscInt which)
{
  return n->film.mod + (s * n->L + l) * 4 * n->d + which * 2 * n->d;
}

static void Modulate(const Net *n, const float *mod, const float *x, float *y)
{
  for (PetscInt i = 0; i < n->P; i++)
    for (PetscInt c = 0; c < n->d; c++) y[i * n->d + c] = (1 + mod[c]) * x[i * n->d + c] + mod[n->d + c];
}

/* g becomes that of x; dmod += (NULL: none). */
static void ModulateAdjoint(const Net *n, const float *mod, const float *x, float *g, float *dmod)
{
  for (PetscInt i = 0; i < n->P; i++)
    for (PetscInt c = 0; c < n->d; c++) {
      if (dmod) dmod[c] += g[i * n->d + c] * x[i * n->d + c], dmod[n->d + c] += g[i * n->d + c];
      g[i * n->d + c] *= 1 + mod[c];
    }
}

/* Turns pairs of channels by their point's phases, or back. */
static void Turn(const Net *n, float sign, float *x)
{
  const PetscInt pairs = n->d / n->H / 2;

  for (PetscInt i = 0; i < n->P; i++)
    for (PetscInt h = 0; h < n->H; h++)
      for (PetscInt j = 0; j < pairs; j++) {
        const float *t = n->phase + 2 * (i * pairs + j);
        float       *v = x + i * n->d + (h * pairs + j) * 2;
        const float  a = v[0], b = v[1];

        v[0] = t[0] * a - sign * t[1] * b;
        v[1] = sign * t[1] * a + t[0] * b;
      }
}

/* --- Forward ------------------------------------------------------------ */
static PetscErrorCode Layer(Net *n, PetscInt slot, PetscInt s, PetscInt l, float *h)
{
  const PetscInt d = n->d, F = n->F, P = n->P;
  float         *p = n->tensors.p, *m = n->work[1], *q = Kept(n, l, QUERY, slot), *k = Kept(n, l, KEY, slot),
        *v = Kept(n, l, VALUE, slot), *g = Kept(n, l, HIDDEN, slot);

  PetscFunctionBegin;
  Norm(n, h, Kept(n, l, NORM1, slot), Kept(n, l, STD1, slot));
  Modulate(n, Film(n, s, l, 0), Kept(n, l, NORM1, slot), m);
  kar_affine(P, d, d, m, LayerTensor(n, p, l, Q_W), NULL, PETSC_FALSE, q);
  kar_affine(P, d, d, m, LayerTensor(n, p, l, K_W), NULL, PETSC_FALSE, k);
  kar_affine(P, d, d, m, LayerTensor(n, p, l, V_W), NULL, PETSC_FALSE, v);
  Turn(n, 1, q);
  Turn(n, 1, k);
  PetscCall(KarAttentionForward(&n->attention, q, k, v, Kept(n, l, ANSWER, slot), Kept(n, l, SUMS, slot)));
  kar_affine(P, d, d, Kept(n, l, ANSWER, slot), LayerTensor(n, p, l, O_W), LayerTensor(n, p, l, O_B), PETSC_TRUE, h);
  Norm(n, h, Kept(n, l, NORM2, slot), Kept(n, l, STD2, slot));
  Modulate(n, Film(n, s, l, 1), Kept(n, l, NORM2, slot), m);
  kar_affine(P, d, F, m, LayerTensor(n, p, l, P_W), LayerTensor(n, p, l, P_B), PETSC_FALSE, g);
  n->kernels->gelu_slope((P * F + 15) / 16 * 16, g, g, Kept(n, l, SLOPE, slot));
  kar_affine(P, F, d, g, LayerTensor(n, p, l, R_W), LayerTensor(n, p, l, R_B), PETSC_TRUE, h);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Forward(KarNet net, PetscInt batch, const PetscReal scalars[], const float x[], float y[],
                              KarNetPass pass)
{
  Net            *n    = net->context;
  const PetscBool keep = pass == KAR_NET_KEEP ? PETSC_TRUE : PETSC_FALSE;
  float          *p, *h = n->work[0];

  PetscFunctionBegin;
  PetscCall(KarLogBegin(KAR_EVENT_FORWARD));
  PetscCall(KarTensorsGetParameters(&n->tensors, NULL, &p));
  PetscCall(Room(n, keep ? batch : 1, keep ? n->L : 1));
  PetscCall(KarFilmForward(&n->film, n->kernels, &n->tensors, batch, scalars));
  for (PetscInt s = 0; s < batch; s++) {
    const PetscInt slot = keep ? s : 0;

    kar_affine(n->P, n->C, n->d, x + s * n->P * n->C, Tensor(n, p, IN_W), Tensor(n, p, IN_B), PETSC_FALSE, h);
    for (PetscInt l = 0; l < n->L; l++) PetscCall(Layer(n, slot, s, l, h));
    Norm(n, h, n->last + slot * n->size[NORM1], n->laststd + slot * n->size[STD1]);
    kar_affine(n->P, n->d, n->cout, n->last + slot * n->size[NORM1], Tensor(n, p, OUT_W), Tensor(n, p, OUT_B),
               PETSC_FALSE, y + s * n->P * n->cout);
  }
  n->x     = keep ? x : NULL;
  n->count = keep ? batch : 0;
  PetscCall(KarLogEnd(KAR_EVENT_FORWARD));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Backward ------------------------------------------------------------ */
#define GRADIENT(t) LayerTensor(n, G, l, t)

/* dh is that of the layer's answer and becomes that of its input. */
static PetscErrorCode LayerAdjoint(Net *n, PetscInt s, PetscInt l, float *G, float *dh)
{
  const PetscInt d = n->d, F = n->F, P = n->P;
  float         *p = n->tensors.p, *m = n->work[1], *a = n->work[2], *b = n->work[3], *c = n->work[4],
        *dmod = G ? n->film.dmod + l * 4 * d : NULL;

  PetscFunctionBegin;
  Modulate(n, Film(n, s, l, 1), Kept(n, l, NORM2, s), m);
  kar_affine_adjoint(P, F, d, Kept(n, l, HIDDEN, s), LayerTensor(n, p, l, R_W), dh, PETSC_FALSE, a, GRADIENT(R_W),
                     GRADIENT(R_B));
  n->kernels->multiply((P * F + 15) / 16 * 16, a, Kept(n, l, SLOPE, s), a);
  kar_affine_adjoint(P, d, F, m, LayerTensor(n, p, l, P_W), a, PETSC_FALSE, b, GRADIENT(P_W), GRADIENT(P_B));
  ModulateAdjoint(n, Film(n, s, l, 1), Kept(n, l, NORM2, s), b, dmod ? dmod + 2 * d : NULL);
  NormAdjoint(n, Kept(n, l, NORM2, s), Kept(n, l, STD2, s), b, dh);

  Modulate(n, Film(n, s, l, 0), Kept(n, l, NORM1, s), m);
  kar_affine_adjoint(P, d, d, Kept(n, l, ANSWER, s), LayerTensor(n, p, l, O_W), dh, PETSC_FALSE, n->work[0],
                     GRADIENT(O_W), GRADIENT(O_B));
  PetscCall(KarAttentionBackward(&n->attention, Kept(n, l, QUERY, s), Kept(n, l, KEY, s), Kept(n, l, VALUE, s),
                                 Kept(n, l, ANSWER, s), Kept(n, l, SUMS, s), n->work[0], a, b, c));
  Turn(n, -1, a);
  Turn(n, -1, b);
  kar_affine_adjoint(P, d, d, m, LayerTensor(n, p, l, Q_W), a, PETSC_FALSE, n->work[0], GRADIENT(Q_W), NULL);
  kar_affine_adjoint(P, d, d, m, LayerTensor(n, p, l, K_W), b, PETSC_TRUE, n->work[0], GRADIENT(K_W), NULL);
  kar_affine_adjoint(P, d, d, m, LayerTensor(n, p, l, V_W), c, PETSC_TRUE, n->work[0], GRADIENT(V_W), NULL);
  ModulateAdjoint(n, Film(n, s, l, 0), Kept(n, l, NORM1, s), n->work[0], dmod);
  NormAdjoint(n, Kept(n, l, NORM1, s), Kept(n, l, STD1, s), n->work[0], dh);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Backward(KarNet net, int wanted, const float dy[], float dx[])
{
  Net   *n = net->context;
  float *p = n->tensors.p, *G = NULL, *dh;

  PetscFunctionBegin;
  PetscCheck(n->count, PETSC_COMM_SELF, PETSC_ERR_ORDER, "KarNetBackward() goes back over a KarNetForward() that kept");
  PetscCall(KarLogBegin(KAR_EVENT_BACKWARD));
  if (wanted & KAR_NET_WEIGHTS) PetscCall(KarTensorsGetGradient(&n->tensors, NULL, &G));
  PetscCall(PetscMalloc1(n->P * n->d, &dh));
  for (PetscInt s = 0; s < n->count; s++) {
    const float *last = n->last + s * n->size[NORM1];

    if (G) PetscCall(PetscArrayzero(n->film.dmod, n->film.m));
    PetscCall(PetscArrayzero(dh, n->P * n->d));
    kar_affine_adjoint(n->P, n->d, n->cout, last, Tensor(n, p, OUT_W), dy + s * n->P * n->cout, PETSC_FALSE, n->work[1],
                       Tensor(n, G, OUT_W), Tensor(n, G, OUT_B));
    NormAdjoint(n, last, n->laststd + s * n->size[STD1], n->work[1], dh);
    for (PetscInt l = n->L - 1; l >= 0; l--) PetscCall(LayerAdjoint(n, s, l, G, dh));
    kar_affine_adjoint(n->P, n->C, n->d, n->x + s * n->P * n->C, Tensor(n, p, IN_W), dh, PETSC_FALSE,
                       wanted & KAR_NET_INPUT ? dx + s * n->P * n->C : NULL, Tensor(n, G, IN_W), Tensor(n, G, IN_B));
    if (G) kar_film_adjoint(&n->film, n->kernels, &n->tensors, s);
  }
  PetscCall(PetscFree(dh));
  PetscCall(KarLogEnd(KAR_EVENT_BACKWARD));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- The type ------------------------------------------------------------ */
static PetscErrorCode Memory(KarNet net, PetscInt batch, KarNetPass pass, PetscReal *bytes)
{
  const Net      *n      = net->context;
  const PetscBool keep   = pass == KAR_NET_KEEP ? PETSC_TRUE : PETSC_FALSE;
  PetscReal       floats = (keep ? 2. : 1.) * (PetscReal)n->tensors.size +
                     (PetscReal)n->attention.M * ((keep ? 4. : 2.) * (PetscReal)n->d + (keep ? 128. : 64.));

  PetscFunctionBegin;
  for (int a = 0; a < ARRAYS; a++) floats += (PetscReal)n->size[a] * (PetscReal)(keep ? batch * n->L : 1);
  *bytes = sizeof(float) * (floats + 6. * (PetscReal)n->P * (PetscReal)PetscMax(n->d, n->F));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Destroy(KarNet net)
{
  Net *n = net->context;

  PetscFunctionBegin;
  if (n) {
    for (int l = 0; l < DEPTH; l++)
      for (int a = 0; a < ARRAYS; a++) free(n->kept[l][a]);
    for (int w = 0; w < 5; w++) free(n->work[w]);
    free(n->last);
    free(n->laststd);
    free(n->phase);
    kar_film_free(&n->film);
    PetscCall(KarAttentionDestroy(&n->attention));
    PetscCall(KarTensorsDestroy(&n->tensors));
  }
  PetscCall(PetscFree(n));
  net->context = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTransformerSetPlaces(KarNet net, const PetscReal x[], const PetscReal omega[])
{
  Net *n = net->context;

  PetscFunctionBegin;
  PetscCall(KarNetSetUp(net));
  KarCheck(net->comm, net->ops.setup == SetUp, PETSC_ERR_ARG_WRONG,
           "a network of type %s has the places of its grid: a transformer takes others", net->type);
  SetPhases(n, x);
  PetscCall(KarAttentionSetWeights(&n->attention, omega));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNetCreate_Transformer(KarNet net)
{
  Net *n;
  int  i = 0;

  PetscFunctionBegin;
  PetscCall(PetscNew(&n));
  n->width = 64, n->depth = 4, n->heads = 4, n->hidden = 128, n->embed = 32;
#define WHOLE(name, text, least, most, value)                                                                          \
  n->table[i++] = (KarParameter){name, text, value, least, most, KarParameterWhole}
  WHOLE("width", "channels of a point", 2, 4096, &n->width);
  WHOLE("depth", "number of layers", 1, DEPTH, &n->depth);
  WHOLE("heads", "parts of the channels that attend for themselves", 1, 256, &n->heads);
  WHOLE("hidden", "channels of a layer's MLP", 1, 16384, &n->hidden);
  WHOLE("embed", "features of each of a sample's numbers, even", 2, 1024, &n->embed);
  WHOLE("axes", "of the places; 0: of the grid", 0, 3, &n->axes);
#undef WHOLE
  net->context    = n;
  net->parameters = n->table;
  net->ops =
    (KarNetOps){.setup = SetUp, .forward = Forward, .backward = Backward, .memory = Memory, .destroy = Destroy};
  PetscFunctionReturn(PETSC_SUCCESS);
}
