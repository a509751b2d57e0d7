/* The advection of a plane flow by coordinates of its vorticity, with the 2/3 rule, and its derivative:
     N(w) = -u.grad w = -J(psi, w),   -Lap psi = w,   J(a, b) = a_y b_x - a_x b_y,
     N'(w) v = -J(psi_v, w) - J(psi_w, v);   and since <J(a, b), c> = <a, J(b, c)> for dealiased products,
     N'(w)* z = -(-Lap)^-1 J(w, z) - J(z, psi_w). */
#include <karhunen/flow.h>

struct _p_KarAdvection {
  KarFFT     fft; /* owned reference */
  PetscReal *keep, *inverse;
  Vec        w, v, psi, extra, slope, a[4]; /* coordinates; a: fields */
};

static PetscReal Keep(const KarMode *mode, void *ctx)
{
  const KarModes *m = ctx;

  for (int a = 0; a < 2; a++)
    if (3 * PetscAbsInt(mode->index[a]) >= m->n[a]) return 0;
  return mode->k2 == 0 ? 0 : 1;
}

static PetscReal Inverse(const KarMode *mode, void *ctx)
{
  return Keep(mode, ctx) > 0 ? 1 / mode->k2 : 0;
}

PetscErrorCode KarAdvectionCreate(KarFFT fft, KarAdvection *out)
{
  const KarModes *m;
  KarAdvection    s;
  KarGrid         grid;
  KarGridInfo     info;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &info));
  KarCheck(info.comm, m->dim == 2 && m->dof == 1 && m->basis == KAR_BASIS_PERIODIC, PETSC_ERR_USER_INPUT,
           "a plane flow is its vorticity in a periodic box, one number a point: give fields of two axes, as -grid_n "
           "64,64");
  PetscCall(PetscNew(&s));
  PetscCall(KarFFTReference(fft));
  s->fft = fft;
  PetscCall(KarFFTCreateMultiplier(fft, Keep, (void *)m, &s->keep));
  PetscCall(KarFFTCreateMultiplier(fft, Inverse, (void *)m, &s->inverse));
  PetscCall(KarFFTCreateCoordinates(fft, &s->w));
  PetscCall(VecDuplicate(s->w, &s->v));
  PetscCall(VecDuplicate(s->w, &s->psi));
  PetscCall(VecDuplicate(s->w, &s->extra));
  PetscCall(VecDuplicate(s->w, &s->slope));
  for (int i = 0; i < 4; i++) PetscCall(KarGridCreateField(grid, &s->a[i]));
  *out = s;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarAdvectionDestroy(KarAdvection *advection)
{
  KarAdvection s = *advection;

  PetscFunctionBegin;
  if (!s) PetscFunctionReturn(PETSC_SUCCESS);
  for (int i = 0; i < 4; i++) PetscCall(VecDestroy(&s->a[i]));
  PetscCall(VecDestroy(&s->w));
  PetscCall(VecDestroy(&s->v));
  PetscCall(VecDestroy(&s->psi));
  PetscCall(VecDestroy(&s->extra));
  PetscCall(VecDestroy(&s->slope));
  PetscCall(PetscFree(s->keep));
  PetscCall(PetscFree(s->inverse));
  PetscCall(KarFFTDestroy(&s->fft));
  PetscCall(PetscFree(*advection));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarAdvectionGetMultipliers(KarAdvection s, const PetscReal *keep[], const PetscReal *inverse[])
{
  PetscFunctionBegin;
  if (keep) *keep = s->keep;
  if (inverse) *inverse = s->inverse;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* out <- J(a, b), on kept modes. */
static PetscErrorCode Jacobian(KarAdvection s, Vec a, Vec b, Vec out)
{
  const PetscScalar *v[4];
  PetscScalar       *product;
  PetscInt           n;

  PetscFunctionBegin;
  for (int i = 0; i < 4; i++) {
    PetscCall(KarFFTDerivative(s->fft, i % 2, i < 2 ? a : b, s->slope));
    PetscCall(KarFFTInverse(s->fft, s->slope, s->a[i]));
  }
  PetscCall(VecGetLocalSize(s->a[0], &n));
  for (int i = 1; i < 4; i++) PetscCall(VecGetArrayRead(s->a[i], &v[i]));
  PetscCall(VecGetArray(s->a[0], &product)); /* a_y b_x - a_x b_y: axis 0 is y */
  for (PetscInt i = 0; i < n; i++) product[i] = product[i] * v[3][i] - v[1][i] * v[2][i];
  PetscCall(VecRestoreArray(s->a[0], &product));
  for (int i = 1; i < 4; i++) PetscCall(VecRestoreArrayRead(s->a[i], &v[i]));
  PetscCall(KarFFTForward(s->fft, s->a[0], out));
  PetscCall(KarFFTMultiply(s->fft, s->keep, out));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* to <- m x */
static PetscErrorCode Filter(KarAdvection s, const PetscReal m[], Vec x, Vec to)
{
  PetscFunctionBegin;
  PetscCall(VecCopy(x, to));
  PetscCall(KarFFTMultiply(s->fft, m, to));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarAdvectionApply(KarAdvection s, Vec w, Vec out)
{
  PetscFunctionBegin;
  PetscCall(Filter(s, s->keep, w, s->w));
  PetscCall(Filter(s, s->inverse, w, s->psi));
  PetscCall(Jacobian(s, s->psi, s->w, out));
  PetscCall(VecScale(out, -1));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarAdvectionDerivative(KarAdvection s, Vec w, Vec v, PetscBool transposed, Vec out)
{
  PetscFunctionBegin;
  PetscCall(Filter(s, s->keep, w, s->w));
  PetscCall(Filter(s, s->keep, v, s->v));
  if (transposed) {
    PetscCall(Jacobian(s, s->w, s->v, s->extra));
    PetscCall(KarFFTMultiply(s->fft, s->inverse, s->extra));
    PetscCall(Filter(s, s->inverse, w, s->psi));
    PetscCall(Jacobian(s, s->v, s->psi, out));
  } else {
    PetscCall(Filter(s, s->inverse, v, s->psi));
    PetscCall(Jacobian(s, s->psi, s->w, s->extra));
    PetscCall(Filter(s, s->inverse, w, s->psi));
    PetscCall(Jacobian(s, s->psi, s->v, out));
  }
  PetscCall(VecAXPY(out, 1, s->extra));
  PetscCall(VecScale(out, -1));
  PetscFunctionReturn(PETSC_SUCCESS);
}
