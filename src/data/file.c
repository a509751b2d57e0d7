/* A data set as a law: sample i is field i of a file, read when it is drawn; each rank reads its slab. */
#include <karhunen/impl/data.h>
#include <karhunen/place.h>

typedef struct {
  KarDataset data; /* borrowed, or owned where it is `own` */
  KarDataset own;
  char       path[PETSC_MAX_PATH_LEN], wanted[KAR_PATH]; /* wanted: the one variable; "": all */
  PetscInt   number[KAR_GENERATOR_VARIABLES];            /* of each variable in the file */
} File;

static PetscErrorCode Sample(KarGenerator generator, KarKey key, Vec fields[])
{
  File       *file = generator->context;
  KarVariable v;

  PetscFunctionBegin;
  KarCheck(generator->comm, key.sample >= 0 && key.sample < generator->samples, PETSC_ERR_ARG_OUTOFRANGE,
           "the data set has %" PetscInt_FMT " fields: there is no number %lld", generator->samples,
           (long long)key.sample);
  for (PetscInt i = 0; i < generator->variables; i++) {
    PetscCall(KarDatasetGetVariable(file->data, file->number[i], &v));
    PetscCall(KarDatasetRead(file->data, v.name, (PetscInt)key.sample, fields[i]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The grid of the file, of one component. */
static PetscErrorCode SetGrid(KarGenerator generator)
{
  File          *file = generator->context;
  KarDatasetInfo info;
  KarGrid        grid;

  PetscFunctionBegin;
  PetscCall(KarDatasetGetInfo(file->data, &info));
  PetscCall(KarGridCreate(generator->comm, &grid));
  PetscCall(KarGridSetSizes(grid, info.dim, info.n, info.length));
  PetscCall(KarGridSetPlace(grid, info.origin, info.step));
  PetscCall(KarGridSetBasis(grid, info.basis));
  PetscCall(KarGeneratorSetGrid(generator, grid));
  PetscCall(KarGridDestroy(&grid));
  if (info.units[0]) PetscCall(PetscStrncpy(generator->units, info.units, sizeof(generator->units)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetFromOptions(KarGenerator generator)
{
  File          *file = generator->context;
  KarReadOptions reading;
  PetscBool      given;

  PetscFunctionBegin;
  if (file->data) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(
    KarOptionsString(generator->options, "file_data", "file of fields, each a sample", sizeof(file->path), file->path));
  PetscCall(KarReadOptionsRead("file_", &reading));
  PetscCall(KarOptionsNeed(generator->comm, (PetscBool)(file->path[0] != 0),
                           "-generator_type file: which? give -file_data FILE"));
  if (KarOptionsHelping()) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarOptionsGiven(generator->options, "grid_n", &given));
  KarCheck(generator->comm, !given, PETSC_ERR_USER_INPUT, "-grid_n: the grid is that of %s, leave it out", file->path);
  PetscCall(KarDatasetOpenAs(generator->comm, file->path, &reading, &file->own));
  file->data = file->own;
  PetscCall(SetGrid(generator));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUp(KarGenerator generator)
{
  File          *file = generator->context;
  KarDatasetInfo info;
  KarVariable    v;
  PetscInt       first = 0, last;

  PetscFunctionBegin;
  if (!file->data && KarOptionsHelping()) PetscFunctionReturn(PETSC_SUCCESS);
  KarCheck(generator->comm, file->data, PETSC_ERR_ORDER,
           "a law of type file needs its data set: KarGeneratorSetDataset(), or -file_data FILE");
  PetscCall(KarDatasetGetInfo(file->data, &info));
  last = info.variables;
  if (file->wanted[0]) {
    PetscCall(KarDatasetFindVariable(file->data, file->wanted, &first));
    last = first + 1;
  }
  generator->samples = PETSC_MAX_INT;
  for (PetscInt i = first; i < last && i - first < KAR_GENERATOR_VARIABLES; i++) {
    PetscCall(KarDatasetGetVariable(file->data, i, &v));
    file->number[i - first] = i;
    generator->samples      = PetscMin(generator->samples, v.samples);
    kar_generator_add(generator, v.label, v.components, v.units, v.long_name);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Destroy(KarGenerator generator)
{
  File *file = generator->context;

  PetscFunctionBegin;
  PetscCall(KarDatasetDestroy(&file->own));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGeneratorCreate_File(KarGenerator generator)
{
  File *file;

  PetscFunctionBegin;
  PetscCall(PetscNew(&file));
  generator->context = file;
  generator->ops =
    (KarGeneratorOps){.setfromoptions = SetFromOptions, .setup = SetUp, .sample = Sample, .destroy = Destroy};
  PetscCall(PetscStrncpy(generator->title, "fields of a file", sizeof(generator->title)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGeneratorSetDataset(KarGenerator generator, KarDataset data, const char variable[])
{
  File *file;

  PetscFunctionBegin;
  PetscCall(KarGeneratorSetType(generator, KARGENERATORFILE));
  file       = generator->context;
  file->data = data;
  PetscCall(PetscStrncpy(file->wanted, variable ? variable : "", sizeof(file->wanted)));
  PetscCall(SetGrid(generator));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGeneratorGetDataset(KarGenerator generator, KarDataset *data)
{
  PetscFunctionBegin;
  *data = strcmp(generator->type, KARGENERATORFILE) ? NULL : ((File *)generator->context)->data;
  PetscFunctionReturn(PETSC_SUCCESS);
}
