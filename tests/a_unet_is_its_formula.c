/* The U-net is its formula: plain double loops over the whole grid give the same numbers to 1e-5, in 1-3 D, with
   inputs continued periodically and evenly, of two and three levels, on slabs, each with a window of rows where grids
   are long enough; its gradient to the weights and the input is that of differences of the formula. ranks: 1 2 3 */
#define TYPE        KARNETUNET
#define EVERY_LAYER 1
#include "netformula.h"

static const PetscInt widths[] = {16, 32, 16};

/* A field on level l: [points][W]. */
typedef struct {
  PetscInt n[3], points;
} Level;

static Level LevelOf(const Case *c, PetscInt l)
{
  Level v = {.points = 1};

  for (PetscInt a = 0; a < 3; a++) v.points *= v.n[a] = a < c->dim ? c->n[a] >> l : 1;
  return v;
}

static const double *Named(const Case *c, const char format[], PetscInt i)
{
  char name[32];

  (void)snprintf(name, sizeof(name), format, (int)i);
  return Find(c, name);
}

/* x of K channels becomes gelu(s (stencil x + b) + t) of W, plus x where it is kept. */
static void Layer(const Case *c, PetscInt i, PetscInt l, PetscInt K, PetscInt W, const double *mod, const double *x,
                  double *y)
{
  const Level   v = LevelOf(c, l);
  const double *w = Named(c, "layer%d.stencil", i), *b = Named(c, "layer%d.bias", i);
  PetscInt      taps = 1;
  Case          grid = *c;

  memcpy(grid.n, v.n, sizeof(v.n));
  for (PetscInt a = 0; a < c->dim; a++) taps *= 3;
  for (PetscInt p = 0; p < v.points; p++)
    for (PetscInt j = 0; j < W; j++) {
      double h = b[j];

      for (PetscInt t = 0; t < taps; t++) {
        PetscInt q[3] = {p / (v.n[1] * v.n[2]), p / v.n[2] % v.n[1], p % v.n[2]}, rest = t;

        for (PetscInt a = c->dim - 1; a >= 0; a--) q[a] += rest % 3 - 1, rest /= 3;
        for (PetscInt k = 0; k < K; k++) h += x[At(&grid, q) * K + k] * w[(t * K + k) * W + j];
      }
      y[p * W + j] = (i ? x[p * W + j] : 0) + gelu((1 + mod[j]) * h + mod[W + j]);
    }
}

/* The point of level l + 1 that holds point p of level l. */
static PetscInt Parent(const Case *c, PetscInt l, PetscInt p)
{
  const Level f = LevelOf(c, l), v = LevelOf(c, l + 1);
  PetscInt    q[3] = {p / (f.n[1] * f.n[2]), p / f.n[2] % f.n[1], p % f.n[2]};

  for (PetscInt a = 0; a < c->dim; a++) q[a] /= 2;
  return (q[0] * v.n[1] + q[1]) * v.n[2] + q[2];
}

/* y = x M + m at `points` points. */
static void Affine(const double *M, const double *m, PetscInt points, PetscInt K, PetscInt W, const double *x,
                   double *y)
{
  for (PetscInt p = 0; p < points; p++)
    for (PetscInt j = 0; j < W; j++) {
      y[p * W + j] = m[j];
      for (PetscInt k = 0; k < K; k++) y[p * W + j] += x[p * K + k] * M[k * W + j];
    }
}

static void Down(const Case *c, PetscInt l, const double *x, double *pooled, double *y)
{
  const Level    f = LevelOf(c, l), v = LevelOf(c, l + 1);
  const PetscInt K = widths[l];

  memset(pooled, 0, sizeof(double) * (size_t)(v.points * K));
  for (PetscInt p = 0; p < f.points; p++)
    for (PetscInt k = 0; k < K; k++) pooled[Parent(c, l, p) * K + k] += x[p * K + k] * v.points / f.points;
  Affine(Named(c, "down%d.weight", l), Named(c, "down%d.bias", l), v.points, K, widths[l + 1], pooled, y);
}

static void Up(const Case *c, PetscInt l, const double *low, const double *skip, double *work, double *y)
{
  const Level    f = LevelOf(c, l), v = LevelOf(c, l + 1);
  const PetscInt W = widths[l];

  Affine(Named(c, "up%d.weight", l), Named(c, "up%d.bias", l), v.points, widths[l + 1], W, low, work);
  for (PetscInt p = 0; p < f.points; p++)
    for (PetscInt j = 0; j < W; j++) y[p * W + j] = skip[p * W + j] + work[Parent(c, l, p) * W + j];
}

static void Periodic(const Case *c, const PetscReal scalars[2], const double x[], double y[])
{
  const PetscInt C = c->cin + c->condition, L = c->depth;
  const size_t   size = sizeof(double) * (size_t)(c->points * 32);
  double        *u = malloc(size), *v = malloc(size), *work = malloc(size), *skip[3], mod[7 * 2 * 32], *at = mod, *swap;
  PetscInt       m = 0, i = 0;

  for (PetscInt l = 0; l < L; l++) m += 2 * 2 * widths[l], skip[l] = malloc(size);
  Embed(c, scalars, m + 2 * widths[0], mod);
  Layer(c, i++, 0, C, widths[0], at, x, u);
  at += 2 * widths[0];
  for (PetscInt pass = 0; pass < 2 * L; pass++) {
    const PetscInt l = pass < L ? pass : 2 * L - 1 - pass, W = widths[l];

    if (pass && pass < L) Down(c, l - 1, skip[l - 1], work, u);
    if (pass > L) Up(c, l, skip[l + 1], skip[l], work, u);
    Layer(c, i++, l, W, W, at, u, v);
    at += 2 * W;
    swap = u, u = v, v = swap;
    memcpy(skip[l], u, sizeof(double) * (size_t)(LevelOf(c, l).points * W));
  }
  for (PetscInt p = 0; p < c->points; p++)
    for (PetscInt o = 0; o < c->cout; o++) {
      double a = Find(c, "out.bias")[o], g = Find(c, "gate.bias")[o];

      for (int j = 0; j < widths[0]; j++)
        a += u[p * widths[0] + j] * Find(c, "out.weight")[o * widths[0] + j],
          g += u[p * widths[0] + j] * Find(c, "gate.weight")[o * widths[0] + j];
      y[p * c->cout + o] = a + g * x[p * C + o];
    }
  for (PetscInt l = 0; l < L; l++) free(skip[l]);
  free(u);
  free(v);
  free(work);
}

static PetscErrorCode Configure(Case *c)
{
  PetscFunctionBegin;
  PetscCall(KarNetSetParameter(c->net, "levels", (PetscReal)c->depth));
  PetscCall(KarNetSetParameter(c->net, "blocks", 1));
  PetscCall(KarNetSetParameter(c->net, "embed", EMBED));
  for (PetscInt l = 0; l < c->depth; l++) {
    char name[32];

    (void)snprintf(name, sizeof(name), "width_%d", (int)l);
    PetscCall(KarNetSetParameter(c->net, name, (PetscReal)widths[l]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  PetscCall(Check((Case){.dim = 1, .n = {40, 1, 1}, .cin = 1, .condition = 2, .cout = 1, .depth = 3}));
  PetscCall(Check((Case){.dim = 2, .n = {8, 12, 1}, .cin = 2, .condition = 1, .cout = 1, .depth = 3}));
  PetscCall(Check(
    (Case){.dim = 2, .n = {12, 8, 1}, .cin = 2, .condition = 0, .cout = 2, .depth = 2, .basis = KAR_BASIS_COSINE}));
  PetscCall(Check((Case){.dim = 3, .n = {6, 4, 4}, .cin = 1, .condition = 0, .cout = 1, .depth = 2}));
  PetscCall(Check((Case){.dim = 1, .n = {100, 1, 1}, .cin = 1, .condition = 2, .cout = 1, .depth = 3}));
  PetscCall(Check((Case){.dim = 2, .n = {44, 2, 1}, .cin = 2, .condition = 0, .cout = 1, .depth = 2}));
  PetscCall(Check(
    (Case){.dim = 2, .n = {42, 2, 1}, .cin = 2, .condition = 0, .cout = 2, .depth = 2, .basis = KAR_BASIS_COSINE}));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
