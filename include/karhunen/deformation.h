/* Sources of deformation in an elastic half-space, and a radar's view: kernels, cannot fail. A header of the
   room insar. Level 4. Lengths in m, angles in rad; east, north, up. */
#pragma once

#include <petscsys.h>

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

/* --- The radar's view
   ------------------------------------------------------------------------------------------------ */
/* Unit vector from the ground to a satellite that looks right. heading: of its flight, clockwise from north. */
void kar_line_of_sight(PetscReal incidence, PetscReal heading, PetscReal los[3]);
/* Phase error of `looks` averaged looks at coherence gamma: the argument of sum_l z_l conj(w_l), z and w circular
   Gaussian with correlation gamma. z: (looks + 1) pairs of standard normal numbers, `stride` apart. */
PetscReal kar_decorrelate(PetscReal gamma, PetscInt looks, PetscInt stride, const PetscReal z[]);
/* The same of S = sum_l |z_l|^2 and the pair of standard normal numbers b; and S, Gamma(looks) distributed, from one
   standard normal number z, increasing in it. looks < 700. */
PetscReal kar_phase_error(PetscReal gamma, PetscReal S, const PetscReal b[2]);
PetscReal kar_power_of_looks(PetscInt looks, PetscReal z);
