"""A stack of interferograms unwrapped, with the deviation of every pixel, as a stack that MintPy reads.

    python3 examples/unwrap_stack.py ifgramStack.h5 unwrapped.h5 --gaussian laws.h5 --geometry geometryGeo.h5 --mask waterMask.h5

ifgramStack.h5 is MintPy's: wrapPhase, or unwrapPhase, which is wrapped again, (n, y, x) in radians, 0 where there is none; coherence (n, y, x).
--gaussian, --model and the other options are those of examples/unwrap_interferogram.py, which unwraps each layer.
--mask FILE: its dataset mask or waterMask, not 0: use the pixel.  --layers 0,2: these alone.
--geometry FILE: its dataset height, in metres.  The part of the phase that goes with the height (the stratified delay of the troposphere) is
removed: a slope and a constant are fitted to each draw on the coherent pixels, so that its error is in the deviation.  What else goes with the
height, of deformation too, is removed with it.
unwrapped.h5 has, as ifgramStack.h5, unwrapPhase (0: no value), phaseStd, coherence, connectComponent (the pieces, from 1), date, bperp, dropIfgram,
and its attributes.  The box follows from X_STEP and Y_STEP; of a stack in radar coordinates say --length ROWS,COLUMNS in metres.
"""
import os
import sys
import tempfile
import h5py
import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import unwrap_interferogram as one  # noqa: E402

DEGREE = 111320.0  # metres of a degree of latitude


def box(attributes, shape, told):
    """Edges of the stack in metres, down and across."""
    if told:
        return one.edges(None, told)
    if "X_STEP" not in attributes:
        sys.exit("the stack has no X_STEP: say --length ROWS,COLUMNS, its edges in metres")
    rows, columns = (abs(float(attributes[a + "_STEP"])) * n for a, n in zip("YX", shape))
    if attributes.get("X_UNIT", "degrees").startswith("deg"):
        middle = float(attributes["Y_FIRST"]) + float(attributes["Y_STEP"]) * shape[0] / 2
        rows, columns = DEGREE * rows, DEGREE * columns * np.cos(np.radians(middle))
    return rows, columns


def read(path, names, shape, what):
    with h5py.File(path) as file:
        for name in names:
            if name in file:
                field = file[name][:]
                if field.shape != shape:
                    sys.exit("%s %s: %s of %s pixels, the stack has %s" % (what, path, name, field.shape, shape))
                return field
    sys.exit("%s %s: it has none of %s" % (what, path, ", ".join(names)))


def level(drawn, whole, height, good, noise):
    """Draws and phase (radians) without their slope with the height, and the slope of each draw, radians a metre."""
    h = height - np.average(height[good], weights=1 / noise[good] ** 2)
    root = 1 / noise[good]
    matrix = np.column_stack([np.ones(good.sum()), h[good]]) * root[:, None]
    slope = np.linalg.lstsq(matrix, (drawn[:, good] * root).T, rcond=None)[0][1]
    return drawn - slope[:, None, None] * h, whole - slope.mean() * h, slope


def main():
    parser = one.parser_of(__doc__)
    parser.add_argument("--geometry", default="", help="file with the dataset height, metres")
    parser.add_argument("--mask", default="", help="file with the dataset mask or waterMask; not 0: use the pixel")
    parser.add_argument("--layers", default="", help="numbers of interferograms, 0,2 say; default all")
    parser.add_argument("stack")
    parser.add_argument("out")
    args = one.check(parser, parser.parse_args())
    with h5py.File(args.stack) as file:
        phases = next((n for n in ("wrapPhase", "unwrapPhase") if n in file), None)
        if not phases or "coherence" not in file:
            sys.exit("%s: it lacks wrapPhase or unwrapPhase, or coherence: a stack of MintPy has them" % args.stack)
        count, *shape = file[phases].shape
        attributes = {k: v.decode() if isinstance(v, bytes) else str(v) for k, v in file.attrs.items()}
    shape = tuple(shape)
    layers = [int(n) for n in args.layers.split(",")] if args.layers else list(range(count))
    if min(layers) < 0 or max(layers) >= count:
        sys.exit("--layers %s: the stack has layers 0 to %d" % (args.layers, count - 1))
    height = read(args.geometry, ["height"], shape, "--geometry").astype(float) if args.geometry else None
    use = read(args.mask, ["mask", "waterMask"], shape, "--mask") != 0 if args.mask else np.ones(shape, bool)
    if height is not None:
        use &= np.isfinite(height)
        height = np.nan_to_num(height)
    edges = box(attributes, shape, args.length)
    result = {n: np.zeros((len(layers),) + shape, "f4") for n in ("unwrapPhase", "phaseStd", "coherence")}
    result["connectComponent"] = np.zeros((len(layers),) + shape, "i2")
    for i, layer in enumerate(layers):
        with h5py.File(args.stack) as file:
            phase, gamma = file[phases][layer].astype(float), np.nan_to_num(file["coherence"][layer].astype(float))
        phase = np.where(phase == 0, np.nan, one.TURN * one.wrap(phase / one.TURN))
        with tempfile.TemporaryDirectory() as folder:
            try:
                drawn, whole, told = one.unwrap(phase, gamma, use, args, edges, folder)
            except SystemExit as error:
                sys.exit("layer %d: %s" % (layer, error))
        drawn, whole, good = one.TURN * drawn, one.TURN * whole, np.isfinite(whole)
        said = "%d pieces" % told["pieces"]
        if height is not None:
            drawn, whole, slope = level(drawn, whole, height, good, one.noise_of(gamma, args.looks))
            said += ", %.3g +- %.2g radians a kilometre of height removed" % (1000 * slope.mean(), 1000 * slope.std(ddof=1))
        shift = one.TURN * np.round(np.median(whole[good]) / one.TURN)  # turns of the whole scene are not known
        result["unwrapPhase"][i] = np.where(good, whole - shift, 0)
        result["phaseStd"][i] = np.where(good, drawn.std(0, ddof=1), 0)
        result["coherence"][i] = gamma
        result["connectComponent"][i] = np.where(good, told["number"] + 1, 0)
        print("layer %d: %d pixels, %s" % (layer, good.sum(), said), flush=True)
    part = args.out + ".part"
    with h5py.File(part, "w") as file, h5py.File(args.stack) as stack:
        for name, field in result.items():
            file.create_dataset(name, data=field, compression="gzip")
        for name in ("date", "bperp", "dropIfgram"):
            if name in stack:
                file[name] = stack[name][:][layers]
        file.attrs.update(stack.attrs)
    os.replace(part, args.out)
    print("wrote %s: unwrapPhase, phaseStd, connectComponent of %d interferograms" % (args.out, len(layers)))


if __name__ == "__main__":
    try:
        main()
    except (OSError, KeyError, IndexError, ValueError) as error:  # a file that is not there, or lacks what is read
        sys.exit("%s" % error)
