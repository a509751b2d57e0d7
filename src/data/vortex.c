/* 2D Navier-Stokes on one rank, for many small flows: integrating-factor RK4 about the Stokes flow, exact where N = 0,
     y(h/2) = E w + phi f,   E = exp(-nu k^2 h/2),   phi = (1 - E) / (nu k^2),
   each stage in one pass over the modes. */
#include "flowimpl.h"

struct _p_KarVortex {
  KarFlow    flow;
  KarPlane  *plane; /* shared */
  PetscInt   modes;
  PetscReal *ex, *ey;         /* exp(-nu k_i^2 h/2) */
  PetscReal *sum, *n, *y;     /* next state, N, argument of the next stage: [2][modes] */
  PetscInt   forced, *at;     /* modes with forcing */
  PetscReal *f, *half, *full; /* [forced][2]; phi f for h/2 and h */
};

/* One stage of one row: sum += b N with its factor, next = the argument of the next stage. */
WIDE static void kar_vortex_stage(int stage, PetscInt my, PetscReal h, PetscReal ex, const PetscReal *restrict ey, const PetscReal *restrict w,
                                  const PetscReal *restrict n, PetscReal *restrict sum, PetscReal *restrict next)
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
    default:
      next[j] = sum[j] + h / 6 * n[j];
    }
  }
}

static void Stage(KarVortex v, int stage, PetscReal h, const PetscReal w[], PetscReal next[])
{
  const PetscReal *kick = stage == 0 || stage == 1 ? v->half : v->full;
  const PetscInt   my   = v->plane->my;

  for (PetscInt part = 0; part < 2; part++)
    for (PetscInt i = 0; i <= v->plane->kx; i++) {
      const PetscInt o = part * v->modes + i * my;

      kar_vortex_stage(stage, my, h, v->ex[i], v->ey, w + o, v->n + o, v->sum + o, next + o);
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

  for (PetscInt i = 0; i <= p->kx; i++) v->ex[i] = PetscExpReal(-nu * p->x[i] * p->x[i] * h / 2);
  for (PetscInt j = 0; j < p->my; j++) v->ey[j] = PetscExpReal(-nu * p->y[j] * p->y[j] * h / 2);
  for (PetscInt m = 0; m < v->forced; m++) {
    const PetscReal rate = nu * p->kept.k2[v->at[m]], half = kar_flow_phi(rate, h / 2), full = kar_flow_phi(rate, h);

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

/* n holds N(w) on entry and on exit. */
static PetscErrorCode Step(KarVortex v, PetscReal h, PetscReal w[], PetscReal *top)
{
  PetscFunctionBegin;
  SetFactors(v, h);
  for (int stage = 0; stage < 4; stage++) {
    PetscReal *next = stage == 3 ? w : v->y;

    Stage(v, stage, h, w, next);
    PetscCall(Advect(v, next, top));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void SetForcing(KarVortex v, const PetscReal f[])
{
  v->forced = 0;
  for (PetscInt m = 1; m < v->modes; m++) {
    if (f[m] == 0 && f[v->modes + m] == 0) continue;
    v->at[v->forced]          = m;
    v->f[2 * v->forced]       = f[m];
    v->f[2 * v->forced++ + 1] = f[v->modes + m];
  }
}

PetscErrorCode KarVortexSolve(KarVortex v, PetscReal time, const PetscReal f[], PetscReal w[], PetscInt *steps)
{
  PetscReal t = 0, top;

  PetscFunctionBegin;
  SetForcing(v, f);
  PetscCall(Advect(v, w, &top));
  for (*steps = 0; t < time; ++*steps) {
    const PetscReal h = kar_flow_step(&v->flow, top, time - t);

    KarCheck(PETSC_COMM_SELF, top < PETSC_INFINITY, PETSC_ERR_FP, "the flow is not finite at time %g: use a smaller -ns_cfl or -ns_dt", (double)t);
    PetscCall(Step(v, h, w, &top));
    t = h >= time - t ? time : t + h;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarVortexCreate(KarPlane *plane, const KarFlow *flow, KarVortex *out)
{
  const PetscInt modes = plane->kept.modes;
  KarVortex      v;

  PetscFunctionBegin;
  PetscCall(PetscNew(&v));
  v->flow = *flow, v->plane = plane, v->modes = modes;
  PetscCall(PetscMalloc2(plane->kx + 1, &v->ex, plane->my, &v->ey));
  PetscCall(PetscCalloc3(2 * modes, &v->sum, 2 * modes, &v->n, 2 * modes, &v->y));
  PetscCall(PetscMalloc4(modes, &v->at, 2 * modes, &v->f, 2 * modes, &v->half, 2 * modes, &v->full));
  *out = v;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarVortexDestroy(KarVortex *vortex)
{
  KarVortex v = *vortex;

  PetscFunctionBegin;
  if (!v) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscFree2(v->ex, v->ey));
  PetscCall(PetscFree3(v->sum, v->n, v->y));
  PetscCall(PetscFree4(v->at, v->f, v->half, v->full));
  PetscCall(PetscFree(*vortex));
  PetscFunctionReturn(PETSC_SUCCESS);
}
