/* What pencils are made of: matrices between rank 0 and rows of all, and the line whose modes they are. */
#include "pencilimpl.h"

PetscErrorCode KarPencilCheck(MPI_Comm comm, const KarGridInfo *g, PetscInt m, const PetscReal x[])
{
  PetscFunctionBegin;
  KarCheck(comm, m > 1 && m <= 20000, PETSC_ERR_ARG_OUTOFRANGE,
           "a pencil of %" PetscInt_FMT " places: 2 to 20000; more go through a grid, KarPoints", m);
  for (PetscInt i = 0; i < m; i++)
    for (PetscInt j = 0; j < i; j++) {
      PetscReal d2 = 0;

      for (PetscInt a = 0; a < g->dim; a++) d2 += PetscSqr((x[i * g->dim + a] - x[j * g->dim + a]) / g->length[a]);
      KarCheck(comm, d2 > 1e-24, PETSC_ERR_USER_INPUT,
               "places %" PetscInt_FMT " and %" PetscInt_FMT " are the same: give each once", j, i);
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPencilGather(MPI_Comm comm, PetscInt m, PetscInt local, const PetscReal rows[], PetscReal **all)
{
  PetscMPIInt  rank, ranks, *count = NULL, *start = NULL, mine = (PetscMPIInt)local;
  MPI_Datatype row;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  PetscCallMPI(MPI_Type_contiguous((PetscMPIInt)m, MPIU_REAL, &row));
  PetscCallMPI(MPI_Type_commit(&row));
  *all = NULL;
  if (rank == 0) PetscCall(PetscMalloc1(m * m, all));
  PetscCall(PetscCalloc2(ranks, &count, ranks + 1, &start));
  PetscCallMPI(MPI_Gather(&mine, 1, MPI_INT, count, 1, MPI_INT, 0, comm));
  for (PetscMPIInt r = 0; r < ranks; r++) start[r + 1] = start[r] + count[r];
  PetscCallMPI(MPI_Gatherv(rows, mine, row, *all, count, start, row, 0, comm));
  PetscCallMPI(MPI_Type_free(&row));
  PetscCall(PetscFree2(count, start));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPencilScatter(MPI_Comm comm, PetscInt m, PetscInt n, PetscInt local, PetscReal *all, Mat *A)
{
  PetscMPIInt  ranks, *count, *start, mine = (PetscMPIInt)local;
  PetscReal   *rows, *a;
  MPI_Datatype row;
  PetscInt     stride;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  PetscCallMPI(MPI_Type_contiguous((PetscMPIInt)n, MPIU_REAL, &row));
  PetscCallMPI(MPI_Type_commit(&row));
  PetscCall(PetscCalloc2(ranks, &count, ranks + 1, &start));
  PetscCallMPI(MPI_Allgather(&mine, 1, MPI_INT, count, 1, MPI_INT, comm));
  for (PetscMPIInt r = 0; r < ranks; r++) start[r + 1] = start[r] + count[r];
  PetscCall(PetscMalloc1(local * n, &rows));
  PetscCallMPI(MPI_Scatterv(all, count, start, row, rows, mine, row, 0, comm));
  PetscCall(MatCreateDense(comm, local, n == m ? local : PETSC_DECIDE, m, n, NULL, A));
  PetscCall(MatDenseGetLDA(*A, &stride));
  PetscCall(MatDenseGetArray(*A, &a));
  for (PetscInt i = 0; i < local; i++)
    for (PetscInt j = 0; j < n; j++) a[j * stride + i] = rows[i * n + j];
  PetscCall(MatDenseRestoreArray(*A, &a));
  PetscCall(MatAssemblyBegin(*A, MAT_FINAL_ASSEMBLY));
  PetscCall(MatAssemblyEnd(*A, MAT_FINAL_ASSEMBLY));
  PetscCallMPI(MPI_Type_free(&row));
  PetscCall(PetscFree(rows));
  PetscCall(PetscFree2(count, start));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPencilCreateLine(KarPencil p)
{
  PetscReal *k;
  KarGrid    grid;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(p->comm, &grid));
  PetscCall(KarGridSetSizes(grid, 1, &p->m, NULL));
  PetscCall(KarGridSetBasis(grid, KAR_BASIS_COSINE));
  PetscCall(KarGridSetComponents(grid, p->dof));
  PetscCall(KarFFTCreate(grid, &p->line));
  PetscCall(KarGridDestroy(&grid));
  PetscCall(PetscMalloc1(p->m, &k));
  for (PetscInt i = 0; i < p->m; i++) k[i] = PETSC_PI * (PetscReal)i;
  PetscCall(KarCovCreate(p->line, &p->data));
  PetscCall(KarCovSetSpectrum(p->data, p->m, k, p->mu));
  PetscCall(KarCovCreate(p->line, &p->noise));
  PetscCall(KarCovSetType(p->noise, KARCOVBANDLIMITED));
  PetscCall(KarCovSetParameter(p->noise, "cutoff", PETSC_PI * ((PetscReal)p->m - 0.5)));
  PetscCall(KarCovSetVariance(p->noise, (PetscReal)p->m));
  PetscCall(PetscFree(k));
  PetscFunctionReturn(PETSC_SUCCESS);
}
