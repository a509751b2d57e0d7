/* What the files of `karhunen validate` share: the rows of its tables, and a problem whose exact law is known. */
#pragma once

#include "html.h"

enum { SMOOTH, EQUAL, ROUGH, KINDS };
enum { MAX_ROWS = 80, SHELLS = 19, POINTS = 4 };

typedef struct {
  const char *label, *type;
  const char *name[3]; /* parameters, and their values */
  PetscReal   value[3];
} Sampler;

typedef struct {
  char      process[16], sampler[64];
  PetscInt  evaluations;
  PetscReal ratio[KINDS], worst, order, z, milliseconds;
} Row;

typedef struct {
  char      label[96];
  PetscReal ratio[POINTS], said[POINTS]; /* said: what design and papers give; 0: nothing */
} Known;

/* A number of bridges, control or likelihood: exact, ours with its standard error (0: none), as is usual elsewhere
   (NAN: nothing). */
typedef struct {
  char      label[64], usual[48];
  PetscReal exact, ours, error, theirs;
} Fact;

typedef struct {
  MPI_Comm   comm;
  PetscInt   samples, evaluations, seed, dim, n[3];
  PetscReal  length[3], low, high;
  KarBasis   basis;
  char       out[PETSC_MAX_PATH_LEN];
  KarReplace replace;
  PetscInt   rows, knowns;
  Row        row[MAX_ROWS];
  Known      known[16];
  PetscInt   facts;
  Fact       fact[32];
  PetscReal  curve[4][SHELLS], at[SHELLS]; /* ratio against p/lambda of the first samplers, for the plot */
  PetscBool  stop;                         /* it was asked to */
} Validate;

/* A problem: p/lambda from low to high, uniform in its logarithm over |k|. */
typedef struct {
  KarFFT           fft;
  KarSDE           sde;
  KarScore         score;
  const KarModes  *modes;
  const PetscReal *p, *lambda;
  PetscReal        end; /* largest |k| of the table */
} Problem;

/* The samplers of the table. */
extern const Sampler validate_samplers[];

/* Collective. The caller destroys it. */
PetscErrorCode ValidateProblemCreate(const Validate *v, KarSDEType type, PetscReal low, PetscReal high,
                                     Problem *problem);
PetscErrorCode ValidateProblemDestroy(Problem *problem);
/* Collective. One of the samplers, on the problem's exact score; not set up. */
PetscErrorCode ValidateSamplerCreate(const Problem *problem, const Sampler *s, PetscInt evaluations, TS *ts);
/* Collective. Exact variance of the output over the law's: in the modes nearest to the wanted values of p/lambda, and
   in the worst.
   `denoised`: the law is that of the data, else of X_t at the end of the steps. */
PetscErrorCode ValidateRatios(const Validate *v, const Problem *problem, TS ts, PetscBool denoised,
                              const PetscReal wanted[KINDS], PetscReal ratio[KINDS], PetscReal *worst);

/* Annealed Langevin dynamics of a public code: levels sigma = s^2, geometric; at each, steps of h = epsilon
   (sigma/last)^power,
     x <- x + factor h sigma^drift grad log p + sqrt(noise h) w */
typedef struct {
  PetscReal first, last, epsilon, power, drift, noise, factor;
  PetscInt  levels, steps;
} Annealed;
extern const Annealed validate_volcano, validate_volcano_long, validate_matching;
/* Collective. Its exact variance over the law's in modes of p/lambda = over[0 .. n), by runs of the sampler
   "langevin". */
PetscErrorCode ValidateAnnealed(const Validate *v, const Annealed *code, PetscInt n, const PetscReal over[],
                                PetscReal ratio[]);
/* Collective. Fills v->known; fills v->curve. */
PetscErrorCode ValidatePublishedRows(Validate *v);
PetscErrorCode ValidateCurves(Validate *v);

/* Collective. Fills v->fact; each rank computes all of it. */
PetscErrorCode ValidatePathRows(Validate *v);
/* Collective. Rows of a diffusion whose noise depends on the state. */
PetscErrorCode ValidateStateRows(Validate *v);
PetscErrorCode ValidateDensityRows(Validate *v);
/* Not collective. One row of it. */
PetscErrorCode ValidateAddFact(Validate *v, const char label[], PetscReal exact, PetscReal ours, PetscReal error,
                               PetscReal theirs, const char usual[]);

/* Collective. The tables on standard output; the open JSON file; the plot, which goes into the page too. */
PetscErrorCode ValidatePrint(const Validate *v);
PetscErrorCode ValidateWriteJSON(const Validate *v, KarOutput output);
PetscErrorCode ValidatePlot(const Validate *v, const char path[], Html page);
