/* Data that are known but for a constant of their group: y_i = (H x)_i + b_g(i) + e_i, b_g ~ N(0, S^2), group 0 without
   one. With A_ig = 1 where datum i is of group g the covariance of the errors is R + S^2 A A*, whose inverse is
     P - P A (1/S^2 + A* P A)^-1 A* P,   P = R^-1,
   diagonal in the middle, since a datum has one group. */
#include <karhunen/impl/observe.h>

PetscErrorCode KarObservationSetGroups(KarObservation obs, PetscInt m, const PetscInt group[], PetscReal deviation)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(obs->group));
  obs->grouped = group ? m : 0;
  obs->offset  = deviation;
  obs->ready   = PETSC_FALSE;
  if (!group) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscMalloc1(m, &obs->group));
  PetscCall(PetscArraycpy(obs->group, group, m));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationSetUpGroups(KarObservation obs)
{
  PetscFunctionBegin;
  obs->groups = 0;
  if (!obs->group) {
    KarCheck(obs->comm, obs->offset <= 0, PETSC_ERR_USER_INPUT,
             "-obs_offset %g: of which data? Give -obs_data a column group, 0 where a datum has no offset",
             (double)obs->offset);
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  KarCheck(obs->comm, obs->grouped == obs->m, PETSC_ERR_USER_INPUT,
           "%" PetscInt_FMT " data with groups given for %" PetscInt_FMT, obs->m, obs->grouped);
  KarCheck(obs->comm, obs->offset > 0, PETSC_ERR_USER_INPUT,
           "data of groups: how unsure is the constant of each? Give -obs_offset, its standard deviation");
  for (PetscInt i = 0; i < obs->m; i++) {
    KarCheck(obs->comm, obs->group[i] >= 0 && obs->group[i] <= obs->m, PETSC_ERR_USER_INPUT,
             "datum %" PetscInt_FMT " is of group %" PetscInt_FMT ": groups are 0 (no offset), 1, 2, ...", i,
             obs->group[i]);
    obs->groups = PetscMax(obs->groups, obs->group[i]);
  }
  KarCheck(obs->comm, !obs->ops.pointwise && !obs->ops.value && obs->ops.period <= 0, PETSC_ERR_SUP,
           "data but for a constant of their group (-obs_offset) have to be linear in the field; %s are not",
           obs->type);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* sum[g] = (A* z)_g, on every rank; the caller frees it. */
static PetscErrorCode Sums(KarObservation obs, Vec z, PetscReal **sum)
{
  const PetscScalar *a;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(obs->groups + 1, sum));
  PetscCall(VecGetArrayRead(z, &a));
  for (PetscInt i = 0; i < obs->local; i++) (*sum)[obs->group[obs->number[i]]] += PetscRealPart(a[i]);
  PetscCall(VecRestoreArrayRead(z, &a));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, *sum, (PetscMPIInt)obs->groups + 1, MPIU_REAL, MPIU_SUM, obs->comm));
  (*sum)[0] = 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* y_i += b[g(i)] p_i; p NULL: 1. */
static PetscErrorCode Add(KarObservation obs, const PetscReal b[], Vec p, Vec y)
{
  const PetscScalar *w = NULL;
  PetscScalar       *a;

  PetscFunctionBegin;
  if (p) PetscCall(VecGetArrayRead(p, &w));
  PetscCall(VecGetArray(y, &a));
  for (PetscInt i = 0; i < obs->local; i++) a[i] += b[obs->group[obs->number[i]]] * (w ? w[i] : 1);
  PetscCall(VecRestoreArray(y, &a));
  if (p) PetscCall(VecRestoreArrayRead(p, &w));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationAddOffsets(KarObservation obs, Vec z, Vec y)
{
  PetscReal *sum;

  PetscFunctionBegin;
  if (!obs->groups) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(Sums(obs, z, &sum));
  for (PetscInt g = 0; g <= obs->groups; g++) sum[g] *= PetscSqr(obs->offset);
  PetscCall(Add(obs, sum, NULL, y));
  PetscCall(PetscFree(sum));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationDropOffsets(KarObservation obs, Vec precision, Vec z)
{
  PetscReal *sum, *weight;

  PetscFunctionBegin;
  if (!obs->groups) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(Sums(obs, precision, &weight));
  PetscCall(Sums(obs, z, &sum));
  for (PetscInt g = 0; g <= obs->groups; g++) sum[g] /= -(1 / PetscSqr(obs->offset) + weight[g]);
  PetscCall(Add(obs, sum, precision, z));
  PetscCall(PetscFree(sum));
  PetscCall(PetscFree(weight));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationDrawOffsets(KarObservation obs, KarKey key, Vec y)
{
  PetscReal *b, z[2];

  PetscFunctionBegin;
  if (!obs->groups) PetscFunctionReturn(PETSC_SUCCESS);
  key.stream = KAR_STREAM_OBSERVE;
  key.step += 1 << 22; /* another draw than the noise of the data */
  PetscCall(PetscCalloc1(obs->groups + 1, &b));
  for (PetscInt g = 1; g <= obs->groups; g++) {
    kar_normal_pair(key, g, 0, 0, z);
    b[g] = obs->offset * z[0];
  }
  PetscCall(Add(obs, b, NULL, y));
  PetscCall(PetscFree(b));
  PetscFunctionReturn(PETSC_SUCCESS);
}
