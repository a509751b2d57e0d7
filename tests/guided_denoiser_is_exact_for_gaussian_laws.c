/* D' of a Gaussian law given data is E[X_0 | X_t, y]: it solves (1/C + a^2/S) D' + H* R^-1 (H D' - y) = a x/S, by
   Cholesky and by conjugate gradients. Samplers on it have the variance of their recursion mode by mode, and the
   posterior's mean. ranks: 1 3 */
#include "laws.h"
#include "problem.h"

/* What is left of the equation times Gamma, relative to D'. */
static PetscErrorCode Residual(const CircleLaw *law, KarObservation obs, Vec y, PetscReal t, Vec x, Vec d,
                               PetscReal *left)
{
  const PetscReal   *lambda, *c;
  const PetscScalar *in, *out;
  PetscScalar       *b;
  PetscReal          a, s, size;
  PetscInt           n;
  KarCov             noise, data;
  Vec                R, e, back;
  Mat                H;

  PetscFunctionBegin;
  PetscCall(KarSDEGetMarginal(law->sde, t, &a, &s));
  PetscCall(KarSDEGetCovariance(law->sde, &noise));
  PetscCall(KarScoreGetDataCovariance(law->score, &data));
  PetscCall(KarCovGetEigenvalues(noise, &lambda));
  PetscCall(KarCovGetEigenvalues(data, &c));
  PetscCall(KarObservationGetMatrix(obs, &H));
  PetscCall(KarObservationGetVariance(obs, &R));
  PetscCall(VecDuplicate(y, &e));
  PetscCall(VecDuplicate(x, &back));
  PetscCall(MatMult(H, d, e));
  PetscCall(VecAXPY(e, -1, y));
  PetscCall(VecPointwiseDivide(e, e, R));
  PetscCall(MatMultTranspose(H, e, back));
  PetscCall(VecGetLocalSize(x, &n));
  PetscCall(VecGetArrayRead(x, &in));
  PetscCall(VecGetArrayRead(d, &out));
  PetscCall(VecGetArray(back, &b));
  for (PetscInt i = 0; i < n; i++) {
    const PetscReal noisy = s * s * lambda[i / 2], v = a * a * c[i / 2] + noisy;

    b[i] = v > 0 ? out[i] - c[i / 2] * a * in[i] / v + c[i / 2] * noisy / v * b[i] : 0;
  }
  PetscCall(VecRestoreArray(back, &b));
  PetscCall(VecRestoreArrayRead(d, &out));
  PetscCall(VecRestoreArrayRead(x, &in));
  PetscCall(VecNorm(back, NORM_2, left));
  PetscCall(VecNorm(d, NORM_2, &size));
  *left /= size;
  PetscCall(VecDestroy(&e));
  PetscCall(VecDestroy(&back));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Equation(const char data[], PetscInt dense, PetscReal tolerance)
{
  const PetscReal times[] = {1, 0.5, 0.1, 0.01, 1e-3};
  CircleLaw       law;
  KarObservation  obs;
  KarScore        posterior;
  Vec             y, x, d;
  PetscReal       left;

  PetscFunctionBegin;
  PetscCall(CircleLawCreate("G", 64, &law));
  PetscCall(CircleData(law.fft, data, &obs, &y));
  PetscCall(KarObservationSetParameter(obs, "dense", (PetscReal)dense));
  PetscCall(KarScoreCreatePosterior(law.score, obs, y, &posterior));
  PetscCall(KarFFTCreateCoordinates(law.fft, &x));
  PetscCall(VecDuplicate(x, &d));
  for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
    PetscCall(KarScoreSampleStart(posterior, times[i], PETSC_TRUE, (KarKey){.seed = 4}, x));
    PetscCall(KarScoreDenoise(posterior, times[i], x, d));
    PetscCall(Residual(&law, obs, y, times[i], x, d, &left));
    Claim(left <= tolerance, "%s, t %g, dense %d: off by %g", data, (double)times[i], (int)dense, (double)left);
  }
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&d));
  PetscCall(VecDestroy(&y));
  PetscCall(KarScoreDestroy(&posterior));
  PetscCall(KarObservationDestroy(&obs));
  PetscCall(CircleLawDestroy(&law));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Five modes, each with its own prior p and noise R over lambda
   ------------------------------------------------------ */
#define MODES 5
static const PetscReal P[MODES] = {1, 1, 1e-2, 1e-2, 100}, R[MODES] = {1, 1e-2, 1e-2, 1e-4, 1e-2};

static PetscErrorCode CreateModes(CircleLaw *law, KarObservation *obs)
{
  const PetscInt n = 2 * MODES + 2;
  PetscReal      k[MODES + 1], lambda[MODES + 1], p[MODES + 1], gamma[2 * MODES + 1];
  KarCov         noise, data;

  PetscFunctionBegin;
  PetscCall(ProblemFFT(PETSC_COMM_WORLD, 1, &n, &law->fft));
  for (int i = 0; i <= MODES; i++) k[i] = 2 * PETSC_PI * i, lambda[i] = 1, p[i] = P[PetscMax(i - 1, 0)];
  PetscCall(KarCovCreate(law->fft, &noise));
  PetscCall(KarCovCreate(law->fft, &data));
  PetscCall(KarCovSetSpectrum(noise, MODES + 1, k, lambda));
  PetscCall(KarCovSetSpectrum(data, MODES + 1, k, p));
  PetscCall(KarSDECreate(noise, &law->sde));
  PetscCall(KarSDESetType(law->sde, KARSDEVP));
  PetscCall(ProblemScore(law->sde, data, &law->score));
  gamma[0] = 1;
  for (int i = 0; i < 2 * MODES; i++) gamma[1 + i] = PetscSqrtReal(R[i / 2]);
  PetscCall(KarObservationCreate(law->fft, obs));
  PetscCall(KarObservationSetType(*obs, KAROBSERVATIONMODES));
  PetscCall(KarObservationSetParameter(*obs, "modes", MODES));
  PetscCall(KarObservationSetNoise(*obs, 2 * MODES + 1, gamma));
  PetscCall(KarCovDestroy(&noise));
  PetscCall(KarCovDestroy(&data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* out[mode] of a run from x = start[mode] in each real part, with data of this value. */
static PetscErrorCode Solve(const CircleLaw *law, KarObservation obs, PetscReal data, const PetscReal start[],
                            PetscInt steps, PetscReal order, PetscReal out[])
{
  const KarModes *m;
  PetscScalar    *a;
  KarMode         mode;
  KarScore        posterior;
  TS              ts;
  Vec             x, y;

  PetscFunctionBegin;
  PetscCall(KarObservationCreateData(obs, &y));
  PetscCall(VecSet(y, data));
  PetscCall(KarScoreCreatePosterior(law->score, obs, y, &posterior));
  PetscCall(KarSamplerCreate(posterior, &ts));
  PetscCall(KarSamplerSetParameter(ts, "order", order));
  PetscCall(KarSamplerSetParameter(ts, "corrector", 0));
  PetscCall(KarSamplerSetEvaluations(ts, steps + 1));
  PetscCall(KarFFTCreateCoordinates(law->fft, &x));
  PetscCall(KarFFTGetModes(law->fft, &m));
  for (int pass = 0; pass < 2; pass++) {
    PetscCall(PetscArrayzero(out, MODES));
    PetscCall(VecGetArray(x, &a));
    for (PetscInt j = 0; j < m->rows * m->length; j++) {
      kar_mode(m, 0, j, &mode);
      if (mode.index[0] < 1 || mode.nyquist) continue;
      if (pass) out[mode.index[0] - 1] = a[mode.offset];
      else a[mode.offset] = start[mode.index[0] - 1];
    }
    PetscCall(VecRestoreArray(x, &a));
    if (!pass) PetscCall(KarSamplerSolveFrom(ts, (KarKey){.seed = 1}, x, NULL));
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, out, MODES, MPIU_REAL, MPIU_SUM, PETSC_COMM_WORLD));
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&y));
  PetscCall(TSDestroy(&ts));
  PetscCall(KarScoreDestroy(&posterior));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One mode by its recursion: D' = al x + be y with q = 1/(a^2/S + 1/p + 1/R); second order extrapolates D by its slope
   in log(a/s), which the integral int_0^h e^-u weighs exactly or (DPM-Solver++ 2M) by its middle. x is affine in the
   start, here the noised posterior's deviation. */
static PetscErrorCode Recursion(KarSDE sde, PetscInt steps, const PetscReal t[], PetscReal order, PetscBool middle,
                                PetscReal p, PetscReal r, PetscReal *ratio)
{
  PetscReal a, s, b, q, x, d = 0, before = 0, hp = 0, gain;

  PetscFunctionBegin;
  PetscCall(KarSDEGetMarginal(sde, t[0], &a, &s));
  x = PetscSqrtReal(a * a * p * r / (p + r) + s * s);
  for (PetscInt i = 0; i <= steps; i++, before = d) {
    PetscReal h, slope;

    PetscCall(KarSDEGetMarginal(sde, t[i], &a, &s));
    gain = a / (s * s) / (a * a / (s * s) + 1 / p + 1 / r);
    d    = gain * x;
    if (i == steps) break;
    PetscCall(KarSDEGetMarginal(sde, t[i + 1], &b, &q));
    h     = PetscLogReal(b / q) - PetscLogReal(a / s);
    slope = middle ? -expm1(-h) * h / 2 : -h * expm1(-h) - (1 - PetscExpReal(-h) * (1 + h));
    x     = q / s * x + b * (-expm1(-h) * d + (i && order > 1 ? slope * (d - before) / hp : 0));
    hp    = h;
  }
  *ratio = d * d * (p + r) / (p * r);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The same with noise, eta 1 (samplers_obey_their_own_recursion has the sampler's recursion at eta 1): second order by
   the middle of the step; x and the D before are Gaussian, with variances v, w and covariance c. */
static PetscErrorCode NoisyRecursion(KarSDE sde, PetscInt steps, const PetscReal t[], PetscReal p, PetscReal r,
                                     PetscReal *ratio)
{
  PetscReal a, s, b, q, v, w = 0, c = 0, hp = 0, gain = 0;

  PetscFunctionBegin;
  PetscCall(KarSDEGetMarginal(sde, t[0], &a, &s));
  v = a * a * p * r / (p + r) + s * s;
  for (PetscInt i = 0; i <= steps; i++) {
    PetscReal h, k, grow, back, next;

    PetscCall(KarSDEGetMarginal(sde, t[i], &a, &s));
    gain = a / (s * s) / (a * a / (s * s) + 1 / p + 1 / r);
    if (i == steps) break;
    PetscCall(KarSDEGetMarginal(sde, t[i + 1], &b, &q));
    h    = PetscLogReal(b / q) - PetscLogReal(a / s);
    k    = i ? h / (2 * hp) : 0;
    back = b * expm1(-2 * h) * k;
    grow = q / s * PetscExpReal(-h) - b * expm1(-2 * h) * gain * (1 + k);
    next = grow * grow * v + 2 * grow * back * c + back * back * w - q * q * expm1(-2 * h);
    c    = gain * (grow * v + back * c);
    w    = gain * gain * v;
    v    = next;
    hp   = h;
  }
  *ratio = gain * gain * v * (p + r) / (p * r);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Variance out over the posterior's, from the noised posterior; and the mean over the posterior's. */
static PetscErrorCode Recursions(void)
{
  static const struct {
    PetscInt  steps;
    PetscReal order, ratio[MODES]; /* by numpy, DPM-Solver++ 2M */
  } cases[]                           = {{20, 2, {1.03883, 1.03858, 1.03833, 1.01846, 1.03858}},
                                         {40, 2, {1.01082, 1.01071, 1.01060, 0.99962, 1.01071}},
                                         {40, 1, {0.86143, 0.86136, 0.86129, 0.85408, 0.86136}},
                                         {100, 2, {1.00177, 1.00167, 1.00157, 0.99163, 1.00167}}};
  static const PetscReal noisy[MODES] = {1.02793, 1.02779, 1.02765, 1.01376, 1.02779}; /* 40 steps, eta 1 */
  const PetscReal       *t;
  PetscInt               steps;
  CircleLaw              law;
  KarObservation         obs;
  TS                     ts;
  PetscReal              a, s, start[MODES], out[MODES], ratio = 0;

  PetscFunctionBegin;
  PetscCall(CreateModes(&law, &obs));
  PetscCall(KarSDEGetMarginal(law.sde, 1, &a, &s));
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    PetscCall(KarSamplerCreate(law.score, &ts));
    PetscCall(KarSamplerSetEvaluations(ts, cases[i].steps + 1));
    PetscCall(KarSamplerGetTimes(ts, &steps, &t));
    for (int j = 0; j < MODES; j++) start[j] = PetscSqrtReal(a * a * P[j] * R[j] / (P[j] + R[j]) + s * s);
    PetscCall(Solve(&law, obs, 0, start, cases[i].steps, cases[i].order, out));
    for (int j = 0; j < MODES; j++) {
      PetscCall(Recursion(law.sde, steps, t, cases[i].order, PETSC_TRUE, P[j], R[j], &ratio));
      ClaimNear(ratio, cases[i].ratio[j], 1e-5);
      PetscCall(Recursion(law.sde, steps, t, cases[i].order, PETSC_FALSE, P[j], R[j], &ratio));
      ClaimNear(PetscSqr(out[j]) * (P[j] + R[j]) / (P[j] * R[j]), ratio, 1e-9);
    }
    for (int j = 0; j < MODES && cases[i].steps == 40 && cases[i].order == 2; j++) {
      PetscCall(NoisyRecursion(law.sde, steps, t, P[j], R[j], &ratio));
      ClaimNear(ratio, noisy[j], 1e-5);
    }
    PetscCall(TSDestroy(&ts));
  }
  for (int j = 0; j < MODES; j++) start[j] = a * P[j] / (P[j] + R[j]);
  PetscCall(Solve(&law, obs, 1, start, 40, 2, out));
  for (int j = 0; j < MODES; j++) ClaimNear(out[j] * (P[j] + R[j]) / P[j], 1, 1e-5);
  PetscCall(KarObservationDestroy(&obs));
  PetscCall(CircleLawDestroy(&law));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The sum over its numbers of the squares of each mode, added to sum. */
static PetscErrorCode AddSquares(const CircleLaw *law, Vec x, PetscReal sum[])
{
  const PetscScalar *in;
  const KarModes    *m;
  KarMode            mode;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(law->fft, &m));
  PetscCall(VecGetArrayRead(x, &in));
  for (PetscInt j = 0; j < m->rows * m->length; j++) {
    kar_mode(m, 0, j, &mode);
    if (mode.index[0] < 1 || mode.nyquist) continue;
    sum[mode.index[0] - 1] += PetscSqr(in[mode.offset]) + PetscSqr(in[mode.offset + 1]);
  }
  PetscCall(VecRestoreArrayRead(x, &in));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* x[i] is what mode 1 becomes that starts as i. */
static PetscErrorCode SolveTwice(const CircleLaw *law, TS ts, Vec x[2])
{
  const KarModes *m;
  KarMode         mode;
  PetscScalar    *out;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(law->fft, &m));
  for (int i = 0; i < 2; i++) {
    PetscCall(VecZeroEntries(x[i]));
    PetscCall(VecGetArray(x[i], &out));
    for (PetscInt j = 0; j < m->rows * m->length; j++) {
      kar_mode(m, 0, j, &mode);
      if (mode.index[0] == 1) out[mode.offset] = i;
    }
    PetscCall(VecRestoreArray(x[i], &out));
    PetscCall(KarSamplerSolveFrom(ts, (KarKey){.seed = 6}, x[i], NULL));
  }
  PetscCall(VecAXPY(x[1], -1, x[0]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One step of annealed Langevin dynamics on a mode: x <- forget x + N(0, *noise), and what D' takes of x. With S = s^2,
   V = a^2 p + S the variance without data and R that of the data times a^2, x of variance L is moved by P: given data L
   = a^2 p r/(p + r) + S, P = L; by the noised field's likelihood 1/L = 1/V + 1/R, 1/P = 1/S + 1/R. */
static PetscReal Step(KarSDE sde, PetscReal t, KarStepCovariance how, PetscReal p, PetscReal r, PetscReal q,
                      PetscReal *noise, PetscReal *gain)
{
  PetscReal a, s, S, V, R, L, P;

  PetscCallAbort(PETSC_COMM_SELF, KarSDEGetMarginal(sde, t, &a, &s));
  S      = s * s;
  V      = a * a * p + S;
  R      = a * a * r + (how == KAR_STEP_LEVEL ? S : 0);
  L      = how == KAR_STEP_POSTERIOR ? a * a * p * r / (p + r) + S : 1 / (1 / V + 1 / R);
  P      = how == KAR_STEP_POSTERIOR ? L : 1 / (1 / S + 1 / R);
  *gain  = how == KAR_STEP_POSTERIOR ? a * p * r / (p + r) / L : a * p / V - S / (S + a * a * r) / a;
  *noise = (1 - q * q) * P;
  return 1 - (1 - q) * P / L;
}

/* The variance of each mode by this recursion, from the noised posterior on, and what is left of mode 1's start. */
static PetscErrorCode Anneal(KarSDE sde, PetscInt steps, const PetscReal t[], KarStepCovariance how, PetscReal q,
                             PetscReal v[], PetscReal *left)
{
  PetscReal a, s, noise, gain = 0, forget;

  PetscFunctionBegin;
  PetscCall(KarSDEGetMarginal(sde, t[0], &a, &s));
  for (int j = MODES - 1; j >= 0; j--) {
    v[j]  = a * a * P[j] * R[j] / (P[j] + R[j]) + s * s;
    *left = 1;
    for (PetscInt i = 3; i < 3 * (steps + 1); i++) {
      forget = Step(sde, t[i / 3], how, P[j], R[j], q, &noise, &gain);
      v[j]   = forget * forget * v[j] + noise;
      *left *= forget;
    }
    v[j] *= gain * gain;
    *left *= gain;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Annealed Langevin dynamics preconditioned by the posterior, or by the noise's covariance given the likelihood of the
   noised field: a field forgets its start by `forget` a step, exactly, and over n draws of two numbers of each mode
   the squares' mean is within 4.5 standard errors of the recursion's: 3 times 5 modes, other seeds fail one time in ten
   thousand. Of step 0.05 the start counts: without it the variance of the first mode is off by 10 standard errors. */
static PetscErrorCode Preconditioned(KarStepCovariance how, PetscReal step, PetscInt n)
{
  const PetscReal *t, q = PetscExpReal(-step);
  PetscReal        sum[MODES] = {0}, v[MODES], size, left = 0;
  PetscInt         steps;
  CircleLaw        law;
  KarObservation   obs;
  KarScore         posterior;
  TS               ts;
  Vec              x[2], y;

  PetscFunctionBegin;
  PetscCall(CreateModes(&law, &obs));
  PetscCall(KarObservationCreateData(obs, &y));
  PetscCall(KarScoreCreatePosterior(law.score, obs, y, &posterior));
  if (how != KAR_STEP_POSTERIOR) PetscCall(KarScorePosteriorSetGuidance(posterior, KAR_GUIDANCE_NOISED, PETSC_FALSE));
  PetscCall(KarSamplerCreate(posterior, &ts));
  PetscCall(TSSetType(ts, KARTSLANGEVIN));
  PetscCall(KarSamplerSetParameter(ts, "ratio", step));
  PetscCall(KarSamplerSetParameter(ts, "precondition", how));
  PetscCall(KarSamplerSetEvaluations(ts, 40));
  PetscCall(KarSamplerGetTimes(ts, &steps, &t));
  for (int i = 0; i < 2; i++) PetscCall(KarFFTCreateCoordinates(law.fft, &x[i]));
  for (PetscInt i = 0; i < n; i++) {
    PetscCall(KarSamplerSolve(ts, (KarKey){.seed = 5, .sample = i}, x[0], NULL));
    PetscCall(AddSquares(&law, x[0], sum));
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sum, MODES, MPIU_REAL, MPIU_SUM, PETSC_COMM_WORLD));
  PetscCall(Anneal(law.sde, steps, t, how, q, v, &left));
  for (int j = 0; j < MODES; j++) {
    printf("how %d, mode %d: variance over that of the recursion %.4f, this over the posterior's %.4f\n", (int)how,
           j + 1, (double)(sum[j] / (2 * n * v[j])), (double)(v[j] * (P[j] + R[j]) / (P[j] * R[j])));
    ClaimNear(sum[j] / (2 * n * v[j]), 1, 4.5 / PetscSqrtReal((PetscReal)n));
  }
  PetscCall(SolveTwice(&law, ts, x));
  PetscCall(VecNorm(x[1], NORM_2, &size));
  ClaimNear(size / left, 1, 1e-9);
  for (int i = 0; i < 2; i++) PetscCall(VecDestroy(&x[i]));
  PetscCall(VecDestroy(&y));
  PetscCall(TSDestroy(&ts));
  PetscCall(KarScoreDestroy(&posterior));
  PetscCall(KarObservationDestroy(&obs));
  PetscCall(CircleLawDestroy(&law));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  int ranks;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &ranks));
  PetscCall(Equation("points", 2000, 1e-10));
  PetscCall(Equation("average", 2000, 1e-10));
  PetscCall(Equation("points", 0, 1e-5));
  PetscCall(Recursions());
  PetscCall(Preconditioned(KAR_STEP_POSTERIOR, 0.05, 1000));
  PetscCall(Preconditioned(KAR_STEP_DATA, 0.5, 400 / ranks));
  PetscCall(Preconditioned(KAR_STEP_LEVEL, 0.05, 400 / ranks));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
