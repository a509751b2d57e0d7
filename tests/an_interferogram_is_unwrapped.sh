#!/bin/sh
# examples/unwrap_interferogram.py by a Gaussian law, where the answer is exact: two islands of a scene of 32 x 32 pixels, 8 rows apart.  The
# constant of one against the other has the deviation that dense matrices in numpy say, to 13 % (5 standard errors of 800 draws), and
# every whole turn the share of the 800 draws that N(b, v) at whole numbers gives it, to 5 standard errors, those of b among them (a false alarm is rarer than 1e-5).
# The mean within each island is the truth but for one constant, to 0.1 turns; a scene without coherence is refused.  The job that scores
# such scenes makes its table.
. "$1/tests/program.sh"
needs_python numpy h5py
cat >law.py <<'PY'
import h5py, numpy as np
N, L, NOISE = 32, 12800.0, 0.03
power = lambda k: 0.12 * (1 + (k * 1100.0) ** 2) ** -4
i = np.arange(N)
basis = np.where(i == 0, 1, np.sqrt(2)) * np.cos(np.pi * (i[:, None] + 0.5) * i / N)
root = np.sqrt(power(np.pi / L * np.hypot(i[:, None], i)))
mask = np.ones((N, N), bool)
mask[13:21] = False
r = np.random.default_rng(7)
u = basis @ (root * r.standard_normal((N, N))) @ basis.T
y = u + NOISE * r.standard_normal((N, N))
PY
$python - <<'PY' || exit 1
from law import *
k = np.geomspace(1e-4, 0.02, 3000)
np.savetxt("law.txt", np.vstack([[0, power(0)], np.column_stack([k, power(k)])]), fmt="%.12g")
with h5py.File("scene.h5", "w") as f:
    f["phase"] = (2 * np.pi * (y - np.round(y)))[None]
    f["coherence"] = np.stack([np.full((N, N), 0.9)])
    f["mask"] = mask[None].astype("i1")
with h5py.File("dark.h5", "w") as f:
    f["phase"], f["coherence"] = f.create_dataset("p", (1, N, N))[:], np.full((1, N, N), 0.1)
PY
KARHUNEN=$build/karhunen $python "$source/examples/unwrap_interferogram.py" scene.h5 0 out.h5 --gaussian law.txt --float 800 --draws 800 --looks 8 --thin 2 --length 12800 >said.txt 2>&1 || wrong "$(tail -n 1 said.txt)"
cat said.txt
$python - <<'PY' || wrong "other constants than the exact ones"
from law import *
import re
out = h5py.File("out.h5")["draws"][:].astype(float) / (2 * np.pi)
at = np.argwhere(mask[::2, ::2]) * 2
rows = np.einsum("pi,pj->pij", basis[at[:, 0]], basis[at[:, 1]]).reshape(len(at), -1) * root.ravel()
M = rows @ rows.T + NOISE**2 * np.eye(len(at))
top, low = mask.copy(), mask.copy()
top[16:], low[:16] = False, False
said = open("said.txt").read()
assert "piece 0: 416 pixels" in said and "piece 1: 352 pixels" in said, said
deviation = float(re.search(r"\+- ([0-9.]+)", said).group(1))
one = (at[:, 0] > 16).astype(float)
Q = np.linalg.solve(M, np.column_stack([one, y[at[:, 0], at[:, 1]]]))
v = 1 / (one @ Q[:, 0])
b = v * (one @ Q[:, 1])  # y = u + b of the lower island
n = np.arange(-4, 5)
p = np.exp(-((n - b) ** 2 - ((n - b) ** 2).min()) / (2 * v))
p /= p.sum()
turns = np.round((out - y)[:, low].mean(1) - (out - y)[:, top].mean(1))
print("deviation %.4f, exactly %.4f" % (deviation, np.sqrt(v)))
assert abs(deviation / np.sqrt(v) - 1) < 0.13
assert p.max() < 0.9, p
for k, exact in zip(n, p):
    share = (turns == -k).mean()
    slope = exact * abs((k - (p * n).sum()) / v) * np.sqrt(v / 800)  # by an error of b
    error = np.sqrt(exact * (1 - exact) / 800 + slope**2)
    if exact > 0.01:
        print("turns %+d: %.3f, exactly %.3f" % (-k, share, exact))
        assert abs(share - exact) < 5 * error
d = h5py.File("out.h5")["mean"][0] / (2 * np.pi) - u
for island in (top, low):
    assert d[island].std() < 0.1, d[island].std()
PY
if KARHUNEN=$build/karhunen $python "$source/examples/unwrap_interferogram.py" dark.h5 0 no.h5 --gaussian law.txt --length 12800 >said.txt 2>&1; then wrong "a scene without coherence was unwrapped"; fi
grep -q 'no piece of 12 coherent pixels' said.txt || wrong "$(cat said.txt)"
[ ! -e no.h5 ] || wrong "no.h5 was written"
if KARHUNEN=$build/karhunen $python "$source/examples/unwrap_interferogram.py" dark.h5 0 no.h5 --gaussian law.txt >said.txt 2>&1; then wrong "a scene without a box was unwrapped"; fi
grep -q 'dark.h5: its axes y and x have no attribute length: say --length' said.txt || wrong "$(cat said.txt)"
# the job that scores them, of two scenes, without those that a model draws
if SCENES=2 DRAWN=0 FIT=32 OUT=job KARHUNEN=$build/karhunen PYTHON=$python sh "$source/jobs/unwrap_interferograms.sh" >table.md 2>err.txt; then
  cat table.md
  [ "$(grep -cE '^\| (whole|islands), (poisson|weighted|gaussian) \| 2 \| [0-9]' table.md)" = 6 ] || wrong "the job has not 6 rows of 2 scenes"
else
  wrong "the job: $(tail -n 1 err.txt) $(tail -n 1 job/log)"
fi
finish
