/* The stochastic Allen-Cahn equation, the double well in function space:
     dX = (nu Lap X + rate (X - X^3)) dt + noise dW,   f = rate (X - X^3) point by point,   f'(x)* v = rate (1 - 3 x^2)
     v
   W is a C-Wiener process. Where X ends near -1 or 1 and starts near the other, its bridges are transitions.
   The linear part is nu Lap X - shift X, f = rate (X - X^3) + shift X: one process, but guided proposals and the exact
   step see the linear part, which near the wells is that of shift = 2 rate. */
#include <karhunen/impl/sde.h>

typedef struct {
  PetscReal    nu, rate, noise, time, shift;
  PetscReal   *keep; /* 0 at Nyquist, else 1 */
  Vec          u[2]; /* fields */
  KarParameter table[6];
} AllenCahn;

static void Path(KarSDE sde, PetscReal t, PetscReal omega, KarPath *path)
{
  kar_path_relax(omega, ((AllenCahn *)sde->context)->noise, t, path);
}

static PetscReal Omega(KarSDE sde, PetscReal k2)
{
  const AllenCahn *ac = sde->context;

  return ac->nu * k2 + ac->shift;
}

/* Coordinates of `field`, without Nyquist modes. */
static PetscErrorCode Project(KarSDE sde, Vec field, Vec x)
{
  KarFFT fft;

  PetscFunctionBegin;
  PetscCall(KarCovGetFFT(sde->cov, &fft));
  PetscCall(KarFFTForward(fft, field, x));
  PetscCall(KarFFTMultiply(fft, ((AllenCahn *)sde->context)->keep, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Nonlinear(KarSDE sde, PetscReal t, Vec x, Vec f)
{
  AllenCahn   *ac = sde->context;
  PetscScalar *u;
  PetscInt     size;
  KarFFT       fft;

  PetscFunctionBegin;
  PetscCall(KarCovGetFFT(sde->cov, &fft));
  PetscCall(KarFFTInverse(fft, x, ac->u[0]));
  PetscCall(VecGetLocalSize(ac->u[0], &size));
  PetscCall(VecGetArray(ac->u[0], &u));
  for (PetscInt i = 0; i < size; i++) u[i] = ac->rate * (u[i] - u[i] * u[i] * u[i]) + ac->shift * u[i];
  PetscCall(VecRestoreArray(ac->u[0], &u));
  PetscCall(Project(sde, ac->u[0], f));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Adjoint(KarSDE sde, PetscReal t, Vec x, Vec v, Vec w)
{
  AllenCahn         *ac = sde->context;
  PetscScalar       *out;
  const PetscScalar *u;
  PetscInt           size;
  KarFFT             fft;

  PetscFunctionBegin;
  PetscCall(KarCovGetFFT(sde->cov, &fft));
  PetscCall(KarFFTInverse(fft, x, ac->u[0]));
  PetscCall(KarFFTInverse(fft, v, ac->u[1]));
  PetscCall(VecGetLocalSize(ac->u[0], &size));
  PetscCall(VecGetArrayRead(ac->u[0], &u));
  PetscCall(VecGetArray(ac->u[1], &out));
  for (PetscInt i = 0; i < size; i++) out[i] *= ac->rate * (1 - 3 * u[i] * u[i]) + ac->shift;
  PetscCall(VecRestoreArray(ac->u[1], &out));
  PetscCall(VecRestoreArrayRead(ac->u[0], &u));
  PetscCall(Project(sde, ac->u[1], w));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Destroy(KarSDE sde)
{
  AllenCahn *ac = sde->context;

  PetscFunctionBegin;
  for (int i = 0; i < 2; i++) PetscCall(VecDestroy(&ac->u[i]));
  PetscCall(PetscFree(ac->keep));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscReal Keep(const KarMode *mode, void *ctx)
{
  return mode->nyquist ? 0 : 1;
}

static PetscErrorCode SetUp(KarSDE sde)
{
  AllenCahn *ac = sde->context;
  KarGrid    grid;
  KarFFT     fft;

  PetscFunctionBegin;
  PetscCall(Destroy(sde));
  PetscCall(KarCovGetFFT(sde->cov, &fft));
  PetscCall(KarFFTGetGrid(fft, &grid));
  for (int i = 0; i < 2; i++) PetscCall(KarGridCreateField(grid, &ac->u[i]));
  PetscCall(KarFFTCreateMultiplier(fft, Keep, NULL, &ac->keep));
  sde->T = ac->time;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDECreate_AllenCahn(KarSDE sde)
{
  AllenCahn *ac;

  PetscFunctionBegin;
  PetscCall(PetscNew(&ac));
  ac->nu       = 1e-3;
  ac->rate     = 1;
  ac->noise    = 1;
  ac->time     = 1;
  ac->table[0] = (KarParameter){"nu", "factor of the Laplacian, length^2/time", &ac->nu, 0, PETSC_MAX_REAL, NULL};
  ac->table[1] =
    (KarParameter){"rate", "rate r of the reaction r (x - x^3), 1/time", &ac->rate, 0, PETSC_MAX_REAL, NULL};
  ac->table[2] = (KarParameter){"noise",        "g: the noise adds g^2 C to the covariance in a unit of time",
                                &ac->noise,     PETSC_SMALL,
                                PETSC_MAX_REAL, NULL};
  ac->table[3] =
    (KarParameter){"time", "time T at which the process ends", &ac->time, PETSC_SMALL, PETSC_MAX_REAL, NULL};
  ac->table[4] = (KarParameter){
    "shift",        "c: the linear part has -c x more, the rest + c x; guides of bridges know the linear part",
    &ac->shift,     0,
    PETSC_MAX_REAL, NULL};
  sde->context    = ac;
  sde->parameters = ac->table;
  sde->ops        = (KarSDEOps){
           .path      = Path,
           .omega     = Omega,
           .nonlinear = Nonlinear,
           .adjoint   = Adjoint,
           .setup     = SetUp,
           .destroy   = Destroy,
  };
  PetscFunctionReturn(PETSC_SUCCESS);
}
