/* The transform of one axis.  FFTW has no distributed one of real numbers: every rank gathers the whole, transforms it
   in place and keeps its share.  Points and modes are dealt in blocks. */
#include "fftimpl.h"

#include <string.h>

static void Plan(KarFFT fft)
{
  const int           n = (int)fft->info.n[0], dof = (int)fft->info.dof;
  const fftw_r2r_kind to = FFTW_REDFT10, from = FFTW_REDFT01;
  const unsigned      rigor = KarWisdomRigor();
  double             *line  = fft->line;
  fftw_complex       *hat   = (fftw_complex *)line;

  if (fft->info.basis == KAR_BASIS_PERIODIC) {
    fft->forward = fftw_plan_many_dft_r2c(1, &n, dof, line, NULL, dof, 1, hat, NULL, dof, 1, rigor);
    fft->inverse = fftw_plan_many_dft_c2r(1, &n, dof, hat, NULL, dof, 1, line, NULL, dof, 1, rigor);
  } else {
    fft->forward = fftw_plan_many_r2r(1, &n, dof, line, NULL, dof, 1, line, NULL, dof, 1, &to, rigor);
    fft->inverse = fftw_plan_many_r2r(1, &n, dof, line, NULL, dof, 1, line, NULL, dof, 1, &from, rigor);
  }
}

PetscErrorCode KarLineSetUp(KarFFT fft)
{
  KarModes *m = &fft->modes;
  int       rank, ranks;
  PetscInt  block;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(fft->info.comm, &rank));
  PetscCallMPI(MPI_Comm_size(fft->info.comm, &ranks));
  block       = (m->extent[0] + ranks - 1) / ranks;
  m->order[0] = 1, m->order[1] = 2, m->order[2] = 0;
  m->start  = PetscMin(rank * block, m->extent[0]);
  m->length = PetscMin(block, m->extent[0] - m->start);
  m->rows   = 1;
  fft->line = fftw_alloc_real((size_t)(2 * (fft->info.n[0] / 2 + 1) * fft->info.dof));
  KarCheckAny(fft->info.comm, fft->line, PETSC_ERR_MEM,
              "too little memory for the transform of %" PetscInt_FMT " points", fft->info.n[0]);
  PetscCall(KarWisdomLoad(fft->info.comm));
  Plan(fft);
  KarCheckAny(fft->info.comm, fft->forward && fft->inverse, PETSC_ERR_LIB, "FFTW has no plan for this grid");
  PetscCall(KarWisdomSave(fft->info.comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarLineDestroy(KarFFT fft)
{
  PetscFunctionBegin;
  fftw_destroy_plan(fft->forward);
  fftw_destroy_plan(fft->inverse);
  fftw_free(fft->line);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Blocks of n indices with `size` numbers each: every rank's, in the line of all. */
static PetscErrorCode Gather(KarFFT fft, PetscInt n, PetscInt size)
{
  int      rank, ranks, *counts, *displacements;
  PetscInt block;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(fft->info.comm, &rank));
  PetscCallMPI(MPI_Comm_size(fft->info.comm, &ranks));
  PetscCall(PetscMalloc2(ranks, &counts, ranks, &displacements));
  block = (n + ranks - 1) / ranks;
  for (int r = 0; r < ranks; r++) {
    const PetscInt start = PetscMin(r * block, n);

    displacements[r] = (int)(start * size);
    counts[r]        = (int)(PetscMin(block, n - start) * size);
  }
  kar_log_send(sizeof(double) * (double)counts[rank] * (ranks - 1));
  PetscCallMPI(
    MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, fft->line, counts, displacements, MPI_DOUBLE, fft->info.comm));
  PetscCall(PetscFree2(counts, displacements));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* This rank's modes between our scale and FFTW's. */
static void Scale(KarFFT fft, PetscBool forward, const PetscReal *in, PetscReal *out)
{
  const KarModes *m     = &fft->modes;
  const PetscInt  group = m->dof * m->width;

  for (PetscInt j = 0; j < m->length; j++)
    for (PetscInt c = 0; c < group; c++)
      out[j * group + c] = kar_axis_factor(fft, 0, m->start + j, forward) * in[j * group + c];
}

PetscErrorCode KarLineToSpace(KarFFT fft, const PetscReal x[], PetscReal field[], PetscInt stride, float channels[])
{
  const KarModes *m   = &fft->modes;
  const PetscInt  dof = m->dof, group = dof * m->width, n = fft->info.ln;
  const double   *here = fft->line + fft->info.start * dof;

  PetscFunctionBegin;
  Scale(fft, PETSC_FALSE, x, fft->line + m->start * group);
  PetscCall(Gather(fft, m->extent[0], group));
  fftw_execute(fft->inverse);
  if (field) (void)memcpy(field, here, sizeof(PetscReal) * (size_t)(n * dof));
  for (PetscInt j = 0; j < n && !field; j++)
    for (PetscInt c = 0; c < dof; c++) channels[j * stride + c] = (float)here[j * dof + c];
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarLineToModes(KarFFT fft, const PetscReal field[], PetscInt stride, const float channels[],
                              PetscReal x[])
{
  const KarModes *m   = &fft->modes;
  const PetscInt  dof = m->dof, n = fft->info.ln;
  double         *here = fft->line + fft->info.start * dof;

  PetscFunctionBegin;
  if (field) (void)memcpy(here, field, sizeof(PetscReal) * (size_t)(n * dof));
  for (PetscInt j = 0; j < n && !field; j++)
    for (PetscInt c = 0; c < dof; c++) here[j * dof + c] = channels[j * stride + c];
  PetscCall(Gather(fft, m->n[0], dof));
  fftw_execute(fft->forward);
  Scale(fft, PETSC_TRUE, fft->line + m->start * dof * m->width, x);
  PetscFunctionReturn(PETSC_SUCCESS);
}
