#!/bin/sh
# render -beside: fields of two files on one sheet, the same order on any ranks, a key that names each sample once; another seed, another order.
. "$1/tests/program.sh"
for seed in 1 2; do
  works 1 generate -generator_type gaussian -grid_n 8,8 -samples 9 -seed $seed -out $seed.h5
done
works 1 render -beside 1.h5,2.h5 -count 6 -out one.png
works 3 render -beside 1.h5,2.h5 -count 6 -out three.png
works 1 render -beside 1.h5,2.h5 -count 6 -seed 5 -out other.png
cmp one.png three.png || wrong "the sheet depends on ranks"
cmp one.png.key three.png.key || wrong "the key depends on ranks"
if cmp -s one.png.key other.png.key; then wrong "two seeds give one order"; fi
for file in 1.h5 2.h5; do
  [ "$(grep -c " $file " one.png.key)" = 6 ] || wrong "the key has not six of $file"
done
[ "$(cut -d' ' -f2,3 one.png.key | sort -u | wc -l)" = 12 ] || wrong "a field is shown twice"
[ "$(head -6 one.png.key | cut -d' ' -f2 | sort -u | wc -l)" = 2 ] || wrong "the fields are not shuffled"
works 1 generate -generator_type gaussian -grid_n 16,16 -samples 9 -out fine.h5
refused 1 'two files' render -beside 1.h5 -out x.png
refused 2 'one grid' render -beside 1.h5,fine.h5 -count 2 -out x.png
refused 1 'give fewer' render -beside 1.h5,2.h5 -count 10 -out x.png
refused 1 'leave out the file' render 1.h5 -beside 1.h5,2.h5 -count 2 -out x.png
refused 1 'exists already' render -beside 1.h5,2.h5 -count 6 -out one.png
finish
