#!/bin/sh
# One seed, one set of fields: on any number of ranks, alone or in groups, in one run or continued by -first, and for every sampler.
. "$1/tests/program.sh"
command -v h5diff >/dev/null || exit 77

for sampler in 'multistep' 'multistep -sampler_eta 1' 'em' 'heun -sampler_churn 4' 'langevin' 'predictorcorrector' 'ode'; do
  law="-score_type mixture -grid_n 24,20 -cov_alpha 2 -data_cov_alpha 3 -seed 5 -out_precision double -overwrite -sampler_type $sampler"
  # shellcheck disable=SC2086
  {
    works 1 sample $law -samples 4 -out one.h5
    works 3 sample $law -samples 4 -ranks_per_field 3 -out three.h5
    works 4 sample $law -samples 4 -ranks_per_field 2 -out groups.h5
    works 1 sample $law -samples 2 -first 2 -out rest.h5
  }
  # the adaptive rk chooses its steps by a norm that is summed in another order: equal to its tolerance
  tolerance=1e-9
  [ "$sampler" = ode ] && tolerance=1e-4
  h5diff -d $tolerance one.h5 three.h5 /u >../diff || wrong "$sampler: 3 ranks differ from 1: $(tail -1 ../diff)"
  h5diff -d $tolerance one.h5 groups.h5 /u >../diff || wrong "$sampler: groups differ: $(tail -1 ../diff)"
done
finish
