/* evaluate -judge: a network that learns from half of both sets is tested on the other half; beside it the same of the
   reference's two halves, which are of one law. */
#include "report.h"

enum {
  SUREST = 6, /* fields of each kind on the picture */
  KINDS  = 4
};

/* Each rank reads the fields that it keeps. */
static PetscErrorCode Load(MPI_Comm comm, KarDataset data, const Report *report, int s, const ReportPath *path,
                           KarClassifier judge)
{
  int rank, ranks, failed = 0;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  for (PetscInt i = rank; i < report->samples[s] && !failed; i += ranks) {
    failed = (int)KarDatasetRead(data, report->variable[s], i, path->field);
    if (failed) break;
    PetscCall(ReportPathFollow(path));
    PetscCall(KarClassifierAdd(judge, s, i, path->x));
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &failed, 1, MPI_INT, MPI_MAX, comm));
  if (failed) PetscFunctionReturn((PetscErrorCode)failed); /* the rank that read it has said why */
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode ReportClassify(MPI_Comm comm, KarDataset data[SETS], KarClassifier judge, Report *report,
                              PetscBool *stop)
{
  const PetscInt      half   = report->samples[REFERENCE] / 2;
  const KarFieldRange sets[] = {{REFERENCE, 0, report->samples[REFERENCE]}, {SAMPLES, 0, report->samples[SAMPLES]}};
  const KarFieldRange one[]  = {{REFERENCE, 0, half}, {REFERENCE, half, report->samples[REFERENCE] - half}};
  ReportPath          path;

  PetscFunctionBegin;
  PetscCall(KarClassifierSetKind(judge, report->flow, report->phase));
  for (int s = 0; s < SETS; s++) {
    PetscCall(ReportPathCreate(data[s], report->variable[s], report->phase, report->n, &path));
    if (s == REFERENCE) PetscCall(KarClassifierSetFields(judge, path.to, report->samples));
    PetscCall(Load(comm, data[s], report, s, &path, judge));
    PetscCall(ReportPathDestroy(&path));
  }
  PetscCall(KarClassifierSolve(judge, "judging", sets, &report->verdict[0], stop));
  report->verdicts = *stop ? 0 : 1;
  if (half < 2 || *stop || !report->control) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarClassifierSolve(judge, "judging two sets of one law", one, &report->verdict[1], stop));
  report->verdicts = *stop ? 0 : 2;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static const char *const names[] = {"reference, samples", "control: halves of the reference"};

PetscErrorCode ReportPrintClassifier(MPI_Comm comm, const Report *report)
{
  PetscFunctionBegin;
  if (!report->verdicts) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscPrintf(comm, "\n  %-34s %8s    %-6s %8s    %-6s %9s   %s\n", "fields told apart by a network", "right",
                        "error", "AUC", "error", "p", "learnt from, tested on"));
  for (PetscInt v = 0; v < report->verdicts; v++) {
    const KarVerdict *verdict = &report->verdict[v];

    PetscCall(PetscPrintf(comm,
                          "  %-34s %6.2f %% +- %-6.2f %8.4f +- %-6.4f %9.3g   %" PetscInt_FMT " + %" PetscInt_FMT
                          ", %" PetscInt_FMT " + %" PetscInt_FMT "\n",
                          names[v], 100 * verdict->fields.value, 100 * verdict->fields.error, verdict->auc.value,
                          verdict->auc.error, verdict->p, verdict->trained[0], verdict->trained[1], verdict->tests,
                          verdict->tests));
    if (verdict->patches > 1)
      PetscCall(PetscPrintf(comm, "  %-34s %6.2f %% +- %-6.2f of %" PetscInt_FMT " patches a field, each for itself\n",
                            "", 100 * verdict->accuracy.value, 100 * verdict->accuracy.error, verdict->patches));
  }
  PetscCall(PetscPrintf(comm, "  (one law: 50 %%; p: as many right, or more, by coin)\n"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

void ReportPutClassifier(const Report *report, cJSON *root)
{
  cJSON *all = report->verdicts ? cJSON_AddObjectToObject(root, "classifier") : NULL;

  for (PetscInt v = 0; v < report->verdicts; v++) {
    const KarVerdict *verdict = &report->verdict[v];
    cJSON            *at      = cJSON_AddObjectToObject(all, v ? "control" : "sets");

    cJSON_AddNumberToObject(at, "right", verdict->fields.value);
    cJSON_AddNumberToObject(at, "right_error", verdict->fields.error);
    cJSON_AddNumberToObject(at, "auc", verdict->auc.value);
    cJSON_AddNumberToObject(at, "auc_error", verdict->auc.error);
    cJSON_AddNumberToObject(at, "p", verdict->p);
    cJSON_AddNumberToObject(at, "patches", (double)verdict->patches);
    cJSON_AddNumberToObject(at, "patches_right", verdict->accuracy.value);
    cJSON_AddNumberToObject(at, "patches_right_error", verdict->accuracy.error);
    cJSON_AddNumberToObject(at, "tested_on_of_each", (double)verdict->tests);
    cJSON_AddItemToObject(at, "learnt_from_reference", cJSON_CreateNumber((double)verdict->trained[0]));
    cJSON_AddItemToObject(at, "learnt_from_samples", cJSON_CreateNumber((double)verdict->trained[1]));
    for (int s = 0; s < SETS; s++)
      cJSON_AddItemToObject(at, s ? "logit_samples" : "logit_reference",
                            cJSON_CreateDoubleArray(verdict->logit[s], (int)verdict->tests));
  }
}

/* --- The fields it is surest of
   ---------------------------------------------------------------------------------------- */
/* The `count` greatest of sign times logit, greatest first. */
static void Surest(const KarVerdict *verdict, int s, PetscReal sign, PetscInt count, PetscInt which[])
{
  for (PetscInt k = 0; k < count; k++) {
    which[k] = -1;
    for (PetscInt t = 0; t < verdict->tests; t++) {
      PetscBool taken = PETSC_FALSE;

      for (PetscInt l = 0; l < k; l++)
        if (which[l] == t) taken = PETSC_TRUE;
      if (!taken && (which[k] < 0 || sign * verdict->logit[s][t] > sign * verdict->logit[s][which[k]])) which[k] = t;
    }
  }
}

/* Rows: samples taken for samples, samples taken for the reference, the reference's own taken for themselves, and for
   samples. */
PetscErrorCode ReportClassifierPicture(MPI_Comm comm, KarDataset data[SETS], const Report *report, const char path[],
                                       KarReplace replace)
{
  static const struct {
    int         set;
    PetscReal   sign;
    const char *name;
  } kinds[KINDS] = {
    {SAMPLES, 1, "sample"}, {SAMPLES, -1, "sample"}, {REFERENCE, -1, "reference"}, {REFERENCE, 1, "reference"}};
  const KarVerdict *verdict = &report->verdict[0];
  const PetscInt    count   = PetscMin(SUREST, verdict->tests);
  KarPictureStyle   style   = {.columns = count, .colors = report->phase ? KAR_COLORS_CYCLIC : KAR_COLORS_AUTO};
  PetscInt          which[SUREST];
  KarImage          images[KINDS * SUREST];

  PetscFunctionBegin;
  (void)snprintf(style.title, sizeof(style.title),
                 "Fields, and the log of the odds that the network gives for each to be one of the samples");
  memset(images, 0, sizeof(images));
  for (int k = 0; k < KINDS; k++) {
    const int s = kinds[k].set;

    Surest(verdict, s, kinds[k].sign, count, which);
    for (PetscInt j = 0; j < count; j++) {
      const PetscInt i = report->samples[s] - verdict->tests + which[j];

      PetscCall(
        KarImageFromDataset(data[s], report->variable[s], i, NULL, 0, report->phase, 512, &images[k * count + j]));
      (void)snprintf(images[k * count + j].title, sizeof(images[0].title), "%s %" PetscInt_FMT ", %+.1f", kinds[k].name,
                     i, (double)verdict->logit[s][which[j]]);
    }
  }
  PetscCall(KarPictureFields(comm, path, replace, KINDS * count, images, &style));
  for (int k = 0; k < KINDS * SUREST; k++) PetscCall(KarImageDestroy(&images[k]));
  PetscFunctionReturn(PETSC_SUCCESS);
}
