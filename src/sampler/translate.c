/* X_r = x X_t + d D(X_t) + N(0, variance), KarSDEGetMatchingStep(), at times T (1 - (1 - i/n)^2): finer towards the
   end, where details appear. */
#include <karhunen/translate.h>

#define START                                                                                                          \
  (1 - 1e-6) /* of T: where the first evaluation is; at T itself bridges drawn apart know nothing of their end */

/* Adds scale times mean[dof] to mode 0. */
static PetscErrorCode AddMean(KarFFT fft, PetscReal scale, const PetscReal mean[], Vec x)
{
  const KarModes *m;
  PetscScalar    *a;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(fft, &m));
  PetscCall(VecGetArray(x, &a));
  if (m->start == 0 && m->rows * m->length > 0)
    for (PetscInt c = 0; c < m->dof; c++) a[c * m->width] += scale * mean[c];
  PetscCall(VecRestoreArray(x, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

typedef struct {
  PetscInt   modes, group;
  PetscReal *x, *d, *variance;
  Vec        D, z;
} Step;

static PetscErrorCode Combine(const Step *s, Vec x)
{
  const PetscScalar *D, *z;
  PetscScalar       *a;

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(s->D, &D));
  PetscCall(VecGetArrayRead(s->z, &z));
  PetscCall(VecGetArray(x, &a));
  for (PetscInt i = 0; i < s->modes; i++)
    for (PetscInt c = i * s->group; c < (i + 1) * s->group; c++) a[c] = s->x[i] * a[c] + s->d[i] * D[c] + z[c];
  PetscCall(VecRestoreArray(x, &a));
  PetscCall(VecRestoreArrayRead(s->z, &z));
  PetscCall(VecRestoreArrayRead(s->D, &D));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarDenoiserTranslate(KarDenoiser denoiser, PetscInt steps, KarKey key, Vec x)
{
  const PetscReal *start, *end;
  const KarModes  *m;
  PetscReal        T = 0;
  KarFFT           fft;
  KarSDE           sde;
  Step             s;

  PetscFunctionBegin;
  PetscCall(KarDenoiserGetEnds(denoiser, &start, &end));
  PetscCheck(start, PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG,
             "the denoiser is not of bridges: train it with -train_objective bridge");
  PetscCall(KarDenoiserGetFFT(denoiser, &fft));
  PetscCall(KarDenoiserGetSDE(denoiser, &sde));
  PetscCall(KarSDEGetFinalTime(sde, &T));
  PetscCall(KarFFTGetModes(fft, &m));
  s.modes = m->rows * m->length;
  s.group = m->dof * m->width;
  PetscCall(PetscMalloc3(s.modes, &s.x, s.modes, &s.d, s.modes, &s.variance));
  PetscCall(VecDuplicate(x, &s.D));
  PetscCall(VecDuplicate(x, &s.z));
  PetscCall(AddMean(fft, -1, start, x));
  key.stream = KAR_STREAM_PATH;
  for (PetscInt i = 0; i < steps; i++) {
    const PetscReal t = T * (1 - PetscSqr(1 - (PetscReal)i / (PetscReal)steps)),
                    r = i == steps - 1 ? T : T * (1 - PetscSqr(1 - (PetscReal)(i + 1) / (PetscReal)steps));

    key.step = i;
    PetscCall(KarDenoiserApply(denoiser, PetscMin(T - t, START * T), x, s.D));
    PetscCall(KarSDEGetMatchingStep(sde, t, r, s.x, s.d, s.variance));
    PetscCall(KarFFTFillNormalScaled(fft, key, s.variance, s.z));
    PetscCall(Combine(&s, x));
  }
  PetscCall(AddMean(fft, 1, end, x));
  PetscCall(VecDestroy(&s.D));
  PetscCall(VecDestroy(&s.z));
  PetscCall(PetscFree3(s.x, s.d, s.variance));
  PetscFunctionReturn(PETSC_SUCCESS);
}
