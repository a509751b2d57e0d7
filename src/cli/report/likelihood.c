/* evaluate -likelihood: nats of each field of a file under a law, against the Gaussian law of the same mean and
   spectrum. */
#include "report.h"

#include <karhunen/likelihood.h>

#include <math.h>

/* The law on the grid of the fields. */
static PetscErrorCode OpenLaw(MPI_Comm comm, MPI_Comm one, const char model[], const char path[], KarDataset data,
                              KarNats *o, KarScore *score)
{
  PetscInt       levels;
  KarDatasetInfo d;
  KarGridInfo    info;
  KarGrid        grid;
  KarFFT         fft;
  PetscBool      same = PETSC_TRUE, cascade;

  PetscFunctionBegin;
  PetscCall(KarDatasetGetInfo(data, &d));
  PetscCall(KarSetupIsCascade(comm, model, &cascade));
  KarCheck(comm, !cascade || (!o->flow && !o->against[0]), PETSC_ERR_SUP,
           "evaluate -likelihood of a cascade: elbo, against the Gaussian laws of its own levels");
  if (cascade) {
    PetscCall(KarSetupCascade(comm, one, model, CASCADE_CUT, &o->cascade));
    PetscCall(KarCascadeSetUp(o->cascade));
    PetscCall(KarCascadeGetSize(o->cascade, &levels));
    PetscCall(KarCascadeGetLevel(o->cascade, levels - 1, score, NULL));
    PetscCall(KarScoreReference(*score));
  } else if (model[0]) {
    PetscCall(KarScoreLoad(one, model, d.dim, d.n, score));
    PetscCall(KarScoreSetFromOptions(*score));
    PetscCall(KarScoreSetUp(*score));
  } else PetscCall(KarSetupLaw(comm, one, "evaluate", model, score));
  PetscCall(KarScoreGetFFT(*score, &fft));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &info));
  for (PetscInt i = 0; i < 3; i++)
    same =
      (PetscBool)(same && info.n[i] == d.n[i] && PetscAbsReal(info.length[i] - d.length[i]) <= 1e-6 * info.length[i]);
  KarCheck(comm, same && info.dim == d.dim && info.basis == d.basis, PETSC_ERR_USER_INPUT,
           "-data %s: its fields are of another box or grid than the law's", path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Nats of field i, and their error. */
static PetscErrorCode One(KarNats *o, KarScore score, KarDataset data, PetscInt i, Vec field, Vec x, PetscReal said[2])
{
  const KarKey key = {.seed = o->seed, .sample = i};
  PetscReal    gaussian;
  KarFFT       fft;

  PetscFunctionBegin;
  PetscCall(KarScoreGetFFT(score, &fft));
  PetscCall(KarDatasetRead(data, o->variable[0] ? o->variable : NULL, i, field));
  PetscCall(KarFFTForward(fft, field, x));
  if (o->cascade) {
    PetscReal nats[20];
    PetscInt  levels;

    PetscCall(KarCascadeGetSize(o->cascade, &levels));
    PetscCall(KarCascadeElbo(o->cascade, o->evaluations, key, x, nats, o->level[1]));
    o->modes = 0;
    for (PetscInt j = 0; j < levels; j++) said[0] += nats[j], o->level[0][j] += nats[j], o->modes += o->level[1][j];
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  if (o->flow) PetscCall(KarScoreDensity(score, o->steps, o->exact, o->probes, key, x, &said[0], &said[1]));
  else PetscCall(KarScoreElbo(score, o->evaluations, key, x, &said[0]));
  PetscCall(KarScoreGaussianRatio(score, o->reference ? o->reference : score, x, &gaussian, &o->modes));
  said[0] += gaussian;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Tell(MPI_Comm comm, const KarNats *o, const PetscReal said[])
{
  const PetscReal n   = (PetscReal)o->fields;
  PetscReal       sum = 0, square = 0, own = 0, se;

  PetscFunctionBegin;
  for (PetscInt i = 0; i < o->fields; i++) {
    PetscCall(PetscPrintf(comm, "field %" PetscInt_FMT " %.6g", i, (double)said[2 * i]));
    if (o->flow) PetscCall(PetscPrintf(comm, " +- %.2g", (double)said[2 * i + 1]));
    PetscCall(PetscPrintf(comm, " nats\n"));
    sum += said[2 * i] / n, square += said[2 * i] * said[2 * i] / n, own += PetscSqr(said[2 * i + 1] / n);
  }
  for (PetscInt j = 0; j < 20 && o->level[1][j] > 0; j++)
    PetscCall(PetscPrintf(comm, "%s %" PetscInt_FMT ": %.6g nats a field, %.4g a mode of %.0f\n", j ? "octave" : "base",
                          j, (double)(o->level[0][j] / n), (double)(o->level[0][j] / n / o->level[1][j]),
                          (double)o->level[1][j]));
  se = o->fields > 1 ? PetscSqrtReal(PetscMax(0, square - sum * sum) / (n - 1)) : o->flow ? PetscSqrtReal(own) : NAN;
  PetscCall(PetscPrintf(
    comm, "%" PetscInt_FMT " fields: %s %.6g +- %.2g nats a field, %.4g a mode, against the Gaussian law of %s\n",
    o->fields, o->flow ? "density" : "elbo", (double)sum, (double)se, (double)(sum / o->modes),
    o->reference ? "-likelihood_reference" : "the same spectrum"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Work(MPI_Comm comm, MPI_Comm one, PetscInt groups, PetscInt group, KarScore score,
                           KarDataset data, Told told, KarNats *o)
{
  PetscReal *said;
  KarGrid    grid;
  KarFFT     fft;
  Vec        field, x;
  int        rank, failed = 0;

  PetscFunctionBegin;
  PetscCall(KarScoreGetFFT(score, &fft));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridCreateField(grid, &field));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(PetscCalloc1(2 * o->fields, &said));
  PetscCallMPI(MPI_Comm_rank(one, &rank));
  for (PetscInt i = group; i < o->fields && !failed; i += groups) {
    failed = (int)ToldTell(told, i, NULL);
    if (!failed) failed = (int)One(o, score, data, i, field, x, &said[2 * i]);
    if (rank) said[2 * i] = said[2 * i + 1] = 0;
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &failed, 1, MPI_INT, MPI_MAX, comm));
  if (failed) PetscFunctionReturn((PetscErrorCode)failed); /* a group has said why */
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, said, (PetscMPIInt)(2 * o->fields), MPIU_REAL, MPIU_SUM, comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &o->modes, 1, MPIU_REAL, MPIU_MAX, comm));
  if (rank) PetscCall(PetscArrayzero(o->level[0], 20));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, o->level[0], 20, MPIU_REAL, MPIU_SUM, comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, o->level[1], 20, MPIU_REAL, MPIU_MAX, comm));
  PetscCall(Tell(comm, o, said));
  PetscCall(PetscFree(said));
  PetscCall(VecDestroy(&field));
  PetscCall(VecDestroy(&x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The variable of the file that the model is of. */
static PetscErrorCode FindVariable(MPI_Comm comm, KarScore score, const char path[], KarDataset data, KarNats *o)
{
  KarFieldLabel label;
  KarVariable   v;
  KarDenoiser   denoiser;

  PetscFunctionBegin;
  PetscCall(KarScoreGetDenoiser(score, &denoiser));
  if (!denoiser) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarDenoiserGetLabel(denoiser, &label));
  PetscCall(KarSetupFindVariable(comm, "variable", path, data, o->variable, &label, &v));
  PetscCall(PetscStrncpy(o->variable, v.name, sizeof(o->variable)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNatsFromOptions(KarNats *o)
{
  PetscFunctionBegin;
  *o = (KarNats){.flow = o->flow, .evaluations = 60, .steps = 80, .exact = 16, .probes = 1};
  PetscCall(KarOptionsString("likelihood_", "reference",
                             "a model whose Gaussian law the nats are against; without it the law's own",
                             sizeof(o->against), o->against));
  if (!o->flow || KarOptionsHelping())
    PetscCall(KarOptionsInt("likelihood_", "evaluations", "elbo: evaluations of the denoiser for a field", 1, 1 << 20,
                            &o->evaluations));
  if (!o->flow && !KarOptionsHelping()) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(
    KarOptionsInt("likelihood_", "steps", "flow: Runge-Kutta steps, four evaluations each", 1, 1 << 16, &o->steps));
  PetscCall(KarOptionsInt("likelihood_", "exact_modes",
                          "flow: leading coordinates whose share of the divergence is exact, one derivative each", 0,
                          1 << 16, &o->exact));
  PetscCall(KarOptionsInt("likelihood_", "probes", "flow: random probes of the other coordinates, one derivative each",
                          1, 1 << 10, &o->probes));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarEvaluateLikelihood(MPI_Comm comm, PetscBool flow)
{
  char           path[PETSC_MAX_PATH_LEN] = "", model[PETSC_MAX_PATH_LEN] = "";
  KarNats        o    = {.flow = flow};
  PetscInt       seed = 0, groups, group;
  PetscBool      done;
  MPI_Comm       one;
  KarDatasetInfo d;
  KarDataset     data;
  KarScore       score;
  Told           told;

  PetscFunctionBegin;
  PetscCall(
    KarOptionsString(NULL, "model", "a trained model; without it an exact law, -score_type", sizeof(model), model));
  PetscCall(KarOptionsString(NULL, "data", "a file of fields", sizeof(path), path));
  PetscCall(KarNatsFromOptions(&o));
  PetscCall(KarOptionsString(NULL, "variable",
                             "variable of the file; without it the model's or, of an exact law, the first",
                             sizeof(o.variable), o.variable));
  PetscCall(KarOptionsInt(NULL, "seed", "seed of the noise", 0, PETSC_MAX_INT, &seed));
  PetscCall(KarOptionsInt(NULL, "fields", "use at most so many; 0: all", 0, PETSC_MAX_INT, &o.fields));
  KarCheck(comm, path[0], PETSC_ERR_USER_INPUT, "evaluate -likelihood: of which fields? give -data FILE");
  PetscCall(KarSetupGroups(comm, 1 << 20, &one, &groups, &group));
  PetscCall(ToldFromOptions(comm, one, &told));
  PetscCall(KarDatasetOpen(one, path, &data));
  PetscCall(KarDatasetGetInfo(data, &d));
  PetscCall(OpenLaw(comm, one, model, path, data, &o, &score));
  PetscCall(FindVariable(comm, score, path, data, &o));
  if (o.against[0]) {
    PetscCall(KarScoreLoad(one, o.against, d.dim, d.n, &o.reference));
    PetscCall(KarScoreSetUp(o.reference));
  }
  PetscCall(KarCommandReady(comm, &done));
  PetscCall(ToldAddLevels(told, score, o.cascade));
  o.fields = o.fields ? PetscMin(o.fields, d.samples) : d.samples;
  o.seed   = seed;
  PetscCall(Work(comm, one, groups, group, score, data, told, &o));
  PetscCall(ToldDestroy(&told));
  PetscCall(KarScoreDestroy(&score));
  PetscCall(KarScoreDestroy(&o.reference));
  PetscCall(KarCascadeDestroy(&o.cascade));
  PetscCall(KarDatasetDestroy(&data));
  PetscCallMPI(MPI_Comm_free(&one));
  PetscFunctionReturn(PETSC_SUCCESS);
}
