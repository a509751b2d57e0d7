/* What the files of sys share. */
#pragma once

#include <karhunen/sys.h>

extern PetscBool kar_options_helping;
extern PetscBool kar_options_all; /* -help all */
extern int       kar_options_run; /* number of the run of set-up, under -help all */
extern PetscBool kar_progress_quiet;
extern PetscBool kar_stopped;

/* Every option named so far, for -help and for "did you mean". */
typedef struct {
  char  name[96];
  char  value[96];  /* default, as text */
  char  given[256]; /* as it was given last; else empty */
  char  needs[192]; /* under -help all: the choices that bring it */
  int   seen;       /* the run that named it last */
  char *text;       /* the default is shown at the end of its first line */
} KarKnown;
extern KarKnown *kar_known;
extern int       kar_nknown;

/* Not collective. The error that is kept to be told at the end is no error. */
void kar_forget_error(void);
/* Collective in effect. -threads. */
PETSC_INTERN PetscErrorCode KarThreadsFromOptions_Private(void);
/* Not collective. Names events and stages to PETSc; once. */
PETSC_INTERN PetscErrorCode KarRegisterEvents_Private(void);

/* Catches SIGINT, SIGTERM and SIGUSR1 from now on; max_time in seconds, 0 for never. */
void kar_watch_signals(PetscReal max_time);

/* --- Random numbers: random.c makes counters, normal.h draws
   ---------------------------------------------------------- */
typedef struct {
  uint32_t word[4], key[2]; /* of Philox */
} KarCounter;
/* n pairs z[n][2], each times sqrt(variance[n]) unless that is NULL: 21 bits of j[n] go into the first two words at
   `shift`, which are zero there.  One version for each instruction set, all with the same bits. */
typedef void KarNormalFn(const KarCounter *counter, int shift, ptrdiff_t n, const PetscInt j[], const double variance[],
                         double z[]);
KarNormalFn  kar_normal_generic, kar_normal_avx2, kar_normal_avx512;
/* The same in single precision. */
typedef void     KarNormalFloatFn(const KarCounter *counter, int shift, ptrdiff_t n, const PetscInt j[],
                                  const float variance[], float z[]);
KarNormalFloatFn kar_normal_float_generic, kar_normal_float_avx2, kar_normal_float_avx512;
