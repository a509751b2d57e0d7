# Sourced: a Slurm of one node in $folder/slurm, under this user, on ports of its own; nothing of the machine's configuration is touched.
#   slurm_start     starts munged, slurmctld and slurmd; false when a program is missing or the node does not come up
#   node_start      slurmd alone
#   node_kill JOB   kill -9 of slurmd, of the job's step and of what it runs: the node is gone
#   slurm_stop      ends them all
# SLURM_CONF leads sbatch, squeue, scontrol and sacct to it.
slurm=$folder/slurm
export SLURM_CONF="$slurm/slurm.conf"

slurm_start() {
  for needed in munged slurmctld slurmd sbatch scontrol; do
    PATH=$PATH:/usr/sbin command -v $needed >/dev/null || { echo "no $needed: install slurm-wlm and munge"; return 1; }
  done
  PATH=$PATH:/usr/sbin
  port=$((20000 + $$ % 20000))
  mkdir -p "$slurm/state" "$slurm/spool"
  chmod 755 "$slurm"
  head -c 1024 /dev/urandom >"$slurm/key"
  chmod 400 "$slurm/key"
  host=$(hostname -s)
  cat >"$SLURM_CONF" <<END
ClusterName=one
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
AuthType=auth/munge
AuthInfo=socket=$slurm/munge.socket
CredType=cred/munge
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
StateSaveLocation=$slurm/state
SlurmdSpoolDir=$slurm/spool
SlurmctldPidFile=$slurm/slurmctld.pid
SlurmdPidFile=$slurm/slurmd.pid
SlurmctldLogFile=$slurm/slurmctld.log
SlurmdLogFile=$slurm/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdTimeout=10
SlurmctldTimeout=10
InactiveLimit=0
KillWait=5
MinJobAge=3600
ReturnToService=2
MpiDefault=none
SchedulerParameters=sched_interval=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(env -u OMP_NUM_THREADS nproc) State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP
END
  munged --socket="$slurm/munge.socket" --key-file="$slurm/key" --pid-file="$slurm/munged.pid" --log-file="$slurm/munged.log" --seed-file="$slurm/seed" --force >"$slurm/out" 2>&1 || { cat "$slurm/out"; return 1; }
  slurmctld -c -f "$SLURM_CONF" >>"$slurm/out" 2>&1 || { cat "$slurm/out"; return 1; }
  node_start || return 1
  slurm_wait 60 'idle' sinfo -h -o %T || { tail -3 "$slurm/slurmctld.log" "$slurm/slurmd.log"; return 1; }
}
node_start() { slurmd -c -f "$SLURM_CONF" -N "$host" >>"$slurm/out" 2>&1; }
node_kill() { # JOB: the daemon first, then the job's step and what it runs
  all=$(scontrol listpids "$1" "$host" | awk 'NR > 1 { print $1 }')
  kill -9 "$(cat "$slurm/slurmd.pid")"
  for one in $all; do
    step=$(ps -o ppid= -p "$one" | tr -d ' ')
    case $(ps -o args= -p "${step:-$$}") in slurmstepd:*) all="$step $all" ;; esac
  done
  # shellcheck disable=SC2086
  kill -9 $all 2>/dev/null
}
# slurm_wait SECONDS PATTERN COMMAND...: until the command prints it
slurm_wait() {
  left=$1 pattern=$2
  shift 2
  until "$@" 2>/dev/null | grep -Eq "$pattern"; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || return 1
    sleep 1
  done
}
slurm_stop() {
  for daemon in slurmd slurmctld munged; do
    if [ -s "$slurm/$daemon.pid" ]; then kill "$(cat "$slurm/$daemon.pid")" 2>/dev/null; fi
  done
  sleep 1
  for daemon in slurmd slurmctld munged; do
    if [ -s "$slurm/$daemon.pid" ]; then kill -9 "$(cat "$slurm/$daemon.pid")" 2>/dev/null; fi
  done
  return 0
}
