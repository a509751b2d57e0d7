/* The fast network equals its formula in double, and its gradient the derivative of the formula, for every tensor, in
   1, 2 and 3 dimensions, with odd sizes, channels that fill no vector, rows in eighths, unequal slabs, an extended
   period and several numbers a sample; the derivative to the input alone is the same bits, as often as it is asked
   for. ranks: 1 2 3 */
#include "claim.h"
#include <karhunen/nn.h>

typedef struct {
  PetscInt     n[3];
  KarBasis     basis;
  KarFNOConfig config;
} Case;

/*                                  dim cin cout width depth hidden embed modes extension scalars */
static const Case cases[] = {
  {{40, 1, 1}, KAR_BASIS_PERIODIC, {1, 2, 1, 12, 2, 20, 6, {7, 1, 1}, {0, 0, 0}, 2}},
  {{150, 1, 1}, KAR_BASIS_COSINE, {1, 1, 2, 16, 3, 16, 2, {5, 1, 1}, {0.25, 0, 0}, 1}},
  {{12, 16, 1}, KAR_BASIS_PERIODIC, {2, 1, 1, 16, 3, 32, 4, {4, 5, 1}, {0, 0, 0}, 1}},
  {{40, 104, 1}, KAR_BASIS_PERIODIC, {2, 1, 1, 16, 2, 16, 4, {4, 6, 1}, {0, 0, 0}, 1}},
  {{8, 4, 12}, KAR_BASIS_PERIODIC, {3, 1, 1, 16, 2, 16, 4, {3, 2, 4}, {0, 0, 0}, 1}},
  {{13, 11, 1}, KAR_BASIS_PERIODIC, {2, 3, 2, 20, 2, 24, 4, {5, 6, 1}, {0, 0, 0}, 1}},
  {{20, 70, 1}, KAR_BASIS_COSINE, {2, 1, 1, 32, 1, 16, 4, {3, 4, 1}, {0.5, 0.25, 0}, 1}},
  {{5, 6, 8}, KAR_BASIS_PERIODIC, {3, 1, 1, 16, 2, 16, 4, {2, 3, 3}, {0, 0, 0}, 1}},
  {{7, 5, 6}, KAR_BASIS_PERIODIC, {3, 2, 3, 7, 2, 10, 4, {3, 2, 3}, {0, 0.3, 0}, 3}},
  {{256, 1, 1},
   KAR_BASIS_PERIODIC,
   {1, 1, 1, 16, 2, 16, 2, {8, 1, 1}, {0, 0, 0}, 1}}, /* rows in eighths: 256 points and more */
  {{264, 1, 1}, KAR_BASIS_PERIODIC, {1, 2, 1, 16, 2, 16, 2, {6, 1, 1}, {0, 0, 0}, 1}},
  {{3, 264, 1}, KAR_BASIS_PERIODIC, {2, 1, 1, 20, 2, 16, 2, {2, 7, 1}, {0, 0, 0}, 1}},
  {{4, 256, 1}, KAR_BASIS_PERIODIC, {2, 1, 2, 16, 3, 16, 2, {1, 9, 1}, {0, 0, 0}, 1}},
  {{3, 1, 256}, KAR_BASIS_PERIODIC, {3, 1, 1, 16, 2, 16, 2, {2, 1, 2}, {0, 0, 0}, 1}},
};

enum { BATCH = 2 };
static const PetscReal cnoise[3 * BATCH] = {-0.7, 1.1, 0.4, -0.2, 0.9, 0.1};

static PetscReal normal(PetscInt sample, PetscInt i)
{
  PetscReal z[2];

  kar_normal_pair((KarKey){7, sample, 0, 0, KAR_STREAM_TEST}, i, 0, 0, z);
  return z[0];
}

/* Slabs as unequal as they can be: the last rank holds the rest. */
static void deal(const Case *c, KarGridInfo *info)
{
  PetscMPIInt rank, size;

  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  MPI_Comm_size(PETSC_COMM_WORLD, &size);
  *info =
    (KarGridInfo){.comm = PETSC_COMM_WORLD, .dim = c->config.dim, .length = {1, 1, 1}, .dof = 1, .basis = c->basis};
  for (int i = 0; i < 3; i++) info->n[i] = c->n[i];
  info->start = rank;
  info->ln    = rank == size - 1 ? c->n[0] - rank : 1;
  info->plane = c->n[1] * c->n[2];
}

/* L = sum y g, in double. */
static PetscErrorCode loss(const KarGridInfo *info, const Case *c, PetscInt np, const double p[], const double x[],
                           const double g[], double y[], double *L)
{
  PetscFunctionBegin;
  PetscCall(KarFNOReference(info, &c->config, p, BATCH, cnoise, x, y));
  *L = 0;
  for (PetscInt i = 0; i < BATCH * np * c->config.cout; i++) *L += y[i] * g[i];
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode try(const Case *c)
{
  const KarFNOConfig *config = &c->config;
  const PetscInt      np = c->n[0] * c->n[1] * c->n[2], cin = config->cin, cout = config->cout;
  const KarTensor    *tensors;
  KarGridInfo         info;
  KarFNO              fno;
  PetscInt            n, nt, lp, at;
  float              *p, *g, *xl, *yl, *dyl, *dxl, *again;
  double             *dp, *x, *y, *dy, *y2, error = 0, norm = 0, scale = 0;

  PetscFunctionBegin;
  deal(c, &info);
  lp = info.ln * info.plane;
  at = info.start * info.plane;
  PetscCall(KarFNOCreate(&info, config, &fno));
  PetscCall(KarFNOInitialize(fno, 5));
  PetscCall(KarFNOGetParameters(fno, &n, &p));
  PetscCall(KarFNOGetTensors(fno, &nt, &tensors));
  for (PetscInt t = 0; t < nt; t++)
    if (tensors[t].scale == 0) /* what starts at zero must be seen too */
      for (PetscInt i = 0; i < tensors[t].size; i++) p[tensors[t].offset + i] = (float)(0.3 * normal(100 + t, i));
  PetscCall(
    PetscMalloc5(n, &dp, BATCH * np * cin, &x, BATCH * np * cout, &y, BATCH * np * cout, &dy, BATCH * np * cout, &y2));
  PetscCall(PetscMalloc5(BATCH * lp * cin, &xl, BATCH * lp * cout, &yl, BATCH * lp * cout, &dyl, BATCH * lp * cin, &dxl,
                         2 * BATCH * lp * cin, &again));
  for (PetscInt i = 0; i < n; i++) dp[i] = p[i];
  for (PetscInt i = 0; i < BATCH * np * cin; i++) x[i] = (float)normal(1, i);
  for (PetscInt i = 0; i < BATCH * np * cout; i++) dy[i] = (float)normal(2, i);
  for (PetscInt s = 0; s < BATCH; s++) {
    for (PetscInt i = 0; i < lp * cin; i++) xl[s * lp * cin + i] = (float)x[(s * np + at) * cin + i];
    for (PetscInt i = 0; i < lp * cout; i++) dyl[s * lp * cout + i] = (float)dy[(s * np + at) * cout + i];
  }

  PetscCall(KarFNOReference(&info, config, dp, BATCH, cnoise, x, y));
  for (int keep = -1; keep < 2; keep++) { /* recomputed, stored, stored to go backward */
    PetscCall(KarFNOSetActivations(fno, keep < 0 ? KAR_ACTIVATIONS_RECOMPUTED : KAR_ACTIVATIONS_STORED));
    PetscCall(KarFNOForward(fno, BATCH, cnoise, xl, yl, keep > 0 ? PETSC_TRUE : PETSC_FALSE));
    error = norm = 0;
    for (PetscInt s = 0; s < BATCH; s++)
      for (PetscInt i = 0; i < lp * cout; i++) {
        error += PetscSqr(yl[s * lp * cout + i] - y[(s * np + at) * cout + i]);
        norm += PetscSqr(y[(s * np + at) * cout + i]);
      }
    Claim(PetscSqrtReal(error / norm) < 2e-6, "case %d, keep %d: relative error %g", (int)(c - cases), keep,
          sqrt(error / norm));
  }

  PetscCall(KarFNOZeroGradient(fno));
  PetscCall(KarFNOGetGradient(fno, NULL, &g));
  for (int time = 0; time < 3; time++) { /* to the input alone, twice; and to both */
    float *dx = time < 2 ? again + time * BATCH * lp * cin : dxl;

    if (time == 2) PetscCall(KarFNOForward(fno, BATCH, cnoise, xl, yl, PETSC_TRUE));
    PetscCall(KarFNOBackward(fno, time < 2 ? KAR_NET_INPUT : KAR_NET_WEIGHTS | KAR_NET_INPUT, dyl, dx));
    for (PetscInt i = 0; i < n && time < 2; i++)
      Claim(g[i] == 0, "case %d: a backward to the input alone adds to the gradient", (int)(c - cases));
  }
  for (int time = 0; time < 2; time++)
    Claim(!memcmp(dxl, again + time * BATCH * lp * cin, (size_t)(BATCH * lp * cin) * sizeof(float)),
          "case %d: dx alone, time %d, is another", (int)(c - cases), time);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, g, (int)n, MPI_FLOAT, MPI_SUM, PETSC_COMM_WORLD));
  /* along a random direction in each tensor; and one number of each, against a permutation within it */
  for (PetscInt t = 0; t < nt; t++)
    for (int one = 0; one < 2; one++) {
      const double h = 1e-5;
      double       L[2], slope = 0, size = 0;
      PetscInt     pick = (tensors[t].size * 5) / 7;

      for (int side = 0; side < 2; side++) {
        for (PetscInt i = 0; i < tensors[t].size; i++) {
          double d = one ? i == pick : normal(200 + t, i);

          dp[tensors[t].offset + i] = p[tensors[t].offset + i] + (side ? -h : h) * d;
          if (!side) {
            slope += d * g[tensors[t].offset + i];
            size += PetscSqr(d * g[tensors[t].offset + i]);
          }
        }
        PetscCall(loss(&info, c, np, dp, x, dy, y2, &L[side]));
      }
      for (PetscInt i = 0; i < tensors[t].size; i++) dp[tensors[t].offset + i] = p[tensors[t].offset + i];
      scale = 2e-5 * (1 + PetscSqrtReal(size) + PetscAbsReal(slope));
      Claim(PetscAbsReal((L[0] - L[1]) / (2 * h) - slope) < scale, "case %d, %s: %g, expected %g", (int)(c - cases),
            tensors[t].name, slope, (L[0] - L[1]) / (2 * h));
    }
  { /* and along x */
    const double h = 1e-5;
    double       L[2], slope = 0;

    for (PetscInt s = 0; s < BATCH; s++)
      for (PetscInt i = 0; i < lp * cin; i++) slope += dxl[s * lp * cin + i] * normal(3, (s * np + at) * cin + i);
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &slope, 1, MPI_DOUBLE, MPI_SUM, PETSC_COMM_WORLD));
    for (int side = 0; side < 2; side++) {
      for (PetscInt i = 0; i < BATCH * np * cin; i++) x[i] += (side ? -2 * h : h) * normal(3, i);
      PetscCall(loss(&info, c, np, dp, x, dy, y2, &L[side]));
    }
    Claim(PetscAbsReal((L[0] - L[1]) / (2 * h) - slope) < 1e-4 * (1 + PetscAbsReal(slope)),
          "case %d, x: %g, expected %g", (int)(c - cases), slope, (L[0] - L[1]) / (2 * h));
  }
  PetscCall(PetscFree5(dp, x, y, dy, y2));
  PetscCall(PetscFree5(xl, yl, dyl, dxl, again));
  PetscCall(KarFNODestroy(&fno));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run(void)
{
  PetscFunctionBegin;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(cases); i++) PetscCall(try(&cases[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(run)
