/* The conditions of a denoiser as its files keep them. */
#pragma once

#include <karhunen/condition.h>

#define KAR_CONDITIONS 16

typedef struct {
  PetscInt     n, numbers, maps, channels; /* conditions; those that are numbers, and maps; channels of all maps */
  KarCondition all[KAR_CONDITIONS];
  KarFFT       fft[KAR_CONDITIONS], net[KAR_CONDITIONS]; /* of a map, on the fields' grid and the network's; owned */
  KarResample  up[KAR_CONDITIONS];                       /* between them; NULL where they are one; owned */
  Vec          work[KAR_CONDITIONS];                     /* coordinates on `net`, likewise; owned */
  PetscInt     slots;
  char        *given;  /* [slots] */
  PetscReal   *number; /* [slots][numbers], as the network sees them; owned */
  float       *map;    /* [slots][points][channels], likewise */
  KarTellFn   *tell;   /* NULL: nobody */
  void        *teller; /* borrowed */
  PetscInt     kriged; /* 1 + the condition that is KAR_KRIGED; 0: none */
  KarGiveFn   *give;
  void        *giver; /* borrowed */
  Vec         *mean;  /* [means] E[X_0 | X_t, y] of the Gaussian law in each slot of a batch; owned */
  PetscInt     means;
  /* the mean of a state given the one before (persistence.c) */
  PetscInt   table, persistent;   /* numbers of it; 1 + the condition that is KAR_PREVIOUS; 0: none */
  PetscReal *table_k, *table_rho; /* [table]; owned */
  PetscReal *rho;                 /* [modes]; owned */
  PetscInt   follows;
  Vec       *follow;            /* [follows] rho (previous - m) in each slot; owned */
  Vec        centred, expected; /* x - a follow; m + follow of slot 0; owned; NULL before they are asked for */
} KarTold;
