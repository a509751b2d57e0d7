/* Paths from one outline to another under Kunita's shape noise: two files of points x,y in, as many in each and in one
   order; out comes STEM.csv (time, path, point, x, y) and STEM.png, a panel for each path.

     bridge_outlines -from a.csv -to b.csv -noise_width 0.5 -noise_amplitude 0.1 -paths 4 -seed 1 -out bridge */
#include <karhunen.h>

#include <stdio.h>

enum { MOST = 400, GRID = 9 };

typedef struct {
  char       file[2][PETSC_MAX_PATH_LEN], out[PETSC_MAX_PATH_LEN];
  PetscReal  width, amplitude, noise;
  PetscInt   steps, particles, paths, seed;
  KarReplace replace;
  PetscInt   n;
  PetscReal  x[2][2 * MOST], low[2], high[2];
} Outlines;

static PetscErrorCode ReadOptions(Outlines *o)
{
  PetscFunctionBegin;
  PetscCall(
    KarOptionsString(NULL, "from", "CSV file of the points x,y of the first outline", sizeof(o->file[0]), o->file[0]));
  PetscCall(KarOptionsString(NULL, "to", "the same of the last", sizeof(o->file[1]), o->file[1]));
  PetscCall(
    KarOptionsReal("noise_", "width", "points nearer to each other than this move alike", 1e-6, 1e6, &o->width));
  PetscCall(
    KarOptionsReal("noise_", "amplitude", "of each of 9 x 9 sources about the outlines", 1e-9, 1e9, &o->amplitude));
  PetscCall(KarOptionsReal(NULL, "end_noise", "with which the end is met", 1e-9, 1e9, &o->noise));
  PetscCall(KarOptionsInt(NULL, "steps", "of a path", 2, 100000, &o->steps));
  PetscCall(KarOptionsInt(NULL, "particles", "that are weighed for a path", 1, 100000, &o->particles));
  PetscCall(KarOptionsInt(NULL, "paths", "independent paths to draw", 1, 64, &o->paths));
  PetscCall(KarOptionsInt(NULL, "seed", "path i is a function of the seed and of i", 0, PETSC_MAX_INT, &o->seed));
  PetscCall(KarOptionsString(NULL, "out", "stem of the files to write", sizeof(o->out), o->out));
  PetscCall(KarOutputReplaceFromOptions(NULL, &o->replace));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Lines x,y; a first line of names is passed over. */
static PetscErrorCode ReadOutline(MPI_Comm comm, const char path[], PetscReal x[], PetscInt *n)
{
  char   line[256];
  FILE  *file = fopen(path, "r");
  double p[2];
  int    number = 0;

  PetscFunctionBegin;
  KarCheck(comm, file, PETSC_ERR_FILE_OPEN, "%s cannot be read: give -from A.csv -to B.csv, lines x,y", path);
  for (*n = 0; fgets(line, sizeof(line), file);) {
    const PetscBool good = (PetscBool)(sscanf(line, "%lf,%lf", &p[0], &p[1]) == 2);

    number++;
    KarCheck(comm, good || number == 1, PETSC_ERR_FILE_UNEXPECTED, "%s, line %d: not two numbers x,y", path, number);
    if (!good) continue;
    KarCheck(comm, *n < MOST, PETSC_ERR_FILE_UNEXPECTED, "%s has more than %d points: thin it out", path, MOST);
    x[2 * *n] = (PetscReal)p[0], x[2 * *n + 1] = (PetscReal)p[1];
    (*n)++;
  }
  fclose(file);
  KarCheck(comm, *n >= 3, PETSC_ERR_FILE_UNEXPECTED, "%s has %" PetscInt_FMT " points: an outline needs 3", path, *n);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Sources of the noise on a square about both outlines. */
static void Place(Outlines *o, PetscReal place[])
{
  for (int c = 0; c < 2; c++) {
    o->low[c] = PETSC_MAX_REAL, o->high[c] = -PETSC_MAX_REAL;
    for (int k = 0; k < 2; k++)
      for (PetscInt i = 0; i < o->n; i++) {
        o->low[c]  = PetscMin(o->low[c], o->x[k][2 * i + c]);
        o->high[c] = PetscMax(o->high[c], o->x[k][2 * i + c]);
      }
    o->low[c] -= o->width / 2, o->high[c] += o->width / 2;
  }
  for (PetscInt l = 0; l < GRID * GRID; l++)
    for (int c = 0; c < 2; c++)
      place[2 * l + c] =
        o->low[c] + (o->high[c] - o->low[c]) * (PetscReal)(c ? l / GRID : l % GRID) / (PetscReal)(GRID - 1);
}

/* A closed curve into the plot. */
static PetscErrorCode AddCurve(KarPlot plot, const char label[], KarPlotLook look, PetscInt color, PetscInt n,
                               const PetscReal p[])
{
  PetscReal x[MOST + 1], y[MOST + 1];

  PetscFunctionBegin;
  for (PetscInt i = 0; i <= n; i++) x[i] = p[2 * (i % n)], y[i] = p[2 * (i % n) + 1];
  PetscCall(KarPlotAdd(plot, label, look, color, n + 1, x, y, NULL, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Path number i of `particles` in path: its curves at four times, and its rows of the table. */
static PetscErrorCode Show(const Outlines *o, PetscInt i, const PetscReal t[], const PetscReal path[], FILE *table,
                           KarPlot *plot)
{
  const PetscInt nc = 2 * o->n, row = o->particles * nc;
  char           title[64], label[32];

  PetscFunctionBegin;
  (void)snprintf(title, sizeof(title), "path %d", (int)i);
  PetscCall(KarPlotCreate(title, "x", "y", plot));
  for (int c = 0; c < 2; c++) PetscCall(KarPlotSetRange(*plot, c, o->low[c], o->high[c]));
  PetscCall(AddCurve(*plot, i ? NULL : "start", KAR_DASHED, -2, o->n, o->x[0]));
  for (int q = 1; q < 4; q++) {
    PetscInt k = 0;

    while (k < o->steps && t[k] < 0.25 * q) k++;
    (void)snprintf(label, sizeof(label), "t = %.2g", 0.25 * q);
    PetscCall(AddCurve(*plot, i ? NULL : label, KAR_LINE, q - 1, o->n, path + k * row));
  }
  PetscCall(AddCurve(*plot, i ? NULL : "end", KAR_LINE, -2, o->n, o->x[1]));
  for (PetscInt k = 0; table && k <= o->steps; k++)
    for (PetscInt p = 0; p < o->n; p++)
      fprintf(table, "%.6g,%d,%d,%.6g,%.6g\n", (double)t[k], (int)i, (int)p, (double)path[k * row + 2 * p],
              (double)path[k * row + 2 * p + 1]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Draw(MPI_Comm comm, Outlines *o)
{
  PetscReal        place[2 * GRID * GRID], *t, *path;
  char             name[PETSC_MAX_PATH_LEN + 8];
  KarKunita        kunita = {.components = 2, .sources = GRID * GRID, .width = o->width, .amplitude = o->amplitude};
  KarDiffusion     d;
  KarDiffusionInfo info;
  KarPlot          plot[64];
  PetscMPIInt      rank;
  FILE            *table = NULL;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  Place(o, place);
  kunita.place = place, kunita.n = o->n;
  PetscCall(KarKunitaGetDiffusion(&kunita, &d));
  PetscCall(PetscMalloc2(o->steps + 1, &t, (o->steps + 1) * o->particles * 2 * o->n, &path));
  (void)snprintf(name, sizeof(name), "%s.csv", o->out);
  if (rank == 0) table = fopen(name, "w");
  KarCheckAny(comm, rank || table, PETSC_ERR_FILE_OPEN, "%s cannot be written", name);
  if (table) fprintf(table, "time,path,point,x,y\n");
  for (PetscInt i = 0; i < o->paths; i++) {
    const KarKey key = {.seed = o->seed, .sample = i};

    PetscCall(KarDiffusionBridge(&d, 1, o->steps, o->particles, o->x[0], o->x[1], o->noise, key, t, path, &info));
    PetscCall(PetscPrintf(comm, "path %d: log density of the end %.6g, %.3g of %d particles effective\n", (int)i,
                          (double)info.density, (double)info.ess, (int)o->particles));
    PetscCall(Show(o, i, t, path, table, &plot[i]));
  }
  KarCheckAny(comm, !table || !fclose(table), PETSC_ERR_FILE_WRITE, "%s cannot be written: is the disk full?", name);
  (void)snprintf(name, sizeof(name), "%s.png", o->out);
  PetscCall(KarPlotSave(comm, name, o->replace, o->paths, plot, PetscMin(o->paths, 4)));
  for (PetscInt i = 0; i < o->paths; i++) PetscCall(KarPlotDestroy(&plot[i]));
  PetscCall(PetscFree2(t, path));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(MPI_Comm comm)
{
  PetscInt  n[2];
  Outlines *o;

  PetscFunctionBegin;
  PetscCall(PetscNew(&o));
  *o = (Outlines){
    .width = 0.5, .amplitude = 0.1, .noise = 0.05, .steps = 200, .particles = 32, .paths = 4, .out = "bridge"};
  PetscCall(ReadOptions(o));
  PetscCall(KarOptionsCheck(comm));
  if (!KarOptionsHelping()) {
    for (int k = 0; k < 2; k++) PetscCall(ReadOutline(comm, o->file[k], o->x[k], &n[k]));
    KarCheck(comm, n[0] == n[1], PETSC_ERR_USER_INPUT,
             "-from has %" PetscInt_FMT " points, -to %" PetscInt_FMT
             ": point i of one is to become point i of the other",
             n[0], n[1]);
    o->n = n[0];
    PetscCall(Draw(comm, o));
  }
  PetscCall(PetscFree(o));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  PetscCall(KarInitialize(&argc, &argv));
  PetscCall(Run(PETSC_COMM_WORLD));
  PetscCall(KarFinalize());
  return 0;
}
