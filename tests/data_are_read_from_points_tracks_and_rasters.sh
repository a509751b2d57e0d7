#!/bin/sh
# -obs_data and -obs_points read netCDF and HDF5: stations by name, by axis and by standard_name, several samples of them, contiguous ragged tracks, tracks of two axes with
# fill values, rasters with holes (points, or averages over their pixels), each with the noise that the file gives; alike on any ranks.
# What they read is what a CSV file of the same places has; what makes no sense is one line.
. "$1/tests/program.sh"
needs_python numpy h5py xarray netCDF4
$python - <<'P' || exit 1
import numpy as np, xarray as xr, h5py
r = np.random.default_rng(1)
x, y, v = 10 + 30 * r.random(9), 100 + 30 * r.random(9), r.standard_normal(9)
s = 0.1 + r.random(9)
def csv(name, x, y, v, s=None):
    with open(name, "w") as f:
        f.write("x,y,value" + (",noise" if s is not None else "") + "\n")
        for i in range(len(v)): f.write("%.17g,%.17g,%.17g" % (x[i], y[i], v[i]) + (",%.17g" % s[i] if s is not None else "") + "\n")
csv("points.csv", x, y, v, s)
with h5py.File("names.h5", "w") as f: f["x"], f["y"], f["h"], f["dh"] = x, y, v, s
xr.Dataset({"h": ("obs", v, {"ancillary_variables": "dh", "coordinates": "east north"}), "dh": ("obs", s, {"standard_name": "height standard_error"}), "time": ("obs", np.arange(9.))},
           coords={"east": ("obs", x, {"axis": "X", "units": "m"}), "north": ("obs", y, {"standard_name": "projection_y_coordinate", "units": "m"}), "z": ("obs", 0 * x)}).drop_vars("z").to_netcdf("cf.nc")
xr.Dataset({"h": (("sample", "station"), np.stack([v + 1, v]))}, coords={"x": ("station", x), "y": ("station", y)}).to_netcdf("samples.nc")
# two tracks of 5 and 4 points: contiguous ragged, and by fill values
t = xr.Dataset({"h": ("obs", v), "row_size": ("trajectory", np.array([5, 4], "i4"), {"sample_dimension": "obs"})}, coords={"x": ("obs", x), "y": ("obs", y)}, attrs={"featureType": "trajectory"})
t.to_netcdf("ragged.nc")
def fill(a):
    b = np.full((2, 6), np.nan)
    b[0, :5], b[1, :4] = a[:5], a[5:]
    return b
d = xr.Dataset({"h": (("trajectory", "obs"), fill(v))}, coords={"x": (("trajectory", "obs"), fill(x)), "y": (("trajectory", "obs"), fill(y))})
d.to_netcdf("tracks.nc", encoding={n: {"_FillValue": -9999.} for n in ("h", "x", "y")})
# a raster of 8 x 8 pixels of 4 units with two holes
R = r.standard_normal((8, 8))
R[2, 3] = R[7, 7] = np.nan
X, Y = 10 + 4. * np.arange(8), 128 - 4. * np.arange(8)
xr.Dataset({"h": (("y", "x"), R), "dh": (("y", "x"), 0.2 + 0 * R)}, coords={"x": X, "y": Y}).to_netcdf("raster.nc", encoding={"h": {"_FillValue": -9999.}})
yy, xx = np.meshgrid(Y, X, indexing="ij")
ok = ~np.isnan(R)
csv("raster.csv", xx[ok], yy[ok], R[ok], 0.2 + 0 * R[ok])
xr.Dataset({"h": ("obs", v)}, coords={"lon": ("obs", x, {"units": "degrees_east"}), "lat": ("obs", y, {"units": "degrees_north"})}).to_netcdf("degrees.nc")
xr.Dataset({"h": ("obs", v), "k": ("obs", v)}, coords={"x": ("obs", x), "y": ("obs", y)}).to_netcdf("two.nc")
with h5py.File("shapes.h5", "w") as f: f["x"], f["y"], f["h"] = x, y[:5], v
P
law="posterior -grid_n 32,32 -grid_length 32,32 -grid_origin 100,10 -data_cov_tau 0.3 -score_type gaussian -posterior_type exact -samples 1"
law32="$law -obs_noise 0.3"
evidence() { sed -n 's/^log evidence //p' ../out; }
same() { # RANKS CSV ARGUMENT...
  ranks=$1 csv=$2; shift 2
  works 1 $law32 -obs_data $csv ${type:-} -out a.h5 -overwrite; want=$(evidence)
  works $ranks $law32 ${type2:-${type:-}} "$@" -out b.h5 -overwrite; got=$(evidence)
  [ -n "$want" ] && [ "$want" = "$got" ] || wrong "$*: log evidence $got, of $csv $want"
}
sed 's/x,y,value,noise/x,y,value,noise/; s/,[^,]*$//' points.csv | sed '1s/.*/x,y,value/' >plain.csv
box=""
same 1 points.csv -obs_data names.h5 -obs_variable h -obs_noise_variable dh
same 2 points.csv -obs_data cf.nc
same 1 plain.csv -obs_data samples.nc -obs_sample 1
same 1 plain.csv -obs_data ragged.nc
same 2 plain.csv -obs_data tracks.nc
grep -q 'read tracks.nc: 9 data, 3 without a value left out' ../out || wrong 'fill values are not said'
same 1 raster.csv -obs_data raster.nc -obs_variable h -obs_noise_variable dh
grep -q 'note: raster.nc has the noise of its data: -obs_noise has no effect' ../out || wrong 'an -obs_noise without effect is not said'
grep -q '62 data, 2 without a value left out' ../out || wrong 'holes of the raster are not said'
type="-obs_type average -obs_width 4" type2="-obs_type average"
same 2 raster.csv -obs_data raster.nc -obs_variable h -obs_noise_variable dh
type= type2=
# our own file of stations: places of one draw, data of another
works 1 sample -grid_n 32,32 -grid_length 32,32 -grid_origin 100,10 -data_cov_tau 0.3 -score_type gaussian -samples 2 -seed 4 -points points.csv -out stations.h5
works 1 sample -grid_n 32,32 -grid_length 32,32 -grid_origin 100,10 -data_cov_tau 0.3 -score_type gaussian -samples 1 -seed 5 -out_precision double -out field.h5
works 1 observe -data field.h5 -obs_points plain.csv -seed 1 -out at.csv
works 2 observe -data field.h5 -obs_points stations.h5 -seed 1 -out at2.csv
$python - <<'P' || wrong 'places of a file of stations are others'
import numpy as np
a, b = (np.loadtxt(f, delimiter=",", comments=("#", "x"), ndmin=2) for f in ("at.csv", "at2.csv"))
assert a.shape == b.shape == (9, 4) and abs(a - b).max() < 1e-9
P
works 1 $law32 -obs_data stations.h5 -obs_sample 1 -out c.h5
works 1 render field.h5 -obs_data tracks.nc -out field.png
grep -q '^9 of 9 data of tracks.nc' ../out || wrong 'render does not read tracks'
refused 2 'degrees.nc: places in degrees \((lon|lat)\): project them' $law32 -obs_data degrees.nc -out x.h5
refused 1 'several arrays of values on its places: give -obs_variable, one of h, k' $law32 -obs_data two.nc -out x.h5
refused 1 'no array w' $law32 -obs_data two.nc -obs_variable w -out x.h5
refused 1 'samples.nc: -obs_sample 2: h has 2 samples' $law32 -obs_data samples.nc -obs_sample 2 -out x.h5
finish
