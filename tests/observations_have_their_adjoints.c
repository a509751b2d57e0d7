/* <H u, z> = <u, H* z> in the inner product (1/|D|) int u v, and H u is what the type says, in both bases and one to
   three dimensions. ranks: 1 2 3 4 */
#include "claim.h"

#include <petscdt.h>
#include <string.h>

static PetscErrorCode CreateFFT(PetscInt dim, PetscInt dof, KarBasis basis, KarFFT *fft)
{
  const PetscInt  n[3]      = {16, 12, 8};
  const PetscReal length[3] = {1, 1.5, 0.8};
  KarGrid         grid;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_WORLD, &grid));
  PetscCall(KarGridSetSizes(grid, dim, n, length));
  PetscCall(KarGridSetBasis(grid, basis));
  PetscCall(KarGridSetComponents(grid, dof));
  PetscCall(KarFFTCreate(grid, fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Seven places, on points of the grid or off them, and their components. */
static PetscErrorCode SetPlaces(KarObservation obs, const KarGridInfo *info, PetscBool on)
{
  PetscReal x[7][3];
  PetscInt  c[7];

  PetscFunctionBegin;
  for (PetscInt i = 0; i < 7; i++) {
    c[i] = i % info->dof;
    for (PetscInt a = 0; a < info->dim; a++) {
      const PetscReal point =
        (PetscReal)((5 * i + 3 * a + 1) % info->n[a]) + (info->basis == KAR_BASIS_COSINE ? 0.5 : 0) + (on ? 0 : 0.3);

      ((PetscReal *)x)[i * info->dim + a] = point * info->length[a] / (PetscReal)info->n[a];
    }
  }
  PetscCall(KarObservationSetPlaces(obs, 7, (PetscReal *)x, c));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Adjoint(KarFFT fft, KarObservation obs, const char what[])
{
  const KarKey key = {.seed = 5, .stream = KAR_STREAM_TEST};
  PetscReal    left, right, size;
  Vec          u, y, z, back;
  Mat          H;

  PetscFunctionBegin;
  PetscCall(KarObservationGetMatrix(obs, &H));
  PetscCall(KarFFTCreateCoordinates(fft, &u));
  PetscCall(VecDuplicate(u, &back));
  PetscCall(KarFFTFillNormal(fft, key, u));
  PetscCall(KarObservationCreateData(obs, &y));
  PetscCall(VecDuplicate(y, &z));
  PetscCall(KarObservationSample(obs, (KarKey){.seed = 6}, NULL, z));
  PetscCall(MatMult(H, u, y));
  PetscCall(MatMultTranspose(H, z, back));
  PetscCall(VecDot(y, z, &left));
  PetscCall(VecDot(u, back, &right));
  PetscCall(VecNorm(back, NORM_2, &size));
  Claim(size > 0, "%s: H* z is zero", what);
  Claim(PetscAbsReal(left - right) <= 1e-12 * size, "%s: <Hu, z> %.17g, <u, H*z> %.17g", what, (double)left,
        (double)right);
  PetscCall(VecDestroy(&u));
  PetscCall(VecDestroy(&back));
  PetscCall(VecDestroy(&y));
  PetscCall(VecDestroy(&z));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The same places, on the grid: by transforms, and by the direct sums that one place off it brings. */
static PetscErrorCode TwoWays(KarFFT fft, const KarGridInfo *info)
{
  PetscReal      values[2][8];
  KarObservation obs;
  Vec            u, y;

  PetscFunctionBegin;
  PetscCall(KarFFTCreateCoordinates(fft, &u));
  PetscCall(KarFFTFillNormal(fft, (KarKey){.seed = 9, .stream = KAR_STREAM_TEST}, u));
  for (int way = 0; way < 2; way++) {
    PetscReal x[8 * 3];

    for (PetscInt i = 0; i < 8; i++)
      for (PetscInt a = 0; a < info->dim; a++)
        x[i * info->dim + a] =
          ((PetscReal)((5 * i + a) % info->n[a]) + (info->basis == KAR_BASIS_COSINE ? 0.5 : 0) + (i == 7 ? 0.25 : 0)) *
          info->length[a] / (PetscReal)info->n[a];
    PetscCall(KarObservationCreate(fft, &obs));
    PetscCall(KarObservationSetPlaces(obs, 7 + way, x, NULL));
    PetscCall(KarObservationCreateData(obs, &y));
    PetscCall(KarObservationApply(obs, u, y));
    PetscCall(KarObservationGatherData(obs, y, values[way]));
    PetscCall(VecDestroy(&y));
    PetscCall(KarObservationDestroy(&obs));
  }
  for (int i = 0; i < 7; i++) ClaimNear(values[0][i], values[1][i], 1e-11);
  PetscCall(VecDestroy(&u));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void Ends(const KarGridInfo *info, PetscReal from[], PetscReal to[])
{
  for (PetscInt i = 0; i < 4; i++)
    for (PetscInt a = 0; a < info->dim; a++) {
      from[i * info->dim + a] = info->length[a] * (0.1 + 0.2 * (PetscReal)((i + a) % 4));
      to[i * info->dim + a]   = info->length[a] * (0.9 - 0.17 * (PetscReal)((i + 2 * a) % 5));
    }
}

static PetscErrorCode SetLines(KarObservation obs, const KarGridInfo *info)
{
  PetscReal from[12], to[12];

  PetscFunctionBegin;
  Ends(info, from, to);
  PetscCall(KarObservationSetLines(obs, 4, from, to, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Means along lines against Gauss's rule of 60 points on each. */
static PetscErrorCode Lines(KarFFT fft, const KarGridInfo *info)
{
  enum { NODES = 60 };
  PetscReal      from[12], to[12], node[NODES], weight[NODES], x[4 * NODES * 3], mean[4], at[4 * NODES];
  KarObservation obs, points;
  Vec            u, y, z;

  PetscFunctionBegin;
  Ends(info, from, to);
  PetscCall(PetscDTGaussQuadrature(NODES, 0, 1, node, weight));
  for (PetscInt i = 0; i < 4; i++)
    for (PetscInt q = 0; q < NODES; q++)
      for (PetscInt a = 0; a < info->dim; a++)
        x[(i * NODES + q) * info->dim + a] =
          from[i * info->dim + a] + node[q] * (to[i * info->dim + a] - from[i * info->dim + a]);
  PetscCall(KarFFTCreateCoordinates(fft, &u));
  PetscCall(KarFFTFillNormal(fft, (KarKey){.seed = 7, .stream = KAR_STREAM_TEST}, u));
  PetscCall(KarObservationCreate(fft, &obs));
  PetscCall(KarObservationSetType(obs, KAROBSERVATIONLINES));
  PetscCall(SetLines(obs, info));
  PetscCall(KarObservationCreateData(obs, &y));
  PetscCall(KarObservationApply(obs, u, y));
  PetscCall(KarObservationGatherData(obs, y, mean));
  PetscCall(KarObservationCreate(fft, &points));
  PetscCall(KarObservationSetPlaces(points, 4 * NODES, x, NULL));
  PetscCall(KarObservationCreateData(points, &z));
  PetscCall(KarObservationApply(points, u, z));
  PetscCall(KarObservationGatherData(points, z, at));
  for (PetscInt i = 0; i < 4; i++) {
    PetscReal sum = 0;

    for (PetscInt q = 0; q < NODES; q++) sum += weight[q] * at[i * NODES + q];
    ClaimNear(mean[i], sum, 1e-11);
  }
  PetscCall(VecDestroy(&u));
  PetscCall(VecDestroy(&y));
  PetscCall(VecDestroy(&z));
  PetscCall(KarObservationDestroy(&obs));
  PetscCall(KarObservationDestroy(&points));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Types(PetscInt dim, PetscInt dof, KarBasis basis)
{
  static const struct {
    const char *type, *name;
    PetscReal   value;
    PetscInt    places; /* 0: none, 1: on the grid, 2: off it, 3: lines */
  } cases[] = {{"points", "every", 1, 0},   {"points", "every", 2, 0},     {"points", "noise", 0.3, 1},
               {"points", "noise", 0.3, 2}, {"average", "width", 0.25, 1}, {"average", "width", 0.25, 2},
               {"blur", "length", 0.05, 1}, {"coarse", "every", 1, 0},     {"coarse", "every", 2, 0},
               {"modes", "modes", 2, 0},    {"lines", "noise", 0.3, 3}};
  KarFFT         fft;
  KarGrid        grid;
  KarGridInfo    info;
  KarObservation obs;
  char           what[128];

  PetscFunctionBegin;
  PetscCall(CreateFFT(dim, dof, basis, &fft));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &info));
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    (void)snprintf(what, sizeof(what), "%s, %s %g, places %d, %dD, %s", cases[i].type, cases[i].name,
                   (double)cases[i].value, (int)cases[i].places, (int)dim, KarBases[basis]);
    PetscCall(KarObservationCreate(fft, &obs));
    PetscCall(KarObservationSetType(obs, cases[i].type));
    PetscCall(KarObservationSetParameter(obs, cases[i].name, cases[i].value));
    PetscCall(KarObservationSetCoarse(obs, (PetscInt[]){8, 6, 6}));
    if (cases[i].places == 3) PetscCall(SetLines(obs, &info));
    else if (cases[i].places) PetscCall(SetPlaces(obs, &info, (PetscBool)(cases[i].places == 1)));
    if (!strcmp(cases[i].type, "average") || !strcmp(cases[i].type, "blur"))
      PetscCall(KarObservationSetParameter(obs, "noise", 0.2));
    PetscCall(Adjoint(fft, obs, what));
    PetscCall(KarObservationDestroy(&obs));
  }
  PetscCall(TwoWays(fft, &info));
  PetscCall(Lines(fft, &info));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All orthonormal coefficients: H H* = 1, and H keeps the length. */
static PetscErrorCode Orthonormal(PetscInt dim, KarBasis basis)
{
  PetscReal      before, after;
  KarFFT         fft;
  KarObservation obs;
  Vec            z, again, x;
  Mat            H;

  PetscFunctionBegin;
  PetscCall(CreateFFT(dim, 1, basis, &fft));
  PetscCall(KarObservationCreate(fft, &obs));
  PetscCall(KarObservationSetType(obs, KAROBSERVATIONMODES));
  PetscCall(KarObservationSetParameter(obs, "modes", 3));
  PetscCall(KarObservationGetMatrix(obs, &H));
  PetscCall(KarObservationCreateData(obs, &z));
  PetscCall(VecDuplicate(z, &again));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(KarObservationSample(obs, (KarKey){.seed = 2}, NULL, z));
  PetscCall(MatMultTranspose(H, z, x));
  PetscCall(MatMult(H, x, again));
  PetscCall(VecNorm(z, NORM_2, &before));
  PetscCall(VecNorm(x, NORM_2, &after));
  ClaimNear(after, before, 1e-12 * before);
  PetscCall(VecAXPY(again, -1, z));
  PetscCall(VecNorm(again, NORM_2, &after));
  Claim(after <= 1e-12 * before, "H H* z is off by %g", (double)after);
  PetscCall(VecDestroy(&z));
  PetscCall(VecDestroy(&again));
  PetscCall(VecDestroy(&x));
  PetscCall(KarObservationDestroy(&obs));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  for (int basis = 0; basis < 2; basis++)
    for (PetscInt dim = 1; dim <= 3; dim++) {
      PetscCall(Types(dim, 1, (KarBasis)basis));
      PetscCall(Orthonormal(dim, (KarBasis)basis));
    }
  PetscCall(Types(2, 2, KAR_BASIS_PERIODIC));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
