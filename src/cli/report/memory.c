/* evaluate -memory: the nearest field of the training set, or the nearest patch there, to each sample, and to each of
   other fields of the reference, which the model has not seen either: samples of a model that learnt fields by heart
   are nearer. Fields are independent and patches of a field are not, so a field counts once, by its nearest patch. */
#include "report.h"
#include <karhunen/nearestpatch.h>

enum { POINTS = 1 << 10 }; /* of the grid whose modes are compared where fields are whole, at most */

PetscErrorCode ReportMemoryFromOptions(const char variable[], ReportMemoryOptions *o)
{
  PetscFunctionBegin;
  o->fields[SAMPLES] = 64, o->patches = 16;
  PetscCall(KarOptionsString(
    NULL, "memory", "the fields that the model has learnt from: are samples nearer to them than the reference is?",
    sizeof(o->path), o->path));
  if (!o->path[0] && !KarOptionsHelping()) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(
    KarOptionsInt(NULL, "memory_fields", "samples that are compared with -memory", 1, MAX_ASKED, &o->fields[SAMPLES]));
  o->fields[REFERENCE] = o->fields[SAMPLES];
  PetscCall(KarOptionsInt(NULL, "memory_reference",
                          "fields of the reference that are (default: as many): the more, the fewer copies are told", 1,
                          MAX_ASKED, &o->fields[REFERENCE]));
  PetscCall(KarOptionsInt(NULL, "memory_patch",
                          "patches of so many points along each axis are sought there too, at every place; 0: none", 0,
                          1 << 12, &o->patch));
  if (o->patch || KarOptionsHelping())
    PetscCall(KarOptionsInt(NULL, "memory_patches", "patches of a field, side by side, that are sought, at most", 1,
                            1 << 20, &o->patches));
  PetscCall(KarReadOptionsRead("memory_", &o->reading));
  if (!o->reading.variable[0]) PetscCall(PetscStrncpy(o->reading.variable, variable, sizeof(o->reading.variable)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The numbers of what is asked about: whole fields, or patches. */
typedef struct {
  KarNearest      field; /* one of the two */
  KarNearestPatch patch;
  PetscInt        size[3], cells[3], each, seed;
} Seeker;

/* First point of patch number j of field i: a cell of the box, of those side by side, in an order of the seed. */
static PetscErrorCode Corner(const Seeker *s, PetscInt i, PetscInt j, PetscInt corner[3])
{
  const PetscInt *c = s->cells, all = c[0] * c[1] * c[2];
  PetscInt       *order;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(all, &order));
  kar_shuffle(s->seed, i, s->each, all, order);
  corner[0] = order[j] / (c[1] * c[2]) * s->size[0];
  corner[1] = order[j] / c[2] % c[1] * s->size[1];
  corner[2] = order[j] % c[2] * s->size[2];
  PetscCall(PetscFree(order));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Fields [0, asked) of a set, on every rank. */
static PetscErrorCode Ask(KarDataset data, const Report *report, int s, const ReportMemorised *memory,
                          const Seeker *seeker)
{
  PetscInt   corner[3];
  ReportPath path;

  PetscFunctionBegin;
  PetscCall(ReportPathCreate(data, report->variable[s], report->phase, memory->n, &path));
  for (PetscInt i = 0; i < memory->asked[s]; i++) {
    const PetscInt number = (s ? memory->asked[REFERENCE] : 0) + i;

    PetscCall(KarDatasetRead(data, report->variable[s], i, path.field));
    PetscCall(ReportPathFollow(&path));
    if (seeker->field) PetscCall(KarNearestAsk(seeker->field, number, path.x));
    for (PetscInt j = 0; j < seeker->each; j++) {
      PetscCall(Corner(seeker, i, j, corner));
      PetscCall(KarNearestPatchAsk(seeker->patch, number * seeker->each + j, path.x, corner));
    }
  }
  PetscCall(ReportPathDestroy(&path));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Ranks share the training set. */
static PetscErrorCode Search(MPI_Comm comm, KarDataset training, const char variable[], PetscInt n,
                             const ReportPath *path, const Seeker *seeker, PetscBool *stop)
{
  KarProgress progress;
  int         rank, ranks, failed = 0;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  PetscCall(
    KarProgressCreate(comm, seeker->each ? "seeking the nearest patches" : "seeking the nearest", n, &progress));
  for (PetscInt first = 0; first < n && !*stop; first += ranks) {
    if (first + rank < n) {
      failed = (int)KarDatasetRead(training, variable, first + rank, path->field);
      if (!failed) PetscCall(ReportPathFollow(path));
      if (!failed && seeker->field) PetscCall(KarNearestCompare(seeker->field, first + rank, path->x));
      if (!failed && seeker->patch) PetscCall(KarNearestPatchCompare(seeker->patch, first + rank, path->x));
    }
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &failed, 1, MPI_INT, MPI_MAX, comm));
    if (failed) PetscFunctionReturn((PetscErrorCode)failed); /* the rank that read it has said why */
    PetscCall(KarProgressUpdate(progress, PetscMin(first + ranks, n), NULL));
    PetscCall(KarStopRequested(comm, stop));
  }
  PetscCall(KarProgressDestroy(&progress));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ChooseGrid(MPI_Comm comm, KarDataset training, const Report *report, PetscInt most, PetscInt n[3])
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
  for (points = n[0] * n[1] * n[2]; points > most; points = n[0] * n[1] * n[2])
    for (PetscInt a = 0; a < info.dim; a++) n[a] = (n[a] + 1) / 2;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CheckPatch(MPI_Comm comm, PetscInt dim, PetscInt patch, const PetscInt n[3])
{
  PetscFunctionBegin;
  for (PetscInt a = 0; a < dim; a++)
    KarCheck(comm, patch <= n[a], PETSC_ERR_USER_INPUT,
             "-memory_patch %" PetscInt_FMT ": fields are compared on %" PetscInt_FMT
             " points along axis %" PetscInt_FMT,
             patch, n[a], a);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Of whole fields. */
static PetscErrorCode TakeFields(const Seeker *seeker, ReportMemorised *memory)
{
  const PetscInt all = memory->asked[REFERENCE] + memory->asked[SAMPLES];
  PetscReal     *distance;
  PetscInt      *which;

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(all, &distance, all, &which));
  PetscCall(KarNearestFinish(seeker->field, distance, which));
  for (int s = 0; s < SETS; s++)
    for (PetscInt i = 0; i < memory->asked[s]; i++) {
      memory->distance[s][i] = distance[(s ? memory->asked[0] : 0) + i];
      memory->which[s][i]    = which[(s ? memory->asked[0] : 0) + i];
    }
  PetscCall(PetscFree2(distance, which));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Of each field the nearest of its patches. */
static PetscErrorCode TakePatches(const Seeker *seeker, ReportMemorised *memory)
{
  const PetscInt all = memory->asked[REFERENCE] + memory->asked[SAMPLES], each = seeker->each;
  KarPatchFound *found;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(all * each, &found));
  PetscCall(KarNearestPatchFinish(seeker->patch, found));
  for (int s = 0; s < SETS; s++)
    for (PetscInt i = 0; i < memory->asked[s]; i++) {
      const KarPatchFound *own  = found + ((s ? memory->asked[0] : 0) + i) * each;
      PetscInt             best = 0;

      for (PetscInt j = 1; j < each; j++)
        if (own[j].distance < own[best].distance) best = j;
      memory->distance[s][i] = own[best].distance;
      memory->which[s][i]    = own[best].field;
      PetscCall(PetscArraycpy(memory->to[s][i], own[best].corner, 3));
      PetscCall(Corner(seeker, i, best, memory->from[s][i]));
    }
  PetscCall(PetscFree(found));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whole fields, or patches of so many points along each axis. */
static PetscErrorCode Seek(MPI_Comm comm, KarDataset data[SETS], KarDataset training, const ReportMemoryOptions *o,
                           PetscInt patch, PetscInt seed, Report *report, ReportMemorised *memory, PetscBool *stop)
{
  const PetscBool box        = (PetscBool)(report->data[REFERENCE].basis == KAR_BASIS_PERIODIC && !report->phase);
  KarInvariance   invariance = {.shifts = box, .turns = report->flow, .pseudo = report->flow, .phase = report->phase};
  Seeker          seeker     = {.seed = seed};
  PetscInt        all;
  KarVariable     v;
  ReportPath      path;

  PetscFunctionBegin;
  PetscCall(ChooseGrid(comm, training, report, patch ? SLAB_POINTS : POINTS, memory->n));
  PetscCall(KarDatasetGetVariable(training, 0, &v));
  memory->fields = v.samples;
  for (int s = 0; s < SETS; s++) memory->asked[s] = PetscMin(o->fields[s], report->samples[s]);
  all = memory->asked[REFERENCE] + memory->asked[SAMPLES];
  if (v.components > 1) invariance.shifts = PETSC_FALSE;
  PetscCall(ReportPathCreate(training, v.name, report->phase, memory->n, &path));
  if (patch) {
    PetscCall(CheckPatch(comm, report->data[REFERENCE].dim, patch, memory->n));
    for (PetscInt a = 0; a < 3; a++) {
      memory->size[a] = seeker.size[a] = a < report->data[REFERENCE].dim ? patch : 1;
      seeker.cells[a]                  = memory->n[a] / seeker.size[a];
    }
    memory->each = seeker.each = PetscMin(o->patches, seeker.cells[0] * seeker.cells[1] * seeker.cells[2]);
    PetscCall(KarNearestPatchCreate(comm, path.to, &invariance, seeker.size, all * seeker.each, &seeker.patch));
  } else PetscCall(KarNearestCreate(comm, path.to, &invariance, all, &seeker.field));
  for (int s = 0; s < SETS; s++) PetscCall(Ask(data[s], report, s, memory, &seeker));
  PetscCall(Search(comm, training, v.name, memory->fields, &path, &seeker, stop));
  PetscCall(patch ? TakePatches(&seeker, memory) : TakeFields(&seeker, memory));
  PetscCall(KarStatsAUC(memory->asked[0], memory->distance[0], memory->asked[1], memory->distance[1], &memory->auc));
  memory->p =
    kar_stats_least(memory->asked[1], memory->distance[1], memory->asked[0], memory->distance[0], &memory->nearer);
  PetscCall(KarNearestDestroy(&seeker.field));
  PetscCall(KarNearestPatchDestroy(&seeker.patch));
  PetscCall(ReportPathDestroy(&path));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode ReportMemoryCheck(MPI_Comm comm, const ReportMemoryOptions *o, const Report *report)
{
  KarDataset training;
  PetscInt   n[3];

  PetscFunctionBegin;
  PetscCall(KarDatasetOpenAs(comm, o->path, &o->reading, &training));
  PetscCall(ChooseGrid(comm, training, report, o->patch ? SLAB_POINTS : POINTS, n));
  PetscCall(CheckPatch(comm, report->data[REFERENCE].dim, o->patch, n));
  PetscCall(KarDatasetDestroy(&training));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode ReportMemory(MPI_Comm comm, KarDataset data[SETS], const ReportMemoryOptions *o, PetscInt seed,
                            Report *report, PetscBool *stop)
{
  KarDataset training;

  PetscFunctionBegin;
  PetscCall(KarDatasetOpenAs(comm, o->path, &o->reading, &training));
  PetscCall(Seek(comm, data, training, o, 0, seed, report, &report->memory, stop));
  if (o->patch && !*stop) PetscCall(Seek(comm, data, training, o, o->patch, seed, report, &report->patches, stop));
  PetscCall(KarDatasetDestroy(&training));
  PetscFunctionReturn(PETSC_SUCCESS);
}
