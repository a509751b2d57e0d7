/* What the files of an observation through a flow share. */
#pragma once

#include <karhunen/flow.h>
#include <karhunen/impl/observe.h>

typedef struct {
  KarObservation   points; /* of the vorticity at T */
  PetscReal        time, nu, longest, h;
  PetscInt         of, steps;
  KarAdvection     advection;
  const PetscReal *keep;            /* of it */
  PetscReal       *E, *half, *full; /* exp; phi(h/2), phi(h) */
  PetscInt         nslopes;
  Vec             *slopes;                  /* 16 of the stages of a step: of each step of the last linearisation, or */
  Vec             *state;                   /* of one at a time, made again from where each step starts; else NULL */
  Vec              force, y, n[4], d[4], w; /* coordinates */
} Flow;

/* Collective. y = H(x); the same with the states kept; H' v and H'* z there. */
PetscErrorCode KarFlowMapValue(KarObservation obs, Vec x, Vec y);
PetscErrorCode KarFlowMapLinearise(KarObservation obs, Vec x, Vec y);
PetscErrorCode KarFlowMapTangent(KarObservation obs, Vec x, Vec y);
PetscErrorCode KarFlowMapAdjoint(KarObservation obs, Vec z, Vec x);
