#!/bin/sh
# sh jobs/train_insar_scenes.sh: interferograms by their components, from nothing: the law of the unwrapped phase and of the coherence (variable scene) on
# 32 x 32 points by a U-net, and two octaves above it by networks of stencils, to 128 x 128; the interferogram is made of a draw by the law of its noise.
# A stage whose output exists is skipped; a training run that was stopped goes on.
set -eu
cd "$(dirname "$0")/.."
ranks=${RANKS:-1}
out=${OUT:-build/insar-scenes}
fields=${FIELDS:-3072} # scenes to train on
held=${HELD:-512}      # and to judge by
base=${BASE:-7000}     # steps of 16 scenes on 32 x 32 points
octave=${OCTAVE:-3500} # steps of 8 scenes on 64 x 64, and of 2 on 128 x 128
law="-generator_type insar -insar_rms 0.25,2 -insar_peak 0.01,0.1 -insar_gamma 0.5,0.95 -insar_looks 32 -grid_length 12800 -grid_n 128,128"
training="-variable scene -denoiser_gain white -noise_cov_rough_power 0 -train_objective elbo -train_warmup 300 -train_lr 1e-3 -train_every 500
  -train_validation 0.04 -train_ema 0.9995"

. jobs/stages.sh

# shellcheck disable=SC2086
{
  make "$out/train.h5" karhunen generate $law -samples "$fields" -seed 1 -out "$out/train.h5"
  make "$out/test.h5" karhunen generate $law -samples "$held" -seed 1001 -out "$out/test.h5"
}
train "$out/base-raw.h5" "$out/train.h5" -train_grid 32,32 -net_type unet -unet_widths 32,64,96 -train_batch 16 -train_steps "$base"
train "$out/o64-raw.h5" "$out/train.h5" -train_grid 64,64 -train_octave -net_type local -train_batch 8 -train_steps "$octave"
train "$out/o128-raw.h5" "$out/train.h5" -train_octave -net_type local -train_batch 2 -train_steps "$octave"
make "$out/base.h5" karhunen calibrate -model "$out/base-raw.h5" -out "$out/base.h5" -samples 96 -passes 3
make "$out/o64.h5" karhunen calibrate -model "$out/base.h5,$out/o64-raw.h5" -out "$out/o64.h5" -samples 64 -passes 3
make "$out/o128.h5" karhunen calibrate -model "$out/base.h5,$out/o64.h5,$out/o128-raw.h5" -out "$out/o128.h5" -samples 32 -passes 2
make "$out/insar-scenes.h5" karhunen calibrate -join -passes 0 -model "$out/base.h5,$out/o64.h5,$out/o128.h5" -out "$out/insar-scenes.h5"
make "$out/drawn.h5" karhunen sample -model "$out/insar-scenes.h5" -insar_looks 32 -samples 192 -seed 7 -out "$out/drawn.h5"
karhunen evaluate -data "$out/test.h5" -samples "$out/drawn.h5" -variable phase -out "$out/report" -overwrite

echo "the model: $out/insar-scenes.h5; shipped as examples/models/insar-scenes.h5"
