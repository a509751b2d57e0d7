/* karhunen train -data fields.h5 -out model.h5; or of a law, without a file, -generator_type NAME */
#include "memory.h"

#include <karhunen/implicit.h>

/* The state of a run that is over, the one before it, and what a kill left beside them. */
static PetscErrorCode RemoveState(MPI_Comm comm, const char state[])
{
  char before[PETSC_MAX_PATH_LEN + 8];
  int  rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  (void)snprintf(before, sizeof(before), "%s.prev", state);
  if (rank == 0) {
    (void)remove(state);
    (void)remove(before);
  }
  PetscCall(KarOutputClear(comm, state, PETSC_TRUE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Refuses what exists before any work, then trains; `file` is open for the model all along. */
static PetscErrorCode Train(MPI_Comm comm, KarTrainer trainer, const char out[], KarReplace replace)
{
  char          state[PETSC_MAX_PATH_LEN], text[PETSC_MAX_PATH_LEN + 80];
  KarCheckpoint file;
  KarUsage      used;
  PetscBool     finished, over;

  PetscFunctionBegin;
  (void)snprintf(state, sizeof(state), "%s.state", out);
  PetscCall(KarTrainerIsOver(trainer, out, &over));
  if (over) {
    PetscCall(RemoveState(comm, state));
    PetscCall(KarOutputClear(comm, out, PETSC_FALSE));
    PetscCall(PetscPrintf(comm, "-resume: %s is there, training is over\n", out));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KarCheckpointCreate(comm, out, replace, &file));
  PetscCall(KarTrainerSolve(trainer, state, &finished));
  if (!finished) {
    PetscCall(KarCheckpointDestroy(&file));
    (void)snprintf(text, sizeof(text), "%s holds the state: the same command with -resume continues", state);
    PetscCall(KarStopped(comm, text));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KarTrainerSave(trainer, file));
  PetscCall(KarCheckpointClose(&file));
  PetscCall(RemoveState(comm, state));
  PetscCall(KarGetUsage(comm, &used));
  PetscCall(PetscPrintf(comm, "wrote %s; at most %.4g MiB a rank\n", out, (double)used.peak / 1048576));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether the file may be written, before the fields are read; one that is there may be a run's that -resume goes on
   with. */
static PetscErrorCode CheckOutput(MPI_Comm comm, const char out[], KarReplace replace)
{
  PetscBool     resume = PETSC_FALSE;
  KarCheckpoint file;

  PetscFunctionBegin;
  PetscCall(KarOptionsGiven(NULL, "resume", &resume));
  if (resume || replace != KAR_REFUSE || KarOptionsHelping()) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarCheckpointCreate(comm, out, replace, &file));
  PetscCall(KarCheckpointDestroy(&file));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A trial: the model as it is before the first step. */
static PetscErrorCode Save(MPI_Comm comm, KarTrainer trainer, const char out[], KarReplace replace)
{
  KarCheckpoint file;

  PetscFunctionBegin;
  PetscCall(KarCheckpointCreate(comm, out, replace, &file));
  PetscCall(KarTrainerSave(trainer, file));
  PetscCall(KarCheckpointClose(&file));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Of the grid that the fields of the file are learnt on; nothing is counted where no batch is made. */
static PetscErrorCode CheckMemory(MPI_Comm comm, KarDataset data, PetscInt share)
{
  PetscInt       n[3], steps = 1;
  const PetscInt dim = kar_memory_numbers("-train_grid", n);
  KarDatasetInfo info;

  PetscFunctionBegin;
  PetscCall(PetscOptionsGetInt(NULL, NULL, "-train_steps", &steps, NULL));
  PetscCall(KarDatasetGetInfo(data, &info));
  if (!steps) PetscCall(KarSetupMemory(comm, "train", 0, NULL, share));
  else if (dim) PetscCall(KarSetupMemory(comm, "train", dim, n, share));
  else PetscCall(KarSetupMemory(comm, "train", info.dim, info.n, share));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The data: a file, or a law of -generator_type that is drawn from as it is needed. */
static PetscErrorCode SetData(MPI_Comm comm, KarTrainer trainer, const char path[], KarDataset *data, KarGenerator *law,
                              KarStations *stations)
{
  KarReadOptions reading;
  PetscBool      given, is = PETSC_FALSE, table;
  MPI_Comm       one;
  int            share;

  PetscFunctionBegin;
  PetscCall(KarReadOptionsRead(NULL, &reading));
  PetscCall(KarOptionsGiven(NULL, "generator_type", &given));
  PetscCall(KarTrainerGetFieldComm(trainer, &one));
  if (path[0] && !KarOptionsHelping()) PetscCall(KarStationsIs(comm, path, &is));
  PetscCall(PetscStrendswith(path, ".csv", &table));
  PetscCallMPI(MPI_Comm_size(one, &share));
  if (given || KarOptionsHelping()) {
    PetscCall(KarSetupMemoryOfGrid(comm, "train", NULL, share));
    PetscCall(KarGeneratorCreate(one, law));
    PetscCall(KarGeneratorSetFromOptions(*law));
  } else if (is || table) {
    if (table) PetscCall(KarStationsOpenTable(comm, path, reading.variable, stations));
    else PetscCall(KarStationsOpen(comm, path, reading.variable, stations));
    PetscCall(KarTrainerSetStations(trainer, *stations));
    PetscFunctionReturn(PETSC_SUCCESS);
  } else {
    PetscCall(KarDatasetOpenAs(comm, path, &reading, data));
    PetscCall(KarDatasetSay(*data, comm, NULL));
    PetscCall(CheckMemory(comm, *data, share));
  }
  if (KarOptionsHelping() || *data) PetscCall(KarTrainerSetData(trainer, *data, NULL));
  else PetscCall(KarTrainerSetLaw(trainer, *law, reading.variable));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* -train_decoder: what makes fields of the latents that are learnt goes with the model. */
static PetscErrorCode SetDecoder(KarTrainer trainer, const char path[])
{
  MPI_Comm    one;
  KarDenoiser denoiser;
  KarImplicit decoder;
  KarFFT      fft;
  KarGrid     grid;
  KarGridInfo g;
  PetscInt    n[3], c;

  PetscFunctionBegin;
  if (!path[0] || KarOptionsHelping()) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarTrainerGetFieldComm(trainer, &one));
  PetscCall(KarImplicitLoad(one, path, &decoder));
  PetscCall(KarTrainerGetDenoiser(trainer, &denoiser));
  KarCheck(one, denoiser, PETSC_ERR_USER_INPUT, "-train_decoder: the fields of -data are to be latents, on their grid");
  PetscCall(KarDenoiserGetFFT(denoiser, &fft));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &g));
  PetscCall(KarImplicitGetCells(decoder, n, &c));
  KarCheck(one, g.dof == c && g.n[0] == n[0] && g.n[1] == n[1] && g.n[2] == n[2], PETSC_ERR_USER_INPUT,
           "-train_decoder %s takes %" PetscInt_FMT " numbers of %" PetscInt_FMT " x %" PetscInt_FMT " x %" PetscInt_FMT
           " cells; the fields of -data are %" PetscInt_FMT " of %" PetscInt_FMT " x %" PetscInt_FMT " x %" PetscInt_FMT
           ": give the latents that karhunen encode writes",
           path, c, n[0], n[1], n[2], g.dof, g.n[0], g.n[1], g.n[2]);
  PetscCall(KarDenoiserSetDecoder(denoiser, decoder));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarTrain(MPI_Comm comm, PetscBool trial)
{
  char         path[PETSC_MAX_PATH_LEN] = "", out[PETSC_MAX_PATH_LEN - 16] = "", decoder[PETSC_MAX_PATH_LEN] = "";
  PetscBool    done, law_given;
  KarReplace   replace;
  KarDataset   data     = NULL;
  KarGenerator law      = NULL;
  KarStations  stations = NULL;
  KarTrainer   trainer;

  PetscFunctionBegin;
  PetscCall(KarOptionsString(NULL, "data", "file of fields to learn from", sizeof(path), path));
  PetscCall(KarOptionsString(NULL, "out", "file of the model", sizeof(out), out));
  PetscCall(KarOptionsString(NULL, "train_decoder",
                             "implicit representation whose latents -data are: the model then draws its fields",
                             sizeof(decoder), decoder));
  PetscCall(KarOptionsGiven(NULL, "generator_type", &law_given));
  PetscCall(KarOptionsNeed(comm, (PetscBool)(path[0] != 0 || law_given),
                           "train: which fields? give -data FILE, or a law: -generator_type NAME"));
  KarCheck(comm, !law_given || !path[0], PETSC_ERR_USER_INPUT,
           "-data and -generator_type: fields of a file, or of a law; give one of them");
  PetscCall(KarOptionsNeed(comm, (PetscBool)(out[0] != 0), "train: where to? give -out FILE"));
  PetscCall(KarTrainerCreate(comm, &trainer));
  PetscCall(KarTrainerSetFromOptions(trainer));
  PetscCall(KarOutputReplaceFromOptions(NULL, &replace));
  PetscCall(CheckOutput(comm, out, replace));
  PetscCall(SetData(comm, trainer, path, &data, &law, &stations));
  PetscCall(SetDecoder(trainer, decoder));
  PetscCall(KarCommandReady(comm, &done));
  if (!done && trial) PetscCall(Save(comm, trainer, out, replace));
  else if (!done) {
    PetscCall(KarTrainerView(trainer, PETSC_VIEWER_STDOUT_(comm)));
    PetscCall(Train(comm, trainer, out, replace));
  }
  PetscCall(KarTrainerDestroy(&trainer));
  PetscCall(KarGeneratorDestroy(&law));
  PetscCall(KarDatasetDestroy(&data));
  PetscCall(KarStationsDestroy(&stations));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCommandTrain(MPI_Comm comm)
{
  PetscInt levels = 1;

  PetscFunctionBegin;
  PetscCall(KarOptionsInt(NULL, "train_levels",
                          "levels of a cascade, the last on the grid of the fields, one after the other into one file; "
                          "-levelJ_OPTION is an option of level J alone",
                          1, KAR_TRAIN_LEVELS, &levels));
  if (levels == 1) PetscCall(KarTrainOneLevel(comm));
  if (levels > 1 && !KarOptionsHelping()) PetscCall(KarTrainLevels(comm, levels));
  else PetscCall(KarTrain(comm, PETSC_FALSE));
  PetscFunctionReturn(PETSC_SUCCESS);
}
