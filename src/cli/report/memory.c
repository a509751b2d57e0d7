/* evaluate -memory: the nearest field of the training set to each sample, and to each of as many fields of the
   reference, which the model has not seen either: samples of a model that learnt fields by heart are nearer. */
#include "report.h"
#include <karhunen/nearest.h>

enum { POINTS = 1 << 10 }; /* of the grid whose modes are compared, at most */

/* Fields [0, asked) of a set, on every rank. */
static PetscErrorCode Ask(KarDataset data, const Report *report, int s, KarNearest nearest)
{
  const ReportMemorised *memory = &report->memory;
  ReportPath             path;

  PetscFunctionBegin;
  PetscCall(ReportPathCreate(data, report->variable[s], report->phase, memory->n, &path));
  for (PetscInt i = 0; i < memory->asked[s]; i++) {
    PetscCall(KarDatasetRead(data, report->variable[s], i, path.field));
    PetscCall(ReportPathFollow(&path));
    PetscCall(KarNearestAsk(nearest, (s ? memory->asked[REFERENCE] : 0) + i, path.x));
  }
  PetscCall(ReportPathDestroy(&path));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Ranks share the training set. */
static PetscErrorCode Search(MPI_Comm comm, KarDataset training, const char variable[], const Report *report,
                             const ReportPath *path, KarNearest nearest, PetscBool *stop)
{
  const PetscInt n = report->memory.fields;
  KarProgress    progress;
  int            rank, ranks, failed = 0;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  PetscCall(KarProgressCreate(comm, "seeking the nearest", n, &progress));
  for (PetscInt first = 0; first < n && !*stop; first += ranks) {
    if (first + rank < n) {
      failed = (int)KarDatasetRead(training, variable, first + rank, path->field);
      if (!failed) PetscCall(ReportPathFollow(path));
      if (!failed) PetscCall(KarNearestCompare(nearest, first + rank, path->x));
    }
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &failed, 1, MPI_INT, MPI_MAX, comm));
    if (failed) PetscFunctionReturn((PetscErrorCode)failed); /* the rank that read it has said why */
    PetscCall(KarProgressUpdate(progress, PetscMin(first + ranks, n), NULL));
    PetscCall(KarStopRequested(comm, stop));
  }
  PetscCall(KarProgressDestroy(&progress));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ChooseGrid(MPI_Comm comm, KarDataset training, const Report *report, PetscInt n[3])
{
  KarDatasetInfo info;
  PetscInt       points;

  PetscFunctionBegin;
  PetscCall(KarDatasetGetInfo(training, &info));
  KarCheck(comm, info.dim == report->data[REFERENCE].dim && info.basis == report->data[REFERENCE].basis,
           PETSC_ERR_ARG_INCOMP,
           "the fields of -memory are %" PetscInt_FMT "D %s: give those of the kind that is compared", info.dim,
           KarBases[info.basis]);
  for (PetscInt a = 0; a < 3; a++) n[a] = PetscMin(report->n[a], info.n[a]);
  for (points = n[0] * n[1] * n[2]; points > POINTS; points = n[0] * n[1] * n[2])
    for (PetscInt a = 0; a < info.dim; a++) n[a] = (n[a] + 1) / 2;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode ReportMemory(MPI_Comm comm, KarDataset data[SETS], KarDataset training, PetscInt fields, Report *report,
                            PetscBool *stop)
{
  ReportMemorised *memory     = &report->memory;
  const PetscBool  box        = (PetscBool)(report->data[REFERENCE].basis == KAR_BASIS_PERIODIC && !report->phase);
  KarInvariance    invariance = {.shifts = box, .turns = report->flow, .pseudo = report->flow, .phase = report->phase};
  PetscReal       *distance;
  PetscInt        *which;
  KarVariable      v;
  KarNearest       nearest;
  ReportPath       path;

  PetscFunctionBegin;
  PetscCall(ChooseGrid(comm, training, report, memory->n));
  PetscCall(KarDatasetGetVariable(training, 0, &v));
  memory->fields = v.samples;
  for (int s = 0; s < SETS; s++) memory->asked[s] = PetscMin(fields, report->samples[s]);
  if (v.components > 1) invariance.shifts = PETSC_FALSE;
  PetscCall(ReportPathCreate(training, v.name, report->phase, memory->n, &path));
  PetscCall(KarNearestCreate(comm, path.to, &invariance, memory->asked[0] + memory->asked[1], &nearest));
  for (int s = 0; s < SETS; s++) PetscCall(Ask(data[s], report, s, nearest));
  PetscCall(Search(comm, training, v.name, report, &path, nearest, stop));
  PetscCall(PetscMalloc2(memory->asked[0] + memory->asked[1], &distance, memory->asked[0] + memory->asked[1], &which));
  PetscCall(KarNearestFinish(nearest, distance, which));
  for (int s = 0; s < SETS; s++)
    for (PetscInt i = 0; i < memory->asked[s]; i++) {
      memory->distance[s][i] = distance[(s ? memory->asked[0] : 0) + i];
      memory->which[s][i]    = which[(s ? memory->asked[0] : 0) + i];
    }
  PetscCall(KarStatsAUC(memory->asked[0], memory->distance[0], memory->asked[1], memory->distance[1], &memory->auc));
  memory->p =
    kar_stats_least(memory->asked[1], memory->distance[1], memory->asked[0], memory->distance[0], &memory->nearer);
  PetscCall(PetscFree2(distance, which));
  PetscCall(KarNearestDestroy(&nearest));
  PetscCall(ReportPathDestroy(&path));
  PetscFunctionReturn(PETSC_SUCCESS);
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

PetscErrorCode ReportPrintMemory(MPI_Comm comm, const Report *report)
{
  static const char *const names[SETS] = {"the reference", "the samples"};
  const ReportMemorised   *memory      = &report->memory;
  char                     size[64];

  PetscFunctionBegin;
  if (!memory->asked[REFERENCE]) PetscFunctionReturn(PETSC_SUCCESS);
  ReportSizes(report->data[REFERENCE].dim, memory->n, sizeof(size), size);
  PetscCall(
    PetscPrintf(comm, "\n  nearest of %" PetscInt_FMT " training fields, on the modes of %s: 0 a copy, 1 orthogonal\n",
                memory->fields, size));
  for (int s = 0; s < SETS; s++) {
    const PetscInt at = Least(memory, s);

    PetscCall(PetscPrintf(comm,
                          "  %-20s mean %.4f, least %.4g: field %" PetscInt_FMT " and training field %" PetscInt_FMT
                          "; %" PetscInt_FMT " fields\n",
                          names[s], (double)Mean(memory, s), (double)memory->distance[s][at], at, memory->which[s][at],
                          memory->asked[s]));
  }
  PetscCall(PetscPrintf(comm,
                        "  AUC %.4f +- %.4f (below 0.5: samples are nearer); %" PetscInt_FMT
                        " samples nearer than any field of the reference, p = %.3g\n",
                        (double)memory->auc.value, (double)memory->auc.error, memory->nearer, (double)memory->p));
  PetscFunctionReturn(PETSC_SUCCESS);
}

void ReportPutMemory(const Report *report, cJSON *root)
{
  const ReportMemorised *memory = &report->memory;
  cJSON                 *at     = memory->asked[REFERENCE] ? cJSON_AddObjectToObject(root, "memory") : NULL;

  if (!at) return;
  cJSON_AddNumberToObject(at, "training_fields", (double)memory->fields);
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
