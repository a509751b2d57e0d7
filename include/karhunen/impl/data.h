/* What the files of data share: a generator and the operations of its type. */
#pragma once

#include <karhunen/data.h>
#include <karhunen/types.h>

#define KAR_GENERATOR_VARIABLES 16

typedef struct {
  /* Any may be NULL but sample. Reads what is not in the table of parameters. */
  PetscErrorCode (*setfromoptions)(KarGenerator generator);
  /* Names the variables, makes what sampling needs. */
  PetscErrorCode (*setup)(KarGenerator generator);
  /* fields[] are those of KarGeneratorCreateFields(); key has stream KAR_STREAM_DATA, step and component 0. */
  PetscErrorCode (*sample)(KarGenerator generator, KarKey key, Vec fields[]);
  /* What the file says of its fields besides their parameters. */
  PetscErrorCode (*attributes)(KarGenerator generator, KarDataset data);
  PetscErrorCode (*destroy)(KarGenerator generator); /* frees what context points to, not the context */
} KarGeneratorOps;

struct _p_KarGenerator {
  MPI_Comm        comm;
  KarGrid         grid; /* owned or shared */
  PetscBool       ready;
  KarGeneratorOps ops;
  char            type[32], prefix[32];    /* of the type and of its options */
  char            options[64];             /* before the names of all options */
  char            title[128];              /* of its files */
  PetscBool       heed;                    /* a wish to stop ends a long sample */
  void (*say)(PetscReal share, void *ctx); /* hears of a long sample; may be NULL */
  void               *listener;            /* its ctx */
  PetscReal           share;               /* of the last sample: 1 when it is whole */
  PetscInt            dim, n[3];           /* the type's own grid, for want of -grid_n */
  PetscReal           length[3];
  KarBasis            basis;
  char                units[64];  /* of the lengths */
  void               *context;    /* owned; one block */
  const KarParameter *parameters; /* of the type, in its context; NULL: none */
  PetscInt            samples;    /* 0: without end; set at set-up */
  PetscInt            times; /* of each path, at times first + i lag; samples are then path times + i; 0: no paths */
  PetscReal           time, lag; /* the first, and between two; set at set-up */
  PetscInt            variables;
  KarVariable         variable[KAR_GENERATOR_VARIABLES];
};

/* Not collective; cannot fail. Adds a variable, at set-up. */
void kar_generator_add(KarGenerator generator, const char name[], PetscInt components, const char units[],
                       const char long_name[]);
