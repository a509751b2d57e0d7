#!/bin/sh
# karhunen plan: memory within 15 % of the peak of the run itself, at full size and from smaller grids; bytes within 5 % of the file; memory or disk that
# do not suffice are said with the number; nothing is left behind; what is refused is refused as by the command.
. "$1/tests/program.sh"
mkdir "$folder/tmp"
export TMPDIR="$folder/tmp"
cat >../peak.py <<'PY'
import os, resource, sys
out = os.open("../run", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
pid = os.fork()
if pid == 0:
    os.dup2(out, 1)
    os.execv(sys.argv[1], sys.argv[1:])
status, used = os.wait4(pid, 0)[1:]
print(status, 1024 * used.ru_maxrss)
PY
cat >../look.py <<'PY'
import os, re, sys
unit = {"bytes": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3, "TiB": 1024**4}
text, status, peak, file = open("../plan").read(), *map(int, sys.argv[1:3]), sys.argv[3]
def bytes_of(word):
    m = re.search(r"^%s +([0-9.e+]+) (\w+)" % word, text, re.M)
    return float(m[1]) * unit[m[2]]
assert status == 0, "the run fails"
memory = bytes_of("memory of a rank")
assert abs(memory / peak - 1) < 0.15, f"planned {memory:.4g}, measured {peak}"
if file != "-":
    written, size = bytes_of("to be written"), os.path.getsize(file)
    assert abs(written / size - 1) < 0.05, f"planned {written:.4g} bytes, written {size}"
print("%s: planned %.1f MiB, measured %.1f" % (" ".join(sys.argv[4:8]), memory / 2**20, peak / 2**20))
PY
# within FILE ARGUMENTS...
within() {
  file=$1
  shift
  works 1 plan "$@" -out out.h5
  cp ../out ../plan
  # shellcheck disable=SC2046
  /usr/bin/python3 ../look.py $(/usr/bin/python3 ../peak.py "$build/karhunen" "$@" -out out.h5 -quiet) "$file" "$@" || { wrong "$*" && cat ../plan; }
  rm -f out.h5
}
within out.h5 sample -score_type gaussian -grid_n 64,64 -samples 40
grep -q '^evaluations  *40 a field' ../plan || wrong "evaluations: $(cat ../plan)"
grep -q '1 2 4 8 16 32 64 share its rows evenly' ../plan || wrong "ranks: $(cat ../plan)"
within out.h5 sample -score_type gaussian -grid_n 1500,1400 -sampler_evaluations 4 # from 750 x 700 and 375 x 350 points
grep -q 'measured on 750 x 700, of 1500 x 1400' ../plan || wrong "not from smaller grids: $(cat ../plan)"
within out.h5 generate -generator_type navierstokes -grid_n 64,64 -ns_time 0.05 -samples 3
works 1 generate -generator_type gaussian -grid_n 64,64 -data_cov_alpha 4 -samples 24 -out fields.h5
within - train -data fields.h5 -fno_width 8 -fno_depth 2 -fno_modes 8 -train_batch 16 -train_steps 4 -train_warmup 1
within - train -data fields.h5 -fno_width 32 -fno_depth 2 -fno_modes 16 -train_batch 4 -train_steps 6 -train_every 2 -train_warmup 1 # its state counts
works 1 observe -data fields.h5 -obs_every 4 -out data.csv
within out.h5 posterior -score_type gaussian -grid_n 64,64 -data_cov_alpha 4 -posterior_type exact -obs_data data.csv -samples 2
run 1 plan sample -score_type gaussian -grid_n 1048576,1048576 -out out.h5
[ "$status" = 1 ] && grep -Eq '^karhunen: error: plan: 1 ranks need [0-9.]+ TiB and [0-9.]+ .iB are free here' ../err || wrong "memory that does not suffice: $status, $(cat ../err)"
refused 1 'sampel.*sample' plan sample -score_type gaussian -grid_n 64,64 -sampel_type em -out out.h5
refused 1 'give generate, sample, posterior or train' plan evaluate -data fields.h5
refused 1 'plan a level at a time' plan train -data fields.h5 -train_levels 2 -out out.h5
refused 2 'plan is one process' plan sample -score_type gaussian -grid_n 64,64
[ -z "$(ls -A "$folder/tmp")" ] || wrong "it leaves $(ls "$folder/tmp")"
finish
