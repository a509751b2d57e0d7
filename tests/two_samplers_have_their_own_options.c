/* Two samplers in one run are told apart by their prefixes, and two files of fields; a type that the user registers
   with TSRegister() is reached by -sampler_type; options change what is named and leave what the setters chose.
   ranks: 1 2 */
#include "problem.h"

static PetscErrorCode Mine(TS ts)
{
  TSType rk = TSRK;

  PetscFunctionBegin;
  PetscCall(TSSetType(ts, rk));
  PetscCall(PetscObjectChangeTypeName((PetscObject)ts, "mine"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CreateScore(KarScore *score)
{
  const PetscInt n[2] = {8, 8};
  KarFFT         fft;
  KarCov         cov;
  KarSDE         sde;

  PetscFunctionBegin;
  PetscCall(ProblemFFT(PETSC_COMM_WORLD, 2, n, &fft));
  PetscCall(KarCovCreate(fft, &cov));
  PetscCall(KarCovSetType(cov, KARCOVMATERN));
  PetscCall(KarSDECreate(cov, &sde));
  PetscCall(ProblemScore(sde, cov, score));
  PetscCall(KarSDEDestroy(&sde));
  PetscCall(KarCovDestroy(&cov));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ClaimSampler(KarScore score, const char prefix[], const char first[], const char type[],
                                   PetscInt evaluations)
{
  TSType   is;
  PetscInt n;
  TS       ts;

  PetscFunctionBegin;
  PetscCall(KarSamplerCreate(score, &ts));
  PetscCall(KarSamplerSetOptionsPrefix(ts, prefix));
  if (first) PetscCall(KarSamplerSetType(ts, first));
  PetscCall(KarSamplerSetFromOptions(ts));
  PetscCall(TSGetType(ts, &is));
  PetscCall(KarSamplerGetEvaluations(ts, &n));
  Claim(!strcmp(is, type), "prefix \"%s\" gives %s, expected %s", prefix, is, type);
  Claim(n == evaluations, "prefix \"%s\" makes %" PetscInt_FMT " evaluations, expected %" PetscInt_FMT, prefix, n,
        evaluations);
  PetscCall(TSDestroy(&ts));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ClaimFile(KarScore score, const char prefix[], KarPrecision precision)
{
  char        path[64];
  KarFFT      fft;
  KarGrid     grid;
  KarVariable v;
  KarDataset  data;

  PetscFunctionBegin;
  PetscCall(KarScoreGetFFT(score, &fft));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(PetscSNPrintf(path, sizeof(path), "two_%sfile.h5", prefix));
  PetscCall(KarDatasetCreate(PETSC_COMM_WORLD, grid, path, &data));
  PetscCall(KarDatasetSetOptionsPrefix(data, prefix));
  PetscCall(KarDatasetSetFromOptions(data));
  PetscCall(KarDatasetSetSamples(data, 1));
  PetscCall(KarDatasetAddVariable(data, "u", 1, "1", "a field"));
  PetscCall(KarDatasetSetUp(data));
  PetscCall(KarDatasetGetVariable(data, 0, &v));
  Claim(v.precision == precision, "the file of prefix \"%s\" has the other's precision", prefix);
  PetscCall(KarDatasetDestroy(&data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  KarScore score;

  PetscFunctionBegin;
  PetscCall(CreateScore(&score));
  PetscCall(TSRegister("mine", Mine));
  PetscCall(PetscOptionsSetValue(NULL, "-coarse_sampler_type", "ancestral"));
  PetscCall(PetscOptionsSetValue(NULL, "-coarse_sampler_evaluations", "12"));
  PetscCall(PetscOptionsSetValue(NULL, "-fine_ts_type", "em"));
  PetscCall(PetscOptionsSetValue(NULL, "-fine_sampler_evaluations", "7"));
  PetscCall(PetscOptionsSetValue(NULL, "-own_sampler_type", "mine"));
  PetscCall(ClaimSampler(score, "coarse_", NULL, "ancestral", 12));
  PetscCall(ClaimSampler(score, "fine_", NULL, "em", 7));
  PetscCall(ClaimSampler(score, "own_", NULL, "mine", 0));
  PetscCall(ClaimSampler(score, "", NULL, "multistep", 40));
  PetscCall(ClaimSampler(score, "none_", "heun", "heun", 39));
  PetscCall(PetscOptionsSetValue(NULL, "-fine_out_precision", "double"));
  PetscCall(ClaimFile(score, "fine_", KAR_FLOAT64));
  PetscCall(ClaimFile(score, "coarse_", KAR_FLOAT32));
  PetscCall(KarScoreDestroy(&score));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
