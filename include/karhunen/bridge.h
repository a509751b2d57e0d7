/* Bridges: paths of a process from a field to an end, X_T = v + N(0, R), or to data of it, y = H X_T + e. Exact at
   their times for a linear process; of another, guided proposals of many particles, weighed and resampled. A header of
   the room sampler. Level
   7. */
#pragma once

#include <karhunen/control.h>
#include <karhunen/cost.h>
#include <karhunen/innovation.h>
#include <karhunen/observe.h>
#include <karhunen/process.h>

typedef struct _p_KarBridge *KarBridge;

typedef struct {
  PetscReal ess, least; /* effective particles at the end, and at worst */
  PetscInt  resamplings;
  PetscReal ratio; /* log of the transition density over that of the linear part: 0 for a linear process */
  PetscReal
    density;       /* log h(0, x), the density of the data y given X_0 = x; NAN for a whole end, or without a factor */
  PetscReal value; /* of a cost: the least E [ int |u|^2/2 dt + Phi(X_T) ], -log E exp(-Phi(X_T)) without control */
  PetscReal cost;  /* and the mean of Phi(X_T) over the particles, its share; what is left is the control's */
} KarBridgeInfo;

/* Collective. */
PETSC_EXTERN PetscErrorCode KarBridgeCreate(KarSDE sde, KarBridge *bridge);
/* Logically collective, one of them; kept by reference. The end v with the variances R[rows][length] of its noise,
   copied (NULL: pinned). */
PETSC_EXTERN PetscErrorCode KarBridgeSetEnd(KarBridge bridge, Vec v, const PetscReal R[]);
PETSC_EXTERN PetscErrorCode KarBridgeSetObservation(KarBridge bridge, KarObservation obs, Vec y);
/* Logically collective, in place of an end; kept by reference. Paths are those of the optimal control of this cost:
   guided as to an end where it is quadratic (KarCostGetQuadratic()), else weighed by it alone. */
PETSC_EXTERN PetscErrorCode KarBridgeSetCost(KarBridge bridge, KarCost cost);
/* Logically collective, before KarBridgeSetCost(). Paths are drawn under this control, such as a learnt one, and
   weighed to the law of the best: the better the control, the more particles count. */
PETSC_EXTERN PetscErrorCode KarBridgeSetControl(KarBridge bridge, KarControl control);
/* Logically collective. Uniform steps from 0 to T (20), and particles of a run (16; of a linear process each is a path
   of its own). */
PETSC_EXTERN PetscErrorCode KarBridgeSetSteps(KarBridge bridge, PetscInt steps);
PETSC_EXTERN PetscErrorCode KarBridgeSetParticles(KarBridge bridge, PetscInt particles);
/* Collective. -bridge_steps; of a process that is not linear -bridge_particles, -bridge_resample. */
PETSC_EXTERN PetscErrorCode KarBridgeSetFromOptions(KarBridge bridge);
/* Collective. An end that is not there, a process that forgets its start: one line. */
PETSC_EXTERN PetscErrorCode KarBridgeSetUp(KarBridge bridge);
PETSC_EXTERN PetscErrorCode KarBridgeGetSize(KarBridge bridge, PetscInt *steps, PetscInt *particles);
/* Collective. Run number key.sample: path[i * particles + p] is particle p at time i T/steps, [(steps + 1) particles],
   path[p] the start, given. Particles of a run that is weighed are relatives. *whole is false when it was asked to
   stop. info and whole may be NULL. */
PETSC_EXTERN PetscErrorCode KarBridgeSolve(KarBridge bridge, KarKey key, Vec path[], KarBridgeInfo *info,
                                           PetscBool *whole);
PETSC_EXTERN PetscErrorCode KarBridgeDestroy(KarBridge *bridge);
