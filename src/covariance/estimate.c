/* Averages of |u^_k|^2 over shells of |k|, in units of the smallest spacing of the lattice: below 8 a shell for each
   |k|^2 (a steep spectrum falls tenfold between |k| = 1 and sqrt 2), from there on those nearest to each whole number.
   Of an octave: where a shell has modes that the coarser grid lacks, it is the average over these alone. A law that is
   not isotropic has other averages in the corners of the coarser grid's box than along its sides. */
#include <karhunen/impl/covariance.h>

struct _p_KarCovEstimate {
  KarFFT    fft;       /* shared */
  PetscInt  n;         /* shells, mode 0 the first */
  PetscReal step;      /* spacing of the lattice */
  PetscInt  coarse[3]; /* of an octave, which its own modes measure where a shell has any; 0: none */
  /* [3][2][n]: of |u^|^2, of modes and components, of |k| over modes, each of all or the coarser modes, then of an
     octave's own; then mode 0: sums of u^ [dof] and their number */
  PetscReal *sum;
  PetscReal *k, *lambda;
};

#define FINE 8

static PetscInt Shell(PetscReal k)
{
  return k < FINE ? (PetscInt)(k * k + 0.5) : FINE * FINE + 1 - FINE + (PetscInt)(k + 0.5);
}

PetscErrorCode KarCovEstimateCreate(KarFFT fft, KarCovEstimate *out)
{
  KarCovEstimate estimate;
  KarGrid        grid;
  KarGridInfo    g;
  PetscReal      end = PETSC_MAX_REAL, unit;

  PetscFunctionBegin;
  PetscCall(PetscNew(&estimate));
  PetscCall(KarFFTReference(fft));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &g));
  unit           = g.basis == KAR_BASIS_PERIODIC ? 2 * PETSC_PI : PETSC_PI;
  estimate->fft  = fft;
  estimate->step = PETSC_MAX_REAL;
  for (PetscInt a = 0; a < g.dim; a++) {
    const PetscInt last = g.basis == KAR_BASIS_PERIODIC ? (g.n[a] - 1) / 2 : g.n[a] - 1;

    estimate->step = PetscMin(estimate->step, unit / g.length[a]);
    if (g.n[a] > 1) end = PetscMin(end, unit / g.length[a] * (PetscReal)last);
  }
  estimate->n = end < PETSC_MAX_REAL ? Shell(end / estimate->step * (1 + PETSC_SQRT_MACHINE_EPSILON)) + 1 : 1;
  PetscCall(PetscCalloc3(6 * estimate->n + g.dof + 1, &estimate->sum, estimate->n, &estimate->k, estimate->n,
                         &estimate->lambda));
  *out = estimate;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCovEstimateSetOctave(KarCovEstimate e, const PetscInt coarse[])
{
  const KarModes *m;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(e->fft, &m));
  for (PetscInt a = 0; a < m->dim; a++) e->coarse[a] = coarse ? coarse[a] : 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCovEstimateAddArray(KarCovEstimate e, const PetscReal x[])
{
  const KarModes *m;
  KarMode         mode;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(e->fft, &m));
  for (PetscInt r = 0; r < m->rows; r++)
    for (PetscInt j = 0; j < m->length; j++) {
      PetscReal k, square = 0;
      PetscInt  shell, at;

      kar_mode(m, r, j, &mode);
      k     = PetscSqrtReal(mode.k2);
      shell = Shell(k / e->step);
      if (mode.nyquist || shell >= e->n) continue;
      for (PetscInt c = 0; c < m->dof * m->width; c++) square += PetscSqr(x[mode.offset + c]);
      at = shell + (e->coarse[0] && !kar_mode_within(m, e->coarse, &mode) ? e->n : 0);
      e->sum[at] += square;
      e->sum[2 * e->n + at] += mode.weight * (PetscReal)m->dof;
      e->sum[4 * e->n + at] += mode.weight * (PetscReal)m->dof * k;
      if (mode.k2 > 0) continue;
      for (PetscInt c = 0; c < m->dof; c++) e->sum[6 * e->n + c] += x[mode.offset + c * m->width];
      e->sum[6 * e->n + m->dof] += 1;
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCovEstimateAdd(KarCovEstimate e, Vec x)
{
  const PetscScalar *a;

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(x, &a));
  PetscCall(KarCovEstimateAddArray(e, a));
  PetscCall(VecRestoreArrayRead(x, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCovEstimateFinish(KarCovEstimate e, MPI_Comm comm, PetscInt *n, const PetscReal *k[],
                                    const PetscReal *lambda[], PetscReal mean[])
{
  const KarModes *m;
  PetscReal      *total;
  PetscInt        size, shells = 0;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(e->fft, &m));
  size = 6 * e->n + m->dof + 1;
  PetscCall(PetscMalloc1(size, &total));
  PetscCallMPI(MPI_Allreduce(e->sum, total, (PetscMPIInt)size, MPIU_REAL, MPIU_SUM, comm));
  KarCheck(comm, total[6 * e->n + m->dof] > 0, PETSC_ERR_ORDER, "a spectrum is to be estimated from no samples");
  for (PetscInt c = 0; c < m->dof; c++) {
    total[6 * e->n + c] /= total[6 * e->n + m->dof];
    if (mean) mean[c] = total[6 * e->n + c];
  }
  for (PetscInt i = 0; i < e->n; i++) { /* empty shells are left out */
    const PetscInt   own = total[3 * e->n + i] > 0 ? e->n : 0;
    const PetscReal *of = total + own + i, count = of[2 * e->n];

    if (count == 0) continue;
    e->k[shells]      = of[4 * e->n] / count;
    e->lambda[shells] = of[0] / count;
    shells++;
  }
  for (PetscInt c = 0; c < m->dof; c++) e->lambda[0] -= PetscSqr(total[6 * e->n + c]) / (PetscReal)m->dof;
  e->lambda[0] = PetscMax(e->lambda[0], 0);
  PetscCall(PetscFree(total));
  *n      = shells;
  *k      = e->k;
  *lambda = e->lambda;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCovEstimateDestroy(KarCovEstimate *e)
{
  PetscFunctionBegin;
  if (*e) {
    PetscCall(KarFFTDestroy(&(*e)->fft));
    PetscCall(PetscFree3((*e)->sum, (*e)->k, (*e)->lambda));
    PetscCall(PetscFree(*e));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
