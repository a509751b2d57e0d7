#!/bin/sh
# sh jobs/scaling/measure.sh: strong scaling (one grid) and weak scaling (rows in proportion), from 1 to MAX ranks and from 1 to MAX
# threads, of the evaluation of an octave and its parts, of Gaussian fields, of the Fourier neural operator, of Navier-Stokes and of
# files, as tables in Markdown and as JSON in build/bench (OUT).  Efficiency is against one rank of one thread, by time on the wall
# and by processor time.  TYPES="octave" takes some only.  MODEL=file.h5 adds a whole `karhunen sample`, start-up and file included.
set -eu
. "$(dirname "$0")/../bench.sh"
max=${MAX:-$(env -u OMP_NUM_THREADS nproc)}
repeat=${REPEAT:-5}
case ${SIZES:-full} in
  small) side=128 modes=8 ;;
  *) side=${SIDE:-1024} modes=32 ;;
esac
types=${TYPES:-octave field fno navierstokes file}
options() { # TYPE
  case $1 in
    octave) echo "-fft_plan measure" ;;
    file) echo "-bench_file $out/scaling-file.h5" ;;
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
head_ what ranks threads "strong, s" efficiency "by processor time" "weak, s" efficiency "by processor time" "time in MPI"
line() { # TYPE FIGURE NAME WAY N: seconds and processor seconds of a rank; threads share one process's
  share=$(if [ "$4" = threads ]; then echo "$5"; else echo 1; fi)
  set -- "$1" "$2" "$3" "$4" "$5" "$(echo "$5" | awk '{ print 1 / $1 }')"
  cpu=$(echo "$2" | sed 's/seconds$/cpu_seconds/')
  strong=$(get "scaling-$1-strong-$4$5" "$2" 1 4) weak=$(get "scaling-$1-weak-$4$5" "$2" 1 4)
  strong1=$(get "scaling-$1-strong-ranks1" "$2" 1 6) weak1=$(get "scaling-$1-weak-ranks1" "$2" 1 6)
  if [ "$2" = halo_seconds ]; then strong1=- weak1=- cpu=none; fi # one rank sends nothing
  cstrong=$(over "$(get "scaling-$1-strong-ranks1" "$cpu" 1 6)" "$(get "scaling-$1-strong-$4$5" "$cpu" 1 6)" "$(echo "$share $6" | awk '{ print $1 * $2 }')")
  cweak=$(over "$(get "scaling-$1-weak-ranks1" "$cpu" 1 6)" "$(get "scaling-$1-weak-$4$5" "$cpu" 1 6)" "$share")
  row "$3" "$(if [ "$4" = ranks ]; then echo "$5"; else echo 1; fi)" "$share" "$strong" "$(over "$strong1" "$strong" "$6")" "$cstrong" "$weak" \
    "$(over "$weak1" "$weak")" "$cweak" "$(if [ "$2" = seconds ]; then get "scaling-$1-strong-$4$5" communication_share 1 2; else printf -- -; fi)"
}
for type in $types; do
  for n in $(workers); do
    for way in ranks threads; do
      if [ "$n$way" = 1threads ]; then continue; fi
      line "$type" seconds "$type" $way "$n"
      if [ "$type" = octave ]; then
        for part in network transforms halo noise; do line octave ${part}_seconds "octave: $part" $way "$n"; done
      fi
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
    sh tests/mpi.sh "$n" "${KARHUNEN:-build/karhunen}" sample -model "$MODEL" -grid_n "$side,$side" -samples 1 -ranks_per_field "$n" -out "$out/scaling.h5" -overwrite -quiet >/dev/null
    row "$n" "$(echo "$start $(date +%s.%N)" | awk '{ printf "%.2f", $2 - $1 }')"
  done
  rm -f "$out/scaling.h5"
fi
