#!/bin/sh
# -help with a model lists what that model takes, not what an exact law would: the same on two ranks. It names another type as an example, whose own
# options it then lists; a command without types has no such line. The first options are those that a command is for, sections have a title each.
. "$1/tests/program.sh"

model=$source/examples/models/ns2d.h5
works 1 sample -help
grep -q '^  -score_type ' ../out || wrong "no exact law: $(cat ../out)"
[ "$(sed -n '2,7p' ../out | awk '{ print $1 }' | tr '\n' ' ')" = "-model -samples -seed -out -resume -grid_n " ] || wrong "first: $(sed -n '2,7p' ../out)"
[ -z "$(grep '^  [A-Z].*:$' ../out | sort | uniq -d)" ] || wrong "a title is there twice"
for n in 1 2; do
  works $n sample -model "$model" -help
  grep -q '^  -denoiser_resolve ' ../out || wrong "on $n: nothing of the denoiser: $(cat ../out)"
  grep -Eq '^  -(score_type|sde_type|cov_type|data_cov_type) ' ../out && wrong "on $n: an exact law beside a model"
done
grep -q ' -sampler_type ancestral -help shows those of ancestral' ../out || wrong "no example: $(tail -3 ../out)"
works 1 sample -model "$model" -sampler_type heun -help
grep -q '^  -sampler_churn ' ../out || wrong "no option of heun: $(cat ../out)"
works 1 sample -model "$source/examples/models/ns2d-cascade.h5" -help
grep -q '^  -coarse ' ../out || wrong "no option of a cascade: $(cat ../out)"
works 1 translate -help
grep -q '^  -overwrite ' ../out || wrong "translate -help lacks the options of its file"
works 1 verify -help
grep -q 'list of types' ../out && wrong "verify has no types"
finish
