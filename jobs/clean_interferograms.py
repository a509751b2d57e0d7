"""How well does examples/clean_interferogram.py take off speckle and sharpen?  Tables of circular errors beside filters and interpolation (docs/insar.md).

    karhunen generate -generator_type patches -scene FILE.tif -scene_area all -grid_n 500,500 -samples 1 -out whole.h5     # measured
    karhunen generate -generator_type insar -insar_looks 4 -grid_length 12800 -grid_n 64,64 -samples 256 -seed 1 -out laws.h5
    python3 jobs/clean_interferograms.py whole.h5 laws.h5 OUT --tiles 10
    python3 jobs/clean_interferograms.py none none SIMULATED --simulated 12 --laws own

whole.h5 is cut into tiles of 124 x 124 pixels that do not overlap; those with 1,500 pixels of a local coherence above 0.8 are taken.  Errors are at these pixels,
against the phase that was measured.  speckle: noise of 4 looks of coherence 0.5 is added to every pixel, and nothing is told of it.  sharpen: means of e^(i phase)
over 4 x 4 pixels.  --simulated N: N scenes of 48 x 48 pixels instead, as in tests/an_interferogram_is_cleaned.sh, whose phase without noise is known.
Errors are root mean squares of angles, a tile each, then their mean and its standard error over the tiles.  Coverage: the pixel is between the least
and the largest of 7 draws, of a measured scene with the pixel's own noise, by its local coherence; 75 % where all is right.  Then the share within one deviation, 64 %, and how
many deviations have 68 %, 1.09: Student's law of 6 degrees of freedom.
The last column is the error less that of the best filter (the least mean), tile by tile.  OUT keeps what was drawn: a stopped run goes on.
Options: --tasks, --laws own,simulated,model, --tiles, the first ones.
"""
import argparse
import os
import subprocess
import sys
import tempfile
import time
from types import SimpleNamespace
import h5py
import numpy as np

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(HERE, "examples"), os.path.join(HERE, "jobs")]
import clean_interferogram as clean  # noqa: E402
from denoise_interferograms import goldstein  # noqa: E402
import unwrap_interferogram as one  # noqa: E402

SIDE, FACTOR, LOOKS, GAMMA, DRAWS = 124, 4, 4, 0.5, 7


def tiles(path):
    with h5py.File(path) as file:
        phase, length = file["phase"][0].astype(float), one.edges(file, "")
    edges = tuple(l * SIDE / n for l, n in zip(length, phase.shape))
    for i in range(phase.shape[0] // SIDE):
        for j in range(phase.shape[1] // SIDE):
            tile = phase[i * SIDE : (i + 1) * SIDE, j * SIDE : (j + 1) * SIDE]
            gamma = clean.coherence_of(tile)
            if (gamma > 0.8).sum() >= 1500:
                yield "%d%d" % (i, j), tile, gamma, edges


def noise(shape, generator):
    """e^(i of the phase noise) of looks of two circular Gaussian numbers of a coherence."""
    a, b = (generator.standard_normal((2, LOOKS) + shape) for _ in range(2))
    a, b = a[0] + 1j * a[1], b[0] + 1j * b[1]
    z = (a * np.conj(GAMMA * a + np.sqrt(1 - GAMMA**2) * b)).mean(0)
    return z / abs(z)


def boxcar(z, m):
    return np.lib.stride_tricks.sliding_window_view(np.pad(z, m // 2, mode="reflect"), (m, m)).mean((-1, -2))


def catmull(n, factor, smooth):
    """Matrix of interpolation from n pixels to n * factor: linear, or Catmull and Rom's cubic."""
    at = (np.arange(n * factor) + 0.5) / factor - 0.5
    low = np.floor(at).astype(int)
    t = at - low
    if smooth:
        weights = ((-t + 2 * t**2 - t**3) / 2, 1 - 2.5 * t**2 + 1.5 * t**3, (t + 4 * t**2 - 3 * t**3) / 2, (t**3 - t**2) / 2)
    else:
        weights = (0 * t, 1 - t, t, 0 * t)
    matrix = np.zeros((n * factor, n))
    for k, w in enumerate(weights):
        np.add.at(matrix, (np.arange(n * factor), np.clip(low + k - 1, 0, n - 1)), w)
    return matrix


def draw(task, law, seen, gamma, length, args, out):
    """Draws of the wave, [DRAWS][y][x], kept in `out`."""
    if os.path.exists(out):
        return np.exp(1j * np.load(out)["phase"].astype(float))
    use = np.ones(seen.shape, bool)
    options = SimpleNamespace(karhunen=args.karhunen, draws=DRAWS, seed=1, more="", threshold=0.3, factor=FACTOR, law="model" if law == "model" else "gaussian",
                              gaussian="" if law == "own" else args.laws_file, model=os.path.join(HERE, "examples/models/insar.h5"))
    begun = time.time()
    with tempfile.TemporaryDirectory() as folder:
        wave = getattr(clean, task)(seen, gamma, use, options, length, folder)
    np.savez_compressed(out, phase=np.angle(wave).astype("f4"), seconds=time.time() - begun)
    return wave


def score(z, truth, at):
    return np.sqrt((np.angle(z * np.conj(truth))[at] ** 2).mean())


def coverage(drawn, gamma, truth, at, generator):
    """Per cent between the least and the largest draw, and within one deviation, and how many deviations have 68.3 % of the pixels; all with the pixel's own noise."""
    own = np.sqrt(-2 * np.log(gamma[at]))  # of the angle, in radians
    mean, deviation = clean.circular(drawn)
    off = np.angle(truth * np.exp(-1j * mean))[at]
    d = np.angle(drawn * np.exp(-1j * mean))[:, at] + own * generator.standard_normal((len(drawn), at.sum()))
    deviation = np.hypot(deviation[at], own)
    return 100 * ((off > d.min(0)) & (off < d.max(0))).mean(), 100 * (abs(off) < deviation).mean(), np.quantile(abs(off) / deviation, 0.683)


def add(rows, name, error, inside=(np.nan,) * 3):
    rows.setdefault(name, []).append((error, *inside))


def simulated(args):
    """Name, phase without noise, its coherence (1), box and phase with noise of each scene."""
    law = "generate -generator_type insar -grid_n 48,48 -grid_length 4800 -insar_looks 4 -insar_gamma 0.6,0.9 -insar_sea false -insar_deformation false -insar_rms 1 -insar_keep false -seed 5"
    both = []
    for more in ("true", "false"):
        path = "%s/noise-%s.h5" % (args.out, more)
        subprocess.run([args.karhunen, *law.split(), "-samples", str(args.simulated), "-insar_noise", more, "-quiet", "-overwrite", "-out", path], check=True, stdout=subprocess.DEVNULL)
        with h5py.File(path) as file:
            both.append(file["phase"][:].astype(float))
    for n, (seen, truth) in enumerate(zip(*both)):
        yield "s%d" % n, truth, np.ones(truth.shape), (4800.0, 4800.0), seen


def of_tile(rows, task, name, phase, gamma, length, args, number, measured=None):
    truth, at, generator = np.exp(1j * phase), gamma > 0.8, np.random.default_rng(100 + number)
    if task == "speckle":
        seen = truth * noise(phase.shape, generator) if measured is None else np.exp(1j * measured)
        shown, weight = np.angle(seen), clean.coherence_of(np.angle(seen))
        add(rows, "as it is seen", score(seen, truth, at))
        for m in (3, 5, 7, 9, 11):
            add(rows, "boxcar %d x %d" % (m, m), score(boxcar(seen, m), truth, at))
        for m in (5, 9):
            add(rows, "boxcar %d x %d, weighed by coherence" % (m, m), score(boxcar(weight * seen, m), truth, at))
        for power in (0.5, 1, 2):
            add(rows, "Goldstein's filter, %g" % power, score(goldstein(seen[None], power)[0], truth, at))
    else:
        z = clean.blocks(truth, FACTOR)
        shown, weight = np.angle(z), abs(z)
        add(rows, "the coarse pixel", score(np.kron(z, np.ones((FACTOR, FACTOR))), truth, at))
        for kind, smooth in (("bilinear", False), ("bicubic", True)):
            add(rows, kind, score(catmull(z.shape[0], FACTOR, smooth) @ z @ catmull(z.shape[1], FACTOR, smooth).T, truth, at))
    for law in args.laws.split(","):
        if law == "model" and number >= args.of_model:
            continue
        drawn = draw(task, law, shown, weight, length, args, "%s/%s-%s-%s.npz" % (args.out, task, name, law))
        inside = coverage(drawn, gamma, truth, at, generator)
        add(rows, law, score((drawn / abs(drawn)).mean(0), truth, at), inside)
        print(task, name, law, "%.3f %.1f %.1f %.2f" % rows[law][-1], file=sys.stderr, flush=True)
        if number < args.of_model < args.tiles and law != "model":
            rows.setdefault(law + ", the tiles of the model", []).append(rows[law][-1])


def show(task, rows):
    print("\n| %s | tiles | error, rad | in 7 draws, %% | in one deviation, %% | deviations | less best |\n|---|---|---|---|---|---|---|" % task)
    filters = {name: np.array(v) for name, v in rows.items() if np.isnan(v[0][1])}
    best = min(filters, key=lambda name: filters[name][:, 0].mean())
    for name, values in rows.items():
        v = np.array(values)
        v = np.column_stack([v, v[:, 0] - filters[best][: len(v), 0]])
        told = ["%.*f ± %.*f" % (d, c.mean(), d, c.std(ddof=1) / np.sqrt(len(c)) if len(c) > 1 else np.nan) if np.isfinite(c).all() else "–" for c, d in zip(v.T, (3, 1, 1, 2, 3))]
        print("| %s | %d | %s |" % (name, len(v), " | ".join(told) if name != best else " | ".join((*told[:4], "–"))))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("scene")
    parser.add_argument("laws_file")
    parser.add_argument("out")
    parser.add_argument("--tasks", default="speckle,sharpen")
    parser.add_argument("--laws", default="own,simulated,model")
    parser.add_argument("--simulated", type=int, default=0, help="so many simulated scenes instead of the measured one")
    parser.add_argument("--tiles", type=int, default=99)
    parser.add_argument("--of-model", type=int, default=99, help="the model's law on so many tiles only")
    parser.add_argument("--karhunen", default=os.environ.get("KARHUNEN", "karhunen"))
    args = parser.parse_args()
    os.makedirs(args.out, exist_ok=True)
    every = list(simulated(args) if args.simulated else tiles(args.scene))[: args.tiles]
    args.tiles = len(every)
    own = np.concatenate([np.sqrt(-2 * np.log(tile[2][tile[2] > 0.8])) for tile in every])
    print("%d tiles; noise of the pixels themselves, by their local coherence: %.3f rad" % (len(every), np.sqrt((own**2).mean())))
    for task in args.tasks.split(","):
        rows = {}
        for number, (name, phase, gamma, length, *seen) in enumerate(every):
            of_tile(rows, task, name, phase, gamma, length, args, number, *seen)
        show(task, rows)


if __name__ == "__main__":
    main()
