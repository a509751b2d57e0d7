/* HDF5 as the rooms that read files of others use it. Private to the library; a header of the room io. */
#pragma once

#include <karhunen/io.h>
#include <hdf5.h>

/* "1.5 GiB" */
void kar_bytes_text(PetscInt64 bytes, size_t size, char text[]);

/* Not collective. Quiets HDF5's own messages; call before the first use of HDF5. */
void kar_h5_start(void);
/* Not collective. Attributes of an object: fixed-length ASCII strings, scalars. A second one replaces the first. False
   on failure. */
PetscBool kar_h5_put_string(hid_t object, const char name[], const char value[]);
PetscBool kar_h5_put_scalar(hid_t object, const char name[], hid_t file_type, hid_t memory_type, const void *value);
/* Not collective. False when there is none or it cannot be read as that. */
PetscBool kar_h5_get_string(hid_t object, const char name[], size_t size, char value[]);
PetscBool kar_h5_get_scalar(hid_t object, const char name[], hid_t memory_type, void *value);
/* Collective. Title, history, source, options, ranks on the root of a file that all of comm have open. */
PetscErrorCode KarH5PutProvenance(MPI_Comm comm, hid_t file, PetscInt ranks, const char title[]);
/* Not collective. Opens for reading; what is wrong is said in why: missing, not HDF5, truncated. Negative on failure.
   */
hid_t kar_h5_open(const char path[], size_t size, char why[]);

/* Not collective. For H5DSiterate_scales(): opens the first scale of an axis; the caller closes it. */
herr_t kar_h5_first_scale(hid_t array, unsigned d, hid_t scale, void *found);
