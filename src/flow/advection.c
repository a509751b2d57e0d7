/* The advection of a plane flow by coordinates of its vorticity, with the 2/3 rule, and its derivative:
     N(w) = -u.grad w = -J(psi, w),   -Lap psi = w,   J(a, b) = a_y b_x - a_x b_y,
     N'(w) v = -J(psi_v, w) - J(psi_w, v);   and since <J(a, b), c> = <a, J(b, c)> for dealiased products,
     N'(w)* z = -(-Lap)^-1 J(w, z) - J(z, psi_w). */
#include <karhunen/flow.h>

struct _p_KarAdvection {
  KarFFT     fft; /* owned reference */
  PetscReal *keep, *inverse;
  Vec        w, slope;                     /* coordinates */
  Vec        product, at[4], v[2], psi[2]; /* fields: products, and slopes along y and x */
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
  PetscCall(VecDuplicate(s->w, &s->slope));
  PetscCall(KarGridCreateField(grid, &s->product));
  for (int i = 0; i < 4; i++) PetscCall(VecDuplicate(s->product, &s->at[i]));
  for (int i = 0; i < 2; i++) {
    PetscCall(VecDuplicate(s->product, &s->v[i]));
    PetscCall(VecDuplicate(s->product, &s->psi[i]));
  }
  *out = s;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarAdvectionDestroy(KarAdvection *advection)
{
  KarAdvection s = *advection;

  PetscFunctionBegin;
  if (!s) PetscFunctionReturn(PETSC_SUCCESS);
  for (int i = 0; i < 4; i++) PetscCall(VecDestroy(&s->at[i]));
  for (int i = 0; i < 2; i++) {
    PetscCall(VecDestroy(&s->v[i]));
    PetscCall(VecDestroy(&s->psi[i]));
  }
  PetscCall(VecDestroy(&s->product));
  PetscCall(VecDestroy(&s->w));
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

/* to <- the slopes of m x along y and x, fields. */
static PetscErrorCode Slopes(KarAdvection s, const PetscReal m[], Vec x, Vec to[2])
{
  PetscFunctionBegin;
  PetscCall(VecCopy(x, s->w));
  PetscCall(KarFFTMultiply(s->fft, m, s->w));
  for (PetscInt axis = 0; axis < 2; axis++) { /* axis 0 is y */
    PetscCall(KarFFTDerivative(s->fft, axis, s->w, s->slope));
    PetscCall(KarFFTInverse(s->fft, s->slope, to[axis]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* product <- -J(a, b) of the slopes of a and b, or added to it. */
static PetscErrorCode Jacobian(KarAdvection s, const Vec a[2], const Vec b[2], InsertMode mode)
{
  const PetscScalar *ay, *ax, *by, *bx;
  PetscScalar       *product;
  PetscInt           n;

  PetscFunctionBegin;
  if (mode == INSERT_VALUES) PetscCall(VecZeroEntries(s->product));
  PetscCall(VecGetLocalSize(s->product, &n));
  PetscCall(VecGetArrayRead(a[0], &ay));
  PetscCall(VecGetArrayRead(a[1], &ax));
  PetscCall(VecGetArrayRead(b[0], &by));
  PetscCall(VecGetArrayRead(b[1], &bx));
  PetscCall(VecGetArray(s->product, &product));
  for (PetscInt i = 0; i < n; i++) product[i] += ax[i] * by[i] - ay[i] * bx[i];
  PetscCall(VecRestoreArray(s->product, &product));
  PetscCall(VecRestoreArrayRead(b[1], &bx));
  PetscCall(VecRestoreArrayRead(b[0], &by));
  PetscCall(VecRestoreArrayRead(a[1], &ax));
  PetscCall(VecRestoreArrayRead(a[0], &ay));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* out <- m times the modes of the product. */
static PetscErrorCode Modes(KarAdvection s, const PetscReal m[], Vec out)
{
  PetscFunctionBegin;
  PetscCall(KarFFTForward(s->fft, s->product, out));
  PetscCall(KarFFTMultiply(s->fft, m, out));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarAdvectionSlopes(KarAdvection s, Vec w, Vec at[4])
{
  PetscFunctionBegin;
  PetscCall(Slopes(s, s->inverse, w, at));
  PetscCall(Slopes(s, s->keep, w, at + 2));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarAdvectionApplyAt(KarAdvection s, const Vec at[4], Vec out)
{
  PetscFunctionBegin;
  PetscCall(Jacobian(s, at, at + 2, INSERT_VALUES));
  PetscCall(Modes(s, s->keep, out));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarAdvectionDerivativeAt(KarAdvection s, const Vec at[4], Vec v, PetscBool transposed, Vec out)
{
  const Vec *psi = at, *w = at + 2;

  PetscFunctionBegin;
  PetscCall(Slopes(s, s->keep, v, s->v));
  if (transposed) {
    PetscCall(Jacobian(s, w, s->v, INSERT_VALUES));
    PetscCall(Modes(s, s->inverse, s->w));
    PetscCall(Jacobian(s, s->v, psi, INSERT_VALUES));
    PetscCall(Modes(s, s->keep, out));
    PetscCall(VecAXPY(out, 1, s->w));
  } else {
    PetscCall(Slopes(s, s->inverse, v, s->psi));
    PetscCall(Jacobian(s, s->psi, w, INSERT_VALUES));
    PetscCall(Jacobian(s, psi, s->v, ADD_VALUES));
    PetscCall(Modes(s, s->keep, out));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarAdvectionApply(KarAdvection s, Vec w, Vec out)
{
  PetscFunctionBegin;
  PetscCall(KarAdvectionSlopes(s, w, s->at));
  PetscCall(KarAdvectionApplyAt(s, s->at, out));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarAdvectionDerivative(KarAdvection s, Vec w, Vec v, PetscBool transposed, Vec out)
{
  PetscFunctionBegin;
  PetscCall(KarAdvectionSlopes(s, w, s->at));
  PetscCall(KarAdvectionDerivativeAt(s, s->at, v, transposed, out));
  PetscFunctionReturn(PETSC_SUCCESS);
}
