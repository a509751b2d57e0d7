#!/bin/sh
# `render -obs_data` draws a circle on the pixel of each datum, on every panel, where axes run up and down, in periodic boxes and in boxes with mirrors;
# on a line the data themselves; of a box the data of the plane; kinds of data that have no place are refused by name.
. "$1/tests/program.sh"
needs_python numpy h5py PIL xarray
$python - <<'P' || exit 1
import h5py, numpy as np, xarray as xr
def field(name, basis, down):
    u = np.zeros((3, 16, 24), "f4")
    u[:, 3, 5] = u[:, 15, 23] = 1
    y = 40 + 2.0 * np.arange(16)
    x = xr.DataArray(u, name="u", dims=("sample", "y", "x"), coords={"y": y[::-1] if down else y, "x": 100 + 3.0 * np.arange(24)})
    x.attrs["units"] = "m"
    x.to_dataset().assign_attrs(basis=basis).to_netcdf(name)
    y = y[::-1] if down else y
    with open(name + ".csv", "w") as f: f.write("x,y,value\n%g,%g,1\n%g,%g,1\n" % (100 + 3 * 5, y[3], 100 + 3 * 23, y[15]))
for basis in "periodic", "cosine":
    for down in 0, 1: field("%s%d.nc" % (basis, down), basis, down)
u = xr.DataArray(np.zeros((2, 8, 8, 8)), name="u", dims=("sample", "z", "y", "x"), coords={a: np.arange(8.) for a in "zyx"})
u.to_netcdf("box.nc")
with open("box.csv", "w") as f: f.write("x,y,z,value\n1,2,4,0\n1,2,5,0\n3,3,4,0\n")
xr.DataArray(np.random.default_rng(1).standard_normal((3, 32)), name="u", dims=("sample", "x"), coords={"x": np.arange(32.)}).to_netcdf("line.nc")
with open("line.csv", "w") as f: f.write("x,value\n1,2\n17,-1\n")
P
for name in periodic0 periodic1 cosine0 cosine1; do
  works 1 render $name.nc -out $name.png -samples 0,1 -columns 2
  works 2 render $name.nc -obs_data $name.nc.csv -out marked-$name.png -samples 0,1 -columns 2
  grep -q '^2 of 2 data of' ../out || wrong 'it does not say how many data are drawn'
done
works 1 render periodic1.nc -ensemble -obs_data periodic1.nc.csv -out ensemble.svg
[ "$(grep -oE 'fill[:=]"?rgb\(100%, ?100%, ?100%\)' ensemble.svg | wc -l)" -ge 10 ] || wrong 'not two circles on each of five panels'
$python - <<'P' || wrong 'circles are not on the pixels of their data'
import numpy as np
from PIL import Image
for name in "periodic0", "periodic1", "cosine0", "cosine1":
    a, b = (np.asarray(Image.open(p + name + ".png").convert("RGB"), int) for p in ("", "marked-"))
    colour = a[:a.shape[0], :].reshape(-1, 3)
    new = np.abs(a - b).sum(2) > 60
    # the pixels of value 1 have a colour of their own: the one that the circles lie upon
    def pieces(of):
        left, found = set(map(tuple, np.argwhere(of))), []
        while left:
            heap, piece = [left.pop()], []
            while heap:
                p = heap.pop()
                piece.append(p)
                for q in [(p[0] + i, p[1] + j) for i in (-2, -1, 0, 1, 2) for j in (-2, -1, 0, 1, 2)]:
                    if q in left: left.remove(q); heap.append(q)
            found.append((np.mean(piece, 0), len(piece)))
        return found
    circles = pieces(new)
    assert len(circles) == 4, (name, len(circles))
    one = a[tuple(np.round(circles[0][0]).astype(int))]
    squares = [s for s, n in pieces(np.abs(a - one).sum(2) < 6) if n > 100]
    for c, _ in circles:
        assert min(np.abs(c - s).max() for s in squares) < 1.5, (name, c, squares)
P
works 1 render box.nc -plane z=4 -obs_data box.csv -out box.png
grep -q '^2 of 3 data of' ../out || wrong 'not the two data of the plane'
works 1 render line.nc -obs_data line.csv -out line.svg
refused 2 'give the plane whose data' render box.nc -obs_data box.csv -out x.png
printf 'value,noise\n1,0.1\n' >modes.csv
refused 1 'no column x: data without places, as of -obs_type coarse and modes' render cosine0.nc -obs_data modes.csv -out x.png
printf 'x,y,x2,y2,value\n101,41,110,50,1\n' >lines.csv
refused 1 'data along lines' render cosine0.nc -obs_data lines.csv -out x.png
printf 'x,y,value\n1,41,1\n' >out.csv
refused 1 'x is 1.?, outside the box' render cosine0.nc -obs_data out.csv -out x.png
refused 1 'obs_data with -beside' render -beside cosine0.nc,cosine1.nc -obs_data out.csv -out x.png
finish
