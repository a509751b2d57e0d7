#!/bin/sh
# Threads: numbers that no machine can mean are refused; with a good one the program draws what it draws with one thread.
. "$1/tests/program.sh"

gaussian="-grid_n 32,32 -samples 2 -seed 3"
refused 1 '-threads 0: must be at least 1' generate $gaussian -threads 0 -out a.h5
refused 1 '-threads -2: must be at least 1' generate $gaussian -threads -2 -out a.h5
refused 2 '-threads 10000: must be at most' generate $gaussian -threads 10000 -out a.h5
refused 1 '-threads two: give a whole number' generate $gaussian -threads two -out a.h5
works 1 generate $gaussian -out one.h5
if grep -q 'KARHUNEN_OPENMP:BOOL=ON' "$build/CMakeCache.txt" && grep -q 'OpenMP_C_FLAGS:STRING=-' "$build/CMakeCache.txt"; then
  works 2 generate $gaussian -threads 2 -out two.h5
  OMP_NUM_THREADS=3 works 1 generate $gaussian -out three.h5
  /usr/bin/python3 - <<'END' || wrong "fields depend on threads"
try:
    import h5py, numpy
except ImportError:
    raise SystemExit(0)
a, b, c = (h5py.File(f + ".h5")["field"][:] for f in ("one", "two", "three"))
raise SystemExit(not (numpy.abs(a - b).max() < 1e-5 and numpy.abs(a - c).max() < 1e-5 and a.std() > 0.1))
END
fi
finish
