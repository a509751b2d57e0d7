#!/bin/sh
# The commands of README.md's tour run in the order of the page, on fewer points and steps; validate has claims of its own.
. "$1/tests/program.sh"
PATH=$build:$PATH
sed -n '/^## A tour/,/^## What else/s/^    \(mpirun.*\|karhunen.*\)/\1/p' "$source/README.md" |
  sed -e "s|^mpirun -n 2 |sh '$source/tests/mpi.sh' 2 $build/|" -e "s|examples/|$source/examples/|" \
    -e 's/64,64/16,16/; s/256,256/32,32/; s/-samples 64/-samples 8/; s/-obs_data y.csv -samples 16/& -sampler_evaluations 5/' \
    -e 's/-train_steps 200/-train_steps 10 -train_batch 4 -fno_width 8/; /^karhunen validate$/d' >../tour
[ "$(wc -l <../tour)" -ge 10 ] || wrong "the tour has lost its commands"
while read -r line; do
  timeout 120 sh -c "$line" >../out 2>../err </dev/null || wrong "$line: $(tail -3 ../err)"
done <../tour
for file in fields.png report.html given.h5 exact.h5; do [ -s "$file" ] || wrong "no $file"; done
finish
