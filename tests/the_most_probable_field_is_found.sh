#!/bin/sh
# The example by Tao finds the posterior mean of linear data, as KSP does; of data that are not linear its gradient is that of differences, and one and two ranks find the same minimum.
. "$1/tests/program.sh"
program=examples/most_probable_field
found() { sed -n 's/.*\(J from [0-9.]* to [0-9.]*\), .*/\1/p; /relative error/p' "$1"; }

small="-grid_n 16,16 -obs_every 4"
# shellcheck disable=SC2086
works 2 $small -obs_type points
awk '/is off by/ { n++; if ($(NF - 2) > 1e-8) bad = 1 } END { exit bad || n != 2 }' ../out || wrong "not the posterior mean: $(cat ../out)"
# shellcheck disable=SC2086
works 2 $small
cp ../out two
# shellcheck disable=SC2086
works 1 $small
[ "$(found two)" = "$(found ../out)" ] || wrong "one rank: $(cat ../out), two: $(cat two)"
[ "$(found two | grep -c .)" = 2 ] || wrong "no minimum: $(cat two)"
works 1 -obs_type square -grid_n 12,10 -obs_every 3 -tao_test_gradient -tao_gatol 1e9
awk -F '= |,' '/2-norm/ { n++; if ($2 > 1e-5) bad = 1 } END { exit bad || !n }' ../out || wrong "not the gradient: $(cat ../out)"
finish
