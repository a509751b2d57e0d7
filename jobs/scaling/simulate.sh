#!/bin/sh
# sh jobs/scaling/simulate.sh: SIMULATED times of an octave's evaluation on 64, 512 and 4096 ranks of a fat tree and of a dragonfly:
# the messages that count.sh has counted, replayed by replay.c in SimGrid (Debian: libsimgrid-dev, simgrid), and its computing at
# speeds measured here on one core (build/bench, OUT).  RANKS="64 512" takes some counts only: 4096 ranks of one field send 16.8
# million messages in a transform, 10 minutes of a core for each.  No network is here: nothing of this is measured but what "here" says.
set -eu
. "$(dirname "$0")/../bench.sh"
ranks=${RANKS:-64 512 4096}
networks=${NETWORKS:-fattree dragonfly}
command -v smpicc >/dev/null || { echo "simulate: no smpicc (Debian: libsimgrid-dev simgrid)" >&2 && exit 77; }
smpicc -O2 -DSIMULATED -std=gnu11 jobs/scaling/replay.c -o "$out/replay.smpi" -lm
mpicc -O2 -std=gnu11 jobs/scaling/replay.c -o "$out/replay" -lm

# Speeds of one core: seconds of a flop of the network, of a number of a transform and doubling of their count.
speeds() { # DIM GRID
  if [ ! -s "$out/scaling-core-$1.json" ]; then
    bench "scaling-core-$1" 1 1 octave -fft_plan measure -grid_n "$2" -bench_repeat "${REPEAT:-7}"
  fi
  # shellcheck disable=SC2046
  set -- "$1" $(echo "$2" | tr , ' ')
  one=$("$out/replay" network as=1 dof=1 dim="$1" n0="$2" n1="$3" n2="${4:-1}" flop=1e-12 | awk '{ print $4 }')
  two=$("$out/replay" transform as=1 dof=1 dim="$1" n0="$2" n1="$3" n2="${4:-1}" number=1e-10 | awk '{ print $4 }')
  flop=$(over "$(get "scaling-core-$1" network_cpu_seconds 1 9)" "$one" 1e-12)
  number=$(over "$(get "scaling-core-$1" transforms_cpu_seconds 1 9)" "$two" 3.3333333e-11)
  echo "flop=$flop number=$number"
}
# simulate NETWORK RANKS WHAT OPTION...: "ranks, ranks of a field, seconds, of which computing"; kept, since large ones take minutes.
simulate() {
  network=$1 n=$2
  shift 2
  kept=$out/sim-$network-$n-$(echo "$*" | tr ' =.,' '----').txt
  [ -s "$kept" ] || smpirun -np "$n" -platform "$out/$network.xml" -hostfile "$out/$network.hosts" --cfg=smpi/privatization:no \
    --cfg=smpi/simulate-computation:no --cfg=network/model:CM02 --cfg=network/TCP-gamma:0 --cfg=smpi/alltoallv:pair --cfg=smpi/os:0:0.5e-6:0 \
    --cfg=smpi/or:0:0.5e-6:0 --cfg=contexts/stack-size:128 --log=root.thresh:critical "$out/replay.smpi" "$@" >"$kept" 2>"$kept.err" ||
    { cat "$kept.err" >&2 && rm -f "$kept" && exit 1; }
  rm -f "$kept.err"
  cat "$kept"
}
# A row: three transforms, the halo and the network's computing, which follow one another and end together.
line() { # NETWORK RANKS GROUP NAME OPTION...; `base` is the time of the whole on one rank, and `share` what a rank has of that work
  network=$1 n=$2 group=$3 name=$4
  shift 4
  t=$(simulate "$network" "$n" transform group="$group" "$@") || exit 1
  h=$(simulate "$network" "$n" halo group="$group" "$@") || exit 1
  w=$("$out/replay" network as="$group" "$@")
  row "$name" "$network" "$n" "$group" $(echo "$t $h $w $base $share" | awk '{ all = 3 * $3 + $7 + $12
    printf "%.3g %.3g %.3g %.3g %.3f", $12, 3 * $3, $7, all, $13 * $14 / all }')
}
one() { # OPTION...: seconds on one rank
  "$out/replay" network as=1 "$@" | awk '{ printf "%s ", $4 }'
  "$out/replay" transform as=1 "$@" | awk '{ print $4 }'
}
sum() { one "$@" | awk '{ print $1 + 3 * $2 }'; }

python3 jobs/scaling/platforms.py "$out" ${HERE:+--here $HERE}
plane=$(speeds 2 1024,1024) box=$(speeds 3 128,128,128)
echo "One core here: 2D $plane, 3D $box" >&2
titles() { head_ grid network ranks "ranks a field" "network, s" "three transforms, s" "halo, s" "an evaluation, s" efficiency; }

echo "### SIMULATED weak scaling of an octave's evaluation: 128 x 8192 points a rank, 2D"
echo
titles
# shellcheck disable=SC2086
base=$(sum n0=128 n1=8192 $plane) share=1
for n in $ranks; do
  for network in $networks; do
    # shellcheck disable=SC2086
    for group in $(if [ "$n" -gt 512 ]; then echo 512; fi) $(if [ "$n" -le "${ONE_FIELD:-512}" ]; then echo "$n"; fi); do
      line "$network" "$n" "$group" "$((128 * group)) x 8192" n0=$((128 * group)) n1=8192 $plane
    done
  done
done
echo
echo "### SIMULATED strong scaling: an octave's evaluation of one field (efficiency against one rank)"
echo
titles
strong() { # NAME RANKS GROUP OPTION...
  name=$1 n=$2 group=$3
  shift 3
  base=$(sum "$@") share=$(echo "$group" | awk '{ print 1 / $1 }')
  for network in $networks; do line "$network" "$n" "$group" "$name" "$@"; done
}
for n in $ranks; do
  # shellcheck disable=SC2086
  if [ "$n" -le 512 ]; then strong 16384² "$n" "$n" n0=16384 $plane; else strong 16384² "$n" 128 n0=16384 $plane && strong 65536² "$n" 512 n0=65536 $plane; fi
  # shellcheck disable=SC2086
  strong 512³ "$n" $((n < 64 ? n : 64)) dim=3 n0=512 $box
  # shellcheck disable=SC2086
  if [ "$n" -ge 256 ]; then strong 1024³ "$n" 256 dim=3 n0=1024 $box; fi
done
echo
