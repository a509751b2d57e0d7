# What the scripts bench_*.sh share; sourced by them.  OUT holds one JSON file a case; KARHUNEN_BENCH is the program.
cd "$(dirname "$0")/$(case $0 in */scaling/*) echo ../.. ;; *) echo .. ;; esac)"
out=${OUT:-build/bench}
program=${KARHUNEN_BENCH:-build/karhunen-bench}
python=${PYTHON:-/usr/bin/python3}
mkdir -p "$out"
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1

# bench CASE RANKS THREADS TYPE OPTION...: one case, its figures in $out/CASE.json.
bench() {
  case_=$1 ranks_=$2 threads_=$3 type_=$4
  shift 4
  echo "$case_: karhunen-bench -bench_type $type_ $* ($ranks_ ranks, $threads_ threads)" >&2
  sh tests/mpi.sh "$ranks_" "$program" -bench_type "$type_" -threads "$threads_" "$@" -out "$out/$case_.json" -overwrite >"$out/$case_.txt" 2>&1 ||
    { cat "$out/$case_.txt" >&2 && rm -f "$out/$case_.json"; }
}
# peer CASE SCRIPT ARGUMENT...: the same by a script in Python; no file where its packages are missing.
peer() {
  case_=$1
  shift
  echo "$case_: $*" >&2
  rm -f "$out/$case_.json"
  OMP_NUM_THREADS=2 OPENBLAS_NUM_THREADS=2 "$python" "$@" --out "$out/$case_.json" >"$out/$case_.txt" 2>&1 || tail -n 1 "$out/$case_.txt" >&2
}
# get CASE FIGURE [FACTOR [DIGITS]]: a figure times a factor, or - when it was not measured.
get() {
  value=$(sed -n "s/^[[:space:]]*\"$2\":[[:space:]]*\([^,]*\),\{0,1\}\$/\1/p" "$out/$1.json" 2>/dev/null | head -n 1)
  case $value in
    "" | null) printf -- - ;;
    *) echo "$value ${3:-1} ${4:-3}" | awk '{ printf "%.*g", $3, $1 * $2 }' ;;
  esac
}
# over A B [FACTOR]: A / B times a factor, of two numbers; - where one is.
over() { echo "$1 $2 ${3:-1}" | awk '{ if ($1 == "-" || $2 == "-" || $2 == 0) printf "-"; else printf "%.3g", $1 / $2 * $3 }'; }
# row CELL...: a line of a table in Markdown.  head CELL...: its first two.
row() {
  printf '|'
  printf ' %s |' "$@"
  echo
}
head_() {
  row "$@"
  printf '|'
  for _ in "$@"; do printf -- '---|'; done
  echo
}
