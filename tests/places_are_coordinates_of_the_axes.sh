#!/bin/sh
# A place of data is what the axes of the file of fields say, as a place of `sample -points` is: eastings that grow, northings that fall.
# Of observe, posterior, bridge and sample, for a file, a model and an exact law with -grid_origin; a box that begins at 0 is as it was.
. "$1/tests/program.sh"
needs_python numpy h5py xarray
$python - <<'P' || exit 1
import numpy as np, xarray as xr
r = np.random.default_rng(1)
k = np.fft.fftfreq(32, 1 / 32)
low = np.exp(-(k[:, None] ** 2 + k**2) / 16) * (abs(k) < 16) * (abs(k) < 16)[:, None]  # no Nyquist modes, which are left out
u = np.fft.ifft2(np.fft.fft2(r.standard_normal((24, 32, 32))) * low).real
u /= u.std()
u = xr.DataArray(u, name="h", dims=("time", "y", "x"), attrs={"units": "m"},
                 coords={"y": ("y", 4200000 - 30.0 * np.arange(32), {"units": "m"}), "x": ("x", 500000 + 30.0 * np.arange(32), {"units": "m"})})
u.to_netcdf("east.nc")
# row 5, column 7; row 20, column 30
with open("xy.csv", "w") as f: f.write("x,y\n%g,%g\n%g,%g\n" % (500210, 4199850, 500900, 4199400))
P
works 2 observe -data east.nc -sample 3 -obs_points xy.csv -obs_noise 1e-6 -seed 1 -out y.csv
works 2 observe -data east.nc -sample 3 -obs_every 16 -obs_noise 0.1 -seed 1 -out every.csv
works 1 train -data east.nc -fno_width 8 -fno_depth 2 -fno_modes 4,4 -train_steps 20 -train_batch 4 -train_warmup 1 -out model.h5
works 1 posterior -model model.h5 -posterior_type guided -sampler_evaluations 10 -obs_data y.csv -samples 2 -seed 1 -out given.h5
works 1 sample -model model.h5 -sampler_evaluations 10 -samples 1 -seed 1 -out_precision double -out draw.h5
works 1 sample -model model.h5 -sampler_evaluations 10 -samples 1 -seed 1 -points xy.csv -out drawn.h5
works 2 bridge -sde_type heat -cov_alpha 2 -bridge_start east.nc -obs_data y.csv -samples 2 -bridge_steps 4 -out paths.h5
printf 'x,y,value,noise\n100.25,-2.5,1,1e-6\n' >one.csv
law='-grid_n 32,32 -score_type gaussian -posterior_type exact -samples 2 -out_precision double'
works 1 posterior $law -grid_length 2,1 -grid_origin -3,100 -obs_data one.csv -out exact.h5
printf 'x,y,value,noise\n0.25,0.5,1,1e-6\n' >zero.csv
works 1 posterior $law -grid_length 2,1 -obs_data zero.csv -out from0.h5
$python - <<'P' || wrong 'a datum is not at the place that its coordinates name'
import numpy as np, h5py, xarray as xr
u = xr.open_dataset("east.nc").h.values[3]
def read(name): return np.genfromtxt(name, delimiter=",", names=True, skip_header=1)
y, e = read("y.csv"), read("every.csv")
assert np.abs(y["value"] - [u[5, 7], u[20, 30]]).max() < 1e-4, (y, u[5, 7], u[20, 30])
assert list(y["x"]) == [500210, 500900] and list(y["y"]) == [4199850, 4199400], y
assert list(e["x"]) == [500000, 500480] * 2 and list(e["y"]) == [4200000, 4200000, 4199520, 4199520], e
g, p = h5py.File("given.h5")["h"][:], h5py.File("paths.h5")["h"][:]
assert np.abs(g[:, [5, 20], [7, 30]] - y["value"]).max() < 1e-2 and np.abs(p[:, -1, [5, 20], [7, 30]] - y["value"]).max() < 1e-1, (g[:, 5, 7], p[:, -1, 5, 7], y)
assert np.abs(h5py.File("draw.h5")["h"][0][[5, 20], [7, 30]] - h5py.File("drawn.h5")["h"][0]).max() < 1e-5
a, b = h5py.File("exact.h5"), h5py.File("from0.h5")
assert np.abs(a["u"][:] - b["u"][:]).max() < 1e-9 and np.abs(a["u"][:, 8, 8] - 1).max() < 1e-3
assert a["x"][0] == 100 and a["y"][0] == -3 and b["x"][0] == 0, (a["x"][0], a["y"][0])
P
printf 'x,y,value,noise\n210,150,1,0.1\n' >from-start.csv
refused 2 'from-start.csv, datum 0: y is 150.?, outside the box, whose axis y reaches from 4.19904e\+06 to 4.2e\+06' posterior -model model.h5 -posterior_type guided -obs_data from-start.csv -samples 1 -out bad.h5
refused 1 'grid_origin: 1 numbers for 2 axes' sample -grid_n 8,8 -grid_origin 3 -score_type gaussian -samples 1 -out bad.h5
finish
