/* Interferometric phase: ground deformation, atmosphere, decorrelation, as a radar satellite sees them. Level 4.
   Lengths in m, angles in rad; east, north, up. */
#pragma once

#include <karhunen/fft.h>

/* --- Sources of deformation in an elastic half-space: kernels, cannot fail ------------------------------------------ */
typedef struct {
  PetscReal east, north, depth; /* of the point */
  PetscReal volume;             /* change, m^3; positive: inflation */
} KarMogi;

typedef struct {
  PetscReal east, north, depth; /* of the rectangle's centre; it must not reach the surface */
  PetscReal strike, dip;        /* strike clockwise from north; the plane dips to the right of it */
  PetscReal length, width;      /* along strike, along dip */
  PetscReal slip[3];            /* left-lateral, reverse, opening */
} KarOkada;

/* Displacement u = (east, north, up) of the surface at (east, north). nu: Poisson's ratio. */
void kar_mogi(const KarMogi *source, PetscReal nu, PetscReal east, PetscReal north, PetscReal u[3]);
void kar_okada(const KarOkada *source, PetscReal nu, PetscReal east, PetscReal north, PetscReal u[3]);

/* --- The radar's view ------------------------------------------------------------------------------------------------ */
/* Unit vector from the ground to a satellite that looks right. heading: of its flight, clockwise from north. */
void kar_line_of_sight(PetscReal incidence, PetscReal heading, PetscReal los[3]);
/* phase - 2 pi m in [-pi, pi]; phases that lie there already are kept bit for bit. */
PetscReal kar_wrap(PetscReal phase);
/* Phase error of `looks` averaged looks at coherence gamma: the argument of sum_l z_l conj(w_l), z and w circular Gaussian
   with correlation gamma. z: (looks + 1) pairs of standard normal numbers, `stride` apart. */
PetscReal kar_decorrelate(PetscReal gamma, PetscInt looks, PetscInt stride, const PetscReal z[]);
