/* The network whose ranks exchange rows is the one whose ranks exchange modes: outputs and gradients to 1e-5, in 2D
   and 3D, on slabs of unequal size, on more ranks than there are wave numbers to own. Each sends its formula's number
   of bytes, and the choice of the program is the smaller. ranks: 1 2 3 4 */
#include "claim.h"
#include <karhunen/nn.h>

typedef struct {
  PetscInt     n[3];
  KarBasis     basis;
  KarFNOConfig config;
} Case;

/*                                             dim cin cout width depth hidden embed modes   extension */
static const Case cases[] = {
  {{12, 16, 1}, KAR_BASIS_PERIODIC, {2, 1, 1, 16, 3, 32, 4, {4, 5, 1}, {0, 0, 0}, 1}},
  {{24, 20, 1}, KAR_BASIS_PERIODIC, {2, 2, 1, 20, 2, 16, 4, {2, 3, 1}, {0, 0, 0}, 1}},
  {{13, 11, 1}, KAR_BASIS_COSINE, {2, 1, 2, 16, 2, 16, 4, {6, 2, 1}, {0.5, 0, 0}, 1}},
  {{12, 8, 10}, KAR_BASIS_PERIODIC, {3, 1, 1, 16, 2, 16, 4, {4, 3, 4}, {0, 0, 0}, 1}},
};
enum { BATCH = 2 };
static const PetscReal cnoise[BATCH] = {-0.3, 0.9};

static float normal(PetscInt sample, PetscInt i)
{
  PetscReal z[2];

  kar_normal_pair((KarKey){12, sample, 0, 0, KAR_STREAM_TEST}, i, 0, 0, z);
  return (float)z[0];
}

static void deal(const Case *c, KarGridInfo *info)
{
  PetscMPIInt rank, size;

  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  MPI_Comm_size(PETSC_COMM_WORLD, &size);
  *info =
    (KarGridInfo){.comm = PETSC_COMM_WORLD, .dim = c->config.dim, .length = {1, 1, 1}, .dof = 1, .basis = c->basis};
  for (int i = 0; i < 3; i++) info->n[i] = c->n[i];
  info->start = c->n[0] * rank / size;
  info->ln    = c->n[0] * (rank + 1) / size - info->start;
  info->plane = c->n[1] * c->n[2];
}

/* [y | y recomputed | dx | gradient summed over ranks], and the bytes that all ranks sent for y. */
static PetscErrorCode network(const Case *c, KarFNOExchange exchange, PetscInt *size, float **all, PetscReal *sent)
{
  const PetscInt cin = c->config.cin, cout = c->config.cout;
  KarGridInfo    info;
  KarFNO         fno;
  PetscInt       np, n, nx, ny;
  float         *p, *g, *x, *dy, *out;

  PetscFunctionBegin;
  deal(c, &info);
  np = info.ln * info.plane;
  nx = BATCH * np * cin;
  ny = BATCH * np * cout;
  PetscCall(KarFNOCreate(&info, &c->config, &fno));
  PetscCall(KarFNOSetExchange(fno, exchange));
  PetscCall(KarFNOGetParameters(fno, &n, &p));
  for (PetscInt i = 0; i < n; i++) p[i] = 0.3f * normal(0, i);
  *size = 2 * ny + nx + n;
  PetscCall(PetscMalloc1(*size, all));
  PetscCall(PetscMalloc2(nx, &x, ny, &dy));
  out = *all;
  for (PetscInt s = 0; s < BATCH; s++) {
    for (PetscInt i = 0; i < np * cin; i++) x[s * np * cin + i] = normal(1 + s, info.start * info.plane * cin + i);
    for (PetscInt i = 0; i < np * cout; i++) dy[s * np * cout + i] = normal(3 + s, info.start * info.plane * cout + i);
  }
  PetscCall(KarFNOSetActivations(fno, KAR_ACTIVATIONS_STORED));
  *sent = -kar_log_sent();
  PetscCall(KarFNOForward(fno, BATCH, cnoise, x, out, PETSC_FALSE));
  *sent += kar_log_sent();
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sent, 1, MPIU_REAL, MPI_SUM, PETSC_COMM_WORLD));
  PetscCall(KarFNOSetActivations(fno, KAR_ACTIVATIONS_RECOMPUTED));
  PetscCall(KarFNOForward(fno, BATCH, cnoise, x, out + ny, PETSC_FALSE));
  PetscCall(KarFNOForward(fno, BATCH, cnoise, x, out, PETSC_TRUE));
  PetscCall(KarFNOZeroGradient(fno));
  PetscCall(KarFNOBackward(fno, KAR_NET_WEIGHTS | KAR_NET_INPUT, dy, out + 2 * ny));
  PetscCall(KarFNOGetGradient(fno, NULL, &g));
  PetscCallMPI(MPI_Allreduce(g, out + 2 * ny + nx, (int)n, MPI_FLOAT, MPI_SUM, PETSC_COMM_WORLD));
  PetscCall(PetscFree2(x, dy));
  PetscCall(KarFNODestroy(&fno));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode try(const Case *c)
{
  const KarFNOConfig *config = &c->config;
  PetscReal           sent[3], expected[2], rest = 1, modes = 1, both;
  double              sum[2] = {0, 0};
  float              *all[3];
  PetscInt            n = 0, channels;
  PetscMPIInt         ranks;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &ranks));
  for (int i = 0; i < 3; i++) PetscCall(network(c, (KarFNOExchange)i, &n, &all[i], &sent[i]));
  for (PetscInt i = 0; i < n; i++) {
    sum[0] += PetscSqr((double)all[1][i] - all[0][i]);
    sum[1] += PetscSqr((double)all[0][i]);
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sum, 2, MPI_DOUBLE, MPI_SUM, PETSC_COMM_WORLD));
  Claim(sqrt(sum[0] / sum[1]) < 1e-5, "case %d: rows and modes differ by %g", (int)(c - cases), sqrt(sum[0] / sum[1]));
  for (int i = 0; i < 3; i++) PetscCall(PetscFree(all[i]));

  /* the modes of (x, 1), then a sum before and a gathering after each layer but for the last one's sum */
  for (PetscInt i = 0; i < config->dim; i++) {
    modes *= i < config->dim - 1 ? 2 * config->modes[i] - 1 : config->modes[i];
    if (i) rest *= 2 * config->modes[i] - 1;
  }
  channels    = (config->cin + 16) / 16 * 16 + (2 * config->depth - 1) * ((config->width + 15) / 16 * 16);
  both        = 4. * BATCH * channels * (ranks - 1);
  expected[0] = both * 2 * modes;
  expected[1] = both * c->n[0] * rest / ranks;
  Claim(sent[0] == expected[0], "case %d: modes send %g bytes, expected %g", (int)(c - cases), sent[0], expected[0]);
  if (c->n[0] % ranks == 0) {
    Claim(sent[1] == expected[1], "case %d: rows send %g bytes, expected %g", (int)(c - cases), sent[1], expected[1]);
    Claim(sent[2] == PetscMin(expected[0], expected[1]), "case %d: %g bytes, could be %g or %g", (int)(c - cases),
          sent[2], expected[0], expected[1]);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run(void)
{
  PetscFunctionBegin;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(cases); i++) PetscCall(try(&cases[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(run)
