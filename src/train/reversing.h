/* A time reversal that is learnt, between learning it and drawing by it. */
#pragma once

#include <karhunen/net.h>
#include <karhunen/reversal.h>

struct _p_KarReversal {
  const KarDiffusion *d;
  PetscReal           T, lr, size, rate; /* size of x_0, mean of Sigma_ii there */
  PetscInt64          seed;
  PetscInt            steps, fine, learn, batch, weights;
  PetscReal          *x0, *x, *before, *b, *sigma, *div, *w; /* of one path */
  KarNet              net;
  float              *in, *out, *m, *v, *ema;
  PetscReal          *scalar, *at; /* [batch steps], where answers are learnt */
  PetscReal *S0, *S, *L, *M;       /* [n][n]: Sigma at x_0 and where a path is; factors of the latter and of the mean */
  PetscReal *pull;                 /* of one path */
  PetscReal *left;                 /* [steps][2]: squares that are missed, and those of free motion, by time */
  PetscBool  ready, inverse;       /* Sigma(x_0) has one */
};

/* What the network sees of x at time t. */
void kar_reversal_see(const KarReversal reversal, PetscReal t, const PetscReal x[], float in[], PetscReal *scalar);
/* At x and time t, Sigma(x) of r->sigma: the pull Sigma M^-1 (x_0 - x)/t, M = (Sigma(x_0) + Sigma(x))/2, into r->pull;
   and the factor of M. Without an inverse of Sigma, of free motion, (x_0 - x)/t. */
void kar_reversal_pull(KarReversal reversal, PetscReal t, const PetscReal x[]);
/* S[n][n] = Sigma of r->sigma. */
void kar_reversal_square(const KarReversal reversal, PetscReal S[]);
/* L[n][n] L' = S, of the lower half. False where S has no inverse in these digits. */
PetscBool kar_reversal_factor(PetscInt n, const PetscReal S[], PetscReal L[]);
/* y[n][components] = Sigma v/rate, Sigma of r->sigma; r->b is overwritten. */
void kar_reversal_through(KarReversal reversal, const float v[], PetscReal y[]);
/* x + h b + sqrt(h) sigma z of the noise and, where asked for, the drift at `at`. */
void kar_reversal_move(KarReversal reversal, KarKey key, PetscReal h, PetscBool drift, const PetscReal at[],
                       PetscReal x[]);
