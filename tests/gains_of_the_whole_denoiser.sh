#!/bin/sh
# calibrate -gains whole: draws of `sample` with these gains, above the same fields and of the same seed, have the power that calibrate says, over that of
# the fields that they are above. The gains are the same on 1 and 2 ranks; info tells of them. What it cannot do is refused by name.
# shellcheck disable=SC2086
. "$1/tests/program.sh"
command -v h5diff >/dev/null || exit 77
needs_python h5py numpy

net="-net_type local -local_width 16 -local_dilations 1,1 -denoiser_gain white -noise_cov_rough_power 0"
sampler="-sampler_end 0.05 -sampler_eta 2 -sampler_evaluations 12"
works 1 generate -generator_type navierstokes -ns_time 4 -grid_n 32,32 -samples 6 -seed 1 -out data.h5
works 1 train -data data.h5 -variable vorticity -train_grid 16,16 -train_steps 3 -train_batch 2 $net -out base.h5
works 1 train -data data.h5 -variable vorticity -train_octave -train_steps 3 -train_batch 2 $net -out octave.h5
above="-model base.h5,octave.h5 -data data.h5 -variable vorticity -above data.h5 -samples 6 -seed 3 -gains whole $sampler"
works 1 calibrate $above -out one.h5
grep -q 'each draw is to have the power of the field of -data that it is drawn above' ../out || wrong "it says nothing of pairs: $(cat ../out)"
said=$(sed -n 's/^draws with these gains: \([0-9.]*\) to \([0-9.]*\) of .*/\1 \2/p' ../out)
works 1 info one.h5
grep -q 'gains  *of the whole denoiser' ../out || wrong "info does not say what the gains are of"
works 2 calibrate $above -out two.h5
h5diff -d 1e-6 one.h5 two.h5 /calibration >../diff || wrong "other gains on two ranks: $(tail -1 ../diff)"
works 1 sample -model base.h5,one.h5 -coarse data.h5 -coarse_grid 16,16 -samples 6 -seed 3 -out_precision double -out drawn.h5
is=$($python - <<'PYTHON'
import h5py, numpy as np
k = np.fft.fftfreq(32, 1 / 32)
top = np.maximum(abs(k[:, None]), abs(k))
r = np.hypot(k[:, None], k)
octave = (top >= 8) & (top < 16)
p = [abs(np.fft.fft2(h5py.File(name)["vorticity"][:].astype(float).reshape(-1, 32, 32))) ** 2 for name in ("drawn.h5", "data.h5")]
ratio = []
for shell in range(8, 16):
    inside = octave & (np.rint(r) == shell)
    ratio.append(p[0][:, inside].sum() / p[1][:, inside].sum())
print("%.2f %.2f" % (min(ratio), max(ratio)))
PYTHON
)
[ "$said" = "$is" ] || wrong "it says $said, draws have $is"

works 1 calibrate -model base.h5,octave.h5 -samples 4 -gains whole $sampler -out own.h5
grep -q 'each draw is to have' ../out && wrong "draws above the model's own fields have pairs"
refused 1 'passes 2 with -gains whole' calibrate $above -passes 2 -out x.h5
refused 1 '-continue with -gains whole' calibrate $above -continue -out x.h5
refused 1 'leave out -sampler_times' calibrate $above -sampler_times karras -out x.h5
refused 1 'side by side: .*-sampler_type multistep' calibrate -model base.h5 -gains whole -sampler_type heun -samples 2 -out x.h5
refused 1 "gains are of the whole denoiser" calibrate -model base.h5,one.h5 -continue -out x.h5
refused 1 'gains' calibrate $above -gains all -out x.h5
[ ! -e x.h5 ] || wrong "a refused command left a file"
finish
