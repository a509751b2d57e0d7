/* The implicit representation (karhunen/implicit.h) at places: values, latents by gradient steps, and the gradient of
   the loss after them. With L(z) = |N(z) - v|^2, p_k = cells alpha_k o v_(k+1) and v_K = grad_z L(z_K):
     v_k = v_(k+1) - L''(z_k) p_k,   d loss = d_N L(z_K) - sum_k d_N [p_k . grad_z L(z_k)],
     d loss/d log alpha_k = - grad_z L(z_k) o p_k
   where L'' p and d_N [p . grad_z L] are differences of the gradient of L between z_k + e p_k and z_k - e p_k. */
#include "implicitimpl.h"

#include <math.h>
#include <string.h>

#define TILE   1024 /* points of a pass of the network */
#define MOVE   0.02 /* rms of e p_k, of latents of order one */
#define NUMBER ((size_t)f->all * (size_t)f->c)

/* Values w[degree + 1] of the splines at s (cells), and the first of their cells. */
static PetscInt Splines(PetscInt degree, PetscReal s, PetscReal w[4])
{
  const PetscInt  first = (PetscInt)PetscFloorReal(degree == 2 ? s + 0.5 : s);
  const PetscReal t = s - (PetscReal)first, q = 1 - t;

  if (degree == 1) w[0] = q, w[1] = t;
  else if (degree == 2) w[0] = (0.5 - t) * (0.5 - t) / 2, w[1] = 0.75 - t * t, w[2] = (0.5 + t) * (0.5 + t) / 2;
  else {
    w[0] = q * q * q / 6, w[3] = t * t * t / 6;
    w[1] = (3 * t * t * t - 6 * t * t + 4) / 6, w[2] = (3 * q * q * q - 6 * q * q + 4) / 6;
  }
  return degree == 1 ? first : first - 1;
}

/* The cell with that number, of a periodic box or of one with mirrors at its ends. */
static PetscInt Wrap(PetscInt i, PetscInt n, KarBasis basis)
{
  if (basis == KAR_BASIS_COSINE) return i < 0 ? -1 - i : i >= n ? 2 * n - 1 - i : i;
  return ((i % n) + n) % n;
}

/* Cells, weights and features of place i at x[dim] of the box. */
static void SetPlace(KarImplicitPlaces P, PetscInt i, const PetscReal x[])
{
  const KarImplicit f    = P->of;
  const PetscInt    each = f->degree + 1;
  PetscReal         s[3] = {0, 0, 0}, w[3][4] = {{1}, {1}, {1}};
  PetscInt          first[3] = {0, 0, 0};

  for (PetscInt a = 0; a < f->g.dim; a++) {
    s[a]     = x[a] / f->g.length[a] * (PetscReal)f->cells[a] - (f->g.basis == KAR_BASIS_COSINE ? 0.5 : 0);
    first[a] = Splines(f->degree, s[a], w[a]);
  }
  for (PetscInt k = 0; k < P->near; k++) {
    PetscInt  cell = 0, rest = k;
    PetscReal weight = 1;

    for (PetscInt a = 0; a < f->g.dim; a++, rest /= each) {
      cell = cell * f->cells[a] + Wrap(first[a] + rest % each, f->cells[a], f->g.basis);
      weight *= w[a][rest % each];
    }
    P->cell[i * P->near + k]   = cell;
    P->weight[i * P->near + k] = (float)weight;
  }
  for (PetscInt j = 0; j < f->G / 2; j++) {
    PetscReal angle = 0;

    for (PetscInt a = 0; a < f->g.dim; a++) angle += 2 * PETSC_PI * s[a] * (PetscReal)f->wave[j][a];
    P->feature[i * f->G + 2 * j]     = (float)PetscCosReal(angle);
    P->feature[i * f->G + 2 * j + 1] = (float)PetscSinReal(angle);
  }
}

PetscErrorCode KarImplicitPlacesCreate(KarImplicit f, PetscInt m, const PetscReal x[], const KarGridInfo *info,
                                       KarImplicitPlaces *out)
{
  const PetscReal   half = f->g.basis == KAR_BASIS_COSINE ? 0.5 : 0;
  KarImplicitPlaces P;

  PetscFunctionBegin;
  PetscCall(KarImplicitSetUp(f));
  PetscCall(PetscNew(&P));
  P->of   = f;
  P->m    = x ? m : info->ln * info->n[1] * info->n[2];
  P->near = 1;
  for (PetscInt a = 0; a < f->g.dim; a++) P->near *= f->degree + 1;
  PetscCall(PetscMalloc3(P->m * P->near, &P->cell, P->m * P->near, &P->weight, P->m * f->G, &P->feature));
  for (PetscInt i = 0; i < P->m; i++) {
    PetscReal at[3];

    for (PetscInt a = 0; a < f->g.dim && !x; a++) {
      const PetscInt j[3] = {info->start + i / info->n[2] / info->n[1], i / info->n[2] % info->n[1], i % info->n[2]};

      at[a] = ((PetscReal)j[a] + half) / (PetscReal)info->n[a] * f->g.length[a];
    }
    SetPlace(P, i, x ? x + i * f->g.dim : at);
  }
  P->total = (PetscReal)P->m;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &P->total, 1, MPIU_REAL, MPIU_SUM, f->comm));
  if (!f->x)
    PetscCall(PetscMalloc4(TILE * (f->c + f->G), &f->x, TILE * f->g.dof, &f->y, TILE * f->g.dof, &f->dy,
                           TILE * (f->c + f->G), &f->dx));
  *out = P;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarImplicitPlacesDestroy(KarImplicitPlaces *out)
{
  PetscFunctionBegin;
  if (*out) PetscCall(PetscFree3((*out)->cell, (*out)->weight, (*out)->feature));
  PetscCall(PetscFree(*out));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The network's input at places [first, first + n). */
static void Fill(KarImplicitPlaces P, PetscInt first, PetscInt n, const float z[])
{
  const KarImplicit f = P->of;
  const PetscInt    C = f->c + f->G;

  memset(f->x, 0, sizeof(float) * (size_t)(n * C));
  for (PetscInt i = 0; i < n; i++) {
    float *to = f->x + i * C;

    for (PetscInt k = (first + i) * P->near; k < (first + i + 1) * P->near; k++)
      for (PetscInt j = 0; j < f->c; j++) to[j] += P->weight[k] * z[P->cell[k] * f->c + j];
    for (PetscInt j = 0; j < f->G; j++) to[f->c + j] = P->feature[(first + i) * f->G + j];
  }
}

/* z = L y at each cell. */
static void FromLatents(KarImplicit f, const float y[], float z[])
{
  for (PetscInt i = 0; i < f->all; i++)
    for (PetscInt j = 0; j < f->c; j++) {
      PetscReal sum = 0;

      for (PetscInt k = 0; k <= j; k++) sum += f->root[j * f->c + k] * (PetscReal)y[i * f->c + k];
      z[i * f->c + j] = (float)sum;
    }
}

/* y = L^-1 z, in place. */
static void ToLatents(KarImplicit f, float z[])
{
  for (PetscInt i = 0; i < f->all; i++)
    for (PetscInt j = 0; j < f->c; j++) {
      PetscReal rest = (PetscReal)z[i * f->c + j];

      for (PetscInt k = 0; k < j; k++) rest -= f->root[j * f->c + k] * (PetscReal)z[i * f->c + k];
      z[i * f->c + j] = (float)(rest / f->root[j * f->c + j]);
    }
}

PetscErrorCode KarImplicitEvaluate(KarImplicitPlaces P, const float y[], PetscReal u[])
{
  const KarImplicit f = P->of;

  PetscFunctionBegin;
  FromLatents(f, y, f->w);
  for (PetscInt first = 0; first < P->m; first += TILE) {
    const PetscInt n = PetscMin(TILE, P->m - first);

    Fill(P, first, n, f->w);
    PetscCall(KarNetForward(f->net, n, NULL, f->x, f->y, KAR_NET_EVALUATE));
    for (PetscInt i = 0; i < n * f->g.dof; i++)
      u[first * f->g.dof + i] = f->mean[i % f->g.dof] + f->sigma * (PetscReal)f->y[i];
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* L(z) and dz = grad_z L(z); where scale is not 0, scale d_N L is added to the network's gradient. */
static PetscErrorCode Gradient(KarImplicitPlaces P, const PetscReal u[], const float z[], PetscReal scale, PetscReal *L,
                               float dz[])
{
  const KarImplicit f   = P->of;
  const PetscInt    dof = f->g.dof, C = f->c + f->G;
  const PetscReal   mean = 1 / (P->total * (PetscReal)dof), by = PetscAbsReal(scale) > 0 ? scale : 1;

  PetscFunctionBegin;
  *L = 0;
  memset(dz, 0, sizeof(float) * NUMBER);
  for (PetscInt first = 0; first < P->m; first += TILE) {
    const PetscInt n = PetscMin(TILE, P->m - first);

    Fill(P, first, n, z);
    PetscCall(KarNetForward(f->net, n, NULL, f->x, f->y, KAR_NET_KEEP));
    for (PetscInt i = 0; i < n * dof; i++) {
      const PetscReal r = (PetscReal)f->y[i] - (u[first * dof + i] - f->mean[i % dof]) / f->sigma;

      *L += mean * r * r;
      f->dy[i] = (float)(2 * by * mean * r);
    }
    PetscCall(KarNetBackward(f->net, KAR_NET_INPUT | (PetscAbsReal(scale) > 0 ? KAR_NET_WEIGHTS : 0), f->dy, f->dx));
    for (PetscInt i = 0; i < n; i++)
      for (PetscInt k = (first + i) * P->near; k < (first + i + 1) * P->near; k++)
        for (PetscInt j = 0; j < f->c; j++) dz[P->cell[k] * f->c + j] += P->weight[k] * f->dx[i * C + j];
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, dz, (PetscMPIInt)NUMBER, MPI_FLOAT, MPI_SUM, f->comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, L, 1, MPIU_REAL, MPIU_SUM, f->comm));
  for (size_t i = 0; i < NUMBER; i++) dz[i] /= (float)by;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* cells alpha_k of number i; further steps than were learnt begin anew. */
static float Step(KarImplicit f, const float steps[], PetscInt k, size_t i)
{
  return (float)f->all * expf(steps[(size_t)(k % f->K * f->c) + i % (size_t)f->c]);
}

PetscErrorCode KarImplicitEncode(KarImplicitPlaces P, PetscInt steps, const PetscReal u[], float z[])
{
  const KarImplicit f = P->of;
  PetscReal         L;
  float            *p;

  PetscFunctionBegin;
  PetscCall(KarNetGetParameters(f->net, NULL, &p));
  memset(z, 0, sizeof(float) * NUMBER);
  for (PetscInt k = 0; k < (steps ? steps : f->K); k++) {
    PetscCall(Gradient(P, u, z, 0, &L, f->v));
    for (size_t i = 0; i < NUMBER; i++) z[i] -= Step(f, kar_inr_steps(f->net, p), k, i) * f->v[i];
  }
  ToLatents(f, z);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* From v_(k+1) in f->v to v_k, and step k's share of the gradient. */
static PetscErrorCode StepBack(KarImplicitPlaces P, PetscReal factor, const PetscReal u[], PetscInt k,
                               const float steps[], float dsteps[])
{
  const KarImplicit f = P->of;
  const float      *z = f->z + (size_t)k * NUMBER, *dz = f->dz + (size_t)k * NUMBER;
  float            *other  = f->dz + (size_t)(k + 1) * NUMBER; /* no longer needed */
  double            square = 0;
  PetscMPIInt       rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(f->comm, &rank));
  for (size_t i = 0; i < NUMBER; i++) {
    f->p[i] = Step(f, steps, k, i) * f->v[i];
    if (rank == 0) dsteps[(size_t)(k * f->c) + i % (size_t)f->c] -= (float)factor * f->p[i] * dz[i];
    square += (double)f->p[i] * (double)f->p[i];
  }
  if (square <= 0) PetscFunctionReturn(PETSC_SUCCESS);
  const float e = (float)(MOVE / sqrt(square / (double)NUMBER));
  PetscReal   L;

  for (size_t i = 0; i < NUMBER; i++) f->w[i] = z[i] + e * f->p[i];
  PetscCall(Gradient(P, u, f->w, -factor / (2 * (PetscReal)e), &L, other));
  for (size_t i = 0; i < NUMBER; i++) f->v[i] -= other[i] / (2 * e), f->w[i] = z[i] - e * f->p[i];
  PetscCall(Gradient(P, u, f->w, factor / (2 * (PetscReal)e), &L, other));
  for (size_t i = 0; i < NUMBER; i++) f->v[i] += other[i] / (2 * e);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarImplicitLoss(KarImplicitPlaces P, PetscReal factor, const PetscReal u[], PetscReal *loss)
{
  const KarImplicit f = P->of;
  float            *p, *G;
  const float      *steps;

  PetscFunctionBegin;
  PetscCall(KarNetGetParameters(f->net, NULL, &p));
  steps = kar_inr_steps(f->net, p);
  memset(f->z, 0, sizeof(float) * NUMBER);
  for (PetscInt k = 0; k < f->K; k++) {
    const size_t at = (size_t)k * NUMBER;

    PetscCall(Gradient(P, u, f->z + at, 0, loss, f->dz + at));
    for (size_t i = 0; i < NUMBER; i++) f->z[at + NUMBER + i] = f->z[at + i] - Step(f, steps, k, i) * f->dz[at + i];
  }
  PetscCall(Gradient(P, u, f->z + (size_t)f->K * NUMBER, factor, loss, f->v));
  if (factor <= 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarNetGetGradient(f->net, NULL, &G));
  for (PetscInt k = f->K - 1; k >= 0; k--) PetscCall(StepBack(P, factor, u, k, steps, kar_inr_steps(f->net, G)));
  PetscFunctionReturn(PETSC_SUCCESS);
}
