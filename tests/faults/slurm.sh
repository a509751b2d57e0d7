#!/bin/sh
# slurm.sh SOURCE BUILD [KEPT]: the job scripts on a real Slurm of one node.  A training is stopped before its time limit, queued again and goes
# on; another loses its node (daemon, step and ranks killed), is queued again when Slurm misses it and goes on: both end with the model of a run
# that nothing has stopped, bit for bit.  Draws that are stopped go on.  mpirun's exit status is the job's.  Skipped without slurm-wlm.
# KEPT: a folder for the logs of the jobs.
. "$1/tests/program.sh"
. "$source/tests/faults/one_node_slurm.sh"
kept=${3:-}
trap 'slurm_stop; rm -rf "$folder"' EXIT
if ! slurm_start; then
  echo "SKIPPED: no Slurm can be started here"
  exit 77
fi
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 KARHUNEN="$build/karhunen"
unset OMPI_MCA_ess_singleton_isolated
cp -r "$source/jobs" .
tell() { echo "$(date +%T) $*"; }
state_of() { scontrol show job "$1" | sed -n 's/.*JobState=\([A-Z_]*\).*/\1/p'; }
# finish_job JOB SECONDS: lets it start again whenever it is queued again, in some seconds rather than two minutes, until it is over.  Not in the same
# second: a node refuses credentials that are not younger than those that the requeue took back, to the second.
finish_job() {
  over=$(($(date +%s) + $2))
  while [ "$(date +%s)" -lt "$over" ]; do
    case $(state_of "$1") in
      COMPLETED) return 0 ;;
      FAILED | TIMEOUT | CANCELLED | NODE_FAIL) return 1 ;;
      PENDING) sleep 3 && if [ "$(state_of "$1")" = PENDING ]; then scontrol update "JobId=$1" StartTime=now; fi ;;
    esac
    sleep 1
  done
  return 1
}
restarts() { scontrol show job "$1" | sed -n 's/.*Restarts=\([0-9]*\).*/\1/p'; }
weights() { h5dump -g /weights "$1" 2>/dev/null | tail -n +2 | cksum; }

works 2 generate -generator_type gaussian -grid_n 16,16 -samples 32 -out train.h5
# As many steps as take about a minute here.
[ "$(weights "$source/examples/models/ns2d.h5" | cut -d" " -f2)" -gt 1000 ] || wrong "no weights are compared"
begin=$(date +%s)
yaml() { printf 'data: train.h5\nfno_width: 8\nfno_modes: 4\ntrain_batch: 4\ntrain_every: 10\nquiet: true\ntrain_steps: %s\n' "$1"; }
yaml 40 >jobs/train.yaml
works 2 train -options_file jobs/train.yaml -out rate.h5
seconds=$(($(date +%s) - begin))
steps=$((40 * 60 / (seconds > 1 ? seconds : 1)))
tell "40 steps take $seconds s: training $steps"
yaml "$steps" >jobs/train.yaml
works 2 train -options_file jobs/train.yaml -out whole.h5

# --- the time limit
job=$(sbatch --parsable --ntasks=2 --time=1 --signal=B:USR1@35 --output=limit.log jobs/train.sbatch -out limit.h5)
finish_job "$job" 600 || wrong "the job with a limit ends $(state_of "$job"): $(tail -5 limit.log)"
tell "time limit: $(state_of "$job") after $(restarts "$job") requeues: $(grep -h 'goes on after' limit.log | tr '\n' ';')"
[ "$(restarts "$job")" -ge 1 ] || wrong "no requeue"
grep -q 'stopped: limit.h5.state holds the state' limit.log || wrong "it was not stopped in time"
[ "$(weights limit.h5)" = "$(weights whole.h5)" ] || wrong "after a time limit the model has other bits"

# --- the node
job=$(sbatch --parsable --ntasks=2 --time=10 --output=node.log jobs/train.sbatch -out node.h5)
slurm_wait 300 node.h5.state ls || wrong "no checkpoint"
node_kill "$job"
tell "node failure: slurmd and the job are killed"
slurm_wait 120 '\*|down' sinfo -h -o %T || wrong "Slurm does not miss the node"
sleep 3
node_start
finish_job "$job" 600 || wrong "the job whose node failed ends $(state_of "$job"): $(tail -5 node.log)"
tell "node failure: $(state_of "$job") after $(restarts "$job") requeues: $(grep -h 'goes on after' node.log | tr '\n' ';')"
[ "$(restarts "$job")" -ge 1 ] || wrong "no requeue after a node failure"
[ "$(weights node.h5)" = "$(weights whole.h5)" ] || wrong "after a node failure the model has other bits"

# --- draws, stopped by the same signal at once
begin=$(date +%s)
draws() { printf 'score_type: mixture\ngrid_n: 64,64\nseed: 5\nsamples: %s\nout: %s\nranks_per_field: 1\nquiet: true\n' "$1" "$2" >jobs/sample.yaml; }
draws 400 rate2.h5
works 2 sample -options_file jobs/sample.yaml
seconds=$(($(date +%s) - begin))
count=$((400 * 30 / (seconds > 1 ? seconds : 1)))
draws $count whole_draws.h5
works 2 sample -options_file jobs/sample.yaml
draws $count draws.h5
job=$(sbatch --parsable --ntasks=2 --time=10 --output=draws.log jobs/sample.sbatch)
slurm_wait 60 RUNNING squeue -h -o %T || wrong "the draws do not start"
sleep 10
scancel --signal=USR1 --batch "$job"
finish_job "$job" 300 || wrong "the draws end $(state_of "$job"): $(tail -5 draws.log)"
tell "draws: $count, $(state_of "$job") after $(restarts "$job") requeues: $(grep -h -e 'samples are whole' draws.log | tr '\n' ';')"
[ "$(restarts "$job")" -ge 1 ] || wrong "the draws were not queued again"
bits() { h5dump -A 0 "$1" | tail -n +2 | cksum; }
[ "$(bits draws.h5)" = "$(bits whole_draws.h5)" ] || wrong "draws that went on have other bits"

# --- exit statuses: an error, a rank that is killed
job=$(sbatch --parsable --ntasks=2 --time=5 --output=error.log jobs/train.sbatch -data nowhere.h5 -out error.h5)
finish_job "$job" 60
scontrol show job "$job" | grep -q 'JobState=FAILED.*' && scontrol show job "$job" | grep -q 'ExitCode=1:0' || wrong "an error ends $(scontrol show job "$job" | grep -o 'ExitCode=[0-9:]*')"
job=$(sbatch --parsable --ntasks=2 --time=5 --output=rank.log jobs/train.sbatch -out rank.h5)
slurm_wait 120 rank.h5.state ls || wrong "no checkpoint"
for one in $(scontrol listpids "$job" | awk 'NR > 1 { print $1 }'); do
  case $(ps -o args= -p "$one") in "$KARHUNEN "*) rank=$one ;; esac
done
kill -9 "$rank"
finish_job "$job" 60
scontrol show job "$job" | grep -q 'ExitCode=137:0' || wrong "a killed rank ends $(scontrol show job "$job" | grep -o 'ExitCode=[0-9:]*')"
tell "exit statuses: 1 of an error, 137 of a killed rank, 3 of a stop is a requeue"

if [ -n "$kept" ]; then cp ./*.log "$kept"; fi
finish
