#!/bin/sh
# evaluate -truths: draws given data beside their truths, alike on any ranks; what does not fit or has no effect is one line.
. "$1/tests/program.sh"

law="-grid_n 64 -cov_alpha 1 -cov_tau 6 -data_cov_alpha 2 -data_cov_tau 6"
works 1 sample $law -samples 2 -out truths.h5
for i in 0 1; do
  works 1 observe -data truths.h5 -sample $i -obs_every 8 -obs_noise 0.1 -seed $i -out y$i.csv
  works 1 posterior $law -posterior_type exact -obs_data y$i.csv -samples 15 -seed $i -out given$i.h5
done
works 1 evaluate -data truths.h5 -samples 'given?.h5' -truths 2 -out report
grep -q '2 truths, 15 draws given the data of each, in 15 runs' ../out || wrong 'it does not say what was compared'
grep '%' ../out >one
works 1 evaluate -data truths.h5 -samples given0.h5 -truths 1 -out report1
grep -q '^1 truth, 15 draws' ../out && grep -q 'error of the mean [0-9.e-]* +- [?], CRPS' ../out || wrong "of one truth: $(cat ../out)"
grep -qw nan ../out && wrong "an error of one truth is a number"
works 2 evaluate -data truths.h5 -samples 'given?.h5' -truths 2 -related 5 -out report2
grep -q 'in 3 runs' ../out || wrong 'related draws count as independent ones'
grep '%' ../out >two
cmp -s one two || wrong 'the report depends on the number of ranks'
[ -s report.png ] && [ -s report.json ] || wrong 'no picture or no JSON file'
works 1 render given0.h5 -ensemble -out ensemble.png
[ -s ensemble.png ] || wrong 'no picture of the ensemble'
refused 1 'as many draws of each truth are needed' evaluate -data truths.h5 -samples given0.h5,truths.h5 -truths 2 -out x
refused 1 'related 4: each truth has 15 draws' evaluate -data truths.h5 -samples 'given?.h5' -truths 2 -related 4 -out x
refused 1 'has 2 fields' evaluate -data truths.h5 -samples 'given?.h5' -truths 5 -out x
for option in '-energy_fields 5' '-permutations 9' '-seed 2' '-memory truths.h5' -judge; do
  refused 1 "${option% *} has no effect with -truths" evaluate -data truths.h5 -samples 'given?.h5' -truths 2 $option -out x
done
refused 1 'related has no effect without -truths' evaluate -data truths.h5 -samples given0.h5 -related 5 -out x
refused 1 'obs_sample: unknown option, or one without effect' evaluate -data truths.h5 -samples given0.h5 -truths 1 -obs_sample 0 -out x
finish
