/* A law of a coarser grid, or of an octave given the coarser field, as a law on the finest grid of a cascade: its
   denoiser between a truncation and the modes of the finest grid. Modes that are drawn already are the mean, without
   noise; modes that are not drawn yet are 0. */
#include <karhunen/impl/score.h>
#include <karhunen/posterior.h>

typedef struct {
  KarScore    level; /* owned reference */
  KarResample down, up;
  Vec         x, d, coarse; /* on the level's grid; coarse: what its octave is given */
  PetscBool   octave;
} Lifted;

static PetscErrorCode Denoise(KarScore score, PetscReal t, Vec x, Vec d)
{
  Lifted          *l = score->context;
  const PetscReal *lambda;
  PetscScalar     *a;
  const KarModes  *m;
  KarCov           noise;

  PetscFunctionBegin;
  PetscCall(KarResampleApply(l->down, x, l->x));
  PetscCall(KarSDEGetCovariance(l->level->sde, &noise));
  PetscCall(KarCovGetEigenvalues(noise, &lambda));
  PetscCall(KarFFTGetModes(l->level->fft, &m));
  PetscCall(VecGetArray(l->x, &a));
  for (PetscInt i = 0; i < m->rows * m->length && l->octave; i++)
    for (PetscInt c = i * m->dof * m->width; lambda[i] <= 0 && c < (i + 1) * m->dof * m->width; c++) a[c] = 0;
  PetscCall(VecRestoreArray(l->x, &a));
  PetscCall(KarScoreDenoise(l->level, t, l->x, l->d));
  PetscCall(KarResampleApply(l->up, l->d, d));
  if (l->octave) PetscCall(VecAXPY(d, 1, score->mean));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The modes of coarse that the level does not have are taken; those of the level and beyond do not count. */
static PetscErrorCode Condition(KarScore score, Vec coarse)
{
  Lifted *l = score->context;

  PetscFunctionBegin;
  if (!l->octave) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(VecCopy(coarse, score->mean));
  PetscCall(KarResampleApply(l->down, coarse, l->coarse));
  PetscCall(KarScoreSetCondition(l->level, l->coarse));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode View(KarScore score, PetscViewer viewer)
{
  PetscFunctionBegin;
  PetscCall(KarScoreView(((Lifted *)score->context)->level, viewer));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Destroy(KarScore score)
{
  Lifted *l = score->context;

  PetscFunctionBegin;
  PetscCall(KarScoreDestroy(&l->level));
  PetscCall(KarResampleDestroy(&l->down));
  PetscCall(KarResampleDestroy(&l->up));
  PetscCall(VecDestroy(&l->x));
  PetscCall(VecDestroy(&l->d));
  PetscCall(VecDestroy(&l->coarse));
  PetscCall(PetscFree(l));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The process and the spectrum of the level, in its modes of the finest grid. */
static PetscErrorCode CreateScore(KarScore level, KarFFT fft, KarScore *lifted)
{
  KarCov noise, inner, data;
  KarSDE sde;

  PetscFunctionBegin;
  PetscCall(KarSDEGetCovariance(level->sde, &inner));
  PetscCall(KarCovCreateEmbedded(inner, fft, &noise));
  PetscCall(KarSDEDuplicate(level->sde, noise, &sde));
  PetscCall(KarScoreCreate(sde, lifted));
  PetscCall(KarCovCreateEmbedded(level->data, fft, &data));
  PetscCall(KarScoreSetDataCovariance(*lifted, data));
  PetscCall(KarCovDestroy(&data));
  PetscCall(KarSDEDestroy(&sde));
  PetscCall(KarCovDestroy(&noise));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarScoreCreateLifted(KarScore level, KarFFT fft, PetscBool octave, KarScore *lifted)
{
  Lifted *l;
  Vec     mean;

  PetscFunctionBegin;
  PetscCall(KarScoreSetUp(level));
  KarCheck(level->comm, level->data && !level->ops.spectrum, PETSC_ERR_SUP,
           "a cascade given data needs the spectrum of each octave: a score %s has none of its own", level->type);
  PetscCall(CreateScore(level, fft, lifted));
  PetscCall(PetscNew(&l));
  PetscCall(KarScoreReference(level));
  l->level  = level;
  l->octave = octave;
  PetscCall(KarResampleCreate(fft, level->fft, &l->down));
  PetscCall(KarResampleCreate(level->fft, fft, &l->up));
  PetscCall(KarFFTCreateCoordinates(level->fft, &l->x));
  PetscCall(VecDuplicate(l->x, &l->d));
  PetscCall(VecDuplicate(l->x, &l->coarse));
  PetscCall(KarFFTCreateCoordinates(fft, &mean));
  if (level->mean) PetscCall(KarResampleApply(l->up, level->mean, mean));
  PetscCall(KarScoreSetMean(*lifted, mean));
  PetscCall(VecDestroy(&mean));
  (*lifted)->context = l;
  (*lifted)->loaded  = PETSC_TRUE;
  (*lifted)->ops     = (KarScoreOps){.denoise = Denoise, .condition = Condition, .view = View, .destroy = Destroy};
  PetscCall(PetscStrncpy((*lifted)->type, "lifted", sizeof((*lifted)->type)));
  PetscFunctionReturn(PETSC_SUCCESS);
}
