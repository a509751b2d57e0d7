#!/bin/sh
# examples/unwrap_stack.py on a stack of MintPy in degrees, two layers of 36 x 44 pixels: a field, a part that goes with the height, noise, a hole of
# the mask in which everything is noise.  The phase without that part is the truth but for one constant, in 99 % of the pixels to 0.5 radians; of
# its errors 60 to 95 % are within one deviation and that of the field's pixels (exactly 68 %, neighbours are alike); the slope with the height is
# within 5 of its deviations.  The file has the stack's attributes and other arrays, and is read as a stack of MintPy again.
# Where MintPy can be imported, MintPy itself reads it, takes a reference pixel and inverts it: displacement is -wavelength / 4 pi times the phase from there, to 1e-6 m;
# it finds the deviations under a name of their own; and it knows the type of a file that karhunen generate writes.
. "$1/tests/program.sh"
needs_python numpy h5py
cat >law.py <<'PY'
import h5py, numpy as np
R, C, NOISE = 36, 44, 0.15
STEP = 0.001
down, across = 111320 * STEP * R, 111320 * STEP * C * np.cos(np.radians(40 - STEP * R / 2))
power = lambda k: 0.1 * (1 + (k * 700.0) ** 2) ** -4
def basis(n):
    i = np.arange(n)
    return np.where(i == 0, 1, np.sqrt(2)) * np.cos(np.pi * (i[:, None] + 0.5) * i / n)
root = np.sqrt(power(np.pi * np.hypot(np.arange(R)[:, None] / down, np.arange(C) / across)))
r = np.random.default_rng(11)
u = 2 * np.pi * np.stack([basis(R) @ (root * r.standard_normal((R, C))) @ basis(C).T for _ in range(2)])
height = 1000 + 400 * np.sin(np.arange(R) / 6.0)[:, None] * np.cos(np.arange(C) / 5.0)
slope = np.array([4e-3, -2e-3])
hole = np.zeros((R, C), bool)
hole[15:19, :30] = True
y = u + slope[:, None, None] * height + NOISE * r.standard_normal(u.shape)
PY
$python - <<'PY' || exit 1
from law import *
k = np.geomspace(1e-4, 0.05, 3000)
np.savetxt("law.txt", np.vstack([[0, power(0)], np.column_stack([k, power(k)])]), fmt="%.12g")
wrapped = np.angle(np.exp(1j * np.where(hole, r.uniform(-3, 3, u.shape), y)))
with h5py.File("ifgramStack.h5", "w") as f:
    f["wrapPhase"], f["coherence"] = wrapped.astype("f4"), np.full(u.shape, 0.9, "f4")
    f["bperp"], f["date"], f["dropIfgram"] = np.arange(2, dtype="f4"), np.array([[b"20170101", b"20170113"], [b"20170101", b"20170125"]]), np.ones(2, bool)
    f.attrs.update(FILE_TYPE="ifgramStack", LENGTH=str(R), WIDTH=str(C), X_FIRST="14", Y_FIRST="40", X_STEP=str(STEP), Y_STEP=str(-STEP), X_UNIT="degrees",
                   Y_UNIT="degrees", WAVELENGTH="0.0554658", UNIT="radian", PROCESSOR="isce", ALOOKS="1", RLOOKS="4")
    told = dict(f.attrs)
with h5py.File("geometryGeo.h5", "w") as f:
    f["height"] = height.astype("f4")
    f.attrs.update({**told, "FILE_TYPE": "geometry", "UNIT": "m"})
with h5py.File("waterMask.h5", "w") as f:
    f["waterMask"] = ~hole
    f.attrs.update({**told, "FILE_TYPE": "mask", "UNIT": "1"})
with h5py.File("small.h5", "w") as f:
    f["height"] = height[:5].astype("f4")
PY
unwrap() {
  KARHUNEN=$build/karhunen $python "$source/examples/unwrap_stack.py" "$@" --gaussian law.txt --looks 4 --draws 16 --float 16 >said.txt 2>&1
}
unwrap ifgramStack.h5 out.h5 --geometry geometryGeo.h5 --mask waterMask.h5 || wrong "$(tail -n 1 said.txt)"
cat said.txt
$python - <<'PY' || wrong "the stack is not unwrapped"
from law import *
import re
f, g = h5py.File("out.h5"), h5py.File("ifgramStack.h5")
assert dict(f.attrs) == dict(g.attrs) and (f["date"][:] == g["date"][:]).all() and (f["bperp"][:] == g["bperp"][:]).all()
found = [[float(x) for x in m] for m in re.findall(r"([-0-9.e]+) \+- ([-0-9.e]+) radians a kilometre", open("said.txt").read())]
for layer in range(2):
    p, d = f["unwrapPhase"][layer].astype(float), f["phaseStd"][layer].astype(float)
    assert (p[hole] == 0).all() and (d[~hole] > 0).all() and (f["connectComponent"][layer][~hole] > 0).mean() > 0.9
    # the truth without what goes with the height, of the field too, as the slope is fitted to the phase
    h = height - height[~hole].mean()
    truth = u[layer] - np.polyfit(height[~hole], u[layer][~hole], 1)[0] * h
    error = (p - truth)[~hole]
    error -= np.median(error)
    full = 1000 * (slope[layer] + np.polyfit(height[~hole], u[layer][~hole], 1)[0])
    inside = (abs(error) < np.hypot(d[~hole], NOISE)).mean()
    print("layer %d: %.1f %% within half a radian, %.0f %% within a deviation, slope %.3f +- %.3f for %.3f" % (layer, 100 * (abs(error) < 0.5).mean(), 100 * inside, *found[layer], full))
    assert (abs(error) < 0.5).mean() > 0.99 and 0.6 < inside < 0.95
    assert abs(found[layer][0] - full) < 5 * found[layer][1]
PY
works 1 generate -generator_type patches -scene out.h5 -scene_layer 1 -grid_n 32,32 -samples 2 -seed 1 -out patches.h5
if $python -c 'import mintpy' 2>/dev/null; then
  works 1 generate -generator_type insar -grid_n 16,16 -samples 1 -seed 1 -quiet -out wrapped.h5
  MPLBACKEND=agg timeout 120 $python - >mintpy.txt 2>&1 <<'PY' || wrong "MintPy does not take the stack: $(tail -n 1 mintpy.txt)"
import h5py, numpy as np, shutil, mintpy
from mintpy.cli import ifgram_inversion, reference_point
from mintpy.utils import readfile
shutil.copy("out.h5", "ref.h5")
reference_point.main(["ref.h5", "-y", "5", "-x", "5"])
ifgram_inversion.main(["ref.h5"])
phase, told = readfile.read("ref.h5", datasetName="unwrapPhase")
displacement = readfile.read("timeseries.h5")[0]
off = displacement[1:] + 0.0554658 / (4 * np.pi) * (phase - phase[:, 5:6, 5:6])
assert told["REF_Y"] == "5" and displacement.shape == (3, 36, 44) and abs(off)[phase != 0].max() < 1e-6, abs(off).max()
std, told = readfile.read("out.h5", datasetName="phaseStd-20170101_20170113")
assert std.shape == (36, 44) and (std == h5py.File("out.h5")["phaseStd"][0]).all()
assert not [n for n in readfile.get_slice_list("out.h5") if n.startswith("unwrapPhase") and not n.startswith("unwrapPhase-")]  # view.py takes names by their beginning
wrapped, told = readfile.read("wrapped.h5", datasetName="phase")
assert told["FILE_TYPE"] == "wrapPhase" and told["UNIT"] == "radian" and told["WIDTH"] == "16" and (wrapped == h5py.File("wrapped.h5")["phase"][0]).all(), told
print("MintPy", mintpy.__version__)
PY
  tail -n 1 mintpy.txt
fi
refused_by() { # WHAT IT SAYS, ARGUMENTS...
  what=$1
  shift
  if unwrap "$@"; then wrong "$what: not refused"; fi
  grep -q -- "$what" said.txt || wrong "$what: $(tail -1 said.txt)"
  [ ! -e no.h5 ] || wrong "$what: no.h5 was written"
}
refused_by '--geometry small.h5: height of (5, 44) pixels, the stack has (36, 44)' ifgramStack.h5 no.h5 --geometry small.h5
refused_by 'nosuch.h5' nosuch.h5 no.h5
refused_by '--layers 2: the stack has layers 0 to 1' ifgramStack.h5 no.h5 --layers 2
refused_by 'geometryGeo.h5: it lacks wrapPhase' geometryGeo.h5 no.h5
refused_by 'layer 0: no piece of 12 coherent pixels' ifgramStack.h5 no.h5 --threshold 0.95
finish
