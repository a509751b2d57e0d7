#!/bin/sh
# A covariance of one's own is built against an installed library by pkg-config alone, outside the source tree; it is chosen by -cov_type, and
# the help and the error for a wrong name list it.
. "$1/tests/program.sh"

cmake --install "$build" --prefix "$folder/prefix" >/dev/null || wrong "it does not install"
pc=$(find "$folder/prefix" -name karhunen.pc)
export PKG_CONFIG_PATH="${pc%/*}"
sanitize=$(sed -n 's/^KARHUNEN_SANITIZE:STRING=\(..*\)/-fsanitize=\1/p' "$build/CMakeCache.txt")
cp "$source/examples/add_a_covariance.c" mine.c
# shellcheck disable=SC2046,SC2086
mpicc -Wall -Werror $sanitize $(pkg-config --cflags karhunen) mine.c -o mine $(pkg-config --libs karhunen) || wrong "it does not build"
for header in "$folder"/prefix/include/karhunen/impl/*.h; do
  echo "#include <karhunen/impl/${header##*/}>" >header.c
  # shellcheck disable=SC2046
  mpicc -Wall -Werror -fsyntax-only $(pkg-config --cflags karhunen) header.c || wrong "${header##*/} does not stand alone"
done
if grep -l "$source" "$folder"/prefix/include/karhunen/*.h "$folder"/prefix/include/karhunen/impl/*.h; then wrong "a header knows the source tree"; fi

# mine RANKS ARGUMENT...: its output in ../out and ../err
mine() {
  ranks=$1
  shift
  status=0
  sh "$source/tests/mpi.sh" "$ranks" ./mine "$@" >../out 2>../err || status=$?
}
# says TEXT FILE
says() { grep -qF -e "$1" "$2" || { wrong "no '$1' in"; cat "$2"; }; }

mine 2
[ "$status" = 0 ] || wrong "it fails: $(cat ../err)"
says 'covariance exponential, length 0.05' ../out
awk '/relative difference/ { found = 1; if ($NF > 1e-12) bad = 1 } END { exit bad || !found }' ../out || wrong "not the same field as matern's: $(cat ../out)"
mine 1 -other_cov_type exponential -other_cov_length 0.05 -cov_type matern -cov_alpha 1.5 -cov_tau 20
says 'covariance matern, ' ../out
says 'covariance exponential, length 0.05' ../out
awk '/relative difference/ { exit $NF > 1e-12 }' ../out || wrong "not the same field by options: $(cat ../out)"
mine 1 -help
[ "$status" = 0 ] || wrong "-help fails: $(cat ../err)"
grep -Eq '^  -cov_type +covariance, a type of these \[exponential\]' ../out || wrong "-help does not list it: $(cat ../out)"
grep -Eq '^ +exponential +exp\(-r/length\) in the plane' ../out || wrong "-help does not say what it is"
mine 2 -cov_type exponentiel
[ "$status" != 0 ] || wrong "a wrong name passes"
says 'karhunen: error: -cov_type exponentiel: no such covariance; there are matern,' ../err
says ', exponential' ../err
[ "$(grep -c 'karhunen: error' ../err)" = 1 ] || wrong "more than one line"
finish
