/* What a call of the operator holds: memory for its batch, the bytes of it before it is there, and the choice of what
   is stored. */
#include "fnoimpl.h"
#include <stdlib.h>
#include <unistd.h>

const char *const KarFNOActivationsNames[] = {"stored", "recomputed", "auto", NULL};
const char *const KarFNOExchangeNames[]    = {"modes", "rows", "auto", NULL};

/* n floats; while planning, only their bytes. */
static PetscErrorCode Allocate(KarFNO fno, ptrdiff_t n, float **array)
{
  PetscFunctionBegin;
  PetscCall(KarFloatsCreate(n, fno->books.planning ? NULL : array, &fno->books.bytes));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode AllocateThread(KarFNO fno, KarFNOThread *t)
{
  const ptrdiff_t dim = fno->arch.config.dim, W = fno->arch.W, H = fno->arch.H, C = PetscMax(W, fno->arch.X),
                  cout = fno->arch.config.cout, fields = fno->batch.fields * W;
  const ptrdiff_t rest =
    dim > 1 && fno->exchange.type == KAR_EXCHANGE_MODES ? fno->arch.nprod / fno->arch.axis[0].nf : 0;
  const ptrdiff_t plane   = dim > 2 ? fno->arch.axis[1].images * fno->arch.axis[1].length * fno->arch.axis[2].nf : 0;
  const ptrdiff_t eighths = kar_eighths(&fno->arch.axis[dim - 1]);

  PetscFunctionBegin;
  PetscCall(Allocate(fno, fno->exchange.type == KAR_EXCHANGE_ROWS ? C : fno->arch.nprod * C, &t->out));
  PetscCall(Allocate(fno, KAR_BLOCK * rest * fields, &t->blockin));
  PetscCall(Allocate(fno, KAR_BLOCK * rest * C, &t->blockout));
  PetscCall(Allocate(fno, plane * fields, &t->planein));
  PetscCall(Allocate(fno, plane * C, &t->planeout));
  PetscCall(Allocate(fno, eighths * fields, &t->rowin));
  PetscCall(Allocate(fno, eighths * C, &t->rowout));
  PetscCall(Allocate(fno, 5 * fno->books.tile, &t->tile));
  PetscCall(Allocate(fno, 2 * W * C, &t->A));
  PetscCall(Allocate(fno, 4 * fno->batch.n * W, &t->B));
  PetscCall(Allocate(fno, 2 * W * W, &t->C));
  PetscCall(Allocate(fno, 2 * W * W, &t->D));
  PetscCall(Allocate(fno, C * W, &t->dskip));
  PetscCall(Allocate(fno, W * H, &t->dP));
  PetscCall(Allocate(fno, H, &t->dpb));
  PetscCall(Allocate(fno, cout * H, &t->dQ));
  PetscCall(Allocate(fno, cout, &t->dq));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Everything a call needs, in the units of nnimpl.h. */
static PetscErrorCode Reserve(KarFNO fno)
{
  const ptrdiff_t depth = fno->arch.config.depth, W = fno->arch.W, X = fno->arch.X, H = fno->arch.H, C = PetscMax(W, X);
  const ptrdiff_t batch = fno->batch.n, ns = fno->arch.ns, mn = fno->exchange.n, e = fno->arch.config.embed,
                  mod = depth * 2 * fno->arch.config.width, cout = fno->arch.config.cout;
  const ptrdiff_t layers = fno->batch.keep ? depth : 1, stored = fno->batch.fields > 1 ? 0 : layers;
  const PetscBool rows = fno->exchange.type == KAR_EXCHANGE_ROWS ? PETSC_TRUE : PETSC_FALSE;
  KarFNORows     *r    = &fno->exchange.rows;

  PetscFunctionBegin;
  fno->books.bytes = 0;
  fno->books.tile  = KAR_TILE * PetscMax(PetscMax(C, H), cout);
  PetscCall(Allocate(fno, stored * batch * ns * W, &fno->batch.u));
  PetscCall(Allocate(fno, fno->batch.keep ? stored * batch * ns * W : 0, &fno->batch.slope));
  PetscCall(Allocate(fno, fno->batch.keep ? batch * ns * W : 0, &fno->batch.dh));
  PetscCall(Allocate(fno, mn * batch * 2 * X, &fno->batch.xhat));
  PetscCall(Allocate(fno, layers * mn * batch * 2 * W, &fno->batch.uhat));
  PetscCall(Allocate(fno, layers * mn * batch * 2 * W, &fno->batch.yhat));
  PetscCall(Allocate(fno, fno->batch.keep ? mn * batch * 2 * W : 0, &fno->exchange.mine));
  fno->batch.infield = (rows ? fno->arch.info.ln * r->rest : fno->arch.nprod) * W;
  PetscCall(Allocate(fno, rows ? 0 : fno->arch.nmodes * batch * 2 * C, &fno->exchange.all));
  PetscCall(Allocate(fno, rows ? fno->arch.info.ln * r->rest * C : 0, &r->out));
  PetscCall(Allocate(fno, rows ? batch * fno->arch.info.ln * r->rest * C : 0, &r->rows));
  PetscCall(Allocate(fno, rows ? batch * fno->arch.info.n[0] * r->mine * C : 0, &r->products));
  PetscCall(Allocate(fno, rows ? r->axis.nf * r->mine * C : 0, &r->mixed));
  PetscCall(Allocate(fno, fno->batch.fields * fno->batch.infield, &fno->batch.in));
  for (int t = 0; t < fno->books.threads; t++) PetscCall(AllocateThread(fno, &fno->books.thread[t]));
  PetscCall(Allocate(fno, X * W, &fno->packed.lift));
  PetscCall(Allocate(fno, depth * C * W, &fno->packed.skip));
  PetscCall(Allocate(fno, W * W, &fno->packed.skipt));
  PetscCall(Allocate(fno, W, &fno->packed.scale));
  PetscCall(Allocate(fno, W, &fno->packed.constant));
  PetscCall(Allocate(fno, W * H, &fno->packed.P));
  PetscCall(Allocate(fno, W * H, &fno->packed.Pt));
  PetscCall(Allocate(fno, H, &fno->packed.pb));
  PetscCall(Allocate(fno, cout * H, &fno->packed.Q));
  PetscCall(Allocate(fno, batch * fno->arch.features, &fno->time.feature));
  PetscCall(Allocate(fno, batch * 2 * e, &fno->time.th));
  PetscCall(Allocate(fno, batch * 2 * e, &fno->time.ts));
  PetscCall(Allocate(fno, batch * 2 * e, &fno->time.td));
  PetscCall(Allocate(fno, batch * mod, &fno->time.mod));
  PetscCall(Allocate(fno, batch * mod, &fno->time.dmod));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscInt fields(const KarFNO fno, PetscBool keep)
{
  return !keep && fno->books.activations == KAR_ACTIVATIONS_RECOMPUTED ? fno->arch.config.depth : 1;
}

/* Bytes for such calls, and the parameters'. */
static PetscErrorCode Plan(KarFNO fno, PetscInt batch, PetscBool keep, PetscReal *bytes)
{
  struct _p_KarFNO plan = *fno;

  PetscFunctionBegin;
  plan.books.planning = PETSC_TRUE;
  plan.batch.n        = fields(fno, keep) > 1 ? 1 : batch;
  plan.batch.keep     = keep;
  plan.batch.fields   = fields(fno, keep);
  PetscCall(Reserve(&plan));
  *bytes = plan.books.bytes + (keep ? 2. : 1.) * (double)fno->arch.tensors.size * sizeof(float);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CheckBudget(KarFNO fno, PetscInt batch, PetscBool keep, PetscReal bytes)
{
  PetscFunctionBegin;
  if (fno->books.budget <= 0) PetscFunctionReturn(PETSC_SUCCESS);
  KarCheckAny(fno->arch.info.comm, bytes <= fno->books.budget, PETSC_ERR_MEM,
              "%s %" PetscInt_FMT
              " sample%s needs %.4g MiB a rank for the network, -fno_memory is %.4g: use more ranks%s",
              keep ? "training on" : "evaluating", batch, batch > 1 ? "s" : "", (double)bytes / 1048576,
              (double)fno->books.budget / 1048576,
              keep                    ? " or a smaller batch"
              : fields(fno, keep) > 1 ? ""
                                      : " or -fno_activations recomputed");
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFNOReserve_Private(KarFNO fno, PetscInt batch, PetscBool keep)
{
  const PetscBool rows    = fno->exchange.type == KAR_EXCHANGE_ROWS ? PETSC_TRUE : PETSC_FALSE;
  const PetscReal share   = rows ? PetscMax((PetscReal)fno->arch.info.ln * fno->exchange.rows.rest,
                                            (PetscReal)fno->arch.info.n[0] * fno->exchange.rows.mine)
                                 : 2. * fno->arch.nmodes;
  const PetscReal numbers = share * batch * PetscMax(fno->arch.W, fno->arch.X);
  PetscReal       bytes;

  PetscFunctionBegin;
  if (batch == fno->batch.n && fno->batch.keep == keep && fno->batch.fields == fields(fno, keep))
    PetscFunctionReturn(PETSC_SUCCESS);
  if (batch <= fno->batch.n && fno->batch.keep && fields(fno, keep) == 1) PetscFunctionReturn(PETSC_SUCCESS);
  KarCheckAny(fno->arch.info.comm, numbers < PETSC_MPI_INT_MAX, PETSC_ERR_ARG_OUTOFRANGE,
              "a batch of %" PetscInt_FMT " with %" PetscInt_FMT
              " modes is more than one message of MPI holds: use a smaller batch",
              batch, fno->arch.nmodes);
  PetscCall(Plan(fno, batch, keep, &bytes));
  PetscCall(CheckBudget(fno, batch, keep, bytes));
  fno->batch.n      = batch;
  fno->batch.keep   = keep;
  fno->batch.fields = fields(fno, keep);
  PetscCall(Reserve(fno));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFNOGetMemory(KarFNO fno, PetscInt batch, PetscBool keep, PetscReal *bytes)
{
  PetscFunctionBegin;
  PetscCall(Plan(fno, batch, keep, bytes));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFNOSetActivations(KarFNO fno, KarFNOActivations activations)
{
  double mine[3] = {(double)fno->arch.ns * (double)fno->arch.W * sizeof(float), 0, 0}, all[3];

  PetscFunctionBegin;
  fno->books.activations = activations;
  if (activations == KAR_ACTIVATIONS_AUTO) {
    fno->books.activations = KAR_ACTIVATIONS_STORED;
    if (fno->books.budget > 0) PetscCall(Plan(fno, 1, PETSC_FALSE, &mine[2]));
    mine[1] = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    mine[1] = -mine[1]; /* the least */
    PetscCallMPI(MPI_Allreduce(mine, all, 3, MPI_DOUBLE, MPI_MAX, fno->arch.info.comm));
    if (all[0] * fno->exchange.ranks > -all[1] / 4 || all[2] > fno->books.budget)
      fno->books.activations = KAR_ACTIVATIONS_RECOMPUTED;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFNOSetMemory(KarFNO fno, PetscReal bytes)
{
  PetscFunctionBegin;
  fno->books.budget = bytes;
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

PetscErrorCode KarFNORelease_Private(KarFNO f)
{
  const KarFNOBatch   *b = &f->batch;
  const KarFNOPacked  *p = &f->packed;
  const KarFNOTime    *c = &f->time;
  const KarFNOSharing *x = &f->exchange;

  float *arrays[] = {
    b->u,         b->slope, b->dh, b->xhat, b->uhat, b->yhat, b->in,      x->mine,      x->all,
    x->rows.out,  p->P,     p->Pt, p->pb,   p->Q,    p->lift, p->skip,    p->skipt,     p->scale,
    p->constant,  c->th,    c->ts, c->td,   c->mod,  c->dmod, c->feature, x->rows.rows, x->rows.products,
    x->rows.mixed};

  PetscFunctionBegin;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(arrays); i++) free(arrays[i]);
  for (int t = 0; t < f->books.threads; t++) {
    const KarFNOThread *w = &f->books.thread[t];
    float *parts[] = {w->out, w->blockin, w->blockout, w->planein, w->planeout, w->rowin, w->rowout, w->tile, w->A,
                      w->B,   w->C,       w->D,        w->dskip,   w->dP,       w->dpb,   w->dQ,     w->dq};

    for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(parts); i++) free(parts[i]);
  }
  PetscCall(PetscFree(f->books.thread));
  PetscFunctionReturn(PETSC_SUCCESS);
}
