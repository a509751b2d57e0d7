/* What the files of sde share: a process and the operations of its type. */
#pragma once

#include <karhunen/sde.h>
#include <karhunen/types.h>

typedef struct {
  /* The path at time t of a mode that decays `omega` times as fast as mode 0; of the linear part, where there is
     another. Cannot fail. */
  void (*path)(KarSDE sde, PetscReal t, PetscReal omega, KarPath *path);
  /* The others may be NULL. omega of a mode; NULL: 1 for all. */
  PetscReal (*omega)(KarSDE sde, PetscReal k2);
  PetscReal (*logsnr)(KarSDE sde, PetscReal t); /* the clock, where it is not log(a^2/s^2) of mode 0 */
  /* f of dX = (-alpha X + f(t, X)) dt + g dW; NULL: 0, the process is linear. x is only read, and may not be f. */
  PetscErrorCode (*nonlinear)(KarSDE sde, PetscReal t, Vec x, Vec f);
  /* w = f'(x)* v. */
  PetscErrorCode (*adjoint)(KarSDE sde, PetscReal t, Vec x, Vec v, Vec w);
  PetscErrorCode (*setup)(KarSDE sde);
  PetscErrorCode (*destroy)(KarSDE sde); /* of what the context owns */
} KarSDEOps;

struct _p_KarSDE {
  KarCov              cov;  /* shared */
  MPI_Comm            comm; /* shared */
  KarSDEOps           ops;
  char                type[32], prefix[64];
  void               *context;    /* owned; one block */
  const KarParameter *parameters; /* of the type, in its context */
  PetscReal           T;
  PetscReal          *omega; /* [rows][length], NULL when 1 */
  PetscInt            n;     /* modes of this rank */
  PetscInt            references;
  PetscBool           ready;
  KarSDE              linear; /* the same without f, which shares everything; NULL where f is */
  KarSDE              whole;  /* of such a part: whose it is */
};

/* a = exp(-omega B/2), 1e-150 at least so that a^2 and log(a/s) remain numbers, s^2 = (1 - exp(-omega B))/omega and
   their derivatives,
   B' = beta. Cannot fail. */
void kar_path_decay(PetscReal B, PetscReal beta, PetscReal omega, KarPath *path);
/* dX = -rate X dt + noise dW: a = exp(-rate t), s^2 = noise^2 (1 - exp(-2 rate t))/(2 rate), rate 0 included. Cannot
   fail. */
void kar_path_relax(PetscReal rate, PetscReal noise, PetscReal t, KarPath *path);
