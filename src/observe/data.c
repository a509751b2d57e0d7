/* The data of an observation: their Vec, their order, their noise. */
#include <karhunen/impl/observe.h>

PetscErrorCode KarObservationGetSize(KarObservation obs, PetscInt *m)
{
  PetscFunctionBegin;
  PetscCall(KarObservationSetUp(obs));
  *m = obs->m;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationSetUnits(KarObservation obs, const char units[])
{
  PetscFunctionBegin;
  PetscCall(PetscStrncpy(obs->units, units, sizeof(obs->units)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationGetUnits(KarObservation obs, const char *units[])
{
  static const char *const of_field[] = {KAROBSERVATIONPOINTS, KAROBSERVATIONAVERAGE, KAROBSERVATIONBLUR,
                                         KAROBSERVATIONCOARSE, KAROBSERVATIONLINES};

  PetscFunctionBegin;
  *units = "";
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(of_field); i++)
    if (!strcmp(obs->type, of_field[i])) *units = obs->units;
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
  KarCheck(obs->comm, m == obs->m, PETSC_ERR_USER_INPUT,
           "%" PetscInt_FMT " values for an observation of %" PetscInt_FMT " data", m, obs->m);
  for (PetscInt i = 0; i < m; i++)
    KarCheck(obs->comm, PetscIsNormalReal(values[i]) || values[i] == 0, PETSC_ERR_USER_INPUT,
             "datum %" PetscInt_FMT " is %g: not a finite number", i, (double)values[i]);
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

PetscErrorCode KarObservationAddNoise(KarObservation obs, KarKey key, Vec extra, Vec y)
{
  const PetscInt     block = 1 << 20; /* below the indices of a key */
  const PetscScalar *r, *more = NULL;
  PetscScalar       *a;
  PetscReal          z[2];

  PetscFunctionBegin;
  key.stream = KAR_STREAM_OBSERVE;
  if (extra) PetscCall(VecGetArrayRead(extra, &more));
  PetscCall(VecGetArrayRead(obs->variance, &r));
  PetscCall(VecGetArray(y, &a));
  for (PetscInt i = 0; i < obs->local; i++) {
    kar_normal_pair(key, obs->number[i] % block, obs->number[i] / block, 0, z);
    a[i] += PetscSqrtReal(r[i] + (more ? more[i] : 0)) * z[0];
  }
  PetscCall(VecRestoreArray(y, &a));
  PetscCall(VecRestoreArrayRead(obs->variance, &r));
  if (extra) PetscCall(VecRestoreArrayRead(extra, &more));
  PetscCall(KarObservationDrawOffsets(obs, key, y));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* x + w, w the field of errors; the caller destroys it. */
static PetscErrorCode AddErrors(KarObservation obs, KarKey key, Vec x, Vec *sum)
{
  PetscFunctionBegin;
  PetscCall(KarFFTCreateCoordinates(obs->fft, sum));
  key.stream = KAR_STREAM_OBSERVE;
  key.step += 1 << 23; /* another draw than the noise of the data */
  PetscCall(KarCovSample(obs->correlated, key, *sum));
  if (x) PetscCall(VecAXPY(*sum, 1, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationSample(KarObservation obs, KarKey key, Vec x, Vec y)
{
  PetscFunctionBegin;
  PetscCall(KarObservationSetUp(obs));
  if (obs->correlated) {
    Vec sum;

    PetscCall(AddErrors(obs, key, x, &sum));
    PetscCall(KarObservationApply(obs, sum, y));
    PetscCall(VecDestroy(&sum));
  } else if (x) PetscCall(KarObservationApply(obs, x, y));
  else PetscCall(VecZeroEntries(y));
  PetscCall(KarObservationAddNoise(obs, key, NULL, y));
  if (obs->ops.period > 0) { /* the nearest to 0 */
    Vec zero;

    PetscCall(VecDuplicate(y, &zero));
    PetscCall(VecZeroEntries(zero));
    PetscCall(KarObservationResidual(obs, y, zero, y));
    PetscCall(VecDestroy(&zero));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* At the points of the grid where the data of this rank are, or the points before them. */
static PetscErrorCode EncodePlaces(KarObservation obs, const PetscScalar y[], PetscScalar values[], PetscScalar mask[])
{
  KarGrid     grid;
  KarGridInfo info;

  PetscFunctionBegin;
  PetscCall(KarFFTGetGrid(obs->fft, &grid));
  PetscCall(KarGridGetInfo(grid, &info));
  for (PetscInt i = 0; i < obs->local; i++) {
    PetscInt at;

    if (obs->index) at = obs->index[i];
    else
      at = kar_grid_point(&info, obs->place + 3 * obs->number[i]) * info.dof +
           (obs->component ? obs->component[obs->number[i]] : 0);
    values[at] += y[i];
    mask[at] += 1;
  }
  for (PetscInt i = 0; i < info.ln * info.plane; i++)
    if (mask[i] > 0) values[i] /= mask[i], mask[i] = 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationEncode(KarObservation obs, Vec y, Vec values, Vec mask)
{
  const PetscScalar *in;
  PetscScalar       *v, *m;

  PetscFunctionBegin;
  PetscCall(KarObservationSetUp(obs));
  PetscCall(VecZeroEntries(values));
  PetscCall(VecZeroEntries(mask));
  if (obs->number && !obs->down && (obs->index || obs->place)) {
    PetscCall(VecGetArrayRead(y, &in));
    PetscCall(VecGetArray(values, &v));
    PetscCall(VecGetArray(mask, &m));
    PetscCall(EncodePlaces(obs, in, v, m));
    PetscCall(VecRestoreArray(mask, &m));
    PetscCall(VecRestoreArray(values, &v));
    PetscCall(VecRestoreArrayRead(y, &in));
  } else { /* H H* is a multiple of 1 of the modes that H sees */
    PetscReal size, back;
    Vec       again;

    PetscCall(VecSet(mask, 1));
    PetscCall(VecDuplicate(y, &again));
    PetscCall(MatMultTranspose(obs->H, y, obs->w));
    PetscCall(MatMult(obs->H, obs->w, again));
    PetscCall(VecDot(y, again, &size));
    PetscCall(VecNorm(again, NORM_2, &back));
    PetscCall(VecScale(obs->w, back > 0 ? size / PetscSqr(back) : 0));
    PetscCall(KarFFTInverse(obs->fft, obs->w, values));
    PetscCall(VecDestroy(&again));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
