/* The Fourier neural operator by other means: what the fast one is held against. A header of the room nn. Level 3. */
#pragma once

#include <karhunen/nn.h>

/* Not collective. The same network in plain double loops, O(points x modes): the yardstick of the fast one. Serial:
   the whole grid info->n; x is [batch][n0][n1][n2][cin]. */
PETSC_EXTERN PetscErrorCode KarFNOReference(const KarGridInfo *info, const KarFNOConfig *config,
                                            const double parameters[], PetscInt batch, const PetscReal cnoise[],
                                            const double x[], double y[]);

/* The same network by full FFTW transforms of every channel and OpenBLAS products: the yardstick of speed. 2D and 3D,
   periodic, FFTW's slabs. Creation plans with FFTW_MEASURE. */
typedef struct _p_KarFNOFull *KarFNOFull;
/* Collective. fno, whose parameters it uses, must live longer. */
PETSC_EXTERN PetscErrorCode KarFNOFullCreate(KarFNO fno, KarFNOFull *full);
/* Collective. One sample; shapes of KarFNOForward(). */
PETSC_EXTERN PetscErrorCode KarFNOFullForward(KarFNOFull full, PetscReal cnoise, const float x[], float y[]);
PETSC_EXTERN PetscErrorCode KarFNOFullDestroy(KarFNOFull *full);
