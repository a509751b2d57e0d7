#!/bin/sh
# posterior prints its evaluations, solves, products and factorisations: as many as the method makes, in all, on any number of ranks and groups of them; -log_view has the event of the solve.
. "$1/tests/program.sh"
law="-grid_n 32,32 -data_cov_alpha 3 -data_cov_tau 6"
works 1 sample $law -score_type gaussian -samples 1 -out truth.h5
works 1 observe -data truth.h5 -obs_every 4 -obs_noise 0.1 -out y.csv
# cost NAME: the number before it
cost() { sed -n "s/^cost:.* \([0-9][0-9]*\) $1.*/\1/p" ../out; }
works 1 posterior $law -score_type gaussian -posterior_type exact -obs_data y.csv -samples 5 -out exact.h5
[ "$(cost 'evaluations of the denoiser')" = 0 ] && [ "$(cost factorisations)" -ge 1 ] && [ "$(cost 'products of conjugate gradients')" = 0 ] || wrong "of an exact law: $(grep ^cost ../out)"
[ "$(cost 'solves for the data')" -ge 5 ] || wrong "fewer solves than draws: $(grep ^cost ../out)"
works 1 posterior $law -posterior_type guided -sampler_type heun -sampler_evaluations 21 -obs_data y.csv -samples 4 -out guided.h5
[ "$(cost 'evaluations of the denoiser')" = 84 ] || wrong "not 4 x 21 evaluations: $(grep ^cost ../out)"
one=$(grep ^cost ../out | sed 's/;.*//')
works 2 posterior $law -posterior_type guided -sampler_type heun -sampler_evaluations 21 -obs_data y.csv -samples 4 -ranks_per_field 2 -out guided2.h5
grep -Eq '; [0-9.e+]+ MiB between ranks' ../out && ! grep -q '; 0 MiB between' ../out || wrong "two ranks of a field exchange nothing: $(grep ^cost ../out)"
[ "$one" = "$(grep ^cost ../out | sed 's/;.*//')" ] || wrong "another cost on two ranks: $(grep ^cost ../out), not $one"
works 2 posterior $law -posterior_type guided -sampler_type heun -sampler_evaluations 21 -obs_data y.csv -samples 4 -ranks_per_field 1 -out guided3.h5
[ "$(cost 'evaluations of the denoiser')" = 84 ] || wrong "not 84 evaluations of two groups: $(grep ^cost ../out)"
works 1 posterior $law -posterior_type guided -sampler_type heun -sampler_evaluations 21 -obs_data y.csv -samples 4 -obs_dense 4 -out cg.h5 -log_view
[ "$(cost 'products of conjugate gradients')" -ge 84 ] && [ "$(cost factorisations)" = 0 ] || wrong "of conjugate gradients: $(grep ^cost ../out)"
grep -q '^KarDataSolve  *[1-9]' ../out || wrong '-log_view has no event of the solve'
finish
