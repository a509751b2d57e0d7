/* The network of points (karhunen/transformer.h): tokens, layers forward and backward; attention.c has what passes
   between points. */
#include "transformerimpl.h"

#define ADD(name, l, scale, ndim, ...)                                                                                 \
  PetscCall(KarTensorsAdd(&n->tensors, name, l, scale, ndim, (const PetscInt[]){__VA_ARGS__}))

static PetscErrorCode Tensors(KarNet net, KarTransformer *n)
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
static void SetPhases(KarTransformer *n, const PetscReal x[])
{
  const PetscInt pairs = n->d / n->H / 2;

  for (PetscInt i = 0; i < n->P; i++)
    for (PetscInt j = 0; j < pairs; j++) {
      const PetscReal angle = 2 * PETSC_PI * (PetscReal)(1 << j / n->dim % OCTAVES) * x[i * n->dim + j % n->dim];

      n->phase[2 * (i * pairs + j)]     = (float)PetscCosReal(angle);
      n->phase[2 * (i * pairs + j) + 1] = (float)PetscSinReal(angle);
    }
}

static PetscErrorCode GridPlaces(KarNet net, KarTransformer *n)
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

/* Room for so many points here; it never shrinks. */
static PetscErrorCode Points(KarTransformer *n, PetscInt points)
{
  PetscFunctionBegin;
  n->P = points;
  if (points <= n->capacity) PetscFunctionReturn(PETSC_SUCCESS);
  n->capacity = points;
  n->slots = n->layers = n->count = 0;
  PetscCall(KarFloatsCreate(points * n->d / n->H, &n->phase, NULL));
  for (int a = 0; a < ARRAYS; a++)
    n->size[a] = (points * (a == HIDDEN || a == SLOPE ? n->F : a == SUMS ? n->H : a >= STD1 ? 1 : n->d) + 15) / 16 * 16;
  for (int w = 0; w < 5; w++) PetscCall(KarFloatsCreate((points + 16) * PetscMax(n->d, n->F), &n->work[w], NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUp(KarNet net)
{
  KarTransformer *n = net->context;

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
  PetscCall(Points(n, n->P));
  PetscCall(GridPlaces(net, n));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Memory(KarNet net, PetscInt batch, KarNetPass pass, PetscReal *bytes)
{
  const KarTransformer *n      = net->context;
  const PetscBool       keep   = pass == KAR_NET_KEEP ? PETSC_TRUE : PETSC_FALSE;
  PetscReal             floats = (keep ? 2. : 1.) * (PetscReal)n->tensors.size +
                     (PetscReal)n->attention.M * ((keep ? 4. : 2.) * (PetscReal)n->d + (keep ? 128. : 64.));

  PetscFunctionBegin;
  for (int a = 0; a < ARRAYS; a++) floats += (PetscReal)n->size[a] * (PetscReal)(keep ? batch * n->L : 1);
  *bytes = sizeof(float) * (floats + 6. * (PetscReal)n->P * (PetscReal)PetscMax(n->d, n->F));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Affine maps and the two products of attention, this rank's queries with all keys. */
static PetscErrorCode Flops(KarNet net, PetscReal *flops)
{
  const KarTransformer *n = net->context;
  const PetscReal       P = (PetscReal)n->P, d = (PetscReal)n->d, M = (PetscReal)n->attention.M;

  PetscFunctionBegin;
  *flops =
    (PetscReal)n->L * P * (8 * d * d + 4 * d * (PetscReal)n->F + 4 * M * d) + 2 * P * d * (PetscReal)(n->C + n->cout);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Destroy(KarNet net)
{
  KarTransformer *n = net->context;

  PetscFunctionBegin;
  if (n) {
    for (int l = 0; l < KAR_TRANSFORMER_DEPTH; l++)
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

PetscErrorCode KarTransformerSetPoints(KarNet net, PetscInt points)
{
  KarTransformer *n = net->context;
  PetscMPIInt     same, all;

  PetscFunctionBegin;
  PetscCall(KarNetSetUp(net));
  KarCheck(net->comm, net->ops.setup == SetUp, PETSC_ERR_ARG_WRONG,
           "a network of type %s has the points of its grid: a transformer takes others", net->type);
  same = points == n->P;
  PetscCallMPI(MPI_Allreduce(&same, &all, 1, MPI_INT, MPI_MIN, net->comm));
  if (all) PetscFunctionReturn(PETSC_SUCCESS);
  n->count = 0;
  PetscCall(Points(n, points));
  PetscCall(KarAttentionDestroy(&n->attention));
  PetscCall(PetscMemzero(&n->attention, sizeof(n->attention)));
  PetscCall(KarAttentionCreate(net->comm, points, n->d, n->H, &n->attention));
  PetscCall(KarAttentionSetWeights(&n->attention, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTransformerSetPlaces(KarNet net, const PetscReal x[], const PetscReal omega[])
{
  KarTransformer *n = net->context;

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
  KarTransformer *n;
  int             i = 0;

  PetscFunctionBegin;
  PetscCall(PetscNew(&n));
  n->width = 64, n->depth = 4, n->heads = 4, n->hidden = 128, n->embed = 32;
#define WHOLE(name, text, least, most, value)                                                                          \
  n->table[i++] = (KarParameter){name, text, value, least, most, KarParameterWhole}
  WHOLE("width", "channels of a point", 2, 4096, &n->width);
  WHOLE("depth", "number of layers", 1, KAR_TRANSFORMER_DEPTH, &n->depth);
  WHOLE("heads", "parts of the channels that attend for themselves", 1, 256, &n->heads);
  WHOLE("hidden", "channels of a layer's MLP", 1, 16384, &n->hidden);
  WHOLE("embed", "features of each of a sample's numbers, even", 2, 1024, &n->embed);
  WHOLE("axes", "coordinates of a place; 0: as many as the grid has axes", 0, 3, &n->axes);
#undef WHOLE
  net->context    = n;
  net->parameters = n->table;
  net->ops        = (KarNetOps){.setup    = SetUp,
                                .forward  = KarTransformerForward,
                                .backward = KarTransformerBackward,
                                .memory   = Memory,
                                .flops    = Flops,
                                .destroy  = Destroy};
  PetscFunctionReturn(PETSC_SUCCESS);
}
