/* The optimiser. A header of the room nn. Level 3. */
#pragma once

#include <petscsys.h>

/* One AdamW step on n numbers, one pass: g is scaled by clip first; step counts from 1; ema <- decay ema + (1 - decay)
   p, ema may be NULL. Not collective; cannot fail; deterministic. */
typedef struct {
  double lr, beta1, beta2, eps, weight_decay, clip, decay;
} KarAdamW;
void kar_adamw_step(const KarAdamW *adamw, PetscInt step, PetscInt n, float *restrict p, float *restrict m,
                    float *restrict v, float *restrict ema, const float *restrict g);
