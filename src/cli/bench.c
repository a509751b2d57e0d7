/* karhunen bench -bench_type fno|train|field|navierstokes: times of one kernel of the program beside its honest baseline, turn and turn
   about in one job; medians, on the screen and as JSON in -out. */
#include "cli.h"
#include <cjson/cJSON.h>
#include <sys/resource.h>
#include <time.h>

enum { MOST = 64 };
typedef enum { BENCH_FNO, BENCH_TRAIN, BENCH_FIELD, BENCH_FLOW } BenchType;
static const char *const types[] = {"fno", "train", "field", "navierstokes", NULL};

typedef struct {
  MPI_Comm     comm;
  KarGrid      grid;
  KarGridInfo  info;
  BenchType    type;
  KarFNOConfig config;
  PetscInt     batch, repeat, activations;
  PetscBool    baseline;
  KarReplace   replace;
  char         out[PETSC_MAX_PATH_LEN];
  PetscReal    seconds[MOST], reference[MOST]; /* of each repetition: ours, the baseline's */
  PetscReal    cpu[MOST], cpureference[MOST];  /* the same in processor time, which a busy machine disturbs less */
  PetscReal    sent, planned, peak, error;     /* bytes a rank and evaluation; bytes of a rank; relative, in L2 */
} Bench;

static PetscErrorCode ReadOptions(Bench *b)
{
  PetscInt n = 3, type = BENCH_FNO, modes[3] = {32, 32, 32};

  PetscFunctionBegin;
  b->config      = (KarFNOConfig){.cin = 2, .cout = 1, .width = 32, .depth = 4, .hidden = 128, .embed = 32, .modes = {1, 1, 1}};
  b->repeat      = 5;
  b->baseline    = PETSC_TRUE;
  b->activations = KAR_ACTIVATIONS_AUTO;
  PetscCall(KarOptionsChoice(NULL, "bench_type", "what is timed", types, &type));
  b->type  = (BenchType)type;
  b->batch = b->type == BENCH_TRAIN ? 16 : 1;
  PetscCall(KarOptionsInt(NULL, "bench_batch", "samples in one evaluation of the network", 1, 4096, &b->batch));
  PetscCall(KarOptionsInt(NULL, "bench_repeat", "repetitions; medians are shown", 1, MOST, &b->repeat));
  PetscCall(KarOptionsBool(NULL, "bench_baseline", "also time the baseline", &b->baseline));
  PetscCall(KarOptionsInt(NULL, "fno_width", "channels of the Fourier layers", 1, 1024, &b->config.width));
  PetscCall(KarOptionsInt(NULL, "fno_depth", "number of Fourier layers", 1, 64, &b->config.depth));
  PetscCall(KarOptionsInt(NULL, "fno_hidden", "channels of the projection", 1, 4096, &b->config.hidden));
  PetscCall(KarOptionsIntArray(NULL, "fno_modes", "retained modes K along each axis, one or one an axis", 1, 4096, &n, modes));
  PetscCall(KarOptionsChoice(NULL, "fno_activations", "keep a network's activations or recompute them tile by tile",
                             KarFNOActivationsNames, &b->activations));
  PetscCall(KarOptionsString(NULL, "out", "file of the figures, JSON", sizeof(b->out), b->out));
  PetscCall(KarOutputReplaceFromOptions(&b->replace));
  PetscCall(KarGridCreate(b->comm, &b->grid));
  PetscCall(KarGridSetSizes(b->grid, 2, (PetscInt[]){256, 256}, (PetscReal[]){1, 1}));
  PetscCall(KarGridSetFromOptions(b->grid));
  PetscCall(KarGridSetUp(b->grid));
  PetscCall(KarGridGetInfo(b->grid, &b->info));
  b->config.dim = b->info.dim;
  for (PetscInt i = 0; i < b->info.dim; i++) b->config.modes[i] = modes[n > 1 ? i : 0];
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscReal median(PetscInt n, PetscReal x[])
{
  (void)PetscSortReal(n, x);
  return n % 2 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2;
}

typedef struct {
  PetscReal wall, cpu; /* seconds */
} Clock;

static Clock Now(void)
{
  struct timespec t;

  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (Clock){MPI_Wtime(), (PetscReal)t.tv_sec + 1e-9 * (PetscReal)t.tv_nsec};
}

/* The time since *last on the slowest rank; *last is now. */
static PetscErrorCode Lap(MPI_Comm comm, Clock *last, PetscReal *wall, PetscReal *cpu)
{
  Clock     now     = Now();
  PetscReal here[2] = {now.wall - last->wall, now.cpu - last->cpu}, most[2];

  PetscFunctionBegin;
  PetscCallMPI(MPI_Allreduce(here, most, 2, MPIU_REAL, MPI_MAX, comm));
  *wall = most[0];
  *cpu  = most[1];
  *last = Now();
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Peak(Bench *b)
{
  struct rusage usage;
  PetscReal     bytes;

  PetscFunctionBegin;
  getrusage(RUSAGE_SELF, &usage);
  bytes = 1024. * (PetscReal)usage.ru_maxrss;
  PetscCallMPI(MPI_Allreduce(&bytes, &b->peak, 1, MPIU_REAL, MPI_MAX, b->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Inputs that are the same on any number of ranks but for their order, and weights none of which is zero. */
static PetscErrorCode FillNetwork(Bench *b, KarFNO fno, PetscInt n, float x[])
{
  float   *p;
  PetscInt size;

  PetscFunctionBegin;
  PetscCall(KarFNOInitialize(fno, 1));
  PetscCall(KarFNOGetParameters(fno, &size, &p));
  for (PetscInt i = 0; i < size; i++)
    if (p[i] == 0) p[i] = 0.01f * (float)(i % 17 - 8);
  for (PetscInt i = 0; i < n; i++) {
    PetscReal z[2];

    kar_normal_pair((KarKey){1, 0, 0, 0, KAR_STREAM_TEST}, b->info.start, i >> 16, i & 0xffff, z);
    x[i] = (float)z[0];
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode RelativeError(MPI_Comm comm, PetscInt n, const float y[], const float z[], PetscReal *error)
{
  PetscReal sum[2] = {0, 0};

  PetscFunctionBegin;
  for (PetscInt i = 0; i < n; i++) {
    sum[0] += PetscSqr((PetscReal)y[i] - z[i]);
    sum[1] += PetscSqr((PetscReal)z[i]);
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sum, 2, MPIU_REAL, MPI_SUM, comm));
  *error = PetscSqrtReal(sum[0] / sum[1]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode TimeForward(Bench *b, KarFNO fno, const PetscReal cnoise[], const float x[], float y[], float z[])
{
  const PetscInt np   = b->info.ln * b->info.n[1] * b->info.n[2];
  KarFNOFull     full = NULL;
  PetscReal      before, wall, cpu;
  Clock          now;

  PetscFunctionBegin;
  PetscCall(KarFNOForward(fno, b->batch, cnoise, x, y, PETSC_FALSE));
  PetscCall(Peak(b));
  PetscCall(KarFNOGetBytesSent(fno, &before));
  if (b->baseline) {
    PetscCall(KarFNOFullCreate(fno, &full));
    PetscCall(KarFNOFullForward(full, cnoise[0], x, z));
    PetscCall(RelativeError(b->comm, np, y, z, &b->error));
  }
  now = Now();
  for (PetscInt i = 0; i < b->repeat; i++) {
    PetscCall(Lap(b->comm, &now, &wall, &cpu));
    PetscCall(KarFNOForward(fno, b->batch, cnoise, x, y, PETSC_FALSE));
    PetscCall(Lap(b->comm, &now, &b->seconds[i], &b->cpu[i]));
    for (PetscInt s = 0; b->baseline && s < b->batch; s++) PetscCall(KarFNOFullForward(full, cnoise[s], x, z));
    PetscCall(Lap(b->comm, &now, &b->reference[i], &b->cpureference[i]));
  }
  PetscCall(KarFNOGetBytesSent(fno, &b->sent));
  b->sent = (b->sent - before) / (PetscReal)b->repeat;
  PetscCall(KarFNOFullDestroy(&full));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Forward, backward, one reduction of the gradient, AdamW with an average. */
static PetscErrorCode TimeTraining(Bench *b, KarFNO fno, const PetscReal cnoise[], const float x[], float y[])
{
  const KarAdamW adamw = {.lr = 1e-6, .beta1 = 0.9, .beta2 = 0.99, .eps = 1e-8, .clip = 1, .decay = 0.999};
  float         *p, *g, *m, *v, *ema;
  PetscInt       n;
  PetscMPIInt    ranks;
  PetscReal      before;
  Clock          now;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(b->comm, &ranks));
  PetscCall(KarFNOGetParameters(fno, &n, &p));
  PetscCall(KarFNOGetGradient(fno, &n, &g));
  PetscCall(PetscCalloc3(n, &m, n, &v, n, &ema));
  for (PetscInt i = -1; i < b->repeat; i++) { /* once to warm up */
    if (i == 0) PetscCall(KarFNOGetBytesSent(fno, &before));
    now = Now();
    PetscCall(KarFNOZeroGradient(fno));
    PetscCall(KarFNOForward(fno, b->batch, cnoise, x, y, PETSC_TRUE));
    PetscCall(KarFNOBackward(fno, y, NULL));
    if (ranks > 1) PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, g, (int)n, MPI_FLOAT, MPI_SUM, b->comm));
    kar_adamw_step(&adamw, i + 2, n, p, m, v, ema, g);
    PetscCall(Lap(b->comm, &now, &b->seconds[PetscMax(i, 0)], &b->cpu[PetscMax(i, 0)]));
  }
  PetscCall(KarFNOGetBytesSent(fno, &b->sent));
  b->sent = (b->sent - before) / (PetscReal)b->repeat + (ranks > 1 ? sizeof(float) * 2. * (PetscReal)n * (ranks - 1) / ranks : 0);
  PetscCall(Peak(b));
  b->baseline = PETSC_FALSE;
  PetscCall(PetscFree3(m, v, ema));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode TimeNetwork(Bench *b)
{
  const PetscInt  np       = b->info.ln * b->info.n[1] * b->info.n[2];
  const PetscBool training = b->type == BENCH_TRAIN ? PETSC_TRUE : PETSC_FALSE;
  KarFNO          fno;
  PetscReal      *cnoise;
  float          *x, *y, *z;

  PetscFunctionBegin;
  PetscCall(KarFNOCreate(&b->info, &b->config, &fno));
  PetscCall(KarFNOSetActivations(fno, (KarFNOActivations)b->activations));
  PetscCall(KarFNOGetMemory(fno, b->batch, training, &b->planned));
  PetscCall(PetscCalloc4(b->batch, &cnoise, b->batch * np * b->config.cin, &x, b->batch * np * b->config.cout, &y,
                         b->baseline ? np * b->config.cout : 0, &z));
  PetscCall(FillNetwork(b, fno, b->batch * np * b->config.cin, x));
  if (training) PetscCall(TimeTraining(b, fno, cnoise, x, y));
  else PetscCall(TimeForward(b, fno, cnoise, x, y, z));
  PetscCall(PetscFree4(cnoise, x, y, z));
  PetscCall(KarFNODestroy(&fno));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A Gaussian field in physical space, against its own inverse transform. */
static PetscErrorCode TimeField(Bench *b)
{
  KarFFT    fft;
  KarCov    cov;
  Vec       x, field;
  PetscReal wall, cpu;
  Clock     now;

  PetscFunctionBegin;
  PetscCall(KarFFTCreate(b->grid, &fft));
  PetscCall(KarCovCreate(fft, &cov));
  PetscCall(KarCovSetType(cov, KARCOVMATERN));
  PetscCall(KarCovSetUp(cov));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(KarGridCreateField(b->grid, &field));
  now = Now();
  for (PetscInt i = -1; i < b->repeat; i++) { /* once to warm up */
    PetscCall(Lap(b->comm, &now, &wall, &cpu));
    PetscCall(KarCovSample(cov, (KarKey){1, i + 1, 0, 0, KAR_STREAM_TEST}, x));
    PetscCall(KarFFTInverse(fft, x, field));
    PetscCall(Lap(b->comm, &now, &b->seconds[PetscMax(i, 0)], &b->cpu[PetscMax(i, 0)]));
    PetscCall(KarFFTInverse(fft, x, field));
    PetscCall(Lap(b->comm, &now, &b->reference[PetscMax(i, 0)], &b->cpureference[PetscMax(i, 0)]));
  }
  PetscCall(Peak(b));
  b->baseline = PETSC_TRUE;
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&field));
  PetscCall(KarCovDestroy(&cov));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A fourth-order step of a flow, against the transforms of four evaluations of N done in full: two fields each way in 2D; six to
   space and three back in 3D. */
static PetscErrorCode TimeFlow(Bench *b)
{
  const PetscInt  steps = 4, dim = b->info.dim;
  const PetscReal dt   = 1e-9;
  const KarFlow   flow = {.nu = 1e-3, .cfl = PETSC_MAX_REAL, .dt = dt, .advection = PETSC_TRUE};
  KarGrid         grid[2];
  KarFFT          fft[2]; /* of the state, of the baseline */
  KarFluid        fluid;
  Vec             f, w, x, field;
  PetscReal       wall, cpu;
  Clock           now;

  PetscFunctionBegin;
  for (int i = 0; i < 2; i++) {
    PetscCall(KarGridCreate(b->comm, &grid[i]));
    PetscCall(KarGridSetSizes(grid[i], dim, b->info.n, b->info.length));
    PetscCall(KarGridSetComponents(grid[i], dim == 3 ? 3 : i + 1));
    PetscCall(KarFFTCreate(grid[i], &fft[i]));
  }
  PetscCall(KarFFTCreateCoordinates(fft[0], &w));
  PetscCall(VecDuplicate(w, &f));
  PetscCall(KarFFTFillNormal(fft[0], (KarKey){1, 0, 0, 0, KAR_STREAM_TEST}, w));
  PetscCall(KarFFTCreateCoordinates(fft[1], &x));
  PetscCall(KarGridCreateField(grid[1], &field));
  PetscCall(KarFluidCreate(fft[0], &flow, &fluid));
  now = Now();
  for (PetscInt i = -1; i < b->repeat; i++) { /* once to warm up */
    const PetscInt at = PetscMax(i, 0);

    PetscCall(Lap(b->comm, &now, &wall, &cpu));
    PetscCall(KarFluidSolve(fluid, (PetscReal)steps * dt, f, w, NULL));
    PetscCall(Lap(b->comm, &now, &b->seconds[at], &b->cpu[at]));
    for (int stage = 0; stage < 4; stage++) {
      for (int j = 0; j < dim - 1; j++) PetscCall(KarFFTInverse(fft[1], x, field));
      PetscCall(KarFFTForward(fft[1], field, x));
    }
    PetscCall(Lap(b->comm, &now, &b->reference[at], &b->cpureference[at]));
    b->seconds[at] /= (PetscReal)steps;
    b->cpu[at] /= (PetscReal)steps;
  }
  PetscCall(Peak(b));
  b->baseline = PETSC_TRUE;
  PetscCall(KarFluidDestroy(&fluid));
  PetscCall(VecDestroy(&f));
  PetscCall(VecDestroy(&w));
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&field));
  for (int i = 0; i < 2; i++) {
    PetscCall(KarFFTDestroy(&fft[i]));
    PetscCall(KarGridDestroy(&grid[i]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode WriteJSON(Bench *b, const char name[], PetscInt n, const char *const keys[], const PetscReal values[])
{
  cJSON      *root, *figures;
  const char *part;
  KarOutput   output;
  PetscMPIInt rank;
  FILE       *file;

  PetscFunctionBegin;
  PetscCall(KarOutputCreate(b->comm, b->out, b->replace, 4096, &output));
  PetscCall(KarOutputGetPart(output, &part));
  PetscCallMPI(MPI_Comm_rank(b->comm, &rank));
  if (rank == 0) {
    root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "case", name);
    cJSON_AddStringToObject(root, "version", KarVersionFull());
    figures = cJSON_AddObjectToObject(root, "figures");
    for (PetscInt i = 0; i < n; i++) cJSON_AddNumberToObject(figures, keys[i], (double)values[i]);
    char *text = cJSON_Print(root);
    file       = fopen(part, "w");
    PetscCheck(file && fputs(text, file) >= 0 && fputc('\n', file) >= 0 && fclose(file) == 0, PETSC_COMM_SELF, PETSC_ERR_FILE_WRITE,
               "%s: cannot be written", part);
    cJSON_free(text);
    cJSON_Delete(root);
  }
  PetscCall(KarOutputCommit(&output, PETSC_FALSE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Report(Bench *b)
{
  enum { FIGURES = 12 };
  static const char *const keys[FIGURES] = {"ranks", "batch", "seconds", "baseline_seconds", "ratio", "cpu_seconds",
                                            "baseline_cpu_seconds", "cpu_ratio", "bytes_sent_per_rank", "planned_bytes_per_rank",
                                            "peak_bytes_per_rank", "error"};
  PetscReal                ratio[MOST], cpuratio[MOST], values[FIGURES] = {0};
  PetscMPIInt              ranks;
  char                     name[128];

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(b->comm, &ranks));
  for (PetscInt i = 0; i < b->repeat; i++) {
    ratio[i]    = b->reference[i] / b->seconds[i];
    cpuratio[i] = b->cpureference[i] / b->cpu[i];
  }
  values[0] = ranks;
  values[1] = (PetscReal)b->batch;
  values[2] = median(b->repeat, b->seconds);
  values[5] = median(b->repeat, b->cpu);
  if (b->baseline) {
    values[3] = median(b->repeat, b->reference);
    values[4] = median(b->repeat, ratio);
    values[6] = median(b->repeat, b->cpureference);
    values[7] = median(b->repeat, cpuratio);
  }
  values[8]  = b->sent;
  values[9]  = b->planned;
  values[10] = b->peak;
  values[11] = b->error;
  PetscCall(PetscSNPrintf(name, sizeof(name), "%s %" PetscInt_FMT "x%" PetscInt_FMT "x%" PetscInt_FMT, types[b->type], b->info.n[0],
                          b->info.n[1], b->info.n[2]));
  PetscCall(PetscPrintf(b->comm, "%s\n", name));
  for (int i = 0; i < FIGURES; i++) PetscCall(PetscPrintf(b->comm, "  %-24s %.6g\n", keys[i], (double)values[i]));
  if (b->out[0]) PetscCall(WriteJSON(b, name, FIGURES, keys, values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCommandBench(MPI_Comm comm)
{
  Bench     b = {.comm = comm};
  PetscBool done;

  PetscFunctionBegin;
  PetscCall(ReadOptions(&b));
  PetscCall(KarCommandReady(comm, &done));
  if (!done) {
    if (b.type == BENCH_FIELD) PetscCall(TimeField(&b));
    else if (b.type == BENCH_FLOW) PetscCall(TimeFlow(&b));
    else PetscCall(TimeNetwork(&b));
    PetscCall(Report(&b));
  }
  PetscCall(KarGridDestroy(&b.grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}
