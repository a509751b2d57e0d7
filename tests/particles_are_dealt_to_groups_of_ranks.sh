#!/bin/sh
# The particles of a run are the same on any number of groups of ranks, to rounding, data linear or not, and so are the run's log evidence and effective
# number; with more runs than groups they are whole runs of each group unless -posterior_deal says otherwise. A cascade that has learnt nothing draws, given data, with
# the log evidence of the Gaussian law of the whole spectrum.
. "$1/tests/program.sh"
command -v h5diff >/dev/null || exit 77

law='-grid_n 24,20 -cov_alpha 2 -cov_tau 6 -data_cov_alpha 3 -data_cov_tau 6 -score_type mixture'
# shellcheck disable=SC2086
works 1 sample $law -samples 1 -seed 2 -out truth.h5
for type in points square; do
  works 1 observe -data truth.h5 -obs_type $type -obs_every 6 -obs_noise 0.05 -seed 1 -out $type.csv
  how="$law -obs_type $type -obs_data $type.csv -obs_noise 0.05 -sampler_evaluations 21 -posterior_particles 5 -seed 4 -out_precision double"
  [ $type = square ] || how="$how -posterior_moves 2 -posterior_moves_noise 1"
  # shellcheck disable=SC2086
  {
    works 1 posterior $how -samples 10 -out one.h5
    one=$(grep 'log evidence' ../out)
    works 2 posterior $how -samples 10 -ranks_per_field 1 -posterior_deal particles -out two.h5
    [ "$one" = "$(grep 'log evidence' ../out)" ] || wrong "$type: two groups: $(grep 'log evidence' ../out), one: $one"
    works 4 posterior $how -samples 10 -ranks_per_field 2 -posterior_deal particles -out four.h5
    works 3 posterior $how -samples 10 -ranks_per_field 1 -out three.h5
    works 2 posterior $how -samples 10 -ranks_per_field 1 -out runs.h5
  }
  echo "$one" | grep -q ' 0 resamplings' && wrong "$type: nothing is resampled, so that no particle moves between groups"
  for file in two four three runs; do
    h5diff -d 1e-9 one.h5 $file.h5 /u >../diff || wrong "$type: $file.h5 differs: $(tail -1 ../diff)"
  done
  rm ./*.h5
  # shellcheck disable=SC2086
  works 1 sample $law -samples 1 -seed 2 -out truth.h5
done
# shellcheck disable=SC2086
refused 1 'posterior_moves 1: particles move given data that are linear' posterior $law -obs_type square -obs_data square.csv -obs_noise 0.05 -posterior_moves 1 -out x.h5
# shellcheck disable=SC2086
refused 3 'at least 3 are needed' posterior $law -obs_data points.csv -posterior_particles 2 -ranks_per_field 1 -samples 2 -out x.h5

works 1 generate -generator_type gaussian -grid_n 64 -samples 24 -seed 1 -out line.h5
still="-data line.h5 -train_steps 1 -train_lr 0 -train_batch 2 -net_type local -local_width 16 -local_dilations 1,1 -denoiser_gain white"
# shellcheck disable=SC2086
{
  works 1 train $still -out whole.h5
  works 1 train $still -train_grid 32 -out base.h5
  works 1 train $still -train_octave -out octave.h5
}
works 1 observe -data line.h5 -obs_every 8 -obs_noise 0.1 -seed 1 -out y.csv
given='-obs_data y.csv -posterior_kernel wa -posterior_moves 1 -posterior_particles 4 -samples 4 -seed 5 -out_precision double'
# shellcheck disable=SC2086
{
  works 1 posterior -model whole.h5 $given -out whole-given.h5
  whole=$(sed -n 's/.*log evidence //p' ../out)
  works 1 posterior -model base.h5,octave.h5 $given -out cascade-given.h5
  both=$(sed -n 's/.*log evidence //p' ../out)
  awk -v a="$whole" -v b="$both" 'BEGIN { exit !(a != "" && a - b < 2e-3 && b - a < 2e-3) }' || wrong "log evidence $both of the cascade, $whole of the law"
  works 2 posterior -model base.h5,octave.h5 $given -ranks_per_field 1 -out dealt.h5
  works 2 posterior -model base.h5,octave.h5 $given -out two.h5
  works 2 posterior -model base.h5,octave.h5 -posterior_type guided -obs_data y.csv -samples 2 -out guided.h5
  refused 1 'a cascade is drawn by smc or guided' posterior -model base.h5,octave.h5 -posterior_type pcn -obs_data y.csv -samples 2 -out x.h5
  refused 1 'spectrum alone' posterior -model base.h5,octave.h5 -posterior_type guided -posterior_covariance jacobian -obs_data y.csv -out x.h5
}
for file in dealt two; do h5diff -d 1e-5 cascade-given.h5 $file.h5 /field >../diff || wrong "$file.h5 differs: $(tail -1 ../diff)"; done
finish
