"""python3 jobs/judge_ns3d.py SIMULATIONS.h5 [DRAWS.h5]: velocities in a periodic cube of edge 2 pi, of one file or of two side by side, as a table
in Markdown.  Each number has its standard error over the fields (jackknife); the last columns are the ratio of draws to simulations and its error.
  E(k)        energy of the shell k - 1/2 <= |k| < k + 1/2
  Pi(k)       energy flux to the modes |k| >= k + 1/2:  <u_< . (u . grad) u>, u_< the modes below
  skewness, kurtosis   of longitudinal derivatives du_a/dx_a; kurtosis, transverse   of du_a/dx_b
  flatness r  of longitudinal increments u_a(x + r e_a) - u_a(x), r in points
  divergence  of the worst field: the root of sum |k . u|^2 / sum |k|^2 |u|^2
Needs numpy and h5py."""
import sys

import h5py
import numpy as np


def measure(u):
    """Sums of one field u[3][n][n][n], from which every number above is a ratio: a dict of arrays."""
    n = u.shape[-1]
    k1 = np.fft.fftfreq(n, 1 / n)
    k = np.stack(np.meshgrid(k1, k1, k1, indexing="ij"))
    k[np.abs(k) == n // 2] = 0
    h = np.fft.fftn(u, axes=(1, 2, 3)) / n**3
    shell = np.rint(np.sqrt((k * k).sum(0))).astype(int)
    square = 0.5 * (abs(h) ** 2).sum(0)
    spectrum = np.bincount(shell.ravel(), square.ravel())[1 : n // 2]
    space = lambda f: np.fft.ifftn(f, axes=(-3, -2, -1)).real * n**3
    grad = np.array([[space(1j * k[b] * h[a]) for b in range(3)] for a in range(3)])  # [component][axis]
    transport = np.fft.fftn((u[None] * grad).sum(1), axes=(1, 2, 3)) / n**3
    transfer = np.bincount(shell.ravel(), (h.conj() * transport).real.sum(0).ravel())
    along = np.array([grad[a, a] for a in range(3)])
    across = np.array([grad[a, b] for a in range(3) for b in range(3) if a != b])
    out = {"E": spectrum, "Pi": np.cumsum(transfer)[1 : n // 2], "along": [(along**p).mean() for p in (2, 3, 4)],
           "across": [(across**p).mean() for p in (2, 4)]}
    for r in (1, 2, 4, 8):
        d = np.array([np.roll(u[a], -r, axis=a) - u[a] for a in range(3)])
        out["d%d" % r] = [(d**2).mean(), (d**4).mean()]
    worst = np.sqrt((abs((k * h).sum(0)) ** 2).sum() / ((k * k).sum(0) * abs(h) ** 2).sum())
    return {name: np.array(x) for name, x in out.items()}, worst


def rows(n):
    """What is printed: (name, number from the means)."""
    last = n // 2 - 1
    for j in [1, 2, 3, 4, 6, 8, 10, 12, 15, 20, 25, 31]:
        if j <= last:
            yield "E(%d)" % j, lambda m, j=j: m["E"][j - 1]
    for j in [2, 4, 6, 8, 12, 16, 24]:
        if j <= last:
            yield "Pi(%d)" % j, lambda m, j=j: m["Pi"][j - 1]
    yield "skewness", lambda m: m["along"][1] / m["along"][0] ** 1.5
    yield "kurtosis", lambda m: m["along"][2] / m["along"][0] ** 2
    yield "kurtosis, transverse", lambda m: m["across"][1] / m["across"][0] ** 2
    for r in (1, 2, 4, 8):
        yield "flatness %d" % r, lambda m, r=r: m["d%d" % r][1] / m["d%d" % r][0] ** 2


def estimates(path):
    with h5py.File(path) as f:
        fields = f["velocity"][...]
        fields = fields.reshape(-1, *fields.shape[-4:])  # snapshots of a run lie along an axis of time
        sums, worst = zip(*(measure(fields[i].astype(float)) for i in range(len(fields))))
        n = fields.shape[-1]
    count = len(sums)
    total = {name: sum(s[name] for s in sums) for name in sums[0]}
    table = {}
    for name, number in rows(n):
        value = number({x: total[x] / count for x in total})
        left = np.array([number({x: (total[x] - s[x]) / (count - 1) for x in total}) for s in sums])
        table[name] = value, np.sqrt((count - 1) / count * ((left - left.mean()) ** 2).sum())
    return table, max(worst), count


files = [estimates(path) for path in sys.argv[1:3]]
print("| | %s |" % " | ".join("%d fields" % f[2] for f in files) + (" ratio |" if len(files) == 2 else ""))
print("|---|" + "---|" * (len(files) + (len(files) == 2)))
for name in files[0][0]:
    if not all(name in f[0] for f in files):
        continue
    line = "| %s | %s |" % (name, " | ".join("%.4g ± %.2g" % f[0][name] for f in files))
    if len(files) == 2:
        (a, ea), (b, eb) = (f[0][name] for f in files)
        line += " %.3f ± %.3f |" % (b / a, abs(b / a) * np.hypot(ea / a, eb / b))
    print(line)
print("| divergence, worst | %s |" % " | ".join("%.1e" % f[1] for f in files) + (" |" if len(files) == 2 else ""))
