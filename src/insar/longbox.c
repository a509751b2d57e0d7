/* Stationary fields on a scene, whose box is not periodic: drawn on one that is, twice as long, and cut, so that
   nothing of the box is seen. */
#include "insarimpl.h"

static PetscErrorCode CreateTransform(LongBox *box)
{
  const PetscInt  n[2]      = {2 * box->info.n[0], 2 * box->info.n[1]};
  const PetscReal length[2] = {2 * box->info.length[0], 2 * box->info.length[1]};
  KarGrid         grid;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(box->info.comm, &grid));
  PetscCall(KarGridSetSizes(grid, 2, n, length));
  PetscCall(KarGridSetUp(grid));
  PetscCall(KarFFTCreate(grid, &box->fft));
  PetscCall(KarFFTCreateCoordinates(box->fft, &box->coordinates));
  PetscCall(KarGridCreateField(grid, &box->whole));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The corner of the box that is the scene. */
static PetscErrorCode CreateCut(LongBox *box)
{
  const KarGridInfo *g = &box->info;
  PetscInt          *from, first;
  IS                 in, out;

  PetscFunctionBegin;
  PetscCall(VecCreateMPI(g->comm, g->ln * g->n[1], g->n[0] * g->n[1], &box->cut));
  PetscCall(VecGetOwnershipRange(box->cut, &first, NULL));
  PetscCall(PetscMalloc1(g->ln * g->n[1], &from));
  for (PetscInt i = 0; i < g->ln; i++)
    for (PetscInt j = 0; j < g->n[1]; j++) from[i * g->n[1] + j] = (g->start + i) * 2 * g->n[1] + j;
  PetscCall(ISCreateGeneral(g->comm, g->ln * g->n[1], from, PETSC_OWN_POINTER, &in));
  PetscCall(ISCreateStride(g->comm, g->ln * g->n[1], first, 1, &out));
  PetscCall(VecScatterCreate(box->whole, in, box->cut, out, &box->scatter));
  PetscCall(ISDestroy(&in));
  PetscCall(ISDestroy(&out));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Points of a cosine grid lie in the middle of their cells, those of the long box at their corners. */
static PetscErrorCode CreateTurn(LongBox *box)
{
  const KarModes *modes;
  KarMode         mode;

  PetscFunctionBegin;
  box->half = box->info.basis == KAR_BASIS_COSINE ? 0.5 : 0;
  PetscCall(KarFFTGetModes(box->fft, &modes));
  PetscCall(PetscMalloc1(2 * modes->rows * modes->length, &box->turn));
  for (PetscInt r = 0; r < modes->rows; r++)
    for (PetscInt j = 0; j < modes->length; j++) {
      PetscReal angle = 0, *t = box->turn + 2 * (r * modes->length + j);

      kar_mode(modes, r, j, &mode);
      for (int a = 0; a < 2; a++) angle += mode.k[a] * box->half * box->info.length[a] / (PetscReal)box->info.n[a];
      t[0] = PetscCosReal(angle);
      t[1] = PetscSinReal(angle);
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarLongBoxCreate(const KarGridInfo *scene, LongBox *box)
{
  PetscFunctionBegin;
  box->info = *scene;
  PetscCall(CreateTransform(box));
  PetscCall(CreateCut(box));
  PetscCall(CreateTurn(box));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarLongBoxDraw(LongBox *box, KarCov cov, KarKey key, PetscInt step, PetscReal out[])
{
  PetscScalar       *x;
  const PetscScalar *y;
  PetscInt           n;

  PetscFunctionBegin;
  key.step = step;
  PetscCall(KarCovSample(cov, key, box->coordinates));
  PetscCall(VecGetLocalSize(box->coordinates, &n));
  PetscCall(VecGetArray(box->coordinates, &x));
  for (PetscInt i = 0; i < n && box->half > 0; i += 2) {
    const PetscReal c = box->turn[i], s = box->turn[i + 1], re = x[i], im = x[i + 1];

    x[i]     = c * re - s * im;
    x[i + 1] = c * im + s * re;
  }
  PetscCall(VecRestoreArray(box->coordinates, &x));
  PetscCall(KarFFTInverse(box->fft, box->coordinates, box->whole));
  PetscCall(VecScatterBegin(box->scatter, box->whole, box->cut, INSERT_VALUES, SCATTER_FORWARD));
  PetscCall(VecScatterEnd(box->scatter, box->whole, box->cut, INSERT_VALUES, SCATTER_FORWARD));
  PetscCall(VecGetLocalSize(box->cut, &n));
  PetscCall(VecGetArrayRead(box->cut, &y));
  PetscCall(PetscArraycpy(out, y, n));
  PetscCall(VecRestoreArrayRead(box->cut, &y));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarLongBoxDestroy(LongBox *box)
{
  PetscFunctionBegin;
  PetscCall(VecScatterDestroy(&box->scatter));
  PetscCall(VecDestroy(&box->coordinates));
  PetscCall(VecDestroy(&box->whole));
  PetscCall(VecDestroy(&box->cut));
  PetscCall(PetscFree(box->turn));
  PetscCall(KarFFTDestroy(&box->fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}
