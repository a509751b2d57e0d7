/* What ranks tell one another: sums of products over the slabs, and every rank's share of the modes. */
#include "nnimpl.h"

PetscErrorCode KarFNOSetExchange(KarFNO fno, KarFNOExchange exchange)
{
  const PetscBool can = fno->config.dim > 1 && fno->ranks > 1 ? PETSC_TRUE : PETSC_FALSE;

  PetscFunctionBegin;
  KarCheck(fno->info.comm, exchange != KAR_EXCHANGE_ROWS || fno->config.dim > 1, PETSC_ERR_SUP,
           "a network on a line has no rows to exchange: use -fno_exchange modes");
  if (exchange == KAR_EXCHANGE_AUTO && can)
    exchange =
      kar_fno_rows_sent(fno) < 2. * (PetscReal)fno->nmodes * (fno->ranks - 1) ? KAR_EXCHANGE_ROWS : KAR_EXCHANGE_MODES;
  if (!can) exchange = KAR_EXCHANGE_MODES; /* there is nothing to exchange */
  fno->exchange = exchange;
  fno->mn       = exchange == KAR_EXCHANGE_ROWS ? fno->rows.mn : fno->mcount;
  fno->owned    = exchange == KAR_EXCHANGE_ROWS ? fno->rows.own : fno->mown;
  fno->batch    = 0; /* room is made anew */
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void count(KarFNO fno, PetscInt batch, PetscInt C)
{
  for (PetscMPIInt r = 0; r < fno->ranks; r++) {
    fno->counts[r] = (int)(fno->count[r] * batch * 2 * C);
    fno->displs[r] = (int)(fno->displ[r] * batch * 2 * C);
  }
}

PetscErrorCode KarFNOReduce_Private(KarFNO fno, PetscInt batch, PetscInt C, float own[])
{
  PetscFunctionBegin;
  PetscCall(KarLogBegin(KAR_EVENT_EXCHANGE));
  if (fno->exchange == KAR_EXCHANGE_ROWS) PetscCall(KarFNOReduceRows_Private(fno, batch, C, own));
  else if (fno->ranks == 1) PetscCall(PetscArraycpy(own, fno->all, fno->nmodes * batch * 2 * C));
  else {
    count(fno, batch, C);
    fno->sent += sizeof(float) * (double)((fno->nmodes - fno->mn) * batch * 2 * C);
    PetscCallMPI(MPI_Reduce_scatter(fno->all, own, fno->counts, MPI_FLOAT, MPI_SUM, fno->info.comm));
  }
  PetscCall(KarLogEnd(KAR_EVENT_EXCHANGE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarFNOGather_Private(KarFNO fno, PetscInt batch, const float own[])
{
  const PetscInt C = fno->W;

  PetscFunctionBegin;
  PetscCall(KarLogBegin(KAR_EVENT_EXCHANGE));
  if (fno->exchange == KAR_EXCHANGE_ROWS) PetscCall(KarFNOGatherRows_Private(fno, batch, own));
  else if (fno->ranks == 1) PetscCall(PetscArraycpy(fno->all, own, fno->nmodes * batch * 2 * C));
  else {
    count(fno, batch, C);
    fno->sent += sizeof(float) * (double)(fno->mn * batch * 2 * C) * (fno->ranks - 1);
    PetscCallMPI(MPI_Allgatherv(own, (int)(fno->mn * batch * 2 * C), MPI_FLOAT, fno->all, fno->counts, fno->displs,
                                MPI_FLOAT, fno->info.comm));
  }
  PetscCall(KarLogEnd(KAR_EVENT_EXCHANGE));
  PetscFunctionReturn(PETSC_SUCCESS);
}
