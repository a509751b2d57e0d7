/* A correction of the denoiser, r by noise level, |k| and direction: of its linear part, D_k = (1 - r) w x_k + o F_k,
   or of all, D_k = (1 - r) (w x_k + o F_k), which leaves what is nought at nought. Over the model's own fields x the
   regression of D on x is then v, the Wiener filter of the data's variance, which w is where that is C, or, of all, its
   moment with x is a C (moment.c). So it is for the true denoiser, and the second moments of every mode move as for
   Gaussian data. r is linear between its bins, constant beyond them, and 0 for modes that the network's grid lacks:
   there F = 0. */
#pragma once

#include <karhunen/calibration.h>

typedef struct {
  KarCalibrationBins bins;  /* levels 0: no correction */
  PetscReal          eta;   /* of the sampler */
  PetscReal         *r;     /* [levels][components][directions][shells]; owned */
  const KarModes    *modes; /* borrowed */
  PetscReal *now; /* [components][directions][shells]: r at the noise level of the last kar_calibration_time(); owned */
  KarEnergyGains  *energy;        /* [levels] gains by energy, or NULL: there are none; owned */
  KarEnergyGains   here;          /* those at the noise level of the last kar_calibration_time() */
  PetscInt         level;         /* the level nearest to it */
  const PetscReal *q;             /* as KarDenoiserCollect() has it; borrowed */
  PetscReal       *above, *below; /* the sums that it asked for, or NULL; borrowed */
} KarCalibration;

/* Not collective. A copy of r, for the modes of fft. */
PetscErrorCode KarCalibrationCreate(KarFFT fft, const KarCalibrationBins *bins, const PetscReal r[],
                                    KarCalibration *calibration);
PetscErrorCode KarCalibrationDestroy(KarCalibration *calibration);
PetscErrorCode KarCalibrationSave(const KarCalibration *calibration, KarCheckpoint file);
/* For wave numbers so many octaves higher than the file's. No levels when the file has none. */
PetscErrorCode KarCalibrationLoad(KarFFT fft, KarCheckpoint file, PetscInt octaves, KarCalibration *calibration);
/* Not collective; cannot fail. */
void kar_calibration_time(KarCalibration *calibration, PetscReal logratio);

/* Numbers at one noise level. */
static inline PetscInt kar_calibration_size(const KarCalibrationBins *b)
{
  return b->components * b->directions * b->shells;
}

/* Where a mode lies, in steps of the bins: its direction and its |k|. */
typedef struct {
  float direction, shell;
} KarCalibrationPlace;
/* Not collective; cannot fail. Of local mode i; without levels 0. */
KarCalibrationPlace kar_calibration_place(const KarCalibration *calibration, PetscInt i);

/* Bin of a component of a mode, [components][directions][shells], the first for the mean alone; -1 beyond the last. Not
   collective; cannot fail. */
static inline PetscInt kar_calibration_bin(const KarCalibration *c, KarCalibrationPlace at, PetscInt component)
{
  const KarCalibrationBins *b         = &c->bins;
  const PetscInt            shell     = (PetscInt)(at.shell + 0.5f);
  const PetscInt            direction = (PetscInt)(at.direction + 0.5f);

  if (shell >= b->shells) return -1;
  return ((b->components > 1 ? component : 0) * b->directions + direction) * b->shells + shell;
}

/* r of a component of a mode. Not collective; cannot fail. */
static inline PetscReal kar_calibration(const KarCalibration *c, KarCalibrationPlace at, PetscInt component)
{
  const KarCalibrationBins *k = &c->bins;
  if (!k->levels) return 0;
  const PetscReal  v = (PetscReal)at.direction, u = PetscMin((PetscReal)at.shell, (PetscReal)(k->shells - 1));
  const PetscInt   d = PetscMin((PetscInt)v, PetscMax(k->directions - 2, 0)), b = PetscMin((PetscInt)u, k->shells - 2);
  const PetscReal *r    = c->now + ((k->components > 1 ? component : 0) * k->directions + d) * k->shells + b;
  const PetscReal *next = k->directions > 1 ? r + k->shells : r;
  const PetscReal  here = r[0] + (u - (PetscReal)b) * (r[1] - r[0]);

  return here + (v - (PetscReal)d) * (next[0] + (u - (PetscReal)b) * (next[1] - next[0]) - here);
}
