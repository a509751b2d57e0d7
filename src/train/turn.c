/* A field of the data, turned by a symmetry of its law. */
#include "trainimpl.h"

PetscInt kar_trainer_pick(KarTrainer tr, const KarTrainerFields *f, PetscInt64 number, PetscBool validation,
                          PetscReal u)
{
  const PetscInt train = f->samples - f->held, path = PetscMax(f->path, 1), pairs = path - 1;

  if (path > 1) { /* the first of a path has none before it */
    const PetscInt all  = (validation ? f->held : train) / path * pairs;
    const PetscInt pair = validation ? (PetscInt)(number % all) : PetscMin(all - 1, (PetscInt)(u * (PetscReal)all));

    return (validation ? train : 0) + pair / pairs * path + pair % pairs + 1;
  }
  if (validation) return train + (PetscInt)(number % f->held);
  if (tr->options.keep == KAR_KEEP_FRESH) return f->samples + (PetscInt)number;
  return PetscMin(train - 1, (PetscInt)(u * (PetscReal)train));
}

/* x0 = field `index`, turned by the symmetry that u names; x is overwritten. */
static PetscErrorCode Turn(KarTrainer tr, KarTrainerFields *f, PetscInt index, PetscReal u, Vec x, Vec x0)
{
  const KarSymmetry symmetry = f->symmetry ? f->symmetry : tr->symmetry;
  PetscInt          size     = 1, sign;
  PetscScalar      *a;
  Vec               to;
  const KarModes   *m;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(f->fft, &m));
  if (symmetry) PetscCall(KarSymmetryGetSize(symmetry, &size));
  const PetscInt g = PetscMin(size - 1, (PetscInt)(u * (PetscReal)size));
  to               = g ? x : x0;
  PetscCall(VecGetArrayWrite(to, &a));
  PetscCall(KarTrainerGetField(tr, f, index, a));
  PetscCall(VecRestoreArrayWrite(to, &a));
  if (g) {
    if (tr->options.symmetry == KAR_SYMMETRY_VECTOR && m->dof == m->dim)
      PetscCall(KarSymmetryApplyVector(symmetry, g, x, x0));
    else PetscCall(KarSymmetryApply(symmetry, g, x, x0));
    PetscCall(KarSymmetryGetSign(symmetry, g, &sign));
    if (tr->options.symmetry == KAR_SYMMETRY_PSEUDOSCALAR && sign < 0 && !f->even) PetscCall(VecScale(x0, -1));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* (cos, sin) of p becomes that of c + p or c - p. */
static PetscErrorCode TurnPhase(KarTrainer tr, const PetscReal u[2], Vec x0)
{
  const PetscReal c = PetscCosReal(2 * PETSC_PI * u[1]), s = PetscSinReal(2 * PETSC_PI * u[1]),
                  sign = u[0] < 0.5 ? -1 : 1;
  const KarModes *m;
  PetscScalar    *a;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(tr->fft, &m));
  PetscCall(VecGetArray(x0, &a));
  for (PetscInt i = 0; i < tr->source.local; i += 2 * m->width)
    for (PetscInt j = i; j < i + m->width; j++) {
      const PetscReal re = a[j], im = sign * a[j + m->width];

      a[j]            = c * re - s * im;
      a[j + m->width] = c * im + s * re;
    }
  PetscCall(VecRestoreArray(x0, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerTurnField(KarTrainer tr, KarTrainerFields *f, PetscInt index, const PetscReal u[], Vec work,
                                   Vec x)
{
  PetscFunctionBegin;
  PetscCall(Turn(tr, f, index, u ? u[0] : 0, work, x));
  if (tr->options.symmetry == KAR_SYMMETRY_PHASE && u) PetscCall(TurnPhase(tr, u, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}
