#!/bin/sh
# evaluate -memory: samples that are training fields are copies, all nearer than any of the reference; samples of other seeds are not, p > 0.001
# (false alarms 0.001, fixed seeds); alike on 1 and 3 ranks.
# -memory_patch: samples of which 6 in 24 hold a region of a training field, shifted, mirrored with its sign, turned, with noise of 2 %, at other points than
# the patches' are told, each with the field it is of; the same samples without it are not (false alarms 0.01 by the count, 0.005 by the AUC, fixed seeds).
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
grep -q measuring ../err && wrong "it measures before it finds that a file is missing"

if /usr/bin/python3 -c 'import h5py' 2>/dev/null; then
  smooth="-generator_type gaussian -grid_n 32,32 -data_cov_type matern -data_cov_alpha 2 -data_cov_tau 12"
  # shellcheck disable=SC2086
  for s in few:15:11 apart:48:12 clean:24:13; do
    rest=${s#*:}
    works 1 generate $smooth -samples "${rest%:*}" -seed "${rest#*:}" -out "${s%%:*}.h5"
  done
  /usr/bin/python3 - <<'E' || wrong "no copies were made"
import h5py, numpy as np
train, x, rng = h5py.File("few.h5")["field"][:], h5py.File("clean.h5")["field"][:], np.random.default_rng(3)
for i in range(6):
    y = np.roll(train[2 * i + 1], rng.integers(32, size=2), (0, 1))[:15, :15]
    y = np.rot90(-y[:, ::-1] if i % 2 else y, i)
    r, c = rng.integers(17, size=2)
    x[i * 3 + 2, r:r + 15, c:c + 15] = y + 0.02 * y.std() * rng.standard_normal(y.shape)
h5py.File("pasted.h5", "w")["field"] = x
E
  of="-memory few.h5 -memory_fields 24 -memory_reference 48 -memory_patch 8 -evaluate_flow -permutations 9"
  # shellcheck disable=SC2086
  {
    works 2 evaluate -data apart.h5 -samples pasted.h5 $of -out pasted
    grep -q 'samples hold copies of patches' ../out || wrong "copied patches are not found: $(grep -A 5 'nearest patches' ../out)"
    /usr/bin/python3 -c "
import json
m = json.load(open('pasted.json'))['memory_patches']
who = [m['samples_nearest'][3 * i + 2] for i in range(6)]
assert who == [2 * i + 1 for i in range(6)] and m['samples_nearer_than_any_of_the_reference'] == 6 and m['p'] < 1e-3, m" 2>../err ||
      wrong "copied patches: $(tail -1 ../err)"
    works 1 evaluate -data apart.h5 -samples clean.h5 $of -out clean
    grep -q 'no copies are told; those in 5 of the 24' ../out || wrong "patches that are not copied: $(grep -A 5 'nearest patches' ../out)"
  }
  refused 1 'memory_patch 40' evaluate -data apart.h5 -samples clean.h5 -memory few.h5 -memory_patch 40 -permutations 9 -out no
  grep -q measuring ../err && wrong "it measures before it finds that a patch is too large"
  refused 1 'memory_patch' evaluate -data apart.h5 -samples clean.h5 -memory_patch 8 -permutations 9 -out no
fi
finish
