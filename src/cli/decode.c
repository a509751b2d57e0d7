/* Draws of latents, as the fields that a model's decoder makes of them: on a grid, or at places. */
#include "cli.h"

#include <karhunen/implicit.h>

struct _p_Decoder {
  KarImplicit       of; /* borrowed */
  KarFFT            fft;
  Vec               latents;
  float            *z; /* of all cells */
  PetscMPIInt      *count, *start;
  KarGrid           grid; /* that the fields are written on */
  KarImplicitPlaces points;
};

PetscErrorCode DecoderCreate(KarScore score, Decoder *out)
{
  PetscInt    n[3], dim = 3, c, cells[3];
  PetscBool   decode = PETSC_TRUE;
  KarDenoiser denoiser;
  KarImplicit of = NULL;
  KarGrid     grid;
  KarGridInfo g;
  Decoder     d;

  PetscFunctionBegin;
  *out = NULL;
  PetscCall(KarScoreGetDenoiser(score, &denoiser));
  if (denoiser) PetscCall(KarDenoiserGetDecoder(denoiser, &of));
  if (of || KarOptionsHelping())
    PetscCall(KarOptionsBool(NULL, "decode", "of a model of latents, the fields that they stand for, not the latents",
                             &decode));
  if (!of || !decode) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscNew(&d));
  d->of = of;
  PetscCall(KarImplicitGetGrid(of, &g));
  PetscCall(
    KarOptionsIntArray(NULL, "grid_n", "points along each axis, slowest first (a model's own)", 1, 1 << 20, &dim, n));
  KarCheck(g.comm, !dim || dim == g.dim, PETSC_ERR_USER_INPUT,
           "-grid_n has %" PetscInt_FMT " numbers, the model draws fields of %" PetscInt_FMT " dimensions", dim, g.dim);
  PetscCall(KarScoreGetFFT(score, &d->fft));
  PetscCall(KarFFTReference(d->fft));
  PetscCall(KarFFTGetGrid(d->fft, &grid));
  PetscCall(KarGridCreateField(grid, &d->latents));
  PetscCall(KarImplicitGetCells(of, cells, &c));
  PetscCall(PetscMalloc1(cells[0] * cells[1] * cells[2] * c, &d->z));
  PetscCall(KarGridCreate(g.comm, &d->grid));
  PetscCall(KarGridSetSizes(d->grid, g.dim, dim ? n : g.n, g.length));
  PetscCall(KarGridSetComponents(d->grid, g.dof));
  PetscCall(KarGridSetBasis(d->grid, g.basis));
  PetscCall(KarGridSetUp(d->grid));
  *out = d;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode DecoderGet(Decoder d, KarImplicit *of, KarGrid *grid)
{
  PetscFunctionBegin;
  if (of) *of = d->of;
  if (grid) *grid = d->grid;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode DecoderTake(Decoder d, Vec x, const float *z[])
{
  const PetscScalar *a;
  PetscMPIInt        ranks, n;
  PetscInt           first, last;
  MPI_Comm           comm;

  PetscFunctionBegin;
  PetscCall(KarFFTInverse(d->fft, x, d->latents));
  PetscCall(VecGetOwnershipRange(d->latents, &first, &last));
  PetscCall(PetscObjectGetComm((PetscObject)d->latents, &comm));
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  if (!d->count) {
    PetscCall(PetscMalloc2(ranks, &d->count, ranks, &d->start));
    n = (PetscMPIInt)(last - first);
    PetscCallMPI(MPI_Allgather(&n, 1, MPI_INT, d->count, 1, MPI_INT, comm));
    for (int r = 0, at = 0; r < ranks; at += d->count[r++]) d->start[r] = at;
  }
  PetscCall(VecGetArrayRead(d->latents, &a));
  for (PetscInt i = first; i < last; i++) d->z[i] = (float)a[i - first];
  PetscCall(VecRestoreArrayRead(d->latents, &a));
  PetscCallMPI(MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, d->z, d->count, d->start, MPI_FLOAT, comm));
  *z = d->z;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode DecoderField(Decoder d, Vec x, Vec field)
{
  const float *z;
  PetscScalar *u;
  KarGridInfo  g;

  PetscFunctionBegin;
  PetscCall(DecoderTake(d, x, &z));
  PetscCall(KarGridGetInfo(d->grid, &g));
  if (!d->points) PetscCall(KarImplicitPlacesCreate(d->of, 0, NULL, &g, &d->points));
  PetscCall(VecGetArrayWrite(field, &u));
  PetscCall(KarImplicitEvaluate(d->points, z, u));
  PetscCall(VecRestoreArrayWrite(field, &u));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode DecoderDestroy(Decoder *out)
{
  Decoder d = *out;

  PetscFunctionBegin;
  if (!d) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarImplicitPlacesDestroy(&d->points));
  PetscCall(KarGridDestroy(&d->grid));
  PetscCall(VecDestroy(&d->latents));
  PetscCall(KarFFTDestroy(&d->fft));
  PetscCall(PetscFree2(d->count, d->start));
  PetscCall(PetscFree(d->z));
  PetscCall(PetscFree(*out));
  PetscFunctionReturn(PETSC_SUCCESS);
}
