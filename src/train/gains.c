/* Gains of the whole denoiser (karhunen/calibration.h), found in one pass: all draws go side by side from level to
   level of noise; at each, gains give D the moment that the true denoiser has (src/denoiser/moment.c), and the draws go
   on with these.  A draw above a field of the data is to have that field's power.  Fields are not weighted by what they
   have: as a field and a draw above the same scales are two draws of one law, E[draw's/field's power] is above 1. */
#include "calibrateimpl.h"

#include <karhunen/condition.h>
#include <karhunen/together.h>

#define SHARE 0.5 /* of the way from the gains of the level before: they follow the mean of several levels */
#define ALIKE 0.5 /* correlation from which the field that a draw is above is taken for one of the data */
#define LEAST -2. /* of r */
#define MOST  0.75

typedef struct {
  KarCalibrationRun        *run;
  const KarCalibrationBins *bins;
  PetscInt                  n, one; /* draws of this rank; bins of a level */
  PetscInt                 *sample;
  KarKey                   *key;
  Vec                      *x, *coarse; /* coarse: what each is drawn above; NULL: it is no octave */
  PetscReal                *q;          /* of each draw, [n][one] */
  PetscReal                *sums;       /* [2][one] */
  PetscReal                *r, alike[2];
} Ensemble;

/* q of draw j, from the field of the data that it belongs to, and how alike are that and what it is above.
   failed: the reader's error, which it has told of, else 0. */
static PetscErrorCode Pair(Ensemble *e, PetscInt j, int *failed)
{
  KarCalibrationRun *run    = e->run;
  const PetscInt     fields = run->fields.samples, above = run->below.samples;
  PetscReal         *power = e->q + j * e->one, norm[2], dot;

  PetscFunctionBegin;
  PetscCall(KarCalibrationFieldsRead_Private(
    &run->fields, (PetscInt)((PetscInt64)kar_calibration_field(e->sample[j], run->o->samples, above) * fields / above),
    failed));
  if (*failed) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(VecDot(run->fields.x, e->coarse[j], &dot));
  PetscCall(VecNorm(run->fields.x, NORM_2, &norm[0]));
  PetscCall(VecNorm(e->coarse[j], NORM_2, &norm[1]));
  e->alike[0] += dot / PetscMax(norm[0] * norm[1], PETSC_SMALL);
  e->alike[1] += 1;
  PetscCall(PetscArrayzero(power, e->one));
  PetscCall(PetscArrayzero(e->sums, e->one));
  PetscCall(KarDenoiserCollectPower(run->denoiser, run->fields.x, power, e->sums));
  for (PetscInt i = 0; i < e->one; i++) power[i] = e->sums[i] > 0 ? power[i] / e->sums[i] : 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What draw j is drawn above, and, with a field of the data to each, what it is to have. */
static PetscErrorCode Prepare(Ensemble *e, PetscInt j, PetscBool paired, PetscBool *on, int *failed)
{
  KarCalibrationRun *run = e->run;
  PetscInt           levels;

  PetscFunctionBegin;
  PetscCall(VecDuplicate(run->x, &e->x[j]));
  PetscCall(KarDenoiserTell(run->denoiser, e->sample[j]));
  if (run->o->above) {
    PetscCall(KarCalibrationFieldsRead_Private(
      &run->below, kar_calibration_field(e->sample[j], run->o->samples, run->below.samples), failed));
    if (*failed) PetscFunctionReturn(PETSC_SUCCESS);
    PetscCall(VecDuplicate(run->x, &e->coarse[j]));
    PetscCall(VecCopy(run->below.x, e->coarse[j]));
  } else if (run->cascade) {
    PetscCall(KarCascadeGetSize(run->cascade, &levels));
    if (levels == 1) PetscFunctionReturn(PETSC_SUCCESS);
    PetscCall(KarCascadeCondition(run->cascade, levels - 1, e->key[j], on));
    PetscCall(VecDuplicate(run->x, &e->coarse[j]));
    if (*on) PetscCall(KarCascadeGetCondition(run->cascade, levels - 1, e->coarse[j]));
  }
  if (paired) PetscCall(Pair(e, j, failed));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The draws of this rank. Where what they are above is not of the data, all are to have the mean of all: q. */
static PetscErrorCode Begin(Ensemble *e, const PetscReal q[], PetscBool *on)
{
  KarCalibrationRun *run = e->run;
  const PetscBool paired = (PetscBool)(run->o->above && run->o->data && run->below.samples % run->fields.samples == 0);
  PetscReal       sum[2];
  int             failed = 0;

  PetscFunctionBegin;
  for (PetscInt j = 0; j < e->n && !failed && *on; j++) PetscCall(Prepare(e, j, paired, on, &failed));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &failed, 1, MPI_INT, MPI_MAX, run->comm));
  if (failed) PetscFunctionReturn((PetscErrorCode)failed); /* the rank that read has said why */
  PetscCall(KarStopRequested(run->comm, on));
  *on = (PetscBool) !*on;
  PetscCallMPI(MPI_Allreduce(e->alike, sum, 2, MPIU_REAL, MPIU_SUM, run->comm));
  if (paired && sum[0] > ALIKE * sum[1])
    PetscCall(PetscPrintf(run->comm, "each draw is to have the power of the field of -data that it is drawn above\n"));
  else
    for (PetscInt j = 0; j < e->n; j++) PetscCall(PetscArraycpy(e->q + j * e->one, q, e->one));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Turn(void *ctx, PetscInt j)
{
  Ensemble *e = ctx;

  PetscFunctionBegin;
  PetscCall(KarDenoiserTell(e->run->denoiser, e->sample[j]));
  if (e->coarse[j]) PetscCall(KarDenoiserSetCondition(e->run->denoiser, e->coarse[j]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What the draws have of the power that they are to have. */
static PetscErrorCode TellDrawn(Ensemble *e, const Vec D[])
{
  PetscReal *all, *own;

  PetscFunctionBegin;
  PetscCall(PetscCalloc2(2 * e->one, &all, 2 * e->one, &own));
  for (PetscInt j = 0; j < e->n; j++) {
    PetscCall(PetscArrayzero(own, 2 * e->one));
    PetscCall(KarDenoiserCollectPower(e->run->denoiser, D[j], own, own + e->one));
    for (PetscInt i = 0; i < e->one; i++) {
      all[i] += own[i];
      all[e->one + i] += e->q[j * e->one + i] * own[e->one + i];
    }
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, all, (int)(2 * e->one), MPIU_REAL, MPIU_SUM, e->run->comm));
  PetscCall(KarCalibrationTell_Private(e->run, "draws with these gains", e->bins, all, all + e->one));
  PetscCall(PetscFree2(all, own));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* r of a level from its sums and from r of the level before, of more noise: NULL for the first. */
static void Choose(PetscInt n, const PetscReal sums[], const PetscReal before[], PetscReal r[])
{
  for (PetscInt i = 0; i < n; i++) {
    const PetscReal from  = before ? before[i] : 0;
    const PetscReal found = sums[i] > 0 ? 1 - sums[n + i] / sums[i] : from;

    r[i] = from + SHARE * (PetscMax(LEAST, PetscMin(MOST, found)) - from);
  }
}

static PetscErrorCode See(void *ctx, PetscInt step, PetscReal t, const Vec x[], const Vec D[], PetscBool *on)
{
  Ensemble          *e      = ctx;
  KarCalibrationRun *run    = e->run;
  KarCalibrationBins single = *e->bins;
  const PetscInt     level  = e->bins->levels - 1 - step;
  PetscReal         *r      = e->r + level * e->one;
  KarEnergyGains    *energy = run->energy ? run->energy + level : NULL;
  PetscBool          stop;

  PetscFunctionBegin;
  if (energy)
    PetscCall(KarCalibrationEnergies_Private(run, t, step, e->n, e->sample, D, step ? energy + 1 : NULL, energy));
  PetscCall(PetscArrayzero(e->sums, 2 * e->one));
  for (PetscInt j = 0; j < e->n; j++)
    PetscCall(KarDenoiserCollectMoment(run->denoiser, t, x[j], D[j], e->q + j * e->one, e->sums, e->sums + e->one));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, e->sums, (int)(2 * e->one), MPIU_REAL, MPIU_SUM, run->comm));
  single.levels = 1;
  PetscCall(KarCalibrationFill_Private(&single, e->sums));
  Choose(e->one, e->sums, step ? r + e->one : NULL, r);
  PetscCall(KarDenoiserSetCalibration(run->denoiser, e->bins, e->r));
  for (PetscInt j = 0; j < e->n; j++) PetscCall(KarDenoiserLower(run->denoiser, t, D[j]));
  if (!level) PetscCall(TellDrawn(e, D));
  PetscCall(KarProgressUpdate(run->progress, (step + 1) * run->o->samples, NULL));
  PetscCall(KarStopRequested(run->comm, &stop));
  *on = (PetscBool)!stop;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Levels of gains lie where the sampler evaluates. */
static PetscErrorCode CheckTimes(const KarCalibrationRun *run, const KarCalibrationBins *bins)
{
  const PetscReal *t;
  PetscReal        off = 0, logsnr;
  PetscInt         steps;
  KarSDE           sde;

  PetscFunctionBegin;
  PetscCall(KarSamplerGetTimes(run->ts, &steps, &t));
  PetscCall(KarDenoiserGetSDE(run->denoiser, &sde));
  for (PetscInt i = 0; i <= steps; i++) {
    PetscCall(KarSDEGetLogSNR(sde, t[i], &logsnr));
    off = PetscMax(off, PetscAbsReal((-logsnr / 2 - bins->low) / (bins->high - bins->low) * (PetscReal)steps -
                                     (PetscReal)(steps - i)));
  }
  KarCheck(run->comm, off < 1e-6, PETSC_ERR_SUP,
           "gains of the whole denoiser: of evaluations at equal steps of log(s/a): leave out -sampler_times");
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCalibrationWhole_Private(KarCalibrationRun *run, const KarCalibrationBins *bins, const PetscReal q[],
                                           PetscReal r[], PetscReal *change, PetscBool *whole)
{
  const PetscInt     one       = bins->components * bins->directions * bins->shells;
  Ensemble           e         = {.run = run, .bins = bins, .one = one, .r = r};
  const KarCompanion companion = {.turn = Turn, .see = See, .ctx = &e};
  int                rank, ranks;

  PetscFunctionBegin;
  PetscCall(CheckTimes(run, bins));
  PetscCallMPI(MPI_Comm_rank(run->comm, &rank));
  PetscCallMPI(MPI_Comm_size(run->comm, &ranks));
  e.n = (run->o->samples - rank + ranks - 1) / ranks;
  PetscCall(PetscCalloc4(e.n, &e.sample, e.n, &e.key, e.n, &e.x, e.n, &e.coarse));
  PetscCall(PetscCalloc2(e.n * one, &e.q, 2 * one, &e.sums));
  for (PetscInt j = 0; j < e.n; j++) {
    e.sample[j] = rank + j * ranks;
    e.key[j]    = (KarKey){.seed = run->o->seed, .sample = e.sample[j]};
  }
  if (run->o->energy) PetscCall(PetscCalloc1(bins->levels, &run->energy));
  if (*whole) PetscCall(Begin(&e, q, whole));
  PetscCall(KarProgressCreate(run->comm, "calibrate", bins->levels * run->o->samples, &run->progress));
  if (*whole) PetscCall(KarSamplerSolveTogether(run->ts, e.n, e.key, e.x, &companion, whole));
  PetscCall(KarProgressDestroy(&run->progress));
  *change = 0;
  for (PetscInt i = 0; i < bins->levels * one; i++) *change = PetscMax(*change, PetscAbsReal(r[i]));
  for (PetscInt j = 0; j < e.n; j++) {
    PetscCall(VecDestroy(&e.x[j]));
    PetscCall(VecDestroy(&e.coarse[j]));
  }
  PetscCall(PetscFree4(e.sample, e.key, e.x, e.coarse));
  PetscCall(PetscFree2(e.q, e.sums));
  PetscFunctionReturn(PETSC_SUCCESS);
}
