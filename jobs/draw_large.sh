#!/bin/sh
# sh jobs/draw_large.sh: what a draw costs on every grid.  One field of MODEL on each of GRIDS points a side, 40 evaluations each, and
# the table of docs/performance.md: seconds, processor time, memory; the largest as a picture.  On SAME points a side it is drawn with the
# network on the fields' own grid too, and the difference printed.  What exists in $OUT is kept.
set -eu
cd "$(dirname "$0")/.."
ranks=${RANKS:-2}
model=${MODEL:-examples/models/ns2d.h5}
grids=${GRIDS:-64 256 1024 4096 16384}
same=${SAME:-1024}
out=${OUT:-build/large}

sh jobs/install-packages.sh
cmake -S . -B build >/dev/null
cmake --build build -j "$(env -u OMP_NUM_THREADS nproc)" --target karhunen-cli
mkdir -p "$out"

draw() { # FILE POINTS OPTIONS...
  file=$1 n=$2
  shift 2
  if [ -e "$file.h5" ]; then return; fi
  sh tests/mpi.sh "$ranks" build/karhunen sample -model "$model" -grid_n "$n,$n" -samples 1 -seed 7 "$@" -out "$file.h5" | tee "$file.log"
}

for n in $grids; do
  # Beyond 8192 points a side the second-order sampler, which keeps three fields fewer.
  lean=
  if [ "$n" -gt 8192 ]; then lean="-sampler_order 2 -sampler_corrector off"; fi
  # shellcheck disable=SC2086
  draw "$out/$n" "$n" $lean
  largest=$n
done
draw "$out/$same-own" "$same" -denoiser_resolve 0
build/karhunen render "$out/$largest.h5" -pixels 1024 -out "$out/$largest.png" -overwrite

echo
echo "| points | evaluations | seconds | of processor time | MiB a rank, $ranks ranks |"
echo "|---|---|---|---|---|"
for file in $(for n in $grids; do echo "$n"; done) "$same-own"; do
  sed -n "s/^wrote .*: 1 sample, \([0-9]*\) evaluations for the last, \([^ ]*\) s each, \([^ ]*\) of processor time; at most \([^ ]*\) MiB a rank/| $file | \1 | \2 | \3 | \4 |/p" "$out/$file.log"
done
/usr/bin/python3 - "$out/$same.h5" "$out/$same-own.h5" <<'PYTHON' || echo "the difference needs python3-h5py (sh jobs/install-packages.sh checkers)" >&2
import sys, h5py, numpy as np
a, b = (next(v for v in h5py.File(name).values() if getattr(v, "ndim", 0) == 3)[0].astype(float) for name in sys.argv[1:])
print("network on a grid of its own or on the fields': root mean square of the difference %.2g of the field's" % (np.sqrt(((a - b) ** 2).mean() / (b ** 2).mean())))
PYTHON
