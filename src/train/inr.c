/* Training of an implicit representation (karhunen/implicit.h): a term is a field, turned and moved as its law allows,
   and its loss what is left after the gradient steps that find its latents. In a periodic box the points of its grid
   are moved by a part of their distance too: at the points alone waves of the cells that have more than half a period
   between two of them are whatever they happen to be between. */
#include "trainimpl.h"

typedef struct {
  PetscInt           room;
  Vec                field;
  PetscReal        **u;  /* [room][points][dof] */
  KarImplicitPlaces *at; /* [room] */
  PetscReal         *x;  /* [points][dim] */
} Fields;

static PetscErrorCode Model(KarTrainer tr, PetscInt n, const PetscReal k[], const PetscReal lambda[],
                            const PetscReal mean[], const PetscInt coarse[])
{
  const KarTrainerOptions *o = &tr->options;
  PetscReal                trace;
  KarGrid                  grid;
  KarGridInfo              g;
  KarCov                   data;

  PetscFunctionBegin;
  (void)coarse;
  KarCheck(tr->comm, !o->octave && !o->solenoidal && !o->condition[0], PETSC_ERR_USER_INPUT,
           "-train_objective inr: a representation has no -train_octave, -train_solenoidal or -train_condition; leave "
           "them out");
  PetscCall(KarFFTGetGrid(tr->fft, &grid));
  PetscCall(KarGridGetInfo(grid, &g));
  PetscCall(KarCovCreate(tr->fft, &data));
  PetscCall(KarCovSetSpectrum(data, n, k, lambda));
  PetscCall(KarCovSetUp(data));
  PetscCall(KarCovGetTrace(data, &trace));
  PetscCall(KarCovDestroy(&data));
  PetscCall(KarImplicitCreate(&g, mean, PetscSqrtReal(trace / (PetscReal)g.dof), &tr->implicit));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUp(KarTrainer tr)
{
  const PetscReal none = 0;
  Fields         *p;
  KarGrid         grid;
  KarGridInfo     g;
  KarImplicit     example;

  PetscFunctionBegin;
  PetscCall(KarFFTGetGrid(tr->fft, &grid));
  PetscCall(KarGridGetInfo(grid, &g));
  if (!tr->implicit) { /* -help alone */
    PetscCall(KarImplicitCreate(&g, &none, 1, &example));
    PetscCall(KarImplicitSetFromOptions(example, tr->prefix));
    PetscCall(KarImplicitDestroy(&example));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(PetscNew(&p));
  tr->objective.context = p;
  p->room               = tr->room;
  PetscCall(KarGridCreateField(grid, &p->field));
  PetscCall(PetscCalloc2(p->room, &p->u, p->room, &p->at));
  PetscCall(PetscMalloc1(g.ln * g.n[1] * g.n[2] * g.dim, &p->x));
  for (PetscInt i = 0; i < p->room; i++) PetscCall(PetscMalloc1(g.ln * g.plane, &p->u[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The points of the grid, moved by a part `by` of their distance along each axis where the box has no ends. */
static PetscErrorCode Place(KarTrainer tr, const PetscReal by[3], KarImplicitPlaces *at)
{
  Fields     *p = tr->objective.context;
  KarGrid     grid;
  KarGridInfo g;

  PetscFunctionBegin;
  PetscCall(KarFFTGetGrid(tr->fft, &grid));
  PetscCall(KarGridGetInfo(grid, &g));
  PetscCall(KarImplicitPlacesDestroy(at));
  for (PetscInt i = 0; i < g.ln * g.n[1] * g.n[2]; i++) {
    const PetscInt j[3] = {g.start + i / g.n[2] / g.n[1], i / g.n[2] % g.n[1], i % g.n[2]};

    for (PetscInt a = 0; a < g.dim; a++)
      p->x[i * g.dim + a] =
        ((PetscReal)j[a] + (g.basis == KAR_BASIS_COSINE ? 0.5 : by[a])) / (PetscReal)g.n[a] * g.length[a];
  }
  PetscCall(KarImplicitPlacesCreate(tr->implicit, g.ln * g.n[1] * g.n[2], p->x, NULL, at));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Draw(KarTrainer tr, PetscInt64 number, PetscBool validation, PetscInt b, PetscInt batch,
                           PetscInt i)
{
  Fields            *p   = tr->objective.context;
  KarKey             key = {.seed = tr->options.seed, .sample = number, .step = 1};
  PetscReal          u[2], w[2], d[4], by[4];
  const KarModes    *modes;
  const PetscScalar *a;
  PetscInt           n;

  PetscFunctionBegin;
  (void)b, (void)batch;
  key.stream = validation ? KAR_STREAM_TEST : KAR_STREAM_TRAIN;
  kar_uniform_pair(key, 0, 0, 0, u);
  kar_uniform_pair(key, 1, 0, 0, w);
  for (int j = 0; j < 2; j++) {
    kar_uniform_pair(key, 2 + j, 0, 0, d + 2 * j);
    kar_uniform_pair(key, 4 + j, 0, 0, by + 2 * j);
  }
  PetscCall(Place(tr, by, &p->at[i]));
  PetscCall(KarTrainerTurnField(tr, &tr->source, kar_trainer_pick(tr, &tr->source, number, validation, u[0]),
                                validation ? NULL : w, tr->xt[i], tr->x0[i]));
  if (!validation) PetscCall(KarTrainerMoveField(tr, d, tr->x0[i]));
  PetscCall(KarFFTInverse(tr->fft, tr->x0[i], p->field));
  PetscCall(KarFFTGetModes(tr->fft, &modes));
  PetscCall(VecGetLocalSize(p->field, &n));
  PetscCall(VecGetArrayRead(p->field, &a));
  for (PetscInt j = 0; j < n; j++) p->u[i][j] = a[j] + tr->source.base[j % modes->dof];
  PetscCall(VecRestoreArrayRead(p->field, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Loss(KarTrainer tr, PetscBool validation, PetscReal factor, PetscInt n, PetscReal loss[])
{
  Fields *p = tr->objective.context;

  PetscFunctionBegin;
  (void)validation;
  for (PetscInt i = 0; i < n; i++) PetscCall(KarImplicitLoss(p->at[i], factor, p->u[i], &loss[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrainerScaleLatents(KarTrainer tr)
{
  const PetscInt fields = PetscMin(64, tr->samples - tr->held);
  Fields        *p      = tr->objective.context;
  PetscInt       n[3], c;
  PetscReal     *cov;
  float         *z;
  KarNet         net;

  PetscFunctionBegin;
  PetscCall(KarImplicitGetCells(tr->implicit, n, &c));
  PetscCall(KarImplicitGetNet(tr->implicit, &net));
  PetscCall(PetscMalloc1(n[0] * n[1] * n[2] * c, &z));
  PetscCall(PetscCalloc1(c * c, &cov));
  PetscCall(KarImplicitSetScale(tr->implicit, NULL));
  PetscCall(KarNetSetParameters(net, tr->ema));
  for (PetscInt i = 0; i < fields; i++) {
    PetscCall(Draw(tr, i, PETSC_FALSE, 0, 1, 0));
    PetscCall(KarImplicitEncode(p->at[0], 0, p->u[0], z));
    for (PetscInt k = 0; k < n[0] * n[1] * n[2] * c * c; k++)
      cov[k % (c * c)] += (PetscReal)(z[k / (c * c) * c + k / c % c] * z[k / (c * c) * c + k % c]) /
                          (PetscReal)(fields * n[0] * n[1] * n[2]);
  }
  PetscCall(KarNetSetParameters(net, NULL));
  PetscCallMPI(MPI_Bcast(cov, (PetscMPIInt)(c * c), MPIU_REAL, 0, tr->comm));
  PetscCall(KarImplicitSetScale(tr->implicit, cov));
  PetscCall(PetscFree(cov));
  PetscCall(PetscFree(z));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Destroy(KarTrainer tr)
{
  Fields *p = tr->objective.context;

  PetscFunctionBegin;
  if (!p) PetscFunctionReturn(PETSC_SUCCESS);
  for (PetscInt i = 0; i < p->room; i++) {
    PetscCall(PetscFree(p->u[i]));
    PetscCall(KarImplicitPlacesDestroy(&p->at[i]));
  }
  PetscCall(PetscFree2(p->u, p->at));
  PetscCall(PetscFree(p->x));
  PetscCall(VecDestroy(&p->field));
  PetscCall(PetscFree(p));
  tr->objective.context = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObjectiveCreate_INR(KarObjective *objective)
{
  PetscFunctionBegin;
  objective->ops = (KarObjectiveOps){.model = Model, .setup = SetUp, .draw = Draw, .loss = Loss, .destroy = Destroy};
  PetscFunctionReturn(PETSC_SUCCESS);
}
