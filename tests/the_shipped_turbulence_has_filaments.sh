#!/bin/sh
# Draws of examples/models/ns2d-turbulence.h5 have their small scales in filaments: the octaves of 64 to 128 and of 128 to 256 waves have a kurtosis above 10 in the mean
# of two fields, where those of a Gaussian law, whose octaves have thousands of modes, have 3.0 +- .1.  Drawn above given fields, those stay; on 64 x 64 points the
# same seed is the truncation of the field of 512 x 512.
. "$1/tests/program.sh"
needs_python numpy h5py
model=$source/examples/models/ns2d-turbulence.h5

works 2 sample -model "$model" -samples 2 -seed 3 -out_precision double -out fields.h5
works 1 sample -model "$model" -grid_n 64,64 -samples 2 -seed 3 -out_precision double -out coarse.h5
works 2 sample -model "$model" -coarse fields.h5 -coarse_grid 64,64 -samples 2 -seed 5 -out_precision double -out finer.h5
"$python" - <<'P' || wrong "see above"
import sys
import h5py, numpy as np

def field(name): return h5py.File(name)["vorticity"][:]
def cut(u, m):  # the modes below m/2 waves, on the grid of u
    F, k = np.fft.fft2(u), np.abs(np.fft.fftfreq(u.shape[-1]) * u.shape[-1])
    return np.fft.ifft2(F * ((k[:, None] < m / 2) & (k < m / 2))).real
big, small, finer = field("fields.h5"), field("coarse.h5"), field("finer.h5")
bad = []
for u in (big, finer):
    for m in (256, 512):
        x = cut(u, m) - cut(u, m / 2)
        kurtosis = np.mean((x**4).mean((1, 2)) / (x**2).mean((1, 2)) ** 2)
        print(f"[{m // 4},{m // 2}): kurtosis {kurtosis:.1f}")
        if not kurtosis > 10: bad.append(f"the octave [{m // 4},{m // 2}) has a kurtosis of {kurtosis}")
a, b = cut(big, 64), cut(finer, 64)
if np.abs(a - b).max() > 1e-5 * np.abs(a).max(): bad.append("what was given has changed")
if np.abs(cut(big, 64)[:, ::8, ::8] - cut(small, 64)).max() > 1e-5 * np.abs(small).max(): bad.append("64 x 64 points hold another field")
if np.abs(big - finer).max() < 0.1 * big.std(): bad.append("nothing was drawn above what was given")
print(*bad, sep="\n")
sys.exit(bool(bad))
P
finish
