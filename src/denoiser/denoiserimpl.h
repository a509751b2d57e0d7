/* What the files of the denoiser share: evaluation and training loss (denoise.c), life (denoiser.c), model files
   (model.c). */
#pragma once

#include "calibration.h"
#include "frame.h"
#include "shells.h"
#include "told.h"

#include <karhunen/implicit.h>

/* Of a model that does not say another. Its root is the amplitude that the network's grid may lack. */
#define KAR_RESOLVE 1e-10

extern const char *const kar_gains[]; /* names of a Gain */
typedef enum { GAIN_MODEWISE, GAIN_SCALAR, GAIN_ROUGH, GAIN_WHITE } Gain;

struct _p_KarDenoiser {
  char           prefix[64];
  PetscInt       references;
  PetscBool      ready;
  KarCheckpoint  file;     /* that it comes from, until its weights are read; NULL: none */
  KarFrame       frame;    /* on the grid of the fields */
  KarGridInfo    training; /* of the training grid: its sizes, lengths, basis and components; the ranks of `frame` */
  KarShells      shells;   /* its modes */
  KarFFT         fft;      /* of frame; borrowed */
  KarFFT         net_fft;  /* of the network's grid; owned reference */
  char          *resolved; /* [modes]: whether the network's grid has this mode of the frame; NULL: all; owned */
  KarResample    up, down; /* NULL when the network's grid is that of the fields */
  KarNet         network;
  KarFieldLabel  label;
  Gain           gain;
  PetscInt       coarse[3];    /* of an octave, points of the grid whose modes are not its own; 0: none */
  PetscReal      see[3];       /* of an octave: the three gains of the coarser field are over these (octave.c) */
  PetscInt       finer;        /* octaves that it is taken for beyond its own (KarDenoiserReadFiner()) */
  PetscInt       octave;       /* channels of it: 3 dof, one more with an amplitude, or 0 */
  PetscBool      local;        /* an octave's gains follow the amplitude of the octave before it (amplitude.c) */
  PetscReal      amplitude[2]; /* q and p */
  PetscReal      noisiness;    /* of an octave: mean of lambda/C over its modes */
  PetscBool      bounded;      /* an octave's answer is bounded (bound.c) */
  PetscBool      conditioned;  /* x of sample 0 has the channels of KarDenoiserSetCondition() */
  KarTold        told;
  KarImplicit    decoder;    /* of latents; NULL: none; owned */
  PetscInt       conditions; /* channels of an octave and of maps */
  PetscReal      oversample;
  PetscReal      resolve; /* share of its fields' variance that the network's grid may lack; 0: it is the fields' own */
  PetscReal      trace;   /* tr C on the training grid, one component */
  PetscReal      trace_input; /* tr P there; P, the spectrum of the network's fields: kar_denoiser_power() */
  PetscReal     *mean;        /* [dof] */
  PetscReal     *ends[2];     /* of bridges: means of both laws, [dof]; owned; `mean` is then 0 */
  KarCalibration calibration;
  PetscInt       dof, channels, points; /* components; inputs of F; points of the network's slab */
  PetscInt       batch;                 /* room below, in samples */
  float         *x, *y, *dy;            /* [batch][points][channels + conditions], [batch][points][dof] twice */
  Vec            work;                  /* coordinates on `fft`, of a residual; NULL before the first loss */
  Vec            net;                   /* coordinates on net_fft; NULL when the two grids are one */
  PetscReal     *times;                 /* [batch][1 + numbers] c_noise, and the numbers that it is told */
  Vec    raw, turned; /* of a transposed derivative with gains by energy: D before them, v behind; NULL likewise */
  float *dx;          /* [points][channels + conditions] of a transposed derivative; NULL before the first */
  Vec    tangent;     /* coordinates on `fft`, likewise */
  struct {
    KarNet     network; /* with the weights of the other; NULL before the first loss on a patch; owned */
    PetscInt   points, reach, n[3], inner[3]; /* of the patch along an axis; beyond it; of the box; of the patch */
    KarFFT     fft;                           /* of the box */
    Vec        work;                          /* its coordinates */
    char      *own;                           /* [modes] whether it is one of the denoiser's */
    PetscReal *window[3];                     /* of each axis */
    PetscReal *slope;                         /* [points of the box] */
    PetscInt   batch;                         /* room below, in samples */
    float     *x, *y, *dy;                    /* on the box */
  } patch;
  struct {
    PetscReal        t;
    Vec              x; /* borrowed; NULL: no forward pass is kept */
    PetscObjectState state;
  } kept;
};

/* Collective. Of an octave: the gains of what its network sees, and how many channels that takes; nothing else. */
PetscErrorCode KarDenoiserSetUpOctave_Private(KarDenoiser d);
/* Collective. The three fields of coordinates x that an octave's network sees, the first of `stride` channels each;
   work is overwritten. */
PetscErrorCode KarDenoiserSee_Private(KarDenoiser d, Vec x, Vec work, PetscInt stride, float to[]);

/* What an octave's amplitude makes of a point of sample b, whose channels are filled, at the frame's time: its inputs
   times `seen`, its answer times `answer`, and `linear` times the noisy octave. */
typedef struct {
  float seen, linear, answer;
} KarAmplitude;
KarAmplitude kar_denoiser_amplitude(const struct _p_KarDenoiser *d, PetscInt b, PetscInt point);
/* Not collective, at set-up: an amplitude is of an octave. */
PetscErrorCode KarDenoiserSetUpAmplitude_Private(KarDenoiser d);
/* Collective. Of what an octave's network sees, the octaves over A and log A behind them; work is overwritten. */
PetscErrorCode KarDenoiserSeeAmplitude_Private(KarDenoiser d, Vec work, PetscInt stride, float see[]);
/* Collective. v, [points][dof], becomes its mean over a Gaussian of two grid spacings; work is overwritten. */
PetscErrorCode KarDenoiserSmooth_Private(KarDenoiser d, Vec work, float v[]);
/* Collective. energy, [points][dof], each component the same: that mean of the mean square of the first dof of `stride`
   channels; it may be `of` itself. work is overwritten. */
PetscErrorCode KarDenoiserEnergy_Private(KarDenoiser d, Vec work, PetscInt stride, const float of[], float energy[]);
/* Not collective. Each mode of x over its deviation, where the octave has it, else 0. */
PetscErrorCode KarDenoiserWhiten_Private(KarDenoiser d, Vec x);
/* Not collective. Inputs, and the answer, of sample b, by an amplitude; the answer `bounded` where it may be. */
PetscErrorCode KarDenoiserScaleInputs_Private(KarDenoiser d, PetscInt b);
PetscErrorCode KarDenoiserScaleAnswer_Private(KarDenoiser d, PetscInt b, PetscBool bounded);

/* Collective, at set-up of an octave: its noisiness, and whether its answer is bounded. */
PetscErrorCode KarDenoiserSetUpBound_Private(KarDenoiser d);
/* Not collective; cannot fail. The bound at the frame's time, and an answer F to the noisy octave u under it. */
typedef struct {
  PetscReal a, s, root;
} KarBound;
KarBound kar_denoiser_bound(const struct _p_KarDenoiser *d);
float    kar_bound(const KarBound *bound, PetscReal u, float F);

/* Collective, at set-up, once there is the network's grid. */
PetscErrorCode KarDenoiserSetUpConditions_Private(KarDenoiser d);
/* Collective. Map `condition` of slot `slot`. */
PetscErrorCode KarDenoiserPutMap_Private(KarDenoiser d, PetscInt condition, PetscInt slot, Vec x);
/* Not collective. Numbers and maps of slot b into the network's inputs. */
PetscErrorCode KarDenoiserFillConditions_Private(KarDenoiser d, PetscInt b);
PetscErrorCode KarDenoiserSaveConditions_Private(KarDenoiser d, KarCheckpoint file);
PetscErrorCode KarDenoiserLoadConditions_Private(KarDenoiser d, KarCheckpoint file);
PetscErrorCode KarDenoiserViewConditions_Private(KarDenoiser d, PetscViewer viewer);
PetscErrorCode KarDenoiserDestroyConditions_Private(KarDenoiser d);
/* Collective. The mean of a field given its maps: at set-up; of slot `slot`, forgotten, from coordinates of map i, and
   then for KarDenoiserGetExpected(); taken off x at the frame's time, which is x itself where there is none; and added
   to D. */
PetscErrorCode KarDenoiserSetUpRegression_Private(KarDenoiser d);
PetscErrorCode KarDenoiserForget_Private(KarDenoiser d, PetscInt slot);
PetscErrorCode KarDenoiserFollow_Private(KarDenoiser d, PetscInt slot, PetscInt i, Vec map);
PetscErrorCode KarDenoiserExpect_Private(KarDenoiser d, PetscInt slot);
PetscErrorCode KarDenoiserCentre_Private(KarDenoiser d, PetscInt b, Vec x, Vec *centred);
PetscErrorCode KarDenoiserUncentre_Private(KarDenoiser d, PetscInt b, Vec D);
PetscErrorCode KarDenoiserSaveRegression_Private(KarDenoiser d, KarCheckpoint file);
PetscErrorCode KarDenoiserLoadRegression_Private(KarDenoiser d, KarCheckpoint file);
PetscErrorCode KarDenoiserViewRegression_Private(KarDenoiser d, PetscInt i, PetscViewer viewer);
PetscErrorCode KarDenoiserDestroyRegression_Private(KarDenoiser d);

/* Not collective. The spectrum P of F's fields at a mode: the noise's where gains are rough, 1 where they are white,
   else the data's. */
static inline PetscReal kar_denoiser_power(const struct _p_KarDenoiser *d, PetscReal C, PetscReal lambda)
{
  if (d->gain == GAIN_WHITE) return C > 0 ? 1 : 0;
  return d->gain == GAIN_ROUGH ? lambda : C;
}

#define KarDenoiserCheckReady(d, name)                                                                                 \
  PetscCheck((d)->ready, PETSC_COMM_SELF, PETSC_ERR_ORDER, name "() needs KarDenoiserSetUp() before it")
