#!/bin/sh
# sh jobs/train_ns2d_octaves.sh: a cascade for the law ns2d from nothing: a base on 32 x 32 points, a U-net, and the octave above it, to 64 x 64, a network
# of stencils.  Simulates, trains the two beside one another on a core each, calibrates each on the fields that the model itself draws, draws 1,024 fields
# and judges them by simulations that training never saw.  A stage whose output exists is skipped; a training run that was stopped goes on.
set -eu
cd "$(dirname "$0")/.."
ranks=${RANKS:-2}
out=${OUT:-build/ns2d-octaves}
fields=${FIELDS:-5120} # simulations to train on
held=${HELD:-1024}     # and to judge by
base=${BASE:-19000}    # steps of 16 fields of 32 x 32 points
octave=${OCTAVE:-20000} # steps of 8 fields of 64 x 64 points
gains=${GAINS:-192}    # fields in each of the passes that calibrate
law="-generator_type navierstokes"
training="-variable vorticity -denoiser_gain white -noise_cov_rough_power 0 -train_objective elbo -train_symmetry pseudoscalar
  -train_every 500 -train_validation 0.06"

. jobs/stages.sh

# shellcheck disable=SC2086
{
  make "$out/train.h5" karhunen generate $law -grid_n 64,64 -samples "$fields" -seed 1 -out "$out/train.h5"
  make "$out/test64.h5" karhunen generate $law -grid_n 64,64 -samples "$held" -seed 1001 -out "$out/test64.h5"
}
ranks=1
train "$out/octave-raw.h5" "$out/train.h5" -net_type local -train_octave -train_warmup 200 -train_lr 2e-3 -train_steps "$octave" -train_batch 8 &
train "$out/base-raw.h5" "$out/train.h5" -net_type unet -train_grid 32,32 -train_warmup 300 -train_lr 1e-3 -train_ema 0.9995 -train_steps "$base" -train_batch 16
wait
ranks=${RANKS:-2}
make "$out/base.h5" karhunen calibrate -model "$out/base-raw.h5" -out "$out/base.h5" -samples "$gains" -passes 5
make "$out/octave.h5" karhunen calibrate -model "$out/base.h5,$out/octave-raw.h5" -out "$out/octave.h5" -samples "$gains" -passes 4
make "$out/fields64.h5" karhunen sample -model "$out/base.h5,$out/octave.h5" -samples "$held" -seed 7 -out "$out/fields64.h5"
karhunen evaluate -data "$out/test64.h5" -samples "$out/fields64.h5" -variable vorticity -out "$out/report64" -overwrite

echo "the models: $out/base.h5 and $out/octave.h5; shipped as examples/models/ns2d-base.h5 and ns2d-octave.h5"
