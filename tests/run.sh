#!/bin/sh
# sh tests/run.sh [--long] [CTEST OPTIONS]: installs missing packages, builds into build/, runs every test.  The last line counts them.
# --long: then the trials of tests/faults/ at length too, hundreds of kills, full disks, signals, turned bits and mutated files: an hour or more.
set -eu
cd "$(dirname "$0")/.."
jobs=$(env -u OMP_NUM_THREADS nproc)
long=
if [ "${1:-}" = --long ]; then
  long=yes
  shift
fi

finish() { # PASSED FAILED SKIPPED
  if [ "$3" -gt 0 ]; then echo "$1 passed, $2 failed, $3 skipped"; else echo "$1 passed, $2 failed"; fi
  [ "$2" -eq 0 ] && [ "$1" -gt 0 ]
  exit
}
before() { # WHAT COMMAND...: what must succeed before there is anything to count
  what=$1
  shift
  if ! "$@"; then
    echo "tests/run.sh: $what failed" >&2
    finish 0 1 0
  fi
}

before "installing packages" sh jobs/install-packages.sh checkers
before "cmake" cmake -S . -B build -DKARHUNEN_WERROR=ON -DKARHUNEN_TESTS=ON
before "the build" cmake --build build -j "$jobs"

export XDG_CACHE_HOME="$PWD/build/cache" OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
mkdir -p "$XDG_CACHE_HOME"
ctest --test-dir build -j "$jobs" --output-on-failure "$@" 2>&1 | tee build/ctest.log || :

count() { grep -cE "^ *[0-9]+/[0-9]+ Test +#[0-9]+: .*$1" build/ctest.log || :; }
all=$(count '')
passed=$(count ' Passed ')
skipped=$(count '[*]Skipped ')
grep -E '[*]Skipped ' build/ctest.log | sed 's/.*: \([^ ]*\) .*/skipped: \1/' || :
failed=$((all - passed - skipped))
at_length() { # SCRIPT TRIALS: one of tests/faults/, counted as a test; its last line is shown
  status=0
  log=build/$(basename "$1").log
  sh "tests/faults/$1" . build ${2:+"$2"} >"$log" 2>&1 || status=$?
  case $status in
    0) passed=$((passed + 1)) ;;
    77) skipped=$((skipped + 1)) && echo "skipped: $1 at length" ;;
    *) failed=$((failed + 1)) && echo "failed: $1 at length, see $log" ;;
  esac
  tail -n 1 "$log"
}
if [ -n "$long" ]; then
  at_length kill_resume.sh 200
  at_length full_disk.sh 60
  at_length signals.sh 60
  at_length bits.sh 500
  at_length mutate.sh 2000
  at_length slurm.sh ""
  at_length ../a_report_is_one_page.sh "" # in Chromium
fi
finish "$passed" "$failed" "$skipped"
