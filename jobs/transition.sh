#!/bin/sh
# A transition of the double well in function space (docs/paths.md): paths of 128 x 128 points from -1 to +1, the whole end
# pinned under noise of the 37 lowest modes, and to data of the mean and four modes of the end; their pictures. The law half way against weighted paths of the
# process itself, and the density of the data, are in a test that takes the number of points:
#   build/tests/guided_paths_of_fields_have_the_law_of_weighted_ones -points 128 -plain 4000 -reads 0.3
#   jobs/transition.sh [KARHUNEN [FOLDER]]
set -eu
karhunen=${1:-karhunen}
folder=${2:-transition}
mkdir -p "$folder"
cd "$folder"
/usr/bin/python3 - <<'END'
import h5py, numpy
for name, value in (("minus", -1), ("plus", 1)):
    with h5py.File(name + ".h5", "w") as file:
        file["u"] = numpy.full((1, 128, 128), value, "f4")
END
process="-sde_type allencahn -sde_time 2 -cov_variance 0.5 -bridge_steps 20 -bridge_particles 64"
rough="-cov_alpha 2 -cov_tau 4"
"$karhunen" bridge $process -cov_type bandlimited -cov_cutoff 20 -bridge_start minus.h5 -bridge_end plus.h5 -samples 64 -seed 1 \
  -quiet -overwrite -out pinned.h5
"$karhunen" observe -data plus.h5 -obs_type modes -obs_modes 1 -obs_noise 0.3 -quiet -overwrite -out y.csv
"$karhunen" bridge $process $rough -bridge_start minus.h5 -obs_type modes -obs_modes 1 -obs_data y.csv -obs_noise 0.3 -samples 64 \
  -seed 1 -quiet -overwrite -out data.h5
"$karhunen" render pinned.h5 -samples 5,10,15,20 -columns 4 -pixels 256 -quiet -overwrite -out pinned.png
"$karhunen" render data.h5 -samples 5,10,15,20 -columns 4 -pixels 256 -quiet -overwrite -out data.png
