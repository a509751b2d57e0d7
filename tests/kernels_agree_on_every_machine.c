/* Each instruction set that this machine has gives the plain kernels' numbers: products to rounding, by AMX's tiles to
   2^-16 of what is summed, gelu and its slope within
   3e-7 max(1, |x|) of the exact ones, transposes exactly; and so does a network made to use them. */
#include "claim.h"
#include "../src/nn/nnimpl.h"
#include <karhunen/nn.h>

static float normal(PetscInt i)
{
  PetscReal z[2];

  kar_normal_pair((KarKey){9, 0, 0, 0, KAR_STREAM_TEST}, i >> 16, i & 0xffff, 0, z);
  return (float)z[0];
}

static void products(const KarKernels *k)
{
  static float a[40 * 40], b[40 * 160], c[40 * 160], one[40 * 160];
  const int    tiles = !strcmp(k->name, "amx");
  double       worst = 0;

  for (int i = 0; i < 1600; i++) a[i] = normal(i);
  for (int i = 0; i < 6400; i++) b[i] = normal(2000 + i);
  for (int M = 0; M < 35; M += 1)
    for (int N = 16; N <= 160; N += 48)
      for (int K = 0; K < 40; K += 13)
        for (int flags = 0; flags < 4; flags++) {
          const int add = flags & 1, ars = flags & 2 ? 1 : 40, acs = flags & 2 ? 40 : 1;

          for (int i = 0; i < M * N; i++) c[i] = one[i] = 1;
          k->gemm(M, N, K, a, ars, acs, b, N, c, N, add);
          for (int m = 0; m < M; m++)
            for (int n = 0; n < N; n++) {
              double sum = add, size = 0;

              for (int j = 0; j < K; j++) {
                sum += (double)a[m * ars + j * acs] * b[j * N + n];
                size += fabs((double)a[m * ars + j * acs] * b[j * N + n]);
              }
              worst = PetscMax(worst, fabs(c[m * N + n] - sum) - (tiles ? 0x1p-16 * size : 0));
            }
        }
  Claim(worst < 2e-5, "%s: product off by %g", k->name, worst);
}

/* The same with a bias is the bias and the product: to the bit, whatever was there before. */
static void affines(const KarKernels *k)
{
  static float a[40 * 40], b[40 * 160], bias[160], c[40 * 160], d[40 * 160];
  int          wrong = 0;

  for (int i = 0; i < 1600; i++) a[i] = normal(i);
  for (int i = 0; i < 6400; i++) b[i] = normal(2000 + i);
  for (int i = 0; i < 160; i++) bias[i] = normal(9000 + i);
  for (int M = 0; M < 35; M++)
    for (int N = 16; N <= 160; N += 48) {
      for (int i = 0; i < M * N; i++) c[i] = (float)NAN, d[i] = bias[i % N];
      k->affine(M, N, 33, a, 40, b, N, bias, c, N);
      k->gemm(M, N, 33, a, 40, 1, b, N, d, N, 1);
      for (int i = 0; i < M * N; i++) wrong += c[i] != d[i];
    }
  Claim(wrong == 0, "%s: %d numbers of a product with a bias are wrong", k->name, wrong);
}

static void gelus(const KarKernels *k)
{
  enum { N = 20011 };
  static float h[N], u[N], v[N], s[N];
  double       worst[3] = {0, 0, 0};

  for (int i = 0; i < N; i++) h[i] = (float)(0.001 * (i - N / 2));
  h[0] = -1e30f;
  h[1] = 1e30f;
  h[2] = -40;
  h[3] = 0;
  k->gelu(N, h, u);
  k->gelu_slope(N, h, v, s);
  for (int i = 0; i < N; i++) {
    double x = h[i], cdf = 0.5 * erfc(-x / sqrt(2.)), size = PetscMax(1, fabs(x));

    worst[0] = PetscMax(worst[0], fabs(u[i] - x * cdf) / size);
    worst[1] = PetscMax(worst[1], fabs(v[i] - x * cdf) / size);
    worst[2] = PetscMax(worst[2], fabs(s[i] - (cdf + x * exp(-x * x / 2) / sqrt(2 * PETSC_PI))));
  }
  Claim(worst[0] < 3e-7 && worst[1] < 3e-7 && worst[2] < 6e-7, "%s: gelu off by %g, %g, slope by %g", k->name, worst[0],
        worst[1], worst[2]);
  h[0] = (float)NAN;
  k->gelu(1, h, u);
  Claim(PetscIsNanReal(u[0]), "%s: gelu(NaN) = %g", k->name, u[0]);
}

static void transposes(const KarKernels *k)
{
  static float x[32 * 50], y[48 * 33];
  int          wrong = 0;

  for (int i = 0; i < 32 * 50; i++) x[i] = (float)i;
  k->transpose(32, 48, x, 50, y, 33);
  for (int i = 0; i < 32; i++)
    for (int j = 0; j < 48; j++) wrong += y[j * 33 + i] != x[i * 50 + j];
  Claim(wrong == 0, "%s: %d entries of a transpose are wrong", k->name, wrong);
}

/* Forward and backward with these kernels, against the plain ones. */
static PetscErrorCode networks(PetscInt n0, PetscInt n1)
{
  enum { MOST = 1100 };
  const PetscInt    N    = n0 * n1;
  const KarGridInfo info = {
    .comm = PETSC_COMM_WORLD, .dim = 2, .n = {n0, n1, 1}, .length = {1, 1, 1}, .dof = 1, .ln = n0, .plane = n1};
  const KarFNOConfig config = {
    .dim = 2, .cin = 1, .cout = 1, .width = 20, .depth = 3, .hidden = 24, .embed = 4, .modes = {2, 5, 1}};
  const PetscReal cnoise = 0.4;
  static float    x[MOST], y[MOST], dx[MOST], plain[2][MOST];
  float          *p;
  PetscInt        n;
  KarFNO          fno;

  PetscFunctionBegin;
  for (PetscInt i = 0; i < N; i++) x[i] = normal(5000 + i);
  PetscCall(KarFNOCreate(&info, &config, &fno));
  PetscCall(KarFNOGetParameters(fno, &n, &p));
  for (PetscInt i = 0; i < n; i++) p[i] = 0.3f * normal(i);
  for (int k = KAR_KERNELS_GENERIC; k < KAR_KERNELS_AUTO; k++) {
    double error = 0, norm = 0;

    if (!kar_kernels_of((KarFNOKernels)k)) continue;
    PetscCall(KarFNOSetKernels(fno, (KarFNOKernels)k));
    PetscCall(KarFNOForward(fno, 1, &cnoise, x, y, PETSC_TRUE));
    PetscCall(KarFNOBackward(fno, KAR_NET_WEIGHTS | KAR_NET_INPUT, x, dx));
    for (PetscInt i = 0; i < N; i++) {
      if (k == KAR_KERNELS_GENERIC) plain[0][i] = y[i], plain[1][i] = dx[i];
      error += PetscSqr((double)y[i] - plain[0][i]) + PetscSqr((double)dx[i] - plain[1][i]);
      norm += PetscSqr((double)plain[0][i]) + PetscSqr((double)plain[1][i]);
    }
    Claim(norm > 0 && sqrt(error / norm) < 1e-5, "%s: the network differs by %g", KarFNOKernelsNames[k],
          sqrt(error / norm));
  }
  PetscCall(KarFNODestroy(&fno));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run(void)
{
  PetscFunctionBegin;
  for (int i = KAR_KERNELS_GENERIC; i < KAR_KERNELS_AUTO; i++) {
    const KarKernels *k = kar_kernels_of((KarFNOKernels)i);

    if (!k) continue;
    PetscCall(PetscPrintf(PETSC_COMM_WORLD, "%s\n", k->name));
    products(k);
    affines(k);
    gelus(k);
    transposes(k);
  }
  PetscCall(networks(24, 20)); /* rows in quarters, */
  PetscCall(networks(40, 21)); /* in halves, */
  PetscCall(networks(4, 264)); /* in eighths */
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(run)
