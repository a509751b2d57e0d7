/* Data of the end, y = H X_T + e: with X_T | X_t = x ~ N(a x, S),
     v = C grad log h = C a H* M^-1 (y - H a x),   M = H S H* + R. */
#include <karhunen/impl/control.h>

typedef struct {
  KarObservation obs; /* owned references */
  Vec            y, e, mean;
  PetscReal     *a, *S;
  PetscReal      t; /* of these and the innovation */
  KarInnovation  innovation;
} Observed;

/* The transition from t to T, and M. */
static PetscErrorCode SetTime(KarControl control, PetscReal t)
{
  Observed *o = control->context;
  KarCov    cov;
  PetscReal T;

  PetscFunctionBegin;
  if (o->innovation && t == o->t) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarInnovationDestroy(&o->innovation));
  PetscCall(KarSDEGetFinalTime(control->linear, &T));
  PetscCall(KarSDEGetTransition(control->linear, t, T, o->a, o->S));
  PetscCall(KarSDEGetCovariance(control->linear, &cov));
  PetscCall(KarInnovationCreate(o->obs, o->S, cov, &o->innovation));
  o->t = t;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Apply(KarControl control, PetscReal t, Vec x, Vec v)
{
  Observed *o = control->context;
  KarCov    cov;
  Mat       H;

  PetscFunctionBegin;
  PetscCall(SetTime(control, t));
  PetscCall(VecCopy(x, o->mean));
  PetscCall(KarFFTMultiply(control->fft, o->a, o->mean));
  PetscCall(KarObservationApply(o->obs, o->mean, o->e));
  PetscCall(VecAYPX(o->e, -1, o->y));
  PetscCall(KarInnovationSolve(o->innovation, o->e, o->e));
  PetscCall(KarObservationGetMatrix(o->obs, &H));
  PetscCall(MatMultTranspose(H, o->e, v));
  PetscCall(KarFFTMultiply(control->fft, o->a, v));
  PetscCall(KarSDEGetCovariance(control->linear, &cov));
  PetscCall(KarCovApply(cov, v, v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUp(KarControl control)
{
  Observed *o = control->context;

  PetscFunctionBegin;
  KarCheck(control->comm, o->obs, PETSC_ERR_ORDER,
           "a control \"observation\" needs data of the end: KarControlSetObservation()");
  if (!o->a) PetscCall(PetscMalloc2(control->modes, &o->a, control->modes, &o->S));
  if (!o->mean) PetscCall(KarFFTCreateCoordinates(control->fft, &o->mean));
  PetscCall(KarInnovationDestroy(&o->innovation));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode View(KarControl control, PetscViewer viewer)
{
  const Observed *o = control->context;

  PetscFunctionBegin;
  if (o->obs) PetscCall(KarObservationView(o->obs, viewer));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Destroy(KarControl control)
{
  Observed *o = control->context;

  PetscFunctionBegin;
  PetscCall(KarInnovationDestroy(&o->innovation));
  PetscCall(PetscFree2(o->a, o->S));
  PetscCall(VecDestroy(&o->y));
  PetscCall(VecDestroy(&o->e));
  PetscCall(VecDestroy(&o->mean));
  PetscCall(KarObservationDestroy(&o->obs));
  PetscCall(PetscFree(o));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarControlSetObservation(KarControl control, KarObservation obs, Vec y)
{
  Observed *o;

  PetscFunctionBegin;
  PetscCall(KarControlGetContext(control, KARCONTROLOBSERVATION, "KarControlSetObservation()", &o));
  PetscCall(KarObservationSetUp(obs));
  PetscCall(KarObservationReference(obs));
  PetscCall(PetscObjectReference((PetscObject)y));
  PetscCall(KarObservationDestroy(&o->obs));
  PetscCall(VecDestroy(&o->y));
  PetscCall(VecDestroy(&o->e));
  o->obs = obs;
  o->y   = y;
  PetscCall(VecDuplicate(y, &o->e));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarControlCreate_Observed(KarControl control)
{
  Observed *o;

  PetscFunctionBegin;
  PetscCall(PetscNew(&o));
  control->context = o;
  control->ops     = (KarControlOps){.apply = Apply, .setup = SetUp, .view = View, .destroy = Destroy};
  PetscFunctionReturn(PETSC_SUCCESS);
}
