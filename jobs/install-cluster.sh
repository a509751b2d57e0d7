#!/bin/sh
# sh jobs/install-cluster.sh PREFIX [PART...]: Karhunen for a user of a cluster, without root and without a package manager.
# What the modules (or a Spack, a conda) of the machine do not give is built from archives in SOURCES and installed into PREFIX.
#   PARTs: fftw petsc karhunen (all three when none is named), and tests: the claims of 1 to 3 ranks.  What is there is passed over.
#   MPICC    the MPI's compiler (mpicc)               SOURCES  folder of fftw-3*.tar.* and petsc-3*.tar.* ($HOME/src)
#   HDF5_ROOT or HDF5_DIR    a parallel HDF5          JOBS     for make (4)
#   PETSC_DIR, PETSC_ARCH    a PETSc of one's own     CMAKE_ARGS  more for Karhunen's cmake
# Needed from the machine: a C compiler, MPI, Python 3, CMake >= 3.20, pkg-config, parallel HDF5 >= 1.10 of the same MPI, OpenBLAS, cairo, libtiff, libgeotiff, zlib, cJSON, xxHash,
# Random123 (headers).  docs/install.md has the names of their modules and of Spack's packages.
set -eu
[ $# -ge 1 ] || { sed -n '2,9p' "$0"; exit 1; }
mkdir -p "$1/build"
prefix=$(cd "$1" && pwd)
shift
here=$(cd "$(dirname "$0")/.." && pwd)
sources=${SOURCES:-$HOME/src} jobs=${JOBS:-4}
export PATH="$prefix/bin:$PATH" PKG_CONFIG_PATH="$prefix/lib/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"

# unpacked NAME: the folder of NAME's archive in SOURCES, unpacked under PREFIX/build
unpacked() {
  archive=$(ls "$sources/$1"[-_0-9]*.tar.* 2>/dev/null | grep -v debian.tar | head -1)
  [ -n "$archive" ] || { echo "install-cluster: $1 is not found, and $sources has no archive of it: load its module, or fetch $1-*.tar.gz there" >&2; exit 1; }
  rm -rf "$prefix/build/$1" && mkdir -p "$prefix/build/$1"
  tar -xf "$archive" -C "$prefix/build/$1" --strip-components=1
  echo "$prefix/build/$1"
}
# logged NAME COMMAND...: its output into the log of NAME; of an error the end is shown
logged() {
  log=$prefix/build/$1.log
  shift
  "$@" >>"$log" 2>&1 || { tail -8 "$log" >&2 && echo "install-cluster: $log has the rest" >&2 && exit 1; }
}
compiler() {
  mpicc=$(command -v "${MPICC:-mpicc}") || { echo "install-cluster: no ${MPICC:-mpicc}: load an MPI module, or set MPICC" >&2; exit 1; }
}
# A pkg-config file for the HDF5 of a module that has none.
hdf5_words() {
  words= root=${HDF5_ROOT:-${HDF5_DIR:-}}
  if [ -z "$root" ]; then return; fi
  if [ ! -e "$root/lib/pkgconfig/hdf5.pc" ]; then
    mkdir -p "$prefix/lib/pkgconfig"
    printf 'Name: HDF5\nDescription: of %s\nVersion: %s\nCflags: -I%s/include\nLibs: -L%s/lib -lhdf5\n' "$root" \
      "$(sed -n 's/^#define H5_VERS_INFO .*version \([0-9.]*\).*/\1/p' "$root/include/H5public.h")" "$root" "$root" >"$prefix/lib/pkgconfig/hdf5.pc"
  fi
  export PKG_CONFIG_PATH="$root/lib/pkgconfig:$PKG_CONFIG_PATH"
  words="-DKARHUNEN_HDF5=hdf5 -DCMAKE_PREFIX_PATH=$prefix;$root"
}
# In double and in single precision, each with MPI.
fftw() {
  compiler
  if "$mpicc" -x c /dev/null -shared -o /dev/null -L"$prefix/lib" -lfftw3_mpi -lfftw3f_mpi 2>/dev/null && [ -e "$prefix/lib/pkgconfig/fftw3f.pc" ]; then
    echo "install-cluster: fftw is there"
    return
  fi
  folder=$(unpacked fftw)
  for single in "" --enable-single; do
    simd=$(grep -qs avx2 /proc/cpuinfo && echo --enable-avx2 || :)
    mkdir -p "$folder/b$single" && cd "$folder/b$single"
    # shellcheck disable=SC2086
    logged fftw ../configure -q --prefix="$prefix" --enable-shared --disable-static --enable-mpi --disable-fortran --disable-doc $simd $single MPICC="$mpicc"
    logged fftw make -s -j "$jobs"
    logged fftw make -s install
  done
  echo "install-cluster: fftw is installed"
}
# Real, in double, with 64-bit indices; C alone.
petsc() {
  if [ -n "${PETSC_DIR:-}" ] || [ -e "$prefix/lib/pkgconfig/PETSc.pc" ]; then
    echo "install-cluster: petsc is ${PETSC_DIR:-there}"
    return
  fi
  compiler
  folder=$(unpacked petsc)
  cd "$folder"
  logged petsc env -u PETSC_DIR -u PETSC_ARCH python3 ./configure --prefix="$prefix" --with-cc="$mpicc" --with-cxx=0 --with-fc=0 --with-x=0 --with-debugging=0 \
    --with-64-bit-indices=1 --with-shared-libraries=1 --with-blaslapack-lib="$(pkg-config --libs openblas)" COPTFLAGS="${CFLAGS:--O2}" PETSC_ARCH=cluster
  logged petsc make -s PETSC_DIR="$folder" PETSC_ARCH=cluster MAKE_NP="$jobs" all
  logged petsc make -s PETSC_DIR="$folder" PETSC_ARCH=cluster install
  echo "install-cluster: petsc is installed"
}
# configured FOLDER CMAKE-OPTION...: Karhunen with what is here
configured() {
  compiler
  if [ -z "${PETSC_DIR:-}" ]; then export PETSC_DIR="$prefix" PETSC_ARCH=; fi
  folder=$1
  shift
  hdf5_words
  # shellcheck disable=SC2086
  logged karhunen cmake -S "$here" -B "$folder" -DMPI_C_COMPILER="$mpicc" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_INSTALL_PREFIX="$prefix" \
    -DCMAKE_INSTALL_RPATH="$prefix/lib" -DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_INSTALL_RPATH_USE_LINK_PATH=ON $words "$@" ${CMAKE_ARGS:-}
  logged karhunen cmake --build "$folder" -j "$jobs"
}
karhunen() {
  configured "$prefix/build/karhunen" -DKARHUNEN_TESTS=OFF
  logged karhunen cmake --install "$prefix/build/karhunen"
  echo "install-cluster: $prefix/bin/karhunen"
}
tests() {
  configured "$prefix/build/tests" -DKARHUNEN_TESTS=ON -DKARHUNEN_MANUAL=OFF
  cd "$prefix/build/tests"
  OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 ctest -R '/[123]$' 2>&1 | tee "$prefix/build/tests.log" | tail -40
  grep -q '^100% tests passed' "$prefix/build/tests.log"
}

for part in ${*:-fftw petsc karhunen}; do
  case $part in
    fftw | petsc | karhunen | tests) $part ;;
    *) echo "install-cluster: $part: the parts are fftw, petsc, karhunen and tests" >&2; exit 1 ;;
  esac
done
