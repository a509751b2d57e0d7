#!/bin/sh
# Fields given to a model are of its variable: taken by its name, where the file has it; another one only when it is named or alone, has the model's unit and neither
# follows from the model's nor that from it.  Error lines name both variables and the remedy.
. "$1/tests/program.sh"

how="-train_steps 1 -train_batch 2 -train_warmup 0 -net_type local -local_width 16 -local_dilations 1,1 -denoiser_gain white"
works 1 generate -generator_type insar -grid_n 32,32 -grid_length 3200 -samples 6 -seed 1 -out full.h5
works 1 generate -generator_type insar -insar_keep false -grid_n 32,32 -grid_length 3200 -samples 6 -seed 1 -out phases.h5
works 1 generate -generator_type navierstokes -ns_time 0.1 -grid_n 16,16 -samples 2 -seed 1 -out flow.h5
# shellcheck disable=SC2086
{
  works 1 train -data full.h5 -variable scene -train_grid 16,16 $how -out scene.h5
  works 1 train -data full.h5 -variable scene -train_octave $how -out octave.h5
  works 1 train -data full.h5 -variable turbulence -train_grid 16,16 $how -out turbulence.h5
  works 1 train -data full.h5 -variable wave -train_grid 16,16 $how -out wave.h5
}
calibrate="calibrate -samples 1 -passes 1 -sampler_evaluations 2"
sample="sample -model scene.h5,octave.h5 -samples 1 -sampler_evaluations 2"

# The first variable of full.h5 is phase.  The model's own is found by its name.
works 1 $calibrate -model scene.h5 -data full.h5 -out found.h5
grep -q '^read full.h5: scene,' ../out || wrong "calibrate does not take scene from full.h5: $(cat ../out)"
works 2 $sample -coarse full.h5 -out drawn.h5
grep -q '^read full.h5: scene,' ../out || wrong "sample does not take scene from full.h5: $(cat ../out)"
refused 1 'phases.h5 has no variable scene, which the model is of: it has phase, wave; give -variable NAME' $calibrate -model scene.h5 -data phases.h5 -out x.h5
refused 2 'no variable scene.*give -coarse_variable NAME' $sample -coarse phases.h5 -out x.h5

# What follows from the model's variable, or that from it, has as many components and is another quantity all the same.
refused 1 '-variable wave of phases.h5 is another quantity than the model.s scene, which it follows from' $calibrate -model scene.h5 -data phases.h5 -variable wave -out x.h5
refused 1 '-coarse_variable wave of phases.h5 is another quantity' $sample -coarse phases.h5 -coarse_variable wave -out x.h5
refused 1 '-variable scene of full.h5 is another quantity than the model.s wave, which follows from it' $calibrate -model wave.h5 -data full.h5 -variable scene -out x.h5

# Another variable of the same kind: on purpose only, and in the same unit.
works 1 $calibrate -model turbulence.h5 -data full.h5 -variable stratified -out other.h5
grep -q '^note: -variable stratified of full.h5 is taken for the model.s turbulence' ../out || wrong "nothing is said of another variable: $(cat ../out)"
refused 1 'deformation of full.h5 is in m, the model.s turbulence in rad: give fields in the model.s unit' $calibrate -model turbulence.h5 -data full.h5 -variable deformation -out x.h5
refused 1 'its noise has 1 component in 2D, cosine, the model 2 in 2D, cosine' $calibrate -model scene.h5 -data full.h5 -variable noise -out x.h5
works 1 generate -generator_type gaussian -grid_basis cosine -grid_n 32,32 -grid_length 3200 -data_cov_tau 0.01 -samples 2 -seed 1 -out lone.h5
works 1 $calibrate -model turbulence.h5 -data lone.h5 -out lone-model.h5
grep -q '^note: -variable field of lone.h5 is taken for the model.s turbulence' ../out || wrong "nothing is said of the only variable: $(cat ../out)"
refused 1 'its vorticity has 1 component in 2D, periodic, the model 1 in 2D, cosine' $calibrate -model turbulence.h5 -data flow.h5 -variable vorticity -out x.h5

# The nats of fields under a model are of the same rule.
works 1 train -data full.h5 -variable turbulence $how -out fine.h5
works 1 evaluate -likelihood elbo -likelihood_evaluations 2 -fields 1 -model fine.h5 -data full.h5
refused 1 'deformation of full.h5 is in m' evaluate -likelihood elbo -fields 1 -model fine.h5 -data full.h5 -variable deformation
refused 1 'no variable turbulence' evaluate -likelihood elbo -fields 1 -model fine.h5 -data phases.h5
finish
