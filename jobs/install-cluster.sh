#!/bin/sh
# sh jobs/install-cluster.sh PREFIX [PART...]: Karhunen for a user of a cluster, without root and without a package manager.
# What the modules (or a Spack, a conda) of the machine do not give is built from archives in SOURCES and installed into PREFIX.
#   PARTs: fftw petsc karhunen (all three when none is named); fftw and petsc are passed over where they are found already
#   MPICC    the MPI's compiler (mpicc)               SOURCES  folder of fftw-3*.tar.* and petsc-3*.tar.* ($HOME/src)
#   PETSC_DIR, PETSC_ARCH    a PETSc of one's own     JOBS     for make (4)         CMAKE_ARGS  more for Karhunen's cmake
# Needed from the machine: a C compiler, MPI, CMake >= 3.20, pkg-config, parallel HDF5 >= 1.10 of the same MPI, OpenBLAS, cairo, libtiff,
# libgeotiff, zlib, cJSON, xxHash, Random123 (headers).  docs/install.md has the names of their modules and of Spack's packages.
set -eu
[ $# -ge 1 ] || { sed -n '2,8p' "$0"; exit 1; }
mkdir -p "$1"
prefix=$(cd "$1" && pwd)
shift
here=$(cd "$(dirname "$0")/.." && pwd)
mpicc=$(command -v "${MPICC:-mpicc}") || { echo "install-cluster: no ${MPICC:-mpicc}: load an MPI module, or set MPICC" >&2; exit 1; }
sources=${SOURCES:-$HOME/src} jobs=${JOBS:-4}
export PKG_CONFIG_PATH="$prefix/lib/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"

# unpacked NAME: the folder of NAME's archive in SOURCES, unpacked under PREFIX/build
unpacked() {
  archive=$(ls "$sources/$1"[-_0-9]*.tar.* 2>/dev/null | head -1)
  [ -n "$archive" ] || { echo "install-cluster: $1 is not found, and $sources has no archive of it: load its module, or fetch $1-*.tar.gz there" >&2; exit 1; }
  mkdir -p "$prefix/build/$1"
  tar -xf "$archive" -C "$prefix/build/$1" --strip-components=1
  echo "$prefix/build/$1"
}
# In double and in single precision, each with MPI.
fftw() {
  if "$mpicc" -x c /dev/null -shared -o /dev/null -L"$prefix/lib" -lfftw3_mpi -lfftw3f_mpi 2>/dev/null && [ -e "$prefix/lib/pkgconfig/fftw3f.pc" ]; then
    echo "install-cluster: fftw is there"
    return
  fi
  folder=$(unpacked fftw)
  for single in "" --enable-single; do
    simd=$(grep -qs avx2 /proc/cpuinfo && echo --enable-avx2 || :)
    # shellcheck disable=SC2086
    (mkdir -p "$folder/b$single" && cd "$folder/b$single" &&
      ../configure -q --prefix="$prefix" --enable-shared --disable-static --enable-mpi --disable-fortran --disable-doc $simd $single MPICC="$mpicc" &&
      make -s -j "$jobs" && make -s install) >>"$prefix/build/fftw.log" 2>&1 || { tail -5 "$prefix/build/fftw.log" >&2; exit 1; }
  done
  echo "install-cluster: fftw is installed"
}
# Real, in double, with 64-bit indices; C alone.
petsc() {
  if [ -n "${PETSC_DIR:-}" ] || [ -e "$prefix/lib/pkgconfig/PETSc.pc" ]; then
    echo "install-cluster: petsc is ${PETSC_DIR:-there}"
    return
  fi
  folder=$(unpacked petsc)
  (cd "$folder" && unset PETSC_DIR PETSC_ARCH &&
    python3 ./configure --prefix="$prefix" --with-cc="$mpicc" --with-cxx=0 --with-fc=0 --with-x=0 --with-debugging=0 --with-64-bit-indices=1 \
      --with-shared-libraries=1 --with-blaslapack-lib="$(pkg-config --libs openblas)" COPTFLAGS="${CFLAGS:--O2}" PETSC_ARCH=cluster &&
    make -s PETSC_DIR="$folder" PETSC_ARCH=cluster MAKE_NP="$jobs" all && make -s PETSC_DIR="$folder" PETSC_ARCH=cluster install) \
    >>"$prefix/build/petsc.log" 2>&1 || { tail -5 "$prefix/build/petsc.log" >&2; exit 1; }
  echo "install-cluster: petsc is installed"
}
karhunen() {
  if [ -z "${PETSC_DIR:-}" ]; then PETSC_DIR=$prefix PETSC_ARCH=; fi
  export PETSC_DIR PETSC_ARCH="${PETSC_ARCH:-}"
  # shellcheck disable=SC2086
  (cmake -S "$here" -B "$prefix/build/karhunen" -DMPI_C_COMPILER="$mpicc" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_INSTALL_PREFIX="$prefix" -DKARHUNEN_TESTS=OFF \
    -DCMAKE_INSTALL_RPATH="$prefix/lib" -DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_INSTALL_RPATH_USE_LINK_PATH=ON ${CMAKE_ARGS:-} &&
    cmake --build "$prefix/build/karhunen" -j "$jobs" && cmake --install "$prefix/build/karhunen") \
    >>"$prefix/build/karhunen.log" 2>&1 || { tail -8 "$prefix/build/karhunen.log" >&2; exit 1; }
  echo "install-cluster: $prefix/bin/karhunen"
}

mkdir -p "$prefix/build"
for part in ${*:-fftw petsc karhunen}; do
  case $part in
    fftw | petsc | karhunen) $part ;;
    *) echo "install-cluster: $part: the parts are fftw, petsc and karhunen" >&2; exit 1 ;;
  esac
done
