/* replay [WHAT] name=value ...: the messages of one part of a field's evaluation (messages.h), sent by MPI, with its
   computing as so many seconds that pass between them.  Built by mpicc it takes the time of this machine, built by
   smpicc that of a network which SimGrid simulates.
     what = transform, halo, network, octave (two transforms to space, halo, network, one transform to modes), files
            (the sums that end the writing of a field; not the file system)
     dim n0 n1 n2 dof channels width   the field and its network, dilations 1,1,2,1,1 (2D) or 1,1,2,1 (3D)
     group      ranks of a field; fields lie beside one another (-ranks_per_field)
     flop       seconds of a flop of the network
     number     seconds of a stored number and of each doubling of their count in a transform
     repeat     evaluations, of which the fastest counts
     as         no messages and no time that passes: the seconds of the slowest of so many ranks, by LogGP with
                latency (s), overhead (s, of either side), gap (s a byte; ranks of a node share its link)
   Writes: ranks, ranks of a field, seconds of one evaluation, of which computing, of the rank that computes most. */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "messages.h"

#ifdef SIMULATED
  #include <smpi/smpi.h>
  #define Room(bytes) SMPI_SHARED_MALLOC(bytes) /* all ranks write to the same memory: nobody reads it */
  #define Leave(room) SMPI_SHARED_FREE(room)
  #define HOST        1e9 /* flops a second that the platforms say of a core */
#else
  #define Room(bytes) calloc(bytes, 1)
  #define Leave(room) free(room)
#endif

typedef struct {
  Field    field;
  int      rank, as, *count[2], *at[2];
  double   flop, number, computed, latency, overhead, gap;
  MPI_Comm comm;
  char    *out, *in;
} Replay;

static void Compute(Replay *r, double seconds)
{
  r->computed += seconds;
  if (r->as) return;
#ifdef SIMULATED
  smpi_execute_flops(seconds * HOST);
#else
  struct timespec t;
  double          start, now;

  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  start = (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
  do {
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    now = (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
  } while (now - start < seconds);
#endif
}

/* Numbers of the whole field, and those that this rank transforms on the axes of way 0 and 1. */
static double TransformSeconds(const Replay *r, int axis)
{
  const Field *f    = &r->field;
  const double all  = (double)f->n[0] * (double)(f->dim == 2 ? f->n[1] / 2 + 1 : f->n[1]) * (double)Inner(f),
               mine = all * (double)Own(f, axis, r->rank) /
                      (double)(axis == 1 && f->dim == 2 ? f->n[1] / 2 + 1 : f->n[axis]);
  const double others = (double)f->n[1] * (double)f->n[2];

  return r->number * mine * log2(axis ? (double)f->n[0] : others);
}

/* LogGP: messages that follow one another, as the steps of a pairwise exchange do. */
static void Wait(Replay *r, double out, double in)
{
  r->computed += r->latency + 2 * r->overhead + r->gap * fmax(out, in);
}

static void Transform(Replay *r, int way)
{
  const Field *f     = &r->field;
  const long   parts = PartsOfTransform(f, way);

  for (long p = 0; p < parts; p++) {
    Compute(r, TransformSeconds(r, !way) / (double)parts);
    for (int q = 0; q < f->ranks && !r->as; q++) {
      r->count[0][q] = (int)TransformBytes(f, way, p, r->rank, q);
      r->count[1][q] = (int)TransformBytes(f, way, p, q, r->rank);
    }
    for (int q = 0; q < f->ranks && r->as && r->latency > 0; q++)
      if (q != r->rank) Wait(r, TransformBytes(f, way, p, r->rank, q), TransformBytes(f, way, p, q, r->rank));
    if (f->ranks > 1 && !r->as)
      MPI_Alltoallv(r->out, r->count[0], r->at[0], MPI_BYTE, r->in, r->count[1], r->at[1], MPI_BYTE, r->comm);
  }
  Compute(r, TransformSeconds(r, way));
}

static void Halo(Replay *r)
{
  MPI_Request request[128];
  int         n = 0;

  for (int q = 0; q < r->field.ranks && r->as && r->latency > 0; q++) {
    const double get = HaloBytes(&r->field, q, r->rank), put = HaloBytes(&r->field, r->rank, q);

    if (get > 0 || put > 0) Wait(r, put, get);
  }

  for (int q = 0; q < r->field.ranks && n < 126 && !r->as; q++) {
    const double get = HaloBytes(&r->field, q, r->rank), put = HaloBytes(&r->field, r->rank, q);

    if (get > 0) MPI_Irecv(r->in, (int)get, MPI_BYTE, q, 17, r->comm, &request[n++]);
    if (put > 0) MPI_Isend(r->out, (int)put, MPI_BYTE, q, 17, r->comm, &request[n++]);
  }
  MPI_Waitall(n, request, MPI_STATUSES_IGNORE);
}

static void Network(Replay *r)
{
  Compute(r, r->flop * NetworkFlops(&r->field, r->rank));
}

static void Files(Replay *r)
{
  for (int i = 0; i < 2 && !r->as; i++) {
    int good = 1;

    MPI_Allreduce(MPI_IN_PLACE, &good, 1, MPI_INT, MPI_MIN, r->comm);
  }
}

static int Evaluate(Replay *r, const char what[])
{
  if (!strcmp(what, "transform")) Transform(r, 0);
  else if (!strcmp(what, "halo")) Halo(r);
  else if (!strcmp(what, "network")) Network(r);
  else if (!strcmp(what, "files")) Files(r);
  else if (!strcmp(what, "octave")) Transform(r, 0), Transform(r, 0), Halo(r), Network(r), Transform(r, 1);
  else return 0;
  return 1;
}

/* The most bytes that one message has, either way. */
static size_t Largest(const Replay *r)
{
  double most = 1;

  for (int q = 0; q < r->field.ranks; q++) {
    for (int way = 0; way < 2; way++) {
      most = fmax(most, TransformBytes(&r->field, way, 0, r->rank, q));
      most = fmax(most, TransformBytes(&r->field, way, 0, q, r->rank));
    }
    most = fmax(most, fmax(HaloBytes(&r->field, r->rank, q), HaloBytes(&r->field, q, r->rank)));
  }
  return (size_t)most;
}

static double Given(int argc, char **argv, const char name[], double value)
{
  const size_t length = strlen(name);

  for (int i = 1; i < argc; i++)
    if (!strncmp(argv[i], name, length) && argv[i][length] == '=') value = atof(argv[i] + length + 1);
  return value;
}

static void Read(int argc, char **argv, Replay *r)
{
  const int plane[] = {1, 1, 2, 1, 1}, box[] = {1, 1, 2, 1};
  Field    *f = &r->field;
  int       all, rank;

  MPI_Comm_size(MPI_COMM_WORLD, &all);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  f->dim      = (int)Given(argc, argv, "dim", 2);
  f->n[0]     = (long)Given(argc, argv, "n0", 1024);
  f->n[1]     = (long)Given(argc, argv, "n1", (double)f->n[0]);
  f->n[2]     = f->dim == 3 ? (long)Given(argc, argv, "n2", (double)f->n[1]) : 1;
  f->dof      = (int)Given(argc, argv, "dof", f->dim == 2 ? 1 : 3);
  f->channels = (int)Given(argc, argv, "channels", 5 * f->dof);
  f->width    = (int)Given(argc, argv, "width", 32);
  f->layers   = f->dim == 2 ? 5 : 4;
  for (int l = 0; l < f->layers; l++) f->dilation[l] = f->dim == 2 ? plane[l] : box[l];
  r->flop    = Given(argc, argv, "flop", 0);
  r->number  = Given(argc, argv, "number", 0);
  r->latency = Given(argc, argv, "latency", 0), r->overhead = Given(argc, argv, "overhead", 0.5e-6);
  r->gap = Given(argc, argv, "gap", 16 / 25e9);
  MPI_Comm_split(MPI_COMM_WORLD, rank / (int)Given(argc, argv, "group", all), rank, &r->comm);
  MPI_Comm_size(r->comm, &f->ranks);
  MPI_Comm_rank(r->comm, &r->rank);
  r->as = (int)Given(argc, argv, "as", 0);
  if (r->as) f->ranks = r->as;
}

/* Its computing alone, rank by rank. */
static int Alone(Replay *r, const char what[])
{
  double most  = 0;
  int    known = 1;

  for (r->rank = 0; r->rank < r->as && known; r->rank++) {
    r->computed = 0;
    known       = Evaluate(r, what);
    most        = fmax(most, r->computed);
  }
  if (known) printf("%d %d %.9g %.9g\n", r->as, r->as, most, most);
  return !known;
}

int main(int argc, char **argv)
{
  Replay r = {.computed = 0};
  double time[2], start, least = 1e30;
  int    rank, all, repeat = (int)Given(argc, argv, "repeat", 1), known = 1;

  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &all);
  Read(argc, argv, &r);
  if (r.as) {
    known = Alone(&r, argc > 1 ? argv[1] : "");
    MPI_Finalize();
    return known;
  }
  for (int side = 0; side < 2; side++) {
    r.count[side] = malloc(sizeof(int) * (size_t)r.field.ranks);
    r.at[side]    = calloc((size_t)r.field.ranks, sizeof(int));
  }
  const size_t largest = Largest(&r);
  r.out                = Room(largest);
  r.in                 = Room(largest);
  for (int i = 0; i < repeat && known; i++) {
    MPI_Barrier(MPI_COMM_WORLD);
    start      = MPI_Wtime();
    r.computed = 0;
    known      = argc > 1 && Evaluate(&r, argv[1]);
    time[0]    = MPI_Wtime() - start;
    time[1]    = r.computed;
    MPI_Allreduce(MPI_IN_PLACE, time, 2, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
    least = fmin(least, time[0]);
  }
  if (rank == 0 && known) printf("%d %d %.9g %.9g\n", all, r.field.ranks, least, time[1]);
  if (rank == 0 && !known) fprintf(stderr, "replay: give transform, halo, network, octave or files first\n");
  Leave(r.out);
  Leave(r.in);
  for (int side = 0; side < 2; side++) free(r.count[side]), free(r.at[side]);
  MPI_Comm_free(&r.comm);
  MPI_Finalize();
  return !known;
}
