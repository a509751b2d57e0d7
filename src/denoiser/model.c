/* A denoiser in a model file: everything that makes it again on any grid of its box. */
#include "denoiserimpl.h"
#include <karhunen/netfile.h>
#include <karhunen/place.h>

/* The whole numbers of a model file, one table for saving and loading. */
#define NUMBERS(info)                                                                                                  \
  {                                                                                                                    \
    {"architecture/dim", &(info).dim}, {"architecture/components", &(info).dof}, {"grid/n_0", &(info).n[0]},           \
      {"grid/n_1", &(info).n[1]}, {"grid/n_2", &(info).n[2]},                                                          \
  }
typedef struct {
  const char *name;
  PetscInt   *value;
} Number;

static const char *const length_names[] = {"grid/length_0", "grid/length_1", "grid/length_2"};

static const char *const coarse_names[] = {"octave/coarse_0", "octave/coarse_1",
                                           "octave/coarse_2"}; /* where it is of an octave */

static const char amplitude_name[] = "octave/amplitude"; /* where its gains follow one */

static const char *const end_names[] = {"bridge/mean_start", "bridge/mean_end"}; /* where it is of bridges */

#define KIND "karhunen denoiser 1"

PetscErrorCode KarDenoiserSave(KarDenoiser d, KarCheckpoint file, const float weights[])
{
  KarGridInfo  info      = d->training;
  const Number numbers[] = NUMBERS(info);

  PetscFunctionBegin;
  KarDenoiserCheckReady(d, "KarDenoiserSave");
  PetscCall(KarCheckpointPutString(file, "kind", KIND));
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(numbers); i++)
    PetscCall(KarCheckpointPutInt(file, numbers[i].name, *numbers[i].value));
  for (PetscInt a = 0; a < 3; a++) PetscCall(KarCheckpointPutReal(file, length_names[a], info.length[a]));
  for (PetscInt a = 0; a < info.dim && d->coarse[0]; a++)
    PetscCall(KarCheckpointPutInt(file, coarse_names[a], d->coarse[a]));
  if (d->local) PetscCall(KarCheckpointPutReals(file, amplitude_name, 1, (PetscInt[]){2}, d->amplitude));
  PetscCall(KarCheckpointPutReal(file, "architecture/oversample", d->oversample));
  if (d->resolve != KAR_RESOLVE) PetscCall(KarCheckpointPutReal(file, "architecture/resolve", d->resolve));
  PetscCall(KarCheckpointPutString(file, "architecture/gain", kar_gains[d->gain]));
  PetscCall(KarCheckpointPutString(file, "grid/basis", KarBases[info.basis]));
  PetscCall(KarCheckpointPutString(file, "field/variable", d->label.variable));
  PetscCall(KarCheckpointPutString(file, "field/units", d->label.units));
  PetscCall(KarCheckpointPutString(file, "field/long_name", d->label.long_name));
  PetscCall(KarCheckpointPutString(file, "field/length_units", d->label.length_units));
  if (d->label.rows[0]) PetscCall(KarCheckpointPutString(file, "field/rows", d->label.rows));
  PetscCall(KarCheckpointPutReals(file, "field/mean", 1, &d->dof, d->mean));
  PetscCall(KarCheckpointPutReals(file, "field/origin", 1, (PetscInt[]){3}, d->label.origin));
  PetscCall(KarCheckpointPutReals(file, "field/direction", 1, (PetscInt[]){3}, d->label.direction));
  for (int i = 0; i < 2 && d->ends[i]; i++)
    PetscCall(KarCheckpointPutReals(file, end_names[i], 1, &d->dof, d->ends[i]));
  PetscCall(KarFrameSave(&d->frame, file));
  PetscCall(KarCalibrationSave(&d->calibration, file));
  PetscCall(KarDenoiserSaveConditions_Private(d, file));
  PetscCall(KarNetSave(d->network, file, "", weights));
  if (d->decoder) PetscCall(KarImplicitSave(d->decoder, file, "decoder/", NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Index of the word in a list; an error when it is not there. */
static PetscErrorCode GetChoice(MPI_Comm comm, KarCheckpoint file, const char name[], const char *const choices[],
                                PetscInt *choice)
{
  char word[64];

  PetscFunctionBegin;
  PetscCall(KarCheckpointGetString(file, name, sizeof(word), word));
  for (*choice = 0; choices[*choice]; ++*choice)
    if (!strcmp(choices[*choice], word)) PetscFunctionReturn(PETSC_SUCCESS);
  KarCheck(comm, PETSC_FALSE, PETSC_ERR_FILE_UNEXPECTED, "the model's %s is '%s', which this version does not know",
           name, word);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode LoadArchitecture(KarDenoiser d, MPI_Comm comm, KarCheckpoint file, KarGridInfo *info)
{
  const Number numbers[] = NUMBERS(*info);
  PetscInt     choice;
  PetscBool    has;

  PetscFunctionBegin;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(numbers); i++) {
    PetscInt64 value;

    PetscCall(KarCheckpointGetInt(file, numbers[i].name, &value));
    *numbers[i].value = (PetscInt)value;
  }
  for (PetscInt a = 0; a < 3; a++) PetscCall(KarCheckpointGetReal(file, length_names[a], &info->length[a]));
  PetscCall(KarCheckpointHas(file, coarse_names[0], &has));
  for (PetscInt a = 0; a < info->dim && has; a++) {
    PetscInt64 value;

    PetscCall(KarCheckpointGetInt(file, coarse_names[a], &value));
    d->coarse[a] = (PetscInt)value;
  }
  PetscCall(KarCheckpointHas(file, amplitude_name, &d->local));
  if (d->local) PetscCall(KarCheckpointGetReals(file, amplitude_name, 2, d->amplitude));
  PetscCall(KarCheckpointGetReal(file, "architecture/oversample", &d->oversample));
  d->resolve = KAR_RESOLVE;
  PetscCall(KarCheckpointHas(file, "architecture/resolve", &has));
  if (has) PetscCall(KarCheckpointGetReal(file, "architecture/resolve", &d->resolve));
  PetscCall(GetChoice(comm, file, "architecture/gain", kar_gains, &choice));
  d->gain = (Gain)choice;
  PetscCall(GetChoice(comm, file, "grid/basis", KarBases, &choice));
  info->basis = (KarBasis)choice;
  PetscCall(KarCheckpointGetString(file, "field/variable", sizeof(d->label.variable), d->label.variable));
  PetscCall(KarCheckpointGetString(file, "field/units", sizeof(d->label.units), d->label.units));
  PetscCall(KarCheckpointGetString(file, "field/long_name", sizeof(d->label.long_name), d->label.long_name));
  PetscCall(KarCheckpointGetString(file, "field/length_units", sizeof(d->label.length_units), d->label.length_units));
  PetscCall(KarCheckpointHas(file, "field/rows", &has));
  if (has) PetscCall(KarCheckpointGetString(file, "field/rows", sizeof(d->label.rows), d->label.rows));
  PetscCall(KarCheckpointHas(file, "field/origin", &has));
  if (has) PetscCall(KarCheckpointGetReals(file, "field/origin", 3, d->label.origin));
  if (has) PetscCall(KarCheckpointGetReals(file, "field/direction", 3, d->label.direction));
  PetscCall(PetscMalloc1(info->dof, &d->mean));
  PetscCall(KarCheckpointGetReals(file, "field/mean", info->dof, d->mean));
  PetscCall(KarDenoiserLoadConditions_Private(d, file));
  PetscCall(KarCheckpointHas(file, end_names[0], &has));
  for (int i = 0; i < 2 && has; i++) {
    PetscCall(PetscMalloc1(info->dof, &d->ends[i]));
    PetscCall(KarCheckpointGetReals(file, end_names[i], info->dof, d->ends[i]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Opens a model file; kind[64]: what it says that it is, empty where it says nothing. */
static PetscErrorCode Open(MPI_Comm comm, const char path[], KarCheckpoint *file, char kind[])
{
  PetscBool has;

  PetscFunctionBegin;
  kind[0] = '\0';
  PetscCall(KarCheckpointOpen(comm, path, file));
  PetscCall(KarCheckpointHas(*file, "kind", &has));
  if (has) PetscCall(KarCheckpointGetString(*file, "kind", 64, kind));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Is it a model of ours? */
static PetscErrorCode CheckKind(MPI_Comm comm, const char path[], const char kind[])
{
  PetscFunctionBegin;
  KarCheck(comm, strncmp(kind, "karhunen places", 15), PETSC_ERR_FILE_UNEXPECTED,
           "%s is a model of values at places: karhunen sample -points FILE draws from it, nothing else does", path);
  KarCheck(comm, strncmp(kind, "karhunen implicit", 17), PETSC_ERR_FILE_UNEXPECTED,
           "%s is an implicit representation: karhunen encode takes fields to its latents, a model is trained on these",
           path);
  KarCheck(comm, !strcmp(kind, KIND), PETSC_ERR_FILE_UNEXPECTED,
           "%s: not a model of Karhunen (give a file written by karhunen train)", path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Sets the group of a cascade's level. */
static PetscErrorCode EnterLevel(MPI_Comm comm, const char path[], PetscInt level, KarCheckpoint file)
{
  PetscInt64 levels;
  char       group[32];

  PetscFunctionBegin;
  PetscCall(KarCheckpointGetInt(file, "levels", &levels));
  KarCheck(comm, level >= 0 && level < levels, PETSC_ERR_FILE_UNEXPECTED,
           "%s is a cascade: -train_from_level J takes the weights of its level J, 0 to %" PetscInt64_FMT, path,
           levels - 1);
  (void)snprintf(group, sizeof(group), "level%" PetscInt_FMT "/", level);
  PetscCall(KarCheckpointSetGroup(file, group));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserReadWeights(KarDenoiser d, const char path[], PetscInt level)
{
  KarCheckpoint file;
  KarGrid       grid;
  KarGridInfo   info;
  char          kind[64];
  PetscBool     has;

  PetscFunctionBegin;
  PetscCall(KarFFTGetGrid(d->fft, &grid));
  PetscCall(KarGridGetInfo(grid, &info));
  KarDenoiserCheckReady(d, "KarDenoiserReadWeights");
  PetscCall(Open(info.comm, path, &file, kind));
  if (!strncmp(kind, "karhunen cascade", 16)) PetscCall(EnterLevel(info.comm, path, level, file));
  else {
    PetscCall(CheckKind(info.comm, path, kind));
    KarCheck(info.comm, level < 0, PETSC_ERR_FILE_UNEXPECTED, "%s is no cascade: leave out -train_from_level", path);
  }
  PetscCall(KarCheckpointHas(file, amplitude_name, &has));
  const PetscBool but = (PetscBool)(d->local && !has); /* for the amplitude */

  PetscCall(KarNetCheckFile(d->network, file, "", but, path));
  if (but) PetscCall(KarNetLoadWeightsBut(d->network, file, ""));
  else PetscCall(KarNetLoadWeights(d->network, file, ""));
  PetscCall(KarCheckpointDestroy(&file));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* On a grid of n[dim] points; or, n NULL, on 2^octaves times the training grid's, the octave it is of there too. */
static PetscErrorCode Read(MPI_Comm comm, KarCheckpoint file, const char path[], PetscInt dim, const PetscInt n[],
                           PetscInt octaves, KarDenoiser *out)
{
  KarDenoiser d;
  KarGrid     grid;
  KarGridInfo info = {.comm = comm};
  KarFFT      fft;
  PetscBool   has;

  PetscFunctionBegin;
  PetscCall(PetscNew(&d));
  d->references    = 1;
  d->training.comm = comm;
  PetscCall(LoadArchitecture(d, comm, file, &info));
  KarCheck(comm, !n || dim == info.dim, PETSC_ERR_ARG_INCOMP,
           "%s draws fields of %" PetscInt_FMT " dimensions: -grid_n must have as many numbers, not %" PetscInt_FMT,
           path, info.dim, dim);
  for (PetscInt a = 0; a < info.dim; a++) info.n[a] <<= octaves, d->coarse[a] <<= octaves;
  d->training = info;
  d->finer    = octaves;
  PetscCall(KarGridCreate(comm, &grid));
  PetscCall(KarGridSetSizes(grid, info.dim, n ? n : info.n, info.length));
  PetscCall(KarGridSetPlace(grid, d->label.origin, d->label.direction));
  PetscCall(KarGridSetComponents(grid, info.dof));
  PetscCall(KarGridSetBasis(grid, info.basis));
  PetscCall(KarFFTCreate(grid, &fft));
  PetscCall(KarGridDestroy(&grid));
  const PetscInt *coarse = d->coarse[0] ? d->coarse : NULL;

  PetscCall(KarFrameLoad(fft, coarse, file, &d->frame));
  PetscCall(KarCalibrationLoad(fft, file, octaves, &d->calibration));
  PetscCall(KarFFTDestroy(&fft));
  PetscCall(KarNetLoad(comm, file, "", &d->network));
  PetscCall(KarCheckpointHas(file, "decoder/kind", &has));
  if (has) PetscCall(KarImplicitRead(comm, file, "decoder/", &d->decoder));
  PetscCall(KarCheckpointReopen(file, &d->file));
  d->fft = d->frame.fft;
  d->dof = info.dof;
  *out   = d;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserReadPlanes(KarCheckpoint file, PetscInt *planes)
{
  PetscInt64 n = 0;
  PetscBool  has;

  PetscFunctionBegin;
  PetscCall(KarCheckpointHas(file, "grid/n_0", &has));
  if (has) PetscCall(KarCheckpointGetInt(file, "grid/n_0", &n));
  *planes = (PetscInt)n;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserRead(MPI_Comm comm, KarCheckpoint file, const char path[], PetscInt dim, const PetscInt n[],
                               KarDenoiser *denoiser)
{
  PetscFunctionBegin;
  PetscCall(Read(comm, file, path, dim, n, 0, denoiser));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserReadFiner(MPI_Comm comm, KarCheckpoint file, const char path[], PetscInt octaves,
                                    KarDenoiser *denoiser)
{
  PetscBool is;

  PetscFunctionBegin;
  PetscCall(KarCheckpointHas(file, coarse_names[0], &is));
  KarCheck(comm, is, PETSC_ERR_FILE_UNEXPECTED, "%s: its last level is no octave, and none goes on from it", path);
  PetscCall(Read(comm, file, path, 0, NULL, octaves, denoiser));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserLoad(MPI_Comm comm, const char path[], PetscInt dim, const PetscInt n[],
                               KarDenoiser *denoiser)
{
  KarCheckpoint file;
  char          kind[64];

  PetscFunctionBegin;
  PetscCall(Open(comm, path, &file, kind));
  PetscCall(CheckKind(comm, path, kind));
  PetscCall(KarDenoiserRead(comm, file, path, dim, n, denoiser));
  PetscCall(KarCheckpointDestroy(&file));
  PetscFunctionReturn(PETSC_SUCCESS);
}
