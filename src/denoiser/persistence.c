/* The mean of a state given the one before, of a model that is told `previous`: with rho(|k|) the regression of a mode
   on its value a state before (damped persistence),
     X_0 = m + f + X',  f = rho (previous - m),   D(t, x) = f + D'(t, x - a f),
   D' the denoiser of X', whose spectrum is the model's: a network that has learnt nothing draws the Gaussian series of
   first order with the data's spectrum and correlation, which keeps its law for any number of states. */
#include "gains.h"

PetscErrorCode KarDenoiserSetPersistence(KarDenoiser d, PetscInt n, const PetscReal k[], const PetscReal rho[])
{
  KarTold *told = &d->told;

  PetscFunctionBegin;
  KarCheck(d->training.comm, !d->ready && n > 0, PETSC_ERR_ORDER,
           "persistence: give one number at least, before KarDenoiserSetUp()");
  PetscCall(PetscFree2(told->table_k, told->table_rho));
  PetscCall(PetscMalloc2(n, &told->table_k, n, &told->table_rho));
  PetscCall(PetscArraycpy(told->table_k, k, n));
  PetscCall(PetscArraycpy(told->table_rho, rho, n));
  told->table = n;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Linear between the k of the table, constant beyond. */
PetscReal kar_persistence(PetscInt n, const PetscReal k[], const PetscReal rho[], PetscReal at)
{
  PetscInt i = 1;

  if (at <= k[0] || n == 1) return rho[0];
  if (at >= k[n - 1]) return rho[n - 1];
  while (k[i] < at) i++;
  return rho[i - 1] + (rho[i] - rho[i - 1]) * (at - k[i - 1]) / (k[i] - k[i - 1]);
}

PetscErrorCode KarDenoiserSetUpPersistence_Private(KarDenoiser d)
{
  KarTold        *told = &d->told;
  const KarModes *m;
  KarMode         mode;

  PetscFunctionBegin;
  for (PetscInt i = 0; i < told->n; i++)
    if (told->table && !strcmp(told->all[i].name, KAR_PREVIOUS)) told->persistent = 1 + i;
  if (!told->persistent) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarFFTGetModes(d->fft, &m));
  PetscCall(PetscMalloc1(d->frame.modes, &told->rho));
  for (PetscInt i = 0; i < d->frame.modes; i++) {
    kar_mode(m, i / m->length, i % m->length, &mode);
    told->rho[i] = kar_persistence(told->table, told->table_k, told->table_rho, PetscSqrtReal(mode.k2));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* x += scale m, in mode 0. */
static PetscErrorCode AddMean(KarDenoiser d, PetscReal scale, Vec x)
{
  const KarModes *m;
  PetscScalar    *a;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(d->fft, &m));
  PetscCall(VecGetArray(x, &a));
  for (PetscInt c = 0; c < m->dof && m->start == 0 && m->rows * m->length > 0; c++)
    a[c * m->width] += scale * d->mean[c];
  PetscCall(VecRestoreArray(x, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserGetExpected(KarDenoiser d, Vec *expected)
{
  KarTold *told = &d->told;

  PetscFunctionBegin;
  if (told->table && !told->expected) {
    PetscCall(KarFFTCreateCoordinates(d->fft, &told->expected));
    PetscCall(AddMean(d, 1, told->expected));
  }
  *expected = told->expected;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserFollow_Private(KarDenoiser d, PetscInt slot, Vec previous)
{
  KarTold *told = &d->told;
  Vec     *more, f;

  PetscFunctionBegin;
  if (slot >= told->follows) {
    PetscCall(PetscMalloc1(slot + 1, &more));
    PetscCall(PetscArraycpy(more, told->follow, told->follows));
    for (PetscInt i = told->follows; i <= slot; i++) PetscCall(VecDuplicate(previous, &more[i]));
    PetscCall(PetscFree(told->follow));
    told->follow  = more;
    told->follows = slot + 1;
  }
  f = told->follow[slot];
  PetscCall(VecCopy(previous, f));
  PetscCall(AddMean(d, -1, f));
  PetscCall(KarFFTMultiply(d->fft, told->rho, f));
  if (slot > 0 || !told->expected) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(VecCopy(f, told->expected));
  PetscCall(AddMean(d, 1, told->expected));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserCentre_Private(KarDenoiser d, PetscInt b, Vec x, Vec *centred)
{
  KarTold           *told = &d->told;
  const KarModes    *m;
  const PetscScalar *in, *f;
  PetscScalar       *out;

  PetscFunctionBegin;
  *centred = x;
  if (!told->persistent || b >= told->follows) PetscFunctionReturn(PETSC_SUCCESS);
  if (!told->centred) PetscCall(VecDuplicate(x, &told->centred));
  PetscCall(KarFFTGetModes(d->fft, &m));
  PetscCall(VecGetArrayRead(x, &in));
  PetscCall(VecGetArrayRead(told->follow[b], &f));
  PetscCall(VecGetArrayWrite(told->centred, &out));
  for (PetscInt i = 0; i < d->frame.modes; i++)
    for (PetscInt c = i * m->dof * m->width; c < (i + 1) * m->dof * m->width; c++)
      out[c] = in[c] - kar_frame_a(&d->frame, i) * f[c];
  PetscCall(VecRestoreArrayWrite(told->centred, &out));
  PetscCall(VecRestoreArrayRead(told->follow[b], &f));
  PetscCall(VecRestoreArrayRead(x, &in));
  *centred = told->centred;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserUncentre_Private(KarDenoiser d, PetscInt b, Vec D)
{
  PetscFunctionBegin;
  if (d->told.persistent && b < d->told.follows) PetscCall(VecAXPY(D, 1, d->told.follow[b]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- In a model file --------------------------------------------------------------------------------------------- */
PetscErrorCode KarDenoiserSavePersistence_Private(KarDenoiser d, KarCheckpoint file)
{
  const KarTold *told = &d->told;

  PetscFunctionBegin;
  if (!told->table) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarCheckpointPutInt(file, "conditions/persistence_number", told->table));
  PetscCall(KarCheckpointPutReals(file, "conditions/persistence_k", 1, &told->table, told->table_k));
  PetscCall(KarCheckpointPutReals(file, "conditions/persistence", 1, &told->table, told->table_rho));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserLoadPersistence_Private(KarDenoiser d, KarCheckpoint file)
{
  PetscInt64 n;
  PetscReal *k, *rho;
  PetscBool  has;

  PetscFunctionBegin;
  PetscCall(KarCheckpointHas(file, "conditions/persistence_number", &has));
  if (!has) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarCheckpointGetInt(file, "conditions/persistence_number", &n));
  PetscCall(PetscMalloc2(n, &k, n, &rho));
  PetscCall(KarCheckpointGetReals(file, "conditions/persistence_k", (PetscInt)n, k));
  PetscCall(KarCheckpointGetReals(file, "conditions/persistence", (PetscInt)n, rho));
  PetscCall(KarDenoiserSetPersistence(d, (PetscInt)n, k, rho));
  PetscCall(PetscFree2(k, rho));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserDestroyPersistence_Private(KarDenoiser d)
{
  KarTold *told = &d->told;

  PetscFunctionBegin;
  for (PetscInt i = 0; i < told->follows; i++) PetscCall(VecDestroy(&told->follow[i]));
  PetscCall(PetscFree(told->follow));
  PetscCall(PetscFree(told->rho));
  PetscCall(PetscFree2(told->table_k, told->table_rho));
  PetscCall(VecDestroy(&told->centred));
  PetscCall(VecDestroy(&told->expected));
  PetscFunctionReturn(PETSC_SUCCESS);
}
