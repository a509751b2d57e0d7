#!/bin/sh
# cmake --install gives a library that a program finds by pkg-config and by find_package(Karhunen), and the program itself.
. "$1/tests/program.sh"

cmake --install "$build" --prefix "$folder/prefix" >/dev/null || wrong "it does not install"
[ ! -e "$build/karhunen" ] || [ -x "$folder/prefix/bin/karhunen" ] || wrong "the program is missing"

pc=$(find "$folder/prefix" -name karhunen.pc)
export PKG_CONFIG_PATH="${pc%/*}"
sanitize=$(sed -n 's/^KARHUNEN_SANITIZE:STRING=\(..*\)/-fsanitize=\1/p' "$build/CMakeCache.txt")
# shellcheck disable=SC2046,SC2086
mpicc $sanitize $(pkg-config --cflags karhunen) "$source/examples/sample_gaussian.c" -o by_pkgconfig $(pkg-config --libs karhunen) ||
  wrong "pkg-config does not lead to it"
sh "$source/tests/mpi.sh" 1 ./by_pkgconfig -grid_n 16,16 -out a.h5 >/dev/null || wrong "what pkg-config linked does not run"

cat >CMakeLists.txt <<'EOF'
cmake_minimum_required(VERSION 3.20)
project(User LANGUAGES C)
find_package(Karhunen 0.1 REQUIRED)
add_executable(by_cmake ${SOURCE}/examples/sample_gaussian.c)
target_link_libraries(by_cmake PRIVATE Karhunen::karhunen)
EOF
if ! cmake -S . -B b -DCMAKE_PREFIX_PATH="$folder/prefix" -DSOURCE="$source" >log 2>&1 || ! cmake --build b >>log 2>&1; then
  wrong "find_package(Karhunen) does not lead to it"
  cat log
fi
sh "$source/tests/mpi.sh" 1 b/by_cmake -grid_n 16,16 -out b.h5 >/dev/null || wrong "what CMake linked does not run"
finish
