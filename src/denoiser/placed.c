/* The denoiser of values at places (karhunen/placed.h): life of the model, and its file. */
#include "placedimpl.h"
#include <karhunen/place.h>

#include <string.h>

#define KIND "karhunen places 1"

static PetscErrorCode New(KarCov data, PetscReal nugget, const PetscReal mean[], KarPlaced *out)
{
  PetscReal trace;
  KarFFT    fft;
  KarGrid   grid;
  KarPlaced p;

  PetscFunctionBegin;
  PetscCall(PetscNew(&p));
  PetscCall(KarCovReference(data));
  PetscCall(KarCovSetUp(data));
  PetscCall(KarCovGetFFT(data, &fft));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &p->g));
  PetscCall(KarCovGetTrace(data, &trace));
  p->comm   = p->g.comm;
  p->data   = data;
  p->nugget = nugget;
  p->sigma  = PetscSqrtReal(trace / (PetscReal)p->g.dof + nugget);
  KarCheck(p->comm, p->sigma > 0, PETSC_ERR_ARG_WRONG, "the data do not vary: there is nothing to learn");
  PetscCall(PetscMalloc1(p->g.dof, &p->mean));
  PetscCall(PetscArraycpy(p->mean, mean, p->g.dof));
  *out = p;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPlacedCreate(KarCov data, PetscReal nugget, const PetscReal mean[], KarPlaced *out)
{
  KarPlaced p;

  PetscFunctionBegin;
  PetscCall(New(data, nugget, mean, &p));
  PetscCall(KarSDECreate(data, &p->sde));
  PetscCall(KarNetCreate(p->comm, &p->net));
  PetscCall(KarNetSetType(p->net, KARNETTRANSFORMER));
  PetscCall(KarNetSetChannels(p->net, kar_placed_channels(p->g.dof), 0, p->g.dof));
  PetscCall(KarNetSetScalars(p->net, 2));
  *out = p;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPlacedSetFromOptions(KarPlaced p, const char prefix[])
{
  PetscBool  scalar;
  KarNetType type;

  PetscFunctionBegin;
  PetscCall(KarNetSetOptionsPrefix(p->net, prefix));
  PetscCall(KarNetSetFromOptions(p->net));
  PetscCall(KarNetGetType(p->net, &type));
  KarCheck(p->comm, !strcmp(type, KARNETTRANSFORMER), PETSC_ERR_USER_INPUT,
           "-net_type %s: a network of values at places is a transformer", type);
  if (p->file) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarSDESetOptionsPrefix(p->sde, prefix));
  PetscCall(KarSDESetFromOptions(p->sde));
  PetscCall(KarSDESetUp(p->sde));
  PetscCall(KarSDEIsScalar(p->sde, &scalar));
  KarCheck(p->comm, scalar, PETSC_ERR_USER_INPUT,
           "-sde_type: a process that tells modes apart has none at places; use vp, ve or flow");
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPlacedDestroy(KarPlaced *model)
{
  KarPlaced p = *model;

  PetscFunctionBegin;
  if (!p) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarCheckpointDestroy(&p->file));
  PetscCall(KarNetDestroy(&p->net));
  PetscCall(KarSDEDestroy(&p->sde));
  PetscCall(KarCovDestroy(&p->data));
  PetscCall(PetscFree(p->mean));
  PetscCall(PetscFree(p->x));
  PetscCall(PetscFree(p->y));
  PetscCall(PetscFree(p->dy));
  PetscCall(PetscFree(p->scalars));
  PetscCall(PetscFree(*model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Files ------------------------------------------------------------ */
typedef struct {
  const char *name;
  PetscInt   *value;
} Number;
#define NUMBERS(p)                                                                                                     \
  {                                                                                                                    \
    {"architecture/dim", &(p)->g.dim}, {"architecture/components", &(p)->g.dof}, {"grid/n_0", &(p)->g.n[0]},           \
      {"grid/n_1", &(p)->g.n[1]}, {"grid/n_2", &(p)->g.n[2]}, {"places/fewest", &(p)->says.fewest},                    \
      {"places/most", &(p)->says.most},                                                                                \
  }

typedef struct {
  const char *name;
  char       *text;
  size_t      size;
} Word;
#define WORDS(label)                                                                                                   \
  {                                                                                                                    \
    {"field/variable", (label)->variable, sizeof((label)->variable)},                                                  \
      {"field/units", (label)->units, sizeof((label)->units)},                                                         \
      {"field/long_name", (label)->long_name, sizeof((label)->long_name)},                                             \
      {"field/length_units", (label)->length_units, sizeof((label)->length_units)},                                    \
  }

PetscErrorCode KarPlacedSave(KarPlaced p, KarCheckpoint file, const float weights[])
{
  const PetscInt three     = 3;
  const Number   numbers[] = NUMBERS(p);
  const Word     words[]   = WORDS(&p->says.label);

  PetscFunctionBegin;
  PetscCall(KarCheckpointPutString(file, "kind", KIND));
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(numbers); i++)
    PetscCall(KarCheckpointPutInt(file, numbers[i].name, *numbers[i].value));
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(words); i++)
    PetscCall(KarCheckpointPutString(file, words[i].name, words[i].text));
  PetscCall(KarCheckpointPutReals(file, "grid/lengths", 1, &three, p->g.length));
  PetscCall(KarCheckpointPutReals(file, "field/origin", 1, &three, p->says.label.origin));
  PetscCall(KarCheckpointPutReals(file, "field/direction", 1, &three, p->says.label.direction));
  PetscCall(KarCheckpointPutString(file, "grid/basis", KarBases[p->g.basis]));
  PetscCall(KarCheckpointPutReals(file, "field/mean", 1, &p->g.dof, p->mean));
  PetscCall(KarCheckpointPutReal(file, "places/nugget", p->nugget));
  PetscCall(KarCovSave(p->data, file, "data"));
  PetscCall(KarSDESave(p->sde, file, "sde"));
  PetscCall(KarNetSave(p->net, file, "", weights));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPlacedIs(MPI_Comm comm, const char path[], PetscBool *is)
{
  char          kind[64] = "";
  KarFileState  state;
  KarCheckpoint file;
  PetscBool     has;

  PetscFunctionBegin;
  *is = PETSC_FALSE;
  PetscCall(KarFileCheck(comm, path, &state));
  if (state != KAR_FILE_SOUND && state != KAR_FILE_UNSEALED) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarCheckpointOpen(comm, path, &file));
  PetscCall(KarCheckpointHas(file, "kind", &has));
  if (has) PetscCall(KarCheckpointGetString(file, "kind", sizeof(kind), kind));
  PetscCall(KarCheckpointDestroy(&file));
  *is = (PetscBool)!strcmp(kind, KIND);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The box of the file, and the model's covariance on it. */
static PetscErrorCode LoadCovariance(MPI_Comm comm, KarCheckpoint file, KarPlaced to, KarCov *data)
{
  const Number numbers[] = NUMBERS(to);
  const Word   words[]   = WORDS(&to->says.label);
  char         basis[16];
  KarFFT       fft;
  KarGrid      grid;

  PetscFunctionBegin;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(numbers); i++) {
    PetscInt64 value;

    PetscCall(KarCheckpointGetInt(file, numbers[i].name, &value));
    *numbers[i].value = (PetscInt)value;
  }
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(words); i++)
    PetscCall(KarCheckpointGetString(file, words[i].name, words[i].size, words[i].text));
  PetscCall(KarCheckpointGetReals(file, "grid/lengths", 3, to->g.length));
  PetscCall(KarCheckpointGetReals(file, "field/origin", 3, to->says.label.origin));
  PetscCall(KarCheckpointGetReals(file, "field/direction", 3, to->says.label.direction));
  PetscCall(KarCheckpointGetString(file, "grid/basis", sizeof(basis), basis));
  PetscCall(KarGridCreate(comm, &grid));
  PetscCall(KarGridSetSizes(grid, to->g.dim, to->g.n, to->g.length));
  PetscCall(KarGridSetPlace(grid, to->says.label.origin, to->says.label.direction));
  PetscCall(KarGridSetComponents(grid, to->g.dof));
  PetscCall(KarGridSetBasis(grid, strcmp(basis, KarBases[KAR_BASIS_COSINE]) ? KAR_BASIS_PERIODIC : KAR_BASIS_COSINE));
  PetscCall(KarFFTCreate(grid, &fft));
  PetscCall(KarGridDestroy(&grid));
  PetscCall(KarCovLoad(fft, file, "data", data));
  PetscCall(KarFFTDestroy(&fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPlacedLoad(MPI_Comm comm, const char path[], KarPlaced *out)
{
  struct _p_KarPlaced read = {.comm = comm};
  PetscReal           nugget, *mean;
  PetscBool           is;
  KarCov              data;
  KarCheckpoint       file;

  PetscFunctionBegin;
  PetscCall(KarPlacedIs(comm, path, &is));
  KarCheck(comm, is, PETSC_ERR_FILE_UNEXPECTED,
           "%s is not a model of values at places: karhunen train -train_points makes one", path);
  PetscCall(KarCheckpointOpen(comm, path, &file));
  PetscCall(LoadCovariance(comm, file, &read, &data));
  PetscCall(PetscMalloc1(read.g.dof, &mean));
  PetscCall(KarCheckpointGetReals(file, "field/mean", read.g.dof, mean));
  PetscCall(KarCheckpointGetReal(file, "places/nugget", &nugget));
  PetscCall(New(data, nugget, mean, out));
  (*out)->says = read.says;
  PetscCall(PetscFree(mean));
  PetscCall(KarSDELoad(data, file, "sde", &(*out)->sde));
  PetscCall(KarCovDestroy(&data));
  PetscCall(KarNetLoad(comm, file, "", &(*out)->net));
  (*out)->file = file;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- What it is ------------------------------------------------------------ */
PetscErrorCode KarPlacedGetNet(KarPlaced p, KarNet *net)
{
  PetscFunctionBegin;
  *net = p->net;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPlacedGetCovariance(KarPlaced p, KarCov *data, PetscReal *nugget)
{
  PetscFunctionBegin;
  *data   = p->data;
  *nugget = p->nugget;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPlacedGetMean(KarPlaced p, const PetscReal *mean[])
{
  PetscFunctionBegin;
  *mean = p->mean;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPlacedGetSays(KarPlaced p, KarPlacedSays *says)
{
  PetscFunctionBegin;
  *says = p->says;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPlacedSetSays(KarPlaced p, const KarPlacedSays *says)
{
  PetscFunctionBegin;
  p->says = *says;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPlacedView(KarPlaced p, PetscViewer viewer)
{
  PetscFunctionBegin;
  PetscCall(PetscViewerASCIIPrintf(viewer,
                                   "denoiser of values at places; trained with %" PetscInt_FMT " to %" PetscInt_FMT
                                   " of them; noise of a value %.3g of its deviation\n",
                                   p->says.fewest, p->says.most, (double)(PetscSqrtReal(p->nugget) / p->sigma)));
  if (p->ready) PetscCall(KarNetView(p->net, viewer));
  PetscCall(PetscViewerASCIIPrintf(viewer, "data "));
  PetscCall(KarCovView(p->data, viewer));
  PetscCall(KarSDEView(p->sde, viewer));
  PetscFunctionReturn(PETSC_SUCCESS);
}
