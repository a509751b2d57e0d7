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
   lambda[n] at
   |k| = k[n] (KarCovEstimate), its mean mean[dof]. It is used after KarDenoiserSetUp(). */
PETSC_EXTERN PetscErrorCode KarDenoiserCreate(KarFFT fft, PetscInt n, const PetscReal k[], const PetscReal lambda[],
                                              const PetscReal mean[], KarDenoiser *denoiser);
/* Collective. That of an octave: of the modes that a grid of coarse[dim] points lacks, given what the coarser ones
   make (KarCascade). The network sees three fields of it besides: the two octaves before, each mode divided by its
   deviation, and the whole. */
PETSC_EXTERN PetscErrorCode KarDenoiserCreateOctave(KarFFT fft, const PetscInt coarse[], PetscInt n,
                                                    const PetscReal k[], const PetscReal lambda[],
                                                    KarDenoiser *denoiser);
/* Collective. That of bridges from another law to the data: D = E[Y | X_t] where X_t is the bridge less its mean, t =
   0 at Y; start[dof], end[dof]: the means of both laws, which KarDenoiserTranslate() takes off and adds. */
PETSC_EXTERN PetscErrorCode KarDenoiserCreateBridge(KarFFT fft, const KarPairs *pairs, PetscInt n, const PetscReal k[],
                                                    const PetscReal lambda[], const PetscReal start[],
                                                    const PetscReal end[], KarDenoiser *denoiser);
/* Not collective. These means, borrowed; NULL where it is not of bridges. */
PETSC_EXTERN PetscErrorCode KarDenoiserGetEnds(KarDenoiser denoiser, const PetscReal *start[], const PetscReal *end[]);
/* Collective. The coarser field of an octave, in coordinates of its own grid; copied. */
PETSC_EXTERN PetscErrorCode KarDenoiserSetCondition(KarDenoiser denoiser, Vec coarse);
/* Not collective. Is it of an octave? */
PETSC_EXTERN PetscErrorCode KarDenoiserIsOctave(KarDenoiser denoiser, PetscBool *octave);
/* Collective. The denoiser of a model file on another grid of the same box: n[dim] points, or NULL for the training
   grid. No option is read;
   the file is open until KarDenoiserSetUp(). */
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
/* Collective. Takes the weights of a model file with the same network; the rest of the denoiser stays. */
PETSC_EXTERN PetscErrorCode KarDenoiserReadWeights(KarDenoiser denoiser, const char path[]);
PETSC_EXTERN PetscErrorCode KarDenoiserDestroy(KarDenoiser *denoiser);

PETSC_EXTERN PetscErrorCode KarDenoiserGetFFT(KarDenoiser denoiser, KarFFT *fft);
PETSC_EXTERN PetscErrorCode KarDenoiserGetSDE(KarDenoiser denoiser, KarSDE *sde);
PETSC_EXTERN PetscErrorCode KarDenoiserGetDataCovariance(KarDenoiser denoiser, KarCov *data);
PETSC_EXTERN PetscErrorCode KarDenoiserGetNet(KarDenoiser denoiser, KarNet *net);
/* Not collective. mean[dof], borrowed. */
PETSC_EXTERN PetscErrorCode KarDenoiserGetMean(KarDenoiser denoiser, const PetscReal *mean[]);
PETSC_EXTERN PetscErrorCode KarDenoiserSetLabel(KarDenoiser denoiser, const KarFieldLabel *label);
PETSC_EXTERN PetscErrorCode KarDenoiserGetLabel(KarDenoiser denoiser, KarFieldLabel *label);
/* Not collective. Lowers w to (1 - r) w from now on, in the modes that the network's grid has; r[levels][bins] at
   log(s/a) from low to high and |k| = 0, k1, 2 k1, ...;
   copied. levels 0: no correction. */
PETSC_EXTERN PetscErrorCode KarDenoiserSetCalibration(KarDenoiser denoiser, PetscInt levels, PetscInt bins,
                                                      PetscReal low, PetscReal high, PetscReal k1, const PetscReal r[]);
/* Not collective. s/a where the sampler ended that the calibration was made with; 0: there is no calibration. */
PETSC_EXTERN PetscErrorCode KarDenoiserGetCalibratedEnd(KarDenoiser denoiser, PetscReal *ratio);
/* Not collective. From now on each evaluation adds, at its level, (D - w x) . (w x) and |w x|^2 of every shell of this
   rank to above and below, [levels][bins] of the calibration that is set; NULL ends it. */
PETSC_EXTERN PetscErrorCode KarDenoiserCollect(KarDenoiser denoiser, PetscReal above[], PetscReal below[]);
PETSC_EXTERN PetscErrorCode KarDenoiserView(KarDenoiser denoiser, PetscViewer viewer);

/* Collective. d = E[X_0 | X_t = x]; x is kept. */
PETSC_EXTERN PetscErrorCode KarDenoiserApply(KarDenoiser denoiser, PetscReal t, Vec x, Vec d);

/* Collective. w = J^T v, J = dD/dx at (t, x), in coordinates: one backward pass of the network, without its weights'
   gradients; its forward pass is kept while t, x and PetscObjectStateGet() of x stay and nothing else is evaluated. */
PETSC_EXTERN PetscErrorCode KarDenoiserApplyTranspose(KarDenoiser denoiser, PetscReal t, Vec x, Vec v, Vec w);

/* One mode at one time, as a training loss sees it. */
typedef struct {
  PetscReal C, lambda; /* of the data and of the noise */
  PetscReal a, s, g2;  /* path at t, and g^2 */
  PetscReal a0, s0;    /* path at the time before t, on a ladder of times */
} KarLossMode;
/* W of a mode in a loss sum_k W |D - X_0|_k^2. */
typedef PetscReal KarLossWeightFn(const KarLossMode *mode);
typedef struct {
  KarLossWeightFn *weight;
  PetscReal        mean; /* further factor on W of mode 0; 0: none */
  PetscReal        rung; /* the time before t is t - rung, 0 at least */
  PetscReal scale;       /* of the loss; 0: one over the loss of the Wiener filter at each time, whose loss is then 1 */
} KarLoss;
/* Collective. loss[b] = scale sum_k W_k |D(xt[b], t[b]) - x0[b]|_k^2. With factor > 0 the gradient of factor sum_b
   loss[b] is added to the network's (this rank's share of it, see KarNetBackward()). */
PETSC_EXTERN PetscErrorCode KarDenoiserLoss(KarDenoiser denoiser, const KarLoss *how, PetscReal factor, PetscInt batch,
                                            const PetscReal t[], const Vec xt[], const Vec x0[], PetscReal loss[]);
/* Collective. The expectation of sum_k W_k |D - X_0|_k^2 for Gaussian data and the Wiener filter: sum_k W_k times the
   posterior variance, on the training grid. */
PETSC_EXTERN PetscErrorCode KarDenoiserGetWienerLoss(KarDenoiser denoiser, const KarLoss *how, PetscReal t,
                                                     PetscReal *loss);
