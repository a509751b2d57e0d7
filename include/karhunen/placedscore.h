/* Values at places as a score. A header of the room score. Level 6. */
#pragma once

#include <karhunen/placed.h>
#include <karhunen/score.h>

/* Collective. On the line of the set's pencil; the set must live longer. */
PETSC_EXTERN PetscErrorCode KarScoreCreatePlaced(KarPlacedSet set, KarScore *score);
