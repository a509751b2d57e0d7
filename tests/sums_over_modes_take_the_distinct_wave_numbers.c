/* What a denoiser sums over all modes of its training grid is the sum taken mode by mode, for boxes of one to three
   dimensions, equal and unequal edges, both bases, modes of one rate and of many, and an octave: to rounding, with the
   same bits on any number of ranks. No rank makes an object of the training grid's size: a denoiser's memory is shared
   by the ranks.  ranks: 1 2 3 */
#include "claim.h"

#include <malloc.h>

typedef struct {
  PetscInt    dim, n[3];
  PetscReal   length[3];
  const char *basis, *process;
  PetscInt    coarse[3];
} Box;

static const Box boxes[] = {
  {1, {37}, {2}, "periodic", "vp", {0}},
  {1, {64}, {1}, "cosine", "heat", {0}},
  {2, {32, 32}, {1, 1}, "periodic", "heat", {0}},
  {2, {24, 33}, {1, 1.7}, "cosine", "ve", {0}},
  {2, {32, 32}, {1, 1}, "periodic", "vp", {16, 16}},
  {2, {24, 24}, {1, 1}, "cosine", "vp", {12, 12}},
  {3, {18, 20, 15}, {1, 1.3, 2}, "periodic", "vp", {0}},
  {3, {16, 16, 16}, {1, 1, 1}, "cosine", "heat", {0}},
  {3, {96, 136, 88}, {1, 1.4142135, 3}, "periodic", "vp", {0}}, /* no two of its 142,560 |k| are equal */
};

/* Any function of a mode. */
static PetscReal Weight(const KarLossMode *one)
{
  return 1 + one->C + one->a * one->lambda + one->g2 * one->s + one->a0 * one->s0;
}

static PetscErrorCode Make(MPI_Comm comm, const Box *box, KarDenoiser *denoiser)
{
  const PetscReal k[6] = {0, 6.3, 12.6, 19, 25, 44}, lambda[6] = {0.1, 1, 0.3, 0.1, 0.02, 0.001}, mean = 0;
  KarGrid         grid;
  KarFFT          fft;

  PetscFunctionBegin;
  PetscCall(PetscOptionsSetValue(NULL, "-sde_type", box->process));
  PetscCall(KarGridCreate(comm, &grid));
  PetscCall(KarGridSetSizes(grid, box->dim, box->n, box->length));
  PetscCall(KarGridSetBasis(grid, !strcmp(box->basis, "cosine") ? KAR_BASIS_COSINE : KAR_BASIS_PERIODIC));
  PetscCall(KarFFTCreate(grid, &fft));
  if (box->coarse[0]) PetscCall(KarDenoiserCreateOctave(fft, box->coarse, 6, k, lambda, denoiser));
  else PetscCall(KarDenoiserCreate(fft, 6, k, lambda, &mean, denoiser));
  PetscCall(KarDenoiserSetFromOptions(*denoiser));
  PetscCall(KarDenoiserSetUp(*denoiser));
  PetscCall(KarFFTDestroy(&fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* sum_k W C S/V, a mode at a time */
static PetscErrorCode Direct(KarDenoiser denoiser, const KarLoss *how, PetscReal t, PetscReal *sum)
{
  const PetscReal *C, *lambda;
  const KarModes  *m;
  PetscReal       *a, *s, *a0, *s0, alpha, g;
  KarFFT           fft;
  KarSDE           sde;
  KarCov           data, noise;
  KarMode          mode;

  PetscFunctionBegin;
  PetscCall(KarDenoiserGetFFT(denoiser, &fft));
  PetscCall(KarDenoiserGetSDE(denoiser, &sde));
  PetscCall(KarDenoiserGetDataCovariance(denoiser, &data));
  PetscCall(KarSDEGetCovariance(sde, &noise));
  PetscCall(KarCovGetEigenvalues(data, &C));
  PetscCall(KarCovGetEigenvalues(noise, &lambda));
  PetscCall(KarFFTGetModes(fft, &m));
  const PetscInt size = m->rows * m->length;
  PetscCall(PetscMalloc4(size, &a, size, &s, size, &a0, size, &s0));
  PetscCall(KarSDEGetMarginalModes(sde, t, a, s));
  PetscCall(KarSDEGetMarginalModes(sde, PetscMax(t - how->rung, 0), a0, s0));
  PetscCall(KarSDEGetCoefficients(sde, t, &alpha, &g));
  *sum = 0;
  for (PetscInt i = 0; i < size; i++) {
    const KarLossMode one = {
      .C = C[i], .lambda = lambda[i], .a = a[i], .s = s[i], .g2 = g * g, .a0 = a0[i], .s0 = s0[i]};
    const PetscReal S = s[i] * s[i] * lambda[i], V = a[i] * a[i] * C[i] + S;

    kar_mode(m, i / m->length, i % m->length, &mode);
    if (V > 0) *sum += mode.weight * Weight(&one) * (mode.k2 == 0 ? how->mean : 1) * C[i] * S / V;
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sum, 1, MPIU_REAL, MPIU_SUM, PETSC_COMM_WORLD));
  PetscCall(PetscFree4(a, s, a0, s0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Check(const Box *box)
{
  const KarLoss how = {.weight = Weight, .mean = 7, .rung = 0.05};
  KarDenoiser   denoiser, alone;
  PetscReal     sum, own, direct;

  PetscFunctionBegin;
  PetscCall(Make(PETSC_COMM_WORLD, box, &denoiser));
  PetscCall(Make(PETSC_COMM_SELF, box, &alone));
  for (PetscReal t = 0.02; t < 1; t += 0.3) {
    PetscCall(KarDenoiserGetWienerLoss(denoiser, &how, t, &sum));
    PetscCall(KarDenoiserGetWienerLoss(alone, &how, t, &own));
    PetscCall(Direct(denoiser, &how, t, &direct));
    Claim(PetscAbsReal(sum - direct) <= 1e-13 * direct,
          "%" PetscInt_FMT "D %s %s, t = %g: %.17g by shells, %.17g mode by mode", box->dim, box->basis, box->process,
          (double)t, (double)sum, (double)direct);
    Claim(sum == own, "%" PetscInt_FMT "D %s %s, t = %g: %.17g on all ranks, %.17g on one", box->dim, box->basis,
          box->process, (double)t, (double)sum, (double)own);
  }
  PetscCall(KarDenoiserDestroy(&alone));
  PetscCall(KarDenoiserDestroy(&denoiser));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Bytes that this rank has from malloc(). */
static PetscReal Bytes(void)
{
  const struct mallinfo2 info = mallinfo2();

  return (PetscReal)(info.uordblks + info.hblkhd);
}

static PetscErrorCode Memory(void)
{
  const Box   box = {3, {120, 120, 120}, {1, 1, 1}, "periodic", "heat", {0}};
  PetscReal   bytes[2], before;
  MPI_Comm    comms[2] = {PETSC_COMM_SELF, PETSC_COMM_WORLD};
  PetscMPIInt ranks;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &ranks));
  for (int c = 0; c < 2; c++) {
    KarDenoiser denoiser;

    before = Bytes();
    PetscCall(Make(comms[c], &box, &denoiser));
    bytes[c] = Bytes() - before;
    PetscCall(KarDenoiserDestroy(&denoiser));
  }
  Claim(bytes[1] <= 1.15 * bytes[0] / ranks,
        "a denoiser of 120^3 points takes %.1f MB of each of %d ranks, %.1f MB of one", (double)bytes[1] / 1e6, ranks,
        (double)bytes[0] / 1e6);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  PetscCall(PetscOptionsSetValue(NULL, "-fno_width", "4"));
  PetscCall(PetscOptionsSetValue(NULL, "-fno_modes", "2"));
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(boxes); i++) PetscCall(Check(&boxes[i]));
  PetscCall(Memory());
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
