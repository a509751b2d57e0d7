#!/bin/sh
# `render -quantity vorticity` draws the vorticity of a velocity, in a box its length: the same bytes on 1, 2 and 3 ranks as a file of what numpy finds,
# planes, greatest values along an axis and fields beside one another; of axes that run down too; what is no velocity is refused.
. "$1/tests/program.sh"
needs_python numpy h5py
$python - <<'PY'
import h5py, numpy as np
def write(name, variable, v, label):
    with h5py.File(name, "w") as f:
        d = f.create_dataset(variable, data=v)
        d.attrs["long_name"] = label
def smooth(r, m, n):
    d = len(n)
    k = np.stack(np.meshgrid(*[np.fft.fftfreq(i, 1 / i) for i in n], indexing="ij"))
    good = np.all([abs(k[a]) < n[a] / 2 for a in range(d)], axis=0)
    return k, np.fft.fftn(r.standard_normal((m, d) + n), axes=tuple(range(2, d + 2))) * good * (1 + (k**2).sum(0))**-1.0
r = np.random.default_rng(1)
for name, n in (("plane", (12, 10)), ("box", (12, 10, 8))):
    for file in "ab":
        k, h = smooth(r, 3, n)
        back = lambda f: np.fft.ifftn(f, axes=tuple(range(-len(n), 0))).real
        diff = lambda a, c: back(2j * np.pi * k[a] * n[0] / n[a] * h[:, c])  # d u_c / d x_a: edges are n[a] / n[0]
        if len(n) == 2: w = diff(1, 0) - diff(0, 1)
        else: w = np.sqrt((diff(1, 2) - diff(2, 1))**2 + (diff(0, 2) - diff(2, 0))**2 + (diff(0, 1) - diff(1, 0))**2)
        write(name + "-" + file + ".h5", "velocity", back(h), "velocity")
        write(name + "-" + file + "-curl.h5", "curl", w, "vorticity" if len(n) == 2 else "length of the vorticity")
def turned(name, axes, new):  # the same fields, the rows of these axes in the other order, with coordinates that say so
    for file in (name, name + "-curl"):
        with h5py.File(file + ".h5") as f, h5py.File(new + file[len(name):] + ".h5", "w") as g:
            for key, d in f.items():
                u = d[...]
                first = u.ndim - (2 if name[0] == "p" else 3)
                g[key] = np.flip(u, [first + a for a in axes])
                g[key].attrs["long_name"] = d.attrs["long_name"]
                for a, word in enumerate(["sample", "component"][:first]): g[key].dims[a].label = word
                for a, axis in enumerate("zyx"[3 - u.ndim + first:]):
                    n = u.shape[first + a]
                    x = np.arange(n) / u.shape[first]
                    g[axis] = x[::-1].copy() if a in axes else x
                    g[axis].make_scale(axis)
                    g[key].dims[first + a].attach_scale(g[axis])
turned("plane-a", [0], "plane-down")
turned("box-a", [0, 2], "box-down")
PY
# same RANKS NAME OPTION...: pictures of the velocity and of the curl
same() {
  on=$1 name=$2
  shift 2
  works "$on" render "$name.h5" -variable velocity -quantity vorticity "$@" -out v.png -overwrite
  works 1 render "$name-curl.h5" -variable curl "$@" -out c.png -overwrite
  cmp -s v.png c.png || wrong "$name on $on ranks is not its curl: $*"
}
for ranks in 1 2 3; do
  same $ranks box-a -samples 0
  same $ranks box-a -samples 2 -projection z
done
same 2 box-a -samples 1 -projection x
same 2 box-a -samples 1 -plane y=3
same 2 plane-a
same 3 box-a -samples 0 -projection x -mask_below 3 -title below
same 1 plane-down
same 2 box-down -samples 1
works 2 render box-a.h5 -variable velocity -quantity vorticity -samples 0 -mask_below 3 -out below.png
works 1 render box-a-curl.h5 -variable curl -samples 0 -mask_below 3 -title 'vorticity < 3' -out named.png
cmp -s below.png named.png || wrong "the mask of a vorticity has another name"
works 2 render box-a.h5 -variable velocity -quantity vorticity -samples 0 -projection y -out p.png
grep -qx 'greatest along y; vorticity of velocity' ../out || wrong "it does not say what it draws: $(cat ../out)"
works 2 render -beside box-a.h5,box-b.h5 -variable velocity -quantity vorticity -projection z -count 3 -seed 4 -out beside.png
works 1 render -beside box-a-curl.h5,box-b-curl.h5 -variable curl -projection z -count 3 -seed 4 -out curls.png
cmp -s beside.png curls.png || wrong "velocities beside one another are not their curls"
sed 's/-curl//' curls.png.key | cmp -s - beside.png.key || wrong "the keys differ"
refused 1 'a velocity has one for each of 2 or 3 axes' render box-a-curl.h5 -variable curl -quantity vorticity -out no.png
refused 1 'component with -quantity vorticity' render box-a.h5 -variable velocity -component 1 -quantity vorticity -out no.png
refused 1 'give one of them' render box-a-curl.h5 -variable curl -plane z -projection z -out no.png
refused 1 'give z, y or x' render box-a-curl.h5 -variable curl -projection w -out no.png
refused 1 'looks through a box' render plane-a-curl.h5 -variable curl -projection z -out no.png
[ ! -e no.png ] || wrong "a refused picture was written"
finish
