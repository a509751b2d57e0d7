/* The sums over the training grid that gains need. */
#include "gains.h"

/* a^2 C P/V, P the data's where gains are white, and S. */
static void TraceTerms(const KarShellMode *mode, void *ctx, PetscReal value[])
{
  const KarDenoiser d = ctx;
  const PetscReal   C = mode->C, S = mode->s * mode->s * mode->lambda, V = mode->a * mode->a * C + S;

  value[0] =
    V > 0 ? mode->a * mode->a * C * (d->gain == GAIN_WHITE ? C : kar_denoiser_power(d, C, mode->lambda)) / V : 0;
  value[1] = S;
}

PetscErrorCode KarDenoiserGetTraces_Private(KarDenoiser d, PetscReal t, KarTraces *traces)
{
  PetscReal sum[2], s;

  PetscFunctionBegin;
  PetscCall(KarShellsSum(&d->shells, d->frame.sde, t, -1, TraceTerms, d, 2, sum));
  PetscCall(KarSDEGetMarginal(d->frame.sde, t, &traces->a, &s));
  traces->first = sum[0];
  traces->S     = sum[1];
  PetscFunctionReturn(PETSC_SUCCESS);
}
