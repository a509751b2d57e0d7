/* Start and end, options, progress, stopping: what every room stands on. Level 0. */
#pragma once

#include <karhunen/log.h>
#include <karhunen/options.h>
#include <petscsys.h>

/* The one place that knows which PETSc we have. */
#if PETSC_VERSION_LT(3, 19, 0)
  #define PETSC_SUCCESS ((PetscErrorCode)0)
#endif

/* Collective. Starts MPI (if nobody has) and PETSc with the options of the command line, and makes every error one
   line. */
PETSC_EXTERN PetscErrorCode KarInitialize(int *argc, char ***argv);
PETSC_EXTERN PetscErrorCode KarFinalize(void);
/* Collective. The end of main(): finalises and returns the exit status of a run that ended with `code`. After an error
   that not every rank has met, the others are taken down. */
PETSC_EXTERN int KarFinish(PetscErrorCode code);
/* Not collective. "0.1.0", and "0.1.0 (commit)". */
PETSC_EXTERN const char *KarVersion(void);
PETSC_EXTERN const char *KarVersionFull(void);

/* Collective: `holds` must be the same on every rank of comm. When it does not hold: one line on one rank, non-zero
   exit. Say what is wrong with which value, and the remedy. */
#define KarCheck(comm, holds, code, ...)                                                                               \
  do {                                                                                                                 \
    if (PetscUnlikely(!(holds)))                                                                                       \
      return PetscError(comm, __LINE__, PETSC_FUNCTION_NAME, __FILE__, code, PETSC_ERROR_INITIAL, __VA_ARGS__);        \
  } while (0)
/* Collective. The same where each rank may see something else: the error of the lowest rank that has one is shown. */
#define KarCheckAny(comm, holds, code, ...)                                                                            \
  do {                                                                                                                 \
    char kar_text_[512];                                                                                               \
    (void)snprintf(kar_text_, sizeof(kar_text_), __VA_ARGS__);                                                         \
    PetscCall(KarShareError(comm, (holds) ? PETSC_TRUE : PETSC_FALSE, kar_text_, sizeof(kar_text_)));                  \
    KarCheck(comm, !kar_text_[0], code, "%s", kar_text_);                                                              \
  } while (0)
/* Collective. Empties text when `holds` on every rank; else text becomes that of the lowest rank where it does not. */
PETSC_EXTERN PetscErrorCode KarShareError(MPI_Comm comm, PetscBool holds, char text[], size_t size);
/* Not collective; cannot fail. Errors from now on begin with this text, as in "level 2: "; "": with none. */
PETSC_EXTERN void kar_errors_begin(const char text[]);

/* --- Threads -------------------------------------------------------------------------------------------------------
   Loops over modes and points share their work among the threads of a rank; MPI is called by one. Results do not
   depend on the number of threads but for the order of sums, and for one number are always the same bits. */
/* Not collective. -threads; without it OMP_NUM_THREADS, or 1 when that is not set. 1 in a build without OpenMP. */
int kar_threads(void);
/* Collective in effect. For networks and transforms created from now on. */
PETSC_EXTERN PetscErrorCode KarSetThreads(PetscInt n);
/* Not collective. Threads for a loop over n numbers: no more than have work for longer than it takes to call them. */
static inline int kar_threads_for(PetscInt n)
{
  return (int)PetscMax(1, PetscMin(n / 8192, kar_threads()));
}
/* Not collective. Thread t of `threads` does [*first, *end) of n things. */
static inline void kar_part(PetscInt n, int t, int threads, PetscInt *first, PetscInt *end)
{
  *first = (PetscInt)((PetscInt64)n * t / threads);
  *end   = (PetscInt)((PetscInt64)n * (t + 1) / threads);
}
