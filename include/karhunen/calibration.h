/* Calibration of a denoiser by what its own draws lack. A header of the room denoiser. Level 5. */
#pragma once

#include <karhunen/denoiser.h>

/* Bins of noise level, component, direction and |k|: log(s/a) from low to high in `levels` equal steps; each component
   of the fields, or 1: all alike; the angle between a wave vector and the nearest axis from 0 to that of the box's
   diagonal, in `directions` equal steps, or 1: all alike; |k| = 0, k1, 2 k1, ..., `shells` of them. What is kept of
   bins has the shape [levels][components][directions][shells]. */
typedef struct {
  PetscInt  levels, components, directions, shells;
  PetscReal low, high, k1;
  PetscBool whole; /* what r lowers: all of D - m; false: the linear part w (x - a m) alone */
} KarCalibrationBins;
/* Not collective. Lowers w to (1 - r) w from now on, or D - m to (1 - r) (D - m), in the modes that the network's grid
   has; r is linear between the bins, and copied. bins NULL: no correction. */
PETSC_EXTERN PetscErrorCode KarDenoiserSetCalibration(KarDenoiser denoiser, const KarCalibrationBins *bins,
                                                      const PetscReal r[]);
/* Not collective. Both borrowed, until another is set; no levels: there is no calibration. */
PETSC_EXTERN PetscErrorCode KarDenoiserGetCalibration(KarDenoiser denoiser, const KarCalibrationBins **bins,
                                                      const PetscReal *r[]);
/* The sampler that a calibration was made with: its evaluations, s/a where it ended, and its share of noise, the eta of
   multistep. */
typedef struct {
  PetscInt  evaluations; /* 0: there is no calibration */
  PetscReal end, eta;
} KarCalibrated;
/* Not collective. */
PETSC_EXTERN PetscErrorCode KarDenoiserGetCalibrated(KarDenoiser denoiser, KarCalibrated *sampler);
/* Not collective. The eta of the sampler that the calibration was made with (0). */
PETSC_EXTERN PetscErrorCode KarDenoiserSetCalibratedEta(KarDenoiser denoiser, PetscReal eta);
/* Not collective. The calibration that is set times `share`: 1 keeps the draws' second moments, 0 the network's. */
PETSC_EXTERN PetscErrorCode KarDenoiserScaleCalibration(KarDenoiser denoiser, PetscReal share);
/* Not collective. From now on each evaluation adds, at its level, (D - v x) . (w x) and |w x|^2 of every mode of this
   rank to its bin of above and below; v is w for the data's variance q C, q[components][directions][shells], or NULL:
   1. All three are borrowed; above NULL ends it. The calibration that is set names the bins. */
PETSC_EXTERN PetscErrorCode KarDenoiserCollect(KarDenoiser denoiser, const PetscReal q[], PetscReal above[],
                                               PetscReal below[]);
/* Not collective. Adds |x_k|^2 and its expectation, by C, of every mode of a field's coordinates x on this rank to the
   bins above[components][directions][shells] and below. */
PETSC_EXTERN PetscErrorCode KarDenoiserCollectPower(KarDenoiser denoiser, Vec x, PetscReal above[], PetscReal below[]);
/* Not collective. Of an evaluation D of x at time t, in coordinates: adds (D - m) . (x - a m) and a q C, which this is
   on average for the true denoiser of data of the variance q C, to their bins. */
PETSC_EXTERN PetscErrorCode KarDenoiserCollectMoment(KarDenoiser denoiser, PetscReal t, Vec x, Vec D,
                                                     const PetscReal q[], PetscReal moment[], PetscReal expected[]);
/* Not collective. What r of whole gains makes of a D at time t that was evaluated with r = 0. */
PETSC_EXTERN PetscErrorCode KarDenoiserLower(KarDenoiser denoiser, PetscReal t, Vec D);

/* Gains of one level of noise that follow the energy of the denoiser's own answer, place by place: e^h, h at the
   log energies `at`, ascending, linear between them and constant beyond (src/denoiser/energy.c). Of octaves. */
enum { KAR_ENERGY_KNOTS = 12, KAR_ENERGY_BINS = 500 };
typedef struct {
  PetscReal h[KAR_ENERGY_KNOTS], at[KAR_ENERGY_KNOTS];
} KarEnergyGains;
/* Not collective. From now on D is the octave's part of e^h D, before whole gains lower it; gains[levels of the
   calibration that is set, which is of the whole denoiser], copied. Another calibration ends it. */
PETSC_EXTERN PetscErrorCode KarDenoiserSetEnergyGains(KarDenoiser denoiser, const KarEnergyGains gains[]);
/* Not collective. */
PETSC_EXTERN PetscErrorCode KarDenoiserHasEnergyGains(KarDenoiser denoiser, PetscBool *has);
/* Collective. Adds the points of D, which is overwritten, to bins[KAR_ENERGY_BINS] of the energy there. */
PETSC_EXTERN PetscErrorCode KarDenoiserCollectEnergy(KarDenoiser denoiser, Vec D, PetscReal bins[]);
/* Collective. What gains make of a D that was evaluated without gains. */
PETSC_EXTERN PetscErrorCode KarDenoiserApplyEnergyGains(KarDenoiser denoiser, const KarEnergyGains *gains, Vec D);
/* Not collective; cannot fail. The gains that take energies of draws to those of data with the same share of places
   below, by the bins of both. */
PETSC_EXTERN void kar_energy_match(const PetscReal drawn[], const PetscReal data[], KarEnergyGains *gains);
