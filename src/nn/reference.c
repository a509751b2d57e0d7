/* The network as its formula reads, in double: every mode by a sum over all points, every point by a sum over all
   modes. */
#include "fnoimpl.h"

typedef struct {
  KarFNO    fno; /* for its tensors */
  PetscInt  np, nmodes;
  PetscInt *kappa;         /* [nmodes][3] */
  double   *cosine, *sine; /* [nmodes][np] of k.x */
} Reference;

static double gelu(double x)
{
  return 0.5 * x * erfc(-x / sqrt(2.));
}

static PetscErrorCode CreateTables(const KarGridInfo *info, const KarFNOConfig *c, Reference *r)
{
  PetscInt low[3] = {0, 0, 0}, high[3] = {1, 1, 1}, j[3], m = 0;

  PetscFunctionBegin;
  r->np = r->nmodes = 1;
  for (PetscInt i = 0; i < c->dim; i++) {
    high[i] = c->modes[i];
    low[i]  = i < c->dim - 1 ? 1 - c->modes[i] : 0;
    r->np *= info->n[i];
    r->nmodes *= high[i] - low[i];
  }
  PetscCall(PetscMalloc3(3 * r->nmodes, &r->kappa, r->nmodes * r->np, &r->cosine, r->nmodes * r->np, &r->sine));
  for (PetscInt a = low[0]; a < high[0]; a++)
    for (PetscInt b = low[1]; b < high[1]; b++)
      for (PetscInt d = low[2]; d < high[2]; d++, m++) {
        const PetscInt kappa[3] = {a, b, d};
        PetscInt       p        = 0;

        PetscCall(PetscArraycpy(r->kappa + 3 * m, kappa, 3));
        for (j[0] = 0; j[0] < info->n[0]; j[0]++)
          for (j[1] = 0; j[1] < (c->dim > 1 ? info->n[1] : 1); j[1]++)
            for (j[2] = 0; j[2] < (c->dim > 2 ? info->n[2] : 1); j[2]++, p++) {
              double kx = 0;

              for (PetscInt i = 0; i < c->dim; i++)
                kx += 2 * PETSC_PI * (double)kappa[i] * ((double)j[i] + (info->basis == KAR_BASIS_COSINE ? 0.5 : 0)) /
                      ((1 + c->extension[i]) * (double)info->n[i]);
              r->cosine[m * r->np + p] = cos(kx);
              r->sine[m * r->np + p]   = sin(kx);
            }
      }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* y[n][co] = x[n][ci] w[ci][co] + b */
static void linear(PetscInt n, PetscInt ci, PetscInt co, const double x[], const double w[], const double b[],
                   double y[])
{
  for (PetscInt p = 0; p < n; p++)
    for (PetscInt o = 0; o < co; o++) {
      y[p * co + o] = b[o];
      for (PetscInt i = 0; i < ci; i++) y[p * co + o] += x[p * ci + i] * w[i * co + o];
    }
}

/* y += Re sum w (u^ R) e^{ik.x} */
static void spectral(const Reference *r, PetscInt w, const double u[], const double R[], double y[], double work[])
{
  const PetscInt last = r->fno->arch.config.dim - 1;
  double        *hat = work, *mixed = work + 2 * w;

  for (PetscInt m = 0; m < r->nmodes; m++, R += 2 * w * w) {
    const double *co = r->cosine + m * r->np, *si = r->sine + m * r->np, weight = r->kappa[3 * m + last] ? 2 : 1;

    PetscArrayzero(work, 4 * w);
    for (PetscInt p = 0; p < r->np; p++)
      for (PetscInt c = 0; c < w; c++) {
        hat[c] += u[p * w + c] * co[p] / (double)r->np;
        hat[w + c] -= u[p * w + c] * si[p] / (double)r->np;
      }
    for (PetscInt i = 0; i < w; i++)
      for (PetscInt c = 0; c < w; c++) {
        mixed[c] += hat[i] * R[i * 2 * w + c] - hat[w + i] * R[i * 2 * w + w + c];
        mixed[w + c] += hat[i] * R[i * 2 * w + w + c] + hat[w + i] * R[i * 2 * w + c];
      }
    for (PetscInt p = 0; p < r->np; p++)
      for (PetscInt c = 0; c < w; c++) y[p * w + c] += weight * (mixed[c] * co[p] - mixed[w + c] * si[p]);
  }
}

#define P(id, l) (parameters + kar_fno_offset(&(r).fno->arch, id, l))

PetscErrorCode KarFNOReference(const KarGridInfo *info, const KarFNOConfig *c, const double parameters[],
                               PetscInt batch, const PetscReal cnoise[], const double x[], double y[])
{
  const PetscInt w = c->width, e = c->embed, n = PetscMax(1, c->scalars);
  Reference      r = {0};
  double        *u, *h, *v, *time, *work;

  PetscFunctionBegin;
  PetscCall(KarFNOCreate(info, c, &r.fno));
  PetscCall(CreateTables(info, c, &r));
  PetscCall(PetscMalloc5(r.np * w, &u, r.np * w, &h, r.np * c->hidden, &v, (n + 2) * e + c->depth * 2 * w, &time, 4 * w,
                         &work));
  for (PetscInt s = 0; s < batch; s++, x += r.np * c->cin, y += r.np * c->cout) {
    double *feature = time, *hid = time + n * e, *mod = hid + 2 * e;

    for (PetscInt j = 0; j < n; j++)
      for (PetscInt i = 0; i < e / 2; i++) {
        double omega = 0.5 * pow(32., e > 2 ? (double)i / (double)(e / 2 - 1) : 0.);

        feature[j * e + i]         = sin(omega * cnoise[s * n + j]);
        feature[j * e + e / 2 + i] = cos(omega * cnoise[s * n + j]);
      }
    linear(1, n * e, 2 * e, feature, P(KAR_TIME0_W, 0), P(KAR_TIME0_B, 0), hid);
    for (PetscInt i = 0; i < 2 * e; i++) hid[i] = gelu(hid[i]);
    linear(1, 2 * e, c->depth * 2 * w, hid, P(KAR_TIME1_W, 0), P(KAR_TIME1_B, 0), mod);
    linear(r.np, c->cin, w, x, P(KAR_LIFT_W, 0), P(KAR_LIFT_B, 0), u);
    for (PetscInt l = 0; l < c->depth; l++, mod += 2 * w) {
      linear(r.np, w, w, u, P(KAR_SKIP_W, l), P(KAR_SKIP_B, l), h);
      spectral(&r, w, u, P(KAR_SPECTRAL, l), h, work);
      for (PetscInt p = 0; p < r.np; p++)
        for (PetscInt i = 0; i < w; i++) u[p * w + i] = gelu((1 + mod[i]) * h[p * w + i] + mod[w + i]);
    }
    linear(r.np, w, c->hidden, u, P(KAR_PROJECT_W, 0), P(KAR_PROJECT_B, 0), v);
    for (PetscInt i = 0; i < r.np * c->hidden; i++) v[i] = gelu(v[i]);
    for (PetscInt p = 0; p < r.np; p++)
      for (PetscInt o = 0; o < c->cout; o++) {
        y[p * c->cout + o] = P(KAR_OUT_B, 0)[o];
        for (PetscInt i = 0; i < c->hidden; i++)
          y[p * c->cout + o] += v[p * c->hidden + i] * P(KAR_OUT_W, 0)[o * c->hidden + i];
      }
  }
  PetscCall(PetscFree5(u, h, v, time, work));
  PetscCall(PetscFree3(r.kappa, r.cosine, r.sine));
  PetscCall(KarFNODestroy(&r.fno));
  PetscFunctionReturn(PETSC_SUCCESS);
}
