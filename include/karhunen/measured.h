/* Data of an observation: where they lie, how they are written. A header of the room observe. Level 5. */
#pragma once

#include <karhunen/observe.h>

/* Collective. The number of data. */
PETSC_EXTERN PetscErrorCode KarObservationGetSize(KarObservation obs, PetscInt *m);
/* Collective. Zero data, each on the rank whose slab holds its place. The caller destroys it. */
PETSC_EXTERN PetscErrorCode KarObservationCreateData(KarObservation obs, Vec *y);
/* Collective. Between a Vec of data and an array of all of them in their own order, the same on every rank. */
PETSC_EXTERN PetscErrorCode KarObservationSetData(KarObservation obs, PetscInt m, const PetscReal values[], Vec y);
PETSC_EXTERN PetscErrorCode KarObservationGatherData(KarObservation obs, Vec y, PetscReal values[]);
/* Collective. The values that came with the places (-obs_data); an error when there are none. */
PETSC_EXTERN PetscErrorCode KarObservationGetData(KarObservation obs, Vec y);
/* Collective. The two data of one place and component that are most standard deviations apart, by their noise (and
   offsets; phases but for whole turns); 0: no place has two, or data are not of places. */
PETSC_EXTERN PetscErrorCode KarObservationGetContradiction(KarObservation obs, Vec y, PetscInt pair[2],
                                                           PetscReal *apart);
/* Collective. Data as two fields: at points of the grid the mean of the data there, else 0; and 1 where there are
   data. Data that are not of places: the field of least norm that has them, and 1. What a conditional network sees. */
PETSC_EXTERN PetscErrorCode KarObservationEncode(KarObservation obs, Vec y, Vec values, Vec mask);
/* Logically collective; not collective. The unit of the field, as a file of data has it, or as KarObservationWrite()
   is to say it; "": not known, or the data have another (square, tanh, modes, phase, flow). */
PETSC_EXTERN PetscErrorCode KarObservationSetUnits(KarObservation obs, const char units[]);
PETSC_EXTERN PetscErrorCode KarObservationGetUnits(KarObservation obs, const char *units[]);
/* Collective. A CSV file with a header: places (of points, average, blur) by the coordinates of the grid's axes, values
   and noise. -obs_data reads it on any grid. */
PETSC_EXTERN PetscErrorCode KarObservationWrite(KarObservation obs, Vec y, const char path[]);
