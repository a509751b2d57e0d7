/* Closed curves of points x,y. A header of the room stats. Level 3. */
#pragma once

#include <petscsys.h>

/* Not collective. The longest closed curve {s = 0} of values s[ny][nx], at x = j, y = i, linear between them: n points
   xy[n][2] at equal distances, counter-clockwise. *found is false where no curve closes. */
PETSC_EXTERN PetscErrorCode KarOutlineFromLevels(PetscInt ny, PetscInt nx, const PetscReal s[], PetscInt n,
                                                 PetscReal xy[], PetscBool *found);
/* Not collective; cannot fail. n points to[n][2] at equal distances along the closed curve from[m][2], from its first
   point on. */
void kar_outline_resample(PetscInt m, const PetscReal from[], PetscInt n, PetscReal to[]);
/* Not collective; cannot fail. Numbers the points y[n][2] anew, from another first one or the other way round, such
   that sum |x_i - y_i|^2 is least; work: 2 n numbers. */
void kar_outline_align(PetscInt n, const PetscReal x[], PetscReal y[], PetscReal work[]);
