#!/bin/sh
# sh jobs/bench_scaling.sh: strong scaling (one grid) and weak scaling (rows in proportion) of the network, of Gaussian fields and of
# Navier-Stokes, from 1 to MAX ranks and from 1 to MAX threads, as a table in Markdown and as JSON in build/bench (OUT).
# Efficiency is against one rank of one thread.  MODEL=file.h5 adds a whole `karhunen sample`, start-up and file included.
set -eu
. "$(dirname "$0")/bench.sh"
max=${MAX:-$(env -u OMP_NUM_THREADS nproc)}
repeat=${REPEAT:-5}
case ${SIZES:-full} in
  small) side=128 modes=8 ;;
  *) side=${SIDE:-1024} modes=32 ;;
esac
types="fno field navierstokes"
options() { # TYPE
  case $1 in
    fno) echo "-fno_modes $modes -bench_baseline false" ;;
    *) echo "-fft_plan measure -bench_baseline false" ;;
  esac
}
workers() { n=1; while [ "$n" -le "$max" ]; do echo "$n"; n=$((2 * n)); done; }

for type in $types; do
  for n in $(workers); do
    for law in strong weak; do
      rows=$(if [ "$law" = weak ]; then echo $((side * n)); else echo "$side"; fi)
      # shellcheck disable=SC2046
      bench "scaling-$type-$law-ranks$n" "$n" 1 "$type" $(options "$type") -grid_n "$rows,$side" -bench_repeat "$repeat"
      if [ "$n" -gt 1 ]; then
        # shellcheck disable=SC2046
        bench "scaling-$type-$law-threads$n" 1 "$n" "$type" $(options "$type") -grid_n "$rows,$side" -bench_repeat "$repeat"
      fi
    done
  done
done

echo "### Scaling, $side x $side points on one rank"
echo
head_ what ranks threads "strong, s" efficiency "weak, s" efficiency "time in MPI"
for type in $types; do
  strong1=$(get "scaling-$type-strong-ranks1" seconds 1 6) weak1=$(get "scaling-$type-weak-ranks1" seconds 1 6)
  for n in $(workers); do
    for way in ranks threads; do
      if [ "$n$way" = 1threads ]; then continue; fi
      strong=$(get "scaling-$type-strong-$way$n" seconds 1 6) weak=$(get "scaling-$type-weak-$way$n" seconds 1 6)
      row "$type" "$(if [ $way = ranks ]; then echo "$n"; else echo 1; fi)" "$(if [ $way = threads ]; then echo "$n"; else echo 1; fi)" "$strong" \
        "$(over "$strong1" "$strong" "$(echo "$n" | awk '{ print 1 / $1 }')")" "$weak" "$(over "$weak1" "$weak")" "$(get "scaling-$type-strong-$way$n" communication_share 1 2)"
    done
  done
done
echo
if [ -n "${MODEL:-}" ]; then
  echo "### karhunen sample -model $MODEL -grid_n $side,$side, whole"
  echo
  head_ ranks seconds
  for n in $(workers); do
    start=$(date +%s.%N)
    sh tests/mpi.sh "$n" "$program" sample -model "$MODEL" -grid_n "$side,$side" -samples 1 -ranks_per_field "$n" -out "$out/scaling.h5" -overwrite -quiet >/dev/null
    row "$n" "$(echo "$start $(date +%s.%N)" | awk '{ printf "%.2f", $2 - $1 }')"
  done
  rm -f "$out/scaling.h5"
fi
