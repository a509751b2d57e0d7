/* Values at one set of places: what the network sees, the denoiser, its loss.
     weights of places  omega_i = 1/sum_j prod_a e^(-d_a^2/2h^2)/c_a(x_i),  h = M^(-1/dim) boxes, c_a the part of the
                        kernel in the box: 1 over the density of places
     D = a y/V + s/sqrt(V) F,  V = a^2 + s^2;  target of F: (y_0 - a y_t/V) sqrt(V)/s */
#include "placedimpl.h"

#include <math.h>

/* Weights of this rank's tokens among all, whose places are all[M][dim]. */
static void Weigh(const KarPlacedSet s, const PetscReal *all)
{
  const KarGridInfo *g = &s->model->g;
  const PetscInt     M = s->m + s->given;
  const PetscReal    h = pow((PetscReal)M, -1 / (PetscReal)g->dim), top = g->basis == KAR_BASIS_COSINE ? 0.5 : 1;

  for (PetscInt i = 0; i < s->local + s->known; i++) {
    const PetscReal *x    = s->x + i * g->dim;
    PetscReal        part = 1, sum = 0;

    for (PetscInt a = 0; a < g->dim && top < 1; a++)
      part *= 0.5 * (erf(x[a] / top / (PETSC_SQRT2 * h)) + erf((1 - x[a] / top) / (PETSC_SQRT2 * h)));
    for (PetscInt j = 0; j < M; j++) {
      PetscReal d2 = 0;

      for (PetscInt a = 0; a < g->dim; a++) {
        PetscReal d = PetscAbsReal(x[a] / top - all[j * g->dim + a] / g->length[a]);

        if (top == 1) d = PetscMin(d, 1 - d);
        d2 += d * d;
      }
      if (d2 < 40 * h * h) sum += PetscExpReal(-d2 / (2 * h * h));
    }
    s->omega[i] = part / sum;
  }
}

/* The network, at the first set. */
static PetscErrorCode SetUpNet(KarPlacedSet s)
{
  KarPlaced   p    = s->model;
  KarGridInfo line = {.comm = p->comm, .dim = 1, .n = {s->m + s->given, 1, 1}, .length = {1, 1, 1}, .dof = 1};

  PetscFunctionBegin;
  if (p->ready) PetscFunctionReturn(PETSC_SUCCESS);
  line.ln = s->local + s->known;
  PetscCall(KarNetSetParameter(p->net, "axes", (PetscReal)p->g.dim));
  PetscCall(KarNetSetGrid(p->net, &line));
  PetscCall(KarNetSetUp(p->net));
  if (p->file) PetscCall(KarNetLoadWeights(p->net, p->file, ""));
  PetscCall(KarCheckpointDestroy(&p->file));
  p->ready = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Places of the network, in boxes. */
static void Place(KarPlacedSet s, PetscInt first, const PetscReal x[])
{
  const KarGridInfo *g = &s->model->g;

  for (PetscInt i = 0; i < s->local + s->known; i++) {
    const PetscInt from = i < s->local ? first + i : s->m + s->first + i - s->local;

    for (PetscInt a = 0; a < g->dim; a++)
      s->x[i * g->dim + a] = x[from * g->dim + a] / g->length[a] * (g->basis == KAR_BASIS_COSINE ? 0.5 : 1);
  }
}

PetscErrorCode KarPlacedSetCreate(KarPlaced p, PetscInt m, PetscInt given, const PetscReal x[], KarPlacedSet *out)
{
  const KarGridInfo *g = &p->g;
  PetscInt           block, first;
  PetscMPIInt        rank, ranks;
  KarCov             data, noise;
  KarPlacedSet       s;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(p->comm, &rank));
  PetscCallMPI(MPI_Comm_size(p->comm, &ranks));
  PetscCall(PetscNew(&s));
  s->model = p, s->m = m, s->given = given;
  PetscCall(KarPencilCreateGiven(p->data, p->nugget, m, given, x, &s->pencil));
  PetscCall(KarPencilGetCovariances(s->pencil, &data, &noise));
  PetscCall(KarSDEDuplicate(p->sde, noise, &s->sde));
  PetscCall(KarSDESetUp(s->sde));
  PetscCall(KarPencilCreateValues(s->pencil, &s->u));
  block    = (m + ranks - 1) / ranks;
  first    = PetscMin(rank * block, m);
  s->local = PetscMin(block, m - first);
  block    = (given + ranks - 1) / ranks;
  s->first = PetscMin(rank * block, given);
  s->known = PetscMin(block, given - s->first);
  PetscCall(
    PetscMalloc3((s->local + s->known) * g->dim, &s->x, s->local + s->known, &s->omega, s->known * g->dof, &s->v));
  PetscCall(PetscArrayzero(s->v, s->known * g->dof));
  Place(s, first, x);
  Weigh(s, x);
  PetscCall(SetUpNet(s));
  *out = s;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPlacedSetDestroy(KarPlacedSet *set)
{
  KarPlacedSet s = *set;

  PetscFunctionBegin;
  if (!s) PetscFunctionReturn(PETSC_SUCCESS);
  if (s->model->current == s) s->model->current = NULL;
  PetscCall(KarPencilDestroy(&s->pencil));
  PetscCall(KarSDEDestroy(&s->sde));
  PetscCall(VecDestroy(&s->u));
  PetscCall(PetscFree3(s->x, s->omega, s->v));
  PetscCall(PetscFree(*set));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPlacedSetGive(KarPlacedSet s, const PetscReal v[])
{
  const PetscInt dof  = s->model->g.dof;
  PetscReal     *less = NULL;

  PetscFunctionBegin;
  if (!s->given) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscMalloc1(s->given * dof, &less));
  for (PetscInt i = 0; i < s->given * dof; i++) less[i] = v[i] - s->model->mean[i % dof];
  PetscCall(KarPencilSetGiven(s->pencil, less));
  PetscCall(PetscArraycpy(s->v, less + s->first * dof, s->known * dof));
  PetscCall(PetscFree(less));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPlacedSetGet(KarPlacedSet s, KarPencil *pencil, KarSDE *sde)
{
  PetscFunctionBegin;
  if (pencil) *pencil = s->pencil;
  if (sde) *sde = s->sde;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* u + scale mean */
static PetscErrorCode AddMean(KarPlacedSet s, PetscReal scale, Vec u)
{
  PetscScalar *a;

  PetscFunctionBegin;
  PetscCall(VecGetArray(u, &a));
  for (PetscInt i = 0; i < s->local * s->model->g.dof; i++) a[i] += scale * s->model->mean[i % s->model->g.dof];
  PetscCall(VecRestoreArray(u, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPlacedSetToCoordinates(KarPlacedSet s, Vec u, Vec y)
{
  PetscFunctionBegin;
  PetscCall(VecCopy(u, s->u));
  PetscCall(AddMean(s, -1, s->u));
  PetscCall(KarPencilToCoordinates(s->pencil, s->u, y));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPlacedSetToValues(KarPlacedSet s, Vec y, Vec u)
{
  PetscFunctionBegin;
  PetscCall(KarPencilToValues(s->pencil, y, u));
  PetscCall(AddMean(s, 1, u));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The network has these places, and there is room for a batch. */
static PetscErrorCode Use(KarPlacedSet s, PetscInt batch, PetscBool gradient)
{
  KarPlaced      p      = s->model;
  const PetscInt tokens = s->local + s->known, dof = p->g.dof;

  PetscFunctionBegin;
  if (p->current != s) {
    PetscCall(KarTransformerSetPoints(p->net, tokens));
    PetscCall(KarTransformerSetPlaces(p->net, s->x, s->omega));
    p->current = s;
  }
  if (batch * tokens > p->capacity || !p->x) {
    p->capacity = PetscMax(1, batch * tokens);
    PetscCall(PetscFree(p->x));
    PetscCall(PetscFree(p->y));
    PetscCall(PetscFree(p->dy));
    PetscCall(PetscMalloc1(p->capacity * kar_placed_channels(dof), &p->x));
    PetscCall(PetscMalloc1(p->capacity * dof, &p->y));
  }
  if (batch > p->batch) {
    PetscCall(PetscFree(p->scalars));
    PetscCall(PetscMalloc1(2 * batch, &p->scalars));
    p->batch = batch;
  }
  if (gradient && !p->dy) PetscCall(PetscMalloc1(p->capacity * dof, &p->dy));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Channels of sample b of the batch. */
static PetscErrorCode Fill(KarPlacedSet s, PetscInt b, PetscReal t, PetscReal V, Vec y)
{
  KarPlaced          p   = s->model;
  const PetscInt     dof = p->g.dof, C = kar_placed_channels(dof), tokens = s->local + s->known;
  const PetscReal    white = 1 / PetscSqrtReal(V);
  float             *x     = p->x + b * tokens * C;
  PetscReal          logsnr;
  const PetscScalar *in, *u;
  const PetscReal   *shift;
  PetscInt           local;

  PetscFunctionBegin;
  PetscCall(KarSDEGetLogSNR(s->sde, t, &logsnr));
  p->scalars[2 * b]     = -logsnr / 8;
  p->scalars[2 * b + 1] = PetscLog2Real((PetscReal)(s->m + s->given)) / 2 - 4;
  PetscCall(KarPencilToValues(s->pencil, y, s->u));
  PetscCall(KarPencilGetShift(s->pencil, &local, &shift));
  PetscCall(VecGetArrayRead(y, &in));
  PetscCall(VecGetArrayRead(s->u, &u));
  for (PetscInt i = 0; i < s->local; i++) {
    for (PetscInt c = 0; c < dof; c++) {
      const PetscInt at = i * dof + c;

      x[i * C + c]           = (float)(white * in[at]);
      x[i * C + dof + c]     = (float)(white / p->sigma * (u[at] - shift[at]));
      x[i * C + 2 * dof + c] = (float)(shift[at] / p->sigma);
    }
    x[i * C + 3 * dof] = 0;
  }
  for (PetscInt i = 0; i < s->known; i++) {
    float *to = x + (s->local + i) * C;

    for (PetscInt c = 0; c < dof; c++) to[c] = 0, to[dof + c] = to[2 * dof + c] = (float)(s->v[i * dof + c] / p->sigma);
    to[3 * dof] = 1;
  }
  PetscCall(VecRestoreArrayRead(s->u, &u));
  PetscCall(VecRestoreArrayRead(y, &in));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPlacedApply(KarPlacedSet s, PetscReal t, Vec y, Vec d)
{
  KarPlaced          p = s->model;
  PetscReal          a, sd, V;
  const PetscScalar *in;
  PetscScalar       *out;

  PetscFunctionBegin;
  PetscCall(Use(s, 1, PETSC_FALSE));
  PetscCall(KarSDEGetMarginal(s->sde, t, &a, &sd));
  V = a * a + sd * sd;
  PetscCall(Fill(s, 0, t, V, y));
  PetscCall(KarNetForward(p->net, 1, p->scalars, p->x, p->y, KAR_NET_EVALUATE));
  PetscCall(VecGetArrayRead(y, &in));
  PetscCall(VecGetArrayWrite(d, &out));
  for (PetscInt i = 0; i < s->local * p->g.dof; i++) out[i] = a / V * in[i] + sd / PetscSqrtReal(V) * p->y[i];
  PetscCall(VecRestoreArrayWrite(d, &out));
  PetscCall(VecRestoreArrayRead(y, &in));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* |F - target|^2 of sample b, this rank's share; with factor > 0 its gradient. */
static PetscErrorCode Residual(KarPlacedSet s, PetscInt b, PetscReal factor, PetscReal t, Vec yt, Vec y0,
                               PetscReal *loss)
{
  KarPlaced          p   = s->model;
  const PetscInt     dof = p->g.dof, tokens = s->local + s->known;
  const float       *F    = p->y + b * tokens * dof;
  float             *dy   = factor > 0 ? p->dy + b * tokens * dof : NULL;
  const PetscReal    mean = 1 / (PetscReal)(s->m * dof);
  PetscReal          a, sd, V;
  const PetscScalar *at, *x;

  PetscFunctionBegin;
  PetscCall(KarSDEGetMarginal(s->sde, t, &a, &sd));
  V = a * a + sd * sd;
  PetscCall(VecGetArrayRead(yt, &at));
  PetscCall(VecGetArrayRead(y0, &x));
  *loss = 0;
  for (PetscInt i = 0; i < s->local * dof; i++) {
    const PetscReal r = (PetscReal)F[i] - (x[i] - a / V * at[i]) * PetscSqrtReal(V) / sd;

    *loss += mean * r * r;
    if (dy) dy[i] = (float)(2 * factor * mean * r);
  }
  for (PetscInt i = s->local * dof; i < tokens * dof && dy; i++) dy[i] = 0;
  PetscCall(VecRestoreArrayRead(y0, &x));
  PetscCall(VecRestoreArrayRead(yt, &at));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPlacedLoss(KarPlacedSet s, PetscReal factor, PetscInt batch, const PetscReal t[], const Vec yt[],
                             const Vec y0[], const PetscReal *const give[], PetscReal loss[])
{
  KarPlaced       p        = s->model;
  const PetscBool gradient = (PetscBool)(factor > 0);

  PetscFunctionBegin;
  PetscCall(Use(s, batch, gradient));
  for (PetscInt b = 0; b < batch; b++) {
    PetscReal a, sd;

    if (s->given) PetscCall(KarPlacedSetGive(s, give[b]));
    PetscCall(KarSDEGetMarginal(s->sde, t[b], &a, &sd));
    PetscCall(Fill(s, b, t[b], a * a + sd * sd, yt[b]));
  }
  PetscCall(KarNetForward(p->net, batch, p->scalars, p->x, p->y, gradient ? KAR_NET_KEEP : KAR_NET_EVALUATE));
  for (PetscInt b = 0; b < batch; b++) PetscCall(Residual(s, b, factor, t[b], yt[b], y0[b], &loss[b]));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, loss, (PetscMPIInt)batch, MPIU_REAL, MPIU_SUM, p->comm));
  if (gradient) PetscCall(KarNetBackward(p->net, KAR_NET_WEIGHTS, p->dy, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}
