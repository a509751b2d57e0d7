/* Simulated interferograms, as satellites see volcanoes and faults:

     phase = wrap( -4 pi/wavelength los.u                     a source in an elastic half-space, los from ground to
     satellite
                   + turbulence                               N(0, rms^2) with Hanssen's three regimes
                   + 4 pi/wavelength D (e^{-h/H} - 1)/cos(incidence)     stratified delay over topography h
                   + ramp                                     orbits: a plane, and an arbitrary constant
                   + noise )                                  pairs of coherence gamma, averaged: in a pixel, or in a
                   footprint
                                                              that no grid changes (-insar_noise_length)

   Stationary fields are drawn on a periodic box twice as long and cut out, so that nothing of the box is seen. */
#include "insarimpl.h"

const KarInsarFieldInfo KarInsarFieldInfos[KAR_INSAR_FIELDS] = {
  [KAR_INSAR_PHASE]       = {"phase", "rad", "wrapped interferometric phase", 1},
  [KAR_INSAR_WAVE]        = {"wave", "1", "cosine and sine of the phase", 2},
  [KAR_INSAR_DEFORMATION] = {"deformation", "m", "ground displacement towards the satellite", 1},
  [KAR_INSAR_TURBULENCE]  = {"turbulence", "rad", "phase of the turbulent atmosphere", 1},
  [KAR_INSAR_STRATIFIED]  = {"stratified", "rad", "phase of the stratified atmosphere", 1},
  [KAR_INSAR_RAMP]        = {"ramp", "rad", "phase of orbits and of the arbitrary constant", 1},
  [KAR_INSAR_NOISE]       = {"noise", "rad", "phase error by decorrelation", 1},
  [KAR_INSAR_TOPOGRAPHY]  = {"topography", "m", "height above the sea", 1},
  [KAR_INSAR_COHERENCE]   = {"coherence", "1", "interferometric coherence", 1},
  [KAR_INSAR_SCENE]       = {"scene", "1", "unwrapped phase without noise in cycles; logit of the coherence", 2},
};

/* What is drawn for each scene: uniform between two ends, or uniform in the logarithm. */
static const struct {
  const char *name, *text;
  PetscReal   ends[2], min, max;
  PetscBool   logarithmic;
} ranges[RANGES] = {
  [PEAK]      = {"insar_peak", "largest displacement towards the satellite, m", {0.01, 0.15}, 1e-6, 1e3, PETSC_TRUE},
  [DEPTH]     = {"insar_depth", "depth of a source, m", {1500, 6000}, 1, 1e6, PETSC_TRUE},
  [SIZE]      = {"insar_size", "length and width of a dislocation, m", {500, 5000}, 1, 1e6, PETSC_TRUE},
  [RMS]       = {"insar_rms", "turbulence, rad rms: ends are 1 to 15 rad apart", {0.25, 4}, 1e-6, 1e3, PETSC_TRUE},
  [RELIEF]    = {"insar_relief", "topography, m rms", {50, 600}, 1e-3, 1e4, PETSC_TRUE},
  [LEVEL]     = {"insar_level", "mean height in rms: the sea is below 0", {1, 4}, -10, 100, PETSC_FALSE},
  [DELAY]     = {"insar_delay", "zenith delay between sea level and space, m", {-0.03, 0.03}, -10, 10, PETSC_FALSE},
  [RAMP]      = {"insar_cycles", "orbital fringes across the scene, along each axis", {-1, 1}, -1e3, 1e3, PETSC_FALSE},
  [INCIDENCE] = {"insar_incidence", "degrees from the vertical", {30, 45}, 0, 89, PETSC_FALSE},
  [COHERENCE] = {"insar_gamma", "coherence between its lowest and highest", {0.3, 0.95}, 0, 1, PETSC_FALSE},
};

static const char *const kinds[]       = {"mogi", "dike", "sill", "fault", NULL};
static const char *const bands[]       = {"c", "l", NULL};
static const char *const passes[]      = {"both", "ascending", "descending", NULL};
static const PetscReal   wavelengths[] = {0.0554658, 0.2424525}; /* Sentinel-1, ALOS-2 */

PetscErrorCode KarInsarCreate(MPI_Comm comm, KarInsar *out)
{
  KarInsar insar;

  PetscFunctionBegin;
  PetscCall(PetscNew(&insar));
  insar->info.comm = comm;
  for (int r = 0; r < RANGES; r++)
    for (int i = 0; i < 2; i++) insar->range[r][i] = ranges[r].ends[i];
  for (int k = 0; k < KINDS; k++) insar->kind[k] = k;
  for (int f = 0; f < KAR_INSAR_FIELDS; f++) insar->with[f] = PETSC_TRUE;
  insar->nkinds       = KINDS;
  insar->wavelength   = wavelengths[0];
  insar->scale_height = 2000;
  insar->nu           = 0.25;
  insar->looks        = 8;
  insar->sea          = PETSC_TRUE;
  *out                = insar;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarInsarSetOptionsPrefix(KarInsar insar, const char prefix[])
{
  PetscFunctionBegin;
  PetscCall(PetscStrncpy(insar->prefix, prefix ? prefix : "", sizeof(insar->prefix)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* "mogi,sill" */
static PetscErrorCode ReadKinds(KarInsar insar)
{
  char     text[64] = "mogi,dike,sill,fault", *word, *rest = text;
  PetscInt k;

  PetscFunctionBegin;
  PetscCall(KarOptionsString(insar->prefix, "insar_sources", "kinds of source to choose from: mogi,dike,sill,fault",
                             sizeof(text), text));
  insar->nkinds = 0;
  while ((word = strtok_r(rest, ", ", &rest))) {
    for (k = 0; k < KINDS && strcmp(word, kinds[k]); k++)
      ;
    KarCheck(insar->info.comm, k < KINDS && insar->nkinds < KINDS, PETSC_ERR_USER_INPUT,
             "-%sinsar_sources %s: give some of mogi,dike,sill,fault", insar->prefix, word);
    insar->kind[insar->nkinds++] = k;
  }
  KarCheck(insar->info.comm, insar->nkinds, PETSC_ERR_USER_INPUT, "-%sinsar_sources: give some of mogi,dike,sill,fault",
           insar->prefix);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarInsarSetFromOptions(KarInsar insar)
{
  static const struct {
    const char   *name;
    KarInsarField field;
  } switches[]  = {{"insar_deformation", KAR_INSAR_DEFORMATION},
                   {"insar_turbulence", KAR_INSAR_TURBULENCE},
                   {"insar_stratified", KAR_INSAR_STRATIFIED},
                   {"insar_ramp", KAR_INSAR_RAMP},
                   {"insar_noise", KAR_INSAR_NOISE}};
  PetscInt band = 0;

  PetscFunctionBegin;
  insar->fromoptions = PETSC_TRUE;
  for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++)
    PetscCall(KarOptionsBool(insar->prefix, switches[i].name, KarInsarFieldInfos[switches[i].field].long_name,
                             &insar->with[switches[i].field]));
  PetscCall(ReadKinds(insar));
  for (int r = 0; r < RANGES; r++) {
    PetscInt n = 2;
    char     text[128];

    (void)snprintf(text, sizeof(text), "%s [%g,%g%s]", ranges[r].text, (double)insar->range[r][0],
                   (double)insar->range[r][1], ranges[r].logarithmic ? ", in the logarithm" : "");
    PetscCall(
      KarOptionsRealArray(insar->prefix, ranges[r].name, text, ranges[r].min, ranges[r].max, &n, insar->range[r]));
    if (n == 1) insar->range[r][1] = insar->range[r][0];
    KarCheck(insar->info.comm, insar->range[r][0] <= insar->range[r][1], PETSC_ERR_USER_INPUT,
             "-%s%s: its ends are in the wrong order", insar->prefix, ranges[r].name);
  }
  PetscCall(KarOptionsChoice(insar->prefix, "insar_band", "wavelength of the radar: c 5.5 cm, l 24 cm", bands, &band));
  insar->wavelength = wavelengths[band];
  PetscCall(KarOptionsReal(insar->prefix, "insar_wavelength", "another wavelength, m", 1e-3, 10, &insar->wavelength));
  PetscCall(KarOptionsChoice(insar->prefix, "insar_pass", "flights of the satellite", passes, &insar->pass));
  PetscCall(KarOptionsReal(insar->prefix, "insar_scale_height", "scale height of the stratified delay, m", 1, 1e5,
                           &insar->scale_height));
  PetscCall(KarOptionsReal(insar->prefix, "insar_poisson", "Poisson's ratio of the ground", 0, 0.5, &insar->nu));
  PetscCall(KarOptionsInt(insar->prefix, "insar_looks",
                          "looks averaged in a pixel, or in the footprint of -insar_noise_length", 1, 1000,
                          &insar->looks));
  PetscCall(
    KarOptionsReal(insar->prefix, "insar_noise_length",
                   "noise correlated as exp(-r^2/(2 length^2)), m, the same on every grid; 0: each pixel its own", 0,
                   1e5, &insar->footprint));
  PetscCall(KarOptionsBool(insar->prefix, "insar_sea", "no coherence where the height is 0", &insar->sea));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Set-up ------------------------------------------------------------ */
static PetscErrorCode CreateCovariance(KarInsar insar, const char prefix[], KarCovType type, const char *const names[],
                                       const PetscReal values[], KarCov *cov)
{
  char full[100];

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(full, sizeof(full), "%s%s", insar->prefix, prefix));
  PetscCall(KarCovCreate(insar->box.fft, cov));
  PetscCall(KarCovSetType(*cov, type));
  for (int i = 0; names[i]; i++) PetscCall(KarCovSetParameter(*cov, names[i], values[i]));
  PetscCall(KarCovSetOptionsPrefix(*cov, full));
  if (insar->fromoptions) PetscCall(KarCovSetFromOptions(*cov));
  PetscCall(KarCovSetUp(*cov));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Clear(KarInsar insar)
{
  PetscFunctionBegin;
  PetscCall(KarCovDestroy(&insar->turbulence));
  PetscCall(KarCovDestroy(&insar->topography));
  PetscCall(KarCovDestroy(&insar->cover));
  PetscCall(KarCovDestroy(&insar->speckle));
  PetscCall(KarLongBoxDestroy(&insar->box));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarInsarSetUp(KarInsar insar, KarGrid grid)
{
  const char *const hanssen[] = {"regimes", "outer", "inner", NULL}, *const relief[] = {"exponent", "outer", NULL},
                    *const patches[] = {"length", NULL};

  PetscFunctionBegin;
  PetscCall(Clear(insar));
  PetscCall(KarGridSetUp(grid));
  PetscCall(KarGridGetInfo(grid, &insar->info));
  KarCheck(insar->info.comm, insar->info.dim == 2, PETSC_ERR_USER_INPUT,
           "an interferogram is a plane: give -grid_n ROWS,COLUMNS");
  KarCheck(insar->info.comm, insar->info.length[0] > 100 && insar->info.length[1] > 100, PETSC_ERR_USER_INPUT,
           "a scene of %g x %g m: give its size in metres, as in -grid_length 12800,12800",
           (double)insar->info.length[0], (double)insar->info.length[1]);
  PetscCall(KarLongBoxCreate(&insar->info, &insar->box));
  PetscCall(CreateCovariance(insar, "insar_turbulence_", KARCOVVONKARMAN, hanssen, (PetscReal[]){1, 20000, 100},
                             &insar->turbulence));
  PetscCall(
    CreateCovariance(insar, "insar_topography_", KARCOVVONKARMAN, relief, (PetscReal[]){4, 10000}, &insar->topography));
  PetscCall(CreateCovariance(insar, "insar_coherence_", KARCOVGAUSS, patches, (PetscReal[]){800}, &insar->cover));
  if (insar->footprint > 0)
    PetscCall(CreateCovariance(insar, "insar_noise_", KARCOVGAUSS, patches, &insar->footprint, &insar->speckle));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Numbers of a scene
   -------------------------------------------------------------------------------------------------- */
PetscReal kar_insar_uniform(KarKey key, int which)
{
  PetscReal u[2];

  key.step = STEP_NUMBER;
  kar_uniform_pair(key, which, 0, 0, u);
  return u[0];
}

PetscReal kar_insar_between(const PetscReal ends[2], PetscBool logarithmic, PetscReal u)
{
  return logarithmic ? ends[0] * PetscPowReal(ends[1] / ends[0], u) : ends[0] + (ends[1] - ends[0]) * u;
}

PetscReal kar_insar_draw(KarInsar insar, KarKey key, int range)
{
  return kar_insar_between(insar->range[range], ranges[range].logarithmic, kar_insar_uniform(key, range));
}

PetscErrorCode KarInsarGetWavelength(KarInsar insar, PetscReal *wavelength)
{
  PetscFunctionBegin;
  *wavelength = insar->wavelength;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarInsarDestroy(KarInsar *insar)
{
  PetscFunctionBegin;
  if (!*insar) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(Clear(*insar));
  PetscCall(PetscFree(*insar));
  PetscFunctionReturn(PETSC_SUCCESS);
}
