/* karhunen-bench -bench_type TYPE: times of one kernel of the program beside its honest baseline, turn and turn about
   in one job;
   medians, on the screen and as JSON in -out.  A type is a file of this folder and a line of the table. */
#include "bench.h"
#include "traffic.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <time.h>

static const struct {
  const char *name, *text;
  KarBenchFn *run;
} types[] = {
  {"fno", "the network forward, against full transforms of every channel", KarBench_FNO},
  {"net", "a network of any type, forward and backward, against sgemm", KarBench_Net},
  {"train", "a step of training: forward, backward, AdamW", KarBench_Train},
  {"noise", "white noise by key, against one mode at a time", KarBench_Noise},
  {"field", "a Gaussian field, against FFTW3-MPI's inverse transform alone", KarBench_Field},
  {"navierstokes", "a step of a flow, against its transforms done in full", KarBench_NavierStokes},
  {"step", "a step of each sampler, against its passes over memory", KarBench_Step},
  {"octave", "an evaluation of a cascade's octave, part by part", KarBench_Octave},
  {"file", "a field written, read back and named", KarBench_File},
  {"roofline", "bandwidth and flops of the machine, and cases under them", KarBench_Roofline},
};
enum { TYPES = sizeof(types) / sizeof(types[0]) };

/* The six that every case has, in this order. */
static const char *const common[] = {
  "seconds", "baseline_seconds", "ratio", "bytes_sent_per_rank", "peak_bytes_per_rank", "error"};

void KarBenchSet(KarBench *b, const char name[], PetscReal value)
{
  PetscInt i = 0;

  while (i < b->figures && strcmp(b->name[i], name)) i++;
  if (i == KAR_BENCH_FIGURES) return;
  b->name[i]  = name;
  b->value[i] = value;
  b->figures  = PetscMax(b->figures, i + 1);
}

PetscReal KarBenchGet(const KarBench *b, const char name[])
{
  for (PetscInt i = 0; i < b->figures; i++)
    if (!strcmp(b->name[i], name)) return b->value[i];
  return NAN;
}

PetscErrorCode KarBenchPeak(KarBench *b)
{
  KarUsage usage;

  PetscFunctionBegin;
  PetscCall(KarGetUsage(b->comm, &usage));
  KarBenchSet(b, "peak_bytes_per_rank", usage.peak);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- The clock ------------------------------------------------------------ */
enum { OURS, BASELINE };
typedef struct {
  PetscReal wall[KAR_BENCH_REPEAT],
    cpu[KAR_BENCH_REPEAT]; /* seconds of the slowest rank; a busy machine disturbs cpu less */
  PetscReal sent, messages, talk,
    all; /* sums over the calls: bytes, messages, seconds in MPI and seconds, means over the ranks */
} Times;

PetscReal KarBenchCPU(void)
{
  struct timespec t;

  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (PetscReal)t.tv_sec + 1e-9 * (PetscReal)t.tv_nsec;
}

/* Call number i of work, over units. */
static PetscErrorCode Clock(MPI_Comm comm, KarBenchWork *work, PetscReal units, void *ctx, PetscInt i, Times *times)
{
  PetscReal   most[2], sum[4];
  KarTraffic  before, after;
  PetscMPIInt ranks;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  PetscCallMPI(MPI_Barrier(comm));
  kar_traffic(&before);
  const PetscReal wall = MPI_Wtime(), cpu = KarBenchCPU();
  PetscCall(work(ctx));
  most[0] = MPI_Wtime() - wall, most[1] = KarBenchCPU() - cpu;
  kar_traffic(&after);
  sum[0] = after.bytes - before.bytes, sum[1] = after.seconds - before.seconds, sum[2] = most[0];
  sum[3] = after.messages - before.messages;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, most, 2, MPIU_REAL, MPI_MAX, comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sum, 4, MPIU_REAL, MPI_SUM, comm));
  times->wall[i] = most[0] / units;
  times->cpu[i]  = most[1] / units;
  times->sent += sum[0] / ranks / units;
  times->talk += sum[1] / ranks / units;
  times->all += sum[2] / ranks / units;
  times->messages += sum[3] / ranks / units;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscReal Median(PetscInt n, const PetscReal x[])
{
  PetscReal sorted[KAR_BENCH_REPEAT];

  for (PetscInt i = 0; i < n; i++) sorted[i] = x[i];
  (void)PetscSortReal(n, sorted);
  return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

static PetscReal Minimum(PetscInt n, const PetscReal x[])
{
  PetscReal least = x[0];

  for (PetscInt i = 1; i < n; i++) least = PetscMin(least, x[i]);
  return least;
}

static PetscReal MedianRatio(PetscInt n, const PetscReal x[], const PetscReal y[])
{
  PetscReal ratio[KAR_BENCH_REPEAT];

  for (PetscInt i = 0; i < n; i++) ratio[i] = x[i] / y[i];
  return Median(n, ratio);
}

PetscErrorCode KarBenchTime(KarBench *b, KarBenchWork *ours, PetscReal units, KarBenchWork *baseline, void *ctx)
{
  Times    t[2] = {{.sent = 0}, {.sent = 0}};
  PetscInt n    = b->repeat;

  PetscFunctionBegin;
  PetscCall(ours(ctx));
  if (baseline) PetscCall(baseline(ctx));
  for (PetscInt i = 0; i < n; i++) {
    PetscCall(Clock(b->comm, ours, units, ctx, i, &t[OURS]));
    if (baseline) PetscCall(Clock(b->comm, baseline, 1, ctx, i, &t[BASELINE]));
    PetscCall(KarStopRequested(b->comm, &b->stop));
    if (b->stop) n = i + 1;
  }
  KarBenchSet(b, "seconds", Median(n, t[OURS].wall));
  KarBenchSet(b, "least_seconds", Minimum(n, t[OURS].wall));
  KarBenchSet(b, "bytes_sent_per_rank", t[OURS].sent / (PetscReal)n);
  KarBenchSet(b, "messages_per_rank", t[OURS].messages / (PetscReal)n);
  KarBenchSet(b, "cpu_seconds", Median(n, t[OURS].cpu));
  KarBenchSet(b, "communication_share", t[OURS].talk / t[OURS].all);
  if (!baseline) PetscFunctionReturn(PETSC_SUCCESS);
  KarBenchSet(b, "baseline_seconds", Median(n, t[BASELINE].wall));
  KarBenchSet(b, "ratio", MedianRatio(n, t[BASELINE].wall, t[OURS].wall));
  KarBenchSet(b, "baseline_cpu_seconds", Median(n, t[BASELINE].cpu));
  KarBenchSet(b, "cpu_ratio", MedianRatio(n, t[BASELINE].cpu, t[OURS].cpu));
  KarBenchSet(b, "baseline_bytes_sent_per_rank", t[BASELINE].sent / (PetscReal)n);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- The report ------------------------------------------------------------ */
static PetscErrorCode WriteJSON(KarBench *b, const char path[], KarReplace replace, const char name[])
{
  cJSON      *root, *figures;
  const char *part;
  KarOutput   output;
  PetscMPIInt rank;
  FILE       *file;

  PetscFunctionBegin;
  PetscCall(KarOutputCreate(b->comm, path, replace, 4096, &output));
  PetscCall(KarOutputGetPart(output, &part));
  PetscCallMPI(MPI_Comm_rank(b->comm, &rank));
  if (rank == 0) {
    root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "case", name);
    cJSON_AddStringToObject(root, "baseline", b->against ? b->against : "");
    cJSON_AddStringToObject(root, "remark", b->remark);
    cJSON_AddStringToObject(root, "version", KarVersionFull());
    figures = cJSON_AddObjectToObject(root, "figures");
    for (PetscInt i = 0; i < b->figures; i++) cJSON_AddNumberToObject(figures, b->name[i], (double)b->value[i]);
    char *text = cJSON_Print(root);
    file       = fopen(part, "w");
    PetscCheck(file && fputs(text, file) >= 0 && fputc('\n', file) >= 0 && fclose(file) == 0, PETSC_COMM_SELF,
               PETSC_ERR_FILE_WRITE, "%s: cannot be written", part);
    cJSON_free(text);
    cJSON_Delete(root);
  }
  PetscCall(KarOutputCommit(&output, PETSC_FALSE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Show(KarBench *b, const char name[])
{
  PetscFunctionBegin;
  PetscCall(PetscPrintf(b->comm, "%s\n", name));
  for (PetscInt i = 0; i < b->figures; i++)
    if (!isnan(b->value[i])) PetscCall(PetscPrintf(b->comm, "  %-28s %.6g\n", b->name[i], (double)b->value[i]));
  if (b->against) PetscCall(PetscPrintf(b->comm, "  baseline: %s\n", b->against));
  if (b->remark[0]) PetscCall(PetscPrintf(b->comm, "  %s\n", b->remark));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* "fno 256x256" */
static PetscErrorCode CaseName(const KarBench *b, const char type[], size_t size, char name[])
{
  char part[32];

  PetscFunctionBegin;
  PetscCall(PetscStrncpy(name, type, size));
  for (PetscInt i = 0; i < b->info.dim; i++) {
    PetscCall(PetscSNPrintf(part, sizeof(part), "%s%" PetscInt_FMT, i ? "x" : " ", b->info.n[i]));
    PetscCall(PetscStrlcat(name, part, size));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- The command ------------------------------------------------------------ */
static PetscErrorCode ReadOptions(KarBench *b, PetscInt *type, size_t size, char out[], KarReplace *replace)
{
  const char *names[TYPES + 1] = {NULL};

  PetscFunctionBegin;
  for (int i = 0; i < TYPES; i++) {
    names[i] = types[i].name;
    if (KarOptionsHelping()) PetscCall(PetscPrintf(b->comm, "  %-14s %s\n", types[i].name, types[i].text));
  }
  PetscCall(KarOptionsChoice(NULL, "bench_type", "what is timed", names, type));
  PetscCall(KarOptionsInt(NULL, "bench_repeat", "repetitions; medians are shown", 1, KAR_BENCH_REPEAT, &b->repeat));
  PetscCall(KarOptionsBool(NULL, "bench_baseline", "also time the baseline", &b->baseline));
  PetscCall(KarOptionsString(NULL, "out", "file of the figures, JSON", size, out));
  PetscCall(KarOutputReplaceFromOptions(NULL, replace));
  PetscCall(KarGridCreate(b->comm, &b->grid));
  PetscCall(KarGridSetSizes(b->grid, 2, (PetscInt[]){256, 256}, (PetscReal[]){1, 1}));
  PetscCall(KarGridSetFromOptions(b->grid));
  PetscCall(KarGridSetUp(b->grid));
  PetscCall(KarGridGetInfo(b->grid, &b->info));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarBenchRun(MPI_Comm comm)
{
  KarBench    b                       = {.comm = comm, .repeat = 5, .baseline = PETSC_TRUE};
  PetscInt    type                    = 0;
  char        out[PETSC_MAX_PATH_LEN] = "", name[128];
  KarReplace  replace;
  PetscMPIInt ranks;

  PetscFunctionBegin;
  PetscCall(ReadOptions(&b, &type, sizeof(out), out, &replace));
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  KarBenchSet(&b, "ranks", ranks);
  KarBenchSet(&b, "threads", kar_threads());
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(common); i++) KarBenchSet(&b, common[i], NAN);
  PetscCall(types[type].run(&b));
  if (!KarOptionsHelping()) {
    PetscCall(CaseName(&b, types[type].name, sizeof(name), name));
    PetscCall(Show(&b, name));
    if (b.stop)
      PetscCall(KarStopped(comm, "the times are of fewer repetitions, no file is written: run it again for all"));
    else if (out[0]) PetscCall(WriteJSON(&b, out, replace, name));
  }
  PetscCall(KarGridDestroy(&b.grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}
