/* -resume of commands that write samples: what decides them, and which are to be made. */
#include "cli.h"

#include <stdlib.h>
#include <sys/stat.h>

#define CAPACITY (1 << 16)

/* Options that may change: names of outputs, how many samples, how and where the work is done (the same but for
   rounding), when to stop, what to say. */
static const char *const free_options[] = {"out",         "overwrite",    "resume",          "samples",
                                           "max_time",    "quiet",        "threads",         "ranks_per_field",
                                           "fft_plan",    "fno_memory",   "fno_activations", "fno_exchange",
                                           "fno_kernels", "memory_limit", "state_every",     NULL};

/* Adds "-name value" with the checksums of files in place of their names, which may change. */
static void AddLine(const char name[], const char value[], size_t capacity, char text[])
{
  char       *next = NULL;
  char        copy[4096], sums[1024] = "";
  PetscBool   files = PETSC_TRUE;
  struct stat there;

  (void)snprintf(copy, sizeof(copy), "%s", value);
  for (char *word = strtok_r(copy, ",", &next); word; word = strtok_r(NULL, ",", &next)) {
    const size_t used = strlen(sums);

    if (stat(word, &there) || !S_ISREG(there.st_mode)) files = PETSC_FALSE;
    else
      (void)snprintf(sums + used, sizeof(sums) - used, "%sfile:%016llx", used ? "," : "",
                     (unsigned long long)kar_file_sum(word));
  }
  (void)snprintf(text + strlen(text), capacity - strlen(text), "%s %s\n", name, files && sums[0] ? sums : value);
}

PetscErrorCode KarSetupRun(MPI_Comm comm, PetscBool resume, KarDataset data)
{
  char *lines, *text, *next = NULL;
  int   rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(PetscMalloc2(CAPACITY, &lines, CAPACITY, &text));
  text[0] = '\0';
  if (rank == 0) {
    kar_options_list(free_options, CAPACITY, lines);
    for (char *line = strtok_r(lines, "\n", &next); line; line = strtok_r(NULL, "\n", &next)) {
      char *value = strchr(line, ' ');

      if (value) *value++ = '\0';
      AddLine(line, value ? value : line + strlen(line), CAPACITY, text);
    }
  }
  PetscCallMPI(MPI_Bcast(text, CAPACITY, MPI_CHAR, 0, comm));
  PetscCall(KarDatasetSetRun(data, text, resume));
  PetscCall(PetscFree2(lines, text));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSetupTodo(MPI_Comm comm, KarDataset data, const char out[], PetscBool resume, PetscInt samples,
                            PetscInt each, PetscInt *n, PetscInt **todo)
{
  PetscInt kept = 0;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1((samples + each - 1) / each, todo));
  *n = 0;
  for (PetscInt i = 0; i < samples; i += each) {
    const PetscInt end = PetscMin(i + each, samples);
    PetscInt       has = 0;

    for (PetscInt s = i; s < end; s++) has += kar_dataset_has(data, s) ? 1 : 0;
    if (has == end - i) kept += has;
    else (*todo)[(*n)++] = i / each;
    for (PetscInt s = i; s < end && has < end - i; s++) kar_dataset_drop(data, s);
  }
  if (!resume) PetscFunctionReturn(PETSC_SUCCESS);
  if (!kept) PetscCall(PetscPrintf(comm, "-resume: there is no whole sample of %s yet\n", out));
  else if (*n)
    PetscCall(
      PetscPrintf(comm, "-resume: %" PetscInt_FMT " of %" PetscInt_FMT " samples are whole and kept\n", kept, samples));
  else PetscCall(PetscPrintf(comm, "-resume: all %" PetscInt_FMT " samples of %s are there\n", samples, out));
  PetscFunctionReturn(PETSC_SUCCESS);
}
