#!/bin/sh
# sh jobs/scaling/count.sh [RANKS...]: messages and bytes of an octave's evaluation, counted at MPI's own calls on 2, 4, ... 64 ranks
# of this machine and found, each with its sender, receiver and size, in the list of jobs/scaling/messages.h; a table in Markdown.
# Grids are tiny: the ranks share a few cores.
set -eu
. "$(dirname "$0")/../bench.sh"
test=$PWD/${TESTS:-build/tests}/what_is_replayed_is_what_ranks_send
run=$PWD/tests/mpi.sh
cd "$out"
if [ $# = 0 ]; then set -- 2 4 8 16 32 64; fi
for n in "$@"; do
  echo "count: $n ranks" >&2
  sh "$run" "$n" "$test" >"count-$n.txt" 2>&1 || { cat "count-$n.txt" >&2 && exit 1; }
done
echo "### Messages; bytes of all ranks together, counted and equal to the list"
echo
head_ grid what $(for n in "$@"; do echo "$n"; done)
for grid in 64x128x1 64x64x16; do
  for what in "transform to space" "transform to modes" "network: its halo" noise file; do
    cells=$(for n in "$@"; do
      awk -v g=$grid -v w="$what" '$2 == g && !done { line = $0; b = $NF; m = $(NF - 1); sub(/^[^ ]+ [^ ]+ /, "", line); sub(/ [0-9]+ [0-9]+$/, "", line)
        if (line == w) { printf "%s;%s\n", m, b; done = 1 } }' "count-$n.txt"
    done)
    # shellcheck disable=SC2086
    row "${grid%x1}" "$what" $cells | sed 's/;/; /g'
  done
done
