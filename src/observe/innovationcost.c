/* What solves with the data's covariance cost: counted, and an event of -log_view. */
#include "innovationimpl.h"

#include <karhunen/solves.h>

PetscErrorCode KarInnovationCount(KarInnovation in, KSP ksp)
{
  PetscInt n;

  PetscFunctionBegin;
  PetscCall(KSPGetIterationNumber(ksp, &n));
  in->obs->products += n;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarInnovationLog(PetscBool begin)
{
  static PetscLogEvent event = -1;
  PetscClassId         id;

  PetscFunctionBegin;
  if (event < 0) {
    PetscCall(PetscClassIdRegister("Karhunen data", &id));
    PetscCall(PetscLogEventRegister("KarDataSolve", id, &event));
  }
  if (begin) PetscCall(PetscLogEventBegin(event, 0, 0, 0, 0));
  else PetscCall(PetscLogEventEnd(event, 0, 0, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarInnovationGetCost(KarObservation obs, PetscInt64 *solves, PetscInt64 *products, PetscInt64 *factors)
{
  PetscFunctionBegin;
  *solves   = obs->solves;
  *products = obs->products;
  *factors  = obs->factors;
  PetscFunctionReturn(PETSC_SUCCESS);
}
