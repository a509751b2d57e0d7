#!/bin/sh
# -ts_type and -sampler_type are one option, whose numbers are read; a TS that is stopped before its end writes no sample.
. "$1/tests/program.sh"

at="sample -grid_n 16,16 -samples 2 -out_precision double -overwrite"
works 1 $at -sampler_type em -sampler_eta 0.5 -out a.h5
works 1 $at -ts_type em -sampler_eta 0.5 -out b.h5
grep -q 'sampler em, eta 0.5' ../out || wrong "-ts_type em -sampler_eta 0.5 says $(grep sampler ../out)"
works 1 $at -sampler_type em -out c.h5
h5diff -v0 a.h5 b.h5 /u >/dev/null || wrong '-ts_type em and -sampler_type em differ'
if h5diff a.h5 c.h5 /u >/dev/null; then wrong 'eta makes no difference'; fi
works 1 $at -ts_type em -sampler_type em -sampler_eta 0.5 -out b.h5
rm -f *.h5
refused 2 'name one thing' $at -ts_type em -sampler_type heun -out x.h5
refused 1 'sampler_type jump: no such sampler' $at -ts_type jump -out x.h5
refused 1 'sampler_order: unknown option, or one without effect' $at -ts_type em -sampler_order 2 -out x.h5
refused 1 'sampler_type beuler: this type is implicit' $at -sampler_type beuler -out x.h5
refused 2 'stopped after 3 of 39 steps: -ts_max_steps' $at -ts_max_steps 3 -out x.h5
refused 1 'stopped after 3 steps: -ts_max_steps' $at -sampler_type ode -ts_max_steps 3 -out x.h5
echo '-ts_max_steps 3' >.petscrc
refused 1 'stopped after 3 of 39 steps: .*petscrc' $at -out x.h5
finish
