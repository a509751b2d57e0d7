#!/bin/sh
# Time and memory of bridges, control, translation and nats (the table of docs/paths.md): two ranks, squares of N points.
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
done
