/* What ranks tell one another: sums of products over the slabs, and every rank's share of the modes. */
#include "fnoimpl.h"

PetscErrorCode KarFNOCreateExchange_Private(KarFNO fno)
{
  KarFNOSharing *x = &fno->exchange;
  PetscMPIInt    rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(fno->arch.info.comm, &rank));
  PetscCallMPI(MPI_Comm_size(fno->arch.info.comm, &x->ranks));
  PetscCall(PetscMalloc4(x->ranks, &x->count, x->ranks, &x->displ, x->ranks, &x->counts, x->ranks, &x->displs));
  for (PetscMPIInt r = 0; r < x->ranks; r++) {
    x->displ[r] = (PetscMPIInt)(fno->arch.nmodes * r / x->ranks);
    x->count[r] = (PetscMPIInt)(fno->arch.nmodes * (r + 1) / x->ranks) - x->displ[r];
  }
  x->mcount = x->count[rank];
  PetscCall(PetscMalloc1(x->mcount, &x->mown));
  for (PetscInt i = 0; i < x->mcount; i++) x->mown[i] = x->displ[rank] + i;
  if (fno->arch.config.dim > 1) PetscCall(KarFNOCreateRows_Private(fno));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFNODestroyExchange_Private(KarFNO fno)
{
  KarFNOSharing *x = &fno->exchange;

  PetscFunctionBegin;
  if (fno->arch.config.dim > 1) PetscCall(KarFNODestroyRows_Private(fno));
  PetscCall(PetscFree(x->mown));
  PetscCall(PetscFree4(x->count, x->displ, x->counts, x->displs));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFNOSetExchange(KarFNO fno, KarFNOExchange exchange)
{
  const PetscBool can = fno->arch.config.dim > 1 && fno->exchange.ranks > 1 ? PETSC_TRUE : PETSC_FALSE;

  PetscFunctionBegin;
  KarCheck(fno->arch.info.comm, exchange != KAR_EXCHANGE_ROWS || fno->arch.config.dim > 1, PETSC_ERR_SUP,
           "a network on a line has no rows to exchange: use -fno_exchange modes");
  if (exchange == KAR_EXCHANGE_AUTO && can)
    exchange = kar_fno_rows_sent(fno) < 2. * (PetscReal)fno->arch.nmodes * (fno->exchange.ranks - 1)
                 ? KAR_EXCHANGE_ROWS
                 : KAR_EXCHANGE_MODES;
  if (!can) exchange = KAR_EXCHANGE_MODES; /* there is nothing to exchange */
  fno->exchange.type  = exchange;
  fno->exchange.n     = exchange == KAR_EXCHANGE_ROWS ? fno->exchange.rows.mn : fno->exchange.mcount;
  fno->exchange.owned = exchange == KAR_EXCHANGE_ROWS ? fno->exchange.rows.own : fno->exchange.mown;
  fno->batch.n        = 0; /* memory is made anew */
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void count(KarFNO fno, PetscInt batch, PetscInt C)
{
  for (PetscMPIInt r = 0; r < fno->exchange.ranks; r++) {
    fno->exchange.counts[r] = (int)(fno->exchange.count[r] * batch * 2 * C);
    fno->exchange.displs[r] = (int)(fno->exchange.displ[r] * batch * 2 * C);
  }
}

PetscErrorCode KarFNOReduce_Private(KarFNO fno, PetscInt batch, PetscInt C, float own[])
{
  PetscFunctionBegin;
  PetscCall(KarLogBegin(KAR_EVENT_EXCHANGE));
  if (fno->exchange.type == KAR_EXCHANGE_ROWS) PetscCall(KarFNOReduceRows_Private(fno, batch, C, own));
  else if (fno->exchange.ranks == 1) PetscCall(PetscArraycpy(own, fno->exchange.all, fno->arch.nmodes * batch * 2 * C));
  else {
    count(fno, batch, C);
    kar_log_send(sizeof(float) * (double)((fno->arch.nmodes - fno->exchange.n) * batch * 2 * C));
    PetscCallMPI(
      MPI_Reduce_scatter(fno->exchange.all, own, fno->exchange.counts, MPI_FLOAT, MPI_SUM, fno->arch.info.comm));
  }
  PetscCall(KarLogEnd(KAR_EVENT_EXCHANGE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFNOGather_Private(KarFNO fno, PetscInt batch, PetscInt C, const float own[])
{
  PetscFunctionBegin;
  PetscCall(KarLogBegin(KAR_EVENT_EXCHANGE));
  if (fno->exchange.type == KAR_EXCHANGE_ROWS) PetscCall(KarFNOGatherRows_Private(fno, batch, C, own));
  else if (fno->exchange.ranks == 1) PetscCall(PetscArraycpy(fno->exchange.all, own, fno->arch.nmodes * batch * 2 * C));
  else {
    count(fno, batch, C);
    kar_log_send(sizeof(float) * (double)(fno->exchange.n * batch * 2 * C) * (fno->exchange.ranks - 1));
    PetscCallMPI(MPI_Allgatherv(own, (int)(fno->exchange.n * batch * 2 * C), MPI_FLOAT, fno->exchange.all,
                                fno->exchange.counts, fno->exchange.displs, MPI_FLOAT, fno->arch.info.comm));
  }
  PetscCall(KarLogEnd(KAR_EVENT_EXCHANGE));
  PetscFunctionReturn(PETSC_SUCCESS);
}
