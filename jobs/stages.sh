# Sourced by jobs/train_*.sh at the top of the repository, with $ranks, $out and $training set: builds the program and runs it in
# stages.  A stage whose output exists is skipped; a training run that was stopped goes on where it was.
sh jobs/install-packages.sh
cmake -S . -B build >/dev/null
cmake --build build -j "$(env -u OMP_NUM_THREADS nproc)" --target karhunen-cli
mkdir -p "$out"

karhunen() { GRACE=5 sh tests/mpi.sh "$ranks" build/karhunen "$@"; }
# make FILE COMMAND...: unless FILE exists.
make() {
  if [ -e "$1" ]; then echo "$1 exists: kept"; else shift && "$@"; fi
}
# train FILE DATA OPTIONS...: a model of the fields in DATA, with the options in $training too.
train() {
  file=$1 data=$2
  shift 2
  resume=
  if [ -e "$file.state" ]; then resume=-resume; fi
  # shellcheck disable=SC2086
  make "$file" karhunen train -data "$data" -out "$file" $training $resume "$@"
}
