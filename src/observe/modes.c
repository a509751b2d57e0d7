/* y = the coefficients of u in the real orthonormal basis, of the modes with |index| <= K on every axis: of a pair of
   modes sqrt 2 (Re, Im) of its coefficient, of a mode that is its own partner the coefficient. A table of all (2K +
   1)^dim of them passes between the ranks. Where both of a pair are stored, H* gives half to each. */
#include <karhunen/impl/observe.h>

/* The place of a part of a mode in the table; *first: it is the one that the datum is read from. */
static PetscInt Slot(const KarObservation obs, const KarModes *m, const KarMode *mode, PetscInt c, PetscInt part)
{
  const PetscInt side = 2 * obs->cut + 1;
  PetscInt       slot = 0;

  for (int a = 0; a < m->dim; a++) {
    if (PetscAbsInt(mode->index[a]) > obs->cut) return -1;
    slot = slot * side + mode->index[a] + obs->cut;
  }
  if (mode->nyquist || (mode->self && part)) return -1;
  return (slot * m->dof + c) * m->width + part;
}

static PetscInt Slots(const KarObservation obs, const KarModes *m)
{
  PetscInt n = m->dof * m->width;

  for (int a = 0; a < m->dim; a++) n *= 2 * obs->cut + 1;
  return n;
}

/* Calls between the table and the coordinates of this rank: to the table where x is NULL. factor: of the coordinate. */
typedef struct {
  PetscInt  slot, at;
  PetscReal factor;
  PetscBool own; /* the datum is this rank's, and read here */
} Entry;

static PetscErrorCode Entries(KarObservation obs, PetscInt *n, Entry **entries)
{
  const KarModes *m;
  KarMode         mode;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(obs->fft, &m));
  PetscCall(PetscMalloc1(PetscMin(2 * Slots(obs, m), m->rows * m->length * m->dof * m->width), entries));
  *n = 0;
  for (PetscInt r = 0; r < m->rows; r++)
    for (PetscInt j = 0; j < m->length; j++) {
      kar_mode(m, r, j, &mode);
      for (PetscInt c = 0; c < m->dof; c++)
        for (PetscInt part = 0; part < m->width; part++) {
          const PetscInt  slot = Slot(obs, m, &mode, c, part);
          const PetscBool paired =
            (PetscBool)(m->width == 2 && !mode.self && mode.weight == 1); /* both of the pair are stored */
          const PetscReal sign = part && mode.sign < 0 ? -1 : 1;

          if (slot >= 0)
            (*entries)[(*n)++] = (Entry){slot, mode.offset + c * m->width + part, paired ? sign / PETSC_SQRT2 : 1,
                                         (PetscBool)(mode.sign > 0)};
        }
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Apply(KarObservation obs, Vec x, Vec y)
{
  const PetscScalar *in;
  PetscScalar       *out;
  Entry             *e;
  PetscInt           n, at = 0;

  PetscFunctionBegin;
  PetscCall(Entries(obs, &n, &e));
  PetscCall(VecGetArrayRead(x, &in));
  PetscCall(VecGetArrayWrite(y, &out));
  for (PetscInt i = 0; i < n; i++) /* 1/factor = sqrt 2 for one of two */
    if (e[i].own) out[at++] = in[e[i].at] / e[i].factor;
  PetscCall(VecRestoreArrayWrite(y, &out));
  PetscCall(VecRestoreArrayRead(x, &in));
  PetscCall(PetscFree(e));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Adjoint(KarObservation obs, Vec z, Vec x)
{
  const KarModes    *m;
  const PetscScalar *in;
  PetscScalar       *out;
  PetscReal         *table;
  Entry             *e;
  PetscInt           n, at = 0, slots;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(obs->fft, &m));
  slots = Slots(obs, m);
  PetscCall(PetscCalloc1(slots, &table));
  PetscCall(Entries(obs, &n, &e));
  PetscCall(VecGetArrayRead(z, &in));
  for (PetscInt i = 0; i < n; i++)
    if (e[i].own) table[e[i].slot] = in[at++];
  PetscCall(VecRestoreArrayRead(z, &in));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, table, (PetscMPIInt)slots, MPIU_REAL, MPIU_SUM, obs->comm));
  PetscCall(VecZeroEntries(x));
  PetscCall(VecGetArray(x, &out));
  for (PetscInt i = 0; i < n; i++) out[e[i].at] = e[i].factor * table[e[i].slot];
  PetscCall(VecRestoreArray(x, &out));
  PetscCall(PetscFree(e));
  PetscCall(PetscFree(table));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Data are numbered by their place in the table, those that exist. */
static PetscErrorCode SetUp(KarObservation obs)
{
  const KarModes *m;
  Entry          *e;
  PetscInt        n, slots, *rank;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(obs->fft, &m));
  KarCheck(obs->comm, obs->cut >= 0 && Slots(obs, m) < 1 << 22, PETSC_ERR_USER_INPUT,
           "-%sobs_modes %" PetscInt_FMT ": too many modes; at most 4 million numbers", obs->prefix, obs->cut);
  slots = Slots(obs, m);
  PetscCall(PetscCalloc1(slots, &rank));
  PetscCall(Entries(obs, &n, &e));
  PetscCall(PetscMalloc1(n, &obs->number));
  for (PetscInt i = 0; i < n; i++)
    if (e[i].own) rank[e[i].slot] = 1;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, rank, (PetscMPIInt)slots, MPIU_INT, MPI_MAX, obs->comm));
  for (PetscInt s = 0; s < slots; s++) rank[s] = rank[s] ? obs->m++ : -1;
  for (PetscInt i = 0; i < n; i++)
    if (e[i].own) obs->number[obs->local++] = rank[e[i].slot];
  PetscCall(PetscFree(e));
  PetscCall(PetscFree(rank));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetFromOptions(KarObservation obs)
{
  PetscFunctionBegin;
  PetscCall(KarOptionsInt(obs->prefix, "obs_modes", "largest index of the modes that are observed, on every axis", 0,
                          1 << 20, &obs->cut));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode View(KarObservation obs, PetscViewer viewer)
{
  const KarModes *m;
  PetscInt        most = 0; /* the grid's own */

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(obs->fft, &m));
  for (int a = 0; a < m->dim; a++)
    most = PetscMax(most, m->basis == KAR_BASIS_COSINE ? m->n[a] - 1 : (m->n[a] - 1) / 2);
  PetscCall(PetscViewerASCIIPrintf(viewer, ", indices up to %" PetscInt_FMT, PetscMin(obs->cut, most)));
  if (obs->cut > most) PetscCall(PetscViewerASCIIPrintf(viewer, ", the grid's largest, not %" PetscInt_FMT, obs->cut));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarObservationCreate_Modes(KarObservation obs)
{
  PetscFunctionBegin;
  obs->ops = (KarObservationOps){
    .apply = Apply, .adjoint = Adjoint, .setfromoptions = SetFromOptions, .setup = SetUp, .view = View};
  PetscFunctionReturn(PETSC_SUCCESS);
}
