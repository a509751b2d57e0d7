/* White noise in coordinates: no transform, no communication.  z_k = (z_0 + i z_1)/sqrt 2 for a pair, so that each
   coordinate is N(0, 1); real for a mode that is its own partner; zero at Nyquist (mathematics.md §2). */
#include "fftimpl.h"

/* One mode whose partner is stored too, is itself, or has components beside it. */
static void FillMode(const KarModes *m, const KarMode *mode, KarKey key, PetscReal *x)
{
  for (PetscInt c = 0; c < m->dof; c++) {
    PetscReal *v = x + mode->offset + c * m->width, z[2];

    key.component = c;
    kar_normal_pair(key, mode->index[0], mode->index[1], mode->index[2], z);
    if (m->width == 1) v[0] = z[0];
    else {
      const PetscReal s = mode->nyquist ? 0 : PetscSqrtReal(mode->weight / 2);

      v[0] = mode->self && !mode->nyquist ? z[0] : s * z[0];
      v[1] = mode->self ? 0 : s * mode->sign * z[1];
    }
  }
}

/* x <- sqrt(lambda) x on one row, while it is in cache. */
static void ScaleRow(PetscInt length, PetscInt group, const PetscReal *restrict lambda, PetscReal *restrict x)
{
  if (group == 2) {
    for (PetscInt j = 0; j < length; j++) {
      const PetscReal s = PetscSqrtReal(lambda[j]);

      x[2 * j] *= s;
      x[2 * j + 1] *= s;
    }
    return;
  }
  for (PetscInt j = 0; j < length; j++) {
    const PetscReal s = PetscSqrtReal(lambda[j]);

    for (PetscInt c = 0; c < group; c++) x[j * group + c] *= s;
  }
}

PetscErrorCode KarFFTFillNormalScaled(KarFFT fft, KarKey key, const PetscReal lambda[], Vec x)
{
  const KarModes *m    = &fft->modes;
  const int       fast = m->order[2], last = (int)m->dim - 1;
  PetscScalar    *a;
  KarMode         mode;

  PetscFunctionBegin;
  PetscCall(KarLogBegin(KAR_EVENT_NOISE));
  PetscCall(VecGetArrayWrite(x, &a));
  for (PetscInt r = 0; r < m->rows; r++) {
    PetscInt from = 0, to = m->length;

    if (!m->length) break;
    kar_mode(m, r, 0, &mode);
    /* In the inside of the half spectrum a row of complex modes is a row of normal pairs. */
    if (m->width == 2 && m->dof == 1) {
      if (fast == last) { /* 1D, 3D: the first mode of the axis, and Nyquist at its end, are apart */
        from = mode.index[last] == 0 ? 1 : 0;
        while (to > from && 2 * m->index[last][to - 1 + (m->dim == 1 ? m->start : 0)] >= m->n[last]) to--;
      } else if (mode.weight != 2) from = to;
      if (from < to) kar_normal_row(key, mode.index, fast, to - from, m->index[fast] + from + (m->dim == 1 ? m->start : 0), a + mode.offset + 2 * from);
    } else to = from;
    for (PetscInt j = 0; j < m->length; j++) {
      const PetscInt i = m->index[fast][j + (m->dim == 1 ? m->start : 0)];

      if (j >= from && j < to && 2 * PetscAbsInt(i) != m->n[fast] && !mode.nyquist) continue;
      kar_mode(m, r, j, &mode);
      FillMode(m, &mode, key, a);
      kar_mode(m, r, 0, &mode);
    }
    if (lambda) ScaleRow(m->length, m->dof * m->width, lambda + r * m->length, a + mode.offset);
  }
  PetscCall(VecRestoreArrayWrite(x, &a));
  PetscCall(KarLogEnd(KAR_EVENT_NOISE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFFTFillNormal(KarFFT fft, KarKey key, Vec x)
{
  PetscFunctionBegin;
  PetscCall(KarFFTFillNormalScaled(fft, key, NULL, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}
