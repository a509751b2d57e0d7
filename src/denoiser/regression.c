/* The mean of a field given the maps that a model is told, with rho_i(|k|) the regression of a mode on that of map i:
     X_0 = m + f + X',  f = sum_i rho_i (map_i - its mean),   D(t, x) = f + D'(t, x - a f),
   D' the denoiser of X', whose spectrum is the model's. A network that has learnt nothing draws the Gaussian law of the
   fields given the maps; told the state before, that is the series of first order with the data's spectrum and
   correlation, which keeps its law for any number of states. */
#include "gains.h"

PetscErrorCode KarDenoiserSetRegression(KarDenoiser d, PetscInt i, PetscInt n, const PetscReal k[],
                                        const PetscReal rho[])
{
  KarTold *told = &d->told;

  PetscFunctionBegin;
  KarCheck(d->training.comm, !d->ready && n > 0 && i < told->n && told->all[i].components > 0, PETSC_ERR_ORDER,
           "a regression is on a map that was added, by one number at least, before KarDenoiserSetUp()");
  PetscCall(PetscFree2(told->table_k[i], told->table_rho[i]));
  PetscCall(PetscMalloc2(n, &told->table_k[i], n, &told->table_rho[i]));
  PetscCall(PetscArraycpy(told->table_k[i], k, n));
  PetscCall(PetscArraycpy(told->table_rho[i], rho, n));
  told->table[i]  = n;
  told->regressed = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscReal kar_regression(PetscInt n, const PetscReal k[], const PetscReal rho[], PetscReal at)
{
  PetscInt i = 1;

  if (at <= k[0] || n == 1) return rho[0];
  if (at >= k[n - 1]) return rho[n - 1];
  while (k[i] < at) i++;
  return rho[i - 1] + (rho[i] - rho[i - 1]) * (at - k[i - 1]) / (k[i] - k[i - 1]);
}

PetscErrorCode KarDenoiserSetUpRegression_Private(KarDenoiser d)
{
  KarTold        *told = &d->told;
  const KarModes *m;
  KarMode         mode;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(d->fft, &m));
  for (PetscInt i = 0; i < told->n; i++) {
    if (!told->table[i]) continue;
    KarCheck(d->training.comm, told->all[i].components == d->dof, PETSC_ERR_ARG_SIZ,
             "a regression on %s, which has %" PetscInt_FMT " components; the fields have %" PetscInt_FMT,
             told->all[i].name, told->all[i].components, d->dof);
    PetscCall(PetscMalloc1(d->frame.modes, &told->rho[i]));
    for (PetscInt j = 0; j < d->frame.modes; j++) {
      kar_mode(m, j / m->length, j % m->length, &mode);
      told->rho[i][j] = kar_regression(told->table[i], told->table_k[i], told->table_rho[i], PetscSqrtReal(mode.k2));
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* x += scale times the fields' mean, or mean where it is NULL, in mode 0. */
static PetscErrorCode AddMean(KarDenoiser d, PetscReal scale, const PetscReal *mean, Vec x)
{
  const KarModes *m;
  PetscScalar    *a;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(d->fft, &m));
  PetscCall(VecGetArray(x, &a));
  if (m->start == 0 && m->rows * m->length > 0)
    for (PetscInt c = 0; c < m->dof; c++) a[c * m->width] += scale * (mean ? *mean : d->mean[c]);
  PetscCall(VecRestoreArray(x, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserGetExpected(KarDenoiser d, Vec *expected)
{
  KarTold *told = &d->told;

  PetscFunctionBegin;
  if (told->regressed && !told->expected) {
    PetscCall(KarFFTCreateCoordinates(d->fft, &told->expected));
    PetscCall(AddMean(d, 1, NULL, told->expected));
  }
  *expected = told->expected;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserForget_Private(KarDenoiser d, PetscInt slot)
{
  KarTold *told = &d->told;
  Vec     *more;

  PetscFunctionBegin;
  if (!told->regressed) PetscFunctionReturn(PETSC_SUCCESS);
  if (slot >= told->follows) {
    PetscCall(PetscMalloc1(slot + 1, &more));
    PetscCall(PetscArraycpy(more, told->follow, told->follows));
    for (PetscInt i = told->follows; i <= slot; i++) PetscCall(KarFFTCreateCoordinates(d->fft, &more[i]));
    PetscCall(PetscFree(told->follow));
    told->follow  = more;
    told->follows = slot + 1;
  }
  PetscCall(VecZeroEntries(told->follow[slot]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserFollow_Private(KarDenoiser d, PetscInt slot, PetscInt i, Vec map)
{
  KarTold *told = &d->told;

  PetscFunctionBegin;
  if (!told->table[i]) PetscFunctionReturn(PETSC_SUCCESS);
  if (!told->part) PetscCall(VecDuplicate(map, &told->part));
  PetscCall(VecCopy(map, told->part));
  PetscCall(AddMean(d, -1, strcmp(told->all[i].name, KAR_PREVIOUS) ? &told->all[i].mean : NULL, told->part));
  PetscCall(KarFFTMultiply(d->fft, told->rho[i], told->part));
  PetscCall(VecAXPY(told->follow[slot], 1, told->part));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserExpect_Private(KarDenoiser d, PetscInt slot)
{
  KarTold *told = &d->told;

  PetscFunctionBegin;
  if (slot > 0 || !told->expected) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(VecCopy(told->follow[0], told->expected));
  PetscCall(AddMean(d, 1, NULL, told->expected));
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
  if (b >= told->follows) PetscFunctionReturn(PETSC_SUCCESS);
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
  if (b < d->told.follows) PetscCall(VecAXPY(D, 1, d->told.follow[b]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- In a model file --------------------------------------------------------------------------------------------- */
static const char *const parts[] = {"conditions/regression_number_%d", "conditions/regression_k_%d",
                                    "conditions/regression_%d"};

static void Names(PetscInt i, char name[3][64])
{
  for (int p = 0; p < 3; p++) (void)snprintf(name[p], 64, parts[p], (int)i);
}

PetscErrorCode KarDenoiserSaveRegression_Private(KarDenoiser d, KarCheckpoint file)
{
  const KarTold *told = &d->told;
  char           name[3][64];

  PetscFunctionBegin;
  for (PetscInt i = 0; i < told->n; i++) {
    if (!told->table[i]) continue;
    Names(i, name);
    PetscCall(KarCheckpointPutInt(file, name[0], told->table[i]));
    PetscCall(KarCheckpointPutReals(file, name[1], 1, &told->table[i], told->table_k[i]));
    PetscCall(KarCheckpointPutReals(file, name[2], 1, &told->table[i], told->table_rho[i]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserLoadRegression_Private(KarDenoiser d, KarCheckpoint file)
{
  PetscInt64 n;
  PetscReal *k, *rho;
  PetscBool  has;
  char       name[3][64];

  PetscFunctionBegin;
  for (PetscInt i = 0; i < d->told.n; i++) {
    Names(i, name);
    PetscCall(KarCheckpointHas(file, name[0], &has));
    if (!has) continue;
    PetscCall(KarCheckpointGetInt(file, name[0], &n));
    PetscCall(PetscMalloc2(n, &k, n, &rho));
    PetscCall(KarCheckpointGetReals(file, name[1], (PetscInt)n, k));
    PetscCall(KarCheckpointGetReals(file, name[2], (PetscInt)n, rho));
    PetscCall(KarDenoiserSetRegression(d, i, (PetscInt)n, k, rho));
    PetscCall(PetscFree2(k, rho));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserViewRegression_Private(KarDenoiser d, PetscInt i, PetscViewer viewer)
{
  const KarTold *told = &d->told;
  const PetscInt last = told->table[i] - 1, first = PetscMin(1, last);

  PetscFunctionBegin;
  if (told->table[i])
    PetscCall(PetscViewerASCIIPrintf(viewer, "  the mean follows it, by %.3g at |k| = %.3g, by %.3g at %.3g\n",
                                     (double)told->table_rho[i][first], (double)told->table_k[i][first],
                                     (double)told->table_rho[i][last], (double)told->table_k[i][last]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserDestroyRegression_Private(KarDenoiser d)
{
  KarTold *told = &d->told;

  PetscFunctionBegin;
  for (PetscInt i = 0; i < told->follows; i++) PetscCall(VecDestroy(&told->follow[i]));
  PetscCall(PetscFree(told->follow));
  for (PetscInt i = 0; i < told->n; i++) {
    PetscCall(PetscFree(told->rho[i]));
    PetscCall(PetscFree2(told->table_k[i], told->table_rho[i]));
  }
  PetscCall(VecDestroy(&told->part));
  PetscCall(VecDestroy(&told->centred));
  PetscCall(VecDestroy(&told->expected));
  PetscFunctionReturn(PETSC_SUCCESS);
}
