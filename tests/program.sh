# For claims about the program as a user meets it.  Sourced with SOURCE BUILD as arguments; the work is done in a fresh folder.
source=$(cd "$1" && pwd)
build=$(cd "$2" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/work" "$folder/cache"
cd "$folder/work" || exit 1
export OMPI_MCA_ess_singleton_isolated=1 XDG_CACHE_HOME="$folder/cache" OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
failures=0

wrong() {
  failures=$((failures + 1))
  echo "not so: $*"
}
finish() { [ "$failures" = 0 ]; exit; }

# needs_python MODULE...: sets $python, which has them; without them the test is skipped.
needs_python() {
  python=/usr/bin/python3
  for module in "$@"; do
    "$python" -c "import $module" 2>/dev/null && continue
    echo "SKIPPED: no $python with $module"
    exit 77
  done
}

# run RANKS ARGUMENT...: the program ($program, karhunen when unset), its streams in ../out and ../err, its exit status in $status (124: it hung).
run() {
  ranks=$1
  shift
  status=0
  case $ranks in
    1) timeout -k 5 "${patience:-120}" "$build/${program:-karhunen}" "$@" >../out 2>../err </dev/null || status=$? ;;
    *) timeout -k 5 "${patience:-120}" sh "$source/tests/mpi.sh" "$ranks" "$build/${program:-karhunen}" "$@" >../out 2>../err </dev/null || status=$? ;;
  esac
}
# works RANKS ARGUMENT...
works() {
  run "$@"
  if [ "$status" != 0 ]; then
    wrong "on $* : exit status $status"
    cat ../err
  fi
}
# refused RANKS TEXT ARGUMENT...: one line with TEXT (a grep -E pattern) on stderr, non-zero exit, no file made or lost, no hang.
refused() {
  ranks=$1 text=$2
  shift 2
  before=$(ls -A)
  run "$ranks" "$@"
  lines=$(grep -c '^karhunen: error: ' ../err)
  if [ "$status" = 0 ]; then wrong "on $ranks: $* : exit status 0"; fi
  if [ "$status" = 124 ] || [ "$status" = 137 ]; then wrong "on $ranks: $* : hangs"; fi
  if [ "$lines" != 1 ] || ! grep -Eq "^karhunen: error: .*($text)" ../err; then
    wrong "on $ranks: $* : $lines error lines, expected one with '$text'"
    cat ../err
  fi
  if [ "$(ls -A)" != "$before" ]; then wrong "on $ranks: $* : leaves" $(ls -A); fi
}
