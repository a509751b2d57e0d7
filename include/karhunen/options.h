/* Options: each call names an option, its meaning and its default (*value on entry), and reads it. A header of the room
   sys. Level 0. Collective in effect (every rank holds the same options). prefix may be NULL; name has no dash. A
   malformed value or one outside [min, max] is an error that names the option, the value and what is expected. Read
   options at set-up only. */
#pragma once

#include <petscsys.h>

/* A whole number, a number (NAN: none unless it is given), true or false, a text. */
PETSC_EXTERN PetscErrorCode KarOptionsInt(const char prefix[], const char name[], const char text[], PetscInt min,
                                          PetscInt max, PetscInt *value);
PETSC_EXTERN PetscErrorCode KarOptionsReal(const char prefix[], const char name[], const char text[], PetscReal min,
                                           PetscReal max, PetscReal *value);
PETSC_EXTERN PetscErrorCode KarOptionsBool(const char prefix[], const char name[], const char text[], PetscBool *value);
PETSC_EXTERN PetscErrorCode KarOptionsString(const char prefix[], const char name[], const char text[], size_t size,
                                             char value[]);
/* choices ends with NULL; *value is an index into it. */
PETSC_EXTERN PetscErrorCode KarOptionsChoice(const char prefix[], const char name[], const char text[],
                                             const char *const choices[], PetscInt *value);
/* Comma-separated. On entry *n is the room in value; on exit the number given, 0 when the option is absent. */
PETSC_EXTERN PetscErrorCode KarOptionsIntArray(const char prefix[], const char name[], const char text[], PetscInt min,
                                               PetscInt max, PetscInt *n, PetscInt value[]);
PETSC_EXTERN PetscErrorCode KarOptionsRealArray(const char prefix[], const char name[], const char text[],
                                                PetscReal min, PetscReal max, PetscInt *n, PetscReal value[]);
/* Not collective. Was the option given? */
PETSC_EXTERN PetscErrorCode KarOptionsGiven(const char prefix[], const char name[], PetscBool *given);
/* Not collective; cannot fail. "-name value" lines of the options named so far, given or by default, but those of
   `but`, without dash. */
PETSC_EXTERN void kar_options_list(const char *const but[], size_t size, char text[]);
/* Not collective; cannot fail. In which options two such lists differ: "-seed 1 there, 2 here; ..."; "" in none. */
PETSC_EXTERN void kar_options_differences(const char then[], const char now[], size_t size, char text[]);
/* Not collective; cannot fail. How many options have been named; and all but the first `known` are forgotten, after a
   run that was a trial. */
PETSC_EXTERN PetscInt kar_options_known(void);
PETSC_EXTERN void     kar_options_forget(PetscInt known);
/* Not collective. True when -help was given: set up, print, do no work, demand nothing. */
PETSC_EXTERN PetscBool KarOptionsHelping(void);
/* Collective. Prints every option named so far, two lines each. */
PETSC_EXTERN PetscErrorCode KarOptionsPrintHelp(MPI_Comm comm);
/* Collective. Runs `run`, which under -help sets up and prints; under -help all once for every choice of every option
   that has choices, so that the options of all types are printed, each with the choices that bring it. */
typedef PetscErrorCode      KarOptionsFn(MPI_Comm comm);
PETSC_EXTERN PetscErrorCode KarOptionsRun(MPI_Comm comm, KarOptionsFn *run);
/* Not collective. Are FFTW's plans measured, -fft_plan measure? */
PETSC_EXTERN PetscBool KarPlansMeasured(void);
/* Collective. Call after set-up and before work: an option that nobody has read stops the run and names the nearest
   one. */
PETSC_EXTERN PetscErrorCode KarOptionsCheck(MPI_Comm comm);
/* Collective. An error saying `otherwise` unless `given` or under -help; a mistyped option is named in its place. */
PETSC_EXTERN PetscErrorCode KarOptionsNeed(MPI_Comm comm, PetscBool given, const char otherwise[]);
