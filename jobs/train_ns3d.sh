#!/bin/sh
# sh jobs/train_ns3d.sh: the shipped cascade of the law ns3d (docs/ns3d.md) from nothing: stationary isotropic turbulence at constant power on N points along each
# axis; a base on N/4, a U-net, and two octaves above it, to N/2 and to N, networks of stencils, the second from the weights of the first; all with the 48 symmetries, free of
# divergence.  Trains base and octaves beside one another on a core each, calibrates each on the fields that the model itself draws, and compares draws with
# simulations of another run.  A stage whose output exists is skipped; a training run that was stopped goes on.
set -eu
cd "$(dirname "$0")/.."
ranks=${RANKS:-2}
n=${N:-64}       # points along an axis; solved on 3/2 of them
nu=${NU:-0.005}  # k_max eta is about 1.06 at 64; lower it as N^(-4/3)
out=${OUT:-build/ns3d-$n}
fields=${FIELDS:-44}   # snapshots of each of two runs to train on
held=${HELD:-24}       # and to judge by, of another run
base=${BASE:-21500}    # steps of 8 fields, in four runs
octave=${OCTAVE:-3600} # steps of 2 fields, in two
finest=${FINEST:-2400} # steps of one field, in two
gains=${GAINS:-96}     # fields in each of the passes that calibrate the base
law="-generator_type navierstokes -grid_n $n,$n,$n -ns_refine 1.5 -ns_nu $nu -ns_force power -ns_power 0.1 -ns_force_band 2 -ns_start random -ns_force_rms 1 -ns_time 6"
training="-variable velocity -train_solenoidal -train_symmetry vector -denoiser_gain white -noise_cov_rough_power 0 -train_objective elbo
  -train_every 250 -train_validation 0.06 -train_times normal"

. jobs/stages.sh

# shellcheck disable=SC2086
{
  make "$out/train.h5" karhunen generate $law -ns_times "$fields" -ns_lag 1.5 -samples 2 -seed 1 -out "$out/train.h5"
  make "$out/test.h5" karhunen generate $law -ns_times "$held" -ns_lag 2 -samples 1 -seed 1001 -out "$out/test.h5"
}
most="-train_times_mean -0.8 -train_times_std 1.3" # levels of noise, log(s/a), at which most of a field is seen
all="-train_times_mean 0.2 -train_times_std 1.8"
(
  ranks=1
  unet="-net_type unet -unet_widths 32,64,96 -train_grid $((n / 4)),$((n / 4)),$((n / 4)) -train_batch 8"
  # shellcheck disable=SC2086
  {
    train "$out/base1.h5" "$out/train.h5" $unet -train_times_mean 0 -train_times_std 1.7 -train_warmup 300 -train_lr 1e-3 -train_ema 0.9995 -train_steps $((base * 8 / 43))
    train "$out/base2.h5" "$out/train.h5" $unet -train_times_mean -0.4 -train_times_std 1.6 -train_warmup 300 -train_lr 8e-4 -train_ema 0.9995 -train_loss_power 0.25 \
      -train_from "$out/base1.h5" -train_steps $((base * 8 / 43))
    train "$out/base3.h5" "$out/train.h5" $unet -train_times_mean 0 -train_times_std 1.7 -train_warmup 100 -train_lr 7e-4 -train_ema 0.999 -train_loss_power 0.25 \
      -train_from "$out/base2.h5" -train_steps $((base * 5 / 43))
    train "$out/base-raw.h5" "$out/train.h5" $unet -train_times_mean 0 -train_times_std 1.7 -train_warmup 100 -train_lr 1e-3 -train_ema 0.9995 -train_loss_power 0.25 \
      -train_from "$out/base3.h5" -train_steps $((base * 22 / 43))
  }
) &
(
  ranks=1
  stencils="-net_type local -local_width 32 -local_dilations 1,1,2,1,1 -train_octave -train_warmup 100"
  half="-train_grid $((n / 2)),$((n / 2)),$((n / 2)) -train_batch 2"
  # shellcheck disable=SC2086
  {
    train "$out/octave1.h5" "$out/train.h5" $stencils $half $most -train_lr 2e-3 -train_ema 0.999 -train_steps $((octave * 13 / 18))
    train "$out/octave-raw.h5" "$out/train.h5" $stencils $half $all -train_lr 8e-4 -train_ema 0.998 -train_from "$out/octave1.h5" -train_steps $((octave * 5 / 18))
    train "$out/finest1.h5" "$out/train.h5" $stencils $all -train_batch 1 -train_lr 8e-4 -train_ema 0.99 -train_from "$out/octave-raw.h5" -train_steps $((finest / 6))
    train "$out/finest-raw.h5" "$out/train.h5" $stencils -train_batch 1 -train_times_mean 0 -train_times_std 1.7 -train_lr 1e-3 -train_ema 0.998 -train_from "$out/finest1.h5" \
      -train_steps $((finest * 5 / 6))
  }
) &
wait
sampler="-sampler_eta 1 -sampler_end 0.05"
# shellcheck disable=SC2086
{
  make "$out/base.h5" karhunen calibrate -model "$out/base-raw.h5" -out "$out/base.h5" -samples "$gains" -passes 5 $sampler -sampler_evaluations 70
  make "$out/octave.h5" karhunen calibrate -model "$out/base.h5,$out/octave-raw.h5" -out "$out/octave.h5" -samples $((gains / 4)) -passes 4 $sampler \
    -sampler_evaluations 28
  make "$out/finest.h5" karhunen calibrate -model "$out/base.h5,$out/octave.h5,$out/finest-raw.h5" -out "$out/finest.h5" -samples $(((gains + 11) / 12)) -passes 4 $sampler \
    -sampler_evaluations 28
}
make "$out/joined.h5" karhunen calibrate -model "$out/base.h5,$out/octave.h5,$out/finest.h5" -passes 0 -join -out_half -out "$out/joined.h5"
go_on="-continue -passes 1 $sampler"
# shellcheck disable=SC2086
{
  make "$out/whole1.h5" karhunen calibrate -model "$out/joined.h5" -level 0 $go_on -samples $((gains * 2 / 3)) -seed 21 -sampler_evaluations 70 -out "$out/whole1.h5"
  make "$out/whole2.h5" karhunen calibrate -model "$out/whole1.h5" -level 0 $go_on -samples $((gains * 2 / 3)) -seed 22 -sampler_evaluations 70 -out "$out/whole2.h5"
  make "$out/cascade.h5" karhunen calibrate -model "$out/whole2.h5" -level 2 $go_on -samples $(((gains + 11) / 12)) -seed 21 -sampler_evaluations 28 -out "$out/cascade.h5"
}
make "$out/fields.h5" karhunen sample -model "$out/cascade.h5" -samples "$held" -seed 7 -out "$out/fields.h5"
karhunen evaluate -data "$out/test.h5" -samples "$out/fields.h5" -variable velocity -out "$out/report" -overwrite

echo "the model: $out/cascade.h5; shipped as examples/models/ns3d.h5"
