#!/bin/sh
# sh jobs/train_digits.sh: a cascade of the signed distance functions of handwritten digits from MNIST's images, which are not part of this repository:
# a base on 32 x 32 points and an octave to 64 x 64, both U-nets, in the cosine basis.  Trains on four fifths of the digits, seen through random affine
# maps, draws, and compares with the other fifth.  A stage whose output exists is skipped; a training run that was
# stopped goes on where it was.
set -eu
cd "$(dirname "$0")/.."
ranks=${RANKS:-1}
out=${OUT:-build/digits-cascade}
mnist=${MNIST:-../shared/data/mnist}               # the folder
images=${IMAGES:-$mnist/t10k-images-idx3-ubyte.gz} # 10,000 digits, or another IDX file of images
fields=${FIELDS:-24000}                            # digits to train on, each seen through a map of its own
base=${BASE:-39000}                                # steps of 16 digits on 32 x 32 points, in two runs
octave=${OCTAVE:-3000}                             # steps of 4 on 64 x 64
drawn=${DRAWN:-512}                                # to compare with digits held back
if [ ! -r "$images" ]; then
  echo "$images: no such file.  Give MNIST=FOLDER with t10k-images-idx3-ubyte.gz, or IMAGES=FILE; the shipped model," >&2
  echo "examples/models/digits-cascade.h5, draws without it: karhunen sample -model examples/models/digits-cascade.h5 -out digits.h5" >&2
  exit 1
fi
digits="-generator_type mnistsdf -mnist_images $images -grid_n 64,64 -mnist_finer 4" # edges without steps of the pixels
# A noise far rougher than the data, so that the digit is settled before its edge.
training="-denoiser_gain white -noise_cov_type matern -noise_cov_rough_power 0 -noise_cov_alpha 1.25 -noise_cov_tau 7 -noise_cov_factor 0.01
  -train_objective elbo -train_times normal -train_times_std 1.8 -train_warmup 300 -train_every 500
  -train_validation 0.03 -net_type unet"

. jobs/stages.sh

# shellcheck disable=SC2086
{
  make "$out/train.h5" karhunen generate $digits -mnist_part train -mnist_warp 0.12 -samples "$fields" -seed 1 -out "$out/train.h5"
  make "$out/test.h5" karhunen generate $digits -mnist_part test -samples 2000 -seed 2 -out "$out/test.h5"
}
unet="-train_grid 32,32 -unet_widths 32,64,96 -train_batch 16 -train_times_mean 0.5"
# shellcheck disable=SC2086
{
  train "$out/base1.h5" "$out/train.h5" $unet -train_lr 1.2e-3 -train_ema 0.9995 -train_steps $((base * 3 / 13))
  train "$out/base-raw.h5" "$out/train.h5" $unet -train_lr 1e-3 -train_ema 0.9998 -train_seed 3 \
    -train_from "$out/base1.h5" -train_steps $((base * 10 / 13))
}
train "$out/octave-raw.h5" "$out/train.h5" -train_octave -unet_widths 32,64 -train_batch 4 -train_times_mean 0 \
  -train_lr 1.2e-3 -train_ema 0.9995 -train_steps "$octave"
make "$out/model.h5" karhunen calibrate -join -passes 0 -out_half -model "$out/base-raw.h5,$out/octave-raw.h5" -out "$out/model.h5"
make "$out/drawn.h5" karhunen sample -model "$out/model.h5" -samples "$drawn" -seed 7 -sampler_eta 1 -sampler_evaluations 40 \
  -out "$out/drawn.h5"
karhunen evaluate -data "$out/test.h5" -samples "$out/drawn.h5" -shapes -out "$out/report" -overwrite
build/karhunen render "$out/drawn.h5" -samples "$(seq -s , 0 39)" -columns 10 -mask_below 0 -out "$out/mask.png" -overwrite

echo "the model: $out/model.h5; shipped as examples/models/digits-cascade.h5"
