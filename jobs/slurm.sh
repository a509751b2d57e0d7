# Sourced by the job scripts: runs the program so that Slurm's signal reaches every rank, and asks for a requeue when it was stopped.
# The signal goes to the batch shell (--signal=B:USR1@180), which hands it to mpirun, which hands it to the ranks.
export OMP_NUM_THREADS=${SLURM_CPUS_PER_TASK:-1} OPENBLAS_NUM_THREADS=1
program=${KARHUNEN:-build/karhunen}

# stoppable COMMAND...: the program's exit status; 3 means that it was stopped in time and can go on.
stoppable() {
  mpirun --mca odls_base_sigkill_timeout 120 -n "${SLURM_NTASKS:-2}" "$program" "$@" &
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
