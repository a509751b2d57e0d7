/* 2D Navier-Stokes as a PETSc TS type, each stage in one pass over the kept modes, each step as long as the flow
   allows. rk4: integrating-factor RK4 about the Stokes flow, exact where N = 0,
     y(h/2) = E w + phi f,   E = exp(-nu k^2 h/2),   phi = (1 - E) / (nu k^2);
   cn: Crank-Nicolson diffusion, explicit advection,
     w <- ((1 - a) w + h (N + f)) / (1 + a),   a = nu k^2 h/2. */
#include "flowimpl.h"

#include <petsc/private/tsimpl.h>

struct _p_KarVortex {
  KarFlow    flow;
  KarPlane  *plane; /* shared */
  PetscInt   modes;
  PetscReal *ex, *ey;         /* rk4: exp(-nu k_i^2 h/2); cn: nu k_i^2 h/2 */
  PetscReal *sum, *n, *y;     /* next state, N, argument of the next stage: [2][modes] */
  PetscInt   forced, *at;     /* modes with forcing */
  PetscReal *f, *half, *full; /* [forced][2]; what f adds in h/2 and in h */
};

/* One stage of one row: sum += b N with its factor, next = the argument of the next stage. */
WIDE static void kar_vortex_stage(int stage, PetscInt my, PetscReal h, PetscReal ex, const PetscReal *restrict ey,
                                  const PetscReal *restrict w, const PetscReal *restrict n, PetscReal *restrict sum,
                                  PetscReal *restrict next)
{
  SIMD for (PetscInt j = 0; j < my; j++)
  {
    const PetscReal e = ex * ey[j];

    switch (stage) {
    case 0:
      sum[j]  = e * e * (w[j] + h / 6 * n[j]);
      next[j] = e * (w[j] + h / 2 * n[j]);
      break;
    case 1:
      sum[j] += h / 3 * e * n[j];
      next[j] = e * w[j] + h / 2 * n[j];
      break;
    case 2:
      sum[j] += h / 3 * e * n[j];
      next[j] = e * (e * w[j] + h * n[j]);
      break;
    default: next[j] = sum[j] + h / 6 * n[j];
    }
  }
}

/* The whole of a Crank-Nicolson step for one row. */
WIDE static void kar_vortex_crank_nicolson(PetscInt my, PetscReal h, PetscReal ax, const PetscReal *restrict ay,
                                           const PetscReal *restrict n, PetscReal *restrict w)
{
  SIMD for (PetscInt j = 0; j < my; j++)
  {
    const PetscReal a = ax + ay[j];

    w[j] = ((1 - a) * w[j] + h * n[j]) / (1 + a);
  }
}

static void Stage(KarVortex v, int stage, PetscReal h, PetscReal w[], PetscReal next[])
{
  const KarPlane  *p    = v->plane;
  const PetscReal *kick = stage == 0 || stage == 1 ? v->half : v->full;

#pragma omp parallel for num_threads(p->threads)
  for (PetscInt r = 0; r < 2 * p->rows; r++) {
    const PetscInt i = r % p->rows, o = r / p->rows * v->modes + i * p->my;

    if (v->flow.scheme == KAR_FLOW_CN) kar_vortex_crank_nicolson(p->my, h, v->ex[p->from + i], v->ey, v->n + o, w + o);
    else kar_vortex_stage(stage, p->my, h, v->ex[p->from + i], v->ey, w + o, v->n + o, v->sum + o, next + o);
  }
  for (PetscInt m = 0; m < v->forced; m++) {
    next[v->at[m]] += kick[2 * m];
    next[v->modes + v->at[m]] += kick[2 * m + 1];
  }
}

static void SetFactors(KarVortex v, PetscReal h)
{
  const KarPlane *p  = v->plane;
  const PetscReal nu = v->flow.nu;
  const PetscBool cn = v->flow.scheme == KAR_FLOW_CN ? PETSC_TRUE : PETSC_FALSE;

  for (PetscInt i = 0; i <= p->kx + p->my; i++) {
    const PetscReal k = i <= p->kx ? p->x[i] : p->y[i - p->kx - 1], a = nu * k * k * h / 2;

    *(i <= p->kx ? &v->ex[i] : &v->ey[i - p->kx - 1]) = cn ? a : PetscExpReal(-a);
  }
  for (PetscInt m = 0; m < v->forced; m++) {
    const PetscReal rate = nu * p->kept.k2[v->at[m]], half = kar_flow_phi(rate, h / 2),
                    full = cn ? h / (1 + rate * h / 2) : kar_flow_phi(rate, h);

    for (PetscInt c = 2 * m; c < 2 * m + 2; c++) v->half[c] = half * v->f[c], v->full[c] = full * v->f[c];
  }
}

static PetscErrorCode Advect(KarVortex v, const PetscReal w[], PetscReal *top)
{
  PetscFunctionBegin;
  *top = 0;
  if (v->flow.advection) PetscCall(v->plane->kept.advect(&v->plane->kept, w, v->n, top));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* n holds N(w). */
static PetscErrorCode Step(KarVortex v, PetscReal h, PetscReal w[])
{
  PetscReal top;

  PetscFunctionBegin;
  SetFactors(v, h);
  if (v->flow.scheme == KAR_FLOW_CN) {
    Stage(v, 3, h, w, w);
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  for (int stage = 0; stage < 4; stage++) {
    if (stage) PetscCall(Advect(v, v->y, &top));
    Stage(v, stage, h, w, stage == 3 ? w : v->y);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

void KarVortexSetForcing(KarVortex v, const PetscReal f[])
{
  v->forced = 0;
  for (PetscInt m = 0; m < v->modes; m++) {
    if (v->plane->kept.k2[m] == 0 || (f[m] == 0 && f[v->modes + m] == 0)) continue;
    v->at[v->forced]          = m;
    v->f[2 * v->forced]       = f[m];
    v->f[2 * v->forced++ + 1] = f[v->modes + m];
  }
}

/* --- As PETSc sees it
   ---------------------------------------------------------------------------------------------------- */
static PetscErrorCode TSStep_KarVortex(TS ts)
{
  const PetscReal left = ts->max_time - ts->ptime;
  KarVortex       v    = ts->data;
  PetscReal       top;
  PetscScalar    *w;

  PetscFunctionBegin;
  PetscCall(VecGetArray(ts->vec_sol, &w));
  PetscCall(Advect(v, w, &top));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &top, 1, MPIU_REAL, MPIU_MAX, v->plane->kept.comm));
  KarCheck(v->plane->kept.comm, top < PETSC_INFINITY, PETSC_ERR_FP,
           "the flow is not finite at time %g: use a smaller -ns_cfl or -ns_dt", (double)ts->ptime);
  ts->time_step = kar_flow_step(&v->flow, top, left);
  PetscCall(Step(v, ts->time_step, w));
  PetscCall(VecRestoreArray(ts->vec_sol, &w));
  ts->ptime = ts->time_step >= left ? ts->max_time : ts->ptime + ts->time_step;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode TSDestroy_KarVortex(TS ts)
{
  KarVortex v = ts->data;

  PetscFunctionBegin;
  if (!v) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscFree2(v->ex, v->ey));
  PetscCall(PetscFree3(v->sum, v->n, v->y));
  PetscCall(PetscFree4(v->at, v->f, v->half, v->full));
  PetscCall(PetscFree(ts->data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode TSCreate_KarVortex(TS ts)
{
  PetscFunctionBegin;
  ts->ops->step          = TSStep_KarVortex;
  ts->ops->destroy       = TSDestroy_KarVortex;
  ts->default_adapt_type = TSADAPTNONE;
  ts->usessnes           = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarVortexCreate(TS ts, KarPlane *plane, const KarFlow *flow, KarVortex *out)
{
  const PetscInt modes = plane->kept.modes;
  KarVortex      v;

  PetscFunctionBegin;
  PetscCall(TSRegister(KARTSVORTEX, TSCreate_KarVortex));
  PetscCall(TSSetType(ts, KARTSVORTEX));
  PetscCall(PetscNew(&v));
  v->flow = *flow, v->plane = plane, v->modes = modes;
  PetscCall(PetscMalloc2(plane->kx + 1, &v->ex, plane->my, &v->ey));
  PetscCall(PetscCalloc3(2 * modes, &v->sum, 2 * modes, &v->n, 2 * modes, &v->y));
  PetscCall(PetscMalloc4(modes, &v->at, 2 * modes, &v->f, 2 * modes, &v->half, 2 * modes, &v->full));
  ts->data = v;
  *out     = v;
  PetscFunctionReturn(PETSC_SUCCESS);
}
