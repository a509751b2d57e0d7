/* Samples side by side: one stepper, which takes over each sample's past for its step. */
#include <karhunen/impl/sampler.h>
#include <karhunen/together.h>

/* What a stepper keeps of a sample. */
typedef struct {
  Vec       d[KAR_PAST], start, w; /* w: the last draw of noise, which a corrector wants again */
  PetscReal time[KAR_PAST];
  PetscInt  past;
  KarKey    key;
} Past;

static void Exchange(KarStepper *stepper, Past *past)
{
  KarEquation *equation = stepper->equation;
  const Past   own      = {.start = stepper->start, .w = equation->w, .past = stepper->past, .key = equation->key};

  for (PetscInt j = 0; j < KAR_PAST; j++) {
    const Vec       d = stepper->d[j];
    const PetscReal t = stepper->time[j];

    stepper->d[j] = past->d[j], stepper->time[j] = past->time[j];
    past->d[j] = d, past->time[j] = t;
  }
  stepper->start = past->start, stepper->past = past->past, equation->w = past->w, equation->key = past->key;
  past->start = own.start, past->past = own.past, past->w = own.w, past->key = own.key;
}

static PetscErrorCode Start(KarEquation *equation, PetscInt n, const KarKey key[], Vec x[], Vec D[], Past past[])
{
  PetscFunctionBegin;
  for (PetscInt j = 0; j < n; j++) {
    past[j].key = (KarKey){.seed = key[j].seed, .sample = key[j].sample, .stream = KAR_STREAM_PATH};
    PetscCall(KarScoreSampleStart(equation->score, equation->t[0], equation->matched, key[j], x[j]));
    PetscCall(VecDuplicate(x[j], &D[j]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All at time number `step`, and what goes along sees them. */
static PetscErrorCode Look(KarEquation *equation, PetscInt step, PetscInt n, Vec x[], Vec D[], const KarCompanion *c,
                           PetscBool *on)
{
  PetscFunctionBegin;
  for (PetscInt j = 0; j < n; j++) {
    PetscCall(c->turn(c->ctx, j));
    PetscCall(KarScoreDenoise(equation->score, equation->t[step], x[j], D[j]));
  }
  PetscCall(c->see(c->ctx, step, equation->t[step], x, D, on));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSamplerSolveTogether(TS ts, PetscInt n, const KarKey key[], Vec x[], const KarCompanion *c,
                                       PetscBool *whole)
{
  KarEquation *equation;
  KarStepper  *stepper;
  Past        *past;
  Vec         *D;

  PetscFunctionBegin;
  PetscCall(KarSamplerSetUp(ts));
  PetscCall(KarEquationGet(ts, &equation));
  PetscCall(KarStepperGet(ts, &stepper));
  KarCheck(PetscObjectComm((PetscObject)ts),
           stepper && stepper->cost == 1 && equation->score && equation->denoise && !equation->end_draw &&
             !equation->near,
           PETSC_ERR_SUP,
           "samples side by side: only of a sampler that evaluates once a step and ends with the denoised field, "
           "-%ssampler_type multistep",
           equation->prefix);
  PetscCall(PetscCalloc2(n, &past, n, &D));
  PetscCall(Start(equation, n, key, x, D, past));
  *whole = PETSC_TRUE;
  for (PetscInt step = 0; step <= equation->steps && *whole; step++) {
    PetscCall(Look(equation, step, n, x, D, c, whole));
    for (PetscInt j = 0; j < n && *whole; j++) {
      if (step == equation->steps) {
        PetscCall(VecCopy(D[j], x[j]));
        continue;
      }
      Exchange(stepper, &past[j]);
      stepper->known = &D[j];
      PetscCall(stepper->step(stepper, ts, equation->t[step], equation->t[step + 1], x[j]));
      stepper->known = NULL;
      Exchange(stepper, &past[j]);
    }
  }
  for (PetscInt j = 0; j < n; j++) {
    for (PetscInt i = 0; i < KAR_PAST; i++) PetscCall(VecDestroy(&past[j].d[i]));
    PetscCall(VecDestroy(&past[j].start));
    PetscCall(VecDestroy(&past[j].w));
    PetscCall(VecDestroy(&D[j]));
  }
  PetscCall(PetscFree2(past, D));
  PetscFunctionReturn(PETSC_SUCCESS);
}
