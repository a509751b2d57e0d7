/* The lock of an output: a file with "host pid start job restarts", held with flock() while its owner lives.  What a
   process that is gone has left is taken over; that of another host is not, since nobody here can tell, unless it is of
   this Slurm job before it was queued again. */
#include "ioimpl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void Host(size_t size, char host[])
{
  if (gethostname(host, size)) (void)snprintf(host, size, "unknown");
  host[size - 1] = 0;
}

/* When a process began, in ticks since the machine did; 0 for one that is no more, a zombie too. */
static unsigned long long StartOf(long pid)
{
  char               path[64], text[512] = "", state = 'Z';
  const char        *after;
  unsigned long long start = 0;
  FILE              *file;

  (void)snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
  file = fopen(path, "r");
  if (!file) return 0;
  if (!fgets(text, sizeof(text), file)) text[0] = 0;
  (void)fclose(file);
  after = strrchr(text, ')'); /* the name before it may hold anything */
  if (!after || sscanf(after, ") %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu",
                       &state, &start) < 2)
    return 0;
  return state == 'Z' || state == 'X' ? 0 : start;
}

static const char *Job(void)
{
  const char *const names[] = {"SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID"};

  for (int i = 0; i < 3; i++)
    if (getenv(names[i]) && !strchr(getenv(names[i]), ' ')) return getenv(names[i]);
  return "-";
}

/* How often Slurm has started this job again. */
static long Restarts(void)
{
  const char *text = getenv("SLURM_RESTART_COUNT");

  return text ? strtol(text, NULL, 10) : 0;
}

static void Age(int fd, size_t size, char text[])
{
  struct stat there;
  double      hours = fstat(fd, &there) ? 0 : difftime(time(NULL), there.st_mtime) / 3600;

  if (hours < 1) (void)snprintf(text, size, "%.0f min", 60 * hours);
  else (void)snprintf(text, size, hours < 48 ? "%.0f h" : "%.0f days", hours < 48 ? hours : hours / 24);
}

/* Does the lock behind fd belong to a process that may live? Says whose it is. */
static PetscBool LockIsAlive(int fd, size_t size, char owner[])
{
  char               text[420] = "", host[256] = "", here[256], job[64] = "-", age[32];
  long               pid = 0, restarts = 0;
  unsigned long long start = 0, now;
  ssize_t            got   = pread(fd, text, sizeof(text) - 1, 0);

  if (got < 0) got = 0;
  text[got] = 0;
  if (sscanf(text, "%255s %ld %llu %63s %ld", host, &pid, &start, job, &restarts) <
      2) { /* its owner has not signed yet, or died before it could */
    (void)snprintf(owner, size, "an unknown process");
    return PETSC_FALSE;
  }
  Host(sizeof(here), here);
  Age(fd, sizeof(age), age);
  (void)snprintf(owner, size, "process %ld on %s%s%s%s, for %s", pid, strcmp(host, here) ? "the other host " : "", host,
                 strcmp(job, "-") ? ", job " : "", strcmp(job, "-") ? job : "", age);
  if (strcmp(host, here))
    return strcmp(job, "-") && !strcmp(job, Job()) && restarts < Restarts() ? PETSC_FALSE : PETSC_TRUE;
  now = StartOf(pid);
  return now && (!start || now == start) ? PETSC_TRUE : PETSC_FALSE; /* else its number is another's by now */
}

int kar_lock_take(const char lock[], const char path[], size_t size, char why[])
{
  char host[256], owner[512];

  for (int trial = 0; trial < 100; trial++) {
    struct stat mine, there;
    int         fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0644);

    if (fd < 0) {
      (void)snprintf(why, size, "%s cannot be written: %s", path, strerror(errno));
      return -1;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK) {
      (void)LockIsAlive(fd, sizeof(owner), owner);
      (void)snprintf(why, size, "%s is being written by %s: wait for it, or give another name", path, owner);
      (void)close(fd);
      return -1;
    }
    if (fstat(fd, &mine) || stat(lock, &there) || mine.st_ino != there.st_ino) { /* its owner has just removed it */
      (void)close(fd);
      continue;
    }
    if (mine.st_size && LockIsAlive(fd, sizeof(owner), owner)) {
      (void)snprintf(why, size, "%s is locked by %s: if that process no longer runs, remove %s", path, owner, lock);
      (void)close(fd);
      return -1;
    }
    Host(sizeof(host), host);
    if (ftruncate(fd, 0) ||
        dprintf(fd, "%s %ld %llu %s %ld\n", host, (long)getpid(), StartOf((long)getpid()), Job(), Restarts()) < 0) {
      (void)snprintf(why, size, "%s cannot be written: %s", lock, strerror(errno));
      (void)unlink(lock);
      (void)close(fd);
      return -1;
    }
    return fd;
  }
  (void)snprintf(why, size, "%s cannot be locked: others keep taking %s", path, lock);
  return -1;
}
