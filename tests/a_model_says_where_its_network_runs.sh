#!/bin/sh
# What train or calibrate is told by -denoiser_resolve is the model's: info prints it, draws are those with the option by hand, to the bit;
# the option still wins over it, and a model without it draws as with 1e-10. calibrate -passes 0 changes nothing else of a model.
. "$1/tests/program.sh"
command -v h5diff >/dev/null || exit 77
network='-fno_width 16 -fno_depth 1 -fno_hidden 16 -fno_modes 4 -train_batch 2 -train_every 2 -quiet'

# draws MODEL OUT OPTION...: two fields on a grid that is finer than the training grid
draws() {
  model=$1 out=$2
  shift 2
  works 1 sample -model "$model" -grid_n 48,48 -samples 2 -sampler_evaluations 3 -seed 4 -out_precision double -out "$out" "$@"
}
same() { h5diff "$1" "$2" /field >../diff || wrong "$1 and $2 differ: $(tail -1 ../diff)"; }
other() {
  h5diff "$1" "$2" /field >/dev/null
  [ $? = 1 ] || wrong "$1 and $2 are the same"
}
says() { [ "$("$build/karhunen" info -info_arrays -in "$1" | sed -n 's/^ *resolve *//p')" = "$2" ] || wrong "$1 does not say '$2'"; }

works 1 generate -generator_type gaussian -data_cov_alpha 2 -grid_n 16,16 -samples 8 -seed 1 -out data.h5
# shellcheck disable=SC2086
{
  works 1 train -data data.h5 $network -train_steps 4 -out plain.h5
  works 2 train -data data.h5 $network -train_steps 2 -train_from plain.h5 -denoiser_resolve 1 -out coarse.h5
}
works 1 calibrate -model plain.h5 -samples 4 -passes 1 -sampler_evaluations 3 -out gains.h5
works 2 calibrate -model gains.h5 -passes 0 -denoiser_resolve 1 -out told.h5
grep -q 'its gains are those of gains.h5' ../out || wrong "calibrate -passes 0 says: $(cat ../out)"
works 1 calibrate -model told.h5 -passes 0 -out kept.h5
works 1 calibrate -model told.h5 -passes 0 -denoiser_resolve 1e-10 -out back.h5
says plain.h5 '' && says gains.h5 '' && says coarse.h5 1 && says told.h5 1 && says kept.h5 1 && says back.h5 ''
for group in weights calibration data noise process grid field training; do
  h5diff gains.h5 told.h5 /$group >../diff || wrong "calibrate -passes 0 changes $group: $(tail -1 ../diff)"
done
[ "$("$build/karhunen" info kept.h5 -info_arrays | grep -c 'history .*train .*calibrate\|history .*calibrate .*train ')" = 1 ] || wrong "the history is not kept"

draws gains.h5 plain.out.h5
draws gains.h5 usual.out.h5 -denoiser_resolve 1e-10
draws gains.h5 one.out.h5 -denoiser_resolve 1
same plain.out.h5 usual.out.h5
other plain.out.h5 one.out.h5
for which in told kept; do
  draws $which.h5 $which.out.h5
  same $which.out.h5 one.out.h5
done
draws told.h5 won.out.h5 -denoiser_resolve 1e-10
same won.out.h5 plain.out.h5
draws told.h5 former.out.h5 -fno_resolve 1e-10 # an earlier name of it
same former.out.h5 plain.out.h5
refused 1 '-denoiser_resolve and -fno_resolve name one thing' sample -model told.h5 -denoiser_resolve 1 -fno_resolve 1 -out both.out.h5
draws back.h5 back.out.h5
same back.out.h5 plain.out.h5
draws coarse.h5 coarse.out.h5
draws coarse.h5 coarse1.out.h5 -denoiser_resolve 1
draws coarse.h5 coarse0.out.h5 -denoiser_resolve 0
same coarse.out.h5 coarse1.out.h5
other coarse.out.h5 coarse0.out.h5
finish
