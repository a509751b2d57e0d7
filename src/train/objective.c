/* The class of objectives: what a step of the training draws, and its loss. */
#include "trainimpl.h"

#include <karhunen/types.h>

/* The objectives: a new one is a file and a line here. */
#define OBJECTIVES(TYPE)                                                                                               \
  TYPE("dsm", "mean square in H", KarObjectiveCreate_Dsm)                                                              \
  TYPE("elbo", "likelihood bound, Cameron-Martin", KarObjectiveCreate_Elbo)                                            \
  TYPE("flow", "velocity of flow matching", KarObjectiveCreate_Flow)                                                   \
  TYPE("ddpm", "likelihood bound of a ladder of times", KarObjectiveCreate_Ddpm)                                       \
  TYPE("bridge", "from the law of -bridge_data to that of -data", KarObjectiveCreate_Bridge)                           \
  TYPE("inr", "an implicit representation of the fields, not their law", KarObjectiveCreate_INR)                       \
  TYPE("adjoint", "control of a process, by the derivative of its cost", KarObjectiveCreate_Adjoint)                   \
  TYPE("logvariance", "control of a process, by values of its cost", KarObjectiveCreate_LogVariance)

KAR_TYPES(KarObjective *, OBJECTIVES, .noun = "objective", .option = "train_objective", .fallback = "dsm");

PetscErrorCode KarObjectiveRegister(const char name[], const char text[], CreateFn *create)
{
  PetscFunctionBegin;
  PetscCall(KarTypesRegister(&types, name, text, (KarTypeCreateFn *)create));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObjectiveFromOptions(MPI_Comm comm, const char prefix[], size_t size, char name[])
{
  PetscFunctionBegin;
  PetscCall(KarTypesFromOptions(&types, comm, prefix, size, name));
  PetscFunctionReturn(PETSC_SUCCESS);
}

const char *KarObjectiveName(PetscInt i)
{
  const KarType *type = KarTypesGet(&types, i);

  return type ? type->name : NULL;
}

PetscErrorCode KarObjectiveGet(MPI_Comm comm, const char name[], KarObjective *objective)
{
  const char      *which = name[0] ? name : types.fallback;
  KarTypeCreateFn *create;

  PetscFunctionBegin;
  PetscCall(KarTypesFind(&types, comm, NULL, which, &create));
  *objective = (KarObjective){.weight = NULL};
  PetscCall(PetscStrncpy(objective->name, which, sizeof(objective->name)));
  PetscCall(((CreateFn *)create)(objective));
  KarCheck(comm, objective->weight || objective->ops.loss, PETSC_ERR_ARG_NULL,
           "the objective %s sets no weight and no loss", which);
  if (!objective->ops.model) objective->ops.model = kar_denoising.model;
  if (!objective->ops.setup) objective->ops.setup = kar_denoising.setup;
  if (!objective->ops.draw) objective->ops.draw = kar_denoising.draw;
  if (!objective->ops.loss) objective->ops.loss = kar_denoising.loss;
  PetscFunctionReturn(PETSC_SUCCESS);
}
