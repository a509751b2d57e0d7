/* A network of points: the answer does not depend on the order of the points, nor on where the box begins, nor on how
   many points stand for a part of it when their weights say so, and without weights it does; the same on any ranks;
   its backward pass is the derivative of its forward one. ranks: 1 2 3 4 */
#include "claim.h"

#include <math.h>
#include <stdlib.h>

enum { M = 60, AXES = 2, CIN = 2, COUT = 2 };

static PetscReal Fraction(PetscReal x)
{
  return x - PetscFloorReal(x);
}

static float Number(PetscInt i)
{
  return (float)(2 * Fraction(0.37 + (PetscReal)i * 0.7548776662466927) - 1);
}

/* Points first ... first + n - 1 of m on this communicator. */
static PetscErrorCode Create(MPI_Comm comm, PetscInt m, KarNet *net, PetscInt *first, PetscInt *n)
{
  KarGrid     grid;
  KarGridInfo info;
  float      *p;
  PetscInt    np;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(comm, &grid));
  PetscCall(KarGridSetSizes(grid, 1, &m, NULL));
  PetscCall(KarGridSetUp(grid));
  PetscCall(KarGridGetInfo(grid, &info));
  PetscCall(KarGridDestroy(&grid));
  *first = info.start;
  *n     = info.ln;
  PetscCall(KarNetCreate(comm, net));
  PetscCall(KarNetSetType(*net, KARNETTRANSFORMER));
  PetscCall(KarNetSetChannels(*net, CIN, 0, COUT));
  PetscCall(KarNetSetScalars(*net, 1));
  PetscCall(KarNetSetGrid(*net, &info));
  PetscCall(KarNetSetParameter(*net, "width", 16));
  PetscCall(KarNetSetParameter(*net, "heads", 2));
  PetscCall(KarNetSetParameter(*net, "depth", 2));
  PetscCall(KarNetSetParameter(*net, "hidden", 20));
  PetscCall(KarNetSetParameter(*net, "embed", 8));
  PetscCall(KarNetSetParameter(*net, "axes", AXES));
  PetscCall(KarNetSetUp(*net));
  PetscCall(KarNetGetParameters(*net, &np, &p));
  for (PetscInt i = 0; i < np; i++) p[i] = 0.5f * Number(i);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A set of points: which of the M it has, as often as it says, and the answer at each. */
typedef struct {
  PetscInt  n, which[2 * M];
  PetscReal omega[2 * M], shift;
  PetscBool weighted;
  float     y[2 * M * COUT];
} Set;

/* All ranks of comm together; y is alike on all of them. */
static PetscErrorCode Answer(MPI_Comm comm, Set *set)
{
  const PetscReal scalar = 0.3;
  PetscInt        first, n;
  PetscReal       x[2 * M * AXES];
  float           in[2 * M * CIN], out[2 * M * COUT];
  KarNet          net;

  PetscFunctionBegin;
  PetscCall(Create(comm, set->n, &net, &first, &n));
  for (PetscInt i = 0; i < n; i++) {
    const PetscInt j = set->which[first + i];

    x[AXES * i]     = Fraction(0.1 + (PetscReal)j * 0.7548776662466927 + set->shift);
    x[AXES * i + 1] = Fraction(0.7 + (PetscReal)j * 0.5698402909980532 + 2 * set->shift);
    for (PetscInt c = 0; c < CIN; c++) in[CIN * i + c] = Number(100 + CIN * j + c);
  }
  PetscCall(KarTransformerSetPlaces(net, x, set->weighted ? set->omega + first : NULL));
  PetscCall(KarNetForward(net, 1, &scalar, in, out, KAR_NET_EVALUATE));
  PetscCall(PetscArrayzero(set->y, 2 * M * COUT));
  PetscCall(PetscArraycpy(set->y + first * COUT, out, n * COUT));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, set->y, 2 * M * COUT, MPI_FLOAT, MPI_SUM, comm));
  PetscCall(KarNetDestroy(&net));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The largest difference at points that both have, relative to the largest answer. */
static PetscReal Apart(const Set *a, const Set *b)
{
  PetscReal most = 0, size = 0;

  for (PetscInt i = 0; i < a->n; i++)
    for (PetscInt j = 0; j < b->n; j++)
      for (PetscInt c = 0; c < COUT && a->which[i] == b->which[j]; c++) {
        most = PetscMax(most, PetscAbsReal((PetscReal)(a->y[i * COUT + c] - b->y[j * COUT + c])));
        size = PetscMax(size, PetscAbsReal((PetscReal)a->y[i * COUT + c]));
      }
  return size > 0 ? most / size : 1;
}

static PetscErrorCode Symmetries(void)
{
  Set plain = {.n = M, .weighted = PETSC_TRUE}, other, alone;

  PetscFunctionBegin;
  for (PetscInt i = 0; i < M; i++) plain.which[i] = i, plain.omega[i] = 1 + 0.5 * (PetscReal)Number(i);
  PetscCall(Answer(PETSC_COMM_WORLD, &plain));
  alone = plain;
  PetscCall(Answer(PETSC_COMM_SELF, &alone));
  Claim(Apart(&plain, &alone) < 2e-6, "one rank and all differ by %g", (double)Apart(&plain, &alone));
  other = plain;
  for (PetscInt i = 0; i < M; i++) other.which[i] = (7 * i + 3) % M, other.omega[i] = plain.omega[other.which[i]];
  PetscCall(Answer(PETSC_COMM_WORLD, &other));
  Claim(Apart(&plain, &other) < 2e-6, "another order of the points: %g", (double)Apart(&plain, &other));
  other       = plain;
  other.shift = 0.3137;
  PetscCall(Answer(PETSC_COMM_WORLD, &other));
  Claim(Apart(&plain, &other) < 1e-5, "another place of the whole: %g", (double)Apart(&plain, &other));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Every third point is there twice, with half the weight. */
static PetscErrorCode Doubled(void)
{
  Set once[2], twice[2];

  PetscFunctionBegin;
  for (int w = 0; w < 2; w++) {
    once[w] = (Set){.n = M, .weighted = (PetscBool)w};
    for (PetscInt i = 0; i < M; i++) once[w].which[i] = i, once[w].omega[i] = 1;
    twice[w] = once[w];
    for (PetscInt i = 0; i < M; i += 3) {
      twice[w].which[twice[w].n]   = i;
      twice[w].omega[i]            = 0.5;
      twice[w].omega[twice[w].n++] = 0.5;
    }
    PetscCall(Answer(PETSC_COMM_WORLD, &once[w]));
    PetscCall(Answer(PETSC_COMM_WORLD, &twice[w]));
  }
  Claim(Apart(&once[1], &twice[1]) < 1e-5, "weighted, points there twice change the answer by %g",
        (double)Apart(&once[1], &twice[1]));
  Claim(Apart(&once[0], &twice[0]) > 1e-2, "without weights, by %g alone", (double)Apart(&once[0], &twice[0]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Loss(KarNet net, PetscInt n, const PetscReal scalars[], const float x[], const float dy[],
                           KarNetPass pass, PetscReal *loss)
{
  float y[2 * M * COUT];

  PetscFunctionBegin;
  PetscCall(KarNetForward(net, 2, scalars, x, y, pass));
  *loss = 0;
  for (PetscInt i = 0; i < 2 * n * COUT; i++) *loss += (PetscReal)y[i] * (PetscReal)dy[i];
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, loss, 1, MPIU_REAL, MPIU_SUM, PETSC_COMM_WORLD));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Differences(void)
{
  const PetscReal scalars[2] = {0.3, -0.9}, step = 1e-3;
  PetscInt        first, n, np;
  PetscReal       places[M * AXES], omega[M], exact[4] = {0}, loss[2];
  float           x[2 * M * CIN], dx[2 * M * CIN], dy[2 * M * COUT], *p, *g, *before;
  KarNet          net;

  PetscFunctionBegin;
  PetscCall(Create(PETSC_COMM_WORLD, M, &net, &first, &n));
  for (PetscInt i = 0; i < n * AXES; i++) places[i] = Fraction(0.5 + 0.31 * (PetscReal)(first * AXES + i));
  for (PetscInt i = 0; i < n; i++) omega[i] = 1 + 0.5 * (PetscReal)Number(first + i);
  PetscCall(KarTransformerSetPlaces(net, places, omega));
  for (PetscInt i = 0; i < 2 * n * CIN; i++) x[i] = Number(7 * first + i);
  for (PetscInt i = 0; i < 2 * n * COUT; i++) dy[i] = Number(3 * first + 5 * i);
  PetscCall(KarNetGetParameters(net, &np, &p));
  PetscCall(KarNetGetGradient(net, NULL, &g));
  PetscCall(PetscMalloc1(PetscMax(np, 2 * M * CIN), &before));
  PetscCall(KarNetZeroGradient(net));
  PetscCall(Loss(net, n, scalars, x, dy, KAR_NET_KEEP, &loss[0]));
  PetscCall(KarNetBackward(net, KAR_NET_WEIGHTS | KAR_NET_INPUT, dy, dx));
  for (PetscInt i = 0; i < np; i++)
    exact[0] += (PetscReal)g[i] * (PetscReal)Number(9 + 7 * i), exact[2] += PetscSqr((PetscReal)g[i]);
  for (PetscInt i = 0; i < 2 * n * CIN; i++)
    exact[1] += (PetscReal)dx[i] * (PetscReal)Number(4 + 5 * i), exact[3] += PetscSqr((PetscReal)dx[i]);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, exact, 4, MPIU_REAL, MPIU_SUM, PETSC_COMM_WORLD));
  for (int of = 0; of < 2; of++) {
    float         *v = of ? x : p;
    const PetscInt m = of ? 2 * n * CIN : np;

    PetscCall(PetscArraycpy(before, v, m));
    for (int side = 0; side < 2; side++) {
      for (PetscInt i = 0; i < m; i++)
        v[i] = before[i] + (float)(side ? step : -step) * Number(of ? 4 + 5 * i : 9 + 7 * i);
      PetscCall(Loss(net, n, scalars, x, dy, KAR_NET_EVALUATE, &loss[side]));
    }
    PetscCall(PetscArraycpy(v, before, m));
    Claim(exact[2 + of] > 0 && PetscAbsReal((loss[1] - loss[0]) / (2 * step) - exact[of]) <
                                 2e-3 * (PetscSqrtReal(exact[2 + of]) + PetscAbsReal(exact[of])),
          "%s: by differences %g, by the backward pass %g", of ? "input" : "weights",
          (double)((loss[1] - loss[0]) / (2 * step)), (double)exact[of]);
  }
  PetscCall(PetscFree(before));
  PetscCall(KarNetDestroy(&net));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  PetscCall(Symmetries());
  PetscCall(Doubled());
  PetscCall(Differences());
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
