/* A denoiser of fields given data y = H u + e, of any places: with w, o of denoise.c and Gamma = C S/V,
     D = D_G + o F,   D_G = d + Gamma H* (H Gamma H* + R)^-1 (y - H d),   d = m + w (x - a m)
   D_G is E[X_0 | X_t, y] of the Gaussian law, kriging. F sees it too, as the map "kriged", and where data are. */
#include "gains.h"

PetscErrorCode KarDenoiserSetGiver(KarDenoiser d, KarGiveFn *give, void *context)
{
  PetscFunctionBegin;
  d->told.give  = give;
  d->told.giver = context;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserIsGiven(KarDenoiser d, PetscBool *given)
{
  PetscFunctionBegin;
  *given = (PetscBool)(d->told.kriged > 0);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserSetObserved(KarDenoiser d, const char kinds[])
{
  PetscFunctionBegin;
  PetscCall(PetscStrncpy(d->told.observed, kinds, sizeof(d->told.observed)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserGetObserved(KarDenoiser d, const char *kinds[])
{
  PetscFunctionBegin;
  *kinds = d->told.observed[0] ? d->told.observed : "points";
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode MakeMeans(KarDenoiser d, PetscInt n, Vec like)
{
  KarTold *told = &d->told;
  Vec     *more;

  PetscFunctionBegin;
  if (n <= told->means) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscMalloc1(n, &more));
  for (PetscInt i = 0; i < n; i++)
    if (i < told->means) more[i] = told->mean[i];
    else PetscCall(VecDuplicate(like, &more[i]));
  PetscCall(PetscFree(told->mean));
  told->mean  = more;
  told->means = n;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserGive_Private(KarDenoiser d, PetscInt b, PetscReal t, const KarTraces *traces, Vec x)
{
  const KarFrame *f = &d->frame;
  PetscReal      *gamma;

  PetscFunctionBegin;
  if (!d->told.kriged) PetscFunctionReturn(PETSC_SUCCESS);
  KarCheck(d->training.comm, d->told.give, PETSC_ERR_USER_INPUT,
           "the model is of fields given data: karhunen posterior -posterior_type amortised -obs_data FILE.csv");
  PetscCall(MakeMeans(d, b + 1, x));
  PetscCall(VecZeroEntries(d->told.mean[b]));
  PetscCall(KarDenoiserCombine_Private(d, traces, x, d->told.mean[b]));
  PetscCall(PetscMalloc1(f->modes, &gamma));
  for (PetscInt i = 0; i < f->modes; i++) {
    const PetscReal a = kar_frame_a(f, i), s = kar_frame_s(f, i), S = s * s * f->lambda[i], V = a * a * f->C[i] + S;

    gamma[i] = V > 0 ? f->C[i] * S / V : 0;
  }
  PetscCall(d->told.give(d->told.giver, b, t, gamma, d->told.mean[b]));
  PetscCall(PetscFree(gamma));
  PetscCall(KarDenoiserPutMap_Private(d, d->told.kriged - 1, b, d->told.mean[b]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserFinish_Private(KarDenoiser d, PetscInt b, const KarTraces *traces, Vec x, Vec F)
{
  const KarModes *m;
  PetscScalar    *out;

  PetscFunctionBegin;
  if (!d->told.kriged) {
    PetscCall(KarDenoiserCentre_Private(d, b, x, &x));
    PetscCall(KarDenoiserCombine_Private(d, traces, x, F));
    PetscCall(KarDenoiserCollectSteps_Private(d, traces, x, F));
    PetscCall(KarDenoiserUncentre_Private(d, b, F));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KarFFTGetModes(d->fft, &m));
  PetscCall(VecGetArray(F, &out));
  for (PetscInt i = 0; i < d->frame.modes; i++) {
    const PetscReal o = kar_denoiser_gains(d, traces, i).o;

    for (PetscInt c = i * m->dof * m->width; c < (i + 1) * m->dof * m->width; c++)
      out[c] = o != 0 ? o * out[c] : 0; /* modes that the network's grid lacks are not set */
  }
  PetscCall(VecRestoreArray(F, &out));
  PetscCall(VecAXPY(F, 1, d->told.mean[b]));
  PetscCall(KarDenoiserCollectSteps_Private(d, traces, x, F));
  PetscFunctionReturn(PETSC_SUCCESS);
}
