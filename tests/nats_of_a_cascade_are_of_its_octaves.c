/* Nats of a field under a cascade are those of its base and of each octave given the coarser modes, on a circle of 16
   and 32 points:
     Gaussian octaves: 0 of each level, to 1e-8;
     a base of eight profiles below a Gaussian octave, a Gaussian base below an octave of two profiles in its own modes:
       the levels' sum is on the mean the log density of the whole law, which is known, and the Gaussian level has 0
       (64 fields, within 5 standard errors, less than .5: false alarms 1 in 10^6; fixed seed);
     a whole field gives the base what its truncation gives.
   The coordinates that count are those of each level.  ranks: 1 2 */
#include "laws.h"

#include <karhunen/cascade.h>
#include <karhunen/likelihood.h>

enum { BASE = 16, FINE = 32, FIELDS = 64, EVALUATIONS = 60 };

/* Two profiles +- .4 on the cosine of mode 11. */
static PetscErrorCode AddProfiles(KarFFT fft, KarScore score)
{
  const KarModes *m;
  PetscScalar    *a;
  KarMode         mode;
  Vec             mean;

  PetscFunctionBegin;
  PetscCall(KarFFTGetModes(fft, &m));
  for (int sign = -1; sign <= 1; sign += 2) {
    PetscCall(KarFFTCreateCoordinates(fft, &mean));
    PetscCall(VecGetArray(mean, &a));
    for (PetscInt j = 0; j < m->rows * m->length; j++) {
      kar_mode(m, 0, j, &mode);
      if (mode.index[0] == 11) a[mode.offset] = 0.4 * sign;
    }
    PetscCall(VecRestoreArray(mean, &a));
    PetscCall(KarScoreMixtureAdd(score, 1, mean));
    PetscCall(VecDestroy(&mean));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The modes of 32 points that 16 lack: of two profiles, or Gaussian. */
static PetscErrorCode CreateOctave(PetscBool profiles, CircleLaw *law)
{
  const PetscInt n = FINE, coarse = BASE;
  KarCov         noise, data;

  PetscFunctionBegin;
  PetscCall(ProblemFFT(PETSC_COMM_WORLD, 1, &n, &law->fft));
  PetscCall(CircleMatern(law->fft, 1, 1, &noise));
  PetscCall(CircleMatern(law->fft, 2, 0.1, &data));
  PetscCall(KarCovSetOctave(noise, &coarse));
  PetscCall(KarCovSetOctave(data, &coarse));
  PetscCall(KarSDECreate(noise, &law->sde));
  PetscCall(KarSDESetType(law->sde, KARSDEVP));
  PetscCall(KarScoreCreate(law->sde, &law->score));
  PetscCall(KarScoreSetType(law->score, profiles ? KARSCOREMIXTURE : KARSCOREGAUSSIAN));
  PetscCall(KarScoreSetDataCovariance(law->score, data));
  if (profiles) PetscCall(AddProfiles(law->fft, law->score));
  PetscCall(KarCovDestroy(&noise));
  PetscCall(KarCovDestroy(&data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Draw(CircleLaw *law, PetscBool mixture, PetscInt i, Vec x)
{
  KarCov data;

  PetscFunctionBegin;
  PetscCall(KarScoreGetDataCovariance(law->score, &data));
  if (mixture) PetscCall(CircleDraw(law, i, x));
  else PetscCall(KarCovSample(data, (KarKey){.seed = 12, .sample = i, .stream = KAR_STREAM_DATA}, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* mixed: the level with profiles, 0 or 1; -1: none. */
static PetscErrorCode Levels(int mixed)
{
  PetscReal   exact = 0, sum = 0, off = 0, square = 0, se, alone = 0, nats[2], modes[2];
  KarResample up, down;
  KarCascade  cascade;
  CircleLaw   law[2];
  Vec         x[2], whole, cut;

  PetscFunctionBegin;
  PetscCall(CircleLawCreate(mixed == 0 ? "M2" : "G", BASE, &law[0]));
  PetscCall(CreateOctave((PetscBool)(mixed == 1), &law[1]));
  PetscCall(KarCascadeCreate(PETSC_COMM_WORLD, &cascade));
  for (int j = 0; j < 2; j++) {
    PetscCall(KarScoreSetUp(law[j].score));
    PetscCall(KarCascadeAdd(cascade, law[j].score));
    PetscCall(KarFFTCreateCoordinates(law[j].fft, &x[j]));
  }
  PetscCall(KarCascadeSetUp(cascade));
  PetscCall(VecDuplicate(x[1], &whole));
  PetscCall(VecDuplicate(x[0], &cut));
  PetscCall(KarResampleCreate(law[0].fft, law[1].fft, &up));
  PetscCall(KarResampleCreate(law[1].fft, law[0].fft, &down));
  for (PetscInt i = 0; i < FIELDS; i++) {
    const KarKey key   = {.seed = 1, .sample = i};
    PetscReal    known = 0;

    for (int j = 0; j < 2; j++) PetscCall(Draw(&law[j], (PetscBool)(j == mixed), i, x[j]));
    if (mixed >= 0) PetscCall(CircleLogRatio(&law[mixed], x[mixed], &known));
    PetscCall(KarResampleApply(up, x[0], whole));
    PetscCall(VecAXPY(whole, 1, x[1]));
    PetscCall(KarCascadeElbo(cascade, EVALUATIONS, key, whole, nats, modes));
    for (int j = 0; j < 2; j++)
      if (j != mixed) ClaimNear(nats[j], 0, 1e-8);
    exact += known / FIELDS, sum += (nats[0] + nats[1]) / FIELDS;
    off += (nats[0] + nats[1] - known) / FIELDS, square += PetscSqr(nats[0] + nats[1] - known) / FIELDS;
    if (i) continue;
    PetscCall(KarResampleApply(down, whole, cut));
    PetscCall(KarScoreElbo(law[0].score, EVALUATIONS, key, cut, &alone));
    ClaimNear(nats[0], alone, 1e-12 * (1 + PetscAbsReal(alone)));
    ClaimNear(modes[0], BASE - 1, 0); /* without that of alternating signs */
    ClaimNear(modes[1], FINE - BASE, 0);
  }
  se = PetscSqrtReal(PetscMax(0, square - off * off) / FIELDS);
  if (mixed >= 0) {
    Claim(PetscAbsReal(off) <= 5 * se && se < 0.5, "level %d: %g nats on the mean, log density %g, standard error %g",
          mixed, (double)sum, (double)exact, (double)se);
    Claim(exact > 10 * se || exact > 0.1, "the law is Gaussian: %g nats", (double)exact);
  }
  PetscCall(KarResampleDestroy(&up));
  PetscCall(KarResampleDestroy(&down));
  PetscCall(VecDestroy(&whole));
  PetscCall(VecDestroy(&cut));
  for (int j = 0; j < 2; j++) PetscCall(VecDestroy(&x[j]));
  PetscCall(KarCascadeDestroy(&cascade));
  for (int j = 0; j < 2; j++) PetscCall(CircleLawDestroy(&law[j]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  for (int mixed = -1; mixed < 2; mixed++) PetscCall(Levels(mixed));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
