"""mutate.py KARHUNEN TRIALS SEED FOLDER: what mutate.sh says."""
import os, pickle, random, signal, subprocess, sys

import h5py
import numpy

program, trials, seed, folder = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
os.chdir(folder + "/work")
random.seed(seed)
numpy.random.seed(seed)


def numbers(name):
    """Sample 1 as karhunen reads it, rounded as its CSV is; None when it refuses; or what is wrong."""
    if os.path.exists("values.csv"):
        os.remove("values.csv")
    try:
        done = subprocess.run([program, "observe", "-data", name, "-sample", "1", "-obs_every", "1", "-obs_noise", "1e-30", "-out", "values.csv"],
                              capture_output=True, text=True, timeout=60)
    except subprocess.TimeoutExpired:
        return "hangs"
    if done.returncode == 1 and done.stderr.count("karhunen: error:") == 1:
        return None
    if done.returncode != 0:
        return "ends with status %d: %s" % (done.returncode, done.stderr)
    rows = [line.split(",") for line in open("values.csv") if line[0] not in "#xyzv"]
    return numpy.sort(numpy.array([float(row[2]) for row in rows]))


def kept(field):
    """What an observation sees of a field: all but the modes at half the number of points."""
    modes = numpy.fft.fft2(field)
    modes[4, :] = modes[:, 4] = 0
    return numpy.sort(numpy.fft.ifft2(modes).real.ravel())


def by_h5py(name):
    """Sample 1 as h5py reads it, in a process of its own: it may fall or hang."""
    get, put = os.pipe()
    child = os.fork()
    if not child:
        os.close(get)
        signal.alarm(10)
        try:
            with h5py.File(name, "r") as file:
                values = kept(numpy.asarray(file["u"][1], float))
        except Exception:
            values = None
        os.write(put, pickle.dumps(values))
        os._exit(0)
    os.close(put)
    text = b""
    while piece := os.read(get, 1 << 16):
        text += piece
    os.close(get)
    os.waitpid(child, 0)
    return pickle.loads(text) if text else None


def mutated(whole):
    bytes_, n = bytearray(whole), len(whole)
    kind = random.randrange(6)
    at, other, length = random.randrange(n), random.randrange(n), random.randrange(1, 65)
    if kind == 0:
        bytes_[at] ^= 1 << random.randrange(8)
    elif kind == 1:
        bytes_[at : at + length] = os.urandom(len(bytes_[at : at + length]))
    elif kind == 2:
        del bytes_[at:]
    elif kind == 3:
        bytes_[at : at + length] = bytes(len(bytes_[at : at + length]))
    elif kind == 4:
        piece = bytes_[other : other + length]
        bytes_[at : at + len(piece)] = piece
    else:
        bytes_ += os.urandom(length)
    return bytes(bytes_), ["bit", "bytes", "cut", "zeros", "moved", "longer"][kind]


u = numpy.random.randn(3, 8, 8).astype("f4")
with h5py.File("theirs.h5", "w") as file:
    file["t"] = numpy.arange(3.0)
    file["u"] = u
with h5py.File("packed.h5", "w") as file:
    array = file.create_dataset("u", data=(1000 * u).astype("i2"), chunks=(1, 8, 8), compression="gzip", shuffle=True)
    array.attrs["units"] = "m"
with h5py.File("latest.h5", "w", libver="latest") as file:
    file["u"] = u
subprocess.run([program, "generate", "-generator_type", "gaussian", "-grid_n", "8,8", "-data_cov_alpha", "4", "-samples", "3", "-quiet", "-out", "ours.h5"], check=True,
               stdout=subprocess.DEVNULL)
names = ["ours.h5", "theirs.h5", "packed.h5", "latest.h5"]
truth = {name: numbers(name) for name in names}
for name in names:
    if not isinstance(truth[name], numpy.ndarray) or truth[name].size != 64 or (name != "ours.h5" and not numpy.allclose(truth[name], by_h5py(name), atol=1e-6)):
        sys.exit("%s is not read as it is: %s" % (name, truth[name]))


def same(a, b):
    return a is not None and b is not None and a.shape == b.shape and numpy.allclose(a, b, rtol=1e-6, atol=1e-6, equal_nan=True)


refused = right = 0
for trial in range(trials):
    name = names[trial % 4]
    bytes_, kind = mutated(open(name, "rb").read())
    open("mutant.h5", "wb").write(bytes_)
    got = numbers("mutant.h5")
    if got is None:
        refused += 1
    elif isinstance(got, str):
        print("trial %d, %s, %s: %s" % (trial, name, kind, got))
        os.rename("mutant.h5", os.path.join(folder, "mutant.%d.h5" % trial))
    elif same(got, truth[name]) or (name != "ours.h5" and same(got, by_h5py("mutant.h5"))):
        right += 1
    else:
        print("trial %d, %s, %s: other numbers, without a word" % (trial, name, kind))
print("mutated files: %d refused in one line, %d read right, of %d" % (refused, right, trials))
sys.exit(refused + right != trials)
