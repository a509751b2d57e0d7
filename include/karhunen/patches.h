/* Patches of a measured scene. A header of the room insar. Level 4. */
#pragma once

#include <karhunen/fft.h>
#include <karhunen/scene.h>

/* --- Patches of a measured scene
   ------------------------------------------------------------------------------------------ */
typedef struct _p_KarPatches *KarPatches;

/* The scene is cut in two along its columns: a patch lies in one area, so train and test patches share no pixel. */
typedef enum { KAR_AREA_ALL, KAR_AREA_TRAIN, KAR_AREA_TEST } KarArea;

/* Collective. Options are then -PREFIXscene and so on. */
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
