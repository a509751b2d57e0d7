#!/bin/sh
# A model of u + 101325 is that of u, about its mean, where u varies by 1e-3; its draws begin where the data do and run as they do.
. "$1/tests/program.sh"
needs_python numpy h5py xarray
$python - <<'PY' || exit 1
import numpy as np, xarray as xr
r = np.random.default_rng(1)
u = r.standard_normal((24, 32, 32))
for a in (1, 2):
    for _ in range(3):
        u = (u + np.roll(u, 1, a) + np.roll(u, 2, a)) / 3
u = (1e-3 * (u / u.std() + 0.5 * r.standard_normal((24, 1, 1)))).astype("f4").astype("f8")
for name, mean in (("small", 0), ("large", 101325)):
    xr.DataArray(u + mean, name="p", dims=("time", "lat", "lon"), coords=dict(lat=60 - 0.5 * np.arange(32), lon=10 + 0.5 * np.arange(32))).to_netcdf(name + ".nc")
PY
for n in 1 2; do
  for name in small large; do
    works $n train -data $name.nc -fno_width 8 -fno_depth 2 -fno_modes 4,4 -train_steps 20 -train_batch 4 -train_warmup 1 -train_group $n -out $name$n.h5
    works $n sample -model $name$n.h5 -grid_n 64,64 -samples 2 -seed 1 -out_precision double -out draw$name$n.h5
    if grep -q 'note: the fields' ../out; then wrong "a note on double precision"; fi
  done
done
works 1 sample -model large1.h5 -samples 1 -out single.h5
grep -q 'note: the fields. mean is .* times their deviation.*-out_precision double' ../out || wrong "no note on single precision"
works 1 render drawlarge1.h5 -out draw.svg
grep -q 'text\|glyph' draw.svg || wrong "no picture"
$python - <<'PY' || wrong "the models differ, or their draws lie elsewhere"
import numpy as np, h5py, xarray as xr
for n in "12":
    a, b = h5py.File(f"small{n}.h5"), h5py.File(f"large{n}.h5")
    def near(name, x):
        if isinstance(x, h5py.Dataset) and x.dtype.kind == "f" and name.startswith(("weights", "data", "noise")):
            d = np.abs(x[...] - b[name][...]).max() / np.abs(x[...]).max()
            assert d < 1e-3, f"{name}: {d}"
    a.visititems(near)
    zero = [f["data"].attrs["zero"] for f in (a, b)]
    assert abs(zero[0] / zero[1] - 1) < 1e-6, zero
    s, l = (xr.open_dataset(f"draw{k}{n}.h5") for k in ("small", "large"))
    d = np.abs((l.p.values - 101325) - s.p.values).max()
    assert d < 1e-3 * s.p.values.std(), f"draws differ by {d}"
    assert np.allclose(l.y, 60 - 0.25 * np.arange(64)) and np.allclose(l.x, 10 + 0.25 * np.arange(64)), (l.y.values[:3], l.x.values[:3])
    assert l.attrs["rows"] == "down"
PY
finish
