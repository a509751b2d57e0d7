/* Shapes {s < 0} and their signed distance functions.
   Distance transform: d(p)^2 = min over seeds q of |p - q|^2, columns first, then rows as the lower envelope of
   parabolas
     (q - x)^2 + f(q), which meet where 2 x (q - r) = (q^2 + f(q)) - (r^2 + f(r))        (Felzenszwalb and
     Huttenlocher, 2012)
   in time proportional to the pixels; squares are whole numbers, so distances are exact to rounding of the root. */
#include <karhunen/stats.h>

#define FAR 1e15 /* the square of a distance to nothing: still exact when whole numbers are added */

/* out[x] = min over q of (x - q)^2 + f[q], f read with a stride; v, z: room for n and n + 1. */
static void Envelope(PetscInt n, const PetscReal f[], PetscInt stride, PetscReal out[], PetscReal v[], PetscReal z[])
{
  PetscInt k = 0;

  v[0] = 0;
  z[0] = -FAR;
  z[1] = FAR;
  for (PetscInt q = 1; q < n; q++) {
    PetscReal meet;

    for (;; k--) {
      const PetscInt r = (PetscInt)v[k];

      meet = ((f[q * stride] + (PetscReal)(q * q)) - (f[r * stride] + (PetscReal)(r * r))) / (PetscReal)(2 * (q - r));
      if (meet > z[k] || k == 0) break;
    }
    if (meet <= z[k]) v[k] = (PetscReal)q; /* k = 0: the first parabola is nowhere lowest */
    else {
      v[++k] = (PetscReal)q;
      z[k]   = meet;
    }
    z[k + 1] = FAR;
  }
  for (PetscInt x = 0, at = 0; x < n; x++) {
    while (z[at + 1] < (PetscReal)x) at++;
    out[x] = PetscSqr((PetscReal)x - v[at]) + f[(PetscInt)v[at] * stride];
  }
}

void kar_distance_transform(PetscInt ny, PetscInt nx, const unsigned char seed[], PetscReal distance[],
                            PetscReal work[])
{
  const PetscInt most = PetscMax(ny, nx) + 1;
  PetscReal     *line = work, *v = work + most, *z = work + 2 * most;

  for (PetscInt i = 0; i < ny * nx; i++) distance[i] = seed[i] ? 0 : FAR;
  for (PetscInt j = 0; j < nx; j++) {
    Envelope(ny, distance + j, nx, line, v, z);
    for (PetscInt i = 0; i < ny; i++) distance[i * nx + j] = line[i];
  }
  for (PetscInt i = 0; i < ny; i++) {
    Envelope(nx, distance + i * nx, 1, line, v, z);
    for (PetscInt j = 0; j < nx; j++)
      distance[i * nx + j] = line[j] < FAR / 2 ? PetscSqrtReal(line[j]) : PETSC_MAX_REAL;
  }
}

void kar_signed_distance(PetscInt ny, PetscInt nx, const unsigned char inside[], PetscReal s[], PetscReal work[])
{
  unsigned char  *outside = (unsigned char *)(work + 3 * (PetscMax(ny, nx) + 1));
  PetscReal      *d       = work + 3 * (PetscMax(ny, nx) + 1) + ny * nx;
  const PetscReal never   = hypot((PetscReal)ny, (PetscReal)nx);

  for (PetscInt i = 0; i < ny * nx; i++) outside[i] = !inside[i];
  kar_distance_transform(ny, nx, inside, s, work);
  kar_distance_transform(ny, nx, outside, d, work);
  for (PetscInt i = 0; i < ny * nx; i++) s[i] = (PetscMin(s[i], never) - PetscMin(d[i], never)) / (PetscReal)ny;
}

/* Labels the connected part of {mask = value} that pixel `start` is in; diagonal neighbours count when `diagonal`.
   stack: room for every pixel. Says whether it touches the border. */
static PetscBool Flood(PetscInt ny, PetscInt nx, const unsigned char mask[], PetscInt start, PetscBool diagonal,
                       unsigned char seen[], PetscInt stack[])
{
  const unsigned char value  = mask[start];
  PetscBool           border = PETSC_FALSE;
  PetscInt            height = 0;

  stack[height++] = start;
  seen[start]     = 1;
  while (height) {
    const PetscInt at = stack[--height], i = at / nx, j = at % nx;

    if (!i || !j || i == ny - 1 || j == nx - 1) border = PETSC_TRUE;
    for (PetscInt a = PetscMax(i - 1, 0); a <= PetscMin(i + 1, ny - 1); a++)
      for (PetscInt b = PetscMax(j - 1, 0); b <= PetscMin(j + 1, nx - 1); b++) {
        const PetscInt next = a * nx + b;

        if (seen[next] || mask[next] != value || (!diagonal && a != i && b != j)) continue;
        seen[next]      = 1;
        stack[height++] = next;
      }
  }
  return border;
}

/* Inside pixels hang together over corners, outside ones over edges only: a closed diagonal line keeps its hole. */
static PetscErrorCode Count(PetscInt ny, PetscInt nx, const unsigned char mask[], PetscInt *components, PetscInt *holes)
{
  unsigned char *seen;
  PetscInt      *stack;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(ny * nx, &stack));
  PetscCall(PetscCalloc1(ny * nx, &seen));
  *components = *holes = 0;
  for (PetscInt i = 0; i < ny * nx; i++) {
    if (seen[i]) continue;
    const PetscBool border = Flood(ny, nx, mask, i, (PetscBool)mask[i], seen, stack);

    if (mask[i]) ++*components;
    else if (!border) ++*holes;
  }
  PetscCall(PetscFree(stack));
  PetscCall(PetscFree(seen));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* |grad s| by central differences, s in units of the height: spacing 1/ny. */
static PetscReal Slope(PetscInt ny, PetscInt nx, const PetscReal s[], PetscInt i, PetscInt j)
{
  return PetscSqrtReal(PetscSqr(s[(i + 1) * nx + j] - s[(i - 1) * nx + j]) +
                       PetscSqr(s[i * nx + j + 1] - s[i * nx + j - 1])) *
         (PetscReal)ny / 2;
}

/* Mean of ||grad s| - 1| over pixels where d, the true signed distance of the shape, has a gradient: not within two
   pixels of the edge, nor beside a pixel where |grad d| < 0.8 (there two nearest edges lie more than 74 degrees apart:
   the medial axis). */
static PetscReal SlopeDeviation(PetscInt ny, PetscInt nx, const PetscReal s[], const PetscReal d[])
{
  PetscReal sum = 0;
  PetscInt  n   = 0;

  for (PetscInt i = 2; i < ny - 2; i++)
    for (PetscInt j = 2; j < nx - 2; j++) {
      PetscBool smooth = (PetscBool)(PetscAbsReal(d[i * nx + j]) * (PetscReal)ny > 2.5);

      for (PetscInt a = i - 1; smooth && a <= i + 1; a++)
        for (PetscInt b = j - 1; smooth && b <= j + 1; b++)
          if (Slope(ny, nx, d, a, b) < 0.8) smooth = PETSC_FALSE;
      if (!smooth) continue;
      sum += PetscAbsReal(Slope(ny, nx, s, i, j) - 1);
      n++;
    }
  return n ? sum / (PetscReal)n : 0;
}

PetscErrorCode KarStatsShape(PetscInt ny, PetscInt nx, const PetscReal s[], KarShape *shape)
{
  const PetscInt points = ny * nx;
  unsigned char *inside;
  PetscReal     *d, *work;
  PetscInt       area = 0;

  PetscFunctionBegin;
  PetscCall(PetscMalloc3(points, &inside, points, &d, KAR_SIGNED_DISTANCE_WORK(ny, nx), &work));
  for (PetscInt i = 0; i < points; i++) area += inside[i] = s[i] < 0;
  shape->area = (PetscReal)area / (PetscReal)points;
  PetscCall(Count(ny, nx, inside, &shape->components, &shape->holes));
  kar_signed_distance(ny, nx, inside, d, work);
  shape->slope    = SlopeDeviation(ny, nx, s, d);
  shape->distance = 0;
  for (PetscInt i = 0; i < points; i++) shape->distance += PetscAbsReal(s[i] - d[i]) / (PetscReal)points;
  PetscCall(PetscFree3(inside, d, work));
  PetscFunctionReturn(PETSC_SUCCESS);
}
