"""Scores of jobs/unwrap_interferograms.sh: interferograms whose unwrapped phase is known, unwrapped by a law and by least squares.

    python3 jobs/unwrap_interferograms.py CASE NAME scenes.h5 OUT.json FROM TO [options of examples/unwrap_interferogram.py]
    python3 jobs/unwrap_interferograms.py table OUT.json...

CASE: whole, every coherent pixel; islands, 45 % of the pixels, where a smooth random field is high, the others are noise.  NAME: a law's
name, or poisson, weighted: least squares of the wrapped differences, of all pixels alike or weighed by the precision of coherent ones.
Errors are those of the mean of the draws at the pixels that are given, but for one constant of the scene, the median; `hidden`: at the others.
"""
import json
import os
import sys
import tempfile
import time
import h5py
import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "examples"))
import unwrap_interferogram as one  # noqa: E402

TURN = 2 * np.pi


def islands(shape, number):
    k = np.hypot(*np.meshgrid(np.fft.fftfreq(shape[0]), np.fft.fftfreq(shape[1]), indexing="ij"))
    smooth = np.fft.ifft2(np.fft.fft2(np.random.default_rng(1000 + number).standard_normal(shape)) * np.exp(-((k * 14) ** 2))).real
    return smooth > np.quantile(smooth, 0.55)


def score(case, name, scenes, out, first, last, *options):
    done = json.load(open(out)) if os.path.exists(out) else {}
    args = one.parse(list(options) + [scenes, "0", ""])
    for number in range(int(first), int(last)):
        if str(number) in done:
            continue
        with h5py.File(scenes) as file:
            truth = file["scene"][number, 0].astype(float)
            gamma = file["coherence"][number].astype(float)
            phase = file["phase"][number].astype(float)
            length = one.edges(file, args.length)
        mask = islands(truth.shape, number) if case == "islands" else np.ones(truth.shape, bool)
        phase = np.where(mask, phase, np.random.default_rng(number).uniform(-np.pi, np.pi, truth.shape))
        good = mask & (gamma > args.threshold)
        start, told = time.process_time() + sum(os.times()[2:4]), {}
        args.seed = number + 1
        if name in ("poisson", "weighted"):
            noise = one.noise_of(gamma, args.looks)
            drawn = one.least_squares(phase / TURN, np.where(good, 1 / noise**2, 1e-6) if name == "weighted" else np.ones(truth.shape))[None]
        else:
            with tempfile.TemporaryDirectory() as folder:
                drawn, _, told = one.unwrap(phase, gamma, mask, args, length, folder)
        took = time.process_time() + sum(os.times()[2:4]) - start
        drawn = drawn - np.median((drawn.mean(0) - truth)[good])
        error = drawn.mean(0) - truth
        row = {"pieces": int(told.get("pieces", 0)), "seconds": took, "pixels": int(good.sum())}
        for where, pixels in (("given", good), ("hidden", ~good)):
            e, d = error[pixels], drawn[:, pixels]
            if not pixels.any():
                continue
            row[where] = {"half": float((abs(e) < 0.5).mean()), "rms": float(np.sqrt((e**2).mean()))}
            if len(drawn) > 1:
                row[where]["spread"] = float(np.sqrt(d.var(0, ddof=1).mean()))
                picked = d[:7]  # between the least and the largest of 7: 75 %
                inside = (truth[pixels] > picked.min(0)) & (truth[pixels] < picked.max(0))
                row[where]["covered"] = float(inside.mean())
        done[str(number)] = row
        print(case, name, number, json.dumps(row), flush=True)
        with open(out + ".part", "w") as file:
            json.dump(done, file, indent=1)
        os.replace(out + ".part", out)


def table(*files):
    print("| scenes, law | number | within half a turn, % | error, turns | coverage, % | hidden: error | coverage, % | s |")
    print("|---|---|---|---|---|---|---|---|")

    def show(rows, where, key, scale=1.0, form="%.3f"):
        v = [scale * r[where][key] for r in rows if key in r.get(where, {})]
        return (form + " ± " + form) % (np.mean(v), np.std(v, ddof=1) / np.sqrt(len(v))) if len(v) > 1 else "–"

    for name in files:
        rows = list(json.load(open(name)).values())
        cells = [os.path.basename(name)[:-5].replace("-", ", "), str(len(rows))]
        cells += [show(rows, "given", *k) for k in (("half", 100, "%.1f"), ("rms",), ("covered", 100, "%.0f"))]
        cells += [show(rows, "hidden", *k) for k in (("rms", 1, "%.2f"), ("covered", 100, "%.0f"))]
        print("| " + " | ".join(cells + ["%.1f" % np.mean([r["seconds"] for r in rows])]) + " |")


if __name__ == "__main__":
    if sys.argv[1] == "table":
        table(*sys.argv[2:])
    else:
        score(*sys.argv[1:])
