/* What the solvers of flow share. */
#pragma once

#include <karhunen/flow.h>

/* Not collective; cannot fail. The next step of at most `left`; top is max_x sum_i k_max,i |u_i|. */
static inline PetscReal kar_flow_step(const KarFlow *flow, PetscReal top, PetscReal left)
{
  const PetscReal bound = top * flow->dt > flow->cfl ? flow->cfl / top : flow->dt;

  return left / PetscMax(1, PetscCeilReal(left / bound * (1 - 1e-12)));
}

/* (1 - exp(-rate h)) / rate. */
static inline PetscReal kar_flow_phi(PetscReal rate, PetscReal h)
{
  return rate > 0 ? -expm1(-rate * h) / rate : h;
}

/* One plane flow on one rank. fft is a scalar one on PETSC_COMM_SELF. */
typedef struct _p_KarVortex *KarVortex;
PetscErrorCode KarVortexCreate(KarFFT fft, const KarFlow *flow, KarVortex *vortex);
PetscErrorCode KarVortexSolve(KarVortex vortex, PetscReal time, Vec f, Vec w, PetscInt *steps);
PetscErrorCode KarVortexDestroy(KarVortex *vortex);
