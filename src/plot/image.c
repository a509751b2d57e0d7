/* Images of fields: one plane of one component, averaged over blocks of points. */
#include "drawimpl.h"

/* Axes of the image among those of the field: rows, columns (-1: none), and the axis that the plane cuts. */
typedef struct {
  int      row, column, cut;
  PetscInt index; /* along the cut */
} Cut;

static Cut CutOf(PetscInt dim, const PetscInt n[], const KarPlane *plane)
{
  if (dim == 1) return (Cut){.row = -1, .column = 0, .cut = -1};
  if (dim == 2) return (Cut){.row = 0, .column = 1, .cut = -1};
  const int cut = plane ? (int)plane->axis : 0;
  return (Cut){
    .row = cut == 0 ? 1 : 0, .column = cut == 2 ? 1 : 2, .cut = cut, .index = plane ? plane->index : n[0] / 2};
}

static PetscBool Greatest(Cut cut)
{
  return (PetscBool)(cut.cut >= 0 && cut.index == KAR_GREATEST);
}

/* Adds the points this rank holds to sums over blocks of `block` x `block` points: of the value and of 1, or of its
   cosine and sine, or the greatest value and 1; points that are not a number are left out. */
static void AddPoints(const KarGridInfo *g, Cut cut, const PetscScalar field[], PetscInt component, PetscBool angle,
                      PetscInt block, const KarImage *image, double sum[])
{
  PetscInt at[3], first[3] = {g->start, 0, 0},
                  end[3] = {g->start + g->ln, g->dim > 1 ? g->n[1] : 1, g->dim > 2 ? g->n[2] : 1};

  if (cut.cut >= 0 && !Greatest(cut))
    first[cut.cut] = PetscMax(first[cut.cut], cut.index), end[cut.cut] = PetscMin(end[cut.cut], cut.index + 1);
  for (at[0] = first[0]; at[0] < end[0]; at[0]++)
    for (at[1] = first[1]; at[1] < end[1]; at[1]++)
      for (at[2] = first[2]; at[2] < end[2]; at[2]++) {
        const PetscInt n1 = g->dim > 1 ? g->n[1] : 1, n2 = g->dim > 2 ? g->n[2] : 1;
        const double   value = (double)field[(((at[0] - g->start) * n1 + at[1]) * n2 + at[2]) * g->dof + component];
        double        *to    = sum + 2 * ((cut.row < 0 ? 0 : at[cut.row] / block) * image->nx + at[cut.column] / block);

        if (isnan(value)) continue; /* a point without a value */
        if (Greatest(cut)) {
          to[0] = to[1] > 0 ? PetscMax(to[0], value) : value, to[1] = 1;
          continue;
        }
        to[0] += angle ? cos(value) : value;
        to[1] += angle ? sin(value) : 1;
      }
}

/* An image of blocks of `block` points for a grid, and the sums it will be made of. */
static PetscErrorCode Begin(const KarGridInfo *g, Cut cut, PetscInt component, PetscInt pixels, KarImage *image,
                            PetscInt *block, double *sum[])
{
  const PetscInt missing = 3 - g->dim, ny = cut.row < 0 ? 1 : g->n[cut.row], nx = g->n[cut.column];

  PetscFunctionBegin;
  KarCheck(g->comm, component >= 0 && component < g->dof, PETSC_ERR_ARG_OUTOFRANGE,
           "the field has %" PetscInt_FMT " components: there is no number %" PetscInt_FMT, g->dof, component);
  KarCheck(g->comm, cut.cut < 0 || Greatest(cut) || (cut.index >= 0 && cut.index < g->n[cut.cut]),
           PETSC_ERR_ARG_OUTOFRANGE, "there are planes %c 0 to %" PetscInt_FMT ": there is no number %" PetscInt_FMT,
           "zyx"[cut.cut], g -> n[cut.cut] - 1, cut.index);
  *block = (PetscMax(ny, nx) + pixels - 1) / pixels;
  memset(image, 0, sizeof(*image));
  image->ny        = (ny + *block - 1) / *block;
  image->nx        = (nx + *block - 1) / *block;
  image->length[0] = cut.row < 0 ? 0 : g->length[cut.row];
  image->length[1] = g->length[cut.column];
  image->axis[0]   = cut.row < 0 ? 'y' : "zyx"[missing + cut.row];
  image->axis[1]   = "zyx"[missing + cut.column];
  PetscCall(PetscCalloc1(2 * image->ny * image->nx, sum));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Collective. The sums of all ranks become the image on rank 0. */
static PetscErrorCode End(MPI_Comm comm, PetscBool angle, PetscBool greatest, KarImage *image, double *sum)
{
  PetscInt    points = image->ny * image->nx;
  PetscMPIInt rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  for (PetscInt i = 0; i < points && greatest; i++)
    if (sum[2 * i + 1] == 0) sum[2 * i] = -INFINITY; /* other ranks may have values there */
  PetscCallMPI(MPI_Reduce(rank ? sum : MPI_IN_PLACE, sum, (PetscMPIInt)(2 * points), MPI_DOUBLE,
                          greatest ? MPI_MAX : MPI_SUM, 0, comm));
  if (rank == 0) {
    PetscCall(PetscMalloc1(points, &image->values));
    for (PetscInt i = 0; i < points; i++)
      if ((greatest || sum[2 * i] == 0) && sum[2 * i + 1] == 0)
        image->values[i] = NAN; /* none of the block has a value */
      else image->values[i] = (float)(angle ? atan2(sum[2 * i + 1], sum[2 * i]) : sum[2 * i] / sum[2 * i + 1]);
  }
  PetscCall(PetscFree(sum));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarImageFromField(KarGrid grid, Vec field, const KarPlane *plane, PetscInt component, PetscBool angle,
                                 PetscInt pixels, KarImage *image)
{
  const PetscScalar *values;
  KarGridInfo        g;
  PetscInt           block = 1;
  double            *sum   = NULL;

  PetscFunctionBegin;
  PetscCall(KarGridGetInfo(grid, &g));
  PetscCall(Begin(&g, CutOf(g.dim, g.n, plane), component, pixels, image, &block, &sum));
  PetscCall(VecGetArrayRead(field, &values));
  AddPoints(&g, CutOf(g.dim, g.n, plane), values, component, angle, block, image, sum);
  PetscCall(VecRestoreArrayRead(field, &values));
  PetscCall(End(g.comm, angle, Greatest(CutOf(g.dim, g.n, plane)), image, sum));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* This rank's share of the slabs that show; a plane along the slowest axis of a cube is rank 0's. */
static PetscErrorCode Share(const KarDatasetInfo *info, Cut cut, PetscInt *first, PetscInt *last)
{
  PetscInt    n0 = info->n[0], each;
  PetscMPIInt rank, ranks;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(info->comm, &rank));
  PetscCallMPI(MPI_Comm_size(info->comm, &ranks));
  each   = (n0 + ranks - 1) / ranks;
  *first = cut.cut == 0 && !Greatest(cut) ? cut.index : PetscMin(n0, rank * each);
  *last  = cut.cut == 0 && !Greatest(cut) ? cut.index + (rank == 0 ? 1 : 0) : PetscMin(n0, *first + each);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Planes of a field pass through a buffer of this many numbers, or of one plane. */
#define PIECE (1 << 20)

PetscErrorCode KarImageFromDataset(KarDataset data, const char variable[], PetscInt sample, const KarPlane *plane,
                                   PetscInt component, PetscBool angle, PetscInt pixels, KarImage *image)
{
  Cut            cut;
  KarDatasetInfo info;
  KarVariable    described;
  KarGridInfo    g = {0};
  PetscInt       v, first = 0, last = 0, most, block = 1;
  PetscReal     *values;
  double        *sum      = NULL;
  char           why[512] = "";

  PetscFunctionBegin;
  PetscCall(KarDatasetGetInfo(data, &info));
  PetscCall(KarDatasetFindVariable(data, variable, &v));
  PetscCall(KarDatasetGetVariable(data, v, &described));
  KarCheck(info.comm, sample >= 0 && sample < described.samples, PETSC_ERR_ARG_OUTOFRANGE,
           "%s holds samples 0 to %" PetscInt_FMT ": there is no %" PetscInt_FMT, described.name, described.samples - 1,
           sample);
  g.comm = info.comm, g.dim = info.dim, g.dof = described.components, g.plane = g.dof;
  for (PetscInt i = 0; i < 3; i++) {
    g.n[i] = info.n[i], g.length[i] = info.length[i];
    if (i) g.plane *= info.n[i];
  }
  cut = CutOf(info.dim, info.n, plane);
  PetscCall(Begin(&g, cut, component, pixels, image, &block, &sum));
  for (PetscInt i = 0; i < 2; i++) {
    const int a = i ? cut.column : cut.row;

    if (a < 0) continue;
    image->origin[i]    = info.origin[a];
    image->direction[i] = info.step[a] < 0 ? -1 : 1;
  }
  PetscCall(Share(&info, cut, &first, &last));
  most = PetscMax(1, PIECE / g.plane);
  PetscCall(PetscMalloc1(most * g.plane, &values));
  for (g.start = first; g.start < last && !why[0]; g.start += g.ln) {
    g.ln = PetscMin(most, last - g.start);
    PetscCall(KarDatasetReadPlanes(data, v, sample, g.start, g.ln, values, sizeof(why), why));
    if (!why[0]) AddPoints(&g, cut, values, component, angle, block, image, sum);
  }
  PetscCall(PetscFree(values));
  KarCheckAny(info.comm, !why[0], PETSC_ERR_FILE_READ, "%s", why);
  PetscCall(End(info.comm, angle, Greatest(cut), image, sum));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarImageDestroy(KarImage *image)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(image->values));
  PetscFunctionReturn(PETSC_SUCCESS);
}
