/* Interferometric phase: ground deformation, atmosphere, decorrelation, as a radar satellite sees them. Level 4.
   Lengths in m, angles in rad; east, north, up. */
#pragma once

#include <karhunen/fft.h>
#include <karhunen/scene.h>
#include <karhunen/stats.h>

/* --- Sources of deformation in an elastic half-space: kernels, cannot fail ------------------------------------------
   */
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

/* --- Simulated interferograms
   ------------------------------------------------------------------------------------------ */
typedef struct _p_KarInsar *KarInsar;

/* phase = wrap(-4 pi/wavelength deformation + turbulence + stratified + ramp + noise) */
typedef enum {
  KAR_INSAR_PHASE,
  KAR_INSAR_WAVE,
  KAR_INSAR_DEFORMATION,
  KAR_INSAR_TURBULENCE,
  KAR_INSAR_STRATIFIED,
  KAR_INSAR_RAMP,
  KAR_INSAR_NOISE,
  KAR_INSAR_TOPOGRAPHY,
  KAR_INSAR_COHERENCE,
  KAR_INSAR_SCENE,
  KAR_INSAR_FIELDS
} KarInsarField;
typedef struct {
  const char *name, *units, *long_name;
  PetscInt    components;
} KarInsarFieldInfo;
PETSC_EXTERN const KarInsarFieldInfo KarInsarFieldInfos[KAR_INSAR_FIELDS];

/* Collective. Numbers come from -insar_*. */
PETSC_EXTERN PetscErrorCode KarInsarCreate(MPI_Comm comm, KarInsar *insar);
PETSC_EXTERN PetscErrorCode KarInsarSetOptionsPrefix(KarInsar insar, const char prefix[]);
PETSC_EXTERN PetscErrorCode KarInsarSetFromOptions(KarInsar insar);
/* Collective. Scenes on a plane grid on the communicator of insar, lengths in m, row 0 in the north. */
PETSC_EXTERN PetscErrorCode KarInsarSetUp(KarInsar insar, KarGrid grid);
/* Collective. The scene named by key; entries that are NULL are not filled. Each is [ln][n1][components]. The noise is
   that of a pixel, whatever its size, unless -insar_noise_length gives it one; everything else agrees between grids on
   one box. */
PETSC_EXTERN PetscErrorCode KarInsarSample(KarInsar insar, KarKey key, Vec fields[KAR_INSAR_FIELDS]);
/* Not collective. m. */
PETSC_EXTERN PetscErrorCode KarInsarGetWavelength(KarInsar insar, PetscReal *wavelength);
PETSC_EXTERN PetscErrorCode KarInsarDestroy(KarInsar *insar);

/* A field `scene` is what an interferogram is made of: the unwrapped phase without noise, in cycles, and log(gamma/(1
   - gamma)) of the coherence gamma, which is at least KAR_INSAR_DARK; below its half way to the lowest that is not,
   gamma is 0, as on the sea. */
#define KAR_INSAR_DARK 0.05
/* Not collective; cannot fail. */
PetscReal kar_coherence_logit(PetscReal gamma);
PetscReal kar_logit_coherence(PetscReal z);
/* Not collective. The interferogram of a field `scene` on a slab of the grid: wave[2] is the cosine and sine of its
   phase, with the error of
   `looks` averaged looks at each pixel's coherence; a function of the key and the pixel's place. */
PETSC_EXTERN PetscErrorCode KarSceneWave(const KarGridInfo *info, KarKey key, PetscInt looks, Vec scene, Vec wave);

/* --- Patches of a measured scene
   ------------------------------------------------------------------------------------------ */
typedef struct _p_KarPatches *KarPatches;

/* The scene is cut in two along its columns: a patch lies in one area, so train and test patches share no pixel. */
typedef enum { KAR_AREA_ALL, KAR_AREA_TRAIN, KAR_AREA_TEST } KarArea;

PETSC_EXTERN PetscErrorCode KarPatchesCreate(MPI_Comm comm, KarPatches *patches);
PETSC_EXTERN PetscErrorCode KarPatchesSetOptionsPrefix(KarPatches patches, const char prefix[]);
/* Collective. Reads the scene: -scene FILE, -scene_* (KarSceneOptionsRead), -scene_looks, -scene_area, -scene_test,
   -scene_least. */
PETSC_EXTERN PetscErrorCode KarPatchesSetFromOptions(KarPatches patches);
/* Not collective. Height and width of a pixel in m; 1 without a place. A degree is 111,320 m, shorter to the poles
   along x. */
PETSC_EXTERN PetscErrorCode KarPatchesGetPixel(KarPatches patches, PetscReal pixel[2]);
/* Collective. For patches of the grid's n[2] points; an error when none has enough valid pixels. */
PETSC_EXTERN PetscErrorCode KarPatchesSetUp(KarPatches patches, KarGrid grid);
/* Not collective. Rows and columns of the patch named by key: first[2]. */
PETSC_EXTERN PetscErrorCode KarPatchesLocate(KarPatches patches, KarKey key, PetscInt first[2]);
/* Not collective. Fields of that patch on the grid's slab, [ln][n1][components]: phase, cosine and sine, mask (1 or
   0); any may be NULL. Where there is no measurement all are 0. */
PETSC_EXTERN PetscErrorCode KarPatchesSample(KarPatches patches, KarKey key, Vec phase, Vec wave, Vec mask);
/* Not collective. Borrowed. Positions that a patch may have. */
PETSC_EXTERN PetscErrorCode KarPatchesGetScene(KarPatches patches, const KarScene **scene, PetscInt *positions);
PETSC_EXTERN PetscErrorCode KarPatchesDestroy(KarPatches *patches);
/* Not collective; cannot fail. Averages looks x looks pixels of exp(i phase): a pixel is valid when half of them are.
   The scene shrinks in place. */
void kar_scene_multilook(KarScene *scene, PetscInt looks);
/* Collective. Attributes by which MintPy opens a file of n[2] pixels: scene may be NULL; row and column are those of
   the first pixel in it. */
PETSC_EXTERN PetscErrorCode KarDatasetPutMintPy(KarDataset data, const PetscInt n[2], PetscReal wavelength,
                                                const KarScene *scene, const PetscInt first[2]);
