#!/bin/sh
# cpack makes a Debian package whose dependencies are packages of this system; dpkg installs it, under a root of its own, and what it installs
# works: the program, its man page, and the library for another's program.
. "$1/tests/program.sh"

for needed in cpack dpkg-deb dpkg-shlibdeps; do
  command -v $needed >/dev/null || { echo "SKIPPED: no $needed (Debian: cmake, dpkg-dev)"; exit 77; }
done
if grep -q '^KARHUNEN_SANITIZE:STRING=.' "$build/CMakeCache.txt"; then exit 77; fi

(cd "$build" && cpack -G DEB -B "$folder/deb") >../out 2>&1 || wrong "cpack fails: $(tail -3 ../out)"
deb=$(ls "$folder"/deb/karhunen_*.deb)
[ "$(dpkg-deb -f "$deb" Package)" = karhunen ] || wrong "no package karhunen"
for name in $(dpkg-deb -f "$deb" Depends Recommends | sed 's/^[A-Z][a-z]*: //; s/([^)]*)//g; s/,/ /g'); do
  case $name in pkg-config | openmpi-bin) continue ;; esac # other packages provide them too
  dpkg-query -W "$name" >/dev/null 2>&1 || wrong "there is no package $name"
done
for name in libpetsc64-real3 libhdf5-openmpi libfftw3-mpi openmpi-bin; do
  dpkg-deb -f "$deb" Depends | grep -q "$name" || grep -q 'KARHUNEN_INDICES:STRING=32' "$build/CMakeCache.txt" || wrong "it does not depend on $name"
done

root=$folder/root
mkdir -p "$root/var/lib/dpkg/info" "$root/var/lib/dpkg/updates" "$root/var/log"
: >"$root/var/lib/dpkg/status"
dpkg --root="$root" --force-not-root --force-depends --force-bad-path --log="$folder/log" -i "$deb" >../out 2>&1 || wrong "dpkg -i: $(tail -3 ../out)"
[ "$(dpkg-query --admindir="$root/var/lib/dpkg" -W -f '${db:Status-Abbrev}' karhunen)" = "ii " ] || wrong "it is not installed"
manual=$build/manual/man1 made=$build
build=$root/usr/bin # where run() takes the program from
works 2 generate -generator_type gaussian -grid_n 8,8 -samples 2 -out fields.h5
works 1 verify fields.h5
[ ! -d "$manual" ] || [ -e "$root/usr/share/man/man1/karhunen-sample.1" ] || wrong "no man page"
cmp -s "$source/examples/models/ns2d.h5" "$root/usr/share/karhunen/models/ns2d.h5" || grep -q 'KARHUNEN_MODELS:BOOL=OFF' "$made/CMakeCache.txt" || wrong "no trained model"
PKG_CONFIG_PATH=$(dirname "$(find "$root" -name karhunen.pc)")
export PKG_CONFIG_PATH
# shellcheck disable=SC2046
mpicc $(pkg-config --cflags karhunen) "$source/examples/sample_gaussian.c" -o mine $(pkg-config --libs karhunen) || wrong "no program can be built with it"
sh "$source/tests/mpi.sh" 1 ./mine -grid_n 16,16 -out a.h5 >/dev/null || wrong "a program that was built with it does not run"
dpkg --root="$root" --force-not-root --force-bad-path --log="$folder/log" -r karhunen >../out 2>&1 || wrong "it cannot be removed: $(tail -3 ../out)"
[ ! -e "$root/usr/bin/karhunen" ] || wrong "it is not gone"
finish
