/* Kunita's shape noise, sigma_il = A k(x_i, p_l), k(x, p) = exp(-|x - p|^2/(2 w^2)), and its divergence
     (div Sigma)_i = sum_j d/dx_j sum_l sigma_il sigma_jl = sum_l [ sigma_il sum_j g_jl + g_il sigma_il ],
     g_il = d sigma_il/dx_i = -sigma_il (x_i - p_l)/w^2.
   The nugget is n more sources, one for each point; it is constant and has no divergence. */
#include <karhunen/diffusion.h>
#include <karhunen/sys.h>

static PetscReal Kernel(const KarKunita *k, const PetscReal x[], PetscInt l)
{
  PetscReal square = 0;

  for (PetscInt c = 0; c < k->components; c++) square += PetscSqr(x[c] - k->place[l * k->components + c]);
  return k->amplitude * PetscExpReal(-square / (2 * PetscSqr(k->width)));
}

static void Sigma(const void *ctx, const PetscReal x[], PetscReal sigma[])
{
  const KarKunita *k = ctx;
  const PetscInt   m = k->sources + (k->nugget > 0 ? k->n : 0);

  for (PetscInt i = 0; i < k->n; i++) {
    for (PetscInt l = 0; l < k->sources; l++) sigma[i * m + l] = Kernel(k, x + i * k->components, l);
    for (PetscInt l = k->sources; l < m; l++) sigma[i * m + l] = l - k->sources == i ? k->nugget : 0;
  }
}

static void Divergence(const void *ctx, const PetscReal x[], PetscReal div[])
{
  const KarKunita *k  = ctx;
  const PetscReal  w2 = PetscSqr(k->width);

  for (PetscInt i = 0; i < k->n * k->components; i++) div[i] = 0;
  for (PetscInt l = 0; l < k->sources; l++)
    for (PetscInt c = 0; c < k->components; c++) {
      const PetscReal p   = k->place[l * k->components + c];
      PetscReal       all = 0;

      for (PetscInt j = 0; j < k->n; j++)
        all -= Kernel(k, x + j * k->components, l) * (x[j * k->components + c] - p) / w2;
      for (PetscInt i = 0; i < k->n; i++) {
        const PetscReal s = Kernel(k, x + i * k->components, l);

        div[i * k->components + c] += s * (all - s * (x[i * k->components + c] - p) / w2);
      }
    }
}

/* div div Sigma/2 = sum_lc [ (sum_i g_il)^2 + sum_i (g_il^2 + 2 sigma_il dg_il/dx_i) ]/2, g along dimension c. */
static PetscReal Growth(const void *ctx, const PetscReal x[])
{
  const KarKunita *k      = ctx;
  const PetscInt   C      = k->components;
  const PetscReal  w2     = PetscSqr(k->width);
  PetscReal        growth = 0;

  for (PetscInt l = 0; l < k->sources; l++)
    for (PetscInt c = 0; c < C; c++) {
      PetscReal all = 0;

      for (PetscInt i = 0; i < k->n; i++) {
        const PetscReal s = Kernel(k, x + i * C, l), off = (x[i * C + c] - k->place[l * C + c]) / w2;

        all -= s * off;
        growth += s * s * (3 * off * off - 2 / w2) / 2;
      }
      growth += all * all / 2;
    }
  return growth;
}

PetscErrorCode KarKunitaGetDiffusion(const KarKunita *k, KarDiffusion *d)
{
  PetscFunctionBegin;
  PetscCheck(k->n > 0 && k->components > 0 && k->sources > 0, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "shape noise of %" PetscInt_FMT " points in %" PetscInt_FMT " dimensions from %" PetscInt_FMT
             " sources: give at least 1 of each",
             k->n, k->components, k->sources);
  PetscCheck(k->width > 0 && k->amplitude > 0 && k->nugget >= 0, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "shape noise of width %g and amplitude %g, nugget %g: must be positive, the nugget at least 0",
             (double)k->width, (double)k->amplitude, (double)k->nugget);
  *d = (KarDiffusion){.n          = k->n,
                      .components = k->components,
                      .sources    = k->sources + (k->nugget > 0 ? k->n : 0),
                      .sigma      = Sigma,
                      .divergence = Divergence,
                      .growth     = Growth,
                      .ctx        = k};
  PetscFunctionReturn(PETSC_SUCCESS);
}
