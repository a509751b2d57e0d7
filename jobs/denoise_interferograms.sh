#!/bin/sh
# Interferograms without their noise (docs/bridges.md): pairs of the law insar with and without the noise of 4 looks, a
# bridge from one to the other, 4 draws of 128 interferograms that training never saw, their mean, and filters.
# About 4 min on one core.
#   jobs/denoise_interferograms.sh [KARHUNEN [FOLDER [STEPS]]]
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
karhunen=${1:-karhunen}
folder=${2:-denoise}
steps=${3:-700}
mkdir -p "$folder"
cd "$folder"
law="-generator_type insar -grid_n 64,64 -grid_length 12800,12800 -insar_looks 4 -insar_sea false -insar_keep false -quiet"

[ -e noisy.h5 ] || "$karhunen" generate $law -samples 2048 -seed 1 -out noisy.h5
[ -e clean.h5 ] || "$karhunen" generate $law -insar_noise false -samples 2048 -seed 1 -out clean.h5
[ -e seen.h5 ] || "$karhunen" generate $law -samples 128 -seed 1001 -out seen.h5
[ -e truth.h5 ] || "$karhunen" generate $law -insar_noise false -samples 128 -seed 1001 -out truth.h5
[ -e denoise.h5 ] || "$karhunen" train -train_objective bridge -bridge_pairs -data clean.h5 -bridge_data noisy.h5 \
  -variable wave -bridge_variable wave -net_type unet -unet_widths 32,48,64 -train_steps "$steps" -train_batch 8 \
  -train_warmup 60 -train_lr 2e-3 -train_ema 0.993 -train_every 100 -quiet -out denoise.h5
for seed in 1 2 3 4; do
  [ -e "draw$seed.h5" ] || "$karhunen" translate -model denoise.h5 -data seen.h5 -variable wave -translate_steps 10 \
    -seed "$seed" -quiet -out "draw$seed.h5"
done
/usr/bin/python3 "$here/jobs/denoise_interferograms.py" "$(pwd)"
