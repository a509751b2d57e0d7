/* Both ends of a pair of ranks list the rows that pass between them in the same order: that of the receiver's halo. */
#include <karhunen/halo.h>

typedef struct {
  PetscMPIInt rank;
  PetscInt    n[2];      /* rows that come from it, and that go to it */
  PetscInt   *row[2];    /* which of the halo's rows those are, and which of the slab's these */
  float      *buffer[2]; /* [n][row], as large as the last call needed */
} Peer;

struct _p_KarHalo {
  KarGridInfo  info;
  PetscInt     width, peers, n; /* n: rows of the halo that lie on this rank itself */
  PetscInt    *to, *from;       /* [n] */
  Peer        *peer;
  PetscInt     capacity; /* floats of a row in the buffers */
  MPI_Request *request;
};

/* The row of the box that halo row i of rank p stands for, i < 2 width: first those below its slab. */
static PetscInt Source(const KarGridInfo *g, PetscInt width, PetscInt block, PetscInt p, PetscInt i)
{
  const PetscInt start = PetscMin(p * block, g->n[0]), ln = PetscMin(block, g->n[0] - start);

  return kar_halo_point(g->basis, g->n[0], start - width + (i < width ? i : i + ln));
}

/* Rows that `to` needs of `from`; row[] gets their numbers in the halo of `to`, or, `sending`, in the slab of `from`.
   */
static PetscInt List(const KarGridInfo *g, PetscInt width, PetscInt block, PetscInt to, PetscInt from,
                     PetscBool sending, PetscInt row[])
{
  PetscInt n = 0;

  for (PetscInt i = 0; i < 2 * width; i++) {
    const PetscInt source = Source(g, width, block, to, i);

    if (source / block == from) row[n++] = sending ? source - from * block : i;
  }
  return n;
}

static PetscErrorCode AddPeer(KarHalo halo, PetscInt block, PetscMPIInt me, PetscMPIInt p)
{
  Peer *peer = &halo->peer[halo->peers];

  PetscFunctionBegin;
  peer->rank = p;
  for (int side = 0; side < 2; side++) PetscCall(PetscMalloc1(2 * halo->width, &peer->row[side]));
  peer->n[0] = List(&halo->info, halo->width, block, me, p, PETSC_FALSE, peer->row[0]);
  peer->n[1] = List(&halo->info, halo->width, block, p, me, PETSC_TRUE, peer->row[1]);
  if (peer->n[0] || peer->n[1]) halo->peers++;
  else
    for (int side = 0; side < 2; side++) PetscCall(PetscFree(peer->row[side]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarHaloCreate(const KarGridInfo *info, PetscInt width, KarHalo *out)
{
  KarHalo     halo;
  PetscMPIInt me, ranks;
  PetscInt    block;

  PetscFunctionBegin;
  KarCheck(info->comm, width >= 0, PETSC_ERR_ARG_OUTOFRANGE, "a halo of %" PetscInt_FMT " rows: give none or more",
           width);
  PetscCall(PetscNew(&halo));
  PetscCallMPI(MPI_Comm_rank(info->comm, &me));
  PetscCallMPI(MPI_Comm_size(info->comm, &ranks));
  halo->info  = *info;
  halo->width = width;
  block       = (info->n[0] + ranks - 1) / ranks;
  PetscCall(PetscMalloc2(2 * width, &halo->to, 2 * width, &halo->from));
  halo->n = List(info, width, block, me, me, PETSC_FALSE, halo->to);
  (void)List(info, width, block, me, me, PETSC_TRUE, halo->from);
  PetscCall(PetscCalloc1(PetscMin(ranks, 4 * width + 1), &halo->peer));
  for (PetscMPIInt p = 0; p < ranks; p++)
    if (p != me) PetscCall(AddPeer(halo, block, me, p));
  PetscCall(PetscMalloc1(2 * halo->peers, &halo->request));
  *out = halo;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Reserve(KarHalo halo, PetscInt row)
{
  PetscFunctionBegin;
  if (row <= halo->capacity) PetscFunctionReturn(PETSC_SUCCESS);
  for (PetscInt i = 0; i < halo->peers; i++)
    for (int side = 0; side < 2; side++) {
      PetscCall(PetscFree(halo->peer[i].buffer[side]));
      PetscCall(PetscMalloc1(halo->peer[i].n[side] * row, &halo->peer[i].buffer[side]));
    }
  halo->capacity = row;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What is sent lies in the buffers of side `out`, what comes will in the others. */
static PetscErrorCode Exchange(KarHalo halo, int out, PetscInt row)
{
  PetscMPIInt tag = 17;

  PetscFunctionBegin;
  for (PetscInt i = 0; i < halo->peers; i++) {
    Peer *p = &halo->peer[i];

    PetscCallMPI(MPI_Irecv(p->buffer[!out], (PetscMPIInt)(p->n[!out] * row), MPI_FLOAT, p->rank, tag, halo->info.comm,
                           &halo->request[2 * i]));
    PetscCallMPI(MPI_Isend(p->buffer[out], (PetscMPIInt)(p->n[out] * row), MPI_FLOAT, p->rank, tag, halo->info.comm,
                           &halo->request[2 * i + 1]));
    kar_log_send((double)(p->n[out] * row) * sizeof(float));
  }
  PetscCallMPI(MPI_Waitall((PetscMPIInt)(2 * halo->peers), halo->request, MPI_STATUSES_IGNORE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Halo row i. */
static inline float *At(const KarHalo halo, PetscInt i, PetscInt row, float *below, float *above)
{
  return i < halo->width ? below + i * row : above + (i - halo->width) * row;
}

PetscErrorCode KarHaloFill(KarHalo halo, PetscInt channels, const float own[], float below[], float above[])
{
  const PetscInt row = halo->info.n[1] * halo->info.n[2] * channels;

  PetscFunctionBegin;
  PetscCall(KarLogBegin(KAR_EVENT_EXCHANGE));
  PetscCall(Reserve(halo, row));
  for (PetscInt i = 0; i < halo->peers; i++)
    for (PetscInt j = 0; j < halo->peer[i].n[1]; j++)
      PetscCall(PetscArraycpy(halo->peer[i].buffer[1] + j * row, own + halo->peer[i].row[1][j] * row, row));
  PetscCall(Exchange(halo, 1, row));
  for (PetscInt i = 0; i < halo->n; i++)
    PetscCall(PetscArraycpy(At(halo, halo->to[i], row, below, above), own + halo->from[i] * row, row));
  for (PetscInt i = 0; i < halo->peers; i++)
    for (PetscInt j = 0; j < halo->peer[i].n[0]; j++)
      PetscCall(
        PetscArraycpy(At(halo, halo->peer[i].row[0][j], row, below, above), halo->peer[i].buffer[0] + j * row, row));
  PetscCall(KarLogEnd(KAR_EVENT_EXCHANGE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarHaloAdd(KarHalo halo, PetscInt channels, const float below[], const float above[], float own[])
{
  const PetscInt row = halo->info.n[1] * halo->info.n[2] * channels;

  PetscFunctionBegin;
  PetscCall(KarLogBegin(KAR_EVENT_EXCHANGE));
  PetscCall(Reserve(halo, row));
  for (PetscInt i = 0; i < halo->peers; i++)
    for (PetscInt j = 0; j < halo->peer[i].n[0]; j++)
      PetscCall(PetscArraycpy(halo->peer[i].buffer[0] + j * row,
                              At(halo, halo->peer[i].row[0][j], row, (float *)below, (float *)above), row));
  PetscCall(Exchange(halo, 0, row));
  for (PetscInt i = 0; i < halo->n; i++) {
    const float *from = At(halo, halo->to[i], row, (float *)below, (float *)above);

    for (PetscInt c = 0; c < row; c++) own[halo->from[i] * row + c] += from[c];
  }
  for (PetscInt i = 0; i < halo->peers; i++)
    for (PetscInt j = 0; j < halo->peer[i].n[1]; j++)
      for (PetscInt c = 0; c < row; c++) own[halo->peer[i].row[1][j] * row + c] += halo->peer[i].buffer[1][j * row + c];
  PetscCall(KarLogEnd(KAR_EVENT_EXCHANGE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarHaloDestroy(KarHalo *halo)
{
  PetscFunctionBegin;
  for (PetscInt i = 0; *halo && i < (*halo)->peers; i++)
    for (int side = 0; side < 2; side++) {
      PetscCall(PetscFree((*halo)->peer[i].row[side]));
      PetscCall(PetscFree((*halo)->peer[i].buffer[side]));
    }
  if (*halo) {
    PetscCall(PetscFree((*halo)->peer));
    PetscCall(PetscFree((*halo)->request));
    PetscCall(PetscFree2((*halo)->to, (*halo)->from));
  }
  PetscCall(PetscFree(*halo));
  PetscFunctionReturn(PETSC_SUCCESS);
}
