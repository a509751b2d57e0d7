#!/bin/sh
# sh jobs/train_ns2d_octaves.sh: a cascade for the law ns2d from nothing: a base on 8 x 8 points, octaves to 16, 32 and 64, all U-nets, in one file, and an
# octave to 128 x 128 points, a network of stencils.  Simulates, trains the levels, two beside one another on a core each, calibrates each on the fields
# that the model itself draws, draws fields and judges them by simulations that training never saw.  Training begins with noise at which most of a field
# is seen (-train_times normal) and ends with all levels of noise.  A stage whose output exists is skipped; a training run that was stopped goes on.
set -eu
cd "$(dirname "$0")/.."
ranks=${RANKS:-2}
out=${OUT:-build/ns2d-octaves}
fields=${FIELDS:-5120} # simulations on 64 x 64 points to train on
held=${HELD:-1024}     # and to judge by
fine=${FINE:-88}       # simulations of 256 x 256 points, kept on 128 x 128
steps=${STEPS:-6000}   # of the first part of each training run; the second has a third to a half as many
gains=${GAINS:-192}    # fields in each of the passes that calibrate
law="-generator_type navierstokes"
training="-variable vorticity -denoiser_gain white -noise_cov_rough_power 0 -train_objective elbo -train_symmetry pseudoscalar"
most="-train_times normal -train_times_mean -0.8 -train_times_std 1.3" # levels of noise, log(s/a)
all="-train_times normal -train_times_mean 0.2 -train_times_std 1.8"

. jobs/stages.sh

# shellcheck disable=SC2086
{
  make "$out/train.h5" karhunen generate $law -grid_n 64,64 -samples "$fields" -seed 1 -out "$out/train.h5"
  make "$out/test64.h5" karhunen generate $law -grid_n 64,64 -samples "$held" -seed 1001 -out "$out/test64.h5"
  make "$out/train128.h5" karhunen generate $law -grid_n 128,128 -ns_refine 2 -samples "$fine" -seed 2001 -out "$out/train128.h5"
}
common="-train_warmup 300 -train_every 500 -train_validation 0.06"
# level NAME NOISE STEPS OPTIONS...: in two parts.
level() {
  name=$1 first=$2 n=$3
  shift 3
  # shellcheck disable=SC2086
  train "$out/$name-first.h5" "$out/train.h5" $common $first "$@" -train_lr 1e-3 -train_ema 0.9995 -train_steps "$n" -train_seed 5
  # shellcheck disable=SC2086
  train "$out/$name-raw.h5" "$out/train.h5" $common $all "$@" -train_lr 5e-4 -train_ema 0.9995 -train_from "$out/$name-first.h5" -train_steps $((n * 2 / 5)) -train_seed 6
}
unet="-net_type unet"
# shellcheck disable=SC2086
(
  ranks=1
  level 8 "" "$steps" $unet -unet_widths 64,96 -train_grid 8,8 -train_batch 64
  level 16 "$most" "$steps" $unet -unet_widths 64,96,128 -train_grid 16,16 -train_octave -train_batch 32
  level 64 "$most" "$steps" $unet -unet_widths 32,64,96 -train_octave -train_batch 8
) &
# shellcheck disable=SC2086
(
  ranks=1
  level 32 "$most" $((steps * 3 / 2)) $unet -unet_widths 48,96,128 -train_grid 32,32 -train_octave -train_batch 16
  local="-net_type local -train_octave -train_warmup 200 -train_every 500 -train_validation 0.06"
  train "$out/local64.h5" "$out/train.h5" $local $most -train_batch 8 -train_lr 2e-3 -train_ema 0.9995 -train_steps $((steps * 10 / 3))
  train "$out/128-first.h5" "$out/train128.h5" $local -train_batch 2 -train_lr 1.5e-3 $most -train_from "$out/local64.h5" -train_steps 4500
  train "$out/128-raw.h5" "$out/train128.h5" $local -train_batch 2 -train_lr 8e-4 $all -train_from "$out/128-first.h5" -train_steps 2500
) &
wait
below=
for n in 8 16 32 64 128; do
  make "$out/$n.h5" karhunen calibrate -model "$below$out/$n-raw.h5" -out "$out/$n.h5" -samples "$gains" -passes 4 -sampler_end 0.2
  below="$below$out/$n.h5,"
done
make "$out/cascade.h5" karhunen calibrate -model "$out/8.h5,$out/16.h5,$out/32.h5,$out/64.h5" -passes 0 -join -out "$out/cascade.h5"
make "$out/fields64.h5" karhunen sample -model "$out/cascade.h5" -samples "$held" -seed 7 -out "$out/fields64.h5"
karhunen evaluate -data "$out/test64.h5" -samples "$out/fields64.h5" -variable vorticity -out "$out/report64" -overwrite

echo "the models: $out/cascade.h5 and $out/128.h5; shipped as examples/models/ns2d-cascade.h5 and ns2d-octave128.h5"
