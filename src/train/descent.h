/* Steps of AdamW that all learning here shares: trainers, the judge's network, time reversal. */
#pragma once

#include <petscsys.h>

/* n parameters, their gradient, the moments and the average of the parameters; all borrowed. */
typedef struct {
  PetscInt n;
  float   *p, *g, *m, *v, *ema;
} KarDescent;

/* Not collective; cannot fail. The learning rate of step `step` of `steps`, from 0: a ramp of `warmup` steps to lr,
   then a cosine. */
PetscReal kar_descent_rate(PetscReal lr, PetscInt warmup, PetscInt step, PetscInt steps);
/* Not collective; cannot fail. The norm of the gradients of `count` blocks. */
double kar_descent_norm(PetscInt count, const KarDescent block[]);
/* Not collective; cannot fail. Step `step` of these blocks, from 0: gradients, whose norm is `norm`, are scaled to
   `clip` where that is less; an average of decay `ema`, a shorter one in the first steps. */
void kar_descent_step(PetscInt count, const KarDescent block[], double norm, PetscInt step, PetscReal lr,
                      PetscReal clip, PetscReal ema, PetscReal weight_decay);
