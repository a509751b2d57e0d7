/* evaluate -likelihood: nats of each field of a file under a law, against the Gaussian law of the same mean and
   spectrum. */
#include "report.h"

#include <karhunen/likelihood.h>

#include <math.h>

/* The law on the grid of the fields. */
static PetscErrorCode OpenLaw(MPI_Comm comm, MPI_Comm one, const char model[], const char path[], KarDataset data,
                              KarScore *score)
{
  KarDatasetInfo d;
  KarGridInfo    info;
  KarGrid        grid;
  KarFFT         fft;
  PetscBool      same = PETSC_TRUE;

  PetscFunctionBegin;
  PetscCall(KarDatasetGetInfo(data, &d));
  if (model[0]) {
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

static PetscErrorCode Work(MPI_Comm comm, MPI_Comm one, PetscInt groups, PetscInt group, KarScore score,
                           KarDataset data, PetscInt fields, PetscInt evaluations, PetscInt64 seed)
{
  PetscReal *nats, sum = 0, square = 0;
  KarGrid    grid;
  KarFFT     fft;
  Vec        field, x;
  int        rank, failed = 0;

  PetscFunctionBegin;
  PetscCall(KarScoreGetFFT(score, &fft));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridCreateField(grid, &field));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(PetscCalloc1(fields, &nats));
  PetscCallMPI(MPI_Comm_rank(one, &rank));
  for (PetscInt i = group; i < fields && !failed; i += groups) {
    failed = (int)KarDatasetRead(data, NULL, i, field);
    if (!failed) failed = (int)KarFFTForward(fft, field, x);
    if (!failed) failed = (int)KarScoreElbo(score, evaluations, (KarKey){.seed = seed, .sample = i}, x, &nats[i]);
    if (rank) nats[i] = 0;
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &failed, 1, MPI_INT, MPI_MAX, comm));
  if (failed) PetscFunctionReturn((PetscErrorCode)failed); /* a group has said why */
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, nats, (PetscMPIInt)fields, MPIU_REAL, MPIU_SUM, comm));
  for (PetscInt i = 0; i < fields; i++) {
    PetscCall(PetscPrintf(comm, "field %" PetscInt_FMT " %.6g nats\n", i, (double)nats[i]));
    sum += nats[i] / (PetscReal)fields, square += nats[i] * nats[i] / (PetscReal)fields;
  }
  PetscCall(PetscPrintf(
    comm, "%" PetscInt_FMT " fields: elbo %.6g +- %.2g nats a field against the Gaussian law of the same spectrum\n",
    fields, (double)sum,
    fields > 1 ? (double)PetscSqrtReal(PetscMax(0, square - sum * sum) / (PetscReal)(fields - 1)) : NAN));
  PetscCall(PetscFree(nats));
  PetscCall(VecDestroy(&field));
  PetscCall(VecDestroy(&x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarEvaluateLikelihood(MPI_Comm comm)
{
  char           path[PETSC_MAX_PATH_LEN] = "", model[PETSC_MAX_PATH_LEN] = "";
  PetscInt       fields = 0, evaluations = 60, seed = 0, groups, group;
  PetscBool      done;
  MPI_Comm       one;
  KarDatasetInfo d;
  KarDataset     data;
  KarScore       score;

  PetscFunctionBegin;
  PetscCall(
    KarOptionsString(NULL, "model", "a trained model; without it an exact law, -score_type", sizeof(model), model));
  PetscCall(KarOptionsString(NULL, "data", "a file of fields", sizeof(path), path));
  PetscCall(KarOptionsInt(NULL, "fields", "use at most so many; 0: all", 0, PETSC_MAX_INT, &fields));
  PetscCall(KarOptionsInt(NULL, "likelihood_evaluations", "of the denoiser for a field", 1, 1 << 20, &evaluations));
  PetscCall(KarOptionsInt(NULL, "seed", "of the noise", 0, PETSC_MAX_INT, &seed));
  KarCheck(comm, path[0], PETSC_ERR_USER_INPUT, "evaluate -likelihood: of which fields? give -data FILE");
  PetscCall(KarSetupGroups(comm, 1 << 20, &one, &groups, &group));
  PetscCall(KarDatasetOpen(one, path, &data));
  PetscCall(KarDatasetGetInfo(data, &d));
  PetscCall(OpenLaw(comm, one, model, path, data, &score));
  PetscCall(KarCommandReady(comm, &done));
  PetscCall(
    Work(comm, one, groups, group, score, data, fields ? PetscMin(fields, d.samples) : d.samples, evaluations, seed));
  PetscCall(KarScoreDestroy(&score));
  PetscCall(KarDatasetDestroy(&data));
  PetscCallMPI(MPI_Comm_free(&one));
  PetscFunctionReturn(PETSC_SUCCESS);
}
