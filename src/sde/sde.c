/* A process: its type, its options, its life. */
#include <karhunen/impl/sde.h>

/* The types: a new one is a file and a line here. */
#define TYPES(TYPE)                                                                                                    \
  TYPE(KARSDEVP, "a^2 + s^2 = 1, beta linear or cosine", KarSDECreate_VP)                                              \
  TYPE(KARSDEVE, "a = 1, s grows to sde_sigma_max", KarSDECreate_VE)                                                   \
  TYPE(KARSDEHEAT, "each mode decays at its own rate", KarSDECreate_Heat)                                              \
  TYPE(KARSDEFLOW, "the straight path a = 1 - t", KarSDECreate_Flow)                                                   \
  TYPE(KARSDEDDPM, "a discrete ladder, a^2 + s^2 = 1", KarSDECreate_DDPM)                                              \
  TYPE(KARSDEALLENCAHN, "nu Lap x + x - x^3: not linear", KarSDECreate_AllenCahn)                                      \
  TYPE(KARSDENAVIERSTOKES, "a flow under white noise: not linear", KarSDECreate_NavierStokes)

KAR_TYPES(KarSDE, TYPES, .noun = "process", .option = "sde_type", .fallback = KARSDEVP);

KAR_CLASS_NAMES(KarSDE, prefix)

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
  PetscCall(PetscFree(sde->linear));
  PetscCall(PetscMemzero(&sde->ops, sizeof(sde->ops)));
  sde->parameters = NULL;
  sde->ready      = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

KAR_CLASS_SETTYPE(KarSDE, comm, prefix)

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

/* The process without f: a copy that owns nothing. */
static PetscErrorCode SetUpLinear(KarSDE sde)
{
  PetscFunctionBegin;
  if (!sde->ops.nonlinear) PetscFunctionReturn(PETSC_SUCCESS);
  if (!sde->linear) PetscCall(PetscNew(&sde->linear));
  *sde->linear               = *sde;
  sde->linear->whole         = sde;
  sde->linear->linear        = NULL;
  sde->linear->ops.nonlinear = NULL;
  sde->linear->ops.adjoint   = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
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
  PetscCall(KarCovGetFFT(sde->cov, &fft));
  if (sde->ops.omega) PetscCall(KarFFTCreateMultiplier(fft, Omega, sde, &sde->omega));
  sde->ready = PETSC_TRUE;
  PetscCall(SetUpLinear(sde));
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

PetscErrorCode KarSDEDuplicate(KarSDE sde, KarCov cov, KarSDE *out)
{
  KarSDE reference;

  PetscFunctionBegin;
  PetscCall(KarSDEGetMatching(sde, &reference, NULL));
  KarCheck(sde->comm, !reference, PETSC_ERR_SUP, "a process of bridges has no copy with another noise");
  PetscCall(KarSDESetUp(sde));
  PetscCall(KarSDECreate(cov, out));
  PetscCall(KarSDESetType(*out, sde->type));
  for (const KarParameter *p = sde->parameters; p && p->name; p++)
    PetscCall(KarSDESetParameter(*out, p->name, *p->value));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDEReference(KarSDE sde)
{
  PetscFunctionBegin;
  if (sde->whole) sde = sde->whole;
  sde->references++;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDEDestroy(KarSDE *sde)
{
  PetscFunctionBegin;
  if (*sde && (*sde)->whole) *sde = (*sde)->whole;
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
