#!/bin/sh
# SIGINT or SIGTERM in the midst of generate, train and sample: what is there afterwards is whole (verify), and no part or lock is left.
# Training leaves a state that -resume ends.
. "$1/tests/program.sh"

tiny="-fno_width 8 -fno_depth 2 -fno_modes 4 -fno_hidden 8 -train_batch 2"

# stopped SIGNAL FILE ARGUMENT...: on one rank, a signal as soon as FILE.part is there and a moment has passed.
stopped() {
  signal=$1 file=$2
  shift 2
  "$build/karhunen" "$@" -out "$file" >../out 2>../err &
  pid=$!
  tries=0
  while [ ! -e "$file.part" ] && [ $tries -lt 300 ] && kill -0 $pid 2>/dev/null; do
    sleep 0.1
    tries=$((tries + 1))
  done
  sleep 0.5
  kill -s "$signal" $pid 2>/dev/null
  (sleep 120 && kill -9 $pid) >/dev/null 2>&1 & # not holding the test runner's pipe open
  guard=$!
  status=0
  wait $pid || status=$?
  kill $guard 2>/dev/null
  if [ "$status" != 3 ]; then
    wrong "$signal: $1 ends with status $status, not 3"
    cat ../out ../err
  fi
  if [ -e "$file.part" ] || [ -e "$file.lock" ]; then wrong "$signal: $1 leaves" $(ls -A); fi
  if [ -e "$file" ] && ! "$build/karhunen" verify "$file" >../out 2>&1; then
    wrong "$signal: $1 leaves a file that is not whole"
    cat ../out
  fi
}

works 1 generate -generator_type gaussian -grid_n 16,16 -data_cov_alpha 4 -samples 8 -out fields.h5
for signal in INT TERM; do
  stopped $signal generated.$signal.h5 generate -generator_type navierstokes -grid_n 32,32 -samples 100000
  stopped $signal sampled.$signal.h5 sample -score_type gaussian -grid_n 64,64 -samples 1000000
  stopped $signal model.$signal.h5 train -data fields.h5 $tiny -train_steps 1000000
  if [ -e model.$signal.h5 ]; then wrong "training that was stopped leaves a model"; fi
  if [ ! -e model.$signal.h5.state ]; then wrong "training that was stopped leaves no state"; fi
done
finish
