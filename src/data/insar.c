/* Simulated interferograms, as satellites see volcanoes and faults:

     phase = wrap( -4 pi/wavelength los.u                     a source in an elastic half-space, los from ground to satellite
                   + turbulence                               N(0, rms^2) with Hanssen's three regimes
                   + 4 pi/wavelength D (e^{-h/H} - 1)/cos(incidence)     stratified delay over topography h
                   + ramp                                     orbits: a plane, and an arbitrary constant
                   + noise )                                  pairs of coherence gamma, averaged: in a pixel, or in a footprint
                                                              that no grid changes (-insar_noise_length)

   Stationary fields are drawn on a periodic box twice as long and cut out, so that nothing of the box is seen. */
#include <karhunen/covariance.h>
#include <karhunen/insar.h>

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
};

/* What is drawn for each scene: uniform between two ends, or uniform in the logarithm. */
enum { PEAK,
       DEPTH,
       SIZE,
       RMS,
       RELIEF,
       LEVEL,
       DELAY,
       RAMP,
       INCIDENCE,
       COHERENCE,
       RANGES };
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

/* Numbers of key.step: what a random number is for. */
enum { STEP_TURBULENCE,
       STEP_TOPOGRAPHY,
       STEP_COHERENCE,
       STEP_NOISE,
       STEP_NUMBER,
       STEP_POWER,
       STEP_COSINE,
       STEP_SINE };
/* Numbers beside the ranges. */
enum { KIND = RANGES,
       SIGN,
       EAST,
       NORTH,
       STRIKE,
       DIP,
       RAKE,
       WIDTH,
       PASS,
       OFFSET,
       RAMP_X,
       RAMP_Y };

typedef enum { MOGI,
               DIKE,
               SILL,
               FAULT,
               KINDS } Kind;
static const char *const kinds[]       = {"mogi", "dike", "sill", "fault", NULL};
static const char *const bands[]       = {"c", "l", NULL};
static const char *const passes[]      = {"both", "ascending", "descending", NULL};
static const PetscReal   wavelengths[] = {0.0554658, 0.2424525}; /* Sentinel-1, ALOS-2 */

typedef struct _p_KarInsar {
  KarGridInfo info;
  PetscReal   half;                          /* of a pixel: the first point's place; 0 on a periodic grid */
  KarFFT      fft;                           /* of the box twice as long */
  KarCov      turbulence, topography, cover; /* of variance 1 */
  KarCov      speckle;                       /* too, or NULL: noise that is independent in pixels */
  Vec         coordinates, whole, cut;       /* on the long box; its field; the part that is the scene */
  VecScatter  scatter;
  PetscReal  *turn; /* cos, sin of k.(half a pixel) for each mode of the long box */
  PetscReal   range[RANGES][2], wavelength, scale_height, nu;
  PetscReal   footprint; /* length of the noise, m; 0: a pixel */
  PetscInt    looks, nkinds, kind[KINDS], pass;
  PetscBool   with[KAR_INSAR_FIELDS], sea;
} Insar;

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

/* "mogi,sill" */
static PetscErrorCode ReadKinds(KarInsar insar)
{
  char     text[64] = "mogi,dike,sill,fault", *word, *rest = text;
  PetscInt k;

  PetscFunctionBegin;
  PetscCall(KarOptionsString(NULL, "insar_sources", "kinds of source to choose from: mogi,dike,sill,fault", sizeof(text), text));
  insar->nkinds = 0;
  while ((word = strtok_r(rest, ", ", &rest))) {
    for (k = 0; k < KINDS && strcmp(word, kinds[k]); k++)
      ;
    KarCheck(insar->info.comm, k < KINDS && insar->nkinds < KINDS, PETSC_ERR_USER_INPUT, "-insar_sources %s: give some of mogi,dike,sill,fault", word);
    insar->kind[insar->nkinds++] = k;
  }
  KarCheck(insar->info.comm, insar->nkinds, PETSC_ERR_USER_INPUT, "-insar_sources: give some of mogi,dike,sill,fault");
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarInsarSetFromOptions(KarInsar insar)
{
  static const struct {
    const char   *name;
    KarInsarField field;
  } switches[]  = {{"insar_deformation", KAR_INSAR_DEFORMATION}, {"insar_turbulence", KAR_INSAR_TURBULENCE}, {"insar_stratified", KAR_INSAR_STRATIFIED}, {"insar_ramp", KAR_INSAR_RAMP}, {"insar_noise", KAR_INSAR_NOISE}};
  PetscInt band = 0;

  PetscFunctionBegin;
  for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++)
    PetscCall(KarOptionsBool(NULL, switches[i].name, KarInsarFieldInfos[switches[i].field].long_name, &insar->with[switches[i].field]));
  PetscCall(ReadKinds(insar));
  for (int r = 0; r < RANGES; r++) {
    PetscInt n = 2;

    PetscCall(KarOptionsRealArray(NULL, ranges[r].name, ranges[r].text, ranges[r].min, ranges[r].max, &n, insar->range[r]));
    if (n == 1) insar->range[r][1] = insar->range[r][0];
    KarCheck(insar->info.comm, insar->range[r][0] <= insar->range[r][1], PETSC_ERR_USER_INPUT, "-%s: its ends are in the wrong order", ranges[r].name);
  }
  PetscCall(KarOptionsChoice(NULL, "insar_band", "wavelength of the radar: c 5.5 cm, l 24 cm", bands, &band));
  insar->wavelength = wavelengths[band];
  PetscCall(KarOptionsReal(NULL, "insar_wavelength", "another wavelength, m", 1e-3, 10, &insar->wavelength));
  PetscCall(KarOptionsChoice(NULL, "insar_pass", "flights of the satellite", passes, &insar->pass));
  PetscCall(KarOptionsReal(NULL, "insar_scale_height", "of the stratified delay, m", 1, 1e5, &insar->scale_height));
  PetscCall(KarOptionsReal(NULL, "insar_poisson", "Poisson's ratio of the ground", 0, 0.5, &insar->nu));
  PetscCall(KarOptionsInt(NULL, "insar_looks", "looks averaged in a pixel, or in the footprint of -insar_noise_length", 1, 1000, &insar->looks));
  PetscCall(KarOptionsReal(NULL, "insar_noise_length", "noise correlated as exp(-r^2/(2 length^2)), m, the same on every grid; 0: each pixel its own", 0, 1e5,
                           &insar->footprint));
  PetscCall(KarOptionsBool(NULL, "insar_sea", "no coherence where the height is 0", &insar->sea));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Set-up ------------------------------------------------------------------------------------------------------------ */
static PetscErrorCode CreateLongBox(KarInsar insar)
{
  const PetscInt  n[2]      = {2 * insar->info.n[0], 2 * insar->info.n[1]};
  const PetscReal length[2] = {2 * insar->info.length[0], 2 * insar->info.length[1]};
  KarGrid         grid;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(insar->info.comm, &grid));
  PetscCall(KarGridSetSizes(grid, 2, n, length));
  PetscCall(KarGridSetUp(grid));
  PetscCall(KarFFTCreate(grid, &insar->fft));
  PetscCall(KarFFTCreateCoordinates(insar->fft, &insar->coordinates));
  PetscCall(KarGridCreateField(grid, &insar->whole));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The corner of the long box that is the scene. */
static PetscErrorCode CreateCut(KarInsar insar)
{
  const KarGridInfo *g = &insar->info;
  PetscInt          *from, first;
  IS                 in, out;

  PetscFunctionBegin;
  PetscCall(VecCreateMPI(g->comm, g->ln * g->n[1], g->n[0] * g->n[1], &insar->cut));
  PetscCall(VecGetOwnershipRange(insar->cut, &first, NULL));
  PetscCall(PetscMalloc1(g->ln * g->n[1], &from));
  for (PetscInt i = 0; i < g->ln; i++)
    for (PetscInt j = 0; j < g->n[1]; j++) from[i * g->n[1] + j] = (g->start + i) * 2 * g->n[1] + j;
  PetscCall(ISCreateGeneral(g->comm, g->ln * g->n[1], from, PETSC_OWN_POINTER, &in));
  PetscCall(ISCreateStride(g->comm, g->ln * g->n[1], first, 1, &out));
  PetscCall(VecScatterCreate(insar->whole, in, insar->cut, out, &insar->scatter));
  PetscCall(ISDestroy(&in));
  PetscCall(ISDestroy(&out));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Points of a cosine grid lie in the middle of their cells, those of the long box at their corners. */
static PetscErrorCode CreateTurn(KarInsar insar)
{
  const KarModes *modes;
  KarMode         mode;

  PetscFunctionBegin;
  insar->half = insar->info.basis == KAR_BASIS_COSINE ? 0.5 : 0;
  PetscCall(KarFFTGetModes(insar->fft, &modes));
  PetscCall(PetscMalloc1(2 * modes->rows * modes->length, &insar->turn));
  for (PetscInt r = 0; r < modes->rows; r++)
    for (PetscInt j = 0; j < modes->length; j++) {
      PetscReal angle = 0, *t = insar->turn + 2 * (r * modes->length + j);

      kar_mode(modes, r, j, &mode);
      for (int a = 0; a < 2; a++) angle += mode.k[a] * insar->half * insar->info.length[a] / (PetscReal)insar->info.n[a];
      t[0] = PetscCosReal(angle);
      t[1] = PetscSinReal(angle);
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CreateCovariance(KarInsar insar, const char prefix[], KarCovType type, const char *const names[], const PetscReal values[], KarCov *cov)
{
  PetscFunctionBegin;
  PetscCall(KarCovCreate(insar->fft, cov));
  PetscCall(KarCovSetType(*cov, type));
  for (int i = 0; names[i]; i++) PetscCall(KarCovSetParameter(*cov, names[i], values[i]));
  PetscCall(KarCovSetOptionsPrefix(*cov, prefix));
  PetscCall(KarCovSetFromOptions(*cov));
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
  PetscCall(VecScatterDestroy(&insar->scatter));
  PetscCall(VecDestroy(&insar->coordinates));
  PetscCall(VecDestroy(&insar->whole));
  PetscCall(VecDestroy(&insar->cut));
  PetscCall(PetscFree(insar->turn));
  PetscCall(KarFFTDestroy(&insar->fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarInsarSetUp(KarInsar insar, KarGrid grid)
{
  const char *const hanssen[] = {"regimes", "outer", "inner", NULL}, *const relief[] = {"exponent", "outer", NULL}, *const patches[] = {"length", NULL};

  PetscFunctionBegin;
  PetscCall(Clear(insar));
  PetscCall(KarGridSetUp(grid));
  PetscCall(KarGridGetInfo(grid, &insar->info));
  KarCheck(insar->info.comm, insar->info.dim == 2, PETSC_ERR_USER_INPUT, "an interferogram is a plane: give -grid_n ROWS,COLUMNS");
  KarCheck(insar->info.comm, insar->info.length[0] > 100 && insar->info.length[1] > 100, PETSC_ERR_USER_INPUT,
           "a scene of %g x %g m: give its size in metres, as in -grid_length 12800,12800", (double)insar->info.length[0], (double)insar->info.length[1]);
  PetscCall(CreateLongBox(insar));
  PetscCall(CreateCut(insar));
  PetscCall(CreateTurn(insar));
  PetscCall(CreateCovariance(insar, "insar_turbulence_", KARCOVVONKARMAN, hanssen, (PetscReal[]){1, 20000, 100}, &insar->turbulence));
  PetscCall(CreateCovariance(insar, "insar_topography_", KARCOVVONKARMAN, relief, (PetscReal[]){4, 10000}, &insar->topography));
  PetscCall(CreateCovariance(insar, "insar_coherence_", KARCOVGAUSS, patches, (PetscReal[]){800}, &insar->cover));
  if (insar->footprint > 0) PetscCall(CreateCovariance(insar, "insar_noise_", KARCOVGAUSS, patches, &insar->footprint, &insar->speckle));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- One scene ----------------------------------------------------------------------------------------------------------- */
/* A uniform number in (0, 1) that only `which` uses. */
static PetscReal Uniform(KarKey key, int which)
{
  PetscReal u[2];

  key.step = STEP_NUMBER;
  kar_uniform_pair(key, which, 0, 0, u);
  return u[0];
}

static PetscReal Between(const PetscReal ends[2], PetscBool logarithmic, PetscReal u)
{
  return logarithmic ? ends[0] * PetscPowReal(ends[1] / ends[0], u) : ends[0] + (ends[1] - ends[0]) * u;
}

static PetscReal Draw(KarInsar insar, KarKey key, int range)
{
  return Between(insar->range[range], ranges[range].logarithmic, Uniform(key, range));
}

/* A field of N(0, cov) on the scene, into out (local). */
static PetscErrorCode DrawField(KarInsar insar, KarCov cov, KarKey key, PetscInt step, PetscReal out[])
{
  PetscScalar       *x;
  const PetscScalar *y;
  PetscInt           n;

  PetscFunctionBegin;
  key.step = step;
  PetscCall(KarCovSample(cov, key, insar->coordinates));
  PetscCall(VecGetLocalSize(insar->coordinates, &n));
  PetscCall(VecGetArray(insar->coordinates, &x));
  for (PetscInt i = 0; i < n && insar->half > 0; i += 2) {
    const PetscReal c = insar->turn[i], s = insar->turn[i + 1], re = x[i], im = x[i + 1];

    x[i]     = c * re - s * im;
    x[i + 1] = c * im + s * re;
  }
  PetscCall(VecRestoreArray(insar->coordinates, &x));
  PetscCall(KarFFTInverse(insar->fft, insar->coordinates, insar->whole));
  PetscCall(VecScatterBegin(insar->scatter, insar->whole, insar->cut, INSERT_VALUES, SCATTER_FORWARD));
  PetscCall(VecScatterEnd(insar->scatter, insar->whole, insar->cut, INSERT_VALUES, SCATTER_FORWARD));
  PetscCall(VecGetLocalSize(insar->cut, &n));
  PetscCall(VecGetArrayRead(insar->cut, &y));
  PetscCall(PetscArraycpy(out, y, n));
  PetscCall(VecRestoreArrayRead(insar->cut, &y));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A source, its strength 1. */
typedef struct {
  Kind      kind;
  KarMogi   mogi;
  KarOkada  okada;
  PetscReal los[3], nu;
} Source;

static PetscReal LineOfSight(const Source *s, PetscReal east, PetscReal north)
{
  PetscReal u[3];

  if (s->kind == MOGI) kar_mogi(&s->mogi, s->nu, east, north, u);
  else kar_okada(&s->okada, s->nu, east, north, u);
  return s->los[0] * u[0] + s->los[1] * u[1] + s->los[2] * u[2];
}

static void DrawSource(KarInsar insar, KarKey key, Source *s)
{
  static const PetscReal dips[KINDS][2] = {{0, 0}, {75, 90}, {0, 15}, {30, 90}};
  const PetscReal       *L              = insar->info.length;
  const PetscReal        turn = 2 * PETSC_PI, rake = turn * Uniform(key, RAKE);
  const PetscBool        ascending = insar->pass ? (PetscBool)(insar->pass == 1) : (PetscBool)(Uniform(key, PASS) < 0.5);
  const PetscReal        east = L[1] * 0.8 * (Uniform(key, EAST) - 0.5), north = L[0] * 0.8 * (Uniform(key, NORTH) - 0.5);
  KarOkada              *o = &s->okada;

  s->nu   = insar->nu;
  s->kind = (Kind)insar->kind[PetscMin(insar->nkinds - 1, (PetscInt)(Uniform(key, KIND) * (PetscReal)insar->nkinds))];
  kar_line_of_sight(Draw(insar, key, INCIDENCE) * PETSC_PI / 180, (ascending ? -12 : -168) * PETSC_PI / 180, s->los);
  s->mogi    = (KarMogi){east, north, Draw(insar, key, DEPTH), 1};
  *o         = (KarOkada){.east = east, .north = north, .strike = turn * Uniform(key, STRIKE), .length = Draw(insar, key, SIZE)};
  o->dip     = Between(dips[s->kind], PETSC_FALSE, Uniform(key, DIP)) * PETSC_PI / 180;
  o->width   = Between(insar->range[SIZE], PETSC_TRUE, Uniform(key, WIDTH));
  o->depth   = PetscMax(s->mogi.depth, insar->range[DEPTH][0] / 2 + o->width / 2 * PetscSinReal(o->dip)); /* its upper edge stays below */
  o->slip[0] = s->kind == FAULT ? PetscCosReal(rake) : 0;
  o->slip[1] = s->kind == FAULT ? PetscSinReal(rake) : 0;
  o->slip[2] = s->kind == FAULT ? 0 : 1;
}

/* Displacement towards the satellite; the strength makes its largest value on a coarse net, alike on every grid, the peak drawn. */
static void FillDeformation(KarInsar insar, KarKey key, const Source *s, PetscReal out[])
{
  const KarGridInfo *g    = &insar->info;
  const PetscReal    sign = Uniform(key, SIGN) < 0.5 ? -1 : 1;
  const int          net  = 40;
  PetscReal          peak = PETSC_SMALL * PETSC_SMALL, strength;

  for (int i = 0; i <= net; i++)
    for (int j = 0; j <= net; j++)
      peak = PetscMax(peak, PetscAbsReal(LineOfSight(s, g->length[1] * ((PetscReal)j / net - 0.5), g->length[0] * (0.5 - (PetscReal)i / net))));
  strength = sign * Draw(insar, key, PEAK) / peak;
  for (PetscInt i = 0; i < g->ln; i++)
    for (PetscInt j = 0; j < g->n[1]; j++) {
      const PetscReal north = g->length[0] * (0.5 - ((PetscReal)(g->start + i) + insar->half) / (PetscReal)g->n[0]);
      const PetscReal east  = g->length[1] * (((PetscReal)j + insar->half) / (PetscReal)g->n[1] - 0.5);

      out[i * g->n[1] + j] = strength * LineOfSight(s, east, north);
    }
}

static void FillRamp(KarInsar insar, KarKey key, PetscReal out[])
{
  const KarGridInfo *g    = &insar->info;
  const PetscReal    turn = 2 * PETSC_PI, a = turn * Between(insar->range[RAMP], PETSC_FALSE, Uniform(key, RAMP_X));
  const PetscReal    b = turn * Between(insar->range[RAMP], PETSC_FALSE, Uniform(key, RAMP_Y)), c = turn * (Uniform(key, OFFSET) - 0.5);

  for (PetscInt i = 0; i < g->ln; i++)
    for (PetscInt j = 0; j < g->n[1]; j++)
      out[i * g->n[1] + j] = a * (((PetscReal)j + insar->half) / (PetscReal)g->n[1] - 0.5) + b * (0.5 - ((PetscReal)(g->start + i) + insar->half) / (PetscReal)g->n[0]) + c;
}

/* h = max(0, rms (level + g)) */
static PetscErrorCode FillTopography(KarInsar insar, KarKey key, PetscInt n, PetscReal out[])
{
  const PetscReal rms = Draw(insar, key, RELIEF), level = Draw(insar, key, LEVEL);

  PetscFunctionBegin;
  PetscCall(DrawField(insar, insar->topography, key, STEP_TOPOGRAPHY, out));
  for (PetscInt i = 0; i < n; i++) out[i] = PetscMax(0, rms * (level + out[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* gamma = low + (high - low) Phi(g), 0 on the sea. */
static PetscErrorCode FillCoherence(KarInsar insar, KarKey key, PetscInt n, const PetscReal height[], PetscReal out[])
{
  const PetscReal *ends = insar->range[COHERENCE];

  PetscFunctionBegin;
  PetscCall(DrawField(insar, insar->cover, key, STEP_COHERENCE, out));
  for (PetscInt i = 0; i < n; i++)
    out[i] = insar->sea && height[i] <= 0 ? 0 : ends[0] + (ends[1] - ends[0]) * erfc(-out[i] / PETSC_SQRT2) / 2;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode FillNoise(KarInsar insar, KarKey key, const PetscReal gamma[], PetscReal out[])
{
  const KarGridInfo *g = &insar->info;
  const PetscInt     n = g->n[1];
  PetscReal         *z;
  PetscInt          *j;

  PetscFunctionBegin;
  key.step = STEP_NOISE;
  PetscCall(PetscMalloc2(2 * n * (insar->looks + 1), &z, n, &j));
  for (PetscInt c = 0; c < n; c++) j[c] = c;
  for (PetscInt i = 0; i < g->ln; i++) {
    for (PetscInt l = 0; l <= insar->looks; l++) {
      const PetscInt index[3] = {g->start + i, 0, l};

      kar_normal_row(key, index, 1, n, j, NULL, z + 2 * n * l);
    }
    for (PetscInt c = 0; c < n; c++) out[i * n + c] = kar_decorrelate(gamma[i * n + c], insar->looks, 2 * n, z + 2 * c);
  }
  PetscCall(PetscFree2(z, j));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The same law at each point, of three fields that are functions of place. */
static PetscErrorCode FillSpeckle(KarInsar insar, KarKey key, PetscInt n, const PetscReal gamma[], PetscReal out[])
{
  PetscReal *z, *a, *b;

  PetscFunctionBegin;
  PetscCall(PetscMalloc3(n, &z, n, &a, n, &b));
  PetscCall(DrawField(insar, insar->speckle, key, STEP_POWER, z));
  PetscCall(DrawField(insar, insar->speckle, key, STEP_COSINE, a));
  PetscCall(DrawField(insar, insar->speckle, key, STEP_SINE, b));
  for (PetscInt i = 0; i < n; i++) {
    const PetscReal pair[2] = {a[i], b[i]};

    out[i] = kar_phase_error(gamma[i], kar_power_of_looks(insar->looks, z[i]), pair);
  }
  PetscCall(PetscFree3(z, a, b));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Every field of the scene in a[f], each n numbers; parts that are switched off stay zero. */
static PetscErrorCode FillScene(KarInsar insar, KarKey key, PetscInt n, PetscReal *a[])
{
  const PetscReal factor = 4 * PETSC_PI / insar->wavelength;
  Source          source;

  PetscFunctionBegin;
  DrawSource(insar, key, &source);
  PetscCall(FillTopography(insar, key, n, a[KAR_INSAR_TOPOGRAPHY]));
  PetscCall(FillCoherence(insar, key, n, a[KAR_INSAR_TOPOGRAPHY], a[KAR_INSAR_COHERENCE]));
  if (insar->with[KAR_INSAR_DEFORMATION]) FillDeformation(insar, key, &source, a[KAR_INSAR_DEFORMATION]);
  if (insar->with[KAR_INSAR_RAMP]) FillRamp(insar, key, a[KAR_INSAR_RAMP]);
  if (insar->with[KAR_INSAR_NOISE] && !insar->speckle) PetscCall(FillNoise(insar, key, a[KAR_INSAR_COHERENCE], a[KAR_INSAR_NOISE]));
  if (insar->with[KAR_INSAR_NOISE] && insar->speckle) PetscCall(FillSpeckle(insar, key, n, a[KAR_INSAR_COHERENCE], a[KAR_INSAR_NOISE]));
  if (insar->with[KAR_INSAR_TURBULENCE]) {
    const PetscReal rms = Draw(insar, key, RMS);

    PetscCall(DrawField(insar, insar->turbulence, key, STEP_TURBULENCE, a[KAR_INSAR_TURBULENCE]));
    for (PetscInt i = 0; i < n; i++) a[KAR_INSAR_TURBULENCE][i] *= rms;
  }
  if (insar->with[KAR_INSAR_STRATIFIED]) {
    const PetscReal delay = factor * Draw(insar, key, DELAY) / source.los[2];

    for (PetscInt i = 0; i < n; i++) a[KAR_INSAR_STRATIFIED][i] = delay * (PetscExpReal(-a[KAR_INSAR_TOPOGRAPHY][i] / insar->scale_height) - 1);
  }
  for (PetscInt i = 0; i < n; i++) {
    a[KAR_INSAR_PHASE][i]        = kar_wrap(-factor * a[KAR_INSAR_DEFORMATION][i] + a[KAR_INSAR_TURBULENCE][i] + a[KAR_INSAR_STRATIFIED][i] +
                                            a[KAR_INSAR_RAMP][i] + a[KAR_INSAR_NOISE][i]);
    a[KAR_INSAR_WAVE][2 * i]     = PetscCosReal(a[KAR_INSAR_PHASE][i]);
    a[KAR_INSAR_WAVE][2 * i + 1] = PetscSinReal(a[KAR_INSAR_PHASE][i]);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarInsarSample(KarInsar insar, KarKey key, Vec fields[KAR_INSAR_FIELDS])
{
  const PetscInt n = insar->info.ln * insar->info.n[1];
  PetscReal     *a[KAR_INSAR_FIELDS], *own;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1((KAR_INSAR_FIELDS + 1) * n, &own));
  for (int f = 0, at = 0; f < KAR_INSAR_FIELDS; at += (int)KarInsarFieldInfos[f++].components) {
    a[f] = own + at * n;
    if (fields[f]) PetscCall(VecZeroEntries(fields[f]));
    if (fields[f]) PetscCall(VecGetArray(fields[f], &a[f]));
  }
  PetscCall(FillScene(insar, key, n, a));
  for (int f = 0; f < KAR_INSAR_FIELDS; f++)
    if (fields[f]) PetscCall(VecRestoreArray(fields[f], &a[f]));
  PetscCall(PetscFree(own));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarWavePhase(Vec wave, Vec phase)
{
  const PetscScalar *w;
  PetscScalar       *p;
  PetscInt           n;

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(phase, &n));
  PetscCall(VecGetArrayRead(wave, &w));
  PetscCall(VecGetArrayWrite(phase, &p));
  for (PetscInt i = 0; i < n; i++) p[i] = PetscAtan2Real(w[2 * i + 1], w[2 * i]);
  PetscCall(VecRestoreArrayWrite(phase, &p));
  PetscCall(VecRestoreArrayRead(wave, &w));
  PetscFunctionReturn(PETSC_SUCCESS);
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
