/* A box, periodic or with reflecting (cosine) ends, cut into slabs along axis 0, which varies slowest. Level 1. */
#pragma once

#include <karhunen/sys.h>
#include <petscvec.h>

typedef struct _p_KarGrid *KarGrid;

typedef enum { KAR_BASIS_PERIODIC, KAR_BASIS_COSINE } KarBasis;
PETSC_EXTERN const char *const KarBases[]; /* "periodic", "cosine", NULL */

typedef struct {
  MPI_Comm  comm;
  PetscInt  dim;       /* 1, 2 or 3 */
  PetscInt  n[3];      /* points along each axis, slowest first; 1 for an axis that is absent */
  PetscReal length[3]; /* edge lengths, in the user's unit; 1 for an axis that is absent */
  PetscInt  dof;       /* components at a point */
  KarBasis  basis;
  PetscInt  start, ln; /* this rank owns planes [start, start + ln) of axis 0 */
  PetscInt  plane;     /* numbers in one plane of axis 0: n[1] n[2] dof */
} KarGridInfo;

/* Collective. Points, lengths, place and basis come from the setters, then from -PREFIXgrid_n, -PREFIXgrid_length,
   -PREFIXgrid_origin, -PREFIXgrid_basis. */
PETSC_EXTERN PetscErrorCode KarGridCreate(MPI_Comm comm, KarGrid *grid);
/* n[dim] and length[dim], slowest axis first; length NULL keeps the length set before (1 at first). */
PETSC_EXTERN PetscErrorCode KarGridSetSizes(KarGrid grid, PetscInt dim, const PetscInt n[], const PetscReal length[]);
PETSC_EXTERN PetscErrorCode KarGridSetComponents(KarGrid grid, PetscInt dof);
PETSC_EXTERN PetscErrorCode KarGridSetBasis(KarGrid grid, KarBasis basis);
PETSC_EXTERN PetscErrorCode KarGridSetOptionsPrefix(KarGrid grid, const char prefix[]);
PETSC_EXTERN PetscErrorCode KarGridSetFromOptions(KarGrid grid);
/* Deals the planes; an error when a rank would get none. */
PETSC_EXTERN PetscErrorCode KarGridSetUp(KarGrid grid);
/* Not collective; cannot fail. Has each of so many ranks a plane? */
PETSC_EXTERN PetscBool kar_planes_feed(PetscInt planes, int ranks);
/* Collective. Who has a grid of so many planes: comm, or, its ranks being too many, groups of neighbours, each with all
   of the grid, of the largest number that divides comm's. comm keeps and frees it. */
PETSC_EXTERN PetscErrorCode KarCommFeed(MPI_Comm comm, PetscInt planes, MPI_Comm *part);
PETSC_EXTERN PetscErrorCode KarGridGetInfo(KarGrid grid, KarGridInfo *info);
/* Collective. The same box with other numbers of points, set up. The caller destroys it. */
PETSC_EXTERN PetscErrorCode KarGridRefine(KarGrid grid, const PetscInt n[], KarGrid *fine);
/* Collective. A zero field, [ln][n1][n2][dof] on each rank. The caller destroys it. */
PETSC_EXTERN PetscErrorCode KarGridCreateField(KarGrid grid, Vec *field);
PETSC_EXTERN PetscErrorCode KarGridReference(KarGrid grid);
PETSC_EXTERN PetscErrorCode KarGridDestroy(KarGrid *grid);
