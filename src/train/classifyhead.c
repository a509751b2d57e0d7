/* The logit of a patch: with m the mean over its points of what the network answers,
     b + w.m + c.gelu(A m + a).
   w starts at 1, A with normal numbers, the others at zero; the network's answers are zero then. */
#include "classifyimpl.h"

#include <math.h>

enum { H = KAR_CLASSIFIER_HIDDEN };

/* Places in the head's block of A [H][C], a [H], c [H], w [C], b. */
typedef struct {
  float *A, *a, *c, *w, *b;
} Head;

static Head At(float *block, PetscInt C)
{
  return (Head){block, block + H * C, block + H * C + H, block + H * C + 2 * H, block + H * C + 2 * H + C};
}

static PetscErrorCode CreateBlock(KarDescent *block, PetscInt n, float *p, float *g)
{
  PetscFunctionBegin;
  *block = (KarDescent){.n = n, .p = p, .g = g};
  PetscCall(PetscCalloc3(n, &block->m, n, &block->v, n, &block->ema));
  PetscCall(PetscArraycpy(block->ema, p, n));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarClassifierStart_Private(KarClassifier c)
{
  const PetscInt C = c->answers, n = H * C + 2 * H + C + 1;
  float         *p, *g;
  PetscReal      z[2];
  PetscInt       size;

  PetscFunctionBegin;
  PetscCall(KarClassifierStop_Private(c));
  PetscCall(KarNetInitialize(c->net, c->seed));
  PetscCall(KarNetGetParameters(c->net, &size, &p));
  PetscCall(KarNetGetGradient(c->net, NULL, &g));
  PetscCall(CreateBlock(&c->block[0], size, p, g));
  PetscCall(PetscCalloc2(n, &p, n, &g));
  for (PetscInt i = 0; i < H * C; i++) {
    kar_normal_pair((KarKey){.seed = c->seed, .stream = KAR_STREAM_TRAIN, .step = 1}, i, 0, 0, z);
    At(p, C).A[i] = (float)(z[0] / PetscSqrtReal((PetscReal)C));
  }
  for (PetscInt i = 0; i < C; i++) At(p, C).w[i] = 1;
  PetscCall(CreateBlock(&c->block[1], n, p, g));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarClassifierStop_Private(KarClassifier c)
{
  PetscFunctionBegin;
  for (int b = 0; b < 2; b++) PetscCall(PetscFree3(c->block[b].m, c->block[b].v, c->block[b].ema));
  PetscCall(PetscFree2(c->block[1].p, c->block[1].g));
  memset(c->block, 0, sizeof(c->block));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void Means(const KarClassifier c, double m[])
{
  for (PetscInt j = 0; j < c->answers; j++) m[j] = 0;
  for (PetscInt q = 0; q < c->area; q++)
    for (PetscInt j = 0; j < c->answers; j++) m[j] += (double)c->out[q * c->answers + j] / (double)c->area;
}

static double Hidden(Head head, PetscInt C, PetscInt h, const double m[])
{
  double sum = (double)head.a[h];

  for (PetscInt j = 0; j < C; j++) sum += (double)head.A[h * C + j] * m[j];
  return sum;
}

PetscErrorCode KarClassifierLogit_Private(KarClassifier c, KarNetPass pass, PetscReal *logit)
{
  const PetscInt  C       = c->answers;
  const Head      head    = At(c->block[1].p, C);
  const PetscReal nothing = 0;
  double          m[KAR_CLASSIFIER_ANSWERS];

  PetscFunctionBegin;
  PetscCall(KarNetForward(c->net, 1, &nothing, c->in, c->out, pass));
  Means(c, m);
  *logit = (PetscReal)head.b[0];
  for (PetscInt j = 0; j < C; j++) *logit += (double)head.w[j] * m[j];
  for (PetscInt h = 0; h < H; h++) {
    const double x = Hidden(head, C, h, m);

    *logit += (double)head.c[h] * x * 0.5 * erfc(-x / sqrt(2));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarClassifierBackward_Private(KarClassifier c, PetscReal dlogit)
{
  const PetscInt C    = c->answers;
  const Head     head = At(c->block[1].p, C), g = At(c->block[1].g, C);
  double         m[KAR_CLASSIFIER_ANSWERS], dm[KAR_CLASSIFIER_ANSWERS];

  PetscFunctionBegin;
  Means(c, m);
  g.b[0] += (float)dlogit;
  for (PetscInt j = 0; j < C; j++) {
    dm[j] = (double)head.w[j] * dlogit;
    g.w[j] += (float)(m[j] * dlogit);
  }
  for (PetscInt h = 0; h < H; h++) {
    const double x = Hidden(head, C, h, m), phi = 0.5 * erfc(-x / sqrt(2)),
                 slope = phi + x * exp(-x * x / 2) / sqrt(2 * PETSC_PI);
    const double dx    = dlogit * (double)head.c[h] * slope;

    g.c[h] += (float)(dlogit * x * phi);
    g.a[h] += (float)dx;
    for (PetscInt j = 0; j < C; j++) {
      g.A[h * C + j] += (float)(dx * m[j]);
      dm[j] += dx * (double)head.A[h * C + j];
    }
  }
  for (PetscInt q = 0; q < c->area; q++)
    for (PetscInt j = 0; j < C; j++) c->out[q * C + j] = (float)(dm[j] / (double)c->area);
  PetscCall(KarNetBackward(c->net, KAR_NET_WEIGHTS, c->out, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}
