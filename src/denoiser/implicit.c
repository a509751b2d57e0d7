/* The implicit representation (karhunen/implicit.h): its life, and its file. */
#include "implicitimpl.h"

#include <petscblaslapack.h>
#include <string.h>

#define KIND "karhunen implicit representation 1"

PetscErrorCode KarImplicitCreate(const KarGridInfo *grid, const PetscReal mean[], PetscReal sigma, KarImplicit *out)
{
  KarImplicit f;

  PetscFunctionBegin;
  KarCheck(grid->comm, sigma > 0, PETSC_ERR_ARG_WRONG, "the fields do not vary: there is nothing to represent");
  PetscCall(PetscNew(&f));
  f->comm  = grid->comm;
  f->g     = *grid;
  f->sigma = sigma;
  PetscCall(PetscMalloc1(grid->dof, &f->mean));
  PetscCall(PetscArraycpy(f->mean, mean, grid->dof));
  PetscCall(KarNetCreateINR(f->comm, &f->net));
  *out = f;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarImplicitSetFromOptions(KarImplicit f, const char prefix[])
{
  PetscFunctionBegin;
  PetscCall(KarINRSetFromOptions(f->net, prefix));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Half of the wave numbers q with 0 < |q| <= most: one of q and -q. */
static PetscErrorCode Waves(KarImplicit f, PetscInt most)
{
  const PetscInt edge = 2 * most + 1, zero = (edge * edge * edge - 1) / 2;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(zero, &f->wave));
  for (PetscInt i = zero + 1; i < edge * edge * edge; i++) {
    const PetscInt q[3] = {i / edge / edge - most, i / edge % edge - most, i % edge - most};

    for (PetscInt a = 0; a < f->g.dim; a++) f->wave[f->G / 2][a] = q[3 - f->g.dim + a];
    if (q[0] * q[0] + q[1] * q[1] + q[2] * q[2] > most * most) continue;
    if ((f->g.dim < 3 && q[0]) || (f->g.dim < 2 && q[1])) continue;
    f->G += 2;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarImplicitSetUp(KarImplicit f)
{
  PetscInt cell, numbers;

  PetscFunctionBegin;
  if (f->ready) PetscFunctionReturn(PETSC_SUCCESS);
  cell      = kar_inr_number(f->net, "cell");
  f->c      = kar_inr_number(f->net, "latents");
  f->K      = kar_inr_number(f->net, "steps");
  f->degree = kar_inr_number(f->net, "spline");
  f->all    = 1;
  for (PetscInt a = 0; a < 3; a++) {
    f->cells[a] = a < f->g.dim ? f->g.n[a] / cell : 1;
    KarCheck(f->comm, a >= f->g.dim || f->g.n[a] % cell == 0, PETSC_ERR_USER_INPUT,
             "-inr_cell %" PetscInt_FMT ": %" PetscInt_FMT " points along an axis are not a whole number of cells",
             cell, f->g.n[a]);
    KarCheck(f->comm, a >= f->g.dim || f->cells[a] > f->degree, PETSC_ERR_USER_INPUT,
             "-inr_cell %" PetscInt_FMT ": %" PetscInt_FMT " cells along an axis, splines of degree %" PetscInt_FMT
             " need one more than that at least: take smaller cells",
             cell, f->cells[a], f->degree);
    f->all *= f->cells[a];
  }
  PetscCall(Waves(f, kar_inr_number(f->net, "waves")));
  PetscCall(KarNetSetChannels(f->net, f->c, f->G, f->g.dof));
  PetscCall(KarNetSetUp(f->net));
  numbers = f->all * f->c;
  PetscCall(PetscMalloc5((f->K + 1) * numbers, &f->z, (f->K + 1) * numbers, &f->dz, numbers, &f->p, numbers, &f->v,
                         numbers, &f->w));
  PetscCall(PetscMalloc1(f->c * f->c, &f->root));
  f->ready = PETSC_TRUE;
  PetscCall(KarImplicitSetScale(f, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarImplicitDestroy(KarImplicit *implicit)
{
  KarImplicit f = *implicit;

  PetscFunctionBegin;
  if (!f) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarNetDestroy(&f->net));
  if (f->ready) PetscCall(PetscFree5(f->z, f->dz, f->p, f->v, f->w));
  PetscCall(PetscFree4(f->x, f->y, f->dy, f->dx));
  PetscCall(PetscFree(f->wave));
  PetscCall(PetscFree(f->root));
  PetscCall(PetscFree(f->mean));
  PetscCall(PetscFree(*implicit));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Files ------------------------------------------------------------ */
#define NUMBERS 5
static const char *const number_names[NUMBERS] = {"box/dim", "box/components", "box/n_0", "box/n_1", "box/n_2"};
static PetscInt         *number(KarGridInfo *g, int i)
{
  return i == 0 ? &g->dim : i == 1 ? &g->dof : &g->n[i - 2];
}

#define WORDS 4
static const char *const word_names[WORDS] = {"field/variable", "field/units", "field/long_name", "field/length_units"};
static char             *word(KarFieldLabel *l, int i, size_t *size)
{
  char *const  text[WORDS]  = {l->variable, l->units, l->long_name, l->length_units};
  const size_t sizes[WORDS] = {sizeof(l->variable), sizeof(l->units), sizeof(l->long_name), sizeof(l->length_units)};

  *size = sizes[i];
  return text[i];
}

/* The name in its group; a buffer of the caller's. */
static const char *in(const char group[], const char name[], char to[128])
{
  (void)snprintf(to, 128, "%s%s", group, name);
  return to;
}

PetscErrorCode KarImplicitSave(KarImplicit f, KarCheckpoint file, const char group[], const float weights[])
{
  const PetscInt three = 3;
  char           at[128];
  size_t         size;

  PetscFunctionBegin;
  PetscCall(KarCheckpointPutString(file, in(group, "kind", at), KIND));
  for (int i = 0; i < NUMBERS; i++)
    PetscCall(KarCheckpointPutInt(file, in(group, number_names[i], at), *number(&f->g, i)));
  for (int i = 0; i < WORDS; i++)
    PetscCall(KarCheckpointPutString(file, in(group, word_names[i], at), word(&f->label, i, &size)));
  PetscCall(KarCheckpointPutString(file, in(group, "box/basis", at), KarBases[f->g.basis]));
  PetscCall(KarCheckpointPutReals(file, in(group, "box/lengths", at), 1, &three, f->g.length));
  PetscCall(KarCheckpointPutReals(file, in(group, "field/origin", at), 1, &three, f->label.origin));
  PetscCall(KarCheckpointPutReals(file, in(group, "field/direction", at), 1, &three, f->label.direction));
  PetscCall(KarCheckpointPutReals(file, in(group, "field/mean", at), 1, &f->g.dof, f->mean));
  PetscCall(KarCheckpointPutReal(file, in(group, "field/deviation", at), f->sigma));
  PetscCall(KarCheckpointPutReals(file, in(group, "latents/root", at), 2, (PetscInt[]){f->c, f->c}, f->root));
  PetscCall(KarNetSave(f->net, file, group, weights));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarImplicitRead(MPI_Comm comm, KarCheckpoint file, const char group[], KarImplicit *out)
{
  KarGridInfo   g = {.comm = comm};
  KarFieldLabel label;
  char          at[128], basis[16];
  PetscReal    *mean, sigma;
  size_t        size;

  PetscFunctionBegin;
  for (int i = 0; i < NUMBERS; i++) {
    PetscInt64 value;

    PetscCall(KarCheckpointGetInt(file, in(group, number_names[i], at), &value));
    *number(&g, i) = (PetscInt)value;
  }
  for (int i = 0; i < WORDS; i++) {
    char *to = word(&label, i, &size);

    PetscCall(KarCheckpointGetString(file, in(group, word_names[i], at), size, to));
  }
  PetscCall(KarCheckpointGetString(file, in(group, "box/basis", at), sizeof(basis), basis));
  g.basis = strcmp(basis, KarBases[KAR_BASIS_COSINE]) ? KAR_BASIS_PERIODIC : KAR_BASIS_COSINE;
  PetscCall(KarCheckpointGetReals(file, in(group, "box/lengths", at), 3, g.length));
  PetscCall(KarCheckpointGetReals(file, in(group, "field/origin", at), 3, label.origin));
  PetscCall(KarCheckpointGetReals(file, in(group, "field/direction", at), 3, label.direction));
  PetscCall(KarCheckpointGetReal(file, in(group, "field/deviation", at), &sigma));
  PetscCall(PetscMalloc1(g.dof, &mean));
  PetscCall(KarCheckpointGetReals(file, in(group, "field/mean", at), g.dof, mean));
  PetscCall(KarImplicitCreate(&g, mean, sigma, out));
  PetscCall(PetscFree(mean));
  (*out)->label         = label;
  (*out)->label.rows[0] = 0;
  PetscCall(KarINRLoad((*out)->net, file, group));
  PetscCall(KarImplicitSetUp(*out));
  PetscCall(KarCheckpointGetReals(file, in(group, "latents/root", at), (*out)->c * (*out)->c, (*out)->root));
  PetscCall(KarNetLoadWeights((*out)->net, file, group));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Has(MPI_Comm comm, const char path[], const char name[], PetscBool *is)
{
  char          kind[64] = "";
  KarFileState  state;
  KarCheckpoint file;

  PetscFunctionBegin;
  *is = PETSC_FALSE;
  PetscCall(KarFileCheck(comm, path, &state));
  if (state != KAR_FILE_SOUND && state != KAR_FILE_UNSEALED) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarCheckpointOpen(comm, path, &file));
  PetscCall(KarCheckpointHas(file, name, is));
  if (*is) PetscCall(KarCheckpointGetString(file, name, sizeof(kind), kind));
  PetscCall(KarCheckpointDestroy(&file));
  *is = (PetscBool)!strcmp(kind, KIND);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarImplicitIs(MPI_Comm comm, const char path[], PetscBool *is)
{
  PetscFunctionBegin;
  PetscCall(Has(comm, path, "kind", is));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDecoderIs(MPI_Comm comm, const char path[], PetscBool *is)
{
  PetscFunctionBegin;
  PetscCall(Has(comm, path, "decoder/kind", is));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarImplicitLoad(MPI_Comm comm, const char path[], KarImplicit *out)
{
  KarCheckpoint file;
  PetscBool     is;

  PetscFunctionBegin;
  PetscCall(KarImplicitIs(comm, path, &is));
  KarCheck(comm, is, PETSC_ERR_FILE_UNEXPECTED,
           "%s is not an implicit representation: karhunen train -train_objective inr makes one", path);
  PetscCall(KarCheckpointOpen(comm, path, &file));
  PetscCall(KarImplicitRead(comm, file, "", out));
  PetscCall(KarCheckpointDestroy(&file));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- What it is ------------------------------------------------------------ */
PetscErrorCode KarImplicitView(KarImplicit f, PetscViewer viewer)
{
  PetscFunctionBegin;
  PetscCall(KarImplicitSetUp(f));
  PetscCall(PetscViewerASCIIPrintf(viewer,
                                   "implicit representation: %" PetscInt_FMT " x %" PetscInt_FMT " x %" PetscInt_FMT
                                   " cells of %" PetscInt_FMT " numbers, for fields of %" PetscInt_FMT
                                   " x %" PetscInt_FMT " x %" PetscInt_FMT " points\n",
                                   f->cells[0], f->cells[1], f->cells[2], f->c, f->g.n[0], f->g.n[1], f->g.n[2]));
  PetscCall(KarNetView(f->net, viewer));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarImplicitGetNet(KarImplicit f, KarNet *net)
{
  PetscFunctionBegin;
  *net = f->net;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarImplicitGetGrid(KarImplicit f, KarGridInfo *grid)
{
  PetscFunctionBegin;
  *grid = f->g;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarImplicitGetLabel(KarImplicit f, KarFieldLabel *label)
{
  PetscFunctionBegin;
  *label = f->label;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarImplicitSetLabel(KarImplicit f, const KarFieldLabel *label)
{
  PetscFunctionBegin;
  f->label = *label;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarImplicitGetCells(KarImplicit f, PetscInt n[3], PetscInt *latents)
{
  PetscFunctionBegin;
  PetscCall(PetscArraycpy(n, f->cells, 3));
  *latents = f->c;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarImplicitSetScale(KarImplicit f, const PetscReal cov[])
{
  const PetscBLASInt n = (PetscBLASInt)f->c;
  PetscBLASInt       wrong;

  PetscFunctionBegin;
  PetscCall(PetscArrayzero(f->root, f->c * f->c));
  for (PetscInt i = 0; i < f->c && !cov; i++) f->root[i * f->c + i] = 1;
  if (!cov) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscArraycpy(f->root, cov, f->c * f->c));
  LAPACKpotrf_("U", &n, f->root, &n, &wrong); /* of the transpose: rows are columns there */
  KarCheck(f->comm, !wrong, PETSC_ERR_USER_INPUT,
           "a latent of the %" PetscInt_FMT " of a cell does not vary by itself: fewer, -inr_latents, hold as much",
           f->c);
  for (PetscInt i = 0; i < f->c; i++)
    for (PetscInt j = i + 1; j < f->c; j++) f->root[i * f->c + j] = 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserSetDecoder(KarDenoiser d, KarImplicit decoder)
{
  PetscFunctionBegin;
  PetscCall(KarImplicitDestroy(&d->decoder));
  d->decoder = decoder;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserGetDecoder(KarDenoiser d, KarImplicit *decoder)
{
  PetscFunctionBegin;
  *decoder = d->decoder;
  PetscFunctionReturn(PETSC_SUCCESS);
}
