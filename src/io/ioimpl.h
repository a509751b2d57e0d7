/* What the files of src/io share. */
#pragma once

#include <karhunen/impl/h5.h>
#include <stdio.h>
#include <string.h>
#define XXH_STATIC_LINKING_ONLY
#include <xxhash.h>

/* Not collective. Takes the lock of `path`: its file descriptor, or -1 and the reason, with who has it and how to
   break it. */
int kar_lock_take(const char lock[], const char path[], size_t size, char why[]);
/* Not collective. Samples that a killed run has left whole in path.part; 0 when it is no data set. */
PetscInt kar_journal_whole(const char path[]);
/* Not collective. path.part stays when the output is given up. */
void kar_output_keep(KarOutput output, PetscBool keep);
/* Collective. Appends the seal to a file that is written. */
PetscErrorCode KarSealPut(MPI_Comm comm, const char part[]);
