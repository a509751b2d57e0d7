/* What karhunen posterior finds far from its law, before and after: data, and draws. */
#include "posteriorrun.h"

#include <karhunen/far.h>

#define FAR  8  /* standard deviations */
#define LEFT 20 /* those of a draw that has left the law */

static PetscErrorCode CreateFar(PosteriorRun *run, KarFar *far)
{
  const KarModes *m;
  PetscReal      *rest = NULL;
  KarScore        base = run->score;

  PetscFunctionBegin;
  if (run->cascade) {
    PetscCall(KarCascadeLift(run->cascade, 0, &base));
    PetscCall(KarFFTGetModes(run->fft, &m));
    PetscCall(PetscMalloc1(m->rows * m->length, &rest));
    PetscCall(KarCascadeGetLater(run->cascade, 0, rest));
  }
  PetscCall(KarFarCreate(base, run->obs, rest, run->seed, far));
  PetscCall(PetscFree(rest));
  if (run->cascade) PetscCall(KarScoreDestroy(&base)); /* far keeps it */
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Which of the data are far by e, in words: how far. */
static PetscErrorCode Say(PosteriorRun *run, Vec e, const char how[])
{
  PetscInt   m, where = 0, n = 0;
  PetscReal *values;

  PetscFunctionBegin;
  PetscCall(KarObservationGetSize(run->obs, &m));
  PetscCall(PetscMalloc1(m, &values));
  PetscCall(KarObservationGatherData(run->obs, e, values));
  for (PetscInt i = 0; i < m; i++) {
    if (values[i] > values[where]) where = i;
    if (values[i] > FAR) n++;
  }
  if (n && run->group == 0)
    PetscCall(PetscPrintf(run->one,
                          "warning: datum %" PetscInt_FMT " is %.3g standard deviations %s, the farthest of "
                          "%" PetscInt_FMT " of %" PetscInt_FMT " data beyond %d: the law has never seen this\n",
                          where, (double)values[where], how, n, m, FAR));
  PetscCall(PetscFree(values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode PosteriorWarn(PosteriorRun *run)
{
  KarFar      far;
  PetscInt    pair[2];
  PetscReal   apart;
  const char *how;
  Vec         e;

  PetscFunctionBegin;
  PetscCall(KarObservationGetContradiction(run->obs, run->y, pair, &apart));
  if (apart > FAR && run->group == 0)
    PetscCall(PetscPrintf(run->one,
                          "warning: data %" PetscInt_FMT " and %" PetscInt_FMT
                          " are of one place and %.3g standard deviations of their noise apart: they contradict one "
                          "another; raise -obs_noise or the column noise, or remove one\n",
                          pair[0], pair[1], (double)apart));
  PetscCall(CreateFar(run, &far));
  if (run->type != RUN_EXACT) PetscCall(KarFarGetLaw(far, &run->centre, &run->deviation));
  PetscCall(KarObservationCreateData(run->obs, &e));
  PetscCall(KarFarGetDeviations(far, run->y, e, &how));
  if (how) PetscCall(Say(run, e, how));
  PetscCall(VecDestroy(&e));
  PetscCall(KarFarDestroy(&far));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode PosteriorMeasure(PosteriorRun *run)
{
  PetscReal most;
  Vec       from;

  PetscFunctionBegin;
  if (!run->centre) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(VecDuplicate(run->field, &from));
  PetscCall(VecWAXPY(from, -1, run->centre, run->field));
  PetscCall(VecNorm(from, NORM_INFINITY, &most));
  if (run->deviation > 0) run->farthest = PetscMax(run->farthest, most / run->deviation);
  PetscCall(VecDestroy(&from));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode PosteriorSayFarthest(PosteriorRun *run)
{
  PetscReal most = run->farthest;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &most, 1, MPIU_REAL, MPIU_MAX, run->comm));
  if (most > LEFT)
    PetscCall(PetscPrintf(run->comm,
                          "warning: a draw reaches %.3g standard deviations of the law from its mean: it has left the "
                          "law%s\n",
                          (double)most, run->type > RUN_CONDITIONAL + 1 ? "; give a smaller -posterior_weight" : ""));
  PetscFunctionReturn(PETSC_SUCCESS);
}
