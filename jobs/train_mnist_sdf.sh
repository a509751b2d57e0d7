#!/bin/sh
# sh jobs/train_mnist_sdf.sh: a model of the signed distance functions of handwritten digits from MNIST's images, which are not
# part of this repository.  Trains on four fifths of them, seen through random affine maps, at 32 x 32 and then 64 x 64 points, at last on
# the digits as they are, draws on that grid and on finer ones, and compares with the other fifth.  A stage whose output exists is
# skipped; a training run that was stopped goes on where it was.
set -eu
cd "$(dirname "$0")/.."
ranks=${RANKS:-1}
out=${OUT:-build/mnist_sdf}
mnist=${MNIST:-../shared/data/mnist}               # the folder
images=${IMAGES:-$mnist/t10k-images-idx3-ubyte.gz} # 10,000 digits, or another IDX file of images
fields=${FIELDS:-8000}                             # four fifths of the digits, to train on
coarse=${COARSE:-32000}                            # of them, each seen through a map of its own, on 32 x 32 points
fine=${FINE:-16000}                                # and on 64 x 64
steps1=${STEPS1:-20000}                            # at 32 x 32
steps2=${STEPS2:-3000}                             # then at 64 x 64
steps3=${STEPS3:-4500}                             # and again
steps4=${STEPS4:-500}                              # on the digits as they are
grids=${GRIDS:-64:2000:1024 128:1000:64 256:500:48 512:250:16} # points a side : digits held back to compare with : drawn
if [ ! -r "$images" ]; then
  echo "$images: no such file.  Give MNIST=FOLDER with t10k-images-idx3-ubyte.gz, or IMAGES=FILE; the shipped model," >&2
  echo "examples/models/mnistsdf.h5, draws without it: karhunen sample -model examples/models/mnistsdf.h5 -out digits.h5" >&2
  exit 1
fi
digits="-generator_type mnistsdf -mnist_images $images"
# A noise rougher than the data, so that the digit is settled before its edge, and of a strength that puts that at s/a near 1.
training="-noise_cov_type matern -noise_cov_rough_power 0 -noise_cov_alpha 1.5 -noise_cov_tau 7 -noise_cov_factor 0.002
  -fno_width 32 -fno_modes 12 -fno_depth 6 -fno_extension 0.25 -fno_hidden 64 -train_batch 16
  -train_times normal -train_times_mean 0.1 -train_times_std 1.5 -train_every 500"
# Made on grids four times as fine, so that edges have no steps of the pixels; off the identity by up to 0.12.
smooth="$digits -mnist_part train -mnist_finer 4"

. jobs/stages.sh

# compare GRID HELD DRAWN: digits held back and draws of the model on GRID x GRID points.
compare() {
  # shellcheck disable=SC2086
  make "$out/test$1.h5" karhunen generate $digits -mnist_part test -grid_n "$1,$1" -samples "$2" -seed 2 -out "$out/test$1.h5"
  make "$out/drawn$1.h5" karhunen sample -model "$out/model.h5" -grid_n "$1,$1" -samples "$3" -seed 7 -sampler_eta 1 -sampler_end 0.01 \
    -out "$out/drawn$1.h5"
  karhunen evaluate -data "$out/test$1.h5" -samples "$out/drawn$1.h5" -shapes -out "$out/report$1" -overwrite
  first=$(seq -s , 0 "$(($3 < 16 ? $3 - 1 : 15))")
  build/karhunen render "$out/drawn$1.h5" -samples "$first" -columns 8 -out "$out/sdf$1.png" -overwrite
  build/karhunen render "$out/drawn$1.h5" -samples "$first" -columns 8 -mask_below 0 -out "$out/mask$1.png" -overwrite
}

# shellcheck disable=SC2086
{
  make "$out/train32.h5" karhunen generate $smooth -mnist_warp 0.12 -grid_n 32,32 -samples "$coarse" -seed 1 -out "$out/train32.h5"
  make "$out/train64.h5" karhunen generate $smooth -mnist_warp 0.12 -grid_n 64,64 -samples "$fine" -seed 2 -out "$out/train64.h5"
  make "$out/plain64.h5" karhunen generate $smooth -grid_n 64,64 -samples "$fields" -seed 1 -out "$out/plain64.h5"
}
train "$out/stage1.h5" "$out/train32.h5" -train_steps "$steps1" -train_lr 3e-3 -train_warmup 300
train "$out/stage2.h5" "$out/train64.h5" -train_from "$out/stage1.h5" -train_steps "$steps2" -train_lr 1.5e-3 -train_warmup 100 -train_seed 1
train "$out/stage3.h5" "$out/train64.h5" -train_from "$out/stage2.h5" -train_steps "$steps3" -train_lr 1.5e-3 -train_warmup 100 -train_seed 3
train "$out/model.h5" "$out/plain64.h5" -train_from "$out/stage3.h5" -train_steps "$steps4" -train_lr 3e-4 -train_warmup 20 -train_ema 0.99 -train_seed 2
for grid in $grids; do
  # shellcheck disable=SC2046
  compare $(echo "$grid" | tr : ' ')
done
# The same draws against digits without the pixels' steps.
if [ -e "$out/drawn64.h5" ]; then
  # shellcheck disable=SC2086
  make "$out/test64f.h5" karhunen generate $digits -mnist_part test -mnist_finer 4 -grid_n 64,64 -samples 2000 -seed 2 -out "$out/test64f.h5"
  karhunen evaluate -data "$out/test64f.h5" -samples "$out/drawn64.h5" -shapes -out "$out/report64f" -overwrite
fi
echo "the model: $out/model.h5; the reports: $out/report*.json; the sheets: $out/sdf*.png, $out/mask*.png"
