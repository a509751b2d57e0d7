/* One field of a file, on the grid that is at hand. */
#include <karhunen/onto.h>

/* The boxes must be one; points: so are the numbers of points. */
static PetscErrorCode Compare(MPI_Comm comm, const char option[], const char path[], const char whose[], KarGrid grid,
                              KarFFT fft, PetscBool *points)
{
  KarGridInfo info, mine;
  KarGrid     here;
  PetscBool   same;

  PetscFunctionBegin;
  PetscCall(KarGridGetInfo(grid, &info));
  PetscCall(KarFFTGetGrid(fft, &here));
  PetscCall(KarGridGetInfo(here, &mine));
  *points = PETSC_TRUE;
  same    = (PetscBool)(info.dim == mine.dim && info.dof == mine.dof && info.basis == mine.basis);
  for (int i = 0; i < 3; i++) {
    same    = (PetscBool)(same && PetscAbsReal(info.length[i] - mine.length[i]) <= 1e-6 * mine.length[i]);
    *points = (PetscBool)(*points && info.n[i] == mine.n[i]);
  }
  KarCheck(comm, same, PETSC_ERR_USER_INPUT,
           "%s %s: its fields are of another box than %s (%g %g %g and %g %g %g, %" PetscInt_FMT " and %" PetscInt_FMT
           " components): give fields of one box",
           option, path, whose, (double)info.length[0], (double)info.length[1], (double)info.length[2],
           (double)mine.length[0], (double)mine.length[1], (double)mine.length[2], info.dof, mine.dof);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFieldReadOnto(MPI_Comm comm, const char option[], const char path[], PetscInt sample,
                                const char whose[], KarFFT *fft, KarDatasetInfo *box, KarVariable *variable, Vec *x)
{
  KarDataset     data;
  KarDatasetInfo d;
  KarGrid        grid;
  KarFFT         own;
  KarResample    across;
  Vec            field, of;
  PetscBool      points = PETSC_TRUE;

  PetscFunctionBegin;
  PetscCall(KarDatasetOpen(comm, path, &data));
  PetscCall(KarDatasetGetInfo(data, &d));
  KarCheck(comm, sample < d.samples, PETSC_ERR_USER_INPUT,
           "%s_sample %" PetscInt_FMT ": %s has samples 0 to %" PetscInt_FMT, option, sample, path, d.samples - 1);
  PetscCall(KarDatasetCreateGrid(data, comm, NULL, &grid));
  if (*fft) PetscCall(Compare(comm, option, path, whose, grid, *fft, &points));
  PetscCall(KarFFTCreate(grid, &own));
  if (!*fft) {
    PetscCall(KarFFTReference(own));
    *fft = own;
    if (box) *box = d;
    if (variable) PetscCall(KarDatasetGetVariable(data, 0, variable));
  }
  PetscCall(KarGridCreateField(grid, &field));
  PetscCall(KarFFTCreateCoordinates(own, &of));
  PetscCall(KarDatasetRead(data, NULL, sample, field));
  PetscCall(KarFFTForward(own, field, of));
  PetscCall(KarFFTCreateCoordinates(*fft, x));
  if (points) PetscCall(VecCopy(of, *x));
  else {
    PetscCall(KarResampleCreate(own, *fft, &across));
    PetscCall(KarResampleApply(across, of, *x));
    PetscCall(KarResampleDestroy(&across));
  }
  PetscCall(VecDestroy(&of));
  PetscCall(VecDestroy(&field));
  PetscCall(KarFFTDestroy(&own));
  PetscCall(KarGridDestroy(&grid));
  PetscCall(KarDatasetDestroy(&data));
  PetscFunctionReturn(PETSC_SUCCESS);
}
