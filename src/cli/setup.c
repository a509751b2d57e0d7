/* What several commands share: from options to objects, and what a run has used. */
#include "cli.h"
#include <karhunen/place.h>

#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

PetscErrorCode KarSetupGrid(MPI_Comm comm, PetscInt dim, const PetscInt n[], const PetscReal length[], PetscInt dof,
                            KarFFT *fft)
{
  KarGrid grid;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(comm, &grid));
  PetscCall(KarGridSetSizes(grid, dim, n, length));
  PetscCall(KarGridSetComponents(grid, dof));
  PetscCall(KarGridSetFromOptions(grid));
  PetscCall(KarGridSetUp(grid));
  PetscCall(KarFFTCreate(grid, fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetupExactLaw(MPI_Comm one, PetscInt components, KarScore *score)
{
  const PetscInt n[1] = {64};
  KarFFT         fft;
  KarCov         noise;
  KarSDE         sde;

  PetscFunctionBegin;
  PetscCall(KarSetupGrid(one, 1, n, NULL, components, &fft));
  PetscCall(KarCovCreate(fft, &noise));
  PetscCall(KarCovSetFromOptions(noise));
  PetscCall(KarSDECreate(noise, &sde));
  PetscCall(KarSDESetFromOptions(sde));
  PetscCall(KarScoreCreate(sde, score));
  PetscCall(KarScoreSetFromOptions(*score));
  PetscCall(KarSDEDestroy(&sde));
  PetscCall(KarCovDestroy(&noise));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSetupLaw(MPI_Comm comm, MPI_Comm one, const char command[], const char model[], KarScore *score)
{
  PetscInt  n[3], dim = 3, components = 1;
  PetscBool given;
  char      text[160];

  PetscFunctionBegin;
  if (model[0]) { /* -help too: it then lists what the model takes */
    PetscCall(
      KarOptionsIntArray(NULL, "grid_n", "points along each axis, slowest first (a model's own)", 1, 1 << 20, &dim, n));
    PetscCall(KarDecoderIs(comm, model, &given));
    KarCheck(comm, !given || strcmp(command, "posterior"), PETSC_ERR_SUP,
             "%s is a model of latents, and data are of its fields: karhunen sample draws from it", model);
    if (given) dim = 0; /* it is then the grid of the decoded fields */
    PetscCall(KarScoreLoad(one, model, dim, dim ? n : NULL, score));
    PetscCall(KarScoreSetFromOptions(*score));
    PetscCall(KarScoreSetUp(*score));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KarOptionsInt(NULL, "components", "components of a vector field", 1, 16, &components));
  PetscCall(KarOptionsGiven(NULL, "grid_n", &given));
  (void)snprintf(text, sizeof(text), "%s: on which grid? give -grid_n, as in -grid_n 256,256; or -model FILE", command);
  PetscCall(KarOptionsNeed(comm, given, text));
  PetscCall(SetupExactLaw(one, components, score));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Says so when the numbers of the file are too coarse for what the model's fields vary by about their mean. */
static PetscErrorCode NotePrecision(MPI_Comm comm, KarDenoiser denoiser, KarDataset data)
{
  const PetscReal *mean, step  = 6e-8; /* of float, relative */
  PetscReal        trace, most = 0;
  KarVariable      variable;
  KarGrid          grid;
  KarGridInfo      info;
  KarCov           cov;
  KarFFT           fft;

  PetscFunctionBegin;
  PetscCall(KarDatasetGetVariable(data, 0, &variable));
  if (!denoiser || variable.precision == KAR_FLOAT64) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarDenoiserGetMean(denoiser, &mean));
  PetscCall(KarDenoiserGetDataCovariance(denoiser, &cov));
  PetscCall(KarDenoiserGetFFT(denoiser, &fft));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &info));
  PetscCall(KarCovGetTrace(cov, &trace));
  for (PetscInt c = 0; c < info.dof; c++) most = PetscMax(most, PetscAbsReal(mean[c]));
  if (step * most > 0.01 * PetscSqrtReal(trace / (PetscReal)info.dof))
    PetscCall(PetscPrintf(comm,
                          "note: the fields' mean is %.1e times their deviation, which single precision does not keep: "
                          "give -out_precision double\n",
                          (double)(most / PetscSqrtReal(trace / (PetscReal)info.dof))));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSetupLabel(KarScore score, const char exact[], KarFieldLabel *label, PetscBool *trained)
{
  KarDenoiser  denoiser;
  KarFFT       fft;
  KarGrid      grid;
  KarGridPlace place;

  PetscFunctionBegin;
  *label = (KarFieldLabel){.variable = "u", .units = "1", .length_units = "1"};
  PetscCall(PetscStrncpy(label->long_name, exact, sizeof(label->long_name)));
  PetscCall(KarScoreGetFFT(score, &fft));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetPlace(grid, &place));
  PetscCall(PetscArraycpy(label->origin, place.origin, 3));
  PetscCall(PetscArraycpy(label->direction, place.direction, 3));
  PetscCall(KarScoreGetDenoiser(score, &denoiser));
  if (denoiser) PetscCall(KarDenoiserGetLabel(denoiser, label));
  if (trained) *trained = denoiser ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSetupPutLaw(MPI_Comm comm, KarScore score, KarDataset data)
{
  KarFieldLabel label;
  KarDenoiser   denoiser;
  KarScoreType  type;

  PetscFunctionBegin;
  PetscCall(KarSetupLabel(score, "", &label, NULL));
  PetscCall(KarScoreGetDenoiser(score, &denoiser));
  PetscCall(KarScoreGetType(score, &type));
  PetscCall(NotePrecision(comm, denoiser, data));
  if (label.rows[0]) PetscCall(KarDatasetPutString(data, "rows", label.rows));
  PetscCall(KarDatasetPutString(data, "score", type));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSetupGroups(MPI_Comm comm, PetscInt samples, MPI_Comm *one, PetscInt *groups, PetscInt *group)
{
  PetscInt per = 0;
  int      rank, ranks;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  PetscCall(KarOptionsInt(NULL, "ranks_per_field",
                          "ranks that share a field; 0: all when there are fewer fields than ranks, else 1", 0, ranks,
                          &per));
  if (!per) per = samples < ranks ? ranks : 1;
  KarCheck(comm, ranks % per == 0, PETSC_ERR_USER_INPUT,
           "-ranks_per_field %" PetscInt_FMT ": does not divide the %d ranks", per, ranks);
  *groups = ranks / (int)per;
  *group  = rank / (int)per;
  PetscCallMPI(MPI_Comm_split(comm, (int)*group, rank, one));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGetUsage(MPI_Comm comm, KarUsage *usage)
{
  struct rusage r;

  PetscFunctionBegin;
  getrusage(RUSAGE_SELF, &r);
  usage->cpu =
    (PetscReal)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) + 1e-6 * (PetscReal)(r.ru_utime.tv_usec + r.ru_stime.tv_usec);
  usage->peak = 1024. * (PetscReal)r.ru_maxrss;
  usage->sent = kar_log_sent();
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &usage->sent, 1, MPIU_REAL, MPIU_SUM, comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &usage->cpu, 1, MPIU_REAL, MPIU_SUM, comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &usage->peak, 1, MPIU_REAL, MPI_MAX, comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Not collective. The option, other than -out, one of whose files is the one that -out names, by whatever name or
   link; "" when none is. */
static void FindInput(const char out[], size_t size, char option[])
{
  static const char *const but[] = {"out", NULL};
  struct stat              mine, there;
  char                    *text = malloc(1 << 15), *line, *word, *next = NULL, *rest;

  option[0] = '\0';
  if (text && !stat(out, &mine)) {
    kar_options_list(but, 1 << 15, text);
    for (line = strtok_r(text, "\n", &next); line && !option[0]; line = strtok_r(NULL, "\n", &next)) {
      const char *name = strtok_r(line, " ", &rest);

      while ((word = strtok_r(NULL, ", ", &rest)))
        if (!stat(word, &there) && there.st_dev == mine.st_dev && there.st_ino == mine.st_ino)
          (void)snprintf(option, size, "%s %s", name, word);
    }
  }
  free(text);
}

static PetscErrorCode CheckInputs(MPI_Comm comm)
{
  char      out[PETSC_MAX_PATH_LEN], option[PETSC_MAX_PATH_LEN];
  PetscBool given;

  PetscFunctionBegin;
  PetscCall(PetscOptionsGetString(NULL, NULL, "-out", out, sizeof(out), &given));
  if (given) FindInput(out, sizeof(option), option);
  KarCheckAny(comm, !given || !option[0], PETSC_ERR_USER_INPUT, "-out %s is the file that %s reads: give another name",
              out, option);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarCommandReady(MPI_Comm comm, PetscBool *done)
{
  PetscFunctionBegin;
  *done = KarOptionsHelping();
  if (*done) PetscCall(KarOptionsPrintHelp(comm));
  else {
    PetscCall(KarOptionsCheck(comm));
    PetscCall(CheckInputs(comm));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A value or a name, and no option; numbers may be negative. */
static PetscBool IsWord(const char text[])
{
  return (PetscBool)(text[0] != '-' || (text[1] >= '0' && text[1] <= '9') || text[1] == '.');
}

/* The value of the option at argv[i], "" without one. */
static const char *ValueAt(int argc, char **argv, int i)
{
  return i + 1 < argc && IsWord(argv[i + 1]) ? argv[i + 1] : "";
}

PetscErrorCode KarCommandCheckWords(MPI_Comm comm, int argc, char **argv)
{
  PetscFunctionBegin;
  for (int i = 2; i < argc; i++) /* an option has one value */
    KarCheck(comm, !IsWord(argv[i - 1]) || !IsWord(argv[i]), PETSC_ERR_USER_INPUT,
             "%s: a word too many, after %s; options begin with -", argv[i], argv[i - 1]);
  for (int i = 1; i < argc; i++)
    for (int j = i + 1; j < argc && !IsWord(argv[i]); j++)
      if (!strcmp(argv[i], argv[j]) && strcmp(ValueAt(argc, argv, i), ValueAt(argc, argv, j)) != 0) {
        PetscCall(PetscPrintf(comm, "note: %s is given as %s and as %s: the last is taken\n", argv[i],
                              ValueAt(argc, argv, i), ValueAt(argc, argv, j)));
        break;
      }
  PetscFunctionReturn(PETSC_SUCCESS);
}
