/* What the files of controls share: a control and the operations of its type. */
#pragma once

#include <karhunen/control.h>
#include <karhunen/types.h>

typedef struct {
  /* v = C grad log h (t, x). */
  PetscErrorCode (*apply)(KarControl control, PetscReal t, Vec x, Vec v);
  /* The others may be NULL. */
  PetscErrorCode (*setfromoptions)(KarControl control);
  PetscErrorCode (*setup)(KarControl control);
  PetscErrorCode (*view)(KarControl control, PetscViewer viewer);
  PetscErrorCode (*destroy)(KarControl control);
} KarControlOps;

struct _p_KarControl {
  MPI_Comm      comm;   /* shared */
  KarSDE        sde;    /* owned reference */
  KarSDE        linear; /* of sde, from KarControlSetUp() on; shared */
  KarFFT        fft;    /* shared */
  KarControlOps ops;
  char          type[32], prefix[64];
  void         *context; /* owned by the type */
  PetscInt      modes;   /* of this rank */
  PetscInt      references;
  PetscBool     ready;
};

/* Not collective. The context, an error when the control is of another type; `routine` for that. */
PetscErrorCode KarControlGetContext(KarControl control, KarControlType type, const char routine[], void *context);
