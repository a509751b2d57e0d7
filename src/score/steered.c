/* The score as a control: v = C grad log p_t(x) = (a D - x)/s^2, with which the process runs backwards. */
#include <karhunen/impl/control.h>

static PetscErrorCode Apply(KarControl control, PetscReal t, Vec x, Vec v)
{
  PetscFunctionBegin;
  PetscCall(KarScoreApply(control->context, t, x, v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUp(KarControl control)
{
  PetscFunctionBegin;
  KarCheck(control->comm, control->context, PETSC_ERR_ORDER, "a control \"score\" needs one: KarControlSetScore()");
  PetscCall(KarScoreSetUp(control->context));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Destroy(KarControl control)
{
  KarScore score = control->context;

  PetscFunctionBegin;
  PetscCall(KarScoreDestroy(&score));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarControlSetScore(KarControl control, KarScore score)
{
  KarScore before;
  KarSDE   sde;

  PetscFunctionBegin;
  PetscCall(KarControlGetContext(control, KARCONTROLSCORE, "KarControlSetScore()", &before));
  PetscCall(KarScoreGetSDE(score, &sde));
  KarCheck(control->comm, sde == control->sde, PETSC_ERR_ARG_INCOMP,
           "KarControlSetScore(): the score is of another process than the control");
  PetscCall(KarScoreReference(score));
  PetscCall(KarScoreDestroy(&before));
  control->context = score;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarControlCreate_Score(KarControl control)
{
  PetscFunctionBegin;
  control->ops = (KarControlOps){.apply = Apply, .setup = SetUp, .destroy = Destroy};
  PetscFunctionReturn(PETSC_SUCCESS);
}
