/* What goes from rank to rank, and the scale of a sheet (slabs.h). */

/* `width` numbers of n sheets at each of some indices of axis 0, from one order to another: index and sheet are so far
   apart. */
static inline __attribute__((always_inline)) void Move(const PetscInt n, PetscInt indices, const PetscInt width,
                                                       const REAL *from, const PetscInt apart[2], REAL *to,
                                                       const PetscInt aside[2])
{
  for (PetscInt i = 0; i < indices; i++)
    for (PetscInt q = 0; q < n; q++)
      memcpy(to + i * aside[0] + q * aside[1], from + i * apart[0] + q * apart[1], sizeof(REAL) * (size_t)width);
}

/* The compiler knows how many there are where a sheet is one complex number wide. */
static void Turn(PetscInt n, PetscInt indices, PetscInt width, const REAL *from, const PetscInt apart[2], REAL *to,
                 const PetscInt aside[2])
{
  if (width == 2 && n == LINE / (2 * sizeof(REAL))) Move(LINE / (2 * sizeof(REAL)), indices, 2, from, apart, to, aside);
  else if (width == 2) Move(n, indices, 2, from, apart, to, aside);
  else Move(n, indices, width, from, apart, to, aside);
}

/* Part p of what a rank deals, sheets to space and planes to modes. */
static void Part(const KarDeal *deal, const PetscInt part[2], int way, int rank, PetscInt p, PetscInt *first,
                 PetscInt *count)
{
  const PetscInt *start = deal->start[!way] + rank, end = start[1] - start[0];

  *first = PetscMin(p * part[way], end);
  *count = PetscMin(part[way], end - *first);
}

static PetscInt Parts(const KarDeal *deal, const PetscInt part[2], int way)
{
  return (deal->start[!way][1] + part[way] - 1) / part[way]; /* rank 0 has the most */
}

/* What part p has for rank r: to space [planes of r][sheets of the part][inner], to modes [planes of the part][sheets
   of r][inner]. Our own goes where it will be looked for. */
static REAL *Share(const KarDeal *deal, SLABS s, int way, PetscInt p, int r)
{
  PetscInt first, count;

  Part(deal, s->part, way, deal->rank, p, &first, &count);
  if (r == deal->rank) return room + (deal->start[!way][r] + first) * deal->here[way] * deal->inner;
  return s->send + deal->start[way][r] * count * deal->inner;
}

static PetscErrorCode Exchange(const KarDeal *deal, SLABS s, int way, PetscInt p, MPI_Comm comm)
{
  PetscInt first, count, mine;
  int      column;

  PetscFunctionBegin;
  if (deal->ranks == 1) PetscFunctionReturn(PETSC_SUCCESS);
  Part(deal, s->part, way, deal->rank, p, &first, &mine);
  PetscCallMPI(MPI_Type_size(s->column, &column));
  for (int r = 0; r < deal->ranks; r++) {
    const PetscBool other = (PetscBool)(r != deal->rank);

    Part(deal, s->part, way, r, p, &first, &count);
    s->counts[0][r]        = other ? (int)((deal->start[way][r + 1] - deal->start[way][r]) * mine) : 0;
    s->displacements[0][r] = (int)(deal->start[way][r] * mine);
    s->counts[1][r]        = other && deal->here[way] ? (int)count : 0;
    s->displacements[1][r] = (int)(deal->start[!way][r] + first);
    kar_log_send((double)s->counts[0][r] * column);
  }
  PetscCallMPI(MPI_Alltoallv(s->send, s->counts[0], s->displacements[0], s->column, room, s->counts[1],
                             s->displacements[1], s->across[way], comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Columns [from, from + n) of sheet r, at every index of axis 0, between our scale and FFTW's, and from one distance
   to another.  In 2D a sheet is one row of modes, in 3D there is one at each index of axis 0. */
static void Scale(KarFFT fft, PetscInt r, PetscInt from, PetscInt n, PetscBool forward, const REAL *in, PetscInt apart,
                  REAL *out, PetscInt aside)
{
  const PetscInt  group = fft->modes.dof * fft->modes.width, rows = fft->info.dim == 2 ? 1 : fft->deal.n[0];
  const PetscInt  length = fft->info.dim == 2 ? fft->deal.n[0] * n : n;
  const PetscBool first = (PetscBool)(from == 0), last = (PetscBool)(from + n == fft->deal.inner);
  PetscReal       f[3];

  kar_sheet_factors(fft, r, forward, f);
  for (PetscInt i = 0; i < rows; i++, in += apart, out += aside) {
    const PetscReal middle = kar_middle_factor(fft, i, forward);
    const REAL      g[3]   = {(REAL)(f[0] * middle), (REAL)(f[1] * middle), (REAL)(f[2] * middle)};

    for (PetscInt j = 0; j < length; j++) out[j] = g[1] * in[j];
    for (PetscInt j = length - group; j < length && last; j++) out[j] = g[2] * in[j];
    for (PetscInt j = 0; j < group && first; j++) out[j] = g[0] * in[j];
  }
}

static void Execute(KarFFT fft, PLAN plan, REAL *block)
{
  COMPLEX *z = (COMPLEX *)block;

  if (fft->info.basis == KAR_BASIS_PERIODIC) BY_DFT(plan, z, z);
  else BY_R2R(plan, block, block);
}
