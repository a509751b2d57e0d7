/* What the files of simulated interferograms share: ranges and numbers of a scene, the long box, a source. */
#pragma once

#include <karhunen/covariance.h>
#include <karhunen/insar.h>

/* What is drawn for each scene: uniform between two ends, or uniform in the logarithm. */
enum { PEAK, DEPTH, SIZE, RMS, RELIEF, LEVEL, DELAY, RAMP, INCIDENCE, COHERENCE, RANGES };

/* Numbers of key.step: what a random number is for. */
enum { STEP_TURBULENCE, STEP_TOPOGRAPHY, STEP_COHERENCE, STEP_NOISE, STEP_NUMBER, STEP_POWER, STEP_COSINE, STEP_SINE };
/* Numbers beside the ranges. */
enum { KIND = RANGES, SIGN, EAST, NORTH, STRIKE, DIP, RAKE, WIDTH, PASS, OFFSET, RAMP_X, RAMP_Y };

typedef enum { MOGI, DIKE, SILL, FAULT, KINDS } Kind;

/* A periodic box twice as long as the scene, from which stationary fields are cut. */
typedef struct {
  KarGridInfo info; /* of the scene */
  PetscReal   half; /* of a pixel: the first point's place; 0 on a periodic grid */
  KarFFT      fft;
  Vec         coordinates, whole, cut; /* on the box; its field; the part that is the scene */
  VecScatter  scatter;
  PetscReal  *turn; /* cos, sin of k.(half a pixel) for each mode of the box */
} LongBox;

typedef struct _p_KarInsar {
  char        prefix[64];
  PetscBool   fromoptions; /* KarInsarSetFromOptions() was called: its covariances, made at set-up, read theirs too */
  KarGridInfo info;
  LongBox     box;
  KarCov      turbulence, topography, cover; /* of variance 1 */
  KarCov      speckle;                       /* too, or NULL: noise that is independent in pixels */
  PetscReal   range[RANGES][2], wavelength, scale_height, nu;
  PetscReal   footprint; /* length of the noise, m; 0: a pixel */
  PetscInt    looks, nkinds, kind[KINDS], pass;
  PetscBool   with[KAR_INSAR_FIELDS], sea;
} Insar;

/* Its strength is 1. */
typedef struct {
  Kind      kind;
  KarMogi   mogi;
  KarOkada  okada;
  PetscReal los[3], nu;
} Source;

/* Collective. */
PetscErrorCode KarLongBoxCreate(const KarGridInfo *scene, LongBox *box);
/* Collective. A field of N(0, cov) on the scene, into out (local); cov is on the box's modes. */
PetscErrorCode KarLongBoxDraw(LongBox *box, KarCov cov, KarKey key, PetscInt step, PetscReal out[]);
PetscErrorCode KarLongBoxDestroy(LongBox *box);

/* Not collective; none can fail. A uniform number in (0, 1) that only `which` uses; a number between two ends; one of
   the ranges. */
PetscReal kar_insar_uniform(KarKey key, int which);
PetscReal kar_insar_between(const PetscReal ends[2], PetscBool logarithmic, PetscReal u);
PetscReal kar_insar_draw(KarInsar insar, KarKey key, int range);

/* Not collective; neither can fail. The source of the scene named by key; its displacement towards the satellite on
   the slab. */
void kar_insar_source(KarInsar insar, KarKey key, Source *source);
void kar_insar_deformation(KarInsar insar, KarKey key, const Source *source, PetscReal out[]);
