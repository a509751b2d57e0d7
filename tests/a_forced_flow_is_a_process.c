/* The vorticity of a plane flow under white noise as a process: its advection does no work on enstrophy or energy to
   1e-13; the adjoint of the drift's derivative is its transpose to 1e-12, and its derivative the differences; where the
   advection is off a run forward and a guided bridge are those of the linear law to 1e-12, with
   weights 1; and what the noise puts in is what viscosity takes out and the flow keeps,
     |w(T)|^2 - |w(0)|^2 = int (tr C - 2 nu |grad w|^2) dt,
   within 5 standard errors of 24 paths (false alarms 1 in 10^6; fixed seed); on three times the steps the
   same.  ranks: 1 3 4 */
#include "claim.h"

static PetscErrorCode Create(PetscReal nu, PetscReal variance, KarSDEType type, KarSDE *sde, KarFFT *fft)
{
  const PetscInt  n[]      = {20, 16};
  const PetscReal length[] = {6, 5};
  KarGrid         grid;
  KarCov          cov;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_WORLD, &grid));
  PetscCall(KarGridSetSizes(grid, 2, n, length));
  PetscCall(KarFFTCreate(grid, fft));
  PetscCall(KarCovCreate(*fft, &cov));
  PetscCall(KarCovSetType(cov, KARCOVMATERN));
  PetscCall(KarCovSetParameter(cov, "alpha", 4));
  PetscCall(KarCovSetParameter(cov, "tau", 2));
  PetscCall(KarCovSetVariance(cov, variance));
  PetscCall(KarSDECreate(cov, sde));
  PetscCall(KarSDESetType(*sde, type));
  PetscCall(KarSDESetParameter(*sde, "nu", nu));
  PetscCall(KarSDESetUp(*sde));
  PetscCall(KarCovDestroy(&cov));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Draw(KarSDE sde, PetscInt i, Vec x)
{
  KarCov cov;

  PetscFunctionBegin;
  PetscCall(KarSDEGetCovariance(sde, &cov));
  PetscCall(KarCovSample(cov, (KarKey){.seed = 3, .sample = i}, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Advection(void)
{
  KarAdvection     advection;
  const PetscReal *inverse;
  KarSDE           sde;
  KarFFT           fft;
  Vec              w, v, z, f, g;
  PetscReal        dot[2], size[2], e = 1e-5;

  PetscFunctionBegin;
  PetscCall(Create(.01, 4, KARSDENAVIERSTOKES, &sde, &fft));
  PetscCall(KarAdvectionCreate(fft, &advection));
  PetscCall(KarFFTCreateCoordinates(fft, &w));
  PetscCall(VecDuplicate(w, &v));
  PetscCall(VecDuplicate(w, &z));
  PetscCall(VecDuplicate(w, &f));
  PetscCall(VecDuplicate(w, &g));
  PetscCall(Draw(sde, 0, w));
  PetscCall(Draw(sde, 1, v));
  PetscCall(Draw(sde, 2, z));
  PetscCall(KarAdvectionApply(advection, w, f));
  PetscCall(VecNorm(f, NORM_2, &size[0]));
  PetscCall(VecDot(f, w, &dot[0]));
  PetscCall(KarAdvectionGetMultipliers(advection, NULL, &inverse));
  PetscCall(KarFFTMultiply(fft, inverse, f));
  PetscCall(VecDot(f, w, &dot[1]));
  Claim(size[0] > .1 && PetscAbsReal(dot[0]) < 1e-13 * size[0] && PetscAbsReal(dot[1]) < 1e-13 * size[0],
        "advection of size %g works %g on enstrophy, %g on energy", (double)size[0], (double)dot[0], (double)dot[1]);
  PetscCall(KarSDEDriftAdjoint(sde, 0, w, z, g));
  PetscCall(VecDot(g, v, &dot[0])); /* <F'(w)* z, v> */
  PetscCall(KarAdvectionDerivative(advection, w, v, PETSC_FALSE, f));
  PetscCall(VecDot(f, z, &dot[1]));
  PetscCall(VecCopy(w, g)); /* the linear part is what the drift adds */
  PetscCall(KarSDEDrift(sde, 0, v, g));
  PetscCall(VecDot(g, z, &size[0]));
  PetscCall(KarAdvectionApply(advection, v, g));
  PetscCall(VecDot(g, z, &size[1]));
  ClaimNear(dot[0], dot[1] + size[0] - size[1], 1e-12 * PetscAbsReal(dot[0]));
  for (int sign = -1; sign < 2; sign += 2) { /* differences: quadratic, so exact but for rounding */
    PetscCall(VecWAXPY(z, sign * e, v, w));
    PetscCall(KarAdvectionApply(advection, z, g));
    PetscCall(VecAXPY(f, -sign / (2 * e), g));
  }
  PetscCall(VecNorm(f, NORM_2, &size[0]));
  PetscCall(VecNorm(g, NORM_2, &size[1]));
  Claim(size[0] < 1e-9 * size[1], "the derivative is off by %g of %g", (double)size[0], (double)size[1]);
  PetscCall(VecDestroy(&w));
  PetscCall(VecDestroy(&v));
  PetscCall(VecDestroy(&z));
  PetscCall(VecDestroy(&f));
  PetscCall(VecDestroy(&g));
  PetscCall(KarAdvectionDestroy(&advection));
  PetscCall(KarSDEDestroy(&sde));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A bridge from 0 to data of a draw's modes, in 4 steps, and its log density. */
static PetscErrorCode Bridge(KarSDE sde, KarFFT fft, Vec path[], KarBridgeInfo *info)
{
  KarObservation obs;
  KarBridge      bridge;
  Vec            y;

  PetscFunctionBegin;
  PetscCall(KarObservationCreate(fft, &obs));
  PetscCall(KarObservationSetType(obs, KAROBSERVATIONMODES));
  PetscCall(KarObservationSetParameter(obs, "modes", 1));
  PetscCall(KarObservationSetParameter(obs, "noise", .1));
  PetscCall(KarObservationCreateData(obs, &y));
  PetscCall(Draw(sde, 4, path[0]));
  PetscCall(KarObservationApply(obs, path[0], y));
  PetscCall(KarBridgeCreate(sde, &bridge));
  PetscCall(KarBridgeSetObservation(bridge, obs, y));
  PetscCall(KarBridgeSetSteps(bridge, 4));
  PetscCall(KarBridgeSetParticles(bridge, 2));
  for (int p = 0; p < 2; p++) PetscCall(Draw(sde, 5, path[p]));
  PetscCall(KarBridgeSolve(bridge, (KarKey){.seed = 1}, path, info, NULL));
  PetscCall(KarBridgeDestroy(&bridge));
  PetscCall(KarObservationDestroy(&obs));
  PetscCall(VecDestroy(&y));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Stokes(void)
{
  KarSDE        sde[2];
  KarFFT        fft[2];
  KarBridgeInfo info[2];
  Vec           x[2], *path[2];
  PetscReal     off, size;

  PetscFunctionBegin;
  for (int i = 0; i < 2; i++) {
    PetscCall(Create(.3, 4, i ? KARSDEALLENCAHN : KARSDENAVIERSTOKES, &sde[i], &fft[i]));
    PetscCall(KarSDESetParameter(sde[i], i ? "rate" : "advection", 0));
    PetscCall(KarFFTCreateCoordinates(fft[i], &x[i]));
    PetscCall(Draw(sde[i], 0, x[i]));
    PetscCall(KarSDEStep(sde[i], 0, 1, (KarKey){.seed = 1}, x[i]));
    PetscCall(VecDuplicateVecs(x[i], 10, &path[i]));
    PetscCall(Bridge(sde[i], fft[i], path[i], &info[i]));
  }
  PetscCall(VecNorm(x[0], NORM_2, &size));
  PetscCall(VecAXPY(x[1], -1, x[0]));
  PetscCall(VecNorm(x[1], NORM_2, &off));
  Claim(size > .5 && off < 1e-12 * size, "a Stokes flow of size %g is off its law by %g", (double)size, (double)off);
  PetscCall(VecAXPY(path[1][8], -1, path[0][8]));
  PetscCall(VecNorm(path[1][8], NORM_2, &off));
  Claim(off < 1e-12 * size, "a bridge of a Stokes flow is off by %g", (double)off);
  ClaimNear(info[0].ratio, 0, 1e-12);
  ClaimNear(info[0].density, info[1].density, 1e-10);
  PetscCall(KarSDESetParameter(sde[0], "advection", 1));
  PetscCall(Bridge(sde[0], fft[0], path[0], &info[0]));
  Claim(PetscAbsReal(info[0].ratio) > 1e-6, "a flow that is advected has weights of 1: %g", (double)info[0].ratio);
  for (int i = 0; i < 2; i++) {
    PetscCall(VecDestroyVecs(10, &path[i]));
    PetscCall(VecDestroy(&x[i]));
    PetscCall(KarSDEDestroy(&sde[i]));
    PetscCall(KarFFTDestroy(&fft[i]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* sum k^2 x^2 */
static PetscErrorCode Palinstrophy(KarFFT fft, Vec x, PetscReal *sum)
{
  const KarModes    *m;
  const PetscScalar *a;
  KarMode            mode;

  PetscFunctionBegin;
  *sum = 0;
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(VecGetArrayRead(x, &a));
  for (PetscInt i = 0; i < m->rows * m->length; i++) {
    kar_mode(m, i / m->length, i % m->length, &mode);
    *sum += mode.k2 * (PetscSqr(a[2 * i]) + PetscSqr(a[2 * i + 1]));
  }
  PetscCall(VecRestoreArrayRead(x, &a));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sum, 1, MPIU_REAL, MPIU_SUM, PETSC_COMM_WORLD));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Balance(PetscInt steps)
{
  enum { PATHS = 24 };
  const PetscReal nu = .05, *lambda;
  const KarModes *m;
  PetscReal       trace = 0, sum[2] = {0}, first, last, lost, se;
  KarSDE          sde;
  KarFFT          fft;
  KarCov          cov;
  Vec             x;

  PetscFunctionBegin;
  PetscCall(Create(nu, 1, KARSDENAVIERSTOKES, &sde, &fft));
  PetscCall(KarSDEGetCovariance(sde, &cov));
  PetscCall(KarCovGetEigenvalues(cov, &lambda));
  PetscCall(KarFFTGetModes(fft, &m));
  for (PetscInt i = 0; i < m->rows * m->length; i++) {
    KarMode mode;

    kar_mode(m, i / m->length, i % m->length, &mode);
    trace += mode.weight * (mode.nyquist ? 0 : lambda[i]);
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &trace, 1, MPIU_REAL, MPIU_SUM, PETSC_COMM_WORLD));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  for (PetscInt p = 0; p < PATHS; p++) {
    PetscReal lose = 0;

    PetscCall(Draw(sde, 10 + p, x));
    PetscCall(VecNorm(x, NORM_2, &first));
    for (PetscInt i = 0; i <= steps; i++) {
      PetscCall(Palinstrophy(fft, x, &lost));
      lose += (i % steps ? 1 : .5) * 2 * nu * lost / (PetscReal)steps;
      if (i < steps)
        PetscCall(KarSDEStep(sde, (PetscReal)i / (PetscReal)steps, (PetscReal)(i + 1) / (PetscReal)steps,
                             (KarKey){.seed = 9, .sample = p, .step = i}, x));
    }
    PetscCall(VecNorm(x, NORM_2, &last));
    last = last * last - first * first + lose;
    sum[0] += last / PATHS, sum[1] += last * last / PATHS;
  }
  se = PetscSqrtReal((sum[1] - sum[0] * sum[0]) / (PATHS - 1));
  Claim(PetscAbsReal(sum[0] - trace) < 5 * se + .02 && se < trace / 4,
        "%" PetscInt_FMT " steps: enstrophy grows by %g +- %g a time, the noise puts in %g", steps, (double)sum[0],
        (double)se, (double)trace);
  PetscCall(VecDestroy(&x));
  PetscCall(KarSDEDestroy(&sde));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  PetscCall(Advection());
  PetscCall(Stokes());
  PetscCall(Balance(20));
  PetscCall(Balance(60));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
