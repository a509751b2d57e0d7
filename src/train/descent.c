/* AdamW (Loshchilov and Hutter, 2019) with warm-up, a cosine, a clipped gradient and an average of the weights. */
#include "descent.h"

#include <karhunen/adamw.h>

#include <math.h>

PetscReal kar_descent_rate(PetscReal lr, PetscInt warmup, PetscInt step, PetscInt steps)
{
  if (step < warmup) return lr * (PetscReal)(step + 1) / (PetscReal)warmup;
  return lr * 0.5 * (1 + PetscCosReal(PETSC_PI * (PetscReal)(step - warmup) / (PetscReal)PetscMax(1, steps - warmup)));
}

double kar_descent_norm(PetscInt count, const KarDescent block[])
{
  double norm = 0;

  for (PetscInt k = 0; k < count; k++)
    for (PetscInt i = 0; i < block[k].n; i++) norm += (double)block[k].g[i] * (double)block[k].g[i];
  return sqrt(norm);
}

void kar_descent_step(PetscInt count, const KarDescent block[], double norm, PetscInt step, PetscReal lr,
                      PetscReal clip, PetscReal ema, PetscReal weight_decay)
{
  const KarAdamW adamw = {.lr           = lr,
                          .beta1        = 0.9,
                          .beta2        = 0.99,
                          .eps          = 1e-8,
                          .weight_decay = weight_decay,
                          .clip         = norm > clip ? clip / norm : 1,
                          .decay        = PetscMin(ema, (1 + (double)step) / (10 + (double)step))};

  for (PetscInt k = 0; k < count; k++)
    kar_adamw_step(&adamw, step + 1, block[k].n, block[k].p, block[k].m, block[k].v, block[k].ema, block[k].g);
}
