/* A network of stencils: what couples neighbours, and nothing else, so that a slab needs one halo of its inputs and no
   more; unless its layers have a Fourier part F_l (modes K > 0, local_fourier.c), which couples the whole box.
     x_1     = gelu(h_0),   x_{l+1} = x_l + gelu(h_l)
     h_l     = s_l(t) (sum_{tap in {-1,0,1}^dim} x_l(p + d_l tap) W_{l,tap} + F_l(x_l) + b_l) + t_l(t)
     y_o     = out_o . x_L + gate_o . x_L x_{0,o}
   s_l - 1 and t_l, one number a channel, are an MLP of the sample's numbers, as in the Fourier neural operator; they,
   out and gate start at zero. Inputs are continued beyond the ends of the box periodically, or evenly. Everything
   after the halo is local: its points are computed on both sides. */
#include "localimpl.h"

static PetscErrorCode Tensors(KarNet net, KarLocal *n)
{
  const PetscInt  e = (PetscInt)n->embed, W = n->W;
  const PetscReal one = 1 / PetscSqrtReal((PetscReal)W);

#define ADD(name, l, scale, ndim, ...)                                                                                 \
  PetscCall(KarTensorsAdd(&n->tensors, name, l, scale, ndim, (const PetscInt[]){__VA_ARGS__}))
  PetscFunctionBegin;
  ADD("time.0.weight", 0, PetscSqrtReal(2. / (PetscReal)(net->scalars * e)), 2, net->scalars * e, 2 * e);
  ADD("time.0.bias", 0, 0, 1, 2 * e);
  ADD("time.1.weight", 0, 0, 4, 2 * e, n->L, 2, W);
  ADD("time.1.bias", 0, 0, 3, n->L, 2, W);
  ADD("out.weight", 0, 0, 2, n->cout, W);
  ADD("out.bias", 0, 0, 1, n->cout);
  ADD("gate.weight", 0, 0, 2, n->cout, W);
  ADD("gate.bias", 0, 0, 1, n->cout);
  for (PetscInt l = 0; l < n->L; l++) {
    const PetscInt C = kar_local_channels(n, l);

    ADD("layer%d.stencil", l, l ? one / PetscSqrtReal((PetscReal)n->taps) : 1 / PetscSqrtReal((PetscReal)(C * n->taps)),
        3, n->taps, C, W);
    ADD("layer%d.bias", l, 0, 1, W);
  }
  for (PetscInt l = 0; l < n->L && n->modes > 0; l++) {
    const PetscInt C = kar_local_channels(n, l), K = (PetscInt)n->modes;
    PetscInt       shape[6];

    for (PetscInt a = 0; a < n->dim; a++) shape[a] = a < n->dim - 1 ? 2 * K - 1 : K;
    shape[n->dim]     = C;
    shape[n->dim + 1] = 2;
    shape[n->dim + 2] = W;
    PetscCall(
      KarTensorsAdd(&n->tensors, "layer%d.spectral", l, 1 / PetscSqrtReal(2 * (PetscReal)C), n->dim + 3, shape));
  }
#undef ADD
  net->tensors = &n->tensors;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CheckModes(KarNet net, const KarLocal *n)
{
  const PetscInt K = (PetscInt)n->modes;

  PetscFunctionBegin;
  KarCheck(net->comm, !K || net->info.basis == KAR_BASIS_PERIODIC, PETSC_ERR_SUP,
           "-%slocal_modes %" PetscInt_FMT ": stencils have a Fourier part on periodic boxes only, this one has "
           "reflecting ends: give -%slocal_modes 0",
           net->prefix, K, net->prefix);
  for (PetscInt a = 0; a < n->dim; a++)
    KarCheck(net->comm, 2 * K - 1 <= net->info.n[a], PETSC_ERR_ARG_OUTOFRANGE,
             "-%slocal_modes %" PetscInt_FMT ": so many modes need at least %" PetscInt_FMT
             " points along axis %" PetscInt_FMT ", the grid has %" PetscInt_FMT
             ": use a finer grid or a network with fewer modes",
             net->prefix, K, 2 * K - 1, a, net->info.n[a]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetUp(KarNet net)
{
  KarLocal   *n = net->context;
  PetscMPIInt ranks;

  PetscFunctionBegin;
  n->dim    = net->info.dim;
  n->cin    = net->cin;
  n->cout   = net->cout;
  n->C      = net->cin + net->condition;
  n->W      = (PetscInt)n->width;
  n->L      = (PetscInt)n->depth;
  n->film.n = net->scalars, n->film.embed = (PetscInt)n->embed, n->film.m = n->L * 2 * n->W;
  KarCheck(net->comm, n->W % 16 == 0, PETSC_ERR_ARG_OUTOFRANGE,
           "-%slocal_width %" PetscInt_FMT ": use a multiple of 16", net->prefix, n->W);
  KarCheck(net->comm, (PetscInt)n->embed % 2 == 0, PETSC_ERR_ARG_OUTOFRANGE, "-%slocal_embed %g: use an even number",
           net->prefix, (double)n->embed);
  KarCheck(net->comm, n->cout <= n->cin, PETSC_ERR_ARG_INCOMP,
           "a network of stencils gates its first inputs: %" PetscInt_FMT " components out of %" PetscInt_FMT
           " in are too many",
           n->cout, n->cin);
  n->reach = 0;
  for (PetscInt l = 0; l < n->L; l++) n->reach += n->d[l] = (PetscInt)n->dilation[l];
  PetscCallMPI(MPI_Comm_size(net->comm, &ranks));
  n->alone  = (PetscBool)(ranks == 1 && net->info.basis == KAR_BASIS_PERIODIC);
  n->widest = 0;
  for (PetscInt l = 0; l < n->L; l++) n->widest = PetscMax(n->widest, n->d[l]);
  for (PetscInt a = 0; a < n->dim; a++)
    KarCheck(net->comm, n->widest <= net->info.n[a], PETSC_ERR_ARG_OUTOFRANGE,
             "a stencil reaches %" PetscInt_FMT " points, the grid has %" PetscInt_FMT " along axis %" PetscInt_FMT
             ": use smaller -%slocal_dilations",
             n->widest, net->info.n[a], a, net->prefix);
  PetscCall(CheckModes(net, n));
  n->taps = n->outer = 1;
  for (PetscInt a = 0; a < n->dim; a++) n->outer = n->taps, n->taps *= 3;
  n->kernels = kar_kernels();
  PetscCall(Tensors(net, n));
  if (n->modes > 0) PetscCall(KarLocalFourierCreate(n, &net->info));
  PetscCall(KarFloatsCreate(n->taps * PetscMax(n->C, n->W) * n->W, &n->w, NULL));
  PetscCall(KarFloatsCreate(n->taps * PetscMax(n->C + 15, n->W) * n->W, &n->wt, NULL));
  PetscCall(KarFloatsCreate(n->taps * PetscMax(n->C, n->W) * n->W + n->W, &n->G, NULL));
  PetscCall(KarFloatsCreate(n->W, &n->shift, NULL));
  if (n->alone) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KarHaloCreate(&net->info, n->reach, &n->halo));
  PetscCall(KarFloatsCreate(n->reach * net->info.n[1] * net->info.n[2] * n->C, &n->below, NULL));
  PetscCall(KarFloatsCreate(n->reach * net->info.n[1] * net->info.n[2] * n->C, &n->above, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* --- The type ------------------------------------------------------------ */
static PetscErrorCode Memory(KarNet net, PetscInt batch, KarNetPass pass, PetscReal *bytes)
{
  KarLocal       *n      = net->context;
  const PetscBool keep   = pass == KAR_NET_KEEP ? PETSC_TRUE : PETSC_FALSE;
  const PetscInt  points = kar_local_tile_points(n, &net->info, keep), slots = keep || n->fourier ? batch : 1;
  PetscReal       fourier = 0;

  PetscFunctionBegin;
  if (n->fourier) PetscCall(KarLocalFourierGetMemory(n, &net->info, batch, keep, &fourier));
  *bytes = (PetscReal)sizeof(float) * (PetscReal)(points * slots) * (PetscReal)(n->C + (keep ? 2 * n->L : 2) * n->W);
  if (keep)
    *bytes += (PetscReal)sizeof(float) * 2 * (PetscReal)(points * (n->fourier ? batch : 1) * PetscMax(n->W, n->C + 15));
  *bytes += fourier + (PetscReal)sizeof(float) * (PetscReal)(n->taps * n->W * (3 * PetscMax(n->C, n->W) + 15));
  if (!n->alone)
    *bytes += (PetscReal)sizeof(float) * (PetscReal)(2 * n->reach * net->info.n[1] * net->info.n[2] * n->C);
  *bytes += (PetscReal)sizeof(float) * (PetscReal)n->tensors.size * (keep ? 2 : 1);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Flops(KarNet net, PetscReal *flops)
{
  const KarLocal *n = net->context;

  PetscFunctionBegin;
  *flops = 2 * (PetscReal)(net->info.ln * net->info.n[1] * net->info.n[2]) *
           (PetscReal)(n->taps * n->W * (n->C + (n->L - 1) * n->W) + 2 * n->cout * n->W);
  if (n->fourier) *flops += kar_local_fourier_flops(n, &net->info);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Reach(KarNet net, PetscInt *reach)
{
  const KarLocal *n = net->context;

  PetscFunctionBegin;
  *reach = n->fourier ? -1 : n->reach;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SetFromOptions(KarNet net)
{
  KarLocal *n     = net->context;
  PetscInt  count = KAR_LOCAL_DEPTH, d[KAR_LOCAL_DEPTH];
  char      prefix[80];

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(prefix, sizeof(prefix), "%slocal_", net->prefix));
  PetscCall(KarOptionsIntArray(prefix, "dilations",
                               "points between the taps of each layer's stencil; as many as there are layers", 1, 64,
                               &count, d));
  if (!count) PetscFunctionReturn(PETSC_SUCCESS);
  n->depth = (PetscReal)count;
  for (PetscInt l = 0; l < count; l++) n->dilation[l] = (PetscReal)d[l];
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode View(KarNet net, PetscViewer viewer)
{
  const KarLocal *n = net->context;

  PetscFunctionBegin;
  PetscCall(PetscViewerASCIIPrintf(viewer, "stencils: kernels %s, %" PetscInt_FMT " points of reach%s\n",
                                   n->kernels->name, n->reach,
                                   n->fourier ? ", and the whole box by its waves in each layer" : ""));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Destroy(KarNet net)
{
  KarLocal *n = net->context;

  PetscFunctionBegin;
  if (n) {
    float *floats[] = {n->w, n->wt, n->shift, n->G, n->below, n->above};

    PetscCall(KarLocalFreeWork(net));
    for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(floats); i++) free(floats[i]);
    kar_film_free(&n->film);
    PetscCall(KarLocalFourierDestroy(n));
    PetscCall(KarHaloDestroy(&n->halo));
    PetscCall(KarTensorsDestroy(&n->tensors));
  }
  PetscCall(PetscFree(n));
  net->context = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNetCreate_Local(KarNet net)
{
  static const PetscReal dilations[] = {1, 1, 2, 1, 1};
  static char            names[KAR_LOCAL_DEPTH][16];
  KarLocal              *n;

  PetscFunctionBegin;
  PetscCall(PetscNew(&n));
  n->width = 32;
  n->depth = 5;
  n->embed = 32;
  for (int l = 0; l < KAR_LOCAL_DEPTH; l++) {
    n->dilation[l] = l < 5 ? dilations[l] : 1;
    (void)snprintf(names[l], sizeof(names[l]), "dilation_%d", l);
  }
  n->table[0] = (KarParameter){.name    = "width",
                               .text    = "channels of the layers, a multiple of 16",
                               .min     = 16,
                               .max     = 1024,
                               .value   = &n->width,
                               .choices = KarParameterWhole};
  n->table[1] = (KarParameter){.name    = "depth",
                               .text    = "number of layers",
                               .min     = 1,
                               .max     = KAR_LOCAL_DEPTH,
                               .value   = &n->depth,
                               .choices = KarParameterWhole};
  n->table[2] = (KarParameter){.name    = "embed",
                               .text    = "features of each of a sample's numbers, even",
                               .min     = 2,
                               .max     = 1024,
                               .value   = &n->embed,
                               .choices = KarParameterWhole};
  n->table[3] = (KarParameter){.name    = "modes",
                               .text    = "Fourier part of each layer: modes K along each axis, |kappa| < K; 0: none",
                               .min     = 0,
                               .max     = 4096,
                               .value   = &n->modes,
                               .choices = KarParameterWhole};
  for (int l = 0; l < KAR_LOCAL_DEPTH; l++)
    n->table[4 + l] = (KarParameter){.name = names[l], .value = &n->dilation[l]};
  net->context    = n;
  net->parameters = n->table;
  net->entries    = &n->depth;
  net->added      = n->table[3].name;
  net->ops        = (KarNetOps){.setup          = SetUp,
                                .forward        = KarLocalForward,
                                .backward       = KarLocalBackward,
                                .memory         = Memory,
                                .flops          = Flops,
                                .reach          = Reach,
                                .setfromoptions = SetFromOptions,
                                .freework       = KarLocalFreeWork,
                                .view           = View,
                                .destroy        = Destroy};
  PetscFunctionReturn(PETSC_SUCCESS);
}
