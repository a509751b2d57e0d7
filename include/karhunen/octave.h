/* The denoiser of an octave of a cascade. A header of the room denoiser. Level 5. */
#pragma once

#include <karhunen/denoiser.h>

/* Collective. That of an octave: of the modes that a grid of coarse[dim] points lacks, given what the coarser ones
   make (KarCascade). The network sees three fields of it besides: the two octaves before, each mode divided by its
   deviation, and the whole. */
PETSC_EXTERN PetscErrorCode KarDenoiserCreateOctave(KarFFT fft, const PetscInt coarse[], PetscInt n,
                                                    const PetscReal k[], const PetscReal lambda[],
                                                    KarDenoiser *denoiser);
/* Collective. Planes along axis 0 of the grid of the model in the file's group; 0: it holds none. */
PETSC_EXTERN PetscErrorCode KarDenoiserReadPlanes(KarCheckpoint file, PetscInt *planes);
/* Collective on comm. The denoiser of an octave, taken for that which is so many octaves finer, as where a law is
   self-similar: its grid and its wave numbers are 2^octaves times the file's, the spectrum goes on as a fit. */
PETSC_EXTERN PetscErrorCode KarDenoiserReadFiner(MPI_Comm comm, KarCheckpoint file, const char path[], PetscInt octaves,
                                                 KarDenoiser *denoiser);
/* Collective. The coarser field of an octave, in coordinates of its own grid; copied. */
PETSC_EXTERN PetscErrorCode KarDenoiserSetCondition(KarDenoiser denoiser, Vec coarse);
/* Collective. Frees the room that calls work in, which the next one makes again, and forgets the coarser field. */
PETSC_EXTERN PetscErrorCode KarDenoiserFreeWork(KarDenoiser denoiser);
/* Not collective. Is it of an octave? */
PETSC_EXTERN PetscErrorCode KarDenoiserIsOctave(KarDenoiser denoiser, PetscBool *octave);

/* Not collective. Whether the octave's variance follows the energy of the octave before it (-denoiser_amplitude). */
PETSC_EXTERN PetscErrorCode KarDenoiserHasAmplitude(KarDenoiser denoiser, PetscBool *has);
#define KAR_AMPLITUDE_BINS  160 /* of the logarithm of that energy, whose mean is 1 */
#define KAR_AMPLITUDE_LOW   -4.7
#define KAR_AMPLITUDE_WIDTH 0.1
/* Collective. Adds this rank's points of a field x0 to the bins of their energy: how many values, and the sum of the
   octave's squares, its variance being 1. */
PETSC_EXTERN PetscErrorCode KarDenoiserMeasureAmplitude(KarDenoiser denoiser, Vec x0, PetscReal count[],
                                                        PetscReal square[]);
/* Not collective; cannot fail. q and p of the variance e^q energy^p that is most likely for the bins of all ranks. */
void kar_amplitude_fit(const PetscReal count[], const PetscReal square[], PetscReal fit[2]);
/* Logically collective. The variance is e^fit[0] energy^fit[1]. */
PETSC_EXTERN PetscErrorCode KarDenoiserSetAmplitude(KarDenoiser denoiser, const PetscReal fit[2]);
