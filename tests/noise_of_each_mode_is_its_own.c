/* Each number of white noise is the one that its mode's key names, bit for bit, and no two modes share one but a mode
   and its conjugate: in 1D, 2D, 3D, odd and even sizes, both bases, one to three components.  ranks: 1 2 3 */
#include "claim.h"

/* What the convention says of one component of a mode. */
static void Expected(const KarModes *m, const KarMode *mode, KarKey key, PetscReal v[2])
{
  PetscReal z[2];

  kar_normal_pair(key, mode->index[0], mode->index[1], mode->index[2], z);
  v[0] = z[0], v[1] = z[1];
  if (m->basis == KAR_BASIS_COSINE) return;
  if (mode->nyquist) v[0] = v[1] = 0;
  else if (mode->self) v[1] = 0;
  else if (mode->weight == 1) v[0] = PetscSqrtReal(0.5) * z[0], v[1] = PetscSqrtReal(0.5) * mode->sign * z[1];
}

static PetscErrorCode Check(PetscInt dim, const PetscInt n[], PetscInt dof, KarBasis basis)
{
  KarKey             key   = {.seed = -5, .sample = 7, .step = 2, .stream = KAR_STREAM_TEST};
  PetscInt           wrong = 0, twins = 0, many = 0;
  const KarModes    *m;
  const PetscScalar *a;
  PetscReal         *all;
  KarMode            mode;
  KarGrid            grid;
  KarFFT             fft;
  Vec                x;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_WORLD, &grid));
  PetscCall(KarGridSetSizes(grid, dim, n, NULL));
  PetscCall(KarGridSetComponents(grid, dof));
  PetscCall(KarGridSetBasis(grid, basis));
  PetscCall(KarFFTCreate(grid, &fft));
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(KarFFTFillNormal(fft, key, x));
  PetscCall(VecGetArrayRead(x, &a));
  PetscCall(PetscMalloc1(m->rows * m->length * dof, &all));
  for (PetscInt r = 0; r < m->rows; r++)
    for (PetscInt j = 0; j < m->length; j++) {
      kar_mode(m, r, j, &mode);
      for (PetscInt c = 0; c < dof; c++) {
        const PetscScalar *got = a + mode.offset + c * m->width;
        PetscReal          v[2];

        key.component = c;
        Expected(m, &mode, key, v);
        if (got[0] != v[0] || (m->width == 2 && got[1] != v[1])) wrong++;
        if (basis == KAR_BASIS_COSINE || (mode.weight == 2 && !mode.nyquist)) all[many++] = got[0];
      }
    }
  Claim(wrong == 0,
        "%" PetscInt_FMT "D, dof %" PetscInt_FMT ", %s: %" PetscInt_FMT " numbers are not those of their keys", dim,
        dof, KarBases[basis], wrong);
  PetscCall(PetscSortReal(many, all));
  for (PetscInt i = 1; i < many; i++) twins += all[i] == all[i - 1];
  Claim(twins == 0, "%" PetscInt_FMT "D, dof %" PetscInt_FMT ", %s: %" PetscInt_FMT " numbers are there twice", dim,
        dof, KarBases[basis], twins);
  PetscCall(VecRestoreArrayRead(x, &a));
  PetscCall(PetscFree(all));
  PetscCall(VecDestroy(&x));
  PetscCall(KarFFTDestroy(&fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  const PetscInt sizes[][3] = {{16, 12, 8}, {15, 9, 7}, {13, 16, 6}, {8, 5, 70}};

  PetscFunctionBegin;
  for (PetscInt dim = 1; dim <= 3; dim++)
    for (int s = 0; s < 4; s++)
      for (int basis = 0; basis < 2; basis++)
        for (PetscInt dof = 1; dof <= 3; dof++) PetscCall(Check(dim, sizes[s], dof, (KarBasis)basis));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
