/* y = vorticity w(T) of a plane flow at places, of the vorticity at time 0 (no force) or of a steady force (from
   rest); periodic box, 2/3 rule:
     d_t w = N(w) + nu Lap w + f,   N(w) = -J(psi, w),  -Lap psi = w,  J(a, b) = a_y b_x - a_x b_y,
   by the integrating-factor RK4 steps of src/flow, of one length h: with E = exp(-nu k^2 h/2), phi(t) = (1 - exp(-nu
   k^2 t))/(nu k^2),
     y1 = E (w + h/2 N0) + phi(h/2) f,   y2 = E w + h/2 N1 + phi(h/2) f,   y3 = E (E w + h N2) + phi(h) f,
     w' = E^2 (w + h/6 N0) + h/3 E (N1 + N2) + h/6 N3 + phi(h) f,   N_i = N(y_i).
   The derivative is that of these steps, exactly: N'(w) v = -J(psi_v, w) - J(psi_w, v), and its adjoint
   (src/flow/advection.c).
   A linearisation keeps the slopes of every stage or, where these are too many, the state where each step starts. */
#include "flowmapimpl.h"

#include <math.h>

/* z <- z + c m x */
static PetscErrorCode AddScaled(KarObservation obs, const PetscReal m[], PetscReal c, Vec x, Vec z)
{
  Flow *f = obs->context;

  PetscFunctionBegin;
  PetscCall(VecCopy(x, f->w));
  if (m) PetscCall(KarFFTMultiply(obs->fft, m, f->w));
  PetscCall(VecAXPY(z, c, f->w));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The argument of stage i + 1, and for i = 3 the next state, from w, the force and the stages' N: linear in these, so
   that the derivative's is the same. */
static PetscErrorCode Combine(KarObservation obs, int i, Vec w, const Vec n[4], Vec force, Vec out)
{
  Flow           *f = obs->context;
  const PetscReal h = f->h;

  PetscFunctionBegin;
  PetscCall(VecCopy(w, out));
  if (i == 0) PetscCall(VecAXPY(out, h / 2, n[0]));
  if (i == 3) PetscCall(VecAXPY(out, h / 6, n[0]));
  PetscCall(KarFFTMultiply(obs->fft, f->E, out));
  if (i == 2) PetscCall(VecAXPY(out, h, n[2]));
  if (i == 3) PetscCall(VecAXPBYPCZ(out, h / 3, h / 3, 1, n[1], n[2]));
  if (i >= 2) PetscCall(KarFFTMultiply(obs->fft, f->E, out));
  if (i == 1) PetscCall(VecAXPY(out, h / 2, n[1]));
  if (i == 3) PetscCall(VecAXPY(out, h / 6, n[3]));
  if (force) PetscCall(AddScaled(obs, i < 2 ? f->half : f->full, 1, force, out));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The step that starts at w; next may be NULL, slopes too: else they become those of the arguments of N, 4 for each
   stage. */
static PetscErrorCode Step(KarObservation obs, Vec w, Vec slopes[], Vec next)
{
  Flow *f = obs->context;

  PetscFunctionBegin;
  PetscCall(VecCopy(w, f->y));
  for (int i = 0; i < 4; i++) {
    if (slopes) {
      PetscCall(KarAdvectionSlopes(f->advection, f->y, slopes + 4 * i));
      if (i < 3 || next) PetscCall(KarAdvectionApplyAt(f->advection, slopes + 4 * i, f->n[i]));
    } else PetscCall(KarAdvectionApply(f->advection, f->y, f->n[i]));
    if (i < 3 || next) PetscCall(Combine(obs, i, w, f->n, f->of ? f->force : NULL, i < 3 ? f->y : next));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The slopes of the stages of step s of the last linearisation: kept, or made again. */
static PetscErrorCode Stages(KarObservation obs, PetscInt s, Vec **slopes)
{
  Flow *f = obs->context;

  PetscFunctionBegin;
  *slopes = f->slopes + (f->state ? 0 : 16 * s);
  if (f->state) PetscCall(Step(obs, f->state[s], *slopes, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Solve(KarObservation obs, Vec x, PetscBool kept, Vec end)
{
  Flow *f = obs->context;
  Vec   at, next;

  PetscFunctionBegin;
  PetscCall(VecDuplicate(x, &at));
  PetscCall(VecDuplicate(x, &next));
  if (f->of) {
    PetscCall(VecCopy(x, f->force));
    PetscCall(KarFFTMultiply(obs->fft, f->keep, f->force));
    PetscCall(VecZeroEntries(at));
  } else {
    PetscCall(VecCopy(x, at));
    PetscCall(KarFFTMultiply(obs->fft, f->keep, at));
  }
  for (PetscInt s = 0; s < f->steps; s++) {
    if (kept && f->state) PetscCall(VecCopy(at, f->state[s]));
    PetscCall(Step(obs, at, kept && !f->state ? f->slopes + 16 * s : NULL, next));
    PetscCall(VecCopy(next, at));
  }
  PetscCall(VecCopy(at, end));
  PetscCall(VecDestroy(&at));
  PetscCall(VecDestroy(&next));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFlowMapValue(KarObservation obs, Vec x, Vec y)
{
  Flow     *f = obs->context;
  PetscReal size;

  PetscFunctionBegin;
  PetscCall(Solve(obs, x, PETSC_FALSE, obs->x));
  PetscCall(VecNorm(obs->x, NORM_2, &size));
  KarCheck(obs->comm, isfinite(size), PETSC_ERR_FP,
           "the flow is not finite at time %g: give a smaller -%sobs_flow_step than %g", (double)f->time, obs->prefix,
           (double)f->h);
  PetscCall(KarObservationApply(f->points, obs->x, y));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Room for what a linearisation keeps: the slopes of every stage where they fit in -obs_flow_keep MiB a rank, else
   where each step starts. */
static PetscErrorCode MakeRoom(KarObservation obs, Vec x)
{
  Flow     *f = obs->context;
  KarGrid   grid;
  Vec       field;
  PetscInt  n;
  PetscReal all;

  PetscFunctionBegin;
  PetscCall(KarFFTGetGrid(obs->fft, &grid));
  PetscCall(KarGridCreateField(grid, &field));
  PetscCall(VecGetLocalSize(field, &n));
  all = 16. * (PetscReal)f->steps * (PetscReal)n * sizeof(PetscScalar) / 1048576;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &all, 1, MPIU_REAL, MPI_MAX, obs->comm));
  f->nslopes = all <= obs->mib ? 16 * f->steps : 16;
  PetscCall(VecDuplicateVecs(field, f->nslopes, &f->slopes));
  if (all > obs->mib) PetscCall(VecDuplicateVecs(x, f->steps, &f->state));
  PetscCall(VecDestroy(&field));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFlowMapLinearise(KarObservation obs, Vec x, Vec y)
{
  Flow *f = obs->context;

  PetscFunctionBegin;
  if (!f->slopes) PetscCall(MakeRoom(obs, x));
  PetscCall(Solve(obs, x, PETSC_TRUE, obs->x));
  if (y) PetscCall(KarObservationApply(f->points, obs->x, y));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Check(KarObservation obs)
{
  PetscFunctionBegin;
  KarCheck(obs->comm, ((Flow *)obs->context)->slopes, PETSC_ERR_ORDER,
           "the derivative of a flow is asked for before KarObservationLinearise()");
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFlowMapTangent(KarObservation obs, Vec x, Vec y)
{
  Flow *f = obs->context;
  Vec   at, stage, *slopes;

  PetscFunctionBegin;
  PetscCall(Check(obs));
  PetscCall(VecDuplicate(x, &at));
  PetscCall(VecDuplicate(x, &stage));
  PetscCall(VecCopy(x, obs->x));
  PetscCall(KarFFTMultiply(obs->fft, f->keep, obs->x)); /* of the force, or of the start */
  if (f->of) PetscCall(VecZeroEntries(at));
  else PetscCall(VecCopy(obs->x, at));
  for (PetscInt s = 0; s < f->steps; s++) {
    PetscCall(Stages(obs, s, &slopes));
    PetscCall(VecCopy(at, stage));
    for (int i = 0; i < 4; i++) {
      PetscCall(KarAdvectionDerivativeAt(f->advection, slopes + 4 * i, stage, PETSC_FALSE, f->d[i]));
      PetscCall(Combine(obs, i, at, f->d, f->of ? obs->x : NULL, stage));
    }
    PetscCall(VecCopy(stage, at));
  }
  PetscCall(KarObservationApply(f->points, at, y));
  PetscCall(VecDestroy(&at));
  PetscCall(VecDestroy(&stage));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* g, the derivative by the next state, becomes that by w; force += that by f. With e_i the derivative by y_i:
     e3 = h/6 N'(y3)* g,  e2 = h E N'(y2)* (g/3 + e3),  e1 = h N'(y1)* (E g/3 + e2/2),  e0 = h E N'(y0)* (E g/6 + e1/2),
     w: E^2 (g + e3) + E (e2' + e1') ..., as written below. */
static PetscErrorCode StepTranspose(KarObservation obs, Vec slopes[], Vec g, Vec force)
{
  Flow           *f    = obs->context;
  const PetscReal h    = f->h;
  Vec             seed = f->n[1], Eg = f->n[2];

  PetscFunctionBegin;
  PetscCall(VecCopy(g, Eg));
  PetscCall(KarFFTMultiply(obs->fft, f->E, Eg));
  PetscCall(VecAXPBY(seed, h / 6, 0, g));
  PetscCall(KarAdvectionDerivativeAt(f->advection, slopes + 12, seed, PETSC_TRUE, f->d[3]));
  PetscCall(VecAXPBY(seed, h / 3, 0, Eg)); /* N2 is in y3 by h E, in w' by h/3 E */
  PetscCall(AddScaled(obs, f->E, h, f->d[3], seed));
  PetscCall(KarAdvectionDerivativeAt(f->advection, slopes + 8, seed, PETSC_TRUE, f->d[2]));
  PetscCall(VecAXPBY(seed, h / 3, 0, Eg)); /* N1 is in y2 by h/2 */
  PetscCall(VecAXPY(seed, h / 2, f->d[2]));
  PetscCall(KarAdvectionDerivativeAt(f->advection, slopes + 4, seed, PETSC_TRUE, f->d[1]));
  PetscCall(VecZeroEntries(seed)); /* N0 is in y1 by h/2 E, in w' by h/6 E^2 */
  PetscCall(AddScaled(obs, f->E, h / 6, Eg, seed));
  PetscCall(AddScaled(obs, f->E, h / 2, f->d[1], seed));
  PetscCall(KarAdvectionDerivativeAt(f->advection, slopes, seed, PETSC_TRUE, f->d[0]));
  if (force) {
    PetscCall(AddScaled(obs, f->full, 1, g, force));
    PetscCall(AddScaled(obs, f->full, 1, f->d[3], force));
    PetscCall(AddScaled(obs, f->half, 1, f->d[2], force));
    PetscCall(AddScaled(obs, f->half, 1, f->d[1], force));
  }
  PetscCall(VecAXPY(g, 1, f->d[3])); /* w is in w' and y3 by E^2, in y2 and y1 by E */
  PetscCall(KarFFTMultiply(obs->fft, f->E, g));
  PetscCall(VecAXPBYPCZ(g, 1, 1, 1, f->d[2], f->d[1]));
  PetscCall(KarFFTMultiply(obs->fft, f->E, g));
  PetscCall(VecAXPY(g, 1, f->d[0]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFlowMapAdjoint(KarObservation obs, Vec z, Vec x)
{
  Flow *f = obs->context;
  Mat   H;
  Vec   g, *slopes;

  PetscFunctionBegin;
  PetscCall(Check(obs));
  PetscCall(VecDuplicate(x, &g));
  PetscCall(KarObservationGetMatrix(f->points, &H));
  PetscCall(MatMultTranspose(H, z, g));
  PetscCall(KarFFTMultiply(obs->fft, f->keep, g));
  PetscCall(VecZeroEntries(x));
  for (PetscInt s = f->steps - 1; s >= 0; s--) {
    PetscCall(Stages(obs, s, &slopes));
    PetscCall(StepTranspose(obs, slopes, g, f->of ? x : NULL));
  }
  if (!f->of) PetscCall(VecCopy(g, x));
  PetscCall(KarFFTMultiply(obs->fft, f->keep, x));
  PetscCall(VecDestroy(&g));
  PetscFunctionReturn(PETSC_SUCCESS);
}
