#!/bin/sh
# examples/out_of_law.sh: fields of an exact mixture against 40 of the same law: at most 6 of 20 have p < .05 (a false alarm in 10^4 seeds), of
# 20 Gaussian fields, the mixture's without its profiles, 12 or more.  What makes no sense is one line.
. "$1/tests/program.sh"
export KARHUNEN="$build/karhunen"
law="-grid_n 16,16 -score_type mixture -data_cov_alpha 2 -likelihood_evaluations 20"
works 1 generate -generator_type mixture -data_cov_alpha 2 -grid_n 16,16 -samples 40 -seed 1 -out law.h5
works 1 generate -generator_type mixture -data_cov_alpha 2 -grid_n 16,16 -samples 20 -seed 2 -out same.h5
works 1 generate -generator_type gaussian -data_cov_alpha 2 -grid_n 16,16 -samples 20 -seed 3 -out other.h5
told() {
  sh "$source/examples/out_of_law.sh" law.h5 "$1" $law | tail -1
}
same=$(told same.h5) other=$(told other.h5)
echo "$same; $other"
[ "${same%% *}" -le 6 ] || wrong "of the same law: $same"
[ "${other%% *}" -ge 12 ] || wrong "of another: $other"
if sh "$source/examples/out_of_law.sh" law.h5 absent.h5 $law >../out 2>../err; then wrong "absent.h5 was taken"; fi
grep -q 'absent.h5 is missing' ../err || wrong "$(cat ../err)"
finish
