#!/bin/sh
# evaluate -memory: samples that are training fields are copies, all nearer than any of the reference; samples of other seeds are not, p > 0.001
# (false alarms 0.001, fixed seeds); alike on 1 and 3 ranks.
. "$1/tests/program.sh"
for s in train:60:1 held:20:2 fresh:20:3; do
  rest=${s#*:}
  works 1 generate -generator_type gaussian -grid_n 16,16 -data_cov_tau 4 -samples "${rest%:*}" -seed "${rest#*:}" -out "${s%%:*}.h5"
done
value() { sed -n "/\"memory\"/,/\"$2\"/s/.*\"$2\":[[:space:]]*\([-0-9.e]*\).*/\1/p" "$1"; }
for n in 1 3; do
  works $n evaluate -data held.h5 -samples train.h5 -memory train.h5 -memory_fields 20 -permutations 9 -out copies$n
  grep -q '20 samples nearer than any field of the reference' ../out || wrong "copies are not found"
  works $n evaluate -data held.h5 -samples fresh.h5 -memory train.h5 -permutations 9 -out fresh$n
done
awk "BEGIN { exit !($(value copies1.json p) < 1e-10 && $(value copies1.json auc) == 0 && $(value fresh1.json p) > 0.001) }" ||
  wrong "copies p $(value copies1.json p), AUC $(value copies1.json auc), fresh p $(value fresh1.json p)"
[ "$(value fresh1.json auc)" = "$(value fresh3.json auc)" ] || wrong "ranks differ"
refused 1 'missing.h5' evaluate -data held.h5 -samples fresh.h5 -memory missing.h5 -permutations 9 -out no
finish
