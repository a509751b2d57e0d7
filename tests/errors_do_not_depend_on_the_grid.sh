#!/bin/sh
# With an exact score and the same evaluations each sampler is as far off in its worst mode on 256 x 256 points as on 64 x 64, to all six
# digits of the table that `bench -bench_type step` prints; on two ranks too.
. "$1/tests/program.sh"

for ranks in 1 2; do
  works $ranks bench -bench_type step -grid_n 256,256 -bench_evaluations 17
  awk -F'|' '$3 ~ / 64x64 / { coarse[$2] = $5 } $3 ~ / 256x256 / { n++; if (coarse[$2] != $5 || $5 !~ /[0-9]/) print $2, coarse[$2], $5 }
             END { if (n != 9) print n, "samplers" }' ../out >../differ
  if [ -s ../differ ]; then wrong "$ranks ranks: $(cat ../differ)"; fi
done
refused 1 'at least 64 points' bench -bench_type step -grid_n 32,64
refused 1 'bench_evaluations 9: must be at least 16' bench -bench_type step -bench_evaluations 9
finish
