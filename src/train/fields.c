/* The fields that are trained on, field i being sample i of a law: measured once, then kept in memory as
   single-precision coordinates, or drawn again when they are needed (-train_keep none): the same numbers. Each group
   of ranks draws for itself, each rank its slab. */
#include "trainimpl.h"
#include <karhunen/place.h>

/* The training grid: that of the law, or -train_grid. */
static PetscErrorCode ChooseGrid(KarTrainer tr, KarFFT fft)
{
  const KarTrainerOptions *o = &tr->options;
  KarGrid                  grid, own;
  KarGridInfo              info;

  PetscFunctionBegin;
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &info));
  KarCheck(tr->comm, !o->ngrid || o->ngrid == info.dim, PETSC_ERR_USER_INPUT,
           "-train_grid: %" PetscInt_FMT " numbers for fields of %" PetscInt_FMT " dimensions", o->ngrid, info.dim);
  for (PetscInt a = 0; a < info.dim; a++) {
    const PetscInt n = o->ngrid ? o->grid[a] : info.n[a];

    KarCheck(tr->comm, n <= info.n[a], PETSC_ERR_USER_INPUT,
             "-train_grid: %" PetscInt_FMT " points along axis %" PetscInt_FMT ", the data have %" PetscInt_FMT, n, a,
             info.n[a]);
    KarCheck(tr->comm, !o->octave || n % 4 == 0, PETSC_ERR_USER_INPUT,
             "-train_octave: %" PetscInt_FMT " points along axis %" PetscInt_FMT " cannot be halved twice", n, a);
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

/* The transform of a law's fields of so many components. */
static PetscErrorCode CreateTransform(KarGenerator law, PetscInt components, KarFFT *fft)
{
  KarGrid     scalar, grid;
  KarGridInfo g;

  PetscFunctionBegin;
  PetscCall(KarGeneratorGetGrid(law, &scalar));
  PetscCall(KarGridGetInfo(scalar, &g));
  PetscCall(KarGridCreateLike(g.comm, scalar, components, &grid));
  PetscCall(KarFFTCreate(grid, fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerOpenFields(KarTrainer tr, KarGenerator law, const char variable[], KarTrainerFields *f)
{
  const KarVariable *v;
  PetscInt           n;

  PetscFunctionBegin;
  f->law = law;
  PetscCall(KarGeneratorFindVariable(law, variable, &f->variable));
  PetscCall(KarGeneratorGetVariables(law, &n, &v));
  PetscCall(KarGeneratorCreateFields(law, &f->drawn));
  PetscCall(CreateTransform(law, v[f->variable].components, &f->fft));
  if (!tr->fft) PetscCall(ChooseGrid(tr, f->fft));
  PetscCall(KarFFTCreateCoordinates(f->fft, &f->x));
  if (!f->to) f->to = tr->fft;
  PetscCall(KarFFTCreateCoordinates(f->to, &f->kept));
  if (f->fft != f->to) PetscCall(KarResampleCreate(f->fft, f->to, &f->pass));
  PetscCall(VecGetLocalSize(f->kept, &f->local));
  if (tr->options.keep == KAR_KEEP_MEMORY) PetscCall(PetscMalloc1((size_t)(f->samples * f->local), &f->all));
  else PetscCall(PetscMalloc1((size_t)f->local, &f->one));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Adds scale times the base to mode 0 of coordinates x. */
static void AddBase(const KarTrainerFields *f, PetscReal scale, PetscScalar x[])
{
  const KarModes *m;

  (void)KarFFTGetModes(f->fft, &m);
  for (PetscInt c = 0; f->base && f->zero && c < m->dof; c++) x[c * m->width] += scale * f->base[c];
}

/* The base, from coordinates of field 0 as the law has them. */
static PetscErrorCode SetBase(KarTrainer tr, KarTrainerFields *f, const PetscScalar x[])
{
  const KarModes *m;
  PetscInt        size;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(f->fft, &m));
  PetscCall(VecGetLocalSize(f->x, &size));
  f->zero = (PetscBool)(m->start == 0 && size > 0);
  PetscCall(PetscCalloc1(m->dof, &f->base));
  for (PetscInt c = 0; f->zero && c < m->dof; c++) f->base[c] = PetscRealPart(x[c * m->width]);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, f->base, (PetscMPIInt)m->dof, MPIU_REAL, MPIU_SUM, tr->slab));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Coordinates of field i less the base, on the grid of the law, f->x, and on that of the training, *one. */
static PetscErrorCode Draw(KarTrainer tr, KarTrainerFields *f, PetscInt i, Vec *one)
{
  PetscScalar *a;

  PetscFunctionBegin;
  PetscCall(KarGeneratorSample(f->law, (KarKey){.seed = tr->options.seed, .sample = i}, f->drawn));
  PetscCall(KarFFTForward(f->fft, f->drawn[f->variable], f->x));
  PetscCall(VecGetArray(f->x, &a));
  if (!f->base) PetscCall(SetBase(tr, f, a));
  AddBase(f, -1, a);
  PetscCall(VecRestoreArray(f->x, &a));
  if (f->pass) PetscCall(KarResampleApply(f->pass, f->x, f->kept));
  *one = f->pass ? f->kept : f->x;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Range, mean and mean square of the field that was drawn last, the `count`th. */
static PetscErrorCode TakeValues(KarTrainerFields *f, PetscInt count)
{
  const PetscReal share = 1 / (PetscReal)count;
  const Vec       field = f->drawn[f->variable];
  PetscReal       low, high, norm;
  PetscScalar     sum;
  PetscInt        n;

  PetscFunctionBegin;
  PetscCall(VecGetSize(field, &n));
  PetscCall(VecMin(field, NULL, &low));
  PetscCall(VecMax(field, NULL, &high));
  PetscCall(VecSum(field, &sum));
  PetscCall(VecNorm(field, NORM_2, &norm));
  f->low  = count > 1 ? PetscMin(f->low, low) : low;
  f->high = count > 1 ? PetscMax(f->high, high) : high;
  f->mean += share * (PetscRealPart(sum) / (PetscReal)n - f->mean);
  f->square += share * (norm * norm / (PetscReal)n - f->square);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A law may be long at a field, and a data set long: a wish to stop is heeded, though nothing is there to keep. */
PetscErrorCode KarTrainerHeed(KarTrainer tr, PetscInt done, PetscInt all)
{
  PetscBool stop;

  PetscFunctionBegin;
  PetscCall(KarStopRequested(tr->comm, &stop));
  KarCheck(tr->comm, !stop, KAR_ERR_STOPPED,
           "%" PetscInt_FMT " of %" PetscInt_FMT " fields were read, nothing is kept; the same command begins anew",
           done, all);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerMeasure(KarTrainer tr, KarTrainerFields *f, const PetscInt coarse[], KarCovEstimate *estimate)
{
  KarProgress        progress;
  Vec                one;
  const PetscScalar *a;
  const KarModes    *m;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(tr->fft, &m));
  PetscCall(KarCovEstimateCreate(f->fft, estimate));
  PetscCall(KarCovEstimateSetOctave(*estimate, coarse));
  PetscCall(KarProgressCreate(tr->comm, "reading", f->samples, &progress));
  kar_generator_heed(f->law, PETSC_TRUE);
  for (PetscInt i = 0; i < f->samples; i++) {
    PetscCall(Draw(tr, f, i, &one));
    PetscCall(KarTrainerHeed(tr, i, f->samples));
    if (i < f->samples - f->held) {
      PetscCall(KarCovEstimateAdd(*estimate, f->x));
      if (tr->options.condition[0]) PetscCall(TakeValues(f, i + 1));
    }
    PetscCall(VecGetArrayRead(one, &a));
    kar_trainer_divergence(tr, m, a);
    kar_trainer_mark(tr, i, f->local, a);
    for (PetscInt j = 0; j < f->local && f->all; j++) f->all[i * f->local + j] = (float)a[j];
    PetscCall(VecRestoreArrayRead(one, &a));
    PetscCall(KarProgressUpdate(progress, i + 1, NULL));
  }
  kar_generator_heed(f->law, PETSC_FALSE);
  PetscCall(KarProgressDestroy(&progress));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Get(KarTrainer tr, KarTrainerFields *f, PetscInt i, const float *in[])
{
  const PetscScalar *a;
  Vec                one;

  PetscFunctionBegin;
  *in = f->one;
  if (tr->options.keep == KAR_KEEP_MEMORY) { /* a rank without modes has no memory, and reads nothing */
    *in = f->all ? f->all + i * f->local : NULL;
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(Draw(tr, f, i, &one));
  PetscCall(VecGetArrayRead(one, &a));
  for (PetscInt j = 0; j < f->local; j++) f->one[j] = (float)a[j];
  PetscCall(VecRestoreArrayRead(one, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerGetField(KarTrainer tr, KarTrainerFields *f, PetscInt i, PetscScalar x[])
{
  const float *in;

  PetscFunctionBegin;
  PetscCall(Get(tr, f, i, &in));
  for (PetscInt j = 0; j < f->local; j++) x[j] = (PetscScalar)in[j];
  AddBase(f, 1, x);
  PetscFunctionReturn(PETSC_SUCCESS);
}

#define FIELDS 64 /* whose points tell how an octave's variance follows that of the octave before */

PetscErrorCode KarTrainerFitAmplitude(KarTrainer tr)
{
  const PetscInt n = PetscMin(FIELDS, tr->samples - tr->held);
  PetscReal      fit[2], bins[2][KAR_AMPLITUDE_BINS] = {{0}};
  PetscBool      has = PETSC_FALSE;
  PetscScalar   *a;

  PetscFunctionBegin;
  if (tr->denoiser) PetscCall(KarDenoiserHasAmplitude(tr->denoiser, &has));
  for (PetscInt i = 0; i < n && has; i++) {
    PetscCall(VecGetArrayWrite(tr->x0[0], &a));
    PetscCall(KarTrainerGetField(tr, &tr->source, i, a));
    PetscCall(VecRestoreArrayWrite(tr->x0[0], &a));
    PetscCall(KarDenoiserMeasureAmplitude(tr->denoiser, tr->x0[0], bins[0], bins[1]));
  }
  if (!has) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, bins, 2 * KAR_AMPLITUDE_BINS, MPIU_REAL, MPIU_SUM, tr->slab));
  kar_amplitude_fit(bins[0], bins[1], fit);
  PetscCall(KarDenoiserSetAmplitude(tr->denoiser, fit));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerCloseFields(KarTrainerFields *f)
{
  PetscFunctionBegin;
  if (f->drawn) PetscCall(KarGeneratorDestroyFields(f->law, &f->drawn));
  PetscCall(PetscFree(f->all));
  PetscCall(PetscFree(f->base));
  PetscCall(PetscFree(f->one));
  PetscCall(VecDestroy(&f->x));
  PetscCall(VecDestroy(&f->kept));
  PetscCall(KarResampleDestroy(&f->pass));
  PetscCall(KarFFTDestroy(&f->fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}
