#!/bin/sh
# -train_keep none reads each field when it is needed: the same weights, to the bit, as with all in memory, on one rank a
# field and two.
. "$1/tests/program.sh"
command -v h5diff >/dev/null || exit 77

works 1 generate -generator_type gaussian -grid_n 48,48 -samples 40 -seed 1 -out data.h5
how="-data data.h5 -train_steps 4 -train_batch 4 -train_warmup 1 -fno_modes 4 -fno_width 8"
for group in 1 2; do
  # shellcheck disable=SC2086
  {
    works 2 train $how -train_group $group -out memory$group.h5
    works 2 train $how -train_group $group -train_keep none -out none$group.h5
  }
  h5diff memory$group.h5 none$group.h5 /weights >../diff || wrong "groups of $group: $(tail -1 ../diff)"
done
finish
