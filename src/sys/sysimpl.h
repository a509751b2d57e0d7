/* What the files of sys share. */
#pragma once

#include <karhunen/sys.h>

extern PetscBool kar_options_helping;
extern PetscBool kar_progress_quiet;
extern PetscBool kar_stopped;

/* Collective in effect. -threads. */
PETSC_INTERN PetscErrorCode KarThreadsFromOptions_Private(void);
/* Not collective. Names events and stages to PETSc; once. */
PETSC_INTERN PetscErrorCode KarRegisterEvents_Private(void);

/* Catches SIGINT, SIGTERM and SIGUSR1 from now on; max_time in seconds, 0 for never. */
void kar_watch_signals(PetscReal max_time);
