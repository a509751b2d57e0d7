/* One simulated interferogram: its parts, and their sum, wrapped (the formula heads insar.c). */
#include "insarimpl.h"

static void FillRamp(KarInsar insar, KarKey key, PetscReal out[])
{
  const KarGridInfo *g    = &insar->info;
  const PetscReal    turn = 2 * PETSC_PI,
                  a       = turn * kar_insar_between(insar->range[RAMP], PETSC_FALSE, kar_insar_uniform(key, RAMP_X));
  const PetscReal b       = turn * kar_insar_between(insar->range[RAMP], PETSC_FALSE, kar_insar_uniform(key, RAMP_Y)),
                  c       = turn * (kar_insar_uniform(key, OFFSET) - 0.5);

  for (PetscInt i = 0; i < g->ln; i++)
    for (PetscInt j = 0; j < g->n[1]; j++)
      out[i * g->n[1] + j] = a * (((PetscReal)j + insar->box.half) / (PetscReal)g->n[1] - 0.5) +
                             b * (0.5 - ((PetscReal)(g->start + i) + insar->box.half) / (PetscReal)g->n[0]) + c;
}

/* h = max(0, rms (level + g)) */
static PetscErrorCode FillTopography(KarInsar insar, KarKey key, PetscInt n, PetscReal out[])
{
  const PetscReal rms = kar_insar_draw(insar, key, RELIEF), level = kar_insar_draw(insar, key, LEVEL);

  PetscFunctionBegin;
  PetscCall(KarLongBoxDraw(&insar->box, insar->topography, key, STEP_TOPOGRAPHY, out));
  for (PetscInt i = 0; i < n; i++) out[i] = PetscMax(0, rms * (level + out[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* gamma = low + (high - low) Phi(g), 0 on the sea. */
static PetscErrorCode FillCoherence(KarInsar insar, KarKey key, PetscInt n, const PetscReal height[], PetscReal out[])
{
  const PetscReal *ends = insar->range[COHERENCE];

  PetscFunctionBegin;
  PetscCall(KarLongBoxDraw(&insar->box, insar->cover, key, STEP_COHERENCE, out));
  for (PetscInt i = 0; i < n; i++)
    out[i] = insar->sea && height[i] <= 0 ? 0 : ends[0] + (ends[1] - ends[0]) * erfc(-out[i] / PETSC_SQRT2) / 2;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode FillNoise(const KarGridInfo *g, PetscInt looks, KarKey key, const PetscReal gamma[],
                                PetscReal out[])
{
  const PetscInt n = g->n[1];
  PetscReal     *z;
  PetscInt      *j;

  PetscFunctionBegin;
  key.step = STEP_NOISE;
  PetscCall(PetscMalloc2(2 * n * (looks + 1), &z, n, &j));
  for (PetscInt c = 0; c < n; c++) j[c] = c;
  for (PetscInt i = 0; i < g->ln; i++) {
    for (PetscInt l = 0; l <= looks; l++) {
      const PetscInt index[3] = {g->start + i, 0, l};

      kar_normal_row(key, index, 1, n, j, NULL, z + 2 * n * l);
    }
    for (PetscInt c = 0; c < n; c++) out[i * n + c] = kar_decorrelate(gamma[i * n + c], looks, 2 * n, z + 2 * c);
  }
  PetscCall(PetscFree2(z, j));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The same law at each point, of three fields that are functions of place. */
static PetscErrorCode FillSpeckle(KarInsar insar, KarKey key, PetscInt n, const PetscReal gamma[], PetscReal out[])
{
  PetscReal *z, *a, *b;

  PetscFunctionBegin;
  PetscCall(PetscMalloc3(n, &z, n, &a, n, &b));
  PetscCall(KarLongBoxDraw(&insar->box, insar->speckle, key, STEP_POWER, z));
  PetscCall(KarLongBoxDraw(&insar->box, insar->speckle, key, STEP_COSINE, a));
  PetscCall(KarLongBoxDraw(&insar->box, insar->speckle, key, STEP_SINE, b));
  for (PetscInt i = 0; i < n; i++) {
    const PetscReal pair[2] = {a[i], b[i]};

    out[i] = kar_phase_error(gamma[i], kar_power_of_looks(insar->looks, z[i]), pair);
  }
  PetscCall(PetscFree3(z, a, b));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Every field of the scene in a[f], each n numbers; parts that are switched off stay zero. */
static PetscErrorCode FillScene(KarInsar insar, KarKey key, PetscInt n, PetscReal *a[])
{
  const PetscReal factor = 4 * PETSC_PI / insar->wavelength;
  Source          source;

  PetscFunctionBegin;
  kar_insar_source(insar, key, &source);
  PetscCall(FillTopography(insar, key, n, a[KAR_INSAR_TOPOGRAPHY]));
  PetscCall(FillCoherence(insar, key, n, a[KAR_INSAR_TOPOGRAPHY], a[KAR_INSAR_COHERENCE]));
  if (insar->with[KAR_INSAR_DEFORMATION]) kar_insar_deformation(insar, key, &source, a[KAR_INSAR_DEFORMATION]);
  if (insar->with[KAR_INSAR_RAMP]) FillRamp(insar, key, a[KAR_INSAR_RAMP]);
  if (insar->with[KAR_INSAR_NOISE] && !insar->speckle)
    PetscCall(FillNoise(&insar->info, insar->looks, key, a[KAR_INSAR_COHERENCE], a[KAR_INSAR_NOISE]));
  if (insar->with[KAR_INSAR_NOISE] && insar->speckle)
    PetscCall(FillSpeckle(insar, key, n, a[KAR_INSAR_COHERENCE], a[KAR_INSAR_NOISE]));
  if (insar->with[KAR_INSAR_TURBULENCE]) {
    const PetscReal rms = kar_insar_draw(insar, key, RMS);

    PetscCall(KarLongBoxDraw(&insar->box, insar->turbulence, key, STEP_TURBULENCE, a[KAR_INSAR_TURBULENCE]));
    for (PetscInt i = 0; i < n; i++) a[KAR_INSAR_TURBULENCE][i] *= rms;
  }
  if (insar->with[KAR_INSAR_STRATIFIED]) {
    const PetscReal delay = factor * kar_insar_draw(insar, key, DELAY) / source.los[2];

    for (PetscInt i = 0; i < n; i++)
      a[KAR_INSAR_STRATIFIED][i] = delay * (PetscExpReal(-a[KAR_INSAR_TOPOGRAPHY][i] / insar->scale_height) - 1);
  }
  for (PetscInt i = 0; i < n; i++) {
    a[KAR_INSAR_PHASE][i]        = kar_wrap(-factor * a[KAR_INSAR_DEFORMATION][i] + a[KAR_INSAR_TURBULENCE][i] +
                                            a[KAR_INSAR_STRATIFIED][i] + a[KAR_INSAR_RAMP][i] + a[KAR_INSAR_NOISE][i]);
    a[KAR_INSAR_WAVE][2 * i]     = PetscCosReal(a[KAR_INSAR_PHASE][i]);
    a[KAR_INSAR_WAVE][2 * i + 1] = PetscSinReal(a[KAR_INSAR_PHASE][i]);

    a[KAR_INSAR_SCENE][2 * i] = (-factor * a[KAR_INSAR_DEFORMATION][i] + a[KAR_INSAR_TURBULENCE][i] +
                                 a[KAR_INSAR_STRATIFIED][i] + a[KAR_INSAR_RAMP][i]) /
                                (2 * PETSC_PI);
    a[KAR_INSAR_SCENE][2 * i + 1] = kar_coherence_logit(a[KAR_INSAR_COHERENCE][i]);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarInsarSample(KarInsar insar, KarKey key, Vec fields[KAR_INSAR_FIELDS])
{
  const PetscInt n = insar->info.ln * insar->info.n[1];
  PetscReal     *a[KAR_INSAR_FIELDS], *own;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1((KAR_INSAR_FIELDS + 2) * n, &own)); /* two of them have two components */
  for (int f = 0, at = 0; f < KAR_INSAR_FIELDS; at += (int)KarInsarFieldInfos[f++].components) {
    a[f] = own + at * n;
    if (fields[f]) PetscCall(VecZeroEntries(fields[f]));
    if (fields[f]) PetscCall(VecGetArray(fields[f], &a[f]));
  }
  PetscCall(FillScene(insar, key, n, a));
  for (int f = 0; f < KAR_INSAR_FIELDS; f++)
    if (fields[f]) PetscCall(VecRestoreArray(fields[f], &a[f]));
  PetscCall(PetscFree(own));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- From what a network learns to an interferogram
   ------------------------------------------------------------------- */
#define FAINT 0.13 /* half way, in the logit, between KAR_INSAR_DARK and the coherence 0.3 */

PetscReal kar_coherence_logit(PetscReal gamma)
{
  const PetscReal g = PetscMin(PetscMax(gamma, KAR_INSAR_DARK), 1 - 1e-6);

  return PetscLogReal(g / (1 - g));
}

PetscReal kar_logit_coherence(PetscReal z)
{
  const PetscReal gamma = 1 / (1 + PetscExpReal(-z));

  return gamma < FAINT ? 0 : gamma;
}

PetscErrorCode KarSceneWave(const KarGridInfo *info, KarKey key, PetscInt looks, Vec scene, Vec wave)
{
  const PetscInt     n = info->n[1], points = info->ln * n;
  const PetscScalar *s;
  PetscScalar       *w;
  PetscReal         *gamma, *noise;

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(scene, &s));
  PetscCall(VecGetArrayWrite(wave, &w));
  PetscCall(PetscMalloc2(points, &gamma, points, &noise));
  for (PetscInt i = 0; i < points; i++) gamma[i] = kar_logit_coherence(s[2 * i + 1]);
  PetscCall(FillNoise(info, looks, key, gamma, noise));
  for (PetscInt i = 0; i < points; i++) {
    w[2 * i]     = PetscCosReal(2 * PETSC_PI * s[2 * i] + noise[i]);
    w[2 * i + 1] = PetscSinReal(2 * PETSC_PI * s[2 * i] + noise[i]);
  }
  PetscCall(PetscFree2(gamma, noise));
  PetscCall(VecRestoreArrayWrite(wave, &w));
  PetscCall(VecRestoreArrayRead(scene, &s));
  PetscFunctionReturn(PETSC_SUCCESS);
}
