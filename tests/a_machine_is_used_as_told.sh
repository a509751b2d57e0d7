#!/bin/sh
# Threads: numbers that no machine can mean are refused; with a good one the program draws what it draws with one thread.
# Kernels: plain ones draw what the fastest draw; a set that the processor lacks is refused.  Memory: a budget below what the network
# needs is refused with both numbers; one that storing exceeds makes it recompute, to the same field.
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

# the same numbers in two files to 1e-4 (a network's rounding, over a sampler's steps)
same() {
  /usr/bin/python3 - "$1" "$2" <<'END' || wrong "$1 and $2 differ"
import sys
try:
    import h5py, numpy
except ImportError:
    raise SystemExit(0)
a, b = (h5py.File(f)["field"][:] for f in sys.argv[1:3])
raise SystemExit(not (numpy.abs(a - b).max() < 1e-4 * numpy.abs(a).max()))
END
}
works 1 train -data one.h5 -out model.h5 -fno_width 16 -fno_depth 2 -fno_modes 4 -fno_hidden 16 -train_steps 2 -train_batch 2
draw="sample -model model.h5 -samples 1 -grid_n 64,64 -seed 5"
works 1 $draw -out s.h5
works 1 $draw -fno_kernels generic -out generic.h5
same s.h5 generic.h5
grep -q avx512f /proc/cpuinfo || refused 1 'avx512: this processor lacks' $draw -fno_kernels avx512 -out a.h5
grep -q amx_bf16 /proc/cpuinfo || refused 1 'amx: this processor lacks' $draw -fno_kernels amx -out a.h5
refused 1 '-fno_kernels sse' $draw -fno_kernels sse -out a.h5
refused 2 'needs [0-9.]* MiB a rank.*-fno_memory is 0.01' $draw -fno_memory 0.01 -out a.h5
refused 1 'needs .*fno_memory is 2:.*smaller batch' train -data one.h5 -out a.h5 -fno_width 32 -fno_modes 4 -train_steps 2 -train_batch 2 -fno_memory 2
works 1 $draw -fno_memory 0.4 -out little.h5
same s.h5 little.h5
finish
