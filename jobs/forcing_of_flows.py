"""jobs/forcing_of_flows.py OUT TRUTHS TIME: the tables of forcing_of_flows.sh."""
import sys
import h5py
import numpy as np

out, truths, T, nu, n, m = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), 0.01, 32, 8


def fields(name):
    with h5py.File(name) as f:
        return f["u"][:].astype(float)


def values(i, variance):
    return np.loadtxt(f"{out}/{variance}-{i}.csv", delimiter=",", skiprows=2)[:, 2]  # a remark, the names


k = np.fft.fftfreq(n, 1 / n)
k2 = k[:, None] ** 2 + k[None] ** 2
wide = np.arange(-512, 513)
power = lambda q: (9.0 + q) ** -3.0
law = power(k2) / power(wide[:, None] ** 2.0 + wide[None] ** 2.0).sum()
law[n // 2] = law[:, n // 2] = 0  # modes without a partner
keep = (3 * abs(k[:, None]) < n) & (3 * abs(k[None]) < n) & (k2 > 0)
passed = np.where(keep, -np.expm1(-nu * k2 * T) / (nu * np.maximum(k2, 1)), 0)  # vorticity over force, Stokes
at = np.arange(0, n, n // m)


def told(v, digits=3):
    """Mean and standard error."""
    return f"{np.mean(v):.{digits}f} ± {np.std(v, ddof=1) / len(v) ** 0.5:.{digits}f}"


def between(spectrum):
    """The covariance of the values of two fields with the same modes, at all pairs of points."""
    return np.fft.ifft2(spectrum).real * n**2


def stokes(y, variance, noise):
    """Mean and deviation, at each point, of the force given the values of a Stokes flow."""
    cov, cross = between(variance * law * passed**2), between(variance * law * passed)
    place = np.array([(a, b) for a in at for b in at])  # as the data lie: y, then x
    grid = np.indices((n, n)).reshape(2, -1).T
    apart = lambda a, b: tuple((a[:, None, c] - b[None, :, c]) % n for c in (0, 1))
    M = cov[apart(place, place)] + noise**2 * np.eye(m * m)
    K = cross[apart(grid, place)]
    gain = np.linalg.solve(M, K.T).T
    return (gain @ y).reshape(n, n), np.sqrt(variance * law.sum() - (gain * K).sum(1)).reshape(n, n)


forces = fields(f"{out}/forces-1.h5")
print("| draws | truths | CRPS | error of the mean | promised by their spread | coverage, % (right) |")
print("|---|---|---|---|---|---|")
for name in ("smc", "guided", "stokes"):
    crps, error, spread, covered = [], [], [], []
    for i in range(truths):
        if name == "stokes":
            mean, deviation = stokes(values(i, "1"), 1, 0.02)  # draws of each point for itself
            x = mean + deviation * np.random.default_rng(i).standard_normal((8, n, n))
        else:
            x = fields(f"{out}/{name}-{i}.h5")
        t, d = forces[i], len(x)
        error.append(((x.mean(0) - t) ** 2).mean())
        spread.append((1 + 1 / d) * x.var(0, ddof=1).mean())
        covered.append(((t > x.min(0)) & (t < x.max(0))).mean())
        crps.append((abs(x - t).mean(0) - sum(abs(a - b) for a in x for b in x) / (2 * d * (d - 1))).mean())
    print(f"| {name} | {truths} | {told(crps)} | {np.mean(error) ** 0.5:.3f} | {np.mean(spread) ** 0.5:.3f} | "
          f"{told(100 * np.array(covered), 1)} ({100 * (d - 1) / (d + 1):.1f}) |")
chi, ratio = [], []
for i in range(truths):
    mean, deviation = stokes(values(i, "1e-10"), 1e-10, 2e-7)
    x = fields(f"{out}/weak-{i}.h5")
    chi.append((len(x) * (x.mean(0) - mean) ** 2 / deviation**2).mean())
    ratio.append((x.var(0, ddof=1) / deviation**2).mean())
print(f"\nweak forces, {truths} truths, {len(x)} draws each: squared error of their mean over the exact posterior's "
      f"{told(chi)}, variance over the exact one {told(ratio)}")
