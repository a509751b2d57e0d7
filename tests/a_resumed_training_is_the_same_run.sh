#!/bin/sh
# train -resume goes on with the same data and options alone.  Each other one is refused by its name with both values; other names of the
# same data, and what changes no result, are not.  A larger -train_every has room for the lines of a smaller one: without it the heap
# is overrun, which PETSc's own guards around each block tell.
. "$1/tests/program.sh"

works 1 generate -generator_type gaussian -grid_n 8,8 -data_cov_alpha 4 -samples 8 -out fields.h5
works 1 generate -generator_type gaussian -grid_n 8,8 -data_cov_alpha 4 -samples 8 -seed 1 -out others.h5
works 1 generate -generator_type gaussian -grid_n 8,8 -data_cov_alpha 4 -samples 9 -out more.h5
tiny="-fno_width 2 -fno_depth 1 -fno_modes 2 -fno_hidden 2 -train_batch 2 -train_steps 60 -train_warmup 5"

# shellcheck disable=SC2086
run 1 train -data fields.h5 -out model.h5 $tiny -train_every 1 -train_stop_after 40 -resume
[ "$status" = 3 ] || wrong "a run that stops after 40 steps ends with $status"
grep -q 'no model.h5.state' ../out || wrong "-resume without a state does not say so"
other() { # TEXT ARGUMENT...: refused, and it names what differs
  text=$1
  shift
  # shellcheck disable=SC2086
  refused 1 "$text" train -data fields.h5 -out model.h5 $tiny -resume "$@"
}
other '-train_seed 0 there, 3 here' -train_seed 3
other '-train_batch 2 there, 3 here' -train_batch 3
other '-train_lr 0.001 there, 1e-2 here' -train_lr 1e-2
other '-train_objective .* there, .* here' -train_objective elbo
other '-sde_type .* there, ve here' -sde_type ve
other '-train_symmetry none there, scalar here' -train_symmetry scalar
other '-denoiser_gain .* there, rough here' -denoiser_gain rough
other '-fno_width 2 there, 3 here' -fno_width 3
other '-train_ema' -train_ema 0.5
other '-train_steps 60' -train_steps 61
other '8 fields, -data has 9' -data more.h5
other 'other fields' -data others.h5
works 1 info model.h5.state

cp fields.h5 copy.h5
# shellcheck disable=SC2086
works 2 train -data copy.h5 -variable field -out model.h5 $tiny -train_lr 1e-3 -resume -train_every 20000 -malloc_debug -quiet
if grep -qi 'corrupt' ../out ../err; then wrong "the heap is overrun"; fi
works 1 info model.h5
for file in model.h5.lock model.h5.state.lock model.h5.state.part; do echo "$(uname -n) 999999999 1 -" >$file; done # of a run that was killed at its end
# shellcheck disable=SC2086
works 1 train -data copy.h5 -out model.h5 $tiny -resume
[ "$(echo model.h5*)" = model.h5 ] || wrong "-resume of a training that is over leaves $(echo model.h5*)"
grep -q 'training is over' ../out || wrong "-resume of a training that is over does not say so"
other '-train_lr 1e-3 there, 1e-2 here' -train_lr 1e-2
other 'trained for 60 steps' -train_steps 61
finish
