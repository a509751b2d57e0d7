#!/bin/sh
# An octave with the amplitude that starts from one without it (train -denoiser_amplitude -train_from) has that one's weights, and those of its new last
# input are 0; a step of training moves them.
. "$1/tests/program.sh"
needs_python h5py numpy

works 1 generate -generator_type navierstokes -ns_time 0.1 -grid_n 16,16 -samples 6 -seed 1 -out data.h5
how="train -data data.h5 -variable vorticity -train_octave -train_batch 2 -train_warmup 0 -net_type local -local_width 16 -local_dilations 1,1 -denoiser_gain white"
# shellcheck disable=SC2086
{
  works 1 $how -train_steps 2 -out without.h5
  works 1 $how -train_steps 1 -train_lr 0 -denoiser_amplitude -train_from without.h5 -out still.h5
  works 1 $how -train_steps 1 -train_lr 0.1 -train_ema 0 -denoiser_amplitude -train_from without.h5 -out moved.h5
}
cat >compare.py <<'P'
import h5py, numpy as np
old, still, moved = (h5py.File(f + ".h5")["weights"] for f in ("without", "still", "moved"))
assert set(old) == set(still) == set(moved)
first = "layer0.stencil"
for name in old:
    a, b = old[name][:], still[name][:]
    if name != first:
        assert a.shape == b.shape and (a == b).all(), name
a, b = old[first][:], still[first][:]
assert b.shape == (a.shape[0], a.shape[1] + 1, a.shape[2]), b.shape
assert (b[:, :-1] == a).all() and abs(a).min() > 0, "the weights of the inputs that both have"
assert (b[:, -1] == 0).all(), "the weights of the new input"
assert (moved[first][:, -1] != 0).any(), "a step leaves them at 0: the test shows nothing"
P
"$python" compare.py || wrong "the weights"
finish
