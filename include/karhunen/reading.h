/* Data sets, read: our files and those of others. A header of the room io. Level 2. */
#pragma once

#include <karhunen/dataset.h>

/* How files of others are read. */
typedef struct {
  char variable[KAR_PATH]; /* a name, a path "group/name", or a pattern "group/?*" of arrays that hold a sample each;
                              "": the first of fields */
  char axes[32];  /* what each axis is, "s,c,z,y,x" in the order of the file; "": by their names, or their number */
  PetscBool fill; /* points without a value become this; else they are an error */
  PetscReal value;
  PetscBool even; /* points whose coordinates are not uniform are interpolated linearly to ones that are */
} KarReadOptions;

/* Collective on comm. Opens for reading any HDF5 file with arrays (sample, y, x) or the like, ours or others'. A file
   below 256 MiB whose seal is broken is an error. Several files, "a.nc,b.nc" or a pattern, are one set. The variable
   decides grid and samples; the other variables are those on its grid. options NULL: the first of fields. */
PETSC_EXTERN PetscErrorCode KarDatasetOpen(MPI_Comm comm, const char path[], KarDataset *data);
PETSC_EXTERN PetscErrorCode KarDatasetOpenAs(MPI_Comm comm, const char path[], const KarReadOptions *options,
                                             KarDataset *data);
/* The same for a file that need not have fields: *data NULL and the reason then. Its seal is not looked at. */
PETSC_EXTERN PetscErrorCode KarDatasetTry(MPI_Comm comm, const char path[], const KarReadOptions *options,
                                          KarDataset *data, size_t size, char why[]);
/* Collective. -variable, -axes, -fill_missing, behind a prefix or NULL. */
PETSC_EXTERN PetscErrorCode KarReadOptionsRead(const char prefix[], KarReadOptions *options);
/* Collective on comm. One line on what is read, by which rule, and lines on what is odd about it. */
PETSC_EXTERN PetscErrorCode KarDatasetSay(KarDataset data, MPI_Comm comm, const char variable[]);
PETSC_EXTERN PetscErrorCode KarDatasetGetInfo(KarDataset data, KarDatasetInfo *info);
PETSC_EXTERN PetscErrorCode KarDatasetGetVariable(KarDataset data, PetscInt v, KarVariable *variable);
/* Not collective. The number of a variable; NULL or "" is the first. An unknown name is an error that names those there
 * are. */
PETSC_EXTERN PetscErrorCode KarDatasetFindVariable(KarDataset data, const char name[], PetscInt *v);
/* Collective on comm. A grid with the file's shape, lengths and basis, and the variable's components, set up. */
PETSC_EXTERN PetscErrorCode KarDatasetCreateGrid(KarDataset data, MPI_Comm comm, const char variable[], KarGrid *grid);
/* Not collective. found may be NULL: then an absent attribute is an error. */
PETSC_EXTERN PetscErrorCode KarDatasetGetString(KarDataset data, const char name[], size_t size, char value[],
                                                PetscBool *found);
PETSC_EXTERN PetscErrorCode KarDatasetGetReal(KarDataset data, const char name[], PetscReal *value, PetscBool *found);
PETSC_EXTERN PetscErrorCode KarDatasetGetInt(KarDataset data, const char name[], PetscInt64 *value, PetscBool *found);
/* Not collective. A number for each of the n samples of the first variable: an array name(sample), or of each path, or
   an attribute of their file; else found is false. */
PETSC_EXTERN PetscErrorCode KarDatasetReadNumbers(KarDataset data, const char name[], PetscInt n, PetscReal value[],
                                                  PetscBool *found);
/* Collective on comm. The same file or set once more, for another variable. */
PETSC_EXTERN PetscErrorCode KarDatasetReopen(KarDataset data, MPI_Comm comm, const char variable[], KarDataset *other);
/* Not collective. Of each n samples in a row that follow one another in time; 1: the variable has no axis of time. */
PETSC_EXTERN PetscErrorCode KarDatasetGetTimes(KarDataset data, PetscInt v, PetscInt *n);
/* Collective on the field's communicator: each rank reads its slab. A number that is not finite is an error. */
PETSC_EXTERN PetscErrorCode KarDatasetRead(KarDataset data, const char variable[], PetscInt i, Vec field);
/* Not collective. Whole fields [first, first + count) to this rank; fields is [count][n0][n1][n2][components]. */
PETSC_EXTERN PetscErrorCode KarDatasetReadLocal(KarDataset data, const char variable[], PetscInt first, PetscInt count,
                                                PetscReal fields[]);
/* Not collective. Planes [plane, plane + planes) of axis 0 of one sample of variable number v,
   [planes][n1][n2][components]; why[] says what is wrong with them (numbers that are not finite, say) and is "" when
   nothing is. */
PETSC_EXTERN PetscErrorCode KarDatasetReadPlanes(KarDataset data, PetscInt v, PetscInt sample, PetscInt plane,
                                                 PetscInt planes, PetscReal field[], size_t size, char why[]);
/* Collective. Compares every sample with its checksum in the file; the first bad one is an error that names it.
   checked: samples compared, 0 for a file without checksums. */
PETSC_EXTERN PetscErrorCode KarDatasetVerify(KarDataset data, PetscInt *checked);
/* Collective on comm. path.xmf beside the file, for ParaView and VisIt: every sample and component, by name. Packed
   numbers
 * and axes in another order than z, y, x are an error. */
PETSC_EXTERN PetscErrorCode KarDatasetWriteXdmf(KarDataset data, MPI_Comm comm, const char path[], KarReplace replace);
