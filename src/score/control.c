/* A control: its type, and its one map (t, x) -> v = C grad log h. */
#include <karhunen/impl/control.h>

/* The types: a new one is a file and a line here. */
#define TYPES(TYPE)                                                                                                    \
  TYPE(KARCONTROLDOOB, "to an end X_T = y: KarControlSetEnd()", KarControlCreate_Doob)                                 \
  TYPE(KARCONTROLSCORE, "the score of the law at t: reversal", KarControlCreate_Score)                                 \
  TYPE(KARCONTROLOBSERVATION, "to data of the end, y = H X_T + e", KarControlCreate_Observed)                          \
  TYPE(KARCONTROLLEARNT, "by a network, trained for a cost", KarControlCreate_Learnt)                                  \
  TYPE(KARCONTROLSUM, "the sum of others", KarControlCreate_Sum)

KAR_TYPES(KarControl, TYPES, .noun = "control", .option = "control_type", .fallback = KARCONTROLDOOB);

KAR_CLASS_NAMES(KarControl, prefix)

PetscErrorCode KarControlCreate(KarSDE sde, KarControl *out)
{
  const KarModes *m;
  KarControl      control;
  KarCov          cov;
  KarGrid         grid;
  KarGridInfo     info;

  PetscFunctionBegin;
  PetscCall(PetscNew(&control));
  PetscCall(KarSDEReference(sde));
  PetscCall(KarSDEGetCovariance(sde, &cov));
  PetscCall(KarCovGetFFT(cov, &control->fft));
  PetscCall(KarFFTGetGrid(control->fft, &grid));
  PetscCall(KarGridGetInfo(grid, &info));
  PetscCall(KarFFTGetModes(control->fft, &m));
  control->sde        = sde;
  control->comm       = info.comm;
  control->modes      = m->rows * m->length;
  control->references = 1;
  *out                = control;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What an earlier type left behind. */
static PetscErrorCode Reset(KarControl control)
{
  PetscFunctionBegin;
  if (control->ops.destroy) PetscCall(control->ops.destroy(control));
  PetscCall(PetscMemzero(&control->ops, sizeof(control->ops)));
  control->context = NULL;
  control->ready   = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

KAR_CLASS_SETTYPE(KarControl, comm, prefix)

PetscErrorCode KarControlSetFromOptions(KarControl control)
{
  char type[32];

  PetscFunctionBegin;
  PetscCall(PetscStrncpy(type, control->type, sizeof(type)));
  PetscCall(KarTypesFromOptions(&types, control->comm, control->prefix, sizeof(type), type));
  PetscCall(KarControlSetType(control, type));
  if (control->ops.setfromoptions) PetscCall(control->ops.setfromoptions(control));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarControlSetUp(KarControl control)
{
  PetscFunctionBegin;
  if (control->ready) PetscFunctionReturn(PETSC_SUCCESS);
  KarCheck(control->comm, control->ops.apply, PETSC_ERR_ORDER, "the control has no type: give -%scontrol_type",
           control->prefix);
  PetscCall(KarSDEGetLinear(control->sde, &control->linear));
  if (control->ops.setup) PetscCall(control->ops.setup(control));
  control->ready = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarControlView(KarControl control, PetscViewer viewer)
{
  PetscFunctionBegin;
  PetscCall(PetscViewerASCIIPrintf(viewer, "control %s\n", control->type));
  if (control->ops.view) PetscCall(control->ops.view(control, viewer));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarControlReference(KarControl control)
{
  PetscFunctionBegin;
  control->references++;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarControlDestroy(KarControl *control)
{
  PetscFunctionBegin;
  if (*control && --(*control)->references == 0) {
    PetscCall(Reset(*control));
    PetscCall(KarSDEDestroy(&(*control)->sde));
    PetscCall(PetscFree(*control));
  }
  *control = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarControlGetContext(KarControl control, KarControlType type, const char routine[], void *context)
{
  PetscFunctionBegin;
  KarCheck(control->comm, !strcmp(control->type, type), PETSC_ERR_ARG_WRONGSTATE,
           "%s: this control is of type \"%s\"; it is for \"%s\"", routine, control->type, type);
  *(void **)context = control->context;
  control->ready    = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarControlGetSDE(KarControl control, KarSDE *sde)
{
  PetscFunctionBegin;
  *sde = control->sde;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarControlApply(KarControl control, PetscReal t, Vec x, Vec v)
{
  PetscReal T;

  PetscFunctionBegin;
  PetscCall(KarControlSetUp(control));
  PetscCall(KarSDEGetFinalTime(control->sde, &T));
  KarCheck(control->comm, 0 <= t && t <= T, PETSC_ERR_ARG_OUTOFRANGE, "a control at time %g: give one in [0, %g]",
           (double)t, (double)T);
  KarCheck(control->comm, x != v, PETSC_ERR_ARG_IDN, "a control: x and v are one vector");
  PetscCall(VecLockReadPush(x));
  PetscCall(control->ops.apply(control, t, x, v));
  PetscCall(VecLockReadPop(x));
  PetscFunctionReturn(PETSC_SUCCESS);
}
