/* What the files of covariance share: a covariance and the operations of its type. */
#pragma once

#include <karhunen/covariance.h>
#include <karhunen/types.h>

typedef struct {
  /* lambda at |k| up to the common scale; k = 0 is mode 0. Cannot fail. */
  PetscReal (*density)(KarCov cov, PetscReal k);
  /* The others may be NULL. Checks the numbers; fills cutoff and smooth_from. */
  PetscErrorCode (*setup)(KarCov cov);
  PetscErrorCode (*setfromoptions)(KarCov cov);
  PetscErrorCode (*save)(KarCov cov, KarCheckpoint file, const char group[]);
  PetscErrorCode (*load)(KarCov cov, KarCheckpoint file, const char group[]);
} KarCovOps;

struct _p_KarCov {
  KarFFT              fft;  /* shared */
  KarGridInfo         info; /* of its grid */
  KarCovOps           ops;
  char                type[32], prefix[64];
  void               *context;    /* owned; one block */
  const KarParameter *parameters; /* of the type, in its context; NULL: none */
  PetscBool           absolute;   /* the density is lambda itself: no variance is asked for */
  PetscReal           variance;   /* wanted pointwise variance of a component */
  PetscReal           ell, m, factor;
  PetscBool           solenoidal, ready;
  PetscInt            coarse[3];   /* modes of a grid of so many points are left out; 0: none */
  PetscReal           cutoff;      /* lambda is 0 beyond this |k| */
  PetscReal           smooth_from; /* the density is smooth beyond this |k| */
  PetscReal           scale, trace;
  PetscReal          *lambda;       /* [rows][length] */
  PetscInt           *users;        /* how many have that table (KarCovShare()); NULL: this one alone */
  float              *lambda_float; /* the same; NULL until it is needed */
  PetscInt            references;
  KarCov              inner; /* owned reference; of a coarser grid, whose lambda this is (KarCovCreateEmbedded()) */
};

/* Not collective. Sum over all modes of the continuum of scale density(k) rough(k), to rounding; rough is 1 when
   `rough` is false. */
PetscErrorCode KarCovSum(KarCov cov, PetscBool rough, PetscReal *sum);
/* Not collective; cannot fail. p where lambda ~ |k|^-p as |k| grows; PETSC_MAX_REAL when it falls faster than any
   power. */
PetscReal kar_cov_exponent(KarCov cov);
/* Not collective; cannot fail. Has the grid of KarCovSetOctave() this mode? */
PetscBool kar_cov_leaves_out(KarCov cov, const KarMode *mode);
/* Not collective. Frees the table of eigenvalues, or leaves it to the others that have it. */
PetscErrorCode KarCovFreeEigenvalues(KarCov cov);
/* Collective. KarCovSetUp() of an embedded one. */
PetscErrorCode KarCovSetUpEmbedded(KarCov cov);
/* Not collective; cannot fail. factor (1 + ell^2 k^2)^m. */
PetscReal kar_cov_rough(KarCov cov, PetscReal k);
