#!/bin/sh
# What evaluate writes is what numpy computes from the same files, on 1 and 3 ranks; what cannot be compared is refused.
. "$1/tests/program.sh"
needs_python numpy h5py

$python - <<'PY'
import numpy as np, h5py
r = np.random.default_rng(1)
def fields(m, n, s):
    f = r.standard_normal((m, n, n))
    for _ in range(2):
        f = f + np.roll(f, 1, 1) + np.roll(f, 1, 2)
    return 2 + s * f + 0.1 * f**2
for name, m, n, s in (("a", 20, 16, 1), ("b", 13, 16, 1.1), ("fine", 5, 24, 1)):
    with h5py.File(name + ".h5", "w") as file:
        file["u"] = fields(m, n, s)
        file["other"] = fields(m, n, s)
for name, m, spread in (("p", 60, 1.0), ("q", 40, 1.1)):
    with h5py.File(name + ".h5", "w") as file:
        file["phase"] = np.angle(np.exp(1j * spread * r.standard_normal((m, 8, 8)) * r.uniform(0.5, 1.5, (m, 1, 1))))
with h5py.File("bad.h5", "w") as file:
    file["u"] = np.full((3, 16, 16), np.nan)
with h5py.File("solid.h5", "w") as file:
    file["u"] = r.standard_normal((2, 8, 8, 8))
PY

for n in 1 3; do
  works $n evaluate -data a.h5 -samples b.h5 -out report$n -permutations 199 -variable u
  grep -q 'energy distance' ../out || wrong "no table on the terminal"
  for end in json png pdf; do [ -s report$n.$end ] || wrong "no report$n.$end"; done
  $python - report$n.json <<'PY' || wrong "the report on $n ranks is not numpy's"
import json, sys, h5py, numpy as np
report = json.load(open(sys.argv[1]))
a, b = (h5py.File(f)["u"][:] for f in ("a.h5", "b.h5"))
def near(x, y, what, tol=1e-9):
    if not abs(x - y) <= tol * max(1, abs(y)):
        sys.exit(f"{what}: {x}, numpy says {y}")
k = np.fft.fftfreq(16, 1 / 16)
shell = np.rint(np.hypot(k[:, None], k))
for name, u in (("reference", a), ("samples", b)):
    p = np.abs(np.fft.fft2(u) / 256)**2
    for row in report["spectrum"]:
        e = p[:, shell == row["shell"]].sum(1)
        near(row[name], e.mean(), "power")
        near(row[name + "_error"], e.std(ddof=1) / len(u)**.5, "its error")
    near(len(report["spectrum"]), 8, "shells")
    d = u - u.mean()
    s = report["statistics"]
    near(s["mean"][name], u.mean(), "mean")
    near(s["variance"][name], u.var(), "variance")
    near(s["skewness"][name], (d**3).mean() / u.std()**3, "skewness")
    near(s["kurtosis"][name], (d**4).mean() / u.var()**2, "kurtosis")
    kd = np.where(abs(k) == 8, 0, k)
    g = [np.fft.ifft2(2j * np.pi * q * np.fft.fft2(u)).real for q in (kd[:, None] * (abs(k) < 8), kd * (abs(k) < 8)[:, None])]
    near(s["gradient variance"][name], np.var(g), "variance of gradients", 1e-8)
P, Q = (np.array([(np.abs(np.fft.fft2(u) / 256)**2)[:, shell == j].sum(1) for j in range(8)]) for u in (a, b))
for band, (first, last) in zip(report["bands"], ((1, 4), (5, 7))):
    p, q = P[first:last + 1], Q[first:last + 1]
    near(band["first_shell"], first, "band"), near(band["last_shell"], last, "band")
    near(band["mean_ratio"], (q.mean(1) / p.mean(1)).mean(), "mean ratio")
    n = p.shape[1]
    ratio = np.array([(q.mean(1) / np.delete(p, i, 1).mean(1)).mean() for i in range(n)])
    error2 = (q / p.mean(1)[:, None]).mean(0).var(ddof=1) / q.shape[1] + (n - 1) * ratio.var()
    near(band["mean_ratio_error"], error2**.5, "error of the mean ratio")
near(len(report["bands"]), 2, "bands")
x = np.sort(np.concatenate([a.ravel(), b.ravel()]))
F = [np.searchsorted(np.sort(u.ravel()), x, "right")[:-1] / u.size for u in (a, b)]
near(report["wasserstein1"]["one-point values, in standard deviations"]["distance"], (abs(F[0] - F[1]) * np.diff(x)).sum() / a.std(), "W1")
A, B = (u.reshape(len(u), -1) / 16 for u in (a, b))
D = lambda X, Y: np.sqrt(((X[:, None] - Y)**2).sum(2))
n, m = len(A), len(B)
near(report["energy"]["distance"], 2 * D(A, B).mean() - D(A, A).sum() / n / (n - 1) - D(B, B).sum() / m / (m - 1), "energy distance")
PY
done
$python -c 'import json; a, b = (json.load(open(f))["energy"]["p"] for f in ("report1.json", "report3.json")); assert a == b' || wrong "p depends on ranks"

# Numbers of which a field has one: their distance, and what it is when the labels are dealt again, in another random order.
for n in 1 3; do works $n evaluate -data p.h5 -samples q.h5 -phase -out phases$n -permutations 499; done
$python - <<'PY' || wrong "the distance of one law is not numpy's"
import json, sys, h5py, numpy as np
one, three = (json.load(open(f"phases{n}.json"))["wasserstein1"] for n in (1, 3))
if any(one[of] != three[of] for of in ("circular variance", "circular skewness")):
    sys.exit("it depends on ranks")
x, y = (1 - abs(np.exp(1j * h5py.File(f)["phase"][:]).mean((1, 2))) for f in ("p.h5", "q.h5"))
def w1(x, y):
    v = np.sort(np.concatenate([x, y]))
    return (abs(np.searchsorted(np.sort(x), v, "right") / len(x) - np.searchsorted(np.sort(y), v, "right") / len(y))[:-1] * np.diff(v)).sum()
said, pool, r = one["circular variance"], np.concatenate([x, y]), np.random.default_rng(2)
dealt = np.array([w1(v[:60], v[60:]) for v in (r.permutation(pool) for _ in range(2000))])
p = (dealt >= w1(x, y)).mean()
for what, value, right, tolerance in (
        ("W1", said["distance"], w1(x, y), 1e-12),
        ("mean of one law", said["one_law_mean"], dealt.mean(), 5 * dealt.std() * (1 / 499 + 1 / 2000)**.5),
        ("95 %", np.mean(dealt > said["one_law_95"]), 0.05, 5 * (0.05 * 0.95 * (1 / 499 + 1 / 2000))**.5),
        ("p", said["p"], p, 0.003 + 5 * (p * (1 - p) * (1 / 499 + 1 / 2000))**.5)):
    if not abs(value - right) <= tolerance:
        sys.exit(f"{what}: {value}, numpy says {right} within {tolerance}")
PY

# The finer set is truncated: its modes at and beyond the coarser one's Nyquist are gone, and those of the coarser one at Nyquist.
works 2 evaluate -data a.h5 -samples fine.h5 -out differ -variable other
grep -q 'samples are truncated from 24x24 to the modes of 16x16' ../out || wrong "nothing is said of different grids"
$python - <<'PY' || wrong "truncation is not numpy's"
import json, sys, h5py, numpy as np
report = json.load(open("differ.json"))
if "from 24x24" not in report["truncation"]:
    sys.exit("the report does not speak of truncation")
for file, name in (("a.h5", "reference"), ("fine.h5", "samples")):
    u = h5py.File(file)["other"][:]
    n = u.shape[1]
    v = np.fft.fft2(u) / n**2
    kept = [np.r_[0:8, n - 7:n], np.r_[0:8, 9:16]]
    w = np.zeros((len(u), 16, 16), complex)
    w[:, kept[1][:, None], kept[1]] = v[:, kept[0][:, None], kept[0]]
    w = np.fft.ifft2(w * 256).real
    s = report["statistics"]
    for key, x in (("mean", w.mean()), ("variance", w.var()), ("kurtosis", ((w - w.mean())**4).mean() / w.var()**2)):
        if not abs(s[key][name] - x) < 1e-9 * max(1, abs(x)):
            sys.exit(f"{key} of the {name}: {s[key][name]}, numpy says {x}")
PY
run 2 evaluate -data a.h5 -samples b.h5 -out stopped -variable u -max_time 0.000001
[ "$status" = 3 ] && ! ls stopped* 2>/dev/null || wrong "stopped: exit status $status, files" stopped*
refused 2 'exists already' evaluate -data a.h5 -samples b.h5 -out report1
refused 2 'none.h5' evaluate -data a.h5 -samples none.h5 -out x
refused 1 'no variable w' evaluate -data a.h5 -samples b.h5 -out x -variable w
refused 1 'one kind' evaluate -data a.h5 -samples solid.h5 -out x
refused 1 'give -out' evaluate -data a.h5 -samples b.h5
refused 2 'not finite' evaluate -data a.h5 -samples bad.h5 -out x
finish
