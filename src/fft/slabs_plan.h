/* Plans, sizes and storage of the transform in slabs (slabs.h). */

static PetscInt Up(PetscInt n)
{
  const PetscInt line = LINE / (PetscInt)sizeof(REAL);

  return (n + line - 1) / line * line;
}

static void Plan(KarFFT fft, SLABS s)
{
  const unsigned rigor = KarWisdomRigor();
  const int rest = (int)fft->info.dim - 1, n0 = (int)fft->deal.n[0], n[2] = {(int)fft->info.n[1], (int)fft->info.n[2]},
            dof = (int)fft->info.dof;

  if (fft->info.basis == KAR_BASIS_PERIODIC) {
    const int c     = (int)s->columns / 2;
    COMPLEX  *block = (COMPLEX *)s->block, *hat = (COMPLEX *)s->hat;

    s->sheet[0] = FFTW(plan_many_dft)(1, &n0, c, block, NULL, c, 1, block, NULL, c, 1, FFTW_BACKWARD, rigor);
    s->sheet[1] = FFTW(plan_many_dft)(1, &n0, c, block, NULL, c, 1, block, NULL, c, 1, FFTW_FORWARD, rigor);
    s->plane[0] = FFTW(plan_many_dft_c2r)(rest, n, dof, hat, NULL, dof, 1, s->out, NULL, dof, 1, rigor);
    s->plane[1] = FFTW(plan_many_dft_r2c)(rest, n, dof, s->out, NULL, dof, 1, hat, NULL, dof, 1, rigor);
  } else {
    const int c    = (int)s->columns;
    const R2R to[] = {FFTW_REDFT10, FFTW_REDFT10}, from[] = {FFTW_REDFT01, FFTW_REDFT01};

    s->sheet[0] = FFTW(plan_many_r2r)(1, &n0, c, s->block, NULL, c, 1, s->block, NULL, c, 1, from, rigor);
    s->sheet[1] = FFTW(plan_many_r2r)(1, &n0, c, s->block, NULL, c, 1, s->block, NULL, c, 1, to, rigor);
    s->plane[0] = FFTW(plan_many_r2r)(rest, n, dof, s->hat, NULL, dof, 1, s->out, NULL, dof, 1, from, rigor);
    s->plane[1] = FFTW(plan_many_r2r)(rest, n, dof, s->out, NULL, dof, 1, s->hat, NULL, dof, 1, to, rigor);
  }
}

/* Sizes of blocks, and of parts, in which every thread has its share. */
static void Size(KarFFT fft, SLABS s)
{
  const KarDeal *deal  = &fft->deal;
  const PetscInt bytes = (PetscInt)sizeof(REAL), group = fft->modes.dof * fft->modes.width, modes = deal->inner / group;
  PetscInt       blocks = 1;

  s->together = PetscMax(1, LINE / (deal->inner * bytes));
  if (s->together == 1)
    blocks = PetscMin(PetscMax(1, deal->n[0] * deal->inner * bytes / BLOCK), PetscMax(1, deal->inner * bytes / LINE));
  s->columns     = (modes + blocks - 1) / blocks * group;
  s->apart       = Up(deal->n[0] * s->columns);
  s->capacity[0] = Up(s->together * deal->n[0] * deal->inner);
  s->capacity[1] = s->together * s->apart;
  s->capacity[2] = Up(deal->n[1] * deal->inner);
  s->capacity[3] = Up(2 * fft->modes.length);
  for (int way = 0; way < 2; way++) {
    const PetscInt least = fft->threads * (way ? 1 : s->together),
                   most  = PetscMax((PetscInt)fft->threads * PART, (PetscInt)deal->ranks * LEAST);

    s->part[way] = PetscMax(1, most / (deal->n[way] * deal->inner * bytes * least)) * least;
    s->part[way] = PetscMin(s->part[way], PetscMax(1, deal->start[!way][1]));
  }
}

/* The room takes n numbers at least, as long as a transform has it. */
static void TakeRoom(size_t n)
{
  room_users++;
  if (room && n <= room_size) return;
  FREE(room);
  room      = FFTW(alloc_real)(n);
  room_size = n;
}

static void LeaveRoom(void)
{
  if (--room_users) return;
  FREE(room);
  room = NULL;
}

PetscErrorCode NAMED(KarSlabsCreate)(KarFFT fft, SLABS *out)
{
  const KarDeal *deal = &fft->deal;
  SLABS          s;
  size_t         send = 1;

  PetscFunctionBegin;
  PetscCall(PetscNew(&s));
  PetscCall(WISDOM(Load)(fft->info.comm));
  Size(fft, s);
  for (int way = 0; way < 2 && deal->ranks > 1; way++)
    send = PetscMax(send, (size_t)(s->part[way] * deal->n[way] * deal->inner));
  TakeRoom((size_t)PetscMax(1, PetscMax(deal->here[0] * deal->n[1], deal->here[1] * deal->n[0]) * deal->inner));
  s->send   = FFTW(alloc_real)(send);
  s->sheets = FFTW(alloc_real)((size_t)(fft->threads * s->capacity[0]));
  s->block  = FFTW(alloc_real)((size_t)(fft->threads * s->capacity[1]));
  s->hat    = FFTW(alloc_real)((size_t)(fft->threads * s->capacity[2]));
  s->out    = FFTW(alloc_real)((size_t)(fft->threads * s->capacity[2]));
  s->pair   = FFTW(alloc_real)((size_t)PetscMax(1, fft->threads * s->capacity[3]));
  KarCheckAny(fft->info.comm, s->pair && room && s->send && s->sheets && s->block && s->hat && s->out, PETSC_ERR_MEM,
              "too little memory for the transforms of this grid: take more ranks or nodes, or a smaller -grid_n");
  for (int turn = 0; turn < 2; turn++) { /* rank 0 measures, the others are told */
    if ((deal->rank == 0) == (turn == 0)) Plan(fft, s);
    if (turn == 0 && KarWisdomRigor() != FFTW_ESTIMATE) BROADCAST(fft->info.comm);
  }
  KarCheckAny(fft->info.comm, s->sheet[0] && s->sheet[1] && s->plane[0] && s->plane[1], PETSC_ERR_LIB,
              "FFTW has no plan for this grid");
  PetscCall(WISDOM(Save)(fft->info.comm));
  PetscCallMPI(MPI_Type_contiguous((int)deal->inner, MPI_REALS, &s->column));
  PetscCallMPI(MPI_Type_commit(&s->column));
  for (int way = 0; way < 2; way++) {
    PetscCallMPI(MPI_Type_contiguous((int)deal->here[way], s->column, &s->across[way]));
    PetscCallMPI(MPI_Type_commit(&s->across[way]));
    PetscCall(PetscMalloc2(deal->ranks, &s->counts[way], deal->ranks, &s->displacements[way]));
  }
  *out = s;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode NAMED(KarSlabsDestroy)(SLABS *slabs)
{
  SLABS s = *slabs;

  PetscFunctionBegin;
  if (!s) PetscFunctionReturn(PETSC_SUCCESS);
  for (int way = 0; way < 2; way++) {
    DESTROY(s->sheet[way]);
    DESTROY(s->plane[way]);
    PetscCallMPI(MPI_Type_free(&s->across[way]));
    PetscCall(PetscFree2(s->counts[way], s->displacements[way]));
  }
  PetscCallMPI(MPI_Type_free(&s->column));
  LeaveRoom();
  FREE(s->send);
  FREE(s->sheets);
  FREE(s->block);
  FREE(s->hat);
  FREE(s->out);
  FREE(s->pair);
  PetscCall(PetscFree(s));
  *slabs = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}
