#!/bin/sh
# sh jobs/train_insar.sh: a model of simulated interferograms from nothing.  Simulates scenes of 12.8 km, trains on 32 x 32 points
# (400 m pixels), draws on that grid and on two finer ones, and compares with simulations that training never saw.  With SCENE=FILE
# it trains on from there with patches of the scene's west and compares with its east.  A stage whose output exists is skipped; a
# training run that was stopped goes on where it was.
set -eu
cd "$(dirname "$0")/.."
ranks=${RANKS:-1}
out=${OUT:-build/insar}
n=${N:-32}                # points a side to train on; 128 is the size of published work
fields=${FIELDS:-4096}    # scenes to train on
held=${HELD:-2048}        # and to compare with
fine=${FINE:-256}         # and on each finer grid
steps=${STEPS:-4500}
more=${MORE:-1000}        # steps on the scene
scene=${SCENE:-}
law="-generator_type insar -insar_rms 0.25,2 -insar_peak 0.01,0.1 -insar_gamma 0.5,0.95 -insar_looks 32 -insar_keep false"
# A noise rougher than the data, so that large scales are settled before small ones; the scenes are not periodic.
training="-variable wave -noise_cov_type matern -noise_cov_rough_power 0 -noise_cov_alpha 1.5 -noise_cov_tau 0.005 -fno_width 32 -fno_modes 12
  -fno_extension 0.25 -fno_hidden 64 -train_batch 16 -train_every 100"

sh jobs/install-packages.sh
cmake -S . -B build >/dev/null
cmake --build build -j "$(env -u OMP_NUM_THREADS nproc)" --target karhunen-cli
mkdir -p "$out"
karhunen() { sh tests/mpi.sh "$ranks" build/karhunen "$@"; }
# make FILE COMMAND...: unless FILE exists.
make() {
  if [ -e "$1" ]; then echo "$1 exists: kept"; else shift && "$@"; fi
}
train() { # FILE DATA OPTIONS...
  file=$1 data=$2
  shift 2
  resume=
  if [ -e "$file.state" ]; then resume=-resume; fi
  # shellcheck disable=SC2086
  karhunen train -data "$data" -out "$file" $training $resume "$@"
}
# compare GRID SAMPLES: fresh simulations and draws of the model on GRID x GRID points.
compare() {
  # shellcheck disable=SC2086
  make "$out/test$1.h5" karhunen generate $law -grid_n "$1,$1" -samples "$2" -seed "$1" -out "$out/test$1.h5"
  make "$out/drawn$1.h5" karhunen sample -model "$out/model.h5" -grid_n "$1,$1" -samples "$2" -seed 7 -sampler_evaluations 40 -out "$out/drawn$1.h5"
  karhunen evaluate -data "$out/test$1.h5" -samples "$out/drawn$1.h5" -variable phase -phase -out "$out/report$1" -overwrite
  build/karhunen render "$out/drawn$1.h5" -variable phase -samples 0,1,2,3 -out "$out/drawn$1.png" -overwrite
}

# shellcheck disable=SC2086
make "$out/train.h5" karhunen generate $law -grid_n "$n,$n" -samples "$fields" -seed 1 -out "$out/train.h5"
make "$out/model.h5" train "$out/model.h5" "$out/train.h5" -train_steps "$steps" -train_lr 4e-3 -train_warmup 200
compare "$n" "$held"
compare $((2 * n)) "$fine"
compare $((4 * n)) "$fine"

if [ -n "$scene" ]; then # patches of 128 x 128 pixels, averaged to the training grid and taken for scenes of the same size
  patches="-generator_type patches -scene $scene -scene_looks $((128 / n)) -grid_n $n,$n -grid_length 12800"
  # shellcheck disable=SC2086
  {
    make "$out/west.h5" karhunen generate $patches -scene_area train -samples 1024 -seed 1 -out "$out/west.h5"
    make "$out/east.h5" karhunen generate $patches -scene_area test -samples 256 -seed 2 -out "$out/east.h5"
  }
  make "$out/scene.h5" train "$out/scene.h5" "$out/west.h5" -train_from "$out/model.h5" -train_steps "$more" -train_lr 1e-3 -train_warmup 50
  make "$out/drawn_scene.h5" karhunen sample -model "$out/scene.h5" -samples 256 -seed 7 -sampler_evaluations 40 -out "$out/drawn_scene.h5"
  karhunen evaluate -data "$out/east.h5" -samples "$out/drawn_scene.h5" -variable phase -phase -out "$out/report_scene" -overwrite
  karhunen evaluate -data "$out/east.h5" -samples "$out/west.h5" -variable phase -phase -out "$out/report_areas" -overwrite # the noise floor
fi
echo "the model: $out/model.h5; the reports: $out/report*.json, with plots beside them"
