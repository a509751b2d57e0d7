#!/bin/sh
# What evaluate says of velocities, in a plane and in a box, on 1 and 3 ranks, whole and truncated, is numpy's: energy, its flux, derivatives,
# increments, divergence, with jackknife errors.  A file without a variable of that name is told what a velocity is.
. "$1/tests/program.sh"
needs_python numpy h5py
cat >law.py <<'PY'
import numpy as np
def waves(n, d):
    k = np.stack(np.meshgrid(*[np.fft.fftfreq(n, 1 / n)] * d, indexing="ij"))
    return k, (abs(k) < n / 2).all(0)
def fields(r, m, n, d, s):
    """Band-limited, of which a share is no divergence, skewed by its square."""
    k, good = waves(n, d)
    axes = tuple(range(2, d + 2))
    w = np.fft.fftn(r.standard_normal((m, d) + (n,) * d), axes=axes) * good * (1 + np.sqrt((k**2).sum(0)))**-1.5
    w -= 0.8 * k * (k * w).sum(1, keepdims=True) / np.maximum((k**2).sum(0), 1)
    f = np.fft.ifftn(w, axes=axes).real
    return np.fft.ifftn(np.fft.fftn(f + s * f**2, axes=axes) * good, axes=axes).real
def cut(u, n):
    """The modes of n points."""
    d, N = u.ndim - 1, u.shape[-1]
    axes = tuple(range(1, d + 1))
    h = np.fft.fftn(u, axes=axes) * (n / N)**d
    keep = np.ix_(range(len(u)), *[np.r_[0 : n // 2, N - n // 2 : N]] * d)
    return np.fft.ifftn(h[keep] * waves(n, d)[1], axes=axes).real
def measure(u, L):
    """One field u[d][n]...: numbers, and sums from which the others are ratios."""
    d, n = u.ndim - 1, u.shape[-1]
    axes = tuple(range(-d, 0))
    k, good = waves(n, d)
    h = np.fft.fftn(u, axes=axes) / n**d * good
    shell = np.rint(np.sqrt((k**2).sum(0))).astype(int)
    bins = lambda v: np.bincount(shell.ravel(), (v * good).ravel())
    space = lambda f: np.fft.ifftn(f, axes=axes).real * n**d
    q = 2 * np.pi / L * k
    grad = np.array([[space(1j * q[b] * h[a]) for b in range(d)] for a in range(d)])  # [component][axis]
    u = space(h)
    transport = np.fft.fftn((u[None] * grad).sum(1), axes=axes) / n**d
    energy = bins(0.5 * (abs(h)**2).sum(0))
    flux = np.cumsum(bins((h.conj() * transport).real.sum(0)))
    along = np.array([grad[a, a] for a in range(d)])
    across = np.array([grad[a, b] for a in range(d) for b in range(d) if a != b])
    last = n // 2 - 1
    out = {"energy of shell %d" % j: energy[j] for j in (1, 2, 3, 4, 6, 8, 10, 12, 15, 20, 25, 31) if j <= last}
    out |= {"energy flux, %d" % j: flux[j] for j in (2, 4, 6, 8, 12, 16, 24) if j <= last}
    out["divergence"] = np.sqrt((abs((q * h).sum(0))**2).sum() / ((q * q).sum(0) * abs(h)**2).sum())
    pair = lambda v: ((v**2).mean(), (v**4).mean())
    two = {"kurtosis, du_a/dx_a": pair(along), "kurtosis, du_a/dx_b": pair(across)}
    for r in (1, 2, 4, 8):
        two["flatness of u_a over %d" % r] = pair(np.array([np.roll(u[a], -r, axis=a) - u[a] for a in range(d)]))
    return out, two, ((along**2).mean(), (along**3).mean())
PY
$python - <<'PY'
import numpy as np, h5py
from law import fields
r = np.random.default_rng(3)
for name, m, n, d, s in (("a2", 9, 32, 2, 0.1), ("b2", 7, 32, 2, 0.4), ("a3", 5, 16, 3, 0.1), ("b3", 4, 24, 3, 0.4)):
    with h5py.File(name + ".h5", "w") as file:
        file["velocity"] = fields(r, m, n, d, s)
PY
for n in 1 3; do
  for d in 2 3; do
    works $n evaluate -data a$d.h5 -samples b$d.h5 -variable velocity -out report$d-$n -permutations 9
    grep -q 'divergence of the worst field' ../out || wrong "no divergence in the table"
    $python - report$d-$n.json $d <<'PY' || wrong "numbers of velocities in ${d}D on $n ranks are not numpy's"
import json, sys, h5py, numpy as np
from law import cut, measure
report, d = json.load(open(sys.argv[1])), sys.argv[2]
judges = report["judges"]
sets = [h5py.File(s + d + ".h5")["velocity"][:] for s in "ab"]
least = min(s.shape[-1] for s in sets)
sets = [[measure(u if u.shape[-1] == least else cut(u, least), 1.0) for u in s] for s in sets]
def near(x, y, what, scale=1e-3):
    if not abs(x - y) <= 1e-8 * max(scale, abs(y)):
        sys.exit(f"{what}: {x}, numpy says {y}")
def jackknife(v, fn):
    v = np.array(v)
    left = np.array([fn(np.delete(v, i, 0).mean(0)) for i in range(len(v))])
    return fn(v.mean(0)), np.sqrt((len(v) - 1) / len(v) * ((left - left.mean())**2).sum())
names = set()
def claim(name, values, fn):
    names.add(name)
    (a, ea), (b, eb) = (jackknife(v, fn) for v in values)
    said = judges[name]
    near(said["reference"], a, name), near(said["samples"], b, name)
    near(said["reference_error"], ea, name + ": error"), near(said["samples_error"], eb, name + ": error")
    if a:
        near(said["ratio"], b / a, name + ": ratio")
        near(said["ratio_error"], abs(b / a) * np.hypot(ea / a, eb / b), name + ": error of the ratio")
    x, y = (np.array([fn(np.array(o)) for o in v]) for v in values)
    near(said["auc"], (x[:, None] < y).mean() + .5 * (x[:, None] == y).mean(), name + ": AUC")
for name in sets[0][0][0]:
    claim(name, [[f[0][name] for f in s] for s in sets], lambda v: v)
for name in sets[0][0][1]:
    claim(name, [[f[1][name] for f in s] for s in sets], lambda v: v[..., 1] / v[..., 0]**2)
claim("skewness, du_a/dx_a", [[f[2] for f in s] for s in sets], lambda v: v[..., 1] / v[..., 0]**1.5)
if set(judges) != names:
    sys.exit(f"{sorted(set(judges) ^ names)}")
for s in range(2):
    near(report["divergence_of_the_worst_field"][s], max(f[0]["divergence"] for f in sets[s]), "the worst divergence")
PY
  done
done
works 1 evaluate -data a2.h5 -samples b2.h5 -out none -evaluate_velocity false -permutations 9
if grep -q 'divergence' ../out; then wrong "-evaluate_velocity false measures velocities"; fi
works 1 generate -generator_type gaussian -grid_n 8,8 -samples 3 -seed 1 -out one.h5
refused 1 'no velocities: those are periodic and have one for each of 2 or 3 axes' evaluate -data one.h5 -samples one.h5 -out no -evaluate_velocity
finish
