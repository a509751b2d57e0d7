/* White noise in coordinates: no transform, no communication.  z_k = (z_0 + i z_1)/sqrt 2 for a pair, so that each
   coordinate is N(0, 1); real for a mode that is its own partner; zero at Nyquist (mathematics.md §2).
   Nearly every mode stands for its conjugate too: its coordinates are (z_0, z_1) themselves, and a row of such modes is a row of
   pairs, drawn in one call.  Those at Nyquist are put to zero.  On the plane kappa_last = 0, the first mode of each row in 3D, a
   pair has one name: it is drawn across the rows.  In the cosine basis no mode is apart, and a coordinate is z_0. */
#include "fftimpl.h"

#include <string.h>

enum { APART = 64 }; /* modes that are drawn at once, and rows whose modes apart are drawn together while in cache */

static PetscBool AtNyquist(const KarModes *m, int axis, PetscInt index)
{
  return (PetscBool)(m->basis == KAR_BASIS_PERIODIC && 2 * PetscAbsInt(index) == m->n[axis]);
}

/* n <= APART modes of the plane, each named as kar_mode() says: one row of pairs, along axis. */
static void FillNamed(const KarModes *m, PetscInt n, const KarMode mode[], int axis, KarKey key, const PetscReal lambda[],
                      PetscReal *x)
{
  PetscInt  name[APART];
  PetscReal pair[2 * APART];

  for (PetscInt i = 0; i < n; i++) name[i] = mode[i].index[axis];
  for (PetscInt c = 0; c < m->dof; c++) {
    key.component = c;
    kar_normal_row(key, mode->index, axis, n, name, NULL, pair);
    for (PetscInt i = 0; i < n; i++) {
      const KarMode  *k = &mode[i];
      PetscReal      *v = x + k->offset + 2 * c;
      const PetscReal l = lambda ? lambda[k->offset / (2 * m->dof)] : 1;
      const PetscReal s = PetscSqrtReal(l * (k->self ? 1 : k->weight / 2));

      v[0] = k->nyquist ? 0 : s * pair[2 * i];
      v[1] = k->nyquist || k->self ? 0 : s * k->sign * pair[2 * i + 1];
    }
  }
}

/* n modes of the plane, from mode j of row r on, down the rows or along one: names that differ in one axis are drawn at once. */
static void FillPlane(const KarModes *m, PetscInt r, PetscInt j, PetscInt n, PetscBool down, KarKey key,
                      const PetscReal lambda[], PetscReal *x)
{
  const int slow = m->order[0], axis = m->order[down ? 1 : 2];
  KarMode   mode[APART];
  PetscInt  held = 0;

  for (PetscInt i = 0; i < n; i++) {
    kar_mode(m, down ? r + i : r, down ? j : j + i, &mode[held]);
    if (held && mode[held].index[slow] != mode->index[slow]) {
      FillNamed(m, held, mode, axis, key, lambda, x);
      mode[0] = mode[held];
      held    = 0;
    }
    if (++held == APART || i + 1 == n) {
      FillNamed(m, held, mode, axis, key, lambda, x);
      held = 0;
    }
  }
}

/* n modes of a row that stand for their conjugates, of variance lambda or 1; pair: room for the numbers of one component. */
static void FillRow(const KarModes *m, const PetscInt index[3], PetscInt n, const PetscInt row[], KarKey key, const PetscReal lambda[],
                    PetscReal *restrict pair, PetscReal *restrict x)
{
  const PetscInt group = m->dof * m->width;

  if (m->dof == 1 && m->width == 2) {
    kar_normal_row(key, index, m->order[2], n, row, lambda, x);
    return;
  }
  for (PetscInt c = 0; c < m->dof; c++) {
    key.component = c;
    kar_normal_row(key, index, m->order[2], n, row, lambda, pair);
    for (PetscInt j = 0; j < n; j++)
      for (PetscInt part = 0; part < m->width; part++) x[j * group + c * m->width + part] = pair[2 * j + part];
  }
}

/* Rows [begin, end), at most APART; pair: room for 2 numbers a mode of a row. */
static void FillRows(const KarModes *m, PetscInt begin, PetscInt end, KarKey key, const PetscReal lambda[], PetscReal *pair, PetscReal *x)
{
  const int       slow = m->order[0], middle = m->order[1], fast = m->order[2], last = (int)m->dim - 1;
  const PetscInt *row   = m->index[fast] + (m->dim == 1 ? m->start : 0);
  const PetscInt  group = m->dof * m->width;
  const PetscInt  from  = m->width == 2 && fast == last && row[0] == 0 ? 1 : 0; /* the first of a row is of the plane */
  const PetscInt  half = m->n[fast] / 2, nyquist = AtNyquist(m, fast, half) ? half - (m->dim == 1 ? m->start : 0) : -1;
  KarMode         first;
  PetscInt        index[3];

  for (PetscInt r = begin; r < end; r++) {
    PetscReal *v = x + r * m->length * group;

    kar_mode(m, r, 0, &first);
    kar_stored_index(&first, index);
    if (AtNyquist(m, slow, index[slow]) || AtNyquist(m, middle, index[middle]))
      (void)memset(v, 0, sizeof(*v) * (size_t)(m->length * group));
    else if (m->width == 2 && slow == last && index[slow] == 0)
      FillPlane(m, r, 0, m->length, PETSC_FALSE, key, lambda, x);
    else {
      FillRow(m, index, m->length - from, row + from, key, lambda ? lambda + r * m->length + from : NULL, pair,
              v + from * group);
      if (nyquist >= 0 && nyquist < m->length) (void)memset(v + nyquist * group, 0, sizeof(*v) * (size_t)group);
    }
  }
  if (from) FillPlane(m, begin, 0, end - begin, PETSC_TRUE, key, lambda, x);
}

static PetscErrorCode FillArray(KarFFT fft, KarKey key, const PetscReal lambda[], PetscReal a[])
{
  const KarModes *m    = &fft->modes;
  const PetscInt  rows = m->length ? m->rows : 0;
  PetscReal      *pair;

  PetscFunctionBegin;
  PetscCall(KarLogBegin(KAR_EVENT_NOISE));
  PetscCall(PetscMalloc1(2 * m->length * fft->threads, &pair));
#pragma omp parallel for num_threads(fft->threads) schedule(static, 1)
  for (int t = 0; t < fft->threads; t++) {
    PetscInt begin, end;

    kar_part(rows, t, fft->threads, &begin, &end);
    for (; begin < end; begin += APART)
      FillRows(m, begin, PetscMin(begin + APART, end), key, lambda, pair + 2 * m->length * t, a);
  }
  PetscCall(PetscFree(pair));
  PetscCall(KarLogEnd(KAR_EVENT_NOISE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFFTFillNormalScaled(KarFFT fft, KarKey key, const PetscReal lambda[], Vec x)
{
  PetscScalar *a;

  PetscFunctionBegin;
  PetscCall(VecGetArrayWrite(x, &a));
  PetscCall(FillArray(fft, key, lambda, a));
  PetscCall(VecRestoreArrayWrite(x, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFFTNormalField(KarFFT fft, KarKey key, const PetscReal lambda[], Vec field)
{
  PetscReal   *spectrum = kar_fft_spectrum(fft);
  PetscScalar *a;

  PetscFunctionBegin;
  PetscCall(FillArray(fft, key, lambda, spectrum));
  PetscCall(VecGetArrayWrite(field, &a));
  PetscCall(KarFFTInverseArray(fft, spectrum, a));
  PetscCall(VecRestoreArrayWrite(field, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFFTFillNormal(KarFFT fft, KarKey key, Vec x)
{
  PetscFunctionBegin;
  PetscCall(KarFFTFillNormalScaled(fft, key, NULL, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}
