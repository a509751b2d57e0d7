#!/bin/sh
# sh jobs/train_given.sh: the shipped model of fields given data (docs/posteriors.md) from nothing: vorticity of the law
# ns2d on 64 x 64 points, first given its values at 8 to 512 random points of the grid, then, from these weights, given 8
# to 512 data of five kinds, with noise .05 to .2, hidden in boxes or halves, with half of the gains that
# its draws' power asks for; judged by jobs/calibrate_posteriors.sh.  A
# stage whose output exists is skipped; a training run that was stopped goes on.
set -eu
cd "$(dirname "$0")/.."
ranks=${RANKS:-1}
out=${OUT:-build/given}
fields=${FIELDS:-3072}
first=${FIRST:-7500} # steps given values at points
steps=${STEPS:-2600} # and then given data of every kind
gains=${GAINS:-192}   # draws in each of the two passes that set its gains, of which half is kept
truths=${TRUTHS:-128} # to judge by, and of other cases than 64 points
few=${FEW:-32}
points="-train_observe 8,512 -train_observe_noise 0.1 -train_observe_hide 0.6"
kinds="-train_observe 8,512 -train_observe_type points,lattice,average,cells,coarse -train_observe_noise 0.05,0.2
  -train_observe_hide 0.6 -train_observe_half 0.25 -train_observe_width 0.15,1"
training="-variable vorticity -train_validation 0.05 -train_symmetry pseudoscalar -train_objective elbo
  -denoiser_gain white -noise_cov_rough_power 0 -net_type unet -unet_widths 32,64,96 -train_batch 16"

. jobs/stages.sh

make "$out/train.h5" karhunen generate -generator_type navierstokes -grid_n 64,64 -samples "$fields" -seed 1 \
  -out "$out/train.h5"
# shellcheck disable=SC2086
train "$out/points.h5" "$out/train.h5" $points -train_steps "$first" -train_lr 1.5e-3 -train_warmup 200 -train_ema 0.9995 -train_every 250
# shellcheck disable=SC2086
train "$out/trained.h5" "$out/train.h5" $kinds -train_from "$out/points.h5" -train_steps "$steps" -train_lr 8e-4 -train_warmup 100 \
  -train_ema 0.999 -train_every 200
# shellcheck disable=SC2086
make "$out/ns2d-given.h5" karhunen calibrate -model "$out/trained.h5" -data "$out/train.h5" -variable vorticity $kinds \
  -directions 1 -samples "$gains" -passes 2 -share 0.5 -sampler_eta 1 -sampler_end 0.02 -sampler_evaluations 40 -out_half \
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
