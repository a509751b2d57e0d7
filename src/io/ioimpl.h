/* What the files of src/io share. */
#pragma once

#include <karhunen/impl/h5.h>
#include <stdio.h>
#include <string.h>
#define XXH_STATIC_LINKING_ONLY
#include <xxhash.h>
