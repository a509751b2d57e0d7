#!/bin/sh
# sh jobs/compare_gains.sh: is a denoiser better with one gain for all modes (EDM's) or with one for each, and with its pointwise
# layers on the training grid or on a finer one?  Trains the four alike on the law ns2d at 64 x 64 points, draws fields on that grid, on one 4
# times and on one 16 times as fine along each axis, and prints the table of docs/model-ns2d.md.  What exists is kept.  Others:
# KINDS="modewise rough" OVER=1 OBJECTIVE=elbo sh jobs/compare_gains.sh
set -eu
cd "$(dirname "$0")/.."
ranks=${RANKS:-2}
out=${OUT:-build/ns2d}      # with the simulations of jobs/train_ns2d.sh
kinds=${KINDS:-scalar modewise}
overs=${OVER:-1 1.5}
objective=${OBJECTIVE:-dsm}
steps=${STEPS:-3000}        # of training, for each of them
coarse=${COARSE:-256}       # fields drawn on 64 x 64 points
middle=${MIDDLE:-64}        # on 256 x 256
fine=${FINEST:-8}           # on 1024 x 1024

karhunen() { sh tests/mpi.sh "$ranks" build/karhunen "$@"; }
make() { # FILE COMMAND...: unless FILE exists
  if [ -e "$1" ]; then echo "$1 exists: kept"; else shift && "$@"; fi
}
draw() { # MODEL POINTS FIELDS
  make "$1-$2.h5" karhunen sample -model "$1.h5" -grid_n "$2,$2" -samples "$3" -seed 7 -out "$1-$2.h5"
}
judge() { # DATA SAMPLES FIELDS
  make "$2.json" karhunen evaluate -data "$1" -samples "$2.h5" -variable vorticity -fields "$3" -permutations 9 -out "$2"
}

for gain in $kinds; do
  for over in $overs; do
    model=$out/gain-$gain-$objective-$over
    make "$model.h5" karhunen train -data "$out/train.h5" -out "$model.h5" -variable vorticity -denoiser_gain "$gain" -denoiser_oversample "$over" \
      -train_objective "$objective" -train_steps "$steps" -train_batch 16 -train_symmetry pseudoscalar -train_every 500 -train_lr 1.5e-3 -train_warmup 300
    draw "$model" 64 "$coarse"
    draw "$model" 256 "$middle"
    draw "$model" 1024 "$fine"
    judge "$out/test64.h5" "$model-64" 0
    judge "$out/test256.h5" "$model-256" 0
    judge "$model-256.h5" "$model-1024" "$fine" # the same seeds: what the finer grid alone changes
  done
done

OUT=$out KINDS=$kinds OVER=$overs OBJECTIVE=$objective python3 - <<'PY'
import json, os
def bands(path):
    r = json.load(open(path))
    return r, " | ".join("%.2f ± %.2f" % (b["mean_ratio"], b["mean_ratio_error"]) for b in r["bands"] if b["last_shell"] <= 42)
for points, what in (64, "simulations"), (256, "simulations"), (1024, "the model's own fields on 256 x 256 points"):
    print("\n%d x %d points, ratio to %s\n" % (points, points, what))
    for gain in os.environ["KINDS"].split():
        for over in os.environ["OVER"].split():
            r, line = bands("%s/gain-%s-%s-%s-%d.json" % (os.environ["OUT"], gain, os.environ["OBJECTIVE"], over, points))
            print("| %s, %s | %s | %.2f |" % (gain, over, line, r["statistics"]["gradient kurtosis"]["ratio"]))
PY
