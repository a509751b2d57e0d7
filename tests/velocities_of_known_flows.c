/* Numbers of a velocity, exact on a Beltrami flow, the Taylor-Green vortex and waves that steepen; three and zero of a
   Gaussian field (64^3, fixed seed, 5 standard errors of independent points: false alarms 1e-6); the curl of a Beltrami
   flow is itself, that of a field whose component a varies along axis a alone it is nothing. ranks: 1 2 3 */
#include "claim.h"
#include <math.h>

enum { N = 32, G = 64 };
typedef void FlowFn(const PetscReal x[3], PetscReal u[3]); /* axes and components z, y, x */

static const PetscReal A = 1, B = 0.7, C = 0.4, S = 0.3, PHI = 0.8;

/* u_x = A sin z + C cos y, u_y = B sin x + A cos z, u_z = C sin y + B cos x: its curl is itself */
static void Beltrami(const PetscReal x[3], PetscReal u[3])
{
  u[0] = C * sin(x[1]) + B * cos(x[2]);
  u[1] = B * sin(x[2]) + A * cos(x[0]);
  u[2] = A * sin(x[0]) + C * cos(x[1]);
}
static void TaylorGreen(const PetscReal x[3], PetscReal u[3])
{
  u[0] = 0;
  u[1] = -cos(x[2]) * sin(x[1]) * cos(x[0]);
  u[2] = sin(x[2]) * cos(x[1]) * cos(x[0]);
}
static void Steep(const PetscReal x[3], PetscReal u[3])
{
  for (int a = 0; a < 3; a++) u[a] = cos(2 * x[a]) + S * cos(4 * x[a] + PHI);
}
static void SteepPlane(const PetscReal x[3], PetscReal u[3])
{
  for (int a = 0; a < 2; a++) u[a] = cos(2 * x[a]) + S * cos(4 * x[a] + PHI);
}
/* psi = cos 3x cos 2y: u_y = -d_x psi, u_x = d_y psi; vorticity 13 psi */
static void Cells(const PetscReal x[3], PetscReal u[3])
{
  u[0] = 3 * sin(3 * x[1]) * cos(2 * x[0]);
  u[1] = -2 * cos(3 * x[1]) * sin(2 * x[0]);
}

typedef struct {
  KarGrid     grid;
  KarGridInfo g;
  KarFFT      fft;
  KarVelocity velocity;
  Vec         field, x, y;
} Flow;

static PetscErrorCode Open(PetscInt dim, PetscInt size, Flow *f)
{
  const PetscInt  n[]      = {size, size, size};
  const PetscReal length[] = {2 * PETSC_PI, 2 * PETSC_PI, 2 * PETSC_PI};

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_WORLD, &f->grid));
  PetscCall(KarGridSetSizes(f->grid, dim, n, length));
  PetscCall(KarGridSetComponents(f->grid, dim));
  PetscCall(KarFFTCreate(f->grid, &f->fft));
  PetscCall(KarGridGetInfo(f->grid, &f->g));
  PetscCall(KarGridCreateField(f->grid, &f->field));
  PetscCall(KarFFTCreateCoordinates(f->fft, &f->x));
  PetscCall(VecDuplicate(f->x, &f->y));
  PetscCall(KarVelocityCreate(f->fft, &f->velocity));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Close(Flow *f)
{
  PetscFunctionBegin;
  PetscCall(KarVelocityDestroy(&f->velocity));
  PetscCall(VecDestroy(&f->x));
  PetscCall(VecDestroy(&f->y));
  PetscCall(VecDestroy(&f->field));
  PetscCall(KarFFTDestroy(&f->fft));
  PetscCall(KarGridDestroy(&f->grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Fill(Flow *f, FlowFn *fn)
{
  const PetscInt dim = f->g.dim, depth = dim > 2 ? f->g.n[2] : 1;
  const double   h = 2 * PETSC_PI / (double)f->g.n[0];
  PetscScalar   *v;

  PetscFunctionBegin;
  PetscCall(VecGetArrayWrite(f->field, &v));
  for (PetscInt i = 0; i < f->g.ln; i++)
    for (PetscInt j = 0; j < f->g.n[1]; j++)
      for (PetscInt k = 0; k < depth; k++) {
        const PetscReal at[3] = {h * (double)(f->g.start + i), h * (double)j, h * (double)k};
        PetscReal       u[3];

        fn(at, u);
        for (PetscInt a = 0; a < dim; a++) v[((i * f->g.n[1] + j) * depth + k) * dim + a] = u[a];
      }
  PetscCall(VecRestoreArrayWrite(f->field, &v));
  PetscCall(KarFFTForward(f->fft, f->field, f->x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode RowOf(PetscInt dim, FlowFn *fn, PetscReal row[])
{
  Flow f;

  PetscFunctionBegin;
  PetscCall(Open(dim, N, &f));
  PetscCall(Fill(&f, fn));
  PetscCall(KarVelocityMeasure(f.velocity, f.x, row));
  PetscCall(Close(&f));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void NoFlux(const PetscReal row[])
{
  for (int j = 0; j < KAR_VELOCITY_FLUXES; j++) ClaimNear(row[KAR_VELOCITY_FLUX + j], 0, 1e-14);
}

static PetscErrorCode Solenoidal(void)
{
  const PetscReal squares = A * A + B * B + C * C, fourths = A * A * A * A + B * B * B * B + C * C * C * C;
  PetscReal       row[KAR_VELOCITY_COLUMNS];

  PetscFunctionBegin;
  PetscCall(RowOf(3, Beltrami, row));
  for (int j = 0; j < KAR_VELOCITY_SHELLS; j++)
    ClaimNear(row[KAR_VELOCITY_ENERGY + j], kar_velocity_shell[j] == 1 ? squares / 2 : 0, 1e-14);
  NoFlux(row);
  ClaimNear(row[KAR_VELOCITY_ALONG], 0, 1e-28);
  ClaimNear(row[KAR_VELOCITY_ACROSS], squares / 6, 1e-11);
  ClaimNear(row[KAR_VELOCITY_ACROSS + 1], fourths / 8, 1e-11);
  ClaimNear(row[KAR_VELOCITY_DIVERGENCE], 0, 1e-14);

  PetscCall(RowOf(3, TaylorGreen, row));
  ClaimNear(row[KAR_VELOCITY_ENERGY + 1], 1. / 8, 1e-14); /* |kappa| = 3^{1/2}: shell 2 */
  NoFlux(row);
  ClaimNear(row[KAR_VELOCITY_ALONG], 1. / 12, 1e-11);
  ClaimNear(kar_row_third(row + KAR_VELOCITY_ALONG), 0, 1e-14);
  ClaimNear(kar_row_flatness(row + KAR_VELOCITY_ALONG), 81. / 16, 1e-10);
  ClaimNear(row[KAR_VELOCITY_DIVERGENCE], 0, 1e-14);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* In one dimension: E v^2 = 2 + 8 s^2, E v^3 = 12 s sin(phi), and cos(2 x) gives -s sin(phi) / 2 to the wave of half
   its length. */
static PetscErrorCode Steepening(void)
{
  const PetscReal second = 2 + 8 * S * S;
  PetscReal       row[KAR_VELOCITY_COLUMNS];

  PetscFunctionBegin;
  for (PetscInt dim = 2; dim < 4; dim++) {
    const PetscReal share = 1 / (PetscReal)dim;

    PetscCall(RowOf(dim, dim == 2 ? SteepPlane : Steep, row));
    ClaimNear(row[KAR_VELOCITY_ENERGY + 1], (PetscReal)dim / 4, 1e-14);
    ClaimNear(row[KAR_VELOCITY_ENERGY + 3], (PetscReal)dim * S * S / 4, 1e-14);
    ClaimNear(row[KAR_VELOCITY_FLUX] * share, -S * sin(PHI) / 2, 1e-14);
    ClaimNear(row[KAR_VELOCITY_FLUX + 1] * share, 0, 1e-14);
    ClaimNear(row[KAR_VELOCITY_ALONG], second, 1e-10);
    ClaimNear(kar_row_third(row + KAR_VELOCITY_ALONG), 12 * S * sin(PHI) / pow(second, 1.5), 1e-10);
    ClaimNear(row[KAR_VELOCITY_ACROSS], 0, 1e-26);
    ClaimNear(row[KAR_VELOCITY_DIVERGENCE], 1, 1e-14);
    for (int r = 0; r < KAR_VELOCITY_INCREMENTS; r++) {
      const PetscReal h = 2 * PETSC_PI / N * (1 << r);

      ClaimNear(row[KAR_VELOCITY_INCREMENT + 2 * r], 2 * PetscSqr(sin(h)) + 2 * S * S * PetscSqr(sin(2 * h)), 1e-10);
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Gaussian(void)
{
  PetscReal row[KAR_VELOCITY_COLUMNS], error;
  Flow      f;

  PetscFunctionBegin;
  PetscCall(Open(3, G, &f));
  PetscCall(KarFFTFillNormal(f.fft, (KarKey){.seed = 5, .stream = KAR_STREAM_TEST}, f.x));
  PetscCall(KarVelocityMeasure(f.velocity, f.x, row));
  error = sqrt(1 / (3. * G * G * G));
  ClaimNear(kar_row_third(row + KAR_VELOCITY_ALONG), 0, 5 * sqrt(15) * error);
  ClaimNear(kar_row_flatness(row + KAR_VELOCITY_ALONG), 3, 5 * sqrt(24) * error);
  ClaimNear(kar_row_flatness(row + KAR_VELOCITY_ACROSS), 3, 5 * sqrt(24) * error);
  for (int r = 0; r < KAR_VELOCITY_INCREMENTS; r++)
    ClaimNear(kar_row_flatness(row + KAR_VELOCITY_INCREMENT + 2 * r), 3, 5 * sqrt(48) * error);
  PetscCall(Close(&f));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Curls(void)
{
  const PetscScalar *v;
  PetscReal          norm;
  PetscInt           n;
  Flow               f;

  PetscFunctionBegin;
  PetscCall(Open(3, N, &f));
  PetscCall(Fill(&f, Beltrami));
  PetscCall(KarFFTCurl(f.fft, f.x, f.y));
  PetscCall(VecAXPY(f.y, -1, f.x));
  PetscCall(VecNorm(f.y, NORM_2, &norm));
  ClaimNear(norm, 0, 1e-13);
  PetscCall(Fill(&f, Steep));
  PetscCall(KarFFTCurl(f.fft, f.x, f.y));
  PetscCall(VecNorm(f.y, NORM_2, &norm));
  ClaimNear(norm, 0, 1e-12);
  PetscCall(Close(&f));

  PetscCall(Open(2, N, &f));
  PetscCall(Fill(&f, Cells));
  PetscCall(KarFFTCurl(f.fft, f.x, f.y));
  PetscCall(KarFFTInverse(f.fft, f.y, f.field));
  PetscCall(VecGetArrayRead(f.field, &v));
  PetscCall(VecGetLocalSize(f.field, &n));
  for (PetscInt i = 0; i < n / 2; i++) {
    const PetscReal y = 2 * PETSC_PI / N * (double)(f.g.start + i / N), x = 2 * PETSC_PI / N * (double)(i % N);

    ClaimNear(v[2 * i], 13 * cos(3 * x) * cos(2 * y), 1e-12);
    ClaimNear(v[2 * i + 1], 0, 0);
  }
  PetscCall(VecRestoreArrayRead(f.field, &v));
  PetscCall(Close(&f));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  PetscCall(Solenoidal());
  PetscCall(Steepening());
  PetscCall(Gaussian());
  PetscCall(Curls());
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
