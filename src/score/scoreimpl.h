/* What the files of score share: a score and the operations of its type. */
#pragma once

#include <karhunen/score.h>

typedef struct {
  /* d = E[X_0 | X_t = x]. */
  PetscErrorCode (*denoise)(KarScore score, PetscReal t, Vec x, Vec d);
  /* The others may be NULL. */
  PetscErrorCode (*setfromoptions)(KarScore score);
  PetscErrorCode (*setup)(KarScore score);
  PetscErrorCode (*view)(KarScore score, PetscViewer viewer);
  PetscErrorCode (*destroy)(KarScore score);
} KarScoreOps;

struct _p_KarScore {
  MPI_Comm    comm; /* shared */
  KarSDE      sde;  /* shared */
  KarCov      data; /* shared; NULL when unknown */
  Vec         mean; /* shared; NULL: zero */
  KarScoreOps ops;
  char        type[32], prefix[64];
  void       *context; /* owned by the type */
  PetscInt    evaluations, references;
  PetscBool   ready;
};

PetscErrorCode KarScoreCreate_Gaussian(KarScore score);
PetscErrorCode KarScoreCreate_Mixture(KarScore score);
PetscErrorCode KarScoreCreate_Empirical(KarScore score);
