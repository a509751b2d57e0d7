/* The two sets of an evaluation: which variables, on which grid. */
#include "report.h"

enum { ENERGY_POINTS = 1 << 14 };

/* The named variable of both files; without a name, the reference's first that the samples have too, or the first of
   each. */
static PetscErrorCode ChooseVariables(KarDataset data[SETS], const KarDatasetInfo info[SETS], PetscBool named,
                                      KarVariable v[SETS])
{
  PetscInt number[SETS] = {0};

  PetscFunctionBegin;
  for (PetscInt i = info[REFERENCE].variables - 1; i >= 0 && !named; i--) {
    PetscCall(KarDatasetGetVariable(data[REFERENCE], i, &v[REFERENCE]));
    for (PetscInt j = 0; j < info[SAMPLES].variables; j++) {
      PetscCall(KarDatasetGetVariable(data[SAMPLES], j, &v[SAMPLES]));
      if (!strcmp(v[REFERENCE].label, v[SAMPLES].label)) number[REFERENCE] = i, number[SAMPLES] = j;
    }
  }
  for (int s = 0; s < SETS; s++) PetscCall(KarDatasetGetVariable(data[s], number[s], &v[s]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode ReportOpenSets(MPI_Comm comm, const KarReadOptions reading[SETS], PetscInt fields, Report *report,
                              KarDataset data[SETS])
{
  KarVariable v[SETS];
  PetscBool   told;

  PetscFunctionBegin;
  for (int s = 0; s < SETS; s++) {
    PetscCall(KarDatasetOpenAs(comm, report->path[s], &reading[s], &data[s]));
    PetscCall(KarDatasetGetInfo(data[s], &report->data[s]));
  }
  PetscCall(ChooseVariables(data, report->data, (PetscBool)(reading[0].variable[0] != 0), v));
  for (int s = 0; s < SETS; s++) {
    PetscCall(PetscStrncpy(report->variable[s], v[s].name, sizeof(report->variable[s])));
    report->samples[s] = fields ? PetscMin(v[s].samples, fields) : v[s].samples;
    PetscCall(KarDatasetSay(data[s], comm, v[s].name));
  }
  PetscCall(KarOptionsGiven(NULL, "evaluate_flow", &told));
  if (!told)
    report->flow =
      (PetscBool)(!strcmp(v[REFERENCE].label, "vorticity") && report->data[REFERENCE].dim == 2 && v[0].components == 1);
  PetscCall(KarOptionsGiven(NULL, "evaluate_velocity", &told));
  if (!told)
    report->velocity = (PetscBool)(!strcmp(v[REFERENCE].label, "velocity") && report->data[REFERENCE].dim > 1 &&
                                   v[0].components == report->data[REFERENCE].dim &&
                                   report->data[REFERENCE].basis == KAR_BASIS_PERIODIC);
  PetscCall(KarOptionsGiven(NULL, "phase", &told));
  if (!told)
    report->phase = (PetscBool)(!strcmp(v[REFERENCE].label, "phase") && !strcmp(v[REFERENCE].units, "rad") &&
                                v[0].components == 1 && !report->shapes);
  PetscCall(KarOptionsGiven(NULL, "shapes", &told));
  if (!told)
    report->shapes =
      (PetscBool)(!strcmp(v[REFERENCE].label, "sdf") && report->data[REFERENCE].dim == 2 && v[0].components == 1 &&
                  !report->phase && report->data[REFERENCE].n[0] * report->data[REFERENCE].n[1] <= SLAB_POINTS);
  const KarDatasetInfo *a = &report->data[REFERENCE], *b = &report->data[SAMPLES];
  KarCheck(comm, a->dim == b->dim && a->basis == b->basis, PETSC_ERR_ARG_INCOMP,
           "%s is %" PetscInt_FMT "D %s, %s %" PetscInt_FMT "D %s: fields of one kind can be compared", report->path[0],
           a->dim, KarBases[a->basis], report->path[1], b->dim, KarBases[b->basis]);
  KarCheck(comm, v[0].components == v[1].components, PETSC_ERR_ARG_INCOMP,
           "%s has %" PetscInt_FMT " components, %s of the samples %" PetscInt_FMT, v[0].name, v[0].components,
           v[1].name, v[1].components);
  for (PetscInt i = 0; i < a->dim; i++)
    KarCheck(comm, PetscAbsReal(a->length[i] - b->length[i]) <= 1e-6 * a->length[i], PETSC_ERR_ARG_INCOMP,
             "the boxes differ: edge %" PetscInt_FMT " is %g in %s and %g in %s", i, (double)a->length[i],
             report->path[0], (double)b->length[i], report->path[1]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Which sets are finer than the shared grid. */
static void NoteTruncation(Report *report)
{
  const char *const names[SETS] = {"the reference is", "the samples are"};
  const PetscInt    dim         = report->data[REFERENCE].dim;
  char              from[64], to[64];
  size_t            at = 0;

  ReportSizes(dim, report->n, sizeof(to), to);
  for (int s = 0; s < SETS; s++) {
    ReportSizes(dim, report->data[s].n, sizeof(from), from);
    if (!strcmp(from, to)) continue;
    at += (size_t)snprintf(report->truncation + at, sizeof(report->truncation) - at, "%s%s truncated from %s",
                           at ? ", " : "", names[s], from);
  }
  if (at) (void)snprintf(report->truncation + at, sizeof(report->truncation) - at, " to the modes of %s, exactly", to);
}

void ReportChooseGrids(Report *report, PetscBool *slabs)
{
  const PetscInt dim    = report->data[REFERENCE].dim;
  PetscInt       points = 1, most = 0;

  for (PetscInt a = 0; a < 3; a++) {
    report->n[a]        = PetscMin(report->data[REFERENCE].n[a], report->data[SAMPLES].n[a]);
    report->energy_n[a] = report->n[a];
    points *= report->n[a];
  }
  while (points > ENERGY_POINTS) {
    points = 1;
    for (PetscInt a = 0; a < dim; a++) points *= report->energy_n[a] = (report->energy_n[a] + 1) / 2;
  }
  for (int s = 0; s < SETS; s++)
    most = PetscMax(most, report->data[s].n[0] * report->data[s].n[1] * report->data[s].n[2]);
  *slabs = (PetscBool)(most > SLAB_POINTS);
  NoteTruncation(report);
}
