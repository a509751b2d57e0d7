/* The nearest of 30 fields to one of them that is shifted, turned, mirrored with its sign, and of a phase one with a
   constant added and its sign changed, is that one, at distance 0 to rounding; half of it and half of another field is
   as far as the inner products say. ranks: 1 3 */
#include "claim.h"
#include <math.h>

enum { N = 12, FIELDS = 30, PICK = 17, TURN = 6 };

typedef struct {
  KarFFT fft;
  Vec    x, y, field;
  int    rank, ranks;
} Room;

static PetscErrorCode RoomCreate(PetscInt dof, Room *room)
{
  const PetscInt n[] = {N, N};
  KarGrid        grid;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(PETSC_COMM_SELF, &grid));
  PetscCall(KarGridSetSizes(grid, 2, n, NULL));
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

static PetscErrorCode Run(void)
{
  PetscInt k;

  PetscFunctionBegin;
  PetscCall(Planes());
  PetscCall(Waves());
  ClaimNear(kar_stats_least(3, (PetscReal[]){1, 5, 2}, 2, (PetscReal[]){3, 9}, &k), 3. / 5 * 2 / 4, 1e-15);
  Claim(k == 2, "%d of three are below the least of two", (int)k);
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
