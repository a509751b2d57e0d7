/* What a run says of itself: events of -log_view, progress, stopping. A header of the room sys. Level 0. */
#pragma once

#include <petscsys.h>

/* Not collective. An event, within its stage: "network" (passes over points, products with the modes' weights,
   exchange), "transforms", "noise", "update" (of state or weights), "input and output". Ends must nest. */
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

/* Not collective; cannot fail. Counts bytes handed to other ranks by transforms, halos, networks, places and particles,
   but for sums over ranks; and says how many these are since the start, on this rank. */
PETSC_EXTERN void   kar_log_send(double bytes);
PETSC_EXTERN double kar_log_sent(void);

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
