"""The unwrapped phase of an interferogram, with its uncertainty: mean, deviation and draws of its law given the wrapped phase.

    karhunen generate -generator_type insar -insar_looks 4 -grid_length 12800 -grid_n 64,64 -samples 512 -seed 1 -out laws.h5
    python3 examples/unwrap_interferogram.py scene.h5 0 unwrapped.h5 --gaussian laws.h5
    karhunen render unwrapped.h5 -variable draws -ensemble -out unwrapped.png

scene.h5 has `phase` (n, y, x) in radians, NaN where there is none, and may have `coherence` and `mask` (not 0: use the pixel); 0 is the number of the
scene.  Without coherence it is |mean of e^(i phase)| over 5 x 5 pixels.  The laws: --gaussian FILE, a Gaussian law of the spectrum of the scenes of FILE.h5, or
of FILE.txt (k and power); without it --model FILE (examples/models/insar-scenes.h5); with --law model the Gaussian law says the whole turns and the model draws.
Options: --draws 16, --float 16, --looks 4, --threshold 0.3 (of the coherence), --thin 1, --seed 1, --length ROWS,COLUMNS in metres where the axes
of scene.h5 do not say it.

1. Pieces: coherent pixels that are joined by differences without a residue beside them are unwrapped among themselves, surest first.
2. Float: pieces begin with the whole turns of weighted least squares; each but the largest gets an unknown constant (-obs_offset); draws of the
   field say what it may be: N(b, V).
3. Fix: constants are whole turns; turns are drawn from N(b, V) at whole numbers.
4. Fields given the data with these turns are drawn.  Pixels that belong to no piece take part through their neighbours alone.
unwrapped.h5 has, in radians, `unwrapped` (the wrapped phase and whole turns, NaN where it is not coherent), `mean`, `deviation`, `draws`.
A whole turn of the whole scene is not known: the largest piece keeps the turns that it began with.
"""
import argparse
import itertools
import os
import subprocess
import sys
import tempfile
import h5py
import numpy as np

TURN = 2 * np.pi
OFFSET = 2.0  # turns
HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def wrap(x):
    return x - np.round(x)


def coherence_of(phase):
    z = np.pad(np.exp(1j * np.nan_to_num(phase)) * np.isfinite(phase), 2, mode="reflect")
    return abs(np.lib.stride_tricks.sliding_window_view(z, (5, 5)).mean((-1, -2)))


def noise_of(gamma, looks):
    """Deviation of the phase in turns: the Cramer-Rao bound, and a third more where it is above 0.05, whose law has wider tails."""
    gamma = np.clip(gamma, 0.05, 0.999)
    s = np.sqrt((1 - gamma**2) / (2 * looks * gamma**2)) / TURN
    return np.clip(s * (1 + np.clip(s / 0.15, 0, 1) / 3), 0.03, 0.29)


def pieces_of(psi, good, noise, least=12):
    """Unwrapped pieces of psi (turns): their field of turns, and the number of each pixel's piece, 0 the largest; -1: none."""
    rows, columns = psi.shape
    across, down = wrap(np.diff(psi, axis=1)), wrap(np.diff(psi, axis=0))
    residue = np.round(across[:-1] + down[:, 1:] - across[1:] - down[:, :-1]) != 0
    both = np.pad(residue, 1)  # loop (i, j) is at [i + 1, j + 1]
    index = np.arange(rows * columns).reshape(rows, columns)
    edges = []
    for a, b, ok, d, s in (
        (index[:, :-1], index[:, 1:], ~(both[:-1, 1:-1] | both[1:, 1:-1]), across, np.hypot(noise[:, :-1], noise[:, 1:])),
        (index[:-1], index[1:], ~(both[1:-1, :-1] | both[1:-1, 1:]), down, np.hypot(noise[:-1], noise[1:])),
    ):
        keep = ok & good.flat[a] & good.flat[b]
        edges.append(np.column_stack([a[keep], b[keep], np.abs(d[keep]) + s[keep]]))
    edges = np.vstack(edges)
    group = {}
    turns, home, flat = np.zeros(rows * columns, int), np.arange(rows * columns), psi.ravel()
    for a, b in edges[np.argsort(edges[:, 2], kind="stable"), :2].astype(int):
        if home[a] == home[b]:
            continue
        if len(group.get(home[a], (a,))) < len(group.get(home[b], (b,))):
            a, b = b, a
        moved = group.pop(home[b], [b])
        shift = turns[a] + int(np.round(flat[a] - flat[b])) - turns[b]
        for p in moved:
            turns[p] += shift
            home[p] = home[a]
        group.setdefault(home[a], [a]).extend(moved)
    number = np.full(rows * columns, -1)
    for n, g in enumerate(sorted((g for g in group.values() if len(g) >= least), key=len, reverse=True)):
        number[g] = n
    return turns.reshape(rows, columns), number.reshape(rows, columns)


def cosines(n):
    i = np.arange(n)
    return np.cos(np.pi * (i[:, None] + 0.5) * i / n) * np.where(i == 0, 1, np.sqrt(2)) / n


def spectrum(scenes, out):
    """k and power of the phase of simulated scenes (variable scene, component 0), for -data_cov_file."""
    with h5py.File(scenes) as file:
        field, length = file["scene"][:, 0].astype(float), float(file["x"].attrs["length"])
    n = field.shape[-1]
    power = ((cosines(n).T @ field @ cosines(n)) ** 2).mean(0)
    k = np.pi / length * np.hypot(np.arange(n)[:, None], np.arange(n))
    shell = np.digitize(k, np.pi / length * np.arange(0.5, 1.42 * n, 1))
    rows = [(0, power[0, 0])] + [(k[shell == s].mean(), power[shell == s].mean()) for s in range(1, shell.max() + 1) if (shell == s).any()]
    np.savetxt(out, rows, fmt="%.9g")


def least_squares(psi, weight):
    """min sum w (difference of u - wrapped difference of psi)^2, by conjugate gradients with the Poisson solve of a reflecting box."""
    n, m = psi.shape
    c, d = cosines(n) * np.sqrt(n), cosines(m) * np.sqrt(m)
    eigen = (2 - 2 * np.cos(np.pi * np.arange(n) / n))[:, None] + 2 - 2 * np.cos(np.pi * np.arange(m) / m)
    eigen[0, 0] = np.inf
    wx, wy = np.minimum(weight[:, 1:], weight[:, :-1]), np.minimum(weight[1:], weight[:-1])

    def poisson(b):
        return c @ ((c.T @ b @ d) / eigen) @ d.T

    def back(gx, gy):  # the transpose of differences
        b = np.zeros((n, m))
        b[:, 1:] += gx
        b[:, :-1] -= gx
        b[1:] += gy
        b[:-1] -= gy
        return b

    u, r = np.zeros((n, m)), back(wx * wrap(np.diff(psi, axis=1)), wy * wrap(np.diff(psi, axis=0)))
    z = poisson(r)
    p, rho, first = z, (r * z).sum(), (r * z).sum()
    for _ in range(2000):
        if rho <= 1e-16 * first:
            break
        q = back(wx * np.diff(p, axis=1), wy * np.diff(p, axis=0))
        alpha = rho / (p * q).sum()
        u, r = u + alpha * p, r - alpha * q
        z = poisson(r)
        rho, old = (r * z).sum(), rho
        p = z + rho / old * p
    return u


class Prior:
    """karhunen posterior, by a model or a Gaussian law of the same grid."""

    def __init__(self, args, gaussian, side, length, folder):
        self.args, self.side, self.length, self.folder = args, side, length, folder
        grid = ["-grid_n", "%d,%d" % side]
        if gaussian:
            law = ["-score_type", "gaussian", "-posterior_type", "exact", "-grid_basis", "cosine", "-grid_length", "%.17g,%.17g" % length]
            self.law = law + ["-data_cov_type", "spectrum", "-data_cov_file", gaussian] + grid
        else:
            self.law = ["-model", args.model, "-posterior_type", "guided"] + grid

    def draw(self, seen, value, noise, group, count, seed):
        """[count][y][x] in turns given values (turns) at the pixels `seen`, data of one group but for a constant."""
        data, out = os.path.join(self.folder, "y.csv"), os.path.join(self.folder, "given.h5")
        offsets = group is not None and group.any()
        with open(data, "w") as file:
            file.write("y,x,component,value,noise%s\n" % (",group" if offsets else ""))
            for n, (i, j) in enumerate(seen):
                place = ((i + 0.5) * self.length[0] / self.side[0], (j + 0.5) * self.length[1] / self.side[1])
                file.write("%.9g,%.9g,0,%.6f,%.5f" % (*place, value[n], noise[n]))
                file.write(",%d\n" % group[n] if offsets else "\n")
        if os.path.exists(out):
            os.remove(out)
        command = [self.args.karhunen, "posterior", *self.law, "-obs_data", data, "-obs_dense", "200"]
        command += ["-samples", str(count), "-seed", str(seed), "-quiet", "-out", out] + (["-obs_offset", str(OFFSET)] if offsets else [])
        if len(seen) > 200:
            command += ["-obs_ksp_rtol", "1e-4"]
        done = subprocess.run(command + self.args.more.split(), capture_output=True, text=True)
        if done.returncode:
            sys.exit(done.stderr.strip() or done.stdout.strip())
        with h5py.File(out) as file:
            field = file["scene" if "scene" in file else "u"][:].astype(float)
        return field[:, 0] if field.ndim == 4 else field


def integers(mean, covariance, count, generator, sweeps=60):
    """Draws of N(mean, covariance) at whole numbers: all of them where they are few, else by Gibbs."""
    n = len(mean)
    precision = np.linalg.inv(covariance)
    width = [np.arange(int(np.floor(m - 3 * s)) - 1, int(np.ceil(m + 3 * s)) + 2) for m, s in zip(mean, np.sqrt(np.diag(covariance)))]
    if np.prod([float(len(w)) for w in width]) < 2e5:
        k = np.array(list(itertools.product(*width)))
        d = k - mean
        logp = -0.5 * np.einsum("ij,jk,ik->i", d, precision, d)
        p = np.exp(logp - logp.max())
        return k[generator.choice(len(k), count, p=p / p.sum())]
    out = np.tile(np.round(mean), (count, 1))
    for k in out:
        for _ in range(sweeps):
            for i in range(n):
                centre = mean[i] - (precision[i] @ (k - mean) - precision[i, i] * (k[i] - mean[i])) / precision[i, i]
                at = np.round(centre) + np.arange(-6, 7)
                p = np.exp(-0.5 * precision[i, i] * ((at - centre) ** 2 - ((at - centre) ** 2).min()))
                k[i] = generator.choice(at, p=p / p.sum())
    return out.astype(int)


def unwrap(phase, gamma, mask, args, length, folder):
    """Draws [draws][y][x], the phase with its most probable turns, both in turns, and what was found on the way."""
    generator = np.random.default_rng(args.seed)
    law = args.gaussian
    if law.endswith(".h5"):
        law = os.path.join(folder, "spectrum.txt")
        spectrum(args.gaussian, law)
    good = mask & np.isfinite(phase) & (gamma > args.threshold)
    psi, noise = np.nan_to_num(phase) / TURN, noise_of(gamma, args.looks)
    turns, number = pieces_of(psi, good, noise)
    if (number < 0).all():
        sys.exit("no piece of 12 coherent pixels: lower --threshold, or give more looks")
    thin = np.zeros_like(good)
    thin[:: args.thin, :: args.thin] = True
    seen = np.argwhere((number >= 0) & thin)
    at = tuple(seen.T)
    begun, group, sigma = psi[at] + turns[at], number[at], noise[at]
    pieces = number.max() + 1
    whole = least_squares(psi, np.where(good, 1 / noise**2, 1e-6))  # whole turns to begin with
    apart = np.array([np.median((whole - psi - turns)[number == g]) for g in range(pieces)])
    begun = begun + np.round(apart - apart[0])[group]
    turner = Prior(args, law, phase.shape, length, folder)
    prior = Prior(args, law if args.law == "gaussian" else "", phase.shape, length, folder)
    fixed = np.zeros((args.draws, pieces), int)
    told = {"pieces": pieces, "constant": np.zeros(pieces), "deviation": np.zeros(pieces)}
    if pieces > 1:
        drawn = turner.draw(seen, begun, sigma, group, args.float, args.seed)
        # the constant of a piece, given a draw of the field: a mean weighed by the data's precision
        weight = np.array([(group == g) / sigma**2 for g in range(1, pieces)])
        weight /= np.maximum(weight.sum(1, keepdims=True), 1e-300)
        constant = (begun - drawn[(slice(None),) + at]) @ weight.T
        spread = np.atleast_2d(np.cov(constant.T)) * (args.float + 1) / args.float
        few = (pieces - 1) / (pieces - 1 + args.float)  # fewer draws than constants do not know how these go together
        spread = (1 - few) * spread + np.diag(few * np.diag(spread) + 0.02**2)
        # without the N(0, OFFSET^2) that a constant had: whole turns have no law of their own
        size, axes = np.linalg.eigh(spread)
        free = 1 / np.maximum(1 / size - 1 / OFFSET**2, 0.01)
        mean, spread = axes @ (free / size * (axes.T @ constant.mean(0))), (axes * free) @ axes.T
        fixed[:, 1:] = -integers(mean, spread, args.draws, generator)
        told["constant"][1:], told["deviation"][1:] = mean, np.sqrt(np.diag(spread))
    out = np.empty((args.draws,) + phase.shape)
    for n, one in enumerate(np.unique(fixed, axis=0)):
        which = (fixed == one).all(1)
        out[which] = prior.draw(seen, begun + one[group], sigma, None, which.sum(), args.seed + 1000 + n)
    mean = out.mean(0)
    told.update(number=number, turns=fixed)
    return out, np.where(good, psi + np.round(mean - psi), np.nan), told


def parser_of(text):
    """The options that say how a scene is unwrapped."""
    parser = argparse.ArgumentParser(description=text.split("\n")[0])
    for name, kind, value in (("draws", int, 16), ("float", int, 16), ("looks", float, 4), ("threshold", float, 0.3), ("thin", int, 1), ("seed", int, 1)):
        parser.add_argument("--" + name, type=kind, default=value)
    parser.add_argument("--model", default=os.path.join(HERE, "examples/models/insar-scenes.h5"))
    parser.add_argument("--gaussian", default="", help="the Gaussian law of the constants: file of a spectrum, k and power; else the model says them")
    parser.add_argument("--law", choices=("gaussian", "model"), help="of the fields that are drawn; default gaussian where --gaussian is given")
    parser.add_argument("--karhunen", default=os.environ.get("KARHUNEN", "karhunen"))
    parser.add_argument("--length", default="", help="edges of the box in metres, down and across, or one number; default what the file says")
    parser.add_argument("--more", default="", help="further options of karhunen posterior")
    return parser


def check(parser, args):
    args.law = args.law or ("gaussian" if args.gaussian else "model")
    if args.law == "gaussian" and not args.gaussian:
        parser.error("--law gaussian: of which spectrum? Give --gaussian FILE")
    return args


def parse(arguments=None):
    parser = parser_of(__doc__)
    parser.add_argument("scene")
    parser.add_argument("number", type=int)
    parser.add_argument("out")
    return check(parser, parser.parse_args(arguments))


def edges(file, told):
    """The box in metres, down and across: as told, or the length of the file's axes."""
    if told:
        edge = [float(e) for e in told.split(",")]
        return tuple(edge * (3 - len(edge)))
    try:
        return tuple(float(file[a].attrs["length"]) for a in "yx")
    except KeyError:
        sys.exit("%s: its axes y and x have no attribute length: say --length ROWS,COLUMNS, the edges of the scene in metres" % file.filename)


def scene_of(file, name, number):
    """Scene `number` of a variable (n, y, x); one of (y, x) has scene 0 alone."""
    if name not in file:
        sys.exit("%s has no variable %s" % (file.filename, name))
    shape = file[name].shape
    if len(shape) not in (2, 3):
        sys.exit("%s: %s has the shape %s: give a variable (n, y, x), or (y, x)" % (file.filename, name, shape))
    count = shape[0] if len(shape) == 3 else 1
    if not 0 <= number < count:
        sys.exit("%s: there is no scene %d: %s has the scenes 0 to %d" % (file.filename, number, name, count - 1))
    return (file[name][number] if len(shape) == 3 else file[name][:]).astype(float)


def main():
    args = parse()
    with h5py.File(args.scene) as file:
        phase = scene_of(file, "phase", args.number)
        gamma = scene_of(file, "coherence", args.number) if "coherence" in file else coherence_of(phase)
        mask = scene_of(file, "mask", args.number) != 0 if "mask" in file else np.ones(phase.shape, bool)
        length = edges(file, args.length)
    with tempfile.TemporaryDirectory() as folder:
        drawn, whole, told = unwrap(phase, gamma, mask, args, length, folder)
    for n in range(told["pieces"]):
        of = (told["number"] == n).sum()
        kinds, count = np.unique(told["turns"][:, n], return_counts=True)
        says = ", ".join("%+d in %.0f %%" % (k, 100 * c / args.draws) for k, c in zip(kinds, count))
        print("piece %d: %d pixels, %s" % (n, of, "turns as begun" if n == 0 else "constant %.3f +- %.3f, turns added: %s" % (-told["constant"][n], told["deviation"][n], says)))
    with h5py.File(args.out, "w") as file:
        for name, field in (("unwrapped", whole), ("mean", drawn.mean(0)), ("deviation", drawn.std(0, ddof=1))):
            file[name] = (TURN * field[None]).astype("f4")
        file["draws"] = (TURN * drawn).astype("f4")
        for name in file:
            file[name].attrs["units"] = "rad"
    print("wrote %s: unwrapped, mean, deviation, %d draws" % (args.out, args.draws))


if __name__ == "__main__":
    try:
        main()
    except (OSError, KeyError, IndexError, ValueError) as error:  # a file that is not there, or lacks what is read
        sys.exit("%s" % error)
