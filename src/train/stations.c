/* The covariance of values at stations, by largest likelihood for Gaussian values u of N samples at M of the stations:
     -2 log p/N = M log v + log det(R + n 1) + M,  v = tr((R + n 1)^-1 S)/M,  S = sum_i u_i u_i^T/N,
   over a Matern covariance's length and smoothness and the share n of noise that each value has for itself. */
#include "trainimpl.h"
#include <karhunen/place.h>

#include <petscblaslapack.h>
#include <string.h>

enum { MOST = 160, LENGTHS = 10, ORDERS = 4, NOISES = 5 };

typedef struct {
  PetscReal tau, alpha, nugget, variance, value; /* value: of the formula above */
} Fit;

/* tau and alpha of the candidate. */
static void Candidate(const KarGridInfo *g, PetscInt length, PetscInt order, Fit *fit)
{
  static const PetscReal orders[ORDERS] = {0.5, 1, 1.5, 2.5};
  PetscReal              edge           = g->length[0];

  for (PetscInt a = 1; a < g->dim; a++) edge = PetscMin(edge, g->length[a]);
  fit->tau   = 1 / (edge * 0.02 * PetscPowReal(50, (PetscReal)length / (LENGTHS - 1)));
  fit->alpha = orders[order] + 0.5 * (PetscReal)g->dim;
}

static PetscErrorCode CreateCovariance(KarFFT fft, const Fit *fit, PetscReal variance, KarCov *cov)
{
  PetscFunctionBegin;
  PetscCall(KarCovCreate(fft, cov));
  PetscCall(KarCovSetType(*cov, KARCOVMATERN));
  PetscCall(KarCovSetParameter(*cov, "tau", fit->tau));
  PetscCall(KarCovSetParameter(*cov, "alpha", fit->alpha));
  PetscCall(KarCovSetVariance(*cov, variance));
  PetscCall(KarCovSetUp(*cov));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The value of R + n 1 for S; R is overwritten. */
static PetscErrorCode Likelihood(PetscInt m, PetscReal R[], const PetscReal S[], Fit *fit)
{
  const PetscBLASInt n = (PetscBLASInt)m;
  PetscBLASInt       wrong;
  PetscReal         *X, trace = 0, det = 0;

  PetscFunctionBegin;
  fit->value = PETSC_MAX_REAL;
  LAPACKpotrf_("L", &n, R, &n, &wrong);
  if (wrong) PetscFunctionReturn(PETSC_SUCCESS); /* too smooth to rounding */
  PetscCall(PetscMalloc1(m * m, &X));
  PetscCall(PetscArraycpy(X, S, m * m));
  LAPACKpotrs_("L", &n, &n, R, &n, X, &n, &wrong);
  for (PetscInt i = 0; i < m; i++) trace += X[i * m + i], det += 2 * PetscLogReal(R[i * m + i]);
  fit->variance = trace / (PetscReal)m;
  fit->value    = (PetscReal)m * PetscLogReal(fit->variance) + det;
  PetscCall(PetscFree(X));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Mean of all values; S of the first m stations in an order that is spread over them. */
static PetscErrorCode Moments(KarTrainer tr, const KarStationsInfo *s, PetscInt m, const PetscInt which[],
                              PetscReal mean[], PetscReal S[])
{
  const PetscInt dof = s->components, train = tr->samples - tr->held;
  PetscReal     *u;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(s->m * dof, &u));
  PetscCall(PetscArrayzero(mean, dof));
  PetscCall(PetscArrayzero(S, m * m));
  for (int pass = 0; pass < 2; pass++)
    for (PetscInt i = 0; i < train; i++) {
      PetscCall(KarStationsRead(tr->stations, i, u));
      if (pass == 0) kar_trainer_mark(tr, i, s->m * dof, u);
      for (PetscInt k = 0; k < s->m * dof; k++)
        KarCheck(tr->comm, !PetscIsInfOrNanReal(u[k]), PETSC_ERR_USER_INPUT,
                 "sample %" PetscInt_FMT " has no finite value at station %" PetscInt_FMT
                 ": leave out one or the other",
                 i, k / dof);
      for (PetscInt k = 0; k < s->m * dof && pass == 0; k++) mean[k % dof] += u[k] / (PetscReal)(train * s->m);
      for (PetscInt p = 0; p < m && pass == 1; p++)
        for (PetscInt q = 0; q < m; q++)
          for (PetscInt c = 0; c < dof; c++)
            S[p * m + q] +=
              (u[which[p] * dof + c] - mean[c]) * (u[which[q] * dof + c] - mean[c]) / (PetscReal)(train * dof);
    }
  PetscCall(PetscFree(u));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The best of all candidates. */
static PetscErrorCode Search(KarFFT fft, const KarGridInfo *g, PetscInt m, const PetscReal x[], const PetscReal S[],
                             Fit *best)
{
  static const PetscReal noises[NOISES] = {1e-6, 1e-3, 1e-2, 0.05, 0.2};
  PetscReal             *R, *A;
  PetscInt               local;
  KarCov                 cov;

  PetscFunctionBegin;
  best->value = PETSC_MAX_REAL;
  PetscCall(PetscMalloc1(m * m, &A));
  for (PetscInt c = 0; c < LENGTHS * ORDERS; c++) {
    Fit fit;

    Candidate(g, c / ORDERS, c % ORDERS, &fit);
    PetscCall(CreateCovariance(fft, &fit, 1, &cov));
    PetscCall(KarCovAtPlaces(cov, m, x, &local, &R));
    for (PetscInt q = 0; q < NOISES; q++) {
      PetscCall(PetscArraycpy(A, R, m * m));
      for (PetscInt i = 0; i < m; i++) A[i * m + i] += noises[q];
      fit.nugget = noises[q];
      PetscCall(Likelihood(m, A, S, &fit));
      if (fit.value < best->value) *best = fit;
    }
    PetscCall(PetscFree(R));
    PetscCall(KarCovDestroy(&cov));
  }
  PetscCall(PetscFree(A));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A grid of the box that resolves the stations' distances. */
static PetscErrorCode CreateGrid(KarTrainer tr, const KarStationsInfo *s, KarGridInfo *g)
{
  PetscInt n[3], most = s->box.dim == 1 ? 512 : s->box.dim == 2 ? 128 : 48, size = 32;
  KarGrid  grid;

  PetscFunctionBegin;
  while (size < most && PetscPowRealInt((PetscReal)size / 3, (int)s->box.dim) < (PetscReal)s->m) size *= 2;
  for (PetscInt a = 0; a < s->box.dim; a++) n[a] = PetscMin(size, most);
  PetscCall(KarGridCreate(tr->slab, &grid));
  PetscCall(KarGridSetSizes(grid, s->box.dim, n, s->box.length));
  PetscCall(KarGridSetPlace(grid, s->box.origin, s->box.direction));
  PetscCall(KarGridSetBasis(grid, s->box.basis));
  PetscCall(KarGridSetComponents(grid, s->components));
  PetscCall(KarGridSetUp(grid));
  PetscCall(KarGridGetInfo(grid, g));
  PetscCall(KarFFTCreate(grid, &tr->fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerFitStations(KarTrainer tr)
{
  const KarStationsInfo *s;
  KarPlacedSays          says = {.label = {.direction = {1, 1, 1}}};
  KarGridInfo            g;
  PetscInt              *which, m;
  PetscReal             *mean, *S, *x;
  Fit                    fit = {.value = 0};
  KarCov                 cov;

  PetscFunctionBegin;
  PetscCall(KarStationsGetInfo(tr->stations, &s));
  m = PetscMin(MOST, s->m);
  PetscCall(CreateGrid(tr, s, &g));
  PetscCall(PetscMalloc4(m, &which, s->components, &mean, m * m, &S, m * g.dim, &x));
  for (PetscInt i = 0; i < m; i++) which[i] = i * s->m / m;
  for (PetscInt i = 0; i < m; i++) PetscCall(PetscArraycpy(x + i * g.dim, s->x + which[i] * g.dim, g.dim));
  PetscCall(Moments(tr, s, m, which, mean, S));
  PetscCall(Search(tr->fft, &g, m, x, S, &fit));
  KarCheck(tr->comm, fit.value < PETSC_MAX_REAL && fit.variance > 0, PETSC_ERR_USER_INPUT,
           "the values at the stations do not vary: there is nothing to learn");
  PetscCall(CreateCovariance(tr->fft, &fit, fit.variance, &cov));
  PetscCall(KarPlacedCreate(cov, fit.nugget * fit.variance, mean, &tr->placed));
  PetscCall(KarCovDestroy(&cov));
  for (PetscInt a = 0; a < g.dim; a++)
    says.label.origin[a] = s->box.origin[a], says.label.direction[a] = s->box.direction[a];
  PetscCall(PetscStrncpy(says.label.variable, s->variable, sizeof(says.label.variable)));
  PetscCall(PetscStrncpy(says.label.units, s->units, sizeof(says.label.units)));
  PetscCall(PetscStrncpy(says.label.long_name, s->long_name, sizeof(says.label.long_name)));
  PetscCall(PetscStrncpy(says.label.length_units, s->box.units, sizeof(says.label.length_units)));
  PetscCall(KarPlacedSetSays(tr->placed, &says));
  PetscCall(PetscFree4(which, mean, S, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerSetStations(KarTrainer tr, KarStations stations)
{
  const KarTrainerOptions *o = &tr->options;
  const KarStationsInfo   *s;

  PetscFunctionBegin;
  PetscCall(KarStationsGetInfo(stations, &s));
  PetscCall(KarTrainerCheckStations(tr, s));
  PetscCall(KarObjectiveGet(tr->comm, o->objective, &tr->objective));
  tr->objective.ops  = kar_places;
  tr->stations       = stations;
  tr->samples        = s->samples;
  tr->held           = (PetscInt)(o->validation * (PetscReal)tr->samples);
  tr->source.samples = tr->samples;
  tr->source.held    = tr->held;
  PetscCall(KarTrainerFitStations(tr));
  PetscCall(KarTrainerHold(tr, PETSC_TRUE));
  PetscFunctionReturn(PETSC_SUCCESS);
}
