/* The conditions of a denoiser as its files keep them. */
#pragma once

#include <karhunen/condition.h>

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
  char         observed[KAR_OBSERVED_KINDS];
  KarGiveFn   *give;
  void        *giver; /* borrowed */
  Vec         *mean;  /* [means] E[X_0 | X_t, y] of the Gaussian law in each slot of a batch; owned */
  PetscInt     means;
  /* the mean of a field given its maps (regression.c) */
  PetscInt   table[KAR_CONDITIONS];     /* numbers of a map's; 0: it says nothing of the mean */
  PetscReal *table_k[KAR_CONDITIONS];   /* [table]; owned */
  PetscReal *table_rho[KAR_CONDITIONS]; /* likewise */
  PetscReal *rho[KAR_CONDITIONS];       /* [modes]; owned */
  PetscBool  regressed;                 /* does any map? */
  PetscInt   follows;
  Vec       *follow;            /* [follows] sum rho (map - its mean) in each slot; owned */
  Vec        part;              /* of one map; owned; NULL before it is needed */
  Vec        centred, expected; /* x - a follow; m + follow of slot 0; likewise */
} KarTold;
