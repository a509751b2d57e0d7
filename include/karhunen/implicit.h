/* An implicit representation of fields: c numbers of each cell of a coarse grid (the latents), and a network that makes
   of them a function of place,
     u(x) = m + sigma N(z(x), g(x)),
   z(x) a spline between the latents, g(x) waves that have their period in a cell: the same function at any points, of
   any grid, and moved by a cell where its latents are. The latents of a field are found by gradient steps,
     z_0 = 0,   z_(k+1) = z_k - alpha_k o grad_z cells |N(z_k) - v|^2,   v = (u - m)/sigma,   k < K,
   |.|^2 a mean over the points, and N and the alpha are those for which the loss |N(z_K) - v|^2 is least
   (meta-learning: CAVIA, Zintgraf and others 2019; functa, Dupont and others 2022). Its gradient goes back through the
   steps; the loss's second derivatives times a vector are taken as differences of its gradient. Every rank holds all
   latents; points are dealt over the ranks. What is called latents outside is y,
   z = L y, L L^T the covariance of z at a cell over the fields that were learnt: numbers of deviation 1. A header of
   the room denoiser. Level 5. */
#pragma once

#include <karhunen/denoiser.h>
#include <karhunen/inr.h>

typedef struct _p_KarImplicit       *KarImplicit;
typedef struct _p_KarImplicitPlaces *KarImplicitPlaces;

/* Collective. Of fields on this grid, whose mean is mean[dof] and whose deviation sigma. */
PETSC_EXTERN PetscErrorCode KarImplicitCreate(const KarGridInfo *grid, const PetscReal mean[], PetscReal sigma,
                                              KarImplicit *implicit);
/* Not collective. -PREFIXinr_*, before KarImplicitSetUp(). */
PETSC_EXTERN PetscErrorCode KarImplicitSetFromOptions(KarImplicit implicit, const char prefix[]);
/* Collective. Weights are zero, or those of its file. */
PETSC_EXTERN PetscErrorCode KarImplicitSetUp(KarImplicit implicit);
PETSC_EXTERN PetscErrorCode KarImplicitDestroy(KarImplicit *implicit);
/* Collective. Is the file one? A file that cannot be read is none. */
PETSC_EXTERN PetscErrorCode KarImplicitIs(MPI_Comm comm, const char path[], PetscBool *is);
/* Collective. From a file of its own, set up. */
PETSC_EXTERN PetscErrorCode KarImplicitLoad(MPI_Comm comm, const char path[], KarImplicit *implicit);
/* Collective. In the groups "GROUParchitecture", ... of a file; weights NULL: the network's own. */
PETSC_EXTERN PetscErrorCode KarImplicitSave(KarImplicit implicit, KarCheckpoint file, const char group[],
                                            const float weights[]);
PETSC_EXTERN PetscErrorCode KarImplicitRead(MPI_Comm comm, KarCheckpoint file, const char group[],
                                            KarImplicit *implicit);
PETSC_EXTERN PetscErrorCode KarImplicitView(KarImplicit implicit, PetscViewer viewer);
/* Not collective. Borrowed. */
PETSC_EXTERN PetscErrorCode KarImplicitGetNet(KarImplicit implicit, KarNet *net);
PETSC_EXTERN PetscErrorCode KarImplicitGetGrid(KarImplicit implicit, KarGridInfo *grid);
PETSC_EXTERN PetscErrorCode KarImplicitGetLabel(KarImplicit implicit, KarFieldLabel *label);
PETSC_EXTERN PetscErrorCode KarImplicitSetLabel(KarImplicit implicit, const KarFieldLabel *label);
/* Not collective. Cells along each axis, and numbers of a cell. */
PETSC_EXTERN PetscErrorCode KarImplicitGetCells(KarImplicit implicit, PetscInt n[3], PetscInt *latents);

/* Collective. m places x[m][dim] of this rank in the box; x NULL: the points of this rank's slab of a grid, m of info.
   The representation must live as long. */
PETSC_EXTERN PetscErrorCode KarImplicitPlacesCreate(KarImplicit implicit, PetscInt m, const PetscReal x[],
                                                    const KarGridInfo *info, KarImplicitPlaces *places);
PETSC_EXTERN PetscErrorCode KarImplicitPlacesDestroy(KarImplicitPlaces *places);
/* Not collective. u[m][dof] of latents y[cells][latents]. */
PETSC_EXTERN PetscErrorCode KarImplicitEvaluate(KarImplicitPlaces places, const float y[], PetscReal u[]);
/* Collective. Latents of a field's values u[m][dof], alike on every rank, after so many steps; 0: as many as it learns
   with. */
PETSC_EXTERN PetscErrorCode KarImplicitEncode(KarImplicitPlaces places, PetscInt steps, const PetscReal u[], float y[]);
/* Collective. From now on latents are y, z = L y; cov[latents][latents] = L L^T of z, NULL: those of now, which it then
   takes back to z. */
PETSC_EXTERN PetscErrorCode KarImplicitSetScale(KarImplicit implicit, const PetscReal cov[]);
/* Collective. The loss of a field after its steps; with factor > 0 the gradient of factor times it is added to the
   network's, this rank's share. */
PETSC_EXTERN PetscErrorCode KarImplicitLoss(KarImplicitPlaces places, PetscReal factor, const PetscReal u[],
                                            PetscReal *loss);

/* Collective. Has the model a decoder? A file that cannot be read has none. */
PETSC_EXTERN PetscErrorCode KarDecoderIs(MPI_Comm comm, const char path[], PetscBool *is);
/* Logically collective. What a denoiser of latents carries into its file, and takes over; NULL: none. Borrowed back. */
PETSC_EXTERN PetscErrorCode KarDenoiserSetDecoder(KarDenoiser denoiser, KarImplicit decoder);
PETSC_EXTERN PetscErrorCode KarDenoiserGetDecoder(KarDenoiser denoiser, KarImplicit *decoder);
