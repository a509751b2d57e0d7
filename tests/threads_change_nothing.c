/* The network, its gradient and a transform are the same with 1, 2 and 3 threads: to the order of sums, and to the bit
   when done again with one number; noise, a plane flow, draws with an exact score and AdamW to the bit with any. A
   wrong number of threads is refused. ranks: 1 2 */
#include "flows.h"
#include "problem.h"
#include <karhunen/nn.h>
#include <karhunen/sampler.h>

typedef struct {
  PetscInt     n[3];
  KarFNOConfig config;
} Case;

/*                          dim cin cout width depth hidden embed modes   extension */
static const Case cases[] = {
  {{203, 1, 1}, {1, 1, 2, 16, 2, 16, 4, {6, 1, 1}, {0.2, 0, 0}, 1}},
  {{64, 64, 1}, {2, 2, 1, 20, 3, 32, 4, {7, 9, 1}, {0, 0, 0}, 1}},
  {{9, 31, 1}, {2, 1, 1, 16, 2, 16, 4, {3, 4, 1}, {0, 0, 0}, 1}},
  {{8, 12, 16}, {3, 1, 1, 16, 2, 16, 4, {3, 4, 4}, {0, 0, 0}, 1}},
  {{256, 1, 1}, {1, 1, 1, 16, 2, 16, 4, {7, 1, 1}, {0, 0, 0}, 1}}, /* rows in eighths */
  {{4, 264, 1}, {2, 1, 1, 16, 2, 16, 4, {2, 6, 1}, {0, 0, 0}, 1}},
};
enum { BATCH = 3 };
static const PetscReal cnoise[BATCH] = {-0.3, 0.2, 0.9};

static float normal(PetscInt sample, PetscInt i)
{
  PetscReal z[2];

  kar_normal_pair((KarKey){11, sample, 0, 0, KAR_STREAM_TEST}, i, 0, 0, z);
  return (float)z[0];
}

/* [y | y recomputed | dx | gradient summed over ranks] with this many threads. */
static PetscErrorCode network(const Case *c, PetscInt threads, PetscInt *size, float **all)
{
  const PetscReal length[3] = {1, 1, 1};
  KarGrid         grid;
  KarGridInfo     info;
  KarFNO          fno;
  PetscInt        np, n, nx, ny;
  float          *p, *g, *x, *dy, *out;

  PetscFunctionBegin;
  PetscCall(KarSetThreads(threads));
  PetscCall(KarGridCreate(PETSC_COMM_WORLD, &grid));
  PetscCall(KarGridSetSizes(grid, c->config.dim, c->n, length));
  PetscCall(KarGridSetUp(grid));
  PetscCall(KarGridGetInfo(grid, &info));
  np = info.ln * c->n[1] * c->n[2];
  nx = BATCH * np * c->config.cin;
  ny = BATCH * np * c->config.cout;
  PetscCall(KarFNOCreate(&info, &c->config, &fno));
  PetscCall(KarFNOGetParameters(fno, &n, &p));
  for (PetscInt i = 0; i < n; i++) p[i] = 0.3f * normal(0, i);
  *size = 2 * ny + nx + n;
  PetscCall(PetscMalloc3(nx, &x, ny, &dy, *size, &out));
  for (PetscInt i = 0; i < nx; i++) x[i] = normal(1, info.start * 100000 + i);
  for (PetscInt i = 0; i < ny; i++) dy[i] = normal(2, info.start * 100000 + i);
  PetscCall(KarFNOSetActivations(fno, KAR_ACTIVATIONS_RECOMPUTED));
  PetscCall(KarFNOForward(fno, BATCH, cnoise, x, out + ny, PETSC_FALSE));
  PetscCall(KarFNOForward(fno, BATCH, cnoise, x, out, PETSC_TRUE));
  PetscCall(KarFNOZeroGradient(fno));
  PetscCall(KarFNOBackward(fno, KAR_NET_WEIGHTS | KAR_NET_INPUT, dy, out + 2 * ny));
  PetscCall(KarFNOGetGradient(fno, NULL, &g));
  PetscCallMPI(MPI_Allreduce(g, out + 2 * ny + nx, (int)n, MPI_FLOAT, MPI_SUM, PETSC_COMM_WORLD));
  PetscCall(PetscMalloc1(*size, all));
  PetscCall(PetscArraycpy(*all, out, *size));
  PetscCall(PetscFree3(x, dy, out));
  PetscCall(KarFNODestroy(&fno));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode networks(const Case *c)
{
  float   *one, *more, *again;
  PetscInt n;

  PetscFunctionBegin;
  PetscCall(network(c, 1, &n, &one));
  for (PetscInt threads = 2; threads <= 3; threads++) {
    double   error = 0, norm = 0;
    PetscInt differ = 0;

    PetscCall(network(c, threads, &n, &more));
    PetscCall(network(c, threads, &n, &again));
    for (PetscInt i = 0; i < n; i++) {
      error += PetscSqr((double)more[i] - one[i]);
      norm += PetscSqr((double)one[i]);
      differ += more[i] != again[i];
    }
    Claim(sqrt(error / norm) < 1e-5, "case %d, %d threads: relative difference %g", (int)(c - cases), (int)threads,
          sqrt(error / norm));
    Claim(differ == 0, "case %d, %d threads: %d numbers differ when it is done again", (int)(c - cases), (int)threads,
          (int)differ);
    PetscCall(PetscFree(more));
    PetscCall(PetscFree(again));
  }
  PetscCall(PetscFree(one));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode draw(PetscInt threads, PetscInt dim, Vec *x, Vec *back)
{
  const PetscInt  n[3]      = {24, 20, 18};
  const PetscReal length[3] = {1, 1, 1};
  KarGrid         grid;
  KarFFT          fft;
  Vec             field;

  PetscFunctionBegin;
  PetscCall(KarSetThreads(threads));
  PetscCall(KarGridCreate(PETSC_COMM_WORLD, &grid));
  PetscCall(KarGridSetSizes(grid, dim, n, length));
  PetscCall(KarFFTCreate(grid, &fft));
  PetscCall(KarFFTCreateCoordinates(fft, x));
  PetscCall(KarGridCreateField(grid, &field));
  PetscCall(KarFFTFillNormal(fft, (KarKey){5, 0, 0, 0, KAR_STREAM_TEST}, *x));
  PetscCall(KarFFTInverse(fft, *x, field));
  PetscCall(VecDuplicate(*x, back));
  PetscCall(KarFFTForward(fft, field, *back));
  PetscCall(VecDestroy(&field));
  PetscCall(KarFFTDestroy(&fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode draws(PetscInt dim)
{
  Vec       x, y, backx, backy;
  PetscBool same;
  PetscReal norm, size;

  PetscFunctionBegin;
  PetscCall(draw(3, dim, &x, &backx));
  PetscCall(draw(1, dim, &y, &backy));
  PetscCall(VecEqual(x, y, &same));
  Claim(same, "dim %d: noise depends on threads", (int)dim);
  PetscCall(VecNorm(x, NORM_2, &size));
  PetscCall(VecAXPY(backx, -1, x));
  PetscCall(VecAXPY(backy, -1, x));
  PetscCall(VecNorm(backx, NORM_2, &norm));
  Claim(norm < 1e-13 * size, "dim %d, 3 threads: there and back differs by %g", (int)dim, (double)(norm / size));
  PetscCall(VecNorm(backy, NORM_2, &norm));
  Claim(norm < 1e-13 * size, "dim %d, 1 thread: there and back differs by %g", (int)dim, (double)(norm / size));
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&y));
  PetscCall(VecDestroy(&backx));
  PetscCall(VecDestroy(&backy));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Some steps of a forced flow, by this scheme. */
static PetscErrorCode flow(PetscInt threads, KarFlowScheme scheme, Vec *w)
{
  const KarFlow law = {.nu = 0.05, .cfl = 2, .dt = 0.004, .advection = PETSC_TRUE, .scheme = scheme};
  KarFFT        fft;
  KarFluid      fluid;
  Vec           f;

  PetscFunctionBegin;
  PetscCall(KarSetThreads(threads));
  PetscCall(CreateBox(PETSC_COMM_WORLD, 2, 46, &fft));
  PetscCall(KarFFTCreateCoordinates(fft, &f));
  PetscCall(VecDuplicate(f, w));
  PetscCall(FillSmooth(fft, 1, 8, 2, f));
  PetscCall(FillSmooth(fft, 2, 8, 3, *w));
  PetscCall(KarFluidCreate(fft, &law, &fluid));
  PetscCall(KarFluidSolve(fluid, 0.01, f, *w, NULL));
  PetscCall(KarFluidDestroy(&fluid));
  PetscCall(VecDestroy(&f));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode flows(KarFlowScheme scheme)
{
  Vec       one, more;
  PetscBool same;

  PetscFunctionBegin;
  PetscCall(flow(1, scheme, &one));
  for (PetscInt threads = 2; threads <= 3; threads++) {
    PetscCall(flow(threads, scheme, &more));
    PetscCall(VecEqual(one, more, &same));
    Claim(same, "scheme %d: the flow depends on %d threads", (int)scheme, (int)threads);
    PetscCall(VecDestroy(&more));
  }
  PetscCall(VecDestroy(&one));
  PetscFunctionReturn(PETSC_SUCCESS);
}

typedef struct {
  const char *sde, *sampler;
  PetscReal   eta; /* negative: the sampler has none */
} Draw;

static const Draw exact[] = {{"vp", KARTSMULTISTEP, 0},
                             {"vp", KARTSMULTISTEP, 1},
                             {"vp", KARTSHEUN, -1},
                             {"heat", KARTSMULTISTEP, 0},
                             {"heat", KARTSEM, 1}};

/* A sample of a Gaussian law, large enough for three threads. */
static PetscErrorCode sample(const Draw *how, PetscInt threads, Vec *x)
{
  KarCov   noise, data;
  KarFFT   fft;
  KarScore score;
  KarSDE   sde;
  TS       ts;

  PetscFunctionBegin;
  PetscCall(KarSetThreads(threads));
  PetscCall(CreateBox(PETSC_COMM_WORLD, 2, 240, &fft));
  PetscCall(KarCovCreate(fft, &noise));
  PetscCall(KarCovCreate(fft, &data));
  PetscCall(KarCovSetType(data, "gauss"));
  PetscCall(KarSDECreate(noise, &sde));
  PetscCall(KarSDESetType(sde, how->sde));
  PetscCall(ProblemScore(sde, data, &score));
  PetscCall(KarSamplerCreate(score, &ts));
  PetscCall(KarSamplerSetType(ts, how->sampler));
  PetscCall(KarSamplerSetEvaluations(ts, 8));
  if (how->eta >= 0) PetscCall(KarSamplerSetParameter(ts, "eta", how->eta));
  PetscCall(KarFFTCreateCoordinates(fft, x));
  PetscCall(KarSamplerSolve(ts, (KarKey){.seed = 1}, *x, NULL));
  PetscCall(TSDestroy(&ts));
  PetscCall(KarScoreDestroy(&score));
  PetscCall(KarSDEDestroy(&sde));
  PetscCall(KarCovDestroy(&data));
  PetscCall(KarCovDestroy(&noise));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode samples(const Draw *how)
{
  Vec       one, more;
  PetscBool same;

  PetscFunctionBegin;
  PetscCall(sample(how, 1, &one));
  for (PetscInt threads = 2; threads <= 3; threads++) {
    PetscCall(sample(how, threads, &more));
    PetscCall(VecEqual(one, more, &same));
    Claim(same, "%s, %s, eta %g: the sample depends on %d threads", how->sde, how->sampler, (double)how->eta,
          (int)threads);
    PetscCall(VecDestroy(&more));
  }
  PetscCall(VecDestroy(&one));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode optimiser(void)
{
  enum { N = 10007 };
  static float   p[2][N], m[2][N], v[2][N], ema[2][N], g[N];
  const KarAdamW adamw = {
    .lr = 1e-3, .beta1 = 0.9, .beta2 = 0.99, .eps = 1e-8, .clip = 0.5, .decay = 0.9, .weight_decay = 0.1};
  PetscInt differ = 0;

  PetscFunctionBegin;
  for (int k = 0; k < 2; k++) {
    PetscCall(KarSetThreads(1 + 2 * k));
    for (PetscInt i = 0; i < N; i++) p[k][i] = g[i] = normal(9, i);
    for (PetscInt step = 1; step < 4; step++) kar_adamw_step(&adamw, step, N, p[k], m[k], v[k], ema[k], g);
  }
  for (PetscInt i = 0; i < N; i++) differ += p[0][i] != p[1][i] || ema[0][i] != ema[1][i];
  Claim(differ == 0, "AdamW: %d weights depend on threads", (int)differ);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run(void)
{
  PetscErrorCode code;

  PetscFunctionBegin;
  PetscCall(PetscPushErrorHandler(PetscReturnErrorHandler, NULL));
  code = KarSetThreads(2);
  PetscCall(PetscPopErrorHandler());
  if (code) PetscFunctionReturn(PETSC_SUCCESS); /* a build without threads */
  for (PetscInt dim = 1; dim <= 3; dim++) PetscCall(draws(dim));
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(cases); i++) PetscCall(networks(&cases[i]));
  PetscCall(flows(KAR_FLOW_RK4));
  PetscCall(flows(KAR_FLOW_CN));
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(exact); i++) PetscCall(samples(&exact[i]));
  PetscCall(optimiser());
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(run)
