#!/bin/sh
# Training on a law without a file, -generator_type, gives the weights of training on the file that generate makes of it, to the bit; drawn again when
# they are needed, its fields give the same; a law without end may give a new field each time, a file may not.
. "$1/tests/program.sh"
command -v h5diff >/dev/null || exit 77

how="-train_seed 3 -train_steps 4 -train_batch 4 -train_warmup 1 -fno_modes 4 -fno_width 8"
same() { h5diff "$1" "$2" /weights >../diff || wrong "$1 and $2 have other weights: $(tail -1 ../diff)"; }
for law in "gaussian -data_cov_alpha 2 -grid_n 32,32" "navierstokes -grid_n 16,16 -ns_time 0.1"; do
  # shellcheck disable=SC2086
  {
    works 1 generate -generator_type $law -samples 20 -seed 3 -out_precision double -out data.h5 -overwrite
    works 1 train -data data.h5 $how -out file.h5 -overwrite
    works 1 train -generator_type $law $how -train_fields 20 -out law.h5 -overwrite
    works 1 train -generator_type $law $how -train_fields 20 -train_keep none -out again.h5 -overwrite
    works 1 train -generator_type file -file_data data.h5 $how -out named.h5 -overwrite
    works 1 train -generator_type $law $how -train_fields 20 -train_keep fresh -out fresh.h5 -overwrite
  }
  same file.h5 law.h5
  same file.h5 again.h5
  same file.h5 named.h5
  h5diff file.h5 fresh.h5 /weights >/dev/null && wrong "fresh fields teach the same"
done
for n in 1 3; do
  refused $n 'law gaussian has no variable u; there are field' train -generator_type gaussian -variable u -out other.h5
done
refused 1 'train_keep fresh: a data set of 20 fields ends' train -data data.h5 -train_keep fresh -out other.h5
refused 1 'data and -generator_type: fields of a file, or of a law' train -data data.h5 -generator_type gaussian -out other.h5
refused 1 'generator_type file: which\? give -file_data FILE' generate -generator_type file -out other.h5
refused 1 'the grid is that of data.h5' generate -generator_type file -file_data data.h5 -grid_n 8,8 -out other.h5
refused 1 'samples 1 from -first 20: this law has 20' generate -generator_type file -file_data data.h5 -samples 1 -first 20 -out other.h5
works 1 generate -generator_type file -file_data data.h5 -samples 20 -out_precision double -out copy.h5
h5diff data.h5 copy.h5 /vorticity >../diff || wrong "a copy differs: $(tail -1 ../diff)"
finish
