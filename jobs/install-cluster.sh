#!/bin/sh
# sh jobs/install-cluster.sh PREFIX [PART...]: Karhunen for a user of a cluster, without root and without a package manager.
# What the modules (or a Spack, a conda) of the machine do not give is built from archives in SOURCES and installed into PREFIX.
#   PARTs: fftw fftwf petsc karhunen (these four when none is named), and tests: the claims of 1 to 3 ranks.  What is there is passed over.
#   MPICC    the MPI's compiler (mpicc)               SOURCES  folder of fftw-3*.tar.* and petsc-3*.tar.* ($HOME/src)
#   HDF5_ROOT or HDF5_DIR    a parallel HDF5          JOBS     for make (4)
#   PETSC_DIR, PETSC_ARCH    a PETSc of one's own     CMAKE_ARGS  more for Karhunen's cmake       FFTW_ARGS  for FFTW's configure (--enable-avx2)
# Needed from the machine: a C compiler, MPI, Python 3, CMake >= 3.20, pkg-config, parallel HDF5 >= 1.10 of the same MPI, OpenBLAS, cairo,
# libtiff, libgeotiff, zlib, cJSON, xxHash, Random123 (headers).  docs/install.md has the names of their modules and of Spack's packages.
set -eu
[ $# -ge 1 ] || { sed -n '2,9p' "$0"; exit 1; }
mkdir -p "$1/build"
prefix=$(cd "$1" && pwd)
shift
here=$(cd "$(dirname "$0")/.." && pwd)
sources=${SOURCES:-$HOME/src} jobs=${JOBS:-4}
export PATH="$prefix/bin:$PATH" PKG_CONFIG_PATH="$prefix/lib/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"

# unpacked NAME [FOLDER]: the folder of NAME's archive in SOURCES, unpacked under PREFIX/build
unpacked() {
  into=$prefix/build/${2:-$1}
  archive=$(ls "$sources/$1"[-_0-9]*.tar.* 2>/dev/null | grep -v debian.tar | head -1)
  [ -n "$archive" ] || { echo "install-cluster: $1 is not found, and $sources has no archive of it: load its module, or fetch $1-*.tar.gz there" >&2; exit 1; }
  rm -rf "$into" && mkdir -p "$into"
  tar -xf "$archive" -C "$into" --strip-components=1
  echo "$into"
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
      "$(sed -n 's/^#define H5_VERS_INFO .*version:* \([0-9.]*\).*/\1/p' "$root/include/H5public.h")" "$root" "$root" >"$prefix/lib/pkgconfig/hdf5.pc"
  fi
  export PKG_CONFIG_PATH="$root/lib/pkgconfig:$PKG_CONFIG_PATH"
  words="-DKARHUNEN_HDF5=hdf5 -DCMAKE_PREFIX_PATH=$prefix;$root"
}
# fftw_with NAME OPTION...: with MPI; fftw in double precision, fftwf in single
fftw_with() {
  compiler
  name=$1
  if [ -e "$prefix/lib/lib$name.so" ]; then echo "install-cluster: $name is there" && return; fi
  shift
  folder=$(unpacked fftw "$name")
  cd "$folder"
  # shellcheck disable=SC2086
  logged "$name" ./configure -q --prefix="$prefix" --enable-shared --disable-static --enable-mpi --disable-fortran --disable-doc "$@" ${FFTW_ARGS---enable-avx2} MPICC="$mpicc"
  logged "$name" make -s -j "$jobs"
  logged "$name" make -s install
  echo "install-cluster: $name is installed"
}
fftw() { fftw_with fftw3_mpi; }
fftwf() { fftw_with fftw3f_mpi --enable-single; }
# Real, in double, with 64-bit indices; C alone.
petsc() {
  if [ -n "${PETSC_DIR:-}" ] || [ -e "$prefix/lib/pkgconfig/PETSc.pc" ]; then
    echo "install-cluster: petsc is ${PETSC_DIR:-there}"
    return
  fi
  compiler
  folder=$prefix/build/petsc
  if [ -e "$folder/cluster/lib/petsc/conf/petscvariables" ]; then
    echo "install-cluster: the build of petsc in $folder goes on" && cd "$folder"
  else
    folder=$(unpacked petsc) && cd "$folder"
    logged petsc env -u PETSC_DIR -u PETSC_ARCH python3 ./configure --prefix="$prefix" --with-cc="$mpicc" --with-cxx=0 --with-fc=0 --with-x=0 --with-debugging=0 \
      --with-64-bit-indices=1 --with-shared-libraries=1 --with-blaslapack-lib="$(pkg-config --libs openblas)" COPTFLAGS="${CFLAGS:--O2}" PETSC_ARCH=cluster
  fi
  logged petsc make -s PETSC_DIR="$folder" PETSC_ARCH=cluster MAKE_NP="$jobs" MAKE_LOAD=1000 all
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

for part in ${*:-fftw fftwf petsc karhunen}; do
  case $part in
    fftw | fftwf | petsc | karhunen | tests) $part ;;
    *) echo "install-cluster: $part: the parts are fftw, fftwf, petsc, karhunen and tests" >&2; exit 1 ;;
  esac
done
