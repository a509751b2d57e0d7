#!/bin/sh
# sh jobs/extend_ns3d.sh: the law ns3d at a viscosity of 0.004 on 128 x 128 x 128 points, from the shipped cascade of 64 x 64 x 64 (docs/ns3d.md).  Flows are started on coarse
# grids, whose fields start those on finer ones.  The networks are those of the shipped model, the last one taken for the octave to 128 too; spectra of the octaves and
# all gains are of the new simulations.  A stage whose output exists is skipped.
set -eu
cd "$(dirname "$0")/.."
ranks=${RANKS:-2}
n=${N:-128}        # points along an axis: 64, 128 or 256
nu=${NU:-0.004}
out=${OUT:-build/ns3d-$n}
from=${FROM:-examples/models/ns3d.h5}
runs=${RUNS:-11}     # flows that spectra and gains are of, 4 snapshots each
fields=${FIELDS:-8}   # draws to judge
settle=${SETTLE:-12} # units of time before the first snapshot: small scales are too weak at first, then too strong for some turnovers of 4 units
law="-generator_type navierstokes -ns_force power -ns_power 0.1 -ns_force_band 2 -ns_force_rms 1"
training="-variable velocity -train_octave -train_solenoidal -net_type local -local_width 32 -local_dilations 1,1,2,1,1 -denoiser_gain white -noise_cov_rough_power 0
  -train_objective elbo -train_times normal -train_validation 0 -train_keep none"

. jobs/stages.sh

half=$((n / 2)) quarter=$((n / 4))
# shellcheck disable=SC2086
{
  make "$out/start$quarter.h5" karhunen generate $law -grid_n $quarter,$quarter,$quarter -ns_refine 1.5 -ns_nu 0.0125 -ns_start random -ns_time 8 -samples $((runs + 4)) -seed 21 \
    -out "$out/start$quarter.h5"
  make "$out/start$half.h5" karhunen generate $law -grid_n $half,$half,$half -ns_refine 1.5 -ns_nu 0.005 -ns_start file -ns_start_file "$out/start$quarter.h5" -ns_time 2 \
    -samples $((runs + 4)) -seed 21 -out "$out/start$half.h5"
  law="$law -grid_n $n,$n,$n -ns_refine 1 -ns_nu $nu -ns_start file -ns_start_file $out/start$half.h5 -ns_time $settle -ns_times 4 -ns_lag 1.5 -seed 21"
  make "$out/train.h5" karhunen generate $law -samples "$runs" -out "$out/train.h5"
  make "$out/test.h5" karhunen generate $law -first "$runs" -samples 4 -out "$out/test.h5"
}
make "$out/cut.h5" karhunen calibrate -model "$from" -grid_n 16,16,16 -passes 0 -out "$out/cut.h5"
sampler="-sampler_eta 1 -sampler_end 0.05"
# shellcheck disable=SC2086
make "$out/base.h5" karhunen calibrate -model "$out/cut.h5" -data "$out/train.h5" -variable velocity -samples 64 -passes 9 $sampler -sampler_evaluations 70 -out "$out/base.h5"
# Octaves above draws of those before them, so that whole draws have the power of simulations.
before=$out/base.h5 points=16 drawn=32 passes=9
while [ "$points" -lt "$n" ]; do
  points=$((2 * points)) level=$((points > 32 ? 2 : 1))
  # shellcheck disable=SC2086
  {
    make "$out/raw$points.h5" karhunen train -data "$out/train.h5" -train_grid "$points,$points,$points" $training -train_from "$from" -train_from_level "$level" \
      -train_steps 0 -out "$out/raw$points.h5"
    make "$out/o$points.h5" karhunen calibrate -model "$before,$out/raw$points.h5" -data "$out/train.h5" -variable velocity -samples "$drawn" -passes "$passes" $sampler \
      -sampler_evaluations 28 -out "$out/o$points.h5"
  }
  before=$before,$out/o$points.h5 drawn=$((drawn > 8 ? drawn / 4 : 2)) passes=7
done
make "$out/cascade.h5" karhunen calibrate -model "$before" -passes 0 -join -out_half -out "$out/cascade.h5"
make "$out/fields.h5" karhunen sample -model "$out/cascade.h5" -samples "$fields" -seed 7 -out "$out/fields.h5"
karhunen evaluate -data "$out/test.h5" -samples "$out/fields.h5" -variable velocity -out "$out/report" -overwrite
karhunen render -beside "$out/test.h5,$out/fields.h5" -variable velocity -quantity vorticity -projection z -count $((fields < 4 ? fields : 4)) -seed 3 -out "$out/beside.png" -overwrite
