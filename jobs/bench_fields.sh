#!/bin/sh
# sh jobs/bench_fields.sh: noise, Gaussian fields, Navier-Stokes and a sampler's step, as tables in Markdown and as JSON in build/bench
# (OUT), against their own transforms, scipy and PyTorch.  Plans are measured once and kept (-fft_plan measure).  SIZES=small: a minute.
set -eu
. "$(dirname "$0")/bench.sh"
ranks=${RANKS:-2}
case ${SIZES:-full} in
  small) grids="256,256 32,32,32" flow=128 flow3=32 step=128 ;;
  *) grids="4096,4096 256,256,256" flow=1024 flow3=128 step=1024 ;;
esac
name() { echo "$1" | tr , x; }
precision() { if [ "$1" = 32 ]; then echo float; else echo double; fi; }

for g in $grids; do
  bench "noise-$(name "$g")" "$ranks" 1 noise -grid_n "$g" -bench_repeat 5
  for turn in 1 2; do
    for bits in 32 64; do
      bench "field-$(name "$g")-$bits-$turn" "$ranks" 1 field -bench_precision "$(precision "$bits")" -grid_n "$g" -fft_plan measure -bench_repeat 11
      peer "scipy-$(name "$g")-$bits-$turn" jobs/bench_scipy.py --n "$g" --bits "$bits" --workers 2
    done
  done
done
for turn in 1 2; do
  for scheme in rk4 cn; do bench "flow-$scheme-$turn" "$ranks" 1 navierstokes -bench_scheme "$scheme" -grid_n "$flow,$flow" -fft_plan measure -bench_repeat 7; done
  peer "flow-torch-$turn" jobs/bench_torch.py navierstokes --n "$flow" --repeat 15
done
bench flow-3d "$ranks" 1 navierstokes -grid_n "$flow3,$flow3,$flow3" -fft_plan measure -bench_repeat 3
bench step "$ranks" 1 step -grid_n "$step,$step" -bench_repeat 3

echo "### White noise, $ranks ranks, against one mode at a time with libm"
echo
head_ grid "ours, s" "plain loop, s" ratio "largest difference"
for g in $grids; do
  c=noise-$(name "$g")
  row "$(name "$g")" "$(get "$c" seconds)" "$(get "$c" baseline_seconds)" "$(get "$c" ratio)" "$(get "$c" error 1 2)"
done
echo
echo "### A Gaussian field, $ranks ranks, over FFTW3-MPI's inverse transform alone and over ours; scipy in the same precision, 2 workers; error against double"
echo
head_ grid turn precision "ours, s" "FFTW3-MPI, s" "over that" "transform, s" "over that" "scipy, s" ratio error
for g in $grids; do
  for bits in 32 64; do
    for turn in 1 2; do
      c=field-$(name "$g")-$bits-$turn
      ours=$(get "$c" seconds) transform=$(get "$c" transform_seconds) scipy=$(get "scipy-$(name "$g")-$bits-$turn" seconds)
      row "$(name "$g")" "$turn" "$(precision "$bits")" "$ours" "$(get "$c" baseline_seconds)" "$(over 1 "$(get "$c" ratio)")" "$transform" "$(over "$ours" "$transform")" \
        "$scipy" "$(over "$scipy" "$ours")" "$(get "$c" error 1 2)"
    done
  done
done
echo
echo "### A step of Navier-Stokes in double precision, $ranks ranks, beside its transforms in full: rk4 has four evaluations of N; cn, the scheme of PyTorch's step, one"
echo
head_ grid turn scheme "ours, s" "in full, s" ratio "PyTorch (cn), s" "a step" "an evaluation"
for turn in 1 2; do
  torch=$(get "flow-torch-$turn" seconds)
  for scheme in rk4 cn; do
    c=flow-$scheme-$turn evaluations=4
    [ "$scheme" = rk4 ] || evaluations=1
    ours=$(get "$c" seconds)
    row "${flow}x$flow" "$turn" "$scheme" "$ours" "$(get "$c" baseline_seconds)" "$(get "$c" ratio)" "$torch" "$(over "$torch" "$ours")" "$(over "$torch" "$ours" "$evaluations")"
  done
done
row "${flow3}x${flow3}x$flow3" 1 rk4 "$(get flow-3d seconds)" "$(get flow-3d baseline_seconds)" "$(get flow-3d ratio)" - - -
echo
echo "### A sampler's step with an exact score, $ranks ranks: seconds over those of its passes over memory"
echo
sed -n '/^|/p' "$out/step.txt"
echo
