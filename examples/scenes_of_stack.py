"""Patches of measured unwrapped products, as fields of `scene`, which the law of insar-scenes.h5 is of: train, calibrate and evaluate read them.

    python3 examples/scenes_of_stack.py ifgramStack.h5 scenes.h5 --n 64,64 --count 256 --seed 1 [--looks 2] [--mask waterMask.h5] [--layers 0,2]

ifgramStack.h5 is MintPy's: unwrapPhase (n, y, x) in radians, 0 where there is none, and coherence (n, y, x).  scenes.h5 has scene (sample, component, y, x): component 0 the
unwrapped phase in cycles, component 1 the logit of the coherence, at least that of .05, which stands for the sea and for what was not measured.  There the phase goes on smoothly
from its neighbours, so that it is a number; what is drawn from it is noise.
--looks L averages L x L pixels first, phases where they are measured, coherence over all.  --least S: of a patch at least this share is measured (0.5).
--mask FILE: its dataset mask or waterMask, not 0: use the pixel.  --layers: these alone.  --area train|test: columns before or after the last --test S (0.35) of them.
A patch keeps the constant that its phase has in the stack but for whole cycles: its mean lies within half a cycle of 0.
The edges follow from X_STEP and Y_STEP; of a stack in radar coordinates say --length ROWS,COLUMNS in metres.  Rows begin in the north; the box reflects at its ends.
"""
import argparse
import os
import sys
import h5py
import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import unwrap_stack as stack  # noqa: E402

FLOOR, CEILING = 0.05, 0.999  # of the coherence


def numbers(text, count, name):
    try:
        values = [int(v) for v in text.split(",")]
    except ValueError:
        values = []
    if len(values) != count or min(values) < 1:
        sys.exit("%s %s: give %d whole numbers, as in 64,64" % (name, text, count))
    return values


def average(field, looks, weight):
    """Weighted means over looks x looks pixels, and the share of weight there."""
    rows, columns = (s // looks for s in field.shape)
    cut = lambda a: a[: rows * looks, : columns * looks].reshape(rows, looks, columns, looks).sum((1, 3))
    total = cut(weight.astype(float))
    return np.where(total > 0, cut(np.where(weight, field, 0.0)) / np.maximum(total, 1), 0), total / looks**2


def fill(field, valid):
    """Values where there are none, by means over ever larger squares of what is there."""
    if valid.all():
        return field
    if min(field.shape) < 2:
        return np.where(valid, field, field[valid].mean())
    even = [s + s % 2 for s in field.shape]
    pad = lambda a: np.pad(a, [(0, e - s) for e, s in zip(even, a.shape)], mode="edge")
    mean, share = average(pad(field), 2, pad(valid))
    coarse = fill(mean, share > 0)
    fine = np.repeat(np.repeat(coarse, 2, 0), 2, 1)[: field.shape[0], : field.shape[1]]
    return np.where(valid, field, fine)


def scene(phase, coherence, use, looks):
    """Cycles, logit of the coherence, and what is measured, after looks."""
    measured = use & np.isfinite(phase) & (phase != 0)
    if not measured.any():
        return None
    mean, share = average(np.nan_to_num(phase), looks, measured)
    valid = share >= 0.5
    gamma, _ = average(np.where(measured, np.nan_to_num(coherence), 0), looks, np.ones_like(measured))
    gamma = np.clip(np.where(valid, gamma, FLOOR), FLOOR, CEILING)
    return fill(mean, valid) / (2 * np.pi), np.log(gamma / (1 - gamma)), valid


def positions(valid, n, least, columns):
    """Rows and columns of the patches' first pixels."""
    total = np.pad(np.cumsum(np.cumsum(valid, 0), 1), ((1, 0), (1, 0)))
    count = total[n[0]:, n[1]:] - total[:-n[0], n[1]:] - total[n[0]:, :-n[1]] + total[:-n[0], :-n[1]]
    rows, first = np.nonzero(count >= max(1, least * n[0] * n[1]))
    inside = (first >= columns[0]) & (first + n[1] <= columns[1])
    return np.column_stack([rows[inside], first[inside]])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stack")
    parser.add_argument("out")
    for name, value in (("n", "64,64"), ("layers", ""), ("mask", ""), ("length", ""), ("area", "all")):
        parser.add_argument("--" + name, default=value)
    for name, value in (("count", 256), ("seed", 1), ("looks", 1)):
        parser.add_argument("--" + name, type=int, default=value)
    parser.add_argument("--least", type=float, default=0.5)
    parser.add_argument("--test", type=float, default=0.35)
    a = parser.parse_args()
    n = numbers(a.n, 2, "--n")
    if os.path.exists(a.out):
        sys.exit("%s exists: remove it or give another name" % a.out)
    if a.area not in ("all", "train", "test") or a.looks < 1 or a.count < 1:
        sys.exit("--area is all, train or test; --looks and --count are at least 1")
    if not (0 <= a.least <= 1 and 0 <= a.test < 1):
        sys.exit("--least %g and --test %g are shares, 0 to 1" % (a.least, a.test))
    with h5py.File(a.stack) as file:
        if "unwrapPhase" not in file or "coherence" not in file:
            sys.exit("%s: it has no unwrapPhase and coherence: a wrapped stack is unwrapped by examples/unwrap_stack.py" % a.stack)
        phase, coherence, attributes = file["unwrapPhase"], file["coherence"], dict(file.attrs)
        if phase.ndim != 3 or phase.shape != coherence.shape:
            sys.exit("%s: unwrapPhase is %s, coherence %s: both are (n, y, x)" % (a.stack, phase.shape, coherence.shape))
        shape = phase.shape[1:]
        use = stack.read(a.mask, ("mask", "waterMask"), shape, "--mask") != 0 if a.mask else np.ones(shape, bool)
        layers = a.layers.split(",") if a.layers else range(phase.shape[0])
        if not all(str(i).isdigit() and int(i) < phase.shape[0] for i in layers):
            sys.exit("--layers %s: %s has layers 0 to %d" % (a.layers, a.stack, phase.shape[0] - 1))
        edges = [e * m * a.looks / s for e, m, s in zip(stack.box(attributes, shape, a.length), n, shape)]
        scenes = [scene(phase[int(i)].astype(float), coherence[int(i)].astype(float), use, a.looks) for i in layers]
    places = []
    for k, s in enumerate(scenes):
        if s is None:
            continue
        width = s[2].shape[1]
        cut = width - int(a.test * width)
        where = {"all": (0, width), "train": (0, cut), "test": (cut, width)}[a.area]
        if all(v <= w for v, w in zip(n, s[2].shape)):
            places += [(k, r, c) for r, c in positions(s[2], n, a.least, where)]
    if not places:
        sys.exit("%s: no patch of %d x %d pixels has %d %% of them measured: lower --least, --n or --looks" % (a.stack, *n, 100 * a.least))
    chosen = np.random.default_rng(a.seed).integers(len(places), size=a.count)
    fields = np.empty((a.count, 2, *n), "f4")
    for i, which in enumerate(chosen):
        k, r, c = places[which]
        cut = np.s_[r : r + n[0], c : c + n[1]]
        cycles, logit, valid = (f[cut] for f in scenes[k])
        fields[i] = cycles - np.round(cycles[valid].mean()), logit
    with h5py.File(a.out, "w") as file:
        file.attrs.update(title="Patches of " + os.path.basename(a.stack), basis="cosine", rows="down", WAVELENGTH=attributes.get("WAVELENGTH", ""))
        data = file.create_dataset("scene", data=fields)
        data.attrs.update(units="1", long_name="unwrapped phase in cycles; logit of the coherence")
        for name, length in (("sample", a.count), ("component", 2)):
            file[name] = np.arange(length)
        for name, edge, points in zip("yx", edges, n):
            file[name] = (np.arange(points) + 0.5) * edge / points
            file[name].attrs.update(units="m", length=edge)
        for axis, name in enumerate(("sample", "component", "y", "x")):
            file[name].make_scale(name)
            data.dims[axis].attach_scale(file[name])
    print("%s: %d patches of %d x %d pixels, %.4g x %.4g m, of %d layers and %d places" % (a.out, a.count, *n, *edges, len(layers), len(places)))


if __name__ == "__main__":
    main()
