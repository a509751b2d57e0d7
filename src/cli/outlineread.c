/* Outlines of files: points x,y of a table; a sample of a file of curves, which are fields of two components on a line;
   or the zero level of a sample of a file of fields in a plane, such as a signed distance. */
#include "outlines.h"

#include <karhunen/outline.h>

PetscBool kar_outline_is_table(const char path[])
{
  const char *end = strrchr(path, '.');

  return end && (!strcmp(end, ".csv") || !strcmp(end, ".txt")) ? PETSC_TRUE : PETSC_FALSE;
}

static PetscErrorCode ReadTable(MPI_Comm comm, const char path[], PetscInt *n, PetscReal *x[])
{
  static const char *const names[] = {"x", "y"};
  KarTable                 t;

  PetscFunctionBegin;
  PetscCall(KarTableRead(comm, path, 2, names, &t));
  KarCheck(comm, t.column[0] && t.column[1], PETSC_ERR_FILE_UNEXPECTED,
           "%s has no columns x and y: its first line must be the header x,y", path);
  KarCheck(comm, t.rows >= 3, PETSC_ERR_FILE_UNEXPECTED, "%s has %" PetscInt_FMT " points: an outline needs 3", path,
           t.rows);
  PetscCall(PetscMalloc1(2 * t.rows, x));
  for (PetscInt i = 0; i < t.rows; i++) {
    const PetscInt before = i ? i - 1 : t.rows - 1;

    KarCheck(comm, t.column[0][i] != t.column[0][before] || t.column[1][i] != t.column[1][before],
             PETSC_ERR_FILE_UNEXPECTED,
             "%s, line %" PetscInt_FMT ": the point of line %" PetscInt_FMT
             " again: an outline is closed by itself, and no point is twice in a row",
             path, t.line[i], t.line[before]);
    for (int c = 0; c < 2; c++) (*x)[2 * i + c] = t.column[c][i];
  }
  *n = t.rows;
  PetscCall(KarTableDestroy(&t));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The zero level of s[ny][nx], in the file's coordinates; rows that run down are turned. */
static PetscErrorCode ReadLevel(MPI_Comm comm, KarDataset data, const char path[], PetscInt sample, PetscInt n,
                                PetscReal x[])
{
  KarDatasetInfo d;
  PetscReal     *s;
  PetscBool      found;
  char           rows[16] = "";

  PetscFunctionBegin;
  PetscCall(KarDatasetGetInfo(data, &d));
  KarCheck(comm, d.n[0] * d.n[1] <= 1 << 22, PETSC_ERR_USER_INPUT,
           "%s: its fields have %" PetscInt_FMT " x %" PetscInt_FMT
           " points: an outline is read from 2^22 at most; give coarser ones",
           path, d.n[0], d.n[1]);
  PetscCall(PetscMalloc1(d.n[0] * d.n[1], &s));
  PetscCall(KarDatasetReadLocal(data, NULL, sample, 1, s));
  PetscCall(KarOutlineFromLevels(d.n[0], d.n[1], s, n, x, &found));
  KarCheck(comm, found, PETSC_ERR_USER_INPUT,
           "%s: the zero level of sample %" PetscInt_FMT
           " has no closed curve: an outline is where a field changes sign",
           path, sample);
  PetscCall(KarDatasetGetString(data, "rows", sizeof(rows), rows, &found));
  for (PetscInt i = 0; i < n; i++)
    for (int c = 0; c < 2; c++) {
      const PetscInt  axis = 1 - c;
      const PetscReal step = d.step[axis] != 0 ? d.step[axis] : d.length[axis] / (PetscReal)d.n[axis],
                      at   = c && !strcmp(rows, "down") ? (PetscReal)(d.n[0] - 1) - x[2 * i + 1] : x[2 * i + c];

      x[2 * i + c] = d.first[axis] + step * at;
    }
  PetscCall(PetscFree(s));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarOutlineRead(MPI_Comm comm, const char option[], const char path[], PetscInt sample, PetscInt *n,
                              PetscReal *x[], PetscBool *level)
{
  KarDataset     data;
  KarDatasetInfo d;
  KarVariable    v;

  PetscFunctionBegin;
  *level = PETSC_FALSE;
  if (kar_outline_is_table(path)) {
    PetscCall(ReadTable(comm, path, n, x));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KarDatasetOpen(comm, path, &data));
  PetscCall(KarDatasetGetInfo(data, &d));
  PetscCall(KarDatasetGetVariable(data, 0, &v));
  *level = (PetscBool)(d.dim == 2 && v.components == 1);
  KarCheck(comm, *level || (d.dim == 1 && v.components == 2), PETSC_ERR_USER_INPUT,
           "%s %s: its fields have %" PetscInt_FMT " axes and %" PetscInt_FMT
           " components: an outline is a table x,y, a curve of two components, or the zero level of a field in a plane",
           option, path, d.dim, v.components);
  KarCheck(comm, sample < d.samples, PETSC_ERR_USER_INPUT,
           "%s_sample %" PetscInt_FMT ": %s has samples 0 to %" PetscInt_FMT, option, sample, path, d.samples - 1);
  if (!*level) *n = d.n[0];
  PetscCall(PetscMalloc1(2 * *n, x));
  if (*level) PetscCall(ReadLevel(comm, data, path, sample, *n, *x));
  else PetscCall(KarDatasetReadLocal(data, NULL, sample, 1, *x));
  PetscCall(KarDatasetDestroy(&data));
  PetscFunctionReturn(PETSC_SUCCESS);
}
