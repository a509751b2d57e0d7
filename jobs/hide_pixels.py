"""Data and scores of jobs/hide_pixels.sh: pixels of a measured interferogram that are hidden, and how they are filled.

    python3 jobs/hide_pixels.py data patches.h5 NUMBER y.csv          the data that are left
    python3 jobs/hide_pixels.py row NAME OUT NAME.h5 FROM TO        a row of the table, over masks FROM ... TO - 1
"""
import sys
import h5py
import numpy as np

SIDE, BOX = 128, 12800.0


def coherence(phase):
    z = np.pad(np.exp(1j * phase), 2, mode="reflect")
    return abs(np.lib.stride_tricks.sliding_window_view(z, (5, 5)).mean((-1, -2)))


def read(path, number):
    """Phase, coherence, and a quarter of the coherent pixels: where a smooth random field is high."""
    phase = h5py.File(path)["phase"][number].astype(float)
    gamma = coherence(phase)
    k = np.hypot(*np.meshgrid(np.fft.fftfreq(SIDE), np.fft.fftfreq(SIDE)))
    noise = np.random.default_rng(1000 + number).standard_normal((SIDE, SIDE))
    smooth = np.fft.ifft2(np.fft.fft2(noise) * np.exp(-((k * 12) ** 2))).real
    coherent = gamma > 0.6
    return phase, gamma, coherent, coherent & (smooth > np.quantile(smooth[coherent], 0.75))


def data(patches, number, out):
    phase, gamma, coherent, hidden = read(patches, int(number))
    kept = coherent & ~hidden
    thin = np.zeros_like(kept)
    thin[::3, ::3] = True
    kept &= thin
    with open(out, "w") as file:
        file.write("y,x,component,value,noise\n")
        for i, j in zip(*np.nonzero(kept)):
            noise = max(np.sqrt((1 - gamma[i, j] ** 2) / 2), 0.15)
            for component, value in enumerate((np.cos(phase[i, j]), np.sin(phase[i, j]))):
                file.write("%g,%g,%d,%.6f,%.3f\n" % ((i + 0.5) * BOX / SIDE, (j + 0.5) * BOX / SIDE, component, value, noise))
    print("%d pixels given, %d coherent ones hidden" % (kept.sum(), hidden.sum()))


def wrap(x):
    return np.angle(np.exp(1j * x))


def row(name, out, first, last):
    errors, inside, spread, crps = [], [], [], []
    for number in range(int(first), int(last)):
        phase, gamma, coherent, hidden = read(f"{out}/patches.h5", number)
        with h5py.File(f"{out}/{number}-{name}.h5") as file:
            wave = file["wave" if "wave" in file else "u"][:].astype(float)
        # a draw is the phase without the pixel's own noise: with it, as in the data
        w = np.array([wave[:, 0][:, hidden], wave[:, 1][:, hidden]])
        noise = np.maximum(np.sqrt((1 - gamma[hidden] ** 2) / 2), 0.15)
        w += noise * np.random.default_rng(number).standard_normal(w.shape)
        drawn, truth = np.arctan2(w[1], w[0]), phase[hidden]
        centre = np.angle(np.exp(1j * np.arctan2(wave[:, 1], wave[:, 0])[:, hidden]).mean(0))
        off, d = wrap(truth - centre), wrap(drawn - centre)
        errors.append(np.sqrt((off**2).mean()))
        spread.append(np.sqrt((d**2).mean()))
        n = len(drawn)
        inside.append(((off > np.sort(d, 0)[0]) & (off < np.sort(d, 0)[-1])).mean())
        pair = sum(abs(wrap(a - b)).mean() for a in drawn for b in drawn) / (2 * n * (n - 1))
        crps.append(abs(wrap(drawn - truth)).mean() - pair)
    se = lambda v: np.std(v, ddof=1) / np.sqrt(len(v)) if len(v) > 1 else np.nan
    print("| %s | %d | %s | %.1f ± %.1f (%.1f) |" % (
        name, len(errors), " | ".join("%.3f ± %.3f" % (np.mean(v), se(v)) for v in (errors, crps, spread)),
        100 * np.mean(inside), 100 * se(inside), 100 * (n - 1) / (n + 1)))


if __name__ == "__main__":
    {"data": data, "row": row}[sys.argv[1]](*sys.argv[2:])
