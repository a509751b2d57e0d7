/* An implicit representation: the gradient of its loss, which goes back through the gradient steps that find the
   latents, is the derivative of that loss; the same function on any grid and at any places, alike on any ranks;
   latents moved by a cell are the field moved by a cell; a box with mirrors at its ends has no edge in it.
   ranks: 1 3 */
#include "claim.h"

#include <math.h>

static PetscReal Number(PetscInt i)
{
  return 2 * fmod(0.37 + (PetscReal)i * 0.7548776662466927, 1) - 1;
}

static PetscErrorCode CreateGrid(MPI_Comm comm, KarBasis basis, PetscInt n0, PetscInt n1, KarGrid *grid, KarGridInfo *g)
{
  const PetscInt  n[2]      = {n0, n1};
  const PetscReal length[2] = {1, 1.5};

  PetscFunctionBegin;
  PetscCall(KarGridCreate(comm, grid));
  PetscCall(KarGridSetSizes(*grid, 2, n, length));
  PetscCall(KarGridSetBasis(*grid, basis));
  PetscCall(KarGridSetUp(*grid));
  PetscCall(KarGridGetInfo(*grid, g));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Of fields on 12 x 18 points, with weights that are functions of their number. */
static PetscErrorCode Create(MPI_Comm comm, KarBasis basis, PetscInt spline, KarGrid *grid, KarGridInfo *g,
                             KarImplicit *f)
{
  const PetscReal mean    = 0.3;
  const char     *names[] = {"width", "depth", "latents", "cell", "waves", "spline", "steps"};
  const PetscReal value[] = {16, 3, 2, 3, 2, (PetscReal)spline, 3};
  KarNet          net;
  PetscInt        np;
  float          *p;

  PetscFunctionBegin;
  PetscCall(CreateGrid(comm, basis, 12, 18, grid, g));
  PetscCall(KarImplicitCreate(g, &mean, 1.7, f));
  PetscCall(KarImplicitGetNet(*f, &net));
  for (int i = 0; i < 7; i++) PetscCall(KarNetSetParameter(net, names[i], value[i]));
  PetscCall(KarImplicitSetUp(*f));
  PetscCall(KarNetGetParameters(net, &np, &p));
  for (PetscInt i = 0; i < np; i++) p[i] = (float)(0.5 * Number(i));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A smooth field on this rank's slab. */
static void Fill(const KarGridInfo *g, PetscReal u[])
{
  for (PetscInt i = 0; i < g->ln; i++)
    for (PetscInt j = 0; j < g->n[1]; j++) {
      const PetscReal y = 2 * PETSC_PI * (PetscReal)(g->start + i) / (PetscReal)g->n[0],
                      x = 2 * PETSC_PI * (PetscReal)j / (PetscReal)g->n[1];

      u[i * g->n[1] + j] = sin(x + cos(2 * y)) + 0.7 * cos(3 * y - 2 * x);
    }
}

/* Differences of the loss along a direction, against its gradient. */
static PetscErrorCode Derivative(void)
{
  const float       h = 1e-2f;
  PetscReal         u[12 * 18], loss, moved[2], difference;
  double            product = 0, all;
  KarGrid           grid;
  KarGridInfo       g;
  KarImplicit       f;
  KarImplicitPlaces at;
  KarNet            net;
  PetscInt          np;
  float            *p, *G;

  PetscFunctionBegin;
  PetscCall(Create(PETSC_COMM_WORLD, KAR_BASIS_PERIODIC, 2, &grid, &g, &f));
  PetscCall(KarImplicitPlacesCreate(f, 0, NULL, &g, &at));
  Fill(&g, u);
  PetscCall(KarImplicitGetNet(f, &net));
  PetscCall(KarNetZeroGradient(net));
  PetscCall(KarNetGetGradient(net, &np, &G));
  PetscCall(KarNetGetParameters(net, NULL, &p));
  PetscCall(KarImplicitLoss(at, 2, u, &loss));
  for (PetscInt i = 0; i < np; i++) product += (double)G[i] * (double)Number(5 * i + 3) / 2;
  PetscCallMPI(MPI_Allreduce(&product, &all, 1, MPI_DOUBLE, MPI_SUM, PETSC_COMM_WORLD));
  for (int s = 0; s < 2; s++) {
    for (PetscInt i = 0; i < np; i++) p[i] = (float)(0.5 * Number(i)) + (s ? -h : h) * (float)Number(5 * i + 3);
    PetscCall(KarImplicitLoss(at, 0, u, &moved[s]));
  }
  difference = (moved[0] - moved[1]) / (2 * h);
  Claim(loss > 0.05 && fabs(all) > 0.05, "the loss is %g, its derivative %g: too small to test", (double)loss, all);
  Claim(PetscAbsReal(difference - all) < 0.02 * fabs(all), "derivative %g, of differences %g", all, (double)difference);
  PetscCall(KarImplicitPlacesDestroy(&at));
  PetscCall(KarImplicitDestroy(&f));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Latents of numbers alone, on 4 x 6 cells, moved by some cells along each axis. */
static void Latents(PetscInt a, PetscInt b, float z[])
{
  for (PetscInt i = 0; i < 4; i++)
    for (PetscInt j = 0; j < 6; j++)
      for (PetscInt c = 0; c < 2; c++)
        z[(i * 6 + j) * 2 + c] = (float)Number(31 + ((i + a) % 4 * 6 + (j + b) % 6) * 2 + c);
}

/* Values on a grid are those at its points as places; and moved latents. */
static PetscErrorCode SameAnywhere(PetscInt spline)
{
  PetscReal         x[2 * 24 * 36], u[24 * 36], v[24 * 36], most[2] = {0, 0};
  KarGrid           grid, fine;
  KarGridInfo       g, n;
  KarImplicit       f;
  KarImplicitPlaces at, on;
  float             z[48];

  PetscFunctionBegin;
  PetscCall(Create(PETSC_COMM_WORLD, KAR_BASIS_PERIODIC, spline, &grid, &g, &f));
  PetscCall(CreateGrid(PETSC_COMM_WORLD, KAR_BASIS_PERIODIC, 24, 36, &fine, &n));
  PetscCall(KarImplicitPlacesCreate(f, 0, NULL, &n, &on));
  for (int moved = 0; moved < 2; moved++) {
    for (PetscInt i = 0; i < n.ln * 36; i++) {
      x[2 * i]     = fmod((PetscReal)(n.start + i / 36) / 24 + 0.75 * moved, 1);
      x[2 * i + 1] = 1.5 * fmod((PetscReal)(i % 36) / 36 + (PetscReal)moved / 3, 1);
    }
    PetscCall(KarImplicitPlacesCreate(f, n.ln * 36, x, NULL, &at));
    Latents(0, 0, z);
    PetscCall(KarImplicitEvaluate(at, z, u));
    Latents(3 * moved, 2 * moved, z);
    PetscCall(KarImplicitEvaluate(on, z, v));
    for (PetscInt i = 0; i < n.ln * 36; i++) most[moved] = PetscMax(most[moved], PetscAbsReal(u[i] - v[i]));
    PetscCall(KarImplicitPlacesDestroy(&at));
  }
  Claim(most[0] < 1e-5, "at places: %g", (double)most[0]);
  Claim(most[1] < 1e-4, "moved by cells: %g", (double)most[1]);
  PetscCall(KarImplicitPlacesDestroy(&on));
  PetscCall(KarImplicitDestroy(&f));
  PetscCall(KarGridDestroy(&fine));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Latents on all ranks together, and on each alone. */
static PetscErrorCode SameOnAnyRanks(void)
{
  float     z[2][48];
  PetscReal most = 0;

  PetscFunctionBegin;
  for (int alone = 0; alone < 2; alone++) {
    PetscReal         u[12 * 18];
    KarGrid           grid;
    KarGridInfo       g;
    KarImplicit       f;
    KarImplicitPlaces at;

    PetscCall(Create(alone ? PETSC_COMM_SELF : PETSC_COMM_WORLD, KAR_BASIS_PERIODIC, 2, &grid, &g, &f));
    PetscCall(KarImplicitPlacesCreate(f, 0, NULL, &g, &at));
    Fill(&g, u);
    PetscCall(KarImplicitEncode(at, 5, u, z[alone]));
    PetscCall(KarImplicitPlacesDestroy(&at));
    PetscCall(KarImplicitDestroy(&f));
    PetscCall(KarGridDestroy(&grid));
  }
  for (int i = 0; i < 48; i++) most = PetscMax(most, PetscAbsReal((PetscReal)(z[0][i] - z[1][i])));
  Claim(most < 1e-4, "latents on several ranks: %g", (double)most);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Across the end of a box with mirrors the latents go on as in one: the spline has no step there. */
static PetscErrorCode Mirrors(void)
{
  const PetscReal   d = 1e-5, x[6] = {0, 0.4, d, 0.4, 2 * d, 0.4};
  PetscReal         u[3];
  KarGrid           grid;
  KarGridInfo       g;
  KarImplicit       f;
  KarImplicitPlaces at;
  float             z[48];

  PetscFunctionBegin;
  PetscCall(Create(PETSC_COMM_SELF, KAR_BASIS_COSINE, 2, &grid, &g, &f));
  PetscCall(KarImplicitPlacesCreate(f, 3, x, NULL, &at));
  Latents(0, 0, z);
  PetscCall(KarImplicitEvaluate(at, z, u));
  Claim(PetscAbsReal(u[1] - u[0]) < 1e-3 && PetscAbsReal(u[2]) < 100, "at the end of the box: %g %g", (double)u[0],
        (double)u[1]);
  PetscCall(KarImplicitPlacesDestroy(&at));
  PetscCall(KarImplicitDestroy(&f));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  PetscCall(Derivative());
  for (PetscInt spline = 1; spline < 4; spline++) PetscCall(SameAnywhere(spline));
  PetscCall(SameOnAnyRanks());
  PetscCall(Mirrors());
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
