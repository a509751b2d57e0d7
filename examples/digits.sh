#!/bin/sh
# sh examples/digits.sh [BUILD]: sixteen digits drawn from the shipped model as signed distance functions, four of them on a grid
# four times as fine, their masks {s < 0} as pictures, and what the shapes are like; files go to BUILD/digits.
set -eu
build=${1:-build}
model=$(dirname "$0")/models/mnistsdf.h5
out=$build/digits
mkdir -p "$out"
sampler="-seed 7 -sampler_eta 1 -sampler_end 0.01"
# shellcheck disable=SC2086
{
  "$build/karhunen" sample -model "$model" -samples 16 $sampler -out "$out/drawn64.h5" -overwrite
  "$build/karhunen" sample -model "$model" -grid_n 256,256 -samples 4 $sampler -out "$out/drawn256.h5" -overwrite
}
"$build/karhunen" render "$out/drawn64.h5" -samples "$(seq -s , 0 15)" -columns 8 -mask_below 0 -out "$out/mask64.png" -overwrite
"$build/karhunen" render "$out/drawn256.h5" -mask_below 0 -out "$out/mask256.png" -overwrite
"$build/karhunen" render "$out/drawn256.h5" -out "$out/sdf256.png" -overwrite
"$build/karhunen" evaluate -data "$out/drawn64.h5" -samples "$out/drawn256.h5" -shapes -out "$out/report" -overwrite
echo "pictures: $out/mask64.png, mask256.png, sdf256.png; signed distances: $out/drawn64.h5, drawn256.h5"
