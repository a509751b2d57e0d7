/* The law ns2d (docs/mathematics.md §9) and its like in 3D: the flow at time T driven by a constant Gaussian force,
     f ~ N(0, c (-Lap + tau^2)^-alpha) on the modes 0 < max_i |kappa_i| <= band,   c such that E |f(x)|^2 = rms^2;
   or in 3D (the law ns3d) by the force of constant power on 0 < |kappa| <= band, started from a draw of that Gaussian.
   Solved on a grid of at least 128 points an axis in 2D, or as -ns_refine says; what is put out are the modes
   |kappa_i| <= n_i/3 of that grid which the wanted grid holds.  So 64^2 is full, and 256^2 empty beyond |kappa_i| = 85
   unless refined. */
#include <karhunen/impl/data.h>

#include <karhunen/flow.h>
#include <karhunen/onto.h>

static const char *const starts[]   = {"rest", "fixed", "random", "file", NULL};
static const char *const switches[] = {"off", "on", NULL};
static const char *const schemes[]  = {"rk4", "cn", NULL};
static const char *const forces[]   = {"constant", "power", NULL};

typedef struct {
  KarParameter parameters[20];
  PetscReal    times, lag;
  char         from[PETSC_MAX_PATH_LEN]; /* of -ns_start file */
  PetscInt     fields;                   /* in it */
  KarKey       path;                     /* that s->w is of, and its number in it; at -1: of none */
  PetscInt     at;
  PetscReal    nu, time, rms, band, alpha, tau, start, advection, scheme, refine, cfl, dt, force_type, power;
  PetscReal    c;
  KarFFT       fine, out, force; /* grids of the solution, of the variables, of a component of the force */
  KarFluid     fluid;
  KarResample  down;
  PetscReal   *root;         /* sqrt(lambda) of each mode of fine */
  Vec          f, w, coarse; /* coordinates */
} NavierStokes;

/* --- The force ------------------------------------------------------------ */
static PetscReal Density(const NavierStokes *s, PetscReal k2)
{
  return PetscPowReal(k2 + s->tau * s->tau, -s->alpha);
}

static PetscReal Root(const KarMode *mode, void *ctx)
{
  const NavierStokes *s   = ctx;
  PetscInt            top = 0;

  for (int a = 0; a < 3; a++) top = PetscMax(top, PetscAbsInt(mode->index[a]));
  return top == 0 || top > (PetscInt)s->band || mode->nyquist ? 0 : PetscSqrtReal(s->c * Density(s, mode->k2));
}

/* Sum over the band; a divergence-free force in 3D has two directions for each mode. */
static void Normalise(NavierStokes *s, const KarGridInfo *g)
{
  const PetscInt b = (PetscInt)s->band, b0 = g->dim == 3 ? b : 0;
  PetscReal      sum = 0;

  for (PetscInt h = -b0; h <= b0; h++)
    for (PetscInt i = -b; i <= b; i++)
      for (PetscInt j = -b; j <= b; j++) {
        const PetscInt at[3] = {g->dim == 3 ? h : i, g->dim == 3 ? i : j, g->dim == 3 ? j : 0};
        PetscReal      k2    = 0;

        for (PetscInt a = 0; a < g->dim; a++) k2 += PetscSqr(2 * PETSC_PI * (PetscReal)at[a] / g->length[a]);
        if (k2 > 0) sum += Density(s, k2);
      }
  s->c = s->rms * s->rms / (sum * (PetscReal)(g->dim - 1));
}

/* x <- its divergence-free part. */
static PetscErrorCode Project(KarFFT fft, Vec x)
{
  const KarModes *m;
  PetscScalar    *a;
  KarMode         mode;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(VecGetArray(x, &a));
  for (PetscInt r = 0; r < m->rows; r++)
    for (PetscInt j = 0; j < m->length; j++) {
      PetscReal *v;

      kar_mode(m, r, j, &mode);
      v = a + mode.offset;
      if (mode.k2 > 0)
        for (int c = 0; c < 2; c++) {
          const PetscReal along = (mode.k[0] * v[c] + mode.k[1] * v[2 + c] + mode.k[2] * v[4 + c]) / mode.k2;

          for (int i = 0; i < 3; i++) v[2 * i + c] -= along * mode.k[i];
        }
    }
  PetscCall(VecRestoreArray(x, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode DrawForce(NavierStokes *s, KarKey key, Vec f)
{
  const KarModes *m;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(s->fine, &m));
  PetscCall(KarFFTFillNormal(s->fine, key, f));
  PetscCall(KarFFTMultiply(s->fine, s->root, f));
  if (m->dim == 3) PetscCall(Project(s->fine, f));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- The flow ------------------------------------------------------------ */
/* Field `number` of the file, divergence-free in 3D; modes that the file's grid lacks are zero. */
static PetscErrorCode StartFromFile(NavierStokes *s, PetscInt number, Vec w)
{
  const MPI_Comm  comm = PetscObjectComm((PetscObject)w);
  const KarModes *m;
  Vec             x;

  PetscFunctionBegin;
  KarCheck(comm, number < s->fields, PETSC_ERR_ARG_OUTOFRANGE,
           "-ns_start_file %s has %" PetscInt_FMT " fields: no flow starts from number %" PetscInt_FMT, s->from,
           s->fields, number);
  PetscCall(KarFieldReadOnto(comm, "-ns_start_file", s->from, number, "the flow", &s->fine, NULL, NULL, &x));
  PetscCall(KarFFTGetModes(s->fine, &m));
  if (m->dim == 3) PetscCall(Project(s->fine, x));
  PetscCall(VecCopy(x, w));
  PetscCall(VecDestroy(&x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* At rest, or one more draw of the force's law: the same for every sample, or each its own; or a field of a file. */
static PetscErrorCode Start(NavierStokes *s, KarKey key, Vec w)
{
  PetscFunctionBegin;
  key.step = 1;
  if (s->start < 2) key.sample = 0;
  if (s->start == 0) PetscCall(VecZeroEntries(w));
  else if (s->start == 3) PetscCall(StartFromFile(s, (PetscInt)key.sample, w));
  else PetscCall(DrawForce(s, key, w));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A stop leaves a share of the time, and no state to go on from. */
static PetscErrorCode Advance(NavierStokes *s, PetscReal time, PetscReal *share)
{
  PetscFunctionBegin;
  PetscCall(KarFluidSolve(s->fluid, time, s->f, s->w, NULL));
  *share = kar_fluid_reached(s->fluid) < time ? kar_fluid_reached(s->fluid) / time : 1;
  if (*share < 1) s->at = -1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* State key.sample modulo times of its path, from the one that is there where that comes before it. */
static PetscErrorCode Flow(NavierStokes *s, KarKey key, PetscReal *share)
{
  const PetscInt times = (PetscInt)s->times, wanted = (PetscInt)(key.sample % times);

  PetscFunctionBegin;
  key.sample /= times;
  if (s->at < 0 || wanted <= s->at || s->path.seed != key.seed || s->path.sample != key.sample) {
    if (s->force_type != 0) PetscCall(VecZeroEntries(s->f));
    else PetscCall(DrawForce(s, key, s->f));
    PetscCall(Start(s, key, s->w));
    s->at = 0;
    PetscCall(Advance(s, s->time, share));
  }
  for (s->path = key; s->at >= 0 && s->at < wanted;) {
    s->at++;
    PetscCall(Advance(s, s->lag, share));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Sample(KarGenerator generator, KarKey key, Vec fields[])
{
  NavierStokes *s = generator->context;

  PetscFunctionBegin;
  kar_fluid_heed(s->fluid, generator->heed);
  kar_fluid_watch(s->fluid, generator->say, generator->listener);
  PetscCall(Flow(s, key, &generator->share));
  if (generator->share < 1) PetscFunctionReturn(PETSC_SUCCESS); /* stopped */
  PetscCall(KarResampleApply(s->down, s->w, s->coarse));
  PetscCall(KarFFTInverse(s->out, s->coarse, fields[0]));
  if (s->force_type != 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarResampleApply(s->down, s->f, s->coarse));
  PetscCall(KarFFTInverse(s->out, s->coarse, fields[1]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- Life ------------------------------------------------------------ */
static PetscErrorCode CreateFFT(MPI_Comm comm, const KarGridInfo *g, const PetscInt n[], KarFFT *fft)
{
  KarGrid grid;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(comm, &grid));
  PetscCall(KarGridSetSizes(grid, g->dim, n, g->length));
  PetscCall(KarGridSetComponents(grid, g->dim == 2 ? 1 : 3));
  PetscCall(KarFFTCreate(grid, fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Destroy(KarGenerator generator)
{
  NavierStokes *s = generator->context;

  PetscFunctionBegin;
  PetscCall(KarFluidDestroy(&s->fluid));
  PetscCall(KarResampleDestroy(&s->down));
  PetscCall(KarFFTDestroy(&s->fine));
  PetscCall(KarFFTDestroy(&s->out));
  PetscCall(PetscFree(s->root));
  PetscCall(VecDestroy(&s->f));
  PetscCall(VecDestroy(&s->w));
  PetscCall(VecDestroy(&s->coarse));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The force of constant power. */
static PetscErrorCode SetPower(NavierStokes *s, const KarGridInfo *g, KarFlow *flow)
{
  PetscFunctionBegin;
  s->at = -1;
  if (s->force_type == 0) PetscFunctionReturn(PETSC_SUCCESS);
  KarCheck(g->comm, g->dim == 3, PETSC_ERR_SUP, "-ns_force power: is there in 3D only; give -grid_n 64,64,64");
  KarCheck(g->comm, s->start != 0, PETSC_ERR_USER_INPUT,
           "-ns_force power: a flow at rest stays at rest; give -ns_start random or file");
  flow->power = s->power;
  flow->band  = s->band * 2 * PETSC_PI / PetscMax(g->length[0], PetscMax(g->length[1], g->length[2]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetFromOptions(KarGenerator generator)
{
  NavierStokes *s = generator->context;

  PetscFunctionBegin;
  PetscCall(
    KarOptionsString(generator->options, "ns_start_file",
                     "of -ns_start file: sample i starts from field i of its first variable, on any grid of the box",
                     sizeof(s->from), s->from));
  PetscCall(KarOptionsNeed(generator->comm, (PetscBool)(s->start != 3 || s->from[0]),
                           "-ns_start file: which? give -ns_start_file FILE"));
  KarCheck(generator->comm, s->start == 3 || !s->from[0], PETSC_ERR_USER_INPUT,
           "-ns_start_file %s: no flow starts from it; give -ns_start file with it", s->from);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Opens the file of starts, for its number of fields. */
static PetscErrorCode SetStart(KarGenerator generator)
{
  NavierStokes  *s = generator->context;
  KarDataset     data;
  KarDatasetInfo info;

  PetscFunctionBegin;
  generator->samples = 0;
  if (s->start != 3 || (!s->from[0] && KarOptionsHelping())) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarDatasetOpen(generator->comm, s->from, &data));
  PetscCall(KarDatasetGetInfo(data, &info));
  PetscCall(KarDatasetDestroy(&data));
  s->fields          = info.samples;
  generator->samples = info.samples * (PetscInt)s->times;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What a file says besides the parameters: what its flows started from. */
static PetscErrorCode PutAttributes(KarGenerator generator, KarDataset data)
{
  const NavierStokes *s = generator->context;

  PetscFunctionBegin;
  if (s->start == 3) PetscCall(KarDatasetPutString(data, "start_file", s->from));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUp(KarGenerator generator)
{
  NavierStokes *s    = generator->context;
  KarFlow       flow = {.nu        = s->nu,
                        .cfl       = s->cfl,
                        .dt        = s->dt,
                        .advection = s->advection != 0 ? PETSC_TRUE : PETSC_FALSE,
                        .scheme    = (KarFlowScheme)s->scheme};
  PetscInt      n[3];
  KarGridInfo   g;

  PetscFunctionBegin;
  PetscCall(Destroy(generator));
  PetscCall(KarGridGetInfo(generator->grid, &g));
  KarCheck(generator->comm, g.dim > 1 && g.basis == KAR_BASIS_PERIODIC, PETSC_ERR_SUP,
           "-generator_type navierstokes: needs a periodic plane or space, as -grid_n 64,64");
  PetscCall(SetPower(s, &g, &flow));
  PetscCall(SetStart(generator));
  for (PetscInt a = 0; a < g.dim; a++) {
    n[a] = s->refine > 0 ? (PetscInt)PetscCeilReal(s->refine * (PetscReal)g.n[a])
           : g.dim == 2  ? PetscMax(g.n[a], 128)
                         : g.n[a];
    KarCheck(generator->comm, 3 * (PetscInt)s->band <= n[a], PETSC_ERR_USER_INPUT,
             "-ns_force_band %g: a grid of %" PetscInt_FMT " points keeps modes to %" PetscInt_FMT
             ": give a greater -ns_refine",
             (double)s->band, n[a], n[a] / 3);
  }
  PetscCall(CreateFFT(generator->comm, &g, n, &s->fine));
  PetscCall(CreateFFT(generator->comm, &g, g.n, &s->out));
  PetscCall(KarResampleCreate(s->fine, s->out, &s->down));
  Normalise(s, &g);
  s->at = -1;
  if (s->times > 1) generator->times = (PetscInt)s->times, generator->time = s->time, generator->lag = s->lag;
  PetscCall(KarFFTCreateMultiplier(s->fine, Root, s, &s->root));
  PetscCall(KarFFTCreateCoordinates(s->fine, &s->f));
  PetscCall(VecDuplicate(s->f, &s->w));
  PetscCall(KarFFTCreateCoordinates(s->out, &s->coarse));
  PetscCall(KarFluidCreate(s->fine, &flow, &s->fluid));
  if (g.dim == 2) {
    kar_generator_add(generator, "vorticity", 1, "1", "vorticity at the final time");
    kar_generator_add(generator, "forcing", 1, "1", "curl of the constant force");
  } else {
    kar_generator_add(generator, "velocity", 3, "1", "velocity (z, y, x) at the final time");
    if (s->force_type == 0) kar_generator_add(generator, "forcing", 3, "1", "constant force (z, y, x)");
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarGeneratorCreate_NavierStokes(KarGenerator generator)
{
  NavierStokes *s;

  PetscFunctionBegin;
  PetscCall(PetscNew(&s));
  s->nu = 1. / 500, s->time = 10, s->rms = 0.3, s->band = 8, s->alpha = 4, s->tau = 3, s->advection = 1, s->cfl = 2.5,
  s->times = 1, s->lag = 1, s->dt = 0.05, s->power = 0.1;
  const KarParameter table[] = {
    {"nu", "viscosity", &s->nu, PETSC_SMALL, PETSC_MAX_REAL, NULL},
    {"time", "the flow is given at this time", &s->time, 0, PETSC_MAX_REAL, NULL},
    {"times", "times of each path, the first at -ns_time; more than 1: samples are paths", &s->times, 1, 1 << 16, NULL},
    {"lag", "time from one state of a path to the next", &s->lag, 1e-9, PETSC_MAX_REAL, NULL},
    {"force_rms", "root mean square of the force (2D: of its curl)", &s->rms, 0, PETSC_MAX_REAL, NULL},
    {"force_band", "largest |index| of the modes of the force", &s->band, 1, 1 << 16, NULL},
    {"force_alpha", "alpha of the force's spectrum (|k|^2 + tau^2)^-alpha", &s->alpha, 0, 100, NULL},
    {"force_tau", "tau of the force's spectrum, rad per unit length", &s->tau, 0, PETSC_MAX_REAL, NULL},
    {"start",
     "flow at time 0: rest; a draw of the force's law, fixed or new for each sample; or a field of -ns_start_file",
     &s->start, 0, 3, starts},
    {"advection", "off for Stokes flow, whose law is Gaussian", &s->advection, 0, 1, switches},
    {"scheme",
     "a step: rk4, of fourth order, or cn, Crank-Nicolson diffusion and explicit advection, stable while |u|^2 dt < 2 "
     "nu",
     &s->scheme, 0, 1, schemes},
    {"refine", "solved on so many times the points of -grid_n; 0: once, in 2D on at least 128 an axis", &s->refine, 0,
     64, NULL},
    {"force", "constant in time, or of constant power (3D), along the flow's own modes of |index| up to the band",
     &s->force_type, 0, 1, forces},
    {"power", "energy that -ns_force power puts in, per unit of time and mass", &s->power, PETSC_SMALL, PETSC_MAX_REAL,
     NULL},
    {"cfl", "Courant number: a step is at most this over max_x sum_i k_i |u_i|; stable to 2.8", &s->cfl, 1e-3, 2.8,
     NULL},
    {"dt", "largest step of time", &s->dt, 1e-9, PETSC_MAX_REAL, NULL},
  };
  PetscCall(PetscMemcpy(s->parameters, table, sizeof(table)));
  for (int a = 0; a < 3; a++) generator->length[a] = 2 * PETSC_PI;
  generator->context    = s;
  generator->parameters = s->parameters;
  generator->ops        = (KarGeneratorOps){.setfromoptions = SetFromOptions,
                                            .setup          = SetUp,
                                            .sample         = Sample,
                                            .attributes     = PutAttributes,
                                            .destroy        = Destroy};
  PetscCall(PetscStrncpy(generator->prefix, "ns_", sizeof(generator->prefix)));
  PetscCall(
    PetscStrncpy(generator->title, "Flow driven by a Gaussian force (Navier-Stokes)", sizeof(generator->title)));
  PetscFunctionReturn(PETSC_SUCCESS);
}
