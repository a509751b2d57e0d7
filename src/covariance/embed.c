/* A covariance of a coarser grid of the same box in the modes of a finer one: lambda where the coarser grid has the
   mode, else 0. */
#include <karhunen/impl/covariance.h>

static PetscReal Density(KarCov cov, PetscReal k)
{
  PetscReal lambda;

  (void)KarCovEvaluate(cov->inner, k, &lambda);
  return lambda;
}

PetscErrorCode KarCovCreateEmbedded(KarCov inner, KarFFT fft, KarCov *out)
{
  KarCov cov;

  PetscFunctionBegin;
  PetscCall(KarCovSetUp(inner));
  PetscCall(KarCovCreate(fft, out));
  cov = *out;
  PetscCall(PetscStrncpy(cov->type, inner->type, sizeof(cov->type)));
  PetscCall(KarCovReference(inner));
  cov->inner       = inner;
  cov->ops.density = Density;
  cov->absolute    = PETSC_TRUE;
  cov->cutoff      = PETSC_MAX_REAL;
  cov->solenoidal  = inner->solenoidal;
  PetscCall(PetscArraycpy(cov->coarse, inner->coarse, 3));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCovSetUpEmbedded(KarCov cov)
{
  const KarModes *m;
  KarMode         mode;
  PetscReal       sum = 0;

  PetscFunctionBegin;
  cov->scale = 1;
  PetscCall(KarFFTGetModes(cov->fft, &m));
  PetscCall(KarCovFreeEigenvalues(cov));
  PetscCall(PetscCalloc1(m->rows * m->length, &cov->lambda));
  for (PetscInt i = 0; i < m->rows * m->length; i++) {
    kar_mode(m, i / m->length, i % m->length, &mode);
    if (!kar_mode_within(m, cov->inner->info.n, &mode) || mode.nyquist || kar_cov_leaves_out(cov, &mode)) continue;
    PetscCall(KarCovEvaluate(cov->inner, PetscSqrtReal(mode.k2), &cov->lambda[i]));
    sum +=
      mode.weight * cov->lambda[i] * (cov->solenoidal && mode.k2 > 0 ? (PetscReal)(m->dof - 1) : (PetscReal)m->dof);
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPIU_REAL, MPIU_SUM, cov->info.comm));
  cov->trace = sum;
  cov->ready = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}
