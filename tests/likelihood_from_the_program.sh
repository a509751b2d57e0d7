#!/bin/sh
# evaluate -likelihood, elbo and flow: 0 nats for a Gaussian law, more than 0 for fields of a mixture under it, alike on any ranks; what makes no sense is one line.
. "$1/tests/program.sh"

law="-grid_n 32 -cov_alpha 1 -data_cov_alpha 2 -data_cov_tau 6"
works 1 sample $law -score_type mixture -samples 6 -out m.h5
works 1 evaluate -likelihood elbo -data m.h5 $law
grep -q '^6 fields: elbo -*0 ' ../out || awk '/^6 fields/ { exit !($4 < 1e-6 && $4 > -1e-6) }' ../out || wrong "a Gaussian law: $(tail -1 ../out)"
works 1 evaluate -likelihood elbo -data m.h5 $law -score_type mixture
one=$(grep '^6 fields' ../out)
cp ../out ../one
works 3 evaluate -likelihood elbo -data m.h5 $law -score_type mixture
[ "$one" = "$(grep '^6 fields' ../out)" ] || wrong "on three ranks: $(tail -1 ../out); on one: $one"
echo "$one" | grep -q 'elbo .* +- .* nats' || wrong "no error is printed: $one"
works 1 evaluate -likelihood flow -data m.h5 $law -fields 2
awk '/^2 fields: density/ { exit !($4 < 1e-6 && $4 > -1e-6) }' ../out || wrong "a Gaussian law by the flow: $(tail -1 ../out)"
works 1 evaluate -likelihood flow -data m.h5 $law -score_type mixture -fields 2 -likelihood_steps 40 -likelihood_exact_modes 4
one=$(tail -1 ../out)
grep -q '^field 1 .* +- .* nats' ../out || wrong "no error of the probes: $(cat ../out)"
works 3 evaluate -likelihood flow -data m.h5 $law -score_type mixture -fields 2 -likelihood_steps 40 -likelihood_exact_modes 4
[ "$one" = "$(tail -1 ../out)" ] || wrong "by the flow on three ranks: $(tail -1 ../out); on one: $one"
works 1 evaluate -likelihood elbo -data m.h5 $law -score_type mixture -seed 5 -variable u
[ "$(tail -1 ../out)" != "$(grep '^6 fields: elbo' ../one)" ] || wrong 'another seed, the same bound'
refused 1 'absent.h5' evaluate -likelihood elbo -data m.h5 $law -likelihood_reference absent.h5
refused 1 'nope' evaluate -likelihood elbo -data m.h5 $law -variable nope
refused 1 'likelihood_probes' evaluate -likelihood flow -data m.h5 $law -likelihood_probes 0
refused 1 'of which fields' evaluate -likelihood elbo $law
refused 1 'another box or grid' evaluate -likelihood elbo -data m.h5 -grid_n 64
refused 1 'absent.h5' evaluate -likelihood elbo -data absent.h5 $law
refused 1 'likelihood' evaluate -likelihood guess -data m.h5 $law
finish
