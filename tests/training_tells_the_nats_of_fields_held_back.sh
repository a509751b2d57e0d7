#!/bin/sh
# The last column of a training's history is nats a mode of fields held back, against their Gaussian law: 0 for a network that has learnt nothing,
# what `evaluate -likelihood elbo` says of them but for its noise, and NaN where no field is held back. A network that learns ten fields by heart is
# told of once, with the number of steps after which the loss on the others was least; one that learns 180 is not.
. "$1/tests/program.sh"

works 1 generate -generator_type mixture -grid_n 16 -samples 200 -seed 1 -out m.h5
learn="-data m.h5 -train_batch 16 -train_warmup 20 -train_ema 0.98 -fno_width 16 -fno_hidden 16 -fno_modes 6 -quiet"
# nats MODEL: of the last line.
nats() { h5dump -d /training/history -y "$1" | tr -d ' \n' | sed 's/.*DATA{//; s/}.*//' | awk -F, '{ print NF % 5 ? "columns" : $NF }'; }

works 1 train $learn -train_steps 1 -train_lr 1e-30 -train_validation 0.1 -out none.h5
awk "BEGIN { x = $(nats none.h5); exit !(x < 1e-9 && x > -1e-9) }" || wrong "a network that has learnt nothing: $(nats none.h5) nats a mode"
works 2 train $learn -train_steps 300 -train_every 150 -train_lr 4e-3 -train_validation 0.1 -out some.h5
grep -q 'by heart' ../out && wrong "180 fields are not learnt by heart in 300 steps"
one=$(nats some.h5)
works 1 evaluate -likelihood elbo -data m.h5 -model some.h5 -likelihood_evaluations 60
two=$(sed -n 's/.* field, \([-0-9.e]*\) a mode.*/\1/p' ../out)
awk "BEGIN { exit !($one != 0 && ($one) - ($two) < .1 && ($two) - ($one) < .1) }" || wrong "the history says $one nats a mode, evaluate $two"
"$build/karhunen" info some.h5 -info_arrays | grep -q "nats a mode of fields held back" || wrong "the column has no name"
works 1 generate -generator_type gaussian -grid_n 16 -samples 20 -seed 1 -out few.h5
works 1 train -data few.h5 -train_warmup 20 -train_ema 0.99 -fno_width 32 -fno_hidden 32 -fno_modes 8 -train_steps 1500 -train_every 100 \
  -train_lr 3e-3 -train_validation 0.5 -quiet -out few-model.h5
[ "$(grep -c '^note: the loss on fields held back was .* learns its 10 fields by heart; fewer steps (-train_steps [0-9]*)' ../out)" = 1 ] ||
  wrong "ten fields are learnt by heart without a word: $(cat ../out)"
works 1 train $learn -train_steps 1 -train_validation 0 -out all.h5
nats all.h5 | grep -qi nan || wrong "no field is held back: $(nats all.h5)"
finish
