/* roofline: the bandwidth of a triad and the flops of sgemm, measured, and below them the cases in the files of
   -bench_cases that counted their arithmetic: flops a second over flops a byte of memory.  A case that measured sgemm
   faster raises the roof: a slow moment of the machine does not lower it.  -bench_plot draws it. */
#include "bench.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>

enum { CASES = 16, LINE = 64 };

typedef struct {
  char      name[128];
  PetscReal intensity, flops; /* flops a byte; flops a second */
  PetscReal peak;             /* flops a second of sgemm beside the case; 0: not measured */
} Point;

/* The whole text of a file, "" when it cannot be read. The caller frees it. */
static PetscErrorCode ReadText(const char path[], char **text)
{
  FILE *file = fopen(path, "r");
  long  size = 0;

  PetscFunctionBegin;
  if (file && !fseek(file, 0, SEEK_END)) size = ftell(file);
  PetscCall(PetscCalloc1((size_t)PetscMax(size, 0) + 1, text));
  if (file) {
    rewind(file);
    if (fread(*text, 1, (size_t)PetscMax(size, 0), file) < (size_t)PetscMax(size, 0)) (*text)[0] = '\0';
    fclose(file);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* False when it is no case of a bench, or one without counts. */
static PetscErrorCode ReadPoint(const char path[], Point *point, PetscBool *counted)
{
  char        *text;
  cJSON       *root;
  const cJSON *figures, *name, *flops, *intensity, *peak;

  PetscFunctionBegin;
  PetscCall(ReadText(path, &text));
  root      = cJSON_Parse(text);
  figures   = cJSON_GetObjectItem(root, "figures");
  name      = cJSON_GetObjectItem(root, "case");
  flops     = cJSON_GetObjectItem(figures, "flops");
  intensity = cJSON_GetObjectItem(figures, "intensity");
  peak      = cJSON_GetObjectItem(figures, "sgemm_flops");
  *counted  = cJSON_IsString(name) && cJSON_IsNumber(flops) && cJSON_IsNumber(intensity) ? PETSC_TRUE : PETSC_FALSE;
  if (*counted) {
    PetscCall(PetscStrncpy(point->name, name->valuestring, sizeof(point->name)));
    point->flops     = flops->valuedouble;
    point->intensity = intensity->valuedouble;
    point->peak      = cJSON_IsNumber(peak) ? peak->valuedouble : 0;
  }
  cJSON_Delete(root);
  PetscCall(PetscFree(text));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* files: comma-separated. */
static PetscErrorCode ReadPoints(MPI_Comm comm, char files[], PetscInt *n, Point points[])
{
  PetscBool counted = PETSC_FALSE;

  PetscFunctionBegin;
  *n = 0;
  for (char *path = strtok(files, ","); path; path = strtok(NULL, ",")) {
    KarCheck(comm, *n < CASES, PETSC_ERR_USER_INPUT, "-bench_cases: at most %d files", CASES);
    PetscCall(ReadPoint(path, &points[*n], &counted));
    KarCheckAny(comm, counted, PETSC_ERR_FILE_UNEXPECTED,
                "-bench_cases %s: not a case with \"flops\" and \"intensity\": make it with karhunen bench -out %s",
                path, path);
    ++*n;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Cases of one type, the first word of their names, share a colour. Adds those of case i unless an earlier one is of
   its type. */
static PetscErrorCode AddType(KarPlot plot, PetscInt i, PetscInt n, const Point points[])
{
  const size_t length = strcspn(points[i].name, " ");
  PetscReal    x[CASES], y[CASES];
  PetscInt     count = 0;
  char         type[128];

  PetscFunctionBegin;
  for (PetscInt j = 0; j < n; j++) {
    if (strcspn(points[j].name, " ") != length || strncmp(points[i].name, points[j].name, length)) continue;
    if (j < i) PetscFunctionReturn(PETSC_SUCCESS);
    x[count]   = points[j].intensity;
    y[count++] = points[j].flops * 1e-9;
  }
  PetscCall(PetscStrncpy(type, points[i].name, length + 1));
  PetscCall(KarPlotAdd(plot, type, KAR_POINTS, -1, count, x, y, NULL, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Draw(KarBench *b, const char path[], KarReplace replace, PetscReal peak, PetscReal bandwidth,
                           PetscInt n, const Point points[])
{
  PetscReal x[LINE], y[LINE], low = 0.1, high = 100;
  KarPlot   plot;

  PetscFunctionBegin;
  for (PetscInt i = 0; i < n; i++)
    low = PetscMin(low, points[i].intensity / 2), high = PetscMax(high, points[i].intensity * 2);
  for (int i = 0; i < LINE; i++) {
    x[i] = low * PetscPowReal(high / low, (PetscReal)i / (LINE - 1));
    y[i] = PetscMin(peak, bandwidth * x[i]) * 1e-9;
  }
  PetscCall(KarPlotCreate("Kernels under what the machine can do", "flops a byte of memory", "GF/s", &plot));
  PetscCall(KarPlotSetLog(plot, PETSC_TRUE, PETSC_TRUE));
  PetscCall(KarPlotAdd(plot, "triad and sgemm, measured", KAR_LINE, -2, LINE, x, y, NULL, NULL));
  for (PetscInt i = 0; i < n; i++) PetscCall(AddType(plot, i, n, points));
  PetscCall(KarPlotSave(b->comm, path, replace, 1, &plot, 1));
  PetscCall(KarPlotDestroy(&plot));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarBench_Roofline(KarBench *b)
{
  char       files[4096] = "", path[PETSC_MAX_PATH_LEN] = "";
  Point      points[CASES];
  PetscReal  peak, busy, bandwidth;
  PetscInt   n;
  KarReplace replace;
  PetscBool  done;

  PetscFunctionBegin;
  PetscCall(KarOptionsString(NULL, "bench_cases", "files of -out to draw, comma-separated", sizeof(files), files));
  PetscCall(KarOptionsString(NULL, "bench_plot", "the picture: .png, .pdf or .svg", sizeof(path), path));
  PetscCall(KarOutputReplaceFromOptions(NULL, &replace));
  PetscCall(KarCommandReady(b->comm, &done));
  if (done) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(ReadPoints(b->comm, files, &n, points));
  PetscCall(KarBenchGemm(b, &peak, &busy));
  for (PetscInt i = 0; i < n; i++) peak = PetscMax(peak, points[i].peak);
  PetscCall(KarBenchTriad(b, &bandwidth));
  KarBenchSet(b, "sgemm_flops", peak);
  KarBenchSet(b, "triad_bytes_per_second", bandwidth);
  for (PetscInt i = 0; i < n; i++)
    PetscCall(PetscPrintf(b->comm, "%-28s %8.3g GF/s, %6.3g flops a byte: %.2f of the roof\n", points[i].name,
                          (double)(points[i].flops * 1e-9), (double)points[i].intensity,
                          (double)(points[i].flops / PetscMin(peak, bandwidth * points[i].intensity))));
  if (path[0]) PetscCall(Draw(b, path, replace, peak, bandwidth, n, points));
  PetscFunctionReturn(PETSC_SUCCESS);
}
