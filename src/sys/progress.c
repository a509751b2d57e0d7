/* Progress with time left, and the wish to stop. */
#include "sysimpl.h"

#include <petsctime.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

PetscBool kar_progress_quiet = PETSC_FALSE;
PetscBool kar_stopped        = PETSC_FALSE;

static volatile sig_atomic_t stop_signal;
static PetscLogDouble        deadline; /* 0: none */

struct _p_KarProgress {
  char           title[64];
  PetscInt       total, things; /* steps in all; what they are of, in all */
  PetscBool      shown;         /* by this rank */
  PetscBool      terminal;
  PetscLogDouble start, last;
};

static void OnSignal(int signal)
{
  stop_signal = signal;
}

/* Open MPI's mpirun, asked to end, sends SIGCONT, a second later SIGTERM, a second later SIGKILL: it is the parent. */
static void OnContinue(int signal, siginfo_t *from, void *context)
{
  (void)context;
  if (from->si_code == SI_USER && from->si_pid == getppid()) stop_signal = signal;
}

void kar_watch_signals(PetscReal max_time)
{
  struct sigaction action = {.sa_handler = OnSignal}, resumed = {.sa_sigaction = OnContinue, .sa_flags = SA_SIGINFO};
  PetscLogDouble   now;

  if (getenv("OMPI_UNIVERSE_SIZE")) sigaction(SIGCONT, &resumed, NULL);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGUSR1, &action, NULL);
  (void)signal(SIGXFSZ, SIG_IGN); /* a file too large is an error of the write that makes it so */
  PetscTime(&now);
  deadline = max_time > 0 ? now + max_time : 0;
}

PetscBool kar_stop_wished(void)
{
  PetscLogDouble now = 0;

  if (deadline > 0) (void)PetscTime(&now);
  return stop_signal || (deadline > 0 && now > deadline) ? PETSC_TRUE : PETSC_FALSE;
}

PetscErrorCode KarStopRequested(MPI_Comm comm, PetscBool *stop)
{
  int wish = kar_stop_wished() ? 1 : 0;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &wish, 1, MPI_INT, MPI_LOR, comm));
  *stop = wish ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarStopped(MPI_Comm comm, const char text[])
{
  PetscFunctionBegin;
  kar_stopped = PETSC_TRUE;
  PetscCall(PetscPrintf(comm, "stopped: %s\n", text));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarProgressCreate(MPI_Comm comm, const char title[], PetscInt total, KarProgress *progress)
{
  int rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(PetscNew(progress));
  PetscCall(PetscStrncpy((*progress)->title, title, sizeof((*progress)->title)));
  (*progress)->total = (*progress)->things = total;
  (*progress)->shown                       = (PetscBool)(rank == 0 && !kar_progress_quiet);
  (*progress)->terminal                    = (PetscBool)isatty(STDERR_FILENO);
  PetscCall(PetscTime(&(*progress)->start));
  (*progress)->last = (*progress)->start;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* "1 h 02 min", "3 min 20 s", "4.2 s" */
static void FormatTime(double seconds, size_t size, char text[])
{
  if (seconds >= 3600) (void)snprintf(text, size, "%d h %02d min", (int)(seconds / 3600), (int)(seconds / 60) % 60);
  else if (seconds >= 60) (void)snprintf(text, size, "%d min %02d s", (int)(seconds / 60), (int)seconds % 60);
  else (void)snprintf(text, size, "%.1f s", seconds);
}

PetscErrorCode KarProgressCount(KarProgress progress, PetscInt things)
{
  PetscFunctionBegin;
  progress->things = things;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarProgressUpdate(KarProgress progress, PetscInt done, const char note[])
{
  const double   every = progress->terminal ? 0.5 : 10;
  PetscBool      last  = (PetscBool)(done >= progress->total);
  PetscLogDouble now;
  double         spent;
  char           time[32];

  PetscFunctionBegin;
  if (!progress->shown) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscTime(&now));
  if (!last && now - progress->last < every) PetscFunctionReturn(PETSC_SUCCESS);
  progress->last = now;
  spent          = now - progress->start;
  FormatTime(last || !done ? spent : spent * (double)(progress->total - done) / (double)done, sizeof(time), time);
  fprintf(stderr, "%s%s  %" PetscInt_FMT "/%" PetscInt_FMT "  %s %s%s%s%s", progress->terminal ? "\r\033[K" : "",
          progress->title, (PetscInt)((double)done / (double)PetscMax(1, progress->total) * (double)progress->things),
          progress->things, last ? "in" : "left", time, note ? "  " : "", note ? note : "",
          progress->terminal && !last ? "" : "\n");
  fflush(stderr);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarProgressDestroy(KarProgress *progress)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(*progress));
  PetscFunctionReturn(PETSC_SUCCESS);
}
