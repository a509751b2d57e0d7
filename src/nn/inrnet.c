/* The network of an implicit representation (karhunen/inr.h), each point for itself. A point's input are c numbers
   z of the latents there and features g of its place in a cell:
     h_0 = gelu(P g + p + A_0 z),   h_l = gelu(W_l h_(l-1) + b_l + A_l z),   u = Q h + q */
#include "affineimpl.h"
#include "nnimpl.h"

#include <karhunen/inr.h>

#include <stdlib.h>

enum { PLACE_W, PLACE_B, OUT_W, OUT_B, STEPS, FIRST }; /* tensors; then A_l, then W_l and b_l, l > 0 */
enum { LATENT, LAYER_W, LAYER_B };
enum { HIDDEN, SLOPE, ARRAYS };
#define DEPTH 8

typedef struct {
  PetscReal         width, depth, latents, waves, cell, spline, steps;
  KarParameter      table[8];
  KarTensors        tensors;
  const KarKernels *kernels;
  PetscInt          d, L, c, G, cout, capacity, count; /* channels, layers, latents, features; points kept */
  float            *kept[DEPTH][ARRAYS], *work[2];     /* [room][d] */
  const float      *x;                                 /* [count][c + G] */
  float            *z, *g;                             /* [room][c], [room][G] */
} Net;

static float *Tensor(const Net *n, float *block, PetscInt t)
{
  return block ? block + n->tensors.tensor[t].offset : NULL;
}

static float *LayerTensor(const Net *n, float *block, PetscInt l, PetscInt t)
{
  return Tensor(n, block, t == LATENT ? FIRST + l : FIRST + n->L + 2 * (l - 1) + (t == LAYER_B));
}

#define ADD(name, l, scale, ndim, ...)                                                                                 \
  PetscCall(KarTensorsAdd(&n->tensors, name, l, scale, ndim, (const PetscInt[]){__VA_ARGS__}))

static PetscErrorCode SetUp(KarNet net)
{
  Net            *n   = net->context;
  const PetscReal one = 1 / PetscSqrtReal((PetscReal)n->width), of = 1 / PetscSqrtReal((PetscReal)net->cin);

  PetscFunctionBegin;
  n->d = (PetscInt)n->width, n->L = (PetscInt)n->depth;
  n->c = net->cin, n->G = net->condition, n->cout = net->cout;
  n->kernels = kar_kernels();
  ADD("place.weight", 0, PetscSqrtReal(2. / (PetscReal)n->G), 2, n->d, n->G);
  ADD("place.bias", 0, 0, 1, n->d);
  ADD("out.weight", 0, one, 2, n->cout, n->d);
  ADD("out.bias", 0, 0, 1, n->cout);
  ADD("steps", 0, 0, 2, (PetscInt)n->steps, n->c);
  for (PetscInt l = 0; l < n->L; l++) ADD("layer%d.latent", l, of, 2, n->d, n->c);
  for (PetscInt l = 1; l < n->L; l++) {
    ADD("layer%d.weight", l, PetscSqrtReal(2.) * one, 2, n->d, n->d);
    ADD("layer%d.bias", l, 0, 1, n->d);
  }
  net->tensors = &n->tensors;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Allocate(Net *n, PetscInt points)
{
  const PetscInt size = (points * n->d + 15) / 16 * 16;

  PetscFunctionBegin;
  if (points <= n->capacity) PetscFunctionReturn(PETSC_SUCCESS);
  n->capacity = points;
  for (PetscInt l = 0; l < n->L; l++)
    for (int a = 0; a < ARRAYS; a++) PetscCall(KarFloatsCreate(size, &n->kept[l][a], NULL));
  for (int w = 0; w < 2; w++) PetscCall(KarFloatsCreate(size, &n->work[w], NULL));
  PetscCall(KarFloatsCreate(points * n->c, &n->z, NULL));
  PetscCall(KarFloatsCreate(points * n->G, &n->g, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Each point is a sample of its own: batch is the number of points. */
static PetscErrorCode Forward(KarNet net, PetscInt points, const PetscReal scalars[], const float x[], float y[],
                              KarNetPass pass)
{
  Net           *n = net->context;
  const PetscInt d = n->d, C = n->c + n->G, N = (points * d + 15) / 16 * 16;
  float         *p;

  PetscFunctionBegin;
  (void)scalars;
  PetscCall(Allocate(n, points));
  PetscCall(KarTensorsGetParameters(&n->tensors, NULL, &p));
  for (PetscInt i = 0; i < points; i++) {
    for (PetscInt k = 0; k < n->c; k++) n->z[i * n->c + k] = x[i * C + k];
    for (PetscInt k = 0; k < n->G; k++) n->g[i * n->G + k] = x[i * C + n->c + k];
  }
  for (PetscInt l = 0; l < n->L; l++) {
    float *h = n->kept[l][HIDDEN];

    if (l == 0) kar_affine(points, n->G, d, n->g, Tensor(n, p, PLACE_W), Tensor(n, p, PLACE_B), PETSC_FALSE, h);
    else
      kar_affine(points, d, d, n->kept[l - 1][HIDDEN], LayerTensor(n, p, l, LAYER_W), LayerTensor(n, p, l, LAYER_B),
                 PETSC_FALSE, h);
    kar_affine(points, n->c, d, n->z, LayerTensor(n, p, l, LATENT), NULL, PETSC_TRUE, h);
    if (pass == KAR_NET_KEEP) n->kernels->gelu_slope(N, h, h, n->kept[l][SLOPE]);
    else n->kernels->gelu(N, h, h);
  }
  kar_affine(points, d, n->cout, n->kept[n->L - 1][HIDDEN], Tensor(n, p, OUT_W), Tensor(n, p, OUT_B), PETSC_FALSE, y);
  n->x     = x;
  n->count = pass == KAR_NET_KEEP ? points : 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The derivative with respect to the features is not made: dx has 0 there. */
static PetscErrorCode Backward(KarNet net, int wanted, const float dy[], float dx[])
{
  Net           *n = net->context;
  const PetscInt d = n->d, C = n->c + n->G, points = n->count;
  float         *p = n->tensors.p, *G = NULL, *dh = n->work[0], *other = n->work[1], *dz;

  PetscFunctionBegin;
  PetscCheck(points, PETSC_COMM_SELF, PETSC_ERR_ORDER, "KarNetBackward() goes back over a KarNetForward() that kept");
  if (wanted & KAR_NET_WEIGHTS) PetscCall(KarTensorsGetGradient(&n->tensors, NULL, &G));
  PetscCall(PetscCalloc1(points * n->c, &dz));
  kar_affine_adjoint(points, d, n->cout, n->kept[n->L - 1][HIDDEN], Tensor(n, p, OUT_W), dy, PETSC_FALSE, dh,
                     Tensor(n, G, OUT_W), Tensor(n, G, OUT_B));
  for (PetscInt l = n->L - 1; l >= 0; l--) {
    n->kernels->multiply((points * d + 15) / 16 * 16, dh, n->kept[l][SLOPE], dh);
    kar_affine_adjoint(points, n->c, d, n->z, LayerTensor(n, p, l, LATENT), dh, PETSC_TRUE, dz,
                       LayerTensor(n, G, l, LATENT), NULL);
    if (l == 0)
      kar_affine_adjoint(points, n->G, d, n->g, Tensor(n, p, PLACE_W), dh, PETSC_FALSE, NULL, Tensor(n, G, PLACE_W),
                         Tensor(n, G, PLACE_B));
    else {
      float *swap = dh;

      kar_affine_adjoint(points, d, d, n->kept[l - 1][HIDDEN], LayerTensor(n, p, l, LAYER_W), dh, PETSC_FALSE, other,
                         LayerTensor(n, G, l, LAYER_W), LayerTensor(n, G, l, LAYER_B));
      dh    = other;
      other = swap;
    }
  }
  for (PetscInt i = 0; i < points && (wanted & KAR_NET_INPUT); i++)
    for (PetscInt k = 0; k < C; k++) dx[i * C + k] = k < n->c ? dz[i * n->c + k] : 0;
  PetscCall(PetscFree(dz));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Memory(KarNet net, PetscInt points, KarNetPass pass, PetscReal *bytes)
{
  const Net *n = net->context;

  PetscFunctionBegin;
  (void)pass;
  *bytes = sizeof(float) *
           ((PetscReal)points * (PetscReal)((2 * n->L + 4) * n->d + n->c + n->G) + 2 * (PetscReal)n->tensors.size);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Flops(KarNet net, PetscReal *flops)
{
  const Net *n = net->context;

  PetscFunctionBegin;
  *flops = 2 * (PetscReal)n->d * (PetscReal)(n->G + (n->L + 1) * n->c + (n->L - 1) * n->d + n->cout);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Destroy(KarNet net)
{
  Net *n = net->context;

  PetscFunctionBegin;
  for (int l = 0; l < DEPTH; l++)
    for (int a = 0; a < ARRAYS; a++) free(n->kept[l][a]);
  for (int w = 0; w < 2; w++) free(n->work[w]);
  free(n->z);
  free(n->g);
  PetscCall(KarTensorsDestroy(&n->tensors));
  PetscCall(PetscFree(n));
  net->context = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNetCreateINR(MPI_Comm comm, KarNet *out)
{
  const PetscInt one = 1;
  KarGrid        grid;
  KarGridInfo    info;
  KarNet         net;
  Net           *n;
  int            i = 0;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_SELF, &grid));
  PetscCall(KarGridSetSizes(grid, 1, &one, NULL));
  PetscCall(KarGridSetUp(grid));
  PetscCall(KarGridGetInfo(grid, &info));
  PetscCall(KarGridDestroy(&grid));
  PetscCall(PetscNew(&net));
  PetscCall(PetscNew(&n));
  net->comm = comm, net->info = info, net->scalars = 1;
  n->width = 64, n->depth = 3, n->latents = 4, n->waves = 2, n->cell = 4, n->spline = 2, n->steps = 3;
#define WHOLE(name, text, least, most, value)                                                                          \
  n->table[i++] = (KarParameter){name, text, value, least, most, KarParameterWhole}
  WHOLE("width", "channels of a point", 2, 4096, &n->width);
  WHOLE("depth", "number of layers", 1, DEPTH, &n->depth);
  WHOLE("latents", "numbers of a cell", 1, 256, &n->latents);
  WHOLE("cell", "points of the fields along the edge of a cell", 1, 1024, &n->cell);
  WHOLE("waves", "largest wave number of the features in a cell", 1, 8, &n->waves);
  WHOLE("spline", "degree of the splines between latents", 1, 3, &n->spline);
  WHOLE("steps", "gradient steps that find the latents of a field", 1, 64, &n->steps);
#undef WHOLE
  PetscCall(PetscStrncpy(net->type, "inr", sizeof(net->type)));
  net->context      = n;
  net->parameters   = n->table;
  net->ops.setup    = SetUp;
  net->ops.forward  = Forward;
  net->ops.backward = Backward;
  net->ops.memory   = Memory;
  net->ops.flops    = Flops;
  net->ops.destroy  = Destroy;
  *out              = net;
  PetscFunctionReturn(PETSC_SUCCESS);
}

float *kar_inr_steps(KarNet net, float block[])
{
  const Net *n = net->context;

  return Tensor(n, block, STEPS);
}

PetscInt kar_inr_number(KarNet net, const char name[])
{
  for (const KarParameter *p = net->parameters; p->name; p++)
    if (!strcmp(p->name, name)) return (PetscInt)*p->value;
  return 0;
}

PetscErrorCode KarINRSetFromOptions(KarNet net, const char prefix[])
{
  char all[100];

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(all, sizeof(all), "%sinr_", prefix));
  PetscCall(KarParametersSetFromOptions(all, net->parameters));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarINRLoad(KarNet net, KarCheckpoint file, const char group[])
{
  char name[128];

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(name, sizeof(name), "%sarchitecture", group));
  PetscCall(KarParametersLoad(net->parameters, file, name));
  PetscFunctionReturn(PETSC_SUCCESS);
}
