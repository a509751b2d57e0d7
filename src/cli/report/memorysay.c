/* What evaluate -memory has found, in words and numbers. */
#include "report.h"

PetscInt kar_memory_told(PetscInt n, PetscInt m)
{
  PetscReal p = 1;

  for (PetscInt k = 0; k < n; k++) {
    p *= (PetscReal)(n - k) / (PetscReal)(n + m - k);
    if (p < 0.01) return k + 1;
  }
  return n + 1;
}

/* The place of the least distance of a set. */
static PetscInt Least(const ReportMemorised *memory, int s)
{
  PetscInt at = 0;

  for (PetscInt i = 1; i < memory->asked[s]; i++)
    if (memory->distance[s][i] < memory->distance[s][at]) at = i;
  return at;
}

static PetscReal Mean(const ReportMemorised *memory, int s)
{
  PetscReal sum = 0;

  for (PetscInt i = 0; i < memory->asked[s]; i++) sum += memory->distance[s][i] / (PetscReal)memory->asked[s];
  return sum;
}

/* The finding: false alarms are one in a hundred by the count, one in two hundred by the AUC. */
static PetscErrorCode Find(MPI_Comm comm, const ReportMemorised *memory)
{
  const PetscInt n = memory->asked[SAMPLES], told = kar_memory_told(n, memory->asked[REFERENCE]);
  const char    *what = memory->each ? "patches" : "fields";

  PetscFunctionBegin;
  if (memory->distance[REFERENCE][Least(memory, REFERENCE)] < 1e-6)
    PetscCall(PetscPrintf(comm, "  the reference has %s of the training set itself: it cannot tell copies\n", what));
  else if (memory->p < 0.01) PetscCall(PetscPrintf(comm, "  samples hold copies of %s that were learnt from\n", what));
  else if (memory->auc.value < 0.5 - 2.58 * memory->auc.error)
    PetscCall(PetscPrintf(comm, "  no copies are told, but samples come nearer to what was learnt from\n"));
  else if (told > n)
    PetscCall(PetscPrintf(comm, "  no copies are told; so few fields could not tell them: more -memory_reference\n"));
  else
    PetscCall(PetscPrintf(
      comm, "  no copies are told; those in %" PetscInt_FMT " of the %" PetscInt_FMT " samples would be (p < 0.01)\n",
      told, n));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* " from 16,0": the first point of a patch. */
static void Place(const Report *report, const PetscInt corner[3], size_t size, char text[])
{
  size_t at = (size_t)snprintf(text, size, " from ");

  for (PetscInt a = 0; a < report->data[REFERENCE].dim && at < size; a++)
    at += (size_t)snprintf(text + at, size - at, "%s%" PetscInt_FMT, a ? "," : "", corner[a]);
}

static PetscErrorCode PrintSet(MPI_Comm comm, const Report *report, const ReportMemorised *memory, int s)
{
  static const char *const names[SETS] = {"the reference", "the samples"};
  const PetscInt           at          = Least(memory, s);
  char                     from[64] = "", to[64] = "", many[64] = "";

  PetscFunctionBegin;
  if (memory->each) {
    Place(report, memory->from[s][at], sizeof(from), from);
    Place(report, memory->to[s][at], sizeof(to), to);
    (void)snprintf(many, sizeof(many), " of %" PetscInt_FMT " patches", memory->each);
  }
  PetscCall(PetscPrintf(comm,
                        "  %-20s mean %.4f, least %.4g: field %" PetscInt_FMT "%s and training field %" PetscInt_FMT
                        "%s; %" PetscInt_FMT " fields%s\n",
                        names[s], (double)Mean(memory, s), (double)memory->distance[s][at], at, from,
                        memory->which[s][at], to, memory->asked[s], many));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Print(MPI_Comm comm, const Report *report, const ReportMemorised *memory)
{
  char size[64], patch[64];

  PetscFunctionBegin;
  if (!memory->asked[REFERENCE]) PetscFunctionReturn(PETSC_SUCCESS);
  ReportSizes(report->data[REFERENCE].dim, memory->n, sizeof(size), size);
  ReportSizes(report->data[REFERENCE].dim, memory->size, sizeof(patch), patch);
  if (memory->each)
    PetscCall(PetscPrintf(comm,
                          "\n  nearest patches of %s points, at all places of %" PetscInt_FMT
                          " training fields of %s%s: 0 a copy, 1 orthogonal; a field counts by its nearest\n",
                          patch, memory->fields, size, report->flow ? ", turned and mirrored" : ""));
  else
    PetscCall(PetscPrintf(
      comm, "\n  nearest of %" PetscInt_FMT " training fields, on the modes of %s: 0 a copy, 1 orthogonal\n",
      memory->fields, size));
  for (int s = 0; s < SETS; s++) PetscCall(PrintSet(comm, report, memory, s));
  PetscCall(PetscPrintf(comm,
                        "  AUC %.4f +- %.4f (below 0.5: samples are nearer); %" PetscInt_FMT
                        " samples nearer than any field of the reference, p = %.3g\n",
                        (double)memory->auc.value, (double)memory->auc.error, memory->nearer, (double)memory->p));
  PetscCall(Find(comm, memory));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode ReportPrintMemory(MPI_Comm comm, const Report *report)
{
  PetscFunctionBegin;
  PetscCall(Print(comm, report, &report->memory));
  PetscCall(Print(comm, report, &report->patches));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void Put(const ReportMemorised *memory, const char name[], cJSON *root)
{
  cJSON *at = memory->asked[REFERENCE] ? cJSON_AddObjectToObject(root, name) : NULL;

  if (!at) return;
  cJSON_AddNumberToObject(at, "training_fields", (double)memory->fields);
  if (memory->each) cJSON_AddNumberToObject(at, "patches_of_a_field", (double)memory->each);
  cJSON_AddNumberToObject(at, "auc", memory->auc.value);
  cJSON_AddNumberToObject(at, "auc_error", memory->auc.error);
  cJSON_AddNumberToObject(at, "samples_nearer_than_any_of_the_reference", (double)memory->nearer);
  cJSON_AddNumberToObject(at, "p", memory->p);
  for (int s = 0; s < SETS; s++) {
    cJSON *which = cJSON_AddArrayToObject(at, s ? "samples_nearest" : "reference_nearest");

    cJSON_AddItemToObject(at, s ? "samples_distance" : "reference_distance",
                          cJSON_CreateDoubleArray(memory->distance[s], (int)memory->asked[s]));
    for (PetscInt i = 0; i < memory->asked[s]; i++)
      cJSON_AddItemToArray(which, cJSON_CreateNumber((double)memory->which[s][i]));
  }
}

void ReportPutMemory(const Report *report, cJSON *root)
{
  Put(&report->memory, "memory", root);
  Put(&report->patches, "memory_patches", root);
}
