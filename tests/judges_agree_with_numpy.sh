#!/bin/sh
# The judges that evaluate writes are numpy's, on 1 and 3 ranks; a reference that is empty on its fine scales is named.
. "$1/tests/program.sh"
needs_python numpy h5py
cat >law.py <<'PY'
import numpy as np
def fields(r, m, n, s, reach):
    w = np.fft.fft2(r.standard_normal((m, n, n)))
    k = np.fft.fftfreq(n, 1 / n)
    w *= (1 + np.hypot(k[:, None], k))**-1.5 * (abs(k)[:, None] <= reach) * (abs(k) <= reach)
    f = np.fft.ifft2(w).real
    return f + s * f**2 if reach >= n // 2 - 1 else f
PY
$python - <<'PY'
import numpy as np, h5py
from law import fields
r = np.random.default_rng(3)
for name, m, s, reach in (("a", 20, 0.1, 16), ("b", 13, 0.5, 16), ("empty", 9, 0.1, 10)):
    with h5py.File(name + ".h5", "w") as file:
        file["vorticity"] = fields(r, m, 32, s, reach)
PY
for n in 1 3; do
  works $n evaluate -data a.h5 -samples b.h5 -out report$n -permutations 9
  grep -q 'one number of a field' ../out || wrong "no judges in the table"
  if grep -q 'is empty' ../out; then wrong "a full reference is called empty"; fi
  $python - report$n.json <<'PY' || wrong "the judges on $n ranks are not numpy's"
import json, sys, h5py, numpy as np
judges = json.load(open(sys.argv[1]))["judges"]
sets = [h5py.File(f)["vorticity"][:] for f in ("a.h5", "b.h5")]
n = 32
k = np.fft.fftfreq(n, 1 / n)
ky, kx = k[:, None] + 0 * k, k + 0 * k[:, None]
good = (abs(ky) < n / 2) & (abs(kx) < n / 2)
kappa, k2 = np.hypot(ky, kx), np.maximum(ky**2 + kx**2, 1e-300)
q = 2 * np.pi
back = lambda w: np.fft.ifft2(w).real
flat = lambda *v: (sum((a**2).mean((1, 2)) for a in v) / len(v), sum((a**4).mean((1, 2)) for a in v) / len(v))
def numbers(u):
    w = np.fft.fft2(u) * good
    gy, gx = back(1j * q * ky * w), back(1j * q * kx * w)
    psi = w / (q**2 * k2) * (k2 > 1e-200)
    ux, uy = back(1j * q * ky * psi), back(-1j * q * kx * psi)
    g2, a = gx**2 + gy**2, ux * gx + uy * gy
    one = {"|grad|^2 < .01, share": (g2 < .01 * g2.mean((1, 2), keepdims=True)).mean((1, 2))}
    def nonlinearity(w):
        psi = w / (q**2 * k2) * (k2 > 1e-200)
        gy, gx, ux, uy = back(1j * q * ky * w), back(1j * q * kx * w), back(1j * q * ky * psi), back(-1j * q * kx * psi)
        return ((ux * gx + uy * gy)**2).mean((1, 2)) / ((ux**2 + uy**2).mean((1, 2)) * (gx**2 + gy**2).mean((1, 2)))
    one["nonlinearity"] = nonlinearity(w)
    for low in (4, 8, 16):
        one["nonlinearity, < %d" % low] = nonlinearity(w * (kappa < low))
    for name, s in (("5 % quantile", .05), ("25 % quantile", .25), ("median", .5)):
        one["|grad|^2, " + name] = np.quantile(g2.reshape(len(u), -1), s, axis=1) / g2.mean((1, 2))
    for K in (4, 8, 12, 16):
        one["enstrophy flux, %d" % K] = ((w.conj() * np.fft.fft2(a) * good).real * (kappa < K + .5)).sum((1, 2)) / n**4 / (back(w)**2).mean((1, 2))**1.5
    P = np.array([(abs(w)**2 * (np.rint(kappa) == j)).sum((1, 2)) for j in range(16)])
    j = np.arange(4, 9)
    one["slope of the spectrum"] = np.polyfit(np.log(j), np.log(P[4:9]), 1)[0]
    two = {"kurtosis, gradients": flat(gx, gy), "kurtosis, Laplacian": flat(back(-q**2 * k2 * w))}
    v = back(w)
    for r in (1, 2, 4, 8):
        two["flatness over %d" % r] = flat(np.roll(v, -r, 1) - v, np.roll(v, -r, 2) - v)
    for low in (2, 4, 8):
        two["kurtosis, [%d,%d)" % (low, 2 * low)] = flat(back(w * (kappa >= low) * (kappa < 2 * low)))
    for low in (8,):
        e, s = (back(w * (kappa >= low) * (kappa < 2 * low))**2).reshape(len(u), -1), w * (kappa < low)
        g = (back(1j * q * ky * s)**2 + back(1j * q * kx * s)**2).reshape(len(u), -1)
        one["follows gradients, [%d,%d)" % (low, 2 * low)] = np.array([np.corrcoef(i, j)[0, 1] for i, j in zip(e, g)])
    return one, two
def auc(x, y):
    c = (x[:, None] < y) + .5 * (x[:, None] == y)
    return c.mean(), (c.mean(1).var(ddof=1) / len(x) + c.mean(0).var(ddof=1) / len(y))**.5
def near(x, y, what):
    if not abs(x - y) <= 1e-8 * max(1e-3, abs(y)):
        sys.exit(f"{what}: {x}, numpy says {y}")
(one, two), (one2, two2) = map(numbers, sets)
for name in one | two:
    said = judges[name]
    x, y = (one[name], one2[name]) if name in one else (two[name][1] / two[name][0]**2, two2[name][1] / two2[name][0]**2)
    near(said["auc"], auc(x, y)[0], name + ": AUC")
    near(said["auc_error"], auc(x, y)[1], name + ": error of the AUC")
    near(said["control_auc"], auc(x[:10], x[10:])[0], name + ": control")
    mean = (x.mean(), y.mean()) if name in one else [t[name][1].mean() / t[name][0].mean()**2 for t in (two, two2)]
    near(said["reference"], mean[0], name), near(said["samples"], mean[1], name)
if set(judges) != set(one | two):
    sys.exit(f"{sorted(set(judges) ^ set(one | two))}")
PY
done
works 2 evaluate -data empty.h5 -samples b.h5 -out empty -permutations 9
grep -q 'reference is empty beyond wave number 10 along' ../out || wrong "nothing is said of an empty reference"
finish
