/* M = H Gamma H* + R, the covariance of y - H d where d has covariance Gamma. Up to -obs_dense data every rank holds
   its Cholesky factor; more are solved by conjugate gradients, two transforms a product, here or for the field
   (innovationfield.c). Where H is of points of the grid, or of a coarser one, with a multiplier h, and Gamma is of a
   periodic box, M_ij = c(x_i - x_j) + R with the field c whose coordinates are those of h^2 Gamma applied to a point
   at 0. A field of errors of covariance Q adds H Q H*. Where H is not linear, H' of a linearisation stands for it
   (local.c): of data that are functions of linear ones, datum by datum, the matrix of these is kept. */
#include "innovationimpl.h"

#include <petscblaslapack.h>

PetscErrorCode KarInnovationMultiply(KarInnovation in, Vec x)
{
  PetscFunctionBegin;
  PetscCall(KarFFTMultiply(in->obs->fft, in->gamma, x));
  if (in->project) PetscCall(KarCovProject(in->project, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Gamma, and the field of errors. */
static PetscErrorCode Total(KarInnovation in, Vec x)
{
  Vec w = NULL;

  PetscFunctionBegin;
  if (in->obs->correlated) {
    PetscCall(VecDuplicate(x, &w));
    PetscCall(KarCovApply(in->obs->correlated, x, w));
  }
  PetscCall(KarInnovationMultiply(in, x));
  if (w) PetscCall(VecAXPY(x, 1, w));
  PetscCall(VecDestroy(&w));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode MultM(Mat M, Vec z, Vec y)
{
  KarInnovation in;

  PetscFunctionBegin;
  PetscCall(MatShellGetContext(M, &in));
  PetscCall(MatMultTranspose(in->obs->H, z, in->obs->w));
  PetscCall(Total(in, in->obs->w));
  PetscCall(MatMult(in->obs->H, in->obs->w, y));
  PetscCall(VecPointwiseMult(in->z, in->obs->variance, z));
  PetscCall(VecAXPY(y, 1, in->z));
  PetscCall(KarObservationAddOffsets(in->obs, z, y));
  if (in->extra) {
    PetscCall(VecPointwiseMult(in->z, in->extra, z));
    PetscCall(VecAXPY(y, 1, in->z));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* M column by column. */
static PetscErrorCode FillColumns(KarInnovation in)
{
  const PetscInt m = in->obs->m;
  PetscReal     *e;
  Vec            z, y;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(m, &e));
  PetscCall(KarObservationCreateData(in->obs, &z));
  PetscCall(KarObservationCreateData(in->obs, &y));
  for (PetscInt j = 0; j < m; j++) {
    e[j] = 1;
    PetscCall(KarObservationSetData(in->obs, m, e, z));
    e[j] = 0;
    PetscCall(MultM(in->M, z, y));
    PetscCall(KarObservationGatherData(in->obs, y, in->factor + j * m));
  }
  PetscCall(VecDestroy(&z));
  PetscCall(VecDestroy(&y));
  PetscCall(PetscFree(e));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Where each datum is, as a number of the grid's points and components; the same on every rank. */
static PetscErrorCode Places(KarObservation obs, const KarGridInfo *info, PetscInt at[])
{
  PetscFunctionBegin;
  PetscCall(PetscArrayzero(at, obs->m));
  for (PetscInt i = 0; i < obs->local; i++) at[obs->number[i]] = obs->index[i] + info->start * info->plane;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, at, (PetscMPIInt)obs->m, MPIU_INT, MPI_SUM, obs->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The field c, from a point of component 0 at the first point of the grid, which is that of the data. */
static PetscErrorCode Correlate(KarInnovation in, const KarGridInfo *info)
{
  KarObservation obs = in->obs;
  PetscScalar   *a;

  PetscFunctionBegin;
  PetscCall(VecZeroEntries(obs->field));
  PetscCall(VecGetArray(obs->field, &a));
  if (info->start == 0 && info->ln) a[0] = (PetscReal)info->n[0] * (PetscReal)info->n[1] * (PetscReal)info->n[2];
  PetscCall(VecRestoreArray(obs->field, &a));
  PetscCall(KarFFTForward(obs->at, obs->field, obs->up ? obs->low : obs->w));
  if (obs->up) PetscCall(KarResampleApply(obs->up, obs->low, obs->w));
  for (int twice = 0; twice < 2; twice++) PetscCall(KarFFTMultiply(obs->fft, obs->multiplier, obs->w));
  PetscCall(Total(in, in->obs->w));
  if (obs->down) PetscCall(KarResampleApply(obs->down, obs->w, obs->low));
  PetscCall(KarFFTInverse(obs->at, obs->down ? obs->low : obs->w, obs->field));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Each rank fills in what its slab of c holds. */
static PetscErrorCode FillStationary(KarInnovation in, const KarGridInfo *info)
{
  const PetscInt     m = in->obs->m;
  const PetscScalar *c;
  PetscReal         *r;
  PetscInt          *at;

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(m, &at, m, &r));
  PetscCall(Places(in->obs, info, at));
  PetscCall(Correlate(in, info));
  PetscCall(VecGetArrayRead(in->obs->field, &c));
  for (PetscInt j = 0; j < m; j++)
    for (PetscInt i = j; i < m; i++) {
      const PetscInt a = at[i] / info->dof, b = at[j] / info->dof, n1 = info->n[1], n2 = info->n[2];
      const PetscInt d0 = (a / n2 / n1 - b / n2 / n1 + info->n[0]) % info->n[0] - info->start;
      const PetscInt d1 = (a / n2 % n1 - b / n2 % n1 + n1) % n1, d2 = (a % n2 - b % n2 + n2) % n2;

      if (d0 >= 0 && d0 < info->ln && at[i] % info->dof == at[j] % info->dof)
        in->factor[j * m + i] = c[((d0 * n1 + d1) * n2 + d2) * info->dof];
    }
  PetscCall(VecRestoreArrayRead(in->obs->field, &c));
  for (PetscInt j = 0; j < m; j++)
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, in->factor + j * m, (PetscMPIInt)m, MPIU_REAL, MPIU_SUM, in->obs->comm));
  PetscCall(KarObservationGatherData(in->obs, in->obs->variance, r));
  for (PetscInt i = 0; i < m; i++) in->factor[i * m + i] += r[i];
  for (PetscInt j = 0; in->obs->groups && j < m; j++)
    for (PetscInt i = j; in->obs->group[j] && i < m; i++)
      if (in->obs->group[i] == in->obs->group[j]) in->factor[j * m + i] += PetscSqr(in->obs->offset);
  PetscCall(PetscFree2(at, r));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* in->factor <- M of H' as it is. */
static PetscErrorCode Fill(KarInnovation in)
{
  KarObservation obs = in->obs;
  KarGrid        grid;
  KarGridInfo    info;

  PetscFunctionBegin;
  PetscCall(PetscArrayzero(in->factor, obs->m * obs->m));
  PetscCall(KarFFTGetGrid(obs->ops.apply ? obs->fft : obs->at, &grid));
  PetscCall(KarGridGetInfo(grid, &info));
  if (obs->index && !obs->ops.apply && !in->project && info.basis == KAR_BASIS_PERIODIC)
    PetscCall(FillStationary(in, &info));
  else PetscCall(FillColumns(in));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarInnovationFactorise(KarInnovation in)
{
  const PetscInt m = in->obs->m;
  PetscBLASInt   n, wrong;

  PetscFunctionBegin;
  PetscCall(PetscBLASIntCast(m, &n));
  in->obs->factors++;
  LAPACKpotrf_("L", &n, in->factor, &n, &wrong);
  KarCheck(in->obs->comm, !wrong, PETSC_ERR_MAT_CH_ZRPVT,
           "the covariance of the data has no Cholesky factor, at datum %d: the noise is too small, raise -obs_noise",
           (int)wrong - 1);
  in->logdet = 0;
  for (PetscInt i = 0; i < m; i++) in->logdet += 2 * PetscLogReal(in->factor[i * m + i]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The matrix of linear data: with R where H is linear; else kept without it, for each linearisation. */
static PetscErrorCode SetUpDense(KarInnovation in)
{
  KarObservation obs = in->obs;
  const PetscInt m   = obs->m;
  PetscReal     *r;
  PetscBool      linear;

  PetscFunctionBegin;
  PetscCall(KarObservationIsLinear(obs, &linear));
  PetscCall(PetscCalloc2(m * m, &in->factor, m, &in->work));
  if (obs->ops.value) PetscFunctionReturn(PETSC_SUCCESS);
  if (obs->slope) PetscCall(VecSet(obs->slope, 1));
  PetscCall(Fill(in));
  if (linear) {
    PetscCall(KarInnovationFactorise(in));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(PetscMalloc2(m * m, &in->base, m, &r));
  PetscCall(PetscArraycpy(in->base, in->factor, m * m));
  PetscCall(KarObservationGatherData(obs, obs->variance, r));
  for (PetscInt i = 0; i < m; i++) in->base[i * m + i] -= r[i];
  in->noise = r;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarInnovationRefill(KarInnovation in)
{
  PetscFunctionBegin;
  PetscCall(Fill(in));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarInnovationCreate(KarObservation obs, const PetscReal gamma[], KarCov project,
                                   KarInnovation *innovation)
{
  const KarModes *m;
  KarInnovation   in;
  PetscBool       solenoidal = PETSC_FALSE;

  PetscFunctionBegin;
  PetscCall(KarObservationSetUp(obs));
  PetscCall(PetscNew(&in));
  *innovation = in;
  PetscCall(KarObservationReference(obs));
  in->obs = obs;
  if (project) PetscCall(KarCovIsSolenoidal(project, &solenoidal));
  in->project = solenoidal ? project : NULL;
  PetscCall(KarFFTGetModes(obs->fft, &m));
  PetscCall(PetscMalloc1(m->rows * m->length, &in->gamma));
  PetscCall(PetscArraycpy(in->gamma, gamma, m->rows * m->length));
  PetscCall(KarObservationCreateData(obs, &in->z));
  PetscCall(MatCreateShell(obs->comm, obs->local, obs->local, obs->m, obs->m, in, &in->M));
  PetscCall(MatShellSetOperation(in->M, MATOP_MULT, (void (*)(void))MultM));
  if (obs->m <= obs->dense) PetscCall(SetUpDense(in));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarInnovationDestroy(KarInnovation *innovation)
{
  KarInnovation in = *innovation;

  PetscFunctionBegin;
  if (in) {
    PetscCall(MatDestroy(&in->M));
    PetscCall(VecDestroy(&in->z));
    PetscCall(PetscFree(in->gamma));
    PetscCall(VecDestroy(&in->extra));
    PetscCall(PetscFree2(in->factor, in->work));
    PetscCall(PetscFree2(in->base, in->noise));
    PetscCall(KarObservationDestroy(&in->obs));
  }
  PetscCall(PetscFree(*innovation));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Conjugate gradients on M, at most `most` products; *done is false where they did not suffice. */
static PetscErrorCode Iterate(KarInnovation in, PetscInt most, Vec e, Vec z, PetscBool *done)
{
  KSP                ksp = in->obs->ksp;
  KSPConvergedReason reason;
  PetscReal          rtol, atol, dtol;
  PetscInt           all;
  Vec                copy = NULL;

  PetscFunctionBegin;
  PetscCall(KSPSetOperators(ksp, in->M, in->M));
  if (z == e) {
    PetscCall(VecDuplicate(e, &copy));
    PetscCall(VecCopy(e, copy));
  }
  PetscCall(KSPGetTolerances(ksp, &rtol, &atol, &dtol, &all));
  PetscCall(KSPSetTolerances(ksp, rtol, atol, dtol, PetscMin(most, all)));
  PetscCall(KSPSolve(ksp, copy ? copy : e, z));
  PetscCall(KSPSetTolerances(ksp, rtol, atol, dtol, all));
  PetscCall(KarInnovationCount(in, ksp));
  PetscCall(KSPGetConvergedReason(ksp, &reason));
  KarCheck(in->obs->comm, reason > 0 || (reason == KSP_DIVERGED_ITS && most < all), PETSC_ERR_NOT_CONVERGED,
           "the solve with the data's covariance stopped: %s; raise -obs_ksp_max_it or -obs_noise",
           KSPConvergedReasons[reason]);
  *done = (PetscBool)(reason > 0);
  PetscCall(VecDestroy(&copy));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* With -obs_solve auto M is tried first, by few products: where the field is smooth and the noise small it needs very
   many. Where it needs more than some, the observation is solved for the field once too, and from here on by what
   needs fewer products. */
static PetscErrorCode Try(KarInnovation in, Vec e, Vec z, PetscBool *done)
{
  KarObservation obs = in->obs;
  PetscBool      field;
  PetscInt       n, other;
  Vec            first;

  PetscFunctionBegin;
  PetscCall(VecDuplicate(e, &first));
  PetscCall(VecCopy(e, first));
  PetscCall(Iterate(in, 100, first, z, done));
  PetscCall(KSPGetIterationNumber(obs->ksp, &n));
  if (!*done || n > 25) {
    Vec other_z;

    PetscCall(VecDuplicate(e, &other_z));
    PetscCall(KarInnovationSolveField(in, first, other_z, &field));
    PetscCall(KSPGetIterationNumber(obs->field_ksp, &other));
    obs->solve = field && (!*done || other < n) ? KAR_SOLVE_FIELD : KAR_SOLVE_DATA;
    if (!*done && field) PetscCall(VecCopy(other_z, z));
    else if (!*done) PetscCall(Iterate(in, PETSC_MAX_INT, first, z, done));
    *done = PETSC_TRUE;
    PetscCall(VecDestroy(&other_z));
  }
  PetscCall(VecDestroy(&first));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarInnovationSolve(KarInnovation in, Vec e, Vec z)
{
  PetscBLASInt n, one = 1, wrong;
  PetscBool    done;

  PetscFunctionBegin;
  in->obs->solves++;
  PetscCall(KarInnovationLog(PETSC_TRUE));
  if (in->factor) {
    PetscCall(PetscBLASIntCast(in->obs->m, &n));
    PetscCall(KarObservationGatherData(in->obs, e, in->work));
    LAPACKpotrs_("L", &n, &one, in->factor, &n, in->work, &n, &wrong);
    PetscCall(KarObservationSetData(in->obs, in->obs->m, in->work, z));
  } else if (in->obs->solve == KAR_SOLVE_AUTO) PetscCall(Try(in, e, z, &done));
  else if (in->obs->solve == KAR_SOLVE_FIELD) PetscCall(KarInnovationSolveField(in, e, z, &done));
  else PetscCall(Iterate(in, PETSC_MAX_INT, e, z, &done));
  PetscCall(KarInnovationLog(PETSC_FALSE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarInnovationCorrect(KarInnovation in, Vec e, Vec d)
{
  KarObservation obs = in->obs;
  PetscBool      done;
  Vec            z;

  PetscFunctionBegin;
  if (!in->factor && obs->solve == KAR_SOLVE_FIELD) {
    obs->solves++;
    PetscCall(KarInnovationLog(PETSC_TRUE));
    PetscCall(KarInnovationCorrectField(in, e, d, &done));
    PetscCall(KarInnovationLog(PETSC_FALSE));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(VecDuplicate(e, &z));
  PetscCall(KarInnovationSolve(in, e, z));
  PetscCall(MatMultTranspose(obs->H, z, obs->w));
  PetscCall(KarInnovationMultiply(in, obs->w));
  PetscCall(VecAXPY(d, 1, obs->w));
  PetscCall(VecDestroy(&z));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The squares of each row of the factor. */
PetscErrorCode KarInnovationGetVariance(KarInnovation in, Vec variance, PetscBool *has)
{
  const PetscInt m = in->obs->m;

  PetscFunctionBegin;
  PetscCall(KarInnovationHasDensity(in, has));
  if (!*has) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscArrayzero(in->work, m));
  for (PetscInt j = 0; j < m; j++)
    for (PetscInt i = j; i < m; i++) in->work[i] += PetscSqr(in->factor[j * m + i]);
  PetscCall(KarObservationSetData(in->obs, m, in->work, variance));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarInnovationHasDensity(KarInnovation in, PetscBool *has)
{
  PetscFunctionBegin;
  *has = (PetscBool)(in->factor != NULL);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarInnovationLogDensity(KarInnovation in, Vec e, PetscReal *value)
{
  Vec       z;
  PetscReal square;

  PetscFunctionBegin;
  KarCheck(in->obs->comm, in->factor, PETSC_ERR_SUP,
           "the density of %" PetscInt_FMT " data needs the factor of their covariance: raise -obs_dense", in->obs->m);
  PetscCall(VecDuplicate(e, &z));
  PetscCall(KarInnovationSolve(in, e, z));
  PetscCall(VecDot(e, z, &square));
  *value = -0.5 * (square + in->logdet + (PetscReal)in->obs->m * PetscLogReal(2 * PETSC_PI));
  PetscCall(VecDestroy(&z));
  PetscFunctionReturn(PETSC_SUCCESS);
}
