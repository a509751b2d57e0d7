/* field: a Gaussian field in physical space, noise, covariance and transform, in either precision, against FFTW3-MPI's
   inverse transform in that precision alone.  In double precision also our own inverse transform, transform_seconds. */
#include "bench.h"

#include <fftw3-mpi.h>

typedef struct {
  KarFFT     fft;
  KarCov     cov;
  Vec        x, field;
  float     *single; /* the field in single precision; NULL: in double */
  PetscInt   drawn;
  double    *work; /* FFTW's, in place */
  float     *workf;
  fftw_plan  plan;
  fftwf_plan planf;
} Gaussian;

static PetscErrorCode Draw(void *ctx)
{
  Gaussian    *g   = ctx;
  const KarKey key = {1, g->drawn++, 0, 0, KAR_STREAM_TEST};

  PetscFunctionBegin;
  if (g->single) PetscCall(KarCovSampleFieldFloat(g->cov, key, g->single));
  else PetscCall(KarCovSampleField(g->cov, key, g->field));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Transform(void *ctx)
{
  Gaussian *g = ctx;

  PetscFunctionBegin;
  PetscCall(KarFFTInverse(g->fft, g->x, g->field));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ByFFTW(void *ctx)
{
  Gaussian *g = ctx;

  PetscFunctionBegin;
  if (g->single) fftwf_execute(g->planf);
  else fftw_execute(g->plan);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Of zeros: as long as of any numbers. */
static PetscErrorCode PlanFFTW(const KarBench *b, Gaussian *g)
{
  const KarGridInfo *info = &b->info;
  const int          dim  = (int)info->dim;
  const unsigned     how  = KarWisdomRigor() | FFTW_MPI_TRANSPOSED_IN;
  ptrdiff_t          n[3], e[3], numbers, here, start;

  PetscFunctionBegin;
  for (int a = 0; a < dim; a++) n[a] = e[a] = info->n[a];
  e[dim - 1] = n[dim - 1] / 2 + 1;
  if (g->single) {
    fftwf_mpi_init();
    numbers  = fftwf_mpi_local_size_many_transposed(dim, e, 1, FFTW_MPI_DEFAULT_BLOCK, FFTW_MPI_DEFAULT_BLOCK, b->comm,
                                                    &here, &start, &here, &start);
    g->workf = fftwf_alloc_real(2 * (size_t)numbers);
    g->planf = fftwf_mpi_plan_many_dft_c2r(dim, n, 1, FFTW_MPI_DEFAULT_BLOCK, FFTW_MPI_DEFAULT_BLOCK,
                                           (fftwf_complex *)g->workf, g->workf, b->comm, how);
    PetscCall(PetscArrayzero(g->workf, 2 * numbers));
  } else {
    fftw_mpi_init();
    PetscCall(KarWisdomLoad(b->comm));
    numbers = fftw_mpi_local_size_many_transposed(dim, e, 1, FFTW_MPI_DEFAULT_BLOCK, FFTW_MPI_DEFAULT_BLOCK, b->comm,
                                                  &here, &start, &here, &start);
    g->work = fftw_alloc_real(2 * (size_t)numbers);
    g->plan = fftw_mpi_plan_many_dft_c2r(dim, n, 1, FFTW_MPI_DEFAULT_BLOCK, FFTW_MPI_DEFAULT_BLOCK,
                                         (fftw_complex *)g->work, g->work, b->comm, how);
    PetscCall(PetscArrayzero(g->work, 2 * numbers));
    PetscCall(KarWisdomSave(b->comm));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The field in single precision against that in double: relative, in the root mean square. */
static PetscErrorCode Error(KarBench *b, Gaussian *g)
{
  const PetscScalar *v;
  PetscInt           n;
  PetscReal          sum[2] = {0, 0};

  PetscFunctionBegin;
  PetscCall(KarCovSampleField(g->cov, (KarKey){1, g->drawn - 1, 0, 0, KAR_STREAM_TEST}, g->field));
  PetscCall(VecGetLocalSize(g->field, &n));
  PetscCall(VecGetArrayRead(g->field, &v));
  for (PetscInt i = 0; i < n; i++) {
    sum[0] += (v[i] - g->single[i]) * (v[i] - g->single[i]);
    sum[1] += v[i] * v[i];
  }
  PetscCall(VecRestoreArrayRead(g->field, &v));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sum, 2, MPIU_REAL, MPIU_SUM, b->comm));
  KarBenchSet(b, "error", PetscSqrtReal(sum[0] / sum[1]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Of the whole draw's transform: 5/2 N log2 N flops, and six passes of N numbers: dealt and received, put together,
   and the field, each written and read.  Normal numbers are counted by type noise. */
static void Count(KarBench *b, PetscReal bytes)
{
  const PetscReal N     = (PetscReal)b->info.n[0] * (PetscReal)b->info.n[1] * (PetscReal)b->info.n[2],
                  flops = 2.5 * N * PetscLog2Real(N);

  KarBenchSet(b, "flops", flops / KarBenchGet(b, "seconds"));
  KarBenchSet(b, "intensity", flops / (6 * bytes * N));
}

PetscErrorCode KarBench_Field(KarBench *b)
{
  static const char *const precisions[] = {"double", "float", NULL};
  Gaussian                 g            = {.drawn = 0};
  PetscInt                 precision    = 0, n;
  PetscBool                done;

  PetscFunctionBegin;
  PetscCall(KarOptionsChoice(NULL, "bench_precision", "precision of the field", precisions, &precision));
  PetscCall(KarFFTCreate(b->grid, &g.fft));
  PetscCall(KarCommandReady(b->comm, &done));
  if (!done) {
    KarCheck(b->comm, b->info.dim > 1 && b->info.basis == KAR_BASIS_PERIODIC && b->info.dof == 1, PETSC_ERR_USER_INPUT,
             "bench field: give a periodic grid of one component in 2D or 3D");
    PetscCall(KarCovCreate(g.fft, &g.cov));
    PetscCall(KarCovSetType(g.cov, KARCOVMATERN));
    PetscCall(KarCovSetUp(g.cov));
    PetscCall(KarGridCreateField(b->grid, &g.field));
    PetscCall(VecGetLocalSize(g.field, &n));
    if (precision) PetscCall(PetscMalloc1(n + 1, &g.single));
    else {
      PetscCall(KarFFTCreateCoordinates(g.fft, &g.x));
      PetscCall(KarCovSample(g.cov, (KarKey){1, 0, 0, 0, KAR_STREAM_TEST}, g.x));
      PetscCall(KarBenchTime(b, Transform, 1, NULL, &g));
      KarBenchSet(b, "transform_seconds", KarBenchGet(b, "seconds"));
    }
    if (b->baseline) PetscCall(PlanFFTW(b, &g));
    b->against = "FFTW3-MPI's inverse transform alone";
    PetscCall(KarBenchTime(b, Draw, 1, b->baseline ? ByFFTW : NULL, &g));
    PetscCall(KarBenchPeak(b));
    Count(b, precision ? 4 : 8);
    if (g.single) PetscCall(Error(b, &g));
  }
  fftw_destroy_plan(g.plan);
  fftwf_destroy_plan(g.planf);
  fftw_free(g.work);
  fftwf_free(g.workf);
  PetscCall(PetscFree(g.single));
  PetscCall(VecDestroy(&g.x));
  PetscCall(VecDestroy(&g.field));
  PetscCall(KarCovDestroy(&g.cov));
  PetscCall(KarFFTDestroy(&g.fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}
