/* A sampler of Gaussian data is linear: x_0 = G x_T + sum_j G_j w_j in each coordinate, so that
     Var x_0 = G^2 (a^2 C0 + S) + sum_j G_j^2 lambda,
   each term the square of its output when that term alone is set to its standard deviation. */
#include <karhunen/impl/sampler.h>

/* x = sqrt(a^2 data + s^2 lambda) in every coordinate; data may be NULL. */
static PetscErrorCode Deviation(KarEquation *equation, const KarPath *path, const PetscReal data[], Vec x)
{
  const PetscReal *lambda;
  PetscScalar     *out;

  PetscFunctionBegin;
  PetscCall(KarCovGetEigenvalues(equation->cov, &lambda));
  PetscCall(VecGetArrayWrite(x, &out));
  for (PetscInt i = 0; i < equation->n; i++) {
    const PetscReal v = PetscSqr(path[i].s) * lambda[i] + (data ? PetscSqr(path[i].a) * data[i] : 0);

    for (PetscInt q = i * equation->group; q < (i + 1) * equation->group; q++) out[q] = PetscSqrtReal(v);
  }
  PetscCall(VecRestoreArrayWrite(x, &out));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One draw of its standard deviation, the others 0. */
typedef struct {
  Vec      unit; /* shared */
  PetscInt number;
} Impulse;

static PetscErrorCode DrawImpulse(void *ctx, KarKey key, Vec w)
{
  const Impulse *impulse = ctx;

  PetscFunctionBegin;
  if ((PetscInt)key.step == impulse->number) PetscCall(VecCopy(impulse->unit, w));
  else PetscCall(VecSet(w, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerGetVariance(TS ts, Vec variance)
{
  KarEquation     *equation;
  const PetscReal *c = NULL;
  KarCov           data;
  KarPath         *path;
  PetscInt         draws;
  Vec              x, unit;
  Impulse          impulse;

  PetscFunctionBegin;
  PetscCall(KarSamplerSetUp(ts));
  PetscCall(KarEquationGet(ts, &equation));
  KarCheck(PetscObjectComm((PetscObject)ts), equation->score, PETSC_ERR_SUP,
           "KarSamplerGetVariance(): of a sampler of a score only");
  PetscCall(KarScoreGetDataCovariance(equation->score, &data));
  if (data && equation->matched) PetscCall(KarCovGetEigenvalues(data, &c));
  PetscCall(PetscMalloc1(equation->n, &path));
  PetscCall(VecDuplicate(variance, &x));
  PetscCall(VecDuplicate(variance, &unit));
  PetscCall(KarSDEGetPathModes(equation->sde, equation->t[0], path));
  PetscCall(Deviation(equation, path, c, x));
  for (PetscInt i = 0; i < equation->n; i++) path[i] = (KarPath){.s = 1};
  PetscCall(Deviation(equation, path, NULL, unit));
  impulse = (Impulse){unit, -1};
  PetscCall(KarSamplerSetDraw(ts, DrawImpulse, &impulse));
  PetscCall(KarSamplerSolveFrom(ts, (KarKey){0}, x, NULL));
  draws = equation->key.step;
  PetscCall(VecPointwiseMult(variance, x, x));
  for (PetscInt j = 0; j < draws; j++) {
    impulse.number = j;
    PetscCall(VecSet(x, 0));
    PetscCall(KarSamplerSolveFrom(ts, (KarKey){0}, x, NULL));
    PetscCall(VecPointwiseMult(x, x, x));
    PetscCall(VecAXPY(variance, 1, x));
  }
  PetscCall(KarSamplerSetDraw(ts, NULL, NULL));
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&unit));
  PetscCall(PetscFree(path));
  PetscFunctionReturn(PETSC_SUCCESS);
}
