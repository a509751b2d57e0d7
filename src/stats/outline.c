/* Closed curves: the zero level of values on a grid by marching squares. A curve crosses an edge between two points of
   unlike sign, where linear interpolation is 0; within a cell two crossings are joined, and where all four edges are
   crossed the sign of the cell's mean says which. Edge (i, j)-(i, j + 1) has number 2 (i nx + j), (i, j)-(i + 1, j) the
   next. */
#include <karhunen/outline.h>
#include <karhunen/sys.h>

static PetscReal Distance(const PetscReal a[], const PetscReal b[])
{
  return PetscSqrtReal(PetscSqr(a[0] - b[0]) + PetscSqr(a[1] - b[1]));
}

void kar_outline_resample(PetscInt m, const PetscReal from[], PetscInt n, PetscReal to[])
{
  PetscReal length = 0, passed = 0, step;
  PetscInt  k = 0;

  for (PetscInt i = 0; i < m; i++) length += Distance(from + 2 * i, from + 2 * ((i + 1) % m));
  step = Distance(from, from + 2 * (1 % m));
  for (PetscInt i = 0; i < n; i++) {
    const PetscReal at = length * (PetscReal)i / (PetscReal)n;

    while (k < m - 1 && passed + step < at) {
      passed += step;
      k++;
      step = Distance(from + 2 * k, from + 2 * ((k + 1) % m));
    }
    const PetscReal w = step > 0 ? PetscMin(1, (at - passed) / step) : 0;

    for (int c = 0; c < 2; c++) to[2 * i + c] = (1 - w) * from[2 * k + c] + w * from[2 * ((k + 1) % m) + c];
  }
}

void kar_outline_align(PetscInt n, const PetscReal x[], PetscReal y[], PetscReal work[])
{
  PetscReal least = PETSC_MAX_REAL;
  PetscInt  best = 0, way = 1;

  for (PetscInt sense = 1; sense >= -1; sense -= 2)
    for (PetscInt first = 0; first < n; first++) {
      PetscReal sum = 0;

      for (PetscInt i = 0; i < n; i++) {
        const PetscReal *p = y + 2 * ((first + sense * i + n) % n);

        sum += PetscSqr(x[2 * i] - p[0]) + PetscSqr(x[2 * i + 1] - p[1]);
      }
      if (sum < least) least = sum, best = first, way = sense;
    }
  for (PetscInt i = 0; i < n; i++)
    for (int c = 0; c < 2; c++) work[2 * i + c] = y[2 * ((best + way * i + n) % n) + c];
  for (PetscInt i = 0; i < 2 * n; i++) y[i] = work[i];
}

/* --- Zero levels ------------------------------------------------------------ */
typedef struct {
  PetscInt         ny, nx;
  const PetscReal *s;
  PetscInt        *link; /* [edges][2]: the crossings that one is joined to, -1: none */
} Levels;

static void Join(Levels *l, PetscInt a, PetscInt b)
{
  l->link[2 * a + (l->link[2 * a] >= 0)] = b;
  l->link[2 * b + (l->link[2 * b] >= 0)] = a;
}

static void Cell(Levels *l, PetscInt i, PetscInt j)
{
  const PetscInt  at     = i * l->nx + j;
  const PetscReal v[4]   = {l->s[at], l->s[at + 1], l->s[at + l->nx + 1], l->s[at + l->nx]};
  const PetscInt  e[4]   = {2 * at, 2 * (at + 1) + 1, 2 * (at + l->nx), 2 * at + 1}; /* round the cell */
  PetscInt        has[4] = {0}, n = 0;

  for (int k = 0; k < 4; k++)
    if ((v[k] < 0) != (v[(k + 1) % 4] < 0)) has[n++] = k;
  if (n == 2) Join(l, e[has[0]], e[has[1]]);
  if (n < 4) return;
  const PetscInt turn = (v[0] < 0) == (v[0] + v[1] + v[2] + v[3] < 0) ? 0 : 1; /* corners 0 and 2 hang together */

  Join(l, e[turn], e[turn + 1]);
  Join(l, e[turn + 2], e[(turn + 3) % 4]);
}

static void Place(const Levels *l, PetscInt edge, PetscReal xy[2])
{
  const PetscInt  at = edge / 2, other = edge % 2 ? at + l->nx : at + 1;
  const PetscReal w = l->s[at] / (l->s[at] - l->s[other]);

  xy[0] = (PetscReal)(at % l->nx) + (edge % 2 ? 0 : w);
  xy[1] = (PetscReal)(at / l->nx) + (edge % 2 ? w : 0);
}

/* The curve through an edge into xy, which has room for all; its number of points, 0 where it does not close. */
static PetscInt Follow(const Levels *l, PetscInt start, unsigned char seen[], PetscReal xy[], PetscReal *length)
{
  PetscInt n = 0, at = start, from = -1;

  *length = 0;
  do {
    const PetscInt *link = l->link + 2 * at, next = link[0] == from ? link[1] : link[0];

    seen[at] = 1;
    Place(l, at, xy + 2 * n);
    if (n) *length += Distance(xy + 2 * n, xy + 2 * n - 2);
    n++;
    from = at, at = next;
  } while (at >= 0 && at != start && !seen[at]);
  return at == start ? n : 0;
}

PetscErrorCode KarOutlineFromLevels(PetscInt ny, PetscInt nx, const PetscReal s[], PetscInt n, PetscReal xy[],
                                    PetscBool *found)
{
  const PetscInt edges = 2 * ny * nx;
  Levels         l     = {.ny = ny, .nx = nx, .s = s};
  PetscReal     *curve, length, most = 0, area = 0;
  unsigned char *seen;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(2 * edges, &l.link));
  PetscCall(PetscMalloc1(2 * edges, &curve));
  PetscCall(PetscCalloc1(edges, &seen));
  for (PetscInt k = 0; k < 2 * edges; k++) l.link[k] = -1;
  for (PetscInt i = 0; i < ny - 1; i++)
    for (PetscInt j = 0; j < nx - 1; j++) Cell(&l, i, j);
  for (PetscInt k = 0; k < edges; k++) {
    if (seen[k] || l.link[2 * k] < 0 || l.link[2 * k + 1] < 0) continue;
    const PetscInt m = Follow(&l, k, seen, curve, &length);

    if (!m || length <= most) continue;
    most = length;
    kar_outline_resample(m, curve, n, xy);
  }
  *found = (PetscBool)(most > 0);
  for (PetscInt i = 0; most > 0 && i < n; i++)
    area += xy[2 * i] * xy[2 * ((i + 1) % n) + 1] - xy[2 * i + 1] * xy[2 * ((i + 1) % n)];
  for (PetscInt i = 1, k = n - 1; area < 0 && i < k; i++, k--)
    for (int c = 0; c < 2; c++) {
      const PetscReal keep = xy[2 * i + c];

      xy[2 * i + c] = xy[2 * k + c], xy[2 * k + c] = keep;
    }
  PetscCall(PetscFree(seen));
  PetscCall(PetscFree(curve));
  PetscCall(PetscFree(l.link));
  PetscFunctionReturn(PETSC_SUCCESS);
}
