#!/bin/sh
# Accurate data and few evaluations leave few ancestors: the program says so, of few particles too, and the file has the counts, of the run and with each sample. Data that
# say little leave particles as they are, and nothing is said. One sample of each run is no copy, whatever ranks share its particles.
. "$1/tests/program.sh"

law="-grid_n 16,16 -cov_alpha 2 -cov_tau 6 -data_cov_alpha 3 -data_cov_tau 6 -score_type mixture"
# shellcheck disable=SC2086
{
  works 1 sample $law -samples 1 -seed 2 -out truth.h5
  works 1 observe -data truth.h5 -obs_every 2 -obs_noise 0.002 -seed 1 -out accurate.csv
  works 1 observe -data truth.h5 -obs_every 8 -obs_noise 3 -seed 1 -out vague.csv
  for n in 4 16; do
    works 1 posterior $law -obs_data accurate.csv -samples $n -posterior_particles $n -sampler_evaluations 6 -seed 2 -out few$n.h5
    grep -Eq "^warning: samples of a run are near copies .[0-9]+ of $n distinct, of [1-3] ancestors?.: .*-posterior_return 1" ../out || wrong "$n particles: no warning of near copies"
    grep -Eq "^1 run of $n particles, at least [0-9]+ distinct at the end, of [1-3] ancestors?, " ../out || wrong "$n particles: $(grep '^1 run' ../out)"
    works 1 info few$n.h5
    for name in posterior_ancestors posterior_distinct posterior_least_ess numbers_of_samples; do grep -q $name ../out || wrong "few$n.h5 has no $name"; done
  done
  works 1 posterior $law -obs_data vague.csv -samples 16 -sampler_evaluations 11 -seed 2 -out vague.h5
  grep -q 'near copies' ../out && wrong 'particles that data leave alone are called near copies'
  grep -Eq '^1 run of 16 particles, at least 1[0-6] distinct at the end, of 1[0-6] ancestors, ' ../out || wrong "data that say little: $(grep '^1 run' ../out)"
  works 1 posterior $law -obs_data accurate.csv -samples 1 -posterior_particles 4 -sampler_evaluations 6 -seed 2 -out lone.h5
  grep -q 'near copies' ../out && wrong 'a lone sample is called a near copy'
  one='-obs_data accurate.csv -samples 3 -posterior_particles 4 -posterior_return 1 -sampler_evaluations 6 -seed 2 -out_precision double'
  works 1 posterior $law $one -out one.h5
  grep -q '^3 runs of 4 particles' ../out || wrong 'one sample a run: three samples are not of three runs'
  grep -q 'near copies' ../out && wrong 'samples of different runs are called near copies'
  works 2 posterior $law $one -ranks_per_field 1 -posterior_deal particles -out dealt.h5
  refused 1 'posterior_return 5: a run has 4 particles' posterior $law -obs_data accurate.csv -posterior_particles 4 -posterior_return 5 -out x.h5
}
if command -v h5diff >/dev/null; then
  h5diff -d 1e-9 one.h5 dealt.h5 /u >../diff || wrong "one sample a run depends on groups of ranks: $(tail -1 ../diff)"
  h5diff -d 1e-6 one.h5 dealt.h5 '/checks/numbers of samples' >../diff || wrong "numbers depend on groups of ranks: $(tail -1 ../diff)"
  h5dump -y -m %.6g -d '/checks/numbers of samples' few16.h5 | sed -n 's/^ *\(-\{0,1\}[0-9.e+-]*\),\{0,1\}$/\1/p' | paste -d ' ' - - - - - - - | sort -u >rows
  awk 'NF == 7 && $7 == 0 && $4 < 8 && $5 >= 1 && $5 <= $6 && $6 <= 16 { good++ } END { exit !(good == 1 && NR == 1) }' rows || wrong "not one row of seven numbers for all samples of a run: $(cat rows)"
fi
finish
