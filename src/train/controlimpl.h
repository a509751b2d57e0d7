/* What the files of learnt control share. */
#pragma once

#include "trainimpl.h"

#include <karhunen/control.h>
#include <karhunen/cost.h>
#include <karhunen/matching.h>
#include <karhunen/process.h>

/* The reference of bridges and of controls, where nothing else is said. */
#define KAR_BRIDGE_BETA_MIN 0.5
#define KAR_BRIDGE_BETA_MAX 1.5

typedef struct {
  KarCost        cost;
  Vec            b; /* of a distance, borrowed; else NULL */
  PetscReal      G, T;
  PetscBool      variance; /* logvariance, else adjoint */
  PetscInt       steps, share;
  KarSDE         sde, linear; /* borrowed */
  KarControl     control;
  KarObservation obs; /* of a cost of data; its y; where the cost is quadratic, how the control begins */
  Vec            y;
  KarControl     base;
  TS             ts;
  Vec           *x[2], *w[2]; /* of one path, or two from one start: x[steps + 1], the draws w[steps] */
  Vec           *target;      /* adjoint: [steps] */
  Vec            f, g;
  PetscInt       now; /* path that a step belongs to */
  PetscReal      L[2], *value;
  PetscReal     *a, *S, *A, *s;                /* [modes] */
  PetscInt       modes, group, id, step, kind; /* what the paths are of */
} KarLearntControl;

PetscErrorCode KarLearntControlSetUp(KarTrainer trainer, KarLearntControl *control);
/* Collective. The control of the data of the end, for the linear part, where their cost is quadratic. */
PetscErrorCode KarLearntControlBase(KarLearntControl *control);
PetscErrorCode KarLearntControlReset(KarLearntControl *control);
PetscErrorCode KarLearntControlDraw(KarTrainer trainer, PetscInt64 number, PetscBool validation, PetscInt b,
                                    PetscInt batch, PetscInt i);
