#!/bin/sh
# An empirical score draws members of its file's set, and a spectrum taken from fields is that of their law.
. "$1/tests/program.sh"
command -v h5diff >/dev/null || exit 77

works 1 sample -grid_n 16,16 -samples 1 -seed 4 -data_cov_alpha 3 -out one.h5 -out_precision double
works 2 sample -grid_n 16,16 -samples 3 -seed 8 -score_type empirical -empirical_data one.h5 -cov_alpha 2 -out drawn.h5 -out_precision double
for i in 0 1 2; do # the one member, whatever the noise
  h5dump -d "/u[0,0,0;1,1,1;1,16,16]" one.h5 | grep '^ *(' >../a
  h5dump -d "/u[$i,0,0;1,1,1;1,16,16]" drawn.h5 | grep '^ *(' | sed "s/($i,/(0,/" >../b
  cmp -s ../a ../b || awk 'NR == FNR { a[NR] = $0; next } { split(a[FNR], x, /[:,] */); split($0, y, /[:,] */); for (j in x) if (x[j] - y[j] > 1e-6 || y[j] - x[j] > 1e-6) exit 1 }' ../a ../b ||
    wrong "sample $i is not the member of the set"
done
works 2 sample -grid_n 24,24 -samples 300 -seed 1 -data_cov_type gauss -data_cov_length 0.1 -data_cov_variance 2 -out many.h5
works 1 sample -grid_n 24,24 -data_cov_type spectrum -data_cov_data many.h5 -out x.h5
variance=$(sed -n 's/^data covariance spectrum.*variance //p' ../out)
awk -v v="$variance" 'BEGIN { exit !(v > 1.8 && v < 2.2) }' || wrong "the spectrum of the fields has variance $variance, not 2"
refused 1 'give one of them' sample -grid_n 24,24 -cov_type spectrum -cov_data many.h5 -cov_file x -out y.h5
refused 1 'needs data' sample -grid_n 24,24 -score_type empirical -out y.h5
finish
