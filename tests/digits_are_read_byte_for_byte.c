/* IDX files made here, plain and gzipped, give their bytes; labels, other magic numbers, files cut short, too long or
   damaged give one clear line.  Bilinear resizing keeps constants and straight lines, and is the identity on its own
   grid. ranks: 1 2 */
#include "files.h"

enum { N = 3, NY = 5, NX = 4, HEAD = 16 };

static PetscErrorCode WriteBytes(const char path[], PetscInt n, const unsigned char bytes[])
{
  int rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  if (rank == 0) {
    FILE *file = fopen(path, "wb");

    Claim(file && fwrite(bytes, 1, (size_t)n, file) == (size_t)n, "cannot write %s", path);
    if (file) (void)fclose(file);
  }
  PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CheckSame(const char path[], const unsigned char bytes[])
{
  KarIDX idx = {0};

  PetscFunctionBegin;
  PetscCall(KarIDXRead(PETSC_COMM_WORLD, path, &idx));
  Claim(idx.n == N && idx.ny == NY && idx.nx == NX, "%d images of %d x %d", (int)idx.n, (int)idx.ny, (int)idx.nx);
  Claim(!memcmp(idx.pixels, bytes + HEAD, N * NY * NX), "other bytes");
  PetscCall(KarIDXDestroy(&idx));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CheckFiles(void)
{
  unsigned char bytes[HEAD + N * NY * NX + 1] = {0, 0, 8, 3, 0, 0, 0, N, 0, 0, 0, NY, 0, 0, 0, NX},
                                           wrong[sizeof(bytes)];
  char           path[PETSC_MAX_PATH_LEN], packed[PETSC_MAX_PATH_LEN], command[2 * PETSC_MAX_PATH_LEN + 32];
  const PetscInt whole = HEAD + N * NY * NX;
  KarIDX         idx   = {0};

  PetscFunctionBegin;
  for (PetscInt i = 0; i < N * NY * NX; i++) bytes[HEAD + i] = (unsigned char)(37 * i + 11);
  PetscCall(ScratchFile("digits.idx", path));
  PetscCall(ScratchFile("digits.gz", packed));
  PetscCall(WriteBytes(path, whole, bytes));
  PetscCall(CheckSame(path, bytes));
  (void)snprintf(command, sizeof(command), "gzip -c '%s' > '%s'", path, packed);
  Claim(!Shell(command), "%s", command);
  PetscCall(CheckSame(packed, bytes));
  PetscCall(Cut(packed, 12));
  ClaimFails(KarIDXRead(PETSC_COMM_WORLD, packed, &idx), "damaged");
  Claim(!Shell(command), "%s", command);
  PetscCall(FlipBit(packed, 8 * (FileSize(packed) - 6))); /* in the checksum that gzip keeps */
  ClaimFails(KarIDXRead(PETSC_COMM_WORLD, packed, &idx), "cut short");
  PetscCall(WriteBytes(path, whole - 1, bytes));
  ClaimFails(KarIDXRead(PETSC_COMM_WORLD, path, &idx), "cut short");
  PetscCall(WriteBytes(path, 9, bytes));
  ClaimFails(KarIDXRead(PETSC_COMM_WORLD, path, &idx), "cut short");
  PetscCall(WriteBytes(path, whole + 1, bytes));
  ClaimFails(KarIDXRead(PETSC_COMM_WORLD, path, &idx), "more than");
  PetscCall(PetscArraycpy(wrong, bytes, whole));
  wrong[3] = 1;
  PetscCall(WriteBytes(path, whole, wrong));
  ClaimFails(KarIDXRead(PETSC_COMM_WORLD, path, &idx), "labels");
  wrong[3] = 7;
  PetscCall(WriteBytes(path, whole, wrong));
  ClaimFails(KarIDXRead(PETSC_COMM_WORLD, path, &idx), "0x807");
  wrong[3] = 3, wrong[4] = 255;
  PetscCall(WriteBytes(path, whole, wrong));
  ClaimFails(KarIDXRead(PETSC_COMM_WORLD, path, &idx), "2 GiB");
  ClaimFails(KarIDXRead(PETSC_COMM_WORLD, "/nowhere/digits", &idx), "cannot be read");
  PetscCall(ScratchClean());
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  unsigned char image[NY * NX], flat[NY * NX];

  PetscFunctionBegin;
  PetscCall(CheckFiles());
  for (PetscInt i = 0; i < NY * NX; i++) {
    image[i] = (unsigned char)(10 * (i / NX) + 30 * (i % NX));
    flat[i]  = 77;
  }
  for (PetscInt i = 0; i < NY; i++)
    for (PetscInt j = 0; j < NX; j++)
      ClaimNear(kar_bilinear(NY, NX, image, (i + 0.5) / NY, (j + 0.5) / NX), image[i * NX + j], 1e-12);
  for (PetscInt i = 0; i < 20; i++)
    for (PetscInt j = 0; j < 12; j++) {
      const PetscReal y = PetscClipInterval((i + 0.5) * NY / 20 - 0.5, 0, NY - 1),
                      x = PetscClipInterval((j + 0.5) * NX / 12 - 0.5, 0, NX - 1);

      ClaimNear(kar_bilinear(NY, NX, flat, (i + 0.5) / 20, (j + 0.5) / 12), 77, 1e-13);
      ClaimNear(kar_bilinear(NY, NX, image, (i + 0.5) / 20, (j + 0.5) / 12), 10 * y + 30 * x, 1e-12);
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
