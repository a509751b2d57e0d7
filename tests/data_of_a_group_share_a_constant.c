/* Data that are known but for a constant of their group (-obs_offset): of a Gaussian law on the unit circle, nine
   points, three without a constant and two groups of three. The density of the data and the mean of the field given
   them are integrals over the two constants b ~ N(0, S^2) of those of the data y - b without groups, by the trapezoidal
   rule: to 1e-9, on one rank. The factor, conjugate gradients for the data and those for the field answer alike, to
   1e-5. A constant that a draw adds is the same in its group, another in another, and has the deviation S: 4,000 draws,
   5 standard errors (a false alarm is rarer than 1e-5 for another seed). ranks: 1 2 */
#include "laws.h"

enum { M = 9, HALF = 60, DRAWS = 4000 };

static const PetscReal S        = 2;
static const PetscInt  group[M] = {0, 1, 2, 0, 1, 2, 0, 1, 2};

static PetscErrorCode Observe(KarFFT fft, PetscBool grouped, PetscInt dense, KarObservation *obs)
{
  PetscReal place[M];

  PetscFunctionBegin;
  for (int i = 0; i < M; i++) place[i] = (3 * i + 1) / 32.;
  PetscCall(KarObservationCreate(fft, obs));
  PetscCall(KarObservationSetType(*obs, KAROBSERVATIONPOINTS));
  PetscCall(KarObservationSetParameter(*obs, "noise", 0.3));
  PetscCall(KarObservationSetParameter(*obs, "dense", dense));
  PetscCall(KarObservationSetPlaces(*obs, M, place, NULL));
  if (grouped) PetscCall(KarObservationSetGroups(*obs, M, group, S));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Gamma H* M^-1 y, and log p(y) where `density` is not NULL. */
static PetscErrorCode Answer(const CircleLaw *law, KarObservation obs, const PetscReal values[], Vec d,
                             PetscReal *density)
{
  const PetscReal *c;
  KarInnovation    innovation;
  KarCov           cov;
  Vec              y;

  PetscFunctionBegin;
  PetscCall(KarScoreGetDataCovariance(law->score, &cov));
  PetscCall(KarCovSetUp(cov));
  PetscCall(KarCovGetEigenvalues(cov, &c));
  PetscCall(KarInnovationCreate(obs, c, NULL, &innovation));
  PetscCall(KarObservationCreateData(obs, &y));
  PetscCall(KarObservationSetData(obs, M, values, y));
  if (density) PetscCall(KarInnovationLogDensity(innovation, y, density));
  PetscCall(VecZeroEntries(d));
  PetscCall(KarInnovationCorrect(innovation, y, d));
  PetscCall(VecDestroy(&y));
  PetscCall(KarInnovationDestroy(&innovation));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The integrals, in steps of S/8. */
static PetscErrorCode Integrate(const CircleLaw *law, const PetscReal values[], Vec mean, PetscReal *density)
{
  const PetscReal step = S / 8;
  PetscReal       sum = 0, logp, first = 0;
  KarObservation  obs;
  Vec             d;

  PetscFunctionBegin;
  PetscCall(Observe(law->fft, PETSC_FALSE, 100, &obs));
  PetscCall(VecDuplicate(mean, &d));
  PetscCall(VecZeroEntries(mean));
  PetscCall(Answer(law, obs, values, d, &first));
  for (int i = -HALF; i <= HALF; i++)
    for (int j = -HALF; j <= HALF; j++) {
      const PetscReal b[3] = {0, i * step, j * step};
      PetscReal       all[M], p;

      for (int k = 0; k < M; k++) all[k] = values[k] - b[group[k]];
      PetscCall(Answer(law, obs, all, d, &logp));
      p = PetscExpReal(logp - first - (b[1] * b[1] + b[2] * b[2]) / (2 * S * S)) * step * step / (2 * PETSC_PI * S * S);
      sum += p;
      PetscCall(VecAXPY(mean, p, d));
    }
  PetscCall(VecScale(mean, 1 / sum));
  *density = first + PetscLogReal(sum);
  PetscCall(VecDestroy(&d));
  PetscCall(KarObservationDestroy(&obs));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Solves(const CircleLaw *law)
{
  PetscReal      values[M], density = 0, exact = 0, off, size;
  KarObservation obs;
  Vec            mean, d;
  int            ranks;

  PetscFunctionBegin;
  for (int i = 0; i < M; i++) values[i] = PetscSinReal(1 + 2 * i) + (group[i] == 1 ? 3 : group[i] == 2 ? -1.5 : 0);
  PetscCall(KarFFTCreateCoordinates(law->fft, &mean));
  PetscCall(VecDuplicate(mean, &d));
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &ranks));
  if (ranks == 1) PetscCall(Integrate(law, values, mean, &exact));
  for (int way = 0; way < 3; way++) {
    static const char *const solve[] = {"data", "data", "field"};

    PetscCall(PetscOptionsSetValue(NULL, "-obs_solve", solve[way]));
    PetscCall(PetscOptionsSetValue(NULL, "-obs_dense", way ? "0" : "100"));
    PetscCall(PetscOptionsSetValue(NULL, "-obs_ksp_rtol", "1e-10"));
    PetscCall(Observe(law->fft, PETSC_TRUE, 100, &obs));
    PetscCall(KarObservationSetParameter(obs, "noise", 0.3));
    PetscCall(KarObservationSetFromOptions(obs));
    PetscCall(KarObservationSetGroups(obs, M, group, S));
    PetscCall(Answer(law, obs, values, d, way ? NULL : &density));
    if (!way && ranks == 1) ClaimNear(density, exact, 1e-9);
    if (!way && ranks > 1) PetscCall(VecCopy(d, mean));
    PetscCall(VecNorm(mean, NORM_2, &size));
    PetscCall(VecAXPY(d, -1, mean));
    PetscCall(VecNorm(d, NORM_2, &off));
    Claim(off < (way ? 1e-5 : 1e-9) * size, "%s: the mean is %g of %g off", solve[way], (double)off, (double)size);
    PetscCall(KarObservationDestroy(&obs));
  }
  PetscCall(VecDestroy(&d));
  PetscCall(VecDestroy(&mean));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Mean squares of datum 1, and of its differences to one of its group, one of another and one without a constant. */
static PetscErrorCode Draws(const CircleLaw *law)
{
  const PetscReal expected[4] = {S * S + 0.09, 2 * 0.09, 2 * (S * S + 0.09), S * S + 2 * 0.09};
  PetscReal       square[4]   = {0}, e[M];
  KarObservation  obs;
  Vec             y;

  PetscFunctionBegin;
  PetscCall(Observe(law->fft, PETSC_TRUE, 100, &obs));
  PetscCall(KarObservationCreateData(obs, &y));
  for (int i = 0; i < DRAWS; i++) {
    PetscCall(KarObservationSample(obs, (KarKey){.seed = 1, .sample = i}, NULL, y));
    PetscCall(KarObservationGatherData(obs, y, e));
    square[0] += PetscSqr(e[1]) / DRAWS;
    square[1] += PetscSqr(e[1] - e[4]) / DRAWS;
    square[2] += PetscSqr(e[1] - e[2]) / DRAWS;
    square[3] += PetscSqr(e[1] - e[3]) / DRAWS;
  }
  for (int k = 0; k < 4; k++) ClaimNear(square[k] / expected[k], 1, 5 * PetscSqrtReal(2. / DRAWS));
  PetscCall(VecDestroy(&y));
  PetscCall(KarObservationDestroy(&obs));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  CircleLaw law;

  PetscFunctionBegin;
  PetscCall(CircleLawCreate("G", 32, &law));
  PetscCall(Solves(&law));
  PetscCall(Draws(&law));
  PetscCall(CircleLawDestroy(&law));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
