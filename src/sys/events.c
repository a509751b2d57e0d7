/* What -log_view tells apart: events, and the stages that they belong to. */
#include "sysimpl.h"

static const struct {
  const char *name, *stage; /* NULL: the stage it is met in */
} table[KAR_EVENTS] = {
  [KAR_EVENT_FORWARD]  = {"KarFNOForward", "network"},
  [KAR_EVENT_BACKWARD] = {"KarFNOBackward", "network"},
  [KAR_EVENT_PASS]     = {"KarFNOPass", NULL},
  [KAR_EVENT_MODES]    = {"KarFNOModes", NULL},
  [KAR_EVENT_EXCHANGE] = {"KarFNOExchange", NULL},
  [KAR_EVENT_TO_MODES] = {"KarFFTForward", "transforms"},
  [KAR_EVENT_TO_SPACE] = {"KarFFTInverse", "transforms"},
  [KAR_EVENT_NOISE]    = {"KarNoise", "noise"},
  [KAR_EVENT_STEP]     = {"KarStep", "update"},
  [KAR_EVENT_ADAMW]    = {"KarAdamW", "update"},
  [KAR_EVENT_SUM]      = {"KarGradientSum", "update"},
  [KAR_EVENT_READ]     = {"KarRead", "input and output"},
  [KAR_EVENT_WRITE]    = {"KarWrite", "input and output"},
};
static PetscLogEvent event[KAR_EVENTS];
static PetscLogStage stage[KAR_EVENTS];

PetscErrorCode KarRegisterEvents_Private(void)
{
  PetscClassId id;

  PetscFunctionBegin;
  PetscCall(PetscClassIdRegister("Karhunen", &id));
  for (int i = 0; i < KAR_EVENTS; i++) {
    PetscCall(PetscLogEventRegister(table[i].name, id, &event[i]));
    stage[i] = -1;
    if (!table[i].stage) continue;
    PetscCall(PetscLogStageGetId(table[i].stage, &stage[i]));
    if (stage[i] < 0) PetscCall(PetscLogStageRegister(table[i].stage, &stage[i]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarLogBegin(KarEvent e)
{
  PetscFunctionBegin;
  if (table[e].stage) PetscCall(PetscLogStagePush(stage[e]));
  PetscCall(PetscLogEventBegin(event[e], 0, 0, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarLogEnd(KarEvent e)
{
  PetscFunctionBegin;
  PetscCall(PetscLogEventEnd(event[e], 0, 0, 0, 0));
  if (table[e].stage) PetscCall(PetscLogStagePop());
  PetscFunctionReturn(PETSC_SUCCESS);
}

static double sent;

void kar_log_send(double bytes)
{
  sent += bytes;
}

double kar_log_sent(void)
{
  return sent;
}
