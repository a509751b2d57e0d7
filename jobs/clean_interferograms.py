"""How well does examples/clean_interferogram.py take off speckle and sharpen?  Tables of circular errors beside filters and interpolation (docs/insar.md).

    karhunen generate -generator_type patches -scene FILE.tif -scene_area all -grid_n 500,500 -samples 1 -out whole.h5     # measured
    karhunen generate -generator_type insar -insar_looks 4 -grid_length 12800 -grid_n 64,64 -samples 256 -seed 1 -out laws.h5
    python3 jobs/clean_interferograms.py whole.h5 laws.h5 OUT

whole.h5 is cut into tiles of 124 x 124 pixels that do not overlap; those with 1,500 pixels of a local coherence above 0.8 are taken.  Errors are at these pixels,
against the phase that was measured.  speckle: noise of 4 looks of coherence 0.5 is added to every pixel, and nothing is told of it.  sharpen: means of e^(i phase)
over 4 x 4 pixels.  Errors are root mean squares of angles, a tile each, then their mean and its standard error over the tiles.  Coverage: the pixel is between the least
and the largest of 7 draws with the pixel's own noise, by its local coherence; 75 % where all is right.  OUT keeps what was drawn: a stopped run goes on.
Options: --tasks, --laws own,simulated,unwrapped,model, --tiles, the first ones.
"""
import argparse
import os
import sys
import tempfile
import time
from types import SimpleNamespace
import h5py
import numpy as np

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(HERE, "examples"), os.path.join(HERE, "jobs")]
import clean_interferogram as clean  # noqa: E402
from denoise_interferograms import goldstein, mean_over  # noqa: E402
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
    options = SimpleNamespace(karhunen=args.karhunen, draws=DRAWS, float=DRAWS, seed=1, more="", threshold=0.3, factor=FACTOR, law="gaussian", thin=1, looks=1,
                              gaussian="" if law == "own" else args.laws_file, model=os.path.join(HERE, "examples/models/insar.h5"))
    begun = time.time()
    with tempfile.TemporaryDirectory() as folder:
        if law == "unwrapped":
            wave = np.exp(1j * one.TURN * one.unwrap(seen, gamma, use, options, length, folder)[0])
        else:
            options.law = "model" if law == "model" else "gaussian"
            wave = getattr(clean, task)(seen, gamma, use, options, length, folder)
    np.savez_compressed(out, phase=np.angle(wave).astype("f4"), seconds=time.time() - begun)
    return wave


def score(z, truth, at):
    return np.sqrt((np.angle(z * np.conj(truth))[at] ** 2).mean())


def coverage(drawn, gamma, truth, at, generator):
    own = np.sqrt(-2 * np.log(gamma[at]))  # of the angle, in radians
    centre = (drawn / abs(drawn)).mean(0)[at]
    off = np.angle(truth[at] * np.conj(centre))
    d = np.angle(drawn[:, at] * np.conj(centre)) + own * generator.standard_normal((len(drawn), at.sum()))
    return 100 * ((off > d.min(0)) & (off < d.max(0))).mean()


def add(rows, name, error, inside=np.nan):
    rows.setdefault(name, []).append((error, inside))


def of_tile(rows, task, name, phase, gamma, length, args, number):
    truth, at, generator = np.exp(1j * phase), gamma > 0.8, np.random.default_rng(100 + number)
    if task == "speckle":
        seen = truth * noise(phase.shape, generator)
        shown, weight = np.angle(seen), clean.coherence_of(np.angle(seen))
        add(rows, "as it is seen", score(seen, truth, at))
        for m in (3, 5, 7, 9, 11):
            add(rows, "boxcar %d x %d" % (m, m), score(mean_over(seen[None], m)[0], truth, at))
        for m in (5, 9):
            add(rows, "boxcar %d x %d, weighed by coherence" % (m, m), score(mean_over((weight * seen)[None], m)[0], truth, at))
        for power in (0.5, 1, 2):
            add(rows, "Goldstein's filter, %g" % power, score(goldstein(seen[None], power)[0], truth, at))
    else:
        z = clean.blocks(truth, FACTOR)
        shown, weight = np.angle(z), abs(z)
        add(rows, "the coarse pixel", score(np.kron(z, np.ones((FACTOR, FACTOR))), truth, at))
        for kind, smooth in (("bilinear", False), ("bicubic", True)):
            add(rows, kind, score(catmull(z.shape[0], FACTOR, smooth) @ z @ catmull(z.shape[1], FACTOR, smooth).T, truth, at))
    for law in args.laws.split(","):
        if law == "model" and number >= args.of_model or law == "unwrapped" and task == "sharpen":
            continue
        drawn = draw(task, law, shown, weight, length, args, "%s/%s-%s-%s.npz" % (args.out, task, name, law))
        inside = coverage(drawn, gamma, truth, at, generator)
        add(rows, law, score((drawn / abs(drawn)).mean(0), truth, at), inside)
        print(task, name, law, "%.3f %.1f" % rows[law][-1], file=sys.stderr, flush=True)
        if number < args.of_model < args.tiles and law != "model":
            rows.setdefault(law + ", the tiles of the model", []).append(rows[law][-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("scene")
    parser.add_argument("laws_file")
    parser.add_argument("out")
    parser.add_argument("--tasks", default="speckle,sharpen")
    parser.add_argument("--laws", default="own,simulated,unwrapped,model")
    parser.add_argument("--tiles", type=int, default=99)
    parser.add_argument("--of-model", type=int, default=99)
    parser.add_argument("--karhunen", default=os.environ.get("KARHUNEN", "karhunen"))
    args = parser.parse_args()
    os.makedirs(args.out, exist_ok=True)
    every = list(tiles(args.scene))[: args.tiles]
    args.tiles = len(every)
    own = np.concatenate([np.sqrt(-2 * np.log(g[g > 0.8])) for _, _, g, _ in every])
    print("%d tiles; noise of the pixels themselves, by their local coherence: %.3f rad" % (len(every), np.sqrt((own**2).mean())))
    for task in args.tasks.split(","):
        rows = {}
        for number, (name, phase, gamma, length) in enumerate(every):
            of_tile(rows, task, name, phase, gamma, length, args, number)
        print("\n| %s | tiles | circular error, rad | coverage, %% |\n|---|---|---|---|" % task)
        for name, values in rows.items():
            v = np.array(values)
            told = ["%.*f ± %.*f" % (d, c.mean(), d, c.std(ddof=1) / np.sqrt(len(c)) if len(c) > 1 else np.nan) if np.isfinite(c).all() else "–" for c, d in zip(v.T, (3, 1))]
            print("| %s | %d | %s | %s |" % (name, len(v), *told))


if __name__ == "__main__":
    main()
