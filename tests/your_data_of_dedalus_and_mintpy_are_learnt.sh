#!/bin/sh
# examples/your_data.sh takes a file of xarray, one of Dedalus and a stack of MintPy, made in the layouts of those projects, to a model, to fields on
# twice the points with the names and the box of the data, to a judgement and to pictures; nothing is told but the file and the variable.
. "$1/tests/program.sh"
python=/usr/bin/python3
if ! $python -c 'import numpy, h5py, xarray, netCDF4' 2>/dev/null || ! command -v h5dump >/dev/null; then
  echo "SKIPPED: no python3 with numpy, h5py, xarray and netCDF4, or no h5dump"
  exit 77
fi
export KARHUNEN="$build/karhunen"
$python - <<'PY' || exit 1
import h5py, numpy as np, xarray as xr
r = np.random.default_rng(1)
def fields(*n):
    u = r.standard_normal(n)
    for a in (-1, -2):
        u = sum(np.roll(u, i, a) for i in range(4)) / 2
    return u
u = 288 + fields(32, 16, 20)
xr.DataArray(u, dims=("time", "lat", "lon"), name="t2m", attrs={"units": "K"}, coords={"lat": 40 + 0.5 * np.arange(16), "lon": 10 + 0.5 * np.arange(20)}).to_netcdf("mine.nc")
with h5py.File("snapshots.h5", "w") as f:
    for n, a in (("sim_time", np.arange(32.0)), ("write_number", np.arange(32)), ("x_hash_1", np.arange(16) * 0.25), ("z_hash_2", np.arange(20) * 0.25)):
        f["scales/" + n] = a
        f["scales/" + n].make_scale(n)
    d = f.create_dataset("tasks/velocity", data=np.stack([fields(32, 16, 20), fields(32, 16, 20)], 1))
    d.dims[0].label = "t"
    for s in ("sim_time", "write_number"):
        d.dims[0].attach_scale(f["scales/" + s])
    for i, (n, s) in enumerate((("x", "x_hash_1"), ("z", "z_hash_2"))):
        d.dims[2 + i].label = n
        d.dims[2 + i].attach_scale(f["scales/" + s])
with h5py.File("ifgramStack.h5", "w") as f:
    phase = 3 * fields(3, 48, 64).astype("f4")
    phase[:, 2:4, 20:30] = 0
    f["unwrapPhase"], f["coherence"] = phase, np.full(phase.shape, 0.8, "f4")
    f["bperp"], f["date"], f["dropIfgram"] = np.zeros(3, "f4"), np.array([[b"20170101", b"20170113"]] * 3), np.ones(3, bool)
    f.attrs.update(FILE_TYPE="ifgramStack", LENGTH="48", WIDTH="64", X_FIRST="14", Y_FIRST="40", X_STEP="0.001", Y_STEP="-0.001", X_UNIT="degrees", Y_UNIT="degrees",
                   WAVELENGTH="0.0554658", UNIT="radian", PROCESSOR="isce")
PY
few="-train_steps 30 -train_warmup 5 -train_batch 4 -fno_width 8 -fno_modes 4,4 -fno_depth 2"
goes() { # FILE VARIABLE WORDS-OF-WHAT-IS-TAKEN DIMENSIONS
  rm -rf your_data
  # shellcheck disable=SC2086
  PATCH=12 PATCHES=32 timeout 300 sh "$source/examples/your_data.sh" "$1" "$2" $few >../out 2>../err </dev/null || wrong "$1: $(tail -3 ../err)"
  grep -Eq "$3" ../out || wrong "$1 is not said to be taken so: $(grep '^read' ../out)"
  for file in model.h5 draws.h5 draws.png report.html report.json; do [ -s "your_data/$file" ] || wrong "$1: no $file"; done
  $python - "$4" <<'PY' || wrong "$1: other draws"
import sys, xarray as xr
d = xr.open_dataset("your_data/draws.h5")
name, dims, ends = sys.argv[1].split(":")
assert d[name].dims == tuple(dims.split(",")), d[name].dims
for word in filter(None, ends.split(",")):
    axis, first, second, points = word.split("=")
    c = d[axis].values
    assert len(c) == int(points) and abs(c[0] - float(first)) < 1e-9 and abs(c[1] - float(second)) < 1e-9, (axis, c[:2], len(c))
PY
}
goes mine.nc t2m 'read mine.nc: t2m, \(time 32 samples, lat 16 = y, lon 20 = x\) by the names' 't2m:sample,y,x:y=40=40.25=32,x=10=10.25=40'
goes snapshots.h5 tasks/velocity 'tasks/velocity, \(t 32 samples, 2 components, x 16, z 20\)' 'velocity:sample,component,y,x:y=0=0.125=40,x=0=0.125=32'
goes ifgramStack.h5 scene 'read ifgramStack.h5: mintpy by its content, 64 x 48 pixels|read ifgramStack.h5: mintpy by its content, 48 x 64 pixels' 'phase:sample,y,x:'
finish
