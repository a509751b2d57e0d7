/* A U-net: stencils at the points of the grid, of the grid of half the points, and so on, so that a few layers see the
   whole box.
     first    x = gelu(h(input))
     down     on levels l = 0, 1, ..., L - 1:  B times x <- x + gelu(h(x));  skip_l = x;
              x <- (mean over 2^dim points of x) D_l + d_l
     up       on levels l = L - 1, ..., 0:     x <- skip_l + (x U_l + u_l at each point's parent);
              B times x <- x + gelu(h(x))
     a layer  h(x) = s(t) (sum_{tap in {-1,0,1}^dim} x(p + tap) W_tap + b) + t(t)
     answer   y_o = out_o . x + gate_o . x input_o
   s - 1 and t, one number a channel, are an MLP of the sample's numbers; they, out and gate start at zero.  Every x is
   continued beyond the box periodically, or evenly.  A rank of several has a window of rows: its own and, on either
   side, those that they depend on, a few dozen, so that one halo of the inputs is enough and everything after it is
   local.  What is wrong near a window's ends, where the rows beyond are not known, does not reach its own rows.  Where
   windows would be as long as the grid every rank has the whole grid. */
#include "unetimpl.h"

/* Rows on either side of a point that its answer depends on: of the stencils of each level, and of the point of the
   coarser grid that it lies in. */
static PetscInt Reach(const KarUNet *n)
{
  PetscInt reach = 1;

  for (PetscInt l = 0; l < n->L; l++) reach += (2 * (PetscInt)n->blocks + (l + 1 < n->L ? 2 : 0)) << l;
  return reach;
}

static PetscInt Floor(PetscInt i, PetscInt m)
{
  return i >= 0 ? i / m : -((-i + m - 1) / m);
}

/* The window: it begins and ends between points of the coarsest grid. */
static PetscErrorCode SetUpWindow(KarNet net, KarUNet *n)
{
  const KarGridInfo *g    = &net->info;
  const PetscInt     m    = 1 << (n->L - 1);
  PetscInt           most = 0;

  PetscFunctionBegin;
  n->from = 0, n->window = g->n[0];
  n->beyond = Reach(n) + m - 1;
  for (PetscMPIInt p = 0; p < n->ranks; p++) most = PetscMax(most, n->counts[p]);
  if (n->ranks == 1 || most + 2 * n->beyond >= g->n[0] || g->n[0] % m) PetscFunctionReturn(PETSC_SUCCESS);
  PetscInt to = m * Floor(g->start + g->ln + n->beyond, m);

  n->from = -m * Floor(n->beyond - g->start, m);
  if (n->basis == KAR_BASIS_COSINE) n->from = PetscMax(n->from, 0), to = PetscMin(to, g->n[0]);
  n->window = to - n->from;
  PetscCall(KarHaloCreate(g, n->beyond, &n->halo));
  PetscCall(KarFloatsCreate((g->ln + 2 * n->beyond) * g->n[1] * g->n[2] * n->C, &n->rows, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Tensors(KarNet net, KarUNet *n)
{
  const PetscInt e = (PetscInt)n->embed, h = 2 * e, E = net->scalars * e, W = n->level[0].W;

#define ADD(name, l, scale, ndim, ...)                                                                                 \
  PetscCall(KarTensorsAdd(&n->tensors, name, l, scale, ndim, (const PetscInt[]){__VA_ARGS__}))
  PetscFunctionBegin;
  ADD("time.0.weight", 0, PetscSqrtReal(2. / (PetscReal)E), 2, E, h);
  ADD("time.0.bias", 0, 0, 1, h);
  ADD("time.1.weight", 0, 0, 2, h, n->film.m);
  ADD("time.1.bias", 0, 0, 1, n->film.m);
  ADD("out.weight", 0, 0, 2, n->cout, W);
  ADD("out.bias", 0, 0, 1, n->cout);
  ADD("gate.weight", 0, 0, 2, n->cout, W);
  ADD("gate.bias", 0, 0, 1, n->cout);
  for (PetscInt i = 0; i < n->N; i++) {
    ADD("layer%d.stencil", i, (i ? 0.6 : 1) / PetscSqrtReal((PetscReal)(n->layer[i].C * n->taps)), 3, n->taps,
        n->layer[i].C, n->layer[i].W);
    ADD("layer%d.bias", i, 0, 1, n->layer[i].W);
  }
  for (PetscInt l = 0; l + 1 < n->L; l++) {
    ADD("down%d.weight", l, 1 / PetscSqrtReal((PetscReal)n->level[l].W), 2, n->level[l].W, n->level[l + 1].W);
    ADD("down%d.bias", l, 0, 1, n->level[l + 1].W);
  }
  for (PetscInt l = 0; l + 1 < n->L; l++) {
    ADD("up%d.weight", l, 1 / PetscSqrtReal((PetscReal)n->level[l + 1].W), 2, n->level[l + 1].W, n->level[l].W);
    ADD("up%d.bias", l, 0, 1, n->level[l].W);
  }
#undef ADD
  net->tensors = &n->tensors;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUpLevels(KarNet net, KarUNet *n)
{
  const KarGridInfo *g = &net->info;

  PetscFunctionBegin;
  for (PetscInt l = 0; l < n->L; l++) {
    KarUNetLevel *v = &n->level[l];

    v->W      = (PetscInt)n->width[l];
    v->points = v->padded = 1;
    v->first              = 0;
    KarCheck(net->comm, v->W > 0 && v->W % 16 == 0, PETSC_ERR_ARG_OUTOFRANGE,
             "-%sunet_widths %" PetscInt_FMT ": use multiples of 16", net->prefix, v->W);
    for (PetscInt a = 2; a >= 0; a--) {
      KarCheck(net->comm, a >= n->dim || g->n[a] % (1 << l) == 0, PETSC_ERR_ARG_OUTOFRANGE,
               "a U-net of %" PetscInt_FMT " levels halves the grid %" PetscInt_FMT " times; %" PetscInt_FMT
               " points along axis %" PetscInt_FMT " cannot be: use fewer -%sunet_widths",
               n->L, n->L - 1, g->n[a], a, net->prefix);
      v->n[a]      = a < n->dim ? (a ? g->n[a] : n->window) >> l : 1;
      v->e[a]      = a < n->dim ? v->n[a] + 2 * KAR_UNET_MARGIN : 1;
      v->stride[a] = v->padded;
      v->first += a < n->dim ? KAR_UNET_MARGIN * v->stride[a] : 0;
      v->points *= v->n[a];
      v->padded *= v->e[a];
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The layers in their order: the first, those of the way down, those of the way up. */
static void SetUpLayers(KarUNet *n, PetscInt blocks)
{
  n->N      = 0;
  n->film.m = 0;
  for (PetscInt pass = 0; pass < 2 * n->L; pass++) {
    const PetscInt level = pass < n->L ? pass : 2 * n->L - 1 - pass, W = n->level[level].W;

    for (PetscInt b = pass ? 0 : -1; b < blocks; b++) {
      KarUNetLayer *y = &n->layer[n->N++];

      y->level = level;
      y->W     = W;
      y->C     = b < 0 ? n->C : W;
      y->X     = (y->C + 15) / 16 * 16;
      y->mod   = n->film.m;
      n->film.m += 2 * W;
    }
  }
}

static PetscErrorCode SetUpWork(KarUNet *n)
{
  PetscInt wide = n->C, longest = 0;

  PetscFunctionBegin;
  for (PetscInt l = 0; l < n->L; l++) wide = PetscMax(wide, n->level[l].W);
  wide = (wide + 15) / 16 * 16;
  for (PetscInt l = 0; l < n->L; l++) longest = PetscMax(longest, n->level[l].n[n->dim - 1] * wide);
  PetscCall(KarFloatsCreate(longest, &n->row, NULL));
  PetscCall(KarFloatsCreate(longest, &n->slope, NULL));
  PetscCall(KarFloatsCreate(longest, &n->v, NULL));
  if (n->ranks == 1 || n->halo) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarFloatsCreate(n->level[0].points * n->C, &n->whole, NULL));
  PetscCall(KarFloatsCreate(n->level[0].points * n->cout, &n->answer, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUp(KarNet net)
{
  KarUNet    *n      = net->context;
  PetscMPIInt planes = (PetscMPIInt)net->info.ln, start = (PetscMPIInt)net->info.start;

  PetscFunctionBegin;
  n->dim        = net->info.dim;
  n->basis      = net->info.basis;
  n->cin        = net->cin;
  n->cout       = net->cout;
  n->C          = net->cin + net->condition;
  n->L          = (PetscInt)n->levels;
  n->film.n     = net->scalars;
  n->film.embed = (PetscInt)n->embed;
  n->kernels    = kar_kernels();
  n->taps = n->outer = n->children = 1;
  for (PetscInt a = 0; a < n->dim; a++) n->outer = n->taps, n->taps *= 3, n->children *= 2;
  KarCheck(net->comm, (PetscInt)n->embed % 2 == 0, PETSC_ERR_ARG_OUTOFRANGE, "-%sunet_embed %g: use an even number",
           net->prefix, (double)n->embed);
  KarCheck(net->comm, n->cout <= n->cin, PETSC_ERR_ARG_INCOMP,
           "a U-net gates its first inputs: %" PetscInt_FMT " components out of %" PetscInt_FMT " in are too many",
           n->cout, n->cin);
  PetscCallMPI(MPI_Comm_size(net->comm, &n->ranks));
  PetscCallMPI(MPI_Comm_rank(net->comm, &n->rank));
  PetscCall(PetscMalloc2(n->ranks, &n->counts, n->ranks, &n->starts));
  PetscCallMPI(MPI_Allgather(&planes, 1, MPI_INT, n->counts, 1, MPI_INT, net->comm));
  PetscCallMPI(MPI_Allgather(&start, 1, MPI_INT, n->starts, 1, MPI_INT, net->comm));
  PetscCall(SetUpWindow(net, n));
  PetscCall(SetUpLevels(net, n));
  SetUpLayers(n, (PetscInt)n->blocks);
  PetscCall(Tensors(net, n));
  PetscCall(SetUpWork(n));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Floats of activations: of one sample that is kept, or of those that nothing is kept of. */
static PetscReal Activations(const KarUNet *n, PetscBool keep)
{
  PetscReal sum = (PetscReal)(n->level[0].padded * (keep ? n->level[0].W : n->C));

  if (!keep) {
    for (PetscInt l = 0; l < n->L; l++) sum += 2 * (PetscReal)(n->level[l].padded * n->level[l].W);
    return sum;
  }
  for (PetscInt i = 0; i < n->N; i++)
    sum += (PetscReal)(n->level[n->layer[i].level].padded * (n->layer[i].C + n->layer[i].W));
  for (PetscInt l = 0; l + 1 < n->L; l++)
    sum += (PetscReal)(n->level[l].padded * n->level[l].W + n->level[l + 1].padded * n->level[l + 1].W +
                       n->level[l + 1].points * n->level[l].W);
  return sum;
}

/* --- The type ------------------------------------------------------------ */
static PetscErrorCode Memory(KarNet net, PetscInt batch, KarNetPass pass, PetscReal *bytes)
{
  const KarUNet  *n    = net->context;
  const PetscBool keep = pass == KAR_NET_KEEP ? PETSC_TRUE : PETSC_FALSE;

  PetscFunctionBegin;
  *bytes = (PetscReal)sizeof(float) *
           (Activations(n, keep) * (PetscReal)(keep ? batch : 1) + (PetscReal)n->tensors.size * (keep ? 3 : 1));
  if (keep)
    for (PetscInt l = 0; l < n->L; l++)
      *bytes += (PetscReal)sizeof(float) * 4 * (PetscReal)(n->level[l].padded * n->level[l].W);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* And of the points of the coarsest grid, which begin anywhere. */
static PetscErrorCode GetReach(KarNet net, PetscInt *reach)
{
  const KarUNet *n = net->context;

  PetscFunctionBegin;
  *reach = Reach(n) + (1 << (n->L - 1)) - 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Flops(KarNet net, PetscReal *flops)
{
  const KarUNet *n   = net->context;
  PetscReal      sum = (PetscReal)(n->level[0].points * 2 * n->cout * n->level[0].W);

  PetscFunctionBegin;
  for (PetscInt i = 0; i < n->N; i++)
    sum += (PetscReal)(n->level[n->layer[i].level].points * n->taps * n->layer[i].C * n->layer[i].W);
  for (PetscInt l = 0; l + 1 < n->L; l++)
    sum += 2 * (PetscReal)(n->level[l + 1].points * n->level[l].W * n->level[l + 1].W);
  *flops = 2 * sum * (PetscReal)net->info.ln / (PetscReal)n->window;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetFromOptions(KarNet net)
{
  KarUNet *n     = net->context;
  PetscInt count = KAR_UNET_LEVELS, w[KAR_UNET_LEVELS];
  char     prefix[80];

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(prefix, sizeof(prefix), "%sunet_", net->prefix));
  PetscCall(KarOptionsIntArray(prefix, "widths",
                               "channels of each level, finest first, multiples of 16; as many as there are levels", 16,
                               1024, &count, w));
  if (!count) PetscFunctionReturn(PETSC_SUCCESS);
  n->levels = (PetscReal)count;
  for (PetscInt l = 0; l < count; l++) n->width[l] = (PetscReal)w[l];
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode View(KarNet net, PetscViewer viewer)
{
  const KarUNet *n = net->context;

  PetscFunctionBegin;
  PetscCall(PetscViewerASCIIPrintf(viewer, "U-net: kernels %s, %" PetscInt_FMT " levels, %" PetscInt_FMT " stencils\n",
                                   n->kernels->name, n->L, n->N));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Destroy(KarNet net)
{
  KarUNet *n = net->context;

  PetscFunctionBegin;
  if (n) PetscCall(KarUNetFreeWork(net));
  for (PetscInt l = 0; n && l < KAR_UNET_LEVELS; l++) {
    float *floats[] = {n->level[l].du, n->level[l].dv, n->level[l].dskip, n->down[l], n->up[l]};

    for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(floats); i++) free(floats[i]);
  }
  for (PetscInt i = 0; n && i < n->N; i++) free(n->layer[i].wt);
  if (n) {
    float *floats[] = {n->dc, n->row, n->slope, n->v, n->whole, n->answer, n->rows};

    for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(floats); i++) free(floats[i]);
    PetscCall(KarHaloDestroy(&n->halo));
    PetscCall(PetscFree2(n->counts, n->starts));
    kar_film_free(&n->film);
    PetscCall(KarTensorsDestroy(&n->tensors));
  }
  PetscCall(PetscFree(n));
  net->context = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNetCreate_UNet(KarNet net)
{
  static const PetscReal widths[] = {48, 96, 128};
  static char            names[KAR_UNET_LEVELS][16];
  KarUNet               *n;

  PetscFunctionBegin;
  PetscCall(PetscNew(&n));
  n->levels = 3;
  n->blocks = 2;
  n->embed  = 32;
  for (int l = 0; l < KAR_UNET_LEVELS; l++) {
    n->width[l] = l < 3 ? widths[l] : 128;
    (void)snprintf(names[l], sizeof(names[l]), "width_%d", l);
  }
  n->table[0] = (KarParameter){.name    = "levels",
                               .text    = "grids, each of half the points of the one before",
                               .min     = 1,
                               .max     = KAR_UNET_LEVELS,
                               .value   = &n->levels,
                               .choices = KarParameterWhole};
  n->table[1] = (KarParameter){.name    = "blocks",
                               .text    = "stencils of each level, on the way down and on the way up",
                               .min     = 1,
                               .max     = KAR_UNET_BLOCKS,
                               .value   = &n->blocks,
                               .choices = KarParameterWhole};
  n->table[2] = (KarParameter){.name    = "embed",
                               .text    = "features of each of a sample's numbers, even",
                               .min     = 2,
                               .max     = 1024,
                               .value   = &n->embed,
                               .choices = KarParameterWhole};
  for (int l = 0; l < KAR_UNET_LEVELS; l++) n->table[3 + l] = (KarParameter){.name = names[l], .value = &n->width[l]};
  net->context    = n;
  net->parameters = n->table;
  net->entries    = &n->levels;
  net->ops        = (KarNetOps){.setup          = SetUp,
                                .forward        = KarUNetForward,
                                .backward       = KarUNetBackward,
                                .memory         = Memory,
                                .flops          = Flops,
                                .reach          = GetReach,
                                .setfromoptions = SetFromOptions,
                                .freework       = KarUNetFreeWork,
                                .view           = View,
                                .destroy        = Destroy};
  PetscFunctionReturn(PETSC_SUCCESS);
}
