/* Other guidances than that of the data's spectrum, V = Cov[X_0 | X_t = x] = A^-1 S J^T:
     jacobian   D' = D + V H* (H V H* + R)^-1 (y - H D)
     pigdm      D' = D + V H* (r^2 H H^T + R)^-1 (y - H D),   H H^T by the values at n points: H H* over n
     noised     D' = D + S/a^2 H* (H S/a^2 H* + R)^-1 (y - H x/a) */
#include "posteriorimpl.h"

const char *const KarGuidanceNames[] = {"ours", "pigdm", "noised", NULL};

static PetscErrorCode Mult(Mat M, Vec z, Vec y)
{
  Posterior *p;
  Mat        H;
  Vec        R;

  PetscFunctionBegin;
  PetscCall(MatShellGetContext(M, &p));
  PetscCall(KarObservationGetMatrix(p->obs, &H));
  PetscCall(KarObservationGetVariance(p->obs, &R));
  PetscCall(MatMultTranspose(H, z, p->w));
  if (p->guidance == KAR_GUIDANCE_PIGDM) PetscCall(VecAXPBY(p->v, p->r2, 0, p->w));
  else PetscCall(KarScoreApplyCovariance(p->prior, p->t, p->x, p->w, p->v));
  PetscCall(MatMult(H, p->v, y));
  PetscCall(VecPointwiseMult(p->z, R, z));
  PetscCall(VecAXPY(y, 1, p->z));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUp(Posterior *p, Vec x)
{
  PetscInt local, all;
  PC       pc;

  PetscFunctionBegin;
  if (p->ksp) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(VecDuplicate(x, &p->w));
  PetscCall(VecDuplicate(x, &p->v));
  PetscCall(VecDuplicate(p->e, &p->z));
  PetscCall(VecGetLocalSize(p->e, &local));
  PetscCall(VecGetSize(p->e, &all));
  PetscCall(MatCreateShell(p->prior->comm, local, local, all, all, p, &p->M));
  PetscCall(MatShellSetOperation(p->M, MATOP_MULT, (void (*)(void))Mult));
  PetscCall(KSPCreate(p->prior->comm, &p->ksp));
  PetscCall(KSPSetOptionsPrefix(p->ksp, "posterior_"));
  PetscCall(KSPSetType(p->ksp, KSPGMRES));
  PetscCall(KSPGMRESSetRestart(p->ksp, 100));
  PetscCall(KSPGetPC(p->ksp, &pc));
  PetscCall(PCSetType(pc, PCNONE));
  PetscCall(KSPSetTolerances(p->ksp, 1e-6, PETSC_DEFAULT, PETSC_DEFAULT, 1000));
  PetscCall(KSPSetOperators(p->ksp, p->M, p->M));
  PetscCall(KSPSetFromOptions(p->ksp));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPosteriorGuideByDerivative(Posterior *p, PetscReal t, Vec x, Vec d)
{
  KSPConvergedReason reason;
  const KarModes    *m;
  PetscReal          a, s;
  Mat                H;
  Vec                z;

  PetscFunctionBegin;
  PetscCall(SetUp(p, x));
  PetscCall(KarFFTGetModes(p->prior->fft, &m));
  PetscCall(KarSDEGetMarginal(p->prior->sde, t, &a, &s));
  p->t = t, p->x = x;
  p->r2 = s * s / (a * a + s * s) / ((PetscReal)m->n[0] * (PetscReal)m->n[1] * (PetscReal)m->n[2]);
  PetscCall(KarObservationLinearise(p->obs, d, p->e, &H));
  PetscCall(KarObservationResidual(p->obs, p->y, p->e, p->e));
  PetscCall(VecDuplicate(p->e, &z));
  PetscCall(KSPSolve(p->ksp, p->e, z));
  PetscCall(KSPGetConvergedReason(p->ksp, &reason));
  KarCheck(p->prior->comm, reason > 0, PETSC_ERR_NOT_CONVERGED,
           "the solve with the covariance of the denoised data stopped: %s; raise -posterior_ksp_max_it or -obs_noise",
           KSPConvergedReasons[reason]);
  PetscCall(MatMultTranspose(H, z, p->w));
  PetscCall(KarScoreApplyCovariance(p->prior, t, x, p->w, p->v));
  PetscCall(VecAXPY(d, 1, p->v));
  PetscCall(VecDestroy(&z));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPosteriorGetNoised(Posterior *p, PetscBool twice, PetscReal t, KarInnovation *innovation)
{
  KarLevels *levels = &p->noised[twice];

  PetscFunctionBegin;
  if (!*levels) {
    PetscCall(KarLevelsCreate(p->prior, p->obs, levels));
    PetscCall(KarLevelsSetNoised(*levels, twice ? 2 : 1));
  }
  PetscCall(KarLevelsGet(*levels, t, innovation));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPosteriorGuideNoised(Posterior *p, PetscReal t, Vec x, Vec d)
{
  KarInnovation innovation;
  KarGains      g;
  PetscReal    *inverse;
  Vec           scaled;

  PetscFunctionBegin;
  PetscCall(KarGainsCreate(p->prior, t, &g));
  PetscCall(PetscMalloc1(g.n, &inverse));
  for (PetscInt i = 0; i < g.n; i++) inverse[i] = 1 / kar_gains_a(&g, i);
  PetscCall(VecDuplicate(x, &scaled));
  PetscCall(VecCopy(x, scaled));
  PetscCall(KarFFTMultiply(p->prior->fft, inverse, scaled));
  PetscCall(KarPosteriorGetNoised(p, PETSC_FALSE, t, &innovation));
  PetscCall(KarInnovationLinearise(innovation, scaled, p->y, p->e, NULL));
  PetscCall(KarInnovationCorrect(innovation, p->e, d));
  PetscCall(VecDestroy(&scaled));
  PetscCall(PetscFree(inverse));
  PetscCall(KarGainsDestroy(&g));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPosteriorGuidanceDestroy(Posterior *p)
{
  PetscFunctionBegin;
  PetscCall(KSPDestroy(&p->ksp));
  PetscCall(MatDestroy(&p->M));
  PetscCall(VecDestroy(&p->z));
  PetscCall(VecDestroy(&p->w));
  PetscCall(VecDestroy(&p->v));
  for (int i = 0; i < 2; i++) PetscCall(KarLevelsDestroy(&p->noised[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarScorePosteriorSetGuidance(KarScore score, KarGuidance guidance, PetscBool jacobian)
{
  Posterior *p = score->context;
  PetscBool  correlated, scalar;

  PetscFunctionBegin;
  PetscCall(KarObservationHasCorrelatedNoise(p->obs, &correlated));
  PetscCall(KarSDEIsScalar(p->prior->sde, &scalar));
  KarCheck(score->comm, !correlated || (guidance != KAR_GUIDANCE_PIGDM && !jacobian), PETSC_ERR_SUP,
           "guidance by the denoiser's derivative takes independent errors alone, not -obs_cov_* or -obs_offset: give "
           "-posterior_covariance spectrum");
  KarCheck(score->comm, scalar || guidance != KAR_GUIDANCE_PIGDM, PETSC_ERR_SUP,
           "-posterior_guidance pigdm needs a process that is the same for all modes");
  KarCheck(score->comm, !p->rest || (guidance == KAR_GUIDANCE_OURS && !jacobian), PETSC_ERR_SUP,
           "a cascade given data takes guidance by the data's spectrum alone: leave -posterior_guidance and "
           "-posterior_covariance out");
  KarCheck(score->comm, !jacobian || guidance == KAR_GUIDANCE_OURS, PETSC_ERR_USER_INPUT,
           "-posterior_covariance jacobian has no effect with -posterior_guidance %s: leave one of them out",
           KarGuidanceNames[guidance]);
  p->guidance = guidance;
  p->jacobian = jacobian;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarScorePosteriorSetFromOptions(KarScore score)
{
  static const char *const covariances[] = {"spectrum", "jacobian", NULL};
  PetscInt                 guidance = 0, covariance = 0;

  PetscFunctionBegin;
  PetscCall(KarOptionsChoice(score->prefix, "posterior_guidance",
                             "ours; as published: pigdm, noised (the likelihood at the noised field)", KarGuidanceNames,
                             &guidance));
  PetscCall(
    KarOptionsChoice(score->prefix, "posterior_covariance",
                     "of what the noise hides: the data's spectrum, or the denoiser's derivative (-posterior_ksp_*)",
                     covariances, &covariance));
  PetscCall(KarScorePosteriorSetGuidance(score, (KarGuidance)guidance, (PetscBool)(covariance == 1)));
  PetscFunctionReturn(PETSC_SUCCESS);
}
