/* What data say to a denoiser of fields given data: d + Gamma H* (H Gamma H* + R)^-1 (y - H d). The factors of a slot
   are kept for the times of a sampler, as many as fit in CAPACITY bytes. The network sees where data are, the same on
   every grid: the sum of their footprints, H* z sqrt(N)/n, of its training grid's n points, of which a datum sees N, at
   least 1: n over the mean square of its footprint; z_i = v/(v + R_i), v the variance of the law. */
#include <karhunen/giver.h>

#define CAPACITY 268435456.
#define MOST     256
#define SOME     4

typedef struct {
  KarObservation obs; /* owned references */
  Vec            y, e;
  PetscInt       n, capacity, next;
  PetscReal      t[MOST];
  KarInnovation  at[MOST];
} Slot;

struct _p_KarGiver {
  KarDenoiser denoiser; /* borrowed */
  KarFFT      fft;
  KarCov      data;
  PetscInt    slots;
  Slot      **slot;             /* [slots]; owned */
  PetscReal   points, variance; /* n and v */
  Vec         x;
};

static PetscErrorCode Empty(Slot *s)
{
  PetscFunctionBegin;
  for (PetscInt i = 0; i < s->n; i++) PetscCall(KarInnovationDestroy(&s->at[i]));
  PetscCall(VecDestroy(&s->y));
  PetscCall(VecDestroy(&s->e));
  PetscCall(KarObservationDestroy(&s->obs));
  s->n = s->next = 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode At(KarGiver g, Slot *s, PetscReal t, const PetscReal gamma[], KarInnovation *innovation)
{
  PetscFunctionBegin;
  for (PetscInt i = 0; i < s->n; i++)
    if (s->t[i] == t) {
      *innovation = s->at[i];
      PetscFunctionReturn(PETSC_SUCCESS);
    }
  if (s->n < s->capacity) s->next = s->n++;
  else {
    s->next = (s->next + 1) % s->capacity;
    PetscCall(KarInnovationDestroy(&s->at[s->next]));
  }
  PetscCall(KarInnovationCreate(s->obs, gamma, g->data, &s->at[s->next]));
  s->t[s->next] = t;
  *innovation   = s->at[s->next];
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Give(void *context, PetscInt slot, PetscReal t, const PetscReal gamma[], Vec d)
{
  KarGiver      g          = context;
  KarInnovation innovation = NULL;
  Slot         *s;

  PetscFunctionBegin;
  PetscCheck(slot < g->slots && g->slot[slot], PETSC_COMM_SELF, PETSC_ERR_ORDER, "KarGiverSet() comes first");
  s = g->slot[slot];
  PetscCall(At(g, s, t, gamma, &innovation));
  PetscCall(KarObservationApply(s->obs, d, s->e));
  PetscCall(VecAYPX(s->e, -1, s->y));
  PetscCall(KarInnovationCorrect(innovation, s->e, d));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGiverAddConditions(KarDenoiser denoiser)
{
  const PetscReal *mean;
  const KarModes  *m;
  KarFFT           fft;
  KarCov           data;
  KarCondition     kriged = {.name = KAR_KRIGED}, observed = {.name = KAR_OBSERVED, .std = 1, .high = 1};

  PetscFunctionBegin;
  PetscCall(KarDenoiserGetFFT(denoiser, &fft));
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(KarDenoiserGetMean(denoiser, &mean));
  PetscCall(KarDenoiserGetDataCovariance(denoiser, &data));
  PetscCall(KarCovGetTrace(data, &kriged.std));
  kriged.std        = PetscSqrtReal(kriged.std);
  kriged.mean       = mean[0];
  kriged.low        = mean[0] - 3 * kriged.std;
  kriged.high       = mean[0] + 3 * kriged.std;
  kriged.components = observed.components = m->dof;
  PetscCall(KarDenoiserAddCondition(denoiser, &kriged));
  PetscCall(KarDenoiserAddCondition(denoiser, &observed));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGiverCreate(KarDenoiser denoiser, KarGiver *giver)
{
  KarGiver    g;
  KarGridInfo training;

  PetscFunctionBegin;
  PetscCall(PetscNew(&g));
  *giver      = g;
  g->denoiser = denoiser;
  PetscCall(KarDenoiserGetFFT(denoiser, &g->fft));
  PetscCall(KarDenoiserGetDataCovariance(denoiser, &g->data));
  PetscCall(KarDenoiserGetTraining(denoiser, &training));
  PetscCall(KarCovGetTrace(g->data, &g->variance));
  g->points = (PetscReal)training.n[0] * (PetscReal)training.n[1] * (PetscReal)training.n[2];
  PetscCall(KarFFTCreateCoordinates(g->fft, &g->x));
  PetscCall(KarDenoiserSetGiver(denoiser, Give, g));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGiverGetFFT(KarGiver g, KarFFT *fft)
{
  PetscFunctionBegin;
  *fft = g->fft;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode MakeSlot(KarGiver g, PetscInt slot)
{
  Slot **more;

  PetscFunctionBegin;
  if (slot >= g->slots) {
    PetscCall(PetscCalloc1(slot + 1, &more));
    PetscCall(PetscArraycpy(more, g->slot, g->slots));
    PetscCall(PetscFree(g->slot));
    g->slot  = more;
    g->slots = slot + 1;
  }
  if (!g->slot[slot]) PetscCall(PetscNew(&g->slot[slot]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The mean square of a datum's footprint H* e_i, a mean over some of the data. */
static PetscErrorCode MeanSquare(KarGiver g, Slot *s, PetscReal *square)
{
  PetscReal *e, norm;
  PetscInt   m, some;
  Mat        H;

  PetscFunctionBegin;
  *square = 0;
  PetscCall(KarObservationGetSize(s->obs, &m));
  PetscCall(KarObservationGetMatrix(s->obs, &H));
  PetscCall(PetscCalloc1(m, &e));
  some = PetscMin(m, SOME);
  for (PetscInt i = 0; i < some; i++) {
    e[i * m / some] = 1;
    PetscCall(KarObservationSetData(s->obs, m, e, s->e));
    e[i * m / some] = 0;
    PetscCall(MatMultTranspose(H, s->e, g->x));
    PetscCall(VecNorm(g->x, NORM_2, &norm));
    *square += norm * norm / (PetscReal)some;
  }
  PetscCall(PetscFree(e));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* x: where data are; coefficients of modes are as those of a coarser grid, everywhere. */
static PetscErrorCode Footprints(KarGiver g, Slot *s)
{
  const KarModes    *m;
  PetscScalar       *z;
  PetscReal          square, sum;
  PetscBool          modes;
  PetscInt           local;
  KarObservationType type;
  Mat                H;
  Vec                R;

  PetscFunctionBegin;
  PetscCall(KarObservationGetType(s->obs, &type));
  PetscCall(PetscStrcmp(type, KAROBSERVATIONMODES, &modes));
  PetscCall(MeanSquare(g, s, &square));
  PetscCall(KarObservationGetMatrix(s->obs, &H));
  PetscCall(KarObservationGetVariance(s->obs, &R));
  PetscCall(VecCopy(R, s->e));
  PetscCall(VecGetLocalSize(s->e, &local));
  PetscCall(VecGetArray(s->e, &z));
  for (PetscInt i = 0; i < local; i++) z[i] = g->variance / (g->variance + z[i]);
  PetscCall(VecRestoreArray(s->e, &z));
  PetscCall(VecSum(s->e, &sum));
  PetscCall(MatMultTranspose(H, s->e, g->x));
  PetscCall(VecScale(g->x, PetscSqrtReal(square > 0 ? PetscMax(1, g->points / square) : 1) / g->points));
  if (!modes) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarFFTGetModes(g->fft, &m));
  PetscCall(VecZeroEntries(g->x));
  PetscCall(VecGetArray(g->x, &z));
  for (PetscInt c = 0; m->start == 0 && m->rows * m->length > 0 && c < m->dof; c++)
    z[c * m->width] = PetscSqrtReal(sum / g->points / (PetscReal)m->dof);
  PetscCall(VecRestoreArray(g->x, &z));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGiverSet(KarGiver g, PetscInt slot, KarObservation obs, Vec y)
{
  const Vec maps[1] = {g->x};
  PetscBool linear;
  PetscInt  m;
  Slot     *s;

  PetscFunctionBegin;
  PetscCall(KarObservationIsLinear(obs, &linear));
  KarCheck(PetscObjectComm((PetscObject)y), linear, PETSC_ERR_SUP,
           "a model of fields given data takes data that are linear in the field: leave out -obs_type");
  PetscCall(MakeSlot(g, slot));
  s = g->slot[slot];
  PetscCall(KarObservationReference(obs));
  PetscCall(PetscObjectReference((PetscObject)y));
  PetscCall(Empty(s));
  s->obs = obs, s->y = y;
  PetscCall(VecDuplicate(y, &s->e));
  PetscCall(KarObservationGetSize(obs, &m));
  s->capacity = (PetscInt)PetscMin(PetscMax(CAPACITY / (8. * (PetscReal)m * (PetscReal)m), 2), MOST);
  PetscCall(Footprints(g, s));
  PetscCall(KarDenoiserSetConditions(g->denoiser, slot, NULL, maps));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGiverGet(KarGiver g, PetscInt slot, KarObservation *obs, Vec *y)
{
  PetscFunctionBegin;
  PetscCheck(slot < g->slots && g->slot[slot], PETSC_COMM_SELF, PETSC_ERR_ORDER, "KarGiverSet() comes first");
  *obs = g->slot[slot]->obs;
  *y   = g->slot[slot]->y;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGiverDestroy(KarGiver *giver)
{
  KarGiver g = *giver;

  PetscFunctionBegin;
  if (g) {
    PetscCall(KarDenoiserSetGiver(g->denoiser, NULL, NULL));
    for (PetscInt i = 0; i < g->slots; i++) {
      if (g->slot[i]) PetscCall(Empty(g->slot[i]));
      PetscCall(PetscFree(g->slot[i]));
    }
    PetscCall(PetscFree(g->slot));
    PetscCall(VecDestroy(&g->x));
  }
  PetscCall(PetscFree(*giver));
  PetscFunctionReturn(PETSC_SUCCESS);
}
