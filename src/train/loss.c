/* What a run minimises, and what its fields held back are judged by: the plain mean square at times uniform in the process's clock. */
#include "trainimpl.h"

#define SMALLEST_NOISE 1e-3 /* s/a at the smallest time: where samplers end */

/* The objective's own weights, but for a constant: the Wiener filter's mean loss over the times becomes 1. */
static PetscErrorCode Scale(KarTrainer tr, KarSDE sde, KarLoss *how)
{
  const PetscInt points = 64;
  PetscReal      sum = 0, t = 0, one = 0;

  PetscFunctionBegin;
  how->scale = 1;
  for (PetscInt i = 0; i < points; i++) {
    PetscCall(KarTimeLawDraw(&tr->law[0], sde, i, points, 0.5, &t));
    PetscCall(KarDenoiserGetWienerLoss(tr->denoiser, how, t, &one));
    sum += one / (PetscReal)points;
  }
  how->scale = 1 / sum;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A ladder of the process's own rungs, or of -train_rungs. */
static PetscErrorCode Ladder(KarTrainer tr, KarSDE sde)
{
  KarTimeLaw *law   = &tr->law[0];
  PetscReal   rungs = 0;
  PetscBool   own;

  PetscFunctionBegin;
  PetscCall(KarSDEGetParameter(sde, "rungs", &rungs, &own));
  if (!own || KarOptionsHelping()) PetscCall(KarOptionsInt(NULL, "train_rungs", "times of the objective ddpm; a process ddpm brings its own", 1, 1000000, &tr->options.rungs));
  law->rungs          = own ? (PetscInt)rungs : tr->options.rungs;
  tr->measure[0].rung = law->high / (PetscReal)law->rungs;
  if (law->kind == KAR_TIME_UNIFORM) law->low = 0; /* each rung has the same share */
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerSetLoss(KarTrainer tr)
{
  const KarTrainerOptions *o   = &tr->options;
  KarTimeLaw               law = {.kind = KAR_TIME_UNIFORM, .mean = o->mean, .std = o->std};
  KarObjective             objective, plain;
  PetscReal                mass;
  KarSDE                   sde;

  PetscFunctionBegin;
  PetscCall(KarObjectiveGet(tr->comm, o->objective, &objective));
  PetscCall(KarObjectiveGet(tr->comm, "", &plain));
  PetscCall(KarDenoiserGetSDE(tr->denoiser, &sde));
  PetscCall(KarSDEFindTime(sde, -2 * PetscLogReal(SMALLEST_NOISE), &law.low));
  PetscCall(KarSDEGetFinalTime(sde, &law.high));
  tr->law[0] = tr->law[1] = law;
  tr->law[0].kind         = (KarTimeKind)o->times;
  tr->measure[0]          = (KarLoss){.weight = objective.weight, .mean = o->mean_weight};
  tr->measure[1]          = (KarLoss){.weight = plain.weight};
  if (o->times == KAR_TIME_NORMAL) {
    PetscCall(KarTimeLawGetMass(&tr->law[0], sde, &mass));
    KarCheck(tr->comm, mass > 1e-3, PETSC_ERR_USER_INPUT, "-train_times_mean %g -train_times_std %g: only %.1e of that lies between the process's ends", (double)o->mean,
             (double)o->std, (double)mass);
  }
  if (objective.ladder || KarOptionsHelping()) PetscCall(Ladder(tr, sde));
  if (o->weight) PetscCall(Scale(tr, sde, &tr->measure[0]));
  PetscFunctionReturn(PETSC_SUCCESS);
}
