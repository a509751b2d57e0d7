/* What this rank hands to others and how long it stays in MPI, for `karhunen bench`: the calls that the library and
   FFTW send data by, counted on their way (PMPI). */
#include <mpi.h>

#include "traffic.h"

static KarTraffic all;

void kar_traffic(KarTraffic *traffic)
{
  *traffic = all;
}

static int Size(MPI_Comm comm)
{
  int size;

  PMPI_Comm_size(comm, &size);
  return size;
}

/* All of count[] but this rank's; a message to each. */
static double Others(MPI_Comm comm, const int count[])
{
  double sum = 0;
  int    rank;

  PMPI_Comm_rank(comm, &rank);
  for (int r = 0; r < Size(comm); r++) {
    sum += r == rank ? 0 : count[r];
    all.messages += r != rank && count[r] > 0;
  }
  return sum;
}

static void Count(double number, MPI_Datatype type)
{
  int bytes;

  PMPI_Type_size(type, &bytes);
  all.bytes += number * bytes;
}

#define TIMED(call)                                                                                                    \
  do {                                                                                                                 \
    const double start = PMPI_Wtime();                                                                                 \
    const int    code  = call;                                                                                         \
                                                                                                                       \
    all.seconds += PMPI_Wtime() - start;                                                                               \
    return code;                                                                                                       \
  } while (0)

int MPI_Reduce_scatter(const void *in, void *out, const int count[], MPI_Datatype type, MPI_Op op, MPI_Comm comm)
{
  Count(Others(comm, count), type);
  TIMED(PMPI_Reduce_scatter(in, out, count, type, op, comm));
}

int MPI_Allgatherv(const void *in, int n, MPI_Datatype type, void *out, const int count[], const int displ[],
                   MPI_Datatype outtype, MPI_Comm comm)
{
  int rank;

  PMPI_Comm_rank(comm, &rank);
  Count((double)count[rank] * (Size(comm) - 1), outtype);
  all.messages += Size(comm) - 1;
  TIMED(PMPI_Allgatherv(in, n, type, out, count, displ, outtype, comm));
}

int MPI_Alltoall(const void *in, int n, MPI_Datatype type, void *out, int m, MPI_Datatype outtype, MPI_Comm comm)
{
  Count((double)m * (Size(comm) - 1), outtype);
  all.messages += Size(comm) - 1;
  TIMED(PMPI_Alltoall(in, n, type, out, m, outtype, comm));
}

/* Where the exchange is in place, what is sent is what is received. */
int MPI_Alltoallv(const void *in, const int count[], const int displ[], MPI_Datatype type, void *out,
                  const int outcount[], const int outdispl[], MPI_Datatype outtype, MPI_Comm comm)
{
  Count(Others(comm, in == MPI_IN_PLACE ? outcount : count), in == MPI_IN_PLACE ? outtype : type);
  TIMED(PMPI_Alltoallv(in, count, displ, type, out, outcount, outdispl, outtype, comm));
}

/* A sum over P ranks cannot be had for less than 2 (P - 1)/P of the array from each. */
int MPI_Allreduce(const void *in, void *out, int n, MPI_Datatype type, MPI_Op op, MPI_Comm comm)
{
  Count(2. * n * (Size(comm) - 1) / Size(comm), type);
  TIMED(PMPI_Allreduce(in, out, n, type, op, comm));
}

int MPI_Sendrecv(const void *in, int n, MPI_Datatype type, int to, int tag, void *out, int m, MPI_Datatype outtype,
                 int from, int outtag, MPI_Comm comm, MPI_Status *status)
{
  int rank;

  PMPI_Comm_rank(comm, &rank);
  if (to != rank && to != MPI_PROC_NULL) Count(n, type), all.messages++;
  TIMED(PMPI_Sendrecv(in, n, type, to, tag, out, m, outtype, from, outtag, comm, status));
}

int MPI_Isend(const void *in, int n, MPI_Datatype type, int to, int tag, MPI_Comm comm, MPI_Request *request)
{
  Count(n, type);
  all.messages++;
  TIMED(PMPI_Isend(in, n, type, to, tag, comm, request));
}

int MPI_Waitall(int n, MPI_Request requests[], MPI_Status statuses[])
{
  TIMED(PMPI_Waitall(n, requests, statuses));
}
