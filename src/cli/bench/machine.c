/* What the machine can do: the fastest of some calls, all ranks and threads at once. */
#include "bench.h"

#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SIDE = 1024, LONG = 1 << 24, CALLS = 5 };

/* The sums over ranks of work / seconds, of the fastest call; of processor seconds too, as if no thread had waited. */
static PetscErrorCode Fastest(MPI_Comm comm, KarBenchWork *call, void *ctx, PetscReal work, PetscReal *rate,
                              PetscReal *cpu)
{
  PetscReal best[2] = {0, 0};

  PetscFunctionBegin;
  for (int i = -1; i < CALLS; i++) { /* one unmeasured */
    PetscReal start, busy, here[2];

    PetscCallMPI(MPI_Barrier(comm));
    start = MPI_Wtime(), busy = KarBenchCPU();
    PetscCall(call(ctx));
    here[0] = work / (MPI_Wtime() - start);
    here[1] = work * kar_threads() / PetscMax(KarBenchCPU() - busy, 1e-9);
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, here, 2, MPIU_REAL, MPI_SUM, comm));
    for (int j = 0; j < 2 && i >= 0; j++) best[j] = PetscMax(best[j], here[j]);
  }
  *rate = best[0];
  *cpu  = best[1];
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Multiply(void *ctx)
{
  float *const *m = ctx;

  PetscFunctionBegin;
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, SIDE, SIDE, SIDE, 1, m[0], SIDE, m[1], SIDE, 0, m[2], SIDE);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Triad(void *ctx)
{
  double *const *v = ctx;

  PetscFunctionBegin;
#pragma omp parallel for num_threads(kar_threads())
  for (int i = 0; i < LONG; i++) v[0][i] = v[1][i] + 3 * v[2][i];
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarBenchGemm(KarBench *b, PetscReal *flops, PetscReal *cpu)
{
  float *m[3];

  PetscFunctionBegin;
  PetscCall(PetscMalloc3(SIDE * SIDE, &m[0], SIDE * SIDE, &m[1], SIDE * SIDE, &m[2]));
  for (int i = 0; i < SIDE * SIDE; i++) m[0][i] = m[1][i] = (float)(i % 7 - 3);
  openblas_set_num_threads(kar_threads());
  PetscCall(Fastest(b->comm, Multiply, m, 2. * SIDE * SIDE * SIDE, flops, cpu));
  PetscCall(PetscFree3(m[0], m[1], m[2]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* OpenBLAS chooses by the processor's model, and takes a new one for an old one; what it can do is in its flags. */
void kar_bench_choose_kernels(char **argv)
{
#if defined(__x86_64__)
  const char *const old[] = {"Prescott",   "Core2",   "Katmai", "Coppermine", "Northwood", "Banias",     "Penryn",
                             "Dunnington", "Nehalem", "Atom",   "Opteron",    "Barcelona", "Sandybridge"};
  const char       *core = openblas_get_corename(), *best = NULL;

  if (getenv("OPENBLAS_CORETYPE")) return;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) best = "Haswell";
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl"))
    best = "SkylakeX";
  for (size_t i = 0; best && i < PETSC_STATIC_ARRAY_LENGTH(old); i++)
    if (!strcmp(core, old[i]) && !setenv("OPENBLAS_CORETYPE", best, 1)) (void)execv("/proc/self/exe", argv);
#endif
}

PetscErrorCode KarBenchShare(KarBench *b, const char *const names[3], PetscReal flops, PetscReal seconds, PetscReal cpu)
{
  PetscReal peak = KarBenchGet(b, "sgemm_flops"), busy = KarBenchGet(b, "sgemm_cpu_flops"), share;

  PetscFunctionBegin;
  if (!(peak > 0)) PetscCall(KarBenchGemm(b, &peak, &busy));
  KarBenchSet(b, "sgemm_flops", peak);
  KarBenchSet(b, "sgemm_cpu_flops", busy);
  KarBenchSet(b, names[0], flops / seconds);
  share = flops * kar_threads() / cpu / busy;
  if (share <= 1 && flops / seconds <= peak) KarBenchSet(b, names[1], flops / seconds / peak);
  if (share <= 1) KarBenchSet(b, names[2], share);
  if (share > 1)
    (void)snprintf(b->remark, sizeof(b->remark),
                   "OpenBLAS's sgemm (kernels %s) is slower than these products: no share of it is a measure, and "
                   "baselines that call it are handicapped; try OPENBLAS_CORETYPE",
                   openblas_get_corename());
  else if (flops / seconds > peak)
    (void)snprintf(b->remark, sizeof(b->remark),
                   "others slowed sgemm down: only its share by processor time is a measure; see the load");
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarBenchTriad(KarBench *b, PetscReal *bytes)
{
  double   *v[3];
  PetscReal cpu;

  PetscFunctionBegin;
  PetscCall(PetscCalloc3(LONG, &v[0], LONG, &v[1], LONG, &v[2]));
  PetscCall(Fastest(b->comm, Triad, v, 3. * sizeof(double) * LONG, bytes, &cpu));
  PetscCall(PetscFree3(v[0], v[1], v[2]));
  PetscFunctionReturn(PETSC_SUCCESS);
}
