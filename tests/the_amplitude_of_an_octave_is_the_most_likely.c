/* The power law that is fitted to the bins of an octave's squares is theirs where they have one, to rounding: e^-.4
   energy^.8, and a constant, of uneven bins; with all in one bin it is the constant of that bin.  ranks: 1 */
#include "claim.h"

#include <karhunen/octave.h>

static PetscErrorCode Check(PetscReal q, PetscReal p)
{
  PetscReal count[KAR_AMPLITUDE_BINS], square[KAR_AMPLITUDE_BINS], fit[2];

  PetscFunctionBegin;
  for (PetscInt i = 0; i < KAR_AMPLITUDE_BINS; i++) {
    const PetscReal l = KAR_AMPLITUDE_LOW + KAR_AMPLITUDE_WIDTH * ((PetscReal)i + 0.5);

    count[i]  = 1 + (PetscReal)(i * i % 17);
    square[i] = count[i] * PetscExpReal(q + p * l);
  }
  kar_amplitude_fit(count, square, fit);
  ClaimNear(fit[0], q, 1e-10);
  ClaimNear(fit[1], p, 1e-10);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscReal count[KAR_AMPLITUDE_BINS] = {0}, square[KAR_AMPLITUDE_BINS] = {0}, fit[2];

  PetscFunctionBegin;
  PetscCall(Check(-0.4, 0.8));
  PetscCall(Check(1.5, 0));
  count[40] = 10, square[40] = 5;
  kar_amplitude_fit(count, square, fit);
  ClaimNear(fit[0], PetscLogReal(0.5), 1e-12);
  ClaimNear(fit[1], 0, 1e-12);
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
