# The shipped models of values at places: draws of stations have increments of flatness above 6, those of vorticity above 3.3 (a Gaussian law: 3; the data 11 to 15, and
# 4.8 at this distance), and a draw has the values that are given.  The seed is fixed.
. "$1/tests/program.sh"
/usr/bin/python3 - <<'P' || wrong 'python'
import numpy as np
r = np.random.default_rng(2)
np.savetxt("s.csv", r.random((60, 2)) * 9000 + 700, delimiter=",", header="x,y", comments="")
np.savetxt("v.csv", (r.random((200, 2)) * 6.28), delimiter=",", header="x,y", comments="")
np.savetxt("g.csv", [[1.5, 1.5, 2.0], [1.7, 1.6, -1.0]], delimiter=",", header="x,y,value", comments="")
np.savetxt("q.csv", [[1.5, 1.5], [1.55, 1.5], [2, 2], [4, 4]], delimiter=",", header="x,y", comments="")
P
models=$source/examples/models
works 1 sample -model "$models/insar-stations.h5" -points s.csv -samples 80 -sampler_evaluations 12 -seed 1 -out s.h5
works 1 sample -model "$models/ns2d-places.h5" -points v.csv -samples 60 -sampler_evaluations 12 -seed 1 -out v.h5
works 2 sample -model "$models/ns2d-places.h5" -points q.csv -given g.csv -samples 4 -sampler_evaluations 6 -seed 1 -out q.h5
/usr/bin/python3 - <<'P' || wrong 'numbers of the draws'
import numpy as np, h5py
def flat(file, name, low, high):
    f = h5py.File(file)
    u, x = f[name][:], np.c_[f["x"][:], f["y"][:]]
    d = np.hypot(*(x[:, None] - x[None]).T)
    i, j = np.where(np.triu((d > low) & (d <= high)))
    e = u[:, i] - u[:, j]
    return (e**4).mean() / (e**2).mean() ** 2
a, b = flat("s.h5", "value", 1000, 2800), flat("v.h5", "vorticity", 0.33, 0.393)
print(a, b)
assert a > 6 and b > 3.3, (a, b)
q = h5py.File("q.h5")["vorticity"][:]
assert abs(q[:, 0] - 2).max() == 0 and abs(q[:, 1] - 2).max() < 1 and q[:, 3].std() > 0.3, q
P
finish
