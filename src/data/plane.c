/* N of 2D Navier-Stokes in vorticity form:
     N = -u.grad w,   z = u + i v:  z^_k = (k_x + i k_y) w^_k / k^2,
     N^_k = Im[(k_x - i k_y)^2 (z^2)^_k] / 2,   Im[g]_k = (g_k - conj g_-k) / 2i      (Basdevant 1983)
   so that it takes one complex transform each way, of the kept modes only (Orszag's rule): along y by the rank that holds k_x and
   -k_x, one exchange, along x by the rank that holds y. */
#include "flowimpl.h"

#include <fftw3.h>

#define LANES 4 /* rows of z hold a multiple of these */

/* One row of N^ from the two rows of (z^2)^: plus at k_x, minus at -k_x.  The modes of k_y >= 0, then those of k_y < 0. */
WIDE static void kar_plane_gather(PetscInt ny, PetscInt my, PetscReal scale, PetscReal x, const PetscReal *restrict y, const Pair *restrict plus,
                                  const Pair *restrict minus, PetscReal *restrict re, PetscReal *restrict im)
{
  for (PetscInt part = 0; part < 2; part++) {
    const PetscInt from = part ? my / 2 + 1 : 0, to = part ? my : my / 2 + 1, p = part ? ny - my : 0;

    for (PetscInt j = from; j < to; j++) {
      const PetscInt  m = j + p ? ny - p - j : 0;
      const PetscReal a = scale * (x * x - y[j] * y[j]), b = 2 * scale * x * y[j];

      re[j] = a * (plus[j + p][1] + minus[m][1]) - b * (plus[j + p][0] + minus[m][0]);
      im[j] = -a * (plus[j + p][0] - minus[m][0]) - b * (plus[j + p][1] - minus[m][1]);
    }
  }
}

/* The two rows of z^ from one row of w^. */
WIDE static void kar_plane_scatter(PetscInt ny, PetscInt my, PetscReal x, const PetscReal *restrict y, const PetscReal *restrict inverse,
                                   const PetscReal *restrict re, const PetscReal *restrict im, Pair *plus, Pair *minus)
{
  const PetscInt k = my / 2;

  for (PetscInt part = 0; part < 2; part++) {
    const PetscInt from = part ? k + 1 : 0, to = part ? my : k + 1, p = part ? ny - my : 0;

    IVDEP for (PetscInt j = from; j < to; j++) {
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

/* z <- z^2; the greatest x |u| + y |v|.  n is a multiple of LANES. */
WIDE static PetscReal kar_plane_square(PetscInt n, Pair *restrict z, PetscReal x, PetscReal y)
{
  PetscReal top[LANES] = {0}, all = 0;

  for (PetscInt i = 0; i < n; i += LANES)
    for (int l = 0; l < LANES; l++) {
      const PetscReal u = z[i + l][0], v = z[i + l][1], speed = x * fabs(u) + y * fabs(v);

      top[l]      = speed > top[l] ? speed : top[l];
      z[i + l][0] = u * u - v * v;
      z[i + l][1] = 2 * u * v;
    }
  for (int l = 0; l < LANES; l++) all = PetscMax(all, top[l]);
  return all;
}

/* --- Between modes and space ------------------------------------------------------------------------------------------- */
/* The row at this rank's k_x of number i, or at -k_x. */
static Pair *Row(KarPlane *s, PetscInt i, PetscBool minus)
{
  if (s->a) return s->a + (minus && s->from + i ? s->rows + i : i) * s->ny;
  return s->z + (minus && i ? s->nx - i : i) * s->row;
}

/* The row of z that is number i of the 2 rows of a rank; NULL for the second one of k_x = 0. */
static Pair *Column(KarPlane *s, KarShare share, PetscInt i)
{
  const PetscInt k = share.from + i % share.rows;

  if (i < share.rows) return s->z + k * s->row;
  return k ? s->z + (s->nx - k) * s->row : NULL;
}

/* Rows of a, along y, to columns of z, along x. */
static PetscErrorCode ToSpace(KarPlane *s)
{
  Pair *at = s->send;

  PetscFunctionBegin;
  for (int p = 0; p < s->kept.ranks; p++) {
    const KarShare y = kar_share(s->ny, s->kept.ranks, p);

    for (PetscInt i = 0; i < 2 * s->rows; i++, at += y.rows) PetscCall(PetscMemcpy(at, s->a + i * s->ny + y.from, (size_t)y.rows * sizeof(Pair)));
  }
  PetscCallMPI(MPI_Alltoallv(s->send, s->counts[0], s->starts[0], MPI_C_DOUBLE_COMPLEX, s->receive, s->counts[1], s->starts[1], MPI_C_DOUBLE_COMPLEX, s->kept.comm));
  at = s->receive;
  for (int p = 0; p < s->kept.ranks; p++) {
    const KarShare x = kar_share(s->kx + 1, s->kept.ranks, p);

    for (PetscInt i = 0; i < 2 * x.rows; i++, at += s->ly)
      if (Column(s, x, i)) PetscCall(PetscMemcpy(Column(s, x, i), at, (size_t)s->ly * sizeof(Pair)));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode FromSpace(KarPlane *s)
{
  Pair *at = s->receive;

  PetscFunctionBegin;
  for (int p = 0; p < s->kept.ranks; p++) {
    const KarShare x = kar_share(s->kx + 1, s->kept.ranks, p);

    for (PetscInt i = 0; i < 2 * x.rows; i++, at += s->ly)
      if (Column(s, x, i)) PetscCall(PetscMemcpy(at, Column(s, x, i), (size_t)s->ly * sizeof(Pair)));
  }
  PetscCallMPI(MPI_Alltoallv(s->receive, s->counts[1], s->starts[1], MPI_C_DOUBLE_COMPLEX, s->send, s->counts[0], s->starts[0], MPI_C_DOUBLE_COMPLEX, s->kept.comm));
  at = s->send;
  for (int p = 0; p < s->kept.ranks; p++) {
    const KarShare y = kar_share(s->ny, s->kept.ranks, p);

    for (PetscInt i = 0; i < 2 * s->rows; i++, at += y.rows) PetscCall(PetscMemcpy(s->a + i * s->ny + y.from, at, (size_t)y.rows * sizeof(Pair)));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void Execute(void *plan)
{
  if (plan) fftw_execute(plan);
}

static PetscErrorCode Advect(KarKept kept, const PetscReal w[], PetscReal n[], PetscReal *top)
{
  KarPlane       *s  = (KarPlane *)kept;
  const PetscInt  ny = s->ny, my = s->my, modes = kept->modes;
  const PetscReal scale = 0.25 / ((PetscReal)s->nx * (PetscReal)ny);

  PetscFunctionBegin;
  memset(s->z + (s->kx + 1) * s->row, 0, (size_t)((s->nx - 2 * s->kx - 1) * s->row) * sizeof(Pair));
  for (PetscInt i = s->rows - 1; i >= 0; i--)
    kar_plane_scatter(ny, my, s->x[s->from + i], s->y, s->inverse + i * my, w + i * my, w + modes + i * my, Row(s, i, PETSC_FALSE), Row(s, i, PETSC_TRUE));
  Execute(s->along_y[0][0]);
  Execute(s->along_y[0][1]);
  if (s->a) PetscCall(ToSpace(s));
  Execute(s->along_x[0]);
  *top = kar_plane_square(s->nx * s->row, s->z, s->x[s->kx], s->y[s->ky]);
  Execute(s->along_x[1]);
  if (s->a) PetscCall(FromSpace(s));
  Execute(s->along_y[1][0]);
  Execute(s->along_y[1][1]);
  for (PetscInt i = 0; i < s->rows; i++)
    kar_plane_gather(ny, my, scale, s->x[s->from + i], s->y, Row(s, i, PETSC_FALSE), Row(s, i, PETSC_TRUE), n + i * my, n + modes + i * my);
  if (modes && n[modes - 1] != n[modes - 1]) *top = PETSC_INFINITY; /* one bad number spoils all */
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Life -------------------------------------------------------------------------------------------------------------- */
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
    fftw_destroy_plan(s->along_y[way][0]);
    fftw_destroy_plan(s->along_y[way][1]);
    fftw_destroy_plan(s->along_x[way]);
    PetscCall(PetscFree2(s->counts[way], s->starts[way]));
  }
  fftw_free(s->z);
  fftw_free(s->a);
  fftw_free(s->send);
  fftw_free(s->receive);
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
    s->starts[0][p] = (int)here, s->starts[1][p] = (int)there;
    here += s->counts[0][p] = (int)(2 * s->rows * kar_share(s->ny, ranks, p).rows);
    there += s->counts[1][p] = (int)(2 * kar_share(s->kx + 1, ranks, p).rows * s->ly);
  }
  KarCheckAny(s->kept.comm, here < PETSC_MPI_INT_MAX && there < PETSC_MPI_INT_MAX, PETSC_ERR_SUP, "a flow of %" PetscInt_FMT " x %" PetscInt_FMT " points on %d ranks: use more ranks", s->ny, s->nx, ranks);
  s->a       = (Pair *)fftw_alloc_complex((size_t)PetscMax(1, 2 * s->rows * s->ny));
  s->send    = (Pair *)fftw_alloc_complex((size_t)PetscMax(1, here));
  s->receive = (Pair *)fftw_alloc_complex((size_t)PetscMax(1, there));
  memset(s->a, 0, (size_t)(2 * s->rows * s->ny) * sizeof(Pair));
  memset(s->receive, 0, (size_t)there * sizeof(Pair));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Plans by estimate, the same every time: rows that are no power of two apart leave nothing to measure. */
static void SetUpPlans(KarPlane *s)
{
  const int     ny = (int)s->ny, nx = (int)s->nx, ly = (int)s->ly, row = (int)s->row, apart = s->a ? ny : row;
  const int     rows[2] = {(int)(s->a ? 2 * s->rows : s->kx + 1), (int)(s->a ? 0 : s->kx)};
  fftw_complex *z = (fftw_complex *)s->z, *at[2] = {(fftw_complex *)(s->a ? s->a : s->z), z + (s->nx - s->kx) * s->row};

  for (int way = 0; way < 2; way++) {
    const int sign = way ? FFTW_FORWARD : FFTW_BACKWARD;

    for (int part = 0; part < 2; part++)
      if (rows[part]) s->along_y[way][part] = fftw_plan_many_dft(1, &ny, rows[part], at[part], NULL, 1, apart, at[part], NULL, 1, apart, sign, FFTW_ESTIMATE);
    s->along_x[way] = fftw_plan_many_dft(1, &nx, ly, z, NULL, row, 1, z, NULL, row, 1, sign, FFTW_ESTIMATE);
  }
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
  s->ly  = g->ln;
  s->row = ((s->ly + LANES - 1) / LANES | 1) * LANES;
  PetscCall(PetscMalloc4(s->kx + 1, &s->x, s->my, &s->y, s->kept.modes, &s->inverse, s->kept.modes, &s->kept.k2));
  for (PetscInt i = 0; i <= s->kx; i++) s->x[i] = 2 * PETSC_PI * (PetscReal)i / g->length[1];
  for (PetscInt j = 0; j < s->my; j++) s->y[j] = 2 * PETSC_PI * (PetscReal)(j <= s->ky ? j : j - s->my) / g->length[0];
  for (PetscInt i = 0; i < s->kept.modes; i++) {
    s->kept.k2[i] = PetscSqr(s->x[s->from + i / s->my]) + PetscSqr(s->y[i % s->my]);
    s->inverse[i] = s->kept.k2[i] > 0 ? 1 / s->kept.k2[i] : 0;
  }
  s->z = (Pair *)fftw_alloc_complex((size_t)(s->nx * s->row));
  memset(s->z, 0, (size_t)(s->nx * s->row) * sizeof(Pair));
  if (s->kept.ranks > 1) PetscCall(SetUpExchange(s));
  SetUpPlans(s);
  *out = &s->kept;
  PetscFunctionReturn(PETSC_SUCCESS);
}
