/* Fields at the places of a file: evaluated by the ranks of a field, for the first of them, written by rank 0. */
#include "cli.h"

struct _p_AtPlaces {
  MPI_Comm          comm;            /* shared */
  PetscMPIInt       rank, per, root; /* ranks of a group; root: has the values */
  PetscInt          m, dof;
  KarPoints         points;  /* NULL: of latents, */
  Decoder           decoder; /* whose decoder it is, borrowed, */
  KarImplicitPlaces decoded; /* and the places there */
  KarStations       file;
  PetscReal        *values; /* [m][dof] of the root */
};

PetscErrorCode AtPlacesCreate(MPI_Comm comm, MPI_Comm one, const char places[], const char out[], KarReplace replace,
                              KarFFT fft, Decoder decoder, const KarFieldLabel *label, const char title[],
                              PetscInt samples, AtPlaces *out_at)
{
  KarStationsInfo info = {.samples = samples};
  KarImplicit     of   = NULL;
  KarGrid         grid;
  KarGridInfo     g;
  PetscMPIInt     rank;
  AtPlaces        at;

  PetscFunctionBegin;
  PetscCall(PetscNew(&at));
  PetscCallMPI(MPI_Comm_rank(comm, &at->rank));
  PetscCallMPI(MPI_Comm_rank(one, &rank));
  PetscCallMPI(MPI_Comm_size(one, &at->per));
  if (decoder) PetscCall(DecoderGet(decoder, &of, &grid));
  else PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &g));
  at->decoder     = decoder;
  at->comm        = comm;
  at->root        = rank == 0;
  at->dof         = g.dof;
  info.box.dim    = g.dim;
  info.box.basis  = g.basis;
  info.components = g.dof;
  for (PetscInt a = 0; a < g.dim; a++) {
    info.box.length[a]    = g.length[a];
    info.box.origin[a]    = label->origin[a];
    info.box.direction[a] = label->direction[a] < 0 ? -1 : 1;
  }
  PetscCall(PetscStrncpy(info.box.units, label->length_units, sizeof(info.box.units)));
  PetscCall(PetscStrncpy(info.variable, label->variable, sizeof(info.variable)));
  PetscCall(PetscStrncpy(info.units, label->units, sizeof(info.units)));
  PetscCall(PetscStrncpy(info.long_name, label->long_name, sizeof(info.long_name)));
  PetscCall(PetscStrncpy(info.title, title, sizeof(info.title)));
  PetscCall(KarPlacesRead(comm, places, &info.box, &info.m, &info.x));
  at->m = info.m;
  PetscCall(KarStationsCreate(comm, out, replace, &info, &at->file));
  if (of) PetscCall(KarImplicitPlacesCreate(of, at->root ? at->m : 0, info.x, NULL, &at->decoded));
  else PetscCall(KarPointsCreate(fft, at->root ? at->m : 0, info.x, &at->points));
  PetscCall(PetscMalloc1(at->root ? at->m * at->dof : 0, &at->values));
  PetscCall(PetscFree(info.x));
  *out_at = at;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode AtPlacesTake(AtPlaces at, Vec x)
{
  const float *z;

  PetscFunctionBegin;
  if (at->decoder) {
    PetscCall(DecoderTake(at->decoder, x, &z));
    PetscCall(KarImplicitEvaluate(at->decoded, z, at->values));
  } else PetscCall(KarPointsEvaluate(at->points, x, at->values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode AtPlacesWrite(AtPlaces at, PetscInt first, PetscInt count)
{
  const PetscMPIInt tag = 31, group = at->rank / at->per, numbers = (PetscMPIInt)(at->m * at->dof);
  PetscReal        *others;
  int               code = 0;

  PetscFunctionBegin;
  if (at->root && at->rank && group < count) PetscCallMPI(MPI_Send(at->values, numbers, MPIU_REAL, 0, tag, at->comm));
  if (at->rank == 0) {
    PetscCall(PetscMalloc1(numbers, &others));
    for (PetscMPIInt g = 0; g < count; g++) { /* every message is received, whatever fails */
      if (g) PetscCallMPI(MPI_Recv(others, numbers, MPIU_REAL, g * at->per, tag, at->comm, MPI_STATUS_IGNORE));
      if (!code) code = (int)KarStationsWrite(at->file, first + g, g ? others : at->values);
    }
    PetscCall(PetscFree(others));
  }
  PetscCallMPI(MPI_Bcast(&code, 1, MPI_INT, 0, at->comm));
  PetscFunctionReturn((PetscErrorCode)code); /* rank 0 has said why */
}

KarStations kar_at_places_file(AtPlaces at)
{
  return at->file;
}

PetscErrorCode AtPlacesDestroy(AtPlaces *out, PetscBool keep)
{
  AtPlaces at = *out;

  PetscFunctionBegin;
  if (!at) PetscFunctionReturn(PETSC_SUCCESS);
  if (keep) PetscCall(KarStationsClose(&at->file));
  else PetscCall(KarStationsDestroy(&at->file));
  PetscCall(KarPointsDestroy(&at->points));
  PetscCall(KarImplicitPlacesDestroy(&at->decoded));
  PetscCall(PetscFree(at->values));
  PetscCall(PetscFree(*out));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Pictures ------------------------------------------------------------ */
/* Squared distance along the axis. */
static PetscReal Along(const KarBox *box, PetscInt axis, PetscReal a, PetscReal b)
{
  PetscReal d = PetscAbsReal(a - b);

  if (box->basis == KAR_BASIS_PERIODIC) d = PetscMin(d, box->length[axis] - d);
  return d * d;
}

/* The place nearest to a point of the last axes; a third one is looked along. */
static PetscInt Nearest(const KarStationsInfo *info, PetscReal y, PetscReal x)
{
  const KarBox *box   = &info->box;
  PetscInt      found = 0;
  PetscReal     least = PETSC_MAX_REAL;

  for (PetscInt i = 0; i < info->m; i++) {
    const PetscReal *at = info->x + i * box->dim;
    PetscReal        d  = Along(box, box->dim - 1, at[box->dim - 1], x);

    if (d < least && box->dim > 1) d += Along(box, box->dim - 2, at[box->dim - 2], y);
    if (d < least) least = d, found = i;
  }
  return found;
}

PetscErrorCode ImageOfStations(MPI_Comm comm, KarStations set, PetscInt sample, PetscInt component, PetscInt pixels,
                               KarImage *image)
{
  const KarStationsInfo *info;
  const KarBox          *box;
  PetscReal             *values, edge[2];
  PetscMPIInt            rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(KarStationsGetInfo(set, &info));
  KarCheck(comm, component >= 0 && component < info->components, PETSC_ERR_ARG_OUTOFRANGE,
           "the field has %" PetscInt_FMT " components: there is no number %" PetscInt_FMT, info->components,
           component);
  KarCheck(comm, sample < info->samples, PETSC_ERR_ARG_OUTOFRANGE,
           "the file holds samples 0 to %" PetscInt_FMT ": there is no %" PetscInt_FMT, info->samples - 1, sample);
  box     = &info->box;
  pixels  = PetscMin(pixels, 256);
  edge[0] = box->dim > 1 ? box->length[box->dim - 2] : 0;
  edge[1] = box->length[box->dim - 1];
  memset(image, 0, sizeof(*image));
  for (PetscInt e = 0; e < 2; e++) {
    const PetscInt a = box->dim - 2 + e;

    image->length[e] = edge[e];
    if (a >= 0) image->origin[e] = box->origin[a], image->direction[e] = box->direction[a];
  }
  image->nx = edge[1] >= edge[0] ? pixels : PetscMax(1, (PetscInt)((PetscReal)pixels * edge[1] / edge[0]));
  image->ny = edge[0] <= 0         ? 1
              : edge[0] >= edge[1] ? pixels
                                   : PetscMax(1, (PetscInt)((PetscReal)pixels * edge[0] / edge[1]));
  if (rank) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscMalloc1(info->m * info->components, &values));
  PetscCall(KarStationsRead(set, sample, values));
  PetscCall(PetscMalloc1(image->ny * image->nx, &image->values));
  for (PetscInt i = 0; i < image->ny; i++)
    for (PetscInt j = 0; j < image->nx; j++) {
      const PetscInt n = Nearest(info, ((PetscReal)i + 0.5) / (PetscReal)image->ny * edge[0],
                                 ((PetscReal)j + 0.5) / (PetscReal)image->nx * edge[1]);

      image->values[i * image->nx + j] = (float)values[n * info->components + component];
    }
  PetscCall(PetscFree(values));
  PetscFunctionReturn(PETSC_SUCCESS);
}
