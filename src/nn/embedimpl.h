/* What embeds a sample's numbers: features sin, cos (omega_i c), omega_i from 1/2 to 16 in equal ratios; affine maps
   and their adjoints. Not collective; cannot fail. */
#pragma once

#include <petscsys.h>

static inline void kar_embed_linear(const float x[], const float w[], const float b[], float y[], PetscInt n,
                                    PetscInt m)
{
  for (PetscInt j = 0; j < m; j++) y[j] = b[j];
  for (PetscInt i = 0; i < n; i++)
    for (PetscInt j = 0; j < m; j++) y[j] += x[i] * w[i * m + j];
}

static inline void kar_embed_linear_adjoint(const float x[], const float w[], const float dy[], float dx[], float dw[],
                                            float db[], PetscInt n, PetscInt m)
{
  for (PetscInt j = 0; j < m; j++) db[j] += dy[j];
  for (PetscInt i = 0; i < n; i++) {
    float sum = 0;

    for (PetscInt j = 0; j < m; j++) {
      if (dx) sum += dy[j] * w[i * m + j];
      dw[i * m + j] += x[i] * dy[j];
    }
    if (dx) dx[i] = sum;
  }
}

static inline void kar_embed_features(PetscInt e, PetscReal c, float x[])
{
  for (PetscInt i = 0; i < e / 2; i++) {
    PetscReal omega = 0.5 * PetscPowReal(32., e > 2 ? (PetscReal)i / (e / 2 - 1) : 0.);

    x[i]         = (float)PetscSinReal(omega * c);
    x[e / 2 + i] = (float)PetscCosReal(omega * c);
  }
}
