/* A bridge: its process, its end or data of it, its numbers (bridgestep.c has the rule that it follows). */
#include "bridgeimpl.h"

PetscErrorCode KarBridgeCreate(KarSDE sde, KarBridge *out)
{
  const KarModes *m;
  KarBridge       b;
  KarGrid         grid;
  KarGridInfo     info;

  PetscFunctionBegin;
  PetscCall(PetscNew(&b));
  *out = b;
  PetscCall(KarSDEReference(sde));
  b->sde = sde;
  PetscCall(KarSDEGetCovariance(sde, &b->cov));
  PetscCall(KarCovGetFFT(b->cov, &b->fft));
  PetscCall(KarFFTGetModes(b->fft, &m));
  PetscCall(KarFFTGetGrid(b->fft, &grid));
  PetscCall(KarGridGetInfo(grid, &info));
  b->comm      = info.comm;
  b->modes     = m->rows * m->length;
  b->group     = m->dof * m->width;
  b->steps     = 20;
  b->particles = 16;
  b->threshold = 0.5;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What set-up makes. */
static PetscErrorCode Reset(KarBridge b)
{
  PetscFunctionBegin;
  for (PetscInt i = 0; b->innovation && i < b->steps; i++) PetscCall(KarInnovationDestroy(&b->innovation[i]));
  PetscCall(PetscFree(b->innovation));
  PetscCall(PetscFree7(b->A, b->S, b->a, b->St, b->phi, b->gain, b->left));
  PetscCall(PetscFree3(b->weight, b->ahead, b->from));
  PetscCall(VecDestroy(&b->f));
  PetscCall(VecDestroy(&b->z));
  PetscCall(VecDestroy(&b->w));
  PetscCall(VecDestroy(&b->e));
  PetscCall(VecDestroy(&b->d));
  b->ready = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarBridgeDestroy(KarBridge *bridge)
{
  KarBridge b = *bridge;

  PetscFunctionBegin;
  if (b) {
    PetscCall(Reset(b));
    PetscCall(PetscFree(b->R));
    PetscCall(VecDestroy(&b->v));
    PetscCall(VecDestroy(&b->y));
    PetscCall(KarObservationDestroy(&b->obs));
    PetscCall(KarCostDestroy(&b->cost));
    PetscCall(KarControlDestroy(&b->control));
    PetscCall(KarSDEDestroy(&b->sde));
  }
  PetscCall(PetscFree(*bridge));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarBridgeSetEnd(KarBridge b, Vec v, const PetscReal R[])
{
  PetscFunctionBegin;
  PetscCall(Reset(b));
  PetscCall(PetscObjectReference((PetscObject)v));
  PetscCall(VecDestroy(&b->v));
  PetscCall(PetscFree(b->R));
  b->v = v;
  if (R) {
    PetscCall(PetscMalloc1(b->modes, &b->R));
    PetscCall(PetscArraycpy(b->R, R, b->modes));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarBridgeSetObservation(KarBridge b, KarObservation obs, Vec y)
{
  PetscFunctionBegin;
  PetscCall(Reset(b));
  PetscCall(KarObservationSetUp(obs));
  PetscCall(KarObservationReference(obs));
  PetscCall(PetscObjectReference((PetscObject)y));
  PetscCall(KarObservationDestroy(&b->obs));
  PetscCall(VecDestroy(&b->y));
  b->obs = obs;
  b->y   = y;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarBridgeSetCost(KarBridge b, KarCost cost)
{
  PetscReal      R, *all;
  KarObservation obs;
  Vec            target, y;

  PetscFunctionBegin;
  PetscCall(Reset(b));
  PetscCall(KarCostReference(cost));
  PetscCall(KarCostDestroy(&b->cost));
  b->cost = cost;
  PetscCall(KarCostGetQuadratic(cost, &target, &R, &obs, &y));
  if (b->control) target = NULL, obs = NULL;
  PetscCall(PetscMalloc1(b->modes, &all));
  for (PetscInt k = 0; k < b->modes; k++) all[k] = R;
  if (target) PetscCall(KarBridgeSetEnd(b, target, all));
  else if (obs) PetscCall(KarBridgeSetObservation(b, obs, y));
  else b->lone = PETSC_TRUE;
  PetscCall(PetscFree(all));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarBridgeSetSteps(KarBridge b, PetscInt steps)
{
  PetscFunctionBegin;
  PetscCall(Reset(b));
  b->steps = steps;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarBridgeSetParticles(KarBridge b, PetscInt particles)
{
  PetscFunctionBegin;
  PetscCall(Reset(b));
  b->particles = particles;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarBridgeSetFromOptions(KarBridge b)
{
  PetscFunctionBegin;
  PetscCall(Reset(b));
  PetscCall(KarSDEHasPath(b->sde, &b->plain));
  PetscCall(
    KarOptionsInt("bridge_", "steps", "times of a path after its start, the end included", 1, 1 << 20, &b->steps));
  if (!b->plain || b->lone || KarOptionsHelping()) {
    PetscCall(KarOptionsInt("bridge_", "particles", "paths that are weighed together, of a process that is not linear",
                            2, 1 << 20, &b->particles));
    PetscCall(KarOptionsReal("bridge_", "resample", "resample when fewer than this share of the particles is effective",
                             0, 1, &b->threshold));
  } else b->particles = 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarBridgeSetUp(KarBridge b)
{
  KarSDEType type;

  PetscFunctionBegin;
  if (b->ready) PetscFunctionReturn(PETSC_SUCCESS);
  KarCheck(b->comm, (b->v != NULL) + (b->obs != NULL) + (b->lone != 0) == 1, PETSC_ERR_ORDER,
           "a bridge needs an end or data of it, one of them: KarBridgeSetEnd(), KarBridgeSetObservation() or a cost");
  PetscCall(KarSDEHasPath(b->sde, &b->plain));
  PetscCall(KarSDEGetLinear(b->sde, &b->linear));
  PetscCall(KarSDEGetFinalTime(b->sde, &b->T));
  PetscCall(KarSDEGetType(b->sde, &type));
  PetscCall(PetscMalloc7(b->modes, &b->A, b->modes, &b->S, b->modes, &b->a, b->modes, &b->St, b->modes, &b->phi,
                         b->modes, &b->gain, b->modes, &b->left));
  KarCheck(b->comm, strcmp(type, KARSDEFLOW), PETSC_ERR_SUP,
           "a bridge of a process %s: it has forgotten its start at its end; give -sde_type vp, ve or heat", type);
  PetscCall(PetscCalloc1(b->steps, &b->innovation));
  PetscCall(PetscMalloc3(b->particles, &b->weight, b->particles, &b->ahead, b->particles, &b->from));
  PetscCall(KarFFTCreateCoordinates(b->fft, &b->f));
  PetscCall(VecDuplicate(b->f, &b->z));
  PetscCall(VecDuplicate(b->f, &b->w));
  if (b->y) PetscCall(VecDuplicate(b->y, &b->e));
  if (b->y) PetscCall(VecDuplicate(b->y, &b->d));
  b->ready = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarBridgeGetSize(KarBridge b, PetscInt *steps, PetscInt *particles)
{
  PetscFunctionBegin;
  *steps     = b->steps;
  *particles = b->particles;
  PetscFunctionReturn(PETSC_SUCCESS);
}
