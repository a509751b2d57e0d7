/* The training loss on a patch of each field.  The network is evaluated on a box of points, the patch and those that
   it reaches, and on no others.  Where the root of the loss' weight times the gain of the answer, g = sqrt(W_k) o_k,
   is the same for all modes (white gains), the loss sum_k W_k (D_k - x_0,k)^2 is the mean square over the field's
   points of

     e = P q,   q(p) = g y(p) - r(p),    r = sqrt(W) (x_0 - D of the answer 0),

   y being the network's answer and P the projection on the denoiser's modes.  Of a patch it is the mean square of
   P w q over that of w, where w is a window that falls to 0 at the patch's ends, the square root of Hann's, and P is of
   the box's own modes: a periodogram of q.  The best answer is the conditional mean, as of whole fields. */
#include <karhunen/halo.h>

#include "gains.h"

/* Which modes of the box are the denoiser's: those whose waves a grid of `coarse` points lacks. */
static PetscErrorCode Mark(KarDenoiser d, const KarGridInfo *full)
{
  const KarModes *m;
  KarMode         mode;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(d->patch.fft, &m));
  PetscCall(PetscFree(d->patch.own));
  PetscCall(PetscMalloc1(m->rows * m->length, &d->patch.own));
  for (PetscInt i = 0; i < m->rows * m->length; i++) {
    kar_mode(m, i / m->length, i % m->length, &mode);
    d->patch.own[i] = !d->coarse[0];
    for (PetscInt a = 0; a < full->dim && d->coarse[0]; a++)
      if (2 * PetscAbsInt(mode.index[a]) * full->n[a] >= d->coarse[a] * d->patch.n[a]) d->patch.own[i] = 1;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* w along each axis of the box, over the root of its mean square. */
static PetscErrorCode Window(KarDenoiser d)
{
  PetscFunctionBegin;
  for (PetscInt a = 0; a < 3; a++) {
    const PetscInt n = d->patch.n[a], inner = d->patch.inner[a], first = (n - inner) / 2;

    PetscCall(PetscFree(d->patch.window[a]));
    PetscCall(PetscCalloc1(n, &d->patch.window[a]));
    if (n == 1) d->patch.window[a][0] = 1;
    for (PetscInt i = 0; i < inner && n > 1; i++)
      d->patch.window[a][first + i] = PetscSqrtReal(2 * (PetscReal)n / (PetscReal)inner) *
                                      PetscSinReal(PETSC_PI * ((PetscReal)i + 0.5) / (PetscReal)inner);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The network on a patch: a box of n points an axis, of which the inner ones are the patch. */
static PetscErrorCode SetUp(KarDenoiser d, PetscInt points)
{
  KarGrid     grid, whole;
  KarGridInfo info, full;
  PetscInt    n[3], reach;
  PetscMPIInt ranks;
  PetscBool   solenoidal;

  PetscFunctionBegin;
  if (d->patch.points == points) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarDenoiserDestroyPatch_Private(d));
  PetscCall(KarFFTGetGrid(d->fft, &whole));
  PetscCall(KarGridGetInfo(whole, &full));
  PetscCall(KarNetGetReach(d->network, &reach));
  PetscCallMPI(MPI_Comm_size(full.comm, &ranks));
  KarCheck(full.comm, ranks == 1, PETSC_ERR_USER_INPUT,
           "-train_patch: a rank takes patches of whole fields: leave out -train_group %d", ranks);
  KarCheck(full.comm, reach >= 0, PETSC_ERR_USER_INPUT,
           "-train_patch: an answer of this network depends on all points: give -net_type unet, or local without "
           "-local_modes");
  PetscCall(KarCovIsSolenoidal(d->frame.noise, &solenoidal));
  KarCheck(full.comm, !d->net && !solenoidal && !d->told.kriged, PETSC_ERR_USER_INPUT,
           "-train_patch: not of fields without divergence, given data or on a grid of the network's own");
  for (PetscInt a = 0; a < full.dim; a++) {
    n[a] = points + 2 * reach;
    KarCheck(full.comm, n[a] < full.n[a], PETSC_ERR_USER_INPUT,
             "-train_patch %" PetscInt_FMT ": with the %" PetscInt_FMT
             " points a side that the network reaches it is no smaller than a field of %" PetscInt_FMT
             " points: leave it out",
             points, reach, full.n[a]);
  }
  PetscCall(KarGridCreate(full.comm, &grid));
  PetscCall(KarGridSetSizes(grid, full.dim, n, NULL));
  PetscCall(KarGridSetComponents(grid, full.dof));
  PetscCall(KarGridSetUp(grid));
  PetscCall(KarGridGetInfo(grid, &info));
  PetscCall(KarNetCreateLike(d->network, &info, &d->patch.network));
  PetscCall(KarFFTCreate(grid, &d->patch.fft));
  PetscCall(KarGridDestroy(&grid));
  PetscCall(KarFFTCreateCoordinates(d->patch.fft, &d->patch.work));
  d->patch.points = points, d->patch.reach = reach, d->patch.batch = 0;
  for (PetscInt a = 0; a < 3; a++) d->patch.n[a] = info.n[a], d->patch.inner[a] = a < full.dim ? points : 1;
  PetscCall(PetscMalloc1(info.n[0] * info.n[1] * info.n[2], &d->patch.slope));
  PetscCall(Mark(d, &full));
  PetscCall(Window(d));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Allocate(KarDenoiser d, PetscInt batch)
{
  const size_t points = (size_t)(batch * d->patch.n[0] * d->patch.n[1] * d->patch.n[2]);

  PetscFunctionBegin;
  if (batch <= d->patch.batch) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscFree3(d->patch.x, d->patch.y, d->patch.dy));
  PetscCall(PetscMalloc3(points * (size_t)(d->channels + d->conditions), &d->patch.x, points * (size_t)d->dof,
                         &d->patch.y, points * (size_t)d->dof, &d->patch.dy));
  d->patch.batch = batch;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The field's point that stands at (i, j, k) of the box whose patch begins at `corner`, a share of each axis. */
static PetscInt Point(const KarDenoiser d, const KarGridInfo *g, const PetscReal corner[3], const PetscInt at[3])
{
  PetscInt point = 0;

  for (PetscInt a = 0; a < 3; a++) {
    const PetscInt from = g->basis == KAR_BASIS_COSINE ? g->n[a] - d->patch.inner[a] + 1 : g->n[a],
                   i    = at[a] + (PetscInt)(corner[a] * (PetscReal)from) - (a < g->dim ? d->patch.reach : 0);

    point = point * g->n[a] + kar_halo_point(g->basis, g->n[a], a < g->dim ? i : 0);
  }
  return point;
}

/* The inputs of sample b on its patch. */
static void Crop(KarDenoiser d, const KarGridInfo *g, PetscInt b, const PetscReal corner[3])
{
  const PetscInt all = d->channels + d->conditions, *n = d->patch.n;
  float         *to = d->patch.x + b * n[0] * n[1] * n[2] * all;

  for (PetscInt i = 0; i < n[0]; i++)
    for (PetscInt j = 0; j < n[1]; j++)
      for (PetscInt k = 0; k < n[2]; k++, to += all) {
        const PetscInt p = Point(d, g, corner, (const PetscInt[]){i, j, k});

        for (PetscInt c = 0; c < all; c++) to[c] = d->x[(b * d->points + p) * all + c];
      }
}

/* The gain g, and r of sample b at the field's points into y. */
static PetscErrorCode GetTarget(KarDenoiser d, const KarTraces *traces, const KarLossRoots *roots, PetscInt b, Vec xt,
                                Vec x0, PetscReal *gain)
{
  const KarModes *m;
  PetscReal       range[2] = {PETSC_MAX_REAL, 0};
  PetscScalar    *r;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(d->fft, &m));
  PetscCall(VecZeroEntries(d->work));
  PetscCall(KarDenoiserFinish_Private(d, b, traces, xt, d->work));
  PetscCall(VecAYPX(d->work, -1, x0));
  PetscCall(VecGetArray(d->work, &r));
  for (PetscInt i = 0; i < d->frame.modes; i++) {
    const PetscReal w = kar_loss_root(d, roots, i), g = w * kar_denoiser_gains(d, traces, i).o;

    for (PetscInt c = i * m->dof * m->width; c < (i + 1) * m->dof * m->width; c++) r[c] *= g > 0 ? w : 0;
    if (g <= 0) continue;
    range[0] = PetscMin(range[0], g), range[1] = PetscMax(range[1], g);
  }
  PetscCall(KarFFTInverseFloat(d->net_fft, r, d->dof, d->y + b * d->points * d->dof));
  PetscCall(VecRestoreArray(d->work, &r));
  KarCheck(d->training.comm, range[1] <= 1.001 * range[0], PETSC_ERR_USER_INPUT,
           "-train_patch: the loss has modes of %.3g times the weight of others, which a patch cannot tell: give "
           "-denoiser_gain white -noise_cov_rough_power 0 -train_objective elbo without -train_loss_power",
           (double)PetscSqr(range[1] / range[0]));
  *gain = range[1];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* u, w times a field on the box, becomes P u; returns its mean square. */
static PetscErrorCode Project(KarDenoiser d, float u[], PetscReal *square)
{
  const KarModes *m;
  PetscScalar    *a;

  PetscFunctionBegin;
  *square = 0;
  PetscCall(KarFFTGetModes(d->patch.fft, &m));
  PetscCall(VecGetArray(d->patch.work, &a));
  PetscCall(KarFFTForwardFloat(d->patch.fft, d->dof, u, a));
  for (PetscInt i = 0; i < m->rows * m->length; i++)
    for (PetscInt c = i * m->dof * m->width; c < (i + 1) * m->dof * m->width; c++) {
      if (!d->patch.own[i]) a[c] = 0;
      *square += a[c] * a[c];
    }
  PetscCall(KarFFTInverseFloat(d->patch.fft, a, d->dof, u));
  PetscCall(VecRestoreArray(d->patch.work, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Of the point q of the box of sample b, which is point p of the field: w, and the root of the weight by place; and
   what the amplitude makes of the answer there. */
static PetscReal Weight(const KarDenoiser d, const KarLoss *how, PetscInt b, PetscInt p, const PetscInt at[3],
                        KarAmplitude *scale)
{
  const PetscReal w = d->patch.window[0][at[0]] * d->patch.window[1][at[1]] * d->patch.window[2][at[2]];

  *scale = (KarAmplitude){1, 0, 1};
  if (!d->local || w == 0) return w;
  *scale = kar_denoiser_amplitude(d, b, p);
  return how->place != 0 ? w * PetscPowReal(scale->answer, -how->place) : w;
}

/* The loss of sample b, and factor times its gradient on the answer. */
static PetscErrorCode Residual(KarDenoiser d, const KarLoss *how, PetscReal factor, const KarGridInfo *g, PetscInt b,
                               PetscReal gain, PetscReal *loss)
{
  const PetscInt all = d->channels + d->conditions, *n = d->patch.n, points = n[0] * n[1] * n[2];
  PetscReal     *slope = d->patch.slope; /* of w q by the answer */
  float         *u     = d->patch.dy + b * points * d->dof;
  const float   *x = d->patch.x + b * points * all, *y = d->patch.y + b * points * d->dof;
  KarAmplitude   scale;

  PetscFunctionBegin;
  for (PetscInt q = 0; q < points; q++) {
    const PetscInt  at[3] = {q / (n[1] * n[2]), q / n[2] % n[1], q % n[2]}, p = Point(d, g, how->corner[b], at);
    const PetscReal w = Weight(d, how, b, p, at, &scale);

    for (PetscInt c = 0; c < d->dof; c++) {
      const PetscReal linear = d->local ? scale.linear / scale.seen * x[q * all + d->dof + c] : 0;

      u[q * d->dof + c] =
        (float)(w * (gain * (scale.answer * y[q * d->dof + c] + linear) - d->y[(b * d->points + p) * d->dof + c]));
    }
    slope[q] = w * gain * scale.answer;
  }
  PetscCall(Project(d, u, loss));
  for (PetscInt i = 0; i < points * d->dof; i++) u[i] *= (float)(2 * factor / (PetscReal)points * slope[i / d->dof]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserPatchLoss_Private(KarDenoiser d, const KarLoss *how, PetscReal factor, PetscInt batch,
                                            const PetscReal t[], const Vec xt[], const Vec x0[], PetscReal loss[])
{
  const PetscBool gradient = (PetscBool)(factor > 0);
  KarTraces       traces;
  KarGrid         grid;
  KarGridInfo     g;
  KarLossRoots    roots;
  PetscReal       gain = 0;

  PetscFunctionBegin;
  PetscCall(SetUp(d, how->patch));
  PetscCall(Allocate(d, batch));
  PetscCall(KarFFTGetGrid(d->fft, &grid));
  PetscCall(KarGridGetInfo(grid, &g));
  for (PetscInt b = 0; b < batch; b++) {
    PetscCall(KarFrameSetTime(&d->frame, t[b]));
    PetscCall(KarDenoiserGetTraces_Private(d, t[b], &traces));
    PetscCall(KarDenoiserFillInputs_Private(d, b, t[b], &traces, xt[b], x0[b], d->work));
    Crop(d, &g, b, how->corner[b]);
  }
  PetscCall(KarNetForward(d->patch.network, batch, d->times, d->patch.x, d->patch.y,
                          gradient ? KAR_NET_KEEP : KAR_NET_EVALUATE));
  for (PetscInt b = 0; b < batch; b++) {
    PetscCall(KarDenoiserSetLossTime_Private(d, how, t[b], &roots));
    PetscCall(KarDenoiserGetTraces_Private(d, t[b], &traces));
    PetscCall(GetTarget(d, &traces, &roots, b, xt[b], x0[b], &gain));
    PetscCall(Residual(d, how, factor, &g, b, gain, &loss[b]));
  }
  if (gradient) PetscCall(KarNetBackward(d->patch.network, KAR_NET_WEIGHTS, d->patch.dy, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserDestroyPatch_Private(KarDenoiser d)
{
  PetscFunctionBegin;
  PetscCall(KarNetDestroy(&d->patch.network));
  PetscCall(KarFFTDestroy(&d->patch.fft));
  PetscCall(VecDestroy(&d->patch.work));
  PetscCall(PetscFree(d->patch.own));
  for (PetscInt a = 0; a < 3; a++) PetscCall(PetscFree(d->patch.window[a]));
  PetscCall(PetscFree(d->patch.slope));
  PetscCall(PetscFree3(d->patch.x, d->patch.y, d->patch.dy));
  PetscFunctionReturn(PETSC_SUCCESS);
}
