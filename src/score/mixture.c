/* Data sum_j w_j N(m_j, C0), mode by mode        (docs/mathematics.md §5)
     d = w x + (1 - a w) sum_j r_j m_j,   w = a C0/V,  V = a^2 C0 + S,
     r_j ~ w_j exp(sum_kappa a m_j x/V - a^2 m_j^2/(2V)) */
#include <karhunen/impl/score.h>

#define MOST 64

typedef struct {
  PetscInt  n;
  PetscReal weight[MOST];
  Vec       mean[MOST]; /* shared */
} Mixture;

PetscErrorCode KarScoreMixtureAdd(KarScore score, PetscReal weight, Vec mean)
{
  Mixture *mixture;

  PetscFunctionBegin;
  PetscCall(KarScoreSetType(score, KARSCOREMIXTURE));
  mixture = score->context;
  KarCheck(score->comm, mixture->n < MOST, PETSC_ERR_ARG_OUTOFRANGE, "a mixture has at most %d components", MOST);
  KarCheck(score->comm, weight > 0, PETSC_ERR_USER_INPUT, "a weight of %g in a mixture: must be positive",
           (double)weight);
  PetscCall(PetscObjectReference((PetscObject)mean));
  mixture->weight[mixture->n] = weight;
  mixture->mean[mixture->n++] = mean;
  score->ready                = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarScoreMixtureGet(KarScore score, PetscInt *n, const PetscReal *weights[], Vec *means[])
{
  Mixture *mixture = score->context;

  PetscFunctionBegin;
  PetscCall(KarScoreSetUp(score));
  KarCheck(score->comm, !strcmp(score->type, KARSCOREMIXTURE), PETSC_ERR_ARG_WRONG, "a score %s has no components",
           score->type);
  *n       = mixture->n;
  *weights = mixture->weight;
  *means   = mixture->mean;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* c_k = C0 + sum_j w_j |m_j - m|^2, a mean over the coordinates of a mode: one that is real, or half of a stored pair,
   has half as many as numbers. */
static PetscErrorCode Spectrum(KarScore score, PetscReal c[])
{
  const Mixture     *mixture = score->context;
  const PetscReal   *within;
  const PetscScalar *m, *mean;
  const KarModes    *modes;
  KarMode            mode;
  KarGains           g;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(score->fft, &modes));
  PetscCall(KarGainsCreate(score, 0, &g));
  within = g.c;
  for (PetscInt i = 0; i < g.n; i++) c[i] = within[i];
  PetscCall(VecGetArrayRead(score->mean, &mean));
  for (PetscInt j = 0; j < mixture->n; j++) {
    PetscCall(VecGetArrayRead(mixture->mean[j], &m));
    for (PetscInt i = 0; i < g.n; i++) {
      kar_mode(modes, i / modes->length, i % modes->length, &mode);
      for (PetscInt q = i * g.group; q < (i + 1) * g.group; q++)
        c[i] += mixture->weight[j] * PetscSqr(m[q] - mean[q]) / (mode.weight * (PetscReal)g.group / modes->width);
    }
    PetscCall(VecRestoreArrayRead(mixture->mean[j], &m));
  }
  PetscCall(VecRestoreArrayRead(score->mean, &mean));
  PetscCall(KarGainsDestroy(&g));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Weights(KarScore score, const KarGains *g, Vec x, PetscReal r[])
{
  Mixture           *mixture = score->context;
  const PetscScalar *in;
  PetscReal          most = -PETSC_MAX_REAL, sum = 0;

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(x, &in));
  for (PetscInt j = 0; j < mixture->n; j++) {
    const PetscScalar *m;

    r[j] = 0;
    PetscCall(VecGetArrayRead(mixture->mean[j], &m));
    for (PetscInt i = 0; i < g->n; i++) {
      const PetscReal v = kar_gains_variance(g, i), a = kar_gains_a(g, i);
      PetscReal       term = 0;

      for (PetscInt c = i * g->group; c < (i + 1) * g->group; c++) term += a * m[c] * (in[c] - a * m[c] / 2);
      if (term != 0) r[j] += term / v; /* a mean where nothing varies decides: infinite, and checked at set-up */
    }
    PetscCall(VecRestoreArrayRead(mixture->mean[j], &m));
  }
  PetscCall(VecRestoreArrayRead(x, &in));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, r, (PetscMPIInt)mixture->n, MPIU_REAL, MPIU_SUM, score->comm));
  for (PetscInt j = 0; j < mixture->n; j++) {
    r[j] += PetscLogReal(mixture->weight[j]);
    most = PetscMax(most, r[j]);
  }
  for (PetscInt j = 0; j < mixture->n; j++) sum += r[j] = PetscExpReal(r[j] - most);
  for (PetscInt j = 0; j < mixture->n; j++) r[j] /= sum;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarScoreMixtureWeights(KarScore score, PetscReal t, Vec x, PetscReal weights[])
{
  KarGains g;

  PetscFunctionBegin;
  PetscCall(KarScoreSetUp(score));
  PetscCall(KarGainsCreate(score, t, &g));
  PetscCall(Weights(score, &g, x, weights));
  PetscCall(KarGainsDestroy(&g));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Denoise(KarScore score, PetscReal t, Vec x, Vec d)
{
  Mixture           *mixture = score->context;
  const PetscScalar *in;
  PetscScalar       *out;
  PetscReal          r[MOST];
  KarGains           g;

  PetscFunctionBegin;
  PetscCall(KarGainsCreate(score, t, &g));
  PetscCall(Weights(score, &g, x, r));
  PetscCall(VecSet(d, 0));
  PetscCall(VecMAXPY(d, mixture->n, r, mixture->mean));
  PetscCall(VecGetArrayRead(x, &in));
  PetscCall(VecGetArray(d, &out));
  for (PetscInt i = 0; i < g.n; i++) {
    const PetscReal w = kar_gains_wiener(&g, i), rest = 1 - kar_gains_a(&g, i) * w;

    for (PetscInt c = i * g.group; c < (i + 1) * g.group; c++) out[c] = w * in[c] + rest * out[c];
  }
  PetscCall(VecRestoreArray(d, &out));
  PetscCall(VecRestoreArrayRead(x, &in));
  PetscCall(KarGainsDestroy(&g));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* mean += amplitude cos(k.x - phase) in every component, k that of `index`. */
static PetscErrorCode AddCosine(KarScore score, const PetscInt index[3], PetscReal amplitude, PetscReal phase, Vec mean)
{
  const KarModes *m;
  PetscScalar    *a;
  KarMode         mode;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(score->fft, &m));
  PetscCall(VecGetArray(mean, &a));
  for (PetscInt row = 0; row < m->rows; row++)
    for (PetscInt j = 0; j < m->length; j++) {
      PetscReal value = amplitude;
      PetscBool same = PETSC_TRUE, opposite = PETSC_TRUE;

      kar_mode(m, row, j, &mode);
      for (int axis = 0; axis < 3; axis++) {
        if (mode.index[axis] != index[axis]) same = PETSC_FALSE;
        if (mode.index[axis] != -index[axis]) opposite = PETSC_FALSE;
        if (m->basis == KAR_BASIS_COSINE && index[axis]) value /= PETSC_SQRT2;
      }
      if (m->basis == KAR_BASIS_PERIODIC && !mode.self) value *= PetscSqrtReal(mode.weight) / 2;
      if (mode.nyquist || !(same || (opposite && m->basis == KAR_BASIS_PERIODIC))) continue;
      for (PetscInt c = 0; c < m->dof; c++) {
        a[mode.offset + c * m->width] += value * (m->width == 2 ? PetscCosReal(phase) : 1);
        if (m->width == 2 && !mode.self)
          a[mode.offset + c * m->width + 1] += (same ? -value : value) * PetscSinReal(phase);
      }
    }
  PetscCall(VecRestoreArray(mean, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode AddPlaces(KarScore score, const PetscInt index[3], PetscInt places, PetscReal amplitude)
{
  const PetscInt  twice[3] = {2 * index[0], 2 * index[1], 2 * index[2]};
  const KarModes *m;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(score->fft, &m));
  KarCheck(score->comm, m->width == 2, PETSC_ERR_USER_INPUT, "-%smixture_places needs a periodic box", score->prefix);
  for (PetscInt a = 0; a < m->dim; a++)
    KarCheck(score->comm, 2 * PetscAbsInt(twice[a]) < m->n[a], PETSC_ERR_USER_INPUT,
             "-%smixture_places: %" PetscInt_FMT " points on axis %" PetscInt_FMT
             " do not hold wave number %" PetscInt_FMT,
             score->prefix, m->n[a], a, twice[a]);
  for (PetscInt j = 0; j < places; j++) {
    const PetscReal phase = 2 * PETSC_PI * (PetscReal)j / (PetscReal)places;
    Vec             mean;

    PetscCall(KarFFTCreateCoordinates(score->fft, &mean));
    PetscCall(AddCosine(score, index, amplitude, phase, mean));
    PetscCall(AddCosine(score, twice, amplitude / 2, 2 * phase, mean));
    PetscCall(KarScoreMixtureAdd(score, 1, mean));
    PetscCall(VecDestroy(&mean));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetFromOptions(KarScore score)
{
  const KarModes *m;
  PetscReal       weight[MOST] = {0.3, 0.7}, amplitude[MOST] = {-2, 2};
  PetscInt        weights = MOST, amplitudes = MOST, dim = 3, index[3] = {0, 0, 0}, places = 0;

  PetscFunctionBegin;
  PetscCall(KarScoreDataFromOptions(score));
  PetscCall(KarFFTGetModes(score->fft, &m));
  PetscCall(KarOptionsInt(
    score->prefix, "mixture_places",
    "in place of such means one profile, A cos(k.x) and A/2 cos(2 k.x), at so many places of the period; 0: no", 0,
    MOST, &places));
  PetscCall(KarOptionsRealArray(score->prefix, "mixture_weights", "weights of the components (default 0.3,0.7)",
                                PETSC_SMALL, PETSC_MAX_REAL, &weights, weight));
  PetscCall(KarOptionsRealArray(score->prefix, "mixture_amplitudes", "A of their means A cos(k.x) (default -2,2)",
                                -PETSC_MAX_REAL, PETSC_MAX_REAL, &amplitudes, amplitude));
  PetscCall(KarOptionsIntArray(score->prefix, "mixture_mode", "index of k, one number an axis (default 1,0,0)", -100000,
                               100000, &dim, index));
  if (!dim) index[0] = 1;
  else
    KarCheck(score->comm, dim == m->dim, PETSC_ERR_USER_INPUT,
             "-%smixture_mode: %" PetscInt_FMT " numbers for %" PetscInt_FMT " axes", score->prefix, dim, m->dim);
  for (PetscInt a = 0; a < m->dim; a++)
    KarCheck(score->comm, (m->width == 2 ? 2 : 1) * PetscAbsInt(index[a]) < m->n[a], PETSC_ERR_USER_INPUT,
             "-%smixture_mode: the grid's %" PetscInt_FMT " points on axis %" PetscInt_FMT
             " do not hold wave number %" PetscInt_FMT,
             score->prefix, m->n[a], a, index[a]);
  if (places) {
    PetscCall(AddPlaces(score, index, places, amplitudes ? amplitude[0] : 1));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  if (!weights) weights = amplitudes ? amplitudes : 2;
  if (!amplitudes) amplitudes = 2;
  KarCheck(score->comm, weights == amplitudes, PETSC_ERR_USER_INPUT,
           "-%smixture_weights has %" PetscInt_FMT " numbers, -%smixture_amplitudes %" PetscInt_FMT ": give as many",
           score->prefix, weights, score->prefix, amplitudes);
  for (PetscInt j = 0; j < weights; j++) {
    Vec mean;

    PetscCall(KarFFTCreateCoordinates(score->fft, &mean));
    PetscCall(AddCosine(score, index, amplitude[j], 0, mean));
    PetscCall(KarScoreMixtureAdd(score, weight[j] > 0 ? weight[j] : 1, mean));
    PetscCall(VecDestroy(&mean));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* K v = (C0 S/V) v + sum_j r_j c_j <c_j, v> - c <c, v>,  c_j = (1 - a w) m_j, c = sum_j r_j c_j. */
static PetscErrorCode Covariance(KarScore score, PetscReal t, Vec x, Vec v, Vec Kv)
{
  const Mixture     *mixture = score->context;
  PetscReal          r[MOST], dot[MOST], both = 0;
  const PetscScalar *in, *mean;
  PetscScalar       *out;
  KarGains           g;

  PetscFunctionBegin;
  PetscCall(KarGainsCreate(score, t, &g));
  PetscCall(Weights(score, &g, x, r));
  PetscCall(VecGetArrayRead(v, &in));
  PetscCall(VecGetArrayWrite(Kv, &out));
  for (PetscInt j = 0; j < mixture->n; j++) {
    dot[j] = 0;
    PetscCall(VecGetArrayRead(mixture->mean[j], &mean));
    for (PetscInt i = 0; i < g.n * g.group; i++)
      dot[j] += (1 - kar_gains_a(&g, i / g.group) * kar_gains_wiener(&g, i / g.group)) * mean[i] * in[i];
    PetscCall(VecRestoreArrayRead(mixture->mean[j], &mean));
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, dot, (PetscMPIInt)mixture->n, MPIU_REAL, MPIU_SUM, score->comm));
  for (PetscInt j = 0; j < mixture->n; j++) both += r[j] * dot[j];
  for (PetscInt i = 0; i < g.n * g.group; i++) out[i] = kar_gains_posterior(&g, i / g.group) * in[i];
  for (PetscInt j = 0; j < mixture->n; j++) {
    PetscCall(VecGetArrayRead(mixture->mean[j], &mean));
    for (PetscInt i = 0; i < g.n * g.group; i++)
      out[i] +=
        r[j] * (dot[j] - both) * (1 - kar_gains_a(&g, i / g.group) * kar_gains_wiener(&g, i / g.group)) * mean[i];
    PetscCall(VecRestoreArrayRead(mixture->mean[j], &mean));
  }
  PetscCall(VecRestoreArrayWrite(Kv, &out));
  PetscCall(VecRestoreArrayRead(v, &in));
  PetscCall(KarGainsDestroy(&g));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUp(KarScore score)
{
  Mixture         *mixture = score->context;
  const PetscReal *c;
  PetscReal        sum    = 0;
  PetscBool        varies = PETSC_TRUE;
  KarGains         g;
  Vec              mean;

  PetscFunctionBegin;
  KarCheck(score->comm, score->data, PETSC_ERR_ORDER,
           "a mixture needs the covariance of its components: -data_cov_type, or KarScoreSetDataCovariance()");
  KarCheck(score->comm, mixture->n > 0, PETSC_ERR_ORDER,
           "a mixture needs components: -mixture_weights, or KarScoreMixtureAdd()");
  PetscCall(KarCovGetEigenvalues(score->data, &c));
  PetscCall(KarGainsCreate(score, 0, &g));
  for (PetscInt j = 0; j < mixture->n; j++) sum += mixture->weight[j];
  PetscCall(KarFFTCreateCoordinates(score->fft, &mean));
  for (PetscInt j = 0; j < mixture->n; j++) {
    const PetscScalar *m;

    mixture->weight[j] /= sum;
    PetscCall(VecAXPY(mean, mixture->weight[j], mixture->mean[j]));
    PetscCall(VecGetArrayRead(mixture->mean[j], &m));
    for (PetscInt i = 0; i < g.n * g.group; i++)
      if (m[i] != 0 && c[i / g.group] <= 0) varies = PETSC_FALSE;
    PetscCall(VecRestoreArrayRead(mixture->mean[j], &m));
  }
  KarCheckAny(score->comm, varies, PETSC_ERR_USER_INPUT,
              "a mean of the mixture has a mode in which its covariance is zero: the components would be disjoint");
  PetscCall(KarScoreSetMean(score, mean));
  PetscCall(VecDestroy(&mean));
  PetscCall(KarGainsDestroy(&g));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode View(KarScore score, PetscViewer viewer)
{
  const Mixture *mixture = score->context;

  PetscFunctionBegin;
  for (PetscInt j = 0; j < mixture->n; j++) {
    PetscReal norm;

    PetscCall(VecNorm(mixture->mean[j], NORM_2, &norm));
    PetscCall(PetscViewerASCIIPrintf(viewer,
                                     "component %" PetscInt_FMT ", weight %.6g, mean of root mean square %.6g\n", j,
                                     (double)mixture->weight[j], (double)norm));
  }
  PetscCall(PetscViewerASCIIPrintf(viewer, "each with "));
  PetscCall(KarCovView(score->data, viewer));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Destroy(KarScore score)
{
  Mixture *mixture = score->context;

  PetscFunctionBegin;
  for (PetscInt j = 0; j < mixture->n; j++) PetscCall(VecDestroy(&mixture->mean[j]));
  PetscCall(PetscFree(mixture));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarScoreCreate_Mixture(KarScore score)
{
  Mixture *mixture;

  PetscFunctionBegin;
  PetscCall(PetscNew(&mixture));
  score->context = mixture;
  score->ops     = (KarScoreOps){.denoise        = Denoise,
                                 .covariance     = Covariance,
                                 .setfromoptions = SetFromOptions,
                                 .setup          = SetUp,
                                 .spectrum       = Spectrum,
                                 .view           = View,
                                 .destroy        = Destroy};
  PetscFunctionReturn(PETSC_SUCCESS);
}
