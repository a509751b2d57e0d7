#!/bin/sh
# sh jobs/quickstart.sh: from a clone to pictures.  Installs missing packages, builds into build/, draws vorticity fields of
# 1024 x 1024 points from the shipped model on 2 ranks, and renders them.  Results go to build/quickstart.
set -eu
cd "$(dirname "$0")/.."
model=${MODEL:-examples/models/ns2d-cascade.h5}
n=${N:-1024}
samples=${SAMPLES:-2}
seed=${SEED:-7}
out=${OUT:-build/quickstart}

sh jobs/install-packages.sh
cmake -S . -B build -DKARHUNEN_TESTS=OFF >/dev/null
cmake --build build -j "$(env -u OMP_NUM_THREADS nproc)"
mkdir -p "$out"
out=$(cd "$out" && pwd)
sh tests/mpi.sh 2 build/karhunen sample -model "$model" -grid_n "$n,$n" -samples "$samples" -seed "$seed" -out "$out/fields.h5" -overwrite
build/karhunen render "$out/fields.h5" -out "$out/fields.png" -overwrite

echo
echo "$samples fields of $n x $n points: $out/fields.h5"
echo "their picture:                $out/fields.png"
echo "read them with ncdump -h, xarray.open_dataset() or h5py; draw others with"
echo "  mpirun -n 2 build/karhunen sample -model $model -grid_n $n,$n -samples 4 -seed 8 -out fields.h5"
