#!/bin/sh
# A cascade in one file, joined by calibrate -join, draws the bits of its models in two; it is calibrated as they are, says how each level was trained,
# and is refused where one model is needed.  A file of several levels may have octaves after it.  Octaves with one network keep its weights once, and draw
# what they draw in two files.  Without passes -grid_n keeps its coarser levels alone.
. "$1/tests/program.sh"
command -v h5diff >/dev/null || exit 77

works 1 generate -generator_type navierstokes -ns_time 4 -grid_n 32,32 -samples 12 -seed 1 -out data.h5
how="-data data.h5 -train_steps 3 -train_batch 2 -train_warmup 1 -net_type local -local_width 16 -local_dilations 1,1 -denoiser_gain white -variable vorticity"
# shellcheck disable=SC2086
{
  works 1 train $how -train_grid 16,16 -out base.h5
  works 1 train $how -train_octave -out octave.h5
}
works 1 calibrate -model base.h5,octave.h5 -passes 0 -join -out one.h5
works 1 info one.h5
[ "$(grep -c '^  model  *the base of the cascade$' ../out)$(grep -c '^  model  *an octave of the cascade$' ../out)" = 11 ] || wrong "info does not tell the base from the octave"
for n in 1 2; do
  works $n sample -model base.h5,octave.h5 -samples 2 -seed 5 -out_precision double -out two-$n.h5
  works $n sample -model one.h5 -samples 2 -seed 5 -out_precision double -out one-$n.h5
  h5diff two-$n.h5 one-$n.h5 /vorticity >../diff || wrong "on $n: one file draws another field: $(tail -1 ../diff)"
done
works 2 calibrate -model base.h5,octave.h5 -samples 4 -passes 1 -out octave2.h5
works 2 calibrate -model one.h5 -samples 4 -passes 1 -out other.h5
works 1 sample -model base.h5,octave2.h5 -samples 1 -seed 5 -out_precision double -out a.h5
works 1 sample -model other.h5 -samples 1 -seed 5 -out_precision double -out b.h5
h5diff a.h5 b.h5 /vorticity >../diff || wrong "calibrated in one file it draws another field: $(tail -1 ../diff)"
for file in one.h5 other.h5; do
  h5diff base.h5 $file /training/history /level0/training/history >../diff || wrong "$file: the base's history: $(tail -1 ../diff)"
  h5diff octave.h5 $file /training/history /level1/training/history >../diff || wrong "$file: the octave's history: $(tail -1 ../diff)"
done
# shellcheck disable=SC2086
{
  works 1 train $how -train_grid 8,8 -out lowest.h5
  works 1 train $how -train_grid 16,16 -train_octave -out low.h5
}
works 1 calibrate -model lowest.h5,low.h5 -passes 0 -join -out coarse.h5
works 1 calibrate -model coarse.h5,octave.h5 -passes 0 -join -out three.h5
works 1 calibrate -model three.h5 -grid_n 16,16 -passes 0 -out first-two.h5
for model in coarse first-two; do works 1 sample -model $model.h5 -samples 1 -seed 5 -out_precision double -out of-$model.h5; done
h5diff of-coarse.h5 of-first-two.h5 /vorticity >../diff || wrong "cut to its coarser levels it draws another field: $(tail -1 ../diff)"
refused 1 'points along the first axis' calibrate -model three.h5 -grid_n 16,16 -samples 2 -passes 1 -out x.h5
works 1 sample -model lowest.h5,low.h5,octave.h5 -samples 1 -seed 5 -out_precision double -out c.h5
for model in coarse.h5,octave.h5 three.h5; do
  works 1 sample -model $model -samples 1 -seed 5 -out_precision double -out d.h5 -overwrite
  h5diff c.h5 d.h5 /vorticity >../diff || wrong "$model draws another field: $(tail -1 ../diff)"
done
h5diff octave.h5 three.h5 /training/history /level2/training/history >../diff || wrong "three.h5: the last octave's history: $(tail -1 ../diff)"
works 1 calibrate -model three.h5 -passes 0 -out_half -out half.h5
works 1 sample -model half.h5 -samples 1 -seed 5 -out_precision double -out e.h5
h5diff -d 1e-2 c.h5 e.h5 /vorticity >../diff || wrong "in half precision it draws another field: $(tail -1 ../diff)"
h5diff c.h5 e.h5 /vorticity >../diff && wrong "half precision changes nothing: is it half?"
h5dump -H half.h5 | grep -q '16-bit little-endian floating-point' || wrong "the weights of half.h5 do not have 16 bits"
works 1 info half.h5
[ "$(grep -c 'weights  *in half precision' ../out)" = 3 ] || wrong "info does not tell half precision: $(cat ../out)"
works 1 calibrate -model half.h5 -level 0 -passes 0 -share 0.5 -out kept.h5
grep -q 'weights in half precision, as those of half.h5' ../out && h5diff half.h5 kept.h5 /level1/weights /level1/weights >../diff || wrong "half precision is not kept: $(cat ../out ../diff)"
works 1 calibrate -model half.h5 -level 0 -passes 0 -out_half false -out kept.h5 -overwrite
h5dump -H kept.h5 | grep -q '16-bit little-endian floating-point' && wrong "-out_half false writes half precision"
refused 1 'coarse.h5 is no octave' sample -model base.h5,coarse.h5 -out x.h5
refused 1 'share 0.5: of one level at a time' calibrate -model one.h5 -passes 0 -share 0.5 -out x.h5
refused 1 'join: base.h5 is no cascade' calibrate -model base.h5 -join -out x.h5
# A level's weights are where training starts, none other's.
refused 1 'one.h5 is a cascade: -train_from_level J takes the weights of its level J, 0 to 1' train -data data.h5 $how -train_from one.h5 -out x.h5
refused 1 'one.h5 is a cascade: -train_from_level J' train -data data.h5 $how -train_from one.h5 -train_from_level 2 -out x.h5
refused 1 'octave.h5 is no cascade: leave out -train_from_level' train -data data.h5 $how -train_from octave.h5 -train_from_level 0 -out x.h5
refused 1 'Give -train_from FILE too' train -data data.h5 $how -train_from_level 0 -out x.h5
works 1 train -data data.h5 $how -train_octave -train_from one.h5 -train_from_level 1 -train_steps 1 -train_lr 0 -train_warmup 0 -out same.h5
h5diff octave.h5 same.h5 /weights >../diff || wrong "a training without a step from level 1 has other weights: $(tail -1 ../diff)"
h5diff base.h5 same.h5 /weights >../diff && wrong "base and octave have the same weights: the test shows nothing"
refused 1 'leave it out' calibrate -model one.h5 -grid_n 64,64 -out x.h5

# An octave has the weights of the one before it, by -train_steps 0: its own spectrum, and no copy of the weights.
# shellcheck disable=SC2086
works 1 train -data data.h5 $how -train_octave -train_from low.h5 -train_steps 0 -out shared.h5
h5diff low.h5 shared.h5 /weights >../diff || wrong "-train_steps 0 has other weights: $(tail -1 ../diff)"
h5diff low.h5 shared.h5 /data >../diff && wrong "-train_steps 0 has the spectrum of the octave before"
# shellcheck disable=SC2086
refused 1 'train_steps 0 keeps the weights of another model: give -train_from' train -data data.h5 $how -train_octave -train_steps 0 -out x.h5
for half in '' -out_half; do
  works 1 calibrate -model lowest.h5,low.h5,shared.h5 -passes 0 -join $half -out both.h5 -overwrite
  works 1 calibrate -model lowest.h5,low.h5,octave.h5 -passes 0 -join $half -out own.h5 -overwrite
  h5ls -r both.h5 | grep -q '^/level2/weights/layer1.stencil *Dataset, same as /level1/weights/layer1.stencil' || wrong "weights of two octaves are kept twice: $half"
  h5ls -r own.h5 | grep -q '^/level2/.*same as' && wrong "weights of different octaves are kept once: $half"
done
works 1 sample -model lowest.h5,low.h5,shared.h5 -samples 2 -seed 5 -out_precision double -out files.h5
works 1 calibrate -model lowest.h5,low.h5,shared.h5 -passes 0 -join -out both.h5 -overwrite
for n in 1 2; do
  works $n sample -model both.h5 -samples 2 -seed 5 -out_precision double -out both-draws.h5 -overwrite
  h5diff -d 1e-6 files.h5 both-draws.h5 /vorticity >../diff || wrong "on $n: with weights kept once it draws another field: $(tail -1 ../diff)"
done

# Any level's grid: the draw there is that of the levels up to it.
works 1 sample -model three.h5 -grid_n 16,16 -samples 2 -seed 5 -out_precision double -out cut.h5
works 1 sample -model coarse.h5 -samples 2 -seed 5 -out_precision double -out coarse-draws.h5
h5diff cut.h5 coarse-draws.h5 /vorticity >../diff || wrong "a cascade that is cut draws another field: $(tail -1 ../diff)"

# Weights that do not fit are refused with what differs.
refused 1 'base.h5 has the weights of a network of type local, this one is of type fno: give -net_type local' train -data data.h5 -variable vorticity -train_steps 1 -train_from base.h5 -out x.h5
# shellcheck disable=SC2086
{
  refused 1 'of base.h5 .local. do not fit in .*its network has width 16, not 32; give these numbers to -local_' train $how -train_grid 16,16 -train_from base.h5 -local_width 32 -out x.h5
  refused 1 'the network of base.h5 has 2 inputs of the field, 0 of what it is given and 1 outputs, this one 2, 3 and 1' train $how -train_octave -train_from base.h5 -out x.h5
}
finish
