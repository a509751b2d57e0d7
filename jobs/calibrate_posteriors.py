"""jobs/calibrate_posteriors.py OUT CASE METHOD TRUTHS.h5 COUNT: a row of the table of calibrate_posteriors.sh."""
import os, sys
import h5py
import numpy as np
from math import erfc, exp, factorial, lgamma, log, sqrt

out, case, method, path, count = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4], int(sys.argv[5])


def fields(name):
    with h5py.File(name) as f:
        key = next(k for k in ("vorticity", "u", "field") if k in f)
        return f[key][:].astype(float)


def chi2_tail(x, dof):
    """P(chi^2 > x) with an odd number of degrees of freedom."""
    p, term = erfc(sqrt(x / 2)), sqrt(2 * x / np.pi) * exp(-x / 2)
    for k in range(1, dof, 2):
        p, term = p + term, term * x / (k + 2)
    return p


def functionals(u, hidden):
    """Four that are linear, four that are quadratic, of a field of n x n points; within the hidden half where there is one."""
    n = len(u)
    c = np.fft.fft2(u) / n**2
    k = np.hypot(*np.meshgrid(np.fft.fftfreq(n, 1 / n), np.fft.fftfreq(n, 1 / n)))
    shell = lambda a, b: (abs(c[(k >= a) & (k < b)]) ** 2).sum()
    part = u[:, n // 2:] if hidden else u
    m = part.shape[1]
    at = lambda y, x: part[int(y * n), int(x * m)]
    box = part[n // 4: n // 2, m // 4: m // 2]
    return [at(.2, .55), at(.7, .3), box.mean(), c[1, 2].real, (part**2).mean(), (box**2).mean(), shell(3, 6), shell(6, 12)]


ranks, covered, crps, error, energy = [], [], [], [], []
truth = h5py.File(path)["vorticity"]
for i in range(count):
    name = f"{out}/{case}-{i}-{method}.h5"
    if not os.path.exists(name):
        continue
    t, x = truth[i].astype(float), fields(name)
    if len(x) < 7:  # a run that was stopped
        continue
    if not np.all(np.isfinite(x)) or abs(x).max() > 1e3:
        error.append(np.inf)
        continue
    seven = x[:: len(x) // 7][:7]  # one of each run
    where = (slice(None), slice(t.shape[1] // 2, None)) if case == "half" else (slice(None), slice(None))
    ft, fx = functionals(t, case == "half"), [functionals(s, case == "half") for s in seven]
    energy.append([ft[6:], np.mean(fx, 0)[6:]])
    ranks.append([sum(f[j] < ft[j] for f in fx) for j in range(8)])
    covered.append(((t > seven.min(0)) & (t < seven.max(0)))[where].mean())
    spread = sum(abs(a - b) for a in seven for b in seven) / (2 * 7 * 6)
    crps.append((abs(seven - t).mean(0) - spread)[where].mean())
    error.append(sqrt(((seven.mean(0) - t)[where] ** 2).mean()))
n = len(ranks)
if not n:
    sys.exit(f"no draws of {case}, {method}")
ranks = np.array(ranks)
p = [chi2_tail(sum((np.bincount(ranks[:, j], minlength=8) - n / 8) ** 2) / (n / 8), 7) for j in range(8)]
se = lambda v: np.std(v, ddof=1) / sqrt(len(v)) if len(v) > 1 else float("nan")
inside = ((ranks > 0) & (ranks < 7)).mean(1)
lost = len(error) - n
error = [e for e in error if np.isfinite(e)]
of, drawn = np.sum(energy, 0)
print("| %s | %s | %d%s | %.3f ± %.3f | %.3f ± %.3f | %.1f ± %.1f | %.1f ± %.1f | %s | %.2g | %.2f, %.2f |" % (
    case, method, n, f" ({lost} left the finite numbers)" if lost else "", np.mean(crps), se(crps), np.mean(error), se(error),
    100 * np.mean(covered), 100 * se(covered), 100 * inside.mean(), 100 * se(inside),
    ", ".join("%.2g" % v for v in p), min(p), *(drawn / of)))
