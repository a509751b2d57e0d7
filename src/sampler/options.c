/* The types of samplers and their options: -sampler_type is TS's own -ts_type, taken before the numbers of the type
   are read. */
#include <karhunen/impl/sampler.h>

/* The types: a new one is a file and a line here. */
#define TYPES(TYPE)                                                                                                    \
  TYPE(KARTSMULTISTEP, "exact linear part, past evaluations extrapolated; deterministic unless eta > 0",               \
       TSCreate_KarMultistep)                                                                                          \
  TYPE(KARTSANCESTRAL, "DDIM (eta 0) to DDPM (eta 1)", TSCreate_KarAncestral)                                          \
  TYPE(KARTSEM, "Euler-Maruyama", TSCreate_KarEM)                                                                      \
  TYPE(KARTSHEUN, "EDM: Heun in s/a; deterministic unless it churns", TSCreate_KarHeun)                                \
  TYPE(KARTSLANGEVIN, "annealed Langevin dynamics", TSCreate_KarLangevin)                                              \
  TYPE(KARTSPREDICTORCORRECTOR, "an ancestral step, then Langevin corrections", TSCreate_KarPredictorCorrector)        \
  TYPE(KARTSEXPONENTIAL, "a process forward: exact linear part, the rest by Euler", TSCreate_KarExponential)           \
  TYPE("ode", "the probability flow on PETSc's adaptive rk", TSCreate_KarODE)

KAR_TYPES(TS, TYPES, .noun = "sampler", .option = "sampler_type", .fallback = KARTSMULTISTEP, .open = PETSC_TRUE);

PetscErrorCode KarSamplerRegister(const char name[], const char text[], CreateFn *create)
{
  PetscFunctionBegin;
  PetscCall(KarTypesRegister(&types, name, text, (KarTypeCreateFn *)create));
  PetscCall(TSRegister(name, create));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerRegisterAll(void)
{
  PetscFunctionBegin;
  for (const KarType *type = types.builtin; type->name; type++)
    PetscCall(TSRegister(type->name, (CreateFn *)type->create));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Becomes an rk. */
PetscErrorCode TSCreate_KarODE(TS ts)
{
  TSAdapt adapt;

  PetscFunctionBegin;
  PetscCall(TSSetType(ts, TSRK));
  PetscCall(TSSetTolerances(ts, 1e-6, NULL, 1e-6, NULL));
  PetscCall(TSGetAdapt(ts, &adapt));
  adapt->wnormtype = NORM_INFINITY; /* in a mean over all modes the few large ones count less the finer the grid */
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerSetOptionsPrefix(TS ts, const char prefix[])
{
  KarEquation *equation;

  PetscFunctionBegin;
  PetscCall(KarEquationGet(ts, &equation));
  PetscCall(PetscStrncpy(equation->prefix, prefix ? prefix : "", sizeof(equation->prefix)));
  PetscCall(TSSetOptionsPrefix(ts, prefix));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerSetType(TS ts, const char type[])
{
  KarTypeCreateFn *ours;
  KarEquation     *equation;
  PetscErrorCode (*create)(TS);

  PetscFunctionBegin;
  PetscCall(KarEquationChange(ts, &equation));
  PetscCall(PetscFunctionListFind(TSList, type, &create));
  if (!create)
    PetscCall(KarTypesFind(&types, PetscObjectComm((PetscObject)ts), equation->prefix, type, &ours)); /* the error */
  PetscCall(TSSetType(ts, type));
  KarCheck(PetscObjectComm((PetscObject)ts), !ts->usessnes, PETSC_ERR_SUP,
           "-%ssampler_type %s: this type is implicit and wants the score's derivative: give an explicit one",
           equation->prefix, type);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode TypeFromOptions(TS ts, KarEquation *equation, const char prefix[])
{
  char      type[64] = "", petsc[64] = "";
  TSType    now;
  PetscBool given;

  PetscFunctionBegin;
  PetscCall(TSGetType(ts, &now));
  PetscCall(PetscStrncpy(type, now, sizeof(type)));
  PetscCall(KarTypesFromOptions(&types, PetscObjectComm((PetscObject)ts), equation->prefix, sizeof(type), type));
  PetscCall(KarOptionsGiven(prefix, "type", &given));
  PetscCall(PetscOptionsGetString(NULL, ((PetscObject)ts)->prefix, "-ts_type", petsc, sizeof(petsc), NULL));
  KarCheck(PetscObjectComm((PetscObject)ts), !given || !petsc[0] || !strcmp(type, petsc), PETSC_ERR_USER_INPUT,
           "-%stype %s and -ts_type %s name one thing: give -%stype alone", prefix, type, petsc, prefix);
  if (given || petsc[0]) PetscCall(KarSamplerSetType(ts, given ? type : petsc));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The list itself, or how times are made; *listed when there is a list. */
static PetscErrorCode TimesFromOptions(TS ts, KarEquation *equation, const char prefix[], PetscBool *listed)
{
  const PetscInt capacity = 4096;
  PetscInt       times = (PetscInt)equation->times, n = capacity;
  PetscBool      given;
  PetscReal     *list;

  PetscFunctionBegin;
  PetscCall(KarOptionsChoice(prefix, "times", "how the times of the evaluations are spaced", KarTimesNames, &times));
  PetscCall(PetscMalloc1(capacity, &list));
  PetscCall(KarOptionsRealArray(prefix, "list", "the times themselves, descending in (0, T]", -PETSC_MAX_REAL,
                                PETSC_MAX_REAL, &n, list));
  PetscCall(KarOptionsGiven(prefix, "times", &given));
  KarCheck(PetscObjectComm((PetscObject)ts), !n || !given || times == KAR_TIMES_LIST, PETSC_ERR_USER_INPUT,
           "-%stimes %s and -%slist: give one of them", prefix, KarTimesNames[times], prefix);
  if (n) PetscCall(KarSamplerSetTimeList(ts, n, list));
  else equation->times = (KarTimes)times;
  PetscCall(PetscFree(list));
  *listed = n ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EndsFromOptions(KarEquation *equation, const char prefix[])
{
  PetscFunctionBegin;
  PetscCall(KarOptionsBool(prefix, "denoise", "end with the mean E[X_0 | X_t], which takes off the noise that is left",
                           &equation->denoise));
  PetscCall(KarOptionsBool(
    prefix, "end_draw", "then add a draw of what this mean leaves out: for data that are much smoother than the noise",
    &equation->end_draw));
  PetscCall(KarOptionsBool(prefix, "matched",
                           "start from the covariance of the noised data, not from that of the noise alone",
                           &equation->matched));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Where it evaluates on the way down, and how it ends. */
static PetscErrorCode StepsFromOptions(TS ts, KarEquation *equation, const KarStepper *stepper, const char prefix[])
{
  PetscBool scalar, listed = PETSC_FALSE;

  PetscFunctionBegin;
  PetscCall(KarSDEIsScalar(equation->sde, &scalar));
  if (!scalar)
    PetscCall(
      KarOptionsReal(prefix, "rate",
                     "times logsnr: for modes that decay up to this many times as fast as the mean; 0: all of the grid",
                     0, PETSC_MAX_REAL, &equation->rate));
  if (equation->score) PetscCall(EndsFromOptions(equation, prefix));
  PetscCall(TimesFromOptions(ts, equation, prefix, &listed));
  if (!listed && stepper)
    PetscCall(KarOptionsInt(prefix, "evaluations",
                            "evaluations of the denoiser for one sample, without it as many as in the model's "
                            "calibration; ode chooses its own",
                            1, PETSC_MAX_INT, &equation->evaluations));
  if (!listed)
    PetscCall(KarOptionsReal(prefix, "end",
                             "noise level s/a where the steps end; without it that of the model's calibration", 1e-12,
                             1e3, &equation->end));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerSetFromOptions(TS ts)
{
  KarEquation *equation;
  KarStepper  *stepper;
  char         prefix[80];

  PetscFunctionBegin;
  PetscCall(KarEquationChange(ts, &equation));
  (void)snprintf(prefix, sizeof(prefix), "%ssampler_", equation->prefix);
  PetscCall(TypeFromOptions(ts, equation, prefix));
  PetscCall(KarStepperGet(ts, &stepper));
  if (equation->direction == KAR_FORWARD)
    PetscCall(KarOptionsInt(prefix, "evaluations", "steps of the process", 1, PETSC_MAX_INT, &equation->evaluations));
  else PetscCall(StepsFromOptions(ts, equation, stepper, prefix));
  if (stepper) PetscCall(KarParametersSetFromOptions(prefix, stepper->table));
  PetscCall(TSSetFromOptions(ts));
  PetscFunctionReturn(PETSC_SUCCESS);
}
