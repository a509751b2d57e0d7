/* Paths of a process into a file, run after run. */
#include "pathrun.h"

#include <petsctime.h>

#include <math.h>

static PetscErrorCode CreateFile(KarPathRun *run)
{
  KarGridInfo info;
  KarSDEType  type;
  PetscReal  *t, T;

  PetscFunctionBegin;
  PetscCall(KarGridGetInfo(run->grid, &info));
  PetscCall(KarSDEGetType(run->sde, &type));
  PetscCall(KarSDEGetFinalTime(run->sde, &T));
  PetscCall(KarDatasetSetTitle(run->data, run->cost  ? "paths of a process under an optimal control"
                                          : run->obs ? "paths of a process to data of its end"
                                                     : "paths of a process between two fields"));
  PetscCall(KarDatasetSetSamples(run->data, run->samples * (run->steps + 1)));
  PetscCall(PetscMalloc1(run->steps + 1, &t));
  for (PetscInt i = 0; i <= run->steps; i++) t[i] = T * (PetscReal)i / (PetscReal)run->steps;
  PetscCall(KarDatasetSetTimes(run->data, run->steps + 1, t));
  PetscCall(PetscFree(t));
  if (run->units[0]) PetscCall(KarDatasetSetUnits(run->data, run->units));
  PetscCall(KarDatasetSetPlace(run->data, run->origin, run->direction));
  PetscCall(KarDatasetAddVariable(run->data, KarDatasetMayName(run->variable.label) ? run->variable.label : "field",
                                  info.dof, run->variable.units, run->variable.long_name));
  PetscCall(KarDatasetSetUp(run->data));
  PetscCall(KarDatasetPutString(run->data, "process", type));
  PetscCall(KarDatasetPutInt(run->data, "seed", run->seed));
  PetscCall(KarDatasetPutInt(run->data, "samples_of_a_run", run->particles));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Run number i and its paths. */
static PetscErrorCode DrawOne(void *context, PetscInt i, PetscBool *whole)
{
  KarPathRun    *run = context;
  const KarKey   key = {.seed = run->seed, .sample = i};
  const PetscInt n   = run->particles;
  KarBridgeInfo  info;
  int            rank;

  PetscFunctionBegin;
  for (PetscInt p = 0; p < n; p++) PetscCall(VecCopy(run->start, run->path[p]));
  PetscCall(KarBridgeSolve(run->bridge, key, run->path, &info, whole));
  PetscCallMPI(MPI_Comm_rank(run->one, &rank));
  if (rank == 0)
    PetscCall(PetscArraycpy(
      run->said + 6 * i,
      ((const PetscReal[]){info.least, info.ratio, info.density, -info.value, info.cost, (PetscReal)info.resamplings}),
      6));
  for (PetscInt p = 0; *whole && p < n && i * n + p < run->samples; p++)
    for (PetscInt k = 0; k <= run->steps; k++) {
      PetscCall(KarFFTInverse(run->fft, run->path[k * n + p], run->field));
      PetscCall(KarDatasetWrite(run->data, NULL, (i * n + p) * (run->steps + 1) + k, run->field));
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* log of the mean over the runs of exp said[k], and its standard error. */
static void LogMean(const KarPathRun *run, int k, PetscReal *value, PetscReal *error)
{
  PetscReal most = -PETSC_MAX_REAL, sum = 0, square = 0, n = (PetscReal)run->done;

  for (PetscInt i = 0; i < run->done; i++) most = PetscMax(most, run->said[6 * i + k]);
  for (PetscInt i = 0; i < run->done; i++) {
    const PetscReal w = PetscExpReal(run->said[6 * i + k] - most);

    sum += w / n;
    square += w * w / n;
  }
  *value = most + PetscLogReal(sum);
  *error = run->done > 1 ? PetscSqrtReal(PetscMax(0, square - sum * sum) / (n - 1)) / sum : NAN;
}

/* The least cost, -log of the mean over the runs of exp(-value), and its shares. */
static PetscErrorCode PutValue(KarPathRun *run)
{
  PetscReal value, error, end = 0, mean = 0, square = 0, n = (PetscReal)run->done;

  PetscFunctionBegin;
  if (!run->cost) PetscFunctionReturn(PETSC_SUCCESS);
  LogMean(run, 3, &value, &error);
  for (PetscInt i = 0; i < run->done; i++) {
    end = run->said[6 * i + 4];
    mean += end / n, square += end * end / n;
  }
  PetscCall(KarDatasetPutReal(run->data, "value", -value));
  PetscCall(KarDatasetPutReal(run->data, "end_cost", mean));
  PetscCall(PetscPrintf(run->comm, "least cost %.6f", (double)-value));
  if (isfinite(error) && error > 1e-12) PetscCall(PetscPrintf(run->comm, " +- %.2g", (double)error));
  PetscCall(PetscPrintf(run->comm, ": of the end %.5f", (double)mean));
  if (run->done > 1)
    PetscCall(PetscPrintf(run->comm, " +- %.2g", (double)PetscSqrtReal(PetscMax(0, square - mean * mean) / (n - 1))));
  PetscCall(PetscPrintf(run->comm, ", of the control %.5f\n", (double)(-value - mean)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What the runs of weighed paths were like. */
static PetscErrorCode PutRuns(KarPathRun *run)
{
  PetscReal least = (PetscReal)run->particles, value, error;
  PetscBool linear;

  PetscFunctionBegin;
  PetscCall(KarSDEHasPath(run->sde, &linear));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, run->said, (PetscMPIInt)(6 * run->runs), MPIU_REAL, MPIU_SUM, run->comm));
  PetscCall(PutValue(run));
  LogMean(run, 2, &value, &error);
  if (isfinite(value) && !run->cost) {
    PetscCall(KarDatasetPutReal(run->data, "log_density", value));
    PetscCall(PetscPrintf(run->comm, "log density of the data given the start %.5f", (double)value));
    if (!linear && isfinite(error)) PetscCall(PetscPrintf(run->comm, " +- %.2g", (double)error));
    PetscCall(PetscPrintf(run->comm, "\n"));
  }
  if (linear && run->particles == 1) PetscFunctionReturn(PETSC_SUCCESS);
  LogMean(run, 1, &value, &error);
  for (PetscInt i = 0; i < run->done; i++) least = PetscMin(least, run->said[6 * i]);
  PetscCall(KarDatasetPutReal(run->data, "bridge_ess", least));
  PetscCall(KarDatasetPutReal(run->data, "log_density_over_linear", value));
  PetscCall(PetscPrintf(run->comm, "%" PetscInt_FMT " runs: effective particles at least %.3g of %" PetscInt_FMT "",
                        run->done, (double)least, run->particles));
  if (run->cost) PetscCall(PetscPrintf(run->comm, "\n"));
  else PetscCall(PetscPrintf(run->comm, ", log density over that of the linear part %.4f\n", (double)value));
  if (least < 0.1 * (PetscReal)run->particles)
    PetscCall(PetscPrintf(run->comm,
                          "warning: a run had %.3g effective particles of %" PetscInt_FMT
                          ": give more -bridge_particles or -bridge_steps\n",
                          (double)least, run->particles));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPathRunWork(KarPathRun *run, const char out[])
{
  const KarRounds rounds = {.comm    = run->comm,
                            .name    = run->cost ? "control" : "bridge",
                            .n       = run->runs,
                            .groups  = run->groups,
                            .group   = run->group,
                            .draw    = DrawOne,
                            .context = run};
  char            text[PETSC_MAX_PATH_LEN + 96];
  PetscErrorCode  code;
  PetscLogDouble  begin, end;
  const PetscInt  states = (run->steps + 1) * run->particles;

  PetscFunctionBegin;
  PetscCall(CreateFile(run));
  PetscCall(VecDuplicateVecs(run->start, states, &run->path));
  PetscCall(KarGridCreateField(run->grid, &run->field));
  PetscCall(PetscCalloc1(6 * run->runs, &run->said));
  PetscCall(PetscTime(&begin));
  code = KarSetupRounds(&rounds, &run->done);
  PetscCall(PetscTime(&end));
  if (!code && run->done) PetscCall(PutRuns(run));
  if (code || !run->done) PetscCall(KarDatasetDestroy(&run->data));
  else PetscCall(KarDatasetClose(&run->data));
  PetscCall(PetscFree(run->said));
  PetscCall(VecDestroy(&run->field));
  PetscCall(VecDestroyVecs(states, &run->path));
  if (!code && run->done == run->runs)
    PetscCall(PetscPrintf(run->comm, "wrote %s: %" PetscInt_FMT " paths of %" PetscInt_FMT " times, %.3g s each\n", out,
                          run->samples, run->steps + 1, (end - begin) / (double)run->samples));
  else if (!code) {
    (void)snprintf(text, sizeof(text), "%s%" PetscInt_FMT " of %" PetscInt_FMT " runs",
                   run->done ? "the file holds " : "no file is written, ", run->done, run->runs);
    PetscCall(KarStopped(run->comm, text));
  }
  PetscFunctionReturn(code);
}
