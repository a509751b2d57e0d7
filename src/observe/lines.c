/* y_i = the mean of u along the straight line from x_i to x2_i, in closed form: of e^(i k x) it is that of the middle
   times sinc(k . (x2_i - x_i)/2), of prod_a cos(k_a x_a) the mean over signs of cos(k' x) sinc(k' . (x2_i - x_i)/2),
   k'_a = +-k_a. Sums over the modes of each rank, for all data. */
#include <karhunen/impl/observe.h>

static PetscReal Sinc(PetscReal x)
{
  return PetscAbsReal(x) > 1e-8 ? PetscSinReal(x) / x : 1;
}

static PetscReal Cosine(const KarModes *m, const KarMode *mode, const PetscReal x[3], const PetscReal line[3])
{
  const int ways = 1 << m->dim;
  PetscReal sum  = 0;

  for (int way = 0; way < ways; way++) {
    PetscReal phase = 0, along = 0;

    for (int a = 0; a < m->dim; a++) {
      const PetscReal k = way >> a & 1 ? -mode->k[a] : mode->k[a];

      phase += k * x[a], along += k * line[a];
    }
    sum += PetscCosReal(phase) * Sinc(along / 2);
  }
  return sum / ways;
}

/* What the two parts of a coordinate contribute to the mean along a line about x. */
static void Basis(const KarModes *m, const KarMode *mode, const PetscReal x[3], const PetscReal line[3], PetscReal b[2])
{
  PetscReal phase = 0, along = 0, size = PetscSqrtReal(mode->weight);

  b[0] = 1, b[1] = 0;
  if (m->basis == KAR_BASIS_COSINE) {
    for (int a = 0; a < m->dim; a++) b[0] *= mode->index[a] ? PETSC_SQRT2 : 1;
    b[0] *= Cosine(m, mode, x, line);
    return;
  }
  for (int a = 0; a < m->dim; a++) phase += mode->k[a] * x[a], along += mode->k[a] * line[a];
  size *= Sinc(along / 2);
  b[0] = size * PetscCosReal(phase);
  b[1] = -size * PetscSinReal(phase);
}

/* sums[m] += of the coordinates `in`; or coordinates out += of the sums where `in` is NULL. */
static PetscErrorCode Direct(KarObservation obs, const PetscScalar in[], PetscScalar out[], PetscReal sums[])
{
  const KarModes *m;
  KarMode         mode;
  PetscReal       b[2];

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(obs->fft, &m));
  for (PetscInt j = 0; j < m->rows * m->length; j++) {
    kar_mode(m, j / m->length, j % m->length, &mode);
    if (mode.nyquist) continue;
    for (PetscInt i = 0; i < obs->m; i++) {
      const PetscInt at = mode.offset + (obs->component ? obs->component[i] : 0) * m->width;

      Basis(m, &mode, obs->place + 3 * i, obs->line + 3 * i, b);
      for (PetscInt part = 0; part < (mode.self ? 1 : m->width); part++) {
        if (in) sums[i] += b[part] * in[at + part];
        else out[at + part] += b[part] * sums[i];
      }
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Apply(KarObservation obs, Vec x, Vec y)
{
  const PetscScalar *in;
  PetscScalar       *out;
  PetscReal         *sums;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(obs->m, &sums));
  PetscCall(VecGetArrayRead(x, &in));
  PetscCall(Direct(obs, in, NULL, sums));
  PetscCall(VecRestoreArrayRead(x, &in));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sums, (PetscMPIInt)obs->m, MPIU_REAL, MPIU_SUM, obs->comm));
  PetscCall(VecGetArrayWrite(y, &out));
  for (PetscInt i = 0; i < obs->local; i++) out[i] = sums[obs->number[i]];
  PetscCall(VecRestoreArrayWrite(y, &out));
  PetscCall(PetscFree(sums));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Adjoint(KarObservation obs, Vec z, Vec x)
{
  PetscScalar *out;
  PetscReal   *all;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(obs->m, &all));
  PetscCall(KarObservationGatherData(obs, z, all));
  PetscCall(VecZeroEntries(x));
  PetscCall(VecGetArray(x, &out));
  PetscCall(Direct(obs, NULL, out, all));
  PetscCall(VecRestoreArray(x, &out));
  PetscCall(PetscFree(all));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUp(KarObservation obs)
{
  PetscFunctionBegin;
  KarCheck(obs->comm, obs->line, PETSC_ERR_USER_INPUT,
           "means along which lines? Give -obs_data or -obs_points a file with columns x,y,z and x2,y2,z2, as many as "
           "the box has axes");
  PetscCall(KarObservationDeal(obs));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationCreate_Lines(KarObservation obs)
{
  PetscFunctionBegin;
  obs->ops = (KarObservationOps){.apply = Apply, .adjoint = Adjoint, .setup = SetUp};
  PetscFunctionReturn(PETSC_SUCCESS);
}
