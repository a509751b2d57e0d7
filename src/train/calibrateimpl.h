/* What the files of the calibration share. */
#pragma once

#include <karhunen/calibration.h>
#include <karhunen/cascade.h>
#include <karhunen/giver.h>
#include <karhunen/train.h>

/* The fields of a data set on this rank alone, in coordinates of the denoiser's modes. */
typedef struct {
  KarDataset  data; /* borrowed */
  PetscInt    samples;
  KarGrid     grid;
  KarFFT      own;
  KarResample across;
  Vec         field, of, x;
} KarCalibrationFields;

/* Not collective. data is borrowed until Close. */
PetscErrorCode KarCalibrationFieldsOpen_Private(KarDenoiser denoiser, KarDataset data, KarCalibrationFields *f);
/* Not collective. Field i into f->x; the reader's error, which it has told of, else 0. */
PetscErrorCode KarCalibrationFieldsRead_Private(KarCalibrationFields *f, PetscInt i, int *failed);
PetscErrorCode KarCalibrationFieldsClose_Private(KarCalibrationFields *f);
/* Collective on comm. q: the power of the data over C in every bin; 1 where there are no modes. sums[2 n] is
   overwritten. *whole: no wish to stop came between. */
PetscErrorCode KarCalibrationFieldsPower_Private(MPI_Comm comm, KarDenoiser denoiser, KarCalibrationFields *data,
                                                 PetscInt n, PetscReal sums[], PetscReal q[], PetscBool *whole);

/* What draws: the last level of a cascade given its others, or a model alone, which may be of fields given data. */
typedef struct {
  MPI_Comm                   comm;
  TS                         ts;
  KarCascade                 cascade; /* NULL: a model alone */
  KarDenoiser                denoiser;
  const KarCalibrateOptions *o;
  KarCalibrationFields       fields; /* of o->data */
  KarCalibrationFields       below;  /* of o->above */
  KarGiver                   giver;  /* NULL: it is not of fields given data */
  KarProgress                progress;
  Vec                        x;
  KarEnergyGains            *energy;           /* [levels], NULL: none; owned */
  PetscInt                   inside;           /* shells that lie inside the box of modes */
  PetscReal                 *power, *expected; /* of the fields of a pass, by bin; power NULL: not asked for */
} KarCalibrationRun;

/* Not collective; cannot fail. The field that draw number `draw` goes with: each in turn, or, where a pass has fewer
   draws than there are fields, fields spread evenly over all, the next pass those beside them. */
PetscInt kar_calibration_field(PetscInt64 draw, PetscInt draws, PetscInt fields);
/* Not collective. Bins without modes take part in the interpolation to their neighbours: they get sums of those.
   sums[2 levels bins]: what is above and what is below a bar, which is 0 where there are no modes. */
PetscErrorCode KarCalibrationFill_Private(const KarCalibrationBins *bins, PetscReal sums[]);
/* Collective. Says what fields had of the power that they are to have, by shell of |k|, least and most; corners of the
   box of modes are left out. */
PetscErrorCode KarCalibrationTell_Private(const KarCalibrationRun *run, const char when[],
                                          const KarCalibrationBins *bins, const PetscReal power[],
                                          const PetscReal expected[]);
/* Collective. r: gains of the whole denoiser, for data of q times the variance C (gains.c); *change the largest. */
PetscErrorCode KarCalibrationWhole_Private(KarCalibrationRun *run, const KarCalibrationBins *bins, const PetscReal q[],
                                           PetscReal r[], PetscReal *change, PetscBool *whole);
/* Collective. Gains by energy of a level, at time t, from those of the level before, NULL: it is the first, and the
   answers D[n] of this rank's draws with them (energies.c). */
PetscErrorCode KarCalibrationEnergies_Private(KarCalibrationRun *run, PetscReal t, PetscInt step, PetscInt n,
                                              const PetscInt sample[], const Vec D[], const KarEnergyGains *before,
                                              KarEnergyGains *gains);
