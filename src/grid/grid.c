/* A box in slabs: planes of axis 0 are dealt in blocks of ceil(n0/P), as FFTW deals them. */
#include <karhunen/place.h>

const char *const KarBases[] = {"periodic", "cosine", NULL};

struct _p_KarGrid {
  KarGridInfo  info;
  KarGridPlace place;
  char         prefix[64];
  PetscInt     references;
  PetscBool    ready;
};

PetscErrorCode KarGridCreate(MPI_Comm comm, KarGrid *grid)
{
  PetscFunctionBegin;
  PetscCall(PetscNew(grid));
  (*grid)->references = 1;
  (*grid)->info       = (KarGridInfo){.comm = comm, .dof = 1, .n = {1, 1, 1}, .length = {1, 1, 1}};
  (*grid)->place      = (KarGridPlace){.direction = {1, 1, 1}};
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGridSetSizes(KarGrid grid, PetscInt dim, const PetscInt n[], const PetscReal length[])
{
  PetscFunctionBegin;
  KarCheck(grid->info.comm, dim >= 1 && dim <= 3, PETSC_ERR_ARG_OUTOFRANGE,
           "a grid of %" PetscInt_FMT " dimensions: give 1, 2 or 3", dim);
  grid->info.dim = dim;
  for (PetscInt i = 0; i < 3; i++) grid->info.n[i] = i < dim ? n[i] : 1;
  for (PetscInt i = 0; i < 3; i++)
    if (length || i >= dim) grid->info.length[i] = i < dim ? length[i] : 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGridSetComponents(KarGrid grid, PetscInt dof)
{
  PetscFunctionBegin;
  grid->info.dof = dof;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGridSetBasis(KarGrid grid, KarBasis basis)
{
  PetscFunctionBegin;
  grid->info.basis = basis;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGridSetPlace(KarGrid grid, const PetscReal origin[], const PetscReal direction[])
{
  PetscFunctionBegin;
  for (PetscInt a = 0; a < grid->info.dim; a++) {
    if (origin) grid->place.origin[a] = origin[a];
    if (direction) grid->place.direction[a] = direction[a] < 0 ? -1 : 1;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGridGetPlace(KarGrid grid, KarGridPlace *place)
{
  PetscFunctionBegin;
  *place = grid->place;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGridSetOptionsPrefix(KarGrid grid, const char prefix[])
{
  PetscFunctionBegin;
  PetscCall(PetscStrncpy(grid->prefix, prefix ? prefix : "", sizeof(grid->prefix)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGridSetFromOptions(KarGrid grid)
{
  PetscInt  n[3], dim = 3, lengths = 3, origins = 3, basis = (PetscInt)grid->info.basis;
  PetscReal length[3], origin[3];

  PetscFunctionBegin;
  PetscCall(KarOptionsIntArray(grid->prefix, "grid_n", "points along each axis, slowest first: 64,64 is a plane", 1,
                               1 << 20, &dim, n));
  if (dim) PetscCall(KarGridSetSizes(grid, dim, n, NULL));
  PetscCall(KarOptionsRealArray(grid->prefix, "grid_length", "edge lengths of the box, one or one an axis", PETSC_SMALL,
                                PETSC_MAX_REAL, &lengths, length));
  if (lengths) {
    KarCheck(grid->info.comm, lengths == 1 || lengths == grid->info.dim, PETSC_ERR_USER_INPUT,
             "-%sgrid_length: %" PetscInt_FMT " lengths for %" PetscInt_FMT " axes: give one, or one an axis",
             grid->prefix, lengths, grid->info.dim);
    for (PetscInt i = 0; i < grid->info.dim; i++) grid->info.length[i] = length[lengths == 1 ? 0 : i];
  }
  PetscCall(KarOptionsRealArray(grid->prefix, "grid_origin",
                                "coordinate where each axis of the box begins, in files and places", -PETSC_MAX_REAL,
                                PETSC_MAX_REAL, &origins, origin));
  if (origins) {
    KarCheck(grid->info.comm, origins == grid->info.dim, PETSC_ERR_USER_INPUT,
             "-%sgrid_origin: %" PetscInt_FMT " numbers for %" PetscInt_FMT " axes: give one an axis", grid->prefix,
             origins, grid->info.dim);
    PetscCall(KarGridSetPlace(grid, origin, NULL));
  }
  PetscCall(KarOptionsChoice(grid->prefix, "grid_basis", "ends of the box", KarBases, &basis));
  grid->info.basis = (KarBasis)basis;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGridSetUp(KarGrid grid)
{
  KarGridInfo *g = &grid->info;
  int          rank, ranks;
  PetscInt     block, cells = 1;

  PetscFunctionBegin;
  if (grid->ready) PetscFunctionReturn(PETSC_SUCCESS);
  KarCheck(g->comm, g->dim > 0, PETSC_ERR_ORDER, "the grid has no size: give -%sgrid_n, as in -%sgrid_n 64,64",
           grid->prefix, grid->prefix);
  PetscCallMPI(MPI_Comm_rank(g->comm, &rank));
  PetscCallMPI(MPI_Comm_size(g->comm, &ranks));
  for (PetscInt i = 0; i < g->dim; i++) {
    KarCheck(g->comm, g->n[i] > 0, PETSC_ERR_ARG_OUTOFRANGE,
             "a grid of %" PetscInt_FMT " points along axis %" PetscInt_FMT ": give at least 1", g->n[i], i);
    KarCheck(g->comm, g->length[i] > 0, PETSC_ERR_ARG_OUTOFRANGE,
             "a grid of length %g along axis %" PetscInt_FMT ": must be positive", (double)g->length[i], i);
    KarCheck(g->comm, cells <= PETSC_MAX_INT / 4 / g->dof / g->n[i], PETSC_ERR_ARG_OUTOFRANGE,
             "the grid has more points than this PETSc can count: use one with 64-bit indices");
    cells *= g->n[i];
  }
  block = (g->n[0] + ranks - 1) / ranks;
  KarCheck(g->comm, kar_planes_feed(g->n[0], ranks), PETSC_ERR_ARG_SIZ,
           "%" PetscInt_FMT " planes cannot be dealt to %d ranks: use %" PetscInt_FMT
           " ranks, or another number that leaves none empty",
           g->n[0], ranks, (g->n[0] + block - 1) / block);
  g->start    = PetscMin(rank * block, g->n[0]);
  g->ln       = PetscMin(block, g->n[0] - g->start);
  g->plane    = g->n[1] * g->n[2] * g->dof;
  grid->ready = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGridGetInfo(KarGrid grid, KarGridInfo *info)
{
  PetscFunctionBegin;
  *info = grid->info;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGridRefine(KarGrid grid, const PetscInt n[], KarGrid *fine)
{
  PetscFunctionBegin;
  PetscCall(KarGridCreate(grid->info.comm, fine));
  (*fine)->info  = grid->info;
  (*fine)->place = grid->place;
  PetscCall(KarGridSetSizes(*fine, grid->info.dim, n, grid->info.length));
  PetscCall(KarGridSetUp(*fine));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGridCreateLike(MPI_Comm comm, KarGrid like, PetscInt dof, KarGrid *grid)
{
  PetscFunctionBegin;
  PetscCall(KarGridCreate(comm, grid));
  (*grid)->info      = like->info;
  (*grid)->place     = like->place;
  (*grid)->info.comm = comm;
  (*grid)->info.dof  = dof;
  PetscCall(KarGridSetUp(*grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscReal kar_grid_distance(const KarGridPlace *place, PetscInt axis, PetscReal x)
{
  return (place->direction[axis] < 0 ? -1 : 1) * (x - place->origin[axis]);
}

PetscReal kar_grid_coordinate(const KarGridPlace *place, PetscInt axis, PetscReal distance)
{
  return place->origin[axis] + (place->direction[axis] < 0 ? -1 : 1) * distance;
}

PetscErrorCode KarGridCreateField(KarGrid grid, Vec *field)
{
  PetscFunctionBegin;
  PetscCall(VecCreateMPI(grid->info.comm, grid->info.ln * grid->info.plane, grid->info.n[0] * grid->info.plane, field));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGridReference(KarGrid grid)
{
  PetscFunctionBegin;
  grid->references++;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGridDestroy(KarGrid *grid)
{
  PetscFunctionBegin;
  if (*grid && --(*grid)->references == 0) PetscCall(PetscFree(*grid));
  *grid = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}
