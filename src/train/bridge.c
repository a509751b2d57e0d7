/* Bridge matching (docs/bridges.md): pairs (X, Y) of two laws, drawn with each other or apart, a time r, the bridge
   X_r of the reference process between them, and the loss  E sum_k |D(X_r, T - r) - Y|_k^2,  whose minimum is D = E[Y
   | X_r].  Both laws less their means.
   */
#include "trainimpl.h"

#include <karhunen/reading.h>

#define SMALLEST_TIME 1e-3  /* of T, from the end */
#define MOST          0.999 /* |correlation| */

typedef struct {
  KarDataset       data; /* of -bridge_data; owned */
  KarGenerator     law;  /* likewise */
  KarTrainerFields fields;
  PetscBool        pairs;
  PetscReal       *start, *end; /* means; owned */
} Bridge;

static PetscErrorCode ReadOptions(const char prefix[], size_t size, char path[], PetscBool *pairs,
                                  KarReadOptions *reading)
{
  char full[80];

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(full, sizeof(full), "%sbridge_", prefix));
  PetscCall(KarOptionsString(prefix, "bridge_data", "file of the fields that the bridges start from", size, path));
  PetscCall(KarOptionsBool(
    prefix, "bridge_pairs",
    "field i of -bridge_data belongs to field i of -data; else fields of the two are drawn independently", pairs));
  PetscCall(KarReadOptionsRead(full, reading));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode OpenStart(KarTrainer tr, Bridge *b)
{
  char           path[PETSC_MAX_PATH_LEN] = "";
  KarReadOptions reading;
  KarVariable    v;
  KarGrid        grid;
  KarGridInfo    g;
  PetscInt       first, there;

  PetscFunctionBegin;
  PetscCall(ReadOptions(tr->prefix, sizeof(path), path, &b->pairs, &reading));
  PetscCall(KarOptionsNeed(tr->comm, (PetscBool)(path[0] != 0),
                           "-train_objective bridge: from which fields? give -bridge_data FILE"));
  PetscCall(KarDatasetOpenAs(tr->comm, path, &reading, &b->data));
  PetscCall(KarDatasetSay(b->data, tr->comm, NULL));
  PetscCall(KarDatasetFindVariable(b->data, reading.variable, &first));
  PetscCall(KarDatasetGetVariable(b->data, first, &v));
  PetscCall(KarFFTGetGrid(tr->fft, &grid));
  PetscCall(KarGridGetInfo(grid, &g));
  KarCheck(tr->comm, v.components == g.dof, PETSC_ERR_USER_INPUT,
           "-bridge_data %s has fields of %" PetscInt_FMT " components, -data of %" PetscInt_FMT
           ": give fields of as many",
           path, v.components, g.dof);
  PetscCall(KarGeneratorCreate(tr->slab, &b->law));
  PetscCall(KarGeneratorSetDataset(b->law, b->data, v.name));
  PetscCall(KarGeneratorGetSamples(b->law, &there));
  KarCheck(tr->comm, !b->pairs || there == tr->samples, PETSC_ERR_USER_INPUT,
           "-bridge_pairs: %s has %" PetscInt_FMT " fields, the data %" PetscInt_FMT ": they are no pairs", path, there,
           tr->samples);
  b->fields.samples = there;
  b->fields.held    = (PetscInt)(tr->options.validation * (PetscReal)there);
  KarCheck(tr->comm, !tr->held == !b->fields.held && there - b->fields.held >= 2, PETSC_ERR_USER_INPUT,
           "-bridge_data: %" PetscInt_FMT " fields are too few", there);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The two sets lie on one box. */
static PetscErrorCode CheckBoxes(KarTrainer tr, const Bridge *b)
{
  KarGrid     grid[2];
  KarGridInfo g[2];

  PetscFunctionBegin;
  PetscCall(KarFFTGetGrid(b->fields.fft, &grid[0]));
  PetscCall(KarFFTGetGrid(tr->fft, &grid[1]));
  for (int i = 0; i < 2; i++) PetscCall(KarGridGetInfo(grid[i], &g[i]));
  KarCheck(tr->comm, g[0].dim == g[1].dim && g[0].basis == g[1].basis, PETSC_ERR_USER_INPUT,
           "-bridge_data and -data have fields of other dimensions or ends of the box");
  for (PetscInt a = 0; a < g[0].dim; a++)
    KarCheck(tr->comm, PetscAbsReal(g[0].length[a] - g[1].length[a]) <= 1e-9 * g[1].length[a], PETSC_ERR_USER_INPUT,
             "-bridge_data has a box of length %g along axis %" PetscInt_FMT ", -data of %g: give fields on one box",
             (double)g[0].length[a], a, (double)g[1].length[a]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Coordinates of field i less the mean. */
static PetscErrorCode GetCentred(KarTrainer tr, KarTrainerFields *f, const PetscReal mean[], PetscInt i,
                                 PetscScalar x[])
{
  const KarModes *m;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(tr->fft, &m));
  PetscCall(KarTrainerGetField(tr, f, i, x));
  if (m->start == 0 && f->local)
    for (PetscInt c = 0; c < m->dof; c++) x[c * m->width] -= mean[c];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Correlation of X and Y shell by shell: the spectra of X, Y, X + uY and X - uY, u making them alike in size. */
static PetscErrorCode Correlate(KarTrainer tr, Bridge *b, PetscInt *n, PetscReal *k[], PetscReal *correlation[])
{
  const PetscReal *kk, *lambda;
  KarCovEstimate   estimate[4];
  PetscReal        size[2] = {0, 0}, u = 0;
  PetscScalar     *x, *y, *z;
  const PetscInt   local = tr->source.local;

  PetscFunctionBegin;
  for (int e = 0; e < 4; e++) PetscCall(KarCovEstimateCreate(tr->fft, &estimate[e]));
  PetscCall(PetscMalloc3(local, &x, local, &y, local, &z));
  for (PetscInt i = 0; i < tr->samples - tr->held; i++) {
    PetscCall(GetCentred(tr, &b->fields, b->start, i, x));
    PetscCall(GetCentred(tr, &tr->source, b->end, i, y));
    for (PetscInt j = 0; j < local && !u; j++) size[0] += x[j] * x[j], size[1] += y[j] * y[j];
    if (!u) PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, size, 2, MPIU_REAL, MPIU_SUM, tr->slab));
    if (!u) u = size[1] > 0 && size[0] > 0 ? PetscSqrtReal(size[0] / size[1]) : 1;
    for (int e = 0; e < 4; e++) {
      for (PetscInt j = 0; j < local; j++)
        z[j] = e == 0 ? x[j] : e == 1 ? u * y[j] : e == 2 ? x[j] + u * y[j] : x[j] - u * y[j];
      PetscCall(KarCovEstimateAddArray(estimate[e], z));
    }
  }
  for (int e = 0; e < 4; e++) {
    PetscCall(KarCovEstimateFinish(estimate[e], tr->slab, n, &kk, &lambda, NULL));
    if (e == 0) {
      PetscCall(PetscMalloc2(*n, k, 3 * *n, correlation));
      PetscCall(PetscArraycpy(*k, kk, *n));
    }
    for (PetscInt i = 0; i < *n; i++) {
      PetscReal *c = *correlation + i, *p = *correlation + *n + 2 * i;

      if (e < 2) p[e] = lambda[i];
      else if (e == 2) *c = lambda[i] / 4;
      else
        *c =
          p[0] > 0 && p[1] > 0 ? PetscMax(-MOST, PetscMin(MOST, (*c - lambda[i] / 4) / PetscSqrtReal(p[0] * p[1]))) : 0;
    }
  }
  for (int e = 0; e < 4; e++) PetscCall(KarCovEstimateDestroy(&estimate[e]));
  PetscCall(PetscFree3(x, y, z));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The last |k| at which the first law has power; any where its grid has all modes of the training. */
static PetscReal Limit(KarTrainer tr, const Bridge *b, PetscInt n, const PetscReal k[], const PetscReal lambda[])
{
  const KarModes *from, *to;
  PetscReal       most = 0;

  (void)KarFFTGetModes(b->fields.fft, &from);
  (void)KarFFTGetModes(tr->fft, &to);
  for (PetscInt i = 1; i < n; i++) most = PetscMax(most, lambda[i]);
  for (PetscInt i = n - 1; i > 0; i--)
    if (lambda[i] > 1e-12 * most) {
      PetscBool whole = (PetscBool)(i == n - 1);

      for (PetscInt a = 0; a < to->dim; a++)
        if (from->n[a] < to->n[a]) whole = PETSC_FALSE;
      return whole ? PETSC_MAX_REAL : k[i];
    }
  return 0;
}

static PetscErrorCode Model(KarTrainer tr, PetscInt n, const PetscReal k[], const PetscReal lambda[],
                            const PetscReal mean[], const PetscInt coarse[])
{
  Bridge          *b;
  const KarModes  *m;
  const PetscReal *ks, *start;
  PetscReal       *kc = NULL, *correlation = NULL;
  PetscInt         ns;
  KarCovEstimate   estimate;
  KarPairs         pairs = {.n = 0};

  PetscFunctionBegin;
  (void)coarse;
  KarCheck(tr->comm, !tr->options.octave, PETSC_ERR_USER_INPUT,
           "-train_octave: bridges are learnt on all modes at once");
  PetscCall(PetscNew(&b));
  tr->objective.context = b;
  PetscCall(OpenStart(tr, b));
  PetscCall(KarTrainerOpenFields(tr, b->law, NULL, &b->fields));
  PetscCall(CheckBoxes(tr, b));
  PetscCall(KarTrainerMeasure(tr, &b->fields, NULL, &estimate));
  PetscCall(KarFFTGetModes(tr->fft, &m));
  PetscCall(PetscMalloc2(m->dof, &b->start, m->dof, &b->end));
  PetscCall(KarCovEstimateFinish(estimate, tr->slab, &ns, &ks, &start, b->start));
  for (PetscInt c = 0; c < m->dof; c++) b->start[c] += b->fields.base[c], b->end[c] = mean[c];
  if (b->pairs) PetscCall(Correlate(tr, b, &pairs.n, &kc, &correlation));
  pairs.k = kc, pairs.correlation = correlation, pairs.limit = Limit(tr, b, ns, ks, start);
  PetscCall(KarCovCreate(tr->fft, &pairs.start));
  PetscCall(KarCovSetSpectrum(pairs.start, ns, ks, start));
  PetscCall(KarCovSetUp(pairs.start));
  PetscCall(KarDenoiserCreateBridge(tr->fft, &pairs, n, k, lambda, b->start, b->end, &tr->denoiser));
  PetscCall(KarCovDestroy(&pairs.start));
  PetscCall(PetscFree2(kc, correlation));
  PetscCall(KarCovEstimateDestroy(&estimate));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUp(KarTrainer tr)
{
  char           path[PETSC_MAX_PATH_LEN] = "";
  KarTimeLaw     law                      = {.kind = KAR_TIME_UNIFORM};
  PetscBool      pairs                    = PETSC_FALSE;
  KarReadOptions reading;
  KarObjective   plain;
  KarSDE         sde;

  PetscFunctionBegin;
  if (KarOptionsHelping()) PetscCall(ReadOptions(tr->prefix, sizeof(path), path, &pairs, &reading));
  PetscCall(KarObjectiveGet(tr->comm, "", &plain));
  PetscCall(KarDenoiserGetSDE(tr->denoiser, &sde));
  PetscCall(KarSDEGetFinalTime(sde, &law.high));
  law.low    = SMALLEST_TIME * law.high;
  tr->law[0] = tr->law[1] = law;
  tr->measure[0] = tr->measure[1] = (KarLoss){.weight = plain.weight};
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Field i of a law, turned, less its mean. */
static PetscErrorCode Turned(KarTrainer tr, KarTrainerFields *f, const PetscReal mean[], PetscInt i,
                             const PetscReal u[], Vec work, Vec x)
{
  const KarModes *m;
  PetscScalar    *a;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(tr->fft, &m));
  PetscCall(KarTrainerTurnField(tr, f, i, u, work, x));
  PetscCall(VecGetArray(x, &a));
  if (m->start == 0 && f->local)
    for (PetscInt c = 0; c < m->dof; c++) a[c * m->width] -= mean[c];
  PetscCall(VecRestoreArray(x, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Draw(KarTrainer tr, PetscInt64 number, PetscBool validation, PetscInt b, PetscInt batch,
                           PetscInt i)
{
  KarKey key = {
    .seed = tr->options.seed, .sample = number, .stream = validation ? KAR_STREAM_TEST : KAR_STREAM_TRAIN, .step = 1};
  Bridge   *bridge = tr->objective.context;
  PetscReal u[2], w[2], v[2], o[2];
  PetscInt  from, to;
  KarSDE    sde, reference;
  Vec       work;

  PetscFunctionBegin;
  kar_uniform_pair(key, 0, 0, 0, u);
  kar_uniform_pair(key, 1, 0, 0, w);
  kar_uniform_pair(key, 2, 0, 0, v);
  kar_uniform_pair(key, 3, 0, 0, o);
  to = kar_trainer_pick(tr, &tr->source, number, validation, u[0]);
  from =
    bridge->pairs ? to : kar_trainer_pick(tr, &bridge->fields, validation ? 3 * number + 1 : number, validation, o[0]);
  PetscCall(KarDenoiserGetSDE(tr->denoiser, &sde));
  PetscCall(KarSDEGetMatching(sde, &reference, NULL));
  PetscCall(KarTimeLawDraw(&tr->law[validation], sde, b, batch, u[1], &tr->t[i]));
  PetscCall(VecDuplicate(tr->xt[i], &work));
  PetscCall(Turned(tr, &tr->source, bridge->end, to, validation ? NULL : w, work, tr->x0[i]));
  PetscCall(Turned(tr, &bridge->fields, bridge->start, from,
                   validation      ? NULL
                   : bridge->pairs ? w
                                   : v,
                   work, tr->xt[i]));
  PetscCall(VecDestroy(&work));
  key.step = 0;
  PetscCall(
    KarSDESampleBridge(reference, 0, tr->law[0].high - tr->t[i], tr->law[0].high, NULL, key, tr->xt[i], tr->x0[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Destroy(KarTrainer tr)
{
  Bridge *b = tr->objective.context;

  PetscFunctionBegin;
  if (!b) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarTrainerCloseFields(&b->fields));
  PetscCall(KarGeneratorDestroy(&b->law));
  PetscCall(KarDatasetDestroy(&b->data));
  PetscCall(PetscFree2(b->start, b->end));
  PetscCall(PetscFree(b));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObjectiveCreate_Bridge(KarObjective *objective)
{
  PetscFunctionBegin;
  objective->ops =
    (KarObjectiveOps){.model = Model, .setup = SetUp, .draw = Draw, .loss = kar_denoising.loss, .destroy = Destroy};
  PetscFunctionReturn(PETSC_SUCCESS);
}
