"""Data for `karhunen posterior` from a measured interferogram, and a picture of what came back.

    karhunen generate -generator_type patches -scene FILE.tif -scene_area test -grid_n 128,128 -samples 8 -seed 1 -out patches.h5
    python3 fill_interferogram.py data patches.h5 5 y.csv
    karhunen posterior -model examples/models/insar.h5 -grid_n 128,128 -posterior_type guided -obs_data y.csv -obs_ksp_rtol 1e-4 \\
            -sampler_evaluations 20 -samples 6 -seed 1 -out given.h5
    python3 fill_interferogram.py show patches.h5 5 y.csv given.h5 given.png

data: pixels whose local coherence |mean of e^(i phase)| over 5 x 5 is above 0.6, every second one along each axis, give the cosine and the sine of
their phase, with the noise that this coherence means; a disc of coherent pixels is hidden.  show: the phase, the data, the circular mean of
the draws, their circular deviation and two draws; the circular error in the disc, and how often it is within 1 and 2 deviations, are printed.
The box is the model's, 12.8 km: pixels of another size are taken as 100 m.
"""
import sys
import numpy as np
import h5py

SIDE, BOX, DISC = 128, 12800.0, ((40, 80), 12)


def coherence(phase):
    z = np.pad(np.exp(1j * phase), 2, mode="reflect")
    return abs(np.lib.stride_tricks.sliding_window_view(z, (5, 5)).mean((-1, -2)))


def read(path, number):
    phase = h5py.File(path)["phase"][number].astype(float)
    row, column = np.mgrid[0:SIDE, 0:SIDE]
    (r, c), radius = DISC
    return phase, coherence(phase), (row - r) ** 2 + (column - c) ** 2 < radius**2


def data(patches, number, out):
    phase, gamma, hidden = read(patches, int(number))
    kept = (gamma > 0.6) & ~hidden
    kept[1::2] = kept[:, 1::2] = False
    with open(out, "w") as file:
        file.write("y,x,component,value,noise\n")
        for i, j in zip(*np.nonzero(kept)):
            noise = max(np.sqrt((1 - gamma[i, j] ** 2) / 2), 0.15)
            for component, value in enumerate((np.cos(phase[i, j]), np.sin(phase[i, j]))):
                file.write("%g,%g,%d,%.6f,%.3f\n" % ((i + 0.5) * BOX / SIDE, (j + 0.5) * BOX / SIDE, component, value, noise))
    print("%d pixels of %d, %d hidden" % (kept.sum(), SIDE * SIDE, hidden.sum()))


def show(patches, number, y, given, out):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plot

    phase, gamma, hidden = read(patches, int(number))
    wave = h5py.File(given)["wave"][:].astype(float)
    drawn = np.arctan2(wave[:, 1], wave[:, 0])
    z = np.exp(1j * drawn).mean(0)
    deviation = np.sqrt(-2 * np.log(np.clip(abs(z), 1e-6, 1)))
    places = np.loadtxt(y, delimiter=",", skiprows=1)
    seen = np.full((SIDE, SIDE), np.nan)
    at = (places[:, :2] * SIDE / BOX - 0.5).round().astype(int)
    seen[at[:, 0], at[:, 1]] = phase[at[:, 0], at[:, 1]]
    where = hidden & (gamma > 0.6)
    error = np.angle(np.exp(1j * phase) * np.conj(z))[where]
    wide = deviation[where]
    print("hidden disc, %d coherent pixels: circular error %.2f rad, deviation of the draws %.2f rad; within 1 and 2 of it %.0f and %.0f %%"
          % (where.sum(), np.sqrt((error**2).mean()), np.sqrt((wide**2).mean()), 100 * (abs(error) < wide).mean(), 100 * (abs(error) < 2 * wide).mean()))
    figure, axes = plot.subplots(2, 3, figsize=(12, 8))
    panels = [("measured", phase), ("data", seen), ("circular mean of %d draws" % len(drawn), np.angle(z)), ("circular deviation", deviation), ("a draw", drawn[0]), ("another", drawn[1])]
    for axis, (title, field) in zip(axes.flat, panels):
        cyclic = title != "circular deviation"
        picture = axis.imshow(field, cmap="twilight" if cyclic else "viridis", vmin=-np.pi if cyclic else 0, vmax=np.pi if cyclic else 2, interpolation="nearest")
        axis.set_title(title)
        axis.add_patch(plot.Circle(DISC[0][::-1], DISC[1], fill=False, color="red"))
        axis.set_xticks([])
        axis.set_yticks([])
        figure.colorbar(picture, ax=axis, shrink=0.8, label="rad")
    figure.tight_layout()
    figure.savefig(out, dpi=64)


if __name__ == "__main__":
    {"data": data, "show": show}[sys.argv[1]](*sys.argv[2:])
