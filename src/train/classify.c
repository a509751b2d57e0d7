/* A classifier of fields: stencils over several views of a field (views.c), the mean of their answers over a patch, a
   small head (classifyhead.c). It learns log(1 + e^{-logit}) of the second range and log(1 + e^{logit}) of the first,
   in equal parts, by AdamW with warm-up and a cosine; every draw is keyed by its number, so that the number of ranks
   changes nothing but rounding. A rank computes for the fields that it keeps. */
#include "classifyimpl.h"

#include <karhunen/judge.h>
#include <math.h>

enum { TEST_PATCHES = 16 }; /* of a field, at most */

static const char *const symmetries[] = {"auto", "none", "scalar", "pseudoscalar", "phase", "vector", NULL};

PetscErrorCode KarClassifierCreate(MPI_Comm comm, KarClassifier *classifier)
{
  KarClassifier c;

  PetscFunctionBegin;
  PetscCall(PetscNew(&c));
  c->comm   = comm;
  c->steps  = 1500;
  c->batch  = 8;
  c->patch  = 64;
  c->warmup = 50;
  c->lr     = 3e-3;
  c->decay  = 1e-2;
  c->seed   = 1;
  PetscCallMPI(MPI_Comm_rank(comm, &c->rank));
  PetscCallMPI(MPI_Comm_size(comm, &c->ranks));
  PetscCall(KarNetCreate(PETSC_COMM_SELF, &c->net));
  PetscCall(KarNetSetOptionsPrefix(c->net, "judge_"));
  PetscCall(KarNetSetType(c->net, KARNETLOCAL));
  *classifier = c;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarClassifierSetKind(KarClassifier c, PetscBool flow, PetscBool phase)
{
  PetscFunctionBegin;
  c->flow = flow;
  c->kind = c->symmetries ? c->symmetries - 1
            : phase       ? KAR_SYMMETRY_PHASE
            : flow        ? KAR_SYMMETRY_PSEUDOSCALAR
                          : KAR_SYMMETRY_NONE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarClassifierSetOptionsPrefix(KarClassifier c, const char prefix[])
{
  PetscFunctionBegin;
  PetscCall(PetscStrncpy(c->prefix, prefix ? prefix : "", sizeof(c->prefix)));
  PetscCall(KarNetSetOptionsPrefix(c->net, prefix));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarClassifierSetFromOptions(KarClassifier c)
{
  PetscFunctionBegin;
  PetscCall(KarNetSetParameter(c->net, "width", 16));
  PetscCall(KarOptionsInt(c->prefix, "judge_steps", "steps in which the judge learns", 1, PETSC_MAX_INT, &c->steps));
  PetscCall(KarOptionsInt(c->prefix, "judge_batch", "fields of both sets in a step", 2, 1 << 20, &c->batch));
  PetscCall(KarOptionsInt(c->prefix, "judge_patch", "the judge sees patches of at most so many points along an axis", 8,
                          1 << 20, &c->patch));
  PetscCall(KarOptionsReal(c->prefix, "judge_lr", "largest learning rate of the judge", 0, 1, &c->lr));
  PetscCall(KarOptionsReal(c->prefix, "judge_weight_decay", "AdamW's weight decay", 0, 1, &c->decay));
  PetscCall(KarOptionsInt(c->prefix, "judge_seed", "seed of the judge's weights and of the order of fields", 0,
                          PETSC_MAX_INT, &c->seed));
  PetscCall(KarOptionsChoice(
    c->prefix, "judge_symmetry",
    "symmetries of both laws, as in -train_symmetry; auto: pseudoscalar of vorticities, phase of phases, else none",
    symmetries, &c->symmetries));
  PetscCall(KarNetSetFromOptions(c->net));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The network on a patch: the whole of a periodic box as it is, else with even ends. */
static PetscErrorCode SetUp(KarClassifier c)
{
  PetscBool   whole = PETSC_TRUE;
  KarGrid     grid;
  KarGridInfo info;

  PetscFunctionBegin;
  if (c->in) PetscFunctionReturn(PETSC_SUCCESS);
  c->area = 1;
  for (PetscInt a = 0; a < 3; a++) {
    c->n[a] = PetscMin(c->patch, c->info.n[a]);
    c->area *= c->n[a];
    if (c->n[a] < c->info.n[a]) whole = PETSC_FALSE;
  }
  PetscCall(KarGridCreate(PETSC_COMM_SELF, &grid));
  PetscCall(KarGridSetSizes(grid, c->info.dim, c->n, NULL));
  PetscCall(KarGridSetBasis(grid, whole ? c->info.basis : KAR_BASIS_COSINE));
  PetscCall(KarGridSetUp(grid));
  PetscCall(KarGridGetInfo(grid, &info));
  PetscCall(KarGridDestroy(&grid));
  PetscCall(KarNetSetGrid(c->net, &info));
  PetscCall(KarNetSetChannels(c->net, c->channels, 0, c->answers));
  PetscCall(KarNetSetUp(c->net));
  PetscCall(PetscMalloc2((size_t)c->area * (size_t)c->channels, &c->in, (size_t)c->area * (size_t)c->answers, &c->out));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Learning ------------------------------------------------------------ */
/* Member b of a step's batch, when this rank keeps it: its loss and gradient. */
static PetscErrorCode Learn(KarClassifier c, const KarFieldRange range[2], const PetscInt trained[2], PetscInt step,
                            PetscInt b, PetscReal *loss)
{
  const int label = (int)(b % 2);
  KarKey    key   = {.seed = c->seed, .sample = (PetscInt64)step * c->batch + b, .stream = KAR_STREAM_TRAIN};
  PetscReal u[2], v[2], w[2], logit;
  PetscInt  size = 1, first[3];

  PetscFunctionBegin;
  kar_uniform_pair(key, 0, 0, 0, u);
  kar_uniform_pair(key, 1, 0, 0, v);
  kar_uniform_pair(key, 2, 0, 0, w);
  const PetscInt i = range[label].first + PetscMin(trained[label] - 1, (PetscInt)(u[0] * (PetscReal)trained[label]));

  if (!c->fields[range[label].set][i]) PetscFunctionReturn(PETSC_SUCCESS);
  if (c->symmetry) PetscCall(KarSymmetryGetSize(c->symmetry, &size));
  PetscCall(
    KarClassifierSee_Private(c, range[label].set, i, PetscMin(size - 1, (PetscInt)(u[1] * (PetscReal)size)), v));
  for (int a = 0; a < 3; a++) {
    const PetscInt places = c->info.basis == KAR_BASIS_PERIODIC ? c->info.n[a] : c->info.n[a] - c->n[a] + 1;

    first[a] = c->n[a] < c->info.n[a] ? PetscMin(places - 1, (PetscInt)((a < 2 ? w[a] : v[0]) * (PetscReal)places)) : 0;
  }
  kar_classifier_cut(c, first);
  PetscCall(KarClassifierLogit_Private(c, KAR_NET_KEEP, &logit));
  const PetscReal right = label ? logit : -logit;

  *loss += PetscMax(-right, 0) + log1p(exp(-PetscAbsReal(right)));
  PetscCall(KarClassifierBackward_Private(c, (label ? -1 : 1) / (1 + exp(right)) / (PetscReal)c->batch));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Step(KarClassifier c, const KarFieldRange range[2], const PetscInt trained[2], PetscInt step,
                           PetscReal *loss)
{
  double norm;

  PetscFunctionBegin;
  *loss = 0;
  for (int k = 0; k < 2; k++) PetscCall(PetscArrayzero(c->block[k].g, c->block[k].n));
  for (PetscInt b = 0; b < c->batch; b++) PetscCall(Learn(c, range, trained, step, b, loss));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, loss, 1, MPIU_REAL, MPI_SUM, c->comm));
  *loss /= (PetscReal)c->batch;
  for (int k = 0; k < 2; k++)
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, c->block[k].g, (int)c->block[k].n, MPI_FLOAT, MPI_SUM, c->comm));
  norm = kar_descent_norm(2, c->block);
  KarCheck(c->comm, isfinite(norm) && isfinite(*loss), PETSC_ERR_FP,
           "the judge's step %" PetscInt_FMT ": its loss is %g: try a smaller -judge_lr", step + 1, (double)*loss);
  kar_descent_step(2, c->block, norm, step, kar_descent_rate(c->lr, c->warmup, step, c->steps), 1, 0.995, c->decay);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Tests ------------------------------------------------------------ */
/* How many patches lie side by side along each axis, at most TEST_PATCHES in all. */
static PetscInt Patches(const KarClassifier c, PetscInt along[3])
{
  for (int a = 0; a < 3; a++) along[a] = c->info.n[a] / c->n[a];
  while (along[0] * along[1] * along[2] > TEST_PATCHES) {
    int most = 0;

    for (int a = 1; a < 3; a++)
      if (along[a] > along[most]) most = a;
    along[most]--;
  }
  return along[0] * along[1] * along[2];
}

/* Field i: the mean logit of its patches, each that of all views that the symmetry allows, and the share of patches
   above 0. */
static PetscErrorCode Test(KarClassifier c, PetscInt set, PetscInt i, PetscReal *mean, PetscReal *above)
{
  const PetscReal u[2] = {0, 0};
  PetscInt        along[3], size = 1;
  const PetscInt  patches           = Patches(c, along);
  PetscReal       sum[TEST_PATCHES] = {0}, logit;

  PetscFunctionBegin;
  if (c->symmetry) PetscCall(KarSymmetryGetSize(c->symmetry, &size));
  if (patches > 1) size = 1; /* turned fields have other patches */
  for (PetscInt g = 0; g < size; g++) {
    PetscCall(KarClassifierSee_Private(c, set, i, g, u));
    for (PetscInt q = 0; q < patches; q++) {
      const PetscInt first[3] = {q / (along[1] * along[2]) * c->n[0], q / along[2] % along[1] * c->n[1],
                                 q % along[2] * c->n[2]};

      kar_classifier_cut(c, first);
      PetscCall(KarClassifierLogit_Private(c, KAR_NET_EVALUATE, &logit));
      sum[q] += logit / (PetscReal)size;
    }
  }
  for (PetscInt q = 0; q < patches; q++) {
    *mean += sum[q] / (PetscReal)patches;
    *above += (sum[q] > 0) / (PetscReal)patches;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscReal Binomial(PetscInt n, PetscInt least)
{
  PetscReal p = 0;

  for (PetscInt k = least; k <= n; k++)
    p += exp(lgamma((double)n + 1) - lgamma((double)k + 1) - lgamma((double)(n - k) + 1) - (double)n * log(2));
  return PetscMin(p, 1);
}

static PetscErrorCode Judge(KarClassifier c, const KarFieldRange range[2], KarVerdict *verdict)
{
  const PetscInt n = verdict->tests;
  PetscReal     *above, square = 0, mean = 0;
  PetscInt       along[3], right = 0;

  PetscFunctionBegin;
  verdict->patches = Patches(c, along);
  PetscCall(PetscCalloc1(2 * n, &above));
  for (int k = 0; k < 2; k++) PetscCall(PetscArraycpy(c->block[k].p, c->block[k].ema, c->block[k].n));
  for (int s = 0; s < 2; s++) {
    PetscCall(PetscCalloc1(n, &verdict->logit[s]));
    for (PetscInt t = 0; t < n; t++) {
      const PetscInt i = range[s].first + range[s].count - n + t;

      if (c->fields[range[s].set][i]) PetscCall(Test(c, range[s].set, i, &verdict->logit[s][t], &above[s * n + t]));
    }
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, verdict->logit[s], (int)n, MPIU_REAL, MPI_SUM, c->comm));
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, above, 2 * (int)n, MPIU_REAL, MPI_SUM, c->comm));
  for (PetscInt i = 0; i < 2 * n; i++) {
    const PetscReal share = i < n ? 1 - above[i] : above[i];

    mean += share / (PetscReal)(2 * n);
    square += PetscSqr(share) / (PetscReal)(2 * n);
    right += (verdict->logit[i / n][i % n] > 0) == (i >= n);
  }
  verdict->accuracy =
    (KarEstimate){mean, PetscSqrtReal(PetscMax(square - mean * mean, 0) / (PetscReal)PetscMax(2 * n - 1, 1))};
  verdict->fields.value = (PetscReal)right / (PetscReal)(2 * n);
  verdict->fields.error =
    PetscSqrtReal(verdict->fields.value * (1 - verdict->fields.value) / (PetscReal)PetscMax(2 * n - 1, 1));
  verdict->p = Binomial(2 * n, right);
  PetscCall(KarStatsAUC(n, verdict->logit[0], n, verdict->logit[1], &verdict->auc));
  PetscCall(PetscFree(above));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarClassifierSolve(KarClassifier c, const char title[], const KarFieldRange range[2],
                                  KarVerdict *verdict, PetscBool *stop)
{
  KarProgress progress;
  PetscReal   loss, mean = 0;
  char        note[32];

  PetscFunctionBegin;
  memset(verdict, 0, sizeof(*verdict));
  *stop          = PETSC_FALSE;
  verdict->tests = PetscMin(range[0].count, range[1].count) / 2;
  KarCheck(c->comm, verdict->tests > 0, PETSC_ERR_ARG_SIZ,
           "%" PetscInt_FMT " and %" PetscInt_FMT
           " fields are too few to learn from and to be tested on: give at least 2 of each",
           range[0].count, range[1].count);
  for (int s = 0; s < 2; s++) verdict->trained[s] = range[s].count - verdict->tests;
  PetscCall(SetUp(c));
  PetscCall(KarClassifierWhiten_Private(c, &range[0], verdict->trained[0]));
  PetscCall(KarClassifierStart_Private(c));
  PetscCall(KarProgressCreate(c->comm, title, c->steps, &progress));
  for (PetscInt step = 0; step < c->steps && !*stop; step++) {
    PetscCall(Step(c, range, verdict->trained, step, &loss));
    mean += PetscMax(0.02, 1 / (PetscReal)(step + 1)) * (loss - mean);
    (void)snprintf(note, sizeof(note), "loss %.4f", (double)mean);
    PetscCall(KarProgressUpdate(progress, step + 1, note));
    PetscCall(KarStopRequested(c->comm, stop));
  }
  PetscCall(KarProgressDestroy(&progress));
  if (!*stop) PetscCall(Judge(c, range, verdict));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarVerdictDestroy(KarVerdict *verdict)
{
  PetscFunctionBegin;
  for (int s = 0; s < 2; s++) PetscCall(PetscFree(verdict->logit[s]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarClassifierDestroy(KarClassifier *classifier)
{
  KarClassifier c = *classifier;

  PetscFunctionBegin;
  *classifier = NULL;
  if (!c) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarClassifierStop_Private(c));
  for (int s = 0; s < 2; s++) {
    for (PetscInt i = 0; i < c->count[s]; i++) PetscCall(PetscFree(c->fields[s][i]));
    PetscCall(PetscFree(c->fields[s]));
  }
  for (int j = 0; j < KAR_CLASSIFIER_VIEWS; j++) PetscCall(PetscFree(c->multiplier[j]));
  PetscCall(PetscFree(c->shell));
  PetscCall(PetscFree(c->view));
  PetscCall(PetscFree2(c->in, c->out));
  PetscCall(VecDestroy(&c->x));
  PetscCall(VecDestroy(&c->turned));
  PetscCall(VecDestroy(&c->y));
  PetscCall(KarSymmetryDestroy(&c->symmetry));
  PetscCall(KarNetDestroy(&c->net));
  PetscCall(KarFFTDestroy(&c->fft));
  PetscCall(PetscFree(c));
  PetscFunctionReturn(PETSC_SUCCESS);
}
