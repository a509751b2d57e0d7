/* The reversed process: where it is evaluated, its noise, and its probability flow for PETSc's own types.
     dY/dtau = alpha Y + g^2/2 s,   s = (a d - x)/s^2        (mathematics.md §3; with the path `flow` it is flow matching's equation) */
#include "samplerimpl.h"

const char *const KarTimesNames[] = {"logsnr", "uniform", "karras", "ladder", "list", NULL};

PetscErrorCode KarReverseDraw(KarReverse *reverse, Vec w)
{
  const PetscInt fine = PetscMax(reverse->coupling, 1);

  PetscFunctionBegin;
  if (reverse->unit) {
    if (reverse->key.step++ == reverse->impulse) PetscCall(VecCopy(reverse->unit, w));
    else PetscCall(VecSet(w, 0));
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

static PetscErrorCode SpacedTimes(KarReverse *reverse, PetscReal last)
{
  const PetscInt  n   = reverse->steps;
  const PetscReal rho = 7;
  PetscReal       first_l, last_l;

  PetscFunctionBegin;
  PetscCall(KarSDEGetLogSNR(reverse->sde, reverse->T, &first_l));
  PetscCall(KarSDEGetLogSNR(reverse->sde, last, &last_l));
  for (PetscInt i = 0; i <= n; i++) {
    const PetscReal u = (PetscReal)i / (PetscReal)n, first_q = PetscExpReal(-first_l / 2 / rho), last_q = PetscExpReal(-last_l / 2 / rho);

    if (i == 0) reverse->t[i] = reverse->T;
    else if (i == n) reverse->t[i] = last;
    else if (reverse->times == KAR_TIMES_UNIFORM) reverse->t[i] = reverse->T + u * (last - reverse->T);
    else if (reverse->times == KAR_TIMES_LOGSNR) PetscCall(KarSDEFindTime(reverse->sde, first_l + u * (last_l - first_l), &reverse->t[i]));
    else PetscCall(KarSDEFindTime(reverse->sde, -2 * rho * PetscLogReal(first_q + u * (last_q - first_q)), &reverse->t[i]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Times of a process that runs forward, of a list, of a ladder, or spaced between T and the end. */
static PetscErrorCode MakeTimes(KarReverse *reverse, MPI_Comm comm, PetscInt cost)
{
  const PetscInt last_one = reverse->denoise && !reverse->forward ? 1 : 0;
  KarSDEType     type;
  PetscReal      last;

  PetscFunctionBegin;
  if (reverse->forward) reverse->steps = reverse->evaluations;
  else if (reverse->times == KAR_TIMES_LIST) {
    reverse->steps = reverse->nlist - 1;
    KarCheck(comm, reverse->steps >= 1, PETSC_ERR_USER_INPUT, "-sampler_list: give at least two times, descending");
  } else {
    reverse->steps = (reverse->evaluations - last_one) / cost;
    KarCheck(comm, reverse->steps >= 1, PETSC_ERR_USER_INPUT, "-sampler_evaluations %" PetscInt_FMT ": a step of this sampler takes %" PetscInt_FMT "%s: give more",
             reverse->evaluations, cost, last_one ? ", and the end one" : "");
  }
  PetscCall(PetscFree(reverse->t));
  PetscCall(PetscMalloc1(reverse->steps + 1, &reverse->t));
  if (reverse->forward) {
    for (PetscInt i = 0; i <= reverse->steps; i++) reverse->t[i] = reverse->T * (PetscReal)i / (PetscReal)reverse->steps;
  } else if (reverse->times == KAR_TIMES_LIST) {
    for (PetscInt i = 0; i <= reverse->steps; i++) {
      KarCheck(comm, reverse->list[i] > 0 && reverse->list[i] <= reverse->T, PETSC_ERR_USER_INPUT, "-sampler_list: %g is outside (0, %g]", (double)reverse->list[i],
               (double)reverse->T);
      KarCheck(comm, !i || reverse->list[i] < reverse->list[i - 1], PETSC_ERR_USER_INPUT, "-sampler_list: %g after %g: give descending times",
               (double)reverse->list[i], (double)reverse->list[i ? i - 1 : 0]);
      reverse->t[i] = reverse->list[i];
    }
  } else if (reverse->times == KAR_TIMES_LADDER) {
    PetscCall(KarSDEGetType(reverse->sde, &type));
    KarCheck(comm, !strcmp(type, KARSDEDDPM), PETSC_ERR_USER_INPUT, "-sampler_times ladder needs -sde_type ddpm, not %s", type);
    for (PetscInt i = 0; i <= reverse->steps; i++) reverse->t[i] = reverse->T * (PetscReal)(reverse->steps + 1 - i) / (PetscReal)(reverse->steps + 1);
  } else {
    PetscCall(KarSDEFindTime(reverse->sde, -2 * PetscLogReal(reverse->end), &last));
    KarCheck(comm, last < reverse->T, PETSC_ERR_USER_INPUT, "-sampler_end %g: the process starts below this ratio of noise to signal", (double)reverse->end);
    PetscCall(SpacedTimes(reverse, last));
  }
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
  PetscCall(MakeTimes(reverse, info.comm, cost));
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
