/* The data of an observation: their Vec, their order, their noise. */
#include <karhunen/impl/observe.h>

PetscErrorCode KarObservationGetSize(KarObservation obs, PetscInt *m)
{
  PetscFunctionBegin;
  PetscCall(KarObservationSetUp(obs));
  *m = obs->m;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationCreateData(KarObservation obs, Vec *y)
{
  PetscFunctionBegin;
  PetscCall(KarObservationSetUp(obs));
  PetscCall(VecDuplicate(obs->variance, y));
  PetscCall(VecZeroEntries(*y));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationSetData(KarObservation obs, PetscInt m, const PetscReal values[], Vec y)
{
  PetscScalar *a;

  PetscFunctionBegin;
  PetscCall(KarObservationSetUp(obs));
  KarCheck(obs->comm, m == obs->m, PETSC_ERR_USER_INPUT, "%" PetscInt_FMT " values for an observation of %" PetscInt_FMT " data", m, obs->m);
  for (PetscInt i = 0; i < m; i++) KarCheck(obs->comm, PetscIsNormalReal(values[i]) || values[i] == 0, PETSC_ERR_USER_INPUT, "datum %" PetscInt_FMT " is %g: not a finite number", i, (double)values[i]);
  PetscCall(VecGetArrayWrite(y, &a));
  for (PetscInt i = 0; i < obs->local; i++) a[i] = values[obs->number[i]];
  PetscCall(VecRestoreArrayWrite(y, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationGatherData(KarObservation obs, Vec y, PetscReal values[])
{
  const PetscScalar *a;

  PetscFunctionBegin;
  PetscCall(PetscArrayzero(values, obs->m));
  PetscCall(VecGetArrayRead(y, &a));
  for (PetscInt i = 0; i < obs->local; i++) values[obs->number[i]] = a[i];
  PetscCall(VecRestoreArrayRead(y, &a));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, values, (PetscMPIInt)obs->m, MPIU_REAL, MPIU_SUM, obs->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationGetData(KarObservation obs, Vec y)
{
  PetscFunctionBegin;
  KarCheck(obs->comm, obs->value, PETSC_ERR_USER_INPUT, "no data: give -obs_data FILE.csv with a column value");
  PetscCall(KarObservationSetData(obs, obs->values, obs->value, y));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationSample(KarObservation obs, KarKey key, Vec x, Vec y)
{
  const PetscInt     block = 1 << 20; /* below the indices of a key */
  const PetscScalar *r;
  PetscScalar       *a;
  PetscReal          z[2];

  PetscFunctionBegin;
  PetscCall(KarObservationSetUp(obs));
  key.stream = KAR_STREAM_OBSERVE;
  if (x) PetscCall(MatMult(obs->H, x, y));
  else PetscCall(VecZeroEntries(y));
  PetscCall(VecGetArrayRead(obs->variance, &r));
  PetscCall(VecGetArray(y, &a));
  for (PetscInt i = 0; i < obs->local; i++) {
    kar_normal_pair(key, obs->number[i] % block, obs->number[i] / block, 0, z);
    a[i] += PetscSqrtReal(r[i]) * z[0];
  }
  PetscCall(VecRestoreArray(y, &a));
  PetscCall(VecRestoreArrayRead(obs->variance, &r));
  PetscFunctionReturn(PETSC_SUCCESS);
}
