/* What c_noise does: features sin, cos (omega_i c) of each of its numbers, omega_i from 1/2 to 16 in equal ratios, then
   mod = gelu(e T_0 + t_0) T_1 + t_1, of which the layers use scale = 1 + mod[0] and shift = mod[1]. */
#include "embedimpl.h"
#include "fnoimpl.h"

#define AT(block, id) KAR_FNO_AT(fno, block, id, 0)

void kar_fno_time(KarFNO fno, PetscInt batch, const PetscReal cnoise[])
{
  const PetscInt e = fno->arch.config.embed, h = 2 * e, n = fno->arch.config.depth * 2 * fno->arch.config.width;

  for (PetscInt s = 0; s < batch; s++) {
    float *x = fno->time.feature + s * fno->arch.features, *th = fno->time.th + s * h;

    for (PetscInt j = 0; j < fno->arch.nscalar; j++)
      kar_embed_features(e, cnoise[s * fno->arch.nscalar + j], x + j * e);
    kar_embed_linear(x, AT(p, KAR_TIME0_W), AT(p, KAR_TIME0_B), th, fno->arch.features, h);
    fno->books.kernels->gelu_slope(h, th, th, fno->time.ts + s * h);
    kar_embed_linear(th, AT(p, KAR_TIME1_W), AT(p, KAR_TIME1_B), fno->time.mod + s * n, h, n);
  }
}

void kar_fno_time_adjoint(KarFNO fno, PetscInt batch)
{
  const PetscInt e = fno->arch.config.embed, h = 2 * e, n = fno->arch.config.depth * 2 * fno->arch.config.width;

  for (PetscInt s = 0; s < batch; s++) {
    float *td = fno->time.td + s * h;

    kar_embed_linear_adjoint(fno->time.th + s * h, AT(p, KAR_TIME1_W), fno->time.dmod + s * n, td, AT(g, KAR_TIME1_W),
                             AT(g, KAR_TIME1_B), h, n);
    fno->books.kernels->multiply(h, td, fno->time.ts + s * h, td);
    kar_embed_linear_adjoint(fno->time.feature + s * fno->arch.features, NULL, td, NULL, AT(g, KAR_TIME0_W),
                             AT(g, KAR_TIME0_B), fno->arch.features, h);
  }
}
