#!/bin/sh
# sh jobs/train_ns3d.sh: a cascade for the law ns3d (docs/ns3d.md) from nothing: stationary isotropic turbulence at constant power, a base on N/2 points along each axis,
# a U-net, and the octave above it, to N, a network of stencils; both with the 48 symmetries, free of divergence.  Trains one after the other, calibrates each on the
# fields that the model itself draws, and compares draws with simulations of another run.  A stage whose output exists is skipped; a training run that was stopped goes on.
set -eu
cd "$(dirname "$0")/.."
ranks=${RANKS:-2}
n=${N:-32}        # points along an axis; solved on 3/2 of them
nu=${NU:-0.0125}  # k_max eta is about 1.06 at 32; lower it as N^(-4/3)
out=${OUT:-build/ns3d-$n}
fields=${FIELDS:-48} # snapshots to train on
held=${HELD:-32}     # and to judge by, of another run
base=${BASE:-6000}   # steps of 8 fields
octave=${OCTAVE:-4000} # steps of 2 fields
gains=${GAINS:-32}   # fields in each of the passes that calibrate
law="-generator_type navierstokes -grid_n $n,$n,$n -ns_refine 1.5 -ns_nu $nu -ns_force power -ns_power 0.1 -ns_force_band 2 -ns_start random -ns_force_rms 1 -ns_time 10"
training="-variable velocity -train_solenoidal -train_symmetry vector -denoiser_gain white -noise_cov_rough_power 0 -train_objective elbo
  -train_every 250 -train_validation 0.1"

. jobs/stages.sh

# shellcheck disable=SC2086
{
  make "$out/train.h5" karhunen generate $law -ns_times "$fields" -ns_lag 1.5 -samples 1 -seed 1 -out "$out/train.h5"
  make "$out/test.h5" karhunen generate $law -ns_times "$held" -ns_lag 2 -samples 1 -seed 1001 -out "$out/test.h5"
}
ranks=1
train "$out/base-raw.h5" "$out/train.h5" -net_type unet -unet_widths 32,64 -train_grid "$((n / 2)),$((n / 2)),$((n / 2))" -train_lr 2e-3 -train_warmup 200 \
  -train_steps "$base" -train_batch 8
train "$out/octave-raw.h5" "$out/train.h5" -net_type local -local_width 32 -local_dilations 1,1,2,1 -train_octave -train_lr 2e-3 -train_warmup 200 \
  -train_steps "$octave" -train_batch 2
ranks=${RANKS:-2}
make "$out/base.h5" karhunen calibrate -model "$out/base-raw.h5" -out "$out/base.h5" -samples "$gains" -passes 3
make "$out/octave.h5" karhunen calibrate -model "$out/base.h5,$out/octave-raw.h5" -out "$out/octave.h5" -samples "$gains" -passes 3
make "$out/fields.h5" karhunen sample -model "$out/base.h5,$out/octave.h5" -samples "$held" -seed 7 -out "$out/fields.h5"
karhunen evaluate -data "$out/test.h5" -samples "$out/fields.h5" -out "$out/report" -overwrite
