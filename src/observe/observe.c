/* An observation: y = H(x) + e on coordinates x: its types, its options, its set-up. apply.c has H and its derivative.
   */
#include <karhunen/impl/observe.h>

/* The types: a new one is a file and a line here. */
#define TYPES(TYPE)                                                                                                    \
  TYPE(KAROBSERVATIONPOINTS, "values at places", KarObservationCreate_Points)                                          \
  TYPE(KAROBSERVATIONAVERAGE, "means over boxes about places", KarObservationCreate_Average)                           \
  TYPE(KAROBSERVATIONBLUR, "the field smoothed by a Gaussian, at places", KarObservationCreate_Blur)                   \
  TYPE(KAROBSERVATIONCOARSE, "all points of a coarser grid", KarObservationCreate_Coarse)                              \
  TYPE(KAROBSERVATIONMODES, "coefficients of the modes up to a wave number", KarObservationCreate_Modes)               \
  TYPE(KAROBSERVATIONLINES, "means along straight lines", KarObservationCreate_Lines)                                  \
  TYPE(KAROBSERVATIONPHASE, "values at places, known but for whole turns", KarObservationCreate_Phase)                 \
  TYPE(KAROBSERVATIONSQUARE, "squares of values at places", KarObservationCreate_Square)                               \
  TYPE(KAROBSERVATIONTANH, "tanh of values at places", KarObservationCreate_Tanh)                                      \
  TYPE(KAROBSERVATIONFLOW, "the vorticity of a plane flow at a later time, at places", KarObservationCreate_Flow)

KAR_TYPES(KarObservation, TYPES, .noun = "observation", .option = "obs_type", .fallback = KAROBSERVATIONPOINTS);

KAR_CLASS_NAMES(KarObservation, prefix)

PetscErrorCode KarObservationCreate(KarFFT fft, KarObservation *out)
{
  KarObservation obs;
  KarGrid        grid;
  KarGridInfo    info;

  PetscFunctionBegin;
  PetscCall(PetscNew(&obs));
  PetscCall(KarFFTReference(fft));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &info));
  obs->fft            = fft;
  obs->comm           = info.comm;
  obs->noise          = 0.1;
  obs->dense          = 2000;
  obs->step           = 0.05;
  obs->mib            = 256;
  obs->references     = 1;
  obs->sampled.values = PETSC_TRUE;
  *out                = obs;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What an earlier set-up left behind. */
static PetscErrorCode Clear(KarObservation obs)
{
  PetscFunctionBegin;
  PetscCall(KarFFTDestroy(&obs->at));
  PetscCall(KarPointsDestroy(&obs->points));
  PetscCall(KarResampleDestroy(&obs->down));
  PetscCall(KarResampleDestroy(&obs->up));
  PetscCall(PetscFree(obs->multiplier));
  PetscCall(PetscFree(obs->number));
  PetscCall(PetscFree(obs->index));
  PetscCall(VecDestroy(&obs->x));
  PetscCall(VecDestroy(&obs->w));
  PetscCall(VecDestroy(&obs->low));
  PetscCall(VecDestroy(&obs->field));
  PetscCall(VecDestroy(&obs->variance));
  PetscCall(VecDestroy(&obs->slope));
  PetscCall(MatDestroy(&obs->H));
  PetscCall(KSPDestroy(&obs->ksp));
  PetscCall(KSPDestroy(&obs->field_ksp));
  obs->m = obs->local = obs->missing = 0;
  obs->ready                         = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What an earlier type left behind. */
static PetscErrorCode Reset(KarObservation obs)
{
  PetscFunctionBegin;
  PetscCall(Clear(obs));
  if (obs->ops.destroy) PetscCall(obs->ops.destroy(obs));
  PetscFunctionReturn(PETSC_SUCCESS);
}

KAR_CLASS_SETTYPE(KarObservation, comm, prefix)

PetscErrorCode KarObservationGetType(KarObservation obs, KarObservationType *type)
{
  PetscFunctionBegin;
  *type = obs->type;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationSetCorrelatedNoise(KarObservation obs, KarCov cov)
{
  PetscFunctionBegin;
  if (cov) PetscCall(KarCovReference(cov));
  PetscCall(KarCovDestroy(&obs->correlated));
  obs->correlated = cov;
  obs->ready      = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A field of errors where -obs_cov_type or -obs_cov_variance is given. */
static PetscErrorCode CorrelatedFromOptions(KarObservation obs)
{
  char      prefix[80];
  KarCov    cov;
  PetscBool type, variance;

  PetscFunctionBegin;
  PetscCall(KarOptionsGiven(obs->prefix, "obs_cov_type", &type));
  PetscCall(KarOptionsGiven(obs->prefix, "obs_cov_variance", &variance));
  if (!type && !variance && !KarOptionsHelping()) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscSNPrintf(prefix, sizeof(prefix), "%sobs_", obs->prefix));
  PetscCall(KarCovCreate(obs->fft, &cov));
  PetscCall(KarCovSetOptionsPrefix(cov, prefix));
  PetscCall(KarCovSetFromOptions(cov));
  PetscCall(KarObservationSetCorrelatedNoise(obs, cov));
  PetscCall(KarCovDestroy(&cov));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationSetFromOptions(KarObservation obs)
{
  static const char *const solves[] = {"auto", "data", "field", NULL};
  char                     type[32], path[2][PETSC_MAX_PATH_LEN] = {"", ""};

  PetscFunctionBegin;
  PetscCall(PetscStrncpy(type, obs->type, sizeof(type)));
  PetscCall(KarTypesFromOptions(&types, obs->comm, obs->prefix, sizeof(type), type));
  PetscCall(KarObservationSetType(obs, type));
  PetscCall(KarObservationPathsFromOptions(obs, path));
  PetscCall(KarOptionsString(obs->prefix, "obs_mask",
                             "HDF5 file of one field of this grid: points where it is not 0, nor NaN",
                             sizeof(obs->mask), obs->mask));
  PetscCall(KarOptionsInt(obs->prefix, "obs_every", "observe every Nth point of the grid along each axis", 1,
                          PETSC_MAX_INT, &obs->every));
  PetscCall(KarOptionsReal(obs->prefix, "obs_noise", "standard deviation of the noise, where the data do not say", 0,
                           PETSC_MAX_REAL, &obs->noise));
  PetscCall(KarOptionsInt(obs->prefix, "obs_dense",
                          "up to so many data by a Cholesky factor, more by conjugate gradients (-obs_ksp_*)", 0, 46340,
                          &obs->dense));
  PetscCall(KarOptionsChoice(
    obs->prefix, "obs_solve",
    "what these solve: the data's covariance, the field, or auto: whichever takes few products", solves, &obs->solve));
  PetscCall(KarOptionsReal(obs->prefix, "obs_offset",
                           "data of one group (column group; 0: none) share an unknown constant of this deviation", 0,
                           PETSC_MAX_REAL, &obs->offset));
  PetscCall(KarObservationReadPaths(obs, path));
  PetscCall(CorrelatedFromOptions(obs));
  if (obs->ops.setfromoptions) PetscCall(obs->ops.setfromoptions(obs));
  obs->ready = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationSetParameter(KarObservation obs, const char name[], PetscReal value)
{
  PetscReal *const         reals[]     = {&obs->width,     &obs->length, &obs->noise,  &obs->time,
                                          &obs->viscosity, &obs->step,   &obs->period, &obs->mib};
  PetscInt *const          whole[]     = {&obs->cut, &obs->every, &obs->dense, &obs->unknown};
  static const char *const names[2][8] = {{"width", "length", "noise", "time", "viscosity", "step", "period", "keep"},
                                          {"modes", "every", "dense", "forcing"}};

  PetscFunctionBegin;
  obs->ready = PETSC_FALSE;
  for (int i = 0; i < 8; i++) {
    if (!strcmp(names[0][i], name)) *reals[i] = value;
    else if (i < 4 && !strcmp(names[1][i], name)) *whole[i] = (PetscInt)value;
    else continue;
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  KarCheck(obs->comm, PETSC_FALSE, PETSC_ERR_ARG_OUTOFRANGE, "an observation has no parameter %s", name);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationSetPlaces(KarObservation obs, PetscInt m, const PetscReal x[], const PetscInt component[])
{
  const KarModes *modes;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(obs->fft, &modes));
  PetscCall(PetscFree(obs->place));
  PetscCall(PetscFree(obs->line));
  PetscCall(PetscFree(obs->component));
  PetscCall(PetscCalloc1(3 * m, &obs->place));
  for (PetscInt i = 0; i < m; i++)
    for (PetscInt a = 0; a < modes->dim; a++) obs->place[3 * i + a] = x[i * modes->dim + a];
  if (component) {
    PetscCall(PetscMalloc1(m, &obs->component));
    PetscCall(PetscArraycpy(obs->component, component, m));
  }
  obs->given = m;
  obs->ready = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationSetLines(KarObservation obs, PetscInt m, const PetscReal from[], const PetscReal to[],
                                      const PetscInt component[])
{
  const KarModes *modes;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(obs->fft, &modes));
  PetscCall(KarObservationSetPlaces(obs, m, from, component));
  PetscCall(PetscCalloc1(3 * m, &obs->line));
  for (PetscInt i = 0; i < m; i++)
    for (PetscInt a = 0; a < modes->dim; a++) {
      const PetscReal d = to[i * modes->dim + a] - from[i * modes->dim + a];

      obs->line[3 * i + a] = d;
      obs->place[3 * i + a] += d / 2;
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationSetCoarse(KarObservation obs, const PetscInt n[])
{
  const KarModes *m;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(obs->fft, &m));
  PetscCall(PetscArraycpy(obs->coarse, n, m->dim));
  obs->ready = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationSetNoise(KarObservation obs, PetscInt m, const PetscReal gamma[])
{
  PetscFunctionBegin;
  PetscCall(PetscFree(obs->sigma));
  PetscCall(PetscMalloc1(m, &obs->sigma));
  PetscCall(PetscArraycpy(obs->sigma, gamma, m));
  obs->noises = m;
  obs->ready  = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Set-up ------------------------------------------------------------ */
static PetscReal Multiplier(const KarMode *mode, void *ctx)
{
  const KarObservation obs = (KarObservation)ctx;

  if (mode->nyquist) return 0;
  return obs->ops.multiplier ? obs->ops.multiplier(mode, obs) : 1;
}

static PetscErrorCode SetVariance(KarObservation obs)
{
  PetscScalar *a;

  PetscFunctionBegin;
  KarCheck(obs->comm, !obs->sigma || obs->noises == obs->m, PETSC_ERR_USER_INPUT,
           "%" PetscInt_FMT " data with noise given for %" PetscInt_FMT, obs->m, obs->noises);
  for (PetscInt i = 0; i < (obs->sigma ? obs->m : 1); i++) {
    const PetscReal gamma = obs->sigma ? obs->sigma[i] : obs->noise;

    KarCheck(obs->comm, gamma > 0, PETSC_ERR_USER_INPUT,
             "the noise of datum %" PetscInt_FMT " is %g: it must be positive (-obs_noise, or a column noise)", i,
             (double)gamma);
  }
  PetscCall(VecCreateMPI(obs->comm, obs->local, obs->m, &obs->variance));
  PetscCall(VecGetArrayWrite(obs->variance, &a));
  for (PetscInt i = 0; i < obs->local; i++) a[i] = PetscSqr(obs->sigma ? obs->sigma[obs->number[i]] : obs->noise);
  PetscCall(VecRestoreArrayWrite(obs->variance, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CreateMatrix(KarObservation obs)
{
  PetscInt local, all;

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(obs->x, &local));
  PetscCall(VecGetSize(obs->x, &all));
  PetscCall(MatCreateShell(obs->comm, obs->local, local, obs->m, all, obs, &obs->H));
  PetscCall(MatShellSetOperation(obs->H, MATOP_MULT, (void (*)(void))KarObservationMult));
  PetscCall(MatShellSetOperation(obs->H, MATOP_MULT_TRANSPOSE, (void (*)(void))KarObservationMultTranspose));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Conjugate gradients, which the user's -obs_ksp_* may change; each solve sets its operator. */
static PetscErrorCode CreateKSP(KarObservation obs, PetscReal tolerance, KSP *ksp)
{
  char prefix[80];
  PC   pc;

  PetscFunctionBegin;
  PetscCall(KSPCreate(obs->comm, ksp));
  PetscCall(PetscSNPrintf(prefix, sizeof(prefix), "%sobs_", obs->prefix));
  PetscCall(KSPSetOptionsPrefix(*ksp, prefix));
  PetscCall(KSPSetType(*ksp, KSPCG));
  PetscCall(KSPGetPC(*ksp, &pc));
  PetscCall(PCSetType(pc, PCNONE));
  PetscCall(KSPSetTolerances(*ksp, tolerance, PETSC_DEFAULT, PETSC_DEFAULT, 1000));
  PetscCall(KSPSetFromOptions(*ksp));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationSetUp(KarObservation obs)
{
  KarGrid grid;

  PetscFunctionBegin;
  if (obs->ready) PetscFunctionReturn(PETSC_SUCCESS);
  if (!obs->type[0]) PetscCall(KarObservationSetType(obs, KAROBSERVATIONPOINTS));
  PetscCall(Clear(obs));
  PetscCall(KarFFTReference(obs->fft));
  obs->at = obs->fft;
  PetscCall(KarFFTCreateCoordinates(obs->fft, &obs->x));
  PetscCall(VecDuplicate(obs->x, &obs->w));
  if (obs->ops.setup) PetscCall(obs->ops.setup(obs));
  if (!obs->ops.apply) {
    PetscCall(KarObservationDeal(obs));
    PetscCall(KarFFTCreateMultiplier(obs->fft, Multiplier, obs, &obs->multiplier));
    PetscCall(KarFFTGetGrid(obs->at, &grid));
    PetscCall(KarGridCreateField(grid, &obs->field));
  }
  PetscCall(SetVariance(obs));
  PetscCall(KarObservationSetUpGroups(obs));
  if (obs->ops.pointwise) {
    PetscCall(VecDuplicate(obs->variance, &obs->slope));
    PetscCall(VecSet(obs->slope, 1));
  }
  if (obs->correlated) PetscCall(KarCovSetUp(obs->correlated));
  KarCheck(obs->comm, !obs->correlated || (!obs->ops.pointwise && !obs->ops.value && obs->ops.period <= 0),
           PETSC_ERR_SUP, "a field of errors (-obs_cov_*) needs data that are linear in the field; %s are not",
           obs->type);
  PetscCall(CreateMatrix(obs));
  if (obs->m > obs->dense) {
    PetscCall(CreateKSP(obs, 1e-6, &obs->ksp));
    PetscCall(CreateKSP(obs, 1e-8, &obs->field_ksp)); /* its residual hardly knows what no datum sees */
  }
  KarCheck(obs->comm, !obs->correlated || obs->solve != KAR_SOLVE_FIELD, PETSC_ERR_SUP,
           "-obs_solve field does not take a field of errors (-obs_cov_*): leave it out");
  if (obs->correlated) obs->solve = KAR_SOLVE_DATA;
  obs->ready = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationView(KarObservation obs, PetscViewer viewer)
{
  PetscReal low, high;

  PetscFunctionBegin;
  PetscCall(KarObservationSetUp(obs));
  PetscCall(VecMin(obs->variance, NULL, &low));
  PetscCall(VecMax(obs->variance, NULL, &high));
  PetscCall(PetscViewerASCIIPrintf(viewer, "observation %s, %" PetscInt_FMT " data", obs->type, obs->m));
  if (obs->mask[0] && obs->index) PetscCall(PetscViewerASCIIPrintf(viewer, " where %s is not 0", obs->mask));
  if (obs->missing)
    PetscCall(PetscViewerASCIIPrintf(viewer, " (at %" PetscInt_FMT " points it has no number: they are not observed)",
                                     obs->missing));
  if (obs->ops.view) PetscCall(obs->ops.view(obs, viewer));
  PetscCall(PetscViewerASCIIPrintf(viewer, ", noise %g", (double)PetscSqrtReal(low)));
  if (high > low) PetscCall(PetscViewerASCIIPrintf(viewer, " to %g", (double)PetscSqrtReal(high)));
  if (obs->groups)
    PetscCall(PetscViewerASCIIPrintf(viewer, " and an offset %g of each of %" PetscInt_FMT " groups",
                                     (double)obs->offset, obs->groups));
  if (obs->correlated) PetscCall(PetscViewerASCIIPrintf(viewer, " and a field of errors"));
  PetscCall(PetscViewerASCIIPrintf(viewer, "%s\n",
                                   !obs->ops.apply && !obs->index && !obs->line ? ", places off the grid" : ""));
  if (obs->correlated) {
    PetscCall(PetscViewerASCIIPrintf(viewer, "field of errors: "));
    PetscCall(KarCovView(obs->correlated, viewer));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationReference(KarObservation obs)
{
  PetscFunctionBegin;
  obs->references++;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationDestroy(KarObservation *obs)
{
  PetscFunctionBegin;
  if (*obs && --(*obs)->references == 0) {
    PetscCall(Reset(*obs));
    PetscCall(KarCovDestroy(&(*obs)->correlated));
    PetscCall(PetscFree((*obs)->place));
    PetscCall(PetscFree((*obs)->line));
    PetscCall(PetscFree((*obs)->component));
    PetscCall(PetscFree((*obs)->group));
    PetscCall(PetscFree((*obs)->sigma));
    PetscCall(PetscFree((*obs)->value));
    PetscCall(KarFFTDestroy(&(*obs)->fft));
    PetscCall(PetscFree(*obs));
  }
  *obs = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}
