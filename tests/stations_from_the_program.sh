# Fields at scattered places: drawn, measured and shown by the program; places of CSV and netCDF files; the same on any ranks.
. "$1/tests/program.sh"

law='-grid_n 32,32 -grid_length 1,2 -score_type gaussian -samples 6'
/usr/bin/python3 - <<'P' || wrong 'python'
import numpy as np, h5py
r = np.random.default_rng(1)
x = r.random((40, 2)) * [2, 1]
x[0] = [0.5, 0.25]
np.savetxt("p.csv", np.c_[np.arange(40), x], delimiter=",", header="height,x,y", comments="# a remark\n")
np.savetxt("xy.csv", x, delimiter=",", header="x,y", comments="")
with h5py.File("p.nc", "w") as f: f["x"], f["y"] = x[:, 0], x[:, 1]
P
works 1 sample $law -points p.csv -out s1.h5
works 3 sample $law -points p.nc -out s3.h5 -ranks_per_field 3
works 2 sample $law -points p.csv -out s2.h5
works 1 sample $law -out g.h5 -out_precision double
works 1 verify s1.h5
works 2 evaluate -data g.h5 -samples s1.h5 -out report
works 1 render s1.h5 -out s.png
works 2 observe -data g.h5 -obs_points xy.csv -obs_noise 1e-9 -out observed.csv
/usr/bin/python3 - <<'P' || wrong 'numbers of the stations'
import numpy as np, h5py, json
s = [h5py.File(f"s{i}.h5") for i in (1, 2, 3)]
g = h5py.File("g.h5")
u = s[0]["u"][:]
assert u.shape == (6, 40) and all(abs(t["u"][:] - u).max() < 1e-12 for t in s[1:]), "ranks"
# place 0 is a point of the grid: x = 0.5 of 2 is column 8, y = 0.25 of 1 row 8
assert abs(g["u"][:, 8, 8] - u[:, 0]).max() < 1e-12, "the point of the grid"
assert s[0]["u"].dims[0][0].name == "/sample" and s[0]["x"][0] == 0.5 and s[0].attrs["length_x"] == 2
k = np.fft.fftfreq(32, 1 / 32)
c = np.fft.fft2(g["u"][0]) / 1024
e = np.exp(2j * np.pi * (k[:, None] * s[0]["y"][5] / 1 + k[None] * s[0]["x"][5] / 2))
assert abs((c * e).sum().real - u[0, 5]) < 1e-10, "the sum over modes"
o = np.genfromtxt("observed.csv", delimiter=",", names=True, skip_header=1)
assert abs(o["value"] - u[0]).max() < 1e-7 and abs(o["x"] - s[0]["x"][:]).max() < 1e-12 and abs(o["y"] - s[0]["y"][:]).max() < 1e-12, "observe has other axes"
r = json.load(open("report.json"))
assert r["places"] == 40 and abs(r["variance"]["reference"] - u.var()) < 1e-6 * u.var() + 0.01 and r["variance"]["reference"] - r["variance"]["samples"] < 1e-10
P
printf 'x,y\n0.1,0.2\n0.1,1.5\n' >outside.csv
printf 'x,y\n0.1,0.2\n\n0.1,east\n' >word.csv
printf 'x,y\n0.1\n' >short.csv
printf 'x\n0.1\n' >one.csv
printf 'lon,lat\n10.1,45\n' >degrees.csv
printf 'x,y\n' >none.csv
printf 'x,y\n10.1,45\n11,46\n' >maybe.csv
printf 'x,y\n-10.1,45\n' >west.csv
refused 2 'outside.csv, line 3: y is 1.5, outside the box, which reaches from 0' sample $law -points outside.csv -out bad.h5
refused 1 'word.csv: line 4: y is "east", not a finite number' sample $law -points word.csv -out bad.h5
refused 1 'line 2 does not have the 2 columns' sample $law -points short.csv -out bad.h5
refused 1 'have the columns x, y' sample $law -points one.csv -out bad.h5
refused 1 'places in degrees' sample $law -points degrees.csv -out bad.h5
refused 1 'no places' sample $law -points none.csv -out bad.h5
refused 1 'cannot be read' sample $law -points missing.csv -out bad.h5
refused 1 'degrees\?' sample -grid_n 32,32 -grid_length 9000 -score_type gaussian -points west.csv -out bad.h5
works 1 sample -grid_n 32,32 -grid_length 9000 -score_type gaussian -points maybe.csv -out maybe.h5
grep -q 'are they degrees' ../out || wrong 'degrees in a box of metres are not noted'
printf 'x,y\n0.5,0.5\n0.6,0.5\n' >two.csv
works 1 sample $law -points two.csv -out two.h5
refused 1 'other places' evaluate -data two.h5 -samples s1.h5 -out bad
refused 1 'truths has no effect on fields at scattered places' evaluate -data two.h5 -samples two.h5 -truths 1 -out bad
finish
