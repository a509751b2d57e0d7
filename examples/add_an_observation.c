/* Observations of one's own, in the plane:
     curvature   y_i = -Laplace u(x_i) + e_i      linear: a factor |k|^2 of each mode, the rest is the library's
     energy      y = mean of u^2 + e              one datum, not linear: its value, its derivative and the transpose
   The program checks <H' v, z> = <v, H'* z> of both, draws fields of a Gaussian law given one datum of each, and says
   what the datum's own quantity is like in them, beside its exact law; particles, which are few, have a bias.
   -obs_type TYPE and -obs_noise 0.1 change the first; -help lists the new types too. In the library each type is a
   file of src/observe, and the line in src/observe/observe.c is what KarObservationRegister() is given here. */
#include <karhunen.h>

#include <karhunen/impl/observe.h>

/* --- curvature --- */
static PetscReal Laplace(const KarMode *mode, void *obs)
{
  (void)obs;
  return mode->k2;
}

static PetscErrorCode KarObservationCreate_Curvature(KarObservation obs)
{
  PetscFunctionBegin;
  obs->ops = (KarObservationOps){.multiplier = Laplace};
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- energy: H(x) = <x, x>, H'(x) v = 2 <x, v>, H'(x)* z = 2 z x in the inner product (1/|D|) int u v, which is that
   of coordinates --- */
static PetscErrorCode SetUp(KarObservation obs)
{
  int rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(obs->comm, &rank));
  obs->m     = 1;
  obs->local = rank == 0; /* datum number 0 is rank 0's */
  PetscCall(PetscCalloc1(obs->local, &obs->number));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Put(KarObservation obs, PetscReal value, Vec y)
{
  PetscScalar *a;

  PetscFunctionBegin;
  PetscCall(VecGetArrayWrite(y, &a));
  if (obs->local) a[0] = value;
  PetscCall(VecRestoreArrayWrite(y, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Value(KarObservation obs, Vec x, Vec y)
{
  PetscReal energy;

  PetscFunctionBegin;
  PetscCall(VecDot(x, x, &energy));
  PetscCall(Put(obs, energy, y));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Keeps x; y may be NULL. */
static PetscErrorCode Linearise(KarObservation obs, Vec x, Vec y)
{
  PetscFunctionBegin;
  if (!obs->context) PetscCall(VecDuplicate(x, (Vec *)&obs->context));
  PetscCall(VecCopy(x, obs->context));
  if (y) PetscCall(Value(obs, x, y));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Apply(KarObservation obs, Vec v, Vec y)
{
  PetscReal product;

  PetscFunctionBegin;
  PetscCall(VecDot(obs->context, v, &product));
  PetscCall(Put(obs, 2 * product, y));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Adjoint(KarObservation obs, Vec z, Vec v)
{
  PetscReal sum;

  PetscFunctionBegin;
  PetscCall(VecSum(z, &sum));
  PetscCall(VecAXPBY(v, 2 * sum, 0, obs->context));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Destroy(KarObservation obs)
{
  PetscFunctionBegin;
  PetscCall(VecDestroy((Vec *)&obs->context));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode KarObservationCreate_Energy(KarObservation obs)
{
  PetscFunctionBegin;
  obs->ops = (KarObservationOps){
    .setup = SetUp, .value = Value, .linearise = Linearise, .apply = Apply, .adjoint = Adjoint, .destroy = Destroy};
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- the program --- */
/* The Gaussian law of all modes |k| <= 2 pi cutoff, of variance 1. */
static PetscErrorCode CreateLaw(KarFFT fft, PetscReal cutoff, KarScore *score)
{
  KarCov noise, data;
  KarSDE sde;

  PetscFunctionBegin;
  PetscCall(KarCovCreate(fft, &noise));
  PetscCall(KarCovCreate(fft, &data));
  PetscCall(KarCovSetType(data, KARCOVBANDLIMITED));
  PetscCall(KarCovSetParameter(data, "cutoff", 2 * PETSC_PI * cutoff));
  PetscCall(KarSDECreate(noise, &sde));
  PetscCall(KarScoreCreate(sde, score));
  PetscCall(KarScoreSetType(*score, KARSCOREGAUSSIAN));
  PetscCall(KarScoreSetDataCovariance(*score, data));
  PetscCall(KarScoreSetUp(*score));
  PetscCall(KarSDEDestroy(&sde));
  PetscCall(KarCovDestroy(&noise));
  PetscCall(KarCovDestroy(&data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* <H' v, z> and <v, H'* z>, H' at a random field. */
static PetscErrorCode CheckAdjoint(MPI_Comm comm, KarFFT fft, KarObservation obs, const char name[])
{
  PetscReal left, right;
  Mat       H;
  Vec       x, v, y, z;

  PetscFunctionBegin;
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(VecDuplicate(x, &v));
  PetscCall(KarObservationCreateData(obs, &y));
  PetscCall(VecDuplicate(y, &z));
  PetscCall(KarFFTFillNormal(fft, (KarKey){.seed = 1}, x));
  PetscCall(KarFFTFillNormal(fft, (KarKey){.seed = 2}, v));
  PetscCall(KarObservationSample(obs, (KarKey){.seed = 3}, NULL, z));
  PetscCall(KarObservationLinearise(obs, x, NULL, &H));
  PetscCall(MatMult(H, v, y));
  PetscCall(VecDot(y, z, &left));
  PetscCall(MatMultTranspose(H, z, x));
  PetscCall(VecDot(v, x, &right));
  PetscCall(PetscPrintf(comm, "%s: adjoint, relative difference %.1e\n", name, (double)PetscAbsReal(1 - right / left)));
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&v));
  PetscCall(VecDestroy(&y));
  PetscCall(VecDestroy(&z));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Says what H of n draws is like, by the sums of H and H^2, beside its exact mean and deviation. */
static PetscErrorCode Say(MPI_Comm comm, const char name[], PetscInt n, const PetscReal sum[2], PetscReal mean,
                          PetscReal deviation)
{
  const PetscReal found = sum[0] / (PetscReal)n;

  PetscFunctionBegin;
  PetscCall(PetscPrintf(comm, "%s: %" PetscInt_FMT " draws, mean %.4f, exactly %.4f, deviation %.4f, exactly %.4f\n",
                        name, n, (double)found, (double)mean,
                        (double)PetscSqrtReal(sum[1] / (PetscReal)n - found * found), (double)deviation));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* H of draws given one linear datum y: of a prior variance K = sum |k|^4 lambda of a curvature, mean K y/(K + R) and
   variance K R/(K + R). */
static PetscErrorCode DrawLinear(MPI_Comm comm, KarScore score, KarObservation obs, PetscReal datum, PetscReal K)
{
  const PetscInt n      = 200;
  PetscReal      sum[2] = {0, 0}, R, value;
  KarPosterior   posterior;
  KarFFT         fft;
  Vec            x, y, e, variance;

  PetscFunctionBegin;
  PetscCall(KarScoreGetFFT(score, &fft));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(KarObservationCreateData(obs, &y));
  PetscCall(VecDuplicate(y, &e));
  PetscCall(KarObservationSetData(obs, 1, &datum, y));
  PetscCall(KarPosteriorCreate(score, obs, y, &posterior));
  for (PetscInt i = 0; i < n; i++) {
    PetscCall(KarPosteriorSample(posterior, (KarKey){.seed = 4, .sample = i}, x));
    PetscCall(KarObservationApply(obs, x, e));
    PetscCall(VecSum(e, &value));
    sum[0] += value, sum[1] += value * value;
  }
  PetscCall(KarObservationGetVariance(obs, &variance));
  PetscCall(VecSum(variance, &R));
  PetscCall(Say(comm, "curvature", n, sum, K * datum / (K + R), PetscSqrtReal(K * R / (K + R))));
  PetscCall(KarPosteriorDestroy(&posterior));
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&y));
  PetscCall(VecDestroy(&e));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Curvature(MPI_Comm comm, KarFFT fft)
{
  const PetscReal place[2] = {0.37, 0.61}, *lambda;
  const KarModes *m;
  KarMode         mode;
  PetscReal       K = 0;
  KarCov          cov;
  KarObservation  obs;
  KarScore        score;

  PetscFunctionBegin;
  PetscCall(CreateLaw(fft, 2, &score));
  PetscCall(KarObservationCreate(fft, &obs));
  PetscCall(KarObservationSetType(obs, "curvature"));
  PetscCall(KarObservationSetPlaces(obs, 1, place, NULL));
  PetscCall(KarObservationSetParameter(obs, "noise", 50));
  PetscCall(KarObservationSetFromOptions(obs));
  if (KarOptionsHelping()) PetscCall(KarOptionsPrintHelp(comm));
  else PetscCall(KarOptionsCheck(comm));
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(KarScoreGetDataCovariance(score, &cov));
  PetscCall(KarCovGetEigenvalues(cov, &lambda));
  for (PetscInt r = 0; r < m->rows; r++)
    for (PetscInt j = 0; j < m->length; j++) {
      kar_mode(m, r, j, &mode);
      K += lambda[r * m->length + j] * mode.k2 * mode.k2 * (mode.self ? 1 : mode.weight);
    }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &K, 1, MPIU_REAL, MPIU_SUM, comm));
  PetscCall(KarObservationView(obs, PETSC_VIEWER_STDOUT_(comm)));
  PetscCall(CheckAdjoint(comm, fft, obs, "curvature"));
  PetscCall(DrawLinear(comm, score, obs, 100, K));
  PetscCall(KarObservationDestroy(&obs));
  PetscCall(KarScoreDestroy(&score));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The energy of d modes of variance 1/d each has the density E^(d/2 - 1) exp(-d E/2); times N(datum; E, R). */
static void EnergyGiven(PetscReal d, PetscReal datum, PetscReal R, PetscReal *mean, PetscReal *deviation)
{
  PetscReal sum[3] = {0, 0, 0};

  for (int i = 1; i < 4000; i++) {
    const PetscReal E = 0.001 * i;
    const PetscReal p = PetscExpReal((d / 2 - 1) * PetscLogReal(E) - d * (E - 1) / 2 - PetscSqr(datum - E) / (2 * R));

    sum[0] += p, sum[1] += p * E, sum[2] += p * E * E;
  }
  *mean      = sum[1] / sum[0];
  *deviation = PetscSqrtReal(sum[2] / sum[0] - *mean * *mean);
}

/* Particles, in runs of 32. */
static PetscErrorCode Energy(MPI_Comm comm, KarFFT fft)
{
  const PetscInt  runs = 8, each = 32;
  const PetscReal datum = 1.5, gamma = 0.3;
  PetscReal       sum[2] = {0, 0}, value, mean, deviation;
  KarObservation  obs;
  KarScore        score;
  KarSMC          smc;
  KarSMCInfo      info;
  TS              ts;
  Vec             x, y, e, *all;

  PetscFunctionBegin;
  PetscCall(CreateLaw(fft, 1, &score));
  PetscCall(KarObservationCreate(fft, &obs));
  PetscCall(KarObservationSetType(obs, "energy"));
  PetscCall(KarObservationSetParameter(obs, "noise", gamma));
  PetscCall(CheckAdjoint(comm, fft, obs, "energy"));
  PetscCall(KarObservationCreateData(obs, &y));
  PetscCall(VecDuplicate(y, &e));
  PetscCall(KarObservationSetData(obs, 1, &datum, y));
  PetscCall(KarSMCCreate(score, obs, y, &smc));
  PetscCall(KarSMCSetParticles(smc, each));
  PetscCall(KarSMCGetSampler(smc, &ts));
  PetscCall(KarSamplerSetEvaluations(ts, 40));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(VecDuplicateVecs(x, each, &all));
  for (PetscInt run = 0; run < runs; run++) {
    PetscCall(KarSMCSolve(smc, (KarKey){.seed = 5, .sample = run}, all, &info, NULL));
    for (PetscInt i = 0; i < each; i++) {
      PetscCall(KarObservationApply(obs, all[i], e));
      PetscCall(VecSum(e, &value));
      sum[0] += value, sum[1] += value * value;
    }
  }
  EnergyGiven(5, datum, gamma * gamma, &mean, &deviation); /* |k| <= 1: a constant and two waves */
  PetscCall(Say(comm, "energy", runs * each, sum, mean, deviation));
  PetscCall(KarSMCDestroy(&smc));
  PetscCall(VecDestroyVecs(each, &all));
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&y));
  PetscCall(VecDestroy(&e));
  PetscCall(KarObservationDestroy(&obs));
  PetscCall(KarScoreDestroy(&score));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(MPI_Comm comm)
{
  const PetscInt n[] = {8, 8};
  KarGrid        grid;
  KarFFT         fft;

  PetscFunctionBegin;
  PetscCall(KarObservationRegister("curvature", "-Laplace u at places", KarObservationCreate_Curvature));
  PetscCall(KarObservationRegister("energy", "the mean of u^2", KarObservationCreate_Energy));
  PetscCall(KarGridCreate(comm, &grid));
  PetscCall(KarGridSetSizes(grid, 2, n, NULL));
  PetscCall(KarFFTCreate(grid, &fft));
  PetscCall(Curvature(comm, fft));
  if (!KarOptionsHelping()) PetscCall(Energy(comm, fft));
  PetscCall(KarFFTDestroy(&fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  PetscErrorCode code = KarInitialize(&argc, &argv);

  if (!code) code = Run(PETSC_COMM_WORLD);
  return KarFinish(code);
}
