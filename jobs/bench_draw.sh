#!/bin/sh
# sh jobs/bench_draw.sh: a draw of one octave, to N x N points (2048), in 24 evaluations of a network of stencils (width 32, dilations 1,1,2,1,1), and the same in PyTorch
# (jobs/bench_torch.py octave): the wall's seconds and the processor's, ours on RANKS ranks beside as many threads, turn and turn about.  The octave below is
# given, so that its time is not counted.  Models are those of one step of training: what they draw is of no use, and takes as long.
set -eu
. "$(dirname "$0")/bench.sh"
n=${N:-2048} ranks=${RANKS:-2} turns=${TURNS:-2}
karhunen() { sh tests/mpi.sh "$ranks" "$(dirname "$program")/karhunen" "$@" >"$out/draw.log" 2>&1 || { cat "$out/draw.log" >&2 && exit 1; }; }
training="-denoiser_gain white -noise_cov_rough_power 0 -net_type local -train_steps 1 -train_batch $ranks -train_validation 0.5 -train_every 1 -overwrite"
half=$((n / 2))
karhunen generate -generator_type gaussian -data_cov_alpha 2 -grid_n "$n,$n" -samples $((2 * ranks)) -seed 1 -out "$out/draw-data.h5" -overwrite
# shellcheck disable=SC2086
{
  karhunen train -data "$out/draw-data.h5" $training -train_grid "$half,$half" -out "$out/draw-base.h5"
  karhunen train -data "$out/draw-data.h5" $training -train_octave -out "$out/draw-octave.h5"
}
head_ "draw of $n x $n" turn "ours, s" "ours, processor s" "PyTorch, s" "PyTorch, processor s" "ratio of processor time"
for turn in $(seq "$turns"); do
  karhunen sample -model "$out/draw-base.h5,$out/draw-octave.h5" -coarse "$out/draw-data.h5" -coarse_grid "$half,$half" -samples 1 -seed 7 -sampler_eta 1 \
    -sampler_evaluations 24 -out "$out/draw.h5" -overwrite
  ours=$(sed -n 's/^wrote .* \([^ ]*\) s each, \([^ ]*\) of processor time.*/\1 \2/p' "$out/draw.log")
  OMP_NUM_THREADS=$ranks "$python" jobs/bench_torch.py octave --n "$n" --evaluations 24 --threads "$ranks" --repeat 1 --out "$out/draw-torch.json" >/dev/null
  row "24 evaluations" "$turn" "${ours% *}" "${ours#* }" "$(get draw-torch seconds)" "$(get draw-torch cpu_seconds)" "$(over "$(get draw-torch cpu_seconds)" "${ours#* }")"
done
