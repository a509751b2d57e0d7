#!/bin/sh
# kill_resume.sh SOURCE BUILD [TRIALS [SEED]]: kill -9 at random moments of generate, sample, posterior and train, on 1, 2 and 3 ranks: all ranks at
# once, one of them, or mpirun.  The same command with -resume, killed again up to twice, then left alone, must end in the bits of a run that was
# left alone, in a sealed file, with nothing beside it.  Told in one line a trial and one of all.
. "$1/tests/program.sh"
mkdir "$folder/tmp"
export TMPDIR="$folder/tmp" # Open MPI's own files: runs of others, killed or not, must not take them away
export OMPI_MCA_mpi_yield_when_idle=1 # the machine may have other work
trials=${3:-60}
seed=${4:-1}
patience=200
random() { # random N: drawn is one of 0 ... N - 1
  seed=$(((seed * 1103515245 + 12345) % 2147483648))
  drawn=$((seed / 65536 % $1))
}
works 1 generate -generator_type gaussian -grid_n 16,16 -data_cov_alpha 4 -samples 8 -out "$folder/fields.h5"
works 1 observe -data "$folder/fields.h5" -obs_every 4 -out "$folder/data.csv"

command_of() { # times are a second or so; what is written is little
  case $1 in
    0) echo generate -generator_type navierstokes -grid_n 16,16 -ns_time 0.5 -ns_force_band 4 -ns_refine 1 -samples 200 ;;
    1) echo sample -score_type gaussian -grid_n 32,32 -sampler_evaluations 30 -samples 150 ;;
    2) echo posterior -score_type gaussian -grid_n 16,16 -obs_data "$folder/data.csv" -posterior_particles 8 -ranks_per_field 1 -samples 196 ;;
    3) echo train -data "$folder/fields.h5" -fno_width 8 -fno_depth 2 -fno_modes 4 -fno_hidden 8 -train_batch 2 -train_steps 150 -train_every 30 ;;
  esac
}
bits_of() { # the arrays alone: attributes have the date and the command, a training's history its seconds
  h5dump -A 0 "$1" | awk 'NR > 1 { at = match($0, /[^ ]/); if ($0 ~ /DATASET "history"/) skip = at; if (!skip) print; if (skip == at && $0 ~ /^ *}$/) skip = 0 }' | cksum
}
now() { date +%s%N | sed 's/.......$//'; }             # hundredths of a second

# alone WHAT RANKS: the run that is left alone, once: its bits, how long it takes.
alone() {
  [ ! -e "$folder/bits.$1.$2" ] || return 0
  begin=$(now)
  # shellcheck disable=SC2046
  works "$2" $(command_of "$1") -out "$folder/alone.h5" -overwrite -quiet
  [ "$failures" = 0 ] || exit 1
  echo $(($(now) - begin)) >"$folder/time.$1.$2"
  bits_of "$folder/alone.h5" >"$folder/bits.$1.$2"
}

# Its state is read once: between two looks this shell may take a dead child off the list of processes.
ended() {
  state=$(sed 's/.*) \(.\).*/\1/' "/proc/$1/stat" 2>/dev/null)
  [ -z "$state" ] || [ "$state" = Z ]
}
# within SECONDS PROCESS: waits for its end that long, no longer
within() {
  tries=0
  while ! ended "$2" && [ $tries -lt $(($1 * 10)) ]; do sleep 0.1 && tries=$((tries + 1)); done
  ended "$2"
}
# killed WHAT RANKS HOW MOMENT: the command with -resume, killed after so many hundredths of a second.  What has not ended a minute later hangs.
killed() {
  # shellcheck disable=SC2046
  if [ "$2" = 1 ]; then "$build/karhunen" $(command_of "$1") -out x.h5 -resume -quiet >../out 2>../err </dev/null & else
    sh "$source/tests/mpi.sh" "$2" "$build/karhunen" $(command_of "$1") -out x.h5 -resume -quiet >../out 2>../err </dev/null &
  fi
  pid=$!
  sleep $(($4 / 100)).$(printf %02d $(($4 % 100)))
  children=$(pgrep -P $pid | tr '\n' ' ')
  case $3 in
    rank) kill -9 ${children%% *} 2>/dev/null || kill -9 $pid 2>/dev/null ;;
    mpirun) kill -9 $pid 2>/dev/null ;;
    # shellcheck disable=SC2086
    *) kill -9 $pid $children 2>/dev/null ;;
  esac
  if ! within 60 $pid; then
    if [ "$2" = 1 ]; then hung=yes; else hung=mpirun; fi
    # shellcheck disable=SC2086
    for one in $children; do if ! ended "$one"; then hung=yes; fi; done
    # shellcheck disable=SC2086
    for one in $pid $children; do echo "hangs: $(ps -o pid=,ppid=,stat=,wchan:24=,etimes=,args= -p "$one" | cut -c 1-150) $(cat "/proc/$one/stack" 2>/dev/null | head -4 | tr '\n' ' ')"; done
    # shellcheck disable=SC2086
    kill -9 $pid $children 2>/dev/null
  fi
  wait $pid 2>/dev/null
  for child in $children; do
    within 10 "$child" || wrong "a rank outlives the others by 10 s"
    kill -9 "$child" 2>/dev/null
  done
}

trial=0 same=0 kills=0 kept=0 improper=0 launcher=0
while [ $trial -lt "$trials" ]; do
  random 4 && what=$drawn
  random 3 && ranks=$((drawn + 1))
  random 3 && more=$((drawn + 1)) how= hung=
  alone "$what" $ranks
  rm -rf ./*
  while [ $more -gt 0 ]; do
    more=$((more - 1)) kills=$((kills + 1)) by=all
    random 5
    if [ $ranks != 1 ] && [ "$drawn" = 0 ]; then by=rank; fi
    if [ $ranks != 1 ] && [ "$drawn" = 1 ]; then by=mpirun; fi
    random $(($(cat "$folder/time.$what.$ranks") + 5))
    killed "$what" $ranks $by "$drawn"
    how="$how $by after $drawn"
  done
  # shellcheck disable=SC2046
  run $ranks $(command_of "$what") -out x.h5 -resume -quiet
  if [ "$status" != 0 ] && grep -q 'exiting improperly' ../err; then # Open MPI's issue 7833: it misses the end of a rank, once in some hundred runs
    improper=$((improper + 1))
    # shellcheck disable=SC2046
    run $ranks $(command_of "$what") -out x.h5 -resume -quiet
  fi
  verdict=same
  if [ "$hung" = mpirun ]; then launcher=$((launcher + 1)); fi # all ranks are gone, and mpirun has not noticed
  if [ "$hung" = yes ]; then verdict="hangs for a minute after a kill"
  elif [ "$status" != 0 ]; then verdict="ends with status $status: $(cat ../err)"
  elif [ "$(bits_of x.h5)" != "$(cat "$folder/bits.$what.$ranks")" ]; then verdict="other bits"
  elif ! "$build/karhunen" verify x.h5 >/dev/null 2>&1; then verdict="a file that is not whole"
  elif [ "$(ls)" != x.h5 ]; then verdict="leaves $(ls | tr '\n' ' ')"
  else same=$((same + 1)); fi
  if grep -Eq 'whole and kept|goes on after' ../out; then kept=$((kept + 1)); fi
  echo "trial $trial: $(command_of "$what" | cut -d ' ' -f 1), $ranks ranks, killed ($how): $verdict: $(grep -e -resume ../out)"
  trial=$((trial + 1))
done
echo "kill and resume: $same of $trials trials end in the same bits; $kills kills, $kept went on with work of before; mpirun missed the end of a rank $improper times, and hung itself $launcher times"
[ "$same" = "$trials" ] && [ "$failures" = 0 ]
