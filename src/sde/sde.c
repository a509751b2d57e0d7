/* A process: its type, and what follows from its path a(t), s(t) alone.
     alpha = -a'/a,  g^2 = (s^2)' + 2 alpha s^2        (docs/mathematics.md §3) */
#include <karhunen/impl/sde.h>

/* The types: a new one is a file and a line here. */
#define TYPES(TYPE)                                                       \
  TYPE(KARSDEVP, "a^2 + s^2 = 1, beta linear or cosine", KarSDECreate_VP) \
  TYPE(KARSDEVE, "a = 1, s grows to sde_sigma_max", KarSDECreate_VE)      \
  TYPE(KARSDEHEAT, "each mode decays at its own rate", KarSDECreate_Heat) \
  TYPE(KARSDEFLOW, "the straight path a = 1 - t", KarSDECreate_Flow)      \
  TYPE(KARSDEDDPM, "a discrete ladder, a^2 + s^2 = 1", KarSDECreate_DDPM)

KAR_TYPES(KarSDE, TYPES, .noun = "process", .option = "sde_type", .fallback = KARSDEVP);

PetscErrorCode KarSDERegister(const char name[], const char text[], CreateFn *create)
{
  PetscFunctionBegin;
  PetscCall(KarTypesRegister(&types, name, text, (KarTypeCreateFn *)create));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDECreate(KarCov cov, KarSDE *out)
{
  const KarModes *modes;
  KarSDE          sde;
  KarFFT          fft;
  KarGrid         grid;
  KarGridInfo     info;

  PetscFunctionBegin;
  PetscCall(PetscNew(&sde));
  PetscCall(KarCovReference(cov));
  PetscCall(KarCovGetFFT(cov, &fft));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &info));
  PetscCall(KarFFTGetModes(fft, &modes));
  sde->cov        = cov;
  sde->comm       = info.comm;
  sde->n          = modes->rows * modes->length;
  sde->references = 1;
  *out            = sde;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What an earlier type left behind. */
static PetscErrorCode Reset(KarSDE sde)
{
  PetscFunctionBegin;
  if (sde->ops.destroy) PetscCall(sde->ops.destroy(sde));
  PetscCall(PetscFree(sde->context));
  PetscCall(PetscFree(sde->omega));
  PetscCall(PetscFree2(sde->work[0], sde->work[1]));
  PetscCall(PetscMemzero(&sde->ops, sizeof(sde->ops)));
  sde->parameters = NULL;
  sde->ready      = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDESetType(KarSDE sde, KarSDEType type)
{
  KarTypeCreateFn *create;

  PetscFunctionBegin;
  if (!strcmp(sde->type, type)) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarTypesFind(&types, sde->comm, sde->prefix, type, &create));
  PetscCall(Reset(sde));
  PetscCall(PetscStrncpy(sde->type, type, sizeof(sde->type)));
  PetscCall(((CreateFn *)create)(sde));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDESetOptionsPrefix(KarSDE sde, const char prefix[])
{
  PetscFunctionBegin;
  PetscCall(PetscStrncpy(sde->prefix, prefix ? prefix : "", sizeof(sde->prefix)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDESetFromOptions(KarSDE sde)
{
  char type[32], prefix[80];

  PetscFunctionBegin;
  PetscCall(PetscStrncpy(type, sde->type, sizeof(type)));
  PetscCall(KarTypesFromOptions(&types, sde->comm, sde->prefix, sizeof(type), type));
  PetscCall(PetscSNPrintf(prefix, sizeof(prefix), "%ssde_", sde->prefix));
  PetscCall(KarSDESetType(sde, type));
  PetscCall(KarParametersSetFromOptions(prefix, sde->parameters));
  sde->ready = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDESetParameter(KarSDE sde, const char name[], PetscReal value)
{
  PetscFunctionBegin;
  sde->ready = PETSC_FALSE;
  for (const KarParameter *p = sde->parameters; p && p->name; p++)
    if (!strcmp(p->name, name)) {
      *p->value = value;
      PetscFunctionReturn(PETSC_SUCCESS);
    }
  KarCheck(sde->comm, PETSC_FALSE, PETSC_ERR_ARG_OUTOFRANGE, "a %s process has no parameter %s", sde->type, name);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDEGetParameter(KarSDE sde, const char name[], PetscReal *value, PetscBool *has)
{
  PetscFunctionBegin;
  *has = PETSC_FALSE;
  for (const KarParameter *p = sde->parameters; p && p->name && !*has; p++)
    if (!strcmp(p->name, name)) *value = *p->value, *has = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscReal Omega(const KarMode *mode, void *ctx)
{
  KarSDE sde = ctx;

  return sde->ops.omega(sde, mode->k2);
}

PetscErrorCode KarSDESetUp(KarSDE sde)
{
  KarFFT fft;

  PetscFunctionBegin;
  if (sde->ready) PetscFunctionReturn(PETSC_SUCCESS);
  if (!sde->type[0]) PetscCall(KarSDESetType(sde, KARSDEVP));
  sde->T = 1;
  PetscCall(KarCovSetUp(sde->cov));
  if (sde->ops.setup) PetscCall(sde->ops.setup(sde));
  PetscCall(PetscFree(sde->omega));
  PetscCall(PetscFree2(sde->work[0], sde->work[1]));
  PetscCall(KarCovGetFFT(sde->cov, &fft));
  if (sde->ops.omega) PetscCall(KarFFTCreateMultiplier(fft, Omega, sde, &sde->omega));
  PetscCall(PetscMalloc2(sde->n, &sde->work[0], sde->n, &sde->work[1]));
  sde->ready = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDEView(KarSDE sde, PetscViewer viewer)
{
  char text[512];

  PetscFunctionBegin;
  PetscCall(KarSDESetUp(sde));
  (void)snprintf(text, sizeof(text), "process %s", sde->type);
  PetscCall(KarParametersText(sde->parameters, sizeof(text), text));
  PetscCall(PetscViewerASCIIPrintf(viewer, "%s\n", text));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDEReference(KarSDE sde)
{
  PetscFunctionBegin;
  sde->references++;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDEDestroy(KarSDE *sde)
{
  PetscFunctionBegin;
  if (*sde && --(*sde)->references == 0) {
    PetscCall(Reset(*sde));
    PetscCall(KarCovDestroy(&(*sde)->cov));
    PetscCall(PetscFree(*sde));
  }
  *sde = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDEGetCovariance(KarSDE sde, KarCov *cov)
{
  PetscFunctionBegin;
  *cov = sde->cov;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDEGetType(KarSDE sde, KarSDEType *type)
{
  PetscFunctionBegin;
  *type = sde->type;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDEGetFinalTime(KarSDE sde, PetscReal *T)
{
  PetscFunctionBegin;
  PetscCall(KarSDESetUp(sde));
  *T = sde->T;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDEIsScalar(KarSDE sde, PetscBool *scalar)
{
  PetscFunctionBegin;
  PetscCall(KarSDESetUp(sde));
  *scalar = sde->ops.omega ? PETSC_FALSE : PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDEGetPath(KarSDE sde, PetscReal t, KarPath *path)
{
  PetscFunctionBegin;
  PetscCall(KarSDESetUp(sde));
  sde->ops.path(sde, t, sde->ops.omega ? sde->ops.omega(sde, 0) : 1, path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDEGetPathRate(KarSDE sde, PetscReal t, PetscReal omega, KarPath *path)
{
  PetscFunctionBegin;
  PetscCall(KarSDESetUp(sde));
  sde->ops.path(sde, t, omega, path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDEGetRates(KarSDE sde, PetscReal *low, PetscReal *high)
{
  PetscReal ends[2] = {-1, 1}; /* -low, high */

  PetscFunctionBegin;
  PetscCall(KarSDESetUp(sde));
  if (sde->ops.omega) { /* a rank may hold no mode: sde->omega is NULL there */
    ends[0] = -PETSC_MAX_REAL, ends[1] = 0;
    for (PetscInt i = 0; i < sde->n; i++) ends[0] = PetscMax(ends[0], -sde->omega[i]), ends[1] = PetscMax(ends[1], sde->omega[i]);
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, ends, 2, MPIU_REAL, MPIU_MAX, sde->comm));
  }
  *low = -ends[0], *high = ends[1];
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDEGetRate(KarSDE sde, PetscReal k2, PetscReal *omega)
{
  PetscFunctionBegin;
  PetscCall(KarSDESetUp(sde));
  *omega = sde->ops.omega ? sde->ops.omega(sde, k2) : 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDEGetPathModes(KarSDE sde, PetscReal t, KarPath path[])
{
  KarPath one;

  PetscFunctionBegin;
  PetscCall(KarSDEGetPath(sde, t, &one));
#pragma omp parallel for num_threads(kar_threads_for(sde->n)) firstprivate(one)
  for (PetscInt i = 0; i < sde->n; i++) {
    if (sde->omega) sde->ops.path(sde, t, sde->omega[i], &one);
    path[i] = one;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDEGetMarginal(KarSDE sde, PetscReal t, PetscReal *a, PetscReal *s)
{
  KarPath path;

  PetscFunctionBegin;
  PetscCall(KarSDEGetPath(sde, t, &path));
  *a = path.a;
  *s = path.s;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscReal Decay(const KarPath *path)
{
  return -path->da / path->a;
}

static PetscReal Diffusion(const KarPath *path)
{
  return PetscSqrtReal(PetscMax(path->ds2 + 2 * Decay(path) * PetscSqr(path->s), 0));
}

PetscErrorCode KarSDEGetCoefficients(KarSDE sde, PetscReal t, PetscReal *alpha, PetscReal *g)
{
  KarPath path;

  PetscFunctionBegin;
  PetscCall(KarSDEGetPath(sde, t, &path));
  *alpha = Decay(&path);
  *g     = Diffusion(&path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDEGetMarginalModes(KarSDE sde, PetscReal t, PetscReal a[], PetscReal s[])
{
  KarPath path;

  PetscFunctionBegin;
  PetscCall(KarSDEGetPath(sde, t, &path));
#pragma omp parallel for num_threads(kar_threads_for(sde->n)) firstprivate(path)
  for (PetscInt i = 0; i < sde->n; i++) {
    if (sde->omega) sde->ops.path(sde, t, sde->omega[i], &path);
    a[i] = path.a;
    s[i] = path.s;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDEGetCoefficientsModes(KarSDE sde, PetscReal t, PetscReal alpha[], PetscReal *g)
{
  KarPath path;

  PetscFunctionBegin;
  PetscCall(KarSDEGetPath(sde, t, &path));
  *g = Diffusion(&path);
  for (PetscInt i = 0; alpha && i < sde->n; i++) alpha[i] = Decay(&path) * (sde->omega ? sde->omega[i] : 1);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDEGetLogSNR(KarSDE sde, PetscReal t, PetscReal *logsnr)
{
  KarPath path;

  PetscFunctionBegin;
  if (sde->ops.logsnr) {
    *logsnr = sde->ops.logsnr(sde, t);
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KarSDEGetPath(sde, t, &path));
  *logsnr = 2 * (PetscLogReal(path.a) - PetscLogReal(path.s));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Bisection: the signal falls and the noise grows with t. */
PetscErrorCode KarSDEFindTime(KarSDE sde, PetscReal logsnr, PetscReal *t)
{
  PetscReal low = 0, high = 0, value = 0;

  PetscFunctionBegin;
  PetscCall(KarSDEGetFinalTime(sde, &high));
  PetscCall(KarSDEGetLogSNR(sde, high, &value));
  if (value >= logsnr) low = high;
  while (low < high) {
    const PetscReal middle = (low + high) / 2;

    if (middle <= low || middle >= high || middle < 1e-300) break;
    PetscCall(KarSDEGetLogSNR(sde, middle, &value));
    if (value > logsnr) low = middle;
    else high = middle;
  }
  *t = high;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDESampleMarginal(KarSDE sde, PetscReal t, KarCov data, Vec mean, KarKey key, Vec x)
{
  PetscReal         *a, *v;
  const PetscReal   *lambda, *c = NULL;
  const PetscScalar *m;
  PetscScalar       *out;
  KarFFT             fft;
  PetscInt           size;

  PetscFunctionBegin;
  PetscCall(KarSDESetUp(sde));
  a = sde->work[0], v = sde->work[1];
  PetscCall(KarSDEGetMarginalModes(sde, t, a, v));
  PetscCall(KarCovGetEigenvalues(sde->cov, &lambda));
  PetscCall(KarCovGetFFT(sde->cov, &fft));
  if (data) PetscCall(KarCovGetEigenvalues(data, &c));
  for (PetscInt i = 0; i < sde->n; i++) v[i] = PetscSqr(v[i]) * lambda[i] + (c ? PetscSqr(a[i]) * c[i] : 0);
  PetscCall(KarFFTFillNormalScaled(fft, key, v, x));
  PetscCall(KarCovProject(sde->cov, x));
  if (!mean) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(VecGetLocalSize(x, &size));
  PetscCall(VecGetArrayRead(mean, &m));
  PetscCall(VecGetArray(x, &out));
  for (PetscInt i = 0; i < size; i++) out[i] += a[i / (size / sde->n)] * m[i];
  PetscCall(VecRestoreArray(x, &out));
  PetscCall(VecRestoreArrayRead(mean, &m));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDESamplePrior(KarSDE sde, KarCov data, KarKey key, Vec x)
{
  PetscFunctionBegin;
  PetscCall(KarSDESetUp(sde));
  PetscCall(KarSDESampleMarginal(sde, sde->T, data, NULL, key, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDEAddNoise(KarSDE sde, PetscReal t, KarKey key, Vec x0, Vec xt, Vec noise)
{
  const PetscInt     n = sde->n;
  PetscInt           group, size;
  PetscScalar       *x;
  const PetscScalar *w;
  Vec                own = NULL;

  PetscFunctionBegin;
  PetscCall(KarSDESetUp(sde));
  PetscCall(KarSDEGetMarginalModes(sde, t, sde->work[0], sde->work[1]));
  if (!noise) PetscCall(VecDuplicate(x0, &own));
  PetscCall(KarCovSample(sde->cov, key, noise ? noise : own));
  if (xt != x0) PetscCall(VecCopy(x0, xt));
  PetscCall(VecGetLocalSize(xt, &size));
  group = n ? size / n : 0;
  PetscCall(VecGetArray(xt, &x));
  PetscCall(VecGetArrayRead(noise ? noise : own, &w));
  for (PetscInt i = 0; i < n; i++)
    for (PetscInt c = i * group; c < (i + 1) * group; c++) x[c] = sde->work[0][i] * x[c] + sde->work[1][i] * w[c];
  PetscCall(VecRestoreArrayRead(noise ? noise : own, &w));
  PetscCall(VecRestoreArray(xt, &x));
  PetscCall(VecDestroy(&own));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDESave(KarSDE sde, KarCheckpoint file, const char group[])
{
  char name[128];

  PetscFunctionBegin;
  PetscCall(KarSDESetUp(sde));
  PetscCall(PetscSNPrintf(name, sizeof(name), "%s/type", group));
  PetscCall(KarCheckpointPutString(file, name, sde->type));
  PetscCall(KarParametersSave(sde->parameters, file, group));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDELoad(KarCov cov, KarCheckpoint file, const char group[], KarSDE *sde)
{
  char name[128], type[32];

  PetscFunctionBegin;
  PetscCall(KarSDECreate(cov, sde));
  PetscCall(PetscSNPrintf(name, sizeof(name), "%s/type", group));
  PetscCall(KarCheckpointGetString(file, name, sizeof(type), type));
  PetscCall(KarSDESetType(*sde, type));
  PetscCall(KarParametersLoad((*sde)->parameters, file, group));
  PetscCall(KarSDESetUp(*sde));
  PetscFunctionReturn(PETSC_SUCCESS);
}
