/* Pictures of fields and labelled plots: PNG, PDF or SVG by the end of the path. Rank 0 draws. Level 3. */
#pragma once

#include <karhunen/io.h>

typedef enum {
  KAR_COLORS_AUTO,
  KAR_COLORS_SEQUENTIAL,
  KAR_COLORS_DIVERGING,
  KAR_COLORS_CYCLIC,
  KAR_COLORS_GREY
} KarColors;
PETSC_EXTERN const char *const KarColorsNames[]; /* "auto", "sequential", "diverging", "cyclic", "grey", NULL */
/* Not collective; cannot fail. Colour of t in [0, 1], each of rgb in [0, 1]. */
void kar_color(KarColors colors, PetscReal t, PetscReal rgb[3]);

/* A field small enough to draw. Only rank 0 of its communicator holds values. */
typedef struct {
  PetscInt  ny, nx;
  PetscReal length[2];               /* edges along y and x */
  PetscReal origin[2], direction[2]; /* where they begin; -1: down from there */
  char      axis[2];                 /* their names; 0: y and x */
  char      title[128];
  float    *values; /* [ny][nx], ny = 1 for a line; owned: KarImageDestroy() */
} KarImage;

typedef struct {
  char             title[256], label[128]; /* of the picture; of the colour bar, with its unit */
  char             units[64];              /* of the lengths */
  KarColors        colors;
  PetscReal        low, high; /* ends of the colours; low >= high takes them from the fields */
  PetscInt         columns;   /* of a sheet; 0: a shape near a rectangle 4:3 */
  PetscBool        bare;      /* no colour bar */
  PetscBool        top;       /* row 0 at the top, as in a photograph; else at the bottom */
  PetscInt         marks;     /* circles on every panel, of rank 0 */
  const PetscReal *mark; /* [marks][2], borrowed: parts of the edges y and x from row 0 and column 0 on; on a line the
                            value and the coordinate */
} KarPictureStyle;

/* Points of a box with this number along an axis, 0 (slowest, z) to 2 (x); KAR_GREATEST: of each line along it the
   greatest value. */
enum { KAR_GREATEST = -1 };
typedef struct {
  PetscInt axis, index;
} KarPlane;
/* Collective. One component of a field, averaged over areas down to at most `pixels` a side, angles (rad) as angles
   are; in 3D one plane, NULL:
   the middle one along z. */
PETSC_EXTERN PetscErrorCode KarImageFromField(KarGrid grid, Vec field, const KarPlane *plane, PetscInt component,
                                              PetscBool angle, PetscInt pixels, KarImage *image);
/* Collective on the file's communicator. The same from a file, without ever holding the whole field. */
PETSC_EXTERN PetscErrorCode KarImageFromDataset(KarDataset data, const char variable[], PetscInt sample,
                                                const KarPlane *plane, PetscInt component, PetscBool angle,
                                                PetscInt pixels, KarImage *image);
PETSC_EXTERN PetscErrorCode KarImageDestroy(KarImage *image);
/* Collective. n images on one sheet with one colour bar. */
PETSC_EXTERN PetscErrorCode KarPictureFields(MPI_Comm comm, const char path[], KarReplace replace, PetscInt n,
                                             const KarImage images[], const KarPictureStyle *style);
/* Collective. Widens ends[2], at first {0, 0}, to the colours' range of these images: so several pictures share one. */
PETSC_EXTERN PetscErrorCode KarPictureRange(MPI_Comm comm, PetscInt n, const KarImage images[], PetscReal ends[2]);
/* Not collective. Gives a style without a range this one; colours that are not chosen follow from it. */
PETSC_EXTERN PetscErrorCode KarPictureUseRange(const PetscReal ends[2], KarPictureStyle *style);

/* A labelled plot of lines, points and bands. Held by every rank alike; arrays are copied. */
typedef struct _p_KarPlot  *KarPlot;
PETSC_EXTERN PetscErrorCode KarPlotCreate(const char title[], const char xlabel[], const char ylabel[], KarPlot *plot);
PETSC_EXTERN PetscErrorCode KarPlotSetLog(KarPlot plot, PetscBool x, PetscBool y);
/* Ends of an axis (0: x, 1: y); without a call they come from the data. */
PETSC_EXTERN PetscErrorCode KarPlotSetRange(KarPlot plot, PetscInt axis, PetscReal low, PetscReal high);
typedef enum { KAR_LINE, KAR_DASHED, KAR_POINTS, KAR_STEPS } KarPlotLook;
/* label NULL: not in the legend. low, high: a band around y, or NULL. color: number in the plot's palette, -1 the
   next, -2 black. */
PETSC_EXTERN PetscErrorCode KarPlotAdd(KarPlot plot, const char label[], KarPlotLook look, PetscInt color, PetscInt n,
                                       const PetscReal x[], const PetscReal y[], const PetscReal low[],
                                       const PetscReal high[]);
/* Collective. n plots in rows of `columns`. */
PETSC_EXTERN PetscErrorCode KarPlotSave(MPI_Comm comm, const char path[], KarReplace replace, PetscInt n,
                                        const KarPlot plots[], PetscInt columns);
PETSC_EXTERN PetscErrorCode KarPlotDestroy(KarPlot *plot);
