/* What `evaluate` found: numbers first, then a table, a JSON file and pictures of them. */
#pragma once

#include "html.h"
#include <cjson/cJSON.h>
#include <math.h>

enum { REFERENCE, SAMPLES, SETS };
enum { BINS = 120, MAX_ROWS = 16, MAX_DISTANCES = 8, MAX_DENSITIES = 8, MAX_JUDGES = 64, MAX_BANDS = 64 };

typedef struct {
  const char *name;
  PetscBool   positive; /* so that a ratio says something */
  KarEstimate set[SETS];
} ReportRow;

typedef struct {
  PetscInt    first, last; /* shells */
  KarEstimate ratio;       /* the mean of theirs, samples over reference */
} ReportBand;

typedef struct {
  const char    *name;
  PetscReal      distance, halves; /* W_1 of the two sets; of the two halves of the reference */
  KarRelabelTest relabelled;       /* of numbers of which a sample has one; else without permutations */
} ReportDistance;

typedef struct {
  const char *title, *label;
  PetscReal   low, high;
  PetscInt    bins; /* <= BINS */
  PetscReal   density[SETS][BINS];
} ReportDensity;

typedef struct {
  const char *name;
  KarEstimate auc;     /* of the number of one field: P(reference < sample), ties by halves */
  KarEstimate control; /* the same of the two halves of the reference */
  KarEstimate set[SETS];
} ReportJudge;

enum { MAX_ASKED = 1024 };
/* How near the samples, and other fields of the reference, come to the data that were learnt from: whole, or with the
   nearest of the patches that are asked about. */
typedef struct {
  PetscInt    asked[SETS], fields; /* none: not asked; fields: of the data learnt from */
  PetscInt    n[3];                /* on the modes of this grid */
  PetscInt    size[3], each;       /* of patches: their points, how many of a field; each 0: whole fields */
  PetscReal   distance[SETS][MAX_ASKED];
  PetscInt    which[SETS][MAX_ASKED];
  PetscInt    from[SETS][MAX_ASKED][3], to[SETS][MAX_ASKED][3]; /* first points of the nearest patch, here and there */
  KarEstimate auc;                                              /* P(reference's distance < sample's) */
  PetscInt    nearer;                                           /* samples that are nearer than any of the reference */
  PetscReal   p;                                                /* of so many or more, of one law */
} ReportMemorised;

/* What is asked of the data that were learnt from. */
typedef struct {
  char           path[PETSC_MAX_PATH_LEN]; /* "": nothing */
  KarReadOptions reading;
  PetscInt       fields[SETS], patch, patches; /* patch: points along each axis, 0: whole fields only */
} ReportMemoryOptions;

typedef struct {
  char           path[SETS][PETSC_MAX_PATH_LEN], variable[SETS][KAR_PATH];
  KarDatasetInfo data[SETS];
  PetscInt       samples[SETS];
  PetscBool      phase, shapes, flow, velocity;
  PetscReal      divergence[SETS]; /* of velocities: of the worst field, see velocity.h */
  PetscInt       n[3];             /* compared on this grid: the coarser of the two along each axis */
  char           truncation[160];  /* what was truncated to it; empty for equal grids */
  PetscInt       energy_n[3];      /* the energy distance, on these */
  PetscInt       shells;           /* whole on both grids */
  PetscInt       all[SETS];        /* whole on the set's own grid */
  PetscReal     *modes[SETS];      /* [all] */
  KarEstimate   *spectrum[SETS];   /* [all]: E of the sum of |u^|^2 over the shell */
  PetscReal      rounding;         /* shells of the reference with less power have no ratio */
  PetscInt       resolved;         /* shells 1, ..., resolved - 1 have more */
  PetscInt reach; /* the reference has no power beyond this wave number along an axis; 0: it has power up to Nyquist */
  PetscInt bands, rows, distances, densities, judges;
  ReportBand      band[MAX_BANDS];
  ReportRow       row[MAX_ROWS];
  ReportJudge     judge[MAX_JUDGES];
  ReportDistance  distance[MAX_DISTANCES];
  ReportDensity   density[MAX_DENSITIES];
  PetscInt        fields[SETS]; /* in the energy test; none when there are fewer than 2 */
  KarEnergyTest   energy;
  PetscInt        thinning; /* one value of so many is in the one-point distances */
  ReportMemorised memory, patches;
  PetscBool       control;  /* the classifier is tried on two sets of one law too */
  PetscInt        verdicts; /* of a classifier, and its control; none without -judge */
  KarVerdict      verdict[2];
} Report;

typedef struct {
  PetscInt permutations, seed;
} ReportTests;

enum { SLAB_POINTS = 1 << 22 }; /* of a field that the ranks share */
/* Collective. Opens both files and chooses their variables; fields: of each set, at most; 0: all. */
PetscErrorCode ReportOpenSets(MPI_Comm comm, const KarReadOptions reading[SETS], PetscInt fields, Report *report,
                              KarDataset data[SETS]);
/* Not collective. The shared grid, the one of the energy distance, and whether fields are so big that the ranks
   share each. */
void ReportChooseGrids(Report *report, PetscBool *slabs);

/* Collective. Fills in what two measured sets have to say; shift is the origin of their moments. */
PetscErrorCode ReportCompare(MPI_Comm comm, const KarMeasureInfo *const set[SETS], PetscReal shift,
                             const ReportTests *tests, Report *report);
/* Not collective. Numbers of one field, see karhunen/judge.h: how well each tells the sets apart. */
PetscErrorCode ReportJudges(const KarMeasureInfo *const set[SETS], Report *report);
/* Collective. Their table, on standard output. */
PetscErrorCode ReportPrintJudges(MPI_Comm comm, const Report *report);
/* Not collective. Adds them to an object. */
void ReportPutJudges(const Report *report, cJSON *root);
/* Not collective. Their AUC from the top of the table on, with bands of two errors; *plot is NULL when there are none.
   */
PetscErrorCode ReportPlotJudges(const Report *report, KarPlot *plot);
/* The way from a field of a file, whole on a rank, to the coordinates that are compared. */
typedef struct {
  KarGrid     grid;
  KarFFT      from, to;
  KarResample resample;
  PetscBool   phase;
  Vec         field, pair, own, x; /* x: the coordinates */
} ReportPath;
/* Not collective. To the modes of a grid of n points, no finer than the file's; phase: of cos and sin. */
PetscErrorCode ReportPathCreate(KarDataset data, const char variable[], PetscBool phase, const PetscInt n[3],
                                ReportPath *path);
/* Not collective. path->field to path->x. */
PetscErrorCode ReportPathFollow(const ReportPath *path);
PetscErrorCode ReportPathDestroy(ReportPath *path);
/* Collective. -memory and what follows from it. */
PetscErrorCode ReportMemoryFromOptions(const char variable[], ReportMemoryOptions *options);
/* Collective, before work: an error where its file is not there or has not fields that can be compared. */
PetscErrorCode ReportMemoryCheck(MPI_Comm comm, const ReportMemoryOptions *options, const Report *report);
/* Collective. Nearest fields and patches of the training set; seed: of the choice of patches; *stop: asked to end. */
PetscErrorCode ReportMemory(MPI_Comm comm, KarDataset data[SETS], const ReportMemoryOptions *options, PetscInt seed,
                            Report *report, PetscBool *stop);
/* Not collective; cannot fail. The least number of nearer samples that has p < 0.01; n + 1: none has. */
PetscInt kar_memory_told(PetscInt n, PetscInt m);
/* Collective. Its lines, on standard output. */
PetscErrorCode ReportPrintMemory(MPI_Comm comm, const Report *report);
/* Not collective. Adds them to an object. */
void ReportPutMemory(const Report *report, cJSON *root);
/* Collective. Lets a classifier learn from half of each set and fills in its verdicts; *stop: the run was asked to
   end. */
PetscErrorCode ReportClassify(MPI_Comm comm, KarDataset data[SETS], KarClassifier judge, Report *report,
                              PetscBool *stop);
/* Collective. Its table, on standard output. */
PetscErrorCode ReportPrintClassifier(MPI_Comm comm, const Report *report);
/* Not collective. Adds its verdicts to an object. */
void ReportPutClassifier(const Report *report, cJSON *root);
/* Collective. A picture of the fields that it is surest of. */
PetscErrorCode ReportClassifierPicture(MPI_Comm comm, KarDataset data[SETS], const Report *report, const char path[],
                                       KarReplace replace);
/* (samples - reference)/sqrt(error^2 + error^2) */
static inline PetscReal kar_z(const KarEstimate set[SETS])
{
  const PetscReal error = hypot(set[REFERENCE].error, set[SAMPLES].error);

  return error > 0 ? (set[SAMPLES].value - set[REFERENCE].value) / error : 0;
}
/* Not collective. An error as `format` has it, or "?" of one field alone. */
void ReportError(double error, PetscBool lone, const char format[], size_t size, char text[]);
/* Not collective. "256x256" */
void ReportSizes(PetscInt dim, const PetscInt n[], size_t size, char text[]);
/* Collective. The table, on standard output. */
PetscErrorCode ReportPrint(MPI_Comm comm, const Report *report);
/* Collective. Writes the open output. */
PetscErrorCode ReportWriteJSON(MPI_Comm comm, const Report *report, KarOutput output);
/* Collective. The same of any object, which it deletes. */
PetscErrorCode ReportPutJSON(MPI_Comm comm, cJSON *root, KarOutput output);
/* Collective. The whole report of two sets of which one, or both, lie at scattered places; commits the open output. */
PetscErrorCode StationsEvaluate(MPI_Comm comm, const char *const path[SETS], const KarReadOptions reading[SETS],
                                PetscInt fields, PetscInt energy_fields, const ReportTests *tests, const char stem[],
                                KarReplace replace, KarOutput *json);
/* Collective. Circular mean and variance of each pixel over a set of phases, read from `data` and measured. */
PetscErrorCode EnsembleWrite(MPI_Comm comm, const char path[], KarReplace replace, KarDataset data,
                             const char variable[], PetscBool slabs, const KarMeasureInfo *info);
/* Collective. stem.png and stem.pdf, and each plot into the page. */
PetscErrorCode ReportPlot(MPI_Comm comm, const Report *report, const char stem[], KarReplace replace, Html page);

/* The command evaluate -likelihood: the density by the flow, else its lower bound. */
typedef struct {
  PetscBool  flow;
  PetscInt   evaluations, steps, exact, probes, fields;
  char       variable[64];                /* of the file; "": its first */
  char       against[PETSC_MAX_PATH_LEN]; /* a model; "": the law itself */
  PetscInt64 seed;
  KarScore   reference;    /* of `against`; owned */
  KarCascade cascade;      /* of the model's files; owned; NULL: one model */
  PetscReal  level[2][20]; /* nats of all fields by level of the cascade, and coordinates */
  PetscReal  modes;        /* coordinates that have a density */
} KarNats;
PetscErrorCode KarNatsFromOptions(KarNats *nats);
/* Collective. */
PetscErrorCode KarEvaluateLikelihood(MPI_Comm comm, PetscBool flow);
