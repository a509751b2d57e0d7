/* Plane flow under a force that is white in time, by its vorticity w:
     dw = (nu Lap w - drag w - u.grad w) dt + noise dW,   u = (d_y psi, -d_x psi),   -Lap psi = w
   W is a C-Wiener process.  The advection takes nothing from enstrophy, <N(w), w> = 0, nor from energy, <N(w), psi> =
   0. It is of modes |index| < n/3 alone; the others, and the mean, are linear. */
#include <karhunen/flow.h>
#include <karhunen/impl/sde.h>

static const char *const switches[] = {"off", "on", NULL};

typedef struct {
  PetscReal    nu, drag, noise, time, on;
  KarAdvection advection;
  KarParameter table[6];
} NavierStokes;

static void Path(KarSDE sde, PetscReal t, PetscReal omega, KarPath *path)
{
  kar_path_relax(omega, ((NavierStokes *)sde->context)->noise, t, path);
}

static PetscReal Omega(KarSDE sde, PetscReal k2)
{
  const NavierStokes *s = sde->context;

  return s->nu * k2 + s->drag;
}

static PetscErrorCode Nonlinear(KarSDE sde, PetscReal t, Vec x, Vec f)
{
  NavierStokes *s = sde->context;

  PetscFunctionBegin;
  if (s->on > 0) PetscCall(KarAdvectionApply(s->advection, x, f));
  else PetscCall(VecSet(f, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Adjoint(KarSDE sde, PetscReal t, Vec x, Vec v, Vec w)
{
  NavierStokes *s = sde->context;

  PetscFunctionBegin;
  if (s->on > 0) PetscCall(KarAdvectionDerivative(s->advection, x, v, PETSC_TRUE, w));
  else PetscCall(VecSet(w, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Destroy(KarSDE sde)
{
  PetscFunctionBegin;
  PetscCall(KarAdvectionDestroy(&((NavierStokes *)sde->context)->advection));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUp(KarSDE sde)
{
  NavierStokes *s = sde->context;
  KarFFT        fft;

  PetscFunctionBegin;
  PetscCall(Destroy(sde));
  PetscCall(KarCovGetFFT(sde->cov, &fft));
  PetscCall(KarAdvectionCreate(fft, &s->advection));
  sde->T = s->time;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDECreate_NavierStokes(KarSDE sde)
{
  NavierStokes *s;

  PetscFunctionBegin;
  PetscCall(PetscNew(&s));
  s->nu = 1e-3, s->noise = 1, s->time = 1, s->on = 1;
  s->table[0] = (KarParameter){"nu", "viscosity, length^2/time", &s->nu, 0, PETSC_MAX_REAL, NULL};
  s->table[1] =
    (KarParameter){"drag", "friction: every mode decays at this rate, 1/time", &s->drag, 0, PETSC_MAX_REAL, NULL};
  s->table[2] = (KarParameter){"noise",        "g: the noise adds g^2 C to the covariance in a unit of time",
                               &s->noise,      PETSC_SMALL,
                               PETSC_MAX_REAL, NULL};
  s->table[3] = (KarParameter){"time", "time T at which the process ends", &s->time, PETSC_SMALL, PETSC_MAX_REAL, NULL};
  s->table[4] = (KarParameter){"advection", "off for Stokes flow, whose law is Gaussian", &s->on, 0, 1, switches};
  sde->context    = s;
  sde->parameters = s->table;
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
