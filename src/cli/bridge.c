/* karhunen bridge: paths of a process between two fields, or from a field to data of the end; karhunen control: paths
   under the control that is best for a cost of the end. */
#include "pathrun.h"

typedef KarPathRun Run;

/* Field number i of a file, as coordinates; makes the transform when there is none, else the boxes must be one. */
static PetscErrorCode ReadField(Run *run, const char option[], const char path[], PetscInt sample, Vec *x)
{
  KarDataset     data;
  KarDatasetInfo d;
  KarGridInfo    info, mine;
  KarGrid        grid, here;
  KarFFT         fft;
  KarResample    across;
  Vec            field, own;
  PetscBool      same = PETSC_TRUE, points = PETSC_TRUE;

  PetscFunctionBegin;
  PetscCall(KarDatasetOpen(run->one, path, &data));
  PetscCall(KarDatasetGetInfo(data, &d));
  KarCheck(run->one, sample < d.samples, PETSC_ERR_USER_INPUT,
           "%s_sample %" PetscInt_FMT ": %s has samples 0 to %" PetscInt_FMT, option, sample, path, d.samples - 1);
  PetscCall(KarDatasetCreateGrid(data, run->one, NULL, &grid));
  PetscCall(KarFFTCreate(grid, &fft));
  PetscCall(KarGridGetInfo(grid, &info));
  if (!run->fft) {
    PetscCall(KarFFTReference(fft));
    run->fft = fft;
    PetscCall(KarDatasetGetVariable(data, 0, &run->variable));
    PetscCall(PetscStrncpy(run->units, d.units, sizeof(run->units)));
    for (int i = 0; i < 3; i++) run->origin[i] = d.origin[i], run->direction[i] = d.step[i] < 0 ? -1 : 1;
  }
  PetscCall(KarFFTGetGrid(run->fft, &here));
  PetscCall(KarGridGetInfo(here, &mine));
  same = (PetscBool)(info.dim == mine.dim && info.dof == mine.dof && info.basis == mine.basis);
  for (int i = 0; i < 3; i++) {
    same   = (PetscBool)(same && PetscAbsReal(info.length[i] - mine.length[i]) <= 1e-6 * mine.length[i]);
    points = (PetscBool)(points && info.n[i] == mine.n[i]);
  }
  KarCheck(run->one, same, PETSC_ERR_USER_INPUT,
           "%s %s: its fields are of another box than the start's (%g %g %g and %g %g %g): give fields of one box",
           option, path, (double)info.length[0], (double)info.length[1], (double)info.length[2], (double)mine.length[0],
           (double)mine.length[1], (double)mine.length[2]);
  PetscCall(KarGridCreateField(grid, &field));
  PetscCall(KarFFTCreateCoordinates(fft, &own));
  PetscCall(KarDatasetRead(data, NULL, sample, field));
  PetscCall(KarFFTForward(fft, field, own));
  PetscCall(KarFFTCreateCoordinates(run->fft, x));
  if (points) PetscCall(VecCopy(own, *x));
  else {
    PetscCall(KarResampleCreate(fft, run->fft, &across));
    PetscCall(KarResampleApply(across, own, *x));
    PetscCall(KarResampleDestroy(&across));
  }
  PetscCall(VecDestroy(&own));
  PetscCall(VecDestroy(&field));
  PetscCall(KarFFTDestroy(&fft));
  PetscCall(KarGridDestroy(&grid));
  PetscCall(KarDatasetDestroy(&data));
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
  KarControl     control;
  KarObservation obs;
  Vec            b, y;

  PetscFunctionBegin;
  PetscCall(KarCostGetQuadratic(run->cost, &b, &R, &obs, &y));
  PetscCall(KarControlCreate(run->sde, &control));
  PetscCall(KarControlSetType(control, KARCONTROLLEARNT));
  PetscCall(KarControlSetDenoiser(control, run->denoiser, b, b ? 1 / R : 0));
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
    PetscCall(ReadField(run, run->control ? "-control_start" : "-bridge_start", start, first, &run->start));
    if (end[0]) PetscCall(ReadField(run, run->control ? "-control_target" : "-bridge_end", end, last, &run->end));
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

static PetscErrorCode Command(MPI_Comm comm, PetscBool control)
{
  const char *name = control ? "control" : "bridge", *prefix = control ? "control_" : "bridge_",
             *to                 = control ? "target" : "end";
  char start[PETSC_MAX_PATH_LEN] = "", end[PETSC_MAX_PATH_LEN] = "", data[PETSC_MAX_PATH_LEN] = "", sample[32],
       out[PETSC_MAX_PATH_LEN] = "";
  PetscInt  seed = 0, first = 0, last = 0;
  PetscBool done;
  Run       run = {.comm = comm, .samples = 16, .control = control};

  PetscFunctionBegin;
  PetscCall(KarOptionsString(prefix, "start", "the file of the field where the paths start", sizeof(start), start));
  PetscCall(KarOptionsInt(prefix, "start_sample", "number of that field", 0, PETSC_MAX_INT, &first));
  PetscCall(KarOptionsString(prefix, to,
                             control
                               ? "the file of the field that the cost is the distance to; or data of the end, -obs_data"
                               : "the file of the field where they end; or data of it, -obs_data",
                             sizeof(end), end));
  (void)snprintf(sample, sizeof(sample), "%s_sample", to);
  PetscCall(KarOptionsInt(prefix, sample, "number of that field", 0, PETSC_MAX_INT, &last));
  if (!control)
    PetscCall(KarOptionsReal(NULL, "bridge_noise",
                             "standard deviation of the end over that of the process's noise, mode by mode; 0: pinned",
                             0, 1e6, &run.noise));
  else
    PetscCall(KarOptionsString(prefix, "model",
                               "a control that is learnt for this cost, and its process: train "
                               "-train_objective adjoint",
                               sizeof(run.model), run.model));
  PetscCall(KarOptionsInt(NULL, "samples", "number of paths", 1, PETSC_MAX_INT, &run.samples));
  PetscCall(KarOptionsInt(NULL, "seed",
                          "another seed gives other paths; the same gives the same, on any number of ranks", 0,
                          PETSC_MAX_INT, &seed));
  PetscCall(KarOptionsString(NULL, "out", "the HDF5 file to write", sizeof(out), out));
  run.seed = seed;
  PetscCall(PetscOptionsGetString(NULL, NULL, "-obs_data", data, sizeof(data), NULL));
  PetscCall(KarOptionsNeed(comm, (PetscBool)(start[0] != 0),
                           control ? "control: from where? give -control_start FILE.h5"
                                   : "bridge: from where? give -bridge_start FILE.h5"));
  PetscCall(KarOptionsNeed(
    comm, (PetscBool)((end[0] != 0) != (data[0] != 0)),
    control ? "control: at what cost? give -control_target FILE.h5, or data of the end, -obs_data FILE.csv: one of them"
            : "bridge: to where? give -bridge_end FILE.h5, or data of the end, -obs_data FILE.csv: one of them"));
  PetscCall(KarSetupGroups(comm, run.samples, &run.one, &run.groups, &run.group));
  PetscCall(SetUp(&run, start, first, end, last));
  PetscCall(KarDatasetCreate(comm, run.grid, out[0] ? out : "-", &run.data));
  PetscCall(KarDatasetSetFromOptions(run.data));
  PetscCall(KarCommandReady(comm, &done));
  KarCheck(comm, done || out[0], PETSC_ERR_USER_INPUT, "%s: where to? give -out FILE.h5", name);
  if (!done) {
    if (run.group == 0) PetscCall(KarSDEView(run.sde, PETSC_VIEWER_STDOUT_(run.one)));
    if (run.group == 0 && run.obs) PetscCall(KarObservationView(run.obs, PETSC_VIEWER_STDOUT_(run.one)));
    if (run.group == 0 && run.cost) PetscCall(KarCostView(run.cost, PETSC_VIEWER_STDOUT_(run.one)));
    PetscCall(KarPathRunWork(&run, out));
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
