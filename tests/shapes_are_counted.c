/* Areas, components and holes of drawings whose numbers are plain to see; discs and rings with their exact signed
   distance have slope 1 and the right area to the pixel's size, and 1.5 times it has slope deviation 0.5. */
#include "claim.h"

static PetscErrorCode Draw(PetscInt ny, PetscInt nx, const char drawing[], PetscInt components, PetscInt holes)
{
  PetscReal s[400];
  PetscInt  area = 0;
  KarShape  shape;

  PetscFunctionBegin;
  for (PetscInt i = 0; i < ny * nx; i++) {
    s[i] = drawing[i] == '#' ? -1 : drawing[i] == '0' ? 0 : 1;
    area += drawing[i] == '#';
  }
  PetscCall(KarStatsShape(ny, nx, s, &shape));
  Claim(shape.components == components && shape.holes == holes, "%s: %d components, %d holes", drawing,
        (int)shape.components, (int)shape.holes);
  ClaimNear(shape.area, (PetscReal)area / (PetscReal)(ny * nx), 1e-15);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* |x - c| - r, of one, two discs or a ring, times `steep`. */
static PetscReal Distance(int kind, PetscReal y, PetscReal x)
{
  const PetscReal r = hypot(y - 0.5, x - 0.5);

  if (kind == 0) return r - 0.3;
  if (kind == 1) return PetscMin(hypot(y - 0.3, x - 0.3) - 0.15, hypot(y - 0.7, x - 0.65) - 0.2);
  return PetscAbsReal(r - 0.3) - 0.1;
}

static PetscErrorCode CheckRound(int kind, PetscInt n, PetscReal area, PetscInt components, PetscInt holes)
{
  PetscReal *s;
  KarShape   shape;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(n * n, &s));
  for (PetscInt i = 0; i < n * n; i++)
    s[i] = Distance(kind, ((PetscReal)(i / n) + 0.5) / (PetscReal)n, ((PetscReal)(i % n) + 0.5) / (PetscReal)n);
  PetscCall(KarStatsShape(n, n, s, &shape));
  Claim(shape.components == components && shape.holes == holes, "kind %d: %d components, %d holes", kind,
        (int)shape.components, (int)shape.holes);
  ClaimNear(shape.area, area, 4. / (PetscReal)(n * n) * 10);
  Claim(shape.slope < 0.01, "kind %d: slope deviation %g", kind, shape.slope);
  Claim(shape.distance < 1. / (PetscReal)n, "kind %d: %g from its own distance", kind, shape.distance);
  for (PetscInt i = 0; i < n * n; i++) s[i] *= 1.5;
  PetscCall(KarStatsShape(n, n, s, &shape));
  ClaimNear(shape.slope, 0.5, 0.015);
  Claim(shape.distance > 0.02, "kind %d: %g from its own distance", kind, shape.distance);
  PetscCall(PetscFree(s));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  PetscCall(Draw(1, 1, "#", 1, 0));
  PetscCall(Draw(1, 1, "0", 0, 0)); /* the edge itself is outside */
  PetscCall(Draw(3, 3, "....#....", 1, 0));
  PetscCall(Draw(3, 3, "####.####", 1, 1));
  PetscCall(Draw(3, 3, ".#.#.#.#.", 1, 1)); /* corners hold the ring together, and do not open it */
  PetscCall(Draw(3, 3, "#.#...#.#", 4, 0));
  PetscCall(Draw(3, 4,
                 "####"
                 "#..#"
                 "##.#",
                 1, 0)); /* it opens to the border */
  PetscCall(Draw(5, 8,
                 "########"
                 "#..##..#"
                 "#..##..#"
                 "########"
                 "........",
                 1, 2)); /* an eight */
  PetscCall(Draw(5, 5,
                 "#####"
                 "#...#"
                 "#.#.#"
                 "#...#"
                 "#####",
                 2, 1)); /* an island in a lake */
  PetscCall(CheckRound(0, 100, PETSC_PI * 0.09, 1, 0));
  PetscCall(CheckRound(1, 100, PETSC_PI * (0.0225 + 0.04), 2, 0));
  PetscCall(CheckRound(2, 100, PETSC_PI * (0.16 - 0.04), 1, 1));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
