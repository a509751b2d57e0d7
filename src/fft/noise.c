/* White noise in coordinates: no transform, no communication.  z_k = (z_0 + i z_1)/sqrt 2 for a pair, so that each
   coordinate is N(0, 1); real for a mode that is its own partner; zero at Nyquist (mathematics.md §2).
   Nearly every mode stands for its conjugate too: its coordinates are (z_0, z_1) themselves, and a row of such modes is a row of
   pairs, drawn in one call.  Modes apart, those at Nyquist and those of the plane kappa_last = 0, are drawn one by one.  In the cosine
   basis none is apart, and a coordinate is z_0. */
#include "fftimpl.h"

/* Any mode, by itself. */
static void FillMode(const KarModes *m, PetscInt r, PetscInt j, KarKey key, PetscReal lambda, PetscReal *x)
{
  KarMode mode;

  kar_mode(m, r, j, &mode);
  for (PetscInt c = 0; c < m->dof; c++) {
    PetscReal      *v = x + mode.offset + 2 * c, z[2] = {0, 0};
    const PetscReal s = PetscSqrtReal(lambda * (mode.self ? 1 : mode.weight / 2));

    key.component = c;
    if (!mode.nyquist) kar_normal_pair(key, mode.index[0], mode.index[1], mode.index[2], z);
    v[0] = s * z[0];
    v[1] = mode.self ? 0 : s * mode.sign * z[1];
  }
}

static PetscBool AtNyquist(const KarModes *m, int axis, PetscInt index)
{
  return (PetscBool)(m->basis == KAR_BASIS_PERIODIC && 2 * PetscAbsInt(index) == m->n[axis]);
}

/* Are all modes of a row apart? index: of its first mode as it is stored. */
static PetscBool RowIsApart(const KarModes *m, const PetscInt index[3])
{
  const int slow = m->order[0], middle = m->order[1], last = (int)m->dim - 1;

  return (PetscBool)(AtNyquist(m, slow, index[slow]) || AtNyquist(m, middle, index[middle]) || (m->width == 2 && slow == last && index[slow] == 0));
}

/* Which modes of any other row are; returns how many. row: the indices along one. */
static int FindApart(const KarModes *m, const PetscInt row[], PetscInt apart[2])
{
  const int fast = m->order[2], last = (int)m->dim - 1;
  int       n = 0;

  for (PetscInt j = 0; j < m->length; j++)
    if (AtNyquist(m, fast, row[j]) || (m->width == 2 && fast == last && row[j] == 0)) apart[n++] = j;
  return n;
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

/* Rows [begin, end); pair: room for 2 numbers a mode of a row. */
static void FillRows(const KarModes *m, PetscInt begin, PetscInt end, KarKey key, const PetscReal lambda[], PetscReal *pair, PetscReal *x)
{
  const PetscInt *row = m->index[m->order[2]] + (m->dim == 1 ? m->start : 0);
  PetscInt        apart[2], index[3];
  const int       n    = FindApart(m, row, apart);
  const PetscInt  from = n && apart[0] == 0 ? 1 : 0, to = n > from && apart[n - 1] == m->length - 1 ? m->length - 1 : m->length;
  KarMode         first;

  for (PetscInt r = begin; r < end; r++) {
    const PetscReal *variance = lambda ? lambda + r * m->length : NULL;

    kar_mode(m, r, 0, &first);
    kar_stored_index(&first, index);
    if (RowIsApart(m, index))
      for (PetscInt j = 0; j < m->length; j++) FillMode(m, r, j, key, lambda ? variance[j] : 1, x);
    else {
      FillRow(m, index, to - from, row + from, key, lambda ? variance + from : NULL, pair, x + first.offset + from * m->dof * m->width);
      for (int i = 0; i < n; i++) FillMode(m, r, apart[i], key, lambda ? variance[apart[i]] : 1, x);
    }
  }
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
    FillRows(m, begin, end, key, lambda, pair + 2 * m->length * t, a);
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
