/* The passage between the coordinates of a field and the kept modes of a flow: a scatter, and sqrt(weight) of each
   mode, which is a coordinate over a coefficient. */
#include "flowimpl.h"

struct _p_KarPassage {
  KarKept    kept;   /* shared */
  VecScatter keep;   /* coordinates to kept modes */
  PetscReal *weight; /* coordinates over coefficients [modes] */
};

PetscErrorCode KarPassageKeep(KarPassage s, Vec x, Vec kept)
{
  PetscScalar *a;

  PetscFunctionBegin;
  PetscCall(VecScatterBegin(s->keep, x, kept, INSERT_VALUES, SCATTER_FORWARD));
  PetscCall(VecScatterEnd(s->keep, x, kept, INSERT_VALUES, SCATTER_FORWARD));
  PetscCall(VecGetArray(kept, &a));
  for (PetscInt c = 0; c < s->kept->numbers; c++)
    for (PetscInt i = 0; i < s->kept->modes; i++)
      a[c * s->kept->modes + i] *= s->kept->k2[i] > 0 ? 1 / s->weight[i] : 0;
  PetscCall(VecRestoreArray(kept, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPassageGiveBack(KarPassage s, Vec kept, Vec x)
{
  PetscScalar *a;

  PetscFunctionBegin;
  PetscCall(VecGetArray(kept, &a));
  for (PetscInt c = 0; c < s->kept->numbers; c++)
    for (PetscInt i = 0; i < s->kept->modes; i++) a[c * s->kept->modes + i] *= s->weight[i];
  PetscCall(VecRestoreArray(kept, &a));
  PetscCall(VecSet(x, 0));
  PetscCall(VecScatterBegin(s->keep, kept, x, INSERT_VALUES, SCATTER_REVERSE));
  PetscCall(VecScatterEnd(s->keep, kept, x, INSERT_VALUES, SCATTER_REVERSE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Every rank names, of the coordinates it holds, those of kept modes, and where these go. */
static PetscErrorCode SetUpScatter(KarPassage s, KarFFT fft, const KarModes *m, Vec w)
{
  const PetscInt numbers = s->kept->numbers, most = m->rows * m->length * numbers;
  PetscInt       first, count                     = 0, *from, *to, *starts, *many;
  KarMode        mode;
  IS             in, out;
  Vec            x;

  PetscFunctionBegin;
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(VecGetOwnershipRange(x, &first, NULL));
  PetscCall(PetscMalloc4(most, &from, most, &to, s->kept->ranks, &starts, s->kept->ranks, &many));
  PetscCall(VecGetOwnershipRange(w, &starts[s->kept->rank], NULL));
  PetscCallMPI(MPI_Allgather(MPI_IN_PLACE, 1, MPIU_INT, starts, 1, MPIU_INT, s->kept->comm));
  PetscCallMPI(MPI_Allgather(&s->kept->modes, 1, MPIU_INT, many, 1, MPIU_INT, s->kept->comm));
  for (PetscInt r = 0; r < m->rows; r++)
    for (PetscInt j = 0; j < m->length; j++) {
      PetscInt  index[3], at;
      PetscBool kept = PETSC_TRUE;
      int       rank;

      kar_mode(m, r, j, &mode);
      for (int a = 0; a < 3; a++) index[a] = mode.sign * mode.index[a];
      for (PetscInt a = 0; a < m->dim; a++)
        if (3 * PetscAbsInt(index[a]) > m->n[a]) kept = PETSC_FALSE;
      if (!kept) continue;
      s->kept->find(s->kept, index, &rank, &at);
      for (PetscInt c = 0; c < numbers; c++, count++)
        from[count] = first + mode.offset + c, to[count] = starts[rank] + c * many[rank] + at;
    }
  PetscCall(ISCreateGeneral(s->kept->comm, count, from, PETSC_COPY_VALUES, &in));
  PetscCall(ISCreateGeneral(s->kept->comm, count, to, PETSC_COPY_VALUES, &out));
  PetscCall(VecScatterCreate(x, in, w, out, &s->keep));
  PetscCall(ISDestroy(&in));
  PetscCall(ISDestroy(&out));
  PetscCall(VecDestroy(&x));
  PetscCall(PetscFree4(from, to, starts, many));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* sqrt(weight) of each kept mode, by way of the scatter. */
static PetscErrorCode SetUpWeights(KarPassage s, KarFFT fft, const KarModes *m, Vec w)
{
  KarMode            mode;
  Vec                x;
  PetscScalar       *a;
  const PetscScalar *b;

  PetscFunctionBegin;
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(VecGetArray(x, &a));
  for (PetscInt r = 0; r < m->rows; r++)
    for (PetscInt j = 0; j < m->length; j++) {
      kar_mode(m, r, j, &mode);
      a[mode.offset] = PetscSqrtReal(mode.weight);
    }
  PetscCall(VecRestoreArray(x, &a));
  PetscCall(VecScatterBegin(s->keep, x, w, INSERT_VALUES, SCATTER_FORWARD));
  PetscCall(VecScatterEnd(s->keep, x, w, INSERT_VALUES, SCATTER_FORWARD));
  PetscCall(VecGetArrayRead(w, &b));
  PetscCall(PetscArraycpy(s->weight, b, s->kept->modes));
  PetscCall(VecRestoreArrayRead(w, &b));
  PetscCall(VecDestroy(&x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarPassageCreate(KarFFT fft, KarKept kept, Vec w, KarPassage *out)
{
  KarPassage      s;
  const KarModes *m;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(PetscNew(&s));
  s->kept = kept;
  PetscCall(PetscMalloc1(kept->modes, &s->weight));
  PetscCall(SetUpScatter(s, fft, m, w));
  PetscCall(SetUpWeights(s, fft, m, w));
  *out = s;
  PetscFunctionReturn(PETSC_SUCCESS);
}

const PetscReal *kar_passage_weight(KarPassage s)
{
  return s->weight;
}

PetscErrorCode KarPassageDestroy(KarPassage *passage)
{
  PetscFunctionBegin;
  if (!*passage) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(VecScatterDestroy(&(*passage)->keep));
  PetscCall(PetscFree((*passage)->weight));
  PetscCall(PetscFree(*passage));
  PetscFunctionReturn(PETSC_SUCCESS);
}
