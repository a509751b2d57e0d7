#!/bin/sh
# Ranks that share a field (-train_group) share the memory of training on it: the peak of each of 4 ranks, less what a field of few points
# takes (program, weights, moments), is at most 0.3 of that of one rank.
. "$1/tests/program.sh"

peak() { # POINTS RANKS: prints MiB
  works 1 generate -samples 2 -grid_n "$1,$1,$1" -data_cov_alpha 3 -out "$1.h5" -overwrite
  works "$2" train -data "$1.h5" -out "$1-$2.h5" -train_steps 1 -train_batch 2 -train_group "$2" -train_validation 0 -fno_width 8 -fno_modes 4 -fno_hidden 16 -fno_depth 2
  mib=$(sed -n 's/^wrote .* at most \(.*\) MiB a rank$/\1/p' ../out)
}
peak 8 1; few1=$mib
peak 8 4; few4=$mib
peak 56 1; many1=$mib
peak 56 4; many4=$mib
awk "BEGIN { exit !(($many4 - $few4) <= 0.3 * ($many1 - $few1) && $many1 > 2 * $few1) }" || wrong "56^3 points take $many4 MiB of each of 4 ranks and $many1 of one; 8^3 points $few4 and $few1"
echo "56^3 points: ($many4 - $few4)/($many1 - $few1)"
finish
