/* A plane wave a cos(k.x + 1) with index kappa has power a^2/2 in shell round(|kappa|) and nowhere else, on every grid
   that holds it, even, odd or longer than wide; a cosine mode a phi_kappa has a^2.  Shells hold the modes that counting
   finds. ranks: 1 2 3 */
#include "claim.h"

static PetscErrorCode CreateTransform(PetscInt dim, const PetscInt n[], KarBasis basis, KarFFT *fft)
{
  const PetscReal length[3] = {2, 2, 2};
  KarGrid         grid;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_WORLD, &grid));
  PetscCall(KarGridSetSizes(grid, dim, n, length));
  PetscCall(KarGridSetBasis(grid, basis));
  PetscCall(KarFFTCreate(grid, fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CheckWave(PetscInt dim, const PetscInt n[], KarBasis basis, const PetscInt kappa[], PetscReal a)
{
  const PetscBool periodic = (PetscBool)(basis == KAR_BASIS_PERIODIC);
  PetscReal       power[64], norm = 0;
  PetscInt        shells, home, at = 0;
  KarFFT          fft;
  KarGrid         grid;
  KarGridInfo     info;
  Vec             u, x;
  PetscScalar    *v;

  PetscFunctionBegin;
  PetscCall(CreateTransform(dim, n, basis, &fft));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &info));
  PetscCall(KarGridCreateField(grid, &u));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(VecGetArray(u, &v));
  for (PetscInt i = info.start; i < info.start + info.ln; i++)
    for (PetscInt j = 0; j < info.n[1]; j++)
      for (PetscInt k = 0; k < info.n[2]; k++, at++) {
        const PetscReal i3[3] = {(PetscReal)i, (PetscReal)j, (PetscReal)k};
        PetscReal       angle = 1, product = 1;

        for (PetscInt c = 0; c < dim; c++) {
          angle += 2 * PETSC_PI * (PetscReal)kappa[c] * i3[c] / (PetscReal)n[c];
          product *= (kappa[c] ? PETSC_SQRT2 : 1) *
                     PetscCosReal(PETSC_PI * (PetscReal)kappa[c] * (i3[c] + 0.5) / (PetscReal)n[c]);
        }
        v[at] = a * (periodic ? PetscCosReal(angle) : product);
      }
  PetscCall(VecRestoreArray(u, &v));
  PetscCall(KarFFTForward(fft, u, x));
  PetscCall(KarStatsShells(fft, &shells));
  PetscCall(KarStatsSpectrum(fft, x, shells, power));
  for (PetscInt c = 0; c < dim; c++) norm += (PetscReal)(kappa[c] * kappa[c]);
  home = (PetscInt)lround(sqrt(norm));
  Claim(home < shells, "%d of %d shells", (int)home, (int)shells);
  for (PetscInt j = 0; j < shells; j++) ClaimNear(power[j], j == home ? a * a / (periodic ? 2 : 1) : 0, 1e-12);
  PetscCall(VecDestroy(&u));
  PetscCall(VecDestroy(&x));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CheckCount(PetscInt dim, const PetscInt n[], KarBasis basis, PetscInt expected)
{
  const PetscInt low = basis == KAR_BASIS_PERIODIC ? -40 : 0;
  PetscReal      modes[64];
  PetscInt       shells;
  KarFFT         fft;

  PetscFunctionBegin;
  PetscCall(CreateTransform(dim, n, basis, &fft));
  PetscCall(KarStatsShells(fft, &shells));
  Claim(shells == expected, "%d shells, expected %d", (int)shells, (int)expected);
  PetscCall(KarStatsShellModes(fft, shells, modes));
  for (PetscInt j = 0; j < shells; j++) {
    PetscInt count = 0;

    for (PetscInt a = low; a <= 40; a++)
      for (PetscInt b = dim > 1 ? low : 0; b <= (dim > 1 ? 40 : 0); b++)
        for (PetscInt c = dim > 2 ? low : 0; c <= (dim > 2 ? 40 : 0); c++)
          count += lround(sqrt((double)(a * a + b * b + c * c))) == j;
    ClaimNear(modes[j], (PetscReal)count, 0);
  }
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  const PetscInt sizes[][3]         = {{16, 16, 16}, {15, 18, 13}, {32, 14, 12}},
                 kappa[][3]         = {{3, 4, 0}, {-2, 1, 3}, {0, 0, 0}, {1, -3, -2}};
  const PetscInt shells[][3]        = {{8, 8, 8}, {8, 8, 7}, {16, 7, 6}},
                 cosine_shells[][3] = {{16, 16, 16}, {15, 15, 13}, {32, 14, 12}};

  PetscFunctionBegin;
  for (int s = 0; s < 3; s++)
    for (PetscInt dim = 1; dim <= 3; dim++) {
      for (int k = 0; k < 4; k++) {
        PetscInt positive[3];

        for (int c = 0; c < 3; c++) positive[c] = PetscAbsInt(kappa[k][c]);
        if (k != 2) PetscCall(CheckWave(dim, sizes[s], KAR_BASIS_PERIODIC, kappa[dim == 1 && k == 0 ? 3 : k], 1.7));
        PetscCall(CheckWave(dim, sizes[s], KAR_BASIS_COSINE, positive, 0.6));
      }
      PetscCall(CheckCount(dim, sizes[s], KAR_BASIS_PERIODIC, shells[s][dim - 1]));
      PetscCall(CheckCount(dim, sizes[s], KAR_BASIS_COSINE, cosine_shells[s][dim - 1]));
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
