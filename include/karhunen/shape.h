/* Shapes {s < 0} and signed distances. A header of the room stats. Level 3. */
#pragma once

#include <petscsys.h>

/* Not collective; cannot fail. Exact Euclidean distance, in pixels, of each pixel's centre to the nearest one with
   seed != 0, PETSC_MAX_REAL without any; all arrays [ny][nx]; work: 3 (max(ny, nx) + 1) numbers. */
void kar_distance_transform(PetscInt ny, PetscInt nx, const unsigned char seed[], PetscReal distance[],
                            PetscReal work[]);
/* Not collective; cannot fail. s = (distance to the nearest pixel inside - that to the nearest outside) / ny: negative
   inside. */
void kar_signed_distance(PetscInt ny, PetscInt nx, const unsigned char inside[], PetscReal s[], PetscReal work[]);
#define KAR_SIGNED_DISTANCE_WORK(ny, nx) (3 * (PetscMax(ny, nx) + 1) + 2 * (ny) * (nx)) /* numbers */

typedef struct {
  PetscReal area;       /* fraction of the pixels with s < 0 */
  PetscInt  components; /* of {s < 0}, over edges and corners */
  PetscInt  holes;      /* parts of {s >= 0}, over edges, that do not touch the border */
  PetscReal
    slope; /* mean of ||grad s| - 1| away from the shape's edge and medial axis; 0 when there is no such pixel */
  PetscReal distance; /* mean of |s - signed distance of {s < 0}| */
} KarShape;
/* Not collective. s is [ny][nx], in units of the box's height. */
PETSC_EXTERN PetscErrorCode KarStatsShape(PetscInt ny, PetscInt nx, const PetscReal s[], KarShape *shape);
