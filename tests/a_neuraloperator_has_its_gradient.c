/* The backward pass of a network of type neuraloperator is the derivative of its forward one, by central differences
   along random directions of the weights and of the input; sums over ranks are those of one.
   ranks: 1 3 */
#include "claim.h"

#include <math.h>

typedef struct {
  PetscInt    dim;
  const char *what;
  PetscReal   lifting, mlp, gate, skip, grid, time, pad, sides;
} Case;

static PetscErrorCode Create(const Case *c, KarNet *net, PetscInt *points)
{
  const PetscInt n[3] = {10, 9, 6};
  const struct {
    const char *name;
    PetscReal   value;
  } numbers[] = {{"width", 5},
                 {"depth", 3},
                 {"lifting", c->lifting},
                 {"projection", 7},
                 {"mlp", c->mlp},
                 {"gate", c->gate},
                 {"skip", c->skip},
                 {"grid", c->grid},
                 {"time", c->time},
                 {"sides", c->sides},
                 {"pad_0", c->pad},
                 {"pad_1", c->dim > 1 ? c->pad : 0},
                 {"modes_0", c->dim > 1 ? 5 : 4},
                 {"modes_1", c->dim == 2  ? 4
                             : c->dim > 2 ? 4
                                          : 1},
                 {"modes_2", c->dim > 2 ? 3 : 1}};
  KarGrid     grid;
  KarGridInfo info;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_WORLD, &grid));
  PetscCall(KarGridSetSizes(grid, c->dim, n, NULL));
  PetscCall(KarGridSetUp(grid));
  PetscCall(KarGridGetInfo(grid, &info));
  *points = info.ln * info.n[1] * info.n[2];
  PetscCall(KarNetCreate(PETSC_COMM_WORLD, net));
  PetscCall(KarNetSetType(*net, KARNETNEURALOPERATOR));
  PetscCall(KarNetSetChannels(*net, 2, 1, 2));
  PetscCall(KarNetSetScalars(*net, 2));
  PetscCall(KarNetSetGrid(*net, &info));
  for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
    PetscCall(KarNetSetParameter(*net, numbers[i].name, numbers[i].value));
  PetscCall(KarNetSetUp(*net));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static float Number(PetscInt i)
{
  return (float)(2 * fmod(0.37 + (PetscReal)i * 0.7548776662466927, 1) - 1);
}

static PetscErrorCode Loss(KarNet net, PetscInt points, const PetscReal scalars[], const float x[], const float dy[],
                           KarNetPass pass, PetscReal *loss)
{
  float *y;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(2 * points * 2, &y));
  PetscCall(KarNetForward(net, 2, scalars, x, y, pass));
  *loss = 0;
  for (PetscInt i = 0; i < 2 * points * 2; i++) *loss += (PetscReal)y[i] * (PetscReal)dy[i];
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, loss, 1, MPIU_REAL, MPIU_SUM, PETSC_COMM_WORLD));
  PetscCall(PetscFree(y));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Differences(const Case *c)
{
  const PetscReal scalars[4] = {0.3, -1, 0.7, 0.2}, steps[2] = {1e-3, 5e-3};
  PetscInt        points, np;
  PetscReal       exact[2] = {0, 0}, size[2] = {0, 0}, loss[2];
  PetscMPIInt     rank;
  KarNet          net;
  float          *p, *g, *x, *dx, *dy, *before;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCall(Create(c, &net, &points));
  PetscCall(KarNetGetParameters(net, &np, &p));
  PetscCall(KarNetGetGradient(net, NULL, &g));
  PetscCall(
    PetscMalloc4(2 * points * 3, &x, 2 * points * 3, &dx, 2 * points * 2, &dy, PetscMax(np, 2 * points * 3), &before));
  for (PetscInt i = 0; i < np; i++) p[i] = Number(i);
  for (PetscInt i = 0; i < 2 * points * 3; i++) x[i] = Number(77 + i + 1000 * rank);
  for (PetscInt i = 0; i < 2 * points * 2; i++) dy[i] = Number(5 + 3 * i + 500 * rank);
  PetscCall(Loss(net, points, scalars, x, dy, KAR_NET_KEEP, &loss[0]));
  PetscCall(KarNetZeroGradient(net));
  PetscCall(KarNetBackward(net, KAR_NET_WEIGHTS | KAR_NET_INPUT, dy, dx));
  for (PetscInt i = 0; i < np; i++)
    exact[0] += (PetscReal)g[i] * (PetscReal)Number(9 + 7 * i), size[0] += PetscSqr((PetscReal)g[i]);
  for (PetscInt i = 0; i < 2 * points * 3; i++)
    exact[1] += (PetscReal)dx[i] * (PetscReal)Number(4 + 5 * i), size[1] += PetscSqr((PetscReal)dx[i]);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, exact, 2, MPIU_REAL, MPIU_SUM, PETSC_COMM_WORLD));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, size, 2, MPIU_REAL, MPIU_SUM, PETSC_COMM_WORLD));
  for (int of = 0; of < 2; of++) {
    float          *v    = of ? x : p;
    const PetscReal step = steps[of];
    const PetscInt  n    = of ? 2 * points * 3 : np;

    PetscCall(PetscArraycpy(before, v, n));
    for (int side = 0; side < 2; side++) {
      for (PetscInt i = 0; i < n; i++)
        v[i] = before[i] + (float)(side ? step : -step) * Number(of ? 4 + 5 * i : 9 + 7 * i);
      PetscCall(Loss(net, points, scalars, x, dy, KAR_NET_EVALUATE, &loss[side]));
    }
    PetscCall(PetscArraycpy(v, before, n));
    Claim(size[of] > 0 && PetscAbsReal((loss[1] - loss[0]) / (2 * step) - exact[of]) <
                            2e-3 * (PetscSqrtReal(size[of]) + PetscAbsReal(exact[of])),
          "%s, %dD, %s: by differences %g, by the backward pass %g", c->what, (int)c->dim, of ? "input" : "weights",
          (double)((loss[1] - loss[0]) / (2 * step)), (double)exact[of]);
  }
  PetscCall(PetscFree4(x, dx, dy, before));
  PetscCall(KarNetDestroy(&net));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  const Case cases[] = {{2, "plain", 0, 0, 0, 1, 0, 0, 0, 2},
                        {2, "gated", 6, 4, 2, 2, 1, 1, 0, 2},
                        {2, "padded", 6, 4, 1, 1, 1, 1, 0.2, 2},
                        {1, "one-sided", 6, 0, 0, 1, 2, 1, 0.2, 1},
                        {3, "space", 0, 4, 1, 0, 0, 1, 0, 2}};

  PetscFunctionBegin;
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) PetscCall(Differences(&cases[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
