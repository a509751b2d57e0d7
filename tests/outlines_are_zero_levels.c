/* The zero level of a circle's signed distance on a grid is the circle, to half the square of the spacing over the
   radius: 24 points at equal distances, counter-clockwise; of two circles the larger; a level that leaves the grid is
   none, nor is a field of one sign. At a saddle the two curves that the mean's sign wants: corners of one sign hang
   together or not. Points of a curve that are numbered anew, backwards and from another first one, are found again.
   ranks: 1 */
#include "claim.h"

#include <karhunen/outline.h>

enum { NY = 40, NX = 56, N = 24 };

static PetscErrorCode Circles(void)
{
  PetscReal s[NY * NX], xy[2 * N], area = 0, shortest = PETSC_MAX_REAL, longest = 0;
  PetscBool found;

  PetscFunctionBegin;
  for (PetscInt i = 0; i < NY; i++)
    for (PetscInt j = 0; j < NX; j++) {
      const PetscReal big   = hypot((PetscReal)j - 20.3, (PetscReal)i - 19.1) - 14.2,
                      small = hypot((PetscReal)j - 46, (PetscReal)i - 20) - 6;

      s[i * NX + j] = PetscMin(big, small);
    }
  PetscCall(KarOutlineFromLevels(NY, NX, s, N, xy, &found));
  Claim(found, "a circle has no outline");
  for (PetscInt i = 0; i < N; i++) {
    const PetscReal *p = xy + 2 * i, *q = xy + 2 * ((i + 1) % N);
    const PetscReal  step = hypot(q[0] - p[0], q[1] - p[1]);

    ClaimNear(hypot(p[0] - 20.3, p[1] - 19.1), 14.2, .5 / 14.2);
    area += (p[0] * q[1] - p[1] * q[0]) / 2;
    shortest = PetscMin(shortest, step), longest = PetscMax(longest, step);
  }
  ClaimNear(area, N / 2. * sin(2 * PETSC_PI / N) * 14.2 * 14.2, 1);
  Claim(longest - shortest < .1, "distances from %g to %g", (double)shortest, (double)longest);
  for (PetscInt i = 0; i < NY * NX; i++) s[i] = (PetscReal)(i % NX) - 20.5;
  PetscCall(KarOutlineFromLevels(NY, NX, s, N, xy, &found));
  Claim(!found, "a line across the grid is a closed curve");
  for (PetscInt i = 0; i < NY * NX; i++) s[i] = 1;
  PetscCall(KarOutlineFromLevels(NY, NX, s, N, xy, &found));
  Claim(!found, "a field of one sign has an outline");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Two pixels that touch at a corner are one outline where they are deep, two where they are shallow. */
static PetscErrorCode Saddle(void)
{
  PetscReal s[16], xy[2 * N], low, high;
  PetscBool found;

  PetscFunctionBegin;
  for (int deep = 0; deep < 2; deep++) {
    for (int i = 0; i < 16; i++) s[i] = 1;
    s[5] = s[10] = deep ? -2 : -.5;
    PetscCall(KarOutlineFromLevels(4, 4, s, N, xy, &found));
    Claim(found, "pixels have no outline");
    low = PETSC_MAX_REAL, high = 0;
    for (int i = 0; i < 2 * N; i += 2) low = PetscMin(low, xy[i]), high = PetscMax(high, xy[i]);
    Claim((high - low > 1.2) == (deep == 1), "depth %d: the outline reaches from %g to %g", deep, (double)low,
          (double)high);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Align(void)
{
  PetscReal x[2 * N], y[2 * N], work[2 * N];

  PetscFunctionBegin;
  for (PetscInt i = 0; i < N; i++)
    x[2 * i]           = cos(2 * PETSC_PI * (PetscReal)i / N),
          x[2 * i + 1] = .5 * sin(2 * PETSC_PI * (PetscReal)i / N) + .1 * cos((PetscReal)i);
  for (PetscInt i = 0; i < N; i++)
    for (int c = 0; c < 2; c++) y[2 * i + c] = x[2 * ((5 - i + N) % N) + c];
  kar_outline_align(N, x, y, work);
  for (PetscInt i = 0; i < 2 * N; i++) ClaimNear(y[i], x[i], 1e-15);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  PetscCall(Circles());
  PetscCall(Saddle());
  PetscCall(Align());
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
