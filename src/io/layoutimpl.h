/* What the files that understand an array of others share. */
#pragma once

#include "datasetimpl.h"

/* Not collective. Names and roles of the axes, as far as names tell. */
void kar_layout_name(hid_t array, KarLayout *layout);
/* Not collective. For an array without names: coordinates of its axes that lie beside it as arrays (x-coordinate, lat),
 * or in /dimensions. */
PetscBool kar_layout_beside(hid_t array, const char path[], KarLayout *layout);
