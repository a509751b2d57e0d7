/* Two models, two trainers, two laws and two grids in one program are told apart by the prefixes of their options.
   None of them reads an option before its SetFromOptions(); a model of a file reads the file alone.  An option behind
   a prefix that nobody has is refused.  ranks: 1 2 */
#include "problem.h"

#include <karhunen/data.h>
#include <karhunen/train.h>

#define SET(name, value) PetscCall(PetscOptionsSetValue(NULL, name, value))

static const char *const prefixes[2] = {"a_", "b_"};

static PetscErrorCode Unread(const char name[])
{
  PetscBool used;

  PetscFunctionBegin;
  PetscCall(PetscOptionsUsed(NULL, name, &used));
  Claim(!used, "%s is read by a constructor", name);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Grids(void)
{
  PetscFunctionBegin;
  SET("-a_grid_n", "16,12");
  SET("-a_grid_length", "3");
  SET("-b_grid_n", "8,8,8");
  SET("-b_grid_basis", "cosine");
  for (int i = 0; i < 2; i++) {
    KarGrid     grid;
    KarGridInfo info;

    PetscCall(KarGridCreate(PETSC_COMM_WORLD, &grid));
    PetscCall(KarGridSetOptionsPrefix(grid, prefixes[i]));
    PetscCall(KarGridSetFromOptions(grid));
    PetscCall(KarGridSetUp(grid));
    PetscCall(KarGridGetInfo(grid, &info));
    Claim(info.dim == 2 + i && info.n[1] == (i ? 8 : 12) && info.length[1] == (i ? 1 : 3) &&
            info.basis == (i ? KAR_BASIS_COSINE : KAR_BASIS_PERIODIC),
          "grid %d has another's options", i);
    PetscCall(KarGridDestroy(&grid));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Laws(void)
{
  PetscFunctionBegin;
  SET("-a_generator_type", "gaussian");
  SET("-b_generator_type", "navierstokes");
  SET("-b_ns_nu", "0.125");
  for (int i = 0; i < 2; i++) {
    const KarParameter *p;
    KarGenerator        law;
    KarGeneratorType    type;

    PetscCall(KarGeneratorCreate(PETSC_COMM_WORLD, &law));
    PetscCall(KarGeneratorSetOptionsPrefix(law, prefixes[i]));
    PetscCall(KarGeneratorSetFromOptions(law));
    PetscCall(KarGeneratorGetType(law, &type));
    Claim(!strcmp(type, i ? "navierstokes" : "gaussian"), "law %d is %s", i, type);
    PetscCall(KarGeneratorGetParameters(law, &p));
    while (i && p && p->name && strcmp(p->name, "nu")) p++;
    Claim(!i || (p && p->name && *p->value == 0.125), "-b_ns_nu has no effect");
    PetscCall(KarGeneratorDestroy(&law));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A number of the network's configuration is told by its weights; the process by its name. */
static PetscErrorCode Tell(KarDenoiser denoiser, PetscInt *weights, PetscReal *bytes, char process[], size_t size)
{
  KarNet     net;
  KarSDE     sde;
  KarSDEType type;
  float     *p;

  PetscFunctionBegin;
  PetscCall(KarDenoiserGetNet(denoiser, &net));
  PetscCall(KarNetGetParameters(net, weights, &p));
  PetscCall(KarNetGetMemory(net, 1, KAR_NET_EVALUATE, bytes));
  PetscCall(KarDenoiserGetSDE(denoiser, &sde));
  PetscCall(KarSDEGetType(sde, &type));
  PetscCall(PetscStrncpy(process, type, size));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Save(KarDenoiser denoiser, const char path[])
{
  KarCheckpoint file;

  PetscFunctionBegin;
  PetscCall(KarCheckpointCreate(PETSC_COMM_WORLD, path, KAR_REPLACE, &file));
  PetscCall(KarDenoiserSave(denoiser, file, NULL));
  PetscCall(KarCheckpointClose(&file));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Models(void)
{
  const PetscInt  n[2] = {16, 16}, fine[2] = {64, 64};
  const PetscReal k[4] = {0, 6.3, 12.6, 44}, lambda[4] = {0.1, 1, 0.3, 1e-3};
  char            process[3][32];
  PetscInt        weights[3];
  PetscReal       bytes[3];
  KarFFT          fft;
  KarDenoiser     d[3];

  PetscFunctionBegin;
  SET("-fno_width", "5");
  SET("-sde_type", "heat");
  SET("-a_fno_width", "6");
  SET("-a_sde_type", "ve");
  SET("-b_fno_width", "7");
  SET("-b_sde_type", "flow");
  PetscCall(ProblemFFT(PETSC_COMM_WORLD, 2, n, &fft));
  for (int i = 0; i < 3; i++) { /* the third is told nothing */
    PetscCall(KarDenoiserCreate(fft, 4, k, lambda, NULL, &d[i]));
    if (i < 2) PetscCall(KarDenoiserSetOptionsPrefix(d[i], prefixes[i]));
    if (i < 2) PetscCall(KarDenoiserSetFromOptions(d[i]));
    PetscCall(KarDenoiserSetUp(d[i]));
    PetscCall(Tell(d[i], &weights[i], &bytes[i], process[i], sizeof(process[i])));
  }
  Claim(weights[0] < weights[1] && weights[1] < weights[2], "networks of width 6, 7 and 32 have %d, %d and %d weights",
        (int)weights[0], (int)weights[1], (int)weights[2]);
  Claim(!strcmp(process[0], "ve") && !strcmp(process[1], "flow") && !strcmp(process[2], "vp"),
        "processes are %s, %s, %s", process[0], process[1], process[2]);
  PetscCall(Unread("-fno_width"));
  PetscCall(Unread("-sde_type"));
  PetscCall(Save(d[0], "two_models.test.h5"));
  for (int i = 0; i < 3; i++) PetscCall(KarDenoiserDestroy(&d[i]));
  SET("-fno_resolve", "1");
  SET("-a_fno_resolve", "1");
  SET("-b_fno_resolve", "0");
  for (int i = 0; i < 3; i++) { /* the same model, its network on 16^2 points, on 64^2, and as the file says */
    PetscCall(KarDenoiserLoad(PETSC_COMM_WORLD, "two_models.test.h5", 2, fine, &d[i]));
    if (i < 2) PetscCall(KarDenoiserSetOptionsPrefix(d[i], prefixes[i]));
    if (i < 2) PetscCall(KarDenoiserSetFromOptions(d[i]));
    PetscCall(KarDenoiserSetUp(d[i]));
    PetscCall(Tell(d[i], &weights[i], &bytes[i], process[i], sizeof(process[i])));
    PetscCall(KarDenoiserDestroy(&d[i]));
  }
  Claim(bytes[0] < bytes[1] && bytes[1] == bytes[2], "networks on 16^2, 64^2 and 64^2 points take %g, %g and %g bytes",
        (double)bytes[0], (double)bytes[1], (double)bytes[2]);
  Claim(weights[0] == weights[1] && weights[1] == weights[2] && !strcmp(process[1], "ve"),
        "a model of a file has the options of another");
  PetscCall(Unread("-fno_resolve"));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Without data a trainer makes a stand-in of them. */
static PetscErrorCode Trainers(void)
{
  char      process[2][32];
  PetscInt  weights[2];
  PetscReal bytes[2];

  PetscFunctionBegin;
  SET("-a_train_batch", "2");
  SET("-b_train_batch", "3");
  for (int i = 0; i < 2; i++) {
    KarTrainer  trainer;
    KarDenoiser denoiser;

    PetscCall(KarTrainerCreate(PETSC_COMM_WORLD, &trainer));
    PetscCall(KarTrainerSetOptionsPrefix(trainer, prefixes[i]));
    PetscCall(KarTrainerSetFromOptions(trainer));
    PetscCall(KarTrainerSetData(trainer, NULL, NULL));
    PetscCall(KarTrainerGetDenoiser(trainer, &denoiser));
    PetscCall(Tell(denoiser, &weights[i], &bytes[i], process[i], sizeof(process[i])));
    PetscCall(KarTrainerDestroy(&trainer));
  }
  Claim(weights[0] < weights[1] && !strcmp(process[0], "ve") && !strcmp(process[1], "flow"),
        "trainers have each other's models");
  PetscFunctionReturn(PETSC_SUCCESS);
}

static char said[512];

static PetscErrorCode Hear(MPI_Comm comm, int line, const char *function, const char *file, PetscErrorCode code,
                           PetscErrorType type, const char *text, void *ctx)
{
  (void)comm, (void)line, (void)function, (void)file, (void)ctx;
  if (type == PETSC_ERROR_INITIAL) (void)snprintf(said, sizeof(said), "%s", text);
  return code;
}

static PetscErrorCode Refusal(void)
{
  PetscErrorCode code;

  PetscFunctionBegin;
  for (int i = 0; i < 3; i++)
    PetscCall(PetscOptionsClearValue(NULL, ((const char *const[]){"-fno_width", "-sde_type", "-fno_resolve"})[i]));
  PetscCall(KarOptionsCheck(PETSC_COMM_WORLD));
  SET("-c_fno_width", "8");
  PetscCall(PetscPushErrorHandler(Hear, NULL));
  code = KarOptionsCheck(PETSC_COMM_WORLD);
  PetscCall(PetscPopErrorHandler());
  PetscCall(PetscOptionsClearValue(NULL, "-c_fno_width"));
  Claim(code && strstr(said, "-c_fno_width: unknown option") && strstr(said, "did you mean -a_fno_width?") &&
          !strchr(said, '\n'),
        "an unknown prefix: %s", said);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  PetscCall(Grids());
  PetscCall(Laws());
  PetscCall(Models());
  PetscCall(Trainers());
  PetscCall(Refusal());
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
