#!/bin/sh
# sample -coarse FILE draws what the fields of a file lack: given the large scales of a cascade's own draw, and its seed, the same field on any number of
# ranks; given them for several draws each, fields that share these scales and differ in the others.  Likewise sample -near FILE, whose draws start near fields.
. "$1/tests/program.sh"
command -v h5diff >/dev/null || exit 77

works 1 generate -generator_type navierstokes -ns_time 4 -grid_n 32,32 -samples 12 -seed 1 -out data.h5
how="-data data.h5 -train_steps 3 -train_batch 2 -train_warmup 1 -net_type local -local_width 16 -local_dilations 1,1 -denoiser_gain white -variable vorticity"
# shellcheck disable=SC2086
{
  works 1 train $how -train_grid 16,16 -out base.h5
  works 1 train $how -train_octave -out octave.h5
}
model="-model base.h5,octave.h5 -out_precision double -seed 5"
# shellcheck disable=SC2086
{
  works 1 sample $model -samples 3 -out whole.h5
  for n in 1 2; do
    works $n sample $model -samples 3 -coarse whole.h5 -out again-$n.h5
    h5diff -d 1e-9 whole.h5 again-$n.h5 /vorticity >../diff || wrong "on $n: given the large scales of its draw it draws another field: $(tail -1 ../diff)"
  done
  works 2 sample $model -samples 4 -coarse whole.h5 -coarse_draws 2 -out twice.h5
  works 2 evaluate -data whole.h5 -samples twice.h5 -truths 2 -out details
  [ "$(grep -c 'given: the draws have' ../out)" = 3 ] && grep -q '^ *8 to 15 .* (.*) ' ../out && grep -q 'draws of one truth vary' ../out ||
    wrong "what the coarse field gives is not told: $(grep -A 8 'truths' ../out)"
  refused 1 'twice.h5 has 4 draws, 2 above each coarse field .*: give -truths 2' evaluate -data whole.h5 -samples twice.h5 -truths 1 -out x
  works 1 sample -model base.h5 -samples 1 -seed 5 -out_precision double -out coarse.h5
  works 1 sample $model -samples 1 -coarse coarse.h5 -out first.h5
  works 1 sample $model -samples 1 -coarse whole.h5 -out second.h5
  h5diff -d 1e-9 first.h5 second.h5 /vorticity >../diff || wrong "a field of 16 x 16 points and one of 32 x 32 with its large scales: $(tail -1 ../diff)"
  works 1 sample $model -samples 2 -coarse coarse.h5 -coarse_draws 2 -out pair.h5
  works 1 sample $model -first 1 -samples 1 -coarse coarse.h5 -coarse_draws 2 -out other.h5
  h5diff -d 1e-9 first.h5 other.h5 /vorticity >../diff && wrong "two draws of one coarse field are the same"
  for n in 1 2; do
    works $n sample $model -samples 2 -coarse whole.h5 -near data.h5 -near_noise 0.5 -out near-$n.h5
  done
  h5diff -d 1e-9 near-1.h5 near-2.h5 /vorticity >../diff || wrong "draws near a field on 2 ranks: $(tail -1 ../diff)"
  works 1 sample $model -samples 2 -coarse whole.h5 -out far.h5
  h5diff -d 1e-9 near-1.h5 far.h5 /vorticity >../diff && wrong "a draw near a field is the draw without it"
  refused 1 'fewer than the draws. 32' sample $model -near coarse.h5 -near_noise 1 -out x.h5
  refused 1 'sample number 3 needs number 3' sample $model -samples 4 -near whole.h5 -out x.h5
  refused 1 'but end at .* already' sample $model -near whole.h5 -near_noise 0.001 -sampler_end 0.1 -out x.h5
  refused 1 'near_noise' sample $model -near_noise 1 -out x.h5
  refused 1 'it begins within those of one' evaluate -data whole.h5 -samples other.h5,other.h5 -truths 1 -out x
  refused 1 'needs number 3' sample $model -samples 4 -coarse whole.h5 -out x.h5
  refused 1 'coarse_grid 24,24: no grid of a level below the last, which are of 16 x 16 points' sample $model -coarse whole.h5 -coarse_grid 24,24 -out x.h5
  refused 1 'coarse_grid 64,64: the fields of whole.h5 have 32 x 32 points' sample $model -coarse whole.h5 -coarse_grid 64,64 -out x.h5
  refused 1 'only a cascade' sample -model base.h5 -samples 1 -coarse whole.h5 -out x.h5
}
works 1 generate -generator_type navierstokes -ns_time 1 -grid_n 8,8 -samples 1 -seed 1 -out tiny.h5
refused 1 "coarser than the cascade's base" sample -model base.h5,octave.h5 -coarse tiny.h5 -coarse_variable vorticity -out x.h5
finish
