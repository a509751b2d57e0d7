/* Spectra of a field by shells. A header of the room stats. Level 3.

   Shell j holds the modes with j - 1/2 <= |k| / u < j + 1/2, u = 2 pi / L (pi / L in the cosine basis), L the longest
   edge of the box: round(|kappa|) = j on a cube. Modes at Nyquist belong to none. */
#pragma once

#include <karhunen/fft.h>

/* Not collective. Shells 0, ..., shells - 1 are those that the grid holds whole: 32 of 64 points. */
PETSC_EXTERN PetscErrorCode KarStatsShells(KarFFT fft, PetscInt *shells);
/* Collective. power[j] = sum of |u^|^2 over the full spectrum's modes in shell j and over components, j < shells;
   alike on every rank, the same on every grid that holds the modes. x are coordinates. */
PETSC_EXTERN PetscErrorCode KarStatsSpectrum(KarFFT fft, Vec x, PetscInt shells, PetscReal power[]);
/* Collective. modes[j]: modes in shell j, the divisor that makes a shell's sum an average. */
PETSC_EXTERN PetscErrorCode KarStatsShellModes(KarFFT fft, PetscInt shells, PetscReal modes[]);
