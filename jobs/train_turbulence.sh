#!/bin/sh
# sh jobs/train_turbulence.sh: the shipped cascade of the law ns2d-turbulence (docs/turbulence.md): vorticity of a forced flow at a viscosity of 3e-5 on 512 x 512
# points.  Large scales, which hardly depend on the viscosity, are learnt from many runs of eight times the viscosity on 64 x 64 points: a base on 32 x 32 and an
# octave, both from the weights of the cascade FROM.  That octave goes on, and the octaves to 128 and 256 from its weights, with runs at 3e-5 kept on 256 x 256 points.  The octave
# to 512 is learnt from a few runs: a network of stencils whose variance follows the octave before.  Octaves are calibrated and judged above scales of simulations.
# A stage whose output exists is skipped; a training run that was stopped goes on.
set -eu
cd "$(dirname "$0")/.."
ranks=${RANKS:-2}
out=${OUT:-build/turbulence}
from=${FROM:-examples/models/ns2d-cascade.h5}
fields=${FIELDS:-768} # runs for the large scales
more=${MORE:-32}      # runs for the octaves to 64, 128 and 256, four snapshots each
fine=${FINE:-10}      # runs for the small ones
apart=${APART:-20}    # for the gains of the last
held=${HELD:-32}      # and to judge by
base=${BASE:-4000}    # steps of 16 fields of 32 x 32 points
octave=${OCTAVE:-2000} # of 8 of 64 x 64
again=${AGAIN:-1200}  # and of those at 3e-5
first=${FIRST:-5000}  # of 2 of 128 x 128
second=${SECOND:-1500} # of one of 256 x 256
local=${LOCAL:-3000 2500 1300} # of 4 of 128 x 128, then of one of 256 x 256, then of one of 512 x 512
gains=${GAINS:-160 80 64 40 40} # fields in each pass that calibrates: base and octaves
law="-generator_type navierstokes -grid_n 512,512 -ns_refine 1.5 -ns_nu 3e-5"
training="-variable vorticity -denoiser_gain white -noise_cov_rough_power 0 -train_objective elbo -train_symmetry pseudoscalar
  -train_times normal -train_times_std 1.8"

. jobs/stages.sh

# shellcheck disable=SC2086
{
  make "$out/coarse.h5" karhunen generate -generator_type navierstokes -grid_n 64,64 -ns_refine 4 -ns_nu 2.5e-4 -samples "$fields" -seed 1 -out "$out/coarse.h5"
  make "$out/more.h5" karhunen generate -generator_type navierstokes -grid_n 256,256 -ns_refine 2 -ns_nu 3e-5 -ns_time 8.5 -ns_times 4 -ns_lag 1 -samples "$more" -seed 5001 \
    -out "$out/more.h5"
  make "$out/train.h5" karhunen generate $law -samples "$fine" -seed 101 -out "$out/train.h5"
  make "$out/apart.h5" karhunen generate $law -samples "$apart" -seed 301 -out "$out/apart.h5"
  make "$out/test.h5" karhunen generate $law -samples "$held" -seed 1001 -out "$out/test.h5"
}
# shellcheck disable=SC2086
(
  ranks=1
  unet="-net_type unet -train_times_mean 0.2 -train_every 500 -train_validation 0.06 -train_warmup 100 -train_from $from"
  train "$out/base-raw.h5" "$out/coarse.h5" $unet -train_from_level 0 -unet_widths 48,96,128 -train_grid 32,32 -train_batch 16 -train_lr 6e-4 -train_ema 0.9985 \
    -train_loss_power 0.35 -train_steps "$base"
  octaves="-net_type unet -unet_widths 32,64,96 -train_octave -train_every 250 -train_validation 0.06"
  train "$out/o64-first.h5" "$out/coarse.h5" $octaves -train_times_mean 0.2 -train_warmup 100 -train_from $from -train_from_level 1 -train_batch 8 -train_lr 8e-4 \
    -train_ema 0.998 -train_steps "$octave"
  train "$out/o64-raw.h5" "$out/more.h5" $octaves -train_times_mean 0.1 -train_warmup 30 -train_grid 64,64 -train_from "$out/o64-first.h5" -train_batch 8 -train_lr 5e-4 \
    -train_ema 0.995 -train_steps "$again"
  train "$out/o128-raw.h5" "$out/more.h5" $octaves -train_times_mean 0.1 -train_warmup 50 -train_grid 128,128 -train_from "$out/o64-first.h5" -train_batch 2 -train_lr 8e-4 \
    -train_ema 0.998 -train_steps "$first"
  train "$out/o256-raw.h5" "$out/more.h5" $octaves -train_times_mean 0 -train_warmup 30 -train_grid 256,256 -train_from "$out/o128-raw.h5" -train_batch 1 -train_lr 5e-4 \
    -train_ema 0.995 -train_steps "$second"
) &
# shellcheck disable=SC2086
(
  ranks=1
  stencils="-train_octave -net_type local -denoiser_amplitude -train_times_mean 0 -train_every 250 -train_validation 0.1 -train_ema 0.998"
  on128="$stencils -train_grid 128,128 -train_batch 4 -train_lr 2e-3 -train_warmup 100"
  set -- $local
  train "$out/start.h5" "$out/train.h5" $on128 -train_steps "$1"
  train "$out/next.h5" "$out/train.h5" $stencils -train_grid 256,256 -train_batch 1 -train_lr 1.5e-3 -train_warmup 50 -train_from "$out/start.h5" -train_steps "$2"
  train "$out/o512-raw.h5" "$out/train.h5" $stencils -train_batch 1 -train_lr 1e-3 -train_warmup 50 -train_from "$out/next.h5" -train_steps "$3"
) &
wait
# Samplers have noise, which mends what the levels of noise before did wrong.
# shellcheck disable=SC2086
set -- $gains
# calibrate NAME MODELS DATA OPTIONS...
calibrate() {
  name=$1 models=$2 data=$3
  shift 3
  make "$out/$name.h5" karhunen calibrate -model "$models" -data "$data" -variable vorticity -out "$out/$name.h5" "$@"
}
calibrate base "$out/base-raw.h5" "$out/more.h5" -samples "$1" -passes 4 -sampler_eta 1 -sampler_end 0.4 -sampler_evaluations 60
octave64="-passes 3 -sampler_eta 1 -sampler_end 0.05 -sampler_evaluations 24"
energy="-gains energy -sampler_eta 2 -sampler_end 0.05 -sampler_evaluations 48"
last="-gains energy -sampler_eta 1 -sampler_end 0.05 -sampler_evaluations 24"
# shellcheck disable=SC2086
{
  calibrate o64 "$out/base.h5,$out/o64-raw.h5" "$out/more.h5" -above "$out/more.h5" -samples "$2" $octave64
  before=$out/base.h5,$out/o64.h5
  calibrate o128 "$before,$out/o128-raw.h5" "$out/more.h5" -above "$out/more.h5" -samples "$3" $energy
  before=$before,$out/o128.h5
  make "$out/below256.h5" karhunen sample -model "$before" -coarse "$out/more.h5" -coarse_grid 64,64 -samples $((4 * more)) -seed 256 -out "$out/below256.h5"
  calibrate o256 "$before,$out/o256-raw.h5" "$out/more.h5" -above "$out/below256.h5" -samples "$4" $energy
  before=$before,$out/o256.h5
  make "$out/below512.h5" karhunen sample -model "$before" -coarse "$out/apart.h5" -coarse_grid 64,64 -coarse_draws 2 -samples $((2 * apart)) -seed 512 -out "$out/below512.h5"
  calibrate o512 "$before,$out/o512-raw.h5" "$out/apart.h5" -above "$out/below512.h5" -samples "$5" $last
}
before=$before,$out/o512.h5
make "$out/ns2d-turbulence.h5" karhunen calibrate -model "$before" -passes 0 -join -out_half -out "$out/ns2d-turbulence.h5"
# Paired with simulations, whose scales to 64 x 64 points they have; and whole draws.
make "$out/paired.h5" karhunen sample -model "$out/ns2d-turbulence.h5" -coarse "$out/test.h5" -coarse_grid 64,64 -samples "$held" -seed 7 -out "$out/paired.h5"
make "$out/drawn.h5" karhunen sample -model "$out/ns2d-turbulence.h5" -samples "$held" -seed 7 -out "$out/drawn.h5"
for draws in paired drawn; do
  karhunen evaluate -data "$out/test.h5" -samples "$out/$draws.h5" -variable vorticity -judge -judge_steps 300 -out "$out/report-$draws" -overwrite
done

echo "the model: $out/ns2d-turbulence.h5; shipped as examples/models/ns2d-turbulence.h5"
