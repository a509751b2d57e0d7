#!/bin/sh
# A covariance of one's own is built against an installed library by pkg-config alone, outside the source tree; it is chosen by -cov_type, and
# the help and the error for a wrong name list it. So are two observations, one linear, one not: they have their adjoints, and draws given them are those of the exact law, by a
# fixed seed: means within 4 standard errors of 200 draws, and within half a deviation where these are 8 runs of 32 particles (320 runs have a bias of .16 of it, 8 scatter by .12),
# deviations within a fifth: a false alarm comes in less than 1 of 200 other seeds.
. "$1/tests/program.sh"

cmake --install "$build" --prefix "$folder/prefix" >/dev/null || wrong "it does not install"
pc=$(find "$folder/prefix" -name karhunen.pc)
export PKG_CONFIG_PATH="${pc%/*}"
sanitize=$(sed -n 's/^KARHUNEN_SANITIZE:STRING=\(..*\)/-fsanitize=\1/p' "$build/CMakeCache.txt")
for name in add_a_covariance add_an_observation; do
  cp "$source/examples/$name.c" .
  # shellcheck disable=SC2046,SC2086
  mpicc -Wall -Werror $sanitize $(pkg-config --cflags karhunen) $name.c -o $name $(pkg-config --libs karhunen) || wrong "$name does not build"
done
for header in "$folder"/prefix/include/karhunen/impl/*.h; do
  echo "#include <karhunen/impl/${header##*/}>" >header.c
  # shellcheck disable=SC2046
  mpicc -Wall -Werror -fsyntax-only $(pkg-config --cflags karhunen) header.c || wrong "${header##*/} does not stand alone"
done
if grep -l "$source" "$folder"/prefix/include/karhunen/*.h "$folder"/prefix/include/karhunen/impl/*.h; then wrong "a header knows the source tree"; fi

# mine RANKS ARGUMENT...: the output of $own in ../out and ../err
own=add_a_covariance
mine() {
  ranks=$1
  shift
  status=0
  sh "$source/tests/mpi.sh" "$ranks" ./$own "$@" >../out 2>../err || status=$?
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

own=add_an_observation
mine 1
[ "$status" = 0 ] || wrong "$own fails: $(cat ../err)"
awk '/: adjoint, / { n++; if ($NF > 1e-12) bad = 1 } END { exit bad || n != 2 }' ../out || wrong "no adjoint: $(cat ../out)"
awk -F '[:, ]+' '/draws, mean/ { n++; s = ($5 - $7) / $11; most = $1 == "energy" ? .5 : 4 / sqrt($2); if (s > most || -s > most || $9 / $11 > 1.2 || $9 / $11 < .8) bad = 1 }
  END { exit bad || n != 2 }' ../out ||
  wrong "draws are not of the exact law: $(cat ../out)"
mine 2 -obs_type energi
says 'karhunen: error: -obs_type energi: no such observation; there are points,' ../err
says ', curvature, energy' ../err
finish
