#!/bin/sh
# sh jobs/train_given.sh: the shipped model of fields given data (docs/posteriors.md) from nothing: vorticity of the law
# ns2d on 64 x 64 points, given its values at 8 to 512 random points of the grid with noise 0.1, none of them in a box
# of random place and sides up to 0.6 of the field's; judged by jobs/calibrate_posteriors.sh.  A stage whose output
# exists is skipped; a training run that was stopped goes on.
set -eu
cd "$(dirname "$0")/.."
ranks=${RANKS:-1}
out=${OUT:-build/given}
fields=${FIELDS:-3072}
steps=${STEPS:-7500}
gains=${GAINS:-320}   # draws in each of the two passes that set its gains
truths=${TRUTHS:-128} # to judge by, and of other cases than 64 points
few=${FEW:-32}
data="-train_observe 8,512 -train_observe_noise 0.1 -train_observe_hide 0.6"
training="-variable vorticity $data -train_validation 0.05 -train_symmetry pseudoscalar -train_objective elbo
  -denoiser_gain white -noise_cov_rough_power 0 -net_type unet -unet_widths 32,64,96 -train_batch 16 -train_lr 1.5e-3
  -train_warmup 200 -train_ema 0.9995 -train_every 250"

. jobs/stages.sh

make "$out/train.h5" karhunen generate -generator_type navierstokes -grid_n 64,64 -samples "$fields" -seed 1 \
  -out "$out/train.h5"
train "$out/trained.h5" "$out/train.h5" -train_steps "$steps"
# shellcheck disable=SC2086
make "$out/ns2d-given.h5" karhunen calibrate -model "$out/trained.h5" -data "$out/train.h5" -variable vorticity $data \
  -directions 1 -samples "$gains" -passes 2 -sampler_eta 1 -sampler_end 0.02 -sampler_evaluations 40 -out_half \
  -out "$out/ns2d-given.h5"
awk 'BEGIN { h = 2 * 3.14159265358979 / 64; print "y,x"; for (i = 0; i < 64; i += 2) for (j = 0; j < 32; j += 2)
  printf "%.12g,%.12g\n", i * h, j * h }' >"$out/half.csv"
GIVEN=$out/ns2d-given.h5 TRUTHS=$truths FEW=$few OUT=$out/judged SMALL=/dev/null SPECTRUM=/dev/null KARHUNEN=build/karhunen \
  METHODS="amortised 1024 -posterior_type amortised -samples 7" \
  CASES="points64 64 $truths -obs_every 8
points128 128 $few -obs_every 16
coarse 64 $few -obs_type coarse -obs_grid 16,16
half 64 $few -obs_points $out/half.csv" sh jobs/calibrate_posteriors.sh

echo "the model: $out/ns2d-given.h5; shipped as examples/models/ns2d-given.h5"
