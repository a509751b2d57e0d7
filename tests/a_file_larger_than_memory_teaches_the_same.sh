#!/bin/sh
# Training from a file that is larger than the memory that it may have: with -train_keep none the weights are, to the bit, those of a run without a
# limit that keeps all fields in memory; under the limit that run ends with an error.
. "$1/tests/program.sh"
command -v h5diff >/dev/null || exit 77

works 1 generate -generator_type gaussian -grid_n 256,256 -samples 300 -seed 1 -out data.h5 # 75 MiB
how="-data data.h5 -train_steps 2 -train_batch 1 -train_warmup 1 -fno_modes 2 -fno_width 2 -fno_hidden 4 -fno_depth 1"
# shellcheck disable=SC2086
works 1 train $how -out memory.h5
# the memory that this program needs before it has any field: the least limit under which -train_keep none runs
for limit in 50000 60000 70000; do # KiB
  # shellcheck disable=SC2086
  (ulimit -d "$limit" && run 1 train $how -train_keep none -out none.h5 -overwrite && exit "$status") && break
  limit=0
done
[ "$limit" != 0 ] || wrong "no run under the largest limit: $(cat ../err)"
h5diff memory.h5 none.h5 /weights >../diff || wrong "other weights: $(tail -1 ../diff)"
# shellcheck disable=SC2086
(ulimit -d "$limit" && run 1 train $how -out other.h5 && exit "$status") && wrong "all fields fit into $limit KiB: the claim shows nothing"
[ ! -e other.h5 ] || wrong "a model is left"
[ "$(wc -c <data.h5)" -gt $((limit * 1024)) ] || wrong "the file is not larger than the limit of $limit KiB"
finish
