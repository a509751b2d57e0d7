#!/bin/sh
# A cascade whose networks have learnt nothing draws, from one seed, the field of the one model that has learnt nothing: that of the Gaussian law with
# the data's spectrum (on a line, where no shell of |k| has modes of both).  On any ranks, in any order of runs; octaves and bases are told apart, and so
# are grids.  Training an octave lowers its loss.
. "$1/tests/program.sh"
command -v h5diff >/dev/null || exit 77

works 1 generate -generator_type gaussian -grid_n 64 -samples 24 -seed 1 -out line.h5
works 1 generate -generator_type navierstokes -ns_time 4 -grid_n 32,32 -samples 24 -seed 1 -out data.h5
still="-train_steps 1 -train_lr 0 -train_batch 2 -net_type local -local_width 16 -local_dilations 1,1 -denoiser_gain white"
# shellcheck disable=SC2086
{
  works 1 train -data line.h5 $still -out whole.h5
  works 1 train -data line.h5 $still -train_grid 32 -out linebase.h5
  works 2 train -data line.h5 $still -train_octave -out lineoctave.h5
  works 1 train -data data.h5 -variable vorticity $still -train_grid 16,16 -out base.h5
  works 2 train -data data.h5 -variable vorticity $still -train_octave -out octave.h5
}
works 1 sample -model whole.h5 -samples 3 -seed 5 -out_precision double -out whole-fields.h5
works 1 sample -model linebase.h5,lineoctave.h5 -samples 3 -seed 5 -out_precision double -out line-fields.h5
h5diff -d 1e-5 whole-fields.h5 line-fields.h5 /field >../diff || wrong "octaves draw another field: $(tail -1 ../diff)"
works 1 sample -model whole.h5 -grid_n 256 -samples 3 -seed 5 -out_precision double -out whole-fine.h5
works 1 sample -model linebase.h5,lineoctave.h5 -grid_n 256 -octaves_beyond similar -samples 3 -seed 5 -out_precision double -out line-fine.h5
grep -q 'trained on 64 points, taken for the law 2 octaves finer' ../out || wrong "octaves beyond the last are not told: $(cat ../out)"
h5diff -d 1e-5 whole-fine.h5 line-fine.h5 /field >../diff || wrong "octaves beyond the last draw another field: $(tail -1 ../diff)"
refused 1 'no doubling of the last octave.s 64' sample -model linebase.h5,lineoctave.h5 -grid_n 100 -octaves_beyond similar -out x.h5
refused 1 'learnt up to 64 points' sample -model linebase.h5,lineoctave.h5 -grid_n 128 -octaves_beyond refused -out x.h5
works 1 sample -model base.h5,octave.h5 -samples 3 -seed 5 -out_precision double -out one.h5
works 3 sample -model base.h5,octave.h5 -samples 3 -seed 5 -ranks_per_field 3 -out_precision double -out three.h5
works 1 sample -model base.h5,octave.h5 -samples 1 -first 2 -seed 5 -out_precision double -out last.h5
h5diff -d 1e-6 one.h5 three.h5 /vorticity >../diff || wrong "3 ranks draw another field: $(tail -1 ../diff)"
refused 1 'octave.h5 is an octave: -model BASE' sample -model octave.h5,base.h5 -out x.h5
refused 1 'base.h5 is no octave' sample -model base.h5,base.h5 -out x.h5
refused 1 'needs the coarser field' sample -model octave.h5 -out x.h5
works 2 sample -model base.h5,octave.h5 -samples 1 -seed 5 -grid_n 64,128 -out finer.h5
grep -q 'octaves beyond .* are Gaussian, .* of the variance' ../out || wrong "draws beyond the last octave are not told: $(cat ../out)"
refused 1 'give the points of a level' sample -model base.h5,octave.h5 -grid_n 24,24 -out x.h5
refused 1 'train_grid: 64 points along axis 0, the data have 32' train -data data.h5 -variable vorticity -train_grid 64,64 -out x.h5
refused 1 'train_octave: 18 points' train -data data.h5 -variable vorticity -train_grid 18,18 -train_octave -out x.h5

works 2 train -data data.h5 -variable vorticity -train_octave -train_steps 150 -train_every 150 -train_batch 8 -train_warmup 20 -train_lr 3e-3 -train_objective elbo -net_type local -local_width 16 \
  -denoiser_gain white -noise_cov_rough_power 0 -out learnt.h5
loss=$(sed -n 's/.*loss \([0-9.]*\).*/\1/p' ../err | tail -1)
awk "BEGIN { exit !($loss > 0 && $loss < 0.95) }" || wrong "after 150 steps an octave's loss is $loss of the Wiener filter's"
works 2 calibrate -model base.h5,learnt.h5 -samples 4 -passes 1 -out calibrated.h5
works 1 sample -model base.h5,calibrated.h5 -samples 1 -out x.h5
works 2 calibrate -model base.h5,learnt.h5 -data data.h5 -variable vorticity -directions 3 -samples 4 -passes 2 -out calibrated.h5 -overwrite
works 1 sample -model base.h5,calibrated.h5 -samples 1 -out x.h5 -overwrite
works 1 generate -generator_type gaussian -grid_n 16,16 -grid_length 6.283185307179586,6.283185307179586 -samples 2 -seed 1 -out coarse.h5
refused 1 'give fields as fine as its own' calibrate -model base.h5,learnt.h5 -data coarse.h5 -samples 4 -out x2.h5
refused 1 'has no effect with -passes 0' calibrate -model base.h5,learnt.h5 -data data.h5 -variable vorticity -passes 0 -out x2.h5
models=$source/examples/models
works 2 sample -model "$models/ns2d-cascade.h5" -grid_n 256,256 -samples 2 -out shipped.h5
works 2 sample -model "$models/insar-scenes.h5" -insar_looks 32 -samples 1 -out scene.h5
works 1 info scene.h5
for v in scene wave phase; do grep -q "^ *$v " ../out || wrong "a draw of a scene has no $v"; done
finish
