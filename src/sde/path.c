/* What follows from the path a(t), s(t) of a process alone.
     alpha = -a'/a,  g^2 = (s^2)' + 2 alpha s^2        (docs/mathematics.md §3) */
#include <karhunen/impl/sde.h>

#include <math.h>

void kar_path_relax(PetscReal rate, PetscReal noise, PetscReal t, KarPath *path)
{
  const PetscReal B = PetscMin(rate * t, 345);

  path->a   = PetscExpReal(-B);
  path->da  = -rate * path->a;
  path->ds2 = PetscSqr(noise) * PetscExpReal(-2 * B);
  path->s   = noise * PetscSqrtReal(2 * B > 1e-8 ? -expm1(-2 * B) / (2 * rate) : t * (1 - B));
}

/* What only linear processes have. */
static PetscErrorCode RequirePath(KarSDE sde)
{
  PetscFunctionBegin;
  PetscCall(KarSDESetUp(sde));
  KarCheck(sde->comm, !sde->ops.nonlinear, PETSC_ERR_SUP,
           "-%ssde_type %s is not linear: its law at a time, its transitions and its scores are not known exactly; it "
           "is run forward, or bridged by particles",
           sde->prefix, sde->type);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDEGetPath(KarSDE sde, PetscReal t, KarPath *path)
{
  PetscFunctionBegin;
  PetscCall(RequirePath(sde));
  sde->ops.path(sde, t, sde->ops.omega ? sde->ops.omega(sde, 0) : 1, path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDEGetPathRate(KarSDE sde, PetscReal t, PetscReal omega, KarPath *path)
{
  PetscFunctionBegin;
  PetscCall(RequirePath(sde));
  sde->ops.path(sde, t, omega, path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDEGetRates(KarSDE sde, PetscReal *low, PetscReal *high)
{
  PetscReal ends[2] = {-1, 1}; /* -low, high */

  PetscFunctionBegin;
  PetscCall(KarSDESetUp(sde));
  if (sde->ops.omega) { /* a rank may hold no mode: sde->omega is NULL there */
    ends[0] = -PETSC_MAX_REAL, ends[1] = 0;
    for (PetscInt i = 0; i < sde->n; i++)
      ends[0] = PetscMax(ends[0], -sde->omega[i]), ends[1] = PetscMax(ends[1], sde->omega[i]);
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, ends, 2, MPIU_REAL, MPIU_MAX, sde->comm));
  }
  *low = -ends[0], *high = ends[1];
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDEGetRate(KarSDE sde, PetscReal k2, PetscReal *omega)
{
  PetscFunctionBegin;
  PetscCall(KarSDESetUp(sde));
  *omega = sde->ops.omega ? sde->ops.omega(sde, k2) : 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDEGetPathModes(KarSDE sde, PetscReal t, KarPath path[])
{
  KarPath one;

  PetscFunctionBegin;
  PetscCall(KarSDEGetPath(sde, t, &one));
#pragma omp parallel for num_threads(kar_threads_for(sde->n)) firstprivate(one)
  for (PetscInt i = 0; i < sde->n; i++) {
    if (sde->omega) sde->ops.path(sde, t, sde->omega[i], &one);
    path[i] = one;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDEGetMarginal(KarSDE sde, PetscReal t, PetscReal *a, PetscReal *s)
{
  KarPath path;

  PetscFunctionBegin;
  PetscCall(KarSDEGetPath(sde, t, &path));
  *a = path.a;
  *s = path.s;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscReal Decay(const KarPath *path)
{
  return -path->da / path->a;
}

static PetscReal Diffusion(const KarPath *path)
{
  return PetscSqrtReal(PetscMax(path->ds2 + 2 * Decay(path) * PetscSqr(path->s), 0));
}

PetscErrorCode KarSDEGetCoefficients(KarSDE sde, PetscReal t, PetscReal *alpha, PetscReal *g)
{
  KarPath path;

  PetscFunctionBegin;
  PetscCall(KarSDESetUp(sde));
  sde->ops.path(sde, t, sde->ops.omega ? sde->ops.omega(sde, 0) : 1, &path);
  *alpha = Decay(&path);
  *g     = Diffusion(&path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDEGetMarginalModes(KarSDE sde, PetscReal t, PetscReal a[], PetscReal s[])
{
  KarPath path;

  PetscFunctionBegin;
  PetscCall(KarSDEGetPath(sde, t, &path));
#pragma omp parallel for num_threads(kar_threads_for(sde->n)) firstprivate(path)
  for (PetscInt i = 0; i < sde->n; i++) {
    if (sde->omega) sde->ops.path(sde, t, sde->omega[i], &path);
    a[i] = path.a;
    s[i] = path.s;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDEGetCoefficientsModes(KarSDE sde, PetscReal t, PetscReal alpha[], PetscReal *g)
{
  KarPath path;

  PetscFunctionBegin;
  PetscCall(KarSDESetUp(sde));
  sde->ops.path(sde, t, 1, &path);
  *g = Diffusion(&path);
  for (PetscInt i = 0; alpha && i < sde->n; i++) alpha[i] = Decay(&path) * (sde->omega ? sde->omega[i] : 1);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSDEGetLogSNR(KarSDE sde, PetscReal t, PetscReal *logsnr)
{
  KarPath path;

  PetscFunctionBegin;
  PetscCall(RequirePath(sde));
  if (sde->ops.logsnr) {
    *logsnr = sde->ops.logsnr(sde, t);
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KarSDEGetPath(sde, t, &path));
  *logsnr = 2 * (PetscLogReal(path.a) - PetscLogReal(path.s));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Bisection: the signal falls and the noise grows with t. */
PetscErrorCode KarSDEFindTime(KarSDE sde, PetscReal logsnr, PetscReal *t)
{
  PetscReal low = 0, high = 0, value = 0;

  PetscFunctionBegin;
  PetscCall(KarSDEGetFinalTime(sde, &high));
  PetscCall(KarSDEGetLogSNR(sde, high, &value));
  if (value >= logsnr) low = high;
  while (low < high) {
    const PetscReal middle = (low + high) / 2;

    if (middle <= low || middle >= high || middle < 1e-300) break;
    PetscCall(KarSDEGetLogSNR(sde, middle, &value));
    if (value > logsnr) low = middle;
    else high = middle;
  }
  *t = high;
  PetscFunctionReturn(PETSC_SUCCESS);
}
