/* The journal of a data set that is being written: which samples are whole, so that a run that was killed goes on.

   It lies behind the HDF5 file's own end in path.part, until that gets its name:
     places [V][2] of int64: offset, and bytes of a sample, of each variable;  sums [V][S] of uint64: checksum of a
     sample, 0 until it is written;
     numbers [S][extra] of double that go with a sample;     the lines of the run;  an End.
   A sum is written after its numbers, and numbers are compared with it before they are kept: the order in which a disk
   takes them is no matter. */
#include "datasetimpl.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
  int64_t  bytes, variables, samples, extra, run; /* bytes: of the journal, this included; run: of the lines */
  uint64_t check;                                 /* of places and lines */
  char     magic[8];
} End;

static const char magic[8] = {'K', 'A', 'R', 'P', 'A', 'R', 'T', '1'};

static int64_t Bytes(int64_t variables, int64_t samples, int64_t extra, int64_t run)
{
  return (int64_t)sizeof(End) + run + variables * (16 + 8 * samples) + 8 * extra * samples;
}

PetscInt64 kar_journal_bytes(KarDataset data)
{
  return data->run
           ? (PetscInt64)Bytes(data->info.variables, data->info.samples, data->extra, (int64_t)strlen(data->run))
           : 0;
}

static uint64_t Check(const KarJournal *j, int64_t run)
{
  return XXH3_64bits_withSeed(j->run, (size_t)run,
                              XXH3_64bits(j->places, (size_t)j->variables * 2 * sizeof(*j->places)));
}

/* Pointers into the bytes. */
static void Lay(KarJournal *j)
{
  j->places  = (int64_t *)j->all;
  j->sums    = (uint64_t *)(j->places + 2 * j->variables);
  j->numbers = (double *)(j->sums + j->variables * j->samples);
  j->run     = (char *)(j->numbers + j->samples * j->extra);
}

PetscBool kar_journal_read(int fd, KarJournal *j)
{
  struct stat there;
  End         end;

  *j = (KarJournal){.all = NULL};
  if (fd < 0 || fstat(fd, &there) || there.st_size < (off_t)sizeof(end)) return PETSC_FALSE;
  if (pread(fd, &end, sizeof(end), there.st_size - (off_t)sizeof(end)) != (ssize_t)sizeof(end) ||
      memcmp(end.magic, magic, sizeof(magic)))
    return PETSC_FALSE;
  if (end.variables < 1 || end.variables > KAR_VARIABLES || end.bytes > there.st_size || end.run < 0 ||
      end.run > end.bytes || end.samples < 1 || end.samples > end.bytes / 8 || end.extra < 0 || end.extra > KAR_EXTRA)
    return PETSC_FALSE;
  if (end.bytes != Bytes(end.variables, end.samples, end.extra, end.run)) return PETSC_FALSE;
  *j     = (KarJournal){.variables = (PetscInt)end.variables,
                        .samples   = (PetscInt)end.samples,
                        .extra     = (PetscInt)end.extra,
                        .at        = there.st_size - (off_t)end.bytes};
  j->all = malloc((size_t)end.bytes);
  if (!j->all || pread(fd, j->all, (size_t)end.bytes, j->at) != (ssize_t)end.bytes)
    return kar_journal_free(j), PETSC_FALSE;
  Lay(j);
  if (Check(j, end.run) != end.check) return kar_journal_free(j), PETSC_FALSE;
  j->run[end.run] = '\0'; /* where the End was */
  return PETSC_TRUE;
}

void kar_journal_free(KarJournal *j)
{
  free(j->all);
  j->all = NULL;
}

PetscBool kar_journal_begin(KarDataset data)
{
  const int64_t run = (int64_t)strlen(data->run), bytes = kar_journal_bytes(data);
  KarJournal    j   = {.variables = data->info.variables,
                       .samples   = data->info.samples,
                       .extra     = data->extra,
                       .all       = calloc(1, (size_t)bytes)};
  End           end = {
              .bytes     = bytes,
              .variables = data->info.variables,
              .samples   = data->info.samples,
              .extra     = data->extra,
              .run       = run,
  };
  struct stat there;
  PetscBool   good;

  if (!j.all || fstat(data->fd, &there)) return kar_journal_free(&j), PETSC_FALSE;
  Lay(&j);
  kar_journal_places(data, j.places);
  memcpy(j.run, data->run, (size_t)run);
  end.check = Check(&j, run);
  memcpy(end.magic, magic, sizeof(magic));
  memcpy(j.run + run, &end, sizeof(end));
  data->journal = there.st_size;
  good          = kar_write_at(data->fd, j.all, (size_t)bytes, data->journal);
  kar_journal_free(&j);
  return good;
}

void kar_journal_places(KarDataset data, int64_t places[])
{
  for (PetscInt v = 0; v < data->info.variables; v++) {
    places[2 * v]     = data->array[v].offset;
    places[2 * v + 1] = kar_dataset_bytes(data, v);
  }
}

PetscBool kar_journal_put(KarDataset data, PetscInt v, PetscInt sample, uint64_t sum)
{
  const off_t at =
    (off_t)data->journal + (off_t)data->info.variables * 16 + ((off_t)v * data->info.samples + sample) * 8;

  return !data->journal || kar_write_at(data->fd, &sum, sizeof(sum), at) ? PETSC_TRUE : PETSC_FALSE;
}

PetscBool kar_journal_put_numbers(KarDataset data, PetscInt sample, const double numbers[])
{
  const off_t at = (off_t)data->journal + (off_t)data->info.variables * (16 + 8 * (off_t)data->info.samples) +
                   (off_t)sample * data->extra * 8;

  return !data->journal || kar_write_at(data->fd, numbers, (size_t)data->extra * sizeof(double), at) ? PETSC_TRUE
                                                                                                     : PETSC_FALSE;
}

PetscBool kar_journal_move(KarDataset data, off_t end)
{
  const size_t bytes = (size_t)kar_journal_bytes(data);
  char        *all   = data->journal ? malloc(bytes) : NULL;
  PetscBool    good  = PETSC_TRUE;

  if (all)
    good = pread(data->fd, all, bytes, data->journal) == (ssize_t)bytes &&
               kar_write_at(data->fd, all, bytes, PetscMax(end, (off_t)data->journal + (off_t)bytes))
             ? PETSC_TRUE
             : PETSC_FALSE;
  free(all);
  data->journal = 0;
  return good;
}

PetscInt kar_journal_whole(const char path[])
{
  const int  fd    = open(path, O_RDONLY | O_CLOEXEC);
  PetscInt   whole = 0;
  KarJournal j;

  if (kar_journal_read(fd, &j)) {
    for (PetscInt s = 0; s < j.samples; s++) {
      PetscBool all = PETSC_TRUE;

      for (PetscInt v = 0; v < j.variables; v++)
        if (!j.sums[v * j.samples + s]) all = PETSC_FALSE;
      whole += all ? 1 : 0;
    }
    kar_journal_free(&j);
  }
  if (fd >= 0) (void)close(fd);
  return whole;
}
