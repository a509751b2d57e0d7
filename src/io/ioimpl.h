/* What the files of src/io share. */
#pragma once

#include <karhunen/io.h>
#include <hdf5.h>
#include <stdio.h>
#include <string.h>
#define XXH_STATIC_LINKING_ONLY
#include <xxhash.h>

/* "1.5 GiB" */
void kar_bytes_text(PetscInt64 bytes, size_t size, char text[]);

/* Not collective. Quiets HDF5's own messages; call before the first use of HDF5. */
void kar_h5_start(void);
/* Not collective. Attributes of an object: fixed-length ASCII strings, scalars. A second one replaces the first. False on failure. */
PetscBool kar_h5_put_string(hid_t object, const char name[], const char value[]);
PetscBool kar_h5_put_scalar(hid_t object, const char name[], hid_t file_type, hid_t memory_type, const void *value);
/* Not collective. False when there is none or it cannot be read as that. */
PetscBool kar_h5_get_string(hid_t object, const char name[], size_t size, char value[]);
PetscBool kar_h5_get_scalar(hid_t object, const char name[], hid_t memory_type, void *value);
/* Collective. Title, history, source, options, ranks on the root of a file that all of comm have open. */
PetscErrorCode KarH5PutProvenance(MPI_Comm comm, hid_t file, PetscInt ranks, const char title[]);
/* Not collective. Opens for reading; what is wrong is said in why: missing, not HDF5, truncated. Negative on failure. */
hid_t kar_h5_open(const char path[], size_t size, char why[]);

/* --- Readers of scenes: each runs on one rank, fills size, phase as the file has it, validity and place, and says in why[]
   what is wrong when it returns false. ------------------------------------------------------------------------------ */
#define KAR_WHY     512
#define Refuse(...) return (void)snprintf(why, KAR_WHY, __VA_ARGS__), PETSC_FALSE

typedef PetscBool KarSceneReader(const char path[], const KarSceneOptions *options, KarScene *scene, char why[KAR_WHY]);

KarSceneReader kar_scene_geotiff, kar_scene_raw, kar_scene_mintpy;

/* Room for phase and valid of scene->n pixels, their values unset. */
PetscBool kar_scene_allocate(const char path[], PetscInt64 rows, PetscInt64 columns, KarScene *scene,
                             char why[KAR_WHY]);
/* Every pixel is a measurement, its phase as the file has it. */
void kar_scene_put_real(KarScene *scene);
/* One complex pixel: its argument; zero is no measurement. */
void kar_scene_put_complex(KarScene *scene, PetscInt i, float re, float im);
/* The place, unless a pixel has no size; its unit is "degrees" when the numbers can be longitude and latitude. */
void kar_scene_put_place(KarScene *scene, const PetscReal first[2], const PetscReal step[2]);
/* Not collective. For H5DSiterate_scales(): opens the first scale of an axis; the caller closes it. */
herr_t kar_h5_first_scale(hid_t array, unsigned d, hid_t scale, void *found);
