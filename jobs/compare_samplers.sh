#!/bin/sh
# sh jobs/compare_samplers.sh REFERENCE NAME=MODEL...: the same networks used by several samplers.  Draws fields from each model with each
# sampler, all with the same seed, compares them with the fields of REFERENCE, and prints one table, also in $OUT/table.md.
# What exists in $OUT is kept: a stopped run goes on.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
ranks=${RANKS:-1}
program=${KARHUNEN:-$here/build/karhunen}
out=${OUT:-build/compare}
fields=${FIELDS:-64}
grid=${GRID:-256,256}
variable=${VARIABLE:-vorticity}
shells=${SHELLS:-20} # the worst ratio is sought among shells 1 to this one
if [ $# -lt 2 ]; then
  echo "usage: sh jobs/compare_samplers.sh REFERENCE NAME=MODEL..." >&2
  exit 1
fi
reference=$1
shift
mkdir -p "$out"
karhunen() { sh "$here/tests/mpi.sh" "$ranks" "$program" "$@"; }

# NAME OPTIONS, one sampler a line.
samplers="${SAMPLERS:-multistep-20 -sampler_evaluations 20
multistep-40 -sampler_evaluations 40
multistep-eta1-40 -sampler_eta 1
ancestral-eta0-40 -sampler_type ancestral -sampler_eta 0
ancestral-eta1-40 -sampler_type ancestral -sampler_eta 1
em-40 -sampler_type em
heun-41 -sampler_type heun -sampler_evaluations 41
ode-1e-3 -sampler_type ode -ts_rtol 1e-3 -ts_atol 1e-4}"

row() { # OBJECTIVE SAMPLER STEM
  python3 - "$1" "$2" "$3" "$shells" <<'EOF'
import json, re, sys
objective, sampler, stem, shells = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
evaluations, seconds = re.search(r"(\d+) evaluations for the last, ([\d.e+-]+) s each", open(stem + ".log").read()).groups()
report = json.load(open(stem + ".json"))
spectrum = [s for s in report["spectrum"][1:shells + 1] if "ratio" in s]
worst = max(spectrum, key=lambda s: abs(s["ratio"] - 1))
mean = sum(abs(s["ratio"] - 1) for s in spectrum) / len(spectrum)
energy = report["energy"]
print(f"| {objective} | {sampler} | {evaluations} | {seconds} | {energy['relative']:.4f} | {energy['p']:.3f} "
      f"| {mean:.3f} | {worst['shell']} | {worst['ratio']:.3f} +- {worst['ratio_error']:.3f} |")
EOF
}

{
  echo "| objective | sampler | evaluations | seconds a field | energy distance, relative | p | mean of abs(power over the law's - 1), shells 1-$shells | worst shell | its power over the law's |"
  echo "|---|---|---|---|---|---|---|---|---|"
} >"$out/table.part"
for model in "$@"; do
  objective=${model%%=*}
  file=${model#*=}
  echo "$samplers" | while read -r name options; do
    stem=$out/$objective-$name
    # shellcheck disable=SC2086
    [ -e "$stem.h5" ] || karhunen sample -model "$file" -grid_n "$grid" -samples "$fields" -seed 11 -quiet -out "$stem.h5" $options >"$stem.log" </dev/null
    [ -e "$stem.json" ] || karhunen evaluate -data "$reference" -samples "$stem.h5" -variable "$variable" -out "$stem" -overwrite >"$stem.txt" </dev/null
    row "$objective" "$name" "$stem" >>"$out/table.part"
  done
done
mv "$out/table.part" "$out/table.md"
cat "$out/table.md"
