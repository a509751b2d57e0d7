"""An interferogram without its speckle, or four times as fine: circular mean, deviation and draws of its phase given what was measured.

    python3 examples/clean_interferogram.py speckle scene.h5 0 clean.h5 --picture clean.png
    python3 examples/clean_interferogram.py sharpen coarse.h5 0 fine.h5 --factor 4 --picture fine.png
    python3 examples/clean_interferogram.py multilook scene.h5 0 coarse.h5 --factor 4

scene.h5 has `phase` (n, y, x), or (y, x) of one scene, in radians, NaN where there is none, and may have `mask` (not 0: use the pixel) and, for sharpen, `coherence`; 0 is the number of
the scene.  Without coherence, and for speckle, it is |mean of e^(i phase)| over 5 x 5 pixels, their mean slope taken off: `coherence` of a file is
that of looks, and not that of their phase.  A measured scene becomes such a file by `karhunen generate -generator_type patches`,
a simulated one by `-generator_type insar` (docs/insar.md).
--layover DEGREES, where the scene has `topography` (heights in m): pixels that a radar which looks along the rows at this incidence angle sees at one distance with others are no
data, and are filled.

speckle: each pixel is a datum of the wave (cos, sin) of the phase without noise: E e^(i measured) = g e^(i phase), g the coherence of the pixel's phase, so
e^(i measured) / g has that mean.  Its noise is taken as that across the wave, which turns the phase: a variance of (1 - g^4) / (2 g^2).  Pixels of g below --threshold are no data,
and are filled.
sharpen: each pixel is the mean of the wave over its box: `-obs_type average`; coherence is then |mean of e^(i phase)| of the finer pixels, as multilook writes it.
Laws: --law gaussian (the default), the Gaussian law of the wave of a spectrum: --gaussian FILE.h5 (scenes of `phase`) or FILE.txt (k and power); without it that of the scene
itself.  For speckle the level of the last fifth of the wave numbers is taken off as noise, and where it hides the spectrum that goes on as a power of
-3 to -2.  For sharpening the noise is that of the coarse pixels, and the mean over their boxes is taken off.  --law model: --model FILE
(examples/models/insar.h5), by guidance; its box is square, and is taken for the scene's.
The file written has `phase`, the circular mean, `deviation`, `draws`, in radians, at every pixel, on the axes and with the mask and attributes of the scene.
The deviation is that of the n draws times sqrt((n + 1) / (n - 1)), since their mean has an error too; it counts no error of the law.
"""
import argparse
import os
import subprocess
import sys
import tempfile
import h5py
import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import unwrap_interferogram as one  # noqa: E402


def coherence_of(phase):
    """Of the pixels' phase: |mean of e^(i phase)| over the 5 x 5 about each without their mean slope, less what a mean of 25 has without any; its square is smoothed."""
    z = np.pad(np.where(np.isfinite(phase), np.exp(1j * np.nan_to_num(phase)), 0), 3, mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view
    down, across = (windows(d, (5, 5)).sum((-1, -2)) for d in ((z[1:] * z[:-1].conj())[:-1, 1:-1], (z[:, 1:] * z[:, :-1].conj())[1:-1, :-1]))
    at, total = np.arange(5) - 2, 0
    for i in at:
        for j in at:  # of each pixel of the window, turned back by the slope
            moved = z[3 + i : 3 + i + phase.shape[0], 3 + j : 3 + j + phase.shape[1]]
            total = total + moved * np.exp(-1j * (i * np.angle(down[: phase.shape[0], : phase.shape[1]]) + j * np.angle(across[: phase.shape[0], : phase.shape[1]])))
    return np.sqrt(np.clip(windows(np.pad((abs(total) ** 2 / 25 - 1) / 24, 2, mode="reflect"), (5, 5)).mean((-1, -2)), 0, 1))


def layover(height, spacing, incidence):
    """Pixels whose distance from the radar, x tan(incidence) - height in ground range, others of their row have too: it does not grow along the row there."""
    distance = np.arange(height.shape[1]) * spacing * np.tan(np.radians(incidence)) - height
    nearer, farther = np.fmax.accumulate(distance, 1), np.fmin.accumulate(distance[:, ::-1], 1)[:, ::-1]
    hidden = np.zeros(height.shape, bool)
    hidden[:, 1:] |= distance[:, 1:] <= nearer[:, :-1]
    hidden[:, :-1] |= distance[:, :-1] >= farther[:, 1:]
    return hidden


def blocks(field, factor):
    rows, columns = (n // factor for n in field.shape)
    return field[: rows * factor, : columns * factor].reshape(rows, factor, columns, factor).mean((1, 3))


def spectrum(waves, length, out, noise=None):
    """k and power of a component of waves of modulus 1, [n][y][x] complex, without the level of their noise; with `noise`, the deviation of each pixel, they are means over pixels."""
    rows, columns = waves.shape[-2:]
    c, d = one.cosines(rows), one.cosines(columns)
    power = (abs(c.T @ waves @ d) ** 2).mean(0) / 2
    k = np.pi * np.hypot(np.arange(rows)[:, None] / length[0], np.arange(columns) / length[1])
    least = np.pi / max(length)
    most = min(np.pi * rows / length[0], np.pi * columns / length[1])
    if noise is None:
        floor = power[(k > 0.8 * most) & (k < most)].mean()
    else:
        floor = (noise**2).mean() / noise.size
        power = floor + (power - floor) / np.outer(*(np.sinc(np.arange(n) / n / 2) ** 2 for n in (rows, columns)))
    shell = np.digitize(k, least * np.arange(0.5, k.max() / least + 1))
    table = [(0, power[0, 0])] + [(k[shell == s].mean(), power[shell == s].mean()) for s in range(1, shell.max() + 1) if (shell == s).any()]
    clean = np.array(table) - [0, floor]
    last = np.argmax(clean[:, 1] < 0.3 * floor) if (clean[:, 1] < 0.3 * floor).any() else len(clean)
    last = max(last, 4)  # beyond it there is noise alone: the spectrum goes on as the power that it has before it
    near = clean[max(1, last // 3) : last]
    slope = np.clip(np.polyfit(np.log(near[:, 0]), np.log(np.maximum(near[:, 1], 1e-30)), 1)[0], -3, -2)
    clean[last:, 1] = max(clean[last - 1, 1], 0.3 * floor) * (clean[last:, 0] / clean[last - 1, 0]) ** slope
    clean[:, 1] = np.maximum(clean[:, 1], 1e-9)
    at = np.interp(k.ravel(), clean[:, 0], clean[:, 1])
    clean[:, 1] *= 0.5 / at.sum()  # cosine and sine have a mean square of 1/2 each
    np.savetxt(out, clean, fmt="%.9g")


def law_of(args, waves, length, folder, noise=None):
    if args.law == "model":
        return ["-model", args.model, "-posterior_type", "guided", "-sampler_evaluations", "20"]
    text = args.gaussian
    if not text.endswith(".txt"):
        text = os.path.join(folder, "spectrum.txt")
        if args.gaussian:
            with h5py.File(args.gaussian) as file:
                waves, length, noise = np.exp(1j * file["phase"][:].astype(float).reshape((-1, *file["phase"].shape[-2:]))), one.edges(file, ""), None
        spectrum(waves, length, text, noise)
    return ["-score_type", "gaussian", "-posterior_type", "exact", "-components", "2", "-data_cov_type", "spectrum", "-data_cov_file", text]


def posterior(law, shape, length, data, args, folder, more=()):
    """Draws [draws][y][x], complex, given data: rows of y, x in pixels of this grid, their wave, its deviation."""
    table, out = os.path.join(folder, "y.csv"), os.path.join(folder, "given.h5")
    if "gaussian" in law:
        law = law + ["-grid_basis", "cosine", "-grid_length", "%.17g,%.17g" % length]
    with open(table, "w") as file:
        file.write("y,x,component,value,noise\n")
        for y, x, wave, noise in data:
            for component, value in enumerate((wave.real, wave.imag)):
                file.write("%.15g,%.15g,%d,%.6f,%.5f\n" % (y * length[0] / shape[0], x * length[1] / shape[1], component, value, noise))
    if os.path.exists(out):
        os.remove(out)
    command = [args.karhunen, "posterior", *law, "-grid_n", "%d,%d" % shape, "-obs_data", table, "-obs_dense", "500", *more]
    if 2 * len(data) > 500:
        command += ["-obs_ksp_rtol", "1e-4"]
    done = subprocess.run(command + ["-samples", str(args.draws), "-seed", str(args.seed), "-quiet", "-out", out] + args.more.split(), capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr.strip() or done.stdout.strip())
    with h5py.File(out) as file:
        wave = file["wave" if "wave" in file else "u"][:].astype(float)
    return wave[:, 0] + 1j * wave[:, 1]


def box(args, length, shape):
    """The box of the posterior: the scene's, or the model's in its place."""
    if args.law == "gaussian":
        return length
    if shape[0] != shape[1]:
        sys.exit("--law model: a scene of %d x %d pixels; the model's box is square: cut a square, or give --law gaussian" % shape)
    with h5py.File(args.model) as file:
        return tuple(float(file["grid"].attrs["length_%d" % a]) for a in range(2))


def speckle(phase, gamma, use, args, length, folder):
    use = use & np.isfinite(phase) & (gamma > args.threshold)
    if not use.any():
        sys.exit("no pixel of a coherence above %g: lower --threshold" % args.threshold)
    wave, shape = np.exp(1j * np.nan_to_num(phase)), phase.shape
    law = law_of(args, np.where(use, wave, 0)[None], length, folder)
    g = np.clip(gamma, args.threshold, 0.999)
    noise = np.maximum(np.sqrt((1 - g**4) / 2) / g, 0.05)
    data = [(i + 0.5, j + 0.5, wave[i, j] / g[i, j], noise[i, j]) for i, j in np.argwhere(use)]
    return posterior(law, shape, box(args, length, shape), data, args, folder)


def sharpen(phase, gamma, use, args, length, folder):
    f, use = args.factor, use & np.isfinite(phase)
    shape = tuple(n * f for n in phase.shape)
    wave = gamma * np.exp(1j * np.nan_to_num(phase))
    noise = np.maximum(np.sqrt((1 - np.minimum(gamma, 1) ** 4) / 2) / f, 0.02)
    law = law_of(args, np.where(use, wave, 0)[None], length, folder, noise)
    edges = box(args, length, shape)
    if abs(edges[0] / shape[0] - edges[1] / shape[1]) > 0.01 * edges[0] / shape[0]:
        sys.exit("pixels of %.4g x %.4g m: the mean is over squares; give a scene of square pixels" % (edges[0] / phase.shape[0], edges[1] / phase.shape[1]))
    data = [((i + 0.5) * f, (j + 0.5) * f, wave[i, j], noise[i, j]) for i, j in np.argwhere(use)]
    return posterior(law, shape, edges, data, args, folder, ["-obs_type", "average", "-obs_width", "%.9g" % (edges[0] / phase.shape[0])])


def circular(drawn):
    """Circular mean of n draws of a wave, and the deviation of one more from it: that of the draws times sqrt((n + 1) / (n - 1))."""
    z, n = (drawn / np.maximum(abs(drawn), 1e-12)).mean(0), len(drawn)
    return np.angle(z), np.sqrt(-2 * np.log(np.clip(abs(z), 1e-6, 1)) * (n + 1) / (n - 1))


def attribute(path, name, value, file, scale):
    """MintPy's attributes of a grid of `scale` times the pixels."""
    if name in ("LENGTH", "WIDTH"):
        return str(round(float(value) * scale))
    if name in ("X_STEP", "Y_STEP"):
        return "%.12g" % (float(value) / scale)
    return value


def write(path, source, fields, draws, use, scale):
    part = path + ".part"
    with h5py.File(source) as old, h5py.File(part, "w") as new:
        for name, value in old.attrs.items():
            if name in ("FILE_TYPE", "UNIT", "PROCESSOR", "WAVELENGTH", "rows", "dim", "basis") or name.isupper() or name[:2] in ("X_", "Y_"):
                value = value.decode() if isinstance(value, bytes) else value
                new.attrs[name] = attribute(path, name, value, old, scale)
        shape = draws.shape[1:] if draws is not None else fields["phase"].shape
        axes = {}
        for axis, n in zip("yx", shape):
            length = float(old[axis].attrs["length"]) if axis in old and "length" in old[axis].attrs else None
            first = float(old[axis][0] - length / len(old[axis]) / 2) if length else 0.0
            axes[axis] = new.create_dataset(axis, data=first + (np.arange(n) + 0.5) * (length / n if length else 1.0))
            axes[axis].make_scale(axis)
            for name, value in (old[axis].attrs.items() if length else ()):
                if name in ("units", "axis", "length", "standard_name", "long_name"):
                    axes[axis].attrs[name] = value
        for name, field in fields.items():
            new[name] = field[None].astype("f4")
        if draws is not None:
            new["draws"] = draws.astype("f4")
        new["mask"] = use[None].astype("f4")
        for name in (*fields, "mask", *(("draws",) if draws is not None else ())):
            new[name].attrs["units"] = "1" if name in ("mask", "coherence") else "rad"
            for place, axis in ((1, "y"), (2, "x")):
                new[name].dims[place].attach_scale(axes[axis])
    os.replace(part, path)


def picture(path, panels):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plot

    figure, axes = plot.subplots(1, len(panels), figsize=(3.4 * len(panels), 3.5), constrained_layout=True)
    for axis, (title, field) in zip(axes, panels):
        cyclic = "deviation" not in title
        image = axis.imshow(field, cmap="twilight" if cyclic else "viridis", vmin=-np.pi if cyclic else 0, vmax=np.pi if cyclic else max(0.1, np.quantile(field, 0.99)), interpolation="nearest")
        axis.set_title(title, fontsize=10)
        axis.set_xticks([])
        axis.set_yticks([])
        figure.colorbar(image, ax=axis, shrink=0.8, label="rad")
    figure.savefig(path, dpi=72)


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("task", choices=("speckle", "sharpen", "multilook"))
    parser.add_argument("scene")
    parser.add_argument("number", type=int)
    parser.add_argument("out")
    for name, kind, value in (("draws", int, 16), ("factor", int, 4), ("threshold", float, 0.3), ("seed", int, 1)):
        parser.add_argument("--" + name, type=kind, default=value)
    parser.add_argument("--law", choices=("gaussian", "model"), default="gaussian")
    parser.add_argument("--gaussian", default="", help="the spectrum of the Gaussian law: scenes, FILE.h5, or k and power, FILE.txt; default that of the scene")
    parser.add_argument("--model", default=os.path.join(one.HERE, "examples/models/insar.h5"))
    parser.add_argument("--karhunen", default=os.environ.get("KARHUNEN", "karhunen"))
    parser.add_argument("--length", default="", help="edges of the scene in metres, down and across, or one number; default what the file says")
    parser.add_argument("--layover", type=float, default=0, help="incidence angle in degrees: pixels in layover by the scene's topography are no data")
    parser.add_argument("--picture", default="", help="PNG of the phase that was given, the circular mean, its deviation and a draw")
    parser.add_argument("--truth", nargs=2, default=[], metavar=("FILE.h5", "NUMBER"), help="the phase without noise, or of a finer scene: drawn into the picture, in place of a draw; speckle prints how far the mean is from it")
    parser.add_argument("--more", default="", help="further options of karhunen posterior")
    args = parser.parse_args()
    if args.draws < 2 or args.factor < 1:
        parser.error("--draws from 2 on, --factor from 1 on")
    if args.layover and not 0 < args.layover < 90:
        parser.error("--layover %g: an incidence angle lies between 0 and 90 degrees" % args.layover)
    return args


def main():
    args = parse()
    with h5py.File(args.scene) as file:
        phase = one.scene_of(file, "phase", args.number)
        gamma = one.scene_of(file, "coherence", args.number) if "coherence" in file and args.task == "sharpen" else coherence_of(phase)
        use = one.scene_of(file, "mask", args.number) != 0 if "mask" in file else np.ones(phase.shape, bool)
        length = one.edges(file, args.length)
        if args.layover:
            if "topography" not in file:
                sys.exit("--layover: %s has no topography, heights in m" % args.scene)
            use &= ~layover(one.scene_of(file, "topography", args.number), length[1] / phase.shape[1], args.layover)
            phase = np.where(use, phase, np.nan)
    if args.task == "multilook":
        shape = tuple(n // args.factor * args.factor for n in phase.shape)
        if shape != phase.shape:
            sys.exit("--factor %d does not divide %d x %d pixels" % (args.factor, *phase.shape))
        seen = use & np.isfinite(phase)
        share = blocks(seen.astype(float), args.factor)
        z = blocks(np.where(seen, np.exp(1j * np.nan_to_num(phase)), 0), args.factor) / np.maximum(share, 1e-9)
        write(args.out, args.scene, {"phase": np.where(share > 0.5, np.angle(z), np.nan), "coherence": abs(z)}, None, share > 0.5, 1 / args.factor)
        print("wrote %s: phase and coherence of %d x %d pixels" % (args.out, *share.shape))
        return
    with tempfile.TemporaryDirectory() as folder:
        drawn = (speckle if args.task == "speckle" else sharpen)(phase, gamma, use, args, length, folder)
    mean, deviation = circular(drawn)
    scale = args.factor if args.task == "sharpen" else 1
    kept = np.kron(use, np.ones((scale, scale))) != 0
    write(args.out, args.scene, {"phase": mean, "deviation": deviation}, np.angle(drawn), kept, scale)
    truth = None
    if args.truth:
        with h5py.File(args.truth[0]) as file:
            truth = one.scene_of(file, "phase", int(args.truth[1]))
    if truth is not None and args.task == "speckle":
        off = abs(np.angle(np.exp(1j * (mean - truth))))
        for name, at in (("where the mask is", kept), ("filled", ~kept)):
            if at.any():
                root = [np.sqrt((f[at] ** 2).mean()) for f in (off, deviation)]
                print("%s, %d pixels: %.2f rad from --truth, deviation %.2f; within 1 and 2 of it %.0f and %.0f %%" % (name, at.sum(), *root, *(100 * (off < m * deviation)[at].mean() for m in (1, 2))))
    if args.picture:
        panels = [("given", phase), ("circular mean", mean), ("circular deviation", deviation), ("a draw", np.angle(drawn[0]))]
        if truth is not None:
            panels[2:] = [("finer scene" if args.task == "sharpen" else "without noise", truth), panels[2]]
        picture(args.picture, panels)
    print("wrote %s: phase, deviation, %d draws; median deviation %.3f rad where the mask is" % (args.out, args.draws, np.median(deviation[kept])))


if __name__ == "__main__":
    try:
        main()
    except (OSError, KeyError, IndexError, ValueError) as error:  # a file that is not there, or lacks what is read
        sys.exit("%s" % error)
