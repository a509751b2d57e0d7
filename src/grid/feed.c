/* Groups of ranks for a grid that has too few planes for all of them. */
#include <karhunen/grid.h>

/* A communicator's groups of so many ranks, in a list that the communicator owns. */
typedef struct _Groups *Groups;
struct _Groups {
  int      ranks;
  MPI_Comm part;
  Groups   next;
};

static int Free(MPI_Comm comm, int key, void *value, void *extra)
{
  Groups one = value;

  (void)comm, (void)key, (void)extra;
  while (one) {
    Groups next = one->next;

    (void)MPI_Comm_free(&one->part);
    (void)PetscFree(one);
    one = next;
  }
  return MPI_SUCCESS;
}

PetscBool kar_planes_feed(PetscInt planes, int ranks)
{
  const PetscInt block = (planes + ranks - 1) / ranks;

  return block * (ranks - 1) < planes ? PETSC_TRUE : PETSC_FALSE;
}

PetscErrorCode KarCommFeed(MPI_Comm comm, PetscInt planes, MPI_Comm *part)
{
  static int key = MPI_KEYVAL_INVALID;
  int        all, rank, ranks, there;
  Groups     first = NULL, one;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(comm, &all));
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  for (ranks = all; ranks > 1 && (all % ranks || !kar_planes_feed(planes, ranks)); ranks--) continue;
  *part = comm;
  if (ranks == all) PetscFunctionReturn(PETSC_SUCCESS);
  if (key == MPI_KEYVAL_INVALID) PetscCallMPI(MPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, Free, &key, NULL));
  PetscCallMPI(MPI_Comm_get_attr(comm, key, &first, &there));
  if (!there) first = NULL;
  for (one = first; one && one->ranks != ranks;) one = one->next;
  if (!one) {
    PetscCall(PetscNew(&one));
    one->ranks = ranks;
    PetscCallMPI(MPI_Comm_split(comm, rank / ranks, rank, &one->part));
    if (there) one->next = first->next, first->next = one;
    else PetscCallMPI(MPI_Comm_set_attr(comm, key, one));
  }
  *part = one->part;
  PetscFunctionReturn(PETSC_SUCCESS);
}
