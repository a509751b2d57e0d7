#!/bin/sh
# sh examples/outlines.sh [BUILD]: an ellipse becomes a figure of three lobes under shape noise, four paths; files go to
# BUILD/outlines. What is wrong with two outlines is one line.
set -eu
build=${1:-build}
out=$build/outlines
mkdir -p "$out"
outline() { # outline A B: points (A + B cos 3 phi) of an ellipse
  awk -v a="$1" -v b="$2" -v flat="$3" 'BEGIN { n = 48; print "x,y"
    for (i = 0; i < n; i++) { p = 2 * 3.14159265358979 * i / n; r = a + b * cos(3 * p); printf "%.6f,%.6f\n", r * cos(p), flat * r * sin(p) } }'
}
outline 1 0 0.7 >"$out/ellipse.csv"
outline 1 0.25 1 >"$out/lobes.csv"
"$build/examples/bridge_outlines" -from "$out/ellipse.csv" -to "$out/lobes.csv" -seed 1 -out "$out/bridge" -overwrite
[ "$(wc -l <"$out/bridge.csv")" = 38593 ] && [ -s "$out/bridge.png" ] || { echo "the paths are not whole"; exit 1; }
head -40 "$out/lobes.csv" >"$out/short.csv"
if "$build/examples/bridge_outlines" -from "$out/ellipse.csv" -to "$out/short.csv" -out "$out/none" 2>"$out/said"; then exit 1; fi
grep -q 'point i of one is to become point i of the other' "$out/said" || { cat "$out/said"; exit 1; }
echo "picture: $out/bridge.png; paths: $out/bridge.csv"
