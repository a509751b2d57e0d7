#!/bin/sh
# `info -xmf` writes an XDMF file by which others find every sample and component with the right numbers at the right places: its arrays,
# shapes and coordinates are those of the HDF5 file, as xml.etree, h5py and xarray read them; ours and files of others.
. "$1/tests/program.sh"

python=/usr/bin/python3
$python -c 'import h5py, xarray, netCDF4' 2>/dev/null || { echo "skipped: python3-h5py, python3-xarray or python3-netcdf4 is missing"; exit 77; }
cat >check.py <<'END'
import os, sys, h5py, numpy as np
import xml.etree.ElementTree as ET
xmf, wanted = sys.argv[1], dict(a.split("=") for a in sys.argv[2:])  # NAME=numpy expression with F(path)
root = ET.parse(xmf).getroot()
assert root.tag == "Xdmf"
grids = root.findall("./Domain/Grid/Grid")
def numbers(item): return np.array(item.text.split(), float)
def shape(item): return tuple(int(n) for n in item.get("Dimensions").split())
def read(item):
    place, part = item.findall("DataItem")
    name, path = part.text.rsplit(":", 1)
    with h5py.File(os.path.join(os.path.dirname(xmf), name)) as f:
        data = f[path]
        assert data.shape == shape(part), (data.shape, shape(part))
        start, stride, count = numbers(place).astype(int).reshape(shape(place))
        assert (stride == 1).all() and np.prod(count) == np.prod(shape(item))
        return data[tuple(slice(a, a + n) for a, n in zip(start, count))].astype(float).reshape(shape(item))
def F(path):
    name, path = path.rsplit(":", 1)
    with h5py.File(name) as f: return f[path][...].astype(float)
seen = set()
for s, grid in enumerate(grids):
    assert float(grid.find("Time").get("Value")) == s
    n = shape(grid.find("Topology"))
    geometry = grid.find("Geometry")
    items = [numbers(i) for i in geometry.findall("DataItem")]
    axes = items[::-1] if geometry.get("GeometryType") == "VXVYVZ" else [o + d * np.arange(m) for o, d, m in zip(items[0], items[1], n)]
    assert tuple(len(a) for a in axes) == n
    if geometry.get("GeometryType") != "VXVYVZ": assert (items[1] > 0).all()
    for axis, values in zip("zyx", axes):
        if axis in wanted: assert np.allclose(values, eval(wanted[axis]), rtol=1e-12, atol=1e-12), (axis, values)
    for a in grid.findall("Attribute"):
        expected = eval(wanted[a.get("Name")])[s]
        got = read(a.find("DataItem"))
        assert got.shape == n and np.array_equal(got, expected.reshape(n)), a.get("Name")
        seen.add(a.get("Name"))
assert len(grids) == int(wanted["samples"]), len(grids)
assert seen == {w for w in wanted if w not in ("samples", "z", "y", "x")}, seen
END
agrees() { $python check.py "$@" || wrong "$*"; }

works 1 generate -grid_n 6,10 -grid_length 3,5 -samples 3 -seed 1 -out plane.h5
works 1 info plane.h5 -xmf plane.xmf
agrees plane.xmf samples=3 'field=F("plane.h5:/field")' 'y=0.5*np.arange(6)' 'x=0.5*np.arange(10)'
works 1 generate -grid_n 4,6,8 -samples 2 -seed 1 -out_precision double -out box.h5
works 1 info box.h5 -xmf box.xmf
agrees box.xmf samples=2 'field=F("box.h5:/field")' 'z=np.arange(4)/4' 'x=np.arange(8)/8'
works 1 generate -grid_n 12 -samples 2 -out line.h5
works 1 info line.h5 -xmf line.xmf
agrees line.xmf samples=2 'field=F("line.h5:/field")'
works 1 generate -generator_type insar -grid_n 16,16 -insar_keep -samples 2 -out fringes.h5
mkdir deep
works 1 info fringes.h5 -xmf deep/fringes.xmf # in another folder, several variables, two components
grep -q "$PWD/fringes.h5:/wave" deep/fringes.xmf || wrong "another folder is not named"
grep -q 'Name="wave_1"' deep/fringes.xmf || wrong "no second component"

$python - <<'END' # files of others: components last, a name for XML, an axis that runs down; packed; axes turned round
import h5py, numpy as np, xarray as xr
r = np.random.default_rng(1)
a = xr.DataArray(r.standard_normal((3, 5, 7, 2)).astype("f4"), dims=("time", "lat", "lon", "component"), name="wind & <rain>", coords={"lat": 50 - 2. * np.arange(5), "lon": 7 + np.arange(7.)})
a.rename("wind").to_netcdf("down.nc")
with h5py.File("odd & 1.h5", "w") as f: f["a<b"] = r.standard_normal((3, 5, 7))
a.isel(component=0).rename("t").to_netcdf("packed.nc", encoding={"t": dict(dtype="i2", scale_factor=.001, add_offset=10., _FillValue=-32768)})
a.isel(component=0).rename("t").transpose("lon", "lat", "time").to_netcdf("turned.nc")
END
works 1 info down.nc -xmf down.xmf
agrees down.xmf samples=3 'wind_0=F("down.nc:/wind")[..., 0]' 'wind_1=F("down.nc:/wind")[..., 1]' 'y=50-2.*np.arange(5)' 'x=7+np.arange(7.)'
works 1 info "odd & 1.h5" -xmf "odd & 1.xmf"
agrees "odd & 1.xmf" samples=3 'a<b=F("odd & 1.h5:/a<b")'
works 2 info plane.h5 -xmf two.xmf # on two ranks
cmp -s plane.xmf two.xmf || wrong "two ranks write another file"

refused 1 'packed' info packed.nc -xmf packed.xmf
refused 1 'order z, y, x' info turned.nc -xmf turned.xmf
refused 1 'ends in .xmf' info plane.h5 -xmf plane.txt
refused 1 'exists' info plane.h5 -xmf plane.xmf
works 1 info plane.h5 -xmf plane.xmf -overwrite
finish
