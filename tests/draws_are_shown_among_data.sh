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
# What differs at a glance, or is another quantity, is refused as evaluate refuses it; of several variables the one that both have is shown.
works 1 generate -generator_type gaussian -grid_n 8,8 -grid_length 2 -samples 2 -out long.h5
works 1 generate -generator_type gaussian -grid_n 8,8 -grid_basis cosine -samples 2 -out ends.h5
works 1 generate -generator_type insar -grid_n 8,8 -grid_length 800 -samples 2 -out full.h5
works 1 generate -generator_type insar -insar_keep false -grid_n 8,8 -grid_length 800 -samples 2 -out phases.h5
refused 1 'the boxes differ: edge 0 is 1[.]? in 1.h5 and 2[.]? in long.h5' render -beside 1.h5,long.h5 -count 2 -out x.png
refused 1 '1.h5 is 2D periodic, ends.h5 2D cosine' render -beside 1.h5,ends.h5 -count 2 -out x.png
refused 1 'no variable deformation' render -beside full.h5,phases.h5 -variable deformation -count 2 -out x.png
works 1 sample -score_type gaussian -grid_n 8,8 -grid_length 800 -grid_basis cosine -samples 2 -out u.h5
refused 1 'phase of phases.h5 is in rad, u of u.h5 in 1: give -variable NAME' render -beside phases.h5,u.h5 -count 2 -out x.png
works 1 render -beside full.h5,phases.h5 -count 2 -out both.png
refused 1 'exists already' render -beside 1.h5,2.h5 -count 6 -out one.png
finish
