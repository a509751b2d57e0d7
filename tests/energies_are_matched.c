/* Gains by energy (karhunen/calibration.h) of an octave's answers. Of a field and itself they are 1, and leave it
   (1e-6). Of draws that are the data's fields times 2 they are 1/2, and give back the data's
   fields, to what the bins and the floor of the energy E allow: a bin of log E is .04 wide, which h halves, and the
   floor moves log E by 1e-4/E. A place of nought stays so. Saved and
   read again they are the same bits.  ranks: 1 2 3 */
#include "problem.h"

#include <karhunen/calibration.h>

static PetscErrorCode CreateOctave(KarFFT *fft, KarDenoiser *denoiser)
{
  const PetscReal k[4] = {0, 6.3, 12.6, 25}, lambda[4] = {0.1, 1, 0.3, 0.02};
  const PetscInt  n[2] = {24, 24};

  PetscFunctionBegin;
  PetscCall(ProblemFFT(PETSC_COMM_WORLD, 2, n, fft));
  PetscCall(PetscOptionsSetValue(NULL, "-net_type", "local"));
  PetscCall(PetscOptionsSetValue(NULL, "-local_width", "16"));
  PetscCall(PetscOptionsSetValue(NULL, "-denoiser_gain", "white"));
  PetscCall(KarDenoiserCreateOctave(*fft, (const PetscInt[]){12, 12}, 4, k, lambda, denoiser));
  PetscCall(KarDenoiserSetFromOptions(*denoiser));
  PetscCall(KarDenoiserSetUp(*denoiser));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The gains of `drawn` for energies of `data`, which makes of `drawn` their answer. */
static PetscErrorCode Match(KarDenoiser d, Vec drawn, Vec data, KarEnergyGains *gains)
{
  PetscReal bins[2][KAR_ENERGY_BINS] = {{0}};
  Vec       work;

  PetscFunctionBegin;
  PetscCall(VecDuplicate(drawn, &work));
  PetscCall(VecCopy(drawn, work));
  PetscCall(KarDenoiserCollectEnergy(d, work, bins[0]));
  PetscCall(VecCopy(data, work));
  PetscCall(KarDenoiserCollectEnergy(d, work, bins[1]));
  PetscCall(VecDestroy(&work));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, bins, 2 * KAR_ENERGY_BINS, MPIU_REAL, MPIU_SUM, PETSC_COMM_WORLD));
  kar_energy_match(bins[0], bins[1], gains);
  PetscCall(KarDenoiserApplyEnergyGains(d, gains, drawn));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Distance(Vec x, Vec y, PetscReal *distance)
{
  PetscReal norm;

  PetscFunctionBegin;
  PetscCall(VecNorm(y, NORM_2, &norm));
  PetscCall(VecAXPY(x, -1, y));
  PetscCall(VecNorm(x, NORM_2, distance));
  *distance /= norm;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Saved beside gains of the whole denoiser, and read. */
static PetscErrorCode CheckFile(KarDenoiser d, const KarEnergyGains *gains, Vec at)
{
  const PetscReal          r[8] = {0};
  const PetscInt           n[2] = {24, 24};
  const KarCalibrationBins bins = {
    .levels = 2, .components = 1, .directions = 1, .shells = 4, .low = -3, .high = 3, .k1 = 6.3, .whole = PETSC_TRUE};
  const KarEnergyGains both[2] = {*gains, *gains};
  const char          *path    = "energies.test.h5";
  KarCheckpoint        file;
  KarDenoiser          again;
  PetscBool            has;
  KarEnergyGains       other = *gains;
  Vec                  x, y;
  PetscReal            distance;

  PetscFunctionBegin;
  PetscCall(KarDenoiserSetCalibration(d, &bins, r));
  PetscCall(KarDenoiserHasEnergyGains(d, &has));
  Claim(!has, "another calibration leaves gains by energy");
  PetscCall(KarDenoiserSetEnergyGains(d, both));
  PetscCall(KarCheckpointCreate(PETSC_COMM_WORLD, path, KAR_REPLACE, &file));
  PetscCall(KarDenoiserSave(d, file, NULL));
  PetscCall(KarCheckpointClose(&file));
  PetscCall(KarDenoiserLoad(PETSC_COMM_WORLD, path, 2, n, &again));
  PetscCall(KarDenoiserSetUp(again));
  PetscCall(KarDenoiserHasEnergyGains(again, &has));
  Claim(has, "the file has no gains by energy");
  PetscCall(VecDuplicate(at, &x));
  PetscCall(VecDuplicate(at, &y));
  PetscCall(KarDenoiserSetCondition(d, at));
  PetscCall(KarDenoiserSetCondition(again, at));
  PetscCall(KarDenoiserApply(d, 0.3, at, x));
  PetscCall(KarDenoiserApply(again, 0.3, at, y));
  PetscCall(Distance(x, y, &distance));
  Claim(distance == 0, "the model that was saved and read answers otherwise, by %g", (double)distance);
  for (int k = 0; k < KAR_ENERGY_KNOTS; k++) other.h[k] += 0.1;
  PetscCall(KarDenoiserSetEnergyGains(d, (const KarEnergyGains[]){other, other}));
  PetscCall(KarDenoiserApply(d, 0.3, at, x));
  PetscCall(VecScale(y, PetscExpReal(0.1)));
  PetscCall(Distance(x, y, &distance));
  Claim(distance < 1e-5, "gains e^.1 higher: off by %g", (double)distance);
  (void)remove(path);
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&y));
  PetscCall(KarDenoiserDestroy(&again));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  KarFFT         fft;
  KarDenoiser    d;
  KarCov         data;
  KarEnergyGains gains;
  Vec            x, field;
  PetscReal      distance, norm, most = 0;

  PetscFunctionBegin;
  PetscCall(CreateOctave(&fft, &d));
  PetscCall(KarDenoiserGetDataCovariance(d, &data));
  PetscCall(KarFFTCreateCoordinates(fft, &field));
  PetscCall(VecDuplicate(field, &x));
  PetscCall(KarCovSample(data, (KarKey){.seed = 4, .stream = KAR_STREAM_TEST}, field));
  PetscCall(VecCopy(field, x));
  PetscCall(Match(d, x, field, &gains));
  PetscCall(Distance(x, field, &distance));
  Claim(distance < 1e-6, "fields matched with themselves change by %g", (double)distance);
  PetscCall(VecCopy(field, x));
  PetscCall(VecScale(x, 2));
  PetscCall(Match(d, x, field, &gains));
  for (int k = 0; k < KAR_ENERGY_KNOTS; k++) {
    const PetscReal E = PetscExpReal(gains.at[k]) / 4, room = (0.04 + 1e-4 / E) / 2;

    Claim(PetscAbsReal(gains.h[k] + PetscLogReal(2)) <= room, "where data have the energy %g, a gain of e^%g",
          (double)E, (double)gains.h[k]);
    most = PetscMax(most, PetscExpReal(room) - 1);
  }
  PetscCall(Distance(x, field, &distance));
  Claim(distance <= most, "fields twice too strong, matched: off by %g of %g", (double)distance, (double)most);
  PetscCall(VecSet(x, 0));
  PetscCall(KarDenoiserApplyEnergyGains(d, &gains, x));
  PetscCall(VecNorm(x, NORM_2, &norm));
  Claim(norm == 0, "of nought there is %g", (double)norm);
  PetscCall(CheckFile(d, &gains, field));
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&field));
  PetscCall(KarDenoiserDestroy(&d));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
