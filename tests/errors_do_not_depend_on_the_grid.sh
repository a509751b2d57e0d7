#!/bin/sh
# With an exact score and the same evaluations each sampler is as far off in its worst mode on 256 x 256 points as on 64 x 64, to all six
# digits of the table that `karhunen-bench -bench_type step` prints; on two ranks too.  The adaptive flow takes as many steps on any grid.
. "$1/tests/program.sh"

program=karhunen-bench
for ranks in 1 2; do
  works $ranks -bench_type step -grid_n 256,256 -bench_evaluations 17
  awk -F'|' '$3 ~ / 64x64 / { coarse[$2] = $5 } $3 ~ / 256x256 / { n++; if (coarse[$2] != $5 || $5 !~ /[0-9]/) print $2, coarse[$2], $5 }
             END { if (n != 9) print n, "samplers" }' ../out >../differ
  if [ -s ../differ ]; then wrong "$ranks ranks: $(cat ../differ)"; fi
done
program=karhunen
for n in 32 128; do
  works 1 sample -grid_n $n,$n -cov_alpha 2 -sampler_type ode -out ode$n.h5
  sed -n 's/.*samples*, \([0-9]*\) evaluations.*/\1/p' ../out >../ode$n
done
if ! cmp -s ../ode32 ../ode128 || [ ! -s ../ode32 ]; then wrong "the adaptive flow takes $(cat ../ode32) evaluations on 32 x 32, $(cat ../ode128) on 128 x 128"; fi
program=karhunen-bench
refused 1 'at least 64 points' -bench_type step -grid_n 32,64
refused 1 'bench_evaluations 9: must be at least 16' -bench_type step -bench_evaluations 9
finish
