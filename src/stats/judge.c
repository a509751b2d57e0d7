/* Numbers of one field on the torus, from its coordinates, in whole fields or slabs:
   quantiles of |grad u|^2 over its mean; E v^2 and E v^4 of gradients, of the Laplacian, of increments u(x + r h e_a)
   - u(x) and of the field in a band of |kappa|, and how the band's square follows |grad u|^2 of the modes below it; of
   a vorticity w = -lap psi with
   u = (d_y psi, -d_x psi): nonlinearity and enstrophy flux. */
#include "statsimpl.h"
#include <karhunen/judge.h>

struct _p_KarJudge {
  KarFFT      fft;
  KarGridInfo grid;
  PetscBool   flow;
  PetscInt    shells, count; /* count: modes of this rank */
  PetscReal   most;          /* the greatest |kappa| */
  PetscReal  *kappa;         /* [modes]: |k| L / 2 pi; -1 at Nyquist */
  PetscReal  *axis;          /* [modes]: greatest |index| along an axis */
  PetscReal  *laplacian, *stream;
  Vec         y, z, low;      /* coordinates */
  Vec         v, square, sum; /* fields */
};

typedef struct {
  PetscReal unit;
} Scale;

static const PetscInt edge[KAR_JUDGE_BANDS + 1] = {2, 4, 8, 16, 32, 43, 64, 85, 128, 171, 256};

static PetscReal Kappa(const KarMode *mode, void *ctx)
{
  return mode->nyquist ? -1 : PetscSqrtReal(mode->k2) / ((const Scale *)ctx)->unit;
}

static PetscReal Axis(const KarMode *mode, void *ctx)
{
  return (PetscReal)PetscMax(PetscMax(PetscAbsInt(mode->index[0]), PetscAbsInt(mode->index[1])),
                             PetscAbsInt(mode->index[2]));
}

static PetscReal Laplacian(const KarMode *mode, void *ctx)
{
  return mode->nyquist ? 0 : -mode->k2;
}

static PetscReal Stream(const KarMode *mode, void *ctx)
{
  return mode->nyquist || !(mode->k2 > 0) ? 0 : 1 / mode->k2;
}

PetscErrorCode KarJudgeCreate(KarFFT fft, PetscBool flow, KarJudge *out)
{
  const KarModes *modes;
  KarGrid         grid;
  KarJudge        judge;
  Scale           scale;

  PetscFunctionBegin;
  PetscCall(PetscNew(&judge));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &judge->grid));
  KarCheck(judge->grid.comm, judge->grid.dof == 1 && judge->grid.basis == KAR_BASIS_PERIODIC, PETSC_ERR_ARG_SIZ,
           "judges of %s fields with %" PetscInt_FMT " components: give periodic ones of one component",
           KarBases[judge->grid.basis], judge->grid.dof);
  KarCheck(judge->grid.comm, !flow || judge->grid.dim == 2, PETSC_ERR_ARG_SIZ,
           "a vorticity in %" PetscInt_FMT
           " dimensions: the flow of one number a point is known in a plane; leave out -evaluate_flow",
           judge->grid.dim);
  judge->fft  = fft;
  judge->flow = flow;
  PetscCall(KarFFTReference(fft));
  scale.unit = 2 * PETSC_PI /
               PetscMax(PetscMax(judge->grid.length[0], judge->grid.dim > 1 ? judge->grid.length[1] : 0),
                        judge->grid.dim > 2 ? judge->grid.length[2] : 0);
  PetscCall(KarStatsShells(fft, &judge->shells));
  PetscCall(KarFFTGetModes(fft, &modes));
  judge->count = modes->rows * modes->length;
  for (PetscInt a = 0; a < judge->grid.dim; a++)
    judge->most +=
      PetscSqr((PetscReal)((judge->grid.n[a] - 1) / 2) * 2 * PETSC_PI / (judge->grid.length[a] * scale.unit));
  judge->most = PetscSqrtReal(judge->most);
  PetscCall(KarFFTCreateMultiplier(fft, Kappa, &scale, &judge->kappa));
  PetscCall(KarFFTCreateMultiplier(fft, Axis, NULL, &judge->axis));
  PetscCall(KarFFTCreateMultiplier(fft, Laplacian, NULL, &judge->laplacian));
  PetscCall(KarFFTCreateMultiplier(fft, Stream, NULL, &judge->stream));
  PetscCall(KarFFTCreateCoordinates(fft, &judge->y));
  PetscCall(VecDuplicate(judge->y, &judge->z));
  PetscCall(VecDuplicate(judge->y, &judge->low));
  PetscCall(KarGridCreateField(grid, &judge->v));
  PetscCall(VecDuplicate(judge->v, &judge->square));
  PetscCall(VecDuplicate(judge->v, &judge->sum));
  *out = judge;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* pair += weight (E v^2, E v^4) of judge->v. */
static PetscErrorCode AddPair(KarJudge judge, PetscReal weight, PetscReal pair[2])
{
  PetscReal square;
  PetscInt  n;

  PetscFunctionBegin;
  PetscCall(VecGetSize(judge->v, &n));
  PetscCall(VecPointwiseMult(judge->square, judge->v, judge->v));
  PetscCall(VecSum(judge->square, &square));
  pair[0] += weight * square / (PetscReal)n;
  PetscCall(VecDot(judge->square, judge->square, &square));
  pair[1] += weight * square / (PetscReal)n;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Quantiles of judge->sum, which is sorted in place, over its mean; between two order statistics, linear. Behind them
   the share of points below a hundredth of it. */
static PetscErrorCode Quantiles(KarJudge judge, PetscReal mean, PetscReal quantile[])
{
  static const PetscReal share[KAR_JUDGE_QUANTILES] = {0.05, 0.25, 0.5};
  PetscInt64             rank[2 * KAR_JUDGE_QUANTILES];
  PetscReal              value[2 * KAR_JUDGE_QUANTILES];
  PetscScalar           *v;
  PetscInt               n, all;

  PetscFunctionBegin;
  PetscCall(VecGetSize(judge->sum, &all));
  PetscCall(VecGetLocalSize(judge->sum, &n));
  for (int q = 0; q < KAR_JUDGE_QUANTILES; q++) {
    rank[2 * q]     = (PetscInt64)(share[q] * (PetscReal)(all - 1));
    rank[2 * q + 1] = PetscMin(rank[2 * q] + 1, (PetscInt64)all - 1);
  }
  PetscCall(VecGetArray(judge->sum, &v));
  PetscCall(KarSortReals(n, v));
  PetscCall(KarOrderStatistics(judge->grid.comm, n, v, 2 * KAR_JUDGE_QUANTILES, rank, value));
  PetscCall(KarShareBelow(judge->grid.comm, n, v, all, 0.01 * mean, &quantile[KAR_JUDGE_QUANTILES]));
  PetscCall(VecRestoreArray(judge->sum, &v));
  for (int q = 0; q < KAR_JUDGE_QUANTILES; q++) {
    const PetscReal part = share[q] * (PetscReal)(all - 1) - (PetscReal)rank[2 * q];

    quantile[q] = mean > 0 ? ((1 - part) * value[2 * q] + part * value[2 * q + 1]) / mean : 0;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Gradients(KarJudge judge, Vec x, PetscReal row[])
{
  PetscFunctionBegin;
  PetscCall(VecZeroEntries(judge->sum));
  for (PetscInt a = 0; a < judge->grid.dim; a++) {
    PetscCall(KarFFTDerivative(judge->fft, a, x, judge->y));
    PetscCall(KarFFTInverse(judge->fft, judge->y, judge->v));
    PetscCall(AddPair(judge, 1 / (PetscReal)judge->grid.dim, row + KAR_JUDGE_GRADIENT));
    PetscCall(VecAXPY(judge->sum, 1, judge->square));
  }
  PetscCall(Quantiles(judge, row[KAR_JUDGE_GRADIENT] * (PetscReal)judge->grid.dim, row + KAR_JUDGE_QUIET));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* (e^{i k_a r h} - 1) u^ in y. */
static PetscErrorCode Increment(KarJudge judge, PetscInt axis, PetscInt r, Vec x)
{
  const PetscReal    h = (PetscReal)r * judge->grid.length[axis] / (PetscReal)judge->grid.n[axis];
  const PetscScalar *u;
  const KarModes    *modes;
  PetscScalar       *y;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(judge->fft, &modes));
  PetscCall(VecGetArrayRead(x, &u));
  PetscCall(VecGetArrayWrite(judge->y, &y));
  for (PetscInt i = 0; i < modes->rows; i++)
    for (PetscInt j = 0; j < modes->length; j++) {
      KarMode   mode;
      PetscReal c, s;

      kar_mode(modes, i, j, &mode);
      c                  = mode.nyquist ? 0 : PetscCosReal(mode.k[axis] * h) - 1;
      s                  = mode.nyquist ? 0 : PetscSinReal(mode.k[axis] * h);
      y[mode.offset]     = c * u[mode.offset] - s * u[mode.offset + 1];
      y[mode.offset + 1] = c * u[mode.offset + 1] + s * u[mode.offset];
    }
  PetscCall(VecRestoreArrayWrite(judge->y, &y));
  PetscCall(VecRestoreArrayRead(x, &u));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Modes of x with low <= |kappa| < high in y. */
static PetscErrorCode Band(KarJudge judge, PetscReal low, PetscReal high, Vec x, Vec y)
{
  PetscScalar *v;

  PetscFunctionBegin;
  PetscCall(VecCopy(x, y));
  PetscCall(VecGetArray(y, &v));
  for (PetscInt i = 0; i < judge->count; i++)
    if (judge->kappa[i] < low || judge->kappa[i] >= high) v[2 * i] = v[2 * i + 1] = 0;
  PetscCall(VecRestoreArray(y, &v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Correlation over the points of judge->square, the square of a band from `low` on, with |grad|^2 of the modes below
   it. */
static PetscErrorCode Follow(KarJudge judge, PetscReal low, Vec x, PetscReal *correlation)
{
  PetscReal mean, both, one, other;
  PetscInt  n;

  PetscFunctionBegin;
  PetscCall(VecCopy(judge->square, judge->sum));
  PetscCall(Band(judge, 0, low, x, judge->low));
  PetscCall(VecZeroEntries(judge->v));
  for (PetscInt a = 0; a < judge->grid.dim; a++) {
    PetscCall(KarFFTDerivative(judge->fft, a, judge->low, judge->y));
    PetscCall(KarFFTInverse(judge->fft, judge->y, judge->square));
    PetscCall(VecPointwiseMult(judge->square, judge->square, judge->square));
    PetscCall(VecAXPY(judge->v, 1, judge->square));
  }
  PetscCall(VecGetSize(judge->v, &n));
  PetscCall(VecSum(judge->v, &mean));
  PetscCall(VecShift(judge->v, -mean / (PetscReal)n));
  PetscCall(VecSum(judge->sum, &mean));
  PetscCall(VecShift(judge->sum, -mean / (PetscReal)n));
  PetscCall(VecDot(judge->v, judge->sum, &both));
  PetscCall(VecNorm(judge->v, NORM_2, &one));
  PetscCall(VecNorm(judge->sum, NORM_2, &other));
  *correlation = one * other > 0 ? both / (one * other) : 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Scales(KarJudge judge, Vec x, PetscReal row[])
{
  PetscFunctionBegin;
  PetscCall(VecCopy(x, judge->y));
  PetscCall(KarFFTMultiply(judge->fft, judge->laplacian, judge->y));
  PetscCall(KarFFTInverse(judge->fft, judge->y, judge->v));
  PetscCall(AddPair(judge, 1, row + KAR_JUDGE_LAPLACIAN));
  for (PetscInt r = 0; r < KAR_JUDGE_INCREMENTS; r++)
    for (PetscInt a = 0; a < judge->grid.dim; a++) {
      PetscCall(Increment(judge, a, (PetscInt)1 << r, x));
      PetscCall(KarFFTInverse(judge->fft, judge->y, judge->v));
      PetscCall(AddPair(judge, 1 / (PetscReal)judge->grid.dim, row + KAR_JUDGE_INCREMENT + 2 * r));
    }
  for (PetscInt b = 0; b < KAR_JUDGE_BANDS && edge[b] < judge->shells; b++) {
    PetscCall(Band(judge, (PetscReal)edge[b], (PetscReal)edge[b + 1], x, judge->y));
    PetscCall(KarFFTInverse(judge->fft, judge->y, judge->v));
    PetscCall(AddPair(judge, 1, row + KAR_JUDGE_BAND + 2 * b));
    if (row[KAR_JUDGE_BAND + 2 * b] > 0) PetscCall(Follow(judge, (PetscReal)edge[b], x, row + KAR_JUDGE_FOLLOW + b));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* sum += (plus or minus) d_b psi d_a w, a != b, in a plane: u_1 = d_0 psi, u_0 = -d_1 psi; *speed += mean square of
   u_a. */
static PetscErrorCode Advect(KarJudge judge, PetscInt a, Vec x, PetscReal *speed)
{
  PetscReal pair[2] = {0};

  PetscFunctionBegin;
  PetscCall(VecCopy(x, judge->z));
  PetscCall(KarFFTMultiply(judge->fft, judge->stream, judge->z));
  PetscCall(KarFFTDerivative(judge->fft, 1 - a, judge->z, judge->y));
  PetscCall(KarFFTInverse(judge->fft, judge->y, judge->v));
  PetscCall(AddPair(judge, 1, pair));
  *speed += pair[0];
  PetscCall(KarFFTDerivative(judge->fft, a, x, judge->y));
  PetscCall(KarFFTInverse(judge->fft, judge->y, judge->square));
  PetscCall(VecPointwiseMult(judge->v, judge->v, judge->square));
  PetscCall(VecAXPY(judge->sum, a == 1 ? 1 : -1, judge->v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* u.grad w in judge->sum, and <(u.grad w)^2> / (<|u|^2> <|grad w|^2>). */
static PetscErrorCode Nonlinearity(KarJudge judge, Vec x, PetscReal *value)
{
  PetscReal speed = 0, pair[2] = {0}, gradient;

  PetscFunctionBegin;
  PetscCall(VecCopy(x, judge->y));
  PetscCall(KarFFTMultiply(judge->fft, judge->laplacian, judge->y));
  PetscCall(VecDot(x, judge->y, &gradient));
  PetscCall(VecZeroEntries(judge->sum));
  for (PetscInt a = 0; a < 2; a++) PetscCall(Advect(judge, a, x, &speed));
  PetscCall(VecCopy(judge->sum, judge->v));
  PetscCall(AddPair(judge, 1, pair));
  *value = speed * -gradient > 0 ? pair[0] / (speed * -gradient) : 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Flow(KarJudge judge, Vec x, PetscReal row[])
{
  PetscReal square;

  PetscFunctionBegin;
  PetscCall(Nonlinearity(judge, x, &row[KAR_JUDGE_NONLINEARITY]));
  PetscCall(KarFFTForward(judge->fft, judge->sum, judge->y));
  PetscCall(Band(judge, 0, PETSC_MAX_REAL, x, judge->z));
  PetscCall(VecDot(judge->z, judge->z, &square));
  for (PetscInt f = 0; f < KAR_JUDGE_FLUXES && square > 0; f++) {
    const PetscReal high = 4 * (PetscReal)(f + 1) + 0.5;

    if (high > judge->most) break; /* nothing is beyond: the whole transfer, which is rounding and aliases */
    PetscCall(Band(judge, 0, high, x, judge->z));
    PetscCall(VecDot(judge->z, judge->y, &row[KAR_JUDGE_FLUX + f]));
    row[KAR_JUDGE_FLUX + f] /= PetscPowReal(square, 1.5);
  }
  for (PetscInt l = 0; l < KAR_JUDGE_LOWS && ((PetscInt)4 << l) <= judge->shells; l++) {
    PetscCall(Band(judge, 0, (PetscReal)((PetscInt)4 << l), x, judge->low));
    PetscCall(Nonlinearity(judge, judge->low, &row[KAR_JUDGE_LOW + l]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Slope of the spectrum, and how far it reaches: squares max |index_a| = j with less than 1e-14 of all power are
   rounding. */
static PetscErrorCode Spectrum(KarJudge judge, Vec x, PetscReal row[])
{
  const PetscInt     most = PetscMax(PetscMax(judge->grid.n[0], judge->grid.n[1]), judge->grid.n[2]) / 2 + 1;
  const PetscScalar *v;
  PetscReal         *power, all = 0, n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(PetscMax(most, judge->shells), &power));
  PetscCall(KarStatsSpectrum(judge->fft, x, judge->shells, power));
  for (PetscInt j = 4; j <= judge->shells / 2; j++) {
    const PetscReal lx = PetscLogReal((PetscReal)j), ly = power[j] > 0 ? PetscLogReal(power[j]) : 0;

    if (!(power[j] > 0)) continue;
    n++, sx += lx, sy += ly, sxx += lx * lx, sxy += lx * ly;
  }
  row[KAR_JUDGE_SLOPE] = n > 1 ? (n * sxy - sx * sy) / (n * sxx - sx * sx) : 0;
  PetscCall(PetscArrayzero(power, PetscMax(most, judge->shells)));
  PetscCall(VecGetArrayRead(x, &v));
  for (PetscInt i = 0; i < judge->count; i++)
    if (judge->kappa[i] >= 0) power[(PetscInt)judge->axis[i]] += PetscSqr(v[2 * i]) + PetscSqr(v[2 * i + 1]);
  PetscCall(VecRestoreArrayRead(x, &v));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, power, (int)most, MPIU_REAL, MPI_SUM, judge->grid.comm));
  for (PetscInt j = 0; j < most; j++) all += power[j];
  for (PetscInt j = 0; j < most; j++)
    if (power[j] > 1e-14 * all) row[KAR_JUDGE_REACH] = (PetscReal)j;
  PetscCall(PetscFree(power));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarJudgeField(KarJudge judge, Vec x, PetscReal row[])
{
  PetscFunctionBegin;
  PetscCall(PetscArrayzero(row, KAR_JUDGE_COLUMNS));
  PetscCall(Gradients(judge, x, row));
  PetscCall(Scales(judge, x, row));
  PetscCall(Spectrum(judge, x, row));
  if (judge->flow) PetscCall(Flow(judge, x, row));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarJudgeDestroy(KarJudge *out)
{
  KarJudge judge = *out;

  PetscFunctionBegin;
  *out = NULL;
  if (!judge) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscFree(judge->kappa));
  PetscCall(PetscFree(judge->axis));
  PetscCall(PetscFree(judge->laplacian));
  PetscCall(PetscFree(judge->stream));
  PetscCall(VecDestroy(&judge->y));
  PetscCall(VecDestroy(&judge->z));
  PetscCall(VecDestroy(&judge->low));
  PetscCall(VecDestroy(&judge->v));
  PetscCall(VecDestroy(&judge->square));
  PetscCall(VecDestroy(&judge->sum));
  PetscCall(KarFFTDestroy(&judge->fft));
  PetscCall(PetscFree(judge));
  PetscFunctionReturn(PETSC_SUCCESS);
}
