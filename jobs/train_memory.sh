#!/bin/sh
# sh jobs/train_memory.sh: the memory of training on N^3 points by one rank and by groups that share a field, and the table of docs/performance.md.
# What a field of 16^3 points takes (program, weights, moments) is the constant part.
set -eu
cd "$(dirname "$0")/.."
points=${POINTS:-128}
groups=${GROUPS_OF:-1 2 4}
out=${OUT:-build/memory}

cmake -S . -B build >/dev/null
cmake --build build -j "$(env -u OMP_NUM_THREADS nproc)" --target karhunen-cli
mkdir -p "$out"

peak() { # POINTS RANKS
  if [ ! -e "$out/$1.h5" ]; then build/karhunen generate -samples 2 -grid_n "$1,$1,$1" -data_cov_alpha 3 -out "$out/$1.h5" >/dev/null; fi
  sh tests/mpi.sh "$2" build/karhunen train -data "$out/$1.h5" -out "$out/model.h5" -overwrite -train_steps 2 -train_batch 2 -train_group "$2" -train_validation 0 \
    -fno_width 8 -fno_modes 8 -fno_hidden 16 | sed -n 's/^wrote .* at most \(.*\) MiB a rank$/\1/p'
}

echo "| ranks | MiB a rank at most | constant part | what remains, of one rank's |"
echo "|---|---|---|---|"
for ranks in $groups; do
  constant=$(peak 16 "$ranks")
  all=$(peak "$points" "$ranks")
  first=${first:-$(awk "BEGIN { print $all - $constant }")}
  awk "BEGIN { printf \"| $ranks | %.0f | %.0f | %.3f |\n\", $all, $constant, ($all - $constant) / $first }"
done
