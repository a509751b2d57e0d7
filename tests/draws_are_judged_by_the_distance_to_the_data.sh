#!/bin/sh
# evaluate -truths -obs_data: exact draws are as wide as their error at the data and far from them (each ratio within 4.5 standard errors of 1: false alarm below 1e-4 for six bins,
# seeds are fixed), their spread grows with the distance; draws made too narrow far from the data are told there alone; alike on any ranks; one truth is said to tell little.
. "$1/tests/program.sh"
needs_python numpy h5py xarray
law="-grid_n 32,32 -data_cov_alpha 3 -data_cov_tau 6 -score_type gaussian"
works 1 sample $law -samples 12 -seed 1 -out_precision double -out truths.h5
printf 'x,y\n0.125,0.125\n0.25,0.5\n0.3125,0.25\n0.5,0.125\n0.0625,0.375\n' >places.csv
for i in 00 01 02 03 04 05 06 07 08 09 10 11; do
  works 1 observe -data truths.h5 -sample $((1$i - 100)) -obs_points places.csv -obs_noise 0.02 -seed $((1$i - 100)) -out y$i.csv
  works 1 posterior $law -posterior_type exact -obs_data y$i.csv -samples 15 -seed 7$i -out_precision double -out given$i.h5
done
works 1 evaluate -data truths.h5 -samples 'given??.h5' -truths 12 -obs_data 'y??.csv' -out report
grep -q '^at the data  *0.49 %' ../out || wrong "not 5 of 1024 points at the data: $(cat ../out)"
grep -E '^(at the data|[0-9.]+ to [0-9.]+ .*%.*[0-9] *$|beyond)' ../out >one
works 3 evaluate -data truths.h5 -samples 'given??.h5' -truths 12 -obs_data places.csv -out report3
grep -E '^(at the data|[0-9.]+ to [0-9.]+ .*%.*[0-9] *$|beyond)' ../out >three
cmp -s one three || wrong "another table on three ranks, or of one file of places: $(cat one three)"
[ -s report-places.png ] && [ -s report-coverage.png ] || wrong 'no maps'
$python - <<'P' || wrong "exact draws are not judged right by place: $(cat one)"
import json, h5py, numpy as np, xarray as xr
b = json.load(open("report.json"))["by_place"]
assert abs(b["spacing"] - (1 / 5) ** 0.5) < 1e-9
bins = b["bins"]
assert abs(sum(o["share_of_points"] for o in bins) - 1) < 1e-9 and bins[0]["to"] == 0
# the distances themselves
p = np.genfromtxt("places.csv", delimiter=",", names=True)
g = np.arange(32) / 32
d = np.stack(np.broadcast_arrays(np.abs(g[:, None, None] - p["y"]), np.abs(g[None, :, None] - p["x"])))
d = np.minimum(d, 1 - d)
r = np.sqrt((d ** 2).sum(0)).min(-1) / b["spacing"]
on = (d <= 0.5 / 32 + 1e-9).all(0).any(-1)
for o in bins[1:]:
    top = np.inf if o["to"] is None else o["to"]
    assert abs(((r > o["from"]) & (r <= top) & ~on).mean() - o["share_of_points"]) < 1e-9, o
assert abs(on.mean() - bins[0]["share_of_points"]) < 1e-9
for o in bins:
    q = o["error_over_spread"]
    assert abs(q["value"] - 1) < 4.5 * q["error"] + 0.02, o
assert bins[0]["spread"]["value"] < 0.2 * bins[-1]["spread"]["value"] and bins[0]["crps"]["value"] < bins[-1]["crps"]["value"], bins
# draws that are too narrow far from the data
far = r > 0.5
for i in range(12):
    with h5py.File("given%02d.h5" % i) as a: u = a["u"][:]
    u = np.where(far, u.mean(0) + 0.5 * (u - u.mean(0)), u)
    xr.Dataset({"u": (("sample", "y", "x"), u)}, coords={"y": g, "x": g}).to_netcdf("narrow%02d.h5" % i)
P
works 1 evaluate -data truths.h5 -samples 'narrow??.h5' -truths 12 -obs_data places.csv -out narrow
$python - <<'P' || wrong 'draws too narrow far from the data are not told there'
import json
a, b = (json.load(open(n + ".json"))["by_place"]["bins"] for n in ("report", "narrow"))
for p, q in zip(a, b):
    far = q["from"] >= 0.5
    assert abs(q["error_over_spread"]["value"] / p["error_over_spread"]["value"] - (2 if far else 1)) < 0.01, (p, q)
P
works 1 evaluate -data truths.h5 -samples given00.h5 -truths 1 -obs_data y00.csv -out single
grep -q 'one truth does not tell what chance does' ../out || wrong 'one truth is taken for many'
grep -qw nan ../out && wrong 'an error of one truth is a number'
refused 1 '2 files for 12 truths' evaluate -data truths.h5 -samples 'given??.h5' -truths 12 -obs_data y00.csv,y01.csv -out x
cp single-places.png taken-places.png
refused 1 'taken-places.png' evaluate -data truths.h5 -samples given00.h5 -truths 1 -obs_data y00.csv -out taken
[ ! -e taken.json ] || wrong "a report is left where one of its maps could not be"
works 1 evaluate -data truths.h5 -samples given00.h5 -obs_data y00.csv -out lone
[ -s lone-places.png ] && grep -q 'one truth does not tell what chance does' ../out || wrong 'data without -truths are not of one truth'
finish
