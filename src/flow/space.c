/* N of 3D Navier-Stokes in velocity form:   N = P (u x curl u),   P = 1 - k k^T / k^2,
   by real transforms of the kept modes only (Orszag's rule): along z by the rank that holds k_y, one exchange, then
   plane by plane, in cache, along y and x by the rank that holds z.  Six fields go to space, three come back.
   Axes and components are in the order z, y, x: there curl and cross product both change sign, so that neither is
   seen. */
#include "flowimpl.h"

#include <fftw3.h>

typedef struct {
  struct _p_KarKept kept;                  /* first: a KarKept is a pointer to it */
  PetscInt          n[3], k[3];            /* points; greatest kept index */
  PetscInt          mz, my, mx;            /* kept modes of each axis: 2 k + 1, 2 k + 1, k + 1 */
  PetscInt          from, rows;            /* this rank's k_y */
  PetscInt          lz;                    /* its planes in space */
  PetscInt          hx;                    /* n[2]/2 + 1 */
  PetscReal        *axis[3];               /* wave numbers */
  Pair             *line;                  /* [6][n_z][mx]: fields of one k_y */
  Pair             *hat;                   /* [n_y][hx]: one plane */
  PetscInt          points;                /* of a plane */
  PetscReal        *field;                 /* [6][points] */
  Pair             *send, *receive;        /* for each rank [k_y][fields][z][mx]; the same array on one rank */
  Pair             *back;                  /* as receive, of three fields */
  int              *counts[2], *starts[2]; /* of one field, in pairs: from this rank's modes; to its space */
  fftw_plan         along_z[2], along_y[2], along_x[2];
} KarSpace;

/* y = i k x */
static inline void Curl(const PetscReal k[3], const PetscReal x[6], PetscReal y[6])
{
  for (int c = 0; c < 3; c++) {
    const int a = (c + 1) % 3, b = (c + 2) % 3;

    y[2 * c]     = -(k[a] * x[2 * b + 1] - k[b] * x[2 * a + 1]);
    y[2 * c + 1] = k[a] * x[2 * b] - k[b] * x[2 * a];
  }
}

/* A row of modes at (k_z, k_y): u and curl u, `apart` pairs between fields. w is [6][modes]. */
WIDE static void kar_space_curls(PetscInt mx, PetscReal kz, PetscReal ky, const PetscReal *restrict kx, PetscInt modes,
                                 const PetscReal *restrict w, PetscInt apart, Pair *restrict line)
{
  SIMD for (PetscInt j = 0; j < mx; j++)
  {
    const PetscReal k[3] = {kz, ky, kx[j]};
    PetscReal       x[6], y[6];

    for (int c = 0; c < 6; c++) x[c] = w[c * modes + j];
    Curl(k, x, y);
    for (int c = 0; c < 6; c++) line[c / 2 * apart + j][c % 2] = x[c], line[(3 + c / 2) * apart + j][c % 2] = y[c];
  }
}

/* A row of N from three fields: scaled and made free of divergence. */
WIDE static void kar_space_leray(PetscInt mx, PetscReal scale, PetscReal kz, PetscReal ky, const PetscReal *restrict kx,
                                 PetscInt apart, const Pair *restrict line, PetscInt modes, PetscReal *restrict n)
{
  SIMD for (PetscInt j = 0; j < mx; j++)
  {
    const PetscReal k2 = kz * kz + ky * ky + kx[j] * kx[j], inverse = k2 > 0 ? 1 / k2 : 0, keep = k2 > 0 ? scale : 0;

    for (int c = 0; c < 2; c++) {
      const PetscReal a = line[j][c], b = line[apart + j][c], d = line[2 * apart + j][c],
                      along = inverse * (kz * a + ky * b + kx[j] * d);

      n[c * modes + j]       = keep * (a - along * kz);
      n[(2 + c) * modes + j] = keep * (b - along * ky);
      n[(4 + c) * modes + j] = keep * (d - along * kx[j]);
    }
  }
}

/* The first three fields become u x w; the greatest sum_i k_i |u_i|. */
WIDE static PetscReal kar_space_lamb(PetscInt n, const PetscReal k[3], PetscReal *restrict u0, PetscReal *restrict u1,
                                     PetscReal *restrict u2, const PetscReal *restrict w0, const PetscReal *restrict w1,
                                     const PetscReal *restrict w2)
{
  PetscReal top = 0;

  SIMD_MAX(top)
  for (PetscInt i = 0; i < n; i++) {
    const PetscReal a = u0[i], b = u1[i], c = u2[i], speed = k[0] * fabs(a) + k[1] * fabs(b) + k[2] * fabs(c);

    top   = speed > top ? speed : top;
    u0[i] = b * w2[i] - c * w1[i];
    u1[i] = c * w0[i] - a * w2[i];
    u2[i] = a * w1[i] - b * w0[i];
  }
  return top;
}

/* Fields along z of one k_y to or from the parts of all ranks. */
static void Parts(KarSpace *s, Pair *parts, PetscInt row, PetscInt fields, PetscBool out)
{
  for (int p = 0; p < s->kept.ranks; p++) {
    const KarShare z    = kar_share(s->n[0], s->kept.ranks, p);
    const PetscInt many = z.rows * s->mx;

    for (PetscInt f = 0; f < fields; f++) {
      Pair *part = parts + fields * s->starts[0][p] + (row * fields + f) * many,
           *line = s->line + (f * s->n[0] + z.from) * s->mx;

      if (out) memcpy(part, line, (size_t)many * sizeof(Pair));
      else memcpy(line, part, (size_t)many * sizeof(Pair));
    }
  }
}

/* The row at k_y of number j of field f of a plane: where it lies among the parts for or from all ranks. */
static Pair *Part(KarSpace *s, Pair *parts, PetscInt fields, PetscInt f, PetscInt z, PetscInt j)
{
  const PetscInt block = (s->my + s->kept.ranks - 1) / s->kept.ranks;

  return parts + fields * s->starts[1][j / block] + ((j % block * fields + f) * s->lz + z) * s->mx;
}

static PetscErrorCode Exchange(KarSpace *s, int fields, PetscBool back)
{
  const int ranks = s->kept.ranks, from = back ? 1 : 0;
  int      *counts[2], *starts[2];

  PetscFunctionBegin;
  if (ranks == 1) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscMalloc4(ranks, &counts[0], ranks, &counts[1], ranks, &starts[0], ranks, &starts[1]));
  for (int way = 0; way < 2; way++)
    for (int p = 0; p < ranks; p++)
      counts[way][p] = fields * s->counts[way][p], starts[way][p] = fields * s->starts[way][p];
  kar_flow_log_send(&s->kept, counts[from]);
  PetscCallMPI(MPI_Alltoallv(back ? s->back : s->send, counts[from], starts[from], MPI_C_DOUBLE_COMPLEX,
                             back ? s->send : s->receive, counts[1 - from], starts[1 - from], MPI_C_DOUBLE_COMPLEX,
                             s->kept.comm));
  PetscCall(PetscFree4(counts[0], counts[1], starts[0], starts[1]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Row j of the kept k_y in a plane. */
static Pair *PlaneRow(KarSpace *s, PetscInt j)
{
  return s->hat + (j <= s->k[1] ? j : j + s->n[1] - s->my) * s->hx;
}

static void PlaneToSpace(KarSpace *s, PetscInt z, PetscInt f)
{
  memset(s->hat, 0, (size_t)(s->n[1] * s->hx) * sizeof(Pair));
  for (PetscInt j = 0; j < s->my; j++)
    memcpy(PlaneRow(s, j), Part(s, s->receive, 6, f, z, j), (size_t)s->mx * sizeof(Pair));
  fftw_execute(s->along_y[0]);
  fftw_execute_dft_c2r(s->along_x[0], (fftw_complex *)s->hat, s->field + f * s->points);
}

static void PlaneFromSpace(KarSpace *s, PetscInt z, PetscInt f)
{
  fftw_execute_dft_r2c(s->along_x[1], s->field + f * s->points, (fftw_complex *)s->hat);
  fftw_execute(s->along_y[1]);
  for (PetscInt j = 0; j < s->my; j++)
    memcpy(Part(s, s->back, 3, f, z, j), PlaneRow(s, j), (size_t)s->mx * sizeof(Pair));
}

/* N in space, plane by plane. */
static PetscReal Planes(KarSpace *s)
{
  const PetscInt  n    = s->points;
  const PetscReal k[3] = {s->axis[0][s->k[0]], s->axis[1][s->k[1]], s->axis[2][s->k[2]]};
  PetscReal      *u = s->field, top = 0;

  for (PetscInt z = 0; z < s->lz; z++) {
    PetscReal here;

    for (PetscInt f = 0; f < 6; f++) PlaneToSpace(s, z, f);
    here = kar_space_lamb(n, k, u, u + n, u + 2 * n, u + 3 * n, u + 4 * n, u + 5 * n);
    top  = PetscMax(top, here);
    for (PetscInt f = 0; f < 3; f++) PlaneFromSpace(s, z, f);
  }
  return top;
}

static PetscErrorCode Advect(KarKept kept, const PetscReal w[], PetscReal n[], PetscReal *top)
{
  KarSpace       *s     = (KarSpace *)kept;
  const PetscInt  apart = s->n[0] * s->mx, modes = kept->modes;
  const PetscReal scale = 1 / ((PetscReal)s->n[0] * (PetscReal)s->n[1] * (PetscReal)s->n[2]);

  PetscFunctionBegin;
  for (PetscInt r = 0; r < s->rows; r++) {
    for (PetscInt f = 0; f < 6; f++)
      memset(s->line + f * apart + (s->k[0] + 1) * s->mx, 0, (size_t)((s->n[0] - s->mz) * s->mx) * sizeof(Pair));
    for (PetscInt i = 0; i < s->mz; i++)
      kar_space_curls(s->mx, s->axis[0][i], s->axis[1][s->from + r], s->axis[2], modes, w + (r * s->mz + i) * s->mx,
                      apart, s->line + (i <= s->k[0] ? i : i + s->n[0] - s->mz) * s->mx);
    for (PetscInt f = 0; f < 6; f++)
      fftw_execute_dft(s->along_z[0], (fftw_complex *)(s->line + f * apart), (fftw_complex *)(s->line + f * apart));
    Parts(s, s->send, r, 6, PETSC_TRUE);
  }
  PetscCall(Exchange(s, 6, PETSC_FALSE));
  *top = Planes(s);
  PetscCall(Exchange(s, 3, PETSC_TRUE));
  for (PetscInt r = 0; r < s->rows; r++) {
    Parts(s, s->kept.ranks == 1 ? s->back : s->send, r, 3, PETSC_FALSE);
    for (PetscInt f = 0; f < 3; f++)
      fftw_execute_dft(s->along_z[1], (fftw_complex *)(s->line + f * apart), (fftw_complex *)(s->line + f * apart));
    for (PetscInt i = 0; i < s->mz; i++)
      kar_space_leray(s->mx, scale, s->axis[0][i], s->axis[1][s->from + r], s->axis[2], apart,
                      s->line + (i <= s->k[0] ? i : i + s->n[0] - s->mz) * s->mx, modes, n + (r * s->mz + i) * s->mx);
  }
  if (modes && n[modes - 1] != n[modes - 1]) *top = PETSC_INFINITY; /* one bad number spoils all */
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Life ------------------------------------------------------------ */
static void Find(KarKept kept, const PetscInt index[3], int *rank, PetscInt *mode)
{
  KarSpace      *s     = (KarSpace *)kept;
  const PetscInt block = (s->my + kept->ranks - 1) / kept->ranks;
  const PetscInt z = index[0] < 0 ? index[0] + s->mz : index[0], y = index[1] < 0 ? index[1] + s->my : index[1];

  *rank = (int)(y / block);
  *mode = (y % block * s->mz + z) * s->mx + index[2];
}

static PetscErrorCode Destroy(KarKept kept)
{
  KarSpace *s = (KarSpace *)kept;

  PetscFunctionBegin;
  for (int way = 0; way < 2; way++) {
    fftw_destroy_plan(s->along_z[way]);
    fftw_destroy_plan(s->along_y[way]);
    fftw_destroy_plan(s->along_x[way]);
    PetscCall(PetscFree2(s->counts[way], s->starts[way]));
  }
  fftw_free(s->line);
  fftw_free(s->hat);
  fftw_free(s->field);
  if (s->receive != s->send) fftw_free(s->receive);
  fftw_free(s->send);
  fftw_free(s->back);
  PetscCall(PetscFree4(s->axis[0], s->axis[1], s->axis[2], s->kept.k2));
  PetscCall(PetscFree(s));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUpExchange(KarSpace *s)
{
  const int ranks = s->kept.ranks;
  PetscInt  here = 0, there = 0;

  PetscFunctionBegin;
  for (int way = 0; way < 2; way++) PetscCall(PetscMalloc2(ranks, &s->counts[way], ranks, &s->starts[way]));
  for (int p = 0; p < ranks; p++) {
    const PetscInt to   = s->rows * kar_share(s->n[0], ranks, p).rows * s->mx,
                   from = kar_share(s->my, ranks, p).rows * s->lz * s->mx;

    s->starts[0][p] = (int)here, s->counts[0][p] = (int)to;
    s->starts[1][p] = (int)there, s->counts[1][p] = (int)from;
    here += to;
    there += from;
  }
  KarCheckAny(s->kept.comm, 6 * (PetscInt64)PetscMax(here, there) < PETSC_MPI_INT_MAX, PETSC_ERR_SUP,
              "a flow of %" PetscInt_FMT " x %" PetscInt_FMT " x %" PetscInt_FMT " points on %d ranks: use more ranks",
              s->n[0], s->n[1], s->n[2], ranks);
  s->send    = (Pair *)fftw_alloc_complex((size_t)PetscMax(1, 6 * here));
  s->receive = ranks == 1 ? s->send : (Pair *)fftw_alloc_complex((size_t)PetscMax(1, 6 * there));
  s->back    = (Pair *)fftw_alloc_complex((size_t)PetscMax(1, 3 * there));
  s->line    = (Pair *)fftw_alloc_complex((size_t)(6 * s->n[0] * s->mx));
  s->hat     = (Pair *)fftw_alloc_complex((size_t)(s->n[1] * s->hx));
  s->field   = fftw_alloc_real((size_t)(6 * s->points));
  KarCheckAny(s->kept.comm, s->send && s->receive && s->back && s->line && s->hat && s->field, PETSC_ERR_MEM,
              "too little memory for a flow of %" PetscInt_FMT " x %" PetscInt_FMT " x %" PetscInt_FMT
              " points on %d ranks: use more ranks or nodes",
              s->n[0], s->n[1], s->n[2], ranks);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Plans by estimate: the same every time. */
static void SetUpPlans(KarSpace *s)
{
  const int     nz = (int)s->n[0], ny = (int)s->n[1], nx = (int)s->n[2], mx = (int)s->mx, hx = (int)s->hx;
  fftw_complex *line = (fftw_complex *)s->line, *hat = (fftw_complex *)s->hat;

  for (int way = 0; way < 2; way++) {
    const int sign = way ? FFTW_FORWARD : FFTW_BACKWARD;

    s->along_z[way] =
      fftw_plan_many_dft(1, &nz, mx, line, NULL, mx, 1, line, NULL, mx, 1, sign, FFTW_ESTIMATE | FFTW_UNALIGNED);
    s->along_y[way] = fftw_plan_many_dft(1, &ny, mx, hat, NULL, hx, 1, hat, NULL, hx, 1, sign, FFTW_ESTIMATE);
  }
  s->along_x[0] =
    fftw_plan_many_dft_c2r(1, &nx, ny, hat, NULL, 1, hx, s->field, NULL, 1, nx, FFTW_ESTIMATE | FFTW_UNALIGNED);
  s->along_x[1] =
    fftw_plan_many_dft_r2c(1, &nx, ny, s->field, NULL, 1, nx, hat, NULL, 1, hx, FFTW_ESTIMATE | FFTW_UNALIGNED);
}

PetscErrorCode KarKeptCreate_Space(const KarGridInfo *g, KarKept *out)
{
  KarSpace *s;
  KarShare  share;

  PetscFunctionBegin;
  PetscCall(PetscNew(&s));
  s->kept = (struct _p_KarKept){.comm = g->comm, .numbers = 6, .advect = Advect, .find = Find, .destroy = Destroy};
  PetscCallMPI(MPI_Comm_rank(g->comm, &s->kept.rank));
  PetscCallMPI(MPI_Comm_size(g->comm, &s->kept.ranks));
  for (int a = 0; a < 3; a++) s->n[a] = g->n[a], s->k[a] = g->n[a] / 3;
  s->mz = 2 * s->k[0] + 1, s->my = 2 * s->k[1] + 1, s->mx = s->k[2] + 1, s->hx = s->n[2] / 2 + 1, s->lz = g->ln;
  share   = kar_share(s->my, s->kept.ranks, s->kept.rank);
  s->from = share.from, s->rows = share.rows;
  s->kept.modes = s->rows * s->mz * s->mx, s->kept.total = s->my * s->mz * s->mx;
  PetscCall(PetscMalloc4(s->mz, &s->axis[0], s->my, &s->axis[1], s->mx, &s->axis[2], s->kept.modes, &s->kept.k2));
  for (int a = 0; a < 3; a++)
    for (PetscInt i = 0; i < (a == 2 ? s->mx : 2 * s->k[a] + 1); i++)
      s->axis[a][i] = 2 * PETSC_PI * (PetscReal)(i <= s->k[a] ? i : i - 2 * s->k[a] - 1) / g->length[a];
  for (PetscInt i = 0; i < s->kept.modes; i++)
    s->kept.k2[i] = PetscSqr(s->axis[0][i / s->mx % s->mz]) + PetscSqr(s->axis[1][s->from + i / (s->mx * s->mz)]) +
                    PetscSqr(s->axis[2][i % s->mx]);
  s->points = s->n[1] * s->n[2];
  PetscCall(SetUpExchange(s));
  SetUpPlans(s);
  *out = &s->kept;
  PetscFunctionReturn(PETSC_SUCCESS);
}
