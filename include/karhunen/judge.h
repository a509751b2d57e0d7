/* Judges: numbers of one field that tell the laws of two sets apart.  A header of the room stats. Level 3. */
#pragma once

#include <karhunen/stats.h>

/* Not collective. P(x < y) + P(x = y)/2 of x and y drawn from the two sets, and its error after DeLong, DeLong and
   Clarke-Pearson (1988). The error is 0 when the sets do not overlap. */
PETSC_EXTERN PetscErrorCode KarStatsAUC(PetscInt n, const PetscReal x[], PetscInt m, const PetscReal y[],
                                        KarEstimate *auc);

enum {
  KAR_JUDGE_QUANTILES  = 3, /* of |grad u|^2 over its mean: 5, 25, 50 % */
  KAR_JUDGE_LOWS       = 3, /* of the field with |kappa| < 4, 8, 16 */
  KAR_JUDGE_FLUXES     = 4, /* through shells 4, 8, 12, 16 */
  KAR_JUDGE_INCREMENTS = 4, /* over 1, 2, 4, 8 points */
  KAR_JUDGE_BANDS      = 10 /* [2, 4), [4, 8), [8, 16), [16, 32), [32, 43), [43, 64), [64, 85) ... [171, 256) */
};
/* Columns of a row. Pairs are E v^2, E v^4. */
enum {
  KAR_JUDGE_QUIET = 0,
  KAR_JUDGE_STILL = KAR_JUDGE_QUIET + KAR_JUDGE_QUANTILES, /* share of points with |grad u|^2 below 1 % of its mean */
  KAR_JUDGE_NONLINEARITY = KAR_JUDGE_STILL + 1,            /* <(u.grad w)^2> / (<|u|^2> <|grad w|^2>) */
  KAR_JUDGE_LOW          = KAR_JUDGE_NONLINEARITY + 1,     /* the same of w with |kappa| < 4, 8, 16 */
  KAR_JUDGE_FLUX         = KAR_JUDGE_LOW + KAR_JUDGE_LOWS, /* sum_{|k| < K + 1/2} Re w^* (u.grad w)^ / <w^2>^{3/2} */
  KAR_JUDGE_SLOPE =
    KAR_JUDGE_FLUX + KAR_JUDGE_FLUXES, /* of log power in a shell on log shell, from 4 to half of them */
  KAR_JUDGE_GRADIENT  = KAR_JUDGE_SLOPE + 1,
  KAR_JUDGE_LAPLACIAN = KAR_JUDGE_GRADIENT + 2,
  KAR_JUDGE_INCREMENT = KAR_JUDGE_LAPLACIAN + 2,
  KAR_JUDGE_BAND      = KAR_JUDGE_INCREMENT + 2 * KAR_JUDGE_INCREMENTS,
  KAR_JUDGE_FOLLOW =
    KAR_JUDGE_BAND + 2 * KAR_JUDGE_BANDS, /* correlation of the square of [a, b) with |grad of |kappa| < a|^2 */
  KAR_JUDGE_REACH    = KAR_JUDGE_FOLLOW + KAR_JUDGE_BANDS, /* greatest wave number along an axis with power */
  KAR_JUDGE_FRINGES  = KAR_JUDGE_REACH + 1,                /* of phases: see KarStatsFringes() */
  KAR_JUDGE_FRINGED  = KAR_JUDGE_FRINGES + 1,              /* 1 where some window is coherent, else 0 */
  KAR_JUDGE_WIDE     = KAR_JUDGE_FRINGED + 1,              /* the two of windows of at least one cycle */
  KAR_JUDGE_RESIDUES = KAR_JUDGE_WIDE + 2,
  KAR_JUDGE_COLUMNS  = KAR_JUDGE_RESIDUES + 1
};
/* Not collective; cannot fail. mean[1] / mean[0]^2: kurtosis about 0 of a pair; 0 for a zero field. */
PetscReal kar_row_flatness(const PetscReal mean[]);

/* One component on the torus. Modes at Nyquist are left out. */
typedef struct _p_KarJudge *KarJudge;
/* Collective. flow: the fields are vorticities in a plane. */
PETSC_EXTERN PetscErrorCode KarJudgeCreate(KarFFT fft, PetscBool flow, KarJudge *judge);
/* Collective. Fills row[KAR_JUDGE_COLUMNS] from coordinates x, but for the numbers of phases; alike on every rank. */
PETSC_EXTERN PetscErrorCode KarJudgeField(KarJudge judge, Vec x, PetscReal row[]);
PETSC_EXTERN PetscErrorCode KarJudgeDestroy(KarJudge *judge);

/* Not collective. Of a phase [ny][nx] in rad. windows: share of windows of 16 x 16 points, side by side, in which one
   Fourier line of e^{i phase} with at least 1.5 cycles has an amplitude above 0.75; the same of at least 1 cycle.
   residues: share of cells with a curl of wrapped differences, of the phase averaged over 4 x 4 points. */
PETSC_EXTERN PetscErrorCode KarStatsFringes(PetscInt ny, PetscInt nx, const PetscReal phase[], PetscReal windows[2],
                                            PetscReal *residues);
