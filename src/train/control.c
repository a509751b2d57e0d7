/* Control that is learnt for a cost Phi of the end, from a law of starts, on paths of the control itself (KarControl
   "learnt": D(t, x), the end that is foreseen; inference: docs/paths.md). The network starts at the best control of the
   linear part where the cost is a distance or of data that are linear, weight 1, else at none.
     adjoint      (adjoint matching) D is the regression of  a x_t - S l_t/a  on x_t,  l_T = grad Phi(X_T),
                  l_t = A l_r + f'(x_t)* phi l_r back along the path: for a linear process l_t = a grad Phi(X_T)
     logvariance  the variance over two paths from one start of  L = Phi + sum (d z/S + d^2/2S), d what the control adds
                  to a step and z its noise: 0 under the best control. Phi needs no derivative
   With X_T | x_t ~ N(a x_t, S) of the linear part. A path serves `share` terms of the loss. */
#include "controlimpl.h"

#include <karhunen/onto.h>

static PetscErrorCode ReadOptions(KarTrainer tr, size_t size, char target[], char data[], PetscInt *steps,
                                  PetscInt *share)
{
  char type[32] = "";

  PetscFunctionBegin;
  if (!KarOptionsHelping()) PetscCall(PetscOptionsGetString(NULL, tr->prefix, "-sde_type", type, sizeof(type), NULL));
  KarCheck(tr->comm, strcmp(type, "kunita"), PETSC_ERR_SUP,
           "-sde_type kunita has noise that depends on the state, which no control is learnt for: `karhunen bridge` "
           "takes it");
  PetscCall(
    KarOptionsString("control_", "target", "the file of the field that the cost is the distance to", size, target));
  PetscCall(KarOptionsString(tr->prefix, "obs_data", "CSV file of data of the end that the cost is of, with -obs_*",
                             size, data));
  PetscCall(KarOptionsInt("control_", "steps", "steps of time of a path of the process", 2, 100000, steps));
  PetscCall(KarOptionsInt("control_", "share", "terms of the loss that one path serves", 1, 100000, share));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* -obs_data: the data of the end that the cost is of. */
static PetscErrorCode ReadObservation(KarTrainer tr, const char data[], KarLearntControl *c)
{
  PetscFunctionBegin;
  if (!data[0]) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarObservationCreate(tr->fft, &c->obs));
  PetscCall(KarObservationSetOptionsPrefix(c->obs, tr->prefix));
  PetscCall(KarObservationSetFromOptions(c->obs));
  PetscCall(KarObservationCreateData(c->obs, &c->y));
  PetscCall(KarObservationGetData(c->obs, c->y));
  PetscCall(KarCostSetType(c->cost, KARCOSTOBSERVATION));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The cost, and where it is a distance its field and weight. */
static PetscErrorCode ReadCost(KarTrainer tr, KarLearntControl *c)
{
  char           target[PETSC_MAX_PATH_LEN] = "", data[PETSC_MAX_PATH_LEN] = "";
  PetscReal      R;
  PetscBool      has;
  KarObservation obs;
  Vec            b, y;

  PetscFunctionBegin;
  PetscCall(ReadOptions(tr, sizeof(target), target, data, &c->steps, &c->share));
  PetscCall(KarCostCreate(tr->fft, &c->cost));
  PetscCall(KarCostSetOptionsPrefix(c->cost, tr->prefix));
  PetscCall(ReadObservation(tr, data, c));
  PetscCall(KarCostSetFromOptions(c->cost));
  if (c->obs) PetscCall(KarCostSetObservation(c->cost, c->obs, c->y));
  if (target[0]) {
    PetscCall(KarFieldReadOnto(tr->slab, "-control_target", target, 0, "the training's", &tr->fft, NULL, NULL, &b));
    PetscCall(KarCostSetTarget(c->cost, b));
    PetscCall(VecDestroy(&b));
  }
  PetscCall(KarCostGetQuadratic(c->cost, &b, &R, &obs, &y));
  c->b = b;
  c->G = b ? 1 / R : 0;
  PetscCall(KarCostHasGradient(c->cost, &has));
  KarCheck(
    tr->comm, has || c->variance, PETSC_ERR_USER_INPUT,
    "-train_objective adjoint: this cost has no derivative; give -train_objective logvariance, which needs none");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The process with its noise, as the denoiser will read them again. */
static PetscErrorCode ReadProcess(KarTrainer tr, KarSDE *sde)
{
  char      prefix[80];
  PetscBool given;
  KarCov    noise;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(prefix, sizeof(prefix), "%snoise_", tr->prefix));
  PetscCall(KarOptionsGiven(prefix, "cov_type", &given));
  KarCheck(tr->comm, given, PETSC_ERR_USER_INPUT,
           "-train_objective %s: under which noise? give -noise_cov_type matern and its numbers", tr->objective.name);
  PetscCall(KarCovCreate(tr->fft, &noise));
  PetscCall(KarCovSetOptionsPrefix(noise, prefix));
  PetscCall(KarCovSetFromOptions(noise));
  PetscCall(KarCovSetUp(noise));
  PetscCall(KarSDECreate(noise, sde));
  PetscCall(KarSDESetType(*sde, KARSDEVP));
  PetscCall(KarSDESetParameter(*sde, "beta_min", KAR_BRIDGE_BETA_MIN));
  PetscCall(KarSDESetParameter(*sde, "beta_max", KAR_BRIDGE_BETA_MAX));
  PetscCall(KarSDESetOptionsPrefix(*sde, tr->prefix));
  PetscCall(KarSDESetFromOptions(*sde));
  PetscCall(KarSDESetUp(*sde));
  PetscCall(KarCovDestroy(&noise));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Spectrum of X_T and its correlation with X_0 under the best control of the linear part, X_0 of spectrum p. */
static PetscErrorCode Ends(KarSDE sde, KarCov start, PetscReal G, PetscInt n, const PetscReal k[], PetscReal q[],
                           PetscReal correlation[])
{
  KarSDE    linear;
  KarCov    noise;
  KarPath   zero, end;
  PetscReal T;

  PetscFunctionBegin;
  PetscCall(KarSDEGetLinear(sde, &linear));
  PetscCall(KarSDEGetCovariance(sde, &noise));
  PetscCall(KarSDEGetFinalTime(sde, &T));
  for (PetscInt i = 0; i < n; i++) {
    PetscReal p = 0, lambda = 0, omega = 1;

    PetscCall(KarCovEvaluate(start, k[i], &p));
    PetscCall(KarCovEvaluate(noise, k[i], &lambda));
    PetscCall(KarSDEGetRate(linear, k[i] * k[i], &omega));
    PetscCall(KarSDEGetPathRate(linear, 0, omega, &zero));
    PetscCall(KarSDEGetPathRate(linear, T, omega, &end));
    const PetscReal a = end.a / zero.a, S = (PetscSqr(end.s) - PetscSqr(a * zero.s)) * lambda, left = 1 / (1 + G * S);

    q[i]           = PetscSqr(a * left) * p + S * left;
    correlation[i] = p > 0 && q[i] > 0 ? PetscMin(0.999, a * left * PetscSqrtReal(p / q[i])) : 0;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Model(KarTrainer tr, PetscInt n, const PetscReal k[], const PetscReal lambda[],
                            const PetscReal mean[], const PetscInt coarse[])
{
  KarLearntControl *c;
  KarPairs          pairs = {.limit = PETSC_MAX_REAL, .plain = PETSC_TRUE};
  PetscReal        *table, low, high, first;
  KarGrid           grid;
  KarGridInfo       info;
  KarSDE            sde;

  PetscFunctionBegin;
  (void)coarse;
  KarCheck(tr->comm, !tr->options.octave, PETSC_ERR_USER_INPUT, "-train_octave: a control is learnt on all modes");
  PetscCall(PetscNew(&c));
  c->steps = 20, c->share = 4, c->variance = (PetscBool)!strcmp(tr->objective.name, "logvariance");
  tr->objective.context = c;
  PetscCall(ReadCost(tr, c));
  PetscCall(ReadProcess(tr, &sde));
  PetscCall(KarFFTGetGrid(tr->fft, &grid));
  PetscCall(KarGridGetInfo(grid, &info));
  first = high = 0;
  for (PetscInt a = 0; a < info.dim; a++) {
    low   = (info.basis == KAR_BASIS_PERIODIC ? 2 : 1) * PETSC_PI / info.length[a];
    first = a ? PetscMin(first, low) : low;
    high += PetscSqr(low * (PetscReal)info.n[a]);
  }
  pairs.n = 2 + (PetscInt)(8 * PetscSqrtReal(high) / first); /* an eighth of a mode apart */
  PetscCall(PetscMalloc1(3 * pairs.n, &table));
  for (PetscInt i = 0; i < pairs.n; i++) table[i] = first * (PetscReal)i / 8;
  PetscCall(KarCovCreate(tr->fft, &pairs.start));
  PetscCall(KarCovSetSpectrum(pairs.start, n, k, lambda));
  PetscCall(KarCovSetUp(pairs.start));
  PetscCall(Ends(sde, pairs.start, c->G, pairs.n, table, table + pairs.n, table + 2 * pairs.n));
  pairs.k = table, pairs.correlation = table + 2 * pairs.n;
  PetscCall(KarDenoiserCreateBridge(tr->fft, &pairs, pairs.n, table, table + pairs.n, mean, mean, &tr->denoiser));
  PetscCall(KarCovDestroy(&pairs.start));
  PetscCall(KarSDEDestroy(&sde));
  PetscCall(PetscFree(table));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUp(KarTrainer tr)
{
  char              target[PETSC_MAX_PATH_LEN] = "", data[PETSC_MAX_PATH_LEN] = "";
  KarLearntControl *c     = tr->objective.context;
  PetscInt          steps = 20, share = 4;
  KarTimeLaw        law = {.kind = KAR_TIME_UNIFORM};
  KarObjective      plain;
  KarCost           cost;

  PetscFunctionBegin;
  if (!c) { /* -help, without a law */
    PetscCall(ReadOptions(tr, sizeof(target), target, data, &steps, &share));
    PetscCall(KarCostCreate(tr->fft, &cost));
    PetscCall(KarCostSetOptionsPrefix(cost, tr->prefix));
    PetscCall(KarCostSetFromOptions(cost));
    PetscCall(KarCostDestroy(&cost));
    PetscCall(kar_denoising.setup(tr));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KarObjectiveGet(tr->comm, "", &plain));
  PetscCall(KarLearntControlSetUp(tr, c));
  law.high   = c->T;
  tr->law[0] = tr->law[1] = law;
  tr->measure[0] = tr->measure[1] = (KarLoss){.weight = plain.weight, .scale = c->variance ? 1 : 0};
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Loss(KarTrainer tr, PetscBool validation, PetscReal factor, PetscInt n, PetscReal loss[])
{
  const KarLearntControl *c = tr->objective.context;

  PetscFunctionBegin;
  PetscCall(kar_denoising.loss(tr, validation, factor, n, loss));
  for (PetscInt i = 0; c->variance && i < n; i++) loss[i] = c->value[i];
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Destroy(KarTrainer tr)
{
  KarLearntControl *c = tr->objective.context;

  PetscFunctionBegin;
  if (c) PetscCall(KarLearntControlReset(c));
  PetscCall(PetscFree(c));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static const KarObjectiveOps operations = {
  .model = Model, .setup = SetUp, .draw = KarLearntControlDraw, .loss = Loss, .destroy = Destroy};

PetscErrorCode KarObjectiveCreate_Adjoint(KarObjective *objective)
{
  PetscFunctionBegin;
  objective->ops = operations;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObjectiveCreate_LogVariance(KarObjective *objective)
{
  PetscFunctionBegin;
  objective->ops = operations;
  PetscFunctionReturn(PETSC_SUCCESS);
}
