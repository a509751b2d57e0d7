/* Log evidence, weights, mean and variance of u(1/2), and trace of the covariance, of a Gaussian law and two mixtures
   given three kinds of data, against numbers by numpy on dense matrices; and draws by Matheron's rule have that mean
   and variance. ranks: 1 2 3 */
#include "laws.h"

typedef struct {
  const char *law, *data;
  PetscReal   evidence, fine; /* n = 32, 128 */
  PetscReal   mean, variance, trace;
  struct {
    PetscInt  j;
    PetscReal weight;
  } r[6];
} Case;

static const Case cases[] = {
  {"G", "points", -4.640926, -4.641205, -0.155468, 0.276414, 0.108833, {{0, 1}}},
  {"G", "average", -2.930994, -2.930995, -0.360279, 0.072651, 0.044563, {{0, 1}}},
  {"G", "one", -1.011508, -1.011546, 0.251188, 0.639941, 0.545395, {{0, 1}}},
  {"M1", "points", -6.356713, -6.355896, -0.242309, 0.278833, 0.104091, {{0, 0.305325}, {1, 0.694675}}},
  {"M1", "average", -2.532991, -2.532990, -0.380014, 0.037377, 0.023694, {{0, 0.002384}, {1, 0.997616}}},
  {"M1", "one", -0.755783, -0.755813, -0.090687, 0.926535, 0.577326, {{0, 0.3}, {1, 0.7}}},
  {"M2",
   "points",
   -9.661173,
   -9.660694,
   -0.086773,
   0.300462,
   0.142031,
   {{1, 0.569390}, {5, 0.428636}, {4, 0.001466}, {6, 0.000499}}},
  {"M2", "average", -8.173141, -8.173132, 0.088341, 0.010412, 0.007569, {{0, 0.998458}, {2, 0.001542}}},
  {"M2",
   "one",
   -1.501459,
   -1.501454,
   -0.116575,
   0.606834,
   0.470679,
   {{1, 0.473423}, {3, 0.473423}, {0, 0.014920}, {4, 0.014920}, {6, 0.014920}, {2, 0.003921}}}};

/* The functional u -> u(1/2) as coordinates. */
static PetscErrorCode Middle(KarFFT fft, Vec *v)
{
  const PetscReal half = 0.5, one = 1;
  KarObservation  obs;
  Mat             H;
  Vec             z;

  PetscFunctionBegin;
  PetscCall(KarObservationCreate(fft, &obs));
  PetscCall(KarObservationSetPlaces(obs, 1, &half, NULL));
  PetscCall(KarObservationCreateData(obs, &z));
  PetscCall(KarObservationSetData(obs, 1, &one, z));
  PetscCall(KarObservationGetMatrix(obs, &H));
  PetscCall(KarFFTCreateCoordinates(fft, v));
  PetscCall(MatMultTranspose(H, z, *v));
  PetscCall(VecDestroy(&z));
  PetscCall(KarObservationDestroy(&obs));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Trace(KarPosterior p, Vec v, PetscReal *trace)
{
  Vec       e, w;
  PetscInt  n, first, end;
  PetscReal sum = 0;

  PetscFunctionBegin;
  PetscCall(VecDuplicate(v, &e));
  PetscCall(VecDuplicate(v, &w));
  PetscCall(VecGetSize(v, &n));
  PetscCall(VecGetOwnershipRange(v, &first, &end));
  for (PetscInt i = 0; i < n; i++) {
    PetscScalar value = 0;

    if (i == 1 || i >= n - 2) continue; /* the imaginary part of the mean, and the Nyquist mode */
    PetscCall(VecZeroEntries(e));
    if (i >= first && i < end) PetscCall(VecSetValue(e, i, 1, INSERT_VALUES));
    PetscCall(VecAssemblyBegin(e));
    PetscCall(VecAssemblyEnd(e));
    PetscCall(KarPosteriorApplyCovariance(p, e, w));
    if (i >= first && i < end) PetscCall(VecGetValues(w, 1, &i, &value));
    sum += value;
  }
  PetscCallMPI(MPI_Allreduce(&sum, trace, 1, MPIU_REAL, MPIU_SUM, PETSC_COMM_WORLD));
  PetscCall(VecDestroy(&e));
  PetscCall(VecDestroy(&w));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The mean of n draws of u(1/2) is within 4.5 standard errors, and their variance: false alarm 1e-5 each, for a fixed
   seed. */
static PetscErrorCode Draws(KarPosterior p, const Case *c, Vec v)
{
  const PetscInt n   = 4000;
  PetscReal      sum = 0, square = 0, u;
  Vec            x;

  PetscFunctionBegin;
  PetscCall(VecDuplicate(v, &x));
  for (PetscInt i = 0; i < n; i++) {
    PetscCall(KarPosteriorSample(p, (KarKey){.seed = 1, .sample = i}, x));
    PetscCall(VecDot(x, v, &u));
    sum += u - c->mean;
    square += PetscSqr(u - c->mean);
  }
  ClaimNear(sum / n, 0, 4.5 * PetscSqrtReal(c->variance / n));
  ClaimNear(square / n, c->variance, 4.5 * c->variance * PetscSqrtReal(2. / n));
  PetscCall(VecDestroy(&x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Check(const Case *c, PetscInt n)
{
  const PetscReal *r;
  PetscReal        value;
  PetscInt         count;
  CircleLaw        law;
  KarObservation   obs;
  KarPosterior     p;
  Vec              y, v, w;

  PetscFunctionBegin;
  PetscCall(CircleLawCreate(c->law, n, &law));
  PetscCall(CircleData(law.fft, c->data, &obs, &y));
  PetscCall(KarPosteriorCreate(law.score, obs, y, &p));
  PetscCall(KarPosteriorGetLogEvidence(p, &value));
  ClaimNear(value, n == 32 ? c->evidence : c->fine, 1e-6);
  if (n == 32) {
    PetscCall(KarPosteriorGetWeights(p, &count, &r));
    for (int i = 0; i < 6; i++)
      if (c->r[i].weight > 0) ClaimNear(r[c->r[i].j], c->r[i].weight, 1e-6);
    PetscCall(Middle(law.fft, &v));
    PetscCall(VecDuplicate(v, &w));
    PetscCall(KarPosteriorGetMean(p, w));
    PetscCall(VecDot(w, v, &value));
    ClaimNear(value, c->mean, 1e-6);
    PetscCall(KarPosteriorApplyCovariance(p, v, w));
    PetscCall(VecDot(w, v, &value));
    ClaimNear(value, c->variance, 1e-6);
    PetscCall(Trace(p, v, &value));
    ClaimNear(value, c->trace, 1e-6);
    if (!strcmp(c->data, "points")) PetscCall(Draws(p, c, v));
    PetscCall(VecDestroy(&v));
    PetscCall(VecDestroy(&w));
  }
  PetscCall(KarPosteriorDestroy(&p));
  PetscCall(VecDestroy(&y));
  PetscCall(KarObservationDestroy(&obs));
  PetscCall(CircleLawDestroy(&law));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    PetscCall(Check(&cases[i], 32));
    PetscCall(Check(&cases[i], 128));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
