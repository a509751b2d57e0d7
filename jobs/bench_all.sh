#!/bin/sh
# sh jobs/bench_all.sh: builds the program, takes every figure of docs/performance.md, prints their tables and keeps them in
# build/bench/figures.md.  About 15 minutes on a quiet machine of 2 cores.  SIZES=small tries it out; PAGE=docs/performance.md puts the
# tables where the page has its figures, and the picture beside it.
set -eu
cd "$(dirname "$0")/.."
sh jobs/install-packages.sh
sh jobs/install-packages.sh peers || echo "without scipy and PyTorch" >&2
cmake -S . -B build >/dev/null
cmake --build build -j "$(env -u OMP_NUM_THREADS nproc)" --target karhunen-cli karhunen-bench
out=${OUT:-build/bench}
mkdir -p "$out"
{
  echo "Taken $(date -u +%F) by \`sh jobs/bench_all.sh\` from $(git describe --always --dirty 2>/dev/null || echo an export) on $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(env -u OMP_NUM_THREADS nproc) cores."
  echo
  for part in bench_network bench_fields scaling/measure; do sh "jobs/$part.sh"; done
} | tee "$out/figures.md"
# The picture: every case whose arithmetic was counted, under what the machine can do.
cases=
for file in "$out"/fno-*-2d.json "$out"/fno-*-3d.json "$out"/noise-*.json "$out"/field-*-64-1.json; do
  if [ -e "$file" ]; then cases="$cases${cases:+,}$file"; fi
done
sh tests/mpi.sh "${RANKS:-2}" build/karhunen-bench -bench_type roofline -bench_cases "$cases" -bench_plot "$out/roofline.png" -out "$out/roofline.json" -overwrite
if [ -n "${PAGE:-}" ]; then
  awk -v file="$out/figures.md" '/<!-- end of figures -->/ { inside = 0 } !inside
    /<!-- figures -->/ { inside = 1; while ((getline line < file) > 0) print line }' "$PAGE" >"$out/page.md"
  cp "$out/page.md" "$PAGE"
  cp "$out/roofline.png" "$(dirname "$PAGE")/pictures/roofline.png"
fi
