#!/bin/sh
# sh jobs/train_ns2d_octaves.sh: a cascade for the law ns2d from nothing: a base on 32 x 32 points and octaves to 64 x 64, 128 x 128 and 256 x 256 points, all
# U-nets; the octave to 128 goes on from the weights of that to 64, and that to 256 has its weights.  Simulates, trains base and octaves beside one another on a
# core each, calibrates base and first octave on the fields that the model itself draws, the others above the large scales of simulations, draws fields and judges them
# by simulations that training never saw.  Training begins with noise at which most of a field is seen (-train_times normal) and ends with all levels of noise; the base's last runs weigh its few large scales more (-train_loss_power).
# A stage whose output exists is skipped; a training run that was stopped goes on.
set -eu
cd "$(dirname "$0")/.."
ranks=${RANKS:-2}
out=${OUT:-build/ns2d-octaves}
fields=${FIELDS:-5120}  # simulations on 64 x 64 points to train on
held=${HELD:-1024}      # and to judge by
fine=${FINE:-200}       # simulations of 256 x 256 points, kept on 128 x 128
finest=${FINEST:-16}    # of 512 x 512 points, kept on 256 x 256
judges=${JUDGES:-128}   # and of the first kind to judge by
base=${BASE:-67500}     # steps of 16 fields of 32 x 32 points, in six runs
octave=${OCTAVE:-8000}  # steps of 8 fields of 64 x 64 points, in two
local=${LOCAL:-4000}    # of 2 fields of 128 x 128 points
gains=${GAINS:-256}     # fields in each of the passes that calibrate
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
  make "$out/test128.h5" karhunen generate $law -grid_n 128,128 -ns_refine 2 -samples "$judges" -seed 4001 -out "$out/test128.h5"
  make "$out/train256.h5" karhunen generate $law -grid_n 256,256 -ns_refine 2 -samples "$finest" -seed 3001 -out "$out/train256.h5"
}
unet="-net_type unet -train_warmup 300 -train_every 500 -train_validation 0.06"
narrow="-net_type unet -unet_widths 32,64,96 -train_octave"
# base NAME BEFORE SHARE OPTIONS...: SHARE steps of 675, from BEFORE's weights.
base_run() {
  name=$1 before=$2 share=$3
  shift 3
  from=
  if [ "$before" != none ]; then from="-train_from $out/$before.h5"; fi
  # shellcheck disable=SC2086
  train "$out/$name.h5" "$out/train.h5" $unet -unet_widths 48,96,128 -train_grid 32,32 -train_batch 16 $from "$@" -train_steps $((base * share / 675))
}
# shellcheck disable=SC2086
(
  ranks=1
  unet_octave="$narrow -train_every 500 -train_validation 0.06"
  train "$out/octave1.h5" "$out/train.h5" $unet_octave -train_warmup 300 -train_batch 8 -train_lr 1e-3 -train_ema 0.9995 $most -train_steps $((octave * 3 / 4))
  train "$out/octave-raw.h5" "$out/train.h5" $unet_octave -train_warmup 300 -train_batch 8 -train_lr 6e-4 -train_ema 0.998 $all -train_from "$out/octave1.h5" \
    -train_steps $((octave / 4))
  train "$out/fine-raw.h5" "$out/train128.h5" $unet_octave -train_warmup 50 -train_batch 2 -train_lr 8e-4 -train_ema 0.998 -train_times normal -train_times_mean 0.1 \
    -train_times_std 1.8 -train_from "$out/octave-raw.h5" -train_steps "$local"
  train "$out/finest-raw.h5" "$out/train256.h5" $narrow -train_from "$out/fine-raw.h5" -train_steps 0
) &
# shellcheck disable=SC2086
(
  ranks=1
  base_run base1 none 190 -train_lr 1e-3 -train_ema 0.9995
  base_run base2 base1 145 -train_lr 7e-4 -train_ema 0.9998 $most
  base_run base3 base2 45 -train_lr 5e-4 -train_ema 0.9995 $all
  base_run base4 base3 90 -train_lr 8e-4 -train_ema 0.9995 $all -train_loss_power 0.25
  base_run base5 base4 85 -train_lr 6e-4 -train_ema 0.9995 $all -train_loss_power 0.35
  base_run base-raw base5 120 -train_lr 6e-4 -train_ema 0.9995 $all -train_loss_power 0.35
)
wait
# The sampler has noise: it mends what the levels before did wrong.  Draws get the power of the simulations in every direction.
sampler="-variable vorticity -passes 4 -sampler_eta 1 -sampler_end 0.2"
near="-variable vorticity -passes 3 -sampler_eta 1 -sampler_end 0.05 -sampler_evaluations 24"
# shellcheck disable=SC2086
{
  make "$out/base.h5" karhunen calibrate -model "$out/base-raw.h5" -data "$out/train.h5" -out "$out/base.h5" -samples "$gains" $sampler -sampler_evaluations 60
  make "$out/octave.h5" karhunen calibrate -model "$out/base.h5,$out/octave-raw.h5" -data "$out/train.h5" -out "$out/octave.h5" -samples 288 $sampler \
    -sampler_evaluations 24
  make "$out/fine.h5" karhunen calibrate -model "$out/base.h5,$out/octave.h5,$out/fine-raw.h5" -data "$out/train128.h5" -above "$out/train128.h5" \
    -out "$out/fine.h5" -samples 100 $near
  make "$out/finest.h5" karhunen calibrate -model "$out/base.h5,$out/octave.h5,$out/fine.h5,$out/finest-raw.h5" -data "$out/train256.h5" -above "$out/train256.h5" \
    -out "$out/finest.h5" -samples 16 $near
}
make "$out/cascade.h5" karhunen calibrate -model "$out/base.h5,$out/octave.h5,$out/fine.h5,$out/finest.h5" -passes 0 -join -out_half -out "$out/cascade.h5"
make "$out/fields64.h5" karhunen sample -model "$out/cascade.h5" -grid_n 64,64 -samples "$held" -seed 7 -out "$out/fields64.h5"
karhunen evaluate -data "$out/test64.h5" -samples "$out/fields64.h5" -variable vorticity -out "$out/report64" -overwrite
make "$out/fields128.h5" karhunen sample -model "$out/cascade.h5" -grid_n 128,128 -samples "$judges" -seed 7 -out "$out/fields128.h5"
karhunen evaluate -data "$out/test128.h5" -samples "$out/fields128.h5" -variable vorticity -judge -judge_steps 150 -out "$out/report128" -overwrite

echo "the model: $out/cascade.h5; shipped as examples/models/ns2d-cascade.h5"
