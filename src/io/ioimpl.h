/* What the files of src/io share. */
#pragma once

#include <karhunen/impl/h5.h>
#include <stdio.h>
#include <string.h>
#define XXH_STATIC_LINKING_ONLY
#include <xxhash.h>

/* Not collective. Takes the lock of `path`: its file descriptor, or -1 and the reason, with who has it and how to break it. */
int kar_lock_take(const char lock[], const char path[], size_t size, char why[]);
