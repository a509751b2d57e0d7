#!/bin/sh
# Draws that end at noise which is not small beside the law lack the share S/(C + S) of its variance, S = end^2 lambda, lambda and C of one shape: half for
# C = 1e-6 lambda and an end of .001.  sample says so above a tenth, and not for the laws that are drawn whole.
. "$1/tests/program.sh"

how="sample -score_type gaussian -cov_type matern -cov_alpha 2 -data_cov_type matern -data_cov_alpha 2 -grid_n 32,32 -sampler_end 0.001 -seed 1"
# shellcheck disable=SC2086
{
  works 2 $how -samples 1 -data_cov_variance 1e-6 -out half.h5
  grep -q "^draws lack 50 % of the law's variance" ../out || wrong "of a law that draws lack half of: $(cat ../out)"
  works 1 $how -samples 2 -data_cov_variance 1e-5 -out most.h5
  grep -q 'draws lack' ../out && wrong "a tenth is not above a tenth: $(cat ../out)"
  works 1 $how -samples 1 -data_cov_variance 1e-6 -cov_variance 1e-6 -out whole.h5
  grep -q 'draws lack' ../out && wrong "noise of the law's own size: $(cat ../out)"
}
works 1 sample -model "$source/examples/models/ns2d-cascade.h5" -grid_n 64,64 -samples 1 -out fields.h5
grep -q 'draws lack' ../out && wrong "the shipped cascade: $(cat ../out)"
finish
