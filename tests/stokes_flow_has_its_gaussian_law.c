/* Without advection w^(T) = f^ (1 - exp(-nu k^2 T))/(nu k^2), exactly; and with f ~ N(0, lambda) the modes of the
   generator's w(T) have variance lambda_k ((1 - exp(-nu k^2 T))/(nu k^2))^2: each real coordinate of the band (|index|
   <= 3) within 5.5 standard errors over 2000 draws, false alarm below 1e-5 in all; E f(x)^2 = rms^2 to five standard
   errors. ranks: 1 3 */
#include "flows.h"

#define DRAWS 2000

static const PetscReal nu = 0.1, T = 4, rms = 0.3;

static PetscErrorCode Exact(PetscInt dim, PetscInt n)
{
  const KarFlow   flow = {.nu = nu, .cfl = 1, .dt = 1.7, .advection = PETSC_FALSE};
  const KarModes *m;
  PetscReal       error;
  PetscScalar    *a;
  KarFFT          fft;
  KarFluid        fluid;
  KarMode         mode;
  Vec             f, w;

  PetscFunctionBegin;
  PetscCall(CreateBox(PETSC_COMM_WORLD, dim, n, &fft));
  PetscCall(KarFFTCreateCoordinates(fft, &f));
  PetscCall(VecDuplicate(f, &w));
  PetscCall(VecSet(w, 0));
  PetscCall(FillSmooth(fft, 1, n / 3, 1, f));
  PetscCall(KarFluidCreate(fft, &flow, &fluid));
  PetscCall(KarFluidSolve(fluid, T, f, w, NULL));
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(VecGetArray(f, &a));
  for (PetscInt r = 0; r < m->rows; r++)
    for (PetscInt j = 0; j < m->length; j++) {
      kar_mode(m, r, j, &mode);
      for (PetscInt c = 0; c < 2 * m->dof; c++)
        a[mode.offset + c] *= mode.k2 > 0 ? -expm1(-nu * mode.k2 * T) / (nu * mode.k2) : 0;
    }
  PetscCall(VecRestoreArray(f, &a));
  PetscCall(Distance(w, f, &error));
  Claim(error < 1e-13, "%" PetscInt_FMT "D: relative error %g", dim, (double)error);
  PetscCall(KarFluidDestroy(&fluid));
  PetscCall(VecDestroy(&f));
  PetscCall(VecDestroy(&w));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* sqrt(lambda) (1 - exp(-nu k^2 T)) / (nu k^2) of a mode; 0 outside the band. */
static PetscReal Expected(const KarMode *mode, PetscReal c)
{
  const PetscInt top = PetscMax(PetscAbsInt(mode->index[0]), PetscAbsInt(mode->index[1]));

  return top == 0 || top > 3
           ? 0
           : PetscSqrtReal(c * PetscPowReal(mode->k2 + 9, -4)) * -expm1(-nu * mode->k2 * T) / (nu * mode->k2);
}

static PetscErrorCode Law(void)
{
  const PetscInt  n[2]      = {16, 16};
  const PetscReal length[2] = {2 * PETSC_PI, 2 * PETSC_PI};
  const KarModes *m;
  PetscReal       c = 0, mean = 0, square = 0, worst = 0, value, *sum;
  PetscInt        size;
  PetscScalar    *a;
  KarFFT          fft;
  KarGrid         grid;
  KarGenerator    law;
  KarMode         mode;
  Vec            *fields, x;

  PetscFunctionBegin;
  for (int i = -3; i <= 3; i++)
    for (int j = -3; j <= 3; j++) c += i || j ? PetscPowReal((PetscReal)(i * i + j * j + 9), -4) : 0;
  c = rms * rms / c;
  PetscCall(KarGridCreate(PETSC_COMM_WORLD, &grid));
  PetscCall(KarGridSetSizes(grid, 2, n, length));
  PetscCall(KarFFTCreate(grid, &fft));
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(KarGeneratorCreate(PETSC_COMM_WORLD, &law));
  PetscCall(KarGeneratorSetType(law, KARGENERATORNAVIERSTOKES));
  PetscCall(KarGeneratorSetGrid(law, grid));
  PetscCall(KarGeneratorSetParameter(law, "refine", 1));
  PetscCall(KarGeneratorSetParameter(law, "nu", nu));
  PetscCall(KarGeneratorSetParameter(law, "time", T));
  PetscCall(KarGeneratorSetParameter(law, "dt", T));
  PetscCall(KarGeneratorSetParameter(law, "force_band", 3));
  PetscCall(KarGeneratorSetParameter(law, "advection", 0));
  PetscCall(KarGeneratorCreateFields(law, &fields));
  PetscCall(VecGetLocalSize(x, &size));
  PetscCall(PetscCalloc1(size, &sum));
  for (PetscInt i = 0; i < DRAWS; i++) {
    PetscCall(KarGeneratorSample(law, (KarKey){.seed = 11, .sample = i}, fields));
    PetscCall(VecDot(fields[1], fields[1], &value));
    mean += value / 256 / DRAWS;
    square += PetscSqr(value / 256) / DRAWS;
    PetscCall(KarFFTForward(fft, fields[0], x));
    PetscCall(VecGetArray(x, &a));
    for (PetscInt j = 0; j < size; j++) sum[j] += a[j] * a[j];
    PetscCall(VecRestoreArray(x, &a));
  }
  ClaimNear(mean, rms * rms, 5 * PetscSqrtReal((square - mean * mean) / DRAWS));
  for (PetscInt r = 0; r < m->rows; r++)
    for (PetscInt j = 0; j < m->length; j++) {
      kar_mode(m, r, j, &mode);
      const PetscReal s = Expected(&mode, c);

      for (PetscInt i = mode.offset; i < mode.offset + 2; i++) {
        /* On the plane k_x = 0 a pair is stored twice, unscaled: each number has variance 1/2. */
        const PetscReal ratio = s > 0 ? sum[i] / (DRAWS * s * s * mode.weight / 2) - 1 : 0,
                        scale = PetscSqrtReal(2. / DRAWS);

        Claim(s > 0 || sum[i] < 1e-20, "a mode outside the band has variance %g", (double)(sum[i] / DRAWS));
        worst = PetscMax(worst, PetscAbsReal(ratio) / scale);
      }
    }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &worst, 1, MPIU_REAL, MPIU_MAX, PETSC_COMM_WORLD));
  Claim(worst < 5.5, "the variance of a mode is off by %g standard errors", (double)worst);
  PetscCall(PetscFree(sum));
  PetscCall(VecDestroy(&x));
  PetscCall(KarGeneratorDestroyFields(law, &fields));
  PetscCall(KarGeneratorDestroy(&law));
  PetscCall(KarFFTDestroy(&fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  PetscCall(Exact(2, 24));
  PetscCall(Exact(3, 12));
  PetscCall(Law());
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
