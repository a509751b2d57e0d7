/* Gamma H* M^-1 e = (Gamma^-1 + H* R^-1 H)^-1 H* R^-1 e, solved for the field instead of the data. Conjugate gradients
   on M need as many products as M's condition number asks for, up to |Gamma|/R; here, with P = Gamma/(1 + tau Gamma),
   the inverse of Gamma^-1 + tau, and tau the mean of H* R^-1 H over what the data see,

     (1/(1 + tau Gamma) + P^1/2 H* R^-1 H P^1/2) v = P^1/2 H* R^-1 e,    u = P^1/2 v,

   whose condition number is that of the data's density over its mean where the data resolve the field, whatever R is.
   Two transforms a product, as before. Gamma may be 0. Not with a field of errors. And M^-1 e = R^-1 (e - H u). */
#include "innovationimpl.h"

typedef struct {
  KarInnovation in;
  PetscReal    *root, *rest; /* P^1/2 and 1/(1 + tau Gamma), by modes */
  Vec           precision;   /* R^-1 */
} Field;

static PetscErrorCode Precision(Field *f)
{
  const KarInnovation in = f->in;

  PetscFunctionBegin;
  PetscCall(VecDuplicate(in->obs->variance, &f->precision));
  PetscCall(VecCopy(in->obs->variance, f->precision));
  if (in->extra) PetscCall(VecAXPY(f->precision, 1, in->extra));
  PetscCall(VecReciprocal(f->precision));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* z <- R^-1 z, with the offsets of groups in R. */
static PetscErrorCode Weigh(const Field *f, Vec z)
{
  PetscFunctionBegin;
  PetscCall(VecPointwiseMult(z, f->precision, z));
  PetscCall(KarObservationDropOffsets(f->in->obs, f->precision, z));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* w <- H* R^-1 H w */
static PetscErrorCode Seen(const Field *f, Vec w)
{
  PetscFunctionBegin;
  PetscCall(MatMult(f->in->obs->H, w, f->in->z));
  PetscCall(Weigh(f, f->in->z));
  PetscCall(MatMultTranspose(f->in->obs->H, f->in->z, w));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* x <- P^1/2 x, of fields without divergence where Gamma is of these. */
static PetscErrorCode Root(const Field *f, Vec x)
{
  PetscFunctionBegin;
  PetscCall(KarFFTMultiply(f->in->obs->fft, f->root, x));
  if (f->in->project) PetscCall(KarCovProject(f->in->project, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Mult(Mat A, Vec v, Vec y)
{
  Field *f;
  Vec    w;

  PetscFunctionBegin;
  PetscCall(MatShellGetContext(A, &f));
  w = f->in->obs->w;
  PetscCall(VecCopy(v, w));
  PetscCall(Root(f, w));
  PetscCall(Seen(f, w));
  PetscCall(Root(f, w));
  PetscCall(VecCopy(v, y));
  PetscCall(KarFFTMultiply(f->in->obs->fft, f->rest, y));
  PetscCall(VecAXPY(y, 1, w));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* tau, by the field Gamma H* R^-1 e, and with it P. seen: H* R^-1 e. */
static PetscErrorCode Precondition(Field *f, Vec seen)
{
  const KarInnovation in = f->in;
  const KarModes     *m;
  PetscReal           square, tau;
  PetscScalar         product;
  Vec                 v;

  PetscFunctionBegin;
  PetscCall(VecDuplicate(seen, &v));
  PetscCall(VecCopy(seen, v));
  PetscCall(KarInnovationMultiply(in, v));
  PetscCall(VecCopy(v, in->obs->w));
  PetscCall(Seen(f, in->obs->w));
  PetscCall(VecDot(in->obs->w, v, &product));
  PetscCall(VecNorm(v, NORM_2, &square));
  square *= square;
  tau = square > 0 ? PetscRealPart(product) / square : 0;
  PetscCall(KarFFTGetModes(in->obs->fft, &m));
  for (PetscInt i = 0; i < m->rows * m->length; i++) {
    f->rest[i] = 1 / (1 + tau * in->gamma[i]);
    f->root[i] = PetscSqrtReal(in->gamma[i] * f->rest[i]);
  }
  PetscCall(VecDestroy(&v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarInnovationCorrectField(KarInnovation in, Vec e, Vec d, PetscBool *done)
{
  KarObservation     obs = in->obs;
  const KarModes    *m;
  Field              f = {.in = in};
  KSPConvergedReason reason;
  PetscInt           local, all;
  Mat                A;
  Vec                b, v;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(obs->fft, &m));
  PetscCall(PetscMalloc2(m->rows * m->length, &f.root, m->rows * m->length, &f.rest));
  PetscCall(Precision(&f));
  PetscCall(VecDuplicate(obs->w, &b));
  PetscCall(VecDuplicate(obs->w, &v));
  PetscCall(VecCopy(e, in->z));
  PetscCall(Weigh(&f, in->z));
  PetscCall(MatMultTranspose(obs->H, in->z, b));
  PetscCall(Precondition(&f, b));
  PetscCall(Root(&f, b));
  PetscCall(VecGetLocalSize(b, &local));
  PetscCall(VecGetSize(b, &all));
  PetscCall(MatCreateShell(obs->comm, local, local, all, all, &f, &A));
  PetscCall(MatShellSetOperation(A, MATOP_MULT, (void (*)(void))Mult));
  PetscCall(KSPSetOperators(obs->field_ksp, A, A));
  PetscCall(KSPSolve(obs->field_ksp, b, v));
  PetscCall(KarInnovationCount(in, obs->field_ksp));
  PetscCall(KSPGetConvergedReason(obs->field_ksp, &reason));
  *done = (PetscBool)(reason > 0);
  KarCheck(obs->comm, *done || obs->solve == KAR_SOLVE_AUTO, PETSC_ERR_NOT_CONVERGED,
           "the solve for the field given the data stopped: %s; raise -obs_ksp_max_it or -obs_noise",
           KSPConvergedReasons[reason]);
  if (*done) {
    PetscCall(Root(&f, v));
    PetscCall(VecAXPY(d, 1, v));
  }
  PetscCall(KSPReset(obs->field_ksp));
  PetscCall(MatDestroy(&A));
  PetscCall(VecDestroy(&b));
  PetscCall(VecDestroy(&v));
  PetscCall(VecDestroy(&f.precision));
  PetscCall(PetscFree2(f.root, f.rest));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarInnovationSolveField(KarInnovation in, Vec e, Vec z, PetscBool *done)
{
  KSP       ksp = in->obs->field_ksp;
  Field     f   = {.in = in};
  PetscReal rtol, atol, dtol;
  PetscInt  most;
  Vec       u, left;

  PetscFunctionBegin;
  PetscCall(VecDuplicate(in->obs->w, &u));
  PetscCall(VecZeroEntries(u));
  PetscCall(VecDuplicate(e, &left));
  PetscCall(VecCopy(e, left));
  PetscCall(KSPGetTolerances(ksp, &rtol, &atol, &dtol, &most));
  PetscCall(KSPSetTolerances(ksp, PetscMin(rtol, 1e-12), atol, dtol, most)); /* R^-1 makes errors of H u large */
  PetscCall(KarInnovationCorrectField(in, e, u, done));
  PetscCall(KSPSetTolerances(ksp, rtol, atol, dtol, most));
  if (*done) {
    PetscCall(MatMult(in->obs->H, u, in->z));
    PetscCall(VecAXPY(left, -1, in->z));
    PetscCall(Precision(&f));
    PetscCall(Weigh(&f, left));
    PetscCall(VecDestroy(&f.precision));
    PetscCall(VecCopy(left, z));
  }
  PetscCall(VecDestroy(&left));
  PetscCall(VecDestroy(&u));
  PetscFunctionReturn(PETSC_SUCCESS);
}
