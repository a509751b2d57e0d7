#!/bin/sh
# sh jobs/train_insar.sh: a model of simulated interferograms from nothing.  Simulates scenes of 12.8 km, trains on 64 x 64 points of
# them, then on 128 x 128, then the law of their mean, whose share of the variance is small, calibrates, draws on that grid and on finer
# ones, and compares with simulations that training never saw.  With SCENE=FILE it trains on from there with patches of the scene's west
# and compares with its east.  A stage whose output exists is skipped; a training run that was stopped goes on where it was.
set -eu
cd "$(dirname "$0")/.."
ranks=${RANKS:-1}
out=${OUT:-build/insar}
n=${N:-128}               # points a side; the first stage takes half as many
fields=${FIELDS:-12288}   # scenes to train on first
second=${SECOND:-4096}    # and then, on the full grid
held=${HELD:-2048}        # and to compare with
fine=${FINE:-512}         # and on twice the points
finest=${FINEST:-128}     # and on four times
steps1=${STEPS1:-11000}
steps2=${STEPS2:-1800}
steps3=${STEPS3:-1200}    # with ten times the weight of the mean, on the coarser grid
steps4=${STEPS4:-2500}    # and with forty times
calibrate=${CALIBRATE:-64} # fields in a pass of calibration
more=${MORE:-300}         # steps on the scene
picture=${PICTURE:-2048}  # points a side of one large interferogram
scene=${SCENE:-}
evaluations=${EVALUATIONS:-20}
law="-generator_type insar -insar_rms 0.25,2 -insar_peak 0.01,0.1 -insar_gamma 0.5,0.95 -insar_looks 32 -insar_noise_length 100
  -insar_keep false -grid_length 12800"
# A noise rougher than the data, so that large scales are settled before small ones; the scenes are not periodic.
training="-variable wave -noise_cov_type matern -noise_cov_rough_power 0 -noise_cov_alpha 1.5 -noise_cov_tau 0.005 -fno_width 32 -fno_modes 16
  -fno_extension 0.25 -fno_hidden 64 -train_symmetry phase -train_every 250"

. jobs/stages.sh

# compare GRID SAMPLES: fresh simulations and draws of the model on GRID x GRID points.
compare() {
  # shellcheck disable=SC2086
  make "$out/test$1.h5" karhunen generate $law -grid_n "$1,$1" -samples "$2" -seed "$1" -out "$out/test$1.h5"
  make "$out/drawn$1.h5" karhunen sample -model "$out/model.h5" -grid_n "$1,$1" -samples "$2" -seed 7 -sampler_evaluations "$evaluations" -out "$out/drawn$1.h5"
  karhunen evaluate -data "$out/test$1.h5" -samples "$out/drawn$1.h5" -variable phase -phase -out "$out/report$1" -overwrite
  build/karhunen render "$out/drawn$1.h5" -variable phase -out "$out/drawn$1.png" -overwrite
}

# shellcheck disable=SC2086
{
  make "$out/half.h5" karhunen generate $law -grid_n $((n / 2)),$((n / 2)) -samples "$fields" -seed 1 -out "$out/half.h5"
  make "$out/whole.h5" karhunen generate $law -grid_n "$n,$n" -samples "$second" -seed 2 -out "$out/whole.h5"
}
train "$out/stage1.h5" "$out/half.h5" -train_batch 16 -train_steps "$steps1" -train_lr 3e-3 -train_warmup 300
train "$out/stage2.h5" "$out/whole.h5" -train_from "$out/stage1.h5" -train_batch 8 -train_steps "$steps2" -train_lr 1e-3 -train_warmup 50
train "$out/stage3.h5" "$out/half.h5" -train_from "$out/stage2.h5" -train_batch 16 -train_mean_weight 10 -train_steps "$steps3" -train_lr 1e-3 -train_warmup 50 -train_seed 3
train "$out/stage4.h5" "$out/half.h5" -train_from "$out/stage3.h5" -train_batch 16 -train_mean_weight 40 -train_steps "$steps4" -train_lr 1.5e-3 -train_warmup 50 -train_seed 4
# The same network with the gains of the finer grid: a learning rate of 0 leaves the weights.
train "$out/stage5.h5" "$out/whole.h5" -train_from "$out/stage4.h5" -train_steps 1 -train_lr 0 -train_warmup 0
# Its network runs on the training grid on finer ones too: the spectrum falls like a power, which no grid resolves.
make "$out/model.h5" karhunen calibrate -model "$out/stage5.h5" -out "$out/model.h5" -samples "$calibrate" -passes 3 -seed 11 -denoiser_resolve 1
compare "$n" "$held"
compare $((2 * n)) "$fine"
compare $((4 * n)) "$finest"
make "$out/large.h5" karhunen sample -model "$out/model.h5" -grid_n "$picture,$picture" -samples 1 -seed 7 -sampler_evaluations "$evaluations" -out "$out/large.h5"
build/karhunen render "$out/large.h5" -variable phase -out "$out/large.png" -overwrite

if [ -n "$scene" ]; then # a scene is one: training on its west, the test on its east, which share no pixel
  patches="-generator_type patches -scene $scene -grid_n $n,$n"
  # shellcheck disable=SC2086
  {
    make "$out/west.h5" karhunen generate $patches -scene_area train -samples 2048 -seed 1 -out "$out/west.h5"
    make "$out/east.h5" karhunen generate $patches -scene_area test -samples 1024 -seed 2 -out "$out/east.h5"
  }
  train "$out/scene.h5" "$out/west.h5" -train_from "$out/stage5.h5" -train_batch 8 -train_steps "$more" -train_lr 5e-4 -train_warmup 25
  make "$out/drawn_scene.h5" karhunen sample -model "$out/scene.h5" -samples 512 -seed 7 -sampler_evaluations "$evaluations" -out "$out/drawn_scene.h5"
  karhunen evaluate -data "$out/east.h5" -samples "$out/drawn_scene.h5" -variable phase -phase -out "$out/report_scene" -overwrite
  karhunen evaluate -data "$out/east.h5" -samples "$out/west.h5" -variable phase -phase -out "$out/report_areas" -overwrite # the noise floor
  build/karhunen render "$out/drawn_scene.h5" -variable phase -out "$out/drawn_scene.png" -overwrite
fi
echo "the model: $out/model.h5; the reports: $out/report*.json, with plots beside them"
