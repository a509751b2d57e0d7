#!/bin/sh
# karhunen train -train_observe learns a law given data at places that vary. Before it learns, draws given six data are those of kriging: the mean of
# 256 draws within 5 standard errors of its exact mean at each of 32 points, the variance within 25 % (false alarm 1e-5 and less; the seed is fixed).
# Of profiles at one of eight places 300 steps take the loss of fields held back below 0.9 of kriging's. Ranks that share fields train the same, given data of five
# kinds too; a model says of which kinds it has not learnt. What has no data, other types for such a model, and such a type for other models are refused in one line.
. "$1/tests/program.sh"
needs_python numpy h5py

law="-grid_n 32 -cov_alpha 1 -cov_tau 6 -data_cov_alpha 2 -data_cov_tau 6 -data_cov_variance 0.1"
# shellcheck disable=SC2086
works 1 sample $law -score_type mixture -mixture_places 8 -mixture_amplitudes 0.98995 -samples 400 -seed 1 -sampler_evaluations 20 -out profiles.h5
printf 'x\n0.1875\n0.25\n0.3125\n0.6875\n0.75\n0.875\n' >places.csv
works 1 observe -data profiles.h5 -obs_points places.csv -obs_noise 0.2 -seed 1 -out y.csv
how="-data profiles.h5 -train_observe 2,12 -train_observe_noise 0.2 -train_observe_hide 0.4 -fno_width 16 -fno_modes 8 -fno_depth 2 -train_batch 16 -train_validation 0.2"
# shellcheck disable=SC2086
{
  works 1 train $how -train_steps 1 -train_lr 0 -train_every 1 -out still.h5
  works 1 train $how -train_steps 300 -train_lr 5e-3 -train_warmup 20 -train_every 300 -train_ema 0.98 -out learnt.h5
  works 1 train $how -train_steps 3 -train_every 3 -out one.h5
  works 2 train $how -train_steps 3 -train_every 3 -train_group 2 -out two.h5
  kinds="-train_observe_type points,lattice,average,cells,coarse -train_observe_width 0.05,0.3 -train_observe_half 0.3 -train_observe_noise 0.1,0.3"
  works 1 train $how $kinds -train_steps 3 -train_every 3 -out one-kinds.h5
  works 2 train $how $kinds -train_steps 3 -train_every 3 -train_group 2 -out two-kinds.h5
}
works 1 info learnt.h5
grep -q 'of the kinds points$' ../out || wrong "info does not say what a model has learnt from"
works 1 posterior -model still.h5 -posterior_type amortised -obs_data y.csv -samples 256 -seed 2 -out still-given.h5
works 1 observe -data profiles.h5 -obs_type average -obs_width 0.1 -obs_points places.csv -obs_noise 0.2 -seed 1 -out means.csv
means="-posterior_type amortised -obs_type average -obs_width 0.1 -obs_data means.csv -samples 1"
# shellcheck disable=SC2086
works 1 posterior -model learnt.h5 $means -out unlearnt.h5
grep -q 'learnt from data of the kinds points; given -obs_type average' ../out || wrong "a model does not say what it has not learnt from"
# shellcheck disable=SC2086
works 1 posterior -model one-kinds.h5 $means -out given-means.h5
grep -q 'learnt from data of the kinds' ../out && wrong "a model denies what it has learnt from"
works 3 posterior -model learnt.h5 -posterior_type amortised -obs_data y.csv -samples 8 -seed 2 -out learnt-given.h5
works 1 posterior -grid_n 32 -score_type gaussian -data_cov_type spectrum -data_cov_data profiles.h5 -posterior_type exact -obs_data y.csv -samples 1000 -seed 3 -out kriged.h5
$python - <<'PY' || wrong "see above"
import h5py, numpy as np
def field(name):
    f = h5py.File(name)
    return next(f[k][:] for k in f if isinstance(f[k], h5py.Dataset) and f[k].ndim == 2).astype(float)
x, e = field("still-given.h5"), field("kriged.h5")
off = abs(x.mean(0) - e.mean(0)) / np.sqrt(e.var(0) * (1 / 256 + 1 / 1000))
ratio = x.var(0).sum() / e.var(0).sum()
held = [h5py.File(n)["training/history"][-1][2] for n in ("still.h5", "learnt.h5")]
print("mean off by %.2f standard errors at most, variance %.3f of kriging's, loss held back %.4f before, %.4f after" % (off.max(), ratio, *held))
assert off.max() < 5 and abs(ratio - 1) < .25 and held[1] < .9 * held[0]
for of in ("", "-kinds"):
    a, b = (h5py.File(n + of + ".h5")["training/history"][-1][2] for n in ("one", "two"))
    assert abs(a - b) < 1e-4 * a, (of, a, b)
PY
# shellcheck disable=SC2086
{
  refused 1 'is of fields given data' sample -model still.h5 -samples 1 -out x.h5
  refused 1 'has to be of fields given data' posterior $law -score_type gaussian -posterior_type amortised -obs_data y.csv -out x.h5
  refused 1 'amortised' posterior -model still.h5 -obs_data y.csv -out x.h5
  refused 1 'fewest data come first' train -data profiles.h5 -train_observe 9,3 -out x.h5
  refused 1 'no data are "pints"' train -data profiles.h5 -train_observe 3,9 -train_observe_type points,pints -out x.h5
  refused 1 'means over which boxes' train -data profiles.h5 -train_observe 3,9 -train_observe_type average -out x.h5
  refused 1 'least comes first' train -data profiles.h5 -train_observe 3,9 -train_observe_noise 2,1 -out x.h5
  refused 3 'cannot be dealt to the 3 ranks' train -data profiles.h5 -train_observe 3,9 -train_observe_type coarse -train_group 3 -out x.h5
  refused 1 'leave them out' train -data profiles.h5 -train_observe 3,9 -train_octave -out x.h5
  grep -v '^#' y.csv >bare.csv # a file that does not say its operator
  refused 1 'linear in the field' posterior -model still.h5 -posterior_type amortised -obs_type square -obs_data bare.csv -out x.h5
}
finish
