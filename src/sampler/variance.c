/* A sampler of Gaussian data is linear: x_0 = G x_T + sum_j G_j w_j in each coordinate, so that
     Var x_0 = G^2 (a^2 C0 + S) + sum_j G_j^2 lambda,
   each term the square of its output when that term alone is set to its standard deviation. */
#include <karhunen/impl/sampler.h>

/* x = sqrt(a^2 data + s^2 lambda) in every coordinate; data may be NULL. */
static PetscErrorCode Deviation(KarReverse *reverse, const KarPath *path, const PetscReal data[], Vec x)
{
  const PetscReal *lambda;
  PetscScalar     *out;

  PetscFunctionBegin;
  PetscCall(KarCovGetEigenvalues(reverse->cov, &lambda));
  PetscCall(VecGetArrayWrite(x, &out));
  for (PetscInt i = 0; i < reverse->n; i++) {
    const PetscReal v = PetscSqr(path[i].s) * lambda[i] + (data ? PetscSqr(path[i].a) * data[i] : 0);

    for (PetscInt q = i * reverse->group; q < (i + 1) * reverse->group; q++) out[q] = PetscSqrtReal(v);
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
  KarReverse      *reverse;
  const PetscReal *c = NULL;
  KarCov           data;
  KarPath         *path;
  PetscInt         draws;
  Vec              x, unit;
  Impulse          impulse;

  PetscFunctionBegin;
  PetscCall(KarSamplerSetUp(ts));
  PetscCall(KarReverseGet(ts, &reverse));
  PetscCall(KarScoreGetDataCovariance(reverse->score, &data));
  if (data && reverse->matched) PetscCall(KarCovGetEigenvalues(data, &c));
  PetscCall(PetscMalloc1(reverse->n, &path));
  PetscCall(VecDuplicate(variance, &x));
  PetscCall(VecDuplicate(variance, &unit));
  PetscCall(KarSDEGetPathModes(reverse->sde, reverse->t[0], path));
  PetscCall(Deviation(reverse, path, c, x));
  for (PetscInt i = 0; i < reverse->n; i++) path[i] = (KarPath){.s = 1};
  PetscCall(Deviation(reverse, path, NULL, unit));
  impulse = (Impulse){unit, -1};
  PetscCall(KarSamplerSetDraw(ts, DrawImpulse, &impulse));
  PetscCall(KarSamplerSolveFrom(ts, (KarKey){0}, x, NULL));
  draws = reverse->key.step;
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
