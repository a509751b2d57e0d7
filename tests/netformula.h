/* A network of type TYPE against its formula in plain double loops over the whole grid, and its gradients against
   differences of the formula. */
#pragma once

#include "claim.h"

#include <karhunen/halo.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EMBED 4

typedef struct {
  PetscInt    dim, n[3], cin, condition, cout, depth, d[4], modes, points, size;
  KarBasis    basis;
  KarGrid     grid;
  KarGridInfo info;
  KarNet      net;
  double     *p; /* the parameters in double */
} Case;

/* Of the file that includes this one: the type's configuration, and its formula on a periodic box. */
static PetscErrorCode Configure(Case *c);
static void           Periodic(const Case *c, const PetscReal scalars[2], const double x[], double y[]);

static double gelu(double x)
{
  return x * 0.5 * (1 + erf(x / sqrt(2)));
}

static const double *Find(const Case *c, const char name[])
{
  PetscInt         n;
  const KarTensor *t;

  (void)KarNetGetTensors(c->net, &n, &t);
  for (PetscInt i = 0; i < n; i++)
    if (!strcmp(t[i].name, name)) return c->p + t[i].offset;
  return NULL;
}

/* scale - 1 and shift of all layers, m numbers. */
static void Embed(const Case *c, const PetscReal scalars[2], PetscInt m, double mod[])
{
  double        x[2 * EMBED], h[2 * EMBED];
  const double *w0 = Find(c, "time.0.weight"), *b0 = Find(c, "time.0.bias"), *w1 = Find(c, "time.1.weight"),
               *b1 = Find(c, "time.1.bias");

  for (int j = 0; j < 2; j++)
    for (int i = 0; i < EMBED / 2; i++) {
      const double omega = 0.5 * pow(32, (double)i / (EMBED / 2 - 1));

      x[j * EMBED + i]             = sin(omega * scalars[j]);
      x[j * EMBED + EMBED / 2 + i] = cos(omega * scalars[j]);
    }
  for (int j = 0; j < 2 * EMBED; j++) {
    h[j] = b0[j];
    for (int i = 0; i < 2 * EMBED; i++) h[j] += x[i] * w0[i * 2 * EMBED + j];
    h[j] = gelu(h[j]);
  }
  for (PetscInt j = 0; j < m; j++) {
    mod[j] = b1[j];
    for (int i = 0; i < 2 * EMBED; i++) mod[j] += h[i] * w1[i * m + j];
  }
}

static PetscInt At(const Case *c, const PetscInt i[3])
{
  PetscInt p = 0;

  for (int a = 0; a < 3; a++) {
    PetscInt n = c->n[a], j = a < c->dim ? i[a] : 0;

    p = p * n + kar_halo_point(c->basis, n, j);
  }
  return p;
}

/* In the cosine basis the input is continued evenly: the network on twice the points, which wrap; unless every layer's
   is (EVERY_LAYER). */
static void Reference(const Case *c, const PetscReal scalars[2], const double x[], double y[])
{
  const PetscInt C     = c->cin + c->condition;
  Case           twice = *c;
  double        *x2, *y2;

  if (EVERY_LAYER || c->basis == KAR_BASIS_PERIODIC) {
    Periodic(c, scalars, x, y);
    return;
  }
  twice.basis = KAR_BASIS_PERIODIC;
  for (PetscInt a = 0; a < c->dim; a++) twice.n[a] *= 2;
  twice.points = twice.n[0] * twice.n[1] * twice.n[2];
  x2           = malloc(sizeof(double) * (size_t)(twice.points * C));
  y2           = malloc(sizeof(double) * (size_t)(twice.points * c->cout));
  for (int back = 0; back < 2; back++) {
    for (PetscInt q = 0; q < twice.points; q++) {
      const PetscInt i[3] = {q / (twice.n[1] * twice.n[2]), q / twice.n[2] % twice.n[1], q % twice.n[2]};
      PetscInt       p = 0, inside = 1;

      for (int a = 0; a < 3; a++) {
        p = p * c->n[a] + (i[a] < c->n[a] ? i[a] : 2 * c->n[a] - 1 - i[a]);
        if (i[a] >= c->n[a]) inside = 0;
      }
      for (PetscInt k = 0; !back && k < C; k++) x2[q * C + k] = x[p * C + k];
      for (PetscInt k = 0; back && inside && k < c->cout; k++) y[p * c->cout + k] = y2[q * c->cout + k];
    }
    if (!back) Periodic(&twice, scalars, x2, y2);
  }
  free(x2);
  free(y2);
}

/* A number in (-1, 1) that only i and `what` decide. */
static double Number(PetscInt i, int what)
{
  return 2 * fmod(0.5 + 0.6180339887498949 * (double)(i + 1) + 0.37 * what, 1.) - 1;
}

static PetscErrorCode Create(Case *c)
{
  float *p;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_WORLD, &c->grid));
  PetscCall(KarGridSetSizes(c->grid, c->dim, c->n, NULL));
  PetscCall(KarGridSetBasis(c->grid, c->basis));
  PetscCall(KarGridSetUp(c->grid));
  PetscCall(KarGridGetInfo(c->grid, &c->info));
  PetscCall(KarNetCreate(PETSC_COMM_WORLD, &c->net));
  PetscCall(KarNetSetType(c->net, TYPE));
  PetscCall(KarNetSetChannels(c->net, c->cin, c->condition, c->cout));
  PetscCall(KarNetSetScalars(c->net, 2));
  PetscCall(KarNetSetGrid(c->net, &c->info));
  PetscCall(Configure(c));
  PetscCall(KarNetSetUp(c->net));
  PetscCall(KarNetGetParameters(c->net, &c->size, &p));
  PetscCall(PetscMalloc1(c->size, &c->p));
  for (PetscInt i = 0; i < c->size; i++) c->p[i] = p[i] = (float)(0.3 * Number(i, 1));
  c->points = c->n[0] * c->n[1] * c->n[2];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* L = sum over points of the second of two samples of y times fixed numbers. */
static double Loss(const Case *c, const PetscReal scalars[2], const double x[])
{
  double *y = malloc(sizeof(double) * (size_t)(c->points * c->cout)), L = 0;

  Reference(c, scalars, x, y);
  for (PetscInt i = 0; i < c->points * c->cout; i++) L += y[i] * Number(i, 3);
  free(y);
  return L;
}

static PetscErrorCode CheckForward(Case *c, const PetscReal scalars[4], const double x[], const float xs[],
                                   PetscBool keep)
{
  const PetscInt np = c->info.ln * c->n[1] * c->n[2], first = c->info.start * c->n[1] * c->n[2],
                 C = c->cin + c->condition;
  double *y, worst = 0, size = 0;
  float  *ys;

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(c->points * c->cout, &y, 2 * np * c->cout, &ys));
  PetscCall(KarNetForward(c->net, 2, scalars, xs, ys, keep ? KAR_NET_KEEP : KAR_NET_EVALUATE));
  for (int s = 0; s < 2; s++) {
    Reference(c, scalars + 2 * s, x + s * c->points * C, y);
    for (PetscInt i = 0; i < np * c->cout; i++) {
      worst = PetscMax(worst, fabs(ys[s * np * c->cout + i] - y[first * c->cout + i]));
      size  = PetscMax(size, fabs(y[first * c->cout + i]));
    }
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &worst, 1, MPI_DOUBLE, MPI_MAX, PETSC_COMM_WORLD));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &size, 1, MPI_DOUBLE, MPI_MAX, PETSC_COMM_WORLD));
  Claim(size > 0.1 && worst <= 1e-5 * size, "%" PetscInt_FMT "D, %s, %s: off by %g of %g", c->dim, KarBases[c->basis],
        keep ? "kept" : "in tiles", worst, size);
  PetscCall(PetscFree2(y, ys));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Central differences of the formula against the sum of the ranks' gradients: one number of each tensor, and some of
   the input. */
static PetscErrorCode CheckBackward(Case *c, const PetscReal scalars[4], double x[], const float xs[])
{
  const PetscInt np = c->info.ln * c->n[1] * c->n[2], first = c->info.start * c->n[1] * c->n[2],
                 C   = c->cin + c->condition;
  const double     h = 1e-5;
  float           *ys, *dy, *dx, *g, *sum;
  PetscInt         n;
  const KarTensor *t;
  double           scale = 0;

  PetscFunctionBegin;
  PetscCall(PetscMalloc4(2 * np * c->cout, &ys, 2 * np * c->cout, &dy, 2 * np * C, &dx, c->size, &sum));
  for (PetscInt i = 0; i < np * c->cout; i++) dy[i] = 0, dy[np * c->cout + i] = (float)Number(first * c->cout + i, 3);
  PetscCall(KarNetForward(c->net, 2, scalars, xs, ys, KAR_NET_KEEP));
  PetscCall(KarNetZeroGradient(c->net));
  PetscCall(KarNetBackward(c->net, KAR_NET_WEIGHTS | KAR_NET_INPUT, dy, dx));
  PetscCall(KarNetGetGradient(c->net, NULL, &g));
  PetscCallMPI(MPI_Allreduce(g, sum, (PetscMPIInt)c->size, MPI_FLOAT, MPI_SUM, PETSC_COMM_WORLD));
  PetscCall(KarNetGetTensors(c->net, &n, &t));
  x += c->points * C;
  for (PetscInt i = 0; i < c->size; i++) scale = PetscMax(scale, fabs(sum[i]));
  for (PetscInt i = 0; i < n; i++) {
    const PetscInt k = t[i].offset + (7 * t[i].size) / 11;
    const double   p = c->p[k];
    double         up, down;

    c->p[k] = p + h;
    up      = Loss(c, scalars + 2, x);
    c->p[k] = p - h;
    down    = Loss(c, scalars + 2, x);
    c->p[k] = p;
    Claim(fabs((up - down) / (2 * h) - sum[k]) <= 1e-5 * scale, "%" PetscInt_FMT "D, d/d %s: %g by differences, %g",
          c->dim, t[i].name, (up - down) / (2 * h), (double)sum[k]);
  }
  for (PetscInt i = 0; i < 3 * C; i++) {
    const PetscInt k = i * (c->points * C - 1) / (3 * C - 1), mine = k - first * C;
    const double   value = x[k];
    double         up, down, d;

    x[k] = value + h;
    up   = Loss(c, scalars + 2, x);
    x[k] = value - h;
    down = Loss(c, scalars + 2, x);
    x[k] = value;
    d    = mine >= 0 && mine < np * C ? dx[np * C + mine] : 0;
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &d, 1, MPI_DOUBLE, MPI_SUM, PETSC_COMM_WORLD));
    Claim(fabs((up - down) / (2 * h) - d) <= 1e-5 * PetscMax(1, fabs(d)),
          "%" PetscInt_FMT "D, d/d input %" PetscInt_FMT ": %g by differences, %g", c->dim, k, (up - down) / (2 * h),
          d);
  }
  PetscCall(PetscFree4(ys, dy, dx, sum));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Check(Case c)
{
  const PetscReal scalars[4] = {0.3, -1.1, 0.7, 0.2};
  double         *x;
  float          *xs;

  PetscFunctionBegin;
  PetscCall(Create(&c));
  const PetscInt np = c.info.ln * c.n[1] * c.n[2], first = c.info.start * c.n[1] * c.n[2], C = c.cin + c.condition;

  PetscCall(PetscMalloc2(2 * c.points * C, &x, 2 * np * C, &xs));
  for (PetscInt i = 0; i < 2 * c.points * C; i++) x[i] = (float)Number(i, 2);
  for (int s = 0; s < 2; s++)
    for (PetscInt i = 0; i < np * C; i++) xs[s * np * C + i] = (float)x[s * c.points * C + first * C + i];
  PetscCall(CheckForward(&c, scalars, x, xs, PETSC_FALSE));
  PetscCall(CheckForward(&c, scalars, x, xs, PETSC_TRUE));
  PetscCall(CheckBackward(&c, scalars, x, xs));
  PetscCall(PetscFree2(x, xs));
  PetscCall(PetscFree(c.p));
  PetscCall(KarNetDestroy(&c.net));
  PetscCall(KarGridDestroy(&c.grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}
