/* The learnt denoiser: a network between two mode-wise gains, so that it holds on every grid. Level 5;
   a KarScore of type "fno" evaluates one, a KarTrainer trains one. */
#pragma once

#include <karhunen/net.h>
#include <karhunen/sde.h>

typedef struct _p_KarDenoiser *KarDenoiser;

/* What a model file says of the fields it draws; rows: "down" where row 0 is the top, as in photographs, "" where not
   said. */
typedef struct {
  char      variable[64], units[64], long_name[128], length_units[64], rows[16];
  PetscReal origin[3], direction[3]; /* where each axis begins; -1: it runs down */
} KarFieldLabel;

/* Collective. A new denoiser for fields on the grid of fft, which is the training grid. The data's spectrum is
   lambda[n] at |k| = k[n] (KarCovEstimate), its mean mean[dof]. It is used after KarDenoiserSetUp(). */
PETSC_EXTERN PetscErrorCode KarDenoiserCreate(KarFFT fft, PetscInt n, const PetscReal k[], const PetscReal lambda[],
                                              const PetscReal mean[], KarDenoiser *denoiser);
/* Collective. That of bridges from another law to the data: D = E[Y | X_t] where X_t is the bridge less its mean, t =
   0 at Y; start[dof], end[dof]: the means of both laws, which KarDenoiserTranslate() takes off and adds. */
PETSC_EXTERN PetscErrorCode KarDenoiserCreateBridge(KarFFT fft, const KarPairs *pairs, PetscInt n, const PetscReal k[],
                                                    const PetscReal lambda[], const PetscReal start[],
                                                    const PetscReal end[], KarDenoiser *denoiser);
/* Not collective. These means, borrowed; NULL where it is not of bridges. */
PETSC_EXTERN PetscErrorCode KarDenoiserGetEnds(KarDenoiser denoiser, const PetscReal *start[], const PetscReal *end[]);
/* Collective. The denoiser of a model file on another grid of the same box: n[dim] points, or NULL for the training
   grid. No option is read; the file is open until KarDenoiserSetUp(). */
PETSC_EXTERN PetscErrorCode KarDenoiserLoad(MPI_Comm comm, const char path[], PetscInt dim, const PetscInt n[],
                                            KarDenoiser *denoiser);
/* Collective on comm. The same from an open file, or from a group of it (KarCheckpointSetGroup()), which the caller
   closes; path is for messages. */
PETSC_EXTERN PetscErrorCode KarDenoiserRead(MPI_Comm comm, KarCheckpoint file, const char path[], PetscInt dim,
                                            const PetscInt n[], KarDenoiser *denoiser);
/* Logically collective, before KarDenoiserSetFromOptions(). Fields without divergence (components = dimensions): data
   and noise have the covariances lambda (I - k k'/|k|^2), and the network's answer is projected. */
PETSC_EXTERN PetscErrorCode KarDenoiserSetSolenoidal(KarDenoiser denoiser);
PETSC_EXTERN PetscErrorCode KarDenoiserSetOptionsPrefix(KarDenoiser denoiser, const char prefix[]);
/* Collective, before KarDenoiserSetUp(). Noise, process, gains and network of a new denoiser: -PREFIXnoise_cov_*,
   -PREFIXsde_*,
   -PREFIXdenoiser_*, -PREFIXnet_type, -PREFIXfno_*; of one from a file, what its network does at run time alone. */
PETSC_EXTERN PetscErrorCode KarDenoiserSetFromOptions(KarDenoiser denoiser);
/* Collective. The network on its grid; its weights are those of the file, or zero. */
PETSC_EXTERN PetscErrorCode KarDenoiserSetUp(KarDenoiser denoiser);
/* Collective. Everything that KarDenoiserLoad() needs; weights NULL takes the network's own. The caller closes the
   file. */
PETSC_EXTERN PetscErrorCode KarDenoiserSave(KarDenoiser denoiser, KarCheckpoint file, const float weights[]);
/* Collective. Takes the weights of a model file with the same network, or of that level of a cascade's (level is -1
   else); the rest of the denoiser stays. */
PETSC_EXTERN PetscErrorCode KarDenoiserReadWeights(KarDenoiser denoiser, const char path[], PetscInt level);
/* Not collective. Another owner, who destroys it too. */
PETSC_EXTERN PetscErrorCode KarDenoiserReference(KarDenoiser denoiser);
PETSC_EXTERN PetscErrorCode KarDenoiserDestroy(KarDenoiser *denoiser);

/* Not collective. Borrowed. */
PETSC_EXTERN PetscErrorCode KarDenoiserGetFFT(KarDenoiser denoiser, KarFFT *fft);
PETSC_EXTERN PetscErrorCode KarDenoiserGetTraining(KarDenoiser denoiser, KarGridInfo *training); /* its grid */
PETSC_EXTERN PetscErrorCode KarDenoiserGetSDE(KarDenoiser denoiser, KarSDE *sde);
PETSC_EXTERN PetscErrorCode KarDenoiserGetDataCovariance(KarDenoiser denoiser, KarCov *data);
PETSC_EXTERN PetscErrorCode KarDenoiserGetNet(KarDenoiser denoiser, KarNet *net);
/* Not collective. mean[dof], borrowed. */
PETSC_EXTERN PetscErrorCode KarDenoiserGetMean(KarDenoiser denoiser, const PetscReal *mean[]);
PETSC_EXTERN PetscErrorCode KarDenoiserSetLabel(KarDenoiser denoiser, const KarFieldLabel *label);
PETSC_EXTERN PetscErrorCode KarDenoiserGetLabel(KarDenoiser denoiser, KarFieldLabel *label);

/* Collective. Gains, grids, network. */
PETSC_EXTERN PetscErrorCode KarDenoiserView(KarDenoiser denoiser, PetscViewer viewer);

/* Collective. d = E[X_0 | X_t = x]; x is kept. */
PETSC_EXTERN PetscErrorCode KarDenoiserApply(KarDenoiser denoiser, PetscReal t, Vec x, Vec d);

/* Collective. w = J^T v, J = dD/dx at (t, x), in coordinates: one backward pass of the network, without its weights'
   gradients; its forward pass is kept while t, x and PetscObjectStateGet() of x stay and nothing else is evaluated. */
PETSC_EXTERN PetscErrorCode KarDenoiserApplyTranspose(KarDenoiser denoiser, PetscReal t, Vec x, Vec v, Vec w);

#include <karhunen/loss.h>

#include <karhunen/calibration.h>
#include <karhunen/octave.h>
