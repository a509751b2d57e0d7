#!/bin/sh
# sh jobs/scaling/simulate.sh: SIMULATED times of an octave's evaluation on 64, 512 and 4096 ranks of a fat tree and of a dragonfly:
# the messages that count.sh has counted, replayed by replay.c, and its computing at speeds measured here on one core (build/bench, OUT).
# Up to 512 ranks (SIMGRID) SimGrid does it (Debian: libsimgrid-dev, simgrid); beyond, where it would take hours, the list of messages goes
# through a LogGP model: 0.5 us of overhead on either side, 520 ns and 2.1 us of latency (platforms.py: 4 links and 6), 25 GB/s for 16 ranks
# of a node.  No network is here: nothing of this is measured but the first table.  RANKS="64 512" takes some counts only.
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
  if [ "$n" -le "${SIMGRID:-512}" ]; then
    by=SimGrid
    t=$(simulate "$network" "$n" transform group="$group" "$@") || exit 1
    h=$(simulate "$network" "$n" halo group="$group" "$@") || exit 1
  else
    by=LogGP
    latency=$(case $network in fattree) echo 520e-9 ;; *) echo 2.1e-6 ;; esac) # 4 links of 130 ns; 6 of 350 ns
    t=$("$out/replay" transform as="$group" latency=$latency "$@")
    h=$("$out/replay" halo as="$group" latency=$latency "$@")
  fi
  w=$("$out/replay" network as="$group" "$@")
  row "$name" "$network" $by "$n" "$group" $(echo "$t $h $w $base $share" | awk '{ all = 3 * $3 + $7 + $12
    printf "%.3g %.3g %.3g %.3g %.3f", $12, 3 * $3, $7, all, $13 * $14 / all }')
}
one() { # OPTION...: seconds on one rank
  "$out/replay" network as=1 "$@" | awk '{ printf "%s ", $4 }'
  "$out/replay" transform as=1 "$@" | awk '{ print $4 }'
}
sum() { one "$@" | awk '{ print $1 + 3 * $2 }'; }

# Of two ranks here: bytes a second of a large halo, seconds of a small one.
if [ ! -s "$out/scaling-memory.txt" ]; then
  {
    sh tests/mpi.sh 2 "$out/replay" halo n0=64 n1=65536 repeat=200 | awk '{ printf "%.3g ", 12 * 65536 * 5 * 4 / $3 }'
    sh tests/mpi.sh 2 "$out/replay" halo n0=64 n1=2 repeat=2000 | awk '{ printf "%.3g\n", $3 }'
  } >"$out/scaling-memory.txt"
fi
# shellcheck disable=SC2046
python3 jobs/scaling/platforms.py "$out" --here $(cat "$out/scaling-memory.txt")
plane=$(speeds 2 1024,1024) box=$(speeds 3 128,128,128)
echo "Here: of a core 2D $plane, 3D $box; bytes a second and seconds of a message $(cat "$out/scaling-memory.txt")" >&2
titles() { head_ grid network by ranks "ranks a field" "network, s" "three transforms, s" "halo, s" "an evaluation, s" efficiency; }

side=${CHECK:-128}
echo "### The simulation beside what is measured here: $side x $side points, the fastest of 15 calls"
echo
head_ ranks "three transforms, s" simulated "halo, s" simulated "network, processor s" "by its flops"
for n in 1 2; do
  case=scaling-check-$n
  [ -s "$out/$case.json" ] || bench $case $n 1 octave -fft_plan measure -grid_n "$side,$side" -bench_repeat 15
  t=$(simulate here $n transform n0="$side" $plane | awk '{ printf "%.3g", 3 * $3 }')
  h=$(simulate here $n halo n0="$side" | awk '{ printf "%.2g", $3 }')
  w=$("$out/replay" network as=$n n0="$side" $plane | awk '{ printf "%.3g", $4 }')
  row $n "$(get $case transforms_least_seconds)" "$t" "$(get $case halo_least_seconds 1 2)" "$h" "$(get $case network_cpu_seconds)" "$w"
done
echo
echo "### SIMULATED weak scaling of an octave's evaluation: 128 x 8192 points a rank, 2D"
echo
titles
# shellcheck disable=SC2086
base=$(sum n0=128 n1=8192 $plane) share=1
for n in $ranks; do
  for network in $networks; do
    # shellcheck disable=SC2086
    for group in $(if [ "$n" -gt 512 ]; then echo 512; fi) "$n"; do
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
  (SIMGRID=64 && strong 512³ "$n" $((n < 64 ? n : 64)) dim=3 n0=512 $box)
  # shellcheck disable=SC2086
  if [ "$n" -ge 256 ]; then (SIMGRID=64 && strong 1024³ "$n" 256 dim=3 n0=1024 $box); fi
done
echo
