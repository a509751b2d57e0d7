/* The fields that are trained on: measured once, then kept in memory as single-precision coordinates, or read from their file when they are
   needed (-train_keep none): the same numbers. Each group of ranks reads for itself, each rank its slab. */
#include "trainimpl.h"

/* tr->fft: that of the data, or of a coarser grid; coarse[]: half its points. */
static PetscErrorCode ChooseGrid(KarTrainer tr, KarFFT fft, PetscInt coarse[3])
{
  const KarTrainerOptions *o = &tr->options;
  KarGrid                  grid, own;
  KarGridInfo              info;

  PetscFunctionBegin;
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &info));
  KarCheck(tr->comm, !o->ngrid || o->ngrid == info.dim, PETSC_ERR_USER_INPUT, "-train_grid: %" PetscInt_FMT " numbers for fields of %" PetscInt_FMT " dimensions", o->ngrid, info.dim);
  for (PetscInt a = 0; a < info.dim; a++) {
    const PetscInt n = o->ngrid ? o->grid[a] : info.n[a];

    KarCheck(tr->comm, n <= info.n[a], PETSC_ERR_USER_INPUT, "-train_grid: %" PetscInt_FMT " points along axis %" PetscInt_FMT ", the data have %" PetscInt_FMT, n, a, info.n[a]);
    KarCheck(tr->comm, !o->octave || n % 4 == 0, PETSC_ERR_USER_INPUT, "-train_octave: %" PetscInt_FMT " points along axis %" PetscInt_FMT " cannot be halved twice", n, a);
    coarse[a] = n / 2;
  }
  if (o->ngrid) {
    PetscCall(KarGridRefine(grid, o->grid, &own));
    PetscCall(KarFFTCreate(own, &tr->fft));
    PetscCall(KarGridDestroy(&own));
  } else {
    PetscCall(KarFFTReference(fft));
    tr->fft = fft;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerOpenFields(KarTrainer tr, KarDataset data, const char variable[], PetscInt coarse[3])
{
  KarTrainerFields *f = &tr->source;
  KarGrid           grid;

  PetscFunctionBegin;
  f->data = data;
  PetscCall(PetscStrncpy(f->variable, variable, sizeof(f->variable)));
  PetscCall(KarDatasetCreateGrid(data, tr->slab, variable, &grid));
  PetscCall(KarFFTCreate(grid, &f->fft));
  PetscCall(KarGridCreateField(grid, &f->field));
  PetscCall(KarGridDestroy(&grid));
  PetscCall(ChooseGrid(tr, f->fft, coarse));
  PetscCall(KarFFTCreateCoordinates(f->fft, &f->x));
  PetscCall(KarFFTCreateCoordinates(tr->fft, &f->kept));
  if (f->fft != tr->fft) PetscCall(KarResampleCreate(f->fft, tr->fft, &f->truncate));
  PetscCall(VecGetLocalSize(f->kept, &tr->local));
  if (tr->options.keep == KAR_KEEP_MEMORY) PetscCall(PetscMalloc1((size_t)(tr->samples * tr->local), &f->all));
  else PetscCall(PetscMalloc1((size_t)tr->local, &f->one));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Adds scale times the base to mode 0 of coordinates x. */
static void AddBase(const KarTrainerFields *f, PetscReal scale, PetscScalar x[])
{
  const KarModes *m;

  (void)KarFFTGetModes(f->fft, &m);
  for (PetscInt c = 0; f->base && f->zero && c < m->dof; c++) x[c * m->width] += scale * f->base[c];
}

/* The base, from coordinates of field 0 as the file has them. */
static PetscErrorCode SetBase(KarTrainer tr, const PetscScalar x[])
{
  KarTrainerFields *f = &tr->source;
  const KarModes   *m;
  PetscInt          size;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(f->fft, &m));
  PetscCall(VecGetLocalSize(f->x, &size));
  f->zero = (PetscBool)(m->start == 0 && size > 0);
  PetscCall(PetscCalloc1(m->dof, &f->base));
  for (PetscInt c = 0; f->zero && c < m->dof; c++) f->base[c] = PetscRealPart(x[c * m->width]);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, f->base, (PetscMPIInt)m->dof, MPIU_REAL, MPIU_SUM, tr->slab));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Coordinates of field i less the base, on the grid of the data, f->x, and on that of the training, *one. */
static PetscErrorCode Read(KarTrainer tr, PetscInt i, Vec *one)
{
  KarTrainerFields *f = &tr->source;
  PetscScalar      *a;

  PetscFunctionBegin;
  PetscCall(KarDatasetRead(f->data, f->variable, i, f->field));
  PetscCall(KarFFTForward(f->fft, f->field, f->x));
  PetscCall(VecGetArray(f->x, &a));
  if (!f->base) PetscCall(SetBase(tr, a));
  AddBase(f, -1, a);
  PetscCall(VecRestoreArray(f->x, &a));
  if (f->truncate) PetscCall(KarResampleApply(f->truncate, f->x, f->kept));
  *one = f->truncate ? f->kept : f->x;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerMeasure(KarTrainer tr, KarCovEstimate *estimate)
{
  KarTrainerFields  *f = &tr->source;
  KarProgress        progress;
  Vec                one;
  const PetscScalar *a;

  PetscFunctionBegin;
  PetscCall(KarCovEstimateCreate(f->fft, estimate));
  PetscCall(KarProgressCreate(tr->comm, "reading", tr->samples, &progress));
  for (PetscInt i = 0; i < tr->samples; i++) {
    PetscCall(Read(tr, i, &one));
    if (i < tr->samples - tr->held) PetscCall(KarCovEstimateAdd(*estimate, f->x));
    PetscCall(VecGetArrayRead(one, &a));
    kar_trainer_mark(tr, i, tr->local, a);
    for (PetscInt j = 0; j < tr->local && f->all; j++) f->all[i * tr->local + j] = (float)a[j];
    PetscCall(VecRestoreArrayRead(one, &a));
    PetscCall(KarProgressUpdate(progress, i + 1, NULL));
  }
  PetscCall(KarTrainerFinishMark(tr));
  PetscCall(KarProgressDestroy(&progress));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Get(KarTrainer tr, PetscInt i, const float *in[])
{
  KarTrainerFields  *f = &tr->source;
  const PetscScalar *a;
  Vec                one;

  PetscFunctionBegin;
  *in = f->one;
  if (tr->options.keep == KAR_KEEP_MEMORY) { /* a rank without modes has no memory, and reads nothing */
    *in = f->all ? f->all + i * tr->local : NULL;
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(Read(tr, i, &one));
  PetscCall(VecGetArrayRead(one, &a));
  for (PetscInt j = 0; j < tr->local; j++) f->one[j] = (float)a[j];
  PetscCall(VecRestoreArrayRead(one, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerGetField(KarTrainer tr, PetscInt i, PetscScalar x[])
{
  const float *in;

  PetscFunctionBegin;
  PetscCall(Get(tr, i, &in));
  for (PetscInt j = 0; j < tr->local; j++) x[j] = (PetscScalar)in[j];
  AddBase(&tr->source, 1, x);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerCloseFields(KarTrainer tr)
{
  KarTrainerFields *f = &tr->source;

  PetscFunctionBegin;
  PetscCall(PetscFree(f->all));
  PetscCall(PetscFree(f->base));
  PetscCall(PetscFree(f->one));
  PetscCall(VecDestroy(&f->field));
  PetscCall(VecDestroy(&f->x));
  PetscCall(VecDestroy(&f->kept));
  PetscCall(KarResampleDestroy(&f->truncate));
  PetscCall(KarFFTDestroy(&f->fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}
