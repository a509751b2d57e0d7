/* What the readers of scenes share. */
#pragma once

#include <karhunen/scene.h>
#include <stdio.h>
#include <string.h>

/* --- Readers of scenes: each runs on one rank, fills size, phase as the file has it, validity and place, and says in
   why[] what is wrong when it returns false.
   ------------------------------------------------------------------------------ */
#define KAR_WHY     512
#define Refuse(...) return (void)snprintf(why, KAR_WHY, __VA_ARGS__), PETSC_FALSE

typedef PetscBool KarSceneReader(const char path[], const KarSceneOptions *options, KarScene *scene, char why[KAR_WHY]);

KarSceneReader kar_scene_geotiff, kar_scene_raw, kar_scene_mintpy;

/* What a header tells. Unset numbers are NaN. */
enum {
  KAR_RASTER_WIDTH,
  KAR_RASTER_ROWS,
  KAR_RASTER_X_FIRST,
  KAR_RASTER_Y_FIRST,
  KAR_RASTER_X_STEP,
  KAR_RASTER_Y_STEP,
  KAR_RASTER_X_CENTRE,
  KAR_RASTER_Y_CENTRE,
  KAR_RASTER_WAVELENGTH,
  KAR_RASTER_FREQUENCY,
  KAR_RASTER_BANDS,
  KAR_RASTER_OFFSET,
  KAR_RASTER_FACTS
};
typedef struct {
  double         fact[KAR_RASTER_FACTS];
  KarSceneFormat format; /* of a pixel; AUTO: not said, or of a type that is no phase */
  KarByteOrder   order;
  char type[16], scheme[4], name[PETSC_MAX_PATH_LEN + 8]; /* of pixels, of bands, in its words; of the header */
} KarRasterHeader;
/* Not collective. given: the header's name, or ""; false only when a given one cannot be read. */
PetscBool kar_raster_header(const char path[], const char given[], KarRasterHeader *header, char why[KAR_WHY]);

/* Room for phase and valid of scene->n pixels, their values unset. */
PetscBool kar_scene_allocate(const char path[], PetscInt64 rows, PetscInt64 columns, KarScene *scene,
                             char why[KAR_WHY]);
/* Every pixel is a measurement, its phase as the file has it. */
void kar_scene_put_real(KarScene *scene);
/* One complex pixel: its argument; zero is no measurement. */
void kar_scene_put_complex(KarScene *scene, PetscInt i, float re, float im);
/* The place, unless a pixel has no size; its unit is "degrees" when the numbers can be longitude and latitude. */
void kar_scene_put_place(KarScene *scene, const PetscReal first[2], const PetscReal step[2]);
