#!/bin/sh
# Time and memory of bridges, translation, control, learning and nats (the tables of docs/paths.md): two ranks, squares of N
# points; outlines, which have no grid, once.  Seconds of processor time of a rank for one path, particle, field or step.
#   KARHUNEN=build/karhunen jobs/bench_paths.sh [FOLDER [N ...]]
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
karhunen=${KARHUNEN:-$here/build/karhunen}
folder=${1:-bench_paths}
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- 256 1024
mkdir -p "$folder"
cd "$folder"
export OMP_NUM_THREADS=1
cat >measure.py <<'END'
import re, resource, subprocess, sys, time
name, count, command = sys.argv[1], float(sys.argv[2]), sys.argv[3:]
start = time.time()
run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
if run.returncode: sys.exit(name + ": " + run.stdout[-400:])
print("%-44s %8.2f s each, %6.0f MiB a rank" % (name, (used.ru_utime + used.ru_stime) / 2 / count, used.ru_maxrss / 1024), flush=True)
END
measure() {
  name=$1 count=$2
  rm -f p.h5
  shift 2
  /usr/bin/python3 measure.py "$name" "$count" sh "$here/tests/mpi.sh" 2 "$karhunen" "$@" -quiet
}
# What `more` steps of training cost beyond the first, so that reading and measuring the data do not count.
steps() {
  name=$1 more=$2
  shift 2
  rm -f m.h5* first.h5*
  net="-fno_width 16 -fno_modes 16 -fno_hidden 32 -train_batch 1 -train_group 2 -train_warmup 1 -train_validation 0"
  one=$(measure first 1 train "$@" $net -train_steps 1 -out first.h5)
  all=$(measure all 1 train "$@" $net -train_steps $((more + 1)) -out m.h5)
  printf '%s\n%s\n' "$one" "$all" | awk -v name="$name" -v n="$more" '{t[NR] = $2; m = $5}
    END {printf "%-44s %8.2f s each, %6.0f MiB a rank\n", name, (t[2] - t[1]) / n, m}'
}
/usr/bin/python3 - <<'END'
from math import cos, pi, sin

for name, a, b, lobe in (("a", 1.0, 0.7, 0.0), ("b", 0.8, 1.0, 0.2)):
    with open(name + ".csv", "w") as file:
        file.write("x,y\n")
        for i in range(64):
            t = 2 * pi * i / 64
            file.write("%.6f,%.6f\n" % (a * cos(t) * (1 + lobe * cos(2 * t)), b * sin(t)))
END
echo "outlines of 64 points, 200 steps"
outlines="bridge -bridge_start a.csv -bridge_end b.csv -seed 1 -out p.h5"
measure "outlines, guided, a path of 32 particles" 4 $outlines -samples 4
few=$(measure few 1 $outlines -samples 2 -bridge_by reversal -reversal_learn 1)
more=$(measure more 1 $outlines -samples 2 -bridge_by reversal -reversal_learn 11)
many=$(measure many 1 $outlines -samples 42 -bridge_by reversal -reversal_learn 1)
printf '%s\n' "$few" "$more" "$many" | awk '{t[NR] = $2; m = $5}
  END {printf "%-44s %8.2f s each, %6.0f MiB a rank\n%-44s %8.2f s each\n", "outlines, learning to reverse, a step of 8 paths",
    (t[2] - t[1]) / 10, m, "outlines, reversal learnt, a path", (t[3] - t[1]) / 40}'
for n in "$@"; do
  for i in 1 2; do
    "$karhunen" sample -grid_n "$n,$n" -data_cov_alpha 3 -samples 1 -seed "$i" -out "f$i.h5" -overwrite -quiet >/dev/null
  done
  "$karhunen" observe -data f2.h5 -obs_every $((n / 8)) -obs_noise 0.1 -out y.csv -overwrite -quiet >/dev/null
  linear="-sde_type heat -cov_alpha 2 -bridge_start f1.h5 -bridge_steps 10 -samples 2 -seed 1"
  guided="-cov_alpha 3 -bridge_start f1.h5 -obs_data y.csv -bridge_steps 10 -bridge_particles 4 -samples 4 -seed 1"
  echo "$n x $n points, 10 steps"
  measure "bridge, linear, whole end" 2 bridge $linear -bridge_end f2.h5 -out p.h5
  measure "bridge, linear, 64 data of the end" 2 bridge $linear -obs_data y.csv -out p.h5
  measure "bridge, allencahn, a particle of 4" 4 bridge -sde_type allencahn $guided -out p.h5
  measure "bridge, navierstokes, a particle of 4" 4 bridge -sde_type navierstokes -sde_nu 0.01 $guided -out p.h5
  measure "control, allencahn, a particle of 4" 4 control -sde_type allencahn -cov_alpha 3 -control_start f1.h5 \
    -control_target f2.h5 -bridge_steps 10 -bridge_particles 4 -samples 4 -seed 1 -out p.h5
  "$karhunen" sample -model "$here/examples/models/ns2d.h5" -grid_n "$n,$n" -samples 1 -sampler_evaluations 10 -out w.h5 \
      -overwrite -quiet >/dev/null
  measure "nats, elbo, 10 evaluations of ns2d.h5" 1 evaluate -likelihood elbo -likelihood_evaluations 10 -data w.h5 \
      -model "$here/examples/models/ns2d.h5"
  measure "nats, flow, 2 steps of ns2d.h5" 1 evaluate -likelihood flow -likelihood_steps 2 -likelihood_exact_modes 1 \
    -likelihood_probes 1 -data w.h5 -model "$here/examples/models/ns2d.h5"
  for i in 3 4; do
    "$karhunen" sample -grid_n "$n,$n" -data_cov_alpha 3 -samples 4 -seed "$i" -out "set$i.h5" -overwrite -quiet >/dev/null
  done
  steps "bridge matching, a step of 1 pair" 8 -train_objective bridge -bridge_pairs -data set4.h5 -bridge_data set3.h5
  measure "translate, 10 evaluations, a field" 4 translate -model m.h5 -data set3.h5 -translate_steps 10 -seed 1 -out p.h5
  steered="-control_target f2.h5 -control_weight 5"
  for kind in adjoint logvariance; do
    steps "control by $kind, a step of 1 term" 4 -train_objective $kind -data set3.h5 -noise_cov_type matern \
      -noise_cov_alpha 3 -sde_type allencahn $steered -control_steps 10
    measure "control learnt by $kind, a particle of 4" 4 control -control_model m.h5 -control_start f1.h5 $steered \
      -bridge_steps 10 -bridge_particles 4 -samples 4 -seed 1 -out p.h5
  done
done
