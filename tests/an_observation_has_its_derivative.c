/* Of observations that are not linear (phases, functions of values, a flow), H'(x) v is the central difference of H,
   and <H' v, z> = <v, H'* z>, in both bases; phases differ by the nearest of all whole turns. A field of errors
   enters the data with the variance of its spectrum. Data are fields again: each at its point, its mask 1 there and 0
   elsewhere. ranks: 1 2 3 4 */
#include "claim.h"

#include <math.h>

static PetscErrorCode CreateFFT(PetscInt dim, KarBasis basis, KarFFT *fft)
{
  const PetscInt n[3] = {16, 8, 8};
  KarGrid        grid;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_WORLD, &grid));
  PetscCall(KarGridSetSizes(grid, dim, n, NULL));
  PetscCall(KarGridSetBasis(grid, basis));
  PetscCall(KarFFTCreate(grid, fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* (H(x + e v) - H(x - e v))/2e. */
static PetscErrorCode Difference(KarObservation obs, Vec x, Vec v, PetscReal e, Vec out)
{
  Vec w, low;

  PetscFunctionBegin;
  PetscCall(VecDuplicate(x, &w));
  PetscCall(VecDuplicate(out, &low));
  PetscCall(VecWAXPY(w, e, v, x));
  PetscCall(KarObservationApply(obs, w, out));
  PetscCall(VecWAXPY(w, -e, v, x));
  PetscCall(KarObservationApply(obs, w, low));
  PetscCall(KarObservationResidual(obs, out, low, out));
  PetscCall(VecScale(out, 1 / (2 * e)));
  PetscCall(VecDestroy(&w));
  PetscCall(VecDestroy(&low));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Derivative(KarFFT fft, const char type[], PetscReal tolerance)
{
  KarObservation obs;
  PetscReal      left, right, size, off;
  Mat            H;
  Vec            x, v, back, y, z, d;

  PetscFunctionBegin;
  PetscCall(KarObservationCreate(fft, &obs));
  PetscCall(KarObservationSetType(obs, type));
  PetscCall(KarObservationSetParameter(obs, "every", 2));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(VecDuplicate(x, &v));
  PetscCall(VecDuplicate(x, &back));
  PetscCall(KarFFTFillNormal(fft, (KarKey){.seed = 3, .stream = KAR_STREAM_TEST}, x));
  PetscCall(KarFFTFillNormal(fft, (KarKey){.seed = 4, .stream = KAR_STREAM_TEST}, v));
  PetscCall(VecScale(x, 0.1));
  PetscCall(VecScale(v, 0.1));
  PetscCall(KarObservationCreateData(obs, &y));
  PetscCall(VecDuplicate(y, &z));
  PetscCall(VecDuplicate(y, &d));
  PetscCall(KarObservationSample(obs, (KarKey){.seed = 6}, NULL, z));
  PetscCall(KarObservationLinearise(obs, x, NULL, &H));
  PetscCall(MatMult(H, v, y));
  PetscCall(MatMultTranspose(H, z, back));
  PetscCall(VecDot(y, z, &left));
  PetscCall(VecDot(v, back, &right));
  PetscCall(VecNorm(back, NORM_2, &size));
  Claim(PetscAbsReal(left - right) <= 1e-12 * size, "%s: <H'v, z> %.17g, <v, H'*z> %.17g", type, (double)left,
        (double)right);
  PetscCall(Difference(obs, x, v, 1e-5, d));
  PetscCall(VecNorm(y, NORM_2, &size));
  PetscCall(VecAXPY(d, -1, y));
  PetscCall(VecNorm(d, NORM_2, &off));
  Claim(size > 0 && off <= tolerance * size, "%s: H'v is off by %g of %g", type, (double)off, (double)size);
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&v));
  PetscCall(VecDestroy(&back));
  PetscCall(VecDestroy(&y));
  PetscCall(VecDestroy(&z));
  PetscCall(VecDestroy(&d));
  PetscCall(KarObservationDestroy(&obs));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Data without a field are errors alone: their mean square over 100 draws of 16 is that of Q at a point and gamma^2,
   within a quarter, which is 3.5 standard errors or more: a false alarm is rarer than 1e-3 for another seed. */
static PetscErrorCode Errors(KarFFT fft)
{
  PetscReal        sum = 0, square, expected = 0.04;
  const PetscReal *lambda;
  const KarModes  *m;
  KarObservation   obs;
  KarMode          mode;
  KarCov           cov;
  Vec              y;

  PetscFunctionBegin;
  PetscCall(KarCovCreate(fft, &cov));
  PetscCall(KarCovSetType(cov, KARCOVMATERN));
  PetscCall(KarCovSetParameter(cov, "tau", 30));
  PetscCall(KarObservationCreate(fft, &obs));
  PetscCall(KarObservationSetParameter(obs, "every", 1));
  PetscCall(KarObservationSetParameter(obs, "noise", 0.2));
  PetscCall(KarObservationSetCorrelatedNoise(obs, cov));
  PetscCall(KarObservationCreateData(obs, &y));
  PetscCall(KarCovGetEigenvalues(cov, &lambda));
  PetscCall(KarFFTGetModes(fft, &m));
  for (PetscInt j = 0; j < m->rows * m->length; j++) {
    kar_mode(m, j / m->length, j % m->length, &mode);
    if (!mode.nyquist) sum += lambda[j] * (mode.self ? 1 : mode.weight);
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPIU_REAL, MPIU_SUM, PETSC_COMM_WORLD));
  expected += sum, sum = 0;
  for (PetscInt i = 0; i < 100; i++) {
    PetscCall(KarObservationSample(obs, (KarKey){.seed = 1, .sample = i}, NULL, y));
    PetscCall(VecDot(y, y, &square));
    sum += square / (16 * 100);
  }
  ClaimNear(sum, expected, 0.25 * expected);
  PetscCall(VecDestroy(&y));
  PetscCall(KarObservationDestroy(&obs));
  PetscCall(KarCovDestroy(&cov));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Data of modes are the field of least norm that has them: of a field of these modes the field itself. */
static PetscErrorCode EncodedModes(KarFFT fft)
{
  KarObservation obs;
  KarGrid        grid;
  PetscReal      size, off;
  Mat            H;
  Vec            x, y, values, mask, again;

  PetscFunctionBegin;
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridCreateField(grid, &values));
  PetscCall(VecDuplicate(values, &mask));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(VecDuplicate(x, &again));
  PetscCall(KarObservationCreate(fft, &obs));
  PetscCall(KarObservationSetType(obs, KAROBSERVATIONMODES));
  PetscCall(KarObservationSetParameter(obs, "modes", 3));
  PetscCall(KarObservationCreateData(obs, &y));
  PetscCall(KarObservationSample(obs, (KarKey){.seed = 6}, NULL, y));
  PetscCall(KarObservationGetMatrix(obs, &H));
  PetscCall(MatMultTranspose(H, y, x));
  PetscCall(KarObservationEncode(obs, y, values, mask));
  PetscCall(KarFFTForward(fft, values, again));
  PetscCall(VecNorm(x, NORM_2, &size));
  PetscCall(VecAXPY(again, -1, x));
  PetscCall(VecNorm(again, NORM_2, &off));
  Claim(off <= 1e-12 * size, "the field of modes is off by %g of %g", (double)off, (double)size);
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&y));
  PetscCall(VecDestroy(&values));
  PetscCall(VecDestroy(&mask));
  PetscCall(VecDestroy(&again));
  PetscCall(KarObservationDestroy(&obs));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Encoded(KarFFT fft)
{
  const PetscReal x[3] = {2. / 16, 5. / 16, 5. / 16}, given[3] = {1.5, 2, 4};
  PetscReal       sum, count, square;
  KarObservation  obs;
  KarGrid         grid;
  Vec             y, values, mask;

  PetscFunctionBegin;
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridCreateField(grid, &values));
  PetscCall(VecDuplicate(values, &mask));
  PetscCall(KarObservationCreate(fft, &obs));
  PetscCall(KarObservationSetPlaces(obs, 3, x, NULL));
  PetscCall(KarObservationCreateData(obs, &y));
  PetscCall(KarObservationSetData(obs, 3, given, y));
  PetscCall(KarObservationEncode(obs, y, values, mask));
  PetscCall(VecSum(values, &sum));
  PetscCall(VecSum(mask, &count));
  PetscCall(VecDot(values, values, &square));
  ClaimNear(sum, 1.5 + 3, 1e-14);
  ClaimNear(square, 1.5 * 1.5 + 9, 1e-13);
  ClaimNear(count, 2, 0);
  PetscCall(VecDestroy(&y));
  PetscCall(KarObservationDestroy(&obs));
  PetscCall(VecDestroy(&values));
  PetscCall(VecDestroy(&mask));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Through a flow, of the vorticity and of the force: the derivative is that of the steps, whether their slopes are kept
   (keep, MiB) or made again, and the values are those of src/flow. */
static PetscErrorCode Flow(PetscBool forcing, PetscReal keep)
{
  const PetscInt  n[2]      = {16, 20};
  const PetscReal length[2] = {2 * PETSC_PI, 2 * PETSC_PI};
  const KarFlow   flow      = {.nu = 0.05, .cfl = 100, .dt = 0.05, .advection = PETSC_TRUE, .scheme = KAR_FLOW_RK4};
  KarObservation  obs, points;
  KarFluid        fluid;
  KarGrid         grid;
  KarFFT          fft;
  PetscReal       left, right, size, off;
  Mat             H;
  Vec             x, v, w, rest, back, y, z, d;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_WORLD, &grid));
  PetscCall(KarGridSetSizes(grid, 2, n, length));
  PetscCall(KarFFTCreate(grid, &fft));
  PetscCall(KarGridDestroy(&grid));
  PetscCall(KarObservationCreate(fft, &obs));
  PetscCall(KarObservationSetType(obs, KAROBSERVATIONFLOW));
  PetscCall(KarObservationSetParameter(obs, "every", 4));
  PetscCall(KarObservationSetParameter(obs, "time", 0.4));
  PetscCall(KarObservationSetParameter(obs, "viscosity", 0.05));
  PetscCall(KarObservationSetParameter(obs, "step", 0.05));
  PetscCall(KarObservationSetParameter(obs, "forcing", forcing));
  PetscCall(KarObservationSetParameter(obs, "keep", keep));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(VecDuplicate(x, &v));
  PetscCall(VecDuplicate(x, &w));
  PetscCall(VecDuplicate(x, &rest));
  PetscCall(VecDuplicate(x, &back));
  PetscCall(KarFFTFillNormal(fft, (KarKey){.seed = 3, .stream = KAR_STREAM_TEST}, x));
  PetscCall(KarFFTFillNormal(fft, (KarKey){.seed = 4, .stream = KAR_STREAM_TEST}, v));
  PetscCall(VecScale(x, 0.3));
  PetscCall(KarObservationCreateData(obs, &y));
  PetscCall(VecDuplicate(y, &z));
  PetscCall(VecDuplicate(y, &d));
  PetscCall(KarObservationSample(obs, (KarKey){.seed = 6}, NULL, z));
  PetscCall(KarObservationLinearise(obs, x, d, &H));
  PetscCall(MatMult(H, v, y));
  PetscCall(MatMultTranspose(H, z, back));
  PetscCall(VecDot(y, z, &left));
  PetscCall(VecDot(v, back, &right));
  PetscCall(VecNorm(back, NORM_2, &size));
  Claim(size > 0 && PetscAbsReal(left - right) <= 1e-12 * PetscMax(size, 1), "flow: <H'v, z> %.17g, <v, H'*z> %.17g",
        (double)left, (double)right);
  PetscCall(KarFluidCreate(fft, &flow, &fluid));
  PetscCall(VecCopy(x, forcing ? rest : w));
  PetscCall(KarFluidSolve(fluid, 0.4, rest, w, NULL));
  PetscCall(KarObservationCreate(fft, &points));
  PetscCall(KarObservationSetParameter(points, "every", 4));
  PetscCall(KarObservationApply(points, w, z));
  PetscCall(VecNorm(z, NORM_2, &size));
  PetscCall(VecAXPY(z, -1, d));
  PetscCall(VecNorm(z, NORM_2, &off));
  Claim(off <= 1e-12 * size, "flow: the values are off by %g of %g", (double)off, (double)size);
  PetscCall(Difference(obs, x, v, 1e-5, d));
  PetscCall(VecNorm(y, NORM_2, &size));
  PetscCall(VecAXPY(d, -1, y));
  PetscCall(VecNorm(d, NORM_2, &off));
  Claim(size > 0 && off <= 1e-7 * size, "flow: H'v is off by %g of %g", (double)off, (double)size);
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&v));
  PetscCall(VecDestroy(&w));
  PetscCall(VecDestroy(&rest));
  PetscCall(VecDestroy(&back));
  PetscCall(VecDestroy(&y));
  PetscCall(VecDestroy(&z));
  PetscCall(VecDestroy(&d));
  PetscCall(KarFluidDestroy(&fluid));
  PetscCall(KarObservationDestroy(&points));
  PetscCall(KarObservationDestroy(&obs));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  static const char *const types[] = {KAROBSERVATIONSQUARE, KAROBSERVATIONTANH, KAROBSERVATIONPHASE,
                                      KAROBSERVATIONPOINTS};

  PetscFunctionBegin;
  for (int basis = 0; basis < 2; basis++)
    for (PetscInt dim = 1; dim <= 3; dim++) {
      KarFFT fft;

      PetscCall(CreateFFT(dim, (KarBasis)basis, &fft));
      for (int i = 0; i < 4; i++) PetscCall(Derivative(fft, types[i], 1e-8));
      PetscCall(EncodedModes(fft));
      if (dim == 1 && !basis) {
        PetscCall(Errors(fft));
        PetscCall(Encoded(fft));
      }
      PetscCall(KarFFTDestroy(&fft));
    }
  for (int keep = 0; keep < 2; keep++) {
    PetscCall(Flow(PETSC_FALSE, keep));
    PetscCall(Flow(PETSC_TRUE, keep));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
