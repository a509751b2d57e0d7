/* What is read of a data set, in one line: which array, what its axes are and how we know, the box, units, mean and
 * variance. */
#include "datasetimpl.h"

/* Numbers that the mean and the variance are taken of, at most: whole samples, evenly spread, or the first planes of
 * one. */
#define NUMBERS (1 << 22)

typedef struct {
  double count, mean, square; /* sum of squared deviations */
} Moments;

static void Merge(const Moments *more, Moments *all)
{
  const double count = all->count + more->count, d = more->mean - all->mean;

  if (!(more->count > 0)) return;
  all->square += more->square + d * d * all->count * more->count / count;
  all->mean += d * more->count / count;
  all->count = count;
}

/* Numbers that are none are taken out of x. */
static void Add(PetscInt numbers, PetscReal x[], Moments *all)
{
  Moments  more = {.count = 0};
  PetscInt n    = 0;

  for (PetscInt i = 0; i < numbers; i++)
    if (!isnan(x[i])) x[n++] = x[i];
  more.count = (double)n;
  for (PetscInt i = 0; i < n; i++) more.mean += (double)(x[i] - x[0]) / (double)n;
  for (PetscInt i = 0; i < n; i++) more.square += PetscSqr((double)(x[i] - x[0]) - more.mean);
  more.mean += (double)x[0];
  Merge(&more, all);
}

/* Collective. Samples and planes of each that are looked at; why: what is wrong with one. */
static PetscErrorCode Measure(KarDataset data, MPI_Comm comm, PetscInt v, Moments *all, PetscInt *samples,
                              PetscInt *planes, size_t size, char why[])
{
  const PetscInt numbers = kar_dataset_plane(data) * data->variable[v].components, S = data->variable[v].samples;
  Moments        mine = {.count = 0}, *each;
  PetscReal     *values;
  PetscMPIInt    rank, ranks;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  *samples = PetscMax(1, PetscMin(S, NUMBERS / PetscMax(1, numbers * data->info.n[0])));
  *planes  = PetscMax(1, PetscMin(data->info.n[0], NUMBERS / *samples / PetscMax(1, numbers)));
  PetscCall(PetscMalloc1(numbers, &values));
  PetscCall(PetscCalloc1(ranks, &each));
  why[0] = 0;
  for (PetscInt k = rank; k < *samples * *planes && !why[0]; k += ranks)
    if (kar_dataset_read(data, v, k / *planes * S / *samples, k % *planes, 1, values, NULL, size, why))
      Add(numbers, values, &mine);
  PetscCallMPI(MPI_Allgather(&mine, 3, MPI_DOUBLE, each, 3, MPI_DOUBLE, comm));
  for (PetscMPIInt r = 0; r < ranks; r++) Merge(&each[r], all);
  PetscCall(PetscFree(each));
  PetscCall(PetscFree(values));
  PetscCall(KarShareError(comm, why[0] ? PETSC_FALSE : PETSC_TRUE, why, size));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* "time 24 samples, lat 32 = y, lon 48 = x" */
static void Axes(const KarLayout *layout, size_t size, char text[])
{
  size_t used = 0;

  for (int d = 0; d < layout->ndim && used < size; d++) {
    const char role = layout->role[d], *name = layout->name[d];
    const char same[2] = {role, 0}, *what = role == 's' ? " samples" : role == 'c' ? " components" : "";

    used += (size_t)snprintf(text + used, size - used, "%s%s%s%lld%s", d ? ", " : "", what[0] || name[0] ? name : same,
                             what[0] && !name[0] ? "" : " ", (long long)layout->shape[d], what);
    if (!what[0] && name[0] && strcmp(name, same) && used < size)
      used += (size_t)snprintf(text + used, size - used, " = %c", role);
  }
}

static void Box(const KarDatasetInfo *info, size_t size, char text[])
{
  size_t used = 0;

  for (PetscInt i = 0; i < info->dim && used < size; i++)
    used += (size_t)snprintf(text + used, size - used, "%s%.6g", i ? " x " : "", (double)info->length[i]);
  if (strcmp(info->units, "1") && used < size) (void)snprintf(text + used, size - used, " %s", info->units);
}

PetscErrorCode KarDatasetSay(KarDataset data, MPI_Comm comm, const char variable[])
{
  PetscInt           v, samples = 0, planes = 0;
  Moments            all       = {.count = 0};
  char               axes[512] = "", box[128] = "", of[64] = "", arrays[48] = "", why[512] = "";
  const KarVariable *what;
  const KarArray    *array;

  PetscFunctionBegin;
  PetscCall(KarDatasetFindVariable(data, variable, &v));
  PetscCall(Measure(data, comm, v, &all, &samples, &planes, sizeof(why), why));
  what  = &data->variable[v];
  array = &data->array[v];
  Axes(&array->layout, sizeof(axes), axes);
  Box(&data->info, sizeof(box), box);
  if (planes < data->info.n[0]) (void)snprintf(of, sizeof(of), " (of a part of sample 0)");
  else if (samples < what->samples) (void)snprintf(of, sizeof(of), " (of %" PetscInt_FMT " samples)", samples);
  if (array->parts > 1) (void)snprintf(arrays, sizeof(arrays), " in %" PetscInt_FMT " arrays of", array->parts);
  PetscCall(PetscPrintf(comm, "read %s: %s,%s (%s) %s, %" PetscInt_FMT " sample%s, box %s%s%s%s", data->path,
                        what->name, arrays, axes, array->layout.rule, what->samples, what->samples == 1 ? "" : "s", box,
                        strcmp(what->units, "1") ? ", " : "", strcmp(what->units, "1") ? what->units : "",
                        array->parts && array->part[0].packing.packed ? ", unpacked" : ""));
  if (!why[0] && all.count > 0)
    PetscCall(PetscPrintf(comm, ", mean %.6g, variance %.6g%s%s", all.mean, all.square / all.count, of,
                          all.count < (double)(samples * planes * kar_dataset_plane(data) * what->components)
                            ? " where there are values"
                            : ""));
  PetscCall(PetscPrintf(comm, "\n"));
  for (char *line = data->notes; *line; line = strchr(line, '\n') + 1) {
    if (!strchr(line, '\n')) break;
    PetscCall(PetscPrintf(comm, "  note: %.*s\n", (int)(strchr(line, '\n') - line), line));
  }
  if (why[0]) PetscCall(PetscPrintf(comm, "  note: %s\n", why));
  PetscFunctionReturn(PETSC_SUCCESS);
}
