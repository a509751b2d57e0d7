/* A law on one grid: the data's covariance C, the noise's lambda, and the process between them. */
#pragma once

#include <karhunen/sde.h>

typedef struct {
  KarFFT           fft;         /* owned reference */
  KarCov           data, noise; /* owned */
  KarSDE           sde;         /* owned */
  const PetscReal *C, *lambda;  /* each local mode; borrowed */
  PetscReal        a, s;        /* at the time of the last KarFrameSetTime() */
  PetscReal       *am, *sm;     /* the same of each local mode, where the process tells modes apart; owned */
  PetscReal       *a0, *s0; /* of each local mode at the time of the last KarFrameSetBefore(); NULL before it; owned */
  PetscReal        t;
  PetscInt         modes, dof; /* local modes */
  KarPairs         pairs;      /* of bridges, until KarFrameSetUp() makes their process; start NULL: none; owned */
  PetscReal        decay; /* p where the data fall like |k|^-p, when that has lowered the noise's roughness; else 0 */
} KarFrame;

/* Collective. The noise is the data's spectrum made rougher, less so when the data's falls so slowly that the noise
   would have no finite variance; the process is vp. coarse: of an octave, as for KarCovSetOctave(); NULL: of all
   modes. pairs: the process is of bridges from pairs->start to the data, whose noise and reference are mild at first;
   copied; NULL: it is not. */
PetscErrorCode KarFrameCreate(KarFFT fft, const PetscInt coarse[], const KarPairs *pairs, PetscInt n,
                              const PetscReal k[], const PetscReal lambda[], KarFrame *frame);
PetscErrorCode KarFrameLoad(KarFFT fft, const PetscInt coarse[], KarCheckpoint file, KarFrame *frame);
/* Collective. Another noise and process: -PREFIXnoise_cov_*, -PREFIXsde_*. */
PetscErrorCode KarFrameSetFromOptions(KarFrame *frame, const char prefix[]);
/* Collective. What is needed before KarFrameSetTime(). */
PetscErrorCode KarFrameSetUp(KarFrame *frame);
PetscErrorCode KarFrameSave(const KarFrame *frame, KarCheckpoint file);
PetscErrorCode KarFrameDestroy(KarFrame *frame);
/* Not collective. a and s of time t, or a0 and s0. */
PetscErrorCode KarFrameSetTime(KarFrame *frame, PetscReal t);
PetscErrorCode KarFrameSetBefore(KarFrame *frame, PetscReal t);

static inline PetscReal kar_frame_a(const KarFrame *frame, PetscInt i)
{
  return frame->am ? frame->am[i] : frame->a;
}

static inline PetscReal kar_frame_s(const KarFrame *frame, PetscInt i)
{
  return frame->sm ? frame->sm[i] : frame->s;
}
