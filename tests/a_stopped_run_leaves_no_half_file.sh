#!/bin/sh
# SIGINT or SIGTERM in the midst of generate, train and sample: what is there afterwards is whole (verify), and no part or lock is left.
# Training leaves a state that -resume ends.  So it is on two ranks after a Ctrl-C at mpirun; what a killed run leaves
# is gone on with by -resume (a_run_goes_on_where_it_was_killed.sh), removed by -overwrite, and not lost without either.
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

# under_mpirun SIGNAL FILE ARGUMENT...: two ranks; the signal goes to mpirun when the file has grown for a moment.
under_mpirun() {
  signal=$1 file=$2
  shift 2
  GRACE=5 sh "$source/tests/mpi.sh" 2 "$build/karhunen" "$@" -out "$file" >../out 2>../err &
  pid=$!
  tries=0
  while [ ! -e "$file.part" ] && [ $tries -lt 300 ] && kill -0 $pid 2>/dev/null; do
    sleep 0.1
    tries=$((tries + 1))
  done
  sleep 2
  kill -s "$signal" $pid 2>/dev/null
  status=0
  wait $pid || status=$?
}
under_mpirun INT interrupted.h5 generate -generator_type gaussian -grid_n 32,32 -data_cov_alpha 4 -samples 1000000
[ "$status" != 0 ] || wrong "a Ctrl-C at mpirun does not stop it"
if ! [ -e interrupted.h5 ] || [ -e interrupted.h5.part ] || [ -e interrupted.h5.lock ]; then wrong "a Ctrl-C at mpirun leaves" $(ls -A); fi
works 1 verify interrupted.h5

"$build/karhunen" generate -generator_type gaussian -grid_n 32,32 -data_cov_alpha 4 -samples 2000000 -out killed.h5 >../out 2>../err &
pid=$!
sleep 3
kill -KILL $pid
wait $pid
if ! [ -e killed.h5.part ] || ! [ -e killed.h5.lock ]; then wrong "the run to be killed had not begun:" $(ls -A); fi
run 1 generate -generator_type gaussian -grid_n 32,32 -data_cov_alpha 4 -samples 4 -out killed.h5
if [ "$status" != 1 ] || ! grep -Eq 'killed.h5.part holds [0-9]+ whole samples of a run that was killed' ../err || ! [ -e killed.h5.part ]; then wrong "the work of a killed run is lost:" $(ls -A) "$(cat ../err)"; fi
works 1 generate -generator_type gaussian -grid_n 32,32 -data_cov_alpha 4 -samples 4 -out killed.h5 -overwrite
if [ -e killed.h5.part ] || [ -e killed.h5.lock ]; then wrong "what a killed run left is there after the next:" $(ls -A); fi
works 1 verify killed.h5
finish
