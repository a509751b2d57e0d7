/* What a denoiser says of itself: gains, network, conditions, the covariances of data and noise, the process. */
#include "denoiserimpl.h"

PetscErrorCode KarDenoiserView(KarDenoiser d, PetscViewer viewer)
{
  KarSDE reference;

  PetscFunctionBegin;
  KarDenoiserCheckReady(d, "KarDenoiserView");
  PetscCall(PetscViewerASCIIPrintf(viewer, "denoiser: %s gains; trained on", kar_gains[d->gain]));
  for (PetscInt a = 0; a < d->training.dim; a++)
    PetscCall(PetscViewerASCIIPrintf(viewer, "%s %" PetscInt_FMT, a ? " x" : "", d->training.n[a] >> d->finer));
  PetscCall(PetscViewerASCIIPrintf(viewer, " points"));
  if (d->finer)
    PetscCall(PetscViewerASCIIPrintf(viewer, ", taken for the law %" PetscInt_FMT " octave%s finer", d->finer,
                                     d->finer == 1 ? "" : "s"));
  PetscCall(PetscViewerASCIIPrintf(viewer, "\n"));
  if (d->local)
    PetscCall(PetscViewerASCIIPrintf(viewer, "its variance at a point: %.3g (that of the octave before)^%.3g\n",
                                     (double)PetscExpReal(d->amplitude[0]), (double)d->amplitude[1]));
  PetscCall(KarNetView(d->network, viewer));
  PetscCall(KarDenoiserViewConditions_Private(d, viewer));
  PetscCall(PetscViewerASCIIPrintf(viewer, "data "));
  PetscCall(KarCovView(d->frame.data, viewer));
  PetscCall(PetscViewerASCIIPrintf(viewer, "noise "));
  PetscCall(KarCovView(d->frame.noise, viewer));
  if (d->frame.decay > 0)
    PetscCall(PetscViewerASCIIPrintf(viewer,
                                     "the data's spectrum falls like |k|^-%.3g: the noise is less rough than usual, so "
                                     "that its variance is finite (-noise_cov_rough_power)\n",
                                     (double)d->frame.decay));
  PetscCall(KarSDEGetMatching(d->frame.sde, &reference, NULL));
  if (reference) PetscCall(PetscViewerASCIIPrintf(viewer, "bridges of the "));
  PetscCall(KarSDEView(reference ? reference : d->frame.sde, viewer));
  PetscFunctionReturn(PETSC_SUCCESS);
}
