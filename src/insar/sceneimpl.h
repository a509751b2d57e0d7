/* What the readers of scenes share. */
#pragma once

#include <karhunen/scene.h>
#include <stdio.h>
#include <string.h>

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
