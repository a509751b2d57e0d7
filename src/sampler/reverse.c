/* The reversed process: its noise, and its probability flow for PETSc's own types.
     dY/dtau = alpha Y + g^2/2 s,   s = (a d - x)/s^2        (docs/mathematics.md §3; with the path `flow` it is flow matching's equation) */
#include <karhunen/impl/sampler.h>

PetscErrorCode KarReverseDraw(KarReverse *reverse, Vec w)
{
  const PetscInt fine = PetscMax(reverse->coupling, 1);

  PetscFunctionBegin;
  if (reverse->draw) {
    PetscCall(reverse->draw(reverse->draw_ctx, reverse->key, w));
    reverse->key.step++;
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KarCovSample(reverse->cov, reverse->key, w));
  reverse->key.step++;
  for (PetscInt j = 1; j < fine; j++) { /* the increment over a step is the sum over its parts, here at unit variance */
    if (!reverse->d) PetscCall(VecDuplicate(w, &reverse->d));
    PetscCall(KarCovSample(reverse->cov, reverse->key, reverse->d));
    PetscCall(VecAXPY(w, 1, reverse->d));
    reverse->key.step++;
  }
  if (fine > 1) PetscCall(VecScale(w, 1 / PetscSqrtReal((PetscReal)fine)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarReverseSetUp(KarReverse *reverse, PetscInt cost)
{
  const KarModes *m;
  KarFFT          fft;
  KarGrid         grid;
  KarGridInfo     info;

  PetscFunctionBegin;
  if (reverse->ready) PetscFunctionReturn(PETSC_SUCCESS);
  if (reverse->score) PetscCall(KarScoreSetUp(reverse->score));
  PetscCall(KarSDESetUp(reverse->sde));
  PetscCall(KarSDEGetCovariance(reverse->sde, &reverse->cov));
  PetscCall(KarCovGetFFT(reverse->cov, &fft));
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &info));
  PetscCall(KarSDEIsScalar(reverse->sde, &reverse->scalar));
  PetscCall(KarSDEGetFinalTime(reverse->sde, &reverse->T));
  reverse->n     = m->rows * m->length;
  reverse->group = m->dof * m->width;
  for (PetscInt j = 0; j <= KAR_PAST && !reverse->scalar; j++)
    if (!reverse->path[j]) PetscCall(PetscMalloc1(reverse->n, &reverse->path[j]));
  PetscCall(KarReverseMakeTimes(reverse, info.comm, cost));
  reverse->ready = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarReverseRHS(TS ts, PetscReal s, Vec x, Vec f, void *ctx)
{
  KarReverse        *reverse = ctx;
  const PetscReal    t       = PetscMax(reverse->T - s, reverse->t[reverse->steps]);
  const PetscScalar *in, *d;
  PetscScalar       *out;
  KarPath            p;

  PetscFunctionBegin;
  if (!reverse->d) PetscCall(VecDuplicate(x, &reverse->d));
  PetscCall(KarScoreDenoise(reverse->score, t, x, reverse->d));
  if (reverse->scalar) PetscCall(KarSDEGetPath(reverse->sde, t, &p));
  else PetscCall(KarSDEGetPathModes(reverse->sde, t, reverse->path[0]));
  PetscCall(VecGetArrayRead(x, &in));
  PetscCall(VecGetArrayRead(reverse->d, &d));
  PetscCall(VecGetArrayWrite(f, &out));
  for (PetscInt i = 0; i < reverse->n; i++) {
    if (!reverse->scalar) p = reverse->path[0][i];
    const PetscReal alpha = -p.da / p.a, s2 = PetscSqr(p.s), half = (p.ds2 + 2 * alpha * s2) / 2 / s2;

    for (PetscInt c = i * reverse->group; c < (i + 1) * reverse->group; c++) out[c] = alpha * in[c] + half * (p.a * d[c] - in[c]);
  }
  PetscCall(VecRestoreArrayWrite(f, &out));
  PetscCall(VecRestoreArrayRead(reverse->d, &d));
  PetscCall(VecRestoreArrayRead(x, &in));
  PetscFunctionReturn(PETSC_SUCCESS);
}
