/* Navier-Stokes over slabs by PETSc's TS on the kept modes: in 2D a type of our own (vortex.c), in 3D
   rk4: the classical Runge-Kutta TS on the slow variable of a step that starts at t_0,
     w(t) = exp(-nu k^2 tau) W(t) + phi(tau) f,   tau = t - t_0,   phi = (1 - exp(-nu k^2 tau)) / (nu k^2),
     W' = exp(nu k^2 tau) N(w),
   which is integrating-factor RK4, exact where N = 0.  Before a step W = w and t_0 = t; N there gives its length.
   cn: Euler's TS on w' = (N + f - nu k^2 w) / (1 + nu k^2 h/2), which is Crank-Nicolson diffusion with explicit
   advection. */
#include "flowimpl.h"

struct _p_KarFluid {
  KarFlow    flow;
  KarFFT     fft; /* shared; of the coordinates given and asked for */
  KarKept    kept;
  KarVortex  vortex; /* 2D: of ts */
  MPI_Comm   comm;
  KarPassage passage;       /* between coordinates and kept modes */
  Vec        w, f, n, work; /* kept modes: state, force, N at t_0, w of a stage */
  TS         ts;
  PetscReal *decay, *grow, *phi; /* exp(-nu k^2 tau), its inverse, phi [modes] */
  PetscReal  tau;                /* of these */
  PetscReal  top;                /* max_x sum_i k_max,i |u_i| of this rank */
  PetscReal  start, time;        /* t_0; the end */
  PetscBool  heed;               /* a wish to stop */
  void (*say)(PetscReal share, void *ctx);
  void     *ctx;     /* of say; shared */
  PetscReal reached; /* time of the last solve */
};

static void SetFactors(KarFluid s, PetscReal tau)
{
  if (tau == s->tau) return;
  for (PetscInt i = 0; i < s->kept->modes; i++) {
    const PetscReal rate = s->flow.nu * s->kept->k2[i];

    s->decay[i] = PetscExpReal(-rate * tau);
    s->grow[i]  = PetscExpReal(rate * tau);
    s->phi[i]   = kar_flow_phi(rate, tau);
  }
  s->tau = tau;
}

/* w <- exp(-nu k^2 tau) w + phi f */
static PetscErrorCode Relax(KarFluid s, PetscReal tau, Vec w)
{
  const PetscInt     n = s->kept->modes;
  const PetscScalar *f;
  PetscScalar       *x;

  PetscFunctionBegin;
  SetFactors(s, tau);
  PetscCall(VecGetArrayRead(s->f, &f));
  PetscCall(VecGetArray(w, &x));
  for (PetscInt c = 0; c < s->kept->numbers; c++)
    for (PetscInt i = 0; i < n; i++) x[c * n + i] = s->decay[i] * x[c * n + i] + s->phi[i] * f[c * n + i];
  PetscCall(VecRestoreArray(w, &x));
  PetscCall(VecRestoreArrayRead(s->f, &f));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* n += (p / 2 E_b) u_b */
static PetscErrorCode PutPower(KarFluid s, const PetscScalar x[], PetscScalar n[])
{
  const PetscReal *weight = kar_passage_weight(s->passage);
  const PetscInt   m      = s->kept->modes;
  const PetscReal  most   = PetscSqr(s->flow.band) * (1 + 1e-9);
  PetscReal        energy = 0;

  PetscFunctionBegin;
  for (PetscInt i = 0; i < m; i++)
    for (PetscInt c = 0; c < s->kept->numbers && s->kept->k2[i] <= most; c++)
      energy += PetscSqr(weight[i] * x[c * m + i]) / 2;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &energy, 1, MPIU_REAL, MPIU_SUM, s->comm));
  KarCheck(s->comm, energy > 0, PETSC_ERR_USER_INPUT,
           "the flow has no energy in the modes that are forced, |k| <= %g: start it with some of them",
           (double)s->flow.band);
  for (PetscInt i = 0; i < m; i++)
    for (PetscInt c = 0; c < s->kept->numbers && s->kept->k2[i] <= most; c++)
      n[c * m + i] += s->flow.power / (2 * energy) * x[c * m + i];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* N, and the force that depends on the flow. */
static PetscErrorCode Advect(KarFluid s, Vec w, Vec out)
{
  const PetscScalar *x;
  PetscScalar       *n;

  PetscFunctionBegin;
  s->top = 0;
  if (!s->flow.advection) PetscCall(VecSet(out, 0));
  PetscCall(VecGetArrayRead(w, &x));
  PetscCall(VecGetArray(out, &n));
  if (s->flow.advection) PetscCall(s->kept->advect(s->kept, x, n, &s->top));
  if (s->flow.power > 0) PetscCall(PutPower(s, x, n));
  PetscCall(VecRestoreArray(out, &n));
  PetscCall(VecRestoreArrayRead(w, &x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* (N + f - nu k^2 w) / (1 + nu k^2 h/2) */
static PetscErrorCode CrankNicolsonRate(TS ts, PetscReal t, Vec w, Vec out, void *ctx)
{
  KarFluid           s = ctx;
  const PetscInt     n = s->kept->modes;
  const PetscScalar *f, *x;
  PetscScalar       *y;
  PetscReal          h;

  PetscFunctionBegin;
  PetscCall(TSGetTimeStep(ts, &h));
  PetscCall(VecCopy(s->n, out));
  PetscCall(VecGetArrayRead(s->f, &f));
  PetscCall(VecGetArrayRead(w, &x));
  PetscCall(VecGetArray(out, &y));
  for (PetscInt c = 0; c < s->kept->numbers; c++)
    for (PetscInt i = 0; i < n; i++) {
      const PetscReal rate = s->flow.nu * s->kept->k2[i];

      y[c * n + i] = (y[c * n + i] + f[c * n + i] - rate * x[c * n + i]) / (1 + rate * h / 2);
    }
  PetscCall(VecRestoreArray(out, &y));
  PetscCall(VecRestoreArrayRead(w, &x));
  PetscCall(VecRestoreArrayRead(s->f, &f));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* dW/dt. */
static PetscErrorCode SlowRate(TS ts, PetscReal t, Vec W, Vec out, void *ctx)
{
  KarFluid        s   = ctx;
  const PetscReal tau = t - s->start;
  PetscScalar    *x;

  PetscFunctionBegin;
  if (tau == 0) {
    PetscCall(VecCopy(s->n, out));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(VecCopy(W, s->work));
  PetscCall(Relax(s, tau, s->work));
  PetscCall(Advect(s, s->work, out));
  PetscCall(VecGetArray(out, &x));
  for (PetscInt c = 0; c < s->kept->numbers; c++)
    for (PetscInt i = 0; i < s->kept->modes; i++) x[c * s->kept->modes + i] *= s->grow[i];
  PetscCall(VecRestoreArray(out, &x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* N at the start of a step, and from it the length of the step. */
static PetscErrorCode BeforeStep(TS ts)
{
  KarFluid s;
  Vec      w;

  PetscFunctionBegin;
  PetscCall(TSGetApplicationContext(ts, &s));
  PetscCall(TSGetSolution(ts, &w));
  PetscCall(TSGetTime(ts, &s->start));
  PetscCall(Advect(s, w, s->n));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &s->top, 1, MPIU_REAL, MPIU_MAX, s->comm));
  KarCheck(s->comm, s->top < PETSC_INFINITY, PETSC_ERR_FP,
           "the flow is not finite at time %g: use a smaller -ns_cfl or -ns_dt", (double)s->start);
  PetscCall(TSSetTimeStep(ts, kar_flow_step(&s->flow, s->top, s->time - s->start)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* In 3D by rk4 W becomes w; a wish to stop is heeded. */
static PetscErrorCode AfterStep(TS ts)
{
  KarFluid  s;
  PetscBool stop = PETSC_FALSE;
  Vec       w;

  PetscFunctionBegin;
  PetscCall(TSGetApplicationContext(ts, &s));
  PetscCall(TSGetTime(ts, &s->reached));
  if (!s->vortex && s->flow.scheme == KAR_FLOW_RK4) {
    PetscCall(TSGetSolution(ts, &w));
    PetscCall(Relax(s, s->reached - s->start, w));
    s->start = s->reached;
  }
  if (s->say) s->say(PetscMin(1, s->reached / s->time), s->ctx);
  if (s->heed && s->reached < s->time) PetscCall(KarStopRequested(s->comm, &stop));
  if (stop) PetscCall(TSSetConvergedReason(ts, TS_CONVERGED_USER));
  PetscFunctionReturn(PETSC_SUCCESS);
}

void kar_fluid_heed(KarFluid s, PetscBool heed)
{
  s->heed = heed;
}

void kar_fluid_watch(KarFluid s, void (*say)(PetscReal share, void *ctx), void *ctx)
{
  s->say = say;
  s->ctx = ctx;
}

PetscReal kar_fluid_reached(KarFluid s)
{
  return s->reached;
}

PetscErrorCode KarFluidSolve(KarFluid s, PetscReal time, Vec f, Vec w, PetscInt *steps)
{
  TSConvergedReason  reason = TS_CONVERGED_TIME;
  const PetscScalar *force;

  PetscFunctionBegin;
  PetscCall(KarPassageKeep(s->passage, f, s->f));
  PetscCall(KarPassageKeep(s->passage, w, s->w));
  PetscCall(VecGetArrayRead(s->f, &force));
  if (s->vortex) KarVortexSetForcing(s->vortex, force);
  PetscCall(VecRestoreArrayRead(s->f, &force));
  s->time    = time;
  s->reached = 0;
  PetscCall(TSSetTime(s->ts, 0));
  PetscCall(TSSetStepNumber(s->ts, 0));
  PetscCall(TSSetMaxTime(s->ts, time));
  if (time > 0) PetscCall(TSSolve(s->ts, s->w));
  if (time > 0) PetscCall(TSGetConvergedReason(s->ts, &reason));
  if (reason != TS_CONVERGED_USER) s->reached = time;
  PetscCall(KarPassageGiveBack(s->passage, s->w, w));
  if (steps) PetscCall(TSGetStepNumber(s->ts, steps));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Life ------------------------------------------------------------ */
/* 3D: PETSc's own types on the rates above. */
static PetscErrorCode SetUpSpace(KarFluid s)
{
  PetscFunctionBegin;
  PetscCall(PetscMalloc3(s->kept->modes, &s->decay, s->kept->modes, &s->grow, s->kept->modes, &s->phi));
  PetscCall(VecDuplicate(s->w, &s->n));
  PetscCall(VecDuplicate(s->w, &s->work));
  if (s->flow.scheme == KAR_FLOW_CN) PetscCall(TSSetType(s->ts, TSEULER));
  else {
    PetscCall(TSSetType(s->ts, TSRK));
    PetscCall(TSRKSetType(s->ts, TSRK4));
  }
  PetscCall(TSSetRHSFunction(s->ts, NULL, s->flow.scheme == KAR_FLOW_CN ? CrankNicolsonRate : SlowRate, s));
  PetscCall(TSSetPreStep(s->ts, BeforeStep));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CreateTS(KarFluid s, PetscInt dim)
{
  TSAdapt adapt;

  PetscFunctionBegin;
  PetscCall(TSCreate(s->comm, &s->ts));
  PetscCall(TSSetProblemType(s->ts, TS_NONLINEAR));
  if (dim == 2) PetscCall(KarVortexCreate(s->ts, (KarPlane *)s->kept, &s->flow, &s->vortex));
  else PetscCall(SetUpSpace(s));
  PetscCall(TSSetApplicationContext(s->ts, s));
  PetscCall(TSSetPostStep(s->ts, AfterStep));
  PetscCall(TSGetAdapt(s->ts, &adapt));
  PetscCall(TSAdaptSetType(adapt, TSADAPTNONE));
  PetscCall(TSSetExactFinalTime(s->ts, TS_EXACTFINALTIME_MATCHSTEP));
  PetscCall(TSSetMaxSteps(s->ts, PETSC_MAX_INT));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFluidCreate(KarFFT fft, const KarFlow *flow, KarFluid *out)
{
  KarFluid    s;
  KarGrid     grid;
  KarGridInfo g;

  PetscFunctionBegin;
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &g));
  KarCheck(g.comm, g.dim > 1 && g.basis == KAR_BASIS_PERIODIC, PETSC_ERR_SUP,
           "flow needs a periodic plane or space, as -grid_n 64,64");
  KarCheck(g.comm, g.dof == (g.dim == 2 ? 1 : 3), PETSC_ERR_ARG_INCOMP,
           "flow is a vorticity of 1 component in 2D, a velocity of 3 in 3D");
  KarCheck(g.comm, g.dim == 3 || flow->power <= 0, PETSC_ERR_SUP, "a force of constant power is there in 3D only");
  KarCheck(g.comm, flow->nu > 0, PETSC_ERR_ARG_OUTOFRANGE, "viscosity %g: must be positive", (double)flow->nu);
  PetscCall(PetscNew(&s));
  PetscCall(KarFFTReference(fft));
  s->flow = *flow, s->fft = fft, s->comm = g.comm, s->tau = -1;
  if (g.dim == 2) PetscCall(KarKeptCreate_Plane(&g, &s->kept));
  else PetscCall(KarKeptCreate_Space(&g, &s->kept));
  PetscCall(VecCreateMPI(s->comm, s->kept->modes * s->kept->numbers, s->kept->total * s->kept->numbers, &s->w));
  PetscCall(VecDuplicate(s->w, &s->f));
  PetscCall(KarPassageCreate(fft, s->kept, s->w, &s->passage));
  PetscCall(CreateTS(s, g.dim));
  *out = s;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFluidDestroy(KarFluid *fluid)
{
  KarFluid s = *fluid;

  PetscFunctionBegin;
  if (!s) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(TSDestroy(&s->ts));
  PetscCall(PetscFree3(s->decay, s->grow, s->phi));
  PetscCall(KarPassageDestroy(&s->passage));
  PetscCall(VecDestroy(&s->w));
  PetscCall(VecDestroy(&s->f));
  PetscCall(VecDestroy(&s->n));
  PetscCall(VecDestroy(&s->work));
  PetscCall(s->kept->destroy(s->kept));
  PetscCall(KarFFTDestroy(&s->fft));
  PetscCall(PetscFree(*fluid));
  PetscFunctionReturn(PETSC_SUCCESS);
}
