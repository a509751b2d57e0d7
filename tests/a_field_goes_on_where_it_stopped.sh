#!/bin/sh
# sample -resume in the middle of a field, of one law and of a cascade, on one rank and on two: after a stop (SIGINT) and after a kill, from the state
# that -state_every keeps, the file has the bits of a run that was not stopped, and no state is left.  A state of another run is refused by name, and
# one that is there is not begun anew without -overwrite.
. "$1/tests/program.sh"
bits_of() { h5dump -A 0 "$1" | tail -n +2 | cksum; }

law="sample -score_type gaussian -grid_n 64,64 -sampler_evaluations 100 -seed 3 -quiet"
octaves="sample -model $source/examples/models/ns2d-cascade.h5 -grid_n 128,128 -sampler_evaluations 8 -seed 3 -quiet"
# ended SIGNAL RANKS FILE ARGUMENT...: by the signal when the state of its field is there.
ended() {
  signal=$1 ranks=$2 file=$3
  shift 3
  if [ "$ranks" = 1 ]; then "$build/karhunen" "$@" -out "$file" -state_every 1e-9 >../out 2>../err &
  else GRACE=5 sh "$source/tests/mpi.sh" "$ranks" "$build/karhunen" "$@" -out "$file" -state_every 1e-9 >../out 2>../err & fi
  pid=$!
  tries=0
  while ! ls "$file".*.state >/dev/null 2>&1 && [ $tries -lt 1000 ] && kill -0 $pid 2>/dev/null; do
    sleep 0.05
    tries=$((tries + 1))
  done
  kill -s "$signal" $pid 2>/dev/null
  status=0
  wait $pid || status=$?
  ls "$file".*.state >/dev/null 2>&1 || wrong "$signal on $ranks: no state is left: $(cat ../out ../err)"
}
# resumed SIGNAL NAME ARGUMENT...: of two fields
resumed() {
  signal=$1 name=$2 file=$2.$1.h5
  shift 2
  works 1 "$@" -samples 2 -out "$name.h5"
  ended "$signal" 1 "$file" "$@" -samples 2
  state=$(ls "$file".*.state)
  if [ "$signal" = INT ]; then
    [ "$status" = 3 ] || wrong "INT: $name ends with status $status, not 3"
    grep -q "the field that was begun" ../out || wrong "INT: $name does not say what it keeps: $(cat ../out)"
    rm -f "$file" # whole samples before it are drawn again
    refused 1 'seed 3 there, 4 here' "$@" -samples 2 -out "$file" -resume -seed 4
  fi
  works 1 info "$state"
  grep -q 'which is being drawn: the same karhunen sample with -resume goes on' ../out || wrong "info does not know $state"
  refused 1 "$state exists, of a field that was not finished" "$@" -samples 2 -out "$file"
  works 1 "$@" -samples 2 -out "$file" -resume
  grep -q -e "-resume: sample [01] goes on where $state has it" ../out || wrong "$signal: $name begins its field anew: $(cat ../out)"
  [ "$(bits_of "$file")" = "$(bits_of "$name.h5")" ] || wrong "$signal: $name has other bits"
  [ "$(echo "$file"*)" = "$file" ] || wrong "$signal: $name leaves $(ls "$file"*)"
}
# shellcheck disable=SC2086
resumed KILL law $law
# shellcheck disable=SC2086
resumed INT octaves $octaves
works 2 $octaves -samples 1 -out two.h5
ended INT 2 cut.h5 $octaves -samples 1
works 2 $octaves -samples 1 -out cut.h5 -resume
grep -q -e '-resume: sample 0 goes on' ../out || wrong "on 2 ranks it begins anew: $(cat ../out)"
[ "$(bits_of cut.h5)" = "$(bits_of two.h5)" ] || wrong "on 2 ranks it has other bits"
ended INT 1 new.h5 $law -samples 1
works 1 $law -samples 1 -out new.h5 -overwrite
[ "$(echo new.h5*)" = new.h5 ] || wrong "-overwrite leaves $(ls new.h5*)"
refused 1 'no state of them is kept' $law -points new.h5 -out p.csv -state_every 1
refused 9 'the 32 planes of the last octave cannot be dealt to 9 ranks: use 3 ranks a field' $octaves -grid_n 32,32 -ranks_per_field 9 -out x.h5
finish
