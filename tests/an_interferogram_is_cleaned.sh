#!/bin/sh
# examples/clean_interferogram.py on a simulated interferogram of 48 x 48 pixels, whose phase without noise is known.  speckle: the circular mean is nearer to it than the best
# boxcar of 3, 5 and 7 pixels, and 50 to 75 % of the pixels lie within one deviation.  Right is 65 (of 8 draws, Student's law of 7 degrees); this law, somewhat too sure, has 60 on
# the mean of 12 seeds, with a standard deviation of 3.4: from three below 60 to three above 65.  The seed is fixed.  In a hole of the mask the deviation is larger.
# --layover hides the pixels that are not alone at their distance, by the definition, on random heights.  multilook, then sharpen: finite, nearer than the coarse pixel, on the fine axes.  Axes, units, mask and MintPy's attributes are kept.
. "$1/tests/program.sh"
needs_python numpy h5py
export KARHUNEN="${KARHUNEN:-$build/karhunen}"
insar="generate -generator_type insar -grid_n 48,48 -grid_length 4800 -insar_looks 4 -insar_gamma 0.6,0.9 -insar_sea false -insar_deformation false -insar_rms 1 -insar_keep false -samples 1 -seed 5 -quiet"
# shellcheck disable=SC2086
{
  works 1 $insar -out scene.h5
  works 1 $insar -insar_noise false -out truth.h5
}
$python - <<'PY' || exit 1
import h5py, numpy as np
with h5py.File("scene.h5", "a") as f:
    f["mask"] = np.ones((1, 48, 48), "f4")
    f["mask"][0, 20:28, 20:28] = 0
    f.attrs.update(X_FIRST="14", X_STEP="0.001", Y_FIRST="40", Y_STEP="-0.001", X_UNIT="degrees", Y_UNIT="degrees")
with h5py.File("dark.h5", "w") as f:
    f["phase"] = np.random.default_rng(1).uniform(-np.pi, np.pi, (1, 8, 8))
with h5py.File("scene.h5") as old, h5py.File("lone.h5", "w") as new:  # one scene (y, x)
    new["phase"], new["mask"] = old["phase"][0], old["mask"][0]
PY
$python - "$source/examples" <<'PY' || wrong "other pixels are in layover than those that are not alone at their distance"
import sys, numpy as np
sys.path.insert(0, sys.argv[1])
import clean_interferogram as clean
height = np.cumsum(np.random.default_rng(2).normal(0, 60, (4, 40)), 1)
r = np.arange(40) * 100 * np.tan(np.radians(30)) - height
alone = [[all(r[i, k] < r[i, j] for k in range(j)) and all(r[i, k] > r[i, j] for k in range(j + 1, 40)) for j in range(40)] for i in range(4)]
hidden = clean.layover(height, 100, 30)
unknown = height.copy()
unknown[:, 20] = np.nan  # a height that is not known hides no other
less = clean.layover(unknown, 100, 30)
sys.exit(0 if 0 < hidden.sum() < hidden.size and (hidden == ~np.array(alone)).all() and less[:, :20].any() and less[:, 21:].any() and not (less & ~hidden).any() else 1)
PY
clean() { timeout 60 $python "$source/examples/clean_interferogram.py" "$@" >said.txt 2>&1; }
clean speckle scene.h5 0 clean.h5 --draws 8 || wrong "speckle: $(tail -n 1 said.txt)"
clean multilook truth.h5 0 coarse.h5 || wrong "multilook: $(tail -n 1 said.txt)"
clean multilook scene.h5 0 looks.h5 && clean multilook lone.h5 0 lone-looks.h5 --length 4800 || wrong "multilook: $(tail -n 1 said.txt)"
clean sharpen coarse.h5 0 fine.h5 --draws 8 || wrong "sharpen: $(tail -n 1 said.txt)"
$python - <<'PY' || wrong "other numbers"
import h5py, numpy as np
at = lambda name, which="phase": h5py.File(name)[which][0].astype(float)
off = lambda a, b: np.angle(np.exp(1j * (a - b)))
truth, seen, mask = at("truth.h5"), at("scene.h5"), at("scene.h5", "mask") != 0
def boxcar(phase, m):
    z = np.pad(np.exp(1j * phase), m // 2, mode="reflect")
    return np.angle(np.lib.stride_tricks.sliding_window_view(z, (m, m)).mean((-1, -2)))
rms = lambda e: np.sqrt((e[mask] ** 2).mean())
error, deviation = off(at("clean.h5"), truth), at("clean.h5", "deviation")
best = min(rms(off(boxcar(seen, m), truth)) for m in (3, 5, 7))
inside = (abs(error) < deviation)[mask].mean()
print("speckle: %.3f rad as seen, %.3f by the best boxcar, %.3f; %.0f %% within a deviation" % (rms(off(seen, truth)), best, rms(error), 100 * inside))
assert rms(error) < best and 0.50 < inside < 0.75
assert deviation[~mask].mean() > 1.5 * deviation[mask].mean()
fine, coarse = off(at("fine.h5"), truth), off(np.kron(at("coarse.h5"), np.ones((4, 4))), truth)
print("sharpen: %.3f rad by the coarse pixel, %.3f" % (rms(coarse), rms(fine)))
assert rms(fine) < 0.8 * rms(coarse)
assert all(np.isfinite(h5py.File(name)[v][:]).all() for name in ("clean.h5", "fine.h5") for v in ("phase", "deviation", "draws"))
assert np.array_equal(at("looks.h5"), at("lone-looks.h5"), equal_nan=True)
old, new = h5py.File("scene.h5"), h5py.File("clean.h5")
for a in "yx":
    assert abs(old[a][:] - new[a][:]).max() < 1e-6 and old[a].attrs["length"] == new[a].attrs["length"] and new[a].attrs["units"] in ("m", b"m")
    assert abs(old[a][:] - h5py.File("fine.h5")[a][:]).max() < 1e-6
assert (new["mask"][0] == mask).all() and new["phase"].attrs["units"] == "rad" and new["draws"].shape == (8, 48, 48)
text = lambda v: v.decode() if isinstance(v, bytes) else v
assert all(text(new.attrs[n]) == text(old.attrs[n]) for n in ("X_FIRST", "X_STEP", "Y_STEP", "Y_UNIT", "WIDTH", "LENGTH", "FILE_TYPE", "WAVELENGTH"))
assert h5py.File("coarse.h5")["phase"].shape == (1, 12, 12) and text(h5py.File("coarse.h5").attrs["WIDTH"]) == "12" and text(h5py.File("fine.h5").attrs["WIDTH"]) == "48"
PY
works 1 render clean.h5 -variable deviation -out deviation.png
if clean speckle dark.h5 0 no.h5 --length 800 --threshold 0.9; then wrong "a scene without coherence was cleaned"; fi
grep -q 'no pixel of a coherence above 0.9' said.txt || wrong "$(cat said.txt)"
if clean multilook scene.h5 0 no.h5 --factor 5; then wrong "5 divides 48"; fi
grep -q -- '--factor 5 does not divide 48 x 48 pixels' said.txt || wrong "$(cat said.txt)"
if clean speckle lone.h5 1 no.h5 --length 4800; then wrong "a second scene of one was cleaned"; fi
grep -q 'there is no scene 1: phase has the scenes 0 to 0' said.txt || wrong "$(cat said.txt)"
[ ! -e no.h5 ] || wrong "no.h5 was written"
finish
