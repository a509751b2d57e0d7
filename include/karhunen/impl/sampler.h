/* What the files of sampler share: the equation that is solved, and the anatomy of our TS types. */
#pragma once

#include <karhunen/impl/equation.h>

/* x <- x from + sum_j d[j] d_j + w w, w ~ N(0, C): the coefficients of one mode. */
typedef struct {
  PetscReal x, d[KAR_PAST], w;
} KarTerms;

typedef struct _KarStepper KarStepper;
/* Coefficients of a mode from its path at the times of a step: path[0] at its end, path[1] at its start, path[2] ...
   before. Cannot fail. */
typedef void KarTermsFn(const KarStepper *stepper, const KarPath path[], KarTerms *terms);

/* What a type of ours adds. */
struct _KarStepper {
  PetscErrorCode (*step)(KarStepper *stepper, TS ts, PetscReal t, PetscReal r, Vec x);
  PetscErrorCode (*setup)(KarStepper *stepper, TS ts); /* may be NULL */
  const char *(*lacks)(
    const KarStepper *stepper); /* what of its equation it cannot run, NULL for nothing; itself NULL: needs a score */
  PetscInt         cost;        /* evaluations in one step; 0: one */
  KarEquation     *equation;    /* shared; from TSSetUp() on */
  PetscInt         keep;        /* evaluations that are kept, at most KAR_PAST */
  Vec              d[KAR_PAST]; /* they, the newest first; owned */
  PetscReal        time[KAR_PAST]; /* their times */
  PetscInt         past;           /* how many of them this sample has */
  const PetscReal *times;          /* while a combination is made: those of its path[]; else NULL */
  Vec             *known;          /* what the next evaluation gives, if it has been made; else NULL */
  Vec              start;          /* multistep: where the last step started; owned */
  PetscReal        value[8];       /* the type's numbers */
  KarParameter     table[9];       /* name them */
};

/* Makes ts one of our types: called by TSCreate_Kar*(). */
PetscErrorCode KarStepperCreate(TS ts, KarStepper **stepper);
/* The stepper of one of our types; NULL for PETSc's. */
PetscErrorCode KarStepperGet(TS ts, KarStepper **stepper);
/* Adds a number of the type: an option -sampler_NAME. Returns its index in value[]. */
PetscInt kar_stepper_parameter(KarStepper *stepper, const char name[], const char text[], PetscReal value,
                               PetscReal min, PetscReal max, const char *const choices[]);
/* Refuses a number of the type that is no whole one. */
PetscErrorCode KarStepperCheckWhole(TS ts, const char name[], PetscReal value);
/* Evaluates at (t, x): d[0] becomes the new one and the others move back. */
PetscErrorCode KarStepperEvaluate(KarStepper *stepper, PetscReal t, Vec x);
/* Of a process under a control: d[0] becomes f + g^2 v at (t, x), or backwards -f + factor g^2 v. *any false: there is
   neither. */
PetscErrorCode KarStepperDrift(KarStepper *stepper, PetscReal t, PetscReal factor, Vec x, PetscBool *any);
typedef enum { KAR_NOISE_NONE, KAR_NOISE_NEW, KAR_NOISE_SAME } KarNoise;
/* x <- the combination, mode by mode, of from, d[0 .. nd) and a draw, a new one or the last again. from may be x. */
typedef struct {
  KarTermsFn *terms;
  PetscInt    at; /* its path[0] is of times[at] */
  PetscInt    nd;
  KarNoise    noise;
  Vec         from, x; /* shared */
} KarCombination;
#define KAR_COMBINATIONS 2
/* One combination, of x itself; times[0 .. ntimes) are those of path[]. One pass: reads each d and the draw once, and
   x, and writes x. */
PetscErrorCode KarStepperCombine(KarStepper *stepper, KarTermsFn *terms, PetscInt ntimes, const PetscReal times[],
                                 PetscInt nd, KarNoise noise, Vec x);
/* n of them one after the other, at most KAR_COMBINATIONS, in one pass: what several read is read once, and what one
   writes, the next reads in cache. At most one has a new draw, and the others none. */
PetscErrorCode KarStepperCombineAll(KarStepper *stepper, PetscInt ntimes, const PetscReal times[], PetscInt n,
                                    const KarCombination c[]);

/* The name of a leaf of a state's group in a checkpoint. */
void kar_state_name(const char group[], const char leaf[], char name[128]);

/* Steps that other types use. */
void kar_terms_ancestral(const KarPath *t, const KarPath *r, PetscReal eta, KarTerms *terms);

/* Not collective. Makes every type of the room one of TS. */
PetscErrorCode KarSamplerRegisterAll(void);
