/* What is drawn is the field: averages over blocks, angles averaged as angles, any plane of a cube, its middle one
   without a choice, and the greatest value of each line along an axis, on any number of ranks; several pictures share
   a range of colours; colours are even to the eye; files are what their names say, the same bytes from any ranks;
   refusals.   ranks: 1 2 3 */
#include "files.h"

static PetscReal Value(PetscInt i, PetscInt j, PetscInt k)
{
  return PetscSinReal((PetscReal)(7 * i + 3 * j + k)) + (PetscReal)0.01 * (PetscReal)i;
}

static PetscErrorCode MakePlane(MPI_Comm comm, PetscInt dim, const PetscInt n[], const KarPlane *plane, PetscInt pixels,
                                PetscBool angle, KarImage *image)
{
  KarGrid      grid;
  KarGridInfo  g;
  Vec          field;
  PetscScalar *x;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(comm, &grid));
  PetscCall(KarGridSetSizes(grid, dim, n, NULL));
  PetscCall(KarGridSetUp(grid));
  PetscCall(KarGridGetInfo(grid, &g));
  PetscCall(KarGridCreateField(grid, &field));
  PetscCall(VecGetArrayWrite(field, &x));
  for (PetscInt i = 0; i < g.ln; i++)
    for (PetscInt j = 0; j < g.n[1]; j++)
      for (PetscInt k = 0; k < g.n[2]; k++) *x++ = Value(i + g.start, j, k);
  x -= g.ln * g.plane;
  PetscCall(VecRestoreArrayWrite(field, &x));
  PetscCall(KarImageFromField(grid, field, plane, 0, angle, pixels, image));
  PetscCall(VecDestroy(&field));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode MakeImage(MPI_Comm comm, PetscInt dim, const PetscInt n[], PetscInt pixels, PetscBool angle,
                                KarImage *image)
{
  PetscFunctionBegin;
  PetscCall(MakePlane(comm, dim, n, NULL, pixels, angle, image));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Every plane of a cube along every axis, and the range of two pictures. */
static PetscErrorCode Planes(void)
{
  const PetscInt n[3]    = {6, 5, 4};
  PetscReal      ends[2] = {0, 0}, low = PETSC_MAX_REAL, high = PETSC_MIN_REAL;
  PetscMPIInt    rank;
  KarImage       image;
  KarPlane       beyond = {1, 5};

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  for (PetscInt axis = 0; axis < 3; axis++)
    for (PetscInt index = 0; index < n[axis]; index++) {
      const KarPlane plane = {axis, index};
      const int      row = axis ? 0 : 1, column = axis == 2 ? 1 : 2;

      PetscCall(MakePlane(PETSC_COMM_WORLD, 3, n, &plane, 100, PETSC_FALSE, &image));
      Claim(image.ny == n[row] && image.nx == n[column], "axis %d: %d x %d", (int)axis, (int)image.ny, (int)image.nx);
      Claim(image.axis[0] == "zyx"[row] && image.axis[1] == "zyx"[column], "axis %d: axes %c %c", (int)axis,
            image.axis[0], image.axis[1]);
      for (PetscInt b = 0; b < image.ny * image.nx && rank == 0; b++) {
        PetscInt at[3];

        at[axis] = index, at[row] = b / image.nx, at[column] = b % image.nx;
        ClaimNear(image.values[b], Value(at[0], at[1], at[2]), 1e-6);
        low = PetscMin(low, image.values[b]), high = PetscMax(high, image.values[b]);
      }
      PetscCall(KarPictureRange(PETSC_COMM_WORLD, 1, &image, ends));
      PetscCall(KarImageDestroy(&image));
    }
  if (rank == 0)
    Claim(ends[0] == low && ends[1] == high, "range %g to %g, values %g to %g", (double)ends[0], (double)ends[1],
          (double)low, (double)high);
  ClaimFails(MakePlane(PETSC_COMM_WORLD, 3, n, &beyond, 100, PETSC_FALSE, &image),
             "planes y 0 to 4: there is no number 5");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The greatest value of each line along every axis, and of lines of two by two points. */
static PetscErrorCode Greatest(void)
{
  const PetscInt n[3] = {6, 5, 4};
  PetscMPIInt    rank;
  KarImage       image;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  for (PetscInt axis = 0; axis < 3; axis++)
    for (PetscInt block = 1; block < 3; block++) {
      const KarPlane plane = {axis, KAR_GREATEST};
      const int      row = axis ? 0 : 1, column = axis == 2 ? 1 : 2;

      PetscCall(MakePlane(PETSC_COMM_WORLD, 3, n, &plane, block == 1 ? 100 : 3, PETSC_FALSE, &image));
      Claim(image.ny == (n[row] + block - 1) / block && image.nx == (n[column] + block - 1) / block, "axis %d: %d x %d",
            (int)axis, (int)image.ny, (int)image.nx);
      for (PetscInt b = 0; b < image.ny * image.nx && rank == 0; b++) {
        PetscReal most = PETSC_MIN_REAL;

        for (PetscInt i = 0; i < n[0] * n[1] * n[2]; i++) {
          const PetscInt at[3] = {i / (n[1] * n[2]), i / n[2] % n[1], i % n[2]};

          if (at[row] / block == b / image.nx && at[column] / block == b % image.nx)
            most = PetscMax(most, Value(at[0], at[1], at[2]));
        }
        ClaimNear(image.values[b], most, 1e-6);
      }
      PetscCall(KarImageDestroy(&image));
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Images(void)
{
  const PetscInt plane[2] = {13, 10}, cube[3] = {6, 5, 4}, line[1] = {9};
  KarImage       image;
  PetscMPIInt    rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCall(MakeImage(PETSC_COMM_WORLD, 2, plane, 5, PETSC_FALSE, &image)); /* blocks of 3 */
  Claim(image.ny == 5 && image.nx == 4, "%d x %d", (int)image.ny, (int)image.nx);
  for (PetscInt b = 0; b < 20 && rank == 0; b++) {
    PetscReal sum = 0, count = 0;

    for (PetscInt i = b / 4 * 3; i < PetscMin(13, b / 4 * 3 + 3); i++)
      for (PetscInt j = b % 4 * 3; j < PetscMin(10, b % 4 * 3 + 3); j++) sum += Value(i, j, 0), count++;
    ClaimNear(image.values[b], sum / count, 1e-6);
  }
  PetscCall(KarImageDestroy(&image));
  PetscCall(MakeImage(PETSC_COMM_WORLD, 2, plane, 100, PETSC_TRUE, &image));
  for (PetscInt b = 0; b < 130 && rank == 0; b++) ClaimNear(image.values[b], Value(b / 10, b % 10, 0), 1e-6);
  PetscCall(KarImageDestroy(&image));
  PetscCall(MakeImage(PETSC_COMM_WORLD, 3, cube, 100, PETSC_FALSE, &image));
  Claim(image.ny == 5 && image.nx == 4, "%d x %d", (int)image.ny, (int)image.nx);
  for (PetscInt b = 0; b < 20 && rank == 0; b++) ClaimNear(image.values[b], Value(3, b / 4, b % 4), 1e-6);
  PetscCall(KarImageDestroy(&image));
  PetscCall(MakeImage(PETSC_COMM_WORLD, 1, line, 100, PETSC_FALSE, &image));
  Claim(image.ny == 1 && image.nx == 9, "%d x %d", (int)image.ny, (int)image.nx);
  for (PetscInt b = 0; b < 9 && rank == 0; b++) ClaimNear(image.values[b], Value(b, 0, 0), 1e-6);
  PetscCall(KarImageDestroy(&image));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A picture of a file is the picture of its field. */
static PetscErrorCode FromFile(void)
{
  static const PetscInt sizes[3][3] = {{29, 1, 1}, {13, 10, 1}, {6, 5, 4}};
  PetscMPIInt           rank;
  char                  path[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCall(ScratchFile("image.h5", path));
  for (PetscInt dim = 1; dim <= 3; dim++) {
    const PetscInt *n = sizes[dim - 1];
    KarGrid         grid;
    KarDataset      data;
    KarImage        one, other;
    PetscReal      *x;

    PetscCall(KarGridCreate(PETSC_COMM_WORLD, &grid));
    PetscCall(KarGridSetSizes(grid, dim, n, NULL));
    PetscCall(KarGridSetUp(grid));
    PetscCall(KarDatasetCreate(PETSC_COMM_WORLD, grid, path, &data));
    PetscCall(KarDatasetAddVariable(data, "u", 1, NULL, NULL));
    PetscCall(KarDatasetSetReplace(data, KAR_REPLACE));
    PetscCall(KarDatasetSetUp(data));
    PetscCall(PetscMalloc1(n[0] * n[1] * n[2], &x));
    for (PetscInt i = 0; i < n[0] * n[1] * n[2]; i++) x[i] = Value(i / (n[1] * n[2]), i / n[2] % n[1], i % n[2]);
    PetscCall(KarDatasetWriteLocal(data, "u", 0, rank ? 0 : 1, x));
    PetscCall(PetscFree(x));
    PetscCall(KarDatasetClose(&data));
    PetscCall(KarGridDestroy(&grid));

    PetscCall(MakeImage(PETSC_COMM_WORLD, dim, n, 4, PETSC_FALSE, &one));
    PetscCall(KarDatasetOpen(PETSC_COMM_WORLD, path, &data));
    PetscCall(KarImageFromDataset(data, NULL, 0, NULL, 0, PETSC_FALSE, 4, &other));
    PetscCall(KarDatasetClose(&data));
    Claim(one.ny == other.ny && one.nx == other.nx, "%d dimensions: another shape", (int)dim);
    if (dim == 3) {
      const KarPlane plane = {2, 1};
      KarImage       side[2];

      PetscCall(MakePlane(PETSC_COMM_WORLD, dim, n, &plane, 4, PETSC_FALSE, &side[0]));
      PetscCall(KarDatasetOpen(PETSC_COMM_WORLD, path, &data));
      PetscCall(KarImageFromDataset(data, NULL, 0, &plane, 0, PETSC_FALSE, 4, &side[1]));
      PetscCall(KarDatasetClose(&data));
      for (PetscInt i = 0; i < side[0].ny * side[0].nx && rank == 0; i++)
        ClaimNear(side[0].values[i], side[1].values[i], 1e-6);
      for (int i = 0; i < 2; i++) PetscCall(KarImageDestroy(&side[i]));
    }
    for (PetscInt i = 0; i < one.ny * one.nx && rank == 0; i++) ClaimNear(one.values[i], other.values[i], 1e-6);
    PetscCall(KarImageDestroy(&one));
    PetscCall(KarImageDestroy(&other));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Lightness L* of CIELAB. */
static PetscReal Lightness(KarColors colors, PetscReal t)
{
  PetscReal rgb[3], y;

  kar_color(colors, t, rgb);
  for (int c = 0; c < 3; c++) rgb[c] = rgb[c] <= 0.04045 ? rgb[c] / 12.92 : PetscPowReal((rgb[c] + 0.055) / 1.055, 2.4);
  y = 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];
  return 116 * PetscPowReal(y, 1. / 3) - 16;
}

static PetscErrorCode Colors(void)
{
  PetscReal a[3], b[3];

  PetscFunctionBegin;
  for (int i = 0; i < 100; i++) {
    Claim(Lightness(KAR_COLORS_SEQUENTIAL, (i + 1) / 100.) > Lightness(KAR_COLORS_SEQUENTIAL, i / 100.),
          "sequential, %d", i);
    Claim(Lightness(KAR_COLORS_GREY, (i + 1) / 100.) > Lightness(KAR_COLORS_GREY, i / 100.), "grey, %d", i);
    if (i < 50)
      Claim(Lightness(KAR_COLORS_DIVERGING, (i + 1) / 100.) > Lightness(KAR_COLORS_DIVERGING, i / 100.),
            "diverging, %d", i);
    ClaimNear(Lightness(KAR_COLORS_DIVERGING, i / 100.), Lightness(KAR_COLORS_DIVERGING, 1 - i / 100.), 5);
  }
  kar_color(KAR_COLORS_CYCLIC, 0, a);
  kar_color(KAR_COLORS_CYCLIC, 1, b);
  for (int c = 0; c < 3; c++) ClaimNear(a[c], b[c], 1e-6);
  kar_color(KAR_COLORS_SEQUENTIAL, 0, a);
  ClaimNear(a[0] * 255, 0x44, 1);
  ClaimNear(a[2] * 255, 0x54, 1);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Does the file begin with these bytes? */
static PetscBool Begins(const char path[], const char magic[])
{
  char  head[8] = "";
  FILE *file    = fopen(path, "r");

  if (!file || !fread(head, 1, sizeof(head), file)) return PETSC_FALSE;
  (void)fclose(file);
  return memcmp(head, magic, strlen(magic)) ? PETSC_FALSE : PETSC_TRUE;
}

static PetscErrorCode Files(void)
{
  static const char *const ends[]  = {"png", "pdf", "svg"};
  static const char *const magic[] = {"\x89PNG", "%PDF", "<?xml"};
  const PetscInt           n[2] = {12, 9}, m[1] = {17};
  KarPictureStyle          style = {.title = "A title", .label = "u / m s^{-1}", .units = "km"};
  KarImage                 images[3];
  KarPlot                  plot;
  PetscReal                x[20], y[20], low[20], high[20];
  PetscMPIInt              rank;
  char                     path[PETSC_MAX_PATH_LEN], alone[PETSC_MAX_PATH_LEN], command[3 * PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  for (int i = 0; i < 20; i++) x[i] = i + 1, y[i] = 1. / (i + 1), low[i] = 0.9 * y[i], high[i] = 1.1 * y[i];
  PetscCall(KarPlotCreate("Spectrum", "k", "E(k)", &plot));
  PetscCall(KarPlotSetLog(plot, PETSC_TRUE, PETSC_TRUE));
  PetscCall(KarPlotAdd(plot, "reference", KAR_LINE, -1, 20, x, y, low, high));
  PetscCall(KarPlotAdd(plot, "points", KAR_POINTS, -1, 20, x, y, NULL, NULL));
  y[3] = NAN, y[5] = -1; /* left out of a logarithmic axis */
  PetscCall(KarPlotAdd(plot, NULL, KAR_STEPS, -2, 20, x, y, NULL, NULL));
  for (int i = 0; i < 3; i++) PetscCall(MakeImage(PETSC_COMM_WORLD, 2, n, 100, PETSC_FALSE, &images[i]));
  for (int e = 0; e < 3; e++) {
    (void)snprintf(command, sizeof(command), "fields.%s", ends[e]);
    PetscCall(ScratchFile(command, path));
    PetscCall(KarPictureFields(PETSC_COMM_WORLD, path, KAR_REFUSE, 3, images, &style));
    Claim(Begins(path, magic[e]), "%s", path);
    ClaimFails(KarPictureFields(PETSC_COMM_WORLD, path, KAR_REFUSE, 3, images, &style), "exists already");
    (void)snprintf(command, sizeof(command), "plot.%s", ends[e]);
    PetscCall(ScratchFile(command, path));
    PetscCall(KarPlotSave(PETSC_COMM_WORLD, path, KAR_REFUSE, 1, &plot, 1));
    Claim(Begins(path, magic[e]), "%s", path);
  }
  for (int i = 0; i < 3; i++) PetscCall(KarImageDestroy(&images[i]));
  PetscCall(KarPlotDestroy(&plot));
  PetscCall(ScratchFile("fields.jpg", path));
  ClaimFails(KarPictureFields(PETSC_COMM_WORLD, path, KAR_REFUSE, 3, images, &style), "ends in .png, .pdf or .svg");
  PetscCall(MakeImage(PETSC_COMM_WORLD, 1, m, 100, PETSC_FALSE, &images[0]));
  PetscCall(ScratchFile("line.png", path));
  PetscCall(KarPictureFields(PETSC_COMM_WORLD, path, KAR_REFUSE, 1, images, &style));
  Claim(Begins(path, "\x89PNG"), "%s", path);
  PetscCall(KarImageDestroy(&images[0]));

  PetscCall(ScratchFile("all.png", path));
  PetscCall(MakeImage(PETSC_COMM_WORLD, 2, n, 5, PETSC_FALSE, &images[0]));
  PetscCall(KarPictureFields(PETSC_COMM_WORLD, path, KAR_REFUSE, 1, images, &style));
  PetscCall(KarImageDestroy(&images[0]));
  PetscCall(ScratchFile("alone.png", alone));
  if (rank == 0) {
    PetscCall(MakeImage(PETSC_COMM_SELF, 2, n, 5, PETSC_FALSE, &images[0]));
    PetscCall(KarPictureFields(PETSC_COMM_SELF, alone, KAR_REFUSE, 1, images, &style));
    PetscCall(KarImageDestroy(&images[0]));
  }
  (void)snprintf(command, sizeof(command), "cmp '%s' '%s'", path, alone);
  Claim(!Shell(command), "%s", command);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run(void)
{
  PetscFunctionBegin;
  PetscCall(Images());
  PetscCall(Planes());
  PetscCall(Greatest());
  PetscCall(FromFile());
  PetscCall(Colors());
  PetscCall(Files());
  PetscCall(ScratchClean());
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(run)
