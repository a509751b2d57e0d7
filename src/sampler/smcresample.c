/* Weights and resampling of the particles of all groups of ranks. Decisions follow from the weights in their order, the
   same on every rank. */
#include "smcimpl.h"
#include <karhunen/particles.h>

PetscErrorCode KarSMCAgree(KarSMC s, PetscErrorCode code)
{
  int worst = (int)code;

  PetscFunctionBegin;
  if (s->groups > 1) PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &worst, 1, MPI_INT, MPI_MAX, s->all));
  PetscFunctionReturn((PetscErrorCode)worst); /* who failed has said why */
}

PetscErrorCode KarSMCGather(KarSMC s, PetscErrorCode code, PetscReal *mean, PetscReal *ess)
{
  PetscFunctionBegin;
  code = KarSMCAgree(s, code);
  if (code) PetscFunctionReturn(code);
  PetscCall(PetscArrayzero(s->gathered, s->n));
  PetscCall(PetscArraycpy(s->gathered + s->first, s->weight, s->own));
  if (s->groups > 1)
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, s->gathered, (PetscMPIInt)s->n, MPIU_REAL, MPIU_SUM, s->across));
  kar_particles_effective(s->n, s->gathered, mean, ess);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscInt Owner(const KarSMC s, PetscInt slot)
{
  PetscInt g = slot * s->groups / s->n;

  while (g + 1 < s->groups && slot >= s->n * (g + 1) / s->groups) g++;
  return g;
}

static PetscErrorCode Send(KarSMC s, PetscInt to, Vec x)
{
  const PetscScalar *a;
  PetscInt           n;
  PetscMPIInt        count;

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(x, &n));
  PetscCall(PetscMPIIntCast(n, &count));
  PetscCall(VecGetArrayRead(x, &a));
  kar_log_send(sizeof(PetscScalar) * (double)count);
  PetscCallMPI(MPI_Send(a, count, MPIU_SCALAR, (int)to, 0, s->across));
  PetscCall(VecRestoreArrayRead(x, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Receive(KarSMC s, PetscInt from, Vec x)
{
  PetscScalar *a;
  PetscInt     n;
  PetscMPIInt  count;

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(x, &n));
  PetscCall(PetscMPIIntCast(n, &count));
  PetscCall(VecGetArrayWrite(x, &a));
  PetscCallMPI(MPI_Recv(a, count, MPIU_SCALAR, (int)from, 0, s->across, MPI_STATUS_IGNORE));
  PetscCall(VecRestoreArrayWrite(x, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Slot `to` becomes a copy of slot `from`. All ranks call it for the same pairs in the same order. */
static PetscErrorCode Copy(KarSMC s, PetscInt from, PetscInt to, Vec x[])
{
  const PetscInt source = Owner(s, from), target = Owner(s, to), f = from - s->first, t = to - s->first;

  PetscFunctionBegin;
  if (source == s->mine && target == s->mine) {
    PetscCall(VecCopy(x[f], x[t]));
    PetscCall(VecCopy(s->d[f], s->d[t]));
    PetscCall(VecCopy(s->before[f], s->before[t]));
    s->twist[t] = s->twist[f];
  } else if (source == s->mine) {
    PetscCall(Send(s, target, x[f]));
    PetscCall(Send(s, target, s->d[f]));
    PetscCall(Send(s, target, s->before[f]));
    PetscCallMPI(MPI_Send(&s->twist[f], 1, MPIU_REAL, (int)target, 0, s->across));
  } else if (target == s->mine) {
    PetscCall(Receive(s, source, x[t]));
    PetscCall(Receive(s, source, s->d[t]));
    PetscCall(Receive(s, source, s->before[t]));
    PetscCallMPI(MPI_Recv(&s->twist[t], 1, MPIU_REAL, (int)source, 0, s->across, MPI_STATUS_IGNORE));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Those that stay keep their slots; the others' are taken by copies. */
PetscErrorCode KarSMCResample(KarSMC s, KarKey key, Vec x[], PetscInt *distinct)
{
  PetscReal mean, ess;
  PetscInt *from;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(s->n, &from));
  key.sample *= s->n;
  kar_particles_effective(s->n, s->gathered, &mean, &ess);
  kar_particles_resample(key, s->n, mean, s->gathered, from);
  *distinct = 0;
  for (PetscInt p = 0; p < s->n; p++) {
    s->copy[p]     = from[p];
    s->ancestor[p] = s->ancestor[from[p]]; /* of a particle that stays: it keeps its slot, and its ancestor */
    if (from[p] == p) ++*distinct;
    else PetscCall(Copy(s, from[p], p, x));
  }
  PetscCall(PetscArrayzero(s->weight, s->own));
  PetscCall(PetscFree(from));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscInt kar_smc_different(PetscInt n, const PetscInt number[])
{
  PetscInt different = 0;

  for (PetscInt p = 0; p < n; p++) {
    PetscInt q = 0;

    while (q < p && number[q] != number[p]) q++;
    different += q == p;
  }
  return different;
}
