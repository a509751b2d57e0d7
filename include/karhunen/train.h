/* Training of a denoiser. Level 8. */
#pragma once

#include <karhunen/cascade.h>
#include <karhunen/data.h>

typedef struct _p_KarTrainer *KarTrainer;

/* --- Objectives: what one step draws, and its loss
   --------------------------------------------------------------------------- */
typedef struct {
  /* Collective on the ranks of a field. Makes the denoiser that is trained; the data's spectrum is lambda[n] at |k| =
     k[n], its mean mean[dof];
     coarse[]: half the points of its grid. */
  PetscErrorCode (*model)(KarTrainer trainer, PetscInt n, const PetscReal k[], const PetscReal lambda[],
                          const PetscReal mean[], const PetscInt coarse[]);
  /* Collective. The laws of t and the losses, once there is a denoiser; reads what options it has. */
  PetscErrorCode (*setup)(KarTrainer trainer);
  /* Collective on the ranks of a field. Term `number` of the run, number b of its batch, into slot i: a function of
     the seed and the number. */
  PetscErrorCode (*draw)(KarTrainer trainer, PetscInt64 number, PetscBool validation, PetscInt b, PetscInt batch,
                         PetscInt i);
  /* Collective on the ranks of a field. loss[i] of slots i < n; with factor > 0 the gradient of factor sum_i loss[i]
     is added to the network's. */
  PetscErrorCode (*loss)(KarTrainer trainer, PetscBool validation, PetscReal factor, PetscInt n, PetscReal loss[]);
  PetscErrorCode (*destroy)(KarTrainer trainer); /* of context; may be NULL */
} KarObjectiveOps;
typedef struct {
  char name[32];
  KarObjectiveOps
    ops; /* those that create() leaves NULL are of denoising: sum_k W |D - X_0|_k^2 over pairs (X_0, X_t) */
  KarLossWeightFn *weight; /* W of a mode; of denoising */
  PetscBool        ladder; /* its times are rungs, and its weight depends on the one before; of denoising */
  void            *context;
} KarObjective;
/* Collective: an unknown name is an error that lists every objective; "" is the default, dsm. */
PETSC_EXTERN PetscErrorCode KarObjectiveGet(MPI_Comm comm, const char name[], KarObjective *objective);
/* Not collective. The name of objective i; NULL beyond the last. */
PETSC_EXTERN const char *KarObjectiveName(PetscInt i);
/* Collective in effect. An objective from outside, for -train_objective: create() sets a weight, or operations
   (karhunen/impl/train.h). */
PETSC_EXTERN PetscErrorCode KarObjectiveRegister(const char name[], const char text[],
                                                 PetscErrorCode (*create)(KarObjective *objective));

/* --- The distribution of t: density over [low, high] by its inverse
   -------------------------------------------------------- */
typedef enum {
  KAR_TIME_UNIFORM, /* in the process's clock */
  KAR_TIME_LOGSNR,  /* uniform in log(s/a), of mode 0 where the process depends on the mode */
  KAR_TIME_NORMAL   /* log(s/a) normal (Karras 2022), truncated */
} KarTimeKind;
PETSC_EXTERN const char *const KarTimeKinds[];
typedef struct {
  KarTimeKind kind;
  PetscReal   low, high; /* times */
  PetscReal   mean, std; /* of log(s/a) */
  PetscInt    rungs;     /* t is raised to the next of high i/rungs; 0: it is not */
} KarTimeLaw;
/* Not collective. The time of pair b of a batch, u uniform in (0, 1): each pair has its own stratum, [b, b + 1)/batch
   of the distribution. */
PETSC_EXTERN PetscErrorCode KarTimeLawDraw(const KarTimeLaw *law, KarSDE sde, PetscInt b, PetscInt batch, PetscReal u,
                                           PetscReal *t);
/* Not collective. The share of a normal law that lies in its range. */
PETSC_EXTERN PetscErrorCode KarTimeLawGetMass(const KarTimeLaw *law, KarSDE sde, PetscReal *mass);

/* --- The trainer ------------------------------------------------------------ */
/* Collective on comm, whose ranks are cut into groups of -train_group ranks: a group holds whole samples, cut into
   slabs over its ranks. */
PETSC_EXTERN PetscErrorCode KarTrainerCreate(MPI_Comm comm, KarTrainer *trainer);
PETSC_EXTERN PetscErrorCode KarTrainerSetOptionsPrefix(KarTrainer trainer, const char prefix[]);
PETSC_EXTERN PetscErrorCode KarTrainerSetFromOptions(KarTrainer trainer);
/* Not collective. The ranks of one field, where a law that is trained on lives. Borrowed. */
PETSC_EXTERN PetscErrorCode KarTrainerGetFieldComm(KarTrainer trainer, MPI_Comm *comm);
/* Collective. Draws fields of a law, measures the spectrum of a variable, NULL for the first, and makes the denoiser,
   whose options are read behind the trainer's prefix where the trainer's were. Field i is sample i of the seed
   -train_seed. The law must live as long as the trainer. NULL: a small stand-in, so that -help can name the options. */
PETSC_EXTERN PetscErrorCode KarTrainerSetLaw(KarTrainer trainer, KarGenerator law, const char variable[]);
/* Collective. The same with the law of a data set, which must live as long. */
PETSC_EXTERN PetscErrorCode KarTrainerSetData(KarTrainer trainer, KarDataset data, const char variable[]);
/* Collective. Trains to the last step, or until stopped; state is kept at path `state` and, with -resume, continued
   from there bit for bit. finished may be NULL. */
PETSC_EXTERN PetscErrorCode KarTrainerSolve(KarTrainer trainer, const char state[], PetscBool *finished);
/* Collective. With -resume: is the model there already, of a run with these options? Another's is an error that names
   what differs. */
PETSC_EXTERN PetscErrorCode KarTrainerIsOver(KarTrainer trainer, const char model[], PetscBool *over);
/* Collective. The denoiser with averaged weights, and how it was trained. */
PETSC_EXTERN PetscErrorCode KarTrainerSave(KarTrainer trainer, KarCheckpoint file);
PETSC_EXTERN PetscErrorCode KarTrainerGetDenoiser(KarTrainer trainer, KarDenoiser *denoiser);
PETSC_EXTERN PetscErrorCode KarTrainerDestroy(KarTrainer *trainer);

/* --- Calibration ------------------------------------------------------------ */
/* Collective on comm, each rank drawing fields of its own with a ts and its learnt score on that rank alone: corrects
   the linear part of the denoiser so that the sampler keeps the data's second moments (score/calibration.h). passes
   rounds of
   `samples` fields.
   *change is the largest correction of the last round; *whole is false when it was stopped: the denoiser is then not
   to be used. */
PETSC_EXTERN PetscErrorCode KarSamplerCalibrate(TS ts, KarScore score, MPI_Comm comm, PetscInt64 seed, PetscInt samples,
                                                PetscInt passes, PetscReal *change, PetscBool *whole);
/* Collective on comm. The same of the last level of a cascade on each rank alone, given what its other levels draw. */
PETSC_EXTERN PetscErrorCode KarCascadeCalibrate(KarCascade cascade, MPI_Comm comm, PetscInt64 seed, PetscInt samples,
                                                PetscInt passes, PetscReal *change, PetscBool *whole);
