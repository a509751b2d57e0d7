/* The same network the usual way: FFTW transforms every channel of the whole grid, OpenBLAS multiplies the channels.
   The yardstick of speed, and an independent check at sizes where the formula itself takes too long. */
#include "fnoimpl.h"
#include <complex.h>
#undef I
#include <fftw3-mpi.h>
#include <cblas.h>

struct _p_KarFNOFull {
  KarFNO     fno;               /* its parameters and sizes; shared */
  PetscInt   w, rows, row, pad; /* width; rows of the last axis here; points in a row; the same with FFTW's padding */
  ptrdiff_t  n1, start1;        /* spectrum: this rank's part of the axis that FFTW moved to the front */
  fftwf_plan forward, inverse;
  float     *u, *v, *p; /* [rows][pad][w] field and spectrum; [rows row][w] skip product; projection of a row */
};

PetscErrorCode KarFNOFullCreate(KarFNO fno, KarFNOFull *out)
{
  const PetscInt dim = fno->arch.config.dim, w = fno->arch.config.width;
  ptrdiff_t      n[3], half[3], alloc, n0, start0;
  KarFNOFull     f;

  PetscFunctionBegin;
  KarCheck(fno->arch.info.comm, dim > 1, PETSC_ERR_SUP, "the full-transform network needs 2 or 3 dimensions");
  KarCheck(fno->arch.info.comm, fno->arch.config.extension[0] == 0 && fno->arch.info.basis == KAR_BASIS_PERIODIC,
           PETSC_ERR_SUP, "the full-transform network needs a periodic grid without extension");
  PetscCall(PetscNew(&f));
  fftwf_mpi_init();
  for (PetscInt i = 0; i < dim; i++) n[i] = half[i] = fno->arch.info.n[i];
  half[dim - 1] = n[dim - 1] / 2 + 1;
  alloc = fftwf_mpi_local_size_many_transposed((int)dim, half, w, FFTW_MPI_DEFAULT_BLOCK, FFTW_MPI_DEFAULT_BLOCK,
                                               fno->arch.info.comm, &n0, &start0, &f->n1, &f->start1);
  KarCheckAny(fno->arch.info.comm, n0 == fno->arch.info.ln && start0 == fno->arch.info.start, PETSC_ERR_ARG_INCOMP,
              "the full-transform network needs FFTW's slabs: make the grid with KarGridSetUp()");
  f->fno  = fno;
  f->w    = w;
  f->row  = n[dim - 1];
  f->pad  = 2 * half[dim - 1];
  f->rows = fno->arch.np / f->row;
  f->u    = fftwf_alloc_real(2 * (size_t)alloc);
  f->v    = fftwf_alloc_real((size_t)PetscMax(fno->arch.np * w, 1));
  f->p    = fftwf_alloc_real((size_t)(f->row * fno->arch.config.hidden));
  PetscCheck(f->u && f->v && f->p, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for the full-transform network");
  fftwf_set_timelimit(60);
  f->forward =
    fftwf_mpi_plan_many_dft_r2c((int)dim, n, w, FFTW_MPI_DEFAULT_BLOCK, FFTW_MPI_DEFAULT_BLOCK, f->u,
                                (fftwf_complex *)f->u, fno->arch.info.comm, FFTW_MEASURE | FFTW_MPI_TRANSPOSED_OUT);
  f->inverse =
    fftwf_mpi_plan_many_dft_c2r((int)dim, n, w, FFTW_MPI_DEFAULT_BLOCK, FFTW_MPI_DEFAULT_BLOCK, (fftwf_complex *)f->u,
                                f->u, fno->arch.info.comm, FFTW_MEASURE | FFTW_MPI_TRANSPOSED_IN);
  PetscCheck(f->forward && f->inverse, PETSC_COMM_SELF, PETSC_ERR_LIB, "FFTW has no plan for this network");
  *out = f;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFNOFullDestroy(KarFNOFull *full)
{
  PetscFunctionBegin;
  if (!*full) PetscFunctionReturn(PETSC_SUCCESS);
  fftwf_destroy_plan((*full)->forward);
  fftwf_destroy_plan((*full)->inverse);
  fftwf_free((*full)->u);
  fftwf_free((*full)->v);
  fftwf_free((*full)->p);
  PetscCall(PetscFree(*full));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void multiply(PetscInt n, PetscInt ci, PetscInt co, const float *x, const float *w, float *y)
{
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)n, (int)co, (int)ci, 1, x, (int)ci, w, (int)co, 1, y,
              (int)co);
}

static void fill(PetscInt n, PetscInt c, const float *b, float *y)
{
  for (PetscInt i = 0; i < n; i++) PetscArraycpy(y + i * c, b, c);
}

/* Signed index of entry i of an axis of n, and its place among the retained ones; -1 where it is not retained. */
static PetscInt place(PetscInt i, PetscInt n, PetscInt K, PetscBool last)
{
  PetscInt kappa = !last && 2 * i >= n ? i - n : i;

  if (kappa >= K || kappa <= -K) return -1;
  return last ? kappa : kappa + K - 1;
}

/* Spectrum <- R spectrum / points on the retained modes, zero elsewhere. It is [axis 1][axis 0][axis 2] here. */
static void mix(KarFNOFull f, PetscInt l, float *y)
{
  const KarFNO    fno = f->fno;
  const PetscInt *K = fno->arch.config.modes, *n = fno->arch.info.n, dim = fno->arch.config.dim, w = f->w,
                 n2 = dim > 2 ? n[2] / 2 + 1 : 1;
  const float *R = KAR_FNO_AT(fno, p, KAR_SPECTRAL, l), mean = (float)(1 / fno->arch.total);
  float       *c = f->u;

  for (PetscInt i1 = 0; i1 < f->n1; i1++)
    for (PetscInt i0 = 0; i0 < n[0]; i0++)
      for (PetscInt i2 = 0; i2 < n2; i2++, c += 2 * w) {
        PetscInt a = place(i0, n[0], K[0], PETSC_FALSE), b = place(f->start1 + i1, n[1], K[1], dim == 2);
        PetscInt d = dim > 2 ? place(i2, n[2], K[2], PETSC_TRUE) : 0;

        PetscArrayzero(y, 2 * w);
        if (a >= 0 && b >= 0 && d >= 0) {
          const float *r = R + (dim > 2 ? (a * (2 * K[1] - 1) + b) * K[2] + d : a * K[1] + b) * 2 * w * w;

          for (PetscInt i = 0; i < w; i++, r += 2 * w)
            for (PetscInt j = 0; j < w; j++) {
              y[2 * j] += mean * (c[2 * i] * r[j] - c[2 * i + 1] * r[w + j]);
              y[2 * j + 1] += mean * (c[2 * i] * r[w + j] + c[2 * i + 1] * r[j]);
            }
        }
        PetscArraycpy(c, y, 2 * w);
      }
}

PetscErrorCode KarFNOFullForward(KarFNOFull f, PetscReal cnoise, const float x[], float y[])
{
  const KarFNO        fno = f->fno;
  const KarFNOConfig *c   = &fno->arch.config;
  const PetscInt      w = f->w, row = f->row;
  float              *skip, *bias, *work;

  PetscFunctionBegin;
  PetscCall(KarFNOGetParameters(fno, NULL, NULL));
  PetscCall(KarFNOReserve_Private(fno, 1, PETSC_FALSE));
  PetscCall(PetscMalloc3(w * w, &skip, w, &bias, 2 * w, &work));
  kar_fno_time(fno, 1, &cnoise);
  for (PetscInt i = 0; i < f->rows; i++) {
    fill(row, w, KAR_FNO_AT(fno, p, KAR_LIFT_B, 0), f->u + i * f->pad * w);
    multiply(row, c->cin, w, x + i * row * c->cin, KAR_FNO_AT(fno, p, KAR_LIFT_W, 0), f->u + i * f->pad * w);
  }
  for (PetscInt l = 0; l < c->depth; l++) {
    const float *mod = fno->time.mod + l * 2 * w;

    for (PetscInt i = 0; i < w * w; i++) skip[i] = KAR_FNO_AT(fno, p, KAR_SKIP_W, l)[i] * (1 + mod[i % w]);
    for (PetscInt i = 0; i < w; i++) bias[i] = KAR_FNO_AT(fno, p, KAR_SKIP_B, l)[i] * (1 + mod[i]) + mod[w + i];
    for (PetscInt i = 0; i < f->rows; i++) {
      fill(row, w, bias, f->v + i * row * w);
      multiply(row, w, w, f->u + i * f->pad * w, skip, f->v + i * row * w);
    }
    fftwf_execute(f->forward);
    mix(f, l, work);
    fftwf_execute(f->inverse);
    for (PetscInt i = 0; i < f->rows; i++) {
      float *u = f->u + i * f->pad * w, *v = f->v + i * row * w;

      for (PetscInt j = 0; j < row; j++)
        for (PetscInt o = 0; o < w; o++) u[j * w + o] = u[j * w + o] * (1 + mod[o]) + v[j * w + o];
      fno->books.kernels->gelu(row * w, u, u);
    }
  }
  for (PetscInt i = 0; i < f->rows; i++) {
    const float *Q = KAR_FNO_AT(fno, p, KAR_OUT_W, 0);

    fill(row, c->hidden, KAR_FNO_AT(fno, p, KAR_PROJECT_B, 0), f->p);
    multiply(row, w, c->hidden, f->u + i * f->pad * w, KAR_FNO_AT(fno, p, KAR_PROJECT_W, 0), f->p);
    fno->books.kernels->gelu(row * c->hidden, f->p, f->p);
    fill(row, c->cout, KAR_FNO_AT(fno, p, KAR_OUT_B, 0), y + i * row * c->cout);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)row, (int)c->cout, (int)c->hidden, 1, f->p,
                (int)c->hidden, Q, (int)c->hidden, 1, y + i * row * c->cout, (int)c->cout);
  }
  PetscCall(PetscFree3(skip, bias, work));
  PetscFunctionReturn(PETSC_SUCCESS);
}
