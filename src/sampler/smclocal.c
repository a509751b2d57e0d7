/* Particles given data that are not linear: the local law of smcstep.c is that of H' at D_t and of what the data say
   there (KarInnovationLinearise()),
     y~ = H D_t + e ~ N(H' (D_t + G delta), M~_r),
   delta is conditioned on y~, and the weight is
     w = p_r(y | x_r) / p_t(y | x_t) . N(e; 0, M~_t) / N(e - H' G delta; 0, M~_r)
   with p_t(y | x_t) the density of the data by the law at D_t. At the end x_0 ~ N(D, Gamma) given y~, p_0 is the
   likelihood itself, so that the linearisation only guides. */
#include "smcimpl.h"

PetscErrorCode KarSMCStartLocal(KarSMC s, PetscReal t, PetscInt p, PetscReal *logw)
{
  const PetscReal before = s->octave ? s->twist[p] : 0; /* by the law at the end of the stage before */
  KarInnovation   innovation;
  PetscBool       density;

  PetscFunctionBegin;
  PetscCall(KarLevelsGet(s->levels, t, &innovation));
  PetscCall(KarInnovationHasDensity(innovation, &density));
  KarCheck(
    s->comm, density, PETSC_ERR_SUP,
    "particles given data that are not linear need their density: raise -obs_dense, or give -posterior_type guided");
  PetscCall(KarInnovationLinearise(innovation, s->d[p], s->y, s->e, &s->twist[p]));
  *logw = s->twist[p] - before;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* z <- e - H' w - noise. */
static PetscErrorCode Innovate(KarSMC s, KarInnovation innovation, KarKey key, Vec w)
{
  Mat H;

  PetscFunctionBegin;
  PetscCall(KarObservationGetMatrix(s->obs, &H));
  PetscCall(MatMult(H, w, s->z));
  PetscCall(KarInnovationAddNoise(innovation, key, s->z));
  PetscCall(VecAYPX(s->z, -1, s->e));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* w <- g delta, and with it a draw of N(0, Gamma_r). */
static PetscErrorCode Expect(KarSMC s, const KarKey *key)
{
  Vec draw;

  PetscFunctionBegin;
  PetscCall(VecCopy(s->delta, s->w));
  PetscCall(KarFFTMultiply(s->fft, s->step.g, s->w));
  if (!key) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(VecDuplicate(s->w, &draw));
  PetscCall(KarFFTFillNormalScaled(s->fft, *key, s->step.after, draw));
  PetscCall(KarCovProject(s->noise, draw));
  PetscCall(VecAXPY(s->w, 1, draw));
  PetscCall(VecDestroy(&draw));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* log N(e; 0, M~_t) - log N(e - H' w; 0, M~_r). */
static PetscErrorCode Quotient(KarSMC s, KarInnovation from, KarInnovation to, PetscReal *logw)
{
  PetscReal density;
  Mat       H;

  PetscFunctionBegin;
  PetscCall(KarObservationGetMatrix(s->obs, &H));
  PetscCall(KarInnovationLogDensity(from, s->e, logw));
  PetscCall(MatMult(H, s->w, s->z));
  PetscCall(VecAYPX(s->z, -1, s->e));
  PetscCall(KarInnovationFollow(to, from));
  PetscCall(KarInnovationLogDensity(to, s->z, &density));
  *logw -= density;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSMCStepLocal(KarSMC s, KarKey key, PetscReal t, PetscReal r, Vec x, PetscInt p, PetscReal *logw)
{
  const PetscReal before = s->twist[p];
  KarInnovation   from, to;
  KarKey          draw = key;
  Mat             H;

  PetscFunctionBegin;
  draw.stream = KAR_STREAM_PRIOR;
  PetscCall(KarObservationGetMatrix(s->obs, &H));
  PetscCall(KarLevelsGet(s->levels, t, &from));
  PetscCall(KarLevelsGet(s->levels, r, &to));
  PetscCall(KarInnovationLinearise(from, s->d[p], s->y, s->e, NULL));
  key.stream = KAR_STREAM_PATH;
  PetscCall(KarFFTFillNormalScaled(s->fft, key, s->step.sigma, s->delta));
  PetscCall(KarCovProject(s->noise, s->delta));
  PetscCall(Expect(s, &draw));
  PetscCall(Innovate(s, from, key, s->w));
  PetscCall(KarInnovationSolve(from, s->z, s->z));
  PetscCall(MatMultTranspose(H, s->z, s->w));
  PetscCall(KarFFTMultiply(s->fft, s->step.gain, s->w));
  PetscCall(KarCovProject(s->noise, s->w));
  PetscCall(VecAXPY(s->delta, 1, s->w));
  PetscCall(Expect(s, NULL));
  PetscCall(Quotient(s, from, to, logw));
  PetscCall(KarSMCMove(s, x, s->d[p], s->before[p]));
  PetscCall(KarSMCDenoise(s, r, x, s->d[p]));
  PetscCall(KarInnovationLinearise(to, s->d[p], s->y, s->e, &s->twist[p]));
  *logw += s->twist[p] - before;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSMCFinishLocal(KarSMC s, KarKey key, PetscReal t, Vec x, PetscInt p, PetscReal *logw)
{
  const PetscReal before = s->twist[p];
  KarInnovation   from, to;

  PetscFunctionBegin;
  PetscCall(KarLevelsGet(s->levels, t, &from));
  PetscCall(KarLevelsGet(s->levels, 0, &to));
  PetscCall(KarInnovationLinearise(from, s->d[p], s->y, s->e, NULL));
  PetscCall(KarFFTFillNormalScaled(s->fft, key, s->step.after, x));
  PetscCall(KarCovProject(s->noise, x));
  PetscCall(Innovate(s, from, key, x));
  PetscCall(KarInnovationCorrect(from, s->z, x));
  PetscCall(KarLevelsDropRest(s->levels, x));
  PetscCall(VecCopy(x, s->w));
  PetscCall(Quotient(s, from, to, logw));
  PetscCall(VecAXPY(x, 1, s->d[p]));
  PetscCall(KarInnovationLinearise(to, x, s->y, s->e, &s->twist[p]));
  *logw += s->twist[p] - before;
  PetscFunctionReturn(PETSC_SUCCESS);
}
