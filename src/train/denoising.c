/* Denoising: pairs (X_0, X_t) with X_t = a X_0 + s w, and the loss  E_t sum_k W |D(X_t, t) - X_0|_k^2.  A pair is a
   function of the run's seed and the pair's number alone.  Fields held back are judged by the plain mean square at
   times uniform in the process's clock.
   */
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
  if (!own || KarOptionsHelping())
    PetscCall(KarOptionsInt(tr->prefix, "train_rungs",
                            "number of times on the ladder of the objective ddpm; the process ddpm has its own", 1,
                            1000000, &tr->options.rungs));
  law->rungs          = own ? (PetscInt)rungs : tr->options.rungs;
  tr->measure[0].rung = law->high / (PetscReal)law->rungs;
  if (law->kind == KAR_TIME_UNIFORM) law->low = 0; /* each rung has the same share */
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUp(KarTrainer tr)
{
  const KarTrainerOptions *o   = &tr->options;
  KarTimeLaw               law = {.kind = KAR_TIME_UNIFORM, .mean = o->mean, .std = o->std};
  KarObjective             plain;
  PetscReal                mass;
  KarSDE                   sde;

  PetscFunctionBegin;
  PetscCall(KarObjectiveGet(tr->comm, "", &plain));
  PetscCall(KarOptionsInt(tr->prefix, "train_patch",
                          "points along each axis of a patch, at random of each field, that the loss of a step is of: "
                          "for networks of neighbours on fields of many points; 0: whole fields",
                          0, 1 << 20, &tr->options.patch));
  KarCheck(tr->comm, !tr->options.patch || tr->options.patch >= 8, PETSC_ERR_USER_INPUT,
           "-train_patch %" PetscInt_FMT ": a patch has 8 points along each axis at least", tr->options.patch);
  PetscCall(KarDenoiserGetSDE(tr->denoiser, &sde));
  PetscCall(KarSDEFindTime(sde, -2 * PetscLogReal(SMALLEST_NOISE), &law.low));
  PetscCall(KarSDEGetFinalTime(sde, &law.high));
  tr->law[0] = tr->law[1] = law;
  tr->law[0].kind         = (KarTimeKind)o->times;
  tr->measure[0]          = (KarLoss){.weight = tr->objective.weight ? tr->objective.weight : plain.weight,
                                      .mean   = o->mean_weight,
                                      .power  = o->loss_power,
                                      .place  = o->loss_amplitude,
                                      .patch  = o->patch};
  tr->measure[1]          = (KarLoss){.weight = plain.weight};
  if (o->times == KAR_TIME_NORMAL) {
    PetscCall(KarTimeLawGetMass(&tr->law[0], sde, &mass));
    KarCheck(tr->comm, mass > 1e-3, PETSC_ERR_USER_INPUT,
             "-train_times_mean %g -train_times_std %g: only %.1e of that lies between the process's ends",
             (double)o->mean, (double)o->std, (double)mass);
  }
  if (tr->objective.ladder || KarOptionsHelping()) PetscCall(Ladder(tr, sde));
  if (o->weight) PetscCall(Scale(tr, sde, &tr->measure[0]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Model(KarTrainer tr, PetscInt n, const PetscReal k[], const PetscReal lambda[],
                            const PetscReal mean[], const PetscInt coarse[])
{
  PetscFunctionBegin;
  if (tr->options.octave) PetscCall(KarDenoiserCreateOctave(tr->fft, coarse, n, k, lambda, &tr->denoiser));
  else PetscCall(KarDenoiserCreate(tr->fft, n, k, lambda, mean, &tr->denoiser));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Draw(KarTrainer tr, PetscInt64 number, PetscBool validation, PetscInt b, PetscInt batch,
                           PetscInt i)
{
  KarKey key = {
    .seed = tr->options.seed, .sample = number, .stream = validation ? KAR_STREAM_TEST : KAR_STREAM_TRAIN, .step = 1};
  PetscReal u[2], w[2], v[4];
  PetscInt  index;
  KarSDE    sde;

  PetscFunctionBegin;
  kar_uniform_pair(key, 0, 0, 0, u);
  kar_uniform_pair(key, 1, 0, 0, w);
  for (PetscInt j = 0; j < 2; j++) kar_uniform_pair(key, 2 + j, 0, 0, v + 2 * j);
  for (int a = 0; a < 3; a++) tr->corner[i][a] = v[a];
  index    = kar_trainer_pick(tr, &tr->source, number, validation, u[0]);
  key.step = 0;
  PetscCall(KarDenoiserGetSDE(tr->denoiser, &sde));
  PetscCall(KarTimeLawDraw(&tr->law[validation], sde, b, batch, u[1], &tr->t[i]));
  PetscCall(KarTrainerTurnField(tr, &tr->source, index, validation ? NULL : w, tr->xt[i], tr->x0[i]));
  PetscCall(KarTrainerTell(tr, i, index, validation ? NULL : w));
  PetscCall(KarTrainerObserve(tr, i, key));
  PetscCall(KarSDEAddNoise(sde, tr->t[i], key, tr->x0[i], tr->xt[i], NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Loss(KarTrainer tr, PetscBool validation, PetscReal factor, PetscInt n, PetscReal loss[])
{
  KarLoss how = tr->measure[validation];

  PetscFunctionBegin;
  how.corner = (const PetscReal(*)[3])tr->corner;
  PetscCall(KarDenoiserLoss(tr->denoiser, &how, factor, n, tr->t, tr->xt, tr->x0, loss));
  PetscFunctionReturn(PETSC_SUCCESS);
}

const KarObjectiveOps kar_denoising = {.model = Model, .setup = SetUp, .draw = Draw, .loss = Loss};
