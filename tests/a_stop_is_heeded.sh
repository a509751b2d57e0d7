#!/bin/sh
# -max_time and SIGTERM end validate within its rows, generate and train within one long flow, calibrate and posterior within a draw: exit status 3
# (mpirun has its own), no file, and it says what is kept and how to go on.  A set of generate that stopped goes on with -first: its fields are those of
# one run.
. "$1/tests/program.sh"

started() { # process $pid has its signals caught, and a moment to work
  tries=0
  until grep -q '^SigCgt.*4[0-9a-f][0-9a-f]2$' /proc/$pid/status 2>/dev/null || [ $tries = 100 ]; do sleep 0.1 && tries=$((tries + 1)); done
  sleep 0.5
}
for ranks in 1 2; do
  patience=60
  run $ranks validate -grid_n 64 -samples 100000 -max_time 1 -out v -quiet
  [ "$status" != 0 ] && grep -q '^stopped: .* rows' ../out || wrong "on $ranks: validate ends with $status and does not say that it was stopped"
  [ $ranks != 1 ] || [ "$status" = 3 ] || wrong "validate that was stopped ends with $status, not 3"
  [ ! -e v.json ] || wrong "validate that was stopped leaves a file"
done
"$build/karhunen" validate -grid_n 64 -samples 100000 -quiet >../out 2>../err &
pid=$!
started
kill -TERM $pid
status=0
wait $pid || status=$?
[ "$status" = 3 ] || wrong "validate that gets SIGTERM ends with $status, not 3"

# stopped RANKS TEXT ARGUMENT...: ends by itself, says "stopped: TEXT" (a grep -E pattern), leaves nothing
stopped() {
  ranks=$1 text=$2
  shift 2
  before=$(ls -A)
  run "$ranks" "$@"
  [ "$status" != 0 ] && [ "$status" != 124 ] || wrong "on $ranks: $* : exit status $status"
  [ "$ranks" != 1 ] || [ "$status" = 3 ] || wrong "$* : exit status $status, not 3"
  grep -Eq "^stopped: ($text)" ../out || { wrong "on $ranks: $* : does not say '$text'" && cat ../out ../err; }
  [ "$(ls -A)" = "$before" ] || wrong "on $ranks: $* : leaves" $(ls -A)
}
flow="-generator_type navierstokes -ns_force_band 4 -ns_time 1e6 -quiet"
anew='no file is written, 0 of 3 samples; the same command with -resume goes on'
for ranks in 1 2; do
  # shellcheck disable=SC2086
  stopped $ranks "$anew" generate $flow -samples 3 -max_time 1 -out flow.h5
  grep -Eq '^sample 0, of which [0-9.e-]* % was done, begins anew' ../out || wrong "on $ranks: it does not say how far sample 0 came"
done
# shellcheck disable=SC2086
stopped 1 "$anew" generate $flow -grid_n 16,16,16 -samples 3 -max_time 1 -out flow.h5
# shellcheck disable=SC2086
stopped 2 '0 of 8 fields were read, nothing is kept; the same command begins anew' train $flow -train_fields 8 -max_time 1 -out model.h5
# shellcheck disable=SC2086
"$build/karhunen" generate $flow -samples 3 -out flow.h5 >../out 2>../err &
pid=$!
started
kill -INT $pid
status=0
wait $pid || status=$?
[ "$status" = 3 ] && grep -Eq "^stopped: $anew" ../out || wrong "a flow that gets SIGINT ends with $status: $(cat ../out ../err)"
stopped 1 'nothing is written; the same command begins anew' calibrate -model "$source/examples/models/ns2d.h5" -samples 1000 -sampler_evaluations 100000 -max_time 1 -quiet -out c.h5
printf 'x,y,value,noise\n0.1,0.2,1,0.1\n' >one.csv
for ranks in 1 2; do # within a draw that would take minutes
  stopped $ranks 'no file is written, 0 of 2 runs; the same command with -resume goes on' posterior -score_type gaussian -grid_n 256,256 -obs_data one.csv -posterior_type guided \
    -sampler_evaluations 100000 -samples 2 -max_time 1 -quiet -out given.h5
done
program=karhunen-bench
stopped 1 'the times are of fewer repetitions, no file is written' -bench_type noise -bench_repeat 64 -grid_n 1024,1024 -max_time 1 -out b.json
program=karhunen

make="generate -generator_type gaussian -grid_n 8,8 -data_cov_alpha 4"
# shellcheck disable=SC2086
works 1 $make -samples 5 -out all.h5
# shellcheck disable=SC2086
works 1 $make -samples 2 -first 3 -out last.h5
h5dump -d /field -s 3,0,0 -c 2,8,8 all.h5 | grep -E '^ *\([0-9]+,' | sed 's/^.*: //' | tr -d ' ,\n' >../first
h5dump -d /field last.h5 | grep -E '^ *\([0-9]+,' | sed 's/^.*: //' | tr -d ' ,\n' >../second
[ -s ../first ] && cmp -s ../first ../second || wrong "-first 3 gives other fields than samples 3 and 4"
finish
