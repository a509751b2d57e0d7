#!/bin/sh
# SCENE=FILE.tif sh jobs/hide_pixels.sh: how well are hidden pixels of a measured interferogram filled?  Patches of the scene's test area; a
# quarter of the coherent pixels of each is hidden, in patches of about 2 km; every third of the others is given.  Draws of the model by guidance, and of the
# Gaussian law of the same spectrum.  Prints, over MASKS patches, the circular error of the circular mean, the circular CRPS, the deviation of
# the draws and how often the pixel lies between the least and the largest of DRAWS draws.  What exists in $OUT is kept: a stopped run goes
# on.  Needs python3 with numpy and h5py.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
program=${KARHUNEN:-$here/build/karhunen}
python=${PYTHON:-python3}
model=${MODEL:-$here/examples/models/insar.h5}
out=${OUT:-build/hidden}
masks=${MASKS:-20}
draws=${DRAWS:-7}
mkdir -p "$out"
[ -f "$out/patches.h5" ] || "$program" generate -generator_type patches -scene "$SCENE" -scene_area test -grid_n 128,128 -samples "$masks" -seed 1 -out "$out/patches.h5"
"$python" - "$model" "$out/spectrum.txt" <<'END'
import sys, h5py, numpy as np
with h5py.File(sys.argv[1]) as f:
    k, power = np.exp(f["data/log_table"][:])
    zero = float(np.ravel(f["data"].attrs["zero"] if "zero" in f["data"].attrs else f["data/zero"][()])[0])
np.savetxt(sys.argv[2], np.vstack([[0, zero], np.column_stack([k, power])]), fmt="%.9g")
END
i=0
while [ $i -lt "$masks" ]; do
  "$python" "$here/jobs/hide_pixels.py" data "$out/patches.h5" $i "$out/$i.csv" >>"$out/log"
  [ -f "$out/$i-model.h5" ] || "$program" posterior -model "$model" -grid_n 128,128 -posterior_type guided -obs_dense 500 -obs_data "$out/$i.csv" -sampler_evaluations 20 -samples "$draws" -seed $i -quiet -out "$out/$i-model.h5" >>"$out/log" 2>&1
  [ -f "$out/$i-gaussian.h5" ] || "$program" posterior -score_type gaussian -posterior_type exact -obs_dense 500 -components 2 -grid_basis cosine -grid_n 128,128 -grid_length 12800 -data_cov_type spectrum -data_cov_file "$out/spectrum.txt" -obs_data "$out/$i.csv" -samples "$draws" -seed $i -quiet -out "$out/$i-gaussian.h5" >>"$out/log" 2>&1
  i=$((i + 1))
done
{
  echo "| law | masks | circular error, rad | circular CRPS | deviation of the draws | coverage, % (nominal) |"
  echo "|---|---|---|---|---|---|"
  for name in model gaussian; do "$python" "$here/jobs/hide_pixels.py" row $name "$out" 0 "$masks"; done
} >"$out/table.md"
cat "$out/table.md"
