/* What this rank sends to others by MPI_Isend and MPI_Alltoallv, told to the claim as it goes. */
#pragma once

#include "claim.h"

#undef MPI_Isend /* PETSc has macros of these names */
#undef MPI_Alltoallv

/* The claim's: `bytes` in one message to rank `to`. */
static void Sent(int to, double bytes);

static void SentOf(int to, double count, MPI_Datatype type)
{
  int bytes;

  PMPI_Type_size(type, &bytes);
  if (count > 0) Sent(to, count * bytes);
}

int MPI_Isend(const void *buffer, int count, MPI_Datatype type, int to, int tag, MPI_Comm comm, MPI_Request *request)
{
  SentOf(to, count, type);
  return PMPI_Isend(buffer, count, type, to, tag, comm, request);
}

int MPI_Alltoallv(const void *in, const int count[], const int at[], MPI_Datatype type, void *out, const int outcount[],
                  const int outat[], MPI_Datatype outtype, MPI_Comm comm)
{
  int rank, size;

  PMPI_Comm_rank(comm, &rank);
  PMPI_Comm_size(comm, &size);
  for (int p = 0; p < size; p++)
    if (p != rank) SentOf(p, count[p], type);
  return PMPI_Alltoallv(in, count, at, type, out, outcount, outat, outtype, comm);
}
