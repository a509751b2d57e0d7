/* What commands that write samples share: their file, rounds of one piece of work a group, the end. */
#include "cli.h"

PetscErrorCode KarSetupFields(KarDataset data, KarFieldLabel *label, PetscInt components, const char title[],
                              PetscInt samples)
{
  PetscFunctionBegin;
  if (!KarDatasetMayName(label->variable)) PetscCall(PetscStrncpy(label->variable, "field", sizeof(label->variable)));
  PetscCall(KarDatasetSetTitle(data, title));
  PetscCall(KarDatasetSetSamples(data, samples));
  if (label->length_units[0]) PetscCall(KarDatasetSetUnits(data, label->length_units));
  PetscCall(KarDatasetSetPlace(data, label->origin, label->direction));
  PetscCall(KarDatasetAddVariable(data, label->variable, components, label->units, label->long_name));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSetupRound(MPI_Comm comm, int code, PetscBool *whole)
{
  int wrong[2] = {code, *whole ? 0 : 1};

  PetscFunctionBegin;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, wrong, 2, MPI_INT, MPI_MAX, comm));
  *whole = (PetscBool)!wrong[1];
  PetscFunctionReturn((PetscErrorCode)wrong[0]); /* a group has said why */
}

PetscErrorCode KarSetupRounds(const KarRounds *r, PetscInt *done)
{
  KarProgress progress;
  PetscBool   stop = PETSC_FALSE;

  PetscFunctionBegin;
  PetscCall(KarProgressCreate(r->comm, r->name, r->n, &progress));
  while (*done < r->n && !stop) {
    const PetscInt i     = *done + r->group;
    PetscBool      whole = PETSC_TRUE;
    const int      code  = i < r->n ? (int)r->draw(r->context, r->todo ? r->todo[i] : i, &whole) : 0;

    PetscCall(KarSetupRound(r->comm, code, &whole));
    if (whole) *done = PetscMin(*done + r->groups, r->n);
    PetscCall(KarProgressUpdate(progress, *done, NULL));
    PetscCall(KarStopRequested(r->comm, &stop));
    if (!whole) stop = PETSC_TRUE;
  }
  PetscCall(KarProgressDestroy(&progress));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSetupEnd(MPI_Comm comm, KarDataset *data, const char out[], const char pieces[], PetscInt whole,
                           PetscInt all, PetscErrorCode code)
{
  char text[PETSC_MAX_PATH_LEN + 96];

  PetscFunctionBegin;
  if (!whole) PetscCall(KarDatasetDestroy(data));
  else PetscCall(KarDatasetClose(data));
  if (code && whole)
    PetscCall(
      PetscPrintf(comm, "%s keeps the first %" PetscInt_FMT " of %" PetscInt_FMT " %s\n", out, whole, all, pieces));
  if (code || whole == all) PetscFunctionReturn(PETSC_SUCCESS);
  (void)snprintf(text, sizeof(text),
                 "%s%" PetscInt_FMT " of %" PetscInt_FMT " %s; the same command with -resume goes on",
                 whole ? "the file holds the first " : "no file is written, ", whole, all, pieces);
  PetscCall(KarStopped(comm, text));
  PetscFunctionReturn(PETSC_SUCCESS);
}
