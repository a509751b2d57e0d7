#!/bin/sh
# sh jobs/unwrap_interferograms.sh: interferograms of 64 x 64 pixels whose unwrapped phase is known, 4 looks, unwrapped by a Gaussian law, by the shipped
# model of scenes, by a Gaussian law that says the whole turns and the model that draws, and by least squares: whole scenes, and scenes of islands
# between which there is noise.  Prints a table (docs/insar.md).  About 2 s of one core a scene by Gaussian laws, 40 s by the model.
# What exists in $OUT is kept: a stopped run goes on.  Needs python3 with numpy and h5py.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
KARHUNEN=${KARHUNEN:-$here/build/karhunen}
export KARHUNEN
python=${PYTHON:-python3}
out=${OUT:-build/unwrapped}
scenes=${SCENES:-16}
fit=${FIT:-512}   # other scenes, whose spectrum the Gaussian law has
drawn=${DRAWN:-8} # scenes that the model draws
law="-generator_type insar -insar_rms 0.25,2 -insar_peak 0.01,0.1 -insar_gamma 0.5,0.95 -insar_looks 4 -grid_length 12800 -grid_n 64,64"
mkdir -p "$out"
# shellcheck disable=SC2086
[ -f "$out/truth.h5" ] || "$KARHUNEN" generate $law -samples "$scenes" -seed 70001 -quiet -out "$out/truth.h5"
# shellcheck disable=SC2086
[ -f "$out/fit.h5" ] || "$KARHUNEN" generate $law -samples "$fit" -seed 80001 -quiet -out "$out/fit.h5"
score() { # CASE NAME SCENES OPTION...
  case=$1 name=$2 count=$3
  shift 3
  "$python" "$here/jobs/unwrap_interferograms.py" "$case" "$name" "$out/truth.h5" "$out/$case-$name.json" 0 "$count" "$@" >>"$out/log"
}
for case in whole islands; do
  score $case poisson "$scenes"
  score $case weighted "$scenes"
  score $case gaussian "$scenes" --gaussian "$out/fit.h5"
done
score islands model "$drawn" --float 8 --draws 8
score islands both "$drawn" --gaussian "$out/fit.h5" --law model --draws 8
"$python" "$here/jobs/unwrap_interferograms.py" table "$out"/*.json
