#!/bin/sh
# -resample_axes takes fields whose coordinates are not uniform to points that are, linearly along each axis: those of a field that is linear along
# each are exact, others are numpy's; on any number of ranks; coordinates that turn back are told and left as they are.  Numbers of points are odd:
# what observe sees of a field has no modes between the signs.
. "$1/tests/program.sh"
needs_python numpy h5py
$python - <<'PY' || exit 1
import h5py, numpy as np
r = np.random.default_rng(1)
z, y, x = 2 + np.arange(7) ** 1.3, 50 - np.cumsum(1 + r.random(9)), np.cumsum(0.2 + r.random(13))
def write(name, u, **axes):
    with h5py.File(name, "w") as f:
        d = f.create_dataset("u", data=u)
        d.dims[0].label = "sample"
        for i, (n, c) in enumerate(axes.items()):
            f[n] = c
            f[n].make_scale(n)
            d.dims[i + 1].attach_scale(f[n])
u = np.stack([(1 + s + z[:, None, None]) * (3 - 0.1 * y[:, None]) * (x - s) for s in range(2)])
write("product.h5", u, z=z, y=y, x=x)
even = lambda a: np.linspace(a[0], a[-1], len(a))
Z, Y, X = even(z), even(y), even(x)
np.savetxt("product.txt", ((2 + Z[:, None, None]) * (3 - 0.1 * Y[:, None]) * (X - 1)).ravel())
v = r.standard_normal((3, 9, 13))
write("rough.h5", v, y=np.arange(9.0), x=x)
np.savetxt("rough.txt", np.array([np.interp(X, x, row) for row in v[1]]).ravel())
write("back.h5", v, y=np.arange(9.0), x=np.where(np.arange(13) == 5, 0, x))
PY
same() { # FILE RANKS: sample 1 as it is read
  works "$2" observe -data "$1.h5" -sample 1 -obs_every 1 -obs_noise 1e-12 -resample_axes -out data.csv -overwrite
  $python - "$1.txt" <<'PY' || wrong "$1 on $2 ranks"
import sys
import numpy as np
told, true = np.loadtxt("data.csv", delimiter=",", comments=["#", "x"])[:, -2], np.loadtxt(sys.argv[1])
off = np.abs(told - true).max()
assert off < 1e-9 * np.abs(true).max(), off
PY
}
for n in 1 2 3; do same product $n; done
grep -q 'note: x is not uniform, its steps go from .* to .*: interpolated linearly to points .* apart' ../out || wrong "it does not say so: $(cat ../out)"
same rough 1
same rough 2
works 1 info rough.h5
grep -q 'x is not uniform.*the points are taken as .* apart; -resample_axes interpolates' ../out || wrong "it does not offer it: $(cat ../out)"
works 1 info back.h5 -resample_axes
grep -q 'it turns back' ../out || wrong "it does not say that x turns back: $(cat ../out)"
finish
