/* A covariance: its type, its scale, its eigenvalues on a grid. */
#include <karhunen/impl/covariance.h>

/* The types: a new one is a file and a line here. */
#define TYPES(TYPE)                                                                                                    \
  TYPE(KARCOVMATERN, "(tau^2 + |k|^2)^-alpha", KarCovCreate_Matern)                                                    \
  TYPE(KARCOVGAUSS, "exp(-l^2 |k|^2 / 2)", KarCovCreate_Gauss)                                                         \
  TYPE(KARCOVSPECTRUM, "a table of |k| and lambda with a fitted tail", KarCovCreate_Spectrum)                          \
  TYPE(KARCOVLAPLACE, "sigma^2 (-Laplacian + tau^2)^-alpha, not normalised", KarCovCreate_Laplace)                     \
  TYPE(KARCOVVONKARMAN, "(k0^2 + |k|^2)^(-p/2), or three regimes of atmospheric phase", KarCovCreate_VonKarman)        \
  TYPE(KARCOVBANDLIMITED, "1 up to a wave number, 0 beyond", KarCovCreate_BandLimited)

KAR_TYPES(KarCov, TYPES, .noun = "covariance", .option = "cov_type", .fallback = KARCOVMATERN);

KAR_CLASS_NAMES(KarCov, prefix)

PetscErrorCode KarCovCreate(KarFFT fft, KarCov *out)
{
  KarCov  cov;
  KarGrid grid;

  PetscFunctionBegin;
  PetscCall(PetscNew(&cov));
  PetscCall(KarFFTReference(fft));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &cov->info));
  cov->fft        = fft;
  cov->variance   = 1;
  cov->factor     = 1;
  cov->references = 1;
  *out            = cov;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCovFreeEigenvalues(KarCov cov)
{
  PetscFunctionBegin;
  if (cov->users && --*cov->users) cov->users = NULL, cov->lambda = NULL;
  PetscCall(PetscFree(cov->users));
  PetscCall(PetscFree(cov->lambda));
  PetscCall(PetscFree(cov->lambda_float));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What an earlier type left behind. */
static PetscErrorCode Reset(KarCov cov)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(cov->context));
  PetscCall(KarCovFreeEigenvalues(cov));
  PetscCall(PetscMemzero(&cov->ops, sizeof(cov->ops)));
  cov->parameters  = NULL;
  cov->absolute    = PETSC_FALSE;
  cov->ready       = PETSC_FALSE;
  cov->smooth_from = 0;
  cov->cutoff      = PETSC_MAX_REAL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

KAR_CLASS_SETTYPE(KarCov, info.comm, prefix)

PetscErrorCode KarCovSetFromOptions(KarCov cov)
{
  char      type[32], prefix[80];
  PetscReal variance = cov->variance;

  PetscFunctionBegin;
  PetscCall(PetscStrncpy(type, cov->type, sizeof(type)));
  PetscCall(KarTypesFromOptions(&types, cov->info.comm, cov->prefix, sizeof(type), type));
  PetscCall(PetscSNPrintf(prefix, sizeof(prefix), "%scov_", cov->prefix));
  PetscCall(KarCovSetType(cov, type));
  if (!cov->absolute)
    PetscCall(KarOptionsReal(prefix, "variance", "pointwise variance of a component, on every grid", PETSC_SMALL,
                             PETSC_MAX_REAL, &variance));
  cov->variance = variance;
  PetscCall(KarParametersSetFromOptions(prefix, cov->parameters));
  PetscCall(KarOptionsReal(prefix, "factor", "multiplies lambda(|k|), and with it the variance", PETSC_SMALL,
                           PETSC_MAX_REAL, &cov->factor));
  PetscCall(
    KarOptionsReal(prefix, "rough_length",
                   "l, a length: lambda(|k|) is multiplied by (1 + l^2 |k|^2)^m, which acts where |k| is above 1/l", 0,
                   PETSC_MAX_REAL, &cov->ell));
  PetscCall(KarOptionsReal(prefix, "rough_power",
                           "m of that factor: above 0 small scales have more variance, below 0 less", -100, 100,
                           &cov->m));
  if (cov->info.dof == cov->info.dim && cov->info.dim > 1)
    PetscCall(KarOptionsBool(prefix, "solenoidal", "vector fields without divergence", &cov->solenoidal));
  if (cov->ops.setfromoptions) PetscCall(cov->ops.setfromoptions(cov));
  cov->ready = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCovSetParameter(KarCov cov, const char name[], PetscReal value)
{
  PetscFunctionBegin;
  cov->ready = PETSC_FALSE;
  for (const KarParameter *p = cov->parameters; p && p->name; p++)
    if (!strcmp(p->name, name)) {
      *p->value = value;
      PetscFunctionReturn(PETSC_SUCCESS);
    }
  KarCheck(cov->info.comm, PETSC_FALSE, PETSC_ERR_ARG_OUTOFRANGE, "a %s covariance has no parameter %s", cov->type,
           name);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCovSetVariance(KarCov cov, PetscReal variance)
{
  PetscFunctionBegin;
  cov->variance = variance;
  cov->ready    = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCovSetRoughness(KarCov cov, PetscReal ell, PetscReal m, PetscReal factor)
{
  PetscFunctionBegin;
  cov->ell    = ell;
  cov->m      = m;
  cov->factor = factor;
  cov->ready  = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCovSetSolenoidal(KarCov cov, PetscBool solenoidal)
{
  PetscFunctionBegin;
  cov->solenoidal = solenoidal;
  cov->ready      = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCovSetOctave(KarCov cov, const PetscInt coarse[])
{
  PetscFunctionBegin;
  for (PetscInt a = 0; a < cov->info.dim; a++) cov->coarse[a] = coarse ? coarse[a] : 0;
  cov->ready = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscBool kar_cov_leaves_out(KarCov cov, const KarMode *mode)
{
  const KarModes *m;

  (void)KarFFTGetModes(cov->fft, &m);
  return (PetscBool)(cov->coarse[0] && kar_mode_within(m, cov->coarse, mode));
}

/* Pointwise mean square of all components from the sum over modes and mode 0: a divergence-free mode has one direction
   less. */
static PetscReal TraceOf(KarCov cov, PetscReal sum, PetscReal zero)
{
  const PetscReal dof = (PetscReal)cov->info.dof;

  return cov->solenoidal ? (dof - 1) * (sum - zero) + dof * zero : dof * sum;
}

/* Takes the modes that are left out from lambda and from the trace. */
static PetscErrorCode LeaveOut(KarCov cov)
{
  const KarModes *m;
  KarMode         mode;
  PetscReal       sum = 0, zero = 0, both[2];

  PetscFunctionBegin;
  if (!cov->coarse[0]) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarFFTGetModes(cov->fft, &m));
  for (PetscInt i = 0; i < m->rows * m->length; i++) {
    kar_mode(m, i / m->length, i % m->length, &mode);
    if (!kar_cov_leaves_out(cov, &mode)) continue;
    /* where both of a pair are stored, each stands for itself */
    sum += mode.weight * cov->lambda[i];
    if (mode.k2 == 0) zero += cov->lambda[i];
    cov->lambda[i] = 0;
  }
  both[0] = sum, both[1] = zero;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, both, 2, MPIU_REAL, MPI_SUM, cov->info.comm));
  cov->trace -= TraceOf(cov, both[0], both[1]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscReal Eigenvalue(const KarMode *mode, void *ctx)
{
  KarCov    cov = ctx;
  PetscReal lambda;

  (void)KarCovEvaluate(cov, PetscSqrtReal(mode->k2), &lambda);
  return mode->nyquist ? 0 : lambda;
}

PetscErrorCode KarCovSetUp(KarCov cov)
{
  const MPI_Comm comm = cov->info.comm;
  PetscReal      sum, p, zero;

  PetscFunctionBegin;
  if (cov->ready) PetscFunctionReturn(PETSC_SUCCESS);
  if (cov->inner) {
    PetscCall(KarCovSetUpEmbedded(cov));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  if (!cov->type[0]) PetscCall(KarCovSetType(cov, KARCOVMATERN));
  KarCheck(
    comm,
    !cov->solenoidal || (cov->info.basis == KAR_BASIS_PERIODIC && cov->info.dof == cov->info.dim && cov->info.dim > 1),
    PETSC_ERR_SUP, "a solenoidal covariance needs a periodic box in 2D or 3D and as many components as dimensions");
  if (cov->ops.setup) PetscCall(cov->ops.setup(cov));
  p = kar_cov_exponent(cov);
  KarCheck(
    comm, p > (PetscReal)cov->info.dim + 1e-6, PETSC_ERR_USER_INPUT,
    "the %s covariance is not trace class: its spectrum is like |k|^%.4g, and a finite variance in %" PetscInt_FMT
    "D needs an exponent below -%" PetscInt_FMT ": make it smoother",
    cov->type, -(double)p, cov->info.dim, cov->info.dim);
  cov->scale = 1;
  PetscCall(KarCovSum(cov, PETSC_FALSE, &sum));
  if (!cov->absolute) {
    KarCheck(comm, cov->variance > 0, PETSC_ERR_USER_INPUT, "-%scov_variance %g: must be positive", cov->prefix,
             (double)cov->variance);
    cov->scale = cov->variance * (PetscReal)cov->info.dof / TraceOf(cov, sum, cov->ops.density(cov, 0));
  }
  if (cov->ell > 0 && cov->m != 0) PetscCall(KarCovSum(cov, PETSC_TRUE, &sum));
  else sum *= cov->scale * cov->factor;
  PetscCall(KarCovEvaluate(cov, 0, &zero));
  cov->trace = TraceOf(cov, sum, zero);
  PetscCall(KarCovFreeEigenvalues(cov));
  PetscCall(KarFFTCreateMultiplier(cov->fft, Eigenvalue, cov, &cov->lambda));
  PetscCall(LeaveOut(cov));
  cov->ready = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCovView(KarCov cov, PetscViewer viewer)
{
  char text[512];

  PetscFunctionBegin;
  PetscCall(KarCovSetUp(cov));
  (void)snprintf(text, sizeof(text), "covariance %s", cov->type);
  PetscCall(KarParametersText(cov->parameters, sizeof(text), text));
  PetscCall(PetscViewerASCIIPrintf(viewer, "%s", text));
  if (cov->factor != 1) PetscCall(PetscViewerASCIIPrintf(viewer, ", times %g", (double)cov->factor));
  if (cov->ell > 0 && cov->m != 0)
    PetscCall(PetscViewerASCIIPrintf(viewer, ", times (1 + %g^2 |k|^2)^%g", (double)cov->ell, (double)cov->m));
  PetscCall(PetscViewerASCIIPrintf(viewer, "%s, %s %.6g\n", cov->solenoidal ? ", solenoidal" : "",
                                   cov->info.basis == KAR_BASIS_PERIODIC ? "pointwise variance"
                                                                         : "variance on the mean of its points",
                                   (double)(cov->trace / (PetscReal)cov->info.dof)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCovReference(KarCov cov)
{
  PetscFunctionBegin;
  cov->references++;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCovDestroy(KarCov *cov)
{
  PetscFunctionBegin;
  if (*cov && --(*cov)->references == 0) {
    PetscCall(Reset(*cov));
    PetscCall(KarCovDestroy(&(*cov)->inner));
    PetscCall(KarFFTDestroy(&(*cov)->fft));
    PetscCall(PetscFree(*cov));
  }
  *cov = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCovGetFFT(KarCov cov, KarFFT *fft)
{
  PetscFunctionBegin;
  *fft = cov->fft;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCovGetType(KarCov cov, KarCovType *type)
{
  PetscFunctionBegin;
  *type = cov->type;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCovIsSolenoidal(KarCov cov, PetscBool *solenoidal)
{
  PetscFunctionBegin;
  *solenoidal = cov->solenoidal;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCovGetEigenvalues(KarCov cov, const PetscReal *lambda[])
{
  PetscFunctionBegin;
  PetscCall(KarCovSetUp(cov));
  *lambda = cov->lambda;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCovShare(KarCov cov, KarCov with)
{
  const KarModes *m, *other;
  PetscBool       same;

  PetscFunctionBegin;
  PetscCall(KarCovSetUp(cov));
  PetscCall(KarCovSetUp(with));
  PetscCall(KarFFTGetModes(cov->fft, &m));
  PetscCall(KarFFTGetModes(with->fft, &other));
  same = (PetscBool)(cov->lambda != with->lambda && m->rows == other->rows && m->length == other->length &&
                     !memcmp(cov->lambda, with->lambda, (size_t)(m->rows * m->length) * sizeof(*cov->lambda)));
  if (!same) PetscFunctionReturn(PETSC_SUCCESS);
  if (!with->users) {
    PetscCall(PetscNew(&with->users));
    *with->users = 1;
  }
  PetscCall(KarCovFreeEigenvalues(cov));
  cov->lambda = with->lambda;
  cov->users  = with->users;
  ++*cov->users;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCovGetTrace(KarCov cov, PetscReal *trace)
{
  PetscFunctionBegin;
  PetscCall(KarCovSetUp(cov));
  *trace = cov->trace;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCovGetDecay(KarCov cov, PetscReal *p)
{
  PetscFunctionBegin;
  PetscCall(KarCovSetUp(cov));
  *p = kar_cov_exponent(cov);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCovEvaluate(KarCov cov, PetscReal k, PetscReal *lambda)
{
  PetscFunctionBegin;
  *lambda = k > cov->cutoff ? 0 : cov->scale * cov->ops.density(cov, k) * kar_cov_rough(cov, k);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The numbers that every type has. */
static PetscErrorCode Common(KarCov cov, PetscReal *solenoidal, KarParameter table[6])
{
  PetscFunctionBegin;
  table[0] = (KarParameter){.name = "variance", .value = &cov->variance};
  table[1] = (KarParameter){.name = "factor", .value = &cov->factor};
  table[2] = (KarParameter){.name = "rough_length", .value = &cov->ell};
  table[3] = (KarParameter){.name = "rough_power", .value = &cov->m};
  table[4] = (KarParameter){.name = "solenoidal", .value = solenoidal};
  table[5] = (KarParameter){.name = NULL};
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCovSave(KarCov cov, KarCheckpoint file, const char group[])
{
  char         name[128];
  KarParameter common[6];
  PetscReal    solenoidal = cov->solenoidal ? 1 : 0;

  PetscFunctionBegin;
  PetscCall(KarCovSetUp(cov));
  PetscCall(Common(cov, &solenoidal, common));
  PetscCall(PetscSNPrintf(name, sizeof(name), "%s/type", group));
  PetscCall(KarCheckpointPutString(file, name, cov->type));
  PetscCall(KarParametersSave(common, file, group));
  PetscCall(KarParametersSave(cov->parameters, file, group));
  if (cov->ops.save) PetscCall(cov->ops.save(cov, file, group));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCovLoad(KarFFT fft, KarCheckpoint file, const char group[], KarCov *cov)
{
  char         name[128], type[32];
  KarParameter common[6];
  PetscReal    solenoidal;

  PetscFunctionBegin;
  PetscCall(KarCovCreate(fft, cov));
  PetscCall(Common(*cov, &solenoidal, common));
  PetscCall(PetscSNPrintf(name, sizeof(name), "%s/type", group));
  PetscCall(KarCheckpointGetString(file, name, sizeof(type), type));
  PetscCall(KarCovSetType(*cov, type));
  PetscCall(KarParametersLoad(common, file, group));
  PetscCall(KarParametersLoad((*cov)->parameters, file, group));
  (*cov)->solenoidal = solenoidal != 0 ? PETSC_TRUE : PETSC_FALSE;
  if ((*cov)->ops.load) PetscCall((*cov)->ops.load(*cov, file, group));
  PetscCall(KarCovSetUp(*cov));
  PetscFunctionReturn(PETSC_SUCCESS);
}
