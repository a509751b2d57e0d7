/* With gains `rough` the network's fields have the noise's spectrum lambda where modewise ones have the data's C, and
   nothing else is different: shown fields whose modes are sqrt(lambda/C) times as large, one input at a time, a
   modewise denoiser's network sees the same, and what it adds to the linear part is that of the rough one, but for the
   gain: o_rough/o_modewise = sqrt(tr lambda/tr C) sqrt(C/lambda) in every mode.  A float network: 1e-5.  ranks: 1 2 */
#include "problem.h"

static const PetscReal time_ = 0.3;

typedef struct {
  KarDenoiser      denoiser;
  KarFFT           fft;
  const PetscReal *C, *lambda; /* of each mode */
  PetscReal        a, s;
} Law;

/* A denoiser whose network has weights away from zero, and sees one of its two inputs. */
static PetscErrorCode Create(KarFFT fft, const char gain[], PetscInt seen, Law *law)
{
  const PetscReal  k[5] = {0, 6.3, 12.6, 25, 60}, spectrum[5] = {0.1, 1, 0.3, 0.02, 0.001}, mean = 0;
  const KarTensor *tensors;
  PetscInt         n, size;
  KarNet           net;
  KarSDE           sde;
  KarCov           data, noise;
  float           *p;

  PetscFunctionBegin;
  law->fft = fft;
  PetscCall(PetscOptionsSetValue(NULL, "-denoiser_gain", gain));
  PetscCall(KarDenoiserCreate(fft, 5, k, spectrum, &mean, &law->denoiser));
  PetscCall(KarDenoiserSetFromOptions(law->denoiser));
  PetscCall(KarDenoiserSetUp(law->denoiser));
  PetscCall(KarDenoiserGetNet(law->denoiser, &net));
  PetscCall(KarNetGetParameters(net, &size, &p));
  PetscCall(KarNetGetTensors(net, &n, &tensors));
  for (PetscInt i = 0; i < size; i++) {
    PetscReal z[2];

    kar_normal_pair((KarKey){.seed = 7, .stream = KAR_STREAM_TEST}, i % 1000, i / 1000, 0, z);
    p[i] = (float)(0.2 * z[0]);
  }
  Claim(!strcmp(tensors[0].name, "lift.weight") && tensors[0].shape[0] == 2, "%s", tensors[0].name);
  for (PetscInt i = 0; i < tensors[0].shape[1]; i++) p[tensors[0].offset + !seen * tensors[0].shape[1] + i] = 0;
  PetscCall(KarDenoiserGetSDE(law->denoiser, &sde));
  PetscCall(KarSDEGetCovariance(sde, &noise));
  PetscCall(KarDenoiserGetDataCovariance(law->denoiser, &data));
  PetscCall(KarCovGetEigenvalues(data, &law->C));
  PetscCall(KarCovGetEigenvalues(noise, &law->lambda));
  PetscCall(KarSDEGetMarginal(sde, time_, &law->a, &law->s));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Traces over the grid: of the data's C and of lambda; seen 0: of a^2 C P/V with P the one and the other. */
static PetscErrorCode Traces(const Law *law, PetscBool passed, PetscReal trace[2])
{
  const KarModes *m;
  KarMode         mode;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(law->fft, &m));
  trace[0] = trace[1] = 0;
  for (PetscInt i = 0; i < m->rows * m->length; i++) {
    const PetscReal C = law->C[i], V = law->a * law->a * C + law->s * law->s * law->lambda[i],
                    part = passed ? law->a * law->a * C / V : 1;

    kar_mode(m, i / m->length, i % m->length, &mode);
    trace[0] += mode.weight * part * C;
    trace[1] += mode.weight * part * law->lambda[i];
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, trace, 2, MPIU_REAL, MPIU_SUM, PETSC_COMM_WORLD));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* x <- D - w x: what the network adds. */
static PetscErrorCode Added(const Law *law, Vec x)
{
  const KarModes    *m;
  const PetscScalar *d;
  PetscScalar       *in;
  Vec                D;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(law->fft, &m));
  PetscCall(VecDuplicate(x, &D));
  PetscCall(KarDenoiserApply(law->denoiser, time_, x, D));
  PetscCall(VecGetArrayRead(D, &d));
  PetscCall(VecGetArray(x, &in));
  for (PetscInt c = 0; c < 2 * m->rows * m->length; c++)
    in[c] =
      d[c] - law->a * law->C[c / 2] / (law->a * law->a * law->C[c / 2] + law->s * law->s * law->lambda[c / 2]) * in[c];
  PetscCall(VecRestoreArray(x, &in));
  PetscCall(VecRestoreArrayRead(D, &d));
  PetscCall(VecDestroy(&D));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* x times factor (lambda/C)^power, mode by mode. */
static PetscErrorCode Roughen(const Law *law, PetscReal factor, PetscReal power, Vec x)
{
  const KarModes *m;
  PetscScalar    *a;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(law->fft, &m));
  PetscCall(VecGetArray(x, &a));
  for (PetscInt c = 0; c < 2 * m->rows * m->length; c++)
    a[c] *= factor * PetscPowReal(law->lambda[c / 2] / law->C[c / 2], power);
  PetscCall(VecRestoreArray(x, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Check(KarFFT fft, PetscInt seen)
{
  Law       rough, plain;
  KarSDE    sde;
  KarCov    data;
  Vec       x, y;
  PetscReal all[2], passed[2], norm, error;

  PetscFunctionBegin;
  PetscCall(Create(fft, "rough", seen, &rough));
  PetscCall(Create(fft, "modewise", seen, &plain));
  PetscCall(Traces(&rough, PETSC_FALSE, all));
  PetscCall(Traces(&rough, PETSC_TRUE, passed));
  PetscCall(KarDenoiserGetSDE(rough.denoiser, &sde));
  PetscCall(KarDenoiserGetDataCovariance(rough.denoiser, &data));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(VecDuplicate(x, &y));
  PetscCall(KarSDESamplePrior(sde, data, (KarKey){.seed = 3, .stream = KAR_STREAM_TEST}, x));
  PetscCall(VecCopy(x, y));
  PetscCall(Roughen(&plain, seen ? PetscSqrtReal(all[0] / all[1]) : PetscSqrtReal(passed[0] / passed[1]), 0.5, y));
  PetscCall(Added(&rough, x));
  PetscCall(Added(&plain, y));
  PetscCall(Roughen(&plain, PetscSqrtReal(all[1] / all[0]), -0.5, y));
  PetscCall(VecNorm(x, NORM_2, &norm));
  PetscCall(VecAXPY(y, -1, x));
  PetscCall(VecNorm(y, NORM_2, &error));
  ClaimNear(error / norm, 0, 1e-5);
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&y));
  PetscCall(KarDenoiserDestroy(&rough.denoiser));
  PetscCall(KarDenoiserDestroy(&plain.denoiser));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  const PetscInt n[2] = {15, 15};
  KarFFT         fft;

  PetscFunctionBegin;
  PetscCall(PetscOptionsSetValue(NULL, "-fno_width", "6"));
  PetscCall(PetscOptionsSetValue(NULL, "-fno_depth", "2"));
  PetscCall(PetscOptionsSetValue(NULL, "-fno_modes", "4"));
  PetscCall(ProblemFFT(PETSC_COMM_WORLD, 2, n, &fft));
  for (PetscInt seen = 0; seen < 2; seen++) PetscCall(Check(fft, seen));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
