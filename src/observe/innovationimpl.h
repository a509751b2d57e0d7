/* What the files of an innovation share. */
#pragma once

#include <karhunen/impl/observe.h>
#include <karhunen/innovation.h>

struct _p_KarInnovation {
  KarObservation obs;     /* owned reference */
  KarCov         project; /* shared */
  PetscReal     *gamma;
  PetscReal     *factor, *work; /* dense: [m][m], [m]; else NULL */
  PetscReal     *base, *noise;  /* dense, not linear: L Gamma L* [m][m], R [m]; else NULL */
  PetscReal      logdet, first; /* first: (L Gamma L*)_00, once it is asked for without a matrix */
  Mat            M;
  Vec            z, extra; /* extra: added to R; NULL: nothing */
};

/* Collective. Cholesky of the matrix that factor holds. */
PetscErrorCode KarInnovationFactorise(KarInnovation innovation);
/* Collective. factor <- H' Gamma H'* + R of H' as it is. */
PetscErrorCode KarInnovationRefill(KarInnovation innovation);
/* Collective. x <- Gamma x. */
PetscErrorCode KarInnovationMultiply(KarInnovation innovation, Vec x);
/* Collective. d += Gamma H* M^-1 e, solved for the field (-obs_solve field); not with a field of errors. *done is
   false, and d as it was, where its products did not suffice, which is an error but for -obs_solve auto. */
PetscErrorCode KarInnovationCorrectField(KarInnovation innovation, Vec e, Vec d, PetscBool *done);
/* Collective. z = M^-1 e, the same way and under the same conditions; z may be e. */
PetscErrorCode KarInnovationSolveField(KarInnovation innovation, Vec e, Vec z, PetscBool *done);
/* Not collective. Counts the products of the last solve by conjugate gradients. */
PetscErrorCode KarInnovationCount(KarInnovation in, KSP ksp);
/* Not collective. The event KarDataSolve of -log_view begins, or ends. */
PetscErrorCode KarInnovationLog(PetscBool begin);
