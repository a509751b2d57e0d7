/* Variables that follow from others of a law, point by point: files of draws hold them too. A header of the room data. Level 5. */
#pragma once

#include <karhunen/dataset.h>

typedef struct {
  const char *from;                                                  /* the variable that it follows from, */
  PetscInt    components;                                            /* and how many components that has */
  const char *name, *units, *long_name;                              /* of the new one, of one component */
  PetscErrorCode (*compute)(Vec from, Vec to);                       /* not collective */
  PetscErrorCode (*attributes)(KarDataset data, const PetscInt n[]); /* collective; what a file that holds it says besides; may be NULL */
} KarDerived;

/* Not collective; cannot fail. What follows from a variable of this name and number of components; NULL: nothing. */
const KarDerived *kar_derived(const char variable[], PetscInt components);
