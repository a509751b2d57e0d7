/* Cascades: a law over octaves,   p(x_0) prod_j p(x_j | x_<j),   on grids n_j = 2^j n_0 of one box; x_<j, what the
   coarser octaves make, is the truncation of the field. A draw on n_j is then the truncation of the draw of the same
   key on n_{j+1}, whatever the law. Each octave is a score whose noise lies in its own modes (KarCovSetOctave()) and
   is drawn by a sampler of its own. Source: Guth, Coste, De Bortoli, Mallat, 2022 (wavelet score-based models). A
   header of the room sampler. Level 7. */
#pragma once

#include <karhunen/sampler.h>

typedef struct _p_KarCascade *KarCascade;

/* Collective. Without levels. */
PETSC_EXTERN PetscErrorCode KarCascadeCreate(MPI_Comm comm, KarCascade *cascade);
/* Collective. The base first, then octave by octave; each on a grid of twice the points of the one before. Shared. */
PETSC_EXTERN PetscErrorCode KarCascadeAdd(KarCascade cascade, KarScore octave);
/* Makes the score of one level on the grid of fft; coarse[dim]: the points of the level before, whose modes are not
   this one's (KarCovSetOctave()); NULL for the base. */
typedef PetscErrorCode KarCascadeLevelFn(KarFFT fft, const PetscInt coarse[], void *ctx, KarScore *score);
/* Collective. `octaves` levels above a base of n / 2^octaves points, the last on the grid of fft. */
PETSC_EXTERN PetscErrorCode KarCascadeAddLevels(KarCascade cascade, KarFFT fft, PetscInt octaves,
                                                KarCascadeLevelFn *level, void *ctx);
/* Collective. -sampler_* for every octave. */
PETSC_EXTERN PetscErrorCode KarCascadeSetFromOptions(KarCascade cascade);
PETSC_EXTERN PetscErrorCode KarCascadeSetUp(KarCascade cascade);
PETSC_EXTERN PetscErrorCode KarCascadeView(KarCascade cascade, PetscViewer viewer);
/* Not collective. The number of levels, the base among them; level j's score and sampler, borrowed; score or ts may be
   NULL. */
PETSC_EXTERN PetscErrorCode KarCascadeGetSize(KarCascade cascade, PetscInt *levels);
PETSC_EXTERN PetscErrorCode KarCascadeGetLevel(KarCascade cascade, PetscInt j, KarScore *score, TS *ts);
/* Collective. In draws to come the levels up to j, below the last, are the field with coordinates x on level j's grid,
   copied, and are not drawn: x's small scales, given its large ones. NULL: all levels are drawn. */
PETSC_EXTERN PetscErrorCode KarCascadeSetGiven(KarCascade cascade, PetscInt j, Vec x);
/* Collective. Draws the levels below level j of sample number key.sample, and makes them the condition of j. */
PETSC_EXTERN PetscErrorCode KarCascadeCondition(KarCascade cascade, PetscInt j, KarKey key, PetscBool *whole);
/* Collective. That condition of level j > 0, in coordinates of its grid; below is overwritten. */
PETSC_EXTERN PetscErrorCode KarCascadeGetCondition(KarCascade cascade, PetscInt j, Vec below);
/* Collective. Leaves the levels from `levels` on out: draws are then the truncations of those before. */
PETSC_EXTERN PetscErrorCode KarCascadeCut(KarCascade cascade, PetscInt levels);
/* Collective. Draws are then on the grid of fft, finer than the last level's and of its box, shared; the modes that the
   last level lacks are N(0, C) by its spectrum, which goes on as a fit: *share of the variance of all. */
PETSC_EXTERN PetscErrorCode KarCascadeSetFinest(KarCascade cascade, KarFFT fft, PetscReal *share);
/* Not collective. Of the grid that draws are on, borrowed. */
PETSC_EXTERN PetscErrorCode KarCascadeGetFFT(KarCascade cascade, KarFFT *fft);
/* Collective. Draws sample number key.sample on the finest grid, coarse octaves first. x, coordinates of that grid, is
   overwritten. *whole is false when a monitor ended it early; whole may be NULL. */
PETSC_EXTERN PetscErrorCode KarCascadeSolve(KarCascade cascade, KarKey key, Vec x, PetscBool *whole);
/* Collective. The state of a draw into x that a monitor ended early, to a file and back, as KarSamplerSave() has it of
   one sampler; the draw then goes on from there, or, at a level of groups of ranks, begins anew. */
PETSC_EXTERN PetscErrorCode KarCascadeSaveDraw(KarCascade cascade, Vec x, KarCheckpoint file, const char group[]);
PETSC_EXTERN PetscErrorCode KarCascadeLoadDraw(KarCascade cascade, KarCheckpoint file, const char group[], Vec x);
PETSC_EXTERN PetscErrorCode KarCascadeContinueDraw(KarCascade cascade, Vec x, PetscBool *whole);
/* Collective. A cascade of learnt scores in one file, level j in the group "levelJ"; weights that an earlier level has
   are kept once. The caller closes it. */
PETSC_EXTERN PetscErrorCode KarCascadeSave(KarCascade cascade, KarCheckpoint file);
/* Collective on comm. From such a file. groups: a level with fewer planes than ranks is drawn by groups of ranks, by
   each the same (KarCommFeed()), for draws alone; else it is an error. Is one at path? */
PETSC_EXTERN PetscErrorCode KarCascadeLoad(MPI_Comm comm, const char path[], PetscBool groups, KarCascade *cascade);
PETSC_EXTERN PetscErrorCode KarCascadeTry(MPI_Comm comm, const char path[], PetscBool *is);
/* Collective. Adds octaves beyond the last level, each drawn by the network of the last level of the model at path:
   its law, so many octaves finer, is taken for theirs, as where a law is self-similar; their spectrum is the fit of
   its own (KarDenoiserReadFiner()). */
PETSC_EXTERN PetscErrorCode KarCascadeContinue(KarCascade cascade, const char path[], PetscInt octaves);
/* Collective. Level j's law on the grid of the last level (KarScoreCreateLifted()). The caller destroys it. */
PETSC_EXTERN PetscErrorCode KarCascadeLift(KarCascade cascade, PetscInt j, KarScore *lifted);
/* Collective. The spectra of the levels after j together, rest[rows][length] of the last level's grid. */
PETSC_EXTERN PetscErrorCode KarCascadeGetLater(KarCascade cascade, PetscInt j, PetscReal rest[]);
/* Collective. KarScoreElbo() of each level, nats[levels], given the field's own coarser modes, and the coordinates that
   count there, modes[levels]; x: coordinates on the last level's grid. The nats of the field are their sum. */
PETSC_EXTERN PetscErrorCode KarCascadeElbo(KarCascade cascade, PetscInt evaluations, KarKey key, Vec x,
                                           PetscReal nats[], PetscReal modes[]);
PETSC_EXTERN PetscErrorCode KarCascadeDestroy(KarCascade *cascade);
