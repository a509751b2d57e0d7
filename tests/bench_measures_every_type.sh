#!/bin/sh
# Every type of bench runs and writes its six figures; bytes counted in MPI's calls are the formula's, the same on every grid; the roofline
# draws what was counted and refuses a file that is none.
. "$(dirname "$0")/program.sh"
program=karhunen-bench
figure() { sed -n "s/^[[:space:]]*\"$2\":[[:space:]]*\([^,]*\),\{0,1\}\$/\1/p" "$1"; }

for grid in 16,16 40,24; do
  name=$(echo $grid | tr , x)
  works 2 -bench_type fno -grid_n $grid -fno_modes 4 -fno_exchange modes -bench_repeat 1 -out fno-$name.json
  grep -q "equal to what was sent" ../out || wrong "$grid: $(grep 'bytes sent:' ../out)"
done
[ "$(figure fno-16x16.json bytes_sent_per_rank)" = 26880 ] || wrong "sent $(figure fno-16x16.json bytes_sent_per_rank) bytes, not 8 x 28 x 240 / 2"
figure fno-16x16.json error | awk '{ exit !($1 > 0 && $1 < 1e-5) }' || wrong "relative error $(figure fno-16x16.json error)"
works 1 -bench_type train -grid_n 16,16 -fno_modes 4 -bench_repeat 1 -out train.json
for type in noise field navierstokes; do
  works 1 -bench_type $type -grid_n 32,32 -bench_repeat 1 -out $type.json
done
works 2 -bench_type field -bench_precision float -grid_n 32,32 -bench_repeat 1 -out single.json
figure single.json error | awk '{ exit !($1 > 0 && $1 < 1e-6) }' || wrong "the field in single precision is off by $(figure single.json error)"
works 2 -bench_type navierstokes -bench_scheme cn -grid_n 32,32 -bench_repeat 1 -out cn.json
figure noise.json error | awk '{ exit !($1 > 0 && $1 < 1e-13) }' || wrong "the plain loop's noise differs by $(figure noise.json error)"
for file in *.json; do
  for name in seconds baseline_seconds ratio bytes_sent_per_rank peak_bytes_per_rank error; do
    [ -n "$(figure $file $name)" ] || wrong "$file has no $name"
  done
done
works 2 -bench_type octave -grid_n 32,32 -bench_repeat 1 -out octave.json
# of a rank: three transforms of 32 x 17 x 2 numbers, 8 bytes each, half of its share; 2 x 6 rows of 32 points and 5 channels
[ "$(figure octave.json bytes_sent_per_rank)" = $((3 * 32 * 17 * 2 * 8 / 4 + 2 * 6 * 32 * 5 * 4)) ] ||
  wrong "an octave sent $(figure octave.json bytes_sent_per_rank) bytes"
works 2 -bench_type file -grid_n 32,32 -bench_repeat 1 -out file.json
# no share of a slow sgemm: kernels of 2004 are several times slower than AVX2
if grep -q avx2 /proc/cpuinfo; then
  export OPENBLAS_CORETYPE=Prescott
  works 1 -bench_type net -net_type local -grid_n 64,64 -bench_repeat 3 -out slow.json
  unset OPENBLAS_CORETYPE
  grep -q "kernels Prescott) is slower than these products" ../out || wrong "a slow sgemm is believed"
  [ -z "$(figure slow.json cpu_share_of_sgemm)" ] || wrong "a share of $(figure slow.json cpu_share_of_sgemm) is printed"
fi
works 1 -bench_type roofline -bench_cases fno-16x16.json,noise.json,field.json -bench_plot roof.png
[ -s roof.png ] || wrong "no picture of the roofline"
refused 1 "train.json: not a case with" -bench_type roofline -bench_cases train.json
refused 1 "fno_widht" -bench_type fno -fno_widht 3
finish
