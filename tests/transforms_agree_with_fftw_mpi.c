/* Coordinates are FFTW3-MPI's transform of the same slabs, scaled, and go back to the field: both bases, components,
   odd and even sizes, more ranks than sheets of modes, fields that are exchanged in several parts, arrays at any
   address; and are the same bits on all ranks as on one. The wave numbers of a row are those of its modes, 0 at Nyquist
   modes. ranks: 1 2 3 4 */
#include "claim.h"
#include <fftw3-mpi.h>

typedef struct {
  PetscInt dim, n[3], dof;
  KarBasis basis;
} Case;

static const Case cases[] = {
  {2, {640, 518, 1}, 1, KAR_BASIS_PERIODIC}, /* 2.5 MiB of modes: several parts */
  {2, {33, 24, 1}, 1, KAR_BASIS_PERIODIC},   {2, {30, 21, 1}, 2, KAR_BASIS_PERIODIC},
  {2, {8, 17, 1}, 1, KAR_BASIS_PERIODIC},    {2, {8, 2, 1}, 1, KAR_BASIS_PERIODIC},
  {2, {37, 26, 1}, 1, KAR_BASIS_COSINE},     {2, {16, 9, 1}, 3, KAR_BASIS_COSINE},
  {3, {64, 70, 90}, 1, KAR_BASIS_PERIODIC}, /* blocks of columns */
  {3, {8, 6, 7}, 3, KAR_BASIS_PERIODIC},     {3, {7, 8, 4}, 2, KAR_BASIS_COSINE},
  {3, {40, 48, 50}, 1, KAR_BASIS_COSINE},
};

static PetscErrorCode Make(MPI_Comm comm, const Case *c, KarGrid *grid, KarFFT *fft)
{
  PetscFunctionBegin;
  PetscCall(KarGridCreate(comm, grid));
  PetscCall(KarGridSetSizes(*grid, c->dim, c->n, NULL));
  PetscCall(KarGridSetComponents(*grid, c->dof));
  PetscCall(KarGridSetBasis(*grid, c->basis));
  PetscCall(KarFFTCreate(*grid, fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Numbers that depend on the place in the whole field alone. */
static void Fill(const KarGridInfo *g, PetscReal field[])
{
  PetscReal z[2];

  for (PetscInt i = 0; i < g->ln * g->plane; i++) {
    const PetscInt at = g->start * g->plane + i;

    kar_normal_pair((KarKey){.seed = 4, .stream = KAR_STREAM_TEST}, at % 1000000, at / 1000000, 0, z);
    field[i] = z[0];
  }
}

/* FFTW's own: hat is [modes of axis 1][n0][the rest], as coordinates are. */
static PetscErrorCode ByFFTW(const Case *c, const KarGridInfo *g, const PetscReal field[], fftw_complex **hat)
{
  const fftw_r2r_kind to[3]    = {FFTW_REDFT10, FFTW_REDFT10, FFTW_REDFT10};
  const PetscBool     periodic = (PetscBool)(c->basis == KAR_BASIS_PERIODIC);
  const PetscInt      row = g->n[c->dim - 1] * c->dof, rows = g->ln * g->plane / row,
                 pad = periodic ? 2 * (g->n[c->dim - 1] / 2 + 1) * c->dof : row;
  ptrdiff_t n[3], e[3], room, here, start;
  fftw_plan plan;
  double   *work;

  PetscFunctionBegin;
  for (int a = 0; a < c->dim; a++) n[a] = e[a] = c->n[a];
  if (periodic) e[c->dim - 1] = n[c->dim - 1] / 2 + 1;
  fftw_mpi_init();
  room = fftw_mpi_local_size_many_transposed((int)c->dim, e, c->dof, FFTW_MPI_DEFAULT_BLOCK, FFTW_MPI_DEFAULT_BLOCK,
                                             g->comm, &here, &start, &here, &start);
  *hat = fftw_alloc_complex((size_t)room + 1);
  work = (double *)*hat;
  if (periodic)
    plan = fftw_mpi_plan_many_dft_r2c((int)c->dim, n, c->dof, FFTW_MPI_DEFAULT_BLOCK, FFTW_MPI_DEFAULT_BLOCK, work,
                                      *hat, g->comm, FFTW_ESTIMATE | FFTW_MPI_TRANSPOSED_OUT);
  else
    plan = fftw_mpi_plan_many_r2r((int)c->dim, n, c->dof, FFTW_MPI_DEFAULT_BLOCK, FFTW_MPI_DEFAULT_BLOCK, work, work,
                                  g->comm, to, FFTW_ESTIMATE | FFTW_MPI_TRANSPOSED_OUT);
  for (PetscInt r = 0; r < rows; r++)
    for (PetscInt j = 0; j < row; j++) work[r * pad + j] = field[r * row + j];
  fftw_execute(plan);
  fftw_destroy_plan(plan);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* coordinate = sqrt(weight) u^ / N;  cosine basis: sqrt 2 for each index that is not 0, over 2 N for each axis. */
static PetscReal Scale(const Case *c, const KarMode *mode)
{
  PetscReal s = 1;

  for (PetscInt a = 0; a < c->dim; a++) s /= (PetscReal)c->n[a] * (c->basis == KAR_BASIS_PERIODIC ? 1 : 2);
  if (c->basis == KAR_BASIS_PERIODIC) return s * PetscSqrtReal(mode->weight);
  for (PetscInt a = 0; a < c->dim; a++) s *= mode->index[a] ? PETSC_SQRT2 : 1;
  return s;
}

static PetscReal Most(PetscReal x)
{
  (void)MPI_Allreduce(MPI_IN_PLACE, &x, 1, MPIU_REAL, MPIU_MAX, PETSC_COMM_WORLD);
  return x;
}

/* On one rank: which of our numbers are not those of all ranks? */
static PetscErrorCode Alone(const Case *c, const KarGridInfo *g, const KarModes *m, const PetscReal x[],
                            const PetscReal back[], int number)
{
  const PetscInt group = m->dof * m->width;
  KarGrid        grid;
  KarGridInfo    whole;
  KarFFT         fft;
  PetscReal     *field, *all;
  int            wrong = 0;

  PetscFunctionBegin;
  PetscCall(Make(PETSC_COMM_SELF, c, &grid, &fft));
  PetscCall(KarGridGetInfo(grid, &whole));
  PetscCall(PetscMalloc2(whole.ln * whole.plane, &field, m->extent[0] * m->extent[1] * m->extent[2] * group, &all));
  Fill(&whole, field);
  PetscCall(KarFFTForwardArray(fft, field, all));
  const PetscReal *ours = all + m->start * m->extent[m->order[1]] * m->extent[m->order[2]] * group;
  for (PetscInt i = 0; i < m->rows * m->length * group; i++) wrong += x[i] != ours[i];
  PetscCall(KarFFTInverseArray(fft, all, field));
  for (PetscInt i = 0; i < g->ln * g->plane; i++) wrong += back[i] != field[g->start * g->plane + i];
  Claim(wrong == 0, "case %d: %d numbers are not those of one rank", number, wrong);
  PetscCall(PetscFree2(field, all));
  PetscCall(KarFFTDestroy(&fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Check(const Case *c, int number)
{
  KarGrid         grid;
  KarGridInfo     g;
  KarFFT          fft;
  const KarModes *m;
  KarMode         mode;
  fftw_complex   *hat;
  PetscReal      *field, *x, *back, *odd, worst = 0;
  float          *channels;

  PetscFunctionBegin;
  PetscCall(Make(PETSC_COMM_WORLD, c, &grid, &fft));
  PetscCall(KarGridGetInfo(grid, &g));
  PetscCall(KarFFTGetModes(fft, &m));
  const PetscInt group = m->dof * m->width, n = g.ln * g.plane, stride = c->dof + 2;
  PetscCall(PetscMalloc5(n, &field, m->rows * m->length * group, &x, n + 1, &back, n + 1, &odd, n / c->dof * stride,
                         &channels));
  Fill(&g, field);
  PetscCall(KarFFTForwardArray(fft, field, x));
  PetscCall(ByFFTW(c, &g, field, &hat));
  for (PetscInt r = 0; r < m->rows; r++)
    for (PetscInt j = 0; j < m->length; j++) {
      kar_mode(m, r, j, &mode);
      for (PetscInt i = 0; i < group; i++)
        worst = PetscMax(worst, PetscAbsReal(x[mode.offset + i] - Scale(c, &mode) * ((double *)hat)[mode.offset + i]));
    }
  Claim(Most(worst) < 1e-15, "case %d: coordinates differ by %g", number,
        (double)worst); /* they are of order 1/sqrt N */
  worst = 0;
  PetscCall(KarFFTInverseArray(fft, x, back));
  for (PetscInt i = 0; i < n; i++) worst = PetscMax(worst, PetscAbsReal(back[i] - field[i]));
  Claim(Most(worst) < 1e-14, "case %d: the field comes back with an error of %g", number, (double)worst);
  PetscCall(Alone(c, &g, m, x, back, number));

  worst = 0; /* at another address, and as channels */
  PetscCall(KarFFTInverseArray(fft, x, odd + 1));
  for (PetscInt i = 0; i < n; i++) worst = PetscMax(worst, PetscAbsReal(odd[i + 1] - back[i]));
  Claim(Most(worst) == 0, "case %d: %g is another field at another address", number, (double)worst);
  PetscCall(KarFFTInverseFloat(fft, x, stride, channels));
  for (PetscInt i = 0; i < n; i++)
    worst = PetscMax(worst, PetscAbsReal(channels[i / c->dof * stride + i % c->dof] - (float)back[i]));
  Claim(Most(worst) == 0, "case %d: channels differ by %g", number, (double)worst);
  for (PetscInt i = 0; i < n; i++) odd[i + 1] = channels[i / c->dof * stride + i % c->dof];
  PetscCall(KarFFTForwardArray(fft, odd + 1, (PetscReal *)hat));
  PetscCall(KarFFTForwardFloat(fft, stride, channels, x));
  for (PetscInt i = 0; i < m->rows * m->length * group; i++)
    worst = PetscMax(worst, PetscAbsReal(x[i] - ((double *)hat)[i]));
  Claim(Most(worst) == 0, "case %d: coordinates of channels differ by %g", number, (double)worst);
  fftw_free(hat);
  PetscCall(PetscFree5(field, x, back, odd, channels));
  PetscCall(KarFFTDestroy(&fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Waves(const Case *c)
{
  const KarModes *m;
  KarGrid         grid;
  KarFFT          fft;
  KarMode         mode;
  PetscReal      *k;
  PetscInt        wrong = 0;

  PetscFunctionBegin;
  PetscCall(Make(PETSC_COMM_WORLD, c, &grid, &fft));
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(PetscMalloc1(m->length, &k));
  for (PetscInt axis = 0; axis < c->dim; axis++)
    for (PetscInt r = 0; r < m->rows; r++) {
      kar_row_waves(m, r, axis, k);
      for (PetscInt j = 0; j < m->length; j++) {
        kar_mode(m, r, j, &mode);
        if (k[j] != (mode.nyquist ? 0 : mode.k[axis])) wrong++;
      }
    }
  Claim(!wrong, "%" PetscInt_FMT "D: %" PetscInt_FMT " wave numbers of rows are not their modes'", c->dim, wrong);
  PetscCall(PetscFree(k));
  PetscCall(KarFFTDestroy(&fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  const Case lines[] = {{1, {24, 1, 1}, 1, KAR_BASIS_PERIODIC}, {1, {37, 1, 1}, 2, KAR_BASIS_PERIODIC}};

  PetscFunctionBegin;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(lines); i++) PetscCall(Waves(&lines[i]));
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(cases); i++)
    if (cases[i].basis == KAR_BASIS_PERIODIC) PetscCall(Waves(&cases[i]));
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(cases); i++) PetscCall(Check(&cases[i], (int)i));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
