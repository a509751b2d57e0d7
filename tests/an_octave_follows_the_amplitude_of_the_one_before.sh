#!/bin/sh
# -denoiser_amplitude: of a Gaussian law, whose octaves are independent, the variance of an octave follows nothing, and a network that has learnt nothing
# draws the field that it draws without.  Of vorticity it follows the octave before it, and an octave that has learnt nothing has a lower loss than a Wiener
# filter.  Any ranks draw the same; the exponent is in the model's file.  calibrate -above FILE draws an octave above
# FILE's fields: above those that the base draws of the same seed it finds the gains that it finds without them;
# a pass of two draws above four fields takes the first and the third.
# The exponent of 64 Gaussian fields scatters by .008 over twelve seeds: .03 is 3.8 standard errors, a false alarm of 1 in 7,000 for another seed.
# The loss is .958 of that with Wiener filters, scatter .005 over five seeds of the noise: .98 is 4 of them.
. "$1/tests/program.sh"
command -v h5diff >/dev/null || exit 77

still="-train_lr 0 -train_warmup 0 -train_batch 8 -net_type local -local_width 16 -local_dilations 1,1 -denoiser_gain white -noise_cov_rough_power 0"
works 1 generate -generator_type gaussian -grid_n 64,64 -samples 64 -seed 1 -out gauss.h5
works 1 generate -generator_type navierstokes -ns_nu 5e-4 -grid_n 64,64 -samples 24 -seed 1 -out data.h5
# shellcheck disable=SC2086
{
  works 1 train -data gauss.h5 $still -train_steps 1 -train_grid 32,32 -out gbase.h5
  works 1 train -data gauss.h5 $still -train_steps 1 -train_octave -out gplain.h5
  works 2 train -data gauss.h5 $still -train_steps 1 -train_octave -denoiser_amplitude -out glocal.h5
  works 1 train -data data.h5 -variable vorticity $still -train_steps 1 -train_grid 32,32 -out base.h5
  works 2 train -data data.h5 -variable vorticity $still -train_steps 8 -train_octave -train_objective elbo -out wiener.h5
  wiener=$(sed -n 's/.*loss \([0-9.]*\).*/\1/p' ../err | tail -1)
  works 2 train -data data.h5 -variable vorticity $still -train_steps 8 -train_octave -train_objective elbo -denoiser_amplitude -out octave.h5
  loss=$(sed -n 's/.*loss \([0-9.]*\).*/\1/p' ../err | tail -1)
}
awk "BEGIN { exit !($loss > 0 && $loss < 0.98 * $wiener) }" || wrong "with an amplitude the loss is $loss, with Wiener filters $wiener"
power() { # MODEL: p
  works 1 info "$1" >/dev/null
  sed -n 's/^its variance at a point: .*(that of the octave before)^\(.*\)$/\1/p' ../out
}
p=$(power glocal.h5)
awk "BEGIN { exit !($p > -0.03 && $p < 0.03) }" || wrong "of a Gaussian law the exponent is $p"
p=$(power octave.h5)
awk "BEGIN { exit !($p > 0.5 && $p < 1.5) }" || wrong "of vorticity the exponent is $p"
works 1 sample -model gbase.h5,gplain.h5 -samples 2 -seed 5 -out_precision double -out plain.h5
works 1 sample -model gbase.h5,glocal.h5 -samples 2 -seed 5 -out_precision double -out local.h5
h5diff -d 0.05 plain.h5 local.h5 /field >../diff || wrong "an amplitude of 1 draws another field: $(tail -1 ../diff)"
works 1 sample -model base.h5,octave.h5 -samples 2 -seed 5 -out_precision double -out one.h5
works 3 sample -model base.h5,octave.h5 -samples 2 -seed 5 -ranks_per_field 3 -out_precision double -out three.h5
h5diff -d 1e-5 one.h5 three.h5 /vorticity >../diff || wrong "3 ranks draw another field: $(tail -1 ../diff)"
works 2 calibrate -model base.h5,octave.h5 -data data.h5 -variable vorticity -above data.h5 -samples 12 -passes 2 -out above.h5
works 1 sample -model base.h5,above.h5 -samples 1 -seed 5 -out x.h5
works 1 sample -model base.h5 -samples 12 -seed 3 -out_precision double -out coarse.h5
one="-model base.h5,octave.h5 -data data.h5 -variable vorticity -samples 12 -passes 1 -seed 3"
# shellcheck disable=SC2086
{
  works 1 calibrate $one -above coarse.h5 -out above1.h5
  works 1 calibrate $one -above data.h5 -out data1.h5
  works 1 calibrate $one -out without.h5
}
h5diff -d 1e-6 above1.h5 without.h5 /calibration >../diff || wrong "above the base's own draws the gains are others: $(tail -1 ../diff)"
h5diff -d 1e-6 data1.h5 without.h5 /calibration >../diff && wrong "above the data the gains are those above the base's draws"
for i in 0 2; do works 1 sample -model base.h5 -samples 1 -first $i -seed 3 -out_precision double -out coarse$i.h5; done
works 1 sample -model base.h5 -samples 4 -seed 3 -out_precision double -out four.h5
two="-model base.h5,octave.h5 -samples 2 -passes 1 -seed 3"
# shellcheck disable=SC2086
{
  works 1 calibrate $two -above four.h5 -out above4.h5
  works 1 calibrate $two -above coarse0.h5,coarse2.h5 -out above2.h5
}
h5diff above4.h5 above2.h5 /calibration >../diff || wrong "two draws above four fields are not above the first and the third: $(tail -1 ../diff)"
works 1 sample -model base.h5 -grid_n 16,16 -samples 2 -out coarser.h5
refused 1 'give fields as fine as half of that' calibrate -model base.h5,octave.h5 -above coarser.h5 -samples 4 -out z.h5
refused 1 'a model alone is not' calibrate -model base.h5 -data data.h5 -variable vorticity -above data.h5 -samples 4 -out z.h5
refused 1 'above data.h5 has no effect with -passes 0' calibrate -model base.h5,octave.h5 -above data.h5 -passes 0 -out z.h5
# shellcheck disable=SC2086
{
  refused 1 'train_loss_amplitude 0.5: only of an octave that follows an amplitude' train -data data.h5 -variable vorticity $still -train_octave -train_loss_amplitude 0.5 -out z.h5
  refused 1 'train_loss_amplitude: unknown option, or one without effect' train -data data.h5 -variable vorticity $still -train_loss_amplitude 0.5 -out z.h5
  refused 1 'denoiser_amplitude is of octaves' train -data data.h5 -variable vorticity $still -denoiser_amplitude -out z.h5
  refused 1 'denoiser_amplitude needs -denoiser_gain white' train -data data.h5 -variable vorticity $still -train_octave -denoiser_amplitude \
    -denoiser_gain modewise -out z.h5
}
finish
