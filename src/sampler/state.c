/* The state of a sampler that was stopped: the field, the step, the key of its next draw, and what its type remembers
   of earlier steps: evaluations, the start and the noise of the last one. */
#include <karhunen/impl/sampler.h>

void kar_state_name(const char group[], const char leaf[], char name[128])
{
  (void)snprintf(name, 128, "%s/%s", group, leaf);
}

/* The whole numbers of a state. */
enum { STEP, SEED, SAMPLE, DRAW, PAST, START, NOISE, STEPS, NUMBERS };

/* A type of ours that runs a process backwards or forwards; its name. */
static PetscErrorCode Get(TS ts, KarEquation **equation, KarStepper **stepper, TSType *type)
{
  PetscFunctionBegin;
  PetscCall(KarSamplerSetUp(ts));
  PetscCall(KarEquationGet(ts, equation));
  PetscCall(KarStepperGet(ts, stepper));
  PetscCall(TSGetType(ts, type));
  KarCheck(
    PetscObjectComm((PetscObject)ts), *stepper, PETSC_ERR_SUP,
    "the state of a sampler %s cannot be kept: it chooses its steps as it goes; use multistep or another of ours",
    *type);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerSave(TS ts, Vec x, KarCheckpoint file, const char group[])
{
  KarEquation *equation;
  KarStepper  *stepper;
  TSType       type;
  PetscInt     step;
  char         name[128], leaf[32];

  PetscFunctionBegin;
  PetscCall(Get(ts, &equation, &stepper, &type));
  PetscCall(TSGetStepNumber(ts, &step));
  const PetscInt64 numbers[NUMBERS] = {step,
                                       equation->key.seed,
                                       equation->key.sample,
                                       equation->key.step,
                                       stepper->past,
                                       stepper->start && stepper->past ? 1 : 0,
                                       equation->w ? 1 : 0,
                                       equation->steps};
  const PetscInt   shape[2]         = {NUMBERS, equation->steps + 1};

  kar_state_name(group, "sampler", name);
  PetscCall(KarCheckpointPutString(file, name, type));
  kar_state_name(group, "numbers", name);
  PetscCall(KarCheckpointPutInts(file, name, 1, shape, numbers));
  kar_state_name(group, "times", name);
  PetscCall(KarCheckpointPutReals(file, name, 1, shape + 1, equation->t));
  kar_state_name(group, "x", name);
  PetscCall(KarCheckpointPutVec(file, name, x));
  for (PetscInt j = 0; j < stepper->past; j++) {
    (void)snprintf(leaf, sizeof(leaf), "time_%d", (int)j);
    kar_state_name(group, leaf, name);
    PetscCall(KarCheckpointPutReal(file, name, stepper->time[j]));
    (void)snprintf(leaf, sizeof(leaf), "evaluation_%d", (int)j);
    kar_state_name(group, leaf, name);
    PetscCall(KarCheckpointPutVec(file, name, stepper->d[j]));
  }
  kar_state_name(group, "start", name);
  if (numbers[START]) PetscCall(KarCheckpointPutVec(file, name, stepper->start));
  kar_state_name(group, "noise", name);
  if (numbers[NOISE]) PetscCall(KarCheckpointPutVec(file, name, equation->w));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The sampler is the one that was kept: its type, its number of steps, its times. */
static PetscErrorCode Compare(MPI_Comm comm, const KarEquation *equation, TSType type, KarCheckpoint file,
                              const char group[], PetscInt64 numbers[NUMBERS])
{
  char       name[128], kept[64];
  PetscReal *t, worst = 0;

  PetscFunctionBegin;
  kar_state_name(group, "sampler", name);
  PetscCall(KarCheckpointGetString(file, name, sizeof(kept), kept));
  KarCheck(comm, !strcmp(kept, type), PETSC_ERR_FILE_UNEXPECTED,
           "the state is of a sampler %s, this one is %s: give -sampler_type %s", kept, type, kept);
  kar_state_name(group, "numbers", name);
  PetscCall(KarCheckpointGetInts(file, name, NUMBERS, numbers));
  KarCheck(comm, numbers[STEPS] == equation->steps, PETSC_ERR_FILE_UNEXPECTED,
           "the state is of a sampler of %" PetscInt64_FMT " steps, this one has %" PetscInt_FMT
           ": give the same -sampler_evaluations",
           numbers[STEPS], equation->steps);
  PetscCall(PetscMalloc1(equation->steps + 1, &t));
  kar_state_name(group, "times", name);
  PetscCall(KarCheckpointGetReals(file, name, equation->steps + 1, t));
  for (PetscInt i = 0; i <= equation->steps; i++) worst = PetscMax(worst, PetscAbsReal(t[i] - equation->t[i]));
  PetscCall(PetscFree(t));
  KarCheck(comm, worst <= 1e-12, PETSC_ERR_FILE_UNEXPECTED,
           "the state is of a sampler with other times, by up to %g: give the same -sde_* and -sampler_*",
           (double)worst);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode GetVec(KarCheckpoint file, const char group[], const char leaf[], Vec like, Vec *x)
{
  char name[128];

  PetscFunctionBegin;
  if (!*x) PetscCall(VecDuplicate(like, x));
  kar_state_name(group, leaf, name);
  PetscCall(KarCheckpointGetVec(file, name, *x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerLoad(TS ts, KarCheckpoint file, const char group[], Vec x)
{
  PetscInt64   numbers[NUMBERS];
  KarEquation *equation;
  KarStepper  *stepper;
  TSType       type;
  char         name[128], leaf[32];

  PetscFunctionBegin;
  PetscCall(Get(ts, &equation, &stepper, &type));
  PetscCall(Compare(PetscObjectComm((PetscObject)ts), equation, type, file, group, numbers));
  equation->key = (KarKey){
    .seed = numbers[SEED], .sample = numbers[SAMPLE], .step = (PetscInt)numbers[DRAW], .stream = KAR_STREAM_PATH};
  stepper->past = (PetscInt)numbers[PAST];
  PetscCall(TSSetStepNumber(ts, (PetscInt)numbers[STEP]));
  PetscCall(GetVec(file, group, "x", x, &x));
  for (PetscInt j = 0; j < stepper->past; j++) {
    (void)snprintf(leaf, sizeof(leaf), "time_%d", (int)j);
    kar_state_name(group, leaf, name);
    PetscCall(KarCheckpointGetReal(file, name, &stepper->time[j]));
    (void)snprintf(leaf, sizeof(leaf), "evaluation_%d", (int)j);
    PetscCall(GetVec(file, group, leaf, x, &stepper->d[j]));
  }
  if (numbers[START]) PetscCall(GetVec(file, group, "start", x, &stepper->start));
  if (numbers[NOISE]) PetscCall(GetVec(file, group, "noise", x, &equation->w));
  PetscFunctionReturn(PETSC_SUCCESS);
}
