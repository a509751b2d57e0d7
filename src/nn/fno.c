/* The object: configuration, parameters, room to work. */
#include "nnimpl.h"
#include <stdlib.h>
#include <unistd.h>

const char *const KarFNOActivationsNames[] = {"stored", "recomputed", "auto", NULL};
const char *const KarFNOExchangeNames[]    = {"modes", "rows", "auto", NULL};

static PetscInt lanes(PetscInt n)
{
  return (n + 15) / 16 * 16;
}

static PetscErrorCode CheckConfig(const KarGridInfo *info, const KarFNOConfig *c)
{
  MPI_Comm comm = info->comm;

  PetscFunctionBegin;
  KarCheck(comm, c->dim == info->dim, PETSC_ERR_ARG_INCOMP,
           "a network in %" PetscInt_FMT " dimensions cannot act on a grid in %" PetscInt_FMT, c->dim, info->dim);
  KarCheck(comm, c->cin > 0 && c->cout > 0 && c->width > 0 && c->depth > 0 && c->hidden > 0, PETSC_ERR_ARG_OUTOFRANGE,
           "a network needs at least one channel in, out, inside and in its projection, and one layer");
  KarCheck(comm, c->embed > 0 && c->embed % 2 == 0, PETSC_ERR_ARG_OUTOFRANGE,
           "%" PetscInt_FMT " features of the noise level: use an even number", c->embed);
  for (PetscInt i = 0; i < c->dim; i++) {
    KarCheck(comm, c->modes[i] > 0 && 2 * c->modes[i] - 1 <= info->n[i], PETSC_ERR_ARG_OUTOFRANGE,
             "%" PetscInt_FMT " modes along axis %" PetscInt_FMT " need at least %" PetscInt_FMT
             " points, the grid has %" PetscInt_FMT ": use a finer grid or a network with fewer modes",
             c->modes[i], i, 2 * c->modes[i] - 1, info->n[i]);
    KarCheck(comm, c->extension[i] >= 0, PETSC_ERR_ARG_OUTOFRANGE,
             "extension %g along axis %" PetscInt_FMT ": use 0 or more", (double)c->extension[i], i);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFNOCreate(const KarGridInfo *info, const KarFNOConfig *config, KarFNO *fno)
{
  KarFNO f;

  PetscFunctionBegin;
  PetscCall(CheckConfig(info, config));
  PetscCall(PetscNew(&f));
  f->info    = *info;
  f->config  = *config;
  f->kernels = kar_kernels();
  f->threads = kar_threads();
  PetscCall(PetscCalloc1(f->threads, &f->thread));
  f->nscalar  = PetscMax(1, config->scalars);
  f->features = f->nscalar * config->embed;
  f->W        = lanes(config->width);
  f->H        = lanes(config->hidden);
  f->X        = lanes(config->cin + 1);
  f->np       = info->ln;
  f->total    = 1;
  for (PetscInt i = 0; i < info->dim; i++) {
    f->total *= info->n[i];
    if (i) f->np *= info->n[i];
  }
  f->nrow = info->dim == 1 ? info->ln : info->n[info->dim - 1];
  PetscCall(KarFNOCreateTensors_Private(f));
  PetscCall(KarFNOCreateModes_Private(f));
  PetscCall(KarFNOSetExchange(f, KAR_EXCHANGE_AUTO));
  PetscCall(KarFNOSetActivations(f, KAR_ACTIVATIONS_AUTO));
  *fno = f;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* n floats; while planning, only their bytes. */
static PetscErrorCode Room(KarFNO fno, ptrdiff_t n, float **array)
{
  PetscFunctionBegin;
  PetscCall(KarFloatsCreate(n, fno->planning ? NULL : array, &fno->bytes));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ThreadRooms(KarFNO fno, KarFNOThread *t)
{
  const ptrdiff_t dim = fno->config.dim, W = fno->W, H = fno->H, C = PetscMax(W, fno->X), cout = fno->config.cout,
                  fields  = fno->fields * W;
  const ptrdiff_t rest    = dim > 1 && fno->exchange == KAR_EXCHANGE_MODES ? fno->nprod / fno->axis[0].nf : 0;
  const ptrdiff_t plane   = dim > 2 ? fno->axis[1].images * fno->axis[1].length * fno->axis[2].nf : 0;
  const ptrdiff_t eighths = kar_eighths(&fno->axis[dim - 1]);

  PetscFunctionBegin;
  PetscCall(Room(fno, fno->exchange == KAR_EXCHANGE_ROWS ? C : fno->nprod * C, &t->out));
  PetscCall(Room(fno, KAR_BLOCK * rest * fields, &t->blockin));
  PetscCall(Room(fno, KAR_BLOCK * rest * C, &t->blockout));
  PetscCall(Room(fno, plane * fields, &t->planein));
  PetscCall(Room(fno, plane * C, &t->planeout));
  PetscCall(Room(fno, eighths * fields, &t->rowin));
  PetscCall(Room(fno, eighths * C, &t->rowout));
  PetscCall(Room(fno, 5 * fno->room, &t->tile));
  PetscCall(Room(fno, 2 * W * C, &t->A));
  PetscCall(Room(fno, 4 * fno->batch * W, &t->B));
  PetscCall(Room(fno, 2 * W * W, &t->C));
  PetscCall(Room(fno, 2 * W * W, &t->D));
  PetscCall(Room(fno, C * W, &t->dskip));
  PetscCall(Room(fno, W * H, &t->dP));
  PetscCall(Room(fno, H, &t->dpb));
  PetscCall(Room(fno, cout * H, &t->dQ));
  PetscCall(Room(fno, cout, &t->dq));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Everything a call needs, in the units of nnimpl.h. */
static PetscErrorCode Rooms(KarFNO fno)
{
  const ptrdiff_t depth = fno->config.depth, W = fno->W, X = fno->X, H = fno->H, C = PetscMax(W, X);
  const ptrdiff_t batch = fno->batch, ns = fno->ns, mn = fno->mn, e = fno->config.embed,
                  mod = depth * 2 * fno->config.width, cout = fno->config.cout;
  const ptrdiff_t layers = fno->keep ? depth : 1, stored = fno->fields > 1 ? 0 : layers;
  const PetscBool rows = fno->exchange == KAR_EXCHANGE_ROWS ? PETSC_TRUE : PETSC_FALSE;
  KarFNORows     *r    = &fno->rows;

  PetscFunctionBegin;
  fno->bytes = 0;
  fno->room  = KAR_TILE * PetscMax(PetscMax(C, H), cout);
  PetscCall(Room(fno, stored * batch * ns * W, &fno->u));
  PetscCall(Room(fno, fno->keep ? stored * batch * ns * W : 0, &fno->slope));
  PetscCall(Room(fno, fno->keep ? batch * ns * W : 0, &fno->dh));
  PetscCall(Room(fno, mn * batch * 2 * X, &fno->xhat));
  PetscCall(Room(fno, layers * mn * batch * 2 * W, &fno->uhat));
  PetscCall(Room(fno, layers * mn * batch * 2 * W, &fno->yhat));
  PetscCall(Room(fno, fno->keep ? mn * batch * 2 * W : 0, &fno->mine));
  fno->infield = (rows ? fno->info.ln * r->rest : fno->nprod) * W;
  PetscCall(Room(fno, rows ? 0 : fno->nmodes * batch * 2 * C, &fno->all));
  PetscCall(Room(fno, rows ? fno->info.ln * r->rest * C : 0, &r->out));
  PetscCall(Room(fno, rows ? batch * fno->info.ln * r->rest * C : 0, &r->rows));
  PetscCall(Room(fno, rows ? batch * fno->info.n[0] * r->mine * C : 0, &r->products));
  PetscCall(Room(fno, rows ? r->axis.nf * r->mine * C : 0, &r->mixed));
  PetscCall(Room(fno, fno->fields * fno->infield, &fno->in));
  for (int t = 0; t < fno->threads; t++) PetscCall(ThreadRooms(fno, &fno->thread[t]));
  PetscCall(Room(fno, X * W, &fno->lift));
  PetscCall(Room(fno, depth * C * W, &fno->skip));
  PetscCall(Room(fno, W * W, &fno->skipt));
  PetscCall(Room(fno, W, &fno->scale));
  PetscCall(Room(fno, W, &fno->constant));
  PetscCall(Room(fno, W * H, &fno->P));
  PetscCall(Room(fno, W * H, &fno->Pt));
  PetscCall(Room(fno, H, &fno->pb));
  PetscCall(Room(fno, cout * H, &fno->Q));
  PetscCall(Room(fno, batch * fno->features, &fno->feature));
  PetscCall(Room(fno, batch * 2 * e, &fno->th));
  PetscCall(Room(fno, batch * 2 * e, &fno->ts));
  PetscCall(Room(fno, batch * 2 * e, &fno->td));
  PetscCall(Room(fno, batch * mod, &fno->mod));
  PetscCall(Room(fno, batch * mod, &fno->dmod));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscInt fields(const KarFNO fno, PetscBool keep)
{
  return !keep && fno->activations == KAR_ACTIVATIONS_RECOMPUTED ? fno->config.depth : 1;
}

/* Bytes for such calls, and the parameters'. */
static PetscErrorCode Plan(KarFNO fno, PetscInt batch, PetscBool keep, PetscReal *bytes)
{
  struct _p_KarFNO plan = *fno;

  PetscFunctionBegin;
  plan.planning = PETSC_TRUE;
  plan.batch    = fields(fno, keep) > 1 ? 1 : batch;
  plan.keep     = keep;
  plan.fields   = fields(fno, keep);
  PetscCall(Rooms(&plan));
  *bytes = plan.bytes + (keep ? 2. : 1.) * (double)fno->tensors.size * sizeof(float);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CheckBudget(KarFNO fno, PetscInt batch, PetscBool keep, PetscReal bytes)
{
  PetscFunctionBegin;
  if (fno->budget <= 0) PetscFunctionReturn(PETSC_SUCCESS);
  KarCheckAny(fno->info.comm, bytes <= fno->budget, PETSC_ERR_MEM,
              "%s %" PetscInt_FMT
              " sample%s needs %.4g MiB a rank for the network, -fno_memory is %.4g: use more ranks%s",
              keep ? "training on" : "evaluating", batch, batch > 1 ? "s" : "", (double)bytes / 1048576,
              (double)fno->budget / 1048576,
              keep                    ? " or a smaller batch"
              : fields(fno, keep) > 1 ? ""
                                      : " or -fno_activations recomputed");
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFNOReserve_Private(KarFNO fno, PetscInt batch, PetscBool keep)
{
  const PetscBool rows = fno->exchange == KAR_EXCHANGE_ROWS ? PETSC_TRUE : PETSC_FALSE;
  const PetscReal share =
    rows ? PetscMax((PetscReal)fno->info.ln * fno->rows.rest, (PetscReal)fno->info.n[0] * fno->rows.mine)
         : 2. * fno->nmodes;
  const PetscReal numbers = share * batch * PetscMax(fno->W, fno->X);
  PetscReal       bytes;

  PetscFunctionBegin;
  if (batch == fno->batch && fno->keep == keep && fno->fields == fields(fno, keep)) PetscFunctionReturn(PETSC_SUCCESS);
  if (batch <= fno->batch && fno->keep && fields(fno, keep) == 1) PetscFunctionReturn(PETSC_SUCCESS);
  KarCheckAny(fno->info.comm, numbers < PETSC_MPI_INT_MAX, PETSC_ERR_ARG_OUTOFRANGE,
              "a batch of %" PetscInt_FMT " with %" PetscInt_FMT
              " modes is more than one message of MPI holds: use a smaller batch",
              batch, fno->nmodes);
  PetscCall(Plan(fno, batch, keep, &bytes));
  PetscCall(CheckBudget(fno, batch, keep, bytes));
  fno->batch  = batch;
  fno->keep   = keep;
  fno->fields = fields(fno, keep);
  PetscCall(Rooms(fno));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFNOGetMemory(KarFNO fno, PetscInt batch, PetscBool keep, PetscReal *bytes)
{
  PetscFunctionBegin;
  PetscCall(Plan(fno, batch, keep, bytes));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFNOGetBytesSent(KarFNO fno, PetscReal *bytes)
{
  PetscFunctionBegin;
  *bytes = fno->sent;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFNOSetActivations(KarFNO fno, KarFNOActivations activations)
{
  double mine[3] = {(double)fno->ns * (double)fno->W * sizeof(float), 0, 0}, all[3];

  PetscFunctionBegin;
  fno->activations = activations;
  if (activations == KAR_ACTIVATIONS_AUTO) {
    fno->activations = KAR_ACTIVATIONS_STORED;
    if (fno->budget > 0) PetscCall(Plan(fno, 1, PETSC_FALSE, &mine[2]));
    mine[1] = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    mine[1] = -mine[1]; /* the least */
    PetscCallMPI(MPI_Allreduce(mine, all, 3, MPI_DOUBLE, MPI_MAX, fno->info.comm));
    if (all[0] * fno->ranks > -all[1] / 4 || all[2] > fno->budget) fno->activations = KAR_ACTIVATIONS_RECOMPUTED;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFNOSetMemory(KarFNO fno, PetscReal bytes)
{
  PetscFunctionBegin;
  fno->budget = bytes;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFNOWorkFromOptions_Private(const char before[], KarFNOWork *w)
{
  char prefix[80];

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(prefix, sizeof(prefix), "%sfno_", before));
  PetscCall(KarOptionsChoice(prefix, "activations", "keep a network's activations or recompute them tile by tile",
                             KarFNOActivationsNames, &w->activations));
  PetscCall(KarOptionsChoice(prefix, "exchange",
                             "what ranks send each other: a network's modes, or rows where there are few",
                             KarFNOExchangeNames, &w->exchange));
  PetscCall(
    KarOptionsReal(prefix, "memory", "MiB that the network may hold on a rank; 0: any", 0, PETSC_MAX_REAL, &w->memory));
  PetscCall(KarOptionsChoice(prefix, "kernels", "instructions that the network's inner loops use", KarFNOKernelsNames,
                             &w->kernels));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFNOSetWork_Private(KarFNO fno, const KarFNOWork *w)
{
  PetscReal bytes;

  PetscFunctionBegin;
  PetscCall(KarFNOSetKernels(fno, (KarFNOKernels)w->kernels));
  PetscCall(KarFNOSetExchange(fno, (KarFNOExchange)w->exchange));
  PetscCall(KarFNOSetMemory(fno, w->memory * 1048576));
  PetscCall(KarFNOSetActivations(fno, (KarFNOActivations)w->activations));
  PetscCall(Plan(fno, 1, PETSC_FALSE, &bytes));
  PetscCall(CheckBudget(fno, 1, PETSC_FALSE, bytes));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFNOView(KarFNO fno, PetscViewer viewer)
{
  PetscReal bytes;

  PetscFunctionBegin;
  PetscCall(KarFNOGetMemory(fno, 1, PETSC_FALSE, &bytes));
  PetscCall(PetscViewerASCIIPrintf(
    viewer, "network: %s kernels, %d thread%s a rank, activations %s, ranks exchange %s, %.4g MiB a rank to evaluate\n",
    fno->kernels->name, fno->threads, fno->threads > 1 ? "s" : "", KarFNOActivationsNames[fno->activations],
    KarFNOExchangeNames[fno->exchange], (double)bytes / 1048576));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFNODestroy(KarFNO *fno)
{
  KarFNO f = *fno;

  PetscFunctionBegin;
  if (!f) PetscFunctionReturn(PETSC_SUCCESS);
  float *arrays[] = {f->u,          f->slope,    f->dh,      f->xhat,     f->uhat,      f->yhat,
                     f->mine,       f->all,      f->in,      f->rows.out, f->rows.rows, f->rows.products,
                     f->rows.mixed, f->constant, f->feature, f->th,       f->ts,        f->td,
                     f->mod,        f->dmod,     f->lift,    f->skip,     f->skipt,     f->scale,
                     f->P,          f->Pt,       f->pb,      f->Q};
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(arrays); i++) free(arrays[i]);
  for (int t = 0; t < f->threads; t++) {
    const KarFNOThread *w = &f->thread[t];
    float *parts[] = {w->out, w->blockin, w->blockout, w->planein, w->planeout, w->rowin, w->rowout, w->tile, w->A,
                      w->B,   w->C,       w->D,        w->dskip,   w->dP,       w->dpb,   w->dQ,     w->dq};

    for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(parts); i++) free(parts[i]);
  }
  PetscCall(PetscFree(f->thread));
  PetscCall(KarFNODestroyModes_Private(f));
  PetscCall(KarTensorsDestroy(&f->tensors));
  PetscCall(PetscFree(f));
  *fno = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFNOGetConfig(KarFNO fno, const KarFNOConfig **config)
{
  PetscFunctionBegin;
  *config = &fno->config;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFNOGetTensors(KarFNO fno, PetscInt *n, const KarTensor *tensors[])
{
  PetscFunctionBegin;
  if (n) *n = fno->tensors.n;
  if (tensors) *tensors = fno->tensors.tensor;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFNOGetParameters(KarFNO fno, PetscInt *n, float *parameters[])
{
  PetscFunctionBegin;
  PetscCall(KarTensorsGetParameters(&fno->tensors, n, parameters));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFNOGetGradient(KarFNO fno, PetscInt *n, float *gradient[])
{
  PetscFunctionBegin;
  PetscCall(KarTensorsGetGradient(&fno->tensors, n, gradient));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFNOZeroGradient(KarFNO fno)
{
  PetscInt n;
  float   *g;

  PetscFunctionBegin;
  PetscCall(KarFNOGetGradient(fno, &n, &g));
  PetscCall(PetscArrayzero(g, n));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFNOInitialize(KarFNO fno, PetscInt64 seed)
{
  PetscFunctionBegin;
  PetscCall(KarTensorsInitialize(&fno->tensors, seed));
  PetscFunctionReturn(PETSC_SUCCESS);
}
