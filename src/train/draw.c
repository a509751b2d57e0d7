/* One training pair (x_0, x_t): a function of the run's seed and the pair's number alone. */
#include "trainimpl.h"

/* x_0 = field `index`, turned by a symmetry of the law drawn with u. */
static PetscErrorCode Field(KarTrainer tr, PetscInt index, PetscReal u, Vec x, Vec x0)
{
  PetscInt     size = 1, sign;
  PetscScalar *a;
  Vec          to;

  PetscFunctionBegin;
  if (tr->symmetry) PetscCall(KarSymmetryGetSize(tr->symmetry, &size));
  const PetscInt g = PetscMin(size - 1, (PetscInt)(u * (PetscReal)size));
  to               = g ? x : x0;
  PetscCall(VecGetArrayWrite(to, &a));
  PetscCall(KarTrainerGetField(tr, index, a));
  PetscCall(VecRestoreArrayWrite(to, &a));
  if (g) {
    PetscCall(KarSymmetryApply(tr->symmetry, g, x, x0));
    PetscCall(KarSymmetryGetSign(tr->symmetry, g, &sign));
    if (tr->options.symmetry == KAR_SYMMETRY_PSEUDOSCALAR && sign < 0) PetscCall(VecScale(x0, -1));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* (cos, sin) of p becomes that of c + p or c - p. */
static PetscErrorCode TurnPhase(KarTrainer tr, const PetscReal u[2], Vec x0)
{
  const PetscReal c = PetscCosReal(2 * PETSC_PI * u[1]), s = PetscSinReal(2 * PETSC_PI * u[1]), sign = u[0] < 0.5 ? -1 : 1;
  const KarModes *m;
  PetscScalar    *a;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(tr->fft, &m));
  PetscCall(VecGetArray(x0, &a));
  for (PetscInt i = 0; i < tr->local; i += 2 * m->width)
    for (PetscInt j = i; j < i + m->width; j++) {
      const PetscReal re = a[j], im = sign * a[j + m->width];

      a[j]            = c * re - s * im;
      a[j + m->width] = c * im + s * re;
    }
  PetscCall(VecRestoreArray(x0, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerDraw(KarTrainer tr, PetscInt64 number, PetscBool validation, PetscInt b, PetscInt batch, PetscInt i)
{
  KarKey         key   = {.seed = tr->options.seed, .sample = number, .stream = validation ? KAR_STREAM_TEST : KAR_STREAM_TRAIN, .step = 1};
  const PetscInt train = tr->samples - tr->held;
  PetscReal      u[2], w[2];
  PetscInt       index;
  KarSDE         sde;

  PetscFunctionBegin;
  kar_uniform_pair(key, 0, 0, 0, u);
  kar_uniform_pair(key, 1, 0, 0, w);
  index    = validation ? train + (PetscInt)(number % tr->held) : PetscMin(train - 1, (PetscInt)(u[0] * (PetscReal)train));
  key.step = 0;
  PetscCall(KarDenoiserGetSDE(tr->denoiser, &sde));
  PetscCall(KarTimeLawDraw(&tr->law[validation], sde, b, batch, u[1], &tr->t[i]));
  PetscCall(Field(tr, index, validation ? 0 : w[0], tr->xt[i], tr->x0[i]));
  if (tr->options.symmetry == KAR_SYMMETRY_PHASE && !validation) PetscCall(TurnPhase(tr, w, tr->x0[i]));
  PetscCall(KarSDEAddNoise(sde, tr->t[i], key, tr->x0[i], tr->xt[i], NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}
