#!/bin/sh
# sh jobs/train_viscosity.sh: the shipped model that is told a viscosity (docs/conditions.md) from nothing: vorticity of the law ns2d on 32 x 32 points at seven
# viscosities, a U-net in two runs, a calibration; judged at three viscosities that it was not trained at.  A stage whose output exists is skipped; a training
# run that was stopped goes on.
set -eu
cd "$(dirname "$0")/.."
ranks=${RANKS:-1}
out=${OUT:-build/viscosity}
fields=${FIELDS:-400} # at each viscosity
held=${HELD:-512}     # to judge by
first=${FIRST:-5000} more=${MORE:-3000} # steps
gains=${GAINS:-128}   # fields in each pass of the calibration
draws=${DRAWS:-256}
law="-generator_type navierstokes -grid_n 32,32 -ns_refine 2"
training="-variable vorticity -train_condition nu -denoiser_gain white -noise_cov_rough_power 0 -train_objective elbo -train_symmetry pseudoscalar
  -train_times normal -net_type unet -unet_widths 32,64,96 -train_batch 8 -train_warmup 200 -train_every 500"

. jobs/stages.sh

i=0 data=
for nu in 1e-3 1.3e-3 1.6e-3 2e-3 2.5e-3 3.2e-3 4e-3; do
  i=$((i + 1)) data=$data${data:+,}$out/nu$i.h5
  # shellcheck disable=SC2086
  make "$out/nu$i.h5" karhunen generate $law -ns_nu $nu -seed $i -samples "$fields" -out "$out/nu$i.h5"
done
train "$out/first.h5" "$data" -train_times_mean -0.4 -train_times_std 1.6 -train_lr 1.5e-3 -train_ema 0.999 -train_steps "$first"
train "$out/trained.h5" "$data" -train_times_mean 0.2 -train_times_std 1.8 -train_lr 8e-4 -train_ema 0.998 -train_loss_power 0.25 \
  -train_from "$out/first.h5" -train_steps "$more"
make "$out/ns2d-viscosity.h5" karhunen calibrate -model "$out/trained.h5" -condition nu=2e-3 -samples "$gains" -passes 3 -sampler_eta 1 -sampler_end 0.2 \
  -sampler_evaluations 40 -out_half -out "$out/ns2d-viscosity.h5"
i=0
for nu in 1.15e-3 1.8e-3 2.8e-3; do
  i=$((i + 1))
  # shellcheck disable=SC2086
  make "$out/test$i.h5" karhunen generate $law -ns_nu $nu -seed 10$i -samples "$held" -out "$out/test$i.h5"
  make "$out/drawn$i.h5" karhunen sample -model "$out/ns2d-viscosity.h5" -condition nu=$nu -samples "$draws" -seed $i -out "$out/drawn$i.h5"
  karhunen evaluate -data "$out/test$i.h5" -samples "$out/drawn$i.h5" -variable vorticity -out "$out/report$i" -overwrite
done

echo "the model: $out/ns2d-viscosity.h5; shipped as examples/models/ns2d-viscosity.h5"
