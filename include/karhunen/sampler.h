/* Samplers: a sampler is a PETSc TS that runs a process backwards. Its clock is s = T - t, so that it only moves
   forward; the state is a Vec of coordinates. Level 7. */
#pragma once

#include <karhunen/score.h>
#include <petscts.h>

/* TS types of this room. PETSc's own explicit types (rk, ssp) run the probability flow as it is: -sampler_type ode. */
#define KARTSEM                 "em"        /* Euler-Maruyama */
#define KARTSANCESTRAL          "ancestral" /* DDIM (eta 0) to DDPM (eta 1) */
#define KARTSMULTISTEP          "multistep" /* exact linear part, past evaluations extrapolated: order 1 to 4 */
#define KARTSHEUN               "heun"      /* EDM: Heun's method in s/a, with churn */
#define KARTSLANGEVIN           "langevin"  /* annealed Langevin dynamics */
#define KARTSPREDICTORCORRECTOR "predictorcorrector" /* an ancestral step, then Langevin corrections */

/* Where a sampler evaluates. */
typedef enum {
  KAR_TIMES_LOGSNR,  /* uniform in log(s/a); where modes have their own, in the largest change of any mode's */
  KAR_TIMES_UNIFORM, /* uniform in t */
  KAR_TIMES_KARRAS,  /* (s/a)^(1/7) uniform */
  KAR_TIMES_LADDER,  /* the rungs i/N of a ddpm process */
  KAR_TIMES_LIST     /* as given */
} KarTimes;
PETSC_EXTERN const char *const KarTimesNames[];

/* Collective in effect. A sampler from outside, for -PREFIXsampler_type; karhunen/impl/sampler.h has what it fills. */
PETSC_EXTERN PetscErrorCode KarSamplerRegister(const char name[], const char text[], PetscErrorCode (*create)(TS));
/* Collective. A TS that runs the reverse of the score's process from its final time; multistep at first. The caller
   destroys it. Set the rest by options, or by the setters below before KarSamplerSetUp(). */
PETSC_EXTERN PetscErrorCode KarSamplerCreate(KarScore score, TS *ts);
/* Collective. -PREFIXsampler_type, -PREFIXsampler_evaluations, ... and PETSc's own -PREFIXts_*. */
PETSC_EXTERN PetscErrorCode KarSamplerSetOptionsPrefix(TS ts, const char prefix[]);
PETSC_EXTERN PetscErrorCode KarSamplerSetFromOptions(TS ts);
/* One of the types above, "ode" (the probability flow on PETSc's rk), or any explicit type that TSRegister() knows. */
PETSC_EXTERN PetscErrorCode KarSamplerSetType(TS ts, const char type[]);
/* Evaluations for one sample, the final one included. PETSc's adaptive types choose their own number. */
PETSC_EXTERN PetscErrorCode KarSamplerSetEvaluations(TS ts, PetscInt evaluations);
PETSC_EXTERN PetscErrorCode KarSamplerSetTimes(TS ts, KarTimes times);
/* t in (0, T], descending, copied: one step fewer than times. */
PETSC_EXTERN PetscErrorCode KarSamplerSetTimeList(TS ts, PetscInt n, const PetscReal t[]);
/* The noise-to-signal ratio s/a where the steps end (1e-3); the last evaluation returns E[X_0 | X_t] there (true). */
PETSC_EXTERN PetscErrorCode KarSamplerSetEnd(TS ts, PetscReal ratio);
PETSC_EXTERN PetscErrorCode KarSamplerSetDenoise(TS ts, PetscBool denoise);
/* That evaluation is the mean of what is left; true: also draws it, x = E[X_0 | X_t] + sqrt(gamma) xi, gamma = C
   S/(a^2 C + S) for the data's spectrum C: exact for Gaussian laws wherever the steps end (false). */
PETSC_EXTERN PetscErrorCode KarSamplerSetEndDraw(TS ts, PetscBool draw);
/* Start from N(a m, a^2 C_data + S) (true) or from N(0, S). */
PETSC_EXTERN PetscErrorCode KarSamplerSetMatchedStart(TS ts, PetscBool matched);
/* A number of the type by its option's name, such as "eta"; an error, or *has false, where it has none. */
PETSC_EXTERN PetscErrorCode KarSamplerSetParameter(TS ts, const char name[], PetscReal value);
PETSC_EXTERN PetscErrorCode KarSamplerGetParameter(TS ts, const char name[], PetscReal *value, PetscBool *has);
/* Draw number key.step of sample key.sample: N(0, C), or what an exact variance wants. */
typedef PetscErrorCode KarSamplerDrawFn(void *ctx, KarKey key, Vec w);
/* Logically collective. Draws of the steps by this function; NULL: keyed ones again. ctx is shared. */
PETSC_EXTERN PetscErrorCode KarSamplerSetDraw(TS ts, KarSamplerDrawFn *draw, void *ctx);
/* Collective. Draws to come start from a x0 + s w, s/a <= ratio, not from noise (Meng et al., 2022). x0, copied, or
   NULL: coordinates of the score's grid, of an octave its own modes count. Types of ours only. */
PETSC_EXTERN PetscErrorCode KarSamplerSetNear(TS ts, PetscReal ratio, Vec x0);
PETSC_EXTERN PetscErrorCode KarSamplerSetUp(TS ts);
PETSC_EXTERN PetscErrorCode KarSamplerView(TS ts, PetscViewer viewer);
/* Times t[0..steps], borrowed; none for PETSc's types. */
PETSC_EXTERN PetscErrorCode KarSamplerGetTimes(TS ts, PetscInt *steps, const PetscReal *t[]);
/* Evaluations for one sample; 0 when the type chooses as it goes. */
PETSC_EXTERN PetscErrorCode KarSamplerGetEvaluations(TS ts, PetscInt *evaluations);
/* Collective. Draws sample number key.sample: the prior, then TSSolve(). x is overwritten. *whole is false when a
   monitor ended it early (TSSetConvergedReason()); whole may be NULL. */
PETSC_EXTERN PetscErrorCode KarSamplerSolve(TS ts, KarKey key, Vec x, PetscBool *whole);
/* The same from the x given, a state at the first time. */
PETSC_EXTERN PetscErrorCode KarSamplerSolveFrom(TS ts, KarKey key, Vec x, PetscBool *whole);
/* Collective, between samples. Frees the vectors that a sample works with; the next one makes them again. */
PETSC_EXTERN PetscErrorCode KarSamplerFreeWork(TS ts);
/* Collective. The state of a sampler that a monitor ended at a step: everything that its next step depends on, into a
   group of a checkpoint, and back on any number of ranks; KarSamplerContinue() then goes on from x, to the same bits
   on the same number of ranks. Types of ours only; a sampler of another type, number of steps or times is an error. */
PETSC_EXTERN PetscErrorCode KarSamplerSave(TS ts, Vec x, KarCheckpoint file, const char group[]);
PETSC_EXTERN PetscErrorCode KarSamplerLoad(TS ts, KarCheckpoint file, const char group[], Vec x);
PETSC_EXTERN PetscErrorCode KarSamplerContinue(TS ts, Vec x, PetscBool *whole);
/* Collective. Of a score linear in x (gaussian, no mean): the exact variance of each coordinate of what it draws,
   by one run for each of its draws of noise; the data's lambda when it is perfect. */
PETSC_EXTERN PetscErrorCode KarSamplerGetVariance(TS ts, Vec variance);
