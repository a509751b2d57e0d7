#!/bin/sh
# sh jobs/train_ns2d.sh: the shipped model from nothing.  Simulates the law ns2d, trains on 64 x 64 points, calibrates, draws fields on two
# grids, and compares them with simulations that training never saw.  A stage whose output exists is skipped; a training run that
# was stopped goes on where it was.
set -eu
cd "$(dirname "$0")/.."
ranks=${RANKS:-2}
out=${OUT:-build/ns2d}
fields=${FIELDS:-3072}     # simulations to train on
held=${HELD:-512}          # and to compare with
fine=${FINE:-64}           # and simulations on 256 x 256 points
steps1=${STEPS1:-3000}     # of training in the norm of Cameron and Martin, which small scales count in,
steps2=${STEPS2:-14000}    # further, from a large learning rate again,
steps3=${STEPS3:-2000}     # and in the fields' own norm, which is of large scales
gains=${GAINS:-256}        # fields in each of the 7 passes that calibrate
law="-generator_type navierstokes"
training="-variable vorticity -train_batch 16 -train_symmetry pseudoscalar -train_every 500 -denoiser_gain rough"

. jobs/stages.sh

# shellcheck disable=SC2086
{
  make "$out/train.h5" karhunen generate $law -grid_n 64,64 -samples "$fields" -seed 1 -out "$out/train.h5"
  make "$out/test64.h5" karhunen generate $law -grid_n 64,64 -samples "$held" -seed 1001 -out "$out/test64.h5"
  make "$out/test256.h5" karhunen generate $law -grid_n 256,256 -samples "$fine" -seed 2001 -out "$out/test256.h5"
}
train "$out/stage1.h5" "$out/train.h5" -train_objective elbo -train_steps "$steps1" -train_lr 1.5e-3 -train_warmup 300
train "$out/stage2.h5" "$out/train.h5" -train_from "$out/stage1.h5" -train_objective elbo -train_steps "$steps2" -train_lr 1e-3 -train_warmup 100 -train_seed 6
train "$out/stage3.h5" "$out/train.h5" -train_from "$out/stage2.h5" -train_steps "$steps3" -train_lr 3e-4 -train_warmup 50 -train_ema 0.998 -train_seed 8
make "$out/model.h5" karhunen calibrate -model "$out/stage3.h5" -out "$out/model.h5" -samples "$gains" -passes 7 -denoiser_resolve 1
make "$out/fields64.h5" karhunen sample -model "$out/model.h5" -grid_n 64,64 -samples "$held" -seed 7 -out "$out/fields64.h5"
make "$out/fields256.h5" karhunen sample -model "$out/model.h5" -grid_n 256,256 -samples "$held" -seed 7 -out "$out/fields256.h5"
karhunen evaluate -data "$out/test64.h5" -samples "$out/fields64.h5" -variable vorticity -out "$out/report64" -overwrite
karhunen evaluate -data "$out/test256.h5" -samples "$out/fields256.h5" -variable vorticity -out "$out/report256" -overwrite
karhunen evaluate -data "$out/test64.h5" -samples "$out/fields256.h5" -variable vorticity -out "$out/report256to64" -overwrite # the modes of both

echo "the model:   $out/model.h5; it is shipped as examples/models/ns2d.h5"
echo "the reports: $out/report64.json, $out/report256.json, $out/report256to64.json, with plots beside them"
