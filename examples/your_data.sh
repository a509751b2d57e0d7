#!/bin/sh
# sh examples/your_data.sh FILE VARIABLE [TRAIN-OPTION...]: a model of the law of one's own fields: what is taken of the file, training, new fields
# on twice the points, how far they are from the data, pictures.  VARIABLE `scene`: FILE is an interferogram, or a stack of MintPy, and patches
# of it are learnt.  Files go to ./your_data.
#   sh examples/your_data.sh mine.nc t2m -train_steps 20000
#   LAYER=3 sh examples/your_data.sh ifgramStack.h5 scene -train_steps 20000
#   KARHUNEN: the program (build/karhunen); of a scene LAYER: which of a stack, PATCH and PATCHES: points along a side, how many
set -eu
[ $# -ge 2 ] || { sed -n '2,8p' "$0"; exit 1; }
karhunen=${KARHUNEN:-build/karhunen} out=your_data data=$1 variable=$2 phase=
shift 2
mkdir -p "$out"
if [ "$variable" = scene ]; then
  "$karhunen" generate -generator_type patches -scene "$data" -scene_layer "${LAYER:-0}" -scene_area train -grid_n "${PATCH:-64},${PATCH:-64}" \
    -samples "${PATCHES:-512}" -seed 1 -out "$out/patches.h5" -overwrite
  data=$out/patches.h5 variable=wave phase=-phase
  set -- -train_symmetry phase "$@"
fi
"$karhunen" train -data "$data" -variable "$variable" -train_steps 2000 "$@" -out "$out/model.h5" -overwrite
n=
for axis in 0 1 2; do
  points=$(h5dump -a "/grid/n_$axis" "$out/model.h5" | sed -n 's/.*(0): *//p')
  if [ "$points" -gt 1 ]; then n=${n:+$n,}$((2 * points)); fi
done
"$karhunen" sample -model "$out/model.h5" -grid_n "$n" -samples 16 -seed 1 -out "$out/draws.h5" -overwrite
if [ -n "$phase" ]; then variable=phase; fi
own=${variable##*/}
"$karhunen" evaluate -data "$data" -variable "$variable" -samples "$out/draws.h5" -samples_variable "$own" $phase -out "$out/report" -overwrite
"$karhunen" render "$out/draws.h5" -variable "$own" -out "$out/draws.png" -overwrite
echo "in $out: model.h5, draws.h5 (for xarray, ParaView), draws.png, report.html"
