/* What slabs.h and noise.h hold, in one precision: REAL, its numbers; NAMED(KarThing) and KERNEL(kar_thing), its
   names. */

typedef struct NAMED(_p_KarSlabs) * NAMED(KarSlabs);
/* White noise by its key, times sqrt(lambda) of each mode, [rows][length], or 1 where that is NULL. */
typedef struct {
  KarKey      key;
  const REAL *lambda;
} NAMED(KarNoise);

/* Collective. The transform of fft->deal; measured plans are kept as KarWisdomSave() keeps them. */
PetscErrorCode NAMED(KarSlabsCreate)(KarFFT fft, NAMED(KarSlabs) * slabs);
PetscErrorCode NAMED(KarSlabsDestroy)(NAMED(KarSlabs) * slabs);
/* Collective. The field of coordinates x or, where that is NULL, of noise, which is drawn where the transform takes
   it; where field is NULL, as the first of `stride` channels of each point. */
PetscErrorCode NAMED(KarSlabsToSpace)(KarFFT fft, NAMED(KarSlabs) slabs, const REAL x[], const NAMED(KarNoise) * noise,
                                      REAL field[], PetscInt stride, float channels[]);
/* Collective. Coordinates x of a field, or of the first of `stride` channels of each point. */
PetscErrorCode NAMED(KarSlabsToModes)(KarFFT fft, NAMED(KarSlabs) slabs, const REAL field[], PetscInt stride,
                                      const float channels[], REAL x[]);
/* Not collective; cannot fail. Rows [begin, end) of noise, the first of which is x; pair: room for 2 numbers a mode of
   a row. */
void KERNEL(kar_fill_rows)(const KarModes *m, PetscInt begin, PetscInt end, const NAMED(KarNoise) * noise, REAL pair[],
                           REAL x[]);
