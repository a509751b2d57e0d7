/* Incompressible flow in a periodic box, pseudo-spectral with Orszag's 2/3 rule. Level 3.
   2D: the vorticity w, dof 1,   d_t w + u.grad w = nu Lap w + f,   u = (d_y psi, -d_x psi), -Lap psi = w, without mean.
   3D: the velocity (u_z, u_y, u_x), dof 3, components in the order of the axes,   d_t u + P(u.grad u) = nu Lap u + f;
   u at the start and f are free of divergence.  With `power` p > 0, further (p/2E_b) u_b, u_b the modes 0 < |k| <= band
   and E_b = <|u_b|^2>/2: energy p is put in in each unit of time, whatever the flow, and the flow becomes stationary.
   Time: integrating-factor RK4 about the Stokes flow, or the scheme that public data sets of flows are made with; the
   step chosen by CFL. */
#pragma once

#include <karhunen/fft.h>

typedef enum {
  KAR_FLOW_RK4, /* of fourth order, exact for a Stokes flow; four evaluations of the advection a step */
  KAR_FLOW_CN   /* Crank-Nicolson diffusion, explicit advection and force, one evaluation: of first order; stable only
                   while |u|^2 h < 2 nu, which bounds no step: dt has to */
} KarFlowScheme;

typedef struct {
  PetscReal     nu;        /* viscosity, length^2 / time */
  PetscReal     cfl;       /* a step is at most cfl / max_x sum_i k_max,i |u_i|; stable to 2.8 */
  PetscReal     dt;        /* and at most this, in time */
  PetscBool     advection; /* false: Stokes flow */
  KarFlowScheme scheme;
  PetscReal     power, band; /* 3D: energy put into the modes 0 < |k| <= band a unit of time; 0: none */
} KarFlow;

typedef struct _p_KarFluid *KarFluid;

/* Collective. Of the fields on the grid of fft. */
PETSC_EXTERN PetscErrorCode KarFluidCreate(KarFFT fft, const KarFlow *flow, KarFluid *fluid);
/* Collective. Takes the coordinates w over `time` under the constant forcing f. Only modes |index| <= n/3 enter and
   leave. steps may be NULL. */
PETSC_EXTERN PetscErrorCode KarFluidSolve(KarFluid fluid, PetscReal time, Vec f, Vec w, PetscInt *steps);
/* Not collective; cannot fail. Heed: a wish to stop (KarStopRequested()) ends a solve after a step; not at first. */
PETSC_EXTERN void kar_fluid_heed(KarFluid fluid, PetscBool heed);
/* Not collective; cannot fail. In solves to come `say` hears after each step what share of its time is done; NULL ends
   it. */
PETSC_EXTERN void kar_fluid_watch(KarFluid fluid, void (*say)(PetscReal share, void *ctx), void *ctx);
/* Not collective; cannot fail. The time that the last solve came to, less than its own when it was stopped. */
PETSC_EXTERN PetscReal      kar_fluid_reached(KarFluid fluid);
PETSC_EXTERN PetscErrorCode KarFluidDestroy(KarFluid *fluid);

/* N(w) = -u.grad w of a plane flow on coordinates of its vorticity, modes |index| < n/3 without the mean: they alone
   are seen and made.  Collective. */
typedef struct _p_KarAdvection *KarAdvection;
PETSC_EXTERN PetscErrorCode     KarAdvectionCreate(KarFFT fft, KarAdvection *advection);
/* Collective. n = N(w); out = N'(w) v, transposed: N'(w)* v in the inner product of coordinates. Inputs are kept. */
PETSC_EXTERN PetscErrorCode KarAdvectionApply(KarAdvection advection, Vec w, Vec n);
PETSC_EXTERN PetscErrorCode KarAdvectionDerivative(KarAdvection advection, Vec w, Vec v, PetscBool transposed, Vec out);
/* Collective. The slopes of psi and of w along y and x, 4 fields of the caller's, and N(w), N'(w) v, N'(w)* v from
   them: four transforms fewer for each that is asked for at the same w. */
PETSC_EXTERN PetscErrorCode KarAdvectionSlopes(KarAdvection advection, Vec w, Vec at[4]);
PETSC_EXTERN PetscErrorCode KarAdvectionApplyAt(KarAdvection advection, const Vec at[4], Vec n);
PETSC_EXTERN PetscErrorCode KarAdvectionDerivativeAt(KarAdvection advection, const Vec at[4], Vec v,
                                                     PetscBool transposed, Vec out);
/* Not collective. 1 for the modes that are kept, else 0; the same over |k|^2. Borrowed, [rows][length]; may be NULL. */
PETSC_EXTERN PetscErrorCode KarAdvectionGetMultipliers(KarAdvection advection, const PetscReal *keep[],
                                                       const PetscReal *inverse[]);
PETSC_EXTERN PetscErrorCode KarAdvectionDestroy(KarAdvection *advection);
