#!/bin/sh
# sh tests/run.sh [CTEST OPTIONS]: installs missing packages, builds into build/, runs every test.  The last line counts them.
set -eu
cd "$(dirname "$0")/.."
jobs=$(env -u OMP_NUM_THREADS nproc)

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
finish "$passed" $((all - passed - skipped)) "$skipped"
