#!/bin/sh
# evaluate tells the enstrophy flux through K where the grid has modes beyond K + 1/2: on 16 x 16 points the greatest wave number is 7 sqrt 2 = 9.9, and the
# flux through 12 or 16 would be that of all modes, twice.
. "$1/tests/program.sh"
works 1 generate -generator_type navierstokes -ns_time 0.1 -grid_n 16,16 -samples 4 -seed 1 -out small.h5
works 1 generate -generator_type navierstokes -ns_time 0.1 -grid_n 24,24 -samples 4 -seed 1 -out large.h5
tell() { grep '^  enstrophy flux' ../out | sed 's/^  enstrophy flux, \([0-9]*\) .*/\1/' | tr '\n' ' '; }
works 1 evaluate -data small.h5 -samples small.h5 -out small
[ "$(tell)" = '4 8 ' ] || wrong "of 16 x 16 points: $(tell)"
works 2 evaluate -data large.h5 -samples large.h5 -out large
[ "$(tell)" = '4 8 12 ' ] || wrong "of 24 x 24 points: $(tell)"
finish
