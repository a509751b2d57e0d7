/* What the files of score share: a score and the operations of its type. */
#pragma once

#include <karhunen/score.h>
#include <karhunen/types.h>

typedef struct {
  /* d = E[X_0 | X_t = x]. */
  PetscErrorCode (*denoise)(KarScore score, PetscReal t, Vec x, Vec d);
  /* The others may be NULL. */
  PetscErrorCode (*setfromoptions)(KarScore score);
  PetscErrorCode (*setup)(KarScore score);
  PetscErrorCode (*covariance)(KarScore score, PetscReal t, Vec x, Vec v,
                               Vec Kv);                    /* NULL: C S/V of the data's spectrum */
  PetscErrorCode (*condition)(KarScore score, Vec coarse); /* NULL: the law does not depend on a coarser field */
  PetscErrorCode (*spectrum)(KarScore  score,
                             PetscReal c[]); /* [rows][length]; NULL: the data's covariance is that of the law */
  /* x ~ the law of X_t, or what a sampler starts from in its place; NULL: N(a m, a^2 C + S). */
  PetscErrorCode (*start)(KarScore score, PetscReal t, KarKey key, Vec x);
  PetscErrorCode (*freework)(KarScore score); /* NULL: it keeps nothing between calls that would count */
  PetscErrorCode (*view)(KarScore score, PetscViewer viewer);
  PetscErrorCode (*destroy)(KarScore score);
} KarScoreOps;

struct _p_KarScore {
  MPI_Comm    comm; /* shared */
  KarSDE      sde;  /* shared */
  KarFFT      fft;  /* of its covariance; shared */
  KarCov      data; /* shared; NULL when unknown */
  Vec         mean; /* shared; NULL: zero */
  KarScoreOps ops;
  char        type[32], prefix[64];
  void       *context; /* owned by the type */
  PetscInt    evaluations, references;
  PetscBool   loaded, ready; /* loaded: its type is that of a file */
};

/* Mode by mode: the path, the spectra, and the Gaussian gain and variance that follow from them. */
typedef struct {
  PetscInt         n, group;   /* modes of this rank; numbers of each */
  PetscReal        a, s;       /* of every mode, when am is NULL */
  PetscReal       *am, *sm;    /* of each mode; owned */
  const PetscReal *c, *lambda; /* spectra of data and noise, borrowed; c may be NULL */
} KarGains;
/* Not collective. The path at time t for the modes of this rank. Free with KarGainsDestroy(). */
PetscErrorCode KarGainsCreate(KarScore score, PetscReal t, KarGains *gains);
PetscErrorCode KarGainsDestroy(KarGains *gains);
/* Variance of the noisy mode, V = a^2 C + S, and the Wiener gain a C/V, 0 where V is. Cannot fail. */
static inline PetscReal kar_gains_a(const KarGains *g, PetscInt i)
{
  return g->am ? g->am[i] : g->a;
}
static inline PetscReal kar_gains_noise(const KarGains *g, PetscInt i)
{
  const PetscReal s = g->sm ? g->sm[i] : g->s;

  return s * s * g->lambda[i];
}
static inline PetscReal kar_gains_variance(const KarGains *g, PetscInt i)
{
  const PetscReal a = kar_gains_a(g, i);

  return a * a * g->c[i] + kar_gains_noise(g, i);
}
/* And the Gaussian posterior variance, C S/V. */
static inline PetscReal kar_gains_posterior(const KarGains *g, PetscInt i)
{
  const PetscReal v = kar_gains_variance(g, i);

  return v > 0 ? g->c[i] * kar_gains_noise(g, i) / v : 0;
}
static inline PetscReal kar_gains_wiener(const KarGains *g, PetscInt i)
{
  const PetscReal v = kar_gains_variance(g, i);

  return v > 0 ? kar_gains_a(g, i) * g->c[i] / v : 0;
}

/* Collective. The data's covariance from -data_cov_* when none is set. */
PetscErrorCode KarScoreDataFromOptions(KarScore score);
