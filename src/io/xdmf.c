/* An XDMF file beside a data set, which ParaView and VisIt open: a series of samples, each component an array of its
   own, on a grid of points (first + i step) along each axis.  It names arrays of the HDF5 file and holds no field
   itself.  A plane is a box of one layer. */
#include "datasetimpl.h"

#include <stdlib.h>

/* What XML has marks for. */
static void Escape(const char text[], FILE *file)
{
  static const char marks[] = "&<>\"", *const names[] = {"&amp;", "&lt;", "&gt;", "&quot;"};

  for (; *text; text++) {
    const char *mark = strchr(marks, *text);

    if (mark) fputs(names[mark - marks], file);
    else fputc(*text, file);
  }
}

/* Name of the data's file as it is found from the folder of `path`. */
static void Found(const char name[], const char path[], char found[PETSC_MAX_PATH_LEN])
{
  char        own[PETSC_MAX_PATH_LEN], *whole = realpath(name, NULL), *folder;
  const char *slash = strrchr(path, '/');

  (void)snprintf(own, sizeof(own), "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
  folder = realpath(own, NULL);
  (void)snprintf(found, PETSC_MAX_PATH_LEN, "%s", whole ? whole : name);
  if (whole && folder && !strncmp(whole, folder, strlen(folder)) && whole[strlen(folder)] == '/' &&
      !strchr(whole + strlen(folder) + 1, '/'))
    (void)snprintf(found, PETSC_MAX_PATH_LEN, "%s", whole + strlen(folder) + 1);
  free(whole);
  free(folder);
}

/* Place of number `index` along the axes of one role, the last of them fastest. */
static void Unfold(const KarLayout *layout, char role, PetscInt index, PetscInt start[])
{
  for (int d = layout->ndim - 1; d >= 0; d--)
    if (layout->role[d] == role) {
      start[d] = index % (PetscInt)layout->shape[d];
      index /= (PetscInt)layout->shape[d];
    }
}

static void PutShape(const KarDatasetInfo *info, FILE *file)
{
  for (PetscInt a = info->dim - 3; a < info->dim; a++)
    fprintf(file, "%s%" PetscInt_FMT, a > info->dim - 3 ? " " : "", a < 0 ? 1 : info->n[a]);
}

/* Origin and spacing; where an axis runs down, all points, since spacings are positive. */
static void PutGrid(const KarDatasetInfo *info, FILE *file)
{
  static const char *const axis[] = {"z", "y", "x"};
  PetscReal                at[3] = {0, 0, 0}, step[3] = {1, 1, 1};
  PetscBool                down    = PETSC_FALSE;
  const PetscInt           missing = 3 - info->dim;

  for (PetscInt a = missing; a < 3; a++) {
    const PetscInt i = a - missing;

    at[a]   = info->step[i] != 0 ? info->first[i] : info->origin[i];
    step[a] = info->step[i] != 0 ? info->step[i] : info->length[i] / (PetscReal)info->n[i];
    if (step[a] < 0) down = PETSC_TRUE;
  }
  fprintf(file, "        <Topology TopologyType=\"%s\" Dimensions=\"", down ? "3DRectMesh" : "3DCoRectMesh");
  PutShape(info, file);
  fprintf(file, "\"/>\n        <Geometry GeometryType=\"%s\">\n", down ? "VXVYVZ" : "ORIGIN_DXDYDZ");
  if (!down) {
    fprintf(file, "          <DataItem Dimensions=\"3\" Format=\"XML\">%.17g %.17g %.17g</DataItem>\n", (double)at[0],
            (double)at[1], (double)at[2]);
    fprintf(file, "          <DataItem Dimensions=\"3\" Format=\"XML\">%.17g %.17g %.17g</DataItem>\n", (double)step[0],
            (double)step[1], (double)step[2]);
  }
  for (int a = 2; a >= 0 && down; a--) { /* x first */
    const PetscInt n = a < missing ? 1 : info->n[a - missing];

    fprintf(file,
            "          <DataItem Name=\"%s\" Dimensions=\"%" PetscInt_FMT
            "\" NumberType=\"Float\" Precision=\"8\" Format=\"XML\">",
            axis[a], n);
    for (PetscInt i = 0; i < n; i++) fprintf(file, "%s%.17g", i ? " " : "", (double)(at[a] + (PetscReal)i * step[a]));
    fprintf(file, "</DataItem>\n");
  }
  fprintf(file, "        </Geometry>\n");
}

/* Component c of a sample as a part of its array; false when ParaView could not read it. */
static PetscBool PutArray(KarDataset data, PetscInt v, PetscInt sample, PetscInt c, const char path[], FILE *file)
{
  const KarVariable *what = &data->variable[v];
  const KarArray    *array;
  const KarPart     *part;
  const KarLayout   *layout;
  PetscInt           local, start[KAR_AXES] = {0};
  char               found[PETSC_MAX_PATH_LEN];

  if (!kar_dataset_seek(data, v, sample, &local)) return PETSC_FALSE;
  array  = &data->array[v];
  part   = &array->part[array->open];
  layout = &part->layout;
  for (int a = 1; a < layout->dim; a++)
    if (layout->space[a] < layout->space[a - 1]) return PETSC_FALSE;
  if (data->place[0] || data->place[1] || data->place[2]) return PETSC_FALSE;
  if (part->packing.packed || (layout->dim && part->packing.missing && data->options.fill)) return PETSC_FALSE;
  Unfold(layout, 's', local, start);
  Unfold(layout, 'c', c, start);
  fprintf(file, "        <Attribute Name=\"");
  Escape(what->label, file);
  if (what->components > 1) fprintf(file, "_%" PetscInt_FMT, c);
  fprintf(file,
          "\" AttributeType=\"Scalar\" Center=\"Node\">\n          <DataItem ItemType=\"HyperSlab\" Dimensions=\"");
  PutShape(&data->info, file);
  fprintf(file, "\">\n            <DataItem Dimensions=\"3 %d\" Format=\"XML\">", layout->ndim);
  for (int d = 0; d < layout->ndim; d++) fprintf(file, "%" PetscInt_FMT " ", start[d]);
  for (int d = 0; d < layout->ndim; d++) fprintf(file, "1 ");
  for (int d = 0; d < layout->ndim; d++)
    fprintf(file, "%lld%s", strchr("zyx", layout->role[d]) ? (long long)layout->shape[d] : 1LL,
            d < layout->ndim - 1 ? " " : "");
  fprintf(file, "</DataItem>\n            <DataItem Dimensions=\"");
  for (int d = 0; d < layout->ndim; d++) fprintf(file, "%s%lld", d ? " " : "", (long long)layout->shape[d]);
  fprintf(file, "\" NumberType=\"Float\" Precision=\"%d\" Format=\"HDF\">", what->precision == KAR_FLOAT64 ? 8 : 4);
  Found(part->file ? part->file : data->path, path, found);
  Escape(found, file);
  fprintf(file, ":%s", part->name[0] == '/' ? "" : "/");
  Escape(part->name, file);
  fprintf(file, "</DataItem>\n          </DataItem>\n        </Attribute>\n");
  return PETSC_TRUE;
}

static PetscBool Put(KarDataset data, const char path[], FILE *file)
{
  PetscBool good = PETSC_TRUE;

  fprintf(file, "<?xml version=\"1.0\"?>\n<!DOCTYPE Xdmf SYSTEM \"Xdmf.dtd\" []>\n<Xdmf Version=\"2.0\">\n  <Domain>\n"
                "    <Grid Name=\"samples\" GridType=\"Collection\" CollectionType=\"Temporal\">\n");
  for (PetscInt s = 0; s < data->variable[0].samples && good; s++) {
    fprintf(file,
            "      <Grid Name=\"sample %" PetscInt_FMT "\" GridType=\"Uniform\">\n        <Time Value=\"%" PetscInt_FMT
            "\"/>\n",
            s, s);
    PutGrid(&data->info, file);
    for (PetscInt v = 0; v < data->info.variables && good; v++) {
      if (data->variable[v].samples != data->variable[0].samples) continue;
      for (PetscInt c = 0; c < data->variable[v].components && good; c++) good = PutArray(data, v, s, c, path, file);
    }
    fprintf(file, "      </Grid>\n");
  }
  fprintf(file, "    </Grid>\n  </Domain>\n</Xdmf>\n");
  return good;
}

PetscErrorCode KarDatasetWriteXdmf(KarDataset data, MPI_Comm comm, const char path[], KarReplace replace)
{
  const char *end   = strrchr(path, '.'), *part;
  PetscBool   plain = PETSC_TRUE, good = PETSC_TRUE;
  KarOutput   output;
  int         rank;

  PetscFunctionBegin;
  KarCheck(comm, end && (!strcmp(end, ".xmf") || !strcmp(end, ".xdmf")), PETSC_ERR_USER_INPUT,
           "%s: the name of an XDMF file ends in .xmf", path);
  PetscCall(KarOutputCreate(comm, path, replace, 1 << 20, &output));
  PetscCall(KarOutputGetPart(output, &part));
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (rank == 0) {
    FILE *file = fopen(part, "w");

    if (file) plain = Put(data, path, file);
    good = (PetscBool)(file && !ferror(file));
    if (file && fclose(file)) good = PETSC_FALSE;
  }
  KarCheckAny(comm, plain, PETSC_ERR_SUP,
              "%s: %s is packed, or its axes are not in the order z, y, x, which XDMF cannot say: give ParaView the "
              "file itself, or write it out with xarray",
              path, data->variable[0].name);
  KarCheckAny(comm, good, PETSC_ERR_FILE_WRITE, "%s cannot be written: is the disk full?", part);
  PetscCall(KarOutputCommit(&output, PETSC_FALSE));
  PetscFunctionReturn(PETSC_SUCCESS);
}
