#!/bin/sh
# sh jobs/train_places.sh: the shipped models of values at places.  Vorticity of the law ns2d at 100 to 400 random places of simulations, and phase
# at 100 stations of an interferogram (INSAR: a GeoTIFF of wrapped phase): 48 x 48 windows of it, unwrapped by least squares, stations where the phase is
# coherent in most windows.  Both are drawn, and drawn given values at some places.  A stage whose output exists is skipped.
set -eu
cd "$(dirname "$0")/.."
ranks=${RANKS:-1}
out=${OUT:-build/places}
fields=${FIELDS:-2048}
steps=${STEPS:-1500} # of values of vorticity, and
stations=${STATIONS:-1000} # of stations
insar=${INSAR:-../shared/data/insar/sierra_negra_20170320_20170413.geo.diff_pha.tif}
training=""
net="-transformer_width 64 -transformer_depth 4 -transformer_heads 2 -train_batch 8 -train_lr 2e-3 -train_warmup 50 -train_ema 0.995 -train_every 250
  -train_times normal -train_times_mean -0.5 -train_times_std 1.5"

. jobs/stages.sh

make "$out/train.h5" karhunen generate -generator_type navierstokes -grid_n 64,64 -samples "$fields" -seed 1 -out "$out/train.h5"
# shellcheck disable=SC2086
train "$out/ns2d-places.h5" "$out/train.h5" -variable vorticity -train_points 100,400 -train_symmetry pseudoscalar -train_steps "$steps" $net
if [ -f "$insar" ]; then
  [ -f "$out/stations.csv" ] || /usr/bin/python3 jobs/stations_of_interferogram.py "$insar" "$out/stations.csv"
  # shellcheck disable=SC2086
  train "$out/insar-stations.h5" "$out/stations.csv" -train_points 50,100 -train_steps "$stations" $net
fi
/usr/bin/python3 - "$out" <<'P'
import sys, numpy as np
r = np.random.default_rng(3)
for m in (300, 3000):
    np.savetxt(f"{sys.argv[1]}/p{m}.csv", r.random((m, 2)) * 2 * np.pi, delimiter=",", header="x,y", comments="")
P
make "$out/drawn300.h5" karhunen sample -model "$out/ns2d-places.h5" -points "$out/p300.csv" -samples 256 -sampler_evaluations 20 -out "$out/drawn300.h5"
make "$out/drawn3000.h5" karhunen sample -model "$out/ns2d-places.h5" -points "$out/p3000.csv" -samples 16 -sampler_evaluations 20 -out "$out/drawn3000.h5"
make "$out/test64.h5" karhunen generate -generator_type navierstokes -grid_n 64,64 -samples 512 -seed 1001 -out "$out/test64.h5"
for m in 300 3000; do
  karhunen evaluate -data "$out/test64.h5" -samples "$out/drawn$m.h5" -variable vorticity -out "$out/report$m" -overwrite
done
