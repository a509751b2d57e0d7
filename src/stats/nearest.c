/* Nearest neighbours over a group: min_g |x - g y|^2 = |x|^2 + |y|^2 - 2 max_g <x, g y>. Over shifts the inner
   products are one inverse transform of conj(x^) y^; a constant added to a phase turns <e^{ip}, e^{iq}> and leaves its
   modulus. */
#include "statsimpl.h"
#include <karhunen/nearest.h>

struct _p_KarNearest {
  MPI_Comm      comm;
  KarInvariance invariance;
  KarFFT        fft;
  KarSymmetry   symmetry;
  PetscInt      asked, modes, local, elements;
  PetscReal    *root;   /* [modes]: 1 / sqrt(weight) */
  PetscReal    *x, *xx; /* [asked][local], their squares [asked] */
  PetscReal    *least;  /* [asked] */
  PetscInt     *which;  /* [asked] */
  Vec           turned, product, field;
};

static PetscReal Root(const KarMode *mode, void *ctx)
{
  return mode->nyquist ? 0 : 1 / PetscSqrtReal(mode->weight);
}

PetscErrorCode KarNearestCreate(MPI_Comm comm, KarFFT fft, const KarInvariance *invariance, PetscInt asked,
                                KarNearest *out)
{
  const KarModes *m;
  KarNearest      s;
  KarGrid         grid;

  PetscFunctionBegin;
  PetscCall(PetscNew(&s));
  PetscCall(KarFFTReference(fft));
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(KarFFTGetGrid(fft, &grid));
  KarCheck(comm, !invariance->shifts || (m->basis == KAR_BASIS_PERIODIC && m->dof == 1), PETSC_ERR_ARG_INCOMP,
           "nearest fields over shifts: these are %s, of %" PetscInt_FMT " components", KarBases[m->basis], m->dof);
  KarCheck(comm, !invariance->phase || (m->dof == 2 && !invariance->shifts && !invariance->turns), PETSC_ERR_ARG_INCOMP,
           "nearest phases are those of cos and sin, neither shifted nor turned");
  s->comm       = comm;
  s->fft        = fft;
  s->invariance = *invariance;
  s->asked      = asked;
  s->modes      = m->rows * m->length;
  s->local      = s->modes * m->dof * m->width;
  s->elements   = 1;
  PetscCall(KarFFTCreateMultiplier(fft, Root, NULL, &s->root));
  if (invariance->turns) {
    PetscCall(KarSymmetryCreate(fft, &s->symmetry));
    PetscCall(KarSymmetryGetSize(s->symmetry, &s->elements));
  }
  PetscCall(PetscCalloc4(asked * s->local, &s->x, asked, &s->xx, asked, &s->least, asked, &s->which));
  for (PetscInt q = 0; q < asked; q++) s->least[q] = PETSC_MAX_REAL;
  PetscCall(KarFFTCreateCoordinates(fft, &s->turned));
  PetscCall(VecDuplicate(s->turned, &s->product));
  PetscCall(KarGridCreateField(grid, &s->field));
  *out = s;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNearestAsk(KarNearest s, PetscInt q, Vec x)
{
  const PetscScalar *v;

  PetscFunctionBegin;
  PetscCheck(q >= 0 && q < s->asked, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "field %" PetscInt_FMT " of %" PetscInt_FMT, q, s->asked);
  PetscCall(VecGetArrayRead(x, &v));
  PetscCall(PetscArraycpy(s->x + q * s->local, v, s->local));
  for (PetscInt i = 0; i < s->local; i++) s->xx[q] += v[i] * v[i];
  PetscCall(VecRestoreArrayRead(x, &v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* max over shifts of <x, y(. + s)>. */
static PetscErrorCode OverShifts(KarNearest s, const PetscReal x[], const PetscScalar y[], PetscReal *most)
{
  PetscScalar *c;

  PetscFunctionBegin;
  PetscCall(VecGetArrayWrite(s->product, &c));
  for (PetscInt i = 0; i < s->modes; i++) {
    c[2 * i]     = s->root[i] * (x[2 * i] * y[2 * i] + x[2 * i + 1] * y[2 * i + 1]);
    c[2 * i + 1] = s->root[i] * (x[2 * i] * y[2 * i + 1] - x[2 * i + 1] * y[2 * i]);
  }
  PetscCall(VecRestoreArrayWrite(s->product, &c));
  PetscCall(KarFFTInverse(s->fft, s->product, s->field));
  PetscCall(VecMax(s->field, NULL, most));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* max over constants and signs of Re <e^{ip}, e^{i(c +- q)}>, coordinates (cos, sin), `width` numbers each. */
static PetscReal OverConstants(PetscInt local, PetscInt width, const PetscReal x[], const PetscScalar y[])
{
  PetscReal cc = 0, ss = 0, cs = 0, sc = 0;

  for (PetscInt i = 0; i < local; i += 2 * width)
    for (PetscInt j = i; j < i + width; j++) {
      cc += x[j] * y[j];
      ss += x[j + width] * y[j + width];
      cs += x[j] * y[j + width];
      sc += x[j + width] * y[j];
    }
  return PetscMax(hypot(cc + ss, cs - sc), hypot(cc - ss, cs + sc));
}

static PetscErrorCode CompareTurned(KarNearest s, PetscInt number, PetscReal sign, PetscReal yy, Vec turned)
{
  const KarModes    *m;
  const PetscScalar *y;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(s->fft, &m));
  if (sign < 0) PetscCall(VecScale(turned, -1));
  PetscCall(VecGetArrayRead(turned, &y));
  for (PetscInt q = 0; q < s->asked; q++) {
    const PetscReal *x    = s->x + q * s->local;
    PetscReal        most = 0, distance;

    if (s->invariance.phase) most = OverConstants(s->local, m->width, x, y);
    else if (s->invariance.shifts) PetscCall(OverShifts(s, x, y, &most));
    else
      for (PetscInt i = 0; i < s->local; i++) most += x[i] * y[i];
    distance = s->xx[q] + yy > 0 ? PetscMax(0, 1 - 2 * most / (s->xx[q] + yy)) : 0;
    if (distance < s->least[q]) s->least[q] = distance, s->which[q] = number;
  }
  PetscCall(VecRestoreArrayRead(turned, &y));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNearestCompare(KarNearest s, PetscInt number, Vec y)
{
  PetscReal yy;
  PetscInt  sign = 1;

  PetscFunctionBegin;
  PetscCall(VecDot(y, y, &yy));
  for (PetscInt g = 0; g < s->elements; g++) {
    if (g) {
      PetscCall(KarSymmetryApply(s->symmetry, g, y, s->turned));
      PetscCall(KarSymmetryGetSign(s->symmetry, g, &sign));
    } else PetscCall(VecCopy(y, s->turned));
    PetscCall(CompareTurned(s, number, s->invariance.pseudo && sign < 0 ? -1 : 1, yy, s->turned));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNearestFinish(KarNearest s, PetscReal distance[], PetscInt which[])
{
  PetscFunctionBegin;
  PetscCallMPI(MPI_Allreduce(s->least, distance, (int)s->asked, MPIU_REAL, MPI_MIN, s->comm));
  for (PetscInt q = 0; q < s->asked; q++) which[q] = s->least[q] <= distance[q] ? s->which[q] : PETSC_MAX_INT;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, which, (int)s->asked, MPIU_INT, MPI_MIN, s->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNearestDestroy(KarNearest *out)
{
  KarNearest s = *out;

  PetscFunctionBegin;
  *out = NULL;
  if (!s) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscFree(s->root));
  PetscCall(PetscFree4(s->x, s->xx, s->least, s->which));
  PetscCall(VecDestroy(&s->turned));
  PetscCall(VecDestroy(&s->product));
  PetscCall(VecDestroy(&s->field));
  PetscCall(KarSymmetryDestroy(&s->symmetry));
  PetscCall(KarFFTDestroy(&s->fft));
  PetscCall(PetscFree(s));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscReal kar_stats_least(PetscInt n, const PetscReal x[], PetscInt m, const PetscReal y[], PetscInt *k)
{
  PetscReal least = PETSC_MAX_REAL, p = 1;
  PetscInt  below = 0;

  for (PetscInt j = 0; j < m; j++) least = PetscMin(least, y[j]);
  for (PetscInt i = 0; i < n; i++) below += x[i] < least;
  for (PetscInt i = 0; i < below; i++) p *= (PetscReal)(n - i) / (PetscReal)(n + m - i);
  if (k) *k = below;
  return p;
}
