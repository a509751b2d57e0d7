/* The exchange of rows, for ranks that hold few: a rank evaluates and collects along its own axes only, and sends the
   products of the trailing axes of each of its rows to the rank that owns them, which goes along axis 0 for all rows.
   Products are owned by the wave numbers (|kappa_1|, ..., kappa_last) of the trailing axes, so that the modes of a
   rank need its own products alone. Sent by a rank with `ln` rows and `own` of `rest` products, for C channels of a
   sample, in bytes:
     4 C ln (rest - own) to reduce,   4 C own (n_0 - ln) to gather
   against 8 C nmodes (ranks - 1) / ranks each by modes: less when n_0 / ranks < 2 modes[0]. */
#include "fnoimpl.h"

/* Trailing wave numbers in units u: products and modes of one unit belong to one rank. */
static PetscInt unit_of_product(const KarFNOArchitecture *arch, PetscInt j)
{
  const PetscInt nf = arch->config.dim > 2 ? arch->axis[2].nf : 1;
  PetscInt       u  = 0;

  for (PetscInt i = 1; i < arch->config.dim; i++) {
    const PetscInt f = i == arch->config.dim - 1 ? j % (i == 1 ? arch->axis[1].nf : nf) : j / nf;

    for (PetscInt kappa = 0; kappa < arch->axis[i].K; kappa++)
      if (arch->axis[i].index[0][kappa] == f || (kappa && arch->axis[i].index[1][kappa] == f))
        u = u * arch->axis[i].K + kappa;
  }
  return u;
}

static PetscInt unit_of_mode(const KarFNOArchitecture *arch, PetscInt m)
{
  const PetscInt *K = arch->config.modes;

  if (arch->config.dim == 2) return m % K[1];
  return PetscAbsInt(m / K[2] % (2 * K[1] - 1) + 1 - K[1]) * K[2] + m % K[2];
}

static int owner(PetscInt unit, PetscInt units, int ranks)
{
  return (int)(((unit + 1) * ranks - 1) / units);
}

PetscErrorCode KarFNOCreateRows_Private(KarFNO fno)
{
  const PetscInt dim = fno->arch.config.dim, rest = fno->arch.nprod / fno->arch.axis[0].nf, P = fno->exchange.ranks;
  const PetscInt units = fno->arch.config.modes[1] * (dim > 2 ? fno->arch.config.modes[2] : 1);
  KarFNORows    *r     = &fno->exchange.rows;
  PetscInt      *place, at = 0, here[2] = {fno->arch.info.start, fno->arch.info.ln}, *all;
  PetscMPIInt    rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(fno->arch.info.comm, &rank));
  PetscCall(KarFNOCreateAxis_Private(&fno->arch, 0, 0, fno->arch.info.n[0], 1, &r->axis));
  r->rest = rest;
  PetscCall(PetscMalloc4(P, &r->start, P, &r->ln, P + 1, &r->first, rest, &r->column));
  PetscCall(PetscMalloc4(P, &r->counts, P, &r->displs, P, &r->backcounts, P, &r->backdispls));
  PetscCall(PetscMalloc2(2 * P, &all, rest, &place));
  PetscCall(PetscMalloc1(fno->arch.nmodes, &r->own));
  PetscCallMPI(MPI_Allgather(here, 2, MPIU_INT, all, 2, MPIU_INT, fno->arch.info.comm));
  for (PetscInt p = 0; p < P; p++) {
    r->start[p] = all[2 * p];
    r->ln[p]    = all[2 * p + 1];
    r->first[p] = at;
    for (PetscInt j = 0; j < rest; j++)
      if (owner(unit_of_product(&fno->arch, j), units, (int)P) == p) {
        r->column[at] = j;
        place[j]      = at++ - r->first[p];
      }
  }
  r->first[P] = at;
  r->mine     = r->first[rank + 1] - r->first[rank];
  r->mn       = 0;
  PetscCall(PetscMalloc1(fno->arch.nmodes, &r->modes));
  for (PetscInt m = 0; m < fno->arch.nmodes; m++)
    if (owner(unit_of_mode(&fno->arch, m), units, (int)P) == rank) {
      KarFNOMode *mode = &r->modes[r->mn];

      *mode = fno->arch.modes[m];
      for (int i = 0; i < mode->n; i++) mode->f[i] = mode->f[i] / rest * r->mine + place[mode->f[i] % rest];
      r->own[r->mn++] = m;
    }
  PetscCall(PetscFree2(all, place));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFNODestroyRows_Private(KarFNO fno)
{
  KarFNORows *r = &fno->exchange.rows;

  PetscFunctionBegin;
  PetscCall(KarFNODestroyAxis_Private(&r->axis));
  PetscCall(PetscFree4(r->start, r->ln, r->first, r->column));
  PetscCall(PetscFree4(r->counts, r->displs, r->backcounts, r->backdispls));
  PetscCall(PetscFree(r->own));
  PetscCall(PetscFree(r->modes));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscReal kar_fno_rows_sent(const KarFNO fno)
{
  const KarFNORows *r   = &fno->exchange.rows;
  PetscReal         sum = 0;

  for (PetscInt p = 0; p < fno->exchange.ranks; p++)
    sum += (PetscReal)r->ln[p] * (r->rest - (r->first[p + 1] - r->first[p]));
  return sum;
}

/* Numbers for each rank: of its products in this rank's rows, and of this rank's products in its rows. */
static void count(KarFNO fno, PetscInt batch, PetscInt C)
{
  KarFNORows *r = &fno->exchange.rows;

  for (PetscInt p = 0; p < fno->exchange.ranks; p++) {
    r->counts[p]     = (int)(batch * fno->arch.info.ln * (r->first[p + 1] - r->first[p]) * C);
    r->displs[p]     = (int)(batch * fno->arch.info.ln * r->first[p] * C);
    r->backcounts[p] = (int)(batch * r->ln[p] * r->mine * C);
    r->backdispls[p] = (int)(batch * r->start[p] * r->mine * C);
  }
}

/* Where sample s of the piece to or from rank p begins: [ln][products of p][C] here, [rows of p][own products][C]
   there. */
static float *here(KarFNO fno, PetscInt batch, PetscInt s, PetscInt p, PetscInt C)
{
  const KarFNORows *r = &fno->exchange.rows;

  return r->rows +
         (batch * fno->arch.info.ln * r->first[p] + s * fno->arch.info.ln * (r->first[p + 1] - r->first[p])) * C;
}

static float *there(KarFNO fno, PetscInt batch, PetscInt s, PetscInt p, PetscInt C)
{
  const KarFNORows *r = &fno->exchange.rows;

  return r->products + (batch * r->start[p] + s * r->ln[p]) * r->mine * C;
}

void kar_fno_rows_combine(KarFNO fno, PetscInt batch, PetscInt s, PetscInt C)
{
  const KarFNORows *r   = &fno->exchange.rows;
  float            *sum = fno->books.thread[0].out;

  kar_zero(C, sum);
  for (PetscInt i = 0; i < fno->arch.info.ln; i++) {
    const float *row = r->out + i * r->rest * C;

    for (PetscInt p = 0; p < fno->exchange.ranks; p++) {
      const PetscInt n  = r->first[p + 1] - r->first[p];
      float         *to = here(fno, batch, s, p, C) + i * n * C;

      for (PetscInt j = 0; j < n; j++) kar_copy(C, row + r->column[r->first[p] + j] * C, to + j * C);
    }
    for (PetscInt c = 0; c < C; c++) sum[c] += row[c];
  }
}

void kar_fno_rows_expand(KarFNO fno, PetscInt batch, PetscInt s, float in[])
{
  const KarFNORows *r = &fno->exchange.rows;
  const PetscInt    W = fno->arch.W;

  for (PetscInt p = 0; p < fno->exchange.ranks; p++) {
    const PetscInt n    = r->first[p + 1] - r->first[p];
    const float   *from = here(fno, batch, s, p, W);

    for (PetscInt i = 0; i < fno->arch.info.ln; i++)
      for (PetscInt j = 0; j < n; j++, from += W)
        kar_copy(W, from, in + (i * r->rest + r->column[r->first[p] + j]) * W);
  }
}

PetscErrorCode KarFNOReduceRows_Private(KarFNO fno, PetscInt batch, PetscInt C, float own[])
{
  KarFNORows    *r = &fno->exchange.rows;
  const PetscInt N = r->mine * C, nf = r->axis.nf;

  PetscFunctionBegin;
  count(fno, batch, C);
  kar_log_send(sizeof(float) * (double)(batch * fno->arch.info.ln * (r->rest - r->mine) * C));
  PetscCallMPI(MPI_Alltoallv(r->rows, r->counts, r->displs, MPI_FLOAT, r->products, r->backcounts, r->backdispls,
                             MPI_FLOAT, fno->arch.info.comm));
  for (PetscInt s = 0; s < batch; s++) {
    for (PetscInt p = 0; p < fno->exchange.ranks; p++)
      fno->books.kernels->gemm(nf, N, r->ln[p], r->axis.point + r->start[p] * nf, 1, nf, there(fno, batch, s, p, C), N,
                               r->mixed, N, p > 0);
    fno->books.kernels->combine(r->mn, r->modes, C, (float)(1 / fno->arch.total), r->mixed, own + s * 2 * C,
                                batch * 2 * C);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFNOGatherRows_Private(KarFNO fno, PetscInt batch, PetscInt C, const float own[])
{
  KarFNORows    *r = &fno->exchange.rows;
  const PetscInt N = r->mine * C;

  PetscFunctionBegin;
  for (PetscInt s = 0; s < batch; s++) {
    kar_zero(r->axis.nf * N, r->mixed);
    fno->books.kernels->expand(r->mn, r->modes, C, own + s * 2 * C, batch * 2 * C, r->mixed);
    for (PetscInt p = 0; p < fno->exchange.ranks; p++)
      fno->books.kernels->gemm(r->ln[p], N, r->axis.nf, r->axis.point + r->start[p] * r->axis.nf, r->axis.nf, 1,
                               r->mixed, N, there(fno, batch, s, p, C), N, 0);
  }
  count(fno, batch, C);
  kar_log_send(sizeof(float) * (double)(batch * (fno->arch.info.n[0] - fno->arch.info.ln) * r->mine * C));
  PetscCallMPI(MPI_Alltoallv(r->products, r->backcounts, r->backdispls, MPI_FLOAT, r->rows, r->counts, r->displs,
                             MPI_FLOAT, fno->arch.info.comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}
