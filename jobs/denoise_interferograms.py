"""Error of the phase, radians on a circle, of what jobs/denoise_interferograms.sh has made, beside filters; a picture."""
import glob
import os
import sys

import h5py
import numpy as np


def read(name, samples=None):
    wave = h5py.File(name)["wave"][:samples]
    return wave[:, 0] + 1j * wave[:, 1]


def mean_over(z, m):
    """Boxcar of m x m points."""
    for axis in (1, 2):
        z = sum(np.roll(z, k, axis) for k in range(-(m // 2), m // 2 + 1)) / m
    return z


def goldstein(z, power, size=32, step=8):
    """Goldstein and Werner, 1998: |S|^power S on patches that overlap, S smoothed over 3 x 3."""
    window = 1 - np.abs(np.arange(size) - (size - 1) / 2) / (size / 2)
    window = np.outer(window, window)
    pad = np.pad(z, ((0, 0), (size // 2,) * 2, (size // 2,) * 2), mode="reflect")
    out = np.zeros_like(pad)
    for i in range(0, pad.shape[1] - size + 1, step):
        for j in range(0, pad.shape[2] - size + 1, step):
            at = np.s_[:, i : i + size, j : j + size]
            spectrum = np.fft.fft2(pad[at])
            smooth = mean_over(np.abs(spectrum), 3)
            out[at] += window * np.fft.ifft2(spectrum * (smooth / smooth.max((1, 2), keepdims=True)) ** power)
    return out[:, size // 2 : -(size // 2), size // 2 : -(size // 2)]


def main(folder):
    os.chdir(folder)
    truth, seen = read("truth.h5"), read("seen.h5")
    clean, noisy = (np.fft.fft2(read(name, 1024)) for name in ("clean.h5", "noisy.h5"))
    gain = (clean * noisy.conj()).mean(0).real / (np.abs(noisy) ** 2).mean(0)
    draws = [read(name) for name in sorted(glob.glob("draw*.h5"))]
    rows = [("as it is seen", seen)]
    rows += [("boxcar %d x %d" % (m, m), mean_over(seen, m)) for m in (3, 5)]
    rows += [("Goldstein's filter, %.1f" % power, goldstein(seen, power)) for power in (0.5, 1)]
    rows += [("linear regression by wave number", np.fft.ifft2(gain * np.fft.fft2(seen)))]
    rows += [("one translation", draws[0]), ("mean of %d translations" % len(draws), sum(draws))]
    for name, z in rows:
        error = np.angle(z * truth.conj())
        own = (error**2).mean((1, 2))
        spread = own.std() / np.sqrt(len(own)) / (2 * np.sqrt(own.mean()))
        print("%-34s rms %.3f +- %.3f rad, median %.3f" % (name, np.sqrt(own.mean()), spread, np.median(np.abs(error))))
    try:
        import matplotlib

        matplotlib.use("Agg")
        import matplotlib.pyplot as plot

        columns = [("with noise", seen), ("linear regression", rows[-3][1]), ("translation", draws[0])]
        columns += [("mean of %d" % len(draws), rows[-1][1]), ("true", truth)]
        figure, axes = plot.subplots(2, len(columns), figsize=(10, 4.3), constrained_layout=True)
        for row, i in zip(axes, (3, 17)):
            for axis, (name, z) in zip(row, columns):
                axis.imshow(np.angle(z[i]), cmap="twilight", vmin=-np.pi, vmax=np.pi, origin="lower")
                axis.set_xticks([])
                axis.set_yticks([])
                if i == 3:
                    axis.set_title(name, fontsize=10)
        figure.savefig("denoised.png", dpi=60)
    except ImportError:
        print("no picture: matplotlib is missing")


if __name__ == "__main__":
    main(sys.argv[1])
