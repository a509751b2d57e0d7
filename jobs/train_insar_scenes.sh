#!/bin/sh
# sh jobs/train_insar_scenes.sh: interferograms by their components, from nothing: the law of the unwrapped phase and of the coherence (variable scene) on
# 32 x 32 points and two octaves above it, to 128 x 128, by U-nets; the interferogram is made of a draw by the law of its noise.  The second octave
# begins with the weights of the first.  Base and octaves are trained beside one another, on a core each.
# A stage whose output exists is skipped; a training run that was stopped goes on.
set -eu
cd "$(dirname "$0")/.."
ranks=${RANKS:-1}
out=${OUT:-build/insar-scenes}
fields=${FIELDS:-5120} # scenes to train on
held=${HELD:-512}      # and to judge by
base=${BASE:-15000}    # steps of 16 scenes on 32 x 32 points, in three runs
octave=${OCTAVE:-4700} # steps of 8 scenes on 64 x 64, in two
last=${LAST:-3500}     # steps of 2 scenes on 128 x 128, in two
law="-generator_type insar -insar_rms 0.25,2 -insar_peak 0.01,0.1 -insar_gamma 0.5,0.95 -insar_looks 32 -grid_length 12800 -grid_n 128,128"
training="-variable scene -net_type unet -unet_widths 32,64,96 -denoiser_gain white -noise_cov_rough_power 0 -train_objective elbo -train_every 500
  -train_validation 0.04"
most="-train_times normal -train_times_mean -0.8 -train_times_std 1.3" # levels of noise, log(s/a)
all="-train_times normal -train_times_mean 0.2 -train_times_std 1.8"
long="-train_warmup 300 -train_ema 0.9995"
short="-train_warmup 100 -train_ema 0.998 -train_lr 6e-4"

. jobs/stages.sh

# shellcheck disable=SC2086
{
  make "$out/train.h5" karhunen generate $law -samples "$fields" -seed 1 -out "$out/train.h5"
  make "$out/test.h5" karhunen generate $law -samples "$held" -seed 1001 -out "$out/test.h5"
}
# shellcheck disable=SC2086
(
  coarse="-train_grid 32,32 -train_batch 16"
  train "$out/base1.h5" "$out/train.h5" $coarse $long -train_lr 1e-3 -train_steps $((base * 7 / 15))
  train "$out/base2.h5" "$out/train.h5" $coarse $long -train_lr 8e-4 $most -train_from "$out/base1.h5" -train_steps $((base * 4 / 15))
  train "$out/base-raw.h5" "$out/train.h5" $coarse $long -train_lr 7e-4 $all -train_loss_power 0.25 -train_from "$out/base2.h5" \
    -train_steps $((base * 4 / 15))
) &
# shellcheck disable=SC2086
(
  middle="-train_grid 64,64 -train_octave -train_batch 8"
  train "$out/o64.1.h5" "$out/train.h5" $middle $long -train_lr 1e-3 $most -train_steps $((octave * 35 / 47))
  train "$out/o64-raw.h5" "$out/train.h5" $middle $short $all -train_from "$out/o64.1.h5" -train_steps $((octave * 12 / 47))
  fine="-train_octave -train_batch 2"
  train "$out/o128.1.h5" "$out/train.h5" $fine $long -train_lr 8e-4 $most -train_from "$out/o64-raw.h5" -train_steps $((last * 5 / 7))
  train "$out/o128-raw.h5" "$out/train.h5" $fine $short $all -train_from "$out/o128.1.h5" -train_steps $((last * 2 / 7))
)
wait
# The sampler has noise: it mends what the levels before did wrong.  Draws get the power of the scenes, component by component.
sampler="-data $out/train.h5 -variable scene -directions 2 -sampler_eta 1 -sampler_end 0.1"
# shellcheck disable=SC2086
{
  make "$out/base.h5" karhunen calibrate -model "$out/base-raw.h5" -out "$out/base.h5" $sampler -samples 256 -passes 4 -sampler_evaluations 40
  make "$out/o64.h5" karhunen calibrate -model "$out/base.h5,$out/o64-raw.h5" -out "$out/o64.h5" $sampler -samples 192 -passes 3 -sampler_evaluations 24
  make "$out/o128.h5" karhunen calibrate -model "$out/base.h5,$out/o64.h5,$out/o128-raw.h5" -out "$out/o128.h5" $sampler -samples 96 -passes 3 \
    -sampler_evaluations 24
}
make "$out/insar-scenes.h5" karhunen calibrate -join -out_half -passes 0 -model "$out/base.h5,$out/o64.h5,$out/o128.h5" -out "$out/insar-scenes.h5"
make "$out/drawn.h5" karhunen sample -model "$out/insar-scenes.h5" -insar_looks 32 -samples "$held" -seed 7 -out "$out/drawn.h5"
karhunen evaluate -data "$out/test.h5" -samples "$out/drawn.h5" -variable phase -phase -energy_fields 64 -judge -judge_steps 300 -out "$out/report" -overwrite

echo "the model: $out/insar-scenes.h5; shipped as examples/models/insar-scenes.h5"
