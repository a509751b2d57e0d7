/* A data set that is to be written claims its file: name and space, frame and journal; what a run before has left is
   taken over. */
#define _GNU_SOURCE /* fallocate() */
#include "datasetimpl.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static PetscInt64 ContentBytes(KarDataset data)
{
  PetscInt64 numbers = 0, sample = (PetscInt64)data->info.n[0] * kar_dataset_plane(data);

  for (PetscInt v = 0; v < data->info.variables; v++) numbers += sample * data->variable[v].components;
  return (PetscInt64)data->info.samples *
           (numbers * (data->precision == KAR_FLOAT64 ? 8 : 4) + 8 * (1 + data->info.variables)) +
         kar_journal_bytes(data);
}

/* Takes the bytes of the file on the disk now, where the file system can, and some for attributes and checksum; what
   it cannot give is an error. */
static PetscBool TakeSpace(int fd, PetscInt64 bytes)
{
  return !fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)bytes + (1 << 18)) || errno != ENOSPC ? PETSC_TRUE : PETSC_FALSE;
}

/* Rank 0: the frame in memory and on disk. */
static PetscErrorCode CreateFrame(KarDataset data)
{
  int64_t   dim = data->info.dim;
  PetscBool good;

  PetscFunctionBegin;
  good = kar_header_create(data, data->info.samples);
  if (good) PetscCall(KarH5PutProvenance(PETSC_COMM_SELF, data->file, data->ranks, data->title));
  good = good && kar_h5_put_string(data->file, "Conventions", "CF-1.10") &&
             kar_h5_put_string(data->file, "basis", KarBases[data->info.basis]) &&
             kar_h5_put_scalar(data->file, "dim", H5T_STD_I64LE, H5T_NATIVE_INT64, &dim) &&
             (!data->run || kar_h5_put_string(data->file, "run", data->run))
           ? PETSC_TRUE
           : PETSC_FALSE;
  KarCheck(PETSC_COMM_SELF, good, PETSC_ERR_FILE_WRITE, "%s: its frame cannot be made in memory: is /dev/shm full?",
           data->path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Collective. Axes and place of an array, which rank 0 knows. */
static PetscErrorCode ShareArray(KarDataset data, KarArray *array)
{
  PetscInt64 known[5] = {array->ndim, array->sample, array->component, array->space, array->offset};

  PetscFunctionBegin;
  PetscCallMPI(MPI_Bcast(known, 5, MPIU_INT64, 0, data->comm));
  array->ndim      = (int)known[0];
  array->sample    = (int)known[1];
  array->component = (int)known[2];
  array->space     = (int)known[3];
  array->offset    = known[4];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Rank 0: the journal of a run before against what this one is to write; the reason when it does not fit. */
static PetscBool JournalFits(KarDataset data, const char part[], size_t size, char why[])
{
  int64_t    places[2 * KAR_VARIABLES];
  char       text[384];
  KarJournal j;

  why[0] = '\0';
  if (!kar_journal_read(data->fd, &j)) (void)snprintf(why, size, "%s cannot be read: %s", part, strerror(errno));
  else {
    kar_journal_places(data, places);
    kar_options_differences(j.run, data->run, sizeof(text), text);
    if (text[0])
      (void)snprintf(why, size, "%s is of another run: %s; resume with the options of then, or give another -out", part,
                     text);
    else if (j.samples != data->info.samples)
      (void)snprintf(why, size,
                     "%s is of a run of %" PetscInt_FMT " samples, -samples %" PetscInt_FMT
                     " here: resume with as many as then",
                     part, j.samples, data->info.samples);
    else if (j.variables != data->info.variables || j.extra != data->extra ||
             memcmp(places, j.places, (size_t)j.variables * 2 * sizeof(*places)))
      (void)snprintf(
        why, size,
        "%s has its numbers elsewhere than this program puts them: resume with the program of then, or remove it",
        part);
    data->journal = j.at;
    kar_journal_free(&j);
  }
  return why[0] ? PETSC_FALSE : PETSC_TRUE;
}

/* Collective. The frame on disk, empty or that of the run before. */
static PetscErrorCode PutFrame(KarDataset data, const char part[], PetscBool in_place)
{
  PetscErrorCode code = PETSC_SUCCESS;
  PetscBool      good = PETSC_TRUE;
  char           why[512];

  PetscFunctionBegin;
  if (data->rank == 0) data->fd = open(part, O_RDWR | (in_place ? 0 : O_CREAT | O_TRUNC) | O_CLOEXEC, 0666);
  KarCheckAny(data->comm, data->rank || data->fd >= 0, PETSC_ERR_FILE_OPEN, "%s cannot be created: %s", part,
              strerror(errno));
  if (data->rank == 0) code = CreateFrame(data);
  PetscCallMPI(MPI_Bcast(&code, 1, MPI_INT, 0, data->comm));
  if (code) PetscFunctionReturn(code); /* rank 0 says why */
  if (in_place) {
    if (data->rank == 0) good = JournalFits(data, part, sizeof(why), why);
    KarCheckAny(data->comm, good, PETSC_ERR_FILE_UNEXPECTED, "%s", why);
  } else {
    if (data->rank == 0) good = kar_header_store(data, data->info.samples);
    KarCheckAny(data->comm, good, PETSC_ERR_FILE_WRITE, "%s cannot be written: %s; is the disk full?", part,
                strerror(errno));
    if (data->rank == 0)
      good =
        TakeSpace(data->fd, ContentBytes(data)) && (!data->run || kar_journal_begin(data)) ? PETSC_TRUE : PETSC_FALSE;
    KarCheckAny(data->comm, good, PETSC_ERR_FILE_WRITE,
                "%s does not fit on its disk: fewer samples, a smaller grid, or another disk", data->path);
  }
  PetscCallMPI(MPI_Bcast(&data->journal, 1, MPIU_INT64, 0, data->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Collective. Name and lock; is there a part to go on with? */
static PetscErrorCode Claim(KarDataset data, const char **part, PetscBool *in_place)
{
  PetscFunctionBegin;
  PetscCall(KarOutputCreate(data->comm, data->path, data->go_on ? KAR_RESUME : data->replace, ContentBytes(data),
                            &data->output));
  PetscCall(KarOutputGetPart(data->output, part));
  *in_place = data->go_on && data->rank == 0 ? kar_part_in_place(*part) : PETSC_FALSE;
  PetscCallMPI(MPI_Bcast(in_place, 1, MPIU_BOOL, 0, data->comm));
  PetscCall(KarDatasetCreateBuffer(data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDatasetSetUp(KarDataset data)
{
  const char *part;
  PetscBool   in_place, there = PETSC_FALSE;

  PetscFunctionBegin;
  KarCheck(data->comm, data->writing && !data->ready, PETSC_ERR_ORDER, "%s is set up: its contents are fixed",
           data->path);
  KarCheck(data->comm, data->info.variables > 0, PETSC_ERR_ORDER, "%s has no variables", data->path);
  if (data->go_on) PetscCall(KarDatasetIsThere(data, &there));
  data->ready = there;
  if (there) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(Claim(data, &part, &in_place));
  PetscCall(PutFrame(data, part, in_place));
  if (data->rank) data->fd = open(part, O_RDWR | O_CLOEXEC);
  KarCheckAny(data->comm, data->fd >= 0, PETSC_ERR_FILE_OPEN,
              "%s cannot be opened on every rank: is its folder on all nodes?", part);
  for (PetscInt v = 0; v < data->info.variables; v++) {
    data->variable[v].samples   = data->info.samples;
    data->variable[v].precision = data->precision;
    PetscCall(ShareArray(data, &data->array[v]));
    PetscCall(PetscCalloc2(data->info.samples, &data->array[v].sum, data->info.samples, &data->array[v].written));
  }
  PetscCall(PetscCalloc1(data->info.samples * data->extra, &data->numbers));
  if (data->go_on) PetscCall(KarDatasetKeep(data, part, in_place));
  data->ready = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}
