/* The nearest of 30 fields to one of them that is shifted, turned, mirrored with its sign, and of a phase one with a
   constant added and its sign changed, is that one, at distance 0 to rounding; half of it and half of another field is
   as far as the inner products say.  The nearest patches are those that a search by the definition finds, in 1-3 D, in
   both bases, of vectors and phases, over the edge of a periodic box, in boxes of one tile and of many; a copy among
   them is at 0 to rounding.  ranks: 1 3 */
#include "claim.h"
#include <karhunen/nearestpatch.h>
#include <math.h>

enum { N = 12, FIELDS = 30, PICK = 17, TURN = 6 };

typedef struct {
  KarFFT fft;
  Vec    x, y, field;
  int    rank, ranks;
} Room;

static PetscErrorCode RoomCreateOn(PetscInt dim, const PetscInt n[], KarBasis basis, PetscInt dof, Room *room)
{
  KarGrid grid;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_SELF, &grid));
  PetscCall(KarGridSetSizes(grid, dim, n, NULL));
  PetscCall(KarGridSetBasis(grid, basis));
  PetscCall(KarGridSetComponents(grid, dof));
  PetscCall(KarFFTCreate(grid, &room->fft));
  PetscCall(KarGridCreateField(grid, &room->field));
  PetscCall(KarFFTCreateCoordinates(room->fft, &room->x));
  PetscCall(VecDuplicate(room->x, &room->y));
  PetscCall(KarGridDestroy(&grid));
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &room->rank));
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &room->ranks));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode RoomCreate(PetscInt dof, Room *room)
{
  PetscFunctionBegin;
  PetscCall(RoomCreateOn(2, (PetscInt[]){N, N}, KAR_BASIS_PERIODIC, dof, room));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode RoomDestroy(Room *room)
{
  PetscFunctionBegin;
  PetscCall(VecDestroy(&room->x));
  PetscCall(VecDestroy(&room->y));
  PetscCall(VecDestroy(&room->field));
  PetscCall(KarFFTDestroy(&room->fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Noise(Room *room, PetscInt i, Vec x)
{
  PetscFunctionBegin;
  PetscCall(KarFFTFillNormal(room->fft, (KarKey){.seed = 5, .sample = i, .stream = KAR_STREAM_TEST}, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CompareAll(Room *room, PetscErrorCode (*make)(Room *, PetscInt, Vec), KarNearest nearest,
                                 PetscReal distance[], PetscInt which[])
{
  PetscFunctionBegin;
  for (PetscInt i = room->rank; i < FIELDS; i += room->ranks) {
    PetscCall(make(room, i, room->x));
    PetscCall(KarNearestCompare(nearest, i, room->x));
  }
  PetscCall(KarNearestFinish(nearest, distance, which));
  PetscCall(KarNearestDestroy(&nearest));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Field PICK, turned by element TURN and shifted by (5, 3) points; then its sum with another. */
static PetscErrorCode Planes(void)
{
  const KarInvariance invariance = {.shifts = PETSC_TRUE, .turns = PETSC_TRUE, .pseudo = PETSC_TRUE};
  PetscScalar        *v, old[N * N];
  PetscReal           distance[2], xx, yy, both;
  PetscInt            which[2], sign;
  KarSymmetry         symmetry;
  KarNearest          nearest;
  Room                room;

  PetscFunctionBegin;
  PetscCall(RoomCreate(1, &room));
  PetscCall(KarNearestCreate(PETSC_COMM_WORLD, room.fft, &invariance, 2, &nearest));
  PetscCall(Noise(&room, PICK, room.x));
  PetscCall(KarSymmetryCreate(room.fft, &symmetry));
  PetscCall(KarSymmetryApply(symmetry, TURN, room.x, room.y));
  PetscCall(KarSymmetryGetSign(symmetry, TURN, &sign));
  PetscCall(VecScale(room.y, sign));
  PetscCall(KarFFTInverse(room.fft, room.y, room.field));
  PetscCall(VecGetArray(room.field, &v));
  PetscCall(PetscArraycpy(old, v, N * N));
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) v[i * N + j] = old[(i + 5) % N * N + (j + 3) % N];
  PetscCall(VecRestoreArray(room.field, &v));
  PetscCall(KarFFTForward(room.fft, room.field, room.y));
  PetscCall(KarNearestAsk(nearest, 0, room.y));
  PetscCall(VecDot(room.x, room.x, &yy));
  PetscCall(VecCopy(room.x, room.y));
  PetscCall(Noise(&room, FIELDS, room.x));
  PetscCall(VecAYPX(room.x, 0.25, room.y));
  PetscCall(VecDot(room.x, room.x, &xx));
  PetscCall(VecDot(room.x, room.y, &both));
  PetscCall(KarNearestAsk(nearest, 1, room.x));
  PetscCall(CompareAll(&room, Noise, nearest, distance, which));
  Claim(which[0] == PICK && which[1] == PICK, "found %d, %d", (int)which[0], (int)which[1]);
  ClaimNear(distance[0], 0, 1e-13);
  ClaimNear(distance[1], 1 - 2 * both / (xx + yy), 1e-13);
  PetscCall(KarSymmetryDestroy(&symmetry));
  PetscCall(RoomDestroy(&room));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscReal Phase(PetscInt i, PetscInt point)
{
  PetscReal u[2];

  kar_uniform_pair((KarKey){.seed = 6, .sample = i, .stream = KAR_STREAM_TEST}, point, 0, 0, u);
  return 2 * PETSC_PI * u[0];
}

static PetscErrorCode Angles(Room *room, PetscReal constant, PetscReal sign, PetscInt i, Vec x)
{
  PetscScalar *v;

  PetscFunctionBegin;
  PetscCall(VecGetArrayWrite(room->field, &v));
  for (PetscInt q = 0; q < N * N; q++)
    v[2 * q] = cos(constant + sign * Phase(i, q)), v[2 * q + 1] = sin(constant + sign * Phase(i, q));
  PetscCall(VecRestoreArrayWrite(room->field, &v));
  PetscCall(KarFFTForward(room->fft, room->field, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Plain(Room *room, PetscInt i, Vec x)
{
  PetscFunctionBegin;
  PetscCall(Angles(room, 0, 1, i, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Waves(void)
{
  const KarInvariance invariance = {.phase = PETSC_TRUE};
  PetscReal           distance;
  PetscInt            which;
  KarNearest          nearest;
  Room                room;

  PetscFunctionBegin;
  PetscCall(RoomCreate(2, &room));
  PetscCall(KarNearestCreate(PETSC_COMM_WORLD, room.fft, &invariance, 1, &nearest));
  PetscCall(Angles(&room, 1.2, -1, PICK, room.x));
  PetscCall(KarNearestAsk(nearest, 0, room.x));
  PetscCall(CompareAll(&room, Plain, nearest, &distance, &which));
  Claim(which == PICK, "found %d", (int)which);
  ClaimNear(distance, 0, 1e-13);
  PetscCall(RoomDestroy(&room));
  PetscFunctionReturn(PETSC_SUCCESS);
}

enum { PATCHES = 3, SOME = 4 }; /* patches that are asked about; fields in which they are sought */

/* A box and what patches of it are sought. */
typedef struct {
  PetscInt      dim, n[3], size[3], dof;
  KarBasis      basis;
  KarInvariance invariance;
} Kind;

/* Field i of a kind; of a phase cos and sin. */
static PetscErrorCode Field(const Kind *kind, Room *room, PetscInt i, Vec x)
{
  PetscScalar *v;
  PetscInt     size;

  PetscFunctionBegin;
  if (!kind->invariance.phase) {
    PetscCall(Noise(room, i, x));
    PetscCall(VecScale(x, 1e-25)); /* its squares are none in single precision */
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(VecGetLocalSize(room->field, &size));
  PetscCall(VecGetArrayWrite(room->field, &v));
  for (PetscInt q = 0; q < size / 2; q++) v[2 * q] = cos(Phase(i, q)), v[2 * q + 1] = sin(Phase(i, q));
  PetscCall(VecRestoreArrayWrite(room->field, &v));
  PetscCall(KarFFTForward(room->fft, room->field, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Values of the patch of the field in room->y from a point on. */
static PetscErrorCode Cut(const Kind *kind, Room *room, const PetscInt corner[3], PetscReal patch[])
{
  const PetscScalar *v;
  PetscInt           i = 0;

  PetscFunctionBegin;
  PetscCall(KarFFTInverse(room->fft, room->y, room->field));
  PetscCall(VecGetArrayRead(room->field, &v));
  for (PetscInt i0 = 0; i0 < kind->size[0]; i0++)
    for (PetscInt i1 = 0; i1 < kind->size[1]; i1++)
      for (PetscInt i2 = 0; i2 < kind->size[2]; i2++)
        for (PetscInt c = 0; c < kind->dof; c++)
          patch[i++] = v[(((corner[0] + i0) % kind->n[0] * kind->n[1] + (corner[1] + i1) % kind->n[1]) * kind->n[2] +
                          (corner[2] + i2) % kind->n[2]) *
                           kind->dof +
                         c];
  PetscCall(VecRestoreArrayRead(room->field, &v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* min over constants c and signs of |a - e^{ic} b^(+-)|^2 / (|a|^2 + |b|^2): of a phase over 720 constants. */
static PetscReal Apart(const Kind *kind, PetscInt numbers, const PetscReal a[], const PetscReal b[])
{
  PetscReal least = PETSC_MAX_REAL, square = 0;

  for (PetscInt i = 0; i < numbers; i++) square += a[i] * a[i] + b[i] * b[i];
  for (int k = 0; k < (kind->invariance.phase ? 1440 : 1); k++) {
    const PetscReal c = cos(k / 2 * PETSC_PI / 360), s = sin(k / 2 * PETSC_PI / 360), sign = k % 2 ? -1 : 1;
    PetscReal       apart = 0;

    for (PetscInt i = 0; i < numbers; i++) {
      const PetscReal turned = i % 2 ? s * b[i - 1] + c * sign * b[i] : c * b[i] - s * sign * b[i + 1];

      apart += PetscSqr(a[i] - (kind->invariance.phase ? turned : b[i]));
    }
    least = PetscMin(least, apart / square);
  }
  return least;
}

/* By the definition: all fields, turns and places. */
static PetscErrorCode Least(const Kind *kind, Room *room, const PetscReal a[], PetscReal *least)
{
  const PetscInt *n = kind->n, *p = kind->size, numbers = p[0] * p[1] * p[2] * kind->dof;
  PetscInt        elements = 1, sign = 1, places[3];
  KarSymmetry     symmetry;
  PetscReal       b[600];

  PetscFunctionBegin;
  *least = PETSC_MAX_REAL;
  PetscCall(KarSymmetryCreate(room->fft, &symmetry));
  if (kind->invariance.turns) PetscCall(KarSymmetryGetSize(symmetry, &elements));
  for (int d = 0; d < 3; d++) places[d] = kind->basis == KAR_BASIS_PERIODIC ? n[d] : n[d] - p[d] + 1;
  for (PetscInt i = 0; i < SOME; i++)
    for (PetscInt g = 0; g < elements; g++) {
      PetscCall(Field(kind, room, i, room->x));
      PetscCall(KarSymmetryApply(symmetry, g, room->x, room->y));
      PetscCall(KarSymmetryGetSign(symmetry, g, &sign));
      if (!kind->invariance.turns) PetscCall(VecCopy(room->x, room->y));
      else PetscCall(VecScale(room->y, sign));
      for (PetscInt k = 0; k < places[0] * places[1] * places[2]; k++) {
        const PetscInt corner[] = {k / (places[1] * places[2]), k / places[2] % places[1], k % places[2]};

        PetscCall(Cut(kind, room, corner, b));
        *least = PetscMin(*least, Apart(kind, numbers, a, b));
      }
    }
  PetscCall(KarSymmetryDestroy(&symmetry));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Patches of fields beyond those that are sought in, and the last of one of these. */
static PetscErrorCode Patches(const Kind *kind)
{
  const PetscInt  corner[3] = {kind->n[0] - kind->size[0], 0, kind->n[2] - kind->size[2]};
  PetscReal       a[600], least;
  KarPatchFound   found[PATCHES];
  KarNearestPatch nearest;
  Room            room;

  PetscFunctionBegin;
  PetscCall(RoomCreateOn(kind->dim, kind->n, kind->basis, kind->dof, &room));
  PetscCall(KarNearestPatchCreate(PETSC_COMM_WORLD, room.fft, &kind->invariance, kind->size, PATCHES, &nearest));
  for (PetscInt q = 0; q < PATCHES; q++) {
    PetscCall(Field(kind, &room, q == PATCHES - 1 ? 2 : SOME + q, room.x));
    PetscCall(KarNearestPatchAsk(nearest, q, room.x, corner));
  }
  for (PetscInt i = room.rank; i < SOME; i += room.ranks) {
    PetscCall(Field(kind, &room, i, room.x));
    PetscCall(KarNearestPatchCompare(nearest, i, room.x));
  }
  PetscCall(KarNearestPatchFinish(nearest, found));
  PetscCall(KarNearestPatchDestroy(&nearest));
  for (PetscInt q = 0; q < PATCHES; q++) {
    PetscCall(Field(kind, &room, q == PATCHES - 1 ? 2 : SOME + q, room.y));
    PetscCall(Cut(kind, &room, corner, a));
    PetscCall(Least(kind, &room, a, &least));
    ClaimNear(found[q].distance, least, kind->invariance.phase ? 1e-4 : 1e-6);
  }
  Claim(found[PATCHES - 1].field == 2 && found[PATCHES - 1].distance < 1e-13, "a copy is at %g of field %d",
        (double)found[PATCHES - 1].distance, (int)found[PATCHES - 1].field);
  for (int d = 0; d < kind->dim; d++)
    Claim(found[PATCHES - 1].corner[d] == corner[d] || kind->invariance.turns, "a copy begins at %d, not %d",
          (int)found[PATCHES - 1].corner[d], (int)corner[d]);
  PetscCall(RoomDestroy(&room));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode AllPatches(void)
{
  const KarInvariance flow    = {.shifts = PETSC_TRUE, .turns = PETSC_TRUE, .pseudo = PETSC_TRUE};
  const Kind          kinds[] = {{2, {12, 12, 1}, {4, 4, 1}, 1, KAR_BASIS_PERIODIC, flow},
                                 {2, {23, 14, 1}, {4, 3, 1}, 1, KAR_BASIS_PERIODIC, {0}},
                                 {2, {14, 23, 1}, {3, 5, 1}, 2, KAR_BASIS_COSINE, {0}},
                                 {2, {10, 9, 1}, {3, 2, 1}, 2, KAR_BASIS_COSINE, {.phase = PETSC_TRUE}},
                                 {1, {60, 1, 1}, {5, 1, 1}, 1, KAR_BASIS_COSINE, {0}},
                                 {3, {9, 6, 5}, {2, 3, 2}, 3, KAR_BASIS_PERIODIC, {0}}};

  PetscFunctionBegin;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(kinds); k++) PetscCall(Patches(&kinds[k]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscInt k;

  PetscFunctionBegin;
  PetscCall(Planes());
  PetscCall(Waves());
  PetscCall(AllPatches());
  ClaimNear(kar_stats_least(3, (PetscReal[]){1, 5, 2}, 2, (PetscReal[]){3, 9}, &k), 3. / 5 * 2 / 4, 1e-15);
  Claim(k == 2, "%d of three are below the least of two", (int)k);
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
