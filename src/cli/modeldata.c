/* Fields of a file that are taken for a model's: which variable of the file they are, and whether they can be. */
#include "cli.h"

#include <karhunen/derived.h>

static const char *Last(const char name[])
{
  const char *slash = strrchr(name, '/');

  return slash ? slash + 1 : name;
}

/* A name that no file may have is `field` in the files of a model's draws (KarSetupFields). */
static PetscBool IsModels(const KarFieldLabel *label, const KarVariable *v)
{
  const char *mine = KarDatasetMayName(label->variable) ? Last(label->variable) : "field";

  return (PetscBool)!strcmp(mine, v->label);
}

/* Does the second follow from the first, as a phase from its cosine and sine? */
static PetscBool Follows(const char from[], const char name[])
{
  const KarDerived *d;

  for (PetscInt components = 1; components <= 16; components++)
    for (PetscInt i = 0; (d = kar_derived(Last(from), components, i)); i++)
      if (!strcmp(d->name, Last(name))) return PETSC_TRUE;
  return PETSC_FALSE;
}

PetscBool KarSetupSaysUnits(const char units[])
{
  return (PetscBool)(units[0] && strcmp(units, "1") != 0);
}

/* The number of the model's variable in the file, below 0: not there; names: those that are. */
static PetscErrorCode Seek(KarDataset data, const KarFieldLabel *label, PetscInt *number, size_t size, char names[])
{
  KarDatasetInfo info;
  KarVariable    v;
  size_t         used = 0;

  PetscFunctionBegin;
  PetscCall(KarDatasetGetInfo(data, &info));
  *number = label->variable[0] && info.variables > 1 ? -1 : 0; /* a model that does not say takes the first */
  for (PetscInt i = 0; i < info.variables; i++) {
    PetscCall(KarDatasetGetVariable(data, i, &v));
    if (*number < 0 && IsModels(label, &v)) *number = i;
    if (used < size) used += (size_t)snprintf(names + used, size - used, "%s%s", i ? ", " : "", v.name);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Is this one the model's quantity, by what both say? */
static PetscErrorCode Check(MPI_Comm comm, const char option[], const char path[], const KarFieldLabel *label,
                            const KarVariable *v)
{
  const PetscBool follows = Follows(label->variable, v->label);

  PetscFunctionBegin;
  KarCheck(comm, !follows && !Follows(v->label, label->variable), PETSC_ERR_USER_INPUT,
           "-%s %s of %s is another quantity than the model's %s, %s: give fields of %s", option, v->name, path,
           label->variable, follows ? "which it follows from" : "which follows from it", label->variable);
  KarCheck(comm, !KarSetupSaysUnits(v->units) || !KarSetupSaysUnits(label->units) || !strcmp(v->units, label->units),
           PETSC_ERR_USER_INPUT,
           "%s of %s is in %s, the model's %s in %s: give fields in the model's unit, and their attribute units as it",
           v->name, path, v->units, label->variable, label->units);
  if (label->variable[0] && !IsModels(label, v))
    PetscCall(PetscPrintf(comm, "note: -%s %s of %s is taken for the model's %s%s%s\n", option, v->name, path,
                          label->variable, label->long_name[0] ? ", " : "", label->long_name));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A phase in another unit than radians has to say how much a turn is. */
static PetscErrorCode CheckTurn(MPI_Comm comm, const KarFieldLabel *label, KarObservation obs)
{
  KarObservationType type;
  PetscBool          phase, said;

  PetscFunctionBegin;
  PetscCall(KarObservationGetType(obs, &type));
  PetscCall(PetscStrcmp(type, KAROBSERVATIONPHASE, &phase));
  if (!phase) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscOptionsHasName(NULL, NULL, "-obs_period", &said));
  KarCheck(comm, said || !KarSetupSaysUnits(label->units) || !strncmp(label->units, "rad", 3), PETSC_ERR_USER_INPUT,
           "-obs_type phase: the model's %s is in %s, no angle: give -obs_period, what of it is a whole turn",
           label->variable[0] ? label->variable : "field", label->units);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSetupCheckUnits(MPI_Comm comm, KarScore score, KarObservation obs)
{
  KarFieldLabel label;
  PetscBool     trained;
  const char   *units;

  PetscFunctionBegin;
  PetscCall(KarSetupLabel(score, "", &label, &trained));
  PetscCall(CheckTurn(comm, &label, obs));
  PetscCall(KarObservationGetUnits(obs, &units));
  if (!trained || !KarSetupSaysUnits(units)) PetscFunctionReturn(PETSC_SUCCESS);
  KarCheck(comm, !KarSetupSaysUnits(label.units) || !strcmp(units, label.units), PETSC_ERR_USER_INPUT,
           "-obs_data is in %s, the model's %s in %s: give data in the model's unit, and their unit as it", units,
           label.variable[0] ? label.variable : "field", label.units);
  if (!KarSetupSaysUnits(label.units))
    PetscCall(PetscPrintf(
      comm, "note: -obs_data is in %s; the model does not say the unit of its %s: it is taken for the same\n", units,
      label.variable[0] ? label.variable : "field"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

#define NONE "%s has no variable %s, which the model is of: it has %s; give -%s NAME where one of them is that quantity"

PetscErrorCode KarSetupFindVariable(MPI_Comm comm, const char option[], const char path[], KarDataset data,
                                    const char named[], const KarFieldLabel *label, KarVariable *v)
{
  PetscInt number;
  char     names[160] = "";

  PetscFunctionBegin;
  if (named[0]) PetscCall(KarDatasetFindVariable(data, named, &number));
  else PetscCall(Seek(data, label, &number, sizeof(names), names));
  KarCheck(comm, number >= 0, PETSC_ERR_USER_INPUT, NONE, path, label->variable, names, option);
  PetscCall(KarDatasetGetVariable(data, number, v));
  PetscCall(Check(comm, option, path, label, v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSetupOpenVariable(MPI_Comm comm, MPI_Comm of, const char option[], const char path[],
                                    const KarReadOptions *reading, const KarFieldLabel *label, KarDataset *data)
{
  KarReadOptions mine = *reading;
  KarDataset     other;
  KarVariable    v;
  PetscInt       number;
  char           names[160] = "", why[512];

  PetscFunctionBegin;
  PetscCall(KarDatasetOpenAs(of, path, reading, data));
  PetscCall(Seek(*data, label, &number, sizeof(names), names));
  if (!reading->variable[0] && number != 0) { /* it is not the first of fields, or is on a grid of its own */
    PetscCall(KarDatasetGetVariable(*data, PetscMax(number, 0), &v));
    PetscCall(PetscStrncpy(mine.variable, number > 0 ? v.name : label->variable, sizeof(mine.variable)));
    PetscCall(KarDatasetTry(of, path, &mine, &other, sizeof(why), why));
    KarCheck(comm, other, PETSC_ERR_USER_INPUT, NONE, path, label->variable, names, option);
    PetscCall(KarDatasetClose(data));
    *data = other;
  }
  PetscCall(KarDatasetGetVariable(*data, 0, &v));
  PetscCall(Check(comm, option, path, label, &v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSetupCheckKind(MPI_Comm comm, const char path[], const KarGridInfo *file, const KarGridInfo *box,
                                 const char variable[], const char whose[])
{
  PetscFunctionBegin;
  KarCheck(comm, file->dim == box->dim && file->dof == box->dof && file->basis == box->basis, PETSC_ERR_USER_INPUT,
           "%s: its %s has %" PetscInt_FMT " component%s in %" PetscInt_FMT "D, %s, %s %" PetscInt_FMT
           " in %" PetscInt_FMT "D, %s: give fields of the same kind",
           path, variable, file->dof, file->dof == 1 ? "" : "s", file->dim, KarBases[file->basis], whose, box->dof,
           box->dim, KarBases[box->basis]);
  for (PetscInt a = 0; a < box->dim; a++)
    KarCheck(comm, PetscAbsReal(file->length[a] - box->length[a]) <= 1e-9 * box->length[a], PETSC_ERR_USER_INPUT,
             "%s has a box of length %g along axis %" PetscInt_FMT ", %s of %g", path, (double)file->length[a], a,
             whose, (double)box->length[a]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSetupOpen(MPI_Comm comm, MPI_Comm one, const char path[], const KarReadOptions *reading,
                            const KarGridInfo *box, const char whose[], const KarFieldLabel *label, PetscInt first,
                            PetscInt *samples, KarDataset *in, KarGrid *grid)
{
  KarGridInfo g;
  PetscInt    v;
  KarVariable what;

  PetscFunctionBegin;
  if (label) PetscCall(KarSetupOpenVariable(comm, comm, "variable", path, reading, label, in));
  else PetscCall(KarDatasetOpenAs(comm, path, reading, in));
  PetscCall(KarDatasetSay(*in, comm, NULL));
  PetscCall(KarDatasetFindVariable(*in, NULL, &v));
  PetscCall(KarDatasetGetVariable(*in, v, &what));
  if (!*samples) *samples = PetscMax(what.samples - first, 0);
  KarCheck(comm, *samples > 0 && first + *samples <= what.samples, PETSC_ERR_USER_INPUT,
           "%s has %" PetscInt_FMT " fields: there are no %" PetscInt_FMT " from number %" PetscInt_FMT " on", path,
           what.samples, *samples, first);
  PetscCall(KarDatasetCreateGrid(*in, one, NULL, grid));
  PetscCall(KarGridGetInfo(*grid, &g));
  PetscCall(KarSetupCheckKind(comm, path, &g, box, what.name, whose));
  PetscFunctionReturn(PETSC_SUCCESS);
}
