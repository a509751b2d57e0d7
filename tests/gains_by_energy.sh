#!/bin/sh
# calibrate -gains energy: draws of an octave have the energies of data, place by place, nearer than with gains of the whole denoiser alone: the 20, 50, 80 and
# 95 % quantile of the mean square of the octave about a place, in the mean of the logs of their ratios less than half as far off. The power stays what calibrate says.
# The gains are the same on 1 and 2 ranks; info tells of them; -share 0 takes them off; what has no such gains is refused by name.
# shellcheck disable=SC2086
. "$1/tests/program.sh"
command -v h5diff >/dev/null || exit 77
needs_python h5py numpy

net="-net_type local -local_width 16 -local_dilations 1,1 -denoiser_gain white -noise_cov_rough_power 0"
sampler="-sampler_end 0.05 -sampler_eta 2 -sampler_evaluations 24"
works 2 generate -generator_type navierstokes -ns_time 8 -grid_n 64,64 -samples 16 -seed 1 -out data.h5
works 1 train -data data.h5 -variable vorticity -train_grid 32,32 -train_steps 3 -train_batch 2 $net -out base.h5
works 1 train -data data.h5 -variable vorticity -train_octave -train_steps 40 -train_batch 2 $net -out octave.h5
above="-model base.h5,octave.h5 -data data.h5 -variable vorticity -above data.h5 -samples 16 -seed 3 $sampler"
works 2 calibrate $above -gains whole -out whole.h5
works 1 calibrate $above -gains energy -out one.h5
works 2 calibrate $above -gains energy -out two.h5
h5diff -d 1e-5 one.h5 two.h5 /calibration >../diff || wrong "other gains on two ranks: $(tail -1 ../diff)"
works 1 info one.h5
grep -q 'gains  *of the whole denoiser, at each place by the energy there' ../out || wrong "info does not say what the gains are of"
for name in whole one; do
  works 2 sample -model base.h5,$name.h5 -coarse data.h5 -coarse_grid 32,32 -samples 16 -seed 3 -out drawn-$name.h5
done
$python - <<'PYTHON' || wrong "energies: see above"
import h5py, numpy as np, sys
k = np.fft.fftfreq(64, 1 / 64)
top = np.maximum(abs(k[:, None]), abs(k))
octave = (top >= 16) & (top < 32)
smooth = np.exp(-((k[:, None] ** 2 + k**2) * (2 * 2 * np.pi / 64) ** 2) / 2)

def energies(name):
    x = h5py.File(name)["vorticity"][:].astype(float).reshape(-1, 64, 64)
    own = np.fft.ifft2(np.fft.fft2(x) * octave).real
    e = np.fft.ifft2(np.fft.fft2(own**2) * smooth).real
    return np.log(np.quantile(e / np.mean(e), [0.2, 0.5, 0.8, 0.95]))

data = energies("data.h5")
off = [np.mean(abs(energies("drawn-%s.h5" % name) - data)) for name in ("whole", "one")]
print("logs of the ratios of energies: %.3f with whole gains, %.3f by energy" % tuple(off))
sys.exit(int(off[1] > 0.5 * off[0]))
PYTHON
works 1 calibrate -model base.h5,one.h5 -passes 0 -share 0 -out none.h5
works 2 sample -model base.h5,none.h5 -coarse data.h5 -coarse_grid 32,32 -samples 1 -seed 3 -out without.h5
works 2 sample -model base.h5,octave.h5 -coarse data.h5 -coarse_grid 32,32 -samples 1 -seed 3 $sampler -out raw.h5
h5diff -d 1e-4 without.h5 raw.h5 /vorticity >../diff || wrong "-share 0 leaves something: $(tail -1 ../diff)"

refused 1 'energy: of an octave, .*-model BASE,OCTAVE -data FILE' calibrate -model base.h5 -data data.h5 -variable vorticity -gains energy -samples 2 $sampler -out x.h5
refused 1 'energy: of an octave, .*-model BASE,OCTAVE -data FILE' calibrate -model base.h5,octave.h5 -gains energy -samples 2 $sampler -out x.h5
refused 1 'passes 2 with -gains energy' calibrate $above -gains energy -passes 2 -out x.h5
refused 1 '-continue with -gains energy' calibrate $above -gains energy -continue -out x.h5
[ ! -e x.h5 ] || wrong "a refused command left a file"
finish
