#!/bin/sh
# mpi.sh RANKS COMMAND...: runs a command on that many ranks, here and now, whatever the machine, by the mpirun of Open MPI or MPICH.  With
# GRACE=5 they have ten seconds after Ctrl-C, not two; Open MPI then takes as long to end a run that failed.
n=$1
shift
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
case $(mpirun --version 2>/dev/null) in *HYDRA*) exec mpirun -bind-to none -n "$n" "$@" ;; esac
if [ "$(id -u)" = 0 ]; then export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1; fi
if [ "$n" -gt "$(env -u OMP_NUM_THREADS nproc)" ]; then over="--oversubscribe --mca mpi_yield_when_idle 1"; fi
# shellcheck disable=SC2086
exec mpirun ${GRACE:+--mca odls_base_sigkill_timeout "$GRACE"} --bind-to none ${over:-} -n "$n" "$@"
