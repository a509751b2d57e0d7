/* Inside the Fourier neural operator: what it is (fno.c, config.c, modes.c), what its ranks tell one another
   (exchange.c, rows.c), memory of a call (fnomemory.c), its passes (pass.c, forward.c, backward.c, mix.c, embed.c). */
#pragma once

#include "nnimpl.h"

#define KAR_TILE    192 /* points that go through a layer together, at most */
#define KAR_BLOCK   36  /* planes of axis 0 that are transformed together, at most */
#define KAR_PROJECT 32  /* points that are projected together, at most */
#define KAR_EIGHTHS 256 /* points of a row that is cut into eighths, at least */

/* The functions of one axis, tabulated on the points that stand for all: each has `images`, on which the functions
   differ in sign alone or, of eight, by a rotation besides. Images that coincide are there twice: the later ones then
   count for nothing and are kept zero.
     1: all points.
     2: 0 <= j < n/2 with images j, n - 1 - j. Two tables: cos and sin of kappa times the distance to their middle;
     products turn into
        products of these once for a pass (kar_fno_centre).
     4: a whole period of n = 4 q points, 0 <= j <= n/4 with images j, n/2 + j, n/2 - j, n - j. Four tables: of even
     kappa, cos then
        sin, and of odd kappa, cos then sin.
     8: of n = 8 q points, 0 <= j <= n/8 with those four of j and those of n/4 - j. Four tables: cos 4p, sin 4p, cos 4p
     + 2,
        sin 4p + 2 (eighths.c). */
typedef struct {
  PetscInt  n;     /* points here */
  PetscInt  K, nf; /* modes; functions, 2 K - 1 */
  PetscInt  images;
  PetscInt  length;   /* points that stand for all */
  PetscInt  tables;   /* of functions: 1, 2 or 4 */
  PetscInt  start[5]; /* column where each begins; the last is the end */
  PetscInt *index[2]; /* [K] function of cos and of sin kappa */
  float    *point;    /* [length][columns] */
  float    *turn; /* cos and sin: of eight images [length][2] of 2 pi j / n, of two [K][2] of kappa times the middle */
} KarAxis;

/* The exchange of rows (rows.c). Products here are those of the axes but the first. */
typedef struct {
  KarAxis     axis;           /* axis 0 of the whole grid */
  PetscInt    rest, mine;     /* products; those that this rank owns */
  PetscInt   *start, *ln;     /* rows of every rank */
  PetscInt   *first, *column; /* products of rank p: column[first[p]] to column[first[p + 1] - 1] */
  PetscInt    mn, *own;       /* modes of this rank */
  KarFNOMode *modes;          /* the same in products [nf][mine] */
  int        *counts, *displs, *backcounts, *backdispls; /* for one call */
  float      *out;                                       /* [ln][rest][max(W, X)] collected, of one sample */
  float      *rows, *products, *mixed;                   /* what is sent, rank by rank; [nf][mine][max(W, X)] */
} KarFNORows;

/* What one thread writes in a pass, and its buffers. Sums of all threads are in that of thread 0 afterwards. */
typedef struct {
  float *out;                /* [nprod][max(W, X)] collected */
  float *blockin, *blockout; /* [fields or 1][KAR_BLOCK][products of the axes but the first] */
  float *planein, *planeout; /* 3D: [n1][products of the last axis] */
  float *rowin, *rowout;     /* a row's products in eighths: [fields or 1][kar_eighths()] */
  float *tile;               /* [5][books.tile] */
  float *A, *B, *C, *D;      /* one mode's R as [W][2][W]; its samples [batch][4][W]; dR; R^T */
  float *dskip, *dP, *dpb, *dQ,
    *dq; /* gradients in the shapes of skip, P, pb, Q and y's bias; dskip before the scale */
} KarFNOThread;

/* What the network is, on this slab. */
typedef struct {
  KarGridInfo  info;
  KarFNOConfig config;
  KarTensors   tensors;
  PetscInt     nscalar, features; /* numbers a sample; features of all of them */
  PetscInt     W, H, X;
  PetscInt     np, nrow;  /* points here; those in a row, the last axis */
  PetscInt     ns, nsrow; /* the same as activations are stored: tile by tile, images included */
  PetscReal    total;     /* points of the whole grid */
  KarAxis      axis[3];
  PetscInt     nprod, nmodes;
  KarFNOMode  *modes;
} KarFNOArchitecture;

/* What ranks tell one another, and whose modes are whose. */
typedef struct {
  KarFNOExchange type;                  /* never AUTO after creation */
  PetscInt       n, *owned;             /* the modes whose weights this rank applies */
  PetscInt       mcount, *mown;         /* those of them when modes are exchanged */
  PetscMPIInt    ranks, *count, *displ; /* modes of every rank */
  int           *counts, *displs;       /* the same in floats, for one call */
  KarFNORows     rows;                  /* of exchange rows */
  float         *mine;                  /* [n][batch][2][max(W, X)] */
  float         *all;                   /* [nmodes][batch][2][max(W, X)] */
} KarFNOSharing;

/* A batch on its way: activations and modes. */
typedef struct {
  PetscInt     n;           /* most samples of a batch */
  PetscBool    keep;        /* and to go backward */
  PetscInt     fields;      /* layers that a tile goes through in one pass: depth when recomputed, 1 when stored */
  PetscInt     kept;        /* samples of the last forward with keep */
  PetscBool    spent;       /* a backward to the input has used up what weights need of it */
  PetscBool    weights;     /* the backward pass under way wants them */
  const float *x;           /* of that forward; borrowed */
  float       *u, *slope;   /* [depth, or 1 without keep][n][ns][W] outputs of the layers, gelu' of their inputs */
  float       *dh;          /* [n][ns][W] */
  float       *xhat;        /* [own modes][n][2][X] of (x, 1) */
  float       *uhat, *yhat; /* [depth or 1][own modes][n][2][W] before and after R */
  ptrdiff_t    infield;     /* of one field: nprod W, by rows ln rest W */
  float       *in;          /* [fields or 1][nprod or ln rest][W] of one sample, to evaluate */
} KarFNOBatch;

/* Weights as the products want them. */
typedef struct {
  float *lift;  /* [X][W] lift weight and, in row cin, bias */
  float *skip;  /* [depth][max(W, X)][W] W of a layer, its columns times the scale, after the lift in layer 0 */
  float *skipt; /* [W][W] of the layer packed last, transposed, without the lift */
  float *scale, *constant; /* [W] of the layer packed last; [W] */
  float *P, *Pt, *pb, *Q;  /* [W][H], [H][W], [H], [cout][H] of the projection */
} KarFNOPacked;

/* The time network of a batch. */
typedef struct {
  float *feature;      /* [n][features] */
  float *th, *ts, *td; /* [n][2 embed] hidden layer, its slope, its gradient */
  float *mod, *dmod;   /* [n][depth][2][width]: scale, shift */
} KarFNOTime;

/* Book-keeping: who computes, in how much memory. */
typedef struct {
  const KarKernels *kernels;
  int               threads;
  KarFNOThread     *thread;      /* [threads] */
  PetscInt          tile;        /* KAR_TILE points of any channels are as many floats */
  PetscReal         budget;      /* bytes that may be held here; 0: any */
  KarFNOActivations activations; /* of a forward without keep; never AUTO after creation */
  PetscBool         planning;    /* count bytes only */
  double            bytes;       /* held */
} KarFNOBooks;

struct _p_KarFNO {
  KarFNOArchitecture arch;
  KarFNOSharing      exchange;
  KarFNOBatch        batch;
  KarFNOPacked       packed;
  KarFNOTime         time;
  KarFNOBooks        books;
};

/* Tensors of layer l, or of the whole network with l = 0. Not collective; cannot fail. */
typedef enum {
  KAR_LIFT_W,
  KAR_LIFT_B,
  KAR_PROJECT_W,
  KAR_PROJECT_B,
  KAR_OUT_W,
  KAR_OUT_B,
  KAR_TIME0_W,
  KAR_TIME0_B,
  KAR_TIME1_W,
  KAR_TIME1_B,
  KAR_SPECTRAL,
  KAR_SKIP_W,
  KAR_SKIP_B
} KarFNOTensorId;
PetscInt                    kar_fno_offset(const KarFNOArchitecture *arch, KarFNOTensorId id, PetscInt l);
PETSC_INTERN PetscErrorCode KarFNOCreateTensors_Private(KarFNOArchitecture *arch);
/* The modes on arch->axis[] alone, and with those axes. */
PETSC_INTERN PetscErrorCode KarFNOListModes_Private(KarFNOArchitecture *arch);
PETSC_INTERN PetscErrorCode KarFNOCreateModes_Private(KarFNOArchitecture *arch);
PETSC_INTERN PetscErrorCode KarFNODestroyModes_Private(KarFNOArchitecture *arch);
/* Whose modes are whose; after the modes. */
PETSC_INTERN PetscErrorCode KarFNOCreateExchange_Private(KarFNO fno);
PETSC_INTERN PetscErrorCode KarFNODestroyExchange_Private(KarFNO fno);
/* Room for a call; keeps what is there when it is enough. */
PETSC_INTERN PetscErrorCode KarFNOReserve_Private(KarFNO fno, PetscInt batch, PetscBool keep);
PETSC_INTERN PetscErrorCode KarFNORelease_Private(KarFNO fno);

/* What is sent <- what was collected of sample s, C channels; the first product of thread 0's `out` is then the sum
   over this rank's points. And field of `in` <- what came of sample s, each channel times scale[W] plus constant[W]
   (both or neither NULL). Not collective; cannot fail. */
void kar_fno_combine(KarFNO fno, PetscInt batch, PetscInt s, PetscInt C);
void kar_fno_expand(KarFNO fno, PetscInt batch, PetscInt s, PetscInt field, const float scale[],
                    const float constant[]);
/* In `in` or what was collected, on axes of two images: products of functions of x <-> those of the distance to the
   middle, the former from the latter when `collected`. Not collective; cannot fail. */
void kar_fno_centre(KarFNO fno, PetscInt C, PetscBool collected, float products[]);
/* Collective. own <- own modes of the sum over ranks; and back: every rank's own to whom they concern. C channels. */
PETSC_INTERN PetscErrorCode KarFNOReduce_Private(KarFNO fno, PetscInt batch, PetscInt C, float own[]);
PETSC_INTERN PetscErrorCode KarFNOGather_Private(KarFNO fno, PetscInt batch, PetscInt C, const float own[]);
/* The same by rows. */
PETSC_INTERN PetscErrorCode KarFNOCreateRows_Private(KarFNO fno);
PETSC_INTERN PetscErrorCode KarFNODestroyRows_Private(KarFNO fno);
void                        kar_fno_rows_combine(KarFNO fno, PetscInt batch, PetscInt s, PetscInt C);
void                        kar_fno_rows_expand(KarFNO fno, PetscInt batch, PetscInt s, float in[]);
PETSC_INTERN PetscErrorCode KarFNOReduceRows_Private(KarFNO fno, PetscInt batch, PetscInt C, float own[]);
PETSC_INTERN PetscErrorCode KarFNOGatherRows_Private(KarFNO fno, PetscInt batch, PetscInt C, const float own[]);
/* Numbers that all ranks send for one channel of a sample, one way. Not collective; cannot fail. */
PetscReal kar_fno_rows_sent(const KarFNO fno);
/* The functions of axis i on its points first to first + n - 1, with as many images as can be, `most` at most. */
PETSC_INTERN PetscErrorCode KarFNOCreateAxis_Private(const KarFNOArchitecture *arch, PetscInt i, PetscInt first,
                                                     PetscInt n, PetscInt most, KarAxis *axis);
PETSC_INTERN PetscErrorCode KarFNODestroyAxis_Private(KarAxis *axis);
/* The spectral weights of a layer, [modes][channels][2][width], and unless NULL their gradient. */
typedef struct {
  PetscInt     channels; /* that come in; u and r have them padded */
  const float *R;
  float       *dR;
} KarFNOSpectral;
/* y = u R and its adjoint on own modes of a layer: r <- R^H g, dR += (points w) u^* g. Not collective; cannot fail. */
void kar_fno_mix(KarFNO fno, const KarFNOSpectral *of, PetscInt batch, const float u[], float y[]);
void kar_fno_mix_adjoint(KarFNO fno, const KarFNOSpectral *of, PetscInt batch, const float u[], const float g[],
                         float r[]);
/* a <- s a on own modes, after their share of d s, y being the modes before the scale; sample by sample mod, whose
   first channels are s - 1, and dmod are `stride` floats further on. Not collective; cannot fail. */
void kar_fno_modulate(KarFNO fno, PetscInt batch, PetscInt stride, const float mod[], float dmod[], const float y[],
                      float a[]);

/* mod <- the modulation of every sample; and the time network's gradients from dmod. Not collective; cannot fail. */
void kar_fno_time(KarFNO fno, PetscInt batch, const PetscReal cnoise[]);
void kar_fno_time_adjoint(KarFNO fno, PetscInt batch);

/* m points of a row from point t on, with all their images: n points, image by image. Activations of the tile are
   stored together, from stored point `at` of this rank on; the row begins at point `base` of this rank. z[nf][W] holds
   the row's products to evaluate, acc[nf][C] collects its own; `add` is false on the first tile of the row. */
typedef struct {
  KarFNOThread *with;
  PetscInt      s, l, base, at, t, m, n;
  PetscInt      first; /* layer that the tile enters; it leaves l */
  const float  *z;     /* of that layer; the next one is dz floats on */
  PetscInt      dz;
  float        *acc;
  int           add;
  float        *y; /* forward: the output; backward: dx or NULL */
  const float  *dy;
} KarFNOTile;
typedef void KarFNOTileFn(KarFNO fno, KarFNOTile *tile);
/* Runs fn over every tile of one sample, by all threads, each with its copy of `tile`: the first n fields of `in`
   evaluated along the leading axes for it, what it collects put together in `out` of thread 0 (unless D is 0); W, D
   channels. Not collective;
   cannot fail. */
void kar_fno_pass(KarFNO fno, const KarFNOTile *tile, PetscInt n, PetscInt D, KarFNOTileFn *fn);
/* Adds arrays of n floats over the threads, in order, into that of thread 0; `member` is their offset in a
   KarFNOThread. And zeroes them in every thread. Not collective; cannot fail. */
float *kar_fno_sum(KarFNO fno, size_t member, ptrdiff_t n);
void   kar_fno_clear(KarFNO fno, size_t member, ptrdiff_t n);
/* An axis of eight images: numbers of a row's products in eighths for one channel, 0 for other axes; those <- the
   row's products, and the adjoint; images v of m points <- eighths, and the adjoint. */
PetscInt                    kar_eighths(const KarAxis *axis);
PETSC_INTERN PetscErrorCode KarEighthsCreate_Private(KarAxis *axis);
void                        kar_eighths_from(const KarAxis *axis, PetscInt C, const float products[], float eighths[]);
void                        kar_eighths_to(const KarAxis *axis, PetscInt C, const float eighths[], float products[]);
void kar_eighths_evaluate(const KarKernels *k, const KarAxis *axis, PetscInt first, PetscInt m, PetscInt C,
                          const float eighths[], float v[]);
void kar_eighths_collect(const KarKernels *k, const KarAxis *axis, PetscInt first, PetscInt m, PetscInt C,
                         const float v[], float eighths[], int add, float work[]);
/* h[n][W] <- the spectral part of a tile, field i of those evaluated; acc += its share of the products of v[n][C]
   (work: a tile). Not collective; cannot fail. */
void kar_fno_evaluate(KarFNO fno, const KarFNOTile *tile, PetscInt i, float h[]);
void kar_fno_collect(KarFNO fno, const KarFNOTile *tile, PetscInt C, const float v[], float work[]);
/* Rows [*first, *end) of a tile hold image q but for points that are there twice. */
void kar_fno_image(KarFNO fno, const KarFNOTile *tile, PetscInt q, PetscInt *first, PetscInt *end);
/* v[n][C]: zero where an image is there twice. */
void kar_fno_blank(KarFNO fno, const KarFNOTile *tile, PetscInt C, float v[]);
/* v[n][ld] <- the tile's part of a field[batch][np][C], what is blank left as it was; and back. v[n][X] <- (x, 1, 0
   ...), blank. */
void kar_fno_take(KarFNO fno, const KarFNOTile *tile, PetscInt C, const float field[], PetscInt ld, float v[]);
void kar_fno_give(KarFNO fno, const KarFNOTile *tile, PetscInt C, const float v[], float field[]);
void kar_fno_augment(KarFNO fno, const KarFNOTile *tile, float v[]);
/* Activations: layer l's output, and slope, of sample s. */
static inline float *kar_fno_skip(KarFNO fno, PetscInt l)
{
  return fno->packed.skip + l * PetscMax(fno->arch.W, fno->arch.X) * fno->arch.W;
}
static inline float *kar_fno_field(KarFNO fno, PetscInt i)
{
  return fno->batch.in + (ptrdiff_t)i * fno->batch.infield;
}
static inline float *kar_fno_at(KarFNO fno, float *array, PetscInt l, PetscInt s, PetscInt at)
{
  return array + ((ptrdiff_t)((fno->batch.keep ? l : 0) * fno->batch.n + s) * fno->arch.ns + at) * fno->arch.W;
}
static inline float *kar_fno_hat(KarFNO fno, float *array, PetscInt l)
{
  return array + (ptrdiff_t)(fno->batch.keep ? l : 0) * fno->exchange.n * fno->batch.n * 2 * fno->arch.W;
}
/* Packs lift and projection, and the skip product of layer l for sample s (skip, scale). */
void kar_fno_pack(KarFNO fno);
void kar_fno_pack_layer(KarFNO fno, PetscInt l, PetscInt s);
#define KAR_FNO_AT(fno, block, id, l) ((fno)->arch.tensors.block + kar_fno_offset(&(fno)->arch, id, l))
/* Of the operator's own layer l, with the gradient where the pass under way wants it. */
static inline KarFNOSpectral kar_fno_spectral(KarFNO fno, PetscInt l)
{
  return (KarFNOSpectral){.channels = fno->arch.config.width,
                          .R        = KAR_FNO_AT(fno, p, KAR_SPECTRAL, l),
                          .dR       = fno->batch.weights ? KAR_FNO_AT(fno, g, KAR_SPECTRAL, l) : NULL};
}

/* How the operator works, as options say it. */
typedef struct {
  PetscInt  activations, exchange, kernels;
  PetscReal memory; /* MiB */
} KarFNOWork;
/* Collective in effect; collective. */
PETSC_INTERN PetscErrorCode KarFNOWorkFromOptions_Private(const char prefix[], KarFNOWork *work);
PETSC_INTERN PetscErrorCode KarFNOSetWork_Private(KarFNO fno, const KarFNOWork *work);
