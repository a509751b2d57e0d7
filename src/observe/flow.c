/* y = vorticity of a plane flow at a later time, at places: its numbers, places and life; flowmap.c has the steps and
   their derivative. */
#include "flowmapimpl.h"

#include <math.h>

static const char *const unknowns[] = {"vorticity", "forcing", NULL};

static PetscReal SquareOf(const KarMode *mode, void *ctx)
{
  return mode->k2;
}

static PetscErrorCode Free(KarObservation obs)
{
  Flow *f = obs->context;

  PetscFunctionBegin;
  if (f->points) {
    PetscCall(KarObservationDestroy(&f->points));
    if (f->state) PetscCall(VecDestroyVecs(f->steps, &f->state));
    if (f->slopes) PetscCall(VecDestroyVecs(f->nslopes, &f->slopes));
    PetscCall(VecDestroy(&f->y));
    for (int i = 0; i < 4; i++) {
      PetscCall(VecDestroy(&f->n[i]));
      PetscCall(VecDestroy(&f->d[i]));
    }
    PetscCall(VecDestroy(&f->force));
    PetscCall(VecDestroy(&f->w));
    PetscCall(KarAdvectionDestroy(&f->advection));
    PetscCall(PetscFree(f->E));
    PetscCall(PetscFree(f->half));
    PetscCall(PetscFree(f->full));
  }
  PetscCall(PetscMemzero(f, sizeof(*f)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Points of the vorticity at T, where this observation was told to look. */
static PetscErrorCode CreatePoints(KarObservation obs)
{
  Flow           *f = obs->context;
  const KarModes *m;
  PetscReal      *x;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(obs->fft, &m));
  PetscCall(KarObservationCreate(obs->fft, &f->points));
  f->points->every = obs->every;
  PetscCall(PetscStrncpy(f->points->mask, obs->mask, sizeof(f->points->mask)));
  if (obs->place) {
    PetscCall(PetscMalloc1(obs->given * m->dim, &x));
    for (PetscInt i = 0; i < obs->given; i++) PetscCall(PetscArraycpy(x + i * m->dim, obs->place + 3 * i, m->dim));
    PetscCall(KarObservationSetPlaces(f->points, obs->given, x, obs->component));
    PetscCall(PetscFree(x));
  }
  PetscCall(KarObservationSetUp(f->points));
  obs->m = f->points->m, obs->local = f->points->local;
  PetscCall(PetscMalloc1(obs->local, &obs->number));
  PetscCall(PetscArraycpy(obs->number, f->points->number, obs->local));
  if (f->points->index) {
    PetscCall(PetscMalloc1(obs->local, &obs->index));
    PetscCall(PetscArraycpy(obs->index, f->points->index, obs->local));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUpMultipliers(KarObservation obs, const KarModes *m)
{
  Flow      *f = obs->context;
  PetscReal *k2;

  PetscFunctionBegin;
  PetscCall(KarFFTCreateMultiplier(obs->fft, SquareOf, NULL, &k2));
  PetscCall(KarAdvectionCreate(obs->fft, &f->advection));
  PetscCall(KarAdvectionGetMultipliers(f->advection, &f->keep, NULL));
  for (int i = 0; i < 3; i++)
    PetscCall(PetscMalloc1(m->rows * m->length, i == 0 ? &f->E : i == 1 ? &f->half : &f->full));
  for (PetscInt i = 0; i < m->rows * m->length; i++) {
    const PetscReal rate = f->nu * k2[i];

    f->E[i]    = PetscExpReal(-rate * f->h / 2);
    f->half[i] = rate > 0 ? -expm1(-rate * f->h / 2) / rate : f->h / 2;
    f->full[i] = rate > 0 ? -expm1(-rate * f->h) / rate : f->h;
  }
  PetscCall(PetscFree(k2));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUp(KarObservation obs)
{
  Flow           *f = obs->context;
  const KarModes *m;

  PetscFunctionBegin;
  PetscCall(Free(obs));
  PetscCall(KarFFTGetModes(obs->fft, &m));
  KarCheck(
    obs->comm, m->dim == 2 && m->dof == 1 && m->basis == KAR_BASIS_PERIODIC, PETSC_ERR_USER_INPUT,
    "an observation through a flow is of the vorticity, or the force, in a plane periodic box: one number a point");
  KarCheck(obs->comm, m->n[0] % 3 && m->n[1] % 3, PETSC_ERR_SUP,
           "a grid of %" PetscInt_FMT " x %" PetscInt_FMT
           ": products of its modes up to a third alias at the last one; take points that 3 does not divide",
           m->n[0], m->n[1]);
  KarCheck(obs->comm, obs->time > 0 && obs->viscosity > 0, PETSC_ERR_USER_INPUT,
           "a flow for which time, of which viscosity? Give -obs_flow_time and -obs_flow_nu");
  f->time = obs->time, f->nu = obs->viscosity, f->of = obs->unknown;
  f->steps = (PetscInt)PetscCeilReal(obs->time / obs->step * (1 - 1e-12));
  f->h     = obs->time / (PetscReal)f->steps;
  PetscCall(CreatePoints(obs));
  PetscCall(SetUpMultipliers(obs, m));
  PetscCall(VecDuplicate(obs->x, &f->y));
  for (int i = 0; i < 4; i++) {
    PetscCall(VecDuplicate(obs->x, &f->n[i]));
    PetscCall(VecDuplicate(obs->x, &f->d[i]));
  }
  PetscCall(VecDuplicate(obs->x, &f->force));
  PetscCall(VecDuplicate(obs->x, &f->w));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetFromOptions(KarObservation obs)
{
  PetscFunctionBegin;
  PetscCall(
    KarOptionsReal(obs->prefix, "obs_flow_time", "when the vorticity is observed", 0, PETSC_MAX_REAL, &obs->time));
  PetscCall(KarOptionsReal(obs->prefix, "obs_flow_nu", "viscosity", 0, PETSC_MAX_REAL, &obs->viscosity));
  PetscCall(
    KarOptionsReal(obs->prefix, "obs_flow_step", "step of time of the flow", PETSC_SMALL, PETSC_MAX_REAL, &obs->step));
  PetscCall(KarOptionsReal(obs->prefix, "obs_flow_keep",
                           "MiB a rank that a linearisation may keep; less makes its steps again for each product", 0,
                           PETSC_MAX_REAL, &obs->mib));
  PetscCall(KarOptionsChoice(obs->prefix, "obs_flow_of",
                             "what the field is: the vorticity at time 0, or a steady force on a flow at rest",
                             unknowns, &obs->unknown));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode View(KarObservation obs, PetscViewer viewer)
{
  Flow *f = obs->context;

  PetscFunctionBegin;
  PetscCall(PetscViewerASCIIPrintf(
    viewer, ", the vorticity at time %g of a flow of viscosity %g, of the %s, %" PetscInt_FMT " steps", (double)f->time,
    (double)f->nu, unknowns[f->of], f->steps));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Destroy(KarObservation obs)
{
  PetscFunctionBegin;
  PetscCall(Free(obs));
  PetscCall(PetscFree(obs->context));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationCreate_Flow(KarObservation obs)
{
  Flow *f;

  PetscFunctionBegin;
  PetscCall(PetscNew(&f));
  obs->context = f;
  obs->ops     = (KarObservationOps){.apply          = KarFlowMapTangent,
                                     .adjoint        = KarFlowMapAdjoint,
                                     .value          = KarFlowMapValue,
                                     .linearise      = KarFlowMapLinearise,
                                     .setfromoptions = SetFromOptions,
                                     .setup          = SetUp,
                                     .view           = View,
                                     .destroy        = Destroy};
  PetscFunctionReturn(PETSC_SUCCESS);
}
