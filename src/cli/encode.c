/* karhunen encode: the latents of fields in an implicit representation, and how much of the fields they hold, octave by
   octave of the wave numbers. */
#include "cli.h"

#include <karhunen/implicit.h>
#include <math.h>

enum { OCTAVES = 24 };

typedef struct {
  MPI_Comm          comm, one;
  PetscInt          groups, group, samples, first, steps, done;
  KarDataset        in, out, held; /* out, held NULL: nothing is written */
  KarImplicit       implicit;
  KarImplicitPlaces places;
  KarGrid           grid, cells; /* of the fields; of the latents */
  KarFFT            fft;
  Vec               field, x, latents;
  PetscReal        *u, power[OCTAVES], error[OCTAVES], low, high;
  float            *z;
} Run;

/* Adds the power of the field's modes, octave by octave of the largest of their indices. */
static PetscErrorCode AddPower(Run *run, PetscReal to[])
{
  const KarModes    *m;
  const PetscScalar *x;
  KarMode            mode;

  PetscFunctionBegin;
  PetscCall(KarFFTForward(run->fft, run->field, run->x));
  PetscCall(KarFFTGetModes(run->fft, &m));
  PetscCall(VecGetArrayRead(run->x, &x));
  for (PetscInt i = 0; i < m->rows * m->length; i++) {
    PetscInt most   = 0;
    int      octave = 0;

    kar_mode(m, i / m->length, i % m->length, &mode);
    for (PetscInt a = 0; a < m->dim; a++) most = PetscMax(most, PetscAbsInt(mode.index[a]));
    if (mode.nyquist) continue;
    while (octave < OCTAVES - 1 && most >= 2 << octave) octave++;
    for (PetscInt c = 0; c < m->dof * m->width; c++) to[octave] += PetscSqr(x[mode.offset + c]) / (PetscReal)m->dof;
  }
  PetscCall(VecRestoreArrayRead(run->x, &x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode WriteLatents(Run *run, PetscInt i)
{
  KarGridInfo  g;
  PetscScalar *to;

  PetscFunctionBegin;
  if (!run->out) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarGridGetInfo(run->cells, &g));
  PetscCall(VecGetArrayWrite(run->latents, &to));
  for (PetscInt j = 0; j < g.ln * g.plane; j++) to[j] = run->z[g.start * g.plane + j];
  PetscCall(VecRestoreArrayWrite(run->latents, &to));
  PetscCall(KarDatasetWrite(run->out, NULL, i, run->latents));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The field as its latents have it. */
static PetscErrorCode WriteHeld(Run *run, PetscInt i)
{
  PetscScalar *a;
  PetscInt     n;

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(run->field, &n));
  PetscCall(VecGetArrayWrite(run->field, &a));
  PetscCall(PetscArraycpy(a, run->u, n));
  PetscCall(VecRestoreArrayWrite(run->field, &a));
  PetscCall(KarDatasetWrite(run->held, NULL, i, run->field));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EncodeOne(void *context, PetscInt i, PetscBool *whole)
{
  Run         *run = context;
  KarGridInfo  g;
  PetscScalar *a;

  PetscFunctionBegin;
  PetscCall(KarGridGetInfo(run->grid, &g));
  PetscCall(KarDatasetRead(run->in, NULL, run->first + i, run->field));
  PetscCall(AddPower(run, run->power));
  PetscCall(VecGetArray(run->field, &a));
  for (PetscInt j = 0; j < g.ln * g.plane; j++) {
    run->u[j] = a[j];
    run->low  = PetscMin(run->low, a[j]);
    run->high = PetscMax(run->high, a[j]);
  }
  PetscCall(KarImplicitEncode(run->places, run->steps, run->u, run->z));
  PetscCall(KarImplicitEvaluate(run->places, run->z, run->u));
  for (PetscInt j = 0; j < g.ln * g.plane; j++) a[j] -= run->u[j];
  PetscCall(VecRestoreArray(run->field, &a));
  PetscCall(AddPower(run, run->error));
  if (run->held) PetscCall(WriteHeld(run, i));
  PetscCall(WriteLatents(run, i));
  *whole = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Of mean powers over the fields. PSNR: 10 log10 of the square of the fields' range over the mean square error. */
static PetscErrorCode Say(Run *run)
{
  PetscReal sums[2] = {0, 0}, ends[2] = {-run->low, run->high};
  int       last = 0;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, run->power, OCTAVES, MPIU_REAL, MPIU_SUM, run->comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, run->error, OCTAVES, MPIU_REAL, MPIU_SUM, run->comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, ends, 2, MPIU_REAL, MPIU_MAX, run->comm));
  for (int j = 0; j < OCTAVES; j++) {
    run->power[j] /= (PetscReal)run->done;
    run->error[j] /= (PetscReal)run->done;
    sums[0] += run->power[j], sums[1] += run->error[j];
    if (run->power[j] > 0) last = j;
  }
#define LINE(name, power, error)                                                                                       \
  PetscCall(PetscPrintf(run->comm, "%-14s %-12.4g %-12.4f %.1f\n", name, (double)(power),                              \
                        (double)(1 - (error) / (power)), 10 * log10((double)(PetscSqr(ends[0] + ends[1]) / (error)))))
  PetscCall(PetscPrintf(run->comm, "%-14s %-12s %-12s %s\n", "wave numbers", "variance", "held", "PSNR"));
  for (int j = 0; j <= last; j++) {
    char name[32];

    (void)snprintf(name, sizeof(name), "%d to %d", j ? 1 << j : 0, (2 << j) - 1);
    LINE(name, run->power[j], run->error[j]);
  }
  LINE("all", sums[0], sums[1]);
#undef LINE
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The fields that are read, on the representation's box. */
static PetscErrorCode OpenFields(Run *run, const char path[], const KarReadOptions *reading)
{
  KarGridInfo   g, m;
  KarFieldLabel label;

  PetscFunctionBegin;
  PetscCall(KarImplicitGetGrid(run->implicit, &m));
  PetscCall(KarImplicitGetLabel(run->implicit, &label));
  PetscCall(KarSetupOpen(run->comm, run->one, path, reading, &m, "the representation", &label, run->first,
                         &run->samples, &run->in, &run->grid));
  PetscCall(KarGridGetInfo(run->grid, &g));
  PetscCall(KarImplicitPlacesCreate(run->implicit, 0, NULL, &g, &run->places));
  PetscCall(KarFFTCreate(run->grid, &run->fft));
  PetscCall(KarGridCreateField(run->grid, &run->field));
  PetscCall(KarFFTCreateCoordinates(run->fft, &run->x));
  PetscCall(PetscMalloc1(g.ln * g.plane, &run->u));
  run->low = PETSC_MAX_REAL, run->high = -PETSC_MAX_REAL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The grid of the cells, and the file of the latents. */
static PetscErrorCode CreateCells(Run *run, const char out[], const char held[])
{
  KarGridInfo m;
  PetscInt    n[3], c;

  PetscFunctionBegin;
  PetscCall(KarImplicitGetGrid(run->implicit, &m));
  PetscCall(KarImplicitGetCells(run->implicit, n, &c));
  PetscCall(PetscMalloc1(n[0] * n[1] * n[2] * c, &run->z));
  PetscCall(KarGridCreate(run->one, &run->cells));
  PetscCall(KarGridSetSizes(run->cells, m.dim, n, m.length));
  PetscCall(KarGridSetComponents(run->cells, c));
  PetscCall(KarGridSetBasis(run->cells, m.basis));
  PetscCall(KarGridSetUp(run->cells));
  PetscCall(KarGridCreateField(run->cells, &run->latents));
  PetscCall(KarDatasetCreate(run->comm, run->cells, out[0] ? out : "-", &run->out));
  PetscCall(KarDatasetSetFromOptions(run->out));
  if (!out[0]) PetscCall(KarDatasetDestroy(&run->out));
  if (!held[0]) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarDatasetCreate(run->comm, run->grid, held, &run->held));
  PetscCall(KarDatasetSetOptionsPrefix(run->held, "held_"));
  PetscCall(KarDatasetSetFromOptions(run->held));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CreateFiles(Run *run)
{
  KarFieldLabel label;
  KarGridInfo   g;
  PetscInt      n[3], c;

  PetscFunctionBegin;
  PetscCall(KarImplicitGetLabel(run->implicit, &label));
  PetscCall(KarImplicitGetCells(run->implicit, n, &c));
  PetscCall(KarGridGetInfo(run->grid, &g));
  if (run->held) {
    PetscCall(KarSetupFields(run->held, &label, g.dof, "fields as their latents have them", run->samples));
    PetscCall(KarDatasetSetUp(run->held));
  }
  if (!run->out) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscStrncpy(label.variable, "latents", sizeof(label.variable)));
  PetscCall(PetscStrncpy(label.units, "1", sizeof(label.units)));
  PetscCall(PetscStrncpy(label.long_name, "latents of an implicit representation", sizeof(label.long_name)));
  PetscCall(KarSetupFields(run->out, &label, c, "latents of fields", run->samples));
  PetscCall(KarDatasetSetUp(run->out));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Work(Run *run, const char out[], const char held[])
{
  const KarRounds rounds = {.comm    = run->comm,
                            .name    = "encode",
                            .n       = run->samples,
                            .groups  = run->groups,
                            .group   = run->group,
                            .draw    = EncodeOne,
                            .context = run};
  PetscErrorCode  code;
  KarUsage        used;

  PetscFunctionBegin;
  if (run->group == 0) PetscCall(KarImplicitView(run->implicit, PETSC_VIEWER_STDOUT_(run->one)));
  PetscCall(CreateFiles(run));
  code = KarSetupRounds(&rounds, &run->done);
  if (run->out) PetscCall(KarSetupEnd(run->comm, &run->out, out, "samples", run->done, run->samples, code));
  if (run->held && run->done) PetscCall(KarDatasetClose(&run->held));
  if (code || !run->done) PetscFunctionReturn(code);
  PetscCall(Say(run));
  PetscCall(KarGetUsage(run->comm, &used));
  PetscCall(PetscPrintf(run->comm, "%" PetscInt_FMT " fields, %.3g s of processor time each; at most %.4g MiB a rank\n",
                        run->done, (double)used.cpu / (double)run->done, (double)used.peak / 1048576));
  if (out[0]) PetscCall(PetscPrintf(run->comm, "wrote %s: latents\n", out));
  if (held[0]) PetscCall(PetscPrintf(run->comm, "wrote %s: the fields as their latents have them\n", held));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Destroy(Run *run)
{
  PetscFunctionBegin;
  PetscCall(VecDestroy(&run->field));
  PetscCall(VecDestroy(&run->latents));
  PetscCall(VecDestroy(&run->x));
  PetscCall(PetscFree(run->u));
  PetscCall(PetscFree(run->z));
  PetscCall(KarImplicitPlacesDestroy(&run->places));
  PetscCall(KarImplicitDestroy(&run->implicit));
  PetscCall(KarFFTDestroy(&run->fft));
  PetscCall(KarGridDestroy(&run->grid));
  PetscCall(KarGridDestroy(&run->cells));
  PetscCall(KarDatasetDestroy(&run->in));
  PetscCall(KarDatasetDestroy(&run->out));
  PetscCall(KarDatasetDestroy(&run->held));
  PetscCallMPI(MPI_Comm_free(&run->one));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Names the options of the files that are written. */
static PetscErrorCode Help(Run *run)
{
  static const char *const prefix[] = {"", "held_"};
  const PetscInt           n        = 64;
  PetscBool                done;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(run->comm, &run->grid));
  PetscCall(KarGridSetSizes(run->grid, 1, &n, NULL));
  PetscCall(KarGridSetUp(run->grid));
  for (int i = 0; i < 2; i++) {
    PetscCall(KarDatasetCreate(run->comm, run->grid, "-", &run->out));
    PetscCall(KarDatasetSetOptionsPrefix(run->out, prefix[i]));
    PetscCall(KarDatasetSetFromOptions(run->out));
    PetscCall(KarDatasetDestroy(&run->out));
  }
  PetscCall(KarGridDestroy(&run->grid));
  PetscCallMPI(MPI_Comm_free(&run->one));
  PetscCall(KarCommandReady(run->comm, &done));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCommandEncode(MPI_Comm comm)
{
  char model[PETSC_MAX_PATH_LEN] = "", path[PETSC_MAX_PATH_LEN] = "", out[PETSC_MAX_PATH_LEN] = "",
       held[PETSC_MAX_PATH_LEN] = "";
  KarReadOptions reading;
  PetscBool      done, given;
  Run            run = {.comm = comm};

  PetscFunctionBegin;
  PetscCall(
    KarOptionsString(NULL, "model", "an implicit representation, train -train_objective inr", sizeof(model), model));
  PetscCall(KarOptionsString(NULL, "data", "file of the fields", sizeof(path), path));
  PetscCall(KarReadOptionsRead(NULL, &reading));
  PetscCall(KarOptionsInt(NULL, "samples", "number of fields; 0: all", 0, PETSC_MAX_INT, &run.samples));
  PetscCall(KarOptionsInt(NULL, "first", "number of the first field", 0, PETSC_MAX_INT, &run.first));
  PetscCall(KarOptionsInt(NULL, "encode_steps", "gradient steps of a field; 0: as many as it was learnt with", 0,
                          100000, &run.steps));
  PetscCall(KarOptionsString(NULL, "out", "file of the latents to write; without it only what they hold is said",
                             sizeof(out), out));
  PetscCall(
    KarOptionsString(NULL, "held", "file to write of the fields as their latents have them", sizeof(held), held));
  PetscCall(KarOptionsNeed(comm, (PetscBool)(model[0] != 0), "encode: by what? give -model FILE"));
  PetscCall(KarOptionsNeed(comm, (PetscBool)(path[0] != 0), "encode: which fields? give -data FILE"));
  PetscCall(KarOptionsGiven(NULL, "samples", &given));
  PetscCall(KarSetupGroups(comm, given ? run.samples : PETSC_MAX_INT, &run.one, &run.groups, &run.group));
  if (KarOptionsHelping()) {
    PetscCall(Help(&run));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KarImplicitLoad(run.one, model, &run.implicit));
  PetscCall(OpenFields(&run, path, &reading));
  PetscCall(CreateCells(&run, out, held));
  PetscCall(KarCommandReady(comm, &done));
  if (!done) PetscCall(Work(&run, out, held));
  PetscCall(Destroy(&run));
  PetscFunctionReturn(PETSC_SUCCESS);
}
