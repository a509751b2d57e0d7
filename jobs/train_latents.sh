#!/bin/sh
# sh jobs/train_latents.sh: the shipped law of latents of an implicit representation (docs/points.md).  A representation is learnt of vorticities of the law ns2d,
# 15 x 15 cells of 4 x 4 of 60 x 60 points (an odd number, so that no mode of the latents is at the cells' Nyquist wave number), 1,536 fields of 64 x 64 points are taken to
# its latents, their law is learnt by stencils on the grid of the cells, and with COMBINED=760 by a transformer over them in so many steps, and it is judged at
# 300 random places beside simulations.  A stage whose output exists is skipped.
set -eu
cd "$(dirname "$0")/.."
ranks=${RANKS:-1}
out=${OUT:-build/latents}
fields=${FIELDS:-2048}
first=${FIRST:-800} more=${MORE:-1600} # steps of the representation
law=${LAW:-4000} # steps of the law of its latents
combined=${COMBINED:-0}
training=""
inr="-train_objective inr -inr_width 32 -inr_depth 2 -inr_latents 8 -inr_waves 3 -train_symmetry pseudoscalar -train_batch 4 -train_warmup 20 -train_grid 60,60"
latents="-train_decoder $out/inr.h5 -denoiser_gain white -noise_cov_rough_power 0 -train_objective elbo -train_times normal -train_times_mean -0.8
  -train_times_std 1.3 -train_batch 16 -train_warmup 50 -train_ema 0.998 -train_every 500 -train_lr 1.5e-3"

. jobs/stages.sh

make "$out/train.h5" karhunen generate -generator_type navierstokes -grid_n 64,64 -samples "$fields" -seed 1 -out "$out/train.h5"
make "$out/test.h5" karhunen generate -generator_type navierstokes -grid_n 64,64 -samples 512 -seed 1001 -out "$out/test.h5"
# shellcheck disable=SC2086
train "$out/inr1.h5" "$out/train.h5" -variable vorticity $inr -train_lr 5e-3 -train_ema 0.98 -train_steps "$first"
# shellcheck disable=SC2086
train "$out/inr.h5" "$out/train.h5" -variable vorticity $inr -train_lr 4e-3 -train_ema 0.99 -train_from "$out/inr1.h5" -train_steps "$more"
karhunen encode -model "$out/inr.h5" -data "$out/test.h5" -samples 64 -encode_steps 12 # what it holds, octave by octave
make "$out/latents.h5" karhunen encode -model "$out/inr.h5" -data "$out/train.h5" -samples $((fields * 3 / 4)) -encode_steps 9 -out "$out/latents.h5"
# shellcheck disable=SC2086
train "$out/plain.h5" "$out/latents.h5" $latents -net_type local -local_width 64 -local_depth 6 -local_dilations 1,2,4,4,2,1 -train_steps "$law"
models=ns2d-latents
if [ "$combined" -gt 0 ]; then
  models="$models combined"
  # shellcheck disable=SC2086
  train "$out/combined.h5" "$out/latents.h5" $latents -net_type transformer -transformer_width 64 -transformer_depth 4 -transformer_heads 4 -train_steps "$combined"
fi
make "$out/ns2d-latents.h5" karhunen calibrate -model "$out/plain.h5" -samples 256 -passes 4 -sampler_evaluations 20 -out_half -out "$out/ns2d-latents.h5"
/usr/bin/python3 - "$out" <<'P'
import sys, numpy as np
np.savetxt(f"{sys.argv[1]}/p300.csv", np.random.default_rng(3).random((300, 2)) * 2 * np.pi, delimiter=",", header="x,y", comments="")
P
for model in $models; do
  make "$out/$model-drawn.h5" karhunen sample -model "$out/$model.h5" -points "$out/p300.csv" -samples 256 -sampler_evaluations 20 -seed 1 -out "$out/$model-drawn.h5"
  karhunen evaluate -data "$out/test.h5" -samples "$out/$model-drawn.h5" -variable vorticity -out "$out/$model-report" -overwrite
done
