/* noise: coordinates of white noise, against the plain loop: one mode at a time, Philox as Random123 has it, libm's
   log, cos and sin. */
#include "bench.h"

#include <math.h>

typedef struct {
  KarFFT          fft;
  const KarModes *modes;
  Vec             x, y; /* ours, the plain loop's */
} Noise;

static const KarKey key = {.seed = 1, .stream = KAR_STREAM_TEST};

static PetscErrorCode Fill(void *ctx)
{
  Noise *noise = ctx;

  PetscFunctionBegin;
  PetscCall(KarFFTFillNormal(noise->fft, key, noise->x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* random.c's two formulas, in as many lines. */
static void PlainPair(const KarMode *mode, PetscReal z[2])
{
  const uint64_t mask = (1u << 21) - 1;
  const uint64_t w    = ((uint64_t)mode->index[0] & mask) | ((uint64_t)mode->index[1] & mask) << 21 |
                     ((uint64_t)mode->index[2] & mask) << 42;
  const uint32_t counter[4] = {(uint32_t)w, (uint32_t)(w >> 32), 0, (uint32_t)key.stream << 24},
                 seed[2]    = {(uint32_t)key.seed, 0};
  uint32_t o[4];

  kar_philox(counter, seed, o);
  const PetscReal u = ((PetscReal)(((uint64_t)o[0] << 32 | o[1]) >> 11) + 0.5) * 0x1p-53;
  const PetscReal v = ((PetscReal)(((uint64_t)o[2] << 32 | o[3]) >> 11) + 0.5) * 0x1p-53;
  const PetscReal r = sqrt(-2 * log(u));

  z[0] = r * cos(2 * PETSC_PI * v);
  z[1] = r * sin(2 * PETSC_PI * v);
}

static PetscErrorCode Plain(void *ctx)
{
  Noise       *noise = ctx;
  PetscScalar *a;
  KarMode      mode;

  PetscFunctionBegin;
  PetscCall(VecGetArrayWrite(noise->y, &a));
  for (PetscInt r = 0; r < noise->modes->rows; r++)
    for (PetscInt j = 0; j < noise->modes->length; j++) {
      PetscReal z[2], s;

      kar_mode(noise->modes, r, j, &mode);
      PlainPair(&mode, z);
      s                  = mode.nyquist ? 0 : mode.self ? 1 : sqrt(mode.weight / 2);
      a[mode.offset]     = s * z[0];
      a[mode.offset + 1] = mode.self ? 0 : s * mode.sign * z[1];
    }
  PetscCall(VecRestoreArrayWrite(noise->y, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarBench_Noise(KarBench *b)
{
  Noise     noise;
  PetscReal error;
  PetscInt  size;
  PetscBool done;

  PetscFunctionBegin;
  KarCheck(b->comm, b->info.basis == KAR_BASIS_PERIODIC, PETSC_ERR_SUP, "-bench_type noise times periodic boxes");
  PetscCall(KarFFTCreate(b->grid, &noise.fft));
  PetscCall(KarFFTGetModes(noise.fft, &noise.modes));
  PetscCall(KarFFTCreateCoordinates(noise.fft, &noise.x));
  PetscCall(VecDuplicate(noise.x, &noise.y));
  PetscCall(KarCommandReady(b->comm, &done));
  if (!done) {
    b->against = "one mode at a time, libm's log, cos and sin";
    PetscCall(KarBenchTime(b, Fill, 1, Plain, &noise));
    PetscCall(KarBenchPeak(b));
    /* a pair: 73 operations of src/sys/normal.h in double, Philox's on integers not among them, and 16 bytes */
    PetscCall(VecGetSize(noise.x, &size));
    KarBenchSet(b, "flops", 73 * (PetscReal)size / 2 / KarBenchGet(b, "seconds"));
    KarBenchSet(b, "intensity", 73. / 16);
    PetscCall(VecAXPY(noise.y, -1, noise.x));
    PetscCall(VecNorm(noise.y, NORM_INFINITY, &error));
    KarBenchSet(b, "error", error);
  }
  PetscCall(VecDestroy(&noise.x));
  PetscCall(VecDestroy(&noise.y));
  PetscCall(KarFFTDestroy(&noise.fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}
