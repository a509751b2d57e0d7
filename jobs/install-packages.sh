#!/bin/sh
# sh jobs/install-packages.sh [checkers|peers|long]: installs the Debian packages that Karhunen needs and this machine lacks.  Does nothing,
# and uses no network, when none is missing.  "checkers" adds the independent readers that some tests compare our files with;
# "peers" are what jobs/bench_*.sh compare our times with, "long" what the trials of tests/faults/ and a page in a browser need.
set -eu

needed="gcc make git cmake pkg-config openmpi-bin libopenmpi-dev libpetsc64-real-dev libfftw3-dev libfftw3-mpi-dev
  libhdf5-openmpi-dev librandom123-dev libcairo2-dev libcjson-dev libxxhash-dev libopenblas-dev zlib1g-dev libtiff-dev
  libgeotiff-dev"
if [ "${1:-}" = checkers ]; then needed="$needed hdf5-tools netcdf-bin python3-numpy python3-h5py python3-xarray python3-netcdf4"; fi
if [ "${1:-}" = long ]; then needed="slurm-wlm munge chromium"; fi
if [ "${1:-}" = peers ]; then needed="python3-numpy python3-scipy python3-torch"; fi

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "install-packages: not a Debian system: install the equivalents of" $needed "yourself" >&2
  exit 0
fi

missing=
for package in $needed; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || :)
  if [ "$state" != installed ]; then missing="$missing $package"; fi
done
if [ -z "$missing" ]; then exit 0; fi

root=
if [ "$(id -u)" != 0 ]; then
  root=sudo
  if ! command -v sudo >/dev/null; then
    echo "install-packages: these packages are missing, and there is no sudo to install them with; as root run" >&2
    echo "  apt-get install$missing" >&2
    exit 1
  fi
fi
echo "install-packages: apt-get installs$missing"
$root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 update
# shellcheck disable=SC2086
$root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends $missing
