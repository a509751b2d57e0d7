/* What the types of karhunen-bench share: a case, its clock, its figures. */
#pragma once

#include "cli.h"

enum { KAR_BENCH_REPEAT = 64, KAR_BENCH_FIGURES = 32 };

/* One case: a type on a grid.  A type reads its own options, ends its set-up with KarCommandReady(), works, and sets
   figures. */
typedef struct {
  MPI_Comm    comm;
  KarGrid     grid;
  KarGridInfo info;
  PetscInt    repeat;
  PetscBool   stop;        /* a wish to stop has ended the repetitions */
  PetscBool   baseline;    /* -bench_baseline: is it wanted? */
  const char *against;     /* what the baseline is; NULL: none */
  char        remark[256]; /* a line under the figures, such as the formula of one of them */
  PetscInt    figures;
  const char *name[KAR_BENCH_FIGURES];  /* static text; _per_rank: of the worst rank */
  PetscReal   value[KAR_BENCH_FIGURES]; /* NaN: not measured, null in the file */
} KarBench;

/* Not collective. A figure by its name, a new one at the end. */
void KarBenchSet(KarBench *bench, const char name[], PetscReal value);
/* Not collective. NaN when there is none. */
PetscReal KarBenchGet(const KarBench *bench, const char name[]);
/* Collective. peak_bytes_per_rank: the most that any rank has held so far. */
PetscErrorCode KarBenchPeak(KarBench *bench);

typedef PetscErrorCode KarBenchWork(void *ctx);
/* Collective. One call of each unmeasured, then -bench_repeat times ours and the baseline's (NULL: none), turn and
   turn about.  One call of ours counts as `units` of the baseline's.  Sets seconds and ratios, medians of the slowest
   rank's time and processor time; bytes sent, counted as MPI is called, and the share of time in MPI, means over calls
   and ranks. */
PetscErrorCode KarBenchTime(KarBench *bench, KarBenchWork *ours, PetscReal units, KarBenchWork *baseline, void *ctx);

/* --- What the machine can do, measured: all ranks and threads at once
   ------------------------------------------------- */
/* Not collective; before MPI starts. Runs the program anew where OpenBLAS has chosen kernels of an older processor
   than this one has. */
void kar_bench_choose_kernels(char **argv);
/* Collective. Sets names[0], flops a second of all ranks, sgemm_flops and sgemm_cpu_flops, and the shares names[1], by
   seconds, and names[2], by a rank's processor seconds; none above 1: the remark then says why. */
PetscErrorCode KarBenchShare(KarBench *bench, const char *const names[3], PetscReal flops, PetscReal seconds,
                             PetscReal cpu);
/* Not collective. Processor seconds of this process so far. */
PetscReal KarBenchCPU(void);
/* Collective. Flops a second of OpenBLAS's sgemm on 1024 x 1024 matrices, by the wall and by processor time; bytes a
   second of a triad x <- y + a z on long arrays. */
PetscErrorCode KarBenchGemm(KarBench *bench, PetscReal *flops, PetscReal *cpu);
PetscErrorCode KarBenchTriad(KarBench *bench, PetscReal *bytes);

/* --- A network and its inputs, for the types that time one ----------------------------------------------------------
   */
typedef struct {
  KarBench  *bench;
  PetscInt   batch, np, cin, cout; /* np: points here */
  KarNet     net;
  PetscReal *cnoise;
  float     *x, *y; /* [batch][np][cin], [batch][np][cout] */
} KarBenchNetwork;
/* Collective. -bench_batch and the options of the network; makes it. */
PetscErrorCode KarBenchNetworkOptions(KarBench *bench, PetscInt batch, KarBenchNetwork *net);
/* Collective. Weights, none of them zero, and inputs; keep: it will go backward.  Sets what the network says it will
   hold. */
PetscErrorCode KarBenchNetworkFill(KarBenchNetwork *net, PetscBool keep);
PetscErrorCode KarBenchNetworkDestroy(KarBenchNetwork *net);

typedef PetscErrorCode KarBenchFn(KarBench *bench);
KarBenchFn KarBench_FNO, KarBench_Net, KarBench_Train, KarBench_Noise, KarBench_Field, KarBench_NavierStokes,
  KarBench_Octave, KarBench_File, KarBench_Step, KarBench_Roofline;

/* Collective. The whole program. */
PetscErrorCode KarBenchRun(MPI_Comm comm);
