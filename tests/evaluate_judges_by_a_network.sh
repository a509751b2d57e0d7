#!/bin/sh
# evaluate -judge: smooth fields are told from rough ones of the same variance, by patches too, alike on 1 and 2 ranks, with a control of one law whose p is
# above 0.001 (false alarms 0.001, fixed seeds), numbers in the JSON file and a picture; too few fields are refused.
. "$1/tests/program.sh"
right() { sed -n "/\"$2\"/,/right\"/s/.*\"right\":[[:space:]]*\([0-9.]*\).*/\1/p" "$1"; }
value() { sed -n "/\"$2\"/,/\"p\"/s/.*\"p\":[[:space:]]*\([-0-9.e]*\).*/\1/p" "$1"; }
works 1 generate -generator_type gaussian -grid_n 16,16 -data_cov_alpha 2 -data_cov_tau 6 -samples 40 -seed 1 -out a.h5
works 1 generate -generator_type gaussian -grid_n 16,16 -data_cov_alpha 3 -data_cov_tau 6 -samples 40 -seed 2 -out b.h5
for n in 1 2; do
  works $n evaluate -data a.h5 -samples b.h5 -out report$n -permutations 9 -judge -judge_steps 40 -judge_local_dilations 1,1
  grep -q 'fields told apart by a network' ../out || wrong "no table on the terminal"
  [ -s report$n.surest.png ] || wrong "no picture"
done
[ "$(right report1.json sets)" = "$(right report2.json sets)" ] || wrong "ranks differ: $(right report1.json sets), $(right report2.json sets)"
awk "BEGIN { exit !($(right report1.json sets) >= 0.9 && $(value report1.json control) > 0.001) }" ||
  wrong "right $(right report1.json sets), control p $(value report1.json control)"
works 1 evaluate -data a.h5 -samples b.h5 -out patches -permutations 9 -judge -judge_steps 10 -judge_patch 8 -judge_local_dilations 1,1 -judge_control false
grep -q 'of 4 patches a field' ../out || wrong "no line for patches"
refused 1 'too few to learn from' evaluate -data a.h5 -samples b.h5 -fields 1 -out few -permutations 9 -judge
finish
