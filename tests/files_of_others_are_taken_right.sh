#!/bin/sh
# Fields in the files of others are taken right, or refused by name: what `info` says of each file is what numpy computes of the fields.
. "$1/tests/program.sh"
needs_python numpy h5py xarray netCDF4

$python - <<'PY' || exit 1
import numpy as np, h5py, xarray as xr
r = np.random.default_rng(1)
u = r.standard_normal((24, 32, 48))
for a in (1, 2):
    u = (u + np.roll(u, 1, a) + np.roll(u, 2, a)) / 3
u = 9.5 + 2 * u / u.std()
said = open("said", "w")

# One line a file: its name, options, the fields in truth, and what the line must contain.
def expect(name, options, truth, *words):
    truth = np.asarray(truth, "f8")
    said.write("|".join([name, options, f"{truth.mean():.6g}", f"{truth.var():.6g}", *words]) + "\n")

def h5(name, options="", truth=u, words=(), **arrays):
    with h5py.File(name, "w", track_order=True) as f:
        for path, a in arrays.items():
            f[path] = a
    expect(name, options, truth, *words)

# The named variable decides; without a name other arrays are passed over.
for o, tag in (("-variable u", "1"), ("", "0")):
    h5(f"t{tag}.h5", o, t=np.arange(24.0), u=u, words=["24 samples", "y 32", "x 48"])
    h5(f"latlon{tag}.h5", o, lat=np.arange(32) * 0.5, lon=np.arange(48) * 0.5, u=u, words=["lat 32 = y", "lon 48 = x", "box 16 x 24"])
    h5(f"bperp{tag}.h5", o, bperp=np.arange(24.0), u=u, words=["24 samples"])
    h5(f"pde{tag}.h5", o, **{"t-coordinate": np.arange(25.0), "x-coordinate": np.arange(32) * 0.1, "y-coordinate": np.arange(48) * 0.1, "u": u},
       words=["x-coordinate 32 = x", "box 4.8 x 3.2"])
    h5(f"scalar{tag}.h5", o, dt=np.float64(0.1), u=u, words=["24 samples"])
    h5(f"bounds{tag}.h5", o, time_bnds=r.standard_normal((24, 2)), u=u, words=["24 samples"])
    h5(f"re{tag}.h5", o, Re=np.arange(24.0), u=u, words=["24 samples"])
    h5(f"curvilinear{tag}.h5", o, lat=r.standard_normal((32, 48)), lon=r.standard_normal((32, 48)), u=u, words=["24 samples"])
    h5(f"after{tag}.h5", o, u=u, mask=np.ones((32, 48)), mean=u.mean(0), words=["24 samples"])
h5("fields.h5", "", fields=u, mean=u.mean(0), words=["fields", "24 samples"])
h5("mean.h5", "-variable mean", truth=u.mean(0), fields=u, mean=u.mean(0), words=["mean", ", 1 sample,"])
h5("test.h5", "-variable train", truth=u[4:], test=u[:4], train=u[4:], words=["20 samples"])
h5("train.h5", "-variable test", truth=u[:4], train=u[4:], test=u[:4], words=[" 4 samples"])
h5("many.h5", "-variable v39", truth=u[:3] + 39, **{f"v{i}": u[:3] + i for i in range(40)})
h5("one.h5", "", truth=u[0], f=u[0], words=["1 sample,"])
h5("pde1d.h5", "", truth=u, **{"tensor": u, "t-coordinate": np.arange(33.0), "x-coordinate": np.arange(48) * 0.1}, words=["x-coordinate 48 = x", "768 samples", "box 4.8"])

# Groups, one array a sample, links.
h5("group.h5", "-variable data/u", **{"data/u": u, "data/other": u[0]}, words=["data/u"])
h5("groupless.h5", "", **{"data/u": u}, words=["data/u"])
h5("last.h5", "-variable u", **{"data/u": u, "data/v": u + 1}, words=["data/u"])
h5("fft.h5", "-variable u/2D/*", **{f"u/2D/{i}": u[i] for i in range(24)}, words=["24 samples", "24 arrays"])
h5("each.h5", "-variable *", **{f"{i:04d}": u[i] for i in range(24)}, words=["24 samples"])
h5("diffreact.h5", "-variable */data -axes s,x,y,c", truth=np.stack([u, u + 1], -1), **{f"{i:04d}/data": np.stack([u[12 * i:12 * i + 12], u[12 * i:12 * i + 12] + 1], -1) for i in range(2)}, words=["2 components", "24 samples"])
with h5py.File("soft.h5", "w") as f:
    f["a/b"] = u
    f["u"] = h5py.SoftLink("/a/b")
    f["gone"] = h5py.SoftLink("/nowhere")
    f["a/up"] = h5py.SoftLink("/")
expect("soft.h5", "-variable u", u)
with h5py.File("outside.h5", "w") as f:
    f["u"] = h5py.ExternalLink("soft.h5", "/a/b")
expect("outside.h5", "", u, "24 samples")
with h5py.File("dedalus.h5", "w") as f:
    for path, a in (("scales/sim_time", np.arange(24.0)), ("scales/x_hash_1f", np.arange(32) * 0.1), ("scales/z_hash_2e", np.arange(48) * 0.1)):
        f[path] = a
        f[path].make_scale(path.split("/")[1])
    v = np.stack([u, u + 1], 1)
    for name, a, first in (("tasks/b", u, 1), ("tasks/u", v, 2)):
        d = f.create_dataset(name, data=a)
        d.dims[0].label = "t"
        d.dims[0].attach_scale(f["scales/sim_time"])
        for i, (label, path) in enumerate((("x", "scales/x_hash_1f"), ("z", "scales/z_hash_2e"))):
            d.dims[first + i].label = label
            d.dims[first + i].attach_scale(f[path])
expect("dedalus.h5", "-variable tasks/u", v, "24 samples", "2 components", "box 4.8 x 3.2")
expect("dedalus.h5", "-variable b", u, "tasks/b", "x 32", "z 48")
with h5py.File("well.h5", "w") as f:
    f.attrs["n_spatial_dims"] = 2
    f["dimensions/x"], f["dimensions/y"], f["dimensions/time"] = np.arange(32) * 0.1, np.arange(48) * 0.1, np.arange(6.0)
    for path, a in (("t0_fields/u", u.reshape(4, 6, 32, 48)), ("t1_fields/v", np.stack([u, u + 1], -1).reshape(4, 6, 32, 48, 2))):
        d = f.create_dataset(path, data=a)
        d.attrs["sample_varying"] = d.attrs["time_varying"] = True
        d.attrs["dim_varying"] = [True, True]
expect("well.h5", "-variable t1_fields/v", np.stack([u, u + 1]), "24 samples", "2 components", "box 4.8 x 3.2")
expect("well.h5", "-variable u", u, "24 samples")

# Packed numbers, missing values.
x = dict(dims=("time", "y", "x"), coords=dict(y=np.arange(32) * 0.1, x=np.arange(48) * 0.1))
a = xr.DataArray(u, name="u", **x)
a.to_netcdf("packed.nc", encoding={"u": dict(dtype="i2", scale_factor=0.001, add_offset=10, _FillValue=-32768)})
expect("packed.nc", "", xr.open_dataset("packed.nc").u, "unpacked", "box 3.2 x 4.8")
a.to_netcdf("packed3.nc", format="NETCDF3_64BIT")
w = u.astype("f4"); w[3, :4, 5:9] = -9999
xr.DataArray(w, name="u", attrs={"_FillValue": np.float32(-9999)}, **x).to_netcdf("filled.nc")
expect("filled.nc", "-fill_missing 9.5", np.where(w == -9999, 9.5, w))
xr.DataArray(w, name="u", attrs={"missing_value": -9999.0}, **x).to_netcdf("missing.nc", encoding={"u": dict(_FillValue=None)})
xr.DataArray(w, name="u", attrs={"valid_range": [-100.0, 100.0]}, **x).to_netcdf("range.nc", encoding={"u": dict(_FillValue=None)})
import netCDF4
with netCDF4.Dataset("hole.nc", "w") as f:
    for n, m in (("time", 24), ("y", 32), ("x", 48)):
        f.createDimension(n, m)
    f.createVariable("u", "f4", ("time", "y", "x"))[:20] = u[:20]
    b = f.createVariable("b", "i1", ("time", "y", "x"))
    b.set_auto_maskandscale(False)
    b._Unsigned = "true"
    b[:] = np.round(np.clip(u * 12, 0, 255)).astype("u1").view("i1")
expect("hole.nc", "-variable b", np.round(np.clip(u * 12, 0, 255)))
for name, what in (("nan.h5", np.nan), ("inf.h5", np.inf)):
    v = u.copy(); v[2, 3, 4] = what
    h5py.File(name, "w")["u"] = v

# Axes: names in any order, options, what is odd.
with h5py.File("labels.h5", "w") as f:
    d = f.create_dataset("u", data=u.transpose(1, 2, 0))
    for i, n in enumerate(("y", "x", "time")):
        d.dims[i].label = n
expect("labels.h5", "", u, "y 32", "x 48", "24 samples", "by the names")
for tag, dims, v, n in (("last", ("y", "x", "time"), u.transpose(1, 2, 0), 24), ("member", ("member", "time", "y", "x"), u.reshape(4, 6, 32, 48), 24), ("batch", ("batch", "c", "y", "x"), u.reshape(8, 3, 32, 48), 8),
                        ("channel", ("time", "y", "x", "channel"), np.stack([u, u + 1], -1), 24), ("xy", ("time", "x", "y"), u, 24)):
    xr.DataArray(v, name="u", dims=dims).to_netcdf(tag + ".nc")
    expect(tag + ".nc", "", v, f"{n} samples", "by the names")
h5("yxc.h5", "", truth=np.stack([u, u + 1], -1), u=np.stack([u, u + 1], -1), words=["y 32, x 48, 2 components", "by the number of its axes"])
h5("five.h5", "-axes s,c,y,x", truth=np.stack([u] * 5, 1), u=np.stack([u] * 5, 1), words=["5 components", "as -axes says"])
h5("fiveunsaid.h5", "", truth=np.stack([u] * 5, 1), u=np.stack([u] * 5, 1), words=["z 5, y 32, x 48", "by the number of its axes"])
h5("unit.h5", "", truth=u, u=u[:, None], words=["1 components", "24 samples"])
xr.DataArray(u, name="u", dims=("time", "y", "x"), coords=dict(y=np.arange(32)[::-1] * 0.5 + 10, x=np.arange(48.0) ** 1.5)).to_netcdf("odd.nc")
expect("odd.nc", "", u, "x is not uniform", "y runs down, from 25.5 to 10")
xr.DataArray(u, name="u", dims=("time", "y", "x"), coords=dict(y=("y", np.arange(32) * 0.5, {"units": "km"}), x=("x", np.arange(48) * 500.0, {"units": "m"}))).to_netcdf("units.nc")
expect("units.nc", "", u, "box 16 x 24 km", "both are taken in km")
xr.DataArray(u, name="u", dims=("time", "y", "x"), coords=dict(y=("y", np.arange(32) * 0.5, {"units": "km"}), x=("x", np.arange(48) * 500.0, {"units": "s"}))).to_netcdf("kinds.nc")
expect("kinds.nc", "", u, "of unlike kinds")

# What passed always.
def kind(name, dtype="f8", v=u, **k):
    with h5py.File(name, "w", libver="latest" if name == "latest.h5" else None) as f:
        d = f.create_dataset("u", data=v.astype(dtype), **k)
        expect(name, "", d[...].astype("f8"), "24 samples")
kind("gzip.h5", compression="gzip", chunks=(1, 16, 16)); kind("shuffle.h5", shuffle=True, compression="gzip"); kind("unlimited.h5", maxshape=(None, 32, 48))
kind("big.h5", ">f4"); kind("half.h5", "f2"); kind("long.h5", np.longdouble); kind("latest.h5"); kind("int.h5", "i2", u * 100); kind("chunk.h5", chunks=(7, 5, 11))
with h5py.File("virtual.h5", "w") as f:
    layout = h5py.VirtualLayout((24, 32, 48), "f8")
    layout[:] = h5py.VirtualSource("gzip.h5", "u", shape=(24, 32, 48))
    f.create_virtual_dataset("u", layout)
expect("virtual.h5", "", u)
import datetime
xr.Dataset({"station": ("time", [f"s{i}" for i in range(24)]), "u": (("time", "lat", "lon"), u)},
           coords=dict(time=np.datetime64("2000-01-01") + np.arange(24), lat=np.linspace(60, 29, 32), lon=np.arange(48.0))).to_netcdf("dates.nc")
expect("dates.nc", "", u, "lat 32 = y", "lat runs down", "24 samples")
for name, v in (("constant.h5", np.ones((3, 8, 8))), ("empty.h5", np.zeros((0, 8, 8)))):
    h5py.File(name, "w")["u"] = v
with h5py.File("lzf.h5", "w") as f:
    f.create_dataset("u", data=u, compression="lzf")
with h5py.File("words.h5", "w") as f:
    f["u"], f["name"], f["z"] = u, "text", u + 1j
    f["k/u2"], f["l/u2"] = u, u
for name, k in (("p1.nc", slice(0, 10)), ("p2.nc", slice(10, 24))):
    a[k].to_netcdf(name, encoding={"u": dict(dtype="i2", scale_factor=0.001 if name == "p1.nc" else 0.002, add_offset=10)})
expect("p1.nc,p2.nc", "", np.concatenate([xr.open_dataset(f).u.values for f in ("p1.nc", "p2.nc")]), "24 samples")
expect("p?.nc", "-variable u", np.concatenate([xr.open_dataset(f).u.values for f in ("p1.nc", "p2.nc")]), "24 samples")
PY

# What `read FILE: ...` says against the truth, to five figures.
cat >../look.py <<'PY'
import re, sys
line, mean, variance, words = sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), sys.argv[4:]
m = re.search(r", mean (\S+), variance (\S+)", line)
assert m, "no mean: " + line
for got, true in zip(map(float, m.groups()), (mean, variance)):
    assert abs(got - true) <= 2e-5 * max(abs(true), 1e-3), f"{got}, not {true}: {line}"
for w in words:
    assert w in line, f"no '{w}': {line}"
PY
while IFS='|' read -r name options mean variance words; do
  set -f
  case $name in
    *,* | *\?*) works 1 observe -data "$name" $options -obs_every 4 -out y.csv -overwrite ;;
    *) works 1 info "$name" $options ;;
  esac
  set +f
  if [ "$status" != 0 ]; then continue; fi
  IFS='|'
  $python ../look.py "$(sed -n '/^read /,$p' ../out)" "$mean" "$variance" $words || wrong "$name $options"
  unset IFS
done <said

# Of our own fields a part, and another order: coordinates are believed.
works 1 sample -grid_n 64,64 -grid_length 6.4,6.4 -cov_type matern -samples 3 -out ours.h5
$python -c 'import xarray as x; d = x.open_dataset("ours.h5"); d.isel(x=slice(0, 32)).to_netcdf("part.h5"); d.transpose("y", "x", "sample").to_netcdf("turned.h5"); d.isel(x=slice(0, None, 2)).to_netcdf("coarse.h5")' || wrong "xarray"
works 1 info part.h5
grep -q 'box 6.4 x 3.2' ../out && grep -q 'note: x: 32 points 0.1 apart are a length of 3.2, its attribute says 6.4' ../out || wrong "the crop: $(tail -2 ../out)"
works 1 info turned.h5
grep -q '(y 64, x 64, sample 3 samples) by the names of its axes, 3 samples, box 6.4 x 6.4' ../out || wrong "turned: $(tail -2 ../out)"
works 1 info coarse.h5
if ! grep -q 'box 6.4 x 6.4' ../out || grep -q note: ../out; then wrong "coarse: $(tail -2 ../out)"; fi
works 2 evaluate -data ours.h5 -samples turned.h5 -out same -permutations 99
$python -c 'import json; s = json.load(open("same.json"))["spectrum"]; print(s)' >/dev/null || wrong "no report"

# A flipped bit is found whenever its sample is read, also behind a byte too many, where the seal says nothing.
$python - <<'PY'
import h5py
b = bytearray(open("ours.h5", "rb").read())
with h5py.File("ours.h5") as f:
    at = f["u"].id.get_offset() + 4 * (64 * 64 + 100)
b[at] ^= 4
open("flipped.h5", "wb").write(bytes(b) + b"x")
PY
for n in 1 3; do refused $n "sample 1 of u does not fit its checksum" train -data flipped.h5 -out m.h5; done
refused 1 "sample 1 of u does not fit its checksum" evaluate -data ours.h5 -samples flipped.h5 -out r
refused 1 "sample 1 of u does not fit its checksum" render flipped.h5 -samples 1 -out p.png

for n in 1 3; do
  refused $n "u of sample 3 has no value at point \(0,5,0\), component 0: it is the file's _FillValue \(-9999\)" train -data filled.nc -out m.h5
  refused $n "it is the file's missing_value" train -data missing.nc -out m.h5
done
refused 1 "outside the valid_range" train -data range.nc -out m.h5
refused 1 "sample 20 has no value .*(_FillValue|never written)" train -data hole.nc -variable u -out m.h5
refused 1 "not finite at point \(3,4,0\)" train -data nan.h5 -out m.h5
refused 1 "not finite at point \(3,4,0\)" train -data inf.h5 -fill_missing 0 -out m.h5
refused 1 "netCDF-3.*nccopy -k nc4 packed3.nc" train -data packed3.nc -out m.h5
refused 1 "packed by lzf" train -data lzf.h5 -out m.h5
refused 1 "is empty|no array of fields" train -data empty.h5 -out m.h5
refused 1 "no real numbers" train -data words.h5 -variable name -out m.h5
refused 1 "no real numbers" train -data words.h5 -variable z -out m.h5
refused 1 "several arrays u2" train -data words.h5 -variable u2 -out m.h5
refused 1 "has no variable w: it has" train -data words.h5 -variable w -out m.h5
refused 1 "has 3 axes, not 2" train -data fields.h5 -axes y,x -out m.h5
refused 1 "none of s" train -data fields.h5 -axes s,y,w -out m.h5
refused 1 "a model, not a file" train -data "$source/examples/models/mnistsdf.h5" -out m.h5
finish
