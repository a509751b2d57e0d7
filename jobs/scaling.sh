#!/bin/sh
# sh jobs/scaling.sh: strong scaling (one grid) and weak scaling (rows in proportion to the ranks) from 1 to MAX ranks, as a table.
# A time is that of the whole command, start-up and file included; REPEAT runs, their median.  Efficiency is against 1 rank.
#   WHAT=sample: an exact score.  WHAT=model: the network of MODEL.  WHAT=generate: Navier-Stokes.
set -eu
cd "$(dirname "$0")/.."
max=${MAX:-$(env -u OMP_NUM_THREADS nproc)}
rows=${ROWS:-512}
columns=${COLS:-$rows}
repeat=${REPEAT:-3}
model=${MODEL:-examples/models/ns2d.h5}
program=${KARHUNEN:-build/karhunen}
case ${WHAT:-sample} in
  sample) command="sample -score_type gaussian" ;;
  model) command="sample -model $model" ;;
  generate) command="generate -generator_type navierstokes -ns_time 0.5" ;;
  *) echo "WHAT=$WHAT: sample, model or generate" >&2 && exit 1 ;;
esac
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

now() { date +%s.%N; }
# seconds RANKS ROWS BOXES: the median of some runs; a flow gets a longer box with its rows, so that its steps stay the same.
seconds() {
  box=
  if [ "${WHAT:-sample}" = generate ]; then box="-grid_length $(echo "$3" | awk '{ printf "%.10f,6.2831853072", $1 * 6.2831853072 }')"; fi
  for _ in $(seq "$repeat"); do
    start=$(now)
    # shellcheck disable=SC2086
    sh tests/mpi.sh "$1" "$program" $command $box -grid_n "$2,$columns" -samples 1 -ranks_per_field "$1" -out "$folder/out.h5" -overwrite -quiet >"$folder/log" 2>&1 ||
      { cat "$folder/log" >&2 && exit 1; }
    echo "$start $(now)" | awk '{ print $2 - $1 }'
  done | sort -g | awk '{ t[NR] = $1 } END { print t[int((NR + 1) / 2)] }'
}

echo "$command, $rows x $columns points, median of $repeat runs"
printf '%6s  %14s %10s  %14s %10s\n' ranks 'strong, s' efficiency 'weak, s' efficiency
n=1
while [ "$n" -le "$max" ]; do
  strong=$(seconds "$n" "$rows" 1)
  weak=$(seconds "$n" $((rows * n)) "$n")
  if [ "$n" = 1 ]; then one=$strong first=$weak; fi
  echo "$n $strong $one $weak $first" | awk '{ printf "%6d  %14.2f %9.0f%%  %14.2f %9.0f%%\n", $1, $2, 100 * $3 / ($1 * $2), $4, 100 * $5 / $4 }'
  n=$((2 * n))
done
