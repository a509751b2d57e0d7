#!/bin/sh
# The job script for PBS, with -max_time in the place of a signal: it ends with a checkpoint, submits itself again, and the next run goes on; an
# error is passed on.  The job scripts for Slurm ask for a requeue when a run is stopped.
. "$1/tests/program.sh"

works 1 generate -generator_type gaussian -grid_n 8,8 -samples 8 -out train.h5
cp -r "$source/jobs" .
printf 'data: train.h5\nout: model.h5\nfno_width: 2\nfno_modes: 2\nfno_depth: 1\nfno_hidden: 2\ntrain_batch: 2\ntrain_steps: 1000000000\nquiet: true\n' >jobs/train.yaml
mkdir bin
printf '#!/bin/sh\necho "$@" >>%s/asked\n' "$PWD" >bin/qsub
cp bin/qsub bin/scontrol
chmod +x bin/*
export PATH="$PWD/bin:$PATH" KARHUNEN="$build/karhunen" KARHUNEN_MPI="env" MAX_TIME=1
sh jobs/train.pbs >../out 2>../err || wrong "it ends with $?: $(cat ../err)"
[ "$(cat asked)" = jobs/train.pbs ] || wrong "it is not submitted again"
sh jobs/train.pbs >../out 2>../err || wrong "the second run ends with $?: $(cat ../err)"
grep -q -e '-resume: goes on after step' ../out || wrong "the second run begins anew"
[ "$(wc -l <asked)" = 2 ] || wrong "the second run is not submitted again"
rm asked
sed -i 's/^train_batch: 2/train_batch: 4/' jobs/train.yaml # not the same training
sh jobs/train.pbs >../out 2>../err && wrong "an error is no error"
[ ! -e asked ] || wrong "a run with an error is submitted again"
sed -i 's/^train_batch: 4/train_batch: 2/' jobs/train.yaml
SLURM_JOB_ID=77 sh jobs/train.sbatch -max_time 1 >../out 2>../err || wrong "train.sbatch ends with $?: $(cat ../err)"
[ "$(cat asked)" = "requeue 77" ] || wrong "no requeue is asked for"
grep -q -e '-resume: goes on after step' ../out || wrong "train.sbatch does not go on"
finish
