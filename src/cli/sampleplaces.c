/* karhunen sample of a model of values at places: -points, and -given, places whose values are known.  All ranks share
   the places of a draw. */
#include "cli.h"

#include <petsctime.h>

typedef struct {
  MPI_Comm        comm;
  PetscMPIInt     rank;
  PetscInt        samples, first, seed, evaluations;
  char            places[PETSC_MAX_PATH_LEN], given[PETSC_MAX_PATH_LEN], out[PETSC_MAX_PATH_LEN];
  KarPlaced       model;
  KarPlacedSet    set;
  KarStationsInfo info;  /* of the file */
  PetscInt       *where; /* [info.m] number among the places that are drawn; -1 - i: known place i */
  PetscInt        m, known;
  PetscReal      *x, *v; /* [m + known][dim], [known] */
  KarReplace      replace;
  KarScore        score;
  TS              ts;
  KarStations     file;
} Run;

static PetscErrorCode ReadOptions(Run *run)
{
  PetscFunctionBegin;
  PetscCall(KarOptionsInt(NULL, "samples", "number of draws", 1, PETSC_MAX_INT, &run->samples));
  PetscCall(KarOptionsInt(NULL, "first", "number of the first draw: a seed's draws are numbered from 0", 0,
                          PETSC_MAX_INT, &run->first));
  PetscCall(KarOptionsInt(NULL, "seed",
                          "another seed gives other draws; the same gives the same, on any number of ranks", 0,
                          PETSC_MAX_INT, &run->seed));
  PetscCall(KarOptionsString(NULL, "points", "places x, y of a CSV or netCDF file", sizeof(run->places), run->places));
  PetscCall(KarOptionsString(NULL, "given", KAR_GIVEN_TEXT, sizeof(run->given), run->given));
  PetscCall(KarOutputReplaceFromOptions(NULL, &run->replace));
  PetscCall(KarOptionsString(NULL, "out", "the netCDF-4 file to write", sizeof(run->out), run->out));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The box, and what the values are. */
static PetscErrorCode Describe(Run *run)
{
  KarPlacedSays    says;
  KarStationsInfo *s = &run->info;
  KarCov           data;
  KarFFT           fft;
  KarGrid          grid;
  KarGridInfo      g;
  PetscReal        nugget;

  PetscFunctionBegin;
  PetscCall(KarPlacedGetSays(run->model, &says));
  PetscCall(KarPlacedGetCovariance(run->model, &data, &nugget));
  PetscCall(KarCovGetFFT(data, &fft));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &g));
  s->samples    = run->samples;
  s->box.dim    = g.dim;
  s->box.basis  = g.basis;
  s->components = g.dof;
  for (PetscInt a = 0; a < g.dim; a++) {
    s->box.length[a]    = g.length[a];
    s->box.origin[a]    = says.label.origin[a];
    s->box.direction[a] = says.label.direction[a] < 0 ? -1 : 1;
  }
  if (!KarDatasetMayName(says.label.variable)) PetscCall(PetscStrncpy(says.label.variable, "value", 64));
  PetscCall(PetscStrncpy(s->box.units, says.label.length_units, sizeof(s->box.units)));
  PetscCall(PetscStrncpy(s->variable, says.label.variable, sizeof(s->variable)));
  PetscCall(PetscStrncpy(s->units, says.label.units, sizeof(s->units)));
  PetscCall(PetscStrncpy(s->long_name, says.label.long_name, sizeof(s->long_name)));
  PetscCall(PetscStrncpy(s->title, "values drawn from a trained model, at places", sizeof(s->title)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Known places and their values. */
static PetscErrorCode ReadGiven(Run *run, PetscReal **x)
{
  static const char *const name[] = {"value"};
  KarTable                 t;

  PetscFunctionBegin;
  *x = NULL;
  if (!run->given[0]) PetscFunctionReturn(PETSC_SUCCESS);
  KarCheck(run->comm, run->info.components == 1, PETSC_ERR_SUP,
           "-given: values of one component, the model has %" PetscInt_FMT, run->info.components);
  PetscCall(KarPlacesRead(run->comm, run->given, &run->info.box, &run->known, x));
  PetscCall(KarTableRead(run->comm, run->given, 1, name, &t));
  KarCheck(run->comm, t.column[0] && t.rows == run->known, PETSC_ERR_USER_INPUT,
           "-given %s: there is no column `value` beside the places", run->given);
  PetscCall(PetscMalloc1(run->known, &run->v));
  PetscCall(PetscArraycpy(run->v, t.column[0], run->known));
  PetscCall(KarTableDestroy(&t));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Places that are drawn come first, then the known ones; one that is asked for and known is known. */
static PetscErrorCode Sort(Run *run, const PetscReal known[])
{
  const KarBox *box = &run->info.box;

  PetscFunctionBegin;
  PetscCall(PetscMalloc2((run->info.m + run->known) * box->dim, &run->x, run->info.m, &run->where));
  for (PetscInt i = 0; i < run->info.m; i++) {
    const PetscReal *x = run->info.x + i * box->dim;

    run->where[i] = run->m;
    for (PetscInt j = 0; j < run->known; j++) {
      PetscReal d2 = 0;

      for (PetscInt a = 0; a < box->dim; a++) d2 += PetscSqr((x[a] - known[j * box->dim + a]) / box->length[a]);
      if (d2 <= 1e-24) run->where[i] = -1 - j;
    }
    if (run->where[i] >= 0) PetscCall(PetscArraycpy(run->x + run->m++ * box->dim, x, box->dim));
  }
  PetscCall(PetscArraycpy(run->x + run->m * box->dim, known, run->known * box->dim));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ReadPlaces(Run *run)
{
  PetscReal    *known;
  KarPlacedSays says;

  PetscFunctionBegin;
  KarCheck(run->comm, run->places[0], PETSC_ERR_USER_INPUT,
           "the model is of values at places: at which? give -points FILE");
  PetscCall(KarPlacesRead(run->comm, run->places, &run->info.box, &run->info.m, &run->info.x));
  PetscCall(ReadGiven(run, &known));
  PetscCall(Sort(run, known));
  PetscCall(PetscFree(known));
  PetscCall(KarPlacedGetSays(run->model, &says));
  KarCheck(run->comm, run->m + run->known <= 5000, PETSC_ERR_SUP,
           "%" PetscInt_FMT " places: their covariance is a matrix, so that at most 5000 are drawn together; draw "
           "parts, each with some of the places before as -given",
           run->m + run->known);
  if (2 * (run->m + run->known) < says.fewest || run->m + run->known > 2 * says.most)
    PetscCall(PetscPrintf(run->comm,
                          "note: %" PetscInt_FMT " places, the model was trained with %" PetscInt_FMT
                          " to %" PetscInt_FMT ": what it draws is a guess\n",
                          run->m + run->known, says.fewest, says.most));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Draw i, all of it on rank 0, into the file. */
static PetscErrorCode Write(Run *run, PetscInt i, Vec u, VecScatter scatter, Vec all)
{
  const PetscInt     dof = run->info.components;
  const PetscScalar *a;
  PetscReal         *values;
  int                code = 0;

  PetscFunctionBegin;
  PetscCall(VecScatterBegin(scatter, u, all, INSERT_VALUES, SCATTER_FORWARD));
  PetscCall(VecScatterEnd(scatter, u, all, INSERT_VALUES, SCATTER_FORWARD));
  if (run->rank == 0) {
    PetscCall(PetscMalloc1(run->info.m * dof, &values));
    PetscCall(VecGetArrayRead(all, &a));
    for (PetscInt k = 0; k < run->info.m; k++)
      for (PetscInt c = 0; c < dof; c++)
        values[k * dof + c] = run->where[k] >= 0 ? a[run->where[k] * dof + c] : run->v[-1 - run->where[k]];
    PetscCall(VecRestoreArrayRead(all, &a));
    code = (int)KarStationsWrite(run->file, i, values);
    PetscCall(PetscFree(values));
  }
  PetscCallMPI(MPI_Bcast(&code, 1, MPI_INT, 0, run->comm));
  PetscFunctionReturn((PetscErrorCode)code); /* rank 0 has said why */
}

static PetscErrorCode Draw(Run *run, PetscInt *done)
{
  PetscBool   whole = PETSC_TRUE, stop = PETSC_FALSE;
  KarProgress progress;
  KarPencil   pencil;
  VecScatter  scatter;
  Vec         y, u, all;

  PetscFunctionBegin;
  PetscCall(KarPlacedSetGet(run->set, &pencil, NULL));
  PetscCall(KarPencilCreateValues(pencil, &y));
  PetscCall(VecDuplicate(y, &u));
  PetscCall(VecScatterCreateToZero(u, &scatter, &all));
  PetscCall(KarProgressCreate(run->comm, "sample", run->samples, &progress));
  for (*done = 0; *done < run->samples && !stop; ++*done) {
    PetscCall(KarSamplerSolve(run->ts, (KarKey){.seed = run->seed, .sample = run->first + *done}, y, &whole));
    if (!whole) break;
    PetscCall(KarPlacedSetToValues(run->set, y, u));
    PetscCall(Write(run, *done, u, scatter, all));
    PetscCall(KarProgressUpdate(progress, *done + 1, NULL));
    PetscCall(KarStopRequested(run->comm, &stop));
  }
  PetscCall(KarProgressDestroy(&progress));
  PetscCall(VecScatterDestroy(&scatter));
  PetscCall(VecDestroy(&all));
  PetscCall(VecDestroy(&u));
  PetscCall(VecDestroy(&y));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Work(Run *run)
{
  char           text[PETSC_MAX_PATH_LEN + 96];
  PetscInt       done = 0;
  TSType         sampler;
  PetscLogDouble start, end;
  KarUsage       used;

  PetscFunctionBegin;
  PetscCall(KarSamplerSetUp(run->ts));
  PetscCall(KarPlacedView(run->model, PETSC_VIEWER_STDOUT_(run->comm)));
  PetscCall(KarSamplerView(run->ts, PETSC_VIEWER_STDOUT_(run->comm)));
  PetscCall(KarStationsCreate(run->comm, run->out, run->replace, &run->info, &run->file));
  PetscCall(KarSamplerGetEvaluations(run->ts, &run->evaluations));
  PetscCall(TSGetType(run->ts, &sampler));
  PetscCall(KarStationsPutString(run->file, "score", "places"));
  PetscCall(KarStationsPutString(run->file, "sampler", sampler));
  PetscCall(KarStationsPutInt(run->file, "seed", run->seed));
  PetscCall(KarStationsPutInt(run->file, "first_sample", run->first));
  PetscCall(KarStationsPutInt(run->file, "known_places", run->known));
  PetscCall(PetscTime(&start));
  PetscCall(Draw(run, &done));
  PetscCall(PetscTime(&end));
  if (done) PetscCall(KarStationsClose(&run->file));
  else PetscCall(KarStationsDestroy(&run->file));
  PetscCall(KarGetUsage(run->comm, &used));
  if (done == run->samples)
    PetscCall(PetscPrintf(run->comm,
                          "wrote %s: %" PetscInt_FMT " sample%s at %" PetscInt_FMT " places, %" PetscInt_FMT
                          " evaluations, %.3g s each; at most %.4g MiB a rank\n",
                          run->out, done, done == 1 ? "" : "s", run->info.m, run->evaluations,
                          (end - start) / (double)done, (double)used.peak / 1048576));
  else {
    (void)snprintf(text, sizeof(text), "%s holds the first %" PetscInt_FMT " of %" PetscInt_FMT " samples", run->out,
                   done, run->samples);
    PetscCall(KarStopped(run->comm, text));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCommandSamplePlaces(MPI_Comm comm, const char model[])
{
  Run       run = {.comm = comm, .samples = 1};
  PetscBool done;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &run.rank));
  PetscCall(ReadOptions(&run));
  PetscCall(KarPlacedLoad(comm, model, &run.model));
  PetscCall(Describe(&run));
  PetscCall(ReadPlaces(&run));
  PetscCall(KarPlacedSetCreate(run.model, run.m, run.known, run.x, &run.set));
  PetscCall(KarPlacedSetGive(run.set, run.v));
  PetscCall(KarScoreCreatePlaced(run.set, &run.score));
  PetscCall(KarScoreSetUp(run.score));
  PetscCall(KarSamplerCreate(run.score, &run.ts));
  PetscCall(KarSamplerSetFromOptions(run.ts));
  PetscCall(KarCommandReady(comm, &done));
  KarCheck(comm, done || run.out[0], PETSC_ERR_USER_INPUT, "sample: where to? give -out FILE.h5");
  if (!done) PetscCall(Work(&run));
  PetscCall(TSDestroy(&run.ts));
  PetscCall(KarScoreDestroy(&run.score));
  PetscCall(KarPlacedSetDestroy(&run.set));
  PetscCall(KarPlacedDestroy(&run.model));
  PetscCall(PetscFree2(run.x, run.where));
  PetscCall(PetscFree(run.v));
  PetscCall(PetscFree(run.info.x));
  PetscFunctionReturn(PETSC_SUCCESS);
}
