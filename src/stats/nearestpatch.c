/* Nearest patches: |a - b|^2 = |a|^2 + |b|^2 - 2 <a, b>, where <a, b> at all places of a tile of the field is one
   inverse transform of conj(a^) b^, in single precision; the nearest place is then computed in double precision.
   Tiles of up to 4 sizes of a patch overlap, so that each place is whole in one. Of phases, (cos p, sin p), the inner
   product is greatest over constants and signs: max(hypot(cc + ss, cs - sc), hypot(cc - ss, cs + sc)). */
#include "statsimpl.h"
#include <karhunen/nearestpatch.h>

#include <fftw3.h>
#include <math.h>

enum { LANES = 16, TILE = 4 };

typedef struct {
  PetscReal    *value, square; /* [points][dof], |a|^2 */
  float        *spectrum;      /* [dof][half][2], conjugate, over the points of a tile */
  float         most;          /* <a, b> / (|a|^2 + |b|^2), so far */
  KarPatchFound found;
} Patch;

struct _p_KarNearestPatch {
  MPI_Comm      comm;
  KarInvariance invariance;
  KarFFT        fft;
  KarSymmetry   symmetry;
  KarGridInfo   grid;
  PetscInt      asked, elements, products;           /* products: inner products at a place, 1 or, of phases, 4 */
  PetscInt      size[3], tile[3], step[3], tiles[3]; /* points of a patch and of a tile; places of a tile */
  PetscInt      places[3];                           /* of the box along each axis */
  PetscReal     unit;                                /* norm of the first field: single precision ends */
  PetscInt      points, half, all;                   /* of a patch; numbers of a tile's spectrum; points of a tile */
  Patch        *patch;                               /* [asked] */
  float        *real, *spectrum, *product;           /* [all], [dof][half][2], [half][2] */
  float        *inner, *room;                        /* [products][all]; |b|^2 at the places of a tile */
  PetscReal    *norm[2];                             /* of the patch that begins at each point of the box */
  fftwf_plan    forward, inverse;
  Vec           turned, field;
};

static PetscErrorCode ChooseTiles(KarNearestPatch s, const PetscInt size[])
{
  const PetscBool box = (PetscBool)(s->grid.basis == KAR_BASIS_PERIODIC);

  PetscFunctionBegin;
  s->points = s->all = s->half = 1;
  for (PetscInt a = 0; a < 3; a++) {
    const PetscInt n = s->grid.n[a], p = s->size[a] = a < s->grid.dim ? size[a] : 1;

    KarCheck(s->comm, p >= 1 && p <= n, PETSC_ERR_ARG_OUTOFRANGE,
             "patches of %" PetscInt_FMT " points along axis %" PetscInt_FMT ": fields have %" PetscInt_FMT, p, a, n);
    s->tile[a]   = PetscMin(TILE * p, n);
    s->step[a]   = box && s->tile[a] == n ? n : s->tile[a] - p + 1;
    s->places[a] = box ? n : n - p + 1;
    s->tiles[a]  = (s->places[a] + s->step[a] - 1) / s->step[a];
    s->points *= p;
    s->all *= s->tile[a];
    s->half *= a == s->grid.dim - 1 ? s->tile[a] / 2 + 1 : s->tile[a];
  }
  s->half = (s->half + LANES - 1) / LANES * LANES; /* so that FFTW meets each component alike */
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Allocate(KarNearestPatch s)
{
  const PetscInt dof = s->grid.dof, room = (s->all + LANES - 1) / LANES * LANES;
  int            tile[3];

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(s->asked, &s->patch));
  for (int i = 0; i < 2; i++) PetscCall(PetscMalloc1(s->grid.n[0] * s->grid.n[1] * s->grid.n[2], &s->norm[i]));
  s->real     = fftwf_alloc_real((size_t)room);
  s->spectrum = fftwf_alloc_real((size_t)(2 * dof * s->half));
  s->product  = fftwf_alloc_real((size_t)(2 * s->half));
  s->inner    = fftwf_alloc_real((size_t)(s->products * room));
  s->room     = fftwf_alloc_real((size_t)room);
  PetscCheck(s->real && s->spectrum && s->product && s->inner && s->room, PETSC_COMM_SELF, PETSC_ERR_MEM,
             "no memory for patches");
  PetscCall(PetscArrayzero(s->inner, s->products * room));
  PetscCall(PetscArrayzero(s->spectrum, 2 * dof * s->half));
  for (PetscInt i = 0; i < room; i++) s->room[i] = INFINITY;
  for (PetscInt a = 0; a < 3; a++) tile[a] = (int)s->tile[a];
  s->forward = fftwf_plan_dft_r2c((int)s->grid.dim, tile, s->real, (fftwf_complex *)s->spectrum, KarWisdomRigor());
  s->inverse = fftwf_plan_dft_c2r((int)s->grid.dim, tile, (fftwf_complex *)s->product, s->inner,
                                  KarWisdomRigor() | FFTW_DESTROY_INPUT);
  PetscCheck(s->forward && s->inverse, PETSC_COMM_SELF, PETSC_ERR_LIB, "FFTW has no plan for patches");
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNearestPatchCreate(MPI_Comm comm, KarFFT fft, const KarInvariance *invariance, const PetscInt size[],
                                     PetscInt asked, KarNearestPatch *out)
{
  KarNearestPatch s;
  KarGrid         grid;

  PetscFunctionBegin;
  PetscCall(PetscNew(&s));
  PetscCall(KarFFTReference(fft));
  PetscCall(KarFFTGetGrid(fft, &grid));
  PetscCall(KarGridGetInfo(grid, &s->grid));
  KarCheck(comm, !invariance->phase || (s->grid.dof == 2 && !invariance->turns), PETSC_ERR_ARG_INCOMP,
           "nearest patches of phases are those of cos and sin, not turned");
  s->comm       = comm;
  s->fft        = fft;
  s->invariance = *invariance;
  s->asked      = asked;
  s->products   = invariance->phase ? 4 : 1;
  s->elements   = 1;
  if (invariance->turns) {
    PetscCall(KarSymmetryCreate(fft, &s->symmetry));
    PetscCall(KarSymmetryGetSize(s->symmetry, &s->elements));
  }
  PetscCall(ChooseTiles(s, size));
  PetscCall(Allocate(s));
  PetscCall(KarFFTCreateCoordinates(fft, &s->turned));
  PetscCall(KarGridCreateField(grid, &s->field));
  *out = s;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The number of the point i places beyond `from` in the box. */
static PetscInt Point(KarNearestPatch s, const PetscInt from[3], PetscInt i0, PetscInt i1, PetscInt i2)
{
  const PetscInt *n = s->grid.n;

  return ((from[0] + i0) % n[0] * n[1] + (from[1] + i1) % n[1]) * n[2] + (from[2] + i2) % n[2];
}

PetscErrorCode KarNearestPatchAsk(KarNearestPatch s, PetscInt q, Vec x, const PetscInt corner[])
{
  const PetscInt     dof     = s->grid.dof;
  PetscInt           from[3] = {0}, i = 0;
  const PetscScalar *v;
  Patch             *patch;

  PetscFunctionBegin;
  PetscCheck(q >= 0 && q < s->asked, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "patch %" PetscInt_FMT " of %" PetscInt_FMT, q, s->asked);
  patch = &s->patch[q];
  PetscCall(PetscArraycpy(from, corner, s->grid.dim));
  patch->most  = -1;
  patch->found = (KarPatchFound){.distance = PETSC_MAX_REAL, .field = PETSC_MAX_INT};
  PetscCall(PetscMalloc1(s->points * dof, &patch->value));
  patch->spectrum = fftwf_alloc_real((size_t)(2 * dof * s->half));
  PetscCheck(patch->spectrum, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for patch %" PetscInt_FMT, q);
  PetscCall(PetscArrayzero(patch->spectrum, 2 * dof * s->half));
  if (s->unit == 0) PetscCall(VecNorm(x, NORM_2, &s->unit));
  PetscCall(KarFFTInverse(s->fft, x, s->field));
  if (s->unit > 0) PetscCall(VecScale(s->field, 1 / s->unit));
  PetscCall(VecGetArrayRead(s->field, &v));
  for (PetscInt i0 = 0; i0 < s->size[0]; i0++)
    for (PetscInt i1 = 0; i1 < s->size[1]; i1++)
      for (PetscInt i2 = 0; i2 < s->size[2]; i2++)
        for (PetscInt c = 0; c < dof; c++) patch->value[i++] = v[Point(s, from, i0, i1, i2) * dof + c];
  PetscCall(VecRestoreArrayRead(s->field, &v));
  for (i = 0; i < s->points * dof; i++) patch->square += PetscSqr(patch->value[i]);
  for (PetscInt c = 0; c < dof; c++) {
    float *to = patch->spectrum + 2 * c * s->half;

    PetscCall(PetscArrayzero(s->real, s->all));
    i = 0;
    for (PetscInt i0 = 0; i0 < s->size[0]; i0++)
      for (PetscInt i1 = 0; i1 < s->size[1]; i1++)
        for (PetscInt i2 = 0; i2 < s->size[2]; i2++, i++)
          s->real[(i0 * s->tile[1] + i1) * s->tile[2] + i2] = (float)(patch->value[i * dof + c] / (PetscReal)s->all);
    fftwf_execute_dft_r2c(s->forward, s->real, (fftwf_complex *)to);
    for (i = 0; i < s->half; i++) to[2 * i + 1] = -to[2 * i + 1];
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* |b|^2 of the patch from each point on: sums along one axis after the other, over the edge. */
static void Norms(KarNearestPatch s, const PetscScalar v[])
{
  const PetscInt *n = s->grid.n, dof = s->grid.dof, all = n[0] * n[1] * n[2];

  for (PetscInt i = 0; i < all; i++) {
    s->norm[0][i] = 0;
    for (PetscInt c = 0; c < dof; c++) s->norm[0][i] += PetscSqr(v[i * dof + c]);
  }
  for (PetscInt a = 0, stride = all; a < s->grid.dim; a++) {
    PetscReal *const old = s->norm[0];

    stride /= n[a];
    for (PetscInt i = 0; i < all; i++) {
      const PetscInt at = i / stride % n[a];

      s->norm[1][i] = 0;
      for (PetscInt j = 0; j < s->size[a]; j++)
        s->norm[1][i] += old[i + ((at + j < n[a] ? at + j : at + j - n[a]) - at) * stride];
    }
    s->norm[0] = s->norm[1], s->norm[1] = old;
  }
}

/* The tile from point `from` on: its spectrum, and |b|^2 at its places, infinite beyond them. */
static void OpenTile(KarNearestPatch s, const PetscScalar v[], const PetscInt from[3])
{
  const PetscInt dof = s->grid.dof;

  for (PetscInt c = 0; c < dof; c++) {
    PetscInt i = 0;

    for (PetscInt i0 = 0; i0 < s->tile[0]; i0++)
      for (PetscInt i1 = 0; i1 < s->tile[1]; i1++)
        for (PetscInt i2 = 0; i2 < s->tile[2]; i2++, i++) {
          const PetscInt point = Point(s, from, i0, i1, i2), at[3] = {i0, i1, i2};

          s->real[i] = (float)v[point * dof + c];
          s->room[i] = fmaxf((float)s->norm[0][point], 1e-30F);
          for (int a = 0; a < 3; a++)
            if (at[a] >= s->step[a] || from[a] + at[a] >= s->places[a]) s->room[i] = INFINITY;
        }
    fftwf_execute_dft_r2c(s->forward, s->real, (fftwf_complex *)(s->spectrum + 2 * c * s->half));
  }
}

/* product = sum over components of conj(a^) b^; or, of component c of a and e of b, that times sign, added. */
static void Multiply(PetscInt half, float sign, const float a[], const float b[], PetscBool first, float product[])
{
  for (PetscInt i = 0; i < half; i++) {
    const float re = sign * (a[2 * i] * b[2 * i] - a[2 * i + 1] * b[2 * i + 1]),
                im = sign * (a[2 * i] * b[2 * i + 1] + a[2 * i + 1] * b[2 * i]);

    product[2 * i]     = first ? re : product[2 * i] + re;
    product[2 * i + 1] = first ? im : product[2 * i + 1] + im;
  }
}

/* inner[0][place]: the greatest inner product of the patch with that of the tile. */
static void Correlate(KarNearestPatch s, const Patch *patch)
{
  const PetscInt h = 2 * s->half;

  if (!s->invariance.phase) {
    for (PetscInt c = 0; c < s->grid.dof; c++)
      Multiply(s->half, 1, patch->spectrum + c * h, s->spectrum + c * h, (PetscBool)(c == 0), s->product);
    fftwf_execute(s->inverse);
    return;
  }
  for (int k = 0; k < 4; k++) { /* cc + ss, cs - sc, cc - ss, cs + sc */
    Multiply(s->half, 1, patch->spectrum, s->spectrum + (k % 2 ? h : 0), PETSC_TRUE, s->product);
    Multiply(s->half, k == 0 || k == 3 ? 1 : -1, patch->spectrum + h, s->spectrum + (k % 2 ? 0 : h), PETSC_FALSE,
             s->product);
    fftwf_execute_dft_c2r(s->inverse, (fftwf_complex *)s->product, s->real);
    for (PetscInt i = 0; i < s->all; i++) s->inner[k * s->all + i] = s->real[i];
  }
  for (PetscInt i = 0; i < s->all; i++)
    s->inner[i] =
      fmaxf(hypotf(s->inner[i], s->inner[s->all + i]), hypotf(s->inner[2 * s->all + i], s->inner[3 * s->all + i]));
}

/* The greatest <a, b> / (|a|^2 + |b|^2), lane by lane; no NaN is there, as room > 0. */
static float Greatest(PetscInt n, const float inner[], const float room[], float square)
{
  float most[LANES], greatest = -1;

  for (int l = 0; l < LANES; l++) most[l] = -1;
  for (PetscInt i = 0; i < n; i += LANES)
    for (int l = 0; l < LANES; l++) {
      const float value = inner[i + l] / (square + room[i + l]);

      most[l] = value > most[l] ? value : most[l];
    }
  for (int l = 0; l < LANES; l++) greatest = fmaxf(greatest, most[l]);
  return greatest;
}

/* The distance of the patch from that of the field at a place, in double precision. */
static PetscReal Distance(KarNearestPatch s, const Patch *patch, const PetscScalar v[], const PetscInt from[3])
{
  const PetscInt   dof  = s->grid.dof;
  const PetscReal *a    = patch->value;
  PetscReal        both = 0, cross = 0, other[2] = {0, 0}, square = 0;

  for (PetscInt i0 = 0; i0 < s->size[0]; i0++)
    for (PetscInt i1 = 0; i1 < s->size[1]; i1++)
      for (PetscInt i2 = 0; i2 < s->size[2]; i2++, a += dof) {
        const PetscScalar *b = v + Point(s, from, i0, i1, i2) * dof;

        for (PetscInt c = 0; c < dof; c++) both += a[c] * b[c], square += b[c] * b[c];
        if (!s->invariance.phase) continue;
        cross += a[0] * b[1] - a[1] * b[0];
        other[0] += a[0] * b[0] - a[1] * b[1];
        other[1] += a[0] * b[1] + a[1] * b[0];
      }
  if (s->invariance.phase) both = PetscMax(hypot(both, cross), hypot(other[0], other[1]));
  square += patch->square;
  return square > 0 ? PetscMax(0, 1 - 2 * both / square) : 1;
}

static void Seek(KarNearestPatch s, Patch *patch, PetscInt number, const PetscScalar v[], const PetscInt from[3])
{
  const PetscInt room     = (s->all + LANES - 1) / LANES * LANES;
  PetscInt       place[3] = {0}, i = 0;
  PetscReal      distance;
  float          most;

  Correlate(s, patch);
  most = Greatest(room, s->inner, s->room, (float)patch->square);
  if (!(most > patch->most)) return;
  patch->most = most;
  while (i < s->all - 1 && !(s->inner[i] / ((float)patch->square + s->room[i]) >= most)) i++;
  place[2] = from[2] + i % s->tile[2];
  place[1] = from[1] + i / s->tile[2] % s->tile[1];
  place[0] = from[0] + i / (s->tile[2] * s->tile[1]);
  distance = Distance(s, patch, v, place);
  if (distance < patch->found.distance)
    patch->found = (KarPatchFound){distance, number, {place[0], place[1], place[2]}};
}

PetscErrorCode KarNearestPatchCompare(KarNearestPatch s, PetscInt number, Vec y)
{
  const PetscScalar *v;
  PetscInt           sign = 1;

  PetscFunctionBegin;
  for (PetscInt g = 0; g < s->elements; g++) {
    if (g) {
      PetscCall(KarSymmetryApply(s->symmetry, g, y, s->turned));
      PetscCall(KarSymmetryGetSign(s->symmetry, g, &sign));
    } else PetscCall(VecCopy(y, s->turned));
    PetscCall(VecScale(s->turned, (s->invariance.pseudo && sign < 0 ? -1 : 1) / (s->unit > 0 ? s->unit : 1)));
    PetscCall(KarFFTInverse(s->fft, s->turned, s->field));
    PetscCall(VecGetArrayRead(s->field, &v));
    Norms(s, v);
    for (PetscInt t = 0; t < s->tiles[0] * s->tiles[1] * s->tiles[2]; t++) {
      const PetscInt from[3] = {t / (s->tiles[1] * s->tiles[2]) * s->step[0],
                                t / s->tiles[2] % s->tiles[1] * s->step[1], t % s->tiles[2] * s->step[2]};

      OpenTile(s, v, from);
      for (PetscInt q = 0; q < s->asked; q++) Seek(s, &s->patch[q], number, v, from);
    }
    PetscCall(VecRestoreArrayRead(s->field, &v));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNearestPatchFinish(KarNearestPatch s, KarPatchFound found[])
{
  PetscFunctionBegin;
  for (PetscInt q = 0; q < s->asked; q++) {
    const KarPatchFound *own = &s->patch[q].found;
    PetscReal            least;
    PetscInt             told[4];

    PetscCallMPI(MPI_Allreduce(&own->distance, &least, 1, MPIU_REAL, MPI_MIN, s->comm));
    told[0] = own->distance <= least ? own->field : PETSC_MAX_INT; /* the first of equals */
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, told, 1, MPIU_INT, MPI_MIN, s->comm));
    for (int a = 0; a < 3; a++) told[1 + a] = own->field == told[0] ? own->corner[a] : -1;
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, told + 1, 3, MPIU_INT, MPI_MAX, s->comm));
    found[q] = (KarPatchFound){least, told[0], {told[1], told[2], told[3]}};
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarNearestPatchDestroy(KarNearestPatch *out)
{
  KarNearestPatch s = *out;

  PetscFunctionBegin;
  *out = NULL;
  if (!s) PetscFunctionReturn(PETSC_SUCCESS);
  for (PetscInt q = 0; q < s->asked; q++) {
    PetscCall(PetscFree(s->patch[q].value));
    fftwf_free(s->patch[q].spectrum);
  }
  fftwf_destroy_plan(s->forward);
  fftwf_destroy_plan(s->inverse);
  fftwf_free(s->real);
  fftwf_free(s->spectrum);
  fftwf_free(s->product);
  fftwf_free(s->inner);
  fftwf_free(s->room);
  PetscCall(PetscFree(s->patch));
  for (int i = 0; i < 2; i++) PetscCall(PetscFree(s->norm[i]));
  PetscCall(VecDestroy(&s->turned));
  PetscCall(VecDestroy(&s->field));
  PetscCall(KarSymmetryDestroy(&s->symmetry));
  PetscCall(KarFFTDestroy(&s->fft));
  PetscCall(PetscFree(s));
  PetscFunctionReturn(PETSC_SUCCESS);
}
