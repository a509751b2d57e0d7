/* Another grid on the same box: a scatter of the shared modes, in one exchange. */
#include "fftimpl.h"

struct _p_KarResample {
  VecScatter scatter;
};

/* Numbers of all ranks' coordinates. */
static PetscInt Numbers(const KarModes *m)
{
  return m->extent[0] * m->extent[1] * m->extent[2] * m->dof * m->width;
}

/* A vector on comm that has on each rank as many numbers as a transform's coordinates, without them. */
static PetscErrorCode CreateLayout(MPI_Comm comm, KarFFT fft, Vec *x)
{
  const KarModes *m = &fft->modes;

  PetscFunctionBegin;
  PetscCall(VecCreateMPIWithArray(comm, 1, m->rows * m->length * m->dof * m->width, PETSC_DECIDE, NULL, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarResampleCreate(KarFFT from, KarFFT to, KarResample *resample)
{
  const KarModes *source = &from->modes, *target = &to->modes;
  const PetscInt  group = target->dof * target->width,
                 most   = PetscMin(target->rows * target->length, Numbers(source) / group) + 1;
  PetscInt *in, *out, n = 0, first;
  KarMode   mode;
  IS        is_in, is_out;
  Vec       x, y;

  PetscFunctionBegin;
  KarCheck(to->info.comm, source->dim == target->dim && source->dof == target->dof && source->basis == target->basis,
           PETSC_ERR_ARG_INCOMP, "two grids of other dimension, components or basis share no modes");
  /* where one grid is of groups of the other's ranks, the source has on its ranks what each of them wants */
  PetscCall(CreateLayout(from->info.comm, from, &x));
  PetscCall(CreateLayout(from->info.comm, to, &y));
  PetscCall(VecGetOwnershipRange(y, &first, NULL));
  PetscCall(PetscMalloc2(most, &in, most, &out));
  for (PetscInt r = 0; r < target->rows; r++)
    for (PetscInt j = 0; j < target->length; j++) {
      PetscInt i[3];

      kar_mode(target, r, j, &mode);
      kar_stored_index(&mode, i);
      in[n]  = mode.nyquist ? -1 : kar_find_mode(source, i);
      out[n] = first / group + mode.offset / group;
      if (in[n] >= 0) n++;
    }
  PetscCall(ISCreateBlock(from->info.comm, group, n, in, PETSC_COPY_VALUES, &is_in));
  PetscCall(ISCreateBlock(from->info.comm, group, n, out, PETSC_COPY_VALUES, &is_out));
  PetscCall(PetscFree2(in, out));
  PetscCall(PetscNew(resample));
  PetscCall(VecScatterCreate(x, is_in, y, is_out, &(*resample)->scatter));
  PetscCall(ISDestroy(&is_in));
  PetscCall(ISDestroy(&is_out));
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&y));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarResampleApply(KarResample resample, Vec x, Vec y)
{
  PetscFunctionBegin;
  PetscCall(VecZeroEntries(y));
  PetscCall(VecScatterBegin(resample->scatter, x, y, INSERT_VALUES, SCATTER_FORWARD));
  PetscCall(VecScatterEnd(resample->scatter, x, y, INSERT_VALUES, SCATTER_FORWARD));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarResampleAdd(KarResample resample, Vec x, Vec y)
{
  PetscFunctionBegin;
  PetscCall(VecScatterBegin(resample->scatter, x, y, ADD_VALUES, SCATTER_FORWARD));
  PetscCall(VecScatterEnd(resample->scatter, x, y, ADD_VALUES, SCATTER_FORWARD));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarResampleDestroy(KarResample *resample)
{
  PetscFunctionBegin;
  if (*resample) PetscCall(VecScatterDestroy(&(*resample)->scatter));
  PetscCall(PetscFree(*resample));
  PetscFunctionReturn(PETSC_SUCCESS);
}
