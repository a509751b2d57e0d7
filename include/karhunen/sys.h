/* Start and end, options, progress, stopping: what every room stands on. Level 0. */
#pragma once

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

/* --- Options: each call names an option, its meaning and its default (*value on entry), and reads it. ---------------
   Collective in effect (every rank holds the same options). prefix may be NULL; name has no dash. A malformed value or
   one outside [min, max] is an error that names the option, the value and what is expected. Read options at set-up
   only. */
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

/* --- What -log_view tells apart -------------------------------------------------------------------------------------
   Not collective. An event, within its stage: "network" (passes over points, products with the modes' weights,
   exchange),
   "transforms", "noise", "update" (of state or weights), "input and output". Ends must nest. */
typedef enum {
  KAR_EVENT_FORWARD,
  KAR_EVENT_BACKWARD,
  KAR_EVENT_PASS,
  KAR_EVENT_MODES,
  KAR_EVENT_EXCHANGE,
  KAR_EVENT_TO_MODES,
  KAR_EVENT_TO_SPACE,
  KAR_EVENT_NOISE,
  KAR_EVENT_STEP,
  KAR_EVENT_ADAMW,
  KAR_EVENT_SUM,
  KAR_EVENT_READ,
  KAR_EVENT_WRITE,
  KAR_EVENTS
} KarEvent;
PETSC_EXTERN PetscErrorCode KarLogBegin(KarEvent event);
PETSC_EXTERN PetscErrorCode KarLogEnd(KarEvent event);

/* --- Progress and stopping -----------------------------------------------------------------------------------------
   */
typedef struct _p_KarProgress *KarProgress;
/* Collective. Rank 0 shows "title  done/total  rate  time left" on stderr, at most twice a second; silent with -quiet.
   */
PETSC_EXTERN PetscErrorCode KarProgressCreate(MPI_Comm comm, const char title[], PetscInt total, KarProgress *progress);
/* Not collective. The steps are of so many things, which are shown in their place. */
PETSC_EXTERN PetscErrorCode KarProgressCount(KarProgress progress, PetscInt things);
/* Not collective. note may be NULL; it is shown at the end of the line. */
PETSC_EXTERN PetscErrorCode KarProgressUpdate(KarProgress progress, PetscInt done, const char note[]);
PETSC_EXTERN PetscErrorCode KarProgressDestroy(KarProgress *progress);
/* Collective. True on every rank once SIGINT, SIGTERM or SIGUSR1 has come on any, or -max_time seconds are over. */
PETSC_EXTERN PetscErrorCode KarStopRequested(MPI_Comm comm, PetscBool *stop);
/* Not collective; cannot fail. The same on this rank alone, for loops without messages: ask KarStopRequested() after
   them. */
PETSC_EXTERN PetscBool kar_stop_wished(void);
/* Collective. Says on standard output how a run ends that was stopped and wrote what it could; KarFinish() then
   returns 3. */
#define KAR_EXIT_STOPPED 3
/* The code of a KarCheck() for a stop before there is anything to keep: KarFinish() says its text as KarStopped()
   does. */
#define KAR_ERR_STOPPED PETSC_ERR_USER
PETSC_EXTERN PetscErrorCode KarStopped(MPI_Comm comm, const char text[]);
