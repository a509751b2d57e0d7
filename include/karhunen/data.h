/* Laws of fields to train on and to test with: field number i of a run is a function of (seed, i) alone. Level 5. */
#pragma once

#include <karhunen/covariance.h>

typedef struct _p_KarGenerator *KarGenerator;

typedef const char *KarGeneratorType;
#define KARGENERATORGAUSSIAN     "gaussian"     /* N(0, C) */
#define KARGENERATORMIXTURE      "mixture"      /* sum_j w_j N(m_j, C) */
#define KARGENERATORNAVIERSTOKES "navierstokes" /* flow at a final time, driven by a Gaussian force */
#define KARGENERATORINSAR        "insar"        /* simulated interferograms */
#define KARGENERATORPATCHES      "patches"      /* patches of a measured interferogram */
#define KARGENERATORMNISTSDF     "mnistsdf"     /* signed distance functions of handwritten digits */
#define KARGENERATORPROCESS      "process"      /* a process -sde_type, forward */
#define KARGENERATORFILE         "file"         /* sample i is field i of a data set */

/* Collective. comm is that of one field: PETSC_COMM_SELF makes each rank draw fields of its own. */
PETSC_EXTERN PetscErrorCode KarGeneratorCreate(MPI_Comm comm, KarGenerator *generator);
PETSC_EXTERN PetscErrorCode KarGeneratorSetType(KarGenerator generator, KarGeneratorType type);
/* Logically collective. The grid of the fields, of one component, instead of the one that -grid_* and the type
   describe; shared. */
PETSC_EXTERN PetscErrorCode KarGeneratorSetGrid(KarGenerator generator, KarGrid grid);
/* Logically collective. One of the type's numbers by its option's name, such as "nu"; before KarGeneratorSetUp(). */
PETSC_EXTERN PetscErrorCode KarGeneratorSetParameter(KarGenerator generator, const char name[], PetscReal value);
/* Collective. Makes it of type "file": the fields of an open data set, which must live as long; of one variable, or
   NULL for all. */
PETSC_EXTERN PetscErrorCode KarGeneratorSetDataset(KarGenerator generator, KarDataset data, const char variable[]);
/* Not collective. That data set; NULL of other types. Borrowed. */
PETSC_EXTERN PetscErrorCode KarGeneratorGetDataset(KarGenerator generator, KarDataset *data);
PETSC_EXTERN PetscErrorCode KarGeneratorSetOptionsPrefix(KarGenerator generator, const char prefix[]);
/* Collective. -PREFIXgenerator_type, -PREFIXgrid_*, and the type's own, -PREFIXns_nu and so on. */
PETSC_EXTERN PetscErrorCode KarGeneratorSetFromOptions(KarGenerator generator);
PETSC_EXTERN PetscErrorCode KarGeneratorSetUp(KarGenerator generator);
/* Collective. One line. */
PETSC_EXTERN PetscErrorCode KarGeneratorView(KarGenerator generator, PetscViewer viewer);
PETSC_EXTERN PetscErrorCode KarGeneratorDestroy(KarGenerator *generator);
/* Collective in effect. A type from outside, for -generator_type; karhunen/impl/data.h has what it fills. */
PETSC_EXTERN PetscErrorCode KarGeneratorRegister(const char name[], const char text[],
                                                 PetscErrorCode (*create)(KarGenerator));

/* Not collective. Borrowed. The grid has one component; of a variable, name, units, long_name and components are set.
   */
PETSC_EXTERN PetscErrorCode KarGeneratorGetType(KarGenerator generator, KarGeneratorType *type);
PETSC_EXTERN PetscErrorCode KarGeneratorGetGrid(KarGenerator generator, KarGrid *grid);
/* The number of its samples; 0: without end. Sets up. */
PETSC_EXTERN PetscErrorCode KarGeneratorGetSamples(KarGenerator generator, PetscInt *samples);
/* Samples in a row that are one path at times first + i lag; 1: they are no paths. Sets up. */
PETSC_EXTERN PetscErrorCode KarGeneratorGetTimes(KarGenerator generator, PetscInt *n, PetscReal *first, PetscReal *lag);
/* The number of a variable; NULL or "" is the first. An unknown name is an error that names those there are. */
PETSC_EXTERN PetscErrorCode KarGeneratorFindVariable(KarGenerator generator, const char name[], PetscInt *v);
PETSC_EXTERN PetscErrorCode KarGeneratorGetVariables(KarGenerator generator, PetscInt *n,
                                                     const KarVariable *variables[]);
PETSC_EXTERN PetscErrorCode KarGeneratorGetParameters(KarGenerator generator, const KarParameter *parameters[]);
PETSC_EXTERN PetscErrorCode KarGeneratorGetTitle(KarGenerator generator, const char **title);
/* Of the lengths. */
PETSC_EXTERN PetscErrorCode KarGeneratorGetUnits(KarGenerator generator, const char **units);
/* Collective on the file, after KarDatasetSetUp(). What the law says of its fields besides its parameters. */
PETSC_EXTERN PetscErrorCode KarGeneratorPutAttributes(KarGenerator generator, KarDataset data);
/* Collective. One field for each variable, [ln][n1][n2][components]; end with KarGeneratorDestroyFields(). */
PETSC_EXTERN PetscErrorCode KarGeneratorCreateFields(KarGenerator generator, Vec *fields[]);
PETSC_EXTERN PetscErrorCode KarGeneratorDestroyFields(KarGenerator generator, Vec *fields[]);
/* Collective. The sample named by seed and sample of `key`, the same on any number of ranks; its other members count
   for nothing. */
PETSC_EXTERN PetscErrorCode KarGeneratorSample(KarGenerator generator, KarKey key, Vec fields[]);
/* Not collective; cannot fail. Heed: a wish to stop (KarStopRequested()) ends a long sample early; not at first. */
PETSC_EXTERN void kar_generator_heed(KarGenerator generator, PetscBool heed);
/* Not collective; cannot fail. `say` hears of a long sample what share of it is done, again and again; NULL ends it. */
PETSC_EXTERN void kar_generator_watch(KarGenerator generator, void (*say)(PetscReal share, void *ctx), void *ctx);
/* Not collective; cannot fail. How much of the last sample was made: 1, or less when it was stopped. */
PETSC_EXTERN PetscReal kar_generator_share(KarGenerator generator);
