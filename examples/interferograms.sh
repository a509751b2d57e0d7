#!/bin/sh
# sh examples/interferograms.sh [BUILD]: four interferograms of 12.8 km drawn from the shipped model, four simulated ones of the law that
# it has learnt, and one drawn on twice the points, with pictures; files go to BUILD/interferograms.
set -eu
build=${1:-build}
model=$(dirname "$0")/models/insar.h5
out=$build/interferograms
mkdir -p "$out"
"$build/karhunen" sample -model "$model" -grid_n 128,128 -samples 4 -seed 7 -sampler_evaluations 20 -out "$out/drawn.h5" -overwrite
"$build/karhunen" sample -model "$model" -grid_n 256,256 -samples 1 -seed 7 -sampler_evaluations 20 -out "$out/finer.h5" -overwrite
"$build/karhunen" generate -generator_type insar -insar_rms 0.25,2 -insar_peak 0.01,0.1 -insar_gamma 0.5,0.95 -insar_looks 32 -insar_noise_length 100 \
  -insar_keep false -grid_n 128,128 -grid_length 12800 -samples 4 -seed 3 -out "$out/simulated.h5" -overwrite
for name in drawn finer simulated; do "$build/karhunen" render "$out/$name.h5" -variable phase -out "$out/$name.png" -overwrite; done
echo "pictures: $out/drawn.png, finer.png, simulated.png; files with MintPy's attributes: $out/*.h5"
