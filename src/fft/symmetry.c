/* Turns and reflections of the box, on coordinates: a signed permutation of the axes permutes the modes.
     periodic  (g u)^_k = u^_s,   s_{p(a)} = f_a k_a
     cosine    the same for |s|, times (-1)^{k_a} for each flipped axis
   A vector's components go with them:  (g u)_a = f_a u_{p(a)}. */
#include "fftimpl.h"

typedef struct {
  PetscInt   p[3], f[3];
  VecScatter scatter; /* created at first use */
  PetscReal
    *factor; /* one a local mode: sqrt of the ratio of weights, negative where the source is a conjugate (periodic)
                         or where an odd mode is flipped (cosine) */
} Element;

struct _p_KarSymmetry {
  KarFFT   fft; /* shared */
  PetscInt size;
  Element  elements[48];
};

static PetscBool Allowed(const KarGridInfo *g, const PetscInt p[3])
{
  for (PetscInt a = 0; a < 3; a++) {
    if (a >= g->dim && p[a] != a) return PETSC_FALSE;
    if (g->n[p[a]] != g->n[a] || g->length[p[a]] != g->length[a]) return PETSC_FALSE;
  }
  return PETSC_TRUE;
}

PetscErrorCode KarSymmetryCreate(KarFFT fft, KarSymmetry *symmetry)
{
  static const PetscInt permutations[6][3] = {{0, 1, 2}, {1, 0, 2}, {0, 2, 1}, {2, 1, 0}, {1, 2, 0}, {2, 0, 1}};
  KarSymmetry           s;

  PetscFunctionBegin;
  PetscCall(PetscNew(&s));
  PetscCall(KarFFTReference(fft));
  s->fft = fft;
  for (int p = 0; p < 6; p++) {
    if (!Allowed(&fft->info, permutations[p])) continue;
    for (int flips = 0; flips < 1 << fft->info.dim; flips++) {
      Element *e = &s->elements[s->size++];

      for (int a = 0; a < 3; a++) e->p[a] = permutations[p][a], e->f[a] = flips >> a & 1 ? -1 : 1;
    }
  }
  *symmetry = s;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSymmetryGetSize(KarSymmetry symmetry, PetscInt *size)
{
  PetscFunctionBegin;
  *size = symmetry->size;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSymmetryGetSign(KarSymmetry symmetry, PetscInt g, PetscInt *sign)
{
  const Element *e = &symmetry->elements[g];

  PetscFunctionBegin;
  *sign = e->f[0] * e->f[1] * e->f[2];
  for (int a = 0; a < 3; a++)
    for (int b = 0; b < a; b++)
      if (e->p[b] > e->p[a]) *sign = -*sign;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* How many modes of the full spectrum a stored one stands for. */
static PetscReal Weight(const KarModes *m, PetscInt last)
{
  return m->basis == KAR_BASIS_PERIODIC && last && 2 * last != m->n[m->dim - 1] ? 2 : 1;
}

/* The source of each local mode: stored as itself, or as the conjugate of its partner. */
static PetscErrorCode SetUpElement(KarFFT fft, Element *e)
{
  const KarModes *m     = &fft->modes;
  const PetscInt  group = m->dof * m->width, local = m->rows * m->length;
  PetscInt       *in, *out, n = 0, first;
  KarMode         mode;
  IS              is_in, is_out;
  Vec             x;

  PetscFunctionBegin;
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(VecGetOwnershipRange(x, &first, NULL));
  PetscCall(PetscMalloc1(local, &e->factor));
  PetscCall(PetscMalloc2(local, &in, local, &out));
  for (PetscInt i = 0; i < local; i++) {
    PetscInt k[3], s[3], sign = 1, at;

    kar_mode(m, i / m->length, i % m->length, &mode);
    kar_stored_index(&mode, k);
    for (int a = 0; a < 3; a++) {
      s[e->p[a]] = m->basis == KAR_BASIS_PERIODIC ? e->f[a] * k[a] : k[a];
      if (m->basis == KAR_BASIS_COSINE && e->f[a] < 0 && k[a] % 2) sign = -sign;
    }
    if (m->basis == KAR_BASIS_PERIODIC && s[m->dim - 1] < 0) {
      sign = -1;
      for (int a = 0; a < 3; a++) s[a] = -s[a];
    }
    e->factor[i] = (PetscReal)sign * PetscSqrtReal(mode.weight / Weight(m, s[m->dim - 1]));
    at           = mode.nyquist ? -1 : kar_find_mode(m, s);
    if (at < 0) continue;
    in[n]    = at;
    out[n++] = first / group + i;
  }
  PetscCall(ISCreateBlock(fft->info.comm, group, n, in, PETSC_COPY_VALUES, &is_in));
  PetscCall(ISCreateBlock(fft->info.comm, group, n, out, PETSC_COPY_VALUES, &is_out));
  PetscCall(VecScatterCreate(x, is_in, x, is_out, &e->scatter));
  PetscCall(PetscFree2(in, out));
  PetscCall(ISDestroy(&is_in));
  PetscCall(ISDestroy(&is_out));
  PetscCall(VecDestroy(&x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSymmetryApply(KarSymmetry symmetry, PetscInt g, Vec x, Vec y)
{
  Element        *e     = &symmetry->elements[g];
  const KarModes *m     = &symmetry->fft->modes;
  const PetscInt  group = m->dof * m->width, local = m->rows * m->length;
  PetscScalar    *a;

  PetscFunctionBegin;
  if (!e->scatter) PetscCall(SetUpElement(symmetry->fft, e));
  PetscCall(VecZeroEntries(y));
  PetscCall(VecScatterBegin(e->scatter, x, y, INSERT_VALUES, SCATTER_FORWARD));
  PetscCall(VecScatterEnd(e->scatter, x, y, INSERT_VALUES, SCATTER_FORWARD));
  PetscCall(VecGetArray(y, &a));
  for (PetscInt i = 0; i < local; i++)
    for (PetscInt c = 0; c < group; c++)
      a[i * group + c] *= (c + 1) % m->width ? PetscAbsReal(e->factor[i]) : e->factor[i];
  PetscCall(VecRestoreArray(y, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSymmetryApplyVector(KarSymmetry symmetry, PetscInt g, Vec x, Vec y)
{
  const Element  *e     = &symmetry->elements[g];
  const KarModes *m     = &symmetry->fft->modes;
  const PetscInt  local = m->rows * m->length;
  PetscScalar    *a, u[6];

  PetscFunctionBegin;
  PetscCheck(m->dof == m->dim, PETSC_COMM_SELF, PETSC_ERR_ARG_INCOMP,
             "a vector of %" PetscInt_FMT " components in %" PetscInt_FMT " dimensions", m->dof, m->dim);
  PetscCall(KarSymmetryApply(symmetry, g, x, y));
  PetscCall(VecGetArray(y, &a));
  for (PetscInt i = 0; i < local; i++, a += m->dof * m->width) {
    for (PetscInt c = 0; c < m->dof * m->width; c++) u[c] = a[c];
    for (PetscInt c = 0; c < m->dof; c++)
      for (PetscInt part = 0; part < m->width; part++)
        a[c * m->width + part] = (PetscReal)e->f[c] * u[e->p[c] * m->width + part];
  }
  a -= local * m->dof * m->width;
  PetscCall(VecRestoreArray(y, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSymmetryDestroy(KarSymmetry *symmetry)
{
  PetscFunctionBegin;
  if (*symmetry) {
    for (PetscInt g = 0; g < (*symmetry)->size; g++) {
      PetscCall(VecScatterDestroy(&(*symmetry)->elements[g].scatter));
      PetscCall(PetscFree((*symmetry)->elements[g].factor));
    }
    PetscCall(KarFFTDestroy(&(*symmetry)->fft));
  }
  PetscCall(PetscFree(*symmetry));
  PetscFunctionReturn(PETSC_SUCCESS);
}
