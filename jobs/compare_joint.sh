#!/bin/sh
# sh jobs/compare_joint.sh: a cascade beside one joint network, trained for the same processor time on the same simulations of ns2d on 64 x 64 points, calibrated,
# drawn and judged alike (docs/octaves.md has the table).  The joint network is a U-net of four grids, 64 to 8, as the cascade's base has, and weighs large scales as that does.
# The steps are such that either takes about 1,500 s of one core (EPYC with AVX-512).  A stage whose output exists is skipped; a training run that was stopped goes on.
set -eu
cd "$(dirname "$0")/.."
ranks=1
out=${OUT:-build/joint}
fields=${FIELDS:-2048}  # simulations to train on
held=${HELD:-512}       # and to judge by
base=${BASE:-4200}      # steps of 16 fields of 32 x 32 points, .248 s each
octave=${OCTAVE:-2070}  # of 8 fields of 64 x 64 points, .217 s
joint=${JOINT:-6000}    # of 8 fields of 64 x 64 points, .250 s
gains=${GAINS:-128}     # fields in each of the passes that calibrate
training="-variable vorticity -denoiser_gain white -noise_cov_rough_power 0 -train_objective elbo -train_symmetry pseudoscalar -train_every 100 -train_validation 0.06
  -train_warmup 100 -train_times normal -net_type unet"
most="-train_times_mean -0.8 -train_times_std 1.3" # levels of noise, log(s/a), at which most of a field is seen
all="-train_times_mean 0.2 -train_times_std 1.8"

. jobs/stages.sh

make "$out/train.h5" karhunen generate -generator_type navierstokes -grid_n 64,64 -samples "$fields" -seed 1 -out "$out/train.h5"
make "$out/test.h5" karhunen generate -generator_type navierstokes -grid_n 64,64 -samples "$held" -seed 1001 -out "$out/test.h5"

# twice NAME STEPS LEARNING_RATE OPTIONS...: two thirds of the steps with most of a field seen, then a third with all levels of noise.
twice() {
  name=$1 steps=$2 rate=$3
  shift 3
  # shellcheck disable=SC2086
  {
    train "$out/$name-1.h5" "$out/train.h5" "$@" $most -train_lr "$rate" -train_ema 0.9995 -train_steps $((steps * 2 / 3))
    train "$out/$name.h5" "$out/train.h5" "$@" $all -train_lr 6e-4 -train_ema 0.999 -train_loss_power "$power" -train_from "$out/$name-1.h5" -train_steps $((steps / 3))
  }
}
(
  power=0.25 && twice base-raw "$base" 1e-3 -unet_widths 48,96,128 -train_grid 32,32 -train_batch 16
  power=0 && twice octave-raw "$octave" 1e-3 -unet_widths 32,64,96 -train_octave -train_batch 8
) &
(power=0.25 && twice joint-raw "$joint" 1e-3 -unet_widths 32,64,96,128 -train_batch 8) &
wait

sampler="-variable vorticity -passes 3 -sampler_eta 1 -samples $gains"
# shellcheck disable=SC2086
{
  make "$out/base.h5" karhunen calibrate -model "$out/base-raw.h5" -data "$out/train.h5" -out "$out/base.h5" $sampler -sampler_end 0.2 -sampler_evaluations 60
  make "$out/octave.h5" karhunen calibrate -model "$out/base.h5,$out/octave-raw.h5" -data "$out/train.h5" -out "$out/octave.h5" $sampler -sampler_end 0.2 -sampler_evaluations 24
  make "$out/joint.h5" karhunen calibrate -model "$out/joint-raw.h5" -data "$out/train.h5" -out "$out/joint.h5" $sampler -sampler_end 0.2 -sampler_evaluations 60
}
make "$out/cascade-fields.h5" karhunen sample -model "$out/base.h5,$out/octave.h5" -samples "$held" -seed 7 -out "$out/cascade-fields.h5"
make "$out/joint-fields.h5" karhunen sample -model "$out/joint.h5" -samples "$held" -seed 7 -out "$out/joint-fields.h5"
for of in cascade joint; do
  karhunen evaluate -data "$out/test.h5" -samples "$out/$of-fields.h5" -variable vorticity -judge -judge_steps 300 -out "$out/report-$of" -overwrite
done
