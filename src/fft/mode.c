/* The one place that says which mode a stored number belongs to, and what it weighs. */
#include "fftimpl.h"

void kar_mode(const KarModes *modes, PetscInt r, PetscInt j, KarMode *mode)
{
  const int slow = modes->order[0], middle = modes->order[1], fast = modes->order[2], last = (int)modes->dim - 1;
  PetscInt  i[3], first = 0;

  i[slow]       = r / modes->extent[middle] + (modes->dim == 1 ? 0 : modes->start);
  i[middle]     = r % modes->extent[middle];
  i[fast]       = j + (modes->dim == 1 ? modes->start : 0);
  mode->offset  = (r * modes->length + j) * modes->dof * modes->width;
  mode->nyquist = PETSC_FALSE;
  mode->self    = PETSC_TRUE;
  mode->weight  = 1;
  mode->sign    = 1;
  mode->k2      = 0;
  for (int a = 0; a < 3; a++) {
    mode->k[a]     = modes->k[a][i[a]];
    mode->index[a] = modes->index[a][i[a]];
    mode->k2 += mode->k[a] * mode->k[a];
  }
  if (modes->basis == KAR_BASIS_COSINE) return;
  for (int a = 0; a <= last; a++) {
    const PetscBool nyquist = (PetscBool)(2 * i[a] == modes->n[a]);

    if (nyquist) mode->nyquist = PETSC_TRUE;
    if (i[a] && !nyquist) mode->self = PETSC_FALSE;
  }
  if (i[last] && 2 * i[last] != modes->n[last]) mode->weight = 2;
  else if (!mode->self) { /* both of the pair are stored: it is named by the one whose first index is positive */
    for (int a = 0; a < last && !first; a++) first = mode->index[a];
    if (first < 0) {
      mode->sign = -1;
      for (int a = 0; a < 3; a++) mode->index[a] = -mode->index[a];
    }
  }
}

void kar_row_waves(const KarModes *modes, PetscInt r, PetscInt axis, PetscReal k[])
{
  const int       slow = modes->order[0], middle = modes->order[1], fast = modes->order[2];
  const PetscInt  start = modes->dim == 1 ? 0 : modes->start, first = modes->dim == 1 ? modes->start : 0;
  const PetscInt  i = r / modes->extent[middle] + start, l = r % modes->extent[middle];
  const PetscReal of_row  = axis == slow ? modes->k[slow][i] : axis == middle ? modes->k[middle][l] : 0;
  const PetscBool nyquist = (PetscBool)(2 * i == modes->n[slow] || 2 * l == modes->n[middle]);

  for (PetscInt j = 0; j < modes->length; j++)
    k[j] = nyquist || 2 * (j + first) == modes->n[fast] ? 0 : axis == fast ? modes->k[fast][j + first] : of_row;
}

PetscBool kar_mode_within(const KarModes *modes, const PetscInt n[], const KarMode *mode)
{
  const PetscInt factor = modes->basis == KAR_BASIS_COSINE ? 1 : 2;

  for (PetscInt a = 0; a < modes->dim; a++)
    if (factor * PetscAbsInt(mode->index[a]) >= n[a]) return PETSC_FALSE;
  return PETSC_TRUE;
}

PetscInt kar_find_mode(const KarModes *m, const PetscInt i[3])
{
  PetscInt at[3];

  for (int a = 0; a < 3; a++) {
    const PetscBool periodic = (PetscBool)(m->basis == KAR_BASIS_PERIODIC && a < m->dim);

    if (periodic ? 2 * PetscAbsInt(i[a]) >= m->n[a] && i[a] : i[a] >= m->n[a]) return -1;
    at[a] = i[a] < 0 ? i[a] + m->n[a] : i[a];
  }
  return (at[m->order[0]] * m->extent[m->order[1]] + at[m->order[1]]) * m->extent[m->order[2]] + at[m->order[2]];
}

void kar_stored_index(const KarMode *mode, PetscInt i[3])
{
  for (int a = 0; a < 3; a++) i[a] = mode->sign * mode->index[a];
}

PetscErrorCode KarFFTCreateMultiplier(KarFFT fft, KarModeFn *fn, void *ctx, PetscReal *m[])
{
  const KarModes *modes = &fft->modes;
  KarMode         mode;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(modes->rows * modes->length, m));
  for (PetscInt r = 0; r < modes->rows; r++)
    for (PetscInt j = 0; j < modes->length; j++) {
      kar_mode(modes, r, j, &mode);
      (*m)[r * modes->length + j] = fn(&mode, ctx);
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFFTMultiply(KarFFT fft, const PetscReal m[], Vec x)
{
  const PetscInt n = fft->modes.rows * fft->modes.length, group = fft->modes.dof * fft->modes.width;
  PetscScalar   *a;

  PetscFunctionBegin;
  PetscCall(VecGetArray(x, &a));
  for (PetscInt i = 0; i < n; i++)
    for (PetscInt c = 0; c < group; c++) a[i * group + c] *= m[i];
  PetscCall(VecRestoreArray(x, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}
