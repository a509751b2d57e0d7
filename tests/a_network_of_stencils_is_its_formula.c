/* The network of stencils is its formula: plain double loops over the whole grid, and sums over modes, give the same
   numbers to 1e-5, in 1-3 D, with inputs continued periodically and evenly, with slabs thinner than the halo and boxes
   smaller, evaluated in tiles or kept whole, with a Fourier part and without; its gradient to the weights and the input
   is that of differences of the formula.
   ranks: 1 2 3 4 */
#define TYPE        KARNETLOCAL
#define WIDTH       16
#define EVERY_LAYER 0
#include "netformula.h"

/* f[points][WIDTH] += sum_kappa w Re (u^ R e^{ik.x}), u of K channels, term by term. */
static void Fourier(const Case *c, PetscInt l, PetscInt K, const double u[], double f[])
{
  const PetscInt M = c->modes, last = c->dim - 1;
  const double  *R;
  char           name[32];
  PetscInt       modes = 1;

  (void)snprintf(name, sizeof(name), "layer%d.spectral", (int)l);
  R = Find(c, name);
  for (PetscInt a = 0; a < c->dim; a++) modes *= a < last ? 2 * M - 1 : M;
  for (PetscInt m = 0; m < modes; m++) {
    PetscInt kappa[3] = {0, 0, 0}, rest = m;
    double   re[WIDTH] = {0}, im[WIDTH] = {0};

    for (PetscInt a = last; a >= 0; a--) {
      const PetscInt size = a < last ? 2 * M - 1 : M;

      kappa[a] = rest % size - (a < last ? M - 1 : 0), rest /= size;
    }
    for (int back = 0; back < 2; back++)
      for (PetscInt p = 0; p < c->points; p++) {
        const PetscInt i[3]  = {p / (c->n[1] * c->n[2]), p / c->n[2] % c->n[1], p % c->n[2]};
        double         phase = 0, cosine, sine;

        for (int a = 0; a < 3; a++) phase += 2 * PETSC_PI * (double)(kappa[a] * i[a]) / (double)c->n[a];
        cosine = cos(phase), sine = sin(phase);
        for (int j = 0; j < WIDTH && back; j++)
          f[p * WIDTH + j] += (kappa[last] ? 2 : 1) * (re[j] * cosine - im[j] * sine);
        for (PetscInt k = 0; k < K && !back; k++)
          for (int j = 0; j < WIDTH; j++) {
            const double *r = R + ((m * K + k) * 2) * WIDTH + j, uk = u[p * K + k] / (double)c->points;

            re[j] += uk * (cosine * r[0] + sine * r[WIDTH]);
            im[j] += uk * (cosine * r[WIDTH] - sine * r[0]);
          }
      }
  }
}

static void Periodic(const Case *c, const PetscReal scalars[2], const double x[], double y[])
{
  const PetscInt C = c->cin + c->condition;
  double        *u = malloc(sizeof(double) * (size_t)(c->points * WIDTH)),
         *v        = malloc(sizeof(double) * (size_t)(c->points * WIDTH)),
         *f        = malloc(sizeof(double) * (size_t)(c->points * WIDTH)), mod[4 * 2 * WIDTH];
  PetscInt taps    = 1;

  for (PetscInt a = 0; a < c->dim; a++) taps *= 3;
  Embed(c, scalars, c->depth * 2 * WIDTH, mod);
  for (PetscInt l = 0; l < c->depth; l++) {
    const PetscInt K    = l ? WIDTH : C;
    const double  *from = l ? u : x, *w, *b;
    char           name[32];

    (void)snprintf(name, sizeof(name), "layer%d.stencil", (int)l);
    w = Find(c, name);
    (void)snprintf(name, sizeof(name), "layer%d.bias", (int)l);
    b = Find(c, name);
    memset(f, 0, sizeof(double) * (size_t)(c->points * WIDTH));
    if (c->modes) Fourier(c, l, K, from, f);
    for (PetscInt p = 0; p < c->points; p++)
      for (int j = 0; j < WIDTH; j++) {
        double h = b[j] + f[p * WIDTH + j];

        for (PetscInt t = 0; t < taps; t++) {
          PetscInt i[3] = {p / (c->n[1] * c->n[2]), p / c->n[2] % c->n[1], p % c->n[2]}, rest = t;

          for (PetscInt a = c->dim - 1; a >= 0; a--) i[a] += (rest % 3 - 1) * c->d[l], rest /= 3;
          for (PetscInt k = 0; k < K; k++) h += from[At(c, i) * K + k] * w[(t * K + k) * WIDTH + j];
        }
        v[p * WIDTH + j] =
          (l ? u[p * WIDTH + j] : 0) + gelu((1 + mod[l * 2 * WIDTH + j]) * h + mod[(l * 2 + 1) * WIDTH + j]);
      }
    memcpy(u, v, sizeof(double) * (size_t)(c->points * WIDTH));
  }
  for (PetscInt p = 0; p < c->points; p++)
    for (PetscInt o = 0; o < c->cout; o++) {
      double a = Find(c, "out.bias")[o], g = Find(c, "gate.bias")[o];

      for (int j = 0; j < WIDTH; j++)
        a += u[p * WIDTH + j] * Find(c, "out.weight")[o * WIDTH + j],
          g += u[p * WIDTH + j] * Find(c, "gate.weight")[o * WIDTH + j];
      y[p * c->cout + o] = a + g * x[p * C + o];
    }
  free(u);
  free(v);
  free(f);
}

static PetscErrorCode Configure(Case *c)
{
  PetscFunctionBegin;
  PetscCall(KarNetSetParameter(c->net, "width", WIDTH));
  PetscCall(KarNetSetParameter(c->net, "modes", (PetscReal)c->modes));
  PetscCall(KarNetSetParameter(c->net, "embed", EMBED));
  PetscCall(KarNetSetParameter(c->net, "depth", (PetscReal)c->depth));
  for (PetscInt l = 0; l < c->depth; l++) {
    char name[32];

    (void)snprintf(name, sizeof(name), "dilation_%d", (int)l);
    PetscCall(KarNetSetParameter(c->net, name, (PetscReal)c->d[l]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  PetscCall(Check((Case){.dim = 1, .n = {40, 1, 1}, .cin = 1, .condition = 2, .cout = 1, .depth = 3, .d = {1, 2, 3}}));
  PetscCall(Check((Case){.dim       = 2,
                         .n         = {8, 14, 1},
                         .cin       = 1,
                         .condition = 3,
                         .cout      = 1,
                         .depth     = 3,
                         .d         = {1, 2, 1}})); /* on 4 ranks slabs of 2 rows, a halo of 4 */
  PetscCall(Check((Case){.dim       = 2,
                         .n         = {12, 9, 1},
                         .cin       = 2,
                         .condition = 0,
                         .cout      = 2,
                         .depth     = 2,
                         .d         = {2, 1},
                         .basis     = KAR_BASIS_COSINE}));
  PetscCall(Check((Case){.dim = 3, .n = {8, 5, 6}, .cin = 3, .condition = 1, .cout = 3, .depth = 2, .d = {1, 2}}));
  PetscCall(
    Check((Case){.dim = 1, .n = {17, 1, 1}, .cin = 1, .condition = 1, .cout = 1, .depth = 2, .d = {1, 2}, .modes = 9}));
  PetscCall(Check(
    (Case){.dim = 2, .n = {8, 9, 1}, .cin = 1, .condition = 2, .cout = 1, .depth = 3, .d = {1, 2, 1}, .modes = 3}));
  PetscCall(
    Check((Case){.dim = 3, .n = {8, 4, 3}, .cin = 3, .condition = 0, .cout = 3, .depth = 2, .d = {1, 1}, .modes = 2}));
  for (int basis = 0; basis < 2; basis++) /* a halo of 15 rows: the box and more */
    PetscCall(Check((Case){.dim       = 2,
                           .n         = {7, 6, 1},
                           .cin       = 1,
                           .condition = 1,
                           .cout      = 1,
                           .depth     = 3,
                           .d         = {4, 6, 5},
                           .basis     = basis ? KAR_BASIS_COSINE : KAR_BASIS_PERIODIC}));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
