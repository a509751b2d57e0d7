/* A class's table of types: chosen by an option, listed in its help and in the error, open to types from outside.
   Level 0. */
#pragma once

#include <karhunen/sys.h>

/* Any create routine; the room casts it back to its own CreateFn before the call. */
typedef PetscErrorCode KarTypeCreateFn(void *object);
typedef struct {
  const char      *name, *text;
  KarTypeCreateFn *create;
} KarType;
typedef struct _n_KarTypes {
  const char         *noun, *option, *fallback; /* "covariance", "cov_type", "matern" */
  const KarType      *builtin;                  /* the room's one table, ending with a NULL name */
  PetscBool           open;                     /* the option takes other names too, which the room then judges */
  KarType            *added;                    /* from outside; NULL at first, freed at PetscFinalize() */
  PetscInt            nadded;
  struct _n_KarTypes *next;
} KarTypes;

/* Collective in effect: every rank calls it, before the option is read. Names and text are copied; a name that is
   taken is an error. */
PETSC_EXTERN PetscErrorCode KarTypesRegister(KarTypes *types, const char name[], const char text[],
                                             KarTypeCreateFn *create);
/* Collective in effect. Reads -PREFIXoption; its help and its error list every type. name: the type at present, or ""
   for the fallback. */
PETSC_EXTERN PetscErrorCode KarTypesFromOptions(KarTypes *types, MPI_Comm comm, const char prefix[], size_t size,
                                                char name[]);
/* Collective: an unknown name is one error that lists every type. prefix may be NULL. */
PETSC_EXTERN PetscErrorCode KarTypesFind(KarTypes *types, MPI_Comm comm, const char prefix[], const char name[],
                                         KarTypeCreateFn **create);
/* Not collective. Type i in the order of the table, then those from outside; NULL beyond the last. */
PETSC_EXTERN const KarType *KarTypesGet(const KarTypes *types, PetscInt i);

/* A room's table from its list of lines,
     #define LIST(TYPE) TYPE("name", "a few words", KarCovCreate_Name) TYPE(...) ...
     KAR_TYPES(KarCov, LIST, .noun = "covariance", .option = "cov_type", .fallback = "name");
   It defines CreateFn, declares every create routine and defines `types`. The call is ((CreateFn *)create)(cov). */
#define KAR_TYPES(class, list, ...)                                                                                    \
  typedef PetscErrorCode                      CreateFn(class);                                                         \
  list(KAR_TYPE_DECLARE) static const KarType table[] = {list(KAR_TYPE_ROW){0}};                                       \
  static KarTypes                             types   = {.builtin = table, __VA_ARGS__}
#define KAR_TYPE_DECLARE(name, text, create) CreateFn create;
#define KAR_TYPE_ROW(name, text, create)     {name, text, (KarTypeCreateFn *)create},

/* The public routines of a class that are the same in each, in the file of its KAR_TYPES: its struct has type[] and,
   as members that the macros are given, the prefix of its options and a communicator. Here KarCovRegister() and
   KarCovSetOptionsPrefix(). */
#define KAR_CLASS_NAMES(class, before)                                                                                 \
  PetscErrorCode class##Register(const char name[], const char text[], CreateFn *create)                               \
  {                                                                                                                    \
    PetscFunctionBegin;                                                                                                \
    PetscCall(KarTypesRegister(&types, name, text, (KarTypeCreateFn *)create));                                        \
    PetscFunctionReturn(PETSC_SUCCESS);                                                                                \
  }                                                                                                                    \
  PetscErrorCode class##SetOptionsPrefix(class object, const char prefix[])                                            \
  {                                                                                                                    \
    PetscFunctionBegin;                                                                                                \
    PetscCall(PetscStrncpy(object->before, prefix ? prefix : "", sizeof(object->before)));                             \
    PetscFunctionReturn(PETSC_SUCCESS);                                                                                \
  }
/* KarCovSetType(): another type than the present one is made after Reset(), which takes what that left behind. */
#define KAR_CLASS_SETTYPE(class, comm, before)                                                                         \
  PetscErrorCode class##SetType(class object, const char *type)                                                        \
  {                                                                                                                    \
    KarTypeCreateFn *create;                                                                                           \
                                                                                                                       \
    PetscFunctionBegin;                                                                                                \
    if (!strcmp(object->type, type)) PetscFunctionReturn(PETSC_SUCCESS);                                               \
    PetscCall(KarTypesFind(&types, object->comm, object->before, type, &create));                                      \
    PetscCall(Reset(object));                                                                                          \
    PetscCall(PetscStrncpy(object->type, type, sizeof(object->type)));                                                 \
    PetscCall(((CreateFn *)create)(object));                                                                           \
    PetscFunctionReturn(PETSC_SUCCESS);                                                                                \
  }
