#!/bin/sh
# signals.sh SOURCE BUILD [TRIALS [SEED]]: SIGINT, SIGTERM and SIGUSR1 at random moments of generate, sample, train, validate and calibrate.
# A trial is good when the run ends within 10 s, with status 3 and the word that it was stopped, or 0 when it was over; when what has its name is
# whole; and when neither a part nor a lock is left.  Told in one line a trial and one of all.
. "$1/tests/program.sh"
mkdir "$folder/tmp"
export TMPDIR="$folder/tmp" # Open MPI's own files
trials=${3:-60}
seed=${4:-1}
random() { # random N: drawn is one of 0 ... N - 1
  seed=$(((seed * 1103515245 + 12345) % 2147483648))
  drawn=$((seed / 65536 % $1))
}
works 1 generate -generator_type gaussian -grid_n 16,16 -data_cov_alpha 4 -samples 8 -out "$folder/fields.h5"
works 1 generate -generator_type gaussian -grid_n 16,16 -data_cov_alpha 4 -samples 8 -seed 1 -out "$folder/others.h5"
tiny="-fno_width 4 -fno_depth 1 -fno_modes 4 -fno_hidden 4 -train_batch 2"
# shellcheck disable=SC2086
works 1 train -data "$folder/fields.h5" $tiny -train_steps 5 -out "$folder/model.h5" -quiet
[ "$failures" = 0 ] || exit 1
command_of() { # each would run for minutes
  case $1 in
    0) echo generate -generator_type navierstokes -grid_n 32,32 -samples 100000 -out x.h5 ;;
    1) echo sample -score_type gaussian -grid_n 64,64 -samples 1000000 -out x.h5 ;;
    2) echo train -data "$folder/fields.h5" $tiny -train_steps 10000000 -out x.h5 ;;
    3) echo validate -grid_n 64 -samples 1000000 -out x ;;
    4) echo calibrate -model "$folder/model.h5" -samples 1000000 -out x.h5 ;;
  esac
}
trial=0 good=0
while [ $trial -lt "$trials" ]; do
  random 5 && what=$drawn
  random 3
  case $drawn in 0) signal=INT ;; 1) signal=TERM ;; 2) signal=USR1 ;; esac
  random 25 && moment=$((drawn + 8)) # tenths of a second; before 0.8 s MPI may not have begun
  rm -rf ./*
  # shellcheck disable=SC2046
  "$build/karhunen" $(command_of $what) -quiet >../out 2>../err </dev/null &
  pid=$!
  sleep $((moment / 10)).$((moment % 10))
  begin=$(date +%s)
  kill -s $signal $pid 2>/dev/null
  tries=0
  while kill -0 $pid 2>/dev/null && [ $tries -lt 300 ]; do sleep 0.1 && tries=$((tries + 1)); done
  verdict=good
  if kill -9 $pid 2>/dev/null; then verdict="goes on for 30 s"; fi
  status=0
  wait $pid 2>/dev/null || status=$?
  took=$(($(date +%s) - begin))
  if [ "$verdict" = good ] && [ $took -gt 10 ]; then verdict="takes $took s to end"; fi
  case $status in
    0) ;;
    3) grep -q '^stopped: ' ../out || verdict="does not say that it was stopped" ;;
    *) [ "$verdict" != good ] || verdict="ends with status $status: $(cat ../err)" ;;
  esac
  for file in *.h5 *.state; do
    if [ -e "$file" ] && ! "$build/karhunen" verify "$file" >/dev/null 2>&1; then verdict="$file is not whole"; fi
  done
  if ls | grep -Eq 'part|lock'; then verdict="$verdict; leaves $(ls | tr '\n' ' ')"; fi
  if [ "$verdict" = good ]; then good=$((good + 1)); fi
  echo "trial $trial: $(command_of $what | cut -d ' ' -f 1-4), $signal after $moment tenths: status $status, $verdict: $(grep '^stopped' ../out | tail -1)"
  trial=$((trial + 1))
done
echo "signals: $good of $trials trials end at once and leave what is whole"
[ "$good" = "$trials" ] && [ "$failures" = 0 ]
