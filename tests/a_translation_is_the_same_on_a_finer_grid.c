/* A denoiser of bridges that has learnt nothing translates a field on 2n points as it does its truncation on n, mode
   by mode, and on any ranks: noise is keyed by wave number, and the means of both laws are taken off and added.  Saved
   and loaded it draws the same. ranks: 1 2 */
#include <karhunen/translate.h>

#include "claim.h"

#define N 16

static PetscErrorCode CreateFFT(PetscInt n, KarFFT *fft)
{
  const PetscInt sizes[2] = {n, n};
  KarGrid        grid;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_WORLD, &grid));
  PetscCall(KarGridSetSizes(grid, 2, sizes, NULL));
  PetscCall(KarGridSetUp(grid));
  PetscCall(KarFFTCreate(grid, fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CreateBridge(KarFFT fft, KarDenoiser *denoiser)
{
  const PetscReal mean[2] = {3, -1};
  PetscReal       k[N], p[N], q[N], rho[N];
  KarPairs        pairs = {.limit = PETSC_MAX_REAL, .n = N / 2, .k = k, .correlation = rho};

  PetscFunctionBegin;
  for (PetscInt i = 0; i < N / 2; i++) {
    k[i]   = 2 * PETSC_PI * (PetscReal)i;
    p[i]   = 1 / PetscSqr(1 + PetscSqr((PetscReal)i));
    q[i]   = 2 / PetscPowReal(1 + PetscSqr((PetscReal)i), 1.8);
    rho[i] = 0.9 - 0.1 * (PetscReal)i;
  }
  PetscCall(KarCovCreate(fft, &pairs.start));
  PetscCall(KarCovSetSpectrum(pairs.start, N / 2, k, p));
  PetscCall(KarCovSetUp(pairs.start));
  PetscCall(KarDenoiserCreateBridge(fft, &pairs, N / 2, k, q, &mean[0], &mean[1], denoiser));
  PetscCall(KarDenoiserSetFromOptions(*denoiser));
  PetscCall(KarDenoiserSetUp(*denoiser));
  PetscCall(KarCovDestroy(&pairs.start));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Difference(Vec a, Vec b, PetscReal *norm)
{
  PetscFunctionBegin;
  PetscCall(VecAXPY(a, -1, b));
  PetscCall(VecNorm(a, NORM_INFINITY, norm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  const KarKey   key  = {.seed = 4, .sample = 2, .stream = KAR_STREAM_DATA};
  const PetscInt n[2] = {2 * N, 2 * N};
  KarFFT         fft, finer;
  KarDenoiser    denoiser, fine, again;
  KarCheckpoint  file;
  KarResample    up, down;
  KarSDE         reference;
  KarPairs       pairs;
  Vec            x, y, z, small;
  PetscReal      norm, most;
  KarSDE         sde;
  int            ranks;
  char           path[64];

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &ranks));
  (void)snprintf(path, sizeof(path), "bridge_%d.test.h5", ranks);
  PetscCall(PetscOptionsInsertString(NULL, "-fno_width 4 -fno_modes 2"));
  PetscCall(CreateFFT(N, &fft));
  PetscCall(CreateBridge(fft, &denoiser));
  PetscCall(KarCheckpointCreate(PETSC_COMM_WORLD, path, KAR_REPLACE, &file));
  PetscCall(KarDenoiserSave(denoiser, file, NULL));
  PetscCall(KarCheckpointClose(&file));
  PetscCall(KarDenoiserLoad(PETSC_COMM_WORLD, path, 2, NULL, &again));
  PetscCall(KarDenoiserSetUp(again));
  PetscCall(KarDenoiserLoad(PETSC_COMM_WORLD, path, 2, n, &fine));
  PetscCall(KarDenoiserSetUp(fine));
  PetscCall(KarDenoiserGetFFT(fine, &finer));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(KarFFTCreateCoordinates(finer, &y));
  PetscCall(VecDuplicate(x, &z));
  PetscCall(VecDuplicate(x, &small));
  PetscCall(KarDenoiserGetSDE(denoiser, &sde));
  PetscCall(KarSDEGetMatching(sde, &reference, &pairs));
  PetscCall(KarCovSample(pairs.start, key, x));
  PetscCall(KarResampleCreate(fft, finer, &up));
  PetscCall(KarResampleCreate(finer, fft, &down));
  PetscCall(KarResampleApply(up, x, y));
  PetscCall(VecCopy(x, z));
  PetscCall(KarDenoiserTranslate(denoiser, 7, key, x));
  PetscCall(KarDenoiserTranslate(again, 7, key, z));
  PetscCall(KarDenoiserTranslate(fine, 7, key, y));
  PetscCall(VecNorm(x, NORM_INFINITY, &most));
  PetscCall(KarResampleApply(down, y, small));
  PetscCall(Difference(small, x, &norm));
  ClaimNear(norm / most, 0, 1e-10);
  PetscCall(Difference(z, x, &norm));
  ClaimNear(norm / most, 0, 1e-13);
  Claim(most > 0.1, "%g", (double)most);
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&y));
  PetscCall(VecDestroy(&z));
  PetscCall(VecDestroy(&small));
  PetscCall(KarResampleDestroy(&up));
  PetscCall(KarResampleDestroy(&down));
  PetscCall(KarDenoiserDestroy(&denoiser));
  PetscCall(KarDenoiserDestroy(&again));
  PetscCall(KarDenoiserDestroy(&fine));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
