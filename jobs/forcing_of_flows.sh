#!/bin/sh
# sh jobs/forcing_of_flows.sh: the steady force on a flow from values of its vorticity.  Forces of a Gaussian law, the
# flow that each drives from rest, 64 values of its vorticity at a later time, and draws of the force given them:
# particles, guided draws, and draws of the Stokes flow's posterior, which leaves the advection out.  Then the same for
# forces so weak that the flow is linear, against the exact posterior, written out in jobs/forcing_of_flows.py.  What
# exists in $OUT is kept: a stopped run goes on.  Needs python3 with numpy and h5py.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
program=${KARHUNEN:-$here/build/karhunen}
python=${PYTHON:-python3}
out=${OUT:-build/forcing}
truths=${TRUTHS:-16}
time=${TIME:-1}
box="-grid_n 32,32 -grid_length 6.283185307179586"
mkdir -p "$out"
law() { echo "-score_type gaussian $box -data_cov_alpha 3 -data_cov_tau 3 -data_cov_variance $1 -cov_variance $1"; }
flow() { echo "-obs_type flow -obs_flow_of forcing -obs_flow_time $time -obs_flow_nu 0.01 -obs_flow_step $1"; }

# draw NAME VARIANCE NOISE STEP OPTIONS: draws of each truth by a method
# shellcheck disable=SC2046
draw() {
  name=$1 variance=$2 noise=$3 step=$4
  shift 4
  forces=$out/forces-$variance.h5
  [ -f "$forces" ] || "$program" sample $(law "$variance") -samples "$truths" -seed 1 -quiet -out "$forces"
  i=0
  while [ $i -lt "$truths" ]; do
    y=$out/$variance-$i.csv
    given=$out/$name-$i.h5
    [ -f "$y" ] || "$program" observe -data "$forces" -sample $i $(flow 0.1) -obs_every 4 -obs_noise "$noise" \
      -seed $i -out "$y" >>"$out/log"
    [ -f "$given" ] || "$program" posterior $(law "$variance") -obs_data "$y" $(flow "$step") -seed $i -quiet \
      -out "$given" "$@" >>"$out/log"
    i=$((i + 1))
  done
}
draw guided 1 0.02 0.1 -posterior_type guided -sampler_evaluations 20 -samples 8
draw smc 1 0.02 0.1 -posterior_type smc -posterior_particles 8 -sampler_evaluations 20 -samples 8
draw weak 1e-10 2e-7 0.5 -posterior_type guided -sampler_evaluations 20 -samples 16
"$python" "$here/jobs/forcing_of_flows.py" "$out" "$truths" "$time"
