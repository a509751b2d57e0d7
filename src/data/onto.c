/* One field of a file, on the grid that is at hand. */
#include <karhunen/onto.h>

/* "2 x 2, periodic, 1 component" */
static void Box(const KarGridInfo *g, size_t size, char text[])
{
  size_t used = 0;

  for (PetscInt a = 0; a < g->dim && used < size; a++)
    used += (size_t)snprintf(text + used, size - used, "%s%g", a ? " x " : "", (double)g->length[a]);
  if (used < size)
    (void)snprintf(text + used, size - used, ", %s, %" PetscInt_FMT " component%s", KarBases[g->basis], g->dof,
                   g->dof == 1 ? "" : "s");
}

/* The boxes must be one; points: so are the numbers of points. */
static PetscErrorCode Compare(MPI_Comm comm, const char option[], const char path[], const char whose[], KarGrid grid,
                              KarFFT fft, PetscBool *points)
{
  KarGridInfo info, mine;
  KarGrid     here;
  PetscBool   same;
  char        boxes[2][128];

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
  Box(&info, sizeof(boxes[0]), boxes[0]);
  Box(&mine, sizeof(boxes[1]), boxes[1]);
  KarCheck(comm, same, PETSC_ERR_USER_INPUT,
           "%s %s: its fields are of another box than %s (%s and %s): give fields of one box", option, path, whose,
           boxes[0], boxes[1]);
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
