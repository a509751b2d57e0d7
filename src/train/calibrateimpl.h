/* What the files of the calibration share. */
#pragma once

#include <karhunen/calibration.h>
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
