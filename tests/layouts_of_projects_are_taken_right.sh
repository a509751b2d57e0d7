#!/bin/sh
# Fields in the layouts that PDEBench, The Well, Dedalus, mpi4py-fft, WRF, GMT, MintPy and LiCSBAS write, with what else such files hold: grid, samples,
# components and moments that `info` tells are numpy's.
. "$1/tests/program.sh"
needs_python numpy h5py netCDF4

$python - <<'PY' || exit 1
import numpy as np, h5py, netCDF4
r = np.random.default_rng(2)
u = r.standard_normal((24, 16, 20))
u = 3 + (u + np.roll(u, 1, 1) + np.roll(u, 1, 2)).astype("f4").astype("f8")
uv = np.stack([u, u + 1], -1)
said = open("said", "w")
def expect(name, options, truth, *words):
    truth = np.asarray(truth, "f8")
    said.write("|".join([name, options, f"{truth.mean():.6g}", f"{truth.var():.6g}", *words]) + "\n")
def h5(name, **arrays):
    with h5py.File(name, "w") as f:
        for path, a in arrays.items():
            f[path] = a
x, y, t = np.arange(16) * 0.1 + 0.05, np.arange(20) * 0.1 + 0.05, np.arange(7) * 0.5

# PDEBench: compressible flow, Darcy flow, advection, incompressible flow, diffusion-reaction.
h5("pdebench_cfd.h5", **{"Vx": u.reshape(4, 6, 16, 20), "Vy": u.reshape(4, 6, 16, 20) + 1, "density": u.reshape(4, 6, 16, 20) + 2, "pressure": u.reshape(4, 6, 16, 20) + 3,
                         "x-coordinate": x, "y-coordinate": y, "t-coordinate": t})
expect("pdebench_cfd.h5", "-variable density", u + 2, "24 samples", "x-coordinate 16", "y-coordinate 20", "box 2 x 1.6")
h5("pdebench_darcy.h5", **{"nu": u, "tensor": u[:, None] - 3, "x-coordinate": x, "y-coordinate": y, "t-coordinate": np.zeros(1)})
expect("pdebench_darcy.h5", "-variable nu", u, "24 samples", "box 2 x 1.6")
expect("pdebench_darcy.h5", "-variable tensor", u - 3, "24 samples", "box 2 x 1.6")
h5("pdebench_advection.h5", **{"tensor": u, "x-coordinate": y, "t-coordinate": np.arange(17.0)})
expect("pdebench_advection.h5", "", u, "384 samples", "x-coordinate 20", "box 2")
h5("pdebench_ns.h5", velocity=uv.reshape(4, 6, 16, 20, 2), particles=u.reshape(4, 6, 16, 20, 1), force=uv[:4], t=np.tile(np.arange(6.0), (4, 1)))
expect("pdebench_ns.h5", "-variable velocity -axes s,s,x,y,c", uv, "24 samples", "2 components", "as -axes says")
h5("pdebench_reaction.h5", **{f"{i:04d}/data": uv[12 * i:12 * i + 12] for i in range(2)}, **{f"{i:04d}/grid/{n}": a for i in range(2) for n, a in (("x", x), ("y", y), ("t", np.arange(12.0)))})
expect("pdebench_reaction.h5", "-variable */data -axes s,x,y,c", uv, "24 samples", "2 components", "as -axes says")

# The Well.
with h5py.File("the_well.h5", "w") as f:
    f.attrs.update(dataset_name="made", grid_type="cartesian", n_spatial_dims=2, n_trajectories=4, simulation_parameters=["nu"], nu=0.1)
    f["dimensions/time"], f["dimensions/x"], f["dimensions/y"] = np.arange(6.0), x, y
    f["dimensions"].attrs["spatial_dims"] = ["x", "y"]
    f["boundary_conditions/x_periodic/mask"], f["boundary_conditions/y_periodic/mask"] = np.ones(16, bool), np.ones(20, bool)
    f["scalars/nu"] = 0.1
    f["t2_fields/D"] = np.zeros((4, 6, 16, 20, 2, 2))
    for path, a, n in (("t0_fields/pressure", u.reshape(4, 6, 16, 20), "pressure"), ("t1_fields/velocity", uv.reshape(4, 6, 16, 20, 2), "velocity")):
        d = f.create_dataset(path, data=a.astype("f4"))
        d.attrs.update(sample_varying=True, time_varying=True, dim_varying=[True, True])
        d.parent.attrs["field_names"] = [n]
    d = f.create_dataset("t0_fields/height", data=u[:4].astype("f4")) # of each run, not of each time
    d.attrs.update(sample_varying=True, time_varying=False, dim_varying=[True, True])
expect("the_well.h5", "-variable pressure", u, "24 samples", "x 16", "y 20", "box 2 x 1.6")
expect("the_well.h5", "-variable t1_fields/velocity", uv, "24 samples", "2 components", "box 2 x 1.6")

# Dedalus 3: scales of time all hang on the first axis.
with h5py.File("dedalus.h5", "w") as f:
    scales = {"sim_time": np.arange(24.0), "wall_time": np.arange(24.0), "world_time": np.arange(24.0), "timestep": np.full(24, 0.1), "iteration": np.arange(24), "write_number": np.arange(24),
              "constant": np.zeros(1), "x_hash_1f": x, "z_hash_2e": y}
    for n, a in scales.items():
        f["scales/" + n] = a
        f["scales/" + n].make_scale(n)
    for n, a, first in (("tasks/buoyancy", u, 1), ("tasks/velocity", np.moveaxis(uv, -1, 1), 2)):
        d = f.create_dataset(n, data=a)
        d.attrs.update(constant=np.zeros(d.ndim, bool), grid_space=np.ones(2, bool), layout="g")
        d.dims[0].label = "t"
        for s in ("sim_time", "wall_time", "world_time", "timestep", "iteration", "write_number"):
            d.dims[0].attach_scale(f["scales/" + s])
        for i, (label, s) in enumerate((("x", "x_hash_1f"), ("z", "z_hash_2e"))):
            d.dims[first + i].label = label
            d.dims[first + i].attach_scale(f["scales/" + s])
expect("dedalus.h5", "-variable tasks/velocity", uv, "24 samples", "2 components", "x 16", "z 20", "box 2 x 1.6")
expect("dedalus.h5", "-variable buoyancy", u, "24 samples", "box 2 x 1.6")

h5("mpi4py_fft.h5", **{f"u/2D/{i}": u[i] for i in range(24)}, **{"u/mesh/x0": x, "u/mesh/x1": y})
expect("mpi4py_fft.h5", "-variable u/2D/*", u, "24 samples", "24 arrays")

with netCDF4.Dataset("wrfout.nc", "w") as f:
    f.TITLE, f.DX, f.DY = "OUTPUT FROM WRF", 9000.0, 9000.0
    for n, m in (("Time", None), ("DateStrLen", 19), ("south_north", 16), ("west_east", 20), ("bottom_top", 3), ("west_east_stag", 21)):
        f.createDimension(n, m)
    f.createVariable("Times", "S1", ("Time", "DateStrLen"))[:24] = np.full((24, 19), b"0")
    plane = ("Time", "south_north", "west_east")
    for n, units in (("XLAT", "degree_north"), ("XLONG", "degree_east")):
        v = f.createVariable(n, "f4", plane)
        v[:24] = np.broadcast_to(r.standard_normal((16, 20)), (24, 16, 20))
        v.MemoryOrder, v.units, v.stagger = "XY ", units, ""
    v = f.createVariable("T2", "f4", plane)
    v[:24] = u
    v.MemoryOrder, v.units, v.coordinates, v.description = "XY ", "K", "XLONG XLAT XTIME", "TEMP at 2 M"
    f.createVariable("T", "f4", ("Time", "bottom_top", "south_north", "west_east"))[:24] = np.stack([u] * 3, 1)
expect("wrfout.nc", "-variable T2", u, "24 samples", "south_north 16", "west_east 20", "by the names of its axes", "K")
expect("wrfout.nc", "-variable T", np.stack([u] * 3, 1), "24 samples", "bottom_top 3")

with netCDF4.Dataset("gmt.nc", "w") as f:
    f.Conventions, f.GMT_version, f.node_offset = "CF-1.7", "6.4.0", np.int32(1)
    for n, a in (("lon", 14 + 0.5 * np.arange(20)), ("lat", 40 + 0.5 * np.arange(16))):
        f.createDimension(n, len(a))
        v = f.createVariable(n, "f8", (n,))
        v[:], v.actual_range = a, [a[0], a[-1]]
    v = f.createVariable("z", "f4", ("lat", "lon"), fill_value=np.float32(np.nan))
    v[:], v.actual_range = u[0], [u[0].min(), u[0].max()]
expect("gmt.nc", "", u[0], ", 1 sample,", "lat 16", "lon 20", "box 8 x 10")

with h5py.File("mintpy.h5", "w") as f:
    f["timeseries"], f["bperp"], f["date"] = u.astype("f4"), np.arange(24.0), np.array([b"20170320"] * 24)
    f.attrs.update(FILE_TYPE="timeseries", UNIT="m", LENGTH="16", WIDTH="20", X_FIRST="14", Y_FIRST="40", X_STEP="0.001", Y_STEP="-0.001", X_UNIT="degrees", REF_DATE="20170320")
expect("mintpy.h5", "-variable timeseries", u, "24 samples")
with h5py.File("licsbas.h5", "w") as f: # cum.h5
    f["imdates"], f["cum"], f["vel"], f["vintercept"], f["refarea"] = np.arange(24), u.astype("f4"), u[0], u[1], "0:16/0:20"
    f["corner_lat"], f["corner_lon"], f["post_lat"], f["post_lon"] = 40.0, 14.0, -0.001, 0.001
    f["slc.mli"], f["hgt"] = u[2], u[3]
expect("licsbas.h5", "-variable cum", u, "24 samples")
PY

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
set -f
while IFS='|' read -r name options mean variance words; do
  works 1 info "$name" $options
  if [ "$status" != 0 ]; then continue; fi
  sed -n '/^read /,$p' ../out
  IFS='|'
  $python ../look.py "$(sed -n '/^read /,$p' ../out)" "$mean" "$variance" $words || wrong "$name $options"
  unset IFS
done <said
finish
