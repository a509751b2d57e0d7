/* Numbers of a velocity on the torus, component a along axis a, in a plane or a cube.  A header of the room stats.
   Level 3. */
#pragma once

#include <karhunen/judge.h>

enum { KAR_VELOCITY_SHELLS = 15, KAR_VELOCITY_FLUXES = 9, KAR_VELOCITY_INCREMENTS = 4 /* over 1, 2, 4, 8 points */ };
extern const PetscInt kar_velocity_shell[KAR_VELOCITY_SHELLS]; /* 1, 2, 3, 4, 6, ..., 63 */
extern const PetscInt kar_velocity_flux[KAR_VELOCITY_FLUXES];  /* 2, 4, 6, 8, 12, ..., 48 */
/* Columns of a row. Shells are those of |kappa| = |k| L / 2 pi, L the longest edge; those beyond the grid are 0. */
enum {
  KAR_VELOCITY_ENERGY    = 0, /* half the mean square that the modes j - 1/2 <= |kappa| < j + 1/2 carry */
  KAR_VELOCITY_FLUX      = KAR_VELOCITY_ENERGY + KAR_VELOCITY_SHELLS, /* <u_< . (u . grad) u>, u_<: |kappa| < j + 1/2 */
  KAR_VELOCITY_ALONG     = KAR_VELOCITY_FLUX + KAR_VELOCITY_FLUXES,   /* E v^2, E v^4, E v^3 of all du_a/dx_a */
  KAR_VELOCITY_ACROSS    = KAR_VELOCITY_ALONG + 3,                    /* E v^2, E v^4 of all du_a/dx_b, a != b */
  KAR_VELOCITY_INCREMENT = KAR_VELOCITY_ACROSS + 2, /* E v^2, E v^4 of u_a(x + r h e_a) - u_a(x), for each r */
  KAR_VELOCITY_DIVERGENCE =
    KAR_VELOCITY_INCREMENT + 2 * KAR_VELOCITY_INCREMENTS, /* (E |k . u|^2 / E |k|^2 |u|^2)^1/2 */
  KAR_VELOCITY_COLUMNS = KAR_VELOCITY_DIVERGENCE + 1
};
/* Not collective; cannot fail. mean[2] / mean[0]^{3/2}: skewness about 0 of KAR_VELOCITY_ALONG; 0 for a zero field. */
PetscReal kar_row_third(const PetscReal mean[]);

/* Modes at Nyquist are left out; products are taken on the grid's own points. */
typedef struct _p_KarVelocity *KarVelocity;
/* Collective. Of fields with a component for each of their 2 or 3 axes, periodic. */
PETSC_EXTERN PetscErrorCode KarVelocityCreate(KarFFT fft, KarVelocity *velocity);
/* Collective. Fills row[KAR_VELOCITY_COLUMNS] from coordinates x; alike on every rank. */
PETSC_EXTERN PetscErrorCode KarVelocityMeasure(KarVelocity velocity, Vec x, PetscReal row[]);
PETSC_EXTERN PetscErrorCode KarVelocityDestroy(KarVelocity *velocity);
