/* Draws that start near the fields of a file: -near FILE -near_noise S. */
#include "filefields.h"

#define LEVELS 32

struct _p_NearFields {
  FileFields  file;
  PetscInt    levels;
  PetscReal   noise;
  TS          ts[LEVELS];   /* of each level of a cascade, or the one; borrowed */
  KarResample pass[LEVELS]; /* from the file's grid to that of the level */
  Vec         x[LEVELS];    /* coordinates there */
};

/* Level j: where its draws start from. */
static PetscErrorCode AddLevel(MPI_Comm comm, NearFields c, const char path[], const char variable[],
                               const KarGridInfo *file, KarScore score, TS ts)
{
  const PetscInt j = c->levels++;
  KarFFT         fft;
  KarGrid        grid;
  KarGridInfo    info;

  PetscFunctionBegin;
  PetscCall(KarScoreGetFFT(score, &fft));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &info));
  PetscCall(KarSetupCheckKind(comm, path, file, &info, variable, "the model"));
  for (PetscInt a = 0; a < info.dim; a++)
    KarCheck(comm, info.n[a] <= file->n[a], PETSC_ERR_USER_INPUT,
             "-near %s: it has %" PetscInt_FMT " points along axis %" PetscInt_FMT
             ", fewer than the draws' %" PetscInt_FMT ": draw with -grid_n no finer than it",
             path, file->n[a], a, info.n[a]);
  c->ts[j] = ts;
  PetscCall(KarResampleCreate(c->file.from, fft, &c->pass[j]));
  PetscCall(KarFFTCreateCoordinates(fft, &c->x[j]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* path "" without -near. */
static PetscErrorCode ReadOptions(size_t size, char path[], KarReadOptions *reading, NearFields c)
{
  PetscFunctionBegin;
  PetscCall(
    KarOptionsString(NULL, "near", "fields of a file that the draws start near, in place of noise alone", size, path));
  if (!path[0] && !KarOptionsHelping()) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarOptionsReal(NULL, "near_noise",
                           "noise over signal, s/a, that a field of -near is taken to: the more, the farther from it",
                           1e-3, 1e3, &c->noise));
  PetscCall(KarOptionsInt(NULL, "near_draws", "fields drawn near each of -near", 1, PETSC_MAX_INT, &c->file.each));
  PetscCall(KarReadOptionsRead("near_", reading));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode NearFieldsCreate(MPI_Comm comm, MPI_Comm one, KarCascade cascade, KarScore score, TS ts, PetscInt last,
                                NearFields *out)
{
  char           path[PETSC_MAX_PATH_LEN] = "";
  PetscInt       levels                   = 1;
  KarReadOptions reading;
  KarVariable    what;
  KarDenoiser    denoiser;
  KarGridInfo    info;
  NearFields     c;

  PetscFunctionBegin;
  PetscCall(PetscNew(&c));
  c->file.each = 1, c->noise = 1;
  PetscCall(ReadOptions(sizeof(path), path, &reading, c));
  if (!path[0]) {
    PetscCall(PetscFree(c));
    *out = NULL;
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(FileFieldsOpen(comm, one, score, "near", path, &reading, last, &c->file, &what, &info));
  PetscCall(KarScoreGetDenoiser(score, &denoiser));
  KarCheck(comm, denoiser, PETSC_ERR_USER_INPUT,
           "-near %s: draws of a trained model start near a field: give -model FILE", path);
  if (cascade) PetscCall(KarCascadeGetSize(cascade, &levels));
  for (PetscInt j = 0; j < levels; j++) {
    if (cascade) PetscCall(KarCascadeGetLevel(cascade, j, &score, &ts));
    PetscCall(AddLevel(comm, c, path, what.name, &info, score, ts));
  }
  *out = c;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode NearFieldsSet(NearFields c, PetscInt sample)
{
  PetscBool fresh;

  PetscFunctionBegin;
  if (!c) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(FileFieldsRead(&c->file, sample, &fresh));
  for (PetscInt j = 0; j < c->levels && fresh; j++) {
    PetscCall(KarResampleApply(c->pass[j], c->file.y, c->x[j]));
    PetscCall(KarSamplerSetNear(c->ts[j], c->noise, c->x[j]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode NearFieldsDestroy(NearFields *out)
{
  NearFields c = *out;

  PetscFunctionBegin;
  if (!c) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(FileFieldsClose(&c->file));
  for (PetscInt j = 0; j < c->levels; j++) {
    PetscCall(KarResampleDestroy(&c->pass[j]));
    PetscCall(VecDestroy(&c->x[j]));
  }
  PetscCall(PetscFree(*out));
  PetscFunctionReturn(PETSC_SUCCESS);
}
