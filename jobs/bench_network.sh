#!/bin/sh
# sh jobs/bench_network.sh: the network's figures, as tables in Markdown and as JSON in build/bench (OUT): forward against full
# transforms in C and against PyTorch, bytes sent, memory, a training step.  Width 32, 4 layers, projection 128.  SIZES=small: a minute.
set -eu
. "$(dirname "$0")/bench.sh"
ranks=${RANKS:-2}
case ${SIZES:-full} in
  small) plane="64 128" last=128 modes=8 box="16 32" boxes=4 torch=128 train="32:4:8" ;;
  *) plane="256 1024 4096" last=4096 modes=32 box="64 128 256" boxes=12 torch=2048 train="64:16:16 128:8:32" ;;
esac

for n in $plane; do
  bench "fno-$n-2d" "$ranks" 1 fno -grid_n "$n,$n" -fno_modes "$modes" -bench_repeat "$([ "$n" -gt 2000 ] && echo 3 || echo 5)"
done
for n in $box; do # the full transforms of the largest box would take as long as those of the largest plane: left out
  bench "fno-$n-3d" "$ranks" 1 fno -grid_n "$n,$n,$n" -fno_modes "$boxes" -bench_repeat 3 -bench_baseline "$([ "$n" -gt 200 ] && echo false || echo true)"
done
bench fno-recomputed "$ranks" 1 fno -grid_n "$last,$last" -fno_modes "$modes" -fno_activations recomputed -bench_baseline false -bench_repeat 1
for turn in 1 2; do # ours and PyTorch's, turn and turn about
  bench "fno-torch-ours$turn" "$ranks" 1 fno -grid_n "$torch,$torch" -fno_modes "$modes" -bench_baseline false -bench_repeat 3
  peer "fno-torch-torch$turn" jobs/bench_torch.py fno --n "$torch" --modes "$modes" --repeat 1
  for case in $train; do
    IFS=: read -r n batch k <<CASE
$case
CASE
    bench "train-$n-ours$turn" "$ranks" 1 train -grid_n "$n,$n" -bench_batch "$batch" -fno_modes "$k" -bench_repeat 7
    peer "train-$n-torch$turn" jobs/bench_torch.py train --n "$n" --batch "$batch" --modes "$k" --repeat 5
  done
done

echo "### Forward, $ranks ranks, against full transforms of every channel in C"
echo
head_ grid "ours, s" "full transforms, s" ratio "relative error" "GF/s of products" "share of sgemm" "time in MPI"
for c in $(for n in $plane; do echo "fno-$n-2d"; done) $(for n in $box; do echo "fno-$n-3d"; done); do
  row "${c#fno-}" "$(get "$c" seconds)" "$(get "$c" baseline_seconds)" "$(get "$c" ratio)" "$(get "$c" error 1 2)" "$(get "$c" flops 1e-9)" \
    "$(get "$c" share_of_sgemm 1 2)" "$(get "$c" communication_share 1 2)"
done
echo
echo "### Bytes sent by a rank in one evaluation, counted in MPI's calls"
echo
head_ grid "sent" "by the formula" "by full transforms"
for c in $(for n in $plane; do echo "fno-$n-2d"; done) $(for n in $box; do echo "fno-$n-3d"; done); do
  row "${c#fno-}" "$(get "$c" bytes_sent_per_rank 1 12)" "$(get "$c" formula_bytes_sent_per_rank 1 12)" "$(get "$c" baseline_bytes_sent_per_rank 1 12)"
done
echo
echo "### Memory of a rank at $last x $last, program included"
echo
points=$((last * last / ranks))
head_ activations "seconds" "peak, bytes" "over one array of activations" "bytes a point"
for c in "fno-$last-2d" fno-recomputed; do
  peak=$(get "$c" peak_bytes_per_rank 1 12)
  row "$(if [ "$c" = fno-recomputed ]; then echo recomputed; else echo stored; fi)" "$(get "$c" seconds)" "$peak" "$(over "$peak" "$((128 * points))")" "$(over "$peak" "$points")"
done
echo
echo "### Against PyTorch, 2 threads"
echo
head_ case turn "ours, s" "PyTorch, s" ratio
for turn in 1 2; do
  ours=$(get "fno-torch-ours$turn" seconds) torch_=$(get "fno-torch-torch$turn" seconds)
  row "forward $torch x $torch" "$turn" "$ours" "$torch_" "$(over "$torch_" "$ours")"
  for case in $train; do
    n=${case%%:*}
    ours=$(get "train-$n-ours$turn" seconds) torch_=$(get "train-$n-torch$turn" seconds)
    row "training step $n x $n (batch and modes ${case#*:})" "$turn" "$ours" "$torch_" "$(over "$torch_" "$ours")"
  done
done
echo
