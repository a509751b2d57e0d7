/* Measures of fields and of sets of fields. Level 3.

   Shell j of a spectrum holds the modes with j - 1/2 <= |k| / u < j + 1/2, u = 2 pi / L (pi / L in the cosine basis),
   L the longest edge of the box: round(|kappa|) = j on a cube. Modes at Nyquist belong to none. */
#pragma once

#include <karhunen/fft.h>

/* --- Spectrum ------------------------------------------------------------------------------------------------------
   */
/* Not collective. Shells 0, ..., shells - 1 are those that the grid holds whole: 32 of 64 points. */
PETSC_EXTERN PetscErrorCode KarStatsShells(KarFFT fft, PetscInt *shells);
/* Collective. power[j] = sum of |u^|^2 over the full spectrum's modes in shell j and over components, j < shells;
   alike on every rank, the same on every grid that holds the modes. x are coordinates. */
PETSC_EXTERN PetscErrorCode KarStatsSpectrum(KarFFT fft, Vec x, PetscInt shells, PetscReal power[]);
/* Collective. modes[j]: modes in shell j, the divisor that makes a shell's sum an average. */
PETSC_EXTERN PetscErrorCode KarStatsShellModes(KarFFT fft, PetscInt shells, PetscReal modes[]);

/* --- Moments and their errors --------------------------------------------------------------------------------------
   */
typedef struct {
  PetscReal value, error; /* error: one standard error */
} KarEstimate;

/* Not collective; cannot fail. Adds sum (v - c)^p, p = 0, ..., 4, to sums: additive over ranks and samples. */
void kar_moment_sums(PetscInt n, const PetscReal v[], PetscReal c, PetscReal sums[5]);
/* A number made of the mean of rows, each row the measures of one sample. */
typedef PetscReal KarRowFn(const PetscReal mean[]);
/* Of rows E (v - c)^p, p = 1, ..., 4. Skewness and kurtosis of a constant are 0; a Gaussian has kurtosis 3. */
PetscReal kar_row_first(const PetscReal mean[]); /* mean[0]: E v - c for rows of moments */
PetscReal kar_row_variance(const PetscReal mean[]);
PetscReal kar_row_skewness(const PetscReal mean[]);
PetscReal kar_row_kurtosis(const PetscReal mean[]);
/* Not collective. fn of the mean row, and its jackknife error over rows (0 for one row); rows `stride` apart,
   `columns` wide. */
PETSC_EXTERN PetscErrorCode KarStatsJackknife(PetscInt rows, PetscInt stride, PetscInt columns, const PetscReal table[],
                                              KarRowFn *fn, KarEstimate *estimate);
/* Not collective; cannot fail. a / b of independent estimates. */
KarEstimate kar_ratio(KarEstimate a, KarEstimate b);

/* Columns of a table of measures, one row a sample. */
typedef struct {
  PetscInt         rows, stride;
  const PetscReal *first; /* row 0 of the first column that is used */
} KarColumns;
/* Not collective. Mean over `columns` columns of mean a / mean b, for independent rows of a and of b; no mean of b may
   be 0. Its error: a's share is exact, as columns of one row go together, b's by the jackknife. */
PETSC_EXTERN PetscErrorCode KarStatsMeanRatio(PetscInt columns, KarColumns a, KarColumns b, KarEstimate *ratio);

/* --- One-point laws: the values of all ranks together --------------------------------------------------------------
   */
/* Collective. W_1 = int |F - G| between all x and all y, exact; both are sorted in place. Neither may be empty on all
   ranks. */
PETSC_EXTERN PetscErrorCode KarStatsWasserstein(MPI_Comm comm, PetscInt nx, PetscReal x[], PetscInt ny, PetscReal y[],
                                                PetscReal *w1);
/* Collective. density[bins] of the values on [low, high], of integral 1 over the whole line. */
PETSC_EXTERN PetscErrorCode KarStatsDensity(MPI_Comm comm, PetscInt n, const PetscReal v[], PetscReal low,
                                            PetscReal high, PetscInt bins, PetscReal density[]);

typedef struct {
  PetscReal distance;   /* W_1 */
  PetscReal mean, high; /* of W_1 when the labels are dealt again: its mean, and what 5 % of the deals exceed */
  PetscReal p;          /* (1 + deals no less distant) / (1 + deals): P(p <= a) <= a for one law */
  PetscInt  permutations;
} KarRelabelTest;
/* Collective. Of n and m numbers, independent samples, that every rank holds alike. */
PETSC_EXTERN PetscErrorCode KarStatsRelabelTest(MPI_Comm comm, PetscInt n, const PetscReal x[], PetscInt m,
                                                const PetscReal y[], PetscInt64 seed, PetscInt permutations,
                                                KarRelabelTest *test);
/* Not collective; cannot fail. The first n of a random order of 0, ..., all - 1, a function of (seed, b): Fisher and
   Yates. */
void kar_shuffle(PetscInt64 seed, PetscInt b, PetscInt n, PetscInt all, PetscInt order[]);

/* --- Distance of laws in H -----------------------------------------------------------------------------------------
   */
/* Collective. distances[n][n], |x_i - x_j| of n vectors of coordinates of which this rank holds x[n][length]; alike on
   every rank. By a Gram matrix: distances below 1e-8 |x| are rounding. */
PETSC_EXTERN PetscErrorCode KarStatsDistances(MPI_Comm comm, PetscInt n, PetscInt length, const PetscReal x[],
                                              PetscReal distances[]);

typedef struct {
  PetscReal
    distance; /* 2 E|X - Y| - E|X - X'| - E|Y - Y'|, unbiased: 0 on average, and negative at times, for one law */
  PetscReal relative; /* of 2 E|X - Y| */
  PetscReal p;        /* (1 + permutations no less distant) / (1 + permutations): P(p <= a) <= a for one law */
  PetscInt  permutations;
} KarEnergyTest;
/* Collective. The first n of n + m points against the others, all of whose distances every rank holds. n, m >= 2. */
PETSC_EXTERN PetscErrorCode KarStatsEnergyTest(MPI_Comm comm, PetscInt n, PetscInt m, const PetscReal distances[],
                                               PetscInt64 seed, PetscInt permutations, KarEnergyTest *test);

/* --- Numbers on the circle: R_p e^{iT_p} = mean e^{ip phi} ---------------------------------------------------------
   */
typedef struct {
  PetscReal mean;     /* T_1, in (-pi, pi] */
  PetscReal variance; /* 1 - R_1 */
  PetscReal skewness; /* R_2 sin(T_2 - 2 T_1) / (1 - R_1)^{3/2}; 0 when R_1 = 1 */
} KarCircular;
/* Not collective; cannot fail. Adds n, sum cos, sum sin, sum cos 2, sum sin 2 of the phases, in rad: additive over
   ranks. */
void        kar_circular_sums(PetscInt n, const PetscReal phase[], PetscReal sums[5]);
KarCircular kar_circular(const PetscReal sums[5]);
/* Not collective; cannot fail. Pixel by pixel over an ensemble: adds e^{i phi} to sum[n][2]; then mean phase and
   variance of
   `count` fields. */
void kar_phasor_add(PetscInt n, const PetscReal phase[], PetscReal sum[]);
void kar_phasor_finish(PetscInt n, PetscInt count, const PetscReal sum[], PetscReal mean[], PetscReal variance[]);
/* phase - 2 pi m in [-pi, pi]; phases that lie there already are kept bit for bit. */
PetscReal kar_wrap(PetscReal phase);

/* --- Shapes {s < 0} and signed distances ---------------------------------------------------------------------------
   */
/* Not collective; cannot fail. Exact Euclidean distance, in pixels, of each pixel's centre to the nearest one with
   seed != 0, PETSC_MAX_REAL without any; all arrays [ny][nx]; work: 3 (max(ny, nx) + 1) numbers. */
void kar_distance_transform(PetscInt ny, PetscInt nx, const unsigned char seed[], PetscReal distance[],
                            PetscReal work[]);
/* Not collective; cannot fail. s = (distance to the nearest pixel inside - that to the nearest outside) / ny: negative
   inside. */
void kar_signed_distance(PetscInt ny, PetscInt nx, const unsigned char inside[], PetscReal s[], PetscReal work[]);
#define KAR_SIGNED_DISTANCE_WORK(ny, nx) (3 * (PetscMax(ny, nx) + 1) + 2 * (ny) * (nx)) /* numbers */

typedef struct {
  PetscReal area;       /* fraction of the pixels with s < 0 */
  PetscInt  components; /* of {s < 0}, over edges and corners */
  PetscInt  holes;      /* parts of {s >= 0}, over edges, that do not touch the border */
  PetscReal
    slope; /* mean of ||grad s| - 1| away from the shape's edge and medial axis; 0 when there is no such pixel */
  PetscReal distance; /* mean of |s - signed distance of {s < 0}| */
} KarShape;
/* Not collective. s is [ny][nx], in units of the box's height. */
PETSC_EXTERN PetscErrorCode KarStatsShape(PetscInt ny, PetscInt nx, const PetscReal s[], KarShape *shape);

/* --- A set of fields, measured one by one --------------------------------------------------------------------------
   */
typedef struct _p_KarMeasure *KarMeasure;

typedef struct {
  PetscBool phase;     /* the fields are wrapped phases in rad, one component */
  PetscBool shapes;    /* the fields are signed distances in a plane, one component, each whole on a rank */
  PetscBool judge;     /* the numbers of judge.h too, where the fields have them */
  PetscBool flow;      /* the fields are vorticities in a plane: their flow is judged too */
  PetscInt  n[3];      /* values and gradients are those of the modes below Nyquist of a grid of n points; 0: all */
  PetscInt  energy[3]; /* the same for the coordinates kept for distances */
  PetscInt  fields;    /* coordinates of the first so many samples are kept */
  PetscInt  values;    /* values kept by each rank, at most: beyond, every s-th point */
  PetscReal shift;     /* near the mean: the origin of the moments */
} KarMeasureConfig;

typedef struct {
  PetscInt samples, shells;
  PetscInt columns; /* of the table: power[shells], then from these columns on: */
  PetscInt moments; /* E (v - shift)^p, p = 1, ..., 4, of one-point values (not of phases) */
  PetscInt
    gradients; /* E g^p of derivatives along every axis: spectral on the torus, else differences; wrapped, of phases */
  PetscInt   circular; /* circular variance, circular skewness (of phases only) */
  PetscInt   shape;    /* the five numbers of KarShape (of signed distances only) */
  PetscInt   judge;    /* KAR_JUDGE_COLUMNS numbers (when they were asked for) */
  PetscReal *table;    /* [samples][columns], alike on every rank */
  PetscReal *modes;    /* [shells]: modes in each shell */
  PetscInt   nvalues, ngradients;
  PetscReal *values,
    *gradient_values; /* of this rank, pooled over its samples or slabs, in the order of KarMeasureAdd() */
  PetscInt half_values,
    half_gradients;    /* how many of them are of samples below samples/2, when added in rising order */
  PetscInt   thinning; /* one value of so many is kept */
  PetscInt   fields, length;
  PetscReal *coordinates; /* [fields][length]: this rank's share of the coordinates of the first fields */
  PetscReal *phasor;      /* [points of this rank's slab, or of the whole field][2]: sum of e^{i phi}; of phases only */
} KarMeasureInfo;

/* Collective on comm, the communicator of the set. The grid lives on comm (ranks share each field) or on
   PETSC_COMM_SELF (ranks share the samples); the rank then measures `mine` of them. */
PETSC_EXTERN PetscErrorCode KarMeasureCreate(MPI_Comm comm, KarGrid grid, PetscInt samples, PetscInt mine,
                                             const KarMeasureConfig *config, KarMeasure *measure);
/* Collective on the grid's communicator. Measures field number i. */
PETSC_EXTERN PetscErrorCode KarMeasureAdd(KarMeasure measure, PetscInt i, Vec field);
/* Collective on comm, after the last field. Borrowed. */
PETSC_EXTERN PetscErrorCode KarMeasureFinish(KarMeasure measure, const KarMeasureInfo **info);
PETSC_EXTERN PetscErrorCode KarMeasureDestroy(KarMeasure *measure);
