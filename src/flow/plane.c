/* N of 2D Navier-Stokes in vorticity form:
     N = -u.grad w,   z = u + i v:  z^_k = (k_x + i k_y) w^_k / k^2,
     N^_k = Im[(k_x - i k_y)^2 (z^2)^_k] / 2,   Im[g]_k = (g_k - conj g_-k) / 2i      (Basdevant 1983)
   so that it takes one complex transform each way, of the kept modes only (Orszag's rule): along y by the rank that
   holds k_x and
   -k_x, one exchange, along x by the rank that holds y.  Between two transforms a row or a few columns stay in cache;
   rows and columns are shared among threads, each done by one alone. */
#include "flowimpl.h"

#include <fftw3.h>

#define LANES 8 /* columns that go together along x, and stay in cache */

/* Pairs from row to row of n: never a power of two, for the sake of caches. */
static PetscInt Apart(PetscInt n)
{
  return ((n + 3) / 4 | 1) * 4;
}

/* One row of N^ from the two rows of (z^2)^: plus at k_x, minus at -k_x.  The modes of k_y >= 0, then those of k_y <
   0. */
WIDE static void kar_plane_gather(PetscInt ny, PetscInt my, PetscReal scale, PetscReal x, const PetscReal *restrict y,
                                  const Pair *restrict plus, const Pair *restrict minus, PetscReal *restrict re,
                                  PetscReal *restrict im)
{
  for (PetscInt part = 0; part < 2; part++) {
    const PetscInt from = part ? my / 2 + 1 : 0, to = part ? my : my / 2 + 1, p = part ? ny - my : 0;

    SIMD for (PetscInt j = from; j < to; j++)
    {
      const PetscInt  m = j + p ? ny - p - j : 0;
      const PetscReal a = scale * (x * x - y[j] * y[j]), b = 2 * scale * x * y[j];

      re[j] = a * (plus[j + p][1] + minus[m][1]) - b * (plus[j + p][0] + minus[m][0]);
      im[j] = -a * (plus[j + p][0] - minus[m][0]) - b * (plus[j + p][1] - minus[m][1]);
    }
  }
}

/* The two rows of z^ from one row of w^. */
WIDE static void kar_plane_scatter(PetscInt ny, PetscInt my, PetscReal x, const PetscReal *restrict y,
                                   const PetscReal *restrict inverse, const PetscReal *restrict re,
                                   const PetscReal *restrict im, Pair *plus, Pair *minus)
{
  const PetscInt k = my / 2;

  for (PetscInt part = 0; part < 2; part++) {
    const PetscInt from = part ? k + 1 : 0, to = part ? my : k + 1, p = part ? ny - my : 0;

    SIMD for (PetscInt j = from; j < to; j++)
    {
      const PetscInt  m = j + p ? ny - p - j : 0;
      const PetscReal a = x * inverse[j], b = y[j] * inverse[j];

      plus[j + p][0] = a * re[j] - b * im[j];
      plus[j + p][1] = a * im[j] + b * re[j];
      minus[m][0]    = -a * re[j] - b * im[j];
      minus[m][1]    = a * im[j] - b * re[j];
    }
  }
  memset(plus + k + 1, 0, (size_t)(ny - my) * sizeof(Pair));
  memset(minus + k + 1, 0, (size_t)(ny - my) * sizeof(Pair));
}

/* z <- z^2; the greatest x |u| + y |v|. */
WIDE static PetscReal kar_plane_square(PetscInt n, Pair *restrict z, PetscReal x, PetscReal y)
{
  PetscReal top = 0;

  SIMD_MAX(top)
  for (PetscInt i = 0; i < n; i++) {
    const PetscReal u = z[i][0], v = z[i][1], speed = x * fabs(u) + y * fabs(v);

    top     = speed > top ? speed : top;
    z[i][0] = u * u - v * v;
    z[i][1] = 2 * u * v;
  }
  return top;
}

/* --- Between modes and space
   ------------------------------------------------------------------------------------------- */
/* The three rows of thread t: of k_x, of -k_x, and one for an exchange. */
static Pair *Line(KarPlane *s, int t, int which)
{
  return s->lines + (3 * t + which) * Apart(s->ny);
}

/* Row i of this rank, k_x >= 0 and then -k_x, in the parts that ranks transform along x: copied to them (out) or from
   them. */
static void Parts(KarPlane *s, PetscInt i, Pair *row, PetscBool out)
{
  for (int p = 0; p < s->kept.ranks; p++) {
    const KarShare y    = kar_share(s->ny, s->kept.ranks, p);
    Pair          *part = s->send + s->starts[0][p] + i * Apart(y.rows);

    if (out) memcpy(part, row + y.from, (size_t)y.rows * sizeof(Pair));
    else memcpy(row + y.from, part, (size_t)y.rows * sizeof(Pair));
  }
}

/* Along y from a thread's row to the parts of row i, or back. On one rank the parts are the row. */
static void Transform(KarPlane *s, int t, PetscInt i, Pair *line, PetscBool out)
{
  Pair *far = s->kept.ranks == 1 ? s->send + i * Apart(s->ny) : Line(s, t, 2);

  if (!out && s->kept.ranks > 1) Parts(s, i, far, PETSC_FALSE);
  fftw_execute_dft(s->along_y[out ? 0 : 1], (fftw_complex *)(out ? line : far), (fftw_complex *)(out ? far : line));
  if (out && s->kept.ranks > 1) Parts(s, i, far, PETSC_TRUE);
}

/* z along y of a thread's share of the rows. */
static void ToParts(KarPlane *s, int t, const PetscReal w[])
{
  const KarShare share = kar_share(s->rows, s->threads, t);
  const PetscInt my    = s->my;

  for (PetscInt i = share.from; i < share.from + share.rows; i++) {
    const PetscBool zero = s->from + i ? PETSC_FALSE : PETSC_TRUE; /* one row only */
    Pair           *plus = Line(s, t, 0), *minus = zero ? plus : Line(s, t, 1);

    kar_plane_scatter(s->ny, my, s->x[s->from + i], s->y, s->inverse + i * my, w + i * my, w + s->kept.modes + i * my,
                      plus, minus);
    Transform(s, t, i, plus, PETSC_TRUE);
    if (!zero) Transform(s, t, s->rows + i, minus, PETSC_TRUE);
  }
}

/* N from z^2 along y of a thread's share of the rows. */
static void FromParts(KarPlane *s, int t, PetscReal n[])
{
  const KarShare  share = kar_share(s->rows, s->threads, t);
  const PetscInt  my    = s->my;
  const PetscReal scale = 0.25 / ((PetscReal)s->nx * (PetscReal)s->ny);

  for (PetscInt i = share.from; i < share.from + share.rows; i++) {
    const PetscBool zero = s->from + i ? PETSC_FALSE : PETSC_TRUE;
    Pair           *plus = Line(s, t, 0), *minus = zero ? plus : Line(s, t, 1);

    Transform(s, t, i, plus, PETSC_FALSE);
    if (!zero) Transform(s, t, s->rows + i, minus, PETSC_FALSE);
    kar_plane_gather(s->ny, my, scale, s->x[s->from + i], s->y, plus, minus, n + i * my, n + s->kept.modes + i * my);
  }
}

static PetscErrorCode Exchange(KarPlane *s, PetscBool out)
{
  const int from = out ? 0 : 1;

  PetscFunctionBegin;
  if (s->kept.ranks == 1) PetscFunctionReturn(PETSC_SUCCESS);
  kar_flow_log_send(&s->kept, s->counts[from]);
  PetscCallMPI(MPI_Alltoallv(out ? s->send : s->receive, s->counts[from], s->starts[from], MPI_C_DOUBLE_COMPLEX,
                             out ? s->receive : s->send, s->counts[1 - from], s->starts[1 - from], MPI_C_DOUBLE_COMPLEX,
                             s->kept.comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Columns [y, y + m) between `receive` and where they are transformed. */
static void Columns(KarPlane *s, Pair *columns, PetscInt y, PetscInt m, PetscBool out)
{
  for (PetscInt i = -s->kx; i <= s->kx; i++) {
    Pair *row = s->row[i < 0 ? s->kx + 1 - i : i] + y, *column = columns + (i < 0 ? i + s->nx : i) * LANES;

    if (out) memcpy(column, row, (size_t)m * sizeof(Pair));
    else memcpy(row, column, (size_t)m * sizeof(Pair));
  }
}

/* z of a thread's share of the columns, its square, and back; the greatest k_max . |u|. */
static PetscReal Square(KarPlane *s, int t)
{
  const KarShare share   = kar_share((s->ly + LANES - 1) / LANES, s->threads, t);
  Pair          *columns = s->columns + t * s->nx * LANES;
  PetscReal      top     = 0;

  memset(columns, 0, (size_t)(s->nx * LANES) * sizeof(Pair));
  for (PetscInt y = share.from * LANES; y < PetscMin((share.from + share.rows) * LANES, s->ly); y += LANES) {
    const PetscInt m = PetscMin(LANES, s->ly - y);
    PetscReal      here;

    if (m < LANES) memset(columns, 0, (size_t)(s->nx * LANES) * sizeof(Pair));
    else memset(columns + (s->kx + 1) * LANES, 0, (size_t)((s->nx - 2 * s->kx - 1) * LANES) * sizeof(Pair));
    Columns(s, columns, y, m, PETSC_TRUE);
    fftw_execute_dft(s->along_x[0], (fftw_complex *)columns, (fftw_complex *)columns);
    here = kar_plane_square(s->nx * LANES, columns, s->x[s->kx], s->y[s->ky]);
    top  = PetscMax(top, here);
    fftw_execute_dft(s->along_x[1], (fftw_complex *)columns, (fftw_complex *)columns);
    Columns(s, columns, y, m, PETSC_FALSE);
  }
  return top;
}

static PetscErrorCode Advect(KarKept kept, const PetscReal w[], PetscReal n[], PetscReal *top)
{
  KarPlane      *s     = (KarPlane *)kept;
  const PetscInt modes = kept->modes;
  PetscReal      most  = 0;

  PetscFunctionBegin;
#pragma omp parallel for num_threads(s->threads) schedule(static, 1)
  for (int t = 0; t < s->threads; t++) ToParts(s, t, w);
  PetscCall(Exchange(s, PETSC_TRUE));
#pragma omp parallel for num_threads(s->threads) schedule(static, 1) reduction(max : most)
  for (int t = 0; t < s->threads; t++) {
    const PetscReal here = Square(s, t);

    most = PetscMax(most, here);
  }
  PetscCall(Exchange(s, PETSC_FALSE));
#pragma omp parallel for num_threads(s->threads) schedule(static, 1)
  for (int t = 0; t < s->threads; t++) FromParts(s, t, n);
  *top = modes && n[modes - 1] != n[modes - 1] ? PETSC_INFINITY : most; /* one bad number spoils all */
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Life ------------------------------------------------------------ */
static void Find(KarKept kept, const PetscInt index[3], int *rank, PetscInt *mode)
{
  KarPlane      *s     = (KarPlane *)kept;
  const PetscInt block = (s->kx + kept->ranks) / kept->ranks;

  *rank = (int)(index[1] / block);
  *mode = index[1] % block * s->my + (index[0] < 0 ? index[0] + s->my : index[0]);
}

static PetscErrorCode Destroy(KarKept kept)
{
  KarPlane *s = (KarPlane *)kept;

  PetscFunctionBegin;
  for (int way = 0; way < 2; way++) {
    fftw_destroy_plan(s->along_y[way]);
    fftw_destroy_plan(s->along_x[way]);
    PetscCall(PetscFree2(s->counts[way], s->starts[way]));
  }
  if (s->receive != s->send) fftw_free(s->receive);
  fftw_free(s->send);
  fftw_free(s->lines);
  fftw_free(s->columns);
  PetscCall(PetscFree(s->row));
  PetscCall(PetscFree4(s->x, s->y, s->inverse, s->kept.k2));
  PetscCall(PetscFree(s));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* counts[0]: pairs of this rank's rows in another's space; counts[1]: of another's rows in this rank's space. */
static PetscErrorCode SetUpExchange(KarPlane *s)
{
  const int ranks = s->kept.ranks;
  PetscInt  here = 0, there = 0;

  PetscFunctionBegin;
  for (int way = 0; way < 2; way++) PetscCall(PetscMalloc2(ranks, &s->counts[way], ranks, &s->starts[way]));
  for (int p = 0; p < ranks; p++) {
    const PetscInt to   = 2 * s->rows * Apart(kar_share(s->ny, ranks, p).rows),
                   from = 2 * kar_share(s->kx + 1, ranks, p).rows * Apart(s->ly);

    s->starts[0][p] = (int)here, s->counts[0][p] = (int)to;
    s->starts[1][p] = (int)there, s->counts[1][p] = (int)from;
    here += to;
    there += from;
  }
  KarCheckAny(s->kept.comm, here < PETSC_MPI_INT_MAX && there < PETSC_MPI_INT_MAX, PETSC_ERR_SUP,
              "a flow of %" PetscInt_FMT " x %" PetscInt_FMT " points on %d ranks: use more ranks", s->ny, s->nx,
              ranks);
  s->send    = (Pair *)fftw_alloc_complex((size_t)PetscMax(1, here));
  s->receive = ranks == 1 ? s->send : (Pair *)fftw_alloc_complex((size_t)PetscMax(1, there));
  s->lines   = (Pair *)fftw_alloc_complex((size_t)(s->threads * 3 * Apart(s->ny)));
  s->columns = (Pair *)fftw_alloc_complex((size_t)(s->threads * s->nx * LANES));
  KarCheckAny(s->kept.comm, s->send && s->receive && s->lines && s->columns, PETSC_ERR_MEM,
              "too little memory for a flow of %" PetscInt_FMT " x %" PetscInt_FMT
              " points on %d ranks: use more ranks or nodes",
              s->ny, s->nx, ranks);
  memset(s->send, 0, (size_t)here * sizeof(Pair)); /* of k_x = 0 the second row stays so */
  PetscCall(PetscMalloc1(2 * (s->kx + 1), &s->row));
  for (PetscInt i = 0; i < 2 * (s->kx + 1); i++) {
    const PetscInt k = i % (s->kx + 1), block = (s->kx + ranks) / ranks;
    const KarShare x = kar_share(s->kx + 1, ranks, (int)(k / block));

    s->row[i] = s->receive + s->starts[1][k / block] + (k % block + (i > s->kx ? x.rows : 0)) * Apart(s->ly);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Plans by estimate are the same every time. */
static PetscErrorCode SetUpPlans(KarPlane *s)
{
  const int     ny = (int)s->ny, nx = (int)s->nx;
  fftw_complex *line = (fftw_complex *)s->lines, *far = line + 2 * Apart(s->ny), *z = (fftw_complex *)s->columns;
  unsigned      rigor;

  PetscFunctionBegin;
  PetscCall(KarWisdomLoad(s->kept.comm));
  rigor = KarWisdomRigor() | FFTW_DESTROY_INPUT;
  for (int way = 0; way < 2; way++) {
    const int sign = way ? FFTW_FORWARD : FFTW_BACKWARD;

    s->along_y[way] = fftw_plan_dft_1d(ny, way ? far : line, way ? line : far, sign, rigor);
    s->along_x[way] = fftw_plan_many_dft(1, &nx, LANES, z, NULL, LANES, 1, z, NULL, LANES, 1, sign, rigor);
  }
  PetscCall(KarWisdomSave(s->kept.comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarKeptCreate_Plane(const KarGridInfo *g, KarKept *out)
{
  KarPlane *s;
  KarShare  share;

  PetscFunctionBegin;
  PetscCall(PetscNew(&s));
  s->kept = (struct _p_KarKept){.comm = g->comm, .numbers = 2, .advect = Advect, .find = Find, .destroy = Destroy};
  PetscCallMPI(MPI_Comm_rank(g->comm, &s->kept.rank));
  PetscCallMPI(MPI_Comm_size(g->comm, &s->kept.ranks));
  s->ny = g->n[0], s->nx = g->n[1], s->ky = s->ny / 3, s->kx = s->nx / 3, s->my = 2 * s->ky + 1;
  share   = kar_share(s->kx + 1, s->kept.ranks, s->kept.rank);
  s->from = share.from, s->rows = share.rows;
  s->kept.modes = s->rows * s->my, s->kept.total = (s->kx + 1) * s->my;
  s->ly = g->ln, s->threads = kar_threads();
  PetscCall(PetscMalloc4(s->kx + 1, &s->x, s->my, &s->y, s->kept.modes, &s->inverse, s->kept.modes, &s->kept.k2));
  for (PetscInt i = 0; i <= s->kx; i++) s->x[i] = 2 * PETSC_PI * (PetscReal)i / g->length[1];
  for (PetscInt j = 0; j < s->my; j++) s->y[j] = 2 * PETSC_PI * (PetscReal)(j <= s->ky ? j : j - s->my) / g->length[0];
  for (PetscInt i = 0; i < s->kept.modes; i++) {
    s->kept.k2[i] = PetscSqr(s->x[s->from + i / s->my]) + PetscSqr(s->y[i % s->my]);
    s->inverse[i] = s->kept.k2[i] > 0 ? 1 / s->kept.k2[i] : 0;
  }
  PetscCall(SetUpExchange(s));
  PetscCall(SetUpPlans(s));
  *out = &s->kept;
  PetscFunctionReturn(PETSC_SUCCESS);
}
