#!/bin/sh
# sh jobs/calibrate_posteriors.sh: is the shipped ns2d model calibrated given data?  Held-out simulations, data of each with noise 0.1, and by
# each method draws given them: 7 runs of 8 particles, 7 guided draws, 7 of a Gaussian law with the simulations' spectrum (kriging), and
# FunDPS-type guidance of the same model.  Cases: 64 points of 64 x 64, the same 64 points on 128 x 128, half the field hidden, x 4 from
# 16 x 16.  Prints a table, also in $OUT/table.md: CRPS and error of the mean, coverage of the interval between the least and the largest
# of 7 draws (75 %), ranks of 8 functionals, 4 of them quadratic, energy at |k| 3 to 6 and 6 to 12 over the truths'.  What exists in $OUT is kept: a stopped run goes on.  Needs python3 with
# numpy and h5py.  TRUTHS=8 FEW=4 sh jobs/calibrate_posteriors.sh is a small one; COARSE, FINE and SPECTRUM may be files that exist.
# With GIVEN=FILE, a model of 32 x 32 points by train -train_observe, its draws and the others' on that grid instead: 64 points, and 48 outside a
# box of half the sides.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
program=${KARHUNEN:-$here/build/karhunen}
python=${PYTHON:-python3}
model=${MODEL:-$here/examples/models/ns2d.h5}
out=${OUT:-build/calibration}
truths=${TRUTHS:-128}
few=${FEW:-20}
given=${GIVEN:-}
small=${SMALL:-$out/truths32.h5}
weight=${WEIGHT:-100}
spectrum=${SPECTRUM:-$out/spectrum.h5}
coarse=${COARSE:-$out/truths64.h5}
fine=${FINE:-$out/truths128.h5}
mkdir -p "$out"

[ -e "$coarse" ] || "$program" generate -generator_type navierstokes -grid_n 64,64 -samples "$truths" -seed 1001 -out "$coarse"
[ -e "$fine" ] || "$program" generate -generator_type navierstokes -grid_n 128,128 -samples "$few" -seed 31 -out "$fine"
[ -e "$spectrum" ] || "$program" generate -generator_type navierstokes -grid_n 64,64 -samples 512 -seed 1 -out "$spectrum"
awk 'BEGIN { h = 2 * 3.14159265358979 / 64; print "y,x"; for (i = 0; i < 64; i += 2) for (j = 0; j < 32; j += 2) printf "%.12g,%.12g\n", i * h, j * h }' >"$out/half.csv"

if [ "$given" ]; then
  [ -e "$small" ] || "$python" - "$coarse" "$small" "$truths" <<'END'
import sys, h5py, numpy as np
with h5py.File(sys.argv[1]) as f, h5py.File(sys.argv[2], "w") as to:
    u = f["vorticity"][: int(sys.argv[3])].astype(float)
    c, n = np.fft.fft2(u), 32
    k = np.r_[0 : n // 2, -n // 2 + 1 : 0]  # the modes of both, without the Nyquist one
    small = np.zeros((len(u), n, n), complex)
    small[:, k[:, None], k] = c[:, k[:, None], k] * (n / u.shape[1]) ** 2
    v = to.create_dataset("vorticity", data=np.fft.ifft2(small).real)
    for a, name in enumerate(("sample", "y", "x")):
        if a:
            x = to.create_dataset(name, data=np.arange(n) * 2 * np.pi / n)
            x.make_scale(name)
            v.dims[a].attach_scale(x)
END
  awk 'BEGIN { srand(5); h = 2 * 3.14159265358979 / 32; print "y,x"; while (m < 48) { i = int(32 * rand()); j = int(32 * rand()); if (i >= 16 || j >= 16) { printf "%.12g,%.12g\n", i * h, j * h; m++ } } }' >"$out/box.csv"
  CASES=${CASES:-"points32 32 $few -obs_every 4
box32 32 $few -obs_points $out/box.csv"}
  METHODS=${METHODS:-"amortised 1024 -posterior_type amortised -samples 7
smc 1024 -posterior_type smc -posterior_particles 8 -samples 56
guided 1024 -posterior_type guided -samples 7
kriging 1024 -posterior_type exact -samples 7"}
fi
# NAME GRID TRUTHS HOW IT IS OBSERVED
cases="${CASES:-points64 64 $truths -obs_every 8
points128 128 $few -obs_every 16
coarse 64 $few -obs_type coarse -obs_grid 16,16
half 64 $few -obs_points $out/half.csv}"
# NAME TRUTHS AT MOST, OPTIONS
methods="${METHODS:-smc 1024 -posterior_type smc -posterior_particles 8 -samples 56
guided 1024 -posterior_type guided -samples 7
kriging 1024 -posterior_type exact -samples 7
fundps 8 -posterior_type fundps -samples 7 -sampler_times karras -sampler_evaluations 101 -posterior_weight $weight}"

# The law: the trained one, or a Gaussian one.
law() { # METHOD GRID
  case $1 in
  kriging) echo "-score_type gaussian -grid_length 6.283185307179586 -data_cov_type spectrum -data_cov_data $spectrum -grid_n $2,$2" ;;
  amortised) echo "-model $given -grid_n $2,$2" ;;
  *) echo "-model $model -grid_n $2,$2" ;;
  esac
}

echo "$cases" | while read -r case grid count how; do
  case $grid in 32) source=$small ;; 64) source=$coarse ;; *) source=$fine ;; esac
  again=
  case $how in -obs_type*) again=$how ;; esac
  i=0
  while [ $i -lt "$count" ]; do
    stem=$out/$case-$i
    # shellcheck disable=SC2086
    [ -f "$stem.csv" ] || "$program" observe -data "$source" -variable vorticity -sample $i $how -obs_noise 0.1 -seed $i -out "$stem.csv" >>"$out/log" 2>&1 </dev/null
    echo "$methods" | while read -r method most with; do
      [ $i -lt "$most" ] || continue
      # shellcheck disable=SC2046,SC2086
      [ -f "$stem-$method.h5" ] || "$program" posterior $(law "$method" "$grid") -obs_data "$stem.csv" $again -seed $i $with -quiet -out "$stem-$method.h5" >>"$out/log" 2>&1 </dev/null || true
    done
    i=$((i + 1))
  done
done
echo "| data | method | truths | CRPS | error of the mean | coverage of 75 %: points | functionals | p of the ranks of 8 functionals | least | energy |" >"$out/table.md"
echo "|---|---|---|---|---|---|---|---|---|---|" >>"$out/table.md"
echo "$cases" | while read -r case grid count how; do
  case $grid in 32) source=$small ;; 64) source=$coarse ;; *) source=$fine ;; esac
  echo "$methods" | while read -r method most with; do
    "$python" "$here/jobs/calibrate_posteriors.py" "$out" "$case" "$method" "$source" "$count" </dev/null
  done
done >>"$out/table.md"
cat "$out/table.md"
