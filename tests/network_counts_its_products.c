/* KarFNOGetFlops() is what the kernels multiply and add in a forward, counted in their calls, but for lift and weights
   of the modes: with rows in halves, quarters and eighths, in 1, 2 and 3 dimensions.  So is KarNetGetFlops() of
   stencils, with a Fourier part and without, but for weights of the modes and the answer's, which are no calls; what
   KarNetGetMemory() says of them is what is allocated, to 2 %. */
#include "claim.h"
#include "../src/nn/fnoimpl.h"
#include "../src/nn/localimpl.h"
#include <malloc.h>

static const KarKernels *plain;
static double            counted;

static void gemm(ptrdiff_t M, ptrdiff_t N, ptrdiff_t K, const float *a, ptrdiff_t ars, ptrdiff_t acs, const float *b,
                 ptrdiff_t ldb, float *c, ptrdiff_t ldc, int add)
{
  counted += 2. * (double)(M * N * K);
  plain->gemm(M, N, K, a, ars, acs, b, ldb, c, ldc, add);
}

static void affine(ptrdiff_t M, ptrdiff_t N, ptrdiff_t K, const float *a, ptrdiff_t lda, const float *b, ptrdiff_t ldb,
                   const float *bias, float *c, ptrdiff_t ldc)
{
  counted += 2. * (double)(M * N * K);
  plain->affine(M, N, K, a, lda, b, ldb, bias, c, ldc);
}

static void dots(ptrdiff_t M, ptrdiff_t N, const float *restrict x, const float *restrict w, float b, float *restrict y,
                 ptrdiff_t ldy)
{
  counted += 2. * (double)(M * N);
  plain->dots(M, N, x, w, b, y, ldy);
}

/* Three sums for each function of 4p + 2, one for each of 4p. */
static void unfold(ptrdiff_t m, ptrdiff_t N, const PetscInt start[5], const float *functions, const float *turn,
                   const float *z, float *v)
{
  counted += 2. * (double)(m * N * (start[2] + 3 * (start[4] - start[2])));
  plain->unfold(m, N, start, functions, turn, z, v);
}

static PetscErrorCode try(KarBasis basis, PetscInt n0, PetscInt n1, PetscInt n2, const KarFNOConfig *config)
{
  const PetscInt    np     = n0 * n1 * n2;
  const KarGridInfo info   = {.comm   = PETSC_COMM_SELF,
                              .dim    = config->dim,
                              .n      = {n0, n1, n2},
                              .length = {1, 1, 1},
                              .dof    = 1,
                              .ln     = n0,
                              .plane  = n1 * n2,
                              .basis  = basis};
  const PetscReal   cnoise = 0.1;
  KarKernels        counting;
  KarFNO            fno;
  PetscReal         flops;
  double            beside;
  float            *x, *y;

  PetscFunctionBegin;
  PetscCall(KarFNOCreate(&info, config, &fno));
  PetscCall(KarFNOInitialize(fno, 1));
  plain              = fno->books.kernels;
  counting           = *plain;
  counting.gemm      = gemm;
  counting.affine    = affine;
  counting.dots      = dots;
  counting.unfold    = unfold;
  fno->books.kernels = &counting;
  PetscCall(PetscCalloc2(np * config->cin, &x, np * config->cout, &y));
  counted = 0;
  PetscCall(KarFNOForward(fno, 1, &cnoise, x, y, PETSC_FALSE));
  PetscCall(KarFNOGetFlops(fno, &flops));
  /* lift of the weights and of the modes, weights of the modes; and points that are stored twice, in the layers */
  const double W = (double)fno->arch.W, X = (double)fno->arch.X, modes = (double)fno->arch.nmodes,
               depth = (double)config->depth;
  beside             = 2 * (X * W * W + modes * 2 * W * X + depth * modes * 2 * 2 * W * W +
                (double)(fno->arch.ns - fno->arch.np) * W * ((double)config->cin + 1 + (depth - 1) * W));
  Claim(counted == flops + beside, "%d x %d x %d: %.0f counted, expected %.0f + %.0f", (int)n0, (int)n1, (int)n2,
        counted, (double)flops, beside);
  PetscCall(PetscFree2(x, y));
  PetscCall(KarFNODestroy(&fno));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static double allocated(void)
{
  const struct mallinfo2 m = mallinfo2();

  return (double)m.uordblks + (double)m.hblkhd;
}

static PetscErrorCode stencils(PetscInt dim, PetscInt n0, PetscInt n1, PetscInt n2, PetscInt K)
{
  const PetscInt    points = n0 * n1 * n2, batch = 3, cin = 3, cout = 2;
  const KarGridInfo info = {
    .comm = PETSC_COMM_SELF, .dim = dim, .n = {n0, n1, n2}, .length = {1, 1, 1}, .dof = 1, .ln = n0, .plane = n1 * n2};
  const PetscReal time[3] = {0.1, 0.2, 0.3};
  KarKernels      counting;
  KarLocal       *local;
  KarNet          net;
  PetscReal       flops, planned;
  double          before, held;
  float          *x, *y, *dx;

  PetscFunctionBegin;
  PetscCall(PetscCalloc3(batch * points * cin, &x, batch * points * cout, &y, batch * points * cin, &dx));
  before = allocated();
  PetscCall(KarNetCreate(PETSC_COMM_SELF, &net));
  PetscCall(KarNetSetType(net, KARNETLOCAL));
  PetscCall(KarNetSetChannels(net, cin, 0, cout));
  PetscCall(KarNetSetGrid(net, &info));
  PetscCall(KarNetSetParameter(net, "depth", 3));
  PetscCall(KarNetSetParameter(net, "modes", (PetscReal)K));
  PetscCall(KarNetInitialize(net, 1));
  PetscCall(KarNetForward(net, batch, time, x, y, KAR_NET_KEEP));
  PetscCall(KarNetBackward(net, KAR_NET_WEIGHTS | KAR_NET_INPUT, y, dx));
  held = allocated() - before;
  PetscCall(KarNetGetMemory(net, batch, KAR_NET_KEEP, &planned));
  Claim(PetscAbsReal(held - planned) < 0.02 * held, "%dD, %d modes: %.0f bytes are held, %.0f were to be", (int)dim,
        (int)K, held, (double)planned);
  local          = net->context;
  plain          = local->kernels;
  counting       = *plain;
  counting.gemm  = gemm;
  local->kernels = &counting;
  counted        = 0;
  PetscCall(KarNetForward(net, 1, time, x, y, KAR_NET_EVALUATE));
  PetscCall(KarNetGetFlops(net, &flops));
  flops -= 4. * (PetscReal)(points * cout * local->W);
  Claim(counted == flops, "%dD, %d modes: %.0f counted, expected %.0f", (int)dim, (int)K, counted, (double)flops);
  PetscCall(KarNetDestroy(&net));
  PetscCall(PetscFree3(x, y, dx));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run(void)
{
  const KarFNOConfig line = {
    .dim = 1, .cin = 1, .cout = 1, .width = 16, .depth = 2, .hidden = 32, .embed = 2, .modes = {6, 1, 1}};
  const KarFNOConfig plane = {
    .dim = 2, .cin = 2, .cout = 2, .width = 32, .depth = 3, .hidden = 16, .embed = 2, .modes = {2, 5, 1}};
  const KarFNOConfig box = {
    .dim = 3, .cin = 1, .cout = 1, .width = 16, .depth = 2, .hidden = 16, .embed = 2, .modes = {2, 3, 2}};

  PetscFunctionBegin;
  PetscCall(KarSetThreads(1)); /* the count is one */
  PetscCall(try(KAR_BASIS_PERIODIC, 256, 1, 1, &line));
  PetscCall(try(KAR_BASIS_PERIODIC, 16, 24, 1, &plane));
  PetscCall(try(KAR_BASIS_PERIODIC, 5, 264, 1, &plane));
  PetscCall(try(KAR_BASIS_COSINE, 6, 10, 1, &plane));
  PetscCall(try(KAR_BASIS_PERIODIC, 6, 8, 10, &box));
  PetscCall(stencils(1, 2048, 1, 1, 0));
  PetscCall(stencils(1, 2048, 1, 1, 100));
  PetscCall(stencils(2, 36, 40, 1, 0));
  PetscCall(stencils(2, 36, 40, 1, 9));
  PetscCall(stencils(3, 12, 14, 10, 4));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(run)
