/* Fields without divergence: their share of divergence, sum_k |k . u^|^2 / sum_k |k|^2 |u^|^2 over the fields, and
   the spectrum of their covariance lambda (I - k k'/|k|^2): a mode has one direction less than components, so that
   lambda is dof / (dof - 1) times the mean power of a component. */
#include "trainimpl.h"

#include <karhunen/fft.h>

#define MOST 1e-6 /* share: fields in single precision have about 1e-12 */

void kar_trainer_divergence(KarTrainer tr, const KarModes *m, const PetscScalar x[])
{
  KarMode mode;

  if (!tr->options.solenoidal || m->dof != m->dim) return;
  for (PetscInt i = 0; i < m->rows * m->length; i++) {
    kar_mode(m, i / m->length, i % m->length, &mode);
    for (PetscInt part = 0; part < m->width && !mode.nyquist; part++) {
      PetscReal along = 0, square = 0;

      for (PetscInt c = 0; c < m->dof; c++) {
        const PetscReal u = x[mode.offset + c * m->width + part];

        along += mode.k[c] * u, square += u * u;
      }
      tr->divergence[0] += along * along;
      tr->divergence[1] += mode.k2 * square;
    }
  }
}

PetscErrorCode KarTrainerSolenoidalSpectrum(KarTrainer tr, PetscInt n, const PetscReal k[], PetscReal lambda[])
{
  const KarModes *m;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(tr->fft, &m));
  KarCheck(tr->comm, m->basis == KAR_BASIS_PERIODIC && m->dof == m->dim && m->dim > 1, PETSC_ERR_USER_INPUT,
           "-train_solenoidal: fields without divergence are periodic and have a component for each axis; these have "
           "%" PetscInt_FMT " components and %" PetscInt_FMT " axes",
           m->dof, m->dim);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, tr->divergence, 2, MPIU_REAL, MPIU_SUM, tr->slab));
  KarCheck(tr->comm, tr->divergence[0] <= MOST * tr->divergence[1], PETSC_ERR_USER_INPUT,
           "-train_solenoidal: the fields have a divergence, a share %.2g of the mean square of their gradients; leave "
           "it out, or project them",
           (double)(tr->divergence[0] / tr->divergence[1]));
  for (PetscInt i = 0; i < n; i++)
    if (k[i] > 0) lambda[i] *= (PetscReal)m->dof / (PetscReal)(m->dof - 1);
  PetscFunctionReturn(PETSC_SUCCESS);
}
