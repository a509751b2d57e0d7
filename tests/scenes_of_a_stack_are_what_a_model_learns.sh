#!/bin/sh
# examples/scenes_of_stack.py on a stack of MintPy of two layers, 48 x 60 pixels, with a hole and a mask: every patch is a piece of a layer, in cycles but for a whole number, with the
# logit of its coherence; what was not measured has that of .05 and a smooth phase.  A model learns the file and draws scene, wave and phase.  What cannot be is refused.
. "$1/tests/program.sh"
needs_python numpy h5py
cat >law.py <<'PY'
import h5py, numpy as np
R, C = 48, 60
y, x = np.mgrid[:R, :C]
phase = np.stack([0.2 * x + 3 * np.sin(y / 9.0) + 30, -0.1 * y + 2 * np.cos(x / 7.0)])
gamma = 0.5 + 0.4 * np.sin(x / 11.0) * np.cos(y / 13.0) + 0 * phase
hole = (abs(y - 20) < 4) & (x < 20)
mask = ~((x > 50) & (y > 40))
valid = ~hole & mask
PY
$python - <<'PY' || exit 1
from law import *
with h5py.File("ifgramStack.h5", "w") as f:
    f["unwrapPhase"], f["coherence"] = np.where(hole, 0, phase).astype("f4"), gamma.astype("f4")
    f.attrs.update(FILE_TYPE="ifgramStack", X_FIRST="14", Y_FIRST="40", X_STEP="0.001", Y_STEP="-0.001", X_UNIT="degrees", Y_UNIT="degrees", WAVELENGTH="0.0554658")
with h5py.File("waterMask.h5", "w") as f: f["waterMask"] = mask
with h5py.File("wrapped.h5", "w") as f: f["wrapPhase"] = phase
PY
stack() { $python "$source/examples/scenes_of_stack.py" "$@" >../out 2>../err; }
stack ifgramStack.h5 scenes.h5 --n 16,24 --count 20 --mask waterMask.h5 || wrong "scenes_of_stack.py: $(tail -1 ../err)"
stack ifgramStack.h5 looks.h5 --n 8,8 --count 9 --looks 2 --area train --test 0.5 || wrong "with looks: $(tail -1 ../err)"
$python - <<'PY' || wrong "scenes.h5 is not made of the stack"
from law import *
f = h5py.File("scenes.h5")
s, seen = f["scene"][:].astype(float), set()
assert s.shape == (20, 2, 16, 24) and np.isfinite(s).all()
assert abs(f["y"].attrs["length"] - 111320 * 0.016) < 1 and abs(f["x"].attrs["length"] - 111320 * 0.024 * np.cos(np.radians(40 - 0.024))) < 1
logit = lambda g: np.log(g / (1 - g))
for c, l in s:
    best = None
    for k in range(2):
        for r in range(R - 15):
            for q in range(C - 23):
                v = valid[r : r + 16, q : q + 24]
                d = (c - phase[k, r : r + 16, q : q + 24] / (2 * np.pi))[v]
                if d.size and np.ptp(d) < 1e-5 and abs(d[0] - np.round(d[0])) < 1e-5: best = k, r, q
    assert best, "a patch of no place"
    k, r, q = best
    v, g = valid[r : r + 16, q : q + 24], gamma[k, r : r + 16, q : q + 24]
    assert abs(l - logit(np.where(v, g, 0.05))).max() < 1e-4 and abs(c[v].mean()) <= 0.5 + 1e-6
    whole = c - np.round((c - phase[k, r : r + 16, q : q + 24] / (2 * np.pi))[v][0])
    low, high = (m(phase[k][valid]) / (2 * np.pi) for m in (np.min, np.max))
    assert whole.min() >= low - 1e-5 and whole.max() <= high + 1e-5, "a value between none of the layer's"
    seen.add(best)
assert len(seen) > 10 and {k for k, _, _ in seen} == {0, 1}
a = h5py.File("looks.h5")["scene"][:]
m = (phase[:, ::2, ::2] + phase[:, 1::2, ::2] + phase[:, ::2, 1::2] + phase[:, 1::2, 1::2]) / (8 * np.pi)
v = ~(hole[::2, ::2] | hole[1::2, ::2] | hole[::2, 1::2] | hole[1::2, 1::2])
for c, _ in a:
    ds = [(c - m[k, r : r + 8, q : q + 8])[v[r : r + 8, q : q + 8]] for k in range(2) for r in range(R // 2 - 7) for q in range(15 - 7)]
    assert any(d.size and np.ptp(d) < 1e-5 for d in ds), "averages of no place, or of the test area"
PY
works 1 train -data scenes.h5 -variable scene -net_type local -local_width 16 -local_dilations 1,1 -denoiser_gain white -train_steps 2 -train_batch 2 -train_warmup 1 -out model.h5
works 1 sample -model model.h5 -insar_looks 8 -samples 1 -out drawn.h5
for variable in scene wave phase; do h5ls drawn.h5 | grep -q "^$variable " || wrong "a draw has no $variable"; done
no() { stack "$@" && wrong "taken: $*"; }
no ifgramStack.h5 scenes.h5
grep -q 'scenes.h5 exists' ../err || wrong "$(cat ../err)"
no wrapped.h5 x.h5
grep -q 'no unwrapPhase and coherence' ../err || wrong "$(cat ../err)"
no ifgramStack.h5 x.h5 --n 64,64
grep -q 'no patch of 64 x 64 pixels' ../err || wrong "$(cat ../err)"
for layers in 2 a; do
  no ifgramStack.h5 x.h5 --layers $layers
  grep -q "layers $layers: .* has layers 0 to 1" ../err || wrong "$(cat ../err)"
done
[ ! -e x.h5 ] || wrong "a file is left of what was refused"
finish
