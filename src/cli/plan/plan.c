/* karhunen plan COMMAND OPTIONS: memory, time and disk of a run before it is made.  A grid of up to 2^20 points is
   run as it is, with fewer samples, steps or evaluations; a larger one on two grids of the same shape, of N_1 < N_2
   points a rank; then
     peak(N) = peak(N_2) + (peak(N_2) - peak(N_1)) (N - N_2) / (N_2 - N_1).
   Times are processor time of one rank, and grow as N; those of a flow as N^(1 + 1/d), for its steps get shorter. */
#include "plan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_POINTS = 1 << 20, FEW_POINTS = 1 << 18 }; /* few: where memory alone is asked for */

/* What was found. */
typedef struct {
  double peak, bytes, seconds; /* of a rank; written; of one unit of work, a rank's processor time */
  double units;                /* of work in all, of a rank */
  long   evaluations;          /* of a unit; 0: it has none */
  char   unit[32], how[96];    /* what a unit is; what was measured */
} Found;

static Plan plan; /* one a process */

static void RemoveFolder(void)
{
  kar_plan_clear(&plan);
  (void)rmdir(plan.folder);
}

/* "64,128" */
static int ParseGrid(const char text[], long n[3])
{
  int   dim = 0;
  char *end;

  while (text && dim < 3) {
    n[dim++] = strtol(text, &end, 10);
    if (n[dim - 1] < 1 || (*end && *end != ',')) return 0;
    text = *end ? end + 1 : NULL;
  }
  return dim;
}

/* Of the line that train says of its data, "(sample 3 samples, y 16, x 24)". */
static int GridOfData(const char out[], long n[3])
{
  char        text[256], *next = NULL, *number;
  int         dim  = 0;
  const char *open = strstr(out, ", (");

  (void)snprintf(text, sizeof(text), "%s", open ? open + 3 : "");
  text[strcspn(text, ")")] = 0;
  for (char *word = strtok_r(text, ",", &next); word && dim < 3; word = strtok_r(NULL, ",", &next)) {
    number = strpbrk(word, "0123456789") ? strrchr(word, ' ') : NULL;
    if (number && strspn(number + 1, "0123456789") == strlen(number + 1)) n[dim++] = strtol(number, NULL, 10);
  }
  return dim;
}

/* Are all octaves of a cascade learnt?  On coarse grids what its other levels work with is more than the finest's. */
static int Learnt(void)
{
  return kar_plan_find(&plan.words, "octaves_beyond") != NULL;
}

/* The grids of the smaller runs: the longest axes are halved, together if they are as long, until it is small enough,
   and once more an axis, of a cascade four times. */
static void Shrink(double most)
{
  const int more = plan.dim * (Learnt() ? 4 : 1);

  for (int s = 1; s >= 0; s--) {
    long *small = plan.small[s];

    memcpy(small, s ? plan.n : plan.small[1], 3 * sizeof(long));
    for (int i = 0; s ? kar_plan_points(plan.dim, small, 1) > most : i < more;) {
      long longest = small[0];

      for (int a = 1; a < plan.dim; a++)
        if (small[a] > longest) longest = small[a];
      for (int a = 0; a < plan.dim; a++)
        if (small[a] == longest) small[a] = (longest + 1) / 2, i++;
    }
  }
}

/* Points of a grid that is run as it is. */
static double Most(void)
{
  return (double)(plan.only && !Learnt() ? FEW_POINTS : MOST_POINTS) /
         (plan.train ? (double)kar_plan_number(&plan.words, "train_batch", 16) : 1);
}

static void FindGrid(void)
{
  PlanWords words = plan.words;
  PlanRun   run;

  plan.dim = ParseGrid(kar_plan_find(&words, plan.train ? "train_grid" : "grid_n"), plan.n);
  if (!plan.dim && plan.train) plan.dim = ParseGrid(kar_plan_find(&words, "grid_n"), plan.n);
  if (!plan.dim && plan.train && kar_plan_find(&words, "data")) {
    kar_plan_set(&words, "max_time", "0.001");
    kar_plan_run(&plan, &words, 1, &run);
    plan.dim = GridOfData(run.out, plan.n);
  }
  if (plan.dim) Shrink(fmax(Most(), 4096));
}

static void TextOfGrid(int dim, const long n[], const char by[], size_t size, char text[])
{
  text[0] = 0;
  for (int a = 0; a < dim; a++) (void)snprintf(text + strlen(text), size - strlen(text), "%s%ld", a ? by : "", n[a]);
}

/* The command on a smaller grid; NULL: on its own. */
static void SetGrid(PlanWords *words, const long n[])
{
  static char text[8][64];
  static int  made;
  const char *law = kar_plan_find(words, "data") ? "train_grid" : "grid_n";

  if (!n) return;
  made = (made + 1) % 8;
  TextOfGrid(plan.dim, n, ",", sizeof(text[made]), text[made]);
  if (plan.train && kar_plan_find(words, "train_grid")) law = "train_grid";
  kar_plan_set(words, plan.train ? law : "grid_n", text[made]);
}

/* Whether a training leaves a state beside its model: between its steps, or where it stops. */
static bool KeepsState(void)
{
  const long steps = kar_plan_number(&plan.words, "train_steps", 20000);

  return kar_plan_number(&plan.words, "train_every", 1000) < steps ||
         kar_plan_number(&plan.words, "train_stop_after", 0) > 0;
}

/* One of a run's variants: how many units it does.  A training stops after 1 step or plan.steps, with a state; 0 units
   are one step to its end, without. */
static void SetUnits(PlanWords *words, long units)
{
  static char text[4][24];
  static int  made;
  const char *law = kar_plan_find(words, "generator_type");

  made = (made + 1) % 4;
  (void)snprintf(text[made], sizeof(text[made]), "%ld", plan.train ? units < 2 ? 1 : plan.steps : units * plan.each);
  if (plan.train) {
    kar_plan_set(words, "train_steps", units ? "10" : "1");
    kar_plan_set(words, "train_every", "1000");
    kar_plan_set(words, "train_warmup", "1");
    kar_plan_set(words, "train_stop_after", units ? text[made] : NULL);
  } else kar_plan_set(words, "samples", text[made]);
  if (!strcmp(plan.command, "sample")) kar_plan_set(words, "sampler_evaluations", plan.tries);
  if (!strcmp(plan.command, "generate") && law && !strcmp(law, "navierstokes")) kar_plan_set(words, "ns_time", "0.01");
}

/* The evaluations that a sampler says it has, of "sampler ..., 40 evaluations, times ..."; 0: it does not say. */
static long Evaluations(void)
{
  PlanWords   words = plan.words;
  PlanRun     run;
  const char *at, *line;

  kar_plan_set(&words, "max_time", "0.001");
  if (plan.dim) SetGrid(&words, plan.small[0]);
  kar_plan_set(&words, "samples", "1");
  kar_plan_run(&plan, &words, 1, &run);
  line = strstr(run.out, "sampler ");
  at   = line ? strstr(line, " evaluations") : NULL;
  while (at && at > line && at[-1] >= '0' && at[-1] <= '9') at--;
  return at ? strtol(at, NULL, 10) : 0;
}

/* --- What is measured ------------------------------------------------------------ */
/* Of a flow: seconds of one, by what part of it is done in a few seconds. */
static double SecondsOfFlow(const long small[])
{
  PlanWords   words = plan.words;
  PlanRun     run;
  const char *at;
  double      share = 1;

  SetGrid(&words, small);
  kar_plan_set(&words, "samples", "1");
  kar_plan_set(&words, "max_time", "4");
  kar_plan_run(&plan, &words, 1, &run);
  at = strstr(run.out, "of which ");
  if (at) share = strtod(at + strlen("of which "), NULL) / 100;
  return share > 0 ? run.cpu / share : run.cpu;
}

static void Measure(Found *found)
{
  const long   ranks = plan.share > 1 && !plan.only ? 2 : 1;
  const double all = kar_plan_points(plan.dim, plan.n, 1), mine = kar_plan_points(plan.dim, plan.n, plan.share);
  const bool   whole = !plan.dim || (plan.share == 1 && all <= Most());
  const char  *law   = kar_plan_find(&plan.words, "generator_type");
  const bool   flow  = !strcmp(plan.command, "generate") && law && !strcmp(law, "navierstokes");
  const int    many = plan.train || plan.samples > plan.each ? 1 : 0; /* units of the run whose peak is taken, less 1 */
  const bool   bare = plan.train && !KeepsState();                    /* its peak is that of a run without a state */
  PlanRun      run[2][2], end[2], *one = &run[1][0], *two = &run[1][1];
  double       grow, points[2] = {1, 1};

  for (int s = whole ? 1 : 0; s < 2; s++) {
    PlanWords words = plan.words;

    if (!whole) SetGrid(&words, plan.small[s]);
    if (plan.share > 1) kar_plan_set(&words, plan.train ? "train_group" : "ranks_per_field", ranks > 1 ? "2" : "1");
    points[s] = whole ? mine : kar_plan_points(plan.dim, plan.small[s], ranks);
    for (int u = 0; u < 2; u++) {
      plan.steps = u && s == 1 && !plan.only && one->cpu < 2 ? 9 : 3;
      SetUnits(&words, u + 1);
      if (plan.only ? u == many && !bare : s == 1 || u == many) kar_plan_run(&plan, &words, ranks, &run[s][u]);
    }
    end[s] = run[s][many];
    if (bare) SetUnits(&words, 0), kar_plan_run(&plan, &words, ranks, &end[s]);
  }
  found->peak = end[1].peak;
  if (!whole) found->peak += (end[1].peak - end[0].peak) * (mine - points[1]) / (points[1] - points[0]);
  if (plan.only) return;
  grow           = whole ? 1 : all / kar_plan_points(plan.dim, plan.small[1], 1);
  found->bytes   = plan.train ? two->size + 2 * one->state
                              : (two->size - one->size) * grow * (double)plan.samples / (double)plan.each +
                                fmax(0, 2 * one->size - two->size);
  found->seconds = fmax(0, two->cpu - one->cpu) / (double)(plan.train ? plan.steps - 1 : 1);
  if (flow) found->seconds = SecondsOfFlow(whole ? NULL : plan.small[1]), grow *= pow(grow, 1. / plan.dim);
  found->seconds *= grow / (double)(flow ? plan.share : plan.share > 1 ? plan.share : 1);
  (void)snprintf(found->how, sizeof(found->how), "measured at full size");
  if (!whole) {
    (void)snprintf(found->how, sizeof(found->how), "measured on ");
    TextOfGrid(plan.dim, plan.small[1], " x ", sizeof(found->how) - strlen(found->how),
               found->how + strlen(found->how));
  }
}

/* How much work there is. */
static void Count(Found *found)
{
  const long groups = plan.ranks / plan.share;

  if (plan.train) {
    found->units = (double)kar_plan_number(&plan.words, "train_steps", 20000);
    found->seconds /= (double)groups;
    (void)snprintf(found->unit, sizeof(found->unit), "step");
    return;
  }
  found->units = ceil(ceil((double)plan.samples / (double)plan.each) / (double)groups);
  (void)snprintf(found->unit, sizeof(found->unit), plan.each > 1 ? "run" : "field");
  if (!strcmp(plan.command, "sample") && found->evaluations)
    found->seconds *= (double)found->evaluations / strtod(plan.tries, NULL);
}

/* --- What is said ------------------------------------------------------------ */
static void TextOfBytes(double bytes, size_t size, char text[])
{
  static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
  int                      u       = 0;

  while (bytes >= 1000 && u < 4) bytes /= 1024, u++;
  (void)snprintf(text, size, "%.3g %s", bytes, units[u]);
}

static void TextOfTime(double seconds, size_t size, char text[])
{
  if (seconds >= 2 * 86400) (void)snprintf(text, size, "%.2g days", seconds / 86400);
  else if (seconds >= 2 * 3600) (void)snprintf(text, size, "%.2g h", seconds / 3600);
  else if (seconds >= 120) (void)snprintf(text, size, "%.2g min", seconds / 60);
  else (void)snprintf(text, size, "%.2g s", seconds);
}

static void SayRanks(void)
{
  if (!plan.dim) return;
  printf("ranks of a field   ");
  for (long r = 1, n = 0; r <= plan.n[0] && n < 12; r++)
    if (plan.n[0] % r == 0 && (plan.dim < 2 || plan.n[1] % r == 0)) n += printf("%ld ", r) > 0;
  printf("share its rows evenly");
  const long rows = (plan.n[0] + plan.share - 1) / plan.share, last = plan.n[0] - (plan.share - 1) * rows;
  if (plan.share > 1 && plan.n[0] % plan.share)
    printf("; of %ld the last has %ld rows of %ld", plan.share, last > 0 ? last : 0, rows);
  printf("\n");
}

static void Say(const Found *found)
{
  const char  *out = kar_plan_find(&plan.words, "out");
  const double all = found->peak * (double)plan.ranks, memory = fmin(kar_plan_free(), kar_plan_limit()),
               disk = kar_plan_disk(out);
  char grid[64], text[5][32];

  TextOfGrid(plan.dim, plan.n, " x ", sizeof(grid), grid);
  TextOfBytes(found->peak, sizeof(text[0]), text[0]);
  TextOfBytes(all, sizeof(text[1]), text[1]);
  TextOfBytes(memory, sizeof(text[2]), text[2]);
  TextOfBytes(found->bytes, sizeof(text[3]), text[3]);
  TextOfBytes(disk, sizeof(text[4]), text[4]);
  printf("memory of a rank   %s, of %ld %s; free here %s\n", text[0], plan.ranks, text[1], text[2]);
  printf("to be written      %s to %s; free there %s\n", text[3], out ? out : ".", text[4]);
  if (found->evaluations) printf("evaluations        %ld a %s\n", found->evaluations, found->unit);
  TextOfTime(found->seconds, sizeof(text[3]), text[3]);
  TextOfTime(found->seconds * found->units, sizeof(text[4]), text[4]);
  if (found->seconds > 0)
    printf("time               about %s: %.0f times %s a %s\n", text[4], found->units, text[3], found->unit);
  else printf("time               %.0f times less than can be measured a %s\n", found->units, found->unit);
  SayRanks();
  printf("%s%s%s\n", found->how, plan.dim ? ", of " : "", grid);
  if (all > memory)
    kar_plan_fail("plan: %ld ranks need %s and %s are free here: more nodes, more ranks to a field, or a smaller grid",
                  plan.ranks, text[1], text[2]);
  if (found->bytes > disk)
    kar_plan_fail("plan: the disk of %s has too little room: fewer samples, or another disk", out ? out : ".");
}

/* Ranks, samples and how they are shared. */
static void ReadSharing(void)
{
  const char *type = kar_plan_find(&plan.words, "posterior_type");

  plan.samples = plan.train ? 1 : kar_plan_number(&plan.words, "samples", strcmp(plan.command, "posterior") ? 1 : 16);
  plan.each    = 1;
  if (!strcmp(plan.command, "posterior") && (!type || !strcmp(type, "smc")))
    plan.each = kar_plan_number(&plan.words, "posterior_particles", 16);
  plan.share =
    plan.train ? kar_plan_number(&plan.words, "train_group", 1) : kar_plan_number(&plan.words, "ranks_per_field", 0);
  if (!plan.share) plan.share = plan.each > 1 || plan.samples < plan.ranks ? plan.ranks : 1;
  if (plan.share < 1 || plan.ranks % plan.share)
    kar_plan_fail("plan: %ld ranks do not go in groups of %ld", plan.ranks, plan.share);
}

/* The memory of a rank alone, of a grid that is known: for the command itself before it begins (cli/memory.c). */
static int SayMemory(const char grid[])
{
  Found found = {.evaluations = 0};

  plan.dim = ParseGrid(grid, plan.n);
  if (!plan.dim) kar_plan_fail("-plan_grid %s: give numbers of points, as in 64,64", grid);
  Shrink(fmax(Most(), 4096));
  kar_plan_set(&plan.words, "max_time", "10");
  (void)snprintf(plan.tries, sizeof(plan.tries), "3");
  Measure(&found);
  printf("%.0f\n", found.peak);
  return 0;
}

int kar_plan_main(int argc, char **argv)
{
  static const char *const commands[] = {"generate", "sample", "posterior", "train", NULL};
  static char              self[4096];
  static const char *const without[] = {"plan_ranks", "plan_launch", "plan_grid", "resume", "overwrite",
                                        "max_time",   "quiet",       "out",       NULL};
  const char              *launch, *tmp = getenv("TMPDIR");
  Found                    found = {.evaluations = 0};
  int                      known = 0;

  while (argc > 2 && commands[known] && strcmp(commands[known], argv[2])) known++;
  if (argc < 3 || !commands[known])
    kar_plan_fail("plan %s: give generate, sample, posterior or train and its options", argc > 2 ? argv[2] : "");
  const char *rank = getenv("OMPI_COMM_WORLD_RANK") ? getenv("OMPI_COMM_WORLD_RANK") : getenv("PMI_RANK");
  if (rank && strcmp(rank, "0")) return 1;
  if (rank)
    kar_plan_fail(
      "plan is one process: run it without mpirun and give -plan_ranks, the ranks that the command will have");
  if (argc - 3 > PLAN_WORDS - 32) kar_plan_fail("plan: more than %d words", PLAN_WORDS - 32);
  for (int i = 3; i < argc; i++) plan.words.word[plan.words.n++] = argv[i];
  if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0) (void)snprintf(self, sizeof(self), "%s", argv[0]);
  launch    = kar_plan_find(&plan.words, "plan_launch");
  plan.self = self, plan.command = commands[known], plan.train = !strcmp(plan.command, "train");
  plan.launch = launch ? launch : "mpirun -n";
  plan.ranks  = kar_plan_number(&plan.words, "plan_ranks", 1);
  if (plan.ranks < 1) kar_plan_fail("-plan_ranks: must be at least 1");
  if (kar_plan_number(&plan.words, "train_levels", 1) > 1)
    kar_plan_fail("plan: -train_levels: plan a level at a time, by its -train_grid and -train_octave");
  ReadSharing();
  (void)snprintf(plan.folder, sizeof(plan.folder), "%.32s/karhunen-plan-XXXXXX", tmp ? tmp : "/tmp");
  if (!mkdtemp(plan.folder)) kar_plan_fail("plan: %s cannot be made", plan.folder);
  (void)atexit(RemoveFolder);
  const char *out = kar_plan_find(&plan.words, "out"), *grid = kar_plan_find(&plan.words, "plan_grid");
  plan.only = grid;
  for (int i = 0; without[i]; i++) kar_plan_set(&plan.words, without[i], NULL);
  kar_plan_set(&plan.words, "quiet", "true");
  kar_plan_set(&plan.words, "memory_limit", "1e9");
  if (grid) return SayMemory(grid);
  FindGrid();
  if (!plan.train && strcmp(plan.command, "generate")) found.evaluations = Evaluations();
  (void)snprintf(plan.tries, sizeof(plan.tries), "%ld",
                 found.evaluations && found.evaluations < 10 ? found.evaluations : 10);
  Measure(&found);
  Count(&found);
  if (out) kar_plan_set(&plan.words, "out", out);
  Say(&found);
  return 0;
}
