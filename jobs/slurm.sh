# Sourced by the job scripts: runs the program so that Slurm's signal reaches every rank, and asks for a requeue when it was stopped.
# The signal goes to the batch shell (--signal=B:USR1@180), which hands it to mpirun, which hands it to the ranks.
# KARHUNEN is the program; KARHUNEN_MPI starts it on the job's ranks where that is not "mpirun -n RANKS".
export OMP_NUM_THREADS=${SLURM_CPUS_PER_TASK:-1} OPENBLAS_NUM_THREADS=1
program=${KARHUNEN:-build/karhunen}
start=${KARHUNEN_MPI:-mpirun -n ${SLURM_NTASKS:-2}}

# stoppable COMMAND...: the program's exit status, which mpirun passes on; 3 means that it was stopped in time and can go on.
stoppable() {
  $start "$program" "$@" &
  pid=$!
  trap 'kill -USR1 $pid' USR1
  status=0
  wait $pid || status=$?
  while kill -0 $pid 2>/dev/null; do # the trap has ended the first wait
    status=0
    wait $pid || status=$?
  done
  return $status
}
# again: asks Slurm for another run of this job, if this is one.
again() {
  if [ -n "${SLURM_JOB_ID:-}" ]; then scontrol requeue "$SLURM_JOB_ID"; else echo "stopped: run this again to go on"; fi
}
# resumable COMMAND...: goes on with what an earlier run of the same command left, and is queued again when it is stopped.
resumable() {
  status=0
  stoppable "$@" -resume || status=$?
  if [ "$status" = 3 ]; then again; else exit "$status"; fi
}
