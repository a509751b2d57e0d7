/* What the solvers of flow share. */
#pragma once

#include <karhunen/flow.h>
#include <petscts.h>

typedef PetscReal Pair[2]; /* (re, im) */

/* Kernels for the processor at hand. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) &&               \
  !defined(__SANITIZE_THREAD__)
  #define WIDE __attribute__((target_clones("avx512f", "avx2", "default")))
#else
  #define WIDE
#endif
/* Before a loop: its turns are independent; and but for a maximum. These files are compiled with -fopenmp-simd. */
#define SIMD            _Pragma("omp simd")
#define SIMD_MAX(x)     KAR_PRAGMA(omp simd reduction(max : x))
#define KAR_PRAGMA(...) _Pragma(#__VA_ARGS__)

/* Not collective; cannot fail. The next step of at most `left`; top is max_x sum_i k_max,i |u_i|. */
static inline PetscReal kar_flow_step(const KarFlow *flow, PetscReal top, PetscReal left)
{
  const PetscReal bound = top * flow->dt > flow->cfl ? flow->cfl / top : flow->dt;

  return left / PetscMax(1, PetscCeilReal(left / bound * (1 - 1e-12)));
}

/* (1 - exp(-rate h)) / rate. */
static inline PetscReal kar_flow_phi(PetscReal rate, PetscReal h)
{
  return rate > 0 ? -expm1(-rate * h) / rate : h;
}

/* --- The kept modes of a flow, |index| <= n/3, dealt to the ranks, and the transforms of these alone
   ------------------ */
/* Blocks of ceil(n / ranks): those of one rank. */
typedef struct {
  PetscInt from, rows;
} KarShare;
static inline KarShare kar_share(PetscInt n, int ranks, int rank)
{
  const PetscInt block = (n + ranks - 1) / ranks, from = PetscMin(rank * block, n);

  return (KarShare){from, PetscMin(block, n - from)};
}

typedef struct _p_KarKept *KarKept;
struct _p_KarKept {
  MPI_Comm   comm;
  int        rank, ranks;
  PetscInt   modes;   /* of this rank */
  PetscInt   numbers; /* for each: 2 in 2D, 6 in 3D. A state is [numbers][modes]: re and im of each component in turn */
  PetscInt   total;   /* modes of all ranks */
  PetscReal *k2;      /* [modes] */
  /* Collective. n <- N(w); top <- max_x sum_i k_max,i |u_i| of this rank. */
  PetscErrorCode (*advect)(KarKept kept, const PetscReal w[], PetscReal n[], PetscReal *top);
  /* Which rank holds the coefficient of a signed index (last one >= 0), and as which of its modes. */
  void (*find)(KarKept kept, const PetscInt index[3], int *rank, PetscInt *mode);
  PetscErrorCode (*destroy)(KarKept kept);
};
/* Not collective; cannot fail. Counts complex numbers that this rank hands to others, count[ranks]. */
static inline void kar_flow_log_send(KarKept kept, const int count[])
{
  for (int p = 0; p < kept->ranks; p++)
    if (p != kept->rank) kar_log_send(2. * sizeof(double) * count[p]);
}
PetscErrorCode KarKeptCreate_Plane(const KarGridInfo *grid, KarKept *kept);
PetscErrorCode KarKeptCreate_Space(const KarGridInfo *grid, KarKept *kept);

typedef struct _p_KarPassage *KarPassage;
/* Collective. Between coordinates of fft and states, of which w is one; w is overwritten. kept is shared. */
PetscErrorCode KarPassageCreate(KarFFT fft, KarKept kept, Vec w, KarPassage *passage);
/* Collective. Coordinates x to the state `kept`; mode 0 becomes zero. */
PetscErrorCode KarPassageKeep(KarPassage passage, Vec x, Vec kept);
/* Collective. A state to coordinates x, zero in all other modes; `kept` is overwritten. */
PetscErrorCode KarPassageGiveBack(KarPassage passage, Vec kept, Vec x);
/* Not collective; cannot fail. Coordinate over coefficient of each kept mode [modes]; borrowed. */
const PetscReal *kar_passage_weight(KarPassage passage);
PetscErrorCode   KarPassageDestroy(KarPassage *passage);

/* 2D: rows of |k_x|, each of 2 ky + 1 modes. */
typedef struct {
  struct _p_KarKept kept;               /* first: a KarKept is a pointer to it */
  PetscInt          nx, ny, kx, ky, my; /* points; kept modes: 0..kx, -ky..ky; 2 ky + 1 */
  PetscInt          from, rows;         /* this rank's k_x */
  PetscInt          ly;                 /* this rank's y in space */
  PetscReal        *x, *y, *inverse;    /* wave numbers [kx + 1], [my]; 1/k^2 [modes], 0 for k = 0 */
  int               threads;            /* of this rank */
  Pair             *lines;              /* [threads][3][ny and a few] */
  Pair  *send, *receive; /* for each rank, [2 rows][y and a few]: k_x >= 0, then -k_x; the same array on one rank */
  Pair **row;            /* where rows of k_x, then of -k_x begin in `receive`: [2][kx + 1] */
  Pair  *columns;        /* [threads][nx][a few y] */
  int   *counts[2], *starts[2];   /* of pairs: [0] of send, [1] of receive */
  void  *along_y[2], *along_x[2]; /* plans [direction] */
} KarPlane;

/* --- Plane flows ------------------------------------------------------------ */
typedef struct _p_KarVortex *KarVortex;
#define KARTSVORTEX "vortex"
/* Collective. Makes ts a plane flow, whose states are [2][modes]; the vortex lives as long as ts. plane is shared. */
PetscErrorCode KarVortexCreate(TS ts, KarPlane *plane, const KarFlow *flow, KarVortex *vortex);
/* Not collective; cannot fail. f: [2][modes], copied. */
void KarVortexSetForcing(KarVortex vortex, const PetscReal f[]);
