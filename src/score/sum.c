/* The sum of controls: h is the product of theirs. */
#include <karhunen/impl/control.h>

enum { MOST = 8 };
typedef struct {
  KarControl part[MOST]; /* owned references */
  PetscInt   n;
  Vec        one;
} Sum;

static PetscErrorCode Apply(KarControl control, PetscReal t, Vec x, Vec v)
{
  Sum *sum = control->context;

  PetscFunctionBegin;
  if (!sum->one) PetscCall(VecDuplicate(v, &sum->one));
  PetscCall(KarControlApply(sum->part[0], t, x, v));
  for (PetscInt i = 1; i < sum->n; i++) {
    PetscCall(KarControlApply(sum->part[i], t, x, sum->one));
    PetscCall(VecAXPY(v, 1, sum->one));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUp(KarControl control)
{
  const Sum *sum = control->context;

  PetscFunctionBegin;
  KarCheck(control->comm, sum->n, PETSC_ERR_ORDER, "a control \"sum\" has no parts: KarControlAdd()");
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode View(KarControl control, PetscViewer viewer)
{
  const Sum *sum = control->context;

  PetscFunctionBegin;
  for (PetscInt i = 0; i < sum->n; i++) PetscCall(KarControlView(sum->part[i], viewer));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Destroy(KarControl control)
{
  Sum *sum = control->context;

  PetscFunctionBegin;
  for (PetscInt i = 0; i < sum->n; i++) PetscCall(KarControlDestroy(&sum->part[i]));
  PetscCall(VecDestroy(&sum->one));
  PetscCall(PetscFree(sum));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarControlAdd(KarControl control, KarControl part)
{
  Sum *sum;

  PetscFunctionBegin;
  PetscCall(KarControlGetContext(control, KARCONTROLSUM, "KarControlAdd()", &sum));
  KarCheck(control->comm, part->sde == control->sde, PETSC_ERR_ARG_INCOMP,
           "KarControlAdd(): the part is of another process than the sum");
  KarCheck(control->comm, sum->n < MOST, PETSC_ERR_ARG_OUTOFRANGE,
           "KarControlAdd(): a sum has at most %d parts; add sums", MOST);
  PetscCall(KarControlReference(part));
  sum->part[sum->n++] = part;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarControlCreate_Sum(KarControl control)
{
  Sum *sum;

  PetscFunctionBegin;
  PetscCall(PetscNew(&sum));
  control->context = sum;
  control->ops     = (KarControlOps){.apply = Apply, .setup = SetUp, .view = View, .destroy = Destroy};
  PetscFunctionReturn(PETSC_SUCCESS);
}
