/* Runs of the program as children of the plan, with the memory and time that they took. */
#include "plan.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

void kar_plan_fail(const char format[], ...)
{
  va_list list;

  fflush(stdout);
  fprintf(stderr, "karhunen: error: ");
  va_start(list, format);
  vfprintf(stderr, format, list);
  va_end(list);
  fprintf(stderr, "\n");
  exit(1);
}

double kar_plan_points(int dim, const long n[], long share)
{
  double points = dim ? (double)((n[0] + share - 1) / share) : 1;

  for (int a = 1; a < dim; a++) points *= (double)n[a];
  return points;
}

static void Path(const Plan *plan, const char name[], size_t size, char path[])
{
  (void)snprintf(path, size, "%s/%s", plan->folder, name);
}

static double SizeOf(const Plan *plan, const char name[])
{
  char        path[128];
  struct stat there;

  Path(plan, name, sizeof(path), path);
  return stat(path, &there) ? 0 : (double)there.st_size;
}

/* The first bytes of a file of the folder. */
static void Read(const Plan *plan, const char name[], size_t size, char text[])
{
  char   path[128];
  FILE  *file;
  size_t got = 0;

  Path(plan, name, sizeof(path), path);
  file = fopen(path, "r");
  if (file) got = fread(text, 1, size - 1, file);
  if (file) (void)fclose(file);
  text[got] = 0;
}

/* In the child: becomes the program, or what starts its ranks. */
static _Noreturn void Become(const Plan *plan, const PlanWords *words, long ranks)
{
  const char *line[PLAN_WORDS + 24];
  char        path[128], count[24], launch[512], *next = NULL;
  int         n = 0;

  Path(plan, "out", sizeof(path), path);
  (void)dup2(open("/dev/null", O_RDONLY), 0);
  (void)dup2(open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600), 1);
  Path(plan, "err", sizeof(path), path);
  (void)dup2(open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600), 2);
  (void)snprintf(count, sizeof(count), "%ld", ranks);
  (void)snprintf(launch, sizeof(launch), "%s", plan->launch);
  if (ranks > 1) {
    for (char *word = strtok_r(launch, " ", &next); word && n < 16; word = strtok_r(NULL, " ", &next)) line[n++] = word;
    line[n++] = count;
    (void)setenv("OMPI_MCA_rmaps_base_oversubscribe", "1", 1);
    (void)setenv("OMPI_MCA_mpi_yield_when_idle", "1", 1);
  } else (void)setenv("OMPI_MCA_ess_singleton_isolated", "1", 0);
  line[n++] = plan->self;
  line[n++] = plan->command;
  for (int i = 0; i < words->n; i++) line[n++] = words->word[i];
  line[n] = NULL;
  execvp(line[0], (char *const *)line);
  fprintf(stderr, "karhunen: error: %s cannot be started\n", line[0]);
  _exit(127);
}

/* Its own line of an error, or the last one. */
static _Noreturn void Blame(const Plan *plan, const PlanRun *run)
{
  char  err[8192], *line;
  char *at;

  Read(plan, "err", sizeof(err), err);
  line = strstr(err, "karhunen: error: ");
  if (line) line += strlen("karhunen: error: ");
  else line = err + strspn(err, "-\n "); /* what starts ranks rules a line first */
  if ((at = strchr(line, '\n'))) *at = 0;
  kar_plan_fail("%s%s", line[0] ? line : "plan: a run of the command ended with status ", line[0] ? "" : "not 0");
  (void)run;
}

void kar_plan_clear(const Plan *plan)
{
  DIR           *folder = opendir(plan->folder);
  struct dirent *one;
  char           path[512];

  while (folder && (one = readdir(folder))) {
    (void)snprintf(path, sizeof(path), "%s/%s", plan->folder, one->d_name);
    if (one->d_name[0] != '.') (void)unlink(path);
  }
  if (folder) (void)closedir(folder);
}

void kar_plan_run(const Plan *plan, const PlanWords *words, long ranks, PlanRun *run)
{
  PlanWords     mine = *words;
  char          out[128];
  struct rusage used;
  int           status = 0;
  pid_t         child;

  kar_plan_clear(plan);
  Path(plan, "x.h5", sizeof(out), out);
  kar_plan_set(&mine, "out", out);
  child = fork();
  if (child < 0) kar_plan_fail("plan: no process can be started");
  if (!child) Become(plan, &mine, ranks);
  if (wait4(child, &status, 0, &used) < 0) kar_plan_fail("plan: a run of the command is lost");
  *run = (PlanRun){.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
                   .peak   = 1024. * (double)used.ru_maxrss,
                   .cpu    = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                          1e-6 * (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec),
                   .size  = SizeOf(plan, "x.h5"),
                   .state = SizeOf(plan, "x.h5.state")};
  Read(plan, "out", sizeof(run->out), run->out);
  if (run->status != 0 && !strstr(run->out, "stopped: ")) Blame(plan, run);
}
