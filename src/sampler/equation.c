/* What is solved: its noise, and its probability flow for PETSc's own types.
     dY/dtau = alpha Y + g^2/2 s,   s = (a d - x)/s^2        (docs/mathematics.md §3; with the path `flow` it is flow
     matching's equation) */
#include <karhunen/impl/sampler.h>

PetscErrorCode KarEquationDraw(KarEquation *equation, Vec w)
{
  const PetscInt fine = PetscMax(equation->coupling, 1);

  PetscFunctionBegin;
  if (equation->draw) {
    PetscCall(equation->draw(equation->draw_ctx, equation->key, w));
    equation->key.step++;
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KarCovSample(equation->cov, equation->key, w));
  equation->key.step++;
  for (PetscInt j = 1; j < fine; j++) { /* the increment over a step is the sum over its parts, here at unit variance */
    if (!equation->d) PetscCall(VecDuplicate(w, &equation->d));
    PetscCall(KarCovSample(equation->cov, equation->key, equation->d));
    PetscCall(VecAXPY(w, 1, equation->d));
    equation->key.step++;
  }
  if (fine > 1) PetscCall(VecScale(w, 1 / PetscSqrtReal((PetscReal)fine)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarEquationSetUp(KarEquation *equation, PetscInt cost)
{
  const KarModes *m;
  KarFFT          fft;
  KarGrid         grid;
  KarGridInfo     info;

  PetscFunctionBegin;
  if (equation->ready) PetscFunctionReturn(PETSC_SUCCESS);
  if (equation->score) PetscCall(KarScoreSetUp(equation->score));
  if (equation->control) PetscCall(KarControlSetUp(equation->control));
  PetscCall(KarSDESetUp(equation->sde));
  PetscCall(KarSDEGetLinear(equation->sde, &equation->linear));
  PetscCall(KarSDEGetCovariance(equation->sde, &equation->cov));
  PetscCall(KarCovGetFFT(equation->cov, &fft));
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &info));
  PetscCall(KarSDEIsScalar(equation->sde, &equation->scalar));
  PetscCall(KarSDEGetFinalTime(equation->sde, &equation->T));
  equation->n     = m->rows * m->length;
  equation->group = m->dof * m->width;
  for (PetscInt j = 0; j <= KAR_PAST && !equation->scalar; j++)
    if (!equation->path[j]) PetscCall(PetscMalloc1(equation->n, &equation->path[j]));
  PetscCall(KarEquationMakeTimes(equation, info.comm, cost));
  equation->ready = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarEquationRHS(TS ts, PetscReal s, Vec x, Vec f, void *ctx)
{
  KarEquation       *equation = ctx;
  const PetscReal    t        = PetscMax(equation->T - s, equation->t[equation->steps]);
  const PetscScalar *in, *d;
  PetscScalar       *out;
  KarPath            p;

  PetscFunctionBegin;
  if (!equation->d) PetscCall(VecDuplicate(x, &equation->d));
  PetscCall(KarScoreDenoise(equation->score, t, x, equation->d));
  if (equation->scalar) PetscCall(KarSDEGetPath(equation->sde, t, &p));
  else PetscCall(KarSDEGetPathModes(equation->sde, t, equation->path[0]));
  PetscCall(VecGetArrayRead(x, &in));
  PetscCall(VecGetArrayRead(equation->d, &d));
  PetscCall(VecGetArrayWrite(f, &out));
  for (PetscInt i = 0; i < equation->n; i++) {
    if (!equation->scalar) p = equation->path[0][i];
    const PetscReal alpha = -p.da / p.a, s2 = PetscSqr(p.s), half = (p.ds2 + 2 * alpha * s2) / 2 / s2;

    for (PetscInt c = i * equation->group; c < (i + 1) * equation->group; c++)
      out[c] = alpha * in[c] + half * (p.a * d[c] - in[c]);
  }
  PetscCall(VecRestoreArrayWrite(f, &out));
  PetscCall(VecRestoreArrayRead(equation->d, &d));
  PetscCall(VecRestoreArrayRead(x, &in));
  PetscFunctionReturn(PETSC_SUCCESS);
}
