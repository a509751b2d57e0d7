#!/bin/sh
# Coarse vorticity into fine without pairs (docs/bridges.md): two sets of flows of different seeds, 16 x 16 and 32 x 32
# points; bridges matched again and again, in turn from either end, from the independent coupling. About 15 min on one core.
#   jobs/train_unpaired.sh [KARHUNEN [FOLDER [ITERATIONS]]]
set -eu
karhunen=${1:-karhunen}
folder=${2:-unpaired}
iterations=${3:-5}
mkdir -p "$folder"
cd "$folder"
law="-generator_type navierstokes"
net="-fno_modes 10 -fno_width 16 -fno_hidden 32 -train_steps 1200 -train_batch 8 -train_warmup 100 -train_lr 2e-3
  -train_ema 0.99 -quiet"
matching="-train_objective bridge -variable vorticity -bridge_variable vorticity"

[ -e coarse.h5 ] || "$karhunen" generate $law -grid_n 16,16 -samples 1024 -seed 2 -out coarse.h5
[ -e fine.h5 ] || "$karhunen" generate $law -grid_n 32,32 -samples 1024 -seed 1 -out fine.h5
[ -e unseen.h5 ] || "$karhunen" generate $law -grid_n 16,16 -samples 256 -seed 1001 -out unseen.h5
[ -e truth.h5 ] || "$karhunen" generate $law -grid_n 32,32 -samples 512 -first 256 -seed 1001 -out truth.h5

i=1
from="-bridge_data coarse.h5"
while [ "$i" -le "$iterations" ]; do
  if [ $((i % 2)) = 1 ]; then # towards the fine law
    [ -e "up$i.h5" ] || "$karhunen" train $matching -data fine.h5 $from $net -out "up$i.h5"
    "$karhunen" translate -model "up$i.h5" -data unseen.h5 -variable vorticity -translate_steps 20 -seed 5 \
      -grid_n 32,32 -quiet -overwrite -out "made$i.h5"
    "$karhunen" evaluate -data truth.h5 -variable vorticity -samples "made$i.h5" -quiet -overwrite -out "judged$i" \
      >"judged$i.txt"
    "$karhunen" translate -model "up$i.h5" -data coarse.h5 -variable vorticity -translate_steps 20 -seed 6 -quiet \
      -overwrite -out pairs.h5
    from="-bridge_data pairs.h5 -bridge_pairs"
  else # and back
    [ -e "down$i.h5" ] || "$karhunen" train $matching -data coarse.h5 $from $net -fno_modes 7 -out "down$i.h5"
    "$karhunen" translate -model "down$i.h5" -data fine.h5 -variable vorticity -translate_steps 20 -seed 6 -quiet \
      -overwrite -out pairs.h5
    from="-bridge_data pairs.h5 -bridge_pairs"
  fi
  i=$((i + 1))
done
