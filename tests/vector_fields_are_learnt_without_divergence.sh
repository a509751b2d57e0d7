#!/bin/sh
# Velocities in 3D through the whole chain: one stationary run's snapshots, a base and an octave trained with the 48 symmetries on 1, 2 and 4 ranks that share
# each field (the same weights to 1e-5), draws of the cascade on 1 and 2 ranks: their divergence is rounding, where a model that was not told has one.
. "$1/tests/program.sh"
command -v h5diff >/dev/null || exit 77
python=/usr/bin/python3
$python -c 'import h5py' 2>/dev/null || exit 77

law="-generator_type navierstokes -grid_n 16,16,16 -ns_refine 1.5 -ns_nu 0.05 -ns_force power -ns_force_band 2 -ns_force_rms 1 -ns_start random -ns_time 1"
works 2 generate $law -ns_times 4 -ns_lag 0.5 -samples 4 -seed 1 -out data.h5
train="-data data.h5 -variable velocity -train_validation 0 -train_symmetry vector -denoiser_gain white -noise_cov_rough_power 0 -train_objective elbo -train_steps 3 -train_batch 2
  -train_lr 1e-2 -train_warmup 1"
base="-train_grid 8,8,8 -net_type unet -unet_widths 16,16 -unet_blocks 1"
octave="-train_octave -net_type local -local_width 16 -local_dilations 1,1"
# shellcheck disable=SC2086
{
  for ranks in 1 2 4; do
    works $ranks train $train $base -train_solenoidal -train_group $ranks -out base$ranks.h5
    works $ranks train $train $octave -train_solenoidal -train_group $ranks -out octave$ranks.h5
  done
  works 1 train $train $octave -out free.h5
  refused 1 'train_solenoidal: fields without divergence are periodic' train -generator_type gaussian -grid_n 8,8 -train_fields 8 -train_solenoidal -out x.h5
}
cat >../apart.py <<'P'
import sys, h5py, numpy as np
a, b = (h5py.File(name)["weights"] for name in sys.argv[1:])
# out.bias moves mode 0 alone, which these fields do not have: its gradient is rounding
names = [name for name in a if name != "out.bias"]
square = lambda x: (x.astype(float) ** 2).sum()
print(np.sqrt(sum(square(a[n][...] - b[n][...]) for n in names) / sum(square(a[n][...]) for n in names)))
P
# (every rank holds the whole grid of a U-net: its weights are the same bits)
for ranks in 2 4; do
  for model in base octave; do
    apart=$($python ../apart.py ${model}1.h5 $model$ranks.h5)
    awk "BEGIN { exit !($apart < 1e-5) }" || wrong "$model: on $ranks ranks the weights are $apart apart"
  done
done
works 1 sample -model base1.h5,octave1.h5 -samples 2 -seed 3 -out_precision double -out one.h5
works 2 sample -model base1.h5,octave1.h5 -samples 2 -seed 3 -out_precision double -ranks_per_field 2 -out two.h5
works 1 sample -model base1.h5,free.h5 -samples 2 -seed 3 -out_precision double -out free-fields.h5
h5diff -d 1e-5 one.h5 two.h5 /velocity >../diff || wrong "2 ranks draw another field: $(head -2 ../diff)"
cat >../divergence.py <<'P'
import sys, h5py, numpy as np
u = h5py.File(sys.argv[1])["velocity"][...].astype(float)
u = u.reshape(-1, *u.shape[-4:])  # snapshots of a run lie along an axis of time
n = u.shape[-1]
k = np.fft.fftfreq(n, 1 / n)
k = np.stack(np.meshgrid(k, k, k, indexing="ij"))
h = np.fft.fftn(u, axes=(2, 3, 4))
h[..., n // 2, :, :] = h[..., n // 2, :] = h[..., n // 2] = 0
print(max(np.sqrt((abs((k * v).sum(0)) ** 2).sum() / ((k * k).sum(0) * abs(v) ** 2).sum()) for v in h))
P
for file in data one two free-fields; do
  divergence=$($python ../divergence.py $file.h5)
  echo "$file: $divergence"
  case $file in
    free-fields) awk "BEGIN { exit !($divergence > 1e-2) }" || wrong "a model that may have a divergence has none: $divergence" ;;
    data) awk "BEGIN { exit !($divergence < 1e-6) }" || wrong "simulations have the divergence $divergence" ;;
    *) awk "BEGIN { exit !($divergence < 1e-12) }" || wrong "draws in $file.h5 have the divergence $divergence" ;;
  esac
done
finish
