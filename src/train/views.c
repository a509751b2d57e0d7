/* What a classifier sees of a field, each channel of variance about 1, and then x (1 + x^2)^{-1/4} of it, which tames
   long tails:
     the field; C^{-1/2} of all of it; C^{-1/2} of each of the three finest octaves; of a vorticity the two
   components of its strain, 2 k_0 k_1 / |k|^2 and (k_0^2 - k_1^2) / |k|^2 of the field.
   C is the mean power of a mode in a shell of the first set. Shells with less than 1e-12 of all power are left out:
   they are rounding. */
#include "classifyimpl.h"

#include <math.h>

static PetscReal Unit(const KarGridInfo *info)
{
  PetscReal length = 0;

  for (PetscInt a = 0; a < info->dim; a++) length = PetscMax(length, info->length[a]);
  return (info->basis == KAR_BASIS_PERIODIC ? 2 : 1) * PETSC_PI / length;
}

/* The shell of every mode, -1 at Nyquist. */
static PetscErrorCode Shells(KarClassifier c, const KarModes *m)
{
  KarMode mode;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(c->modes, &c->shell));
  for (PetscInt i = 0; i < c->modes; i++) {
    kar_mode(m, i / m->length, i % m->length, &mode);
    c->shell[i] = mode.nyquist ? -1 : (PetscInt)(PetscSqrtReal(mode.k2) / Unit(&c->info) + 0.5);
    c->shells   = PetscMax(c->shells, c->shell[i] + 1);
  }
  for (int j = 0; j < c->views; j++) PetscCall(PetscMalloc1(c->modes, &c->multiplier[j]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarClassifierSetFields(KarClassifier c, KarFFT fft, const PetscInt count[2])
{
  const KarModes *m;
  KarGrid         grid;

  PetscFunctionBegin;
  PetscCall(KarFFTReference(fft));
  c->fft = fft;
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &c->info));
  PetscCall(KarFFTGetModes(fft, &m));
  KarCheck(c->comm, !c->flow || (c->info.dim == 2 && c->info.dof == 1 && c->info.basis == KAR_BASIS_PERIODIC),
           PETSC_ERR_ARG_INCOMP, "a classifier of vorticities needs periodic planes of one component");
  KarCheck(c->comm, c->kind != KAR_SYMMETRY_VECTOR || c->info.dof == c->info.dim, PETSC_ERR_ARG_INCOMP,
           "-judge_symmetry vector: fields of %" PetscInt_FMT " components in %" PetscInt_FMT " dimensions",
           c->info.dof, c->info.dim);
  c->modes    = m->rows * m->length;
  c->local    = c->modes * m->dof * m->width;
  c->points   = c->info.n[0] * c->info.n[1] * c->info.n[2];
  c->views    = KAR_CLASSIFIER_VIEWS - (c->flow ? 0 : 2);
  c->channels = c->info.dof * c->views;
  c->answers  = PetscMin(c->channels, KAR_CLASSIFIER_ANSWERS);
  PetscCall(Shells(c, m));
  PetscCall(KarFFTCreateCoordinates(fft, &c->x));
  PetscCall(VecDuplicate(c->x, &c->turned));
  PetscCall(VecDuplicate(c->x, &c->y));
  PetscCall(PetscMalloc1((size_t)c->points * (size_t)c->channels, &c->view));
  if (c->kind == KAR_SYMMETRY_SCALAR || c->kind == KAR_SYMMETRY_PSEUDOSCALAR || c->kind == KAR_SYMMETRY_VECTOR)
    PetscCall(KarSymmetryCreate(fft, &c->symmetry));
  for (int s = 0; s < 2; s++) {
    c->count[s] = count[s];
    PetscCall(PetscCalloc1(count[s], &c->fields[s]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarClassifierAdd(KarClassifier c, PetscInt set, PetscInt i, Vec x)
{
  const PetscScalar *v;

  PetscFunctionBegin;
  PetscCheck(i % c->ranks == c->rank && i < c->count[set], PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "field %" PetscInt_FMT " is kept by another rank", i);
  PetscCall(PetscMalloc1(c->local, &c->fields[set][i]));
  PetscCall(VecGetArrayRead(x, &v));
  for (PetscInt j = 0; j < c->local; j++) c->fields[set][i][j] = (float)v[j];
  PetscCall(VecRestoreArrayRead(x, &v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* multiplier[j], of deviation 1 over the set: of all modes alike (j = 0), or of those of the shells [low, high), each
   over the root of its power. */
static void Multiplier(KarClassifier c, const KarModes *m, int j, PetscInt low, PetscInt high, const PetscReal power[],
                       PetscReal least)
{
  PetscReal sum = 0;
  KarMode   mode;

  for (PetscInt i = 0; i < c->modes; i++) {
    const PetscInt s = c->shell[i];

    c->multiplier[j][i] = 0;
    if (s < low || s >= high || power[s] <= least) continue;
    kar_mode(m, i / m->length, i % m->length, &mode);
    c->multiplier[j][i] = j ? 1 / PetscSqrtReal(power[s]) : 1;
    sum += mode.weight * (j ? 1 : power[s]);
  }
  for (PetscInt i = 0; i < c->modes && sum > 0; i++) c->multiplier[j][i] /= PetscSqrtReal(sum / (PetscReal)c->info.dof);
}

static void Strain(KarClassifier c, const KarModes *m)
{
  PetscReal *const s = c->multiplier[KAR_CLASSIFIER_VIEWS - 2], *const t = c->multiplier[KAR_CLASSIFIER_VIEWS - 1];
  KarMode mode;

  for (PetscInt i = 0; i < c->modes; i++) {
    kar_mode(m, i / m->length, i % m->length, &mode);
    s[i] = t[i] = 0;
    if (mode.nyquist || !(mode.k2 > 0)) continue;
    s[i] = c->multiplier[0][i] * 2 * mode.k[0] * mode.k[1] / mode.k2;
    t[i] = c->multiplier[0][i] * (PetscSqr(mode.k[0]) - PetscSqr(mode.k[1])) / mode.k2;
  }
}

PetscErrorCode KarClassifierWhiten_Private(KarClassifier c, const KarFieldRange *range, PetscInt count)
{
  const KarModes *m;
  KarMode         mode;
  PetscReal      *power, *number, all = 0;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(c->fft, &m));
  PetscCall(PetscCalloc2(c->shells, &power, c->shells, &number));
  for (PetscInt i = 0; i < c->modes; i++) {
    if (c->shell[i] < 0) continue;
    kar_mode(m, i / m->length, i % m->length, &mode);
    number[c->shell[i]] += mode.weight * (PetscReal)count;
    for (PetscInt f = range->first; f < range->first + count; f++)
      for (PetscInt k = 0; c->fields[range->set][f] && k < m->dof * m->width; k++)
        power[c->shell[i]] += PetscSqr((PetscReal)c->fields[range->set][f][mode.offset + k]);
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, power, (int)c->shells, MPIU_REAL, MPI_SUM, c->comm));
  for (PetscInt s = 0; s < c->shells; s++) {
    if (s) all += power[s] / (PetscReal)count;
    power[s] /= PetscMax(number[s], 1);
  }
  PetscInt last = 0;

  for (PetscInt a = 0; a < c->info.dim; a++)
    last = PetscMax(last, c->info.basis == KAR_BASIS_PERIODIC ? c->info.n[a] / 2 : c->info.n[a]);
  Multiplier(c, m, 0, 0, c->shells, power, 0);
  Multiplier(c, m, 1, 1, c->shells, power, 1e-12 * all);
  for (int b = 0; b < KAR_CLASSIFIER_BANDS; b++)
    Multiplier(c, m, 2 + b, PetscMax(1, last >> (b + 1)), b ? last >> b : c->shells, power, 1e-12 * all);
  if (c->flow) Strain(c, m);
  PetscCall(PetscFree2(power, number));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* (cos, sin) of p becomes that of t + p or t - p. */
static void TurnPhase(KarClassifier c, const KarModes *m, const PetscReal u[2], PetscScalar x[])
{
  const PetscReal re = PetscCosReal(2 * PETSC_PI * u[0]), im = PetscSinReal(2 * PETSC_PI * u[0]),
                  sign = u[1] < 0.5 ? 1 : -1;

  for (PetscInt i = 0; i < c->local; i += 2 * m->width)
    for (PetscInt j = i; j < i + m->width; j++) {
      const PetscReal a = x[j], b = sign * x[j + m->width];

      x[j]            = re * a - im * b;
      x[j + m->width] = re * b + im * a;
    }
}

/* Coordinates of the field that is seen, in c->x. */
static PetscErrorCode Turned(KarClassifier c, PetscInt set, PetscInt i, PetscInt g, const PetscReal u[2])
{
  const Vec       to = g ? c->turned : c->x;
  const KarModes *m;
  PetscScalar    *x;
  PetscInt        sign;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(c->fft, &m));
  PetscCall(VecGetArrayWrite(to, &x));
  for (PetscInt j = 0; j < c->local; j++) x[j] = (PetscReal)c->fields[set][i][j];
  if (c->kind == KAR_SYMMETRY_PHASE) TurnPhase(c, m, u, x);
  PetscCall(VecRestoreArrayWrite(to, &x));
  if (!g) PetscFunctionReturn(PETSC_SUCCESS);
  if (c->kind == KAR_SYMMETRY_VECTOR) PetscCall(KarSymmetryApplyVector(c->symmetry, g, c->turned, c->x));
  else PetscCall(KarSymmetryApply(c->symmetry, g, c->turned, c->x));
  PetscCall(KarSymmetryGetSign(c->symmetry, g, &sign));
  if (c->kind == KAR_SYMMETRY_PSEUDOSCALAR && sign < 0) PetscCall(VecScale(c->x, -1));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The field with coordinates c->y as channels from `channel` on. */
static PetscErrorCode Channel(KarClassifier c, PetscInt channel)
{
  const PetscScalar *y;

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(c->y, &y));
  PetscCall(KarFFTInverseFloat(c->fft, y, c->channels, c->view + channel));
  PetscCall(VecRestoreArrayRead(c->y, &y));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarClassifierSee_Private(KarClassifier c, PetscInt set, PetscInt i, PetscInt g, const PetscReal u[2])
{
  const KarModes *m;

  PetscFunctionBegin;
  PetscCall(Turned(c, set, i, g, u));
  PetscCall(KarFFTGetModes(c->fft, &m));
  for (PetscInt j = 0; j < c->views; j++) {
    PetscCall(VecCopy(c->x, c->y));
    PetscCall(KarFFTMultiply(c->fft, c->multiplier[j], c->y));
    PetscCall(Channel(c, j * c->info.dof));
  }
  for (PetscInt j = 0; j < c->points * c->channels; j++) c->view[j] /= sqrtf(sqrtf(1 + c->view[j] * c->view[j]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

void kar_classifier_cut(KarClassifier c, const PetscInt first[3])
{
  const PetscInt *n  = c->info.n;
  PetscInt        at = 0;

  for (PetscInt i = 0; i < c->n[0]; i++)
    for (PetscInt j = 0; j < c->n[1]; j++)
      for (PetscInt k = 0; k < c->n[2]; k++, at++) {
        const PetscInt from = (((first[0] + i) % n[0]) * n[1] + (first[1] + j) % n[1]) * n[2] + (first[2] + k) % n[2];

        memcpy(c->in + at * c->channels, c->view + from * c->channels, (size_t)c->channels * sizeof(float));
      }
}
