# The shipped model of latents: its file has at most 2 MB; its draws are vorticities on a grid that it was not trained on, with the data's variance within a half and
# increments that are not those of a Gaussian law (flatness above 3.2; the data have 4.8 at this distance).  The seed is fixed.
. "$1/tests/program.sh"
model=$source/examples/models/ns2d-latents.h5
[ "$(wc -c <"$model")" -le 2000000 ] || wrong "$(wc -c <"$model") bytes"
works 1 sample -model "$model" -grid_n 96,96 -samples 32 -sampler_evaluations 12 -seed 1 -out s.h5
/usr/bin/python3 - <<'P' || wrong 'numbers of the draws'
import numpy as np, h5py
u = h5py.File("s.h5")["vorticity"][:]
assert u.shape == (32, 96, 96)
e = u - np.roll(u, 6, 2)
flat = (e**4).mean() / (e**2).mean() ** 2
print(u.var(), flat)
assert 2 < u.var() < 6 and flat > 3.2, (u.var(), flat)
P
finish
