/* Fields of a data set for a calibration, and their power. */
#include "calibrateimpl.h"

PetscErrorCode KarCalibrationFieldsOpen_Private(KarDenoiser denoiser, KarDataset data, KarCalibrationFields *f)
{
  KarVariable variable;
  KarFFT      fft;

  PetscFunctionBegin;
  *f = (KarCalibrationFields){.data = data};
  PetscCall(KarDatasetGetVariable(data, 0, &variable));
  f->samples = variable.samples;
  PetscCall(KarDatasetCreateGrid(data, PETSC_COMM_SELF, NULL, &f->grid));
  PetscCall(KarFFTCreate(f->grid, &f->own));
  PetscCall(KarDenoiserGetFFT(denoiser, &fft));
  PetscCall(KarResampleCreate(f->own, fft, &f->across));
  PetscCall(KarGridCreateField(f->grid, &f->field));
  PetscCall(KarFFTCreateCoordinates(f->own, &f->of));
  PetscCall(KarFFTCreateCoordinates(fft, &f->x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCalibrationFieldsRead_Private(KarCalibrationFields *f, PetscInt i, int *failed)
{
  PetscFunctionBegin;
  *failed = (int)KarDatasetRead(f->data, NULL, i, f->field);
  if (*failed) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarFFTForward(f->own, f->field, f->of));
  PetscCall(KarResampleApply(f->across, f->of, f->x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCalibrationFieldsClose_Private(KarCalibrationFields *f)
{
  PetscFunctionBegin;
  PetscCall(VecDestroy(&f->x));
  PetscCall(VecDestroy(&f->of));
  PetscCall(VecDestroy(&f->field));
  PetscCall(KarResampleDestroy(&f->across));
  PetscCall(KarFFTDestroy(&f->own));
  PetscCall(KarGridDestroy(&f->grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Sums over all fields; ranks share them. *whole: no wish to stop came between. */
static PetscErrorCode AddFields(MPI_Comm comm, KarDenoiser denoiser, KarCalibrationFields *f, PetscReal above[],
                                PetscReal below[], PetscBool *whole)
{
  KarProgress progress;
  int         rank, ranks, failed = 0;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  PetscCall(KarProgressCreate(comm, "measuring the data", f->samples, &progress));
  for (PetscInt i = 0; i < f->samples && *whole; i += ranks) {
    PetscBool stop;

    if (i + rank < f->samples) {
      PetscCall(KarCalibrationFieldsRead_Private(f, i + rank, &failed));
      if (!failed) PetscCall(KarDenoiserCollectPower(denoiser, f->x, above, below));
    }
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &failed, 1, MPI_INT, MPI_MAX, comm));
    if (failed) PetscFunctionReturn((PetscErrorCode)failed); /* the rank that read it has said why */
    PetscCall(KarProgressUpdate(progress, PetscMin(i + ranks, f->samples), NULL));
    PetscCall(KarStopRequested(comm, &stop));
    *whole = (PetscBool)!stop;
  }
  PetscCall(KarProgressDestroy(&progress));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCalibrationFieldsPower_Private(MPI_Comm comm, KarDenoiser denoiser, KarCalibrationFields *data,
                                                 PetscInt n, PetscReal sums[], PetscReal q[], PetscBool *whole)
{
  PetscFunctionBegin;
  PetscCall(PetscArrayzero(sums, 2 * n));
  PetscCall(AddFields(comm, denoiser, data, sums, sums + n, whole));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sums, (int)(2 * n), MPIU_REAL, MPIU_SUM, comm));
  for (PetscInt i = 0; i < n; i++) q[i] = sums[n + i] > 0 ? sums[i] / sums[n + i] : 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}
