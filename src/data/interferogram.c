/* Two laws of interferograms: simulated scenes (insar), and patches of a measured one (patches).  What a network
   learns is
   `wave`, the cosine and sine of the phase. */
#include <karhunen/impl/data.h>

#include <karhunen/insar.h>

/* --- insar ------------------------------------------------------------ */
typedef struct {
  KarInsar      insar;
  PetscBool     keep;                    /* the parts too */
  KarInsarField field[KAR_INSAR_FIELDS]; /* of each variable */
} Simulated;

static PetscErrorCode SimulatedSetFromOptions(KarGenerator generator)
{
  Simulated *s = generator->context;

  PetscFunctionBegin;
  PetscCall(KarInsarSetOptionsPrefix(s->insar, generator->options));
  PetscCall(KarInsarSetFromOptions(s->insar));
  PetscCall(KarOptionsBool(generator->options, "insar_keep",
                           "write the parts of the phase, topography and coherence too", &s->keep));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SimulatedSetUp(KarGenerator generator)
{
  Simulated *s = generator->context;

  PetscFunctionBegin;
  PetscCall(KarInsarSetUp(s->insar, generator->grid));
  for (int f = 0; f < (s->keep ? KAR_INSAR_FIELDS : KAR_INSAR_WAVE + 1); f++) {
    const KarInsarFieldInfo *info = &KarInsarFieldInfos[f];

    s->field[generator->variables] = (KarInsarField)f;
    kar_generator_add(generator, info->name, info->components, info->units, info->long_name);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SimulatedSample(KarGenerator generator, KarKey key, Vec fields[])
{
  Simulated *s                     = generator->context;
  Vec        all[KAR_INSAR_FIELDS] = {NULL};

  PetscFunctionBegin;
  for (PetscInt v = 0; v < generator->variables; v++) all[s->field[v]] = fields[v];
  PetscCall(KarInsarSample(s->insar, key, all));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SimulatedAttributes(KarGenerator generator, KarDataset data)
{
  Simulated     *s       = generator->context;
  const PetscInt zero[2] = {0, 0};
  PetscReal      wavelength;
  KarGridInfo    info;

  PetscFunctionBegin;
  PetscCall(KarGridGetInfo(generator->grid, &info));
  PetscCall(KarInsarGetWavelength(s->insar, &wavelength));
  PetscCall(KarDatasetPutMintPy(data, info.n, wavelength, NULL, zero));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SimulatedDestroy(KarGenerator generator)
{
  PetscFunctionBegin;
  PetscCall(KarInsarDestroy(&((Simulated *)generator->context)->insar));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGeneratorCreate_Insar(KarGenerator generator)
{
  Simulated *s;

  PetscFunctionBegin;
  PetscCall(PetscNew(&s));
  PetscCall(KarInsarCreate(generator->comm, &s->insar));
  s->keep            = PETSC_TRUE;
  generator->context = s;
  generator->basis   = KAR_BASIS_COSINE;
  for (int a = 0; a < 2; a++) generator->n[a] = 128, generator->length[a] = 12800;
  (void)snprintf(generator->units, sizeof(generator->units), "m");
  (void)snprintf(generator->title, sizeof(generator->title), "Simulated interferograms");
  generator->ops = (KarGeneratorOps){.setfromoptions = SimulatedSetFromOptions,
                                     .setup          = SimulatedSetUp,
                                     .sample         = SimulatedSample,
                                     .attributes     = SimulatedAttributes,
                                     .destroy        = SimulatedDestroy};
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- patches ------------------------------------------------------------ */
typedef struct {
  KarPatches patches;
} Measured;

/* Without -grid_length a patch has the size of its pixels. */
static PetscErrorCode MeasuredSetFromOptions(KarGenerator generator)
{
  Measured   *m = generator->context;
  KarGridInfo info;
  PetscReal   length[2];
  PetscBool   given;

  PetscFunctionBegin;
  PetscCall(KarPatchesSetOptionsPrefix(m->patches, generator->options));
  PetscCall(KarPatchesSetFromOptions(m->patches));
  PetscCall(KarOptionsGiven(generator->options, "grid_length", &given));
  PetscCall(KarGridGetInfo(generator->grid, &info));
  if (given || KarOptionsHelping() || info.dim != 2) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarPatchesGetPixel(m->patches, length));
  for (int a = 0; a < 2; a++) length[a] *= (PetscReal)info.n[a];
  PetscCall(KarGridSetSizes(generator->grid, 2, info.n, length));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode MeasuredSetUp(KarGenerator generator)
{
  Measured *m = generator->context;

  PetscFunctionBegin;
  if (!KarOptionsHelping()) PetscCall(KarPatchesSetUp(m->patches, generator->grid));
  kar_generator_add(generator, "phase", 1, "rad", KarInsarFieldInfos[KAR_INSAR_PHASE].long_name);
  kar_generator_add(generator, "wave", 2, "1", KarInsarFieldInfos[KAR_INSAR_WAVE].long_name);
  kar_generator_add(generator, "mask", 1, "1", "1 where there is a measurement, else 0");
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode MeasuredSample(KarGenerator generator, KarKey key, Vec fields[])
{
  PetscFunctionBegin;
  PetscCall(KarPatchesSample(((Measured *)generator->context)->patches, key, fields[0], fields[1], fields[2]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The place is that of a patch only where there is but one. */
static PetscErrorCode MeasuredAttributes(KarGenerator generator, KarDataset data)
{
  Measured       *m       = generator->context;
  const PetscInt  zero[2] = {0, 0};
  const KarScene *scene;
  KarDatasetInfo  file;
  KarGridInfo     info;
  PetscInt        positions;

  PetscFunctionBegin;
  PetscCall(KarGridGetInfo(generator->grid, &info));
  PetscCall(KarPatchesGetScene(m->patches, &scene, &positions));
  PetscCall(KarDatasetGetInfo(data, &file));
  PetscCall(PetscPrintf(file.comm,
                        "%" PetscInt_FMT " places for a patch; %" PetscInt_FMT " pixels without a measurement\n",
                        positions, scene->invalid));
  if (scene->wrapped)
    PetscCall(PetscPrintf(file.comm, "note: %" PetscInt_FMT " phases lay outside [-pi, pi] and were wrapped\n",
                          scene->wrapped));
  PetscCall(KarDatasetPutMintPy(data, info.n, scene->wavelength,
                                info.n[0] == scene->n[0] && info.n[1] == scene->n[1] ? scene : NULL, zero));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode MeasuredDestroy(KarGenerator generator)
{
  PetscFunctionBegin;
  PetscCall(KarPatchesDestroy(&((Measured *)generator->context)->patches));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGeneratorCreate_Patches(KarGenerator generator)
{
  Measured *m;

  PetscFunctionBegin;
  PetscCall(PetscNew(&m));
  PetscCall(KarPatchesCreate(generator->comm, &m->patches));
  generator->context = m;
  generator->basis   = KAR_BASIS_COSINE;
  for (int a = 0; a < 2; a++) generator->n[a] = 128;
  (void)snprintf(generator->units, sizeof(generator->units), "m");
  (void)snprintf(generator->title, sizeof(generator->title), "Patches of an interferogram");
  generator->ops = (KarGeneratorOps){.setfromoptions = MeasuredSetFromOptions,
                                     .setup          = MeasuredSetUp,
                                     .sample         = MeasuredSample,
                                     .attributes     = MeasuredAttributes,
                                     .destroy        = MeasuredDestroy};
  PetscFunctionReturn(PETSC_SUCCESS);
}
