/* karhunen bridge: paths of a process between two fields, or from a field to data of the end; karhunen control: paths
   under the control that is best for a cost of the end. */
#include "outlines.h"
#include "pathrun.h"

#include <karhunen/onto.h>

typedef KarPathRun Run;

static PetscErrorCode ReadStart(Run *run, const char path[], PetscInt sample)
{
  KarDatasetInfo d;

  PetscFunctionBegin;
  PetscCall(KarFieldReadOnto(run->one, run->control ? "-control_start" : "-bridge_start", path, sample, "", &run->fft,
                             &d, &run->variable, &run->start));
  PetscCall(PetscStrncpy(run->units, d.units, sizeof(run->units)));
  for (int i = 0; i < 3; i++) run->origin[i] = d.origin[i], run->direction[i] = d.step[i] < 0 ? -1 : 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Mean of (v - a x)^2 over the variance that a path's end has, by octaves of the wave number; 1 for a draw of the
   process itself. */
static PetscErrorCode Warn(Run *run, const PetscReal R[])
{
  enum { OCTAVES = 24 };
  PetscReal          sum[2 * OCTAVES] = {0}, T, *a, *S;
  const PetscScalar *x, *v;
  const KarModes    *m;
  KarSDE             linear;
  KarMode            mode;
  PetscInt           last = 0;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(run->fft, &m));
  PetscCall(PetscMalloc2(m->rows * m->length, &a, m->rows * m->length, &S));
  PetscCall(KarSDEGetLinear(run->sde, &linear));
  PetscCall(KarSDEGetFinalTime(run->sde, &T));
  PetscCall(KarSDEGetTransition(linear, 0, T, a, S));
  PetscCall(VecGetArrayRead(run->start, &x));
  PetscCall(VecGetArrayRead(run->end, &v));
  for (PetscInt r = 0; r < m->rows; r++)
    for (PetscInt j = 0; j < m->length; j++) {
      const PetscInt i    = r * m->length + j;
      PetscInt       most = 0, octave = 0;

      kar_mode(m, r, j, &mode);
      for (int c = 0; c < 3; c++) most = PetscMax(most, PetscAbsInt(mode.index[c]));
      while (most >> octave && octave < OCTAVES - 1) octave++;
      for (PetscInt c = mode.offset; S[i] > 0 && c < mode.offset + m->dof * m->width; c++) {
        sum[octave] += PetscSqr(v[c] - a[i] * x[c]) / (S[i] + (R ? R[i] : 0));
        sum[OCTAVES + octave] += mode.self && m->width == 2 ? 0.5 : 1;
      }
    }
  PetscCall(VecRestoreArrayRead(run->end, &v));
  PetscCall(VecRestoreArrayRead(run->start, &x));
  PetscCall(PetscFree2(a, S));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sum, 2 * OCTAVES, MPIU_REAL, MPIU_SUM, run->one));
  for (PetscInt i = 0; i < OCTAVES; i++)
    if (sum[OCTAVES + i] > 0) last = i;
  if (run->group || sum[last] <= 10 * sum[OCTAVES + last]) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscPrintf(run->one, "warning: the end is rougher than the noise: on finer grids no path leads to it. (v "
                                  "- a x)^2 over its variance, mean by wave number:"));
  for (PetscInt i = 0; i <= last; i++)
    if (sum[OCTAVES + i] > 0)
      PetscCall(PetscPrintf(run->one, " %" PetscInt_FMT "+: %.3g", i ? (PetscInt)1 << (i - 1) : 0,
                            (double)(sum[i] / sum[OCTAVES + i])));
  PetscCall(PetscPrintf(run->one, "; give -bridge_noise, or a rougher noise (-cov_alpha)\n"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The process of a model of a control. */
static PetscErrorCode LoadControl(Run *run)
{
  const PetscReal *start, *end;
  KarGridInfo      info;
  KarSDE           matching;

  PetscFunctionBegin;
  PetscCall(KarGridGetInfo(run->grid, &info));
  PetscCall(KarDenoiserLoad(run->one, run->model, info.dim, info.n, &run->denoiser));
  PetscCall(KarDenoiserSetUp(run->denoiser));
  PetscCall(KarDenoiserGetEnds(run->denoiser, &start, &end));
  KarCheck(run->one, start, PETSC_ERR_FILE_UNEXPECTED,
           "%s is a model of one law, not of a control: train -train_objective adjoint, or logvariance", run->model);
  PetscCall(KarDenoiserGetSDE(run->denoiser, &matching));
  PetscCall(KarSDEGetMatching(matching, &run->sde, NULL));
  PetscCall(KarSDEReference(run->sde));
  PetscCall(KarSDEGetCovariance(run->sde, &run->cov));
  PetscCall(KarCovReference(run->cov));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetControl(Run *run)
{
  PetscReal      R;
  KarControl     control, base;
  KarObservation obs;
  Vec            b, y;

  PetscFunctionBegin;
  PetscCall(KarCostGetQuadratic(run->cost, &b, &R, &obs, &y));
  PetscCall(KarControlCreate(run->sde, &control));
  PetscCall(KarControlSetType(control, KARCONTROLLEARNT));
  PetscCall(KarControlSetDenoiser(control, run->denoiser, b, b ? 1 / R : 0));
  if (obs) {
    PetscCall(KarControlCreate(run->sde, &base));
    PetscCall(KarControlSetType(base, KARCONTROLOBSERVATION));
    PetscCall(KarControlSetObservation(base, obs, y));
    PetscCall(KarControlSetBase(control, base));
    PetscCall(KarControlDestroy(&base));
  }
  PetscCall(KarBridgeSetControl(run->bridge, control));
  PetscCall(KarControlDestroy(&control));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A cost of the end: of data, or of the distance to a field. */
static PetscErrorCode SetCost(Run *run)
{
  const PetscBool data = (PetscBool)(run->obs && !KarOptionsHelping());

  PetscFunctionBegin;
  PetscCall(KarCostCreate(run->fft, &run->cost));
  if (data) PetscCall(KarCostSetType(run->cost, KARCOSTOBSERVATION));
  PetscCall(KarCostSetFromOptions(run->cost));
  if (data) PetscCall(KarCostSetObservation(run->cost, run->obs, run->y));
  if (run->end) PetscCall(KarCostSetTarget(run->cost, run->end));
  if (run->denoiser) PetscCall(SetControl(run));
  PetscCall(KarBridgeSetCost(run->bridge, run->cost));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetEnd(Run *run)
{
  const PetscReal *lambda;
  const KarModes  *m;
  PetscReal       *R = NULL;

  PetscFunctionBegin;
  if (run->obs) {
    PetscCall(KarBridgeSetObservation(run->bridge, run->obs, run->y));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KarFFTGetModes(run->fft, &m));
  PetscCall(KarCovGetEigenvalues(run->cov, &lambda));
  if (run->noise > 0) {
    PetscCall(PetscMalloc1(m->rows * m->length, &R));
    for (PetscInt i = 0; i < m->rows * m->length; i++) R[i] = PetscSqr(run->noise) * lambda[i];
  }
  PetscCall(KarBridgeSetEnd(run->bridge, run->end, R));
  if (!KarOptionsHelping()) PetscCall(Warn(run, R));
  PetscCall(PetscFree(R));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The fields or, for -help, what stands in for them; the process; the end. */
static PetscErrorCode SetUp(Run *run, const char start[], PetscInt first, const char end[], PetscInt last)
{
  const PetscInt n[2] = {64, 64};
  PetscBool      part;
  KarGrid        grid;

  PetscFunctionBegin;
  if (KarOptionsHelping()) {
    PetscCall(KarGridCreate(run->one, &grid));
    PetscCall(KarGridSetSizes(grid, 2, n, NULL));
    PetscCall(KarFFTCreate(grid, &run->fft));
    PetscCall(KarGridDestroy(&grid));
    PetscCall(KarFFTCreateCoordinates(run->fft, &run->start));
    PetscCall(VecDuplicate(run->start, &run->end));
  } else {
    PetscCall(ReadStart(run, start, first));
    if (end[0])
      PetscCall(KarFieldReadOnto(run->one, run->control ? "-control_target" : "-bridge_end", end, last, "the start's",
                                 &run->fft, NULL, NULL, &run->end));
  }
  part = (PetscBool)(!end[0]);
  PetscCall(KarFFTGetGrid(run->fft, &run->grid));
  if (run->model[0]) PetscCall(LoadControl(run));
  else {
    PetscCall(KarCovCreate(run->fft, &run->cov));
    PetscCall(KarCovSetFromOptions(run->cov));
    PetscCall(KarSDECreate(run->cov, &run->sde));
    PetscCall(KarSDESetFromOptions(run->sde));
  }
  PetscCall(KarSDESetUp(run->sde));
  PetscCall(KarBridgeCreate(run->sde, &run->bridge));
  if (part) {
    PetscCall(KarObservationCreate(run->fft, &run->obs));
    PetscCall(KarObservationSetFromOptions(run->obs));
    if (KarOptionsHelping()) {
      PetscCall(KarObservationSetParameter(run->obs, "every", 1));
      PetscCall(KarObservationSetType(run->obs, KAROBSERVATIONPOINTS));
    }
    PetscCall(KarObservationCreateData(run->obs, &run->y));
    if (!KarOptionsHelping()) PetscCall(KarObservationGetData(run->obs, run->y));
  }
  if (run->control) PetscCall(SetCost(run));
  PetscCall(KarBridgeSetFromOptions(run->bridge));
  if (!run->control) PetscCall(SetEnd(run));
  PetscCall(KarBridgeSetUp(run->bridge));
  PetscCall(KarBridgeGetSize(run->bridge, &run->steps, &run->particles));
  run->runs = (run->samples + run->particles - 1) / run->particles;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Destroy(Run *run)
{
  PetscFunctionBegin;
  PetscCall(KarBridgeDestroy(&run->bridge));
  PetscCall(KarCostDestroy(&run->cost));
  PetscCall(KarObservationDestroy(&run->obs));
  PetscCall(VecDestroy(&run->y));
  PetscCall(VecDestroy(&run->start));
  PetscCall(VecDestroy(&run->end));
  PetscCall(KarSDEDestroy(&run->sde));
  PetscCall(KarCovDestroy(&run->cov));
  PetscCall(KarDenoiserDestroy(&run->denoiser));
  PetscCall(KarFFTDestroy(&run->fft));
  PetscCallMPI(MPI_Comm_free(&run->one));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* bridge -bridge_of outlines, which a table of points and -sde_type kunita stand for too. */
static PetscErrorCode IsOutlines(MPI_Comm comm, PetscBool control, const char start[], PetscBool *outlines)
{
  static const char *const what[]   = {"fields", "outlines", NULL};
  char                     type[32] = "";
  PetscInt                 of       = kar_outline_is_table(start) ? 1 : 0;

  PetscFunctionBegin;
  *outlines = PETSC_FALSE;
  if (!control) {
    PetscCall(KarOptionsChoice("bridge_", "of",
                               "what start and end are; outlines: closed curves (tables x,y, files of curves, zero "
                               "levels) under shape noise",
                               what, &of));
    *outlines = (PetscBool)(of == 1);
  }
  if (!KarOptionsHelping()) PetscCall(PetscOptionsGetString(NULL, NULL, "-sde_type", type, sizeof(type), NULL));
  if (strcmp(type, "kunita")) PetscFunctionReturn(PETSC_SUCCESS);
  KarCheck(comm, !control, PETSC_ERR_SUP,
           "control: -sde_type kunita has noise that depends on the state, which no control is computed for here: "
           "bridge takes it");
  *outlines = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* From where to where, and what is drawn: of every bridge. */
static PetscErrorCode ReadOptions(MPI_Comm comm, Run *run, KarOutlineRun *o, PetscBool *outlines)
{
  const PetscBool control = run->control;
  const char     *prefix = control ? "control_" : "bridge_", *to = control ? "target" : "end";
  char            sample[32];

  PetscFunctionBegin;
  PetscCall(
    KarOptionsString(prefix, "start", "the file of the field where the paths start", sizeof(o->start), o->start));
  PetscCall(KarOptionsInt(prefix, "start_sample", "number of that field", 0, PETSC_MAX_INT, &o->first));
  PetscCall(KarOptionsString(prefix, to,
                             control
                               ? "the file of the field that the cost is the distance to; or data of the end, -obs_data"
                               : "the file of the field where they end; or data of it, -obs_data",
                             sizeof(o->end), o->end));
  (void)snprintf(sample, sizeof(sample), "%s_sample", to);
  PetscCall(KarOptionsInt(prefix, sample, "number of that field", 0, PETSC_MAX_INT, &o->last));
  PetscCall(IsOutlines(comm, control, o->start, outlines));
  if (control)
    PetscCall(KarOptionsString(prefix, "model",
                               "a control that is learnt for this cost, and its process: train "
                               "-train_objective adjoint",
                               sizeof(run->model), run->model));
  else if (!*outlines)
    PetscCall(KarOptionsReal(NULL, "bridge_noise",
                             "standard deviation of the end over that of the process's noise, mode by mode; 0: pinned",
                             0, 1e6, &run->noise));
  PetscCall(KarOptionsInt(NULL, "samples", "number of paths", 1, PETSC_MAX_INT, &o->samples));
  PetscCall(KarOptionsInt(NULL, "seed",
                          "another seed gives other paths; the same gives the same, on any number of ranks", 0,
                          PETSC_MAX_INT, &o->seed));
  PetscCall(KarOptionsString(NULL, "out", "the HDF5 file to write", sizeof(o->out), o->out));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode NeedEnds(MPI_Comm comm, PetscBool control, const KarOutlineRun *o)
{
  char data[PETSC_MAX_PATH_LEN] = "";

  PetscFunctionBegin;
  PetscCall(PetscOptionsGetString(NULL, NULL, "-obs_data", data, sizeof(data), NULL));
  PetscCall(KarOptionsNeed(comm, (PetscBool)(o->start[0] != 0),
                           control ? "control: from where? give -control_start FILE.h5"
                                   : "bridge: from where? give -bridge_start FILE.h5"));
  PetscCall(KarOptionsNeed(
    comm, (PetscBool)((o->end[0] != 0) != (data[0] != 0)),
    control ? "control: at what cost? give -control_target FILE.h5, or data of the end, -obs_data FILE.csv: one of them"
            : "bridge: to where? give -bridge_end FILE.h5, or data of the end, -obs_data FILE.csv: one of them"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Command(MPI_Comm comm, PetscBool control)
{
  KarOutlineRun o = {.samples = 16};
  PetscBool     done, outlines = PETSC_FALSE;
  Run           run = {.comm = comm, .control = control};

  PetscFunctionBegin;
  PetscCall(ReadOptions(comm, &run, &o, &outlines));
  PetscCall(NeedEnds(comm, control, &o));
  if (outlines) {
    PetscCall(KarBridgeOutlines(comm, &o));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  run.samples = o.samples, run.seed = o.seed;
  PetscCall(KarSetupGroups(comm, run.samples, &run.one, &run.groups, &run.group));
  PetscCall(SetUp(&run, o.start, o.first, o.end, o.last));
  PetscCall(KarDatasetCreate(comm, run.grid, o.out[0] ? o.out : "-", &run.data));
  PetscCall(KarDatasetSetFromOptions(run.data));
  PetscCall(KarCommandReady(comm, &done));
  KarCheck(comm, done || o.out[0], PETSC_ERR_USER_INPUT, "%s: where to? give -out FILE.h5",
           control ? "control" : "bridge");
  if (!done) {
    if (run.group == 0) PetscCall(KarSDEView(run.sde, PETSC_VIEWER_STDOUT_(run.one)));
    if (run.group == 0 && run.obs) PetscCall(KarObservationView(run.obs, PETSC_VIEWER_STDOUT_(run.one)));
    if (run.group == 0 && run.cost) PetscCall(KarCostView(run.cost, PETSC_VIEWER_STDOUT_(run.one)));
    PetscCall(KarPathRunWork(&run, o.out));
  } else PetscCall(KarDatasetDestroy(&run.data));
  PetscCall(Destroy(&run));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCommandBridge(MPI_Comm comm)
{
  PetscFunctionBegin;
  PetscCall(Command(comm, PETSC_FALSE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCommandControl(MPI_Comm comm)
{
  PetscFunctionBegin;
  PetscCall(Command(comm, PETSC_TRUE));
  PetscFunctionReturn(PETSC_SUCCESS);
}
