/* White noise in coordinates: no transform, no communication.  z_k = (z_0 + i z_1)/sqrt 2 for a pair, so that each
   coordinate is N(0, 1); real for a mode that is its own partner; zero at Nyquist (docs/mathematics.md §2).
   Nearly every mode stands for its conjugate too: its coordinates are (z_0, z_1) themselves, and a row of such modes
   is a row of pairs, drawn in one call.  Those at Nyquist are put to zero.  On the plane kappa_last = 0, the first
   mode of each row in 3D, a pair has one name: it is drawn across the rows.  In the cosine basis no mode is apart, and
   a coordinate is z_0. Once for each precision: REAL, and NORMAL_ROW, its kar_normal_row(). */
#include "fftimpl.h"

#include <string.h>

enum { APART = 64 }; /* modes that are drawn at once, and rows whose modes apart are drawn together while in cache */

static PetscBool AtNyquist(const KarModes *m, int axis, PetscInt index)
{
  return (PetscBool)(m->basis == KAR_BASIS_PERIODIC && 2 * PetscAbsInt(index) == m->n[axis]);
}

/* n <= APART modes of the plane, each named as kar_mode() says: one row of pairs, along axis.  x begins with the
   number `origin`. */
static void FillNamed(const KarModes *m, PetscInt n, const KarMode mode[], int axis, KarKey key, const REAL lambda[],
                      PetscInt origin, REAL *x)
{
  PetscInt name[APART];
  REAL     pair[2 * APART];

  for (PetscInt i = 0; i < n; i++) name[i] = mode[i].index[axis];
  for (PetscInt c = 0; c < m->dof; c++) {
    key.component = c;
    NORMAL_ROW(key, mode->index, axis, n, name, NULL, pair);
    for (PetscInt i = 0; i < n; i++) {
      const KarMode  *k = &mode[i];
      REAL           *v = x + k->offset - origin + 2 * c;
      const PetscReal l = lambda ? lambda[k->offset / (2 * m->dof)] : 1;
      const PetscReal s = PetscSqrtReal(l * (k->self ? 1 : k->weight / 2));

      v[0] = k->nyquist ? 0 : (REAL)(s * pair[2 * i]);
      v[1] = k->nyquist || k->self ? 0 : (REAL)(s * k->sign * pair[2 * i + 1]);
    }
  }
}

/* n modes of the plane, from mode j of row r on, down the rows or along one: names that differ in one axis are drawn
   at once. */
static void FillPlane(const KarModes *m, PetscInt r, PetscInt j, PetscInt n, PetscBool down, KarKey key,
                      const REAL lambda[], PetscInt origin, REAL *x)
{
  const int slow = m->order[0], axis = m->order[down ? 1 : 2];
  KarMode   mode[APART];
  PetscInt  held = 0;

  for (PetscInt i = 0; i < n; i++) {
    kar_mode(m, down ? r + i : r, down ? j : j + i, &mode[held]);
    if (held && mode[held].index[slow] != mode->index[slow]) {
      FillNamed(m, held, mode, axis, key, lambda, origin, x);
      mode[0] = mode[held];
      held    = 0;
    }
    if (++held == APART || i + 1 == n) {
      FillNamed(m, held, mode, axis, key, lambda, origin, x);
      held = 0;
    }
  }
}

/* n modes of a row that stand for their conjugates, of variance lambda or 1; pair: room for the numbers of one
   component. */
static void FillRow(const KarModes *m, const PetscInt index[3], PetscInt n, const PetscInt row[], KarKey key,
                    const REAL lambda[], REAL *restrict pair, REAL *restrict x)
{
  const PetscInt group = m->dof * m->width;

  if (m->dof == 1 && m->width == 2) {
    NORMAL_ROW(key, index, m->order[2], n, row, lambda, x);
    return;
  }
  for (PetscInt c = 0; c < m->dof; c++) {
    key.component = c;
    NORMAL_ROW(key, index, m->order[2], n, row, lambda, pair);
    for (PetscInt j = 0; j < n; j++)
      for (PetscInt part = 0; part < m->width; part++) x[j * group + c * m->width + part] = pair[2 * j + part];
  }
}

/* At most APART rows. */
static void FillRows(const KarModes *m, PetscInt begin, PetscInt end, KarKey key, const REAL lambda[], REAL *pair,
                     REAL *x)
{
  const int       slow = m->order[0], middle = m->order[1], fast = m->order[2], last = (int)m->dim - 1;
  const PetscInt *row   = m->index[fast] + (m->dim == 1 ? m->start : 0);
  const PetscInt  group = m->dof * m->width, origin = begin * m->length * group;
  const PetscInt  from = m->width == 2 && fast == last && row[0] == 0 ? 1 : 0; /* the first of a row is of the plane */
  const PetscInt  half = m->n[fast] / 2, nyquist = AtNyquist(m, fast, half) ? half - (m->dim == 1 ? m->start : 0) : -1;
  KarMode         first;
  PetscInt        index[3];

  for (PetscInt r = begin; r < end; r++) {
    REAL *v = x + r * m->length * group - origin;

    kar_mode(m, r, 0, &first);
    kar_stored_index(&first, index);
    if (AtNyquist(m, slow, index[slow]) || AtNyquist(m, middle, index[middle]))
      (void)memset(v, 0, sizeof(*v) * (size_t)(m->length * group));
    else if (m->width == 2 && slow == last && index[slow] == 0)
      FillPlane(m, r, 0, m->length, PETSC_FALSE, key, lambda, origin, x);
    else {
      FillRow(m, index, m->length - from, row + from, key, lambda ? lambda + r * m->length + from : NULL, pair,
              v + from * group);
      if (nyquist >= 0 && nyquist < m->length) (void)memset(v + nyquist * group, 0, sizeof(*v) * (size_t)group);
    }
  }
  if (from) FillPlane(m, begin, 0, end - begin, PETSC_TRUE, key, lambda, origin, x);
}

void KERNEL(kar_fill_rows)(const KarModes *m, PetscInt begin, PetscInt end, const NOISE *noise, REAL pair[], REAL x[])
{
  for (PetscInt r = begin; r < end && m->length; r += APART)
    FillRows(m, r, PetscMin(r + APART, end), noise->key, noise->lambda, pair,
             x + (r - begin) * m->length * m->dof * m->width);
}
