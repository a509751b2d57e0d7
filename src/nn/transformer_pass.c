/* The pass of a network of points, forward and backward: pieces, layers, all of them. */
#include "transformerimpl.h"

#include <math.h>

static PetscErrorCode Allocate(KarTransformer *n, PetscInt slots, PetscInt layers)
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

static float *Kept(const KarTransformer *n, PetscInt l, PetscInt a, PetscInt s)
{
  return n->kept[n->layers > 1 || n->L == 1 ? l : 0][a] + s * n->size[a];
}

/* y = (h - mean)/deviation of each point; std: 1/deviation. */
static void Norm(const KarTransformer *n, const float *h, float *y, float *std)
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
static void NormAdjoint(const KarTransformer *n, const float *y, const float *std, const float *g, float *dh)
{
  const PetscInt d = n->d;

  for (PetscInt i = 0; i < n->P; i++) {
    float mean = 0, both = 0;

    for (PetscInt c = 0; c < d; c++) mean += g[i * d + c] / (float)d, both += g[i * d + c] * y[i * d + c] / (float)d;
    for (PetscInt c = 0; c < d; c++) dh[i * d + c] += std[i] * (g[i * d + c] - mean - y[i * d + c] * both);
  }
}

/* y = (1 + scale) x + shift; of layer l the first or the second. */
static const float *Film(const KarTransformer *n, PetscInt s, PetscInt l, PetscInt which)
{
  return n->film.mod + (s * n->L + l) * 4 * n->d + which * 2 * n->d;
}

static void Modulate(const KarTransformer *n, const float *mod, const float *x, float *y)
{
  for (PetscInt i = 0; i < n->P; i++)
    for (PetscInt c = 0; c < n->d; c++) y[i * n->d + c] = (1 + mod[c]) * x[i * n->d + c] + mod[n->d + c];
}

/* g becomes that of x; dmod += (NULL: none). */
static void ModulateAdjoint(const KarTransformer *n, const float *mod, const float *x, float *g, float *dmod)
{
  for (PetscInt i = 0; i < n->P; i++)
    for (PetscInt c = 0; c < n->d; c++) {
      if (dmod) dmod[c] += g[i * n->d + c] * x[i * n->d + c], dmod[n->d + c] += g[i * n->d + c];
      g[i * n->d + c] *= 1 + mod[c];
    }
}

/* Turns pairs of channels by their point's phases, or back. */
static void Turn(const KarTransformer *n, float sign, float *x)
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

static PetscErrorCode Layer(KarTransformer *n, PetscInt slot, PetscInt s, PetscInt l, float *h)
{
  const PetscInt d = n->d, F = n->F, P = n->P;
  float         *p = n->tensors.p, *m = n->work[1], *q = Kept(n, l, QUERY, slot), *k = Kept(n, l, KEY, slot),
        *v = Kept(n, l, VALUE, slot), *g = Kept(n, l, HIDDEN, slot);

  PetscFunctionBegin;
  Norm(n, h, Kept(n, l, NORM1, slot), Kept(n, l, STD1, slot));
  Modulate(n, Film(n, s, l, 0), Kept(n, l, NORM1, slot), m);
  kar_affine(P, d, d, m, kar_transformer_layer_tensor(n, p, l, Q_W), NULL, PETSC_FALSE, q);
  kar_affine(P, d, d, m, kar_transformer_layer_tensor(n, p, l, K_W), NULL, PETSC_FALSE, k);
  kar_affine(P, d, d, m, kar_transformer_layer_tensor(n, p, l, V_W), NULL, PETSC_FALSE, v);
  Turn(n, 1, q);
  Turn(n, 1, k);
  PetscCall(KarAttentionForward(&n->attention, q, k, v, Kept(n, l, ANSWER, slot), Kept(n, l, SUMS, slot)));
  kar_affine(P, d, d, Kept(n, l, ANSWER, slot), kar_transformer_layer_tensor(n, p, l, O_W),
             kar_transformer_layer_tensor(n, p, l, O_B), PETSC_TRUE, h);
  Norm(n, h, Kept(n, l, NORM2, slot), Kept(n, l, STD2, slot));
  Modulate(n, Film(n, s, l, 1), Kept(n, l, NORM2, slot), m);
  kar_affine(P, d, F, m, kar_transformer_layer_tensor(n, p, l, P_W), kar_transformer_layer_tensor(n, p, l, P_B),
             PETSC_FALSE, g);
  n->kernels->gelu_slope((P * F + 15) / 16 * 16, g, g, Kept(n, l, SLOPE, slot));
  kar_affine(P, F, d, g, kar_transformer_layer_tensor(n, p, l, R_W), kar_transformer_layer_tensor(n, p, l, R_B),
             PETSC_TRUE, h);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTransformerForward(KarNet net, PetscInt batch, const PetscReal scalars[], const float x[], float y[],
                                     KarNetPass pass)
{
  KarTransformer *n    = net->context;
  const PetscBool keep = pass == KAR_NET_KEEP ? PETSC_TRUE : PETSC_FALSE;
  float          *p, *h = n->work[0];

  PetscFunctionBegin;
  PetscCall(KarLogBegin(KAR_EVENT_FORWARD));
  PetscCall(KarTensorsGetParameters(&n->tensors, NULL, &p));
  PetscCall(Allocate(n, keep ? batch : 1, keep ? n->L : 1));
  PetscCall(KarFilmForward(&n->film, n->kernels, &n->tensors, batch, scalars));
  for (PetscInt s = 0; s < batch; s++) {
    const PetscInt slot = keep ? s : 0;

    kar_affine(n->P, n->C, n->d, x + s * n->P * n->C, kar_transformer_tensor(n, p, IN_W),
               kar_transformer_tensor(n, p, IN_B), PETSC_FALSE, h);
    for (PetscInt l = 0; l < n->L; l++) PetscCall(Layer(n, slot, s, l, h));
    Norm(n, h, n->last + slot * n->size[NORM1], n->laststd + slot * n->size[STD1]);
    kar_affine(n->P, n->d, n->cout, n->last + slot * n->size[NORM1], kar_transformer_tensor(n, p, OUT_W),
               kar_transformer_tensor(n, p, OUT_B), PETSC_FALSE, y + s * n->P * n->cout);
  }
  n->x     = keep ? x : NULL;
  n->count = keep ? batch : 0;
  PetscCall(KarLogEnd(KAR_EVENT_FORWARD));
  PetscFunctionReturn(PETSC_SUCCESS);
}

#define GRADIENT(t) kar_transformer_layer_tensor(n, G, l, t)

/* dh is that of the layer's answer and becomes that of its input. */
static PetscErrorCode LayerAdjoint(KarTransformer *n, PetscInt s, PetscInt l, float *G, float *dh)
{
  const PetscInt d = n->d, F = n->F, P = n->P;
  float         *p = n->tensors.p, *m = n->work[1], *a = n->work[2], *b = n->work[3], *c = n->work[4],
        *dmod = G ? n->film.dmod + l * 4 * d : NULL;

  PetscFunctionBegin;
  Modulate(n, Film(n, s, l, 1), Kept(n, l, NORM2, s), m);
  kar_affine_adjoint(P, F, d, Kept(n, l, HIDDEN, s), kar_transformer_layer_tensor(n, p, l, R_W), dh, PETSC_FALSE, a,
                     GRADIENT(R_W), GRADIENT(R_B));
  n->kernels->multiply((P * F + 15) / 16 * 16, a, Kept(n, l, SLOPE, s), a);
  kar_affine_adjoint(P, d, F, m, kar_transformer_layer_tensor(n, p, l, P_W), a, PETSC_FALSE, b, GRADIENT(P_W),
                     GRADIENT(P_B));
  ModulateAdjoint(n, Film(n, s, l, 1), Kept(n, l, NORM2, s), b, dmod ? dmod + 2 * d : NULL);
  NormAdjoint(n, Kept(n, l, NORM2, s), Kept(n, l, STD2, s), b, dh);

  Modulate(n, Film(n, s, l, 0), Kept(n, l, NORM1, s), m);
  kar_affine_adjoint(P, d, d, Kept(n, l, ANSWER, s), kar_transformer_layer_tensor(n, p, l, O_W), dh, PETSC_FALSE,
                     n->work[0], GRADIENT(O_W), GRADIENT(O_B));
  PetscCall(KarAttentionBackward(&n->attention, Kept(n, l, QUERY, s), Kept(n, l, KEY, s), Kept(n, l, VALUE, s),
                                 Kept(n, l, ANSWER, s), Kept(n, l, SUMS, s), n->work[0], a, b, c));
  Turn(n, -1, a);
  Turn(n, -1, b);
  kar_affine_adjoint(P, d, d, m, kar_transformer_layer_tensor(n, p, l, Q_W), a, PETSC_FALSE, n->work[0], GRADIENT(Q_W),
                     NULL);
  kar_affine_adjoint(P, d, d, m, kar_transformer_layer_tensor(n, p, l, K_W), b, PETSC_TRUE, n->work[0], GRADIENT(K_W),
                     NULL);
  kar_affine_adjoint(P, d, d, m, kar_transformer_layer_tensor(n, p, l, V_W), c, PETSC_TRUE, n->work[0], GRADIENT(V_W),
                     NULL);
  ModulateAdjoint(n, Film(n, s, l, 0), Kept(n, l, NORM1, s), n->work[0], dmod);
  NormAdjoint(n, Kept(n, l, NORM1, s), Kept(n, l, STD1, s), n->work[0], dh);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTransformerBackward(KarNet net, int wanted, const float dy[], float dx[])
{
  KarTransformer *n = net->context;
  float          *p = n->tensors.p, *G = NULL, *dh;

  PetscFunctionBegin;
  PetscCheck(n->count, PETSC_COMM_SELF, PETSC_ERR_ORDER, "KarNetBackward() goes back over a KarNetForward() that kept");
  PetscCall(KarLogBegin(KAR_EVENT_BACKWARD));
  if (wanted & KAR_NET_WEIGHTS) PetscCall(KarTensorsGetGradient(&n->tensors, NULL, &G));
  PetscCall(PetscMalloc1(n->P * n->d, &dh));
  for (PetscInt s = 0; s < n->count; s++) {
    const float *last = n->last + s * n->size[NORM1];

    if (G) PetscCall(PetscArrayzero(n->film.dmod, n->film.m));
    PetscCall(PetscArrayzero(dh, n->P * n->d));
    kar_affine_adjoint(n->P, n->d, n->cout, last, kar_transformer_tensor(n, p, OUT_W), dy + s * n->P * n->cout,
                       PETSC_FALSE, n->work[1], kar_transformer_tensor(n, G, OUT_W),
                       kar_transformer_tensor(n, G, OUT_B));
    NormAdjoint(n, last, n->laststd + s * n->size[STD1], n->work[1], dh);
    for (PetscInt l = n->L - 1; l >= 0; l--) PetscCall(LayerAdjoint(n, s, l, G, dh));
    kar_affine_adjoint(n->P, n->C, n->d, n->x + s * n->P * n->C, kar_transformer_tensor(n, p, IN_W), dh, PETSC_FALSE,
                       wanted & KAR_NET_INPUT ? dx + s * n->P * n->C : NULL, kar_transformer_tensor(n, G, IN_W),
                       kar_transformer_tensor(n, G, IN_B));
    if (G) kar_film_adjoint(&n->film, n->kernels, &n->tensors, s);
  }
  PetscCall(PetscFree(dh));
  PetscCall(KarLogEnd(KAR_EVENT_BACKWARD));
  PetscFunctionReturn(PETSC_SUCCESS);
}
