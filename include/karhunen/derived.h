/* Variables that follow from others of a law, point by point: files of draws hold them too. A header of the room data.
   Level 5. */
#pragma once

#include <karhunen/dataset.h>
#include <karhunen/random.h>

typedef struct {
  const char *from;              /* the variable that it follows from, */
  PetscInt    components;        /* and how many components that has */
  const char *name;              /* of the new one, */
  PetscInt    has;               /* its components, */
  const char *units, *long_name; /* and what a file says of it */
  const char *option, *text;     /* a number that its law needs, or NULL: its option and help text, */
  PetscReal   value;             /* and what it is without the option */
  /* Not collective. On a slab; key: of the sample; value: of the option. */
  PetscErrorCode (*compute)(const KarGridInfo *info, KarKey key, PetscReal value, Vec from, Vec to);
  PetscErrorCode (*attributes)(
    KarDataset data, const PetscInt n[]); /* collective; what a file that holds it says besides; may be NULL */
} KarDerived;

/* Not collective; cannot fail. Number i of the variables that follow from one of this name and number of components;
   NULL: no more. */
const KarDerived *kar_derived(const char variable[], PetscInt components, PetscInt i);
