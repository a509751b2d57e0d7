/* Navier-Stokes over slabs, by PETSc's classical Runge-Kutta TS on the slow variable of a step that starts at t_0:
     w(t) = exp(-nu k^2 tau) W(t) + phi(tau) f,   tau = t - t_0,   phi = (1 - exp(-nu k^2 tau)) / (nu k^2),
     W' = exp(nu k^2 tau) N(w),
   which is integrating-factor RK4, exact where N = 0.  Before a step W = w and t_0 = t; N there gives the step's length.
   2D: N^ = (k_x^2 - k_y^2) (uv)^ + k_x k_y (v^2 - u^2)^      (Basdevant 1983): two real fields each way
   3D: N^ = P (u x curl u)^,   P = 1 - k k^T / k^2: six fields one way, three back. */
#include "flowimpl.h"

#include <petscts.h>

struct _p_KarFluid {
  KarFlow      flow;
  KarVortex    vortex; /* instead of all that follows */
  MPI_Comm     comm;
  KarFFT       fft, pair;    /* of the state; 2D: of two fields side by side. shared, owned */
  KarGridInfo  info;         /* of the grid of fft */
  const KarModes *m;
  TS           ts;
  Vec          n, work;      /* N at t_0; w of a stage */
  Vec          f;            /* of the caller, during a solve */
  PetscReal   *rate;         /* nu k^2 [rows][length]; negative for a mode that is left out */
  PetscReal   *grow;         /* exp(nu k^2 grow_tau) */
  PetscReal    grow_tau;
  PetscReal   *x[2], *u[2];  /* coordinates and fields of the transforms */
  PetscReal    top;          /* max_x sum_i k_max,i |u_i| */
  PetscReal    start, time;  /* t_0; the end */
};

/* --- N ----------------------------------------------------------------------------------------------------------------- */
/* One row at k_x of the coordinates of (u, v). */
static void kar_fluid_velocity(PetscInt n, PetscReal kx, const PetscReal *restrict ky, const PetscReal *restrict rate, PetscReal nu,
                               const PetscReal *restrict w, PetscReal *restrict uv)
{
  for (PetscInt j = 0; j < n; j++) {
    const PetscReal inverse = rate[j] > 0 ? nu / rate[j] : 0, a = kx * inverse, b = ky[j] * inverse;

    uv[4 * j]     = -b * w[2 * j + 1];
    uv[4 * j + 1] = b * w[2 * j];
    uv[4 * j + 2] = a * w[2 * j + 1];
    uv[4 * j + 3] = -a * w[2 * j];
  }
}

static PetscReal kar_fluid_products(PetscInt n, const PetscReal k[2], PetscReal *restrict u)
{
  PetscReal top = 0;

  for (PetscInt i = 0; i < n; i++) {
    const PetscReal a = u[2 * i], b = u[2 * i + 1], speed = k[1] * (a < 0 ? -a : a) + k[0] * (b < 0 ? -b : b);

    top          = speed > top ? speed : top;
    u[2 * i]     = a * b;
    u[2 * i + 1] = b * b - a * a;
  }
  return top;
}

static void kar_fluid_curl(PetscInt n, PetscReal kx, const PetscReal *restrict ky, const PetscReal *restrict rate,
                           const PetscReal *restrict pq, PetscReal *restrict out)
{
  for (PetscInt j = 0; j < n; j++) {
    const PetscReal keep = rate[j] > 0 ? 1 : 0, a = keep * (kx * kx - ky[j] * ky[j]), b = keep * kx * ky[j];

    out[2 * j]     = a * pq[4 * j] + b * pq[4 * j + 2];
    out[2 * j + 1] = a * pq[4 * j + 1] + b * pq[4 * j + 3];
  }
}

/* k_max of each axis: that of index n/3. */
static void Extremes(KarFluid s, PetscReal k[3])
{
  for (int a = 0; a < 3; a++) k[a] = 2 * PETSC_PI / s->info.length[a] * (PetscReal)(s->info.n[a] / 3);
}

static PetscErrorCode AdvectPlane(KarFluid s, const PetscReal w[], PetscReal out[])
{
  const KarModes *m = s->m;
  const PetscInt  n = m->length;
  PetscReal       k[3];

  PetscFunctionBegin;
  Extremes(s, k);
  for (PetscInt r = 0; r < m->rows; r++)
    kar_fluid_velocity(n, m->k[1][m->start + r], m->k[0], s->rate + r * n, s->flow.nu, w + 2 * r * n, s->x[0] + 4 * r * n);
  PetscCall(KarFFTInverseArray(s->pair, s->x[0], s->u[0]));
  s->top = kar_fluid_products(s->info.ln * s->info.plane, k, s->u[0]);
  PetscCall(KarFFTForwardArray(s->pair, s->u[0], s->x[0]));
  for (PetscInt r = 0; r < m->rows; r++)
    kar_fluid_curl(n, m->k[1][m->start + r], m->k[0], s->rate + r * n, s->x[0] + 4 * r * n, out + 2 * r * n);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* y = i k x of three complex components: the curl in Fourier space. */
static void kar_curl(const PetscReal k[3], const PetscReal *restrict x, PetscReal *restrict y)
{
  for (int c = 0; c < 3; c++) {
    const int a = (c + 1) % 3, b = (c + 2) % 3;

    y[2 * c]     = -(k[a] * x[2 * b + 1] - k[b] * x[2 * a + 1]);
    y[2 * c + 1] = k[a] * x[2 * b] - k[b] * x[2 * a];
  }
}

/* x <- (1 - k k^T / k^2) x, and 0 for k = 0. */
static void kar_leray(const PetscReal k[3], PetscReal x[6])
{
  const PetscReal k2 = k[0] * k[0] + k[1] * k[1] + k[2] * k[2], inverse = k2 > 0 ? 1 / k2 : 0;

  for (int c = 0; c < 2; c++) {
    const PetscReal along = inverse * (k[0] * x[c] + k[1] * x[2 + c] + k[2] * x[4 + c]);

    for (int a = 0; a < 3; a++) x[2 * a + c] = k2 > 0 ? x[2 * a + c] - along * k[a] : 0;
  }
}

/* The wave vector of mode j of row r, in 3D. */
static void WaveVector(const KarModes *m, PetscInt r, PetscInt j, PetscReal k[3])
{
  k[m->order[0]] = m->k[m->order[0]][m->start + r / m->extent[m->order[1]]];
  k[m->order[1]] = m->k[m->order[1]][r % m->extent[m->order[1]]];
  k[m->order[2]] = m->k[m->order[2]][j];
}

/* u <- u x curl u.  In the left-handed order (z, y, x) of the axes curl and cross product change sign: both, so none is seen. */
static PetscReal kar_fluid_lamb(PetscInt n, const PetscReal k[3], PetscReal *restrict u, const PetscReal *restrict w)
{
  PetscReal top = 0;

  for (PetscInt i = 0; i < 3 * n; i += 3) {
    const PetscReal a[3] = {u[i], u[i + 1], u[i + 2]};
    const PetscReal speed = k[0] * PetscAbsReal(a[0]) + k[1] * PetscAbsReal(a[1]) + k[2] * PetscAbsReal(a[2]);

    top = speed > top ? speed : top;
    for (int c = 0; c < 3; c++) u[i + c] = a[(c + 1) % 3] * w[i + (c + 2) % 3] - a[(c + 2) % 3] * w[i + (c + 1) % 3];
  }
  return top;
}

static PetscErrorCode AdvectSpace(KarFluid s, const PetscReal w[], PetscReal out[])
{
  const KarModes *m = s->m;
  PetscReal       k[3];

  PetscFunctionBegin;
  for (PetscInt r = 0; r < m->rows; r++)
    for (PetscInt j = 0; j < m->length; j++) {
      WaveVector(m, r, j, k);
      kar_curl(k, w + 6 * (r * m->length + j), s->x[0] + 6 * (r * m->length + j));
    }
  PetscCall(KarFFTInverseArray(s->fft, w, s->u[0]));
  PetscCall(KarFFTInverseArray(s->fft, s->x[0], s->u[1]));
  Extremes(s, k);
  s->top = kar_fluid_lamb(s->info.ln * s->info.plane / 3, k, s->u[0], s->u[1]);
  PetscCall(KarFFTForwardArray(s->fft, s->u[0], out));
  for (PetscInt r = 0; r < m->rows; r++)
    for (PetscInt j = 0; j < m->length; j++) {
      PetscReal *x = out + 6 * (r * m->length + j);

      WaveVector(m, r, j, k);
      if (s->rate[r * m->length + j] > 0) kar_leray(k, x);
      else
        for (int c = 0; c < 6; c++) x[c] = 0;
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Time -------------------------------------------------------------------------------------------------------------- */
/* y <- exp(-nu k^2 tau) y + phi(tau) f; left-out modes vanish. */
static PetscErrorCode Relax(KarFluid s, PetscReal tau, const PetscScalar f[], PetscScalar y[])
{
  const PetscInt n = s->m->rows * s->m->length, group = 2 * s->m->dof;

  PetscFunctionBegin;
  for (PetscInt i = 0; i < n; i++) {
    const PetscReal rate = s->rate[i], decay = rate < 0 ? 0 : PetscExpReal(-rate * tau), phi = rate < 0 ? 0 : kar_flow_phi(rate, tau);

    for (PetscInt c = i * group; c < (i + 1) * group; c++) y[c] = decay * y[c] + phi * f[c];
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Advect(KarFluid s, const PetscScalar w[], PetscScalar out[])
{
  PetscFunctionBegin;
  s->top = 0;
  if (!s->flow.advection) PetscCall(PetscArrayzero(out, s->m->rows * s->m->length * 2 * s->m->dof));
  else if (s->info.dim == 2) PetscCall(AdvectPlane(s, w, out));
  else PetscCall(AdvectSpace(s, w, out));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* dW/dt. */
static PetscErrorCode SlowRate(TS ts, PetscReal t, Vec W, Vec out, void *ctx)
{
  KarFluid           s = ctx;
  const PetscReal    tau = t - s->start;
  const PetscInt     n = s->m->rows * s->m->length, group = 2 * s->m->dof;
  const PetscScalar *f;
  PetscScalar       *w, *y;

  PetscFunctionBegin;
  if (tau == 0) {
    PetscCall(VecCopy(s->n, out));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(VecCopy(W, s->work));
  PetscCall(VecGetArray(s->work, &w));
  PetscCall(VecGetArrayRead(s->f, &f));
  PetscCall(VecGetArrayWrite(out, &y));
  PetscCall(Relax(s, tau, f, w));
  PetscCall(Advect(s, w, y));
  if (tau != s->grow_tau)
    for (PetscInt i = 0; i < n; i++) s->grow[i] = PetscExpReal(PetscMax(s->rate[i], 0) * tau);
  s->grow_tau = tau;
  for (PetscInt i = 0; i < n; i++)
    for (PetscInt c = i * group; c < (i + 1) * group; c++) y[c] *= s->grow[i];
  PetscCall(VecRestoreArrayWrite(out, &y));
  PetscCall(VecRestoreArrayRead(s->f, &f));
  PetscCall(VecRestoreArray(s->work, &w));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* N at the start of a step, and from it the length of the step. */
static PetscErrorCode BeforeStep(TS ts)
{
  KarFluid           s;
  Vec                w;
  const PetscScalar *x;
  PetscScalar       *n;

  PetscFunctionBegin;
  PetscCall(TSGetApplicationContext(ts, &s));
  PetscCall(TSGetSolution(ts, &w));
  PetscCall(TSGetTime(ts, &s->start));
  PetscCall(VecGetArrayRead(w, &x));
  PetscCall(VecGetArrayWrite(s->n, &n));
  PetscCall(Advect(s, x, n));
  PetscCall(VecRestoreArrayWrite(s->n, &n));
  PetscCall(VecRestoreArrayRead(w, &x));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &s->top, 1, MPIU_REAL, MPIU_MAX, s->comm));
  KarCheck(s->comm, s->top < PETSC_INFINITY, PETSC_ERR_FP, "the flow is not finite at time %g: use a smaller -ns_cfl or -ns_dt", (double)s->start);
  PetscCall(TSSetTimeStep(ts, kar_flow_step(&s->flow, s->top, s->time - s->start)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode AfterStep(TS ts)
{
  KarFluid           s;
  PetscReal          t;
  Vec                w;
  const PetscScalar *f;
  PetscScalar       *x;

  PetscFunctionBegin;
  PetscCall(TSGetApplicationContext(ts, &s));
  PetscCall(TSGetSolution(ts, &w));
  PetscCall(TSGetTime(ts, &t));
  PetscCall(VecGetArray(w, &x));
  PetscCall(VecGetArrayRead(s->f, &f));
  PetscCall(Relax(s, t - s->start, f, x));
  PetscCall(VecRestoreArrayRead(s->f, &f));
  PetscCall(VecRestoreArray(w, &x));
  s->start = t;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFluidSolve(KarFluid s, PetscReal time, Vec f, Vec w, PetscInt *steps)
{
  const PetscScalar *a;
  PetscScalar       *x;

  PetscFunctionBegin;
  if (s->vortex) {
    PetscCall(KarVortexSolve(s->vortex, time, f, w, steps));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  s->f        = f;
  s->time     = time;
  s->grow_tau = 0;
  PetscCall(VecGetArrayRead(f, &a));
  PetscCall(VecGetArray(w, &x));
  PetscCall(Relax(s, 0, a, x));
  PetscCall(VecRestoreArray(w, &x));
  PetscCall(VecRestoreArrayRead(f, &a));
  PetscCall(TSSetTime(s->ts, 0));
  PetscCall(TSSetStepNumber(s->ts, 0));
  PetscCall(TSSetMaxTime(s->ts, time));
  if (time > 0) PetscCall(TSSolve(s->ts, w));
  if (steps) PetscCall(TSGetStepNumber(s->ts, steps));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Life -------------------------------------------------------------------------------------------------------------- */
/* nu k^2 of the kept modes, less the mean's; -1 for the others. */
static PetscReal Rate(const KarMode *mode, void *ctx)
{
  const KarFluid s = ctx;

  if (mode->k2 == 0) return -1;
  for (int a = 0; a < s->info.dim; a++)
    if (3 * PetscAbsInt(mode->index[a]) > s->info.n[a]) return -1;
  return s->flow.nu * mode->k2;
}

static PetscErrorCode CreatePair(KarFluid s)
{
  KarGrid grid;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(s->comm, &grid));
  PetscCall(KarGridSetSizes(grid, s->info.dim, s->info.n, s->info.length));
  PetscCall(KarGridSetComponents(grid, 2));
  PetscCall(KarFFTCreate(grid, &s->pair));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CreateTS(KarFluid s)
{
  TSAdapt adapt;

  PetscFunctionBegin;
  PetscCall(TSCreate(s->comm, &s->ts));
  PetscCall(TSSetProblemType(s->ts, TS_NONLINEAR));
  PetscCall(TSSetType(s->ts, TSRK));
  PetscCall(TSRKSetType(s->ts, TSRK4));
  PetscCall(TSGetAdapt(s->ts, &adapt));
  PetscCall(TSAdaptSetType(adapt, TSADAPTNONE));
  PetscCall(TSSetExactFinalTime(s->ts, TS_EXACTFINALTIME_MATCHSTEP));
  PetscCall(TSSetMaxSteps(s->ts, PETSC_MAX_INT));
  PetscCall(TSSetRHSFunction(s->ts, NULL, SlowRate, s));
  PetscCall(TSSetPreStep(s->ts, BeforeStep));
  PetscCall(TSSetPostStep(s->ts, AfterStep));
  PetscCall(TSSetApplicationContext(s->ts, s));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFluidCreate(KarFFT fft, const KarFlow *flow, KarFluid *out)
{
  KarFluid s;
  KarGrid  grid;
  int      ranks;
  PetscInt modes, points;

  PetscFunctionBegin;
  PetscCall(PetscNew(&s));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &s->info));
  PetscCall(KarFFTGetModes(fft, &s->m));
  PetscCall(KarFFTReference(fft));
  s->flow = *flow, s->fft = fft, s->comm = s->info.comm;
  *out    = s;
  KarCheck(s->comm, s->info.dim > 1 && s->info.basis == KAR_BASIS_PERIODIC, PETSC_ERR_SUP, "flow needs a periodic plane or space, as -grid_n 64,64");
  KarCheck(s->comm, s->info.dof == (s->info.dim == 2 ? 1 : 3), PETSC_ERR_ARG_INCOMP, "flow is a vorticity of 1 component in 2D, a velocity of 3 in 3D");
  KarCheck(s->comm, flow->nu > 0, PETSC_ERR_ARG_OUTOFRANGE, "viscosity %g: must be positive", (double)flow->nu);
  PetscCallMPI(MPI_Comm_size(s->comm, &ranks));
  if (ranks == 1 && s->info.dim == 2) {
    PetscCall(KarVortexCreate(fft, flow, &s->vortex));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  if (s->info.dim == 2) PetscCall(CreatePair(s));
  modes  = s->m->rows * s->m->length;
  points = s->info.ln * s->info.n[1] * s->info.n[2];
  PetscCall(KarFFTCreateMultiplier(fft, Rate, s, &s->rate));
  PetscCall(PetscMalloc1(modes, &s->grow));
  PetscCall(PetscMalloc2(modes * (s->pair ? 4 : 6), &s->x[0], points * (s->pair ? 2 : 3), &s->u[0]));
  if (!s->pair) PetscCall(PetscMalloc1(points * 3, &s->u[1]));
  PetscCall(KarFFTCreateCoordinates(fft, &s->n));
  PetscCall(VecDuplicate(s->n, &s->work));
  PetscCall(CreateTS(s));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFluidDestroy(KarFluid *fluid)
{
  KarFluid s = *fluid;

  PetscFunctionBegin;
  if (!s) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarVortexDestroy(&s->vortex));
  PetscCall(TSDestroy(&s->ts));
  PetscCall(VecDestroy(&s->n));
  PetscCall(VecDestroy(&s->work));
  PetscCall(PetscFree(s->rate));
  PetscCall(PetscFree(s->grow));
  PetscCall(PetscFree2(s->x[0], s->u[0]));
  PetscCall(PetscFree(s->u[1]));
  PetscCall(KarFFTDestroy(&s->pair));
  PetscCall(KarFFTDestroy(&s->fft));
  PetscCall(PetscFree(*fluid));
  PetscFunctionReturn(PETSC_SUCCESS);
}
