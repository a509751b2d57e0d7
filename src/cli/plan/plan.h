/* What the files of karhunen plan share.  It is one process without MPI: what it measures are runs of the program,
   smaller ones, as its children. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The arguments of a command, without its name. */
enum { PLAN_WORDS = 512 };
typedef struct {
  int         n;
  const char *word[PLAN_WORDS + 1];
} PlanWords;

/* The value of -name, on the line or in the file of -options_file; NULL: not given. Valid until the end. */
const char *kar_plan_find(const PlanWords *words, const char name[]);
long        kar_plan_number(const PlanWords *words, const char name[], long otherwise);
/* "-name value" in place of what is there; value NULL: takes it away. */
void kar_plan_set(PlanWords *words, const char name[], const char value[]);

typedef struct {
  int    status;    /* exit status; 128 + N of a signal */
  double peak, cpu; /* of the largest rank, bytes; of all ranks, seconds */
  double size;      /* of the file that was written, bytes */
  double state;     /* of the state beside it */
  char   out[8192]; /* the beginning of what it said */
} PlanRun;

typedef struct {
  const char *self, *command, *launch; /* the program; what starts ranks: "mpirun -n" */
  PlanWords   words;
  char        folder[64];
  long        ranks, share, samples, each; /* ranks in all, of one field; samples, of one run (particles) */
  int         dim;                         /* 0: the grid is not known, runs are of full size */
  long        n[3], small[2][3];           /* points; those of the smaller runs */
  long        steps;                       /* of the longer run of a training */
  bool        train, only;                 /* only: memory is all that is asked for */
  char        tries[24];                   /* evaluations of a field that is measured */
} Plan;

/* Ends with one line on stderr and status 1. */
_Noreturn void kar_plan_fail(const char format[], ...) __attribute__((format(printf, 1, 2)));
/* Removes what runs have left in the plan's folder. */
void kar_plan_clear(const Plan *plan);
/* The command with these words on `ranks` ranks, writing into the plan's folder; fails with its own line unless its
   status is 0 or 3. */
void kar_plan_run(const Plan *plan, const PlanWords *words, long ranks, PlanRun *run);
/* Points that a rank holds when `share` ranks share a grid. */
double kar_plan_points(int dim, const long n[], long share);

/* Bytes that processes may still have on this host, its cgroups considered, and one process by its limits; HUGE_VAL:
   any number. */
double kar_plan_free(void);
double kar_plan_limit(void);
/* Bytes free on the disk of a file's folder; NULL: of this folder. */
double kar_plan_disk(const char out[]);

/* The whole of "karhunen plan COMMAND ..."; argv[1] is "plan". */
int kar_plan_main(int argc, char **argv);
