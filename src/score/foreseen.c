/* A control that is learnt, by the end that its network foresees: with X_T | X_t = x ~ N(a x, S) of the linear part and
   D = E[X_T | X_t = x] under the control,
     v = lambda a (D - a x)/S.
   The network starts at the best control of the cost G |x - b|^2/2 of the linear part: m_t = A m_0 + B m_T the mean
   under that, m_0 of the starts, m_T = a m_0 + S G (b - a m_0)/(1 + G S), and D = m_T + Den(x - m_t), whose network
   that has learnt nothing gives  E[X_T | X_t] = a x + S G (b - a x)/(1 + G S). A base v_b, such as the control of data
   of the end of the linear part, is added: D = m_T + Den(x - m_t) + S v_b/(lambda a). */
#include <karhunen/impl/control.h>

#define NEAREST 1e-3 /* of T: a denoiser of bridges is evaluated no nearer to its start or end */

typedef struct {
  KarDenoiser denoiser;            /* borrowed */
  KarControl  base;                /* owned reference, or NULL */
  Vec         start, end, mean, D; /* m_0, m_T, m_t */
  PetscReal  *a, *S, *A, *B;
  PetscReal   T;
} Foreseen;

/* y = f x + g z, mode by mode. */
static PetscErrorCode Combine(KarControl control, const PetscReal f[], Vec x, const PetscReal g[], Vec z, Vec y)
{
  const PetscScalar *in, *other;
  PetscScalar       *out;
  PetscInt           size, group;

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(x, &size));
  group = control->modes ? size / control->modes : 0;
  PetscCall(VecGetArrayRead(x, &in));
  PetscCall(VecGetArrayRead(z, &other));
  PetscCall(VecGetArrayWrite(y, &out));
  for (PetscInt i = 0; i < control->modes; i++)
    for (PetscInt c = i * group; c < (i + 1) * group; c++) out[c] = f[i] * in[c] + g[i] * other[c];
  PetscCall(VecRestoreArrayWrite(y, &out));
  PetscCall(VecRestoreArrayRead(z, &other));
  PetscCall(VecRestoreArrayRead(x, &in));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarControlGetMean(KarControl control, PetscReal t, Vec m)
{
  Foreseen *f;

  PetscFunctionBegin;
  PetscCall(KarControlGetContext(control, KARCONTROLLEARNT, "KarControlGetMean()", &f));
  PetscCall(KarControlSetUp(control));
  PetscCall(KarSDEGetBridge(control->linear, 0, t, f->T, NULL, f->A, f->B, f->S));
  PetscCall(Combine(control, f->A, f->start, f->B, f->end, m));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* m_T + Den(x - m_t). */
static PetscErrorCode Answer(KarControl control, PetscReal t, Vec x, Vec D)
{
  Foreseen *f = control->context;

  PetscFunctionBegin;
  PetscCall(KarControlGetMean(control, t, f->mean));
  PetscCall(VecAYPX(f->mean, -1, x));
  PetscCall(KarDenoiserApply(f->denoiser, kar_control_clock(f->T, t), f->mean, D));
  PetscCall(VecAXPY(D, 1, f->end));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarControlGetBase(KarControl control, PetscReal t, Vec x, Vec shift, PetscBool *has)
{
  const PetscReal *lambda;
  Foreseen        *f;
  KarCov           cov;

  PetscFunctionBegin;
  PetscCall(KarControlGetContext(control, KARCONTROLLEARNT, "KarControlGetBase()", &f));
  *has = (PetscBool)(f->base != NULL);
  if (!f->base) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarControlSetUp(control));
  PetscCall(KarControlApply(f->base, t, x, shift));
  PetscCall(KarSDEGetTransition(control->linear, t, f->T, f->a, f->S));
  PetscCall(KarSDEGetCovariance(control->linear, &cov));
  PetscCall(KarCovGetEigenvalues(cov, &lambda));
  for (PetscInt i = 0; i < control->modes; i++) f->A[i] = lambda[i] * f->a[i] > 0 ? f->S[i] / (lambda[i] * f->a[i]) : 0;
  PetscCall(KarFFTMultiply(control->fft, f->A, shift));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarControlForesee(KarControl control, PetscReal t, Vec x, Vec D)
{
  Foreseen *f;
  PetscBool has;

  PetscFunctionBegin;
  PetscCall(KarControlGetContext(control, KARCONTROLLEARNT, "KarControlForesee()", &f));
  PetscCall(Answer(control, t, x, D));
  PetscCall(KarControlGetBase(control, t, x, f->mean, &has));
  if (has) PetscCall(VecAXPY(D, 1, f->mean));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscReal kar_control_clock(PetscReal T, PetscReal t)
{
  return PetscMax(NEAREST * T, PetscMin(T - t, (1 - NEAREST) * T));
}

static PetscErrorCode Apply(KarControl control, PetscReal t, Vec x, Vec v)
{
  Foreseen        *f = control->context;
  const PetscReal *lambda;
  KarCov           cov;

  PetscFunctionBegin;
  KarCheck(control->comm, t < f->T, PETSC_ERR_ARG_OUTOFRANGE,
           "a learnt control has no drift at time %g, the end: give an earlier time", (double)t);
  PetscCall(Answer(control, t, x, f->D));
  PetscCall(KarSDEGetTransition(control->linear, t, f->T, f->a, f->S));
  PetscCall(KarSDEGetCovariance(control->linear, &cov));
  PetscCall(KarCovGetEigenvalues(cov, &lambda));
  for (PetscInt i = 0; i < control->modes; i++) {
    const PetscReal gain = f->S[i] > 0 ? lambda[i] * f->a[i] / f->S[i] : 0;

    f->A[i] = gain, f->B[i] = -gain * f->a[i];
  }
  PetscCall(Combine(control, f->A, f->D, f->B, x, v));
  if (f->base) PetscCall(KarControlApply(f->base, t, x, f->D));
  if (f->base) PetscCall(VecAXPY(v, 1, f->D));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUp(KarControl control)
{
  const Foreseen *f = control->context;

  PetscFunctionBegin;
  KarCheck(control->comm, f->denoiser, PETSC_ERR_ORDER, "a control \"learnt\" needs a model: KarControlSetDenoiser()");
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Destroy(KarControl control)
{
  Foreseen *f = control->context;

  PetscFunctionBegin;
  PetscCall(KarControlDestroy(&f->base));
  PetscCall(VecDestroy(&f->start));
  PetscCall(VecDestroy(&f->end));
  PetscCall(VecDestroy(&f->mean));
  PetscCall(VecDestroy(&f->D));
  PetscCall(PetscFree4(f->a, f->S, f->A, f->B));
  PetscCall(PetscFree(f));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarControlSetBase(KarControl control, KarControl base)
{
  Foreseen *f;

  PetscFunctionBegin;
  PetscCall(KarControlGetContext(control, KARCONTROLLEARNT, "KarControlSetBase()", &f));
  PetscCall(KarControlReference(base));
  PetscCall(KarControlDestroy(&f->base));
  f->base = base;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarControlSetDenoiser(KarControl control, KarDenoiser denoiser, Vec b, PetscReal G)
{
  const PetscReal *start, *end;
  const KarModes  *m;
  PetscScalar     *x;
  KarSDE           linear;
  Foreseen        *f;

  PetscFunctionBegin;
  PetscCall(KarControlGetContext(control, KARCONTROLLEARNT, "KarControlSetDenoiser()", &f));
  PetscCall(KarDenoiserGetEnds(denoiser, &start, &end));
  KarCheck(control->comm, start, PETSC_ERR_ARG_WRONG,
           "KarControlSetDenoiser(): the model is of one law: train a control by -train_objective adjoint");
  PetscCall(KarSDEGetLinear(control->sde, &linear));
  PetscCall(KarSDEGetFinalTime(control->sde, &f->T));
  PetscCall(KarFFTCreateCoordinates(control->fft, &f->start));
  PetscCall(VecDuplicate(f->start, &f->end));
  PetscCall(VecDuplicate(f->start, &f->mean));
  PetscCall(VecDuplicate(f->start, &f->D));
  PetscCall(PetscMalloc4(control->modes, &f->a, control->modes, &f->S, control->modes, &f->A, control->modes, &f->B));
  PetscCall(KarFFTGetModes(control->fft, &m));
  PetscCall(VecGetArray(f->start, &x));
  if (m->start == 0 && control->modes)
    for (PetscInt c = 0; c < m->dof; c++) x[c * m->width] = start[c];
  PetscCall(VecRestoreArray(f->start, &x));
  PetscCall(KarSDEGetTransition(linear, 0, f->T, f->a, f->S));
  for (PetscInt i = 0; i < control->modes; i++) {
    const PetscReal K = G * f->S[i] / (1 + G * f->S[i]);

    f->A[i] = f->a[i] * (1 - K), f->B[i] = K;
  }
  PetscCall(Combine(control, f->A, f->start, f->B, b ? b : f->start, f->end));
  f->denoiser = denoiser;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarControlCreate_Learnt(KarControl control)
{
  Foreseen *f;

  PetscFunctionBegin;
  PetscCall(PetscNew(&f));
  control->context = f;
  control->ops     = (KarControlOps){.apply = Apply, .setup = SetUp, .destroy = Destroy};
  PetscFunctionReturn(PETSC_SUCCESS);
}
