/* Numbers on the circle: R_p e^{iT_p} = mean e^{ip phi}. A header of the room stats. Level 3. */
#pragma once

#include <petscsys.h>

typedef struct {
  PetscReal mean;     /* T_1, in (-pi, pi] */
  PetscReal variance; /* 1 - R_1 */
  PetscReal skewness; /* R_2 sin(T_2 - 2 T_1) / (1 - R_1)^{3/2}; 0 when R_1 = 1 */
} KarCircular;
/* Not collective; cannot fail. Adds n, sum cos, sum sin, sum cos 2, sum sin 2 of the phases, in rad: additive over
   ranks. */
void        kar_circular_sums(PetscInt n, const PetscReal phase[], PetscReal sums[5]);
KarCircular kar_circular(const PetscReal sums[5]);
/* Not collective; cannot fail. Pixel by pixel over an ensemble: adds e^{i phi} to sum[n][2]; then mean phase and
   variance of `count` fields. */
void kar_phasor_add(PetscInt n, const PetscReal phase[], PetscReal sum[]);
void kar_phasor_finish(PetscInt n, PetscInt count, const PetscReal sum[], PetscReal mean[], PetscReal variance[]);
/* phase - 2 pi m in [-pi, pi]; phases that lie there already are kept bit for bit. */
PetscReal kar_wrap(PetscReal phase);
