#!/bin/sh
# sh jobs/compare_posteriors.sh: fields given data by every method of karhunen posterior, beside exact draws, on exact mixtures: a profile at eight
# places (1D on 32 and 128 points, 2D on 64 x 64 and 128 x 128: n and 4n).  Prints one table, also in $OUT/table.md: the error of the mean over the
# posterior's deviation, the variance over the posterior's, the energy distance over 2 E|X - Y|, averaged over DATA data of draws of the law; the
# evaluations of a sample; and of runs of particles the variance within a run and the error of a run's mean.  A law whose name begins with half
# has 512 data, in one half of its box; NOISE is that of the data.  What exists in $OUT is kept: a stopped run goes on.  Needs python3 with numpy and h5py.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
program=${KARHUNEN:-$here/build/karhunen}
python=${PYTHON:-python3}
out=${OUT:-build/posteriors}
data=${DATA:-4}
samples=${SAMPLES:-240}
noise=${NOISE:-0.2}
mkdir -p "$out"

# NAME OPTIONS: a law on a grid. The same places and noise of data on every grid.
laws="${LAWS:-1D-32 -grid_n 32 -cov_alpha 1 -cov_tau 6 -data_cov_alpha 2 -data_cov_tau 6 -data_cov_variance 0.1 -mixture_places 8 -mixture_amplitudes 0.98995
1D-128 -grid_n 128 -cov_alpha 1 -cov_tau 6 -data_cov_alpha 2 -data_cov_tau 6 -data_cov_variance 0.1 -mixture_places 8 -mixture_amplitudes 0.98995
2D-64 -grid_n 64,64 -cov_alpha 2 -cov_tau 6 -data_cov_alpha 3 -data_cov_tau 6 -data_cov_variance 0.1 -mixture_places 8 -mixture_amplitudes 0.98995
2D-128 -grid_n 128,128 -cov_alpha 2 -cov_tau 6 -data_cov_alpha 3 -data_cov_tau 6 -data_cov_variance 0.1 -mixture_places 8 -mixture_amplitudes 0.98995}"

# NAME EVALUATIONS OPTIONS: a method; 1D/NAME, 2D/NAME: of laws in so many dimensions alone.
methods="${METHODS:-exact 0 -posterior_type exact
smc-16 40 -posterior_type smc
smc-64 40 -posterior_type smc -posterior_particles 60
guided 40 -posterior_type guided
guided-jacobian 40 -posterior_type guided -posterior_covariance jacobian -sampler_eta 1
pigdm 40 -posterior_type guided -posterior_guidance pigdm
noised 40 -posterior_type guided -posterior_guidance noised -sampler_eta 1
langevin 400 -posterior_type guided -posterior_guidance noised -sampler_type langevin -sampler_evaluations 400
langevin-data 400 -posterior_type guided -posterior_guidance noised -sampler_type langevin -sampler_precondition data -sampler_evaluations 400
langevin-p 400 -posterior_type guided -sampler_type langevin -sampler_precondition posterior -sampler_evaluations 400
smc-moves 94 -posterior_type smc -posterior_moves 1
gibbs 1000 -posterior_type gibbs -sampler_evaluations 10
pcn 4200 -posterior_type pcn -sampler_evaluations 21
1D/dps-w1 1000 -posterior_type dps -sampler_evaluations 1000 -posterior_weight 1
1D/dps-w10 1000 -posterior_type dps -sampler_evaluations 1000 -posterior_weight 10
csgm 400 -posterior_type csgm -sampler_evaluations 400
csgm-2000 2000 -posterior_type csgm -sampler_evaluations 2000
1D/fundps-w3 1000 -posterior_type fundps -sampler_evaluations 501 -sampler_times karras -posterior_weight 3
1D/fundps-w12 1000 -posterior_type fundps -sampler_evaluations 501 -sampler_times karras -posterior_weight 12
2D/dps-w3 1000 -posterior_type dps -sampler_evaluations 1000 -posterior_weight 3
2D/dps-w12 1000 -posterior_type dps -sampler_evaluations 1000 -posterior_weight 12
2D/fundps-w128 1000 -posterior_type fundps -sampler_evaluations 501 -sampler_times karras -posterior_weight 128
2D/fundps-w512 1000 -posterior_type fundps -sampler_evaluations 501 -sampler_times karras -posterior_weight 512}"

# Six places, 24 of them, and half of a grid of 32 x 32: the points of all grids.
places() { # NAME
  case $1 in
  1D*) printf 'x\n0.1875\n0.25\n0.3125\n0.6875\n0.75\n0.875\n' ;;
  half*) awk 'BEGIN { print "y,x"; for (i = 0; i < 16; i++) for (j = 0; j < 32; j++) printf "%g,%g\n", i / 32, j / 32 }' ;;
  *) awk 'BEGIN { print "y,x"; for (i = 0; i < 6; i++) for (j = 0; j < 4; j++) printf "%g,%g\n", (i * 10 + 3) / 64, (j * 16 + i % 4 * 4) / 64 }' ;;
  esac
}

compare() { # LAW METHOD
  "$python" - "$out" "$1" "$2" "$data" <<'END'
import os, sys, numpy as np, h5py
out, law, method, data = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
def fields(name):
    u = h5py.File(name)["u"][:]
    return u.reshape(len(u), -1).astype(float) / np.sqrt(u[0].size)
def distance(a, b):
    return np.sqrt(np.maximum((a * a).sum(1)[:, None] + (b * b).sum(1)[None] - 2 * a @ b.T, 0))
rows = []
for i in range(data):
    exact = fields(f"{out}/{law}-{i}-reference.h5")
    x = fields(f"{out}/{law}-{i}-{method}.h5") if os.path.exists(f"{out}/{law}-{i}-{method}.h5") else np.array([np.nan])
    if not np.all(np.isfinite(x)) or abs(x).max() > 1e6:
        rows.append([np.nan] * 5)
        continue
    variance = exact.var(0, ddof=1).sum()
    n, m = len(x), len(exact)
    xy = distance(x, exact).mean()
    e = 2 * xy - distance(x, x).sum() / (n * (n - 1)) - distance(exact, exact).sum() / (m * (m - 1))
    run = int(h5py.File(f"{out}/{law}-{i}-{method}.h5").attrs["samples_of_a_run"])
    runs = [x[k:k + run] for k in range(0, n - run + 1, run)] if run > 1 else [x]
    rows.append([np.sqrt(((x.mean(0) - exact.mean(0)) ** 2).sum() / variance), x.var(0, ddof=1).sum() / variance, e / (2 * xy),
                 np.mean([r.var(0, ddof=1).sum() for r in runs]) / variance,
                 np.mean([np.sqrt(((r.mean(0) - exact.mean(0)) ** 2).sum() / variance) for r in runs])])
mean = np.mean(rows, 0)
print("left the finite numbers" if not np.all(np.isfinite(mean)) else "%.2f | %.3g | %.3f | %.3g | %.2f" % tuple(mean))
END
}

echo "$laws" | while read -r law options; do
  [ -f "$out/$law.csv" ] || places "$law" >"$out/$law.csv"
  i=0
  while [ $i -lt "$data" ]; do
    stem=$out/$law-$i
    # shellcheck disable=SC2086
    {
      [ -f "$stem-truth.h5" ] || "$program" sample $options -score_type mixture -sampler_evaluations 100 -seed $((i + 1)) -samples 1 -out "$stem-truth.h5"
      [ -f "$stem.csv" ] || "$program" observe -data "$stem-truth.h5" -obs_points "$out/$law.csv" -obs_noise "$noise" -seed $((i + 1)) -out "$stem.csv"
      [ -f "$stem-reference.h5" ] || "$program" posterior $options -score_type mixture -posterior_type exact -obs_data "$stem.csv" -samples 1000 -seed 99 -out "$stem-reference.h5"
    } >>"$out/log" 2>&1
    i=$((i + 1))
  done
done
echo "| law | method | evaluations | error of the mean | variance | energy distance | variance within a run | error of a run's mean |" >"$out/table.md"
echo "|---|---|---|---|---|---|---|---|" >>"$out/table.md"
echo "$laws" | while read -r law options; do
  echo "$methods" | while read -r method evaluations with; do
    case $method in */*) [ "${method%%/*}" = "${law%%-*}" ] || continue ;; esac
    method=${method#*/}
    i=0
    while [ $i -lt "$data" ]; do
      stem=$out/$law-$i
      # shellcheck disable=SC2086
      [ -f "$stem-$method.h5" ] || "$program" posterior $options -score_type mixture -obs_data "$stem.csv" -samples "$samples" -seed 7 $with -out "$stem-$method.h5" >>"$out/log" 2>&1 </dev/null ||
        echo "$law-$i: $method: refused: see $out/log" >&2
      i=$((i + 1))
    done
    echo "| $law | $method | $evaluations | $(compare "$law" "$method") |" >>"$out/table.md"
  done
done
cat "$out/table.md"
