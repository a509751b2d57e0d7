#!/bin/sh
# -max_time and SIGTERM end validate within its rows: exit status 3, no file, and it says how far it came.  A set of generate that stopped goes on
# with -first: its fields are those of one run.
. "$1/tests/program.sh"

for ranks in 1 2; do
  patience=30
  run $ranks validate -grid_n 64 -samples 100000 -max_time 1 -out v -quiet
  [ "$status" != 0 ] && grep -q '^stopped: .* rows' ../out || wrong "on $ranks: validate ends with $status and does not say that it was stopped"
  [ $ranks != 1 ] || [ "$status" = 3 ] || wrong "validate that was stopped ends with $status, not 3"
  [ ! -e v.json ] || wrong "validate that was stopped leaves a file"
done
"$build/karhunen" validate -grid_n 64 -samples 100000 -quiet >../out 2>../err &
pid=$!
sleep 1
kill -TERM $pid
status=0
wait $pid || status=$?
[ "$status" = 3 ] || wrong "validate that gets SIGTERM ends with $status, not 3"

make="generate -generator_type gaussian -grid_n 8,8 -data_cov_alpha 4"
# shellcheck disable=SC2086
works 1 $make -samples 5 -out all.h5
# shellcheck disable=SC2086
works 1 $make -samples 2 -first 3 -out last.h5
h5dump -d /field -s 3,0,0 -c 2,8,8 all.h5 | grep -E '^ *\([0-9]+,' | sed 's/^.*: //' | tr -d ' ,\n' >../first
h5dump -d /field last.h5 | grep -E '^ *\([0-9]+,' | sed 's/^.*: //' | tr -d ' ,\n' >../second
[ -s ../first ] && cmp -s ../first ../second || wrong "-first 3 gives other fields than samples 3 and 4"
finish
