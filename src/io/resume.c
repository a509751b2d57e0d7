/* What a run before has left of a data set, taken over by one that goes on: whole samples in path.part, where they
   stay, and in path itself or in a part whose journal is gone, from where they are copied.  Numbers are compared with
   their sums; what does not fit is made anew. */
#include "datasetimpl.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define CAPACITY (1 << 16) /* of the lines of a run */

PetscErrorCode KarDatasetSetRun(KarDataset data, const char run[], PetscBool go_on)
{
  PetscFunctionBegin;
  KarCheck(data->comm, data->writing && !data->ready, PETSC_ERR_ORDER, "%s is set up: its contents are fixed",
           data->path);
  KarCheck(data->comm, strlen(run) < CAPACITY, PETSC_ERR_ARG_OUTOFRANGE, "%s: the options of the run are too long",
           data->path);
  PetscCall(PetscFree(data->run));
  PetscCall(PetscStrallocpy(run, &data->run));
  data->go_on = go_on;
  PetscFunctionReturn(PETSC_SUCCESS);
}

const char *kar_dataset_run(KarDataset data)
{
  return data->run ? data->run : "";
}

PetscBool kar_dataset_has(KarDataset data, PetscInt i)
{
  return data->kept && data->kept[i] ? PETSC_TRUE : PETSC_FALSE;
}

void kar_dataset_drop(KarDataset data, PetscInt i)
{
  if (data->kept) data->kept[i] = 0;
  for (PetscInt v = 0; v < data->info.variables && data->output; v++)
    data->array[v].sum[i] = 0, data->array[v].written[i] = 0;
  for (PetscInt k = 0; k < data->extra && data->numbers; k++) data->numbers[i * data->extra + k] = 0;
}

PetscErrorCode KarDatasetSetNumbers(KarDataset data, PetscInt extra)
{
  PetscFunctionBegin;
  KarCheck(data->comm, data->writing && !data->ready, PETSC_ERR_ORDER, "%s is set up: its contents are fixed",
           data->path);
  KarCheck(data->comm, extra >= 0 && extra <= KAR_EXTRA, PETSC_ERR_ARG_OUTOFRANGE, "a sample has at most %d numbers",
           KAR_EXTRA);
  data->extra = extra;
  PetscFunctionReturn(PETSC_SUCCESS);
}

void kar_dataset_put_numbers(KarDataset data, PetscInt i, const PetscReal numbers[])
{
  double *to = data->numbers + i * data->extra;

  for (PetscInt k = 0; k < data->extra; k++) to[k] = (double)numbers[k];
  (void)kar_journal_put_numbers(data, i, to);
}

void kar_dataset_get_numbers(KarDataset data, PetscInt i, PetscReal numbers[])
{
  for (PetscInt k = 0; k < data->extra; k++)
    numbers[k] = data->numbers ? (PetscReal)data->numbers[i * data->extra + k] : 0;
}

PetscBool kar_dataset_is_whole(KarDataset data)
{
  return data->ready && !data->output ? PETSC_TRUE : PETSC_FALSE;
}

/* --- Files of before ------------------------------------------------------------ */
static void Aside(const char part[], char aside[PETSC_MAX_PATH_LEN + 16])
{
  (void)snprintf(aside, PETSC_MAX_PATH_LEN + 16, "%s.kept", part);
}

PetscBool kar_part_in_place(const char part[])
{
  char       aside[PETSC_MAX_PATH_LEN + 16];
  KarJournal j;
  const int  fd    = open(part, O_RDONLY | O_CLOEXEC);
  PetscBool  place = kar_journal_read(fd, &j);

  kar_journal_free(&j);
  if (fd >= 0) (void)close(fd);
  Aside(part, aside);
  if (!place && fd >= 0 && access(aside, F_OK))
    (void)rename(part, aside); /* else what is aside is older, and its copy had not begun */
  return place;
}

/* The variable of that name; -1: none, or another kind. */
static PetscInt Find(KarDataset source, const KarVariable *mine, KarPrecision precision)
{
  for (PetscInt v = 0; v < source->info.variables; v++)
    if (!strcmp(source->variable[v].name, mine->name))
      return source->variable[v].components == mine->components && source->variable[v].precision == precision ? v : -1;
  return -1;
}

/* Is it of the same run, on the same grid? The reason when it is not. */
static PetscBool SourceFits(KarDataset data, KarDataset source, size_t size, char why[])
{
  char     *run = malloc(CAPACITY), text[384] = "";
  PetscBool has = run ? kar_h5_get_string(source->file, "run", CAPACITY, run) : PETSC_FALSE;

  if (has) kar_options_differences(run, data->run, sizeof(text), text);
  free(run);
  why[0] = '\0';
  if (!has)
    (void)snprintf(
      why, size,
      "%s does not say how it was made, and cannot be gone on with: give another -out, or -overwrite without -resume",
      source->path);
  else if (text[0])
    (void)snprintf(why, size, "%s is of another run: %s; resume with the options of then, or give another -out",
                   source->path, text);
  for (PetscInt v = 0; v < data->info.variables && !why[0]; v++)
    if (source->info.dim != data->info.dim || memcmp(source->info.n, data->info.n, sizeof(data->info.n)) ||
        Find(source, &data->variable[v], data->precision) < 0)
      (void)snprintf(why, size, "%s has other fields than this run makes: give another -out", source->path);
  return why[0] ? PETSC_FALSE : PETSC_TRUE;
}

/* Collective. NULL when there is no such file, or it cannot be used and need not be. */
static PetscErrorCode OpenSource(KarDataset data, const char path[], PetscBool must, KarDataset *source)
{
  PetscBool there = data->rank || !access(path, F_OK) ? PETSC_TRUE : PETSC_FALSE, fits = PETSC_TRUE;
  char      why[512];

  PetscFunctionBegin;
  *source = NULL;
  PetscCallMPI(MPI_Bcast(&there, 1, MPIU_BOOL, 0, data->comm));
  if (!there) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarDatasetTry(data->comm, path, NULL, source, sizeof(why), why));
  KarCheck(data->comm, *source || !must, PETSC_ERR_FILE_OPEN, "%s", why);
  if (!*source) PetscFunctionReturn(PETSC_SUCCESS);
  fits = SourceFits(data, *source, sizeof(why), why);
  if (!fits) PetscCall(KarDatasetDestroy(source));
  KarCheckAny(data->comm, fits || !must, PETSC_ERR_FILE_UNEXPECTED, "%s", why);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDatasetIsThere(KarDataset data, PetscBool *there)
{
  KarFileState state;
  KarDataset   source;

  PetscFunctionBegin;
  PetscCall(OpenSource(data, data->path, PETSC_TRUE, &source));
  *there = source && source->info.samples >= data->info.samples ? PETSC_TRUE : PETSC_FALSE;
  PetscCall(KarDatasetDestroy(&source));
  if (!*there) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarFileCheck(data->comm, data->path, &state));
  KarCheck(data->comm, state == KAR_FILE_SOUND, PETSC_ERR_FILE_READ,
           "%s is damaged: its checksum does not fit; karhunen verify says where", data->path);
  PetscCall(KarOutputClear(data->comm, data->path, PETSC_FALSE));
  PetscCall(PetscMalloc1(data->info.samples, &data->kept));
  memset(data->kept, 1, (size_t)data->info.samples);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The numbers that go with the first `samples` of a file. */
static PetscBool ReadNumbers(KarDataset source, PetscInt extra, PetscInt samples, double numbers[])
{
  const hid_t array =
    H5Lexists(source->file, KAR_NUMBERS, H5P_DEFAULT) > 0 ? H5Dopen2(source->file, KAR_NUMBERS, H5P_DEFAULT) : -1;
  hsize_t   shape[2] = {0, 0}, count[2] = {(hsize_t)samples, (hsize_t)extra}, zero[2] = {0, 0};
  hid_t     there, here;
  PetscBool good = PETSC_FALSE;

  if (array < 0) return PETSC_FALSE;
  there = H5Dget_space(array);
  if (H5Sget_simple_extent_ndims(there) == 2 && H5Sget_simple_extent_dims(there, shape, NULL) == 2 &&
      shape[0] >= count[0] && shape[1] == count[1]) {
    here = H5Screate_simple(2, count, NULL);
    good = H5Sselect_hyperslab(there, H5S_SELECT_SET, zero, NULL, count, NULL) >= 0 &&
               H5Dread(array, H5T_NATIVE_DOUBLE, here, there, H5P_DEFAULT, numbers) >= 0
             ? PETSC_TRUE
             : PETSC_FALSE;
    (void)H5Sclose(here);
  }
  (void)H5Sclose(there);
  (void)H5Dclose(array);
  return good;
}

/* --- Samples of before ------------------------------------------------------------ */
/* This rank's planes [first, last) of variable v, samples and components in a row: summed, and from a source copied.
   False: a write failed. */
static PetscBool Take(KarDataset data, KarDataset source, PetscInt v, PetscInt first, PetscInt last,
                      const uint64_t said[], uint64_t sum[])
{
  const PetscInt n0 = data->info.n[0], C = data->variable[v].components,
                 from = source ? Find(source, &data->variable[v], data->precision) : v;
  size_t      size;
  const hid_t type = kar_dataset_type(data, v, &size);

  while (first < last) {
    const PetscInt plane = first % n0, planes = PetscMin(n0 - plane, last - first);
    KarPiece       piece = {.sample = first / n0 / C, .component = first / n0 % C};

    while (said[piece.sample] && kar_dataset_next(data, plane, planes, &piece)) {
      const PetscBool got =
        source ? kar_dataset_move(source, from, piece, type, data->buffer) : kar_piece_get(data, v, piece);

      if (!got) continue; /* its sum will not fit */
      sum[piece.sample] += kar_dataset_sum(data, piece, size, data->buffer);
      if (source && !kar_piece_put(data, v, piece)) return PETSC_FALSE;
    }
    first += planes;
  }
  return PETSC_TRUE;
}

/* Collective. Of the samples with a sum said, 0 for others, those that fit it: of variable v; sum [S] is room. */
static PetscErrorCode TakeVariable(KarDataset data, KarDataset source, PetscInt v, PetscInt S, uint64_t said[],
                                   uint64_t sum[])
{
  const PetscInt planes = S * data->variable[v].components * data->info.n[0], share = planes / data->ranks,
                 rest = planes % data->ranks;
  PetscBool good;

  PetscFunctionBegin;
  PetscCall(PetscArrayzero(sum, S));
  good = Take(data, source, v, share * data->rank + PetscMin(data->rank, rest),
              share * (data->rank + 1) + PetscMin(data->rank + 1, rest), said, sum);
  KarCheckAny(data->comm, good, PETSC_ERR_FILE_WRITE, "%s cannot be written: is the disk full?", data->path);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sum, (PetscMPIInt)S, MPI_UINT64_T, MPI_SUM, data->comm));
  for (PetscInt s = 0; s < S; s++)
    if (sum[s] != said[s]) said[s] = 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Collective. Takes those that are whole; said [variables][S], numbers [S][extra] on rank 0. */
static PetscErrorCode TakeSamples(KarDataset data, KarDataset source, PetscInt S, uint64_t said[],
                                  const double numbers[])
{
  const PetscInt V = data->info.variables;
  uint64_t      *sum;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(S, &sum));
  for (PetscInt s = 0; s < S; s++)
    for (PetscInt v = 0; v < V; v++)
      if (data->kept[s] || !said[v * S + s])
        for (PetscInt u = 0; u < V; u++) said[u * S + s] = 0;
  for (PetscInt v = 0; v < V; v++) PetscCall(TakeVariable(data, source, v, S, said + v * S, sum));
  for (PetscInt s = 0; s < S; s++) {
    PetscBool whole = PETSC_TRUE;

    for (PetscInt v = 0; v < V; v++)
      if (!said[v * S + s]) whole = PETSC_FALSE;
    if (!whole) continue;
    data->kept[s] = 1;
    if (data->rank == 0 && data->extra) kar_dataset_put_numbers(data, s, numbers + s * data->extra);
    for (PetscInt v = 0; v < V && data->rank == 0; v++) {
      data->array[v].sum[s]     = said[v * S + s];
      data->array[v].written[s] = 1;
      (void)kar_journal_put(data, v, s, said[v * S + s]);
    }
  }
  PetscCall(PetscFree(sum));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Collective. Those of the part itself. */
static PetscErrorCode TakeInPlace(KarDataset data)
{
  const PetscInt S = data->info.samples, n = S * data->info.variables;
  KarJournal     j    = {.all = NULL};
  PetscBool      good = PETSC_TRUE;
  uint64_t      *said;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(n, &said));
  if (data->rank == 0) good = kar_journal_read(data->fd, &j);
  if (data->rank == 0 && good) PetscCall(PetscArraycpy(said, j.sums, n));
  PetscCallMPI(MPI_Bcast(said, (PetscMPIInt)n, MPI_UINT64_T, 0, data->comm));
  PetscCall(TakeSamples(data, NULL, S, said, j.numbers));
  kar_journal_free(&j);
  PetscCall(PetscFree(said));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Collective. Those of another file. */
static PetscErrorCode TakeFrom(KarDataset data, KarDataset source)
{
  const PetscInt S = PetscMin(data->info.samples, source->info.samples);
  double        *numbers;
  uint64_t      *said;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(S * data->extra, &numbers));
  PetscCall(PetscCalloc1(S * data->info.variables, &said));
  for (PetscInt v = 0; v < data->info.variables; v++)
    for (PetscInt s = 0; s < S; s++)
      if (!kar_dataset_said(source, Find(source, &data->variable[v], data->precision), s, &said[v * S + s]))
        said[v * S + s] = 0;
  if (!data->extra || ReadNumbers(source, data->extra, S, numbers))
    PetscCall(TakeSamples(data, source, S, said, numbers));
  PetscCall(PetscFree(numbers));
  PetscCall(PetscFree(said));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDatasetKeep(KarDataset data, const char part[], PetscBool in_place)
{
  char       path[2][PETSC_MAX_PATH_LEN + 16];
  KarDataset source;
  PetscBool  any = PETSC_FALSE;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(data->info.samples, &data->kept));
  if (in_place) PetscCall(TakeInPlace(data));
  Aside(part, path[0]);
  (void)snprintf(path[1], sizeof(path[1]), "%s", data->path);
  for (int i = 0; i < 2; i++) {
    PetscCall(OpenSource(data, path[i], PETSC_FALSE, &source));
    if (source) PetscCall(TakeFrom(data, source));
    PetscCall(KarDatasetDestroy(&source));
  }
  if (data->rank == 0) {
    (void)unlink(path[0]);
    (void)snprintf(path[0], sizeof(path[0]), "%s.short", part);
    (void)unlink(path[0]);
  }
  for (PetscInt s = 0; s < data->info.samples; s++)
    if (data->kept[s]) any = PETSC_TRUE;
  kar_output_keep(data->output, any);
  PetscFunctionReturn(PETSC_SUCCESS);
}
