#!/bin/sh
# sh manual.sh FOLDER DATE PROGRAM...: man pages and bash completion, made from what the programs' own -help all prints.
# FOLDER gets man1/NAME.1, completions/NAME and help/NAME.  Where a program does not run (a login node without MPI) there are none.
set -eu
folder=$1 date=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)
export OMPI_MCA_ess_singleton_isolated=1 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 ASAN_OPTIONS=detect_leaks=0
if [ "$(id -u)" = 0 ]; then export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1; fi
rm -rf "$folder"
mkdir -p "$folder/man1" "$folder/completions" "$folder/help"

for program; do
  name=${program##*/}
  if ! "$program" -help all >"$folder/help/$name" 2>"$folder/help/$name.log" </dev/null; then
    echo "manual: $program does not run here, so there are no man pages" >&2
    rm -rf "$folder/man1" "$folder/completions"
    exit 0
  fi
  for command in $(sed -n '/^karhunen: \|^karhunen [0-9]/,$ s/^  \([a-z]\{1,\}\)  .*/\1/p' "$folder/help/$name"); do
    "$program" "$command" -help all >"$folder/help/$name-$command" 2>>"$folder/help/$name.log" </dev/null
  done
  rm "$folder/help/$name.log"
done
cd "$folder"
version=$(sed -n 's/^karhunen \([0-9.]*\).*/\1/p' help/karhunen)
for page in help/*; do
  awk -v name="${page#help/}" -v date="$date" -v version="$version" -f "$here/manual.awk" "$page" >"man1/${page#help/}.1"
done
awk -f "$here/completion.awk" help/* >completions/karhunen
if [ -e help/karhunen-bench ]; then ln -sf karhunen completions/karhunen-bench; fi
