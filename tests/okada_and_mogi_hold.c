/* Sources of deformation: Okada's checklist (1985, table 2) to the digits printed, limits that other closed forms
   give, and the equations of elasticity through symmetry. */
#include "claim.h"

#include <karhunen/insar.h>

#define DEGREE (PETSC_PI / 180)

typedef struct {
  PetscReal x, y, d, dip;
  PetscReal u[3][3]; /* of unit strike slip, dip slip, opening */
} Row;

/* Cases 2, 3 and 4: length 3, width 2, lower edge at depth d, lambda = mu. */
static const Row table[] = {
  {2,
   3,
   4,
   70,
   {{-8.689e-3, -4.298e-3, -2.747e-3}, {-4.682e-3, -3.527e-2, -3.564e-2}, {-2.660e-4, 1.056e-2, 3.214e-3}}},
  {0, 0, 4, 90, {{0, 5.253e-3, 0}, {0, 0, 0}, {1.223e-2, 0, -1.606e-2}}},
  {0, 0, 4, -90, {{0, -1.303e-3, 0}, {0, 0, 0}, {3.507e-3, 0, -7.740e-3}}},
};

/* Half a unit of the fourth digit. */
static PetscReal Printed(PetscReal value)
{
  return value == 0 ? 1e-12 : 0.5000001 * PetscPowReal(10, PetscFloorReal(PetscLog10Real(PetscAbsReal(value))) - 3);
}

static void CheckTable(const Row *row)
{
  const PetscReal L = 3, W = 2, dip = row->dip * DEGREE;

  for (int type = 0; type < 3; type++) {
    KarOkada  source = {L / 2,    W / 2 * PetscCosReal(dip), row->d - W / 2 * PetscSinReal(dip), 90 * DEGREE, dip, L, W,
                        {0, 0, 0}};
    PetscReal u[3];

    source.slip[type] = 1;
    kar_okada(&source, 0.25, row->x, row->y, u);
    for (int i = 0; i < 3; i++) ClaimNear(u[i], row->u[type][i], Printed(row->u[type][i]));
  }
}

/* Three small openings O of area A at right angles are a point source of the isotropic moment (3 lambda + 2 mu) O A,
   Mogi's of volume V that of (lambda + 2 mu) V: V = O A (1 + nu)/(1 - nu). */
static void CheckPointLimit(void)
{
  const PetscReal size = 1e-2, depth = 2, nu = 0.25, poisson = (1 + nu) / (1 - nu);
  const KarMogi   mogi        = {0.1, -0.2, depth, size * size * poisson};
  PetscReal       angle[3][2] = {{0, 0}, {0, 90 * DEGREE}, {90 * DEGREE, 90 * DEGREE}};

  for (int i = 0; i < 9; i++) {
    const PetscReal east = 1.3 * (i % 3) - 1, north = 1.1 * (i / 3) - 0.8;
    PetscReal       sum[3] = {0, 0, 0}, u[3];

    for (int j = 0; j < 3; j++) {
      const KarOkada part = {0.1, -0.2, depth, angle[j][0], angle[j][1], size, size, {0, 0, 1}};

      kar_okada(&part, nu, east, north, u);
      for (int k = 0; k < 3; k++) sum[k] += u[k];
    }
    kar_mogi(&mogi, nu, east, north, u);
    for (int k = 0; k < 3; k++) ClaimNear(sum[k], u[k], 1e-4 * size * size);
  }
}

/* Closed values of Mogi's source: above it, and where r = d. */
static void CheckMogi(void)
{
  const KarMogi mogi = {0, 0, 3000, 1e6};
  PetscReal     u[3];

  kar_mogi(&mogi, 0.25, 0, 0, u);
  ClaimNear(u[2], 0.75 * 1e6 / (PETSC_PI * 9e6), 1e-15);
  ClaimNear(PetscAbsReal(u[0]) + PetscAbsReal(u[1]), 0, 1e-18);
  kar_mogi(&mogi, 0.25, 1800, 2400, u);
  ClaimNear(PetscSqrtReal(u[0] * u[0] + u[1] * u[1]), u[2], 1e-16);
  ClaimNear(u[2], 0.75 * 1e6 / (PETSC_PI * 9e6 * PetscSqrtReal(8)), 1e-15);
  ClaimNear(u[0] / u[1], 0.75, 1e-14);
}

/* Turning fault and observer together turns the displacement; a dip close to 90 degrees meets the formula for 90. */
static void CheckTurning(void)
{
  KarOkada        source = {0.3, 0.2, 3, 0, 40 * DEGREE, 3, 2, {1, 0.5, 0.25}}, turned = source;
  PetscReal       u[3], v[3];
  const PetscReal t = 33 * DEGREE, c = PetscCosReal(t), s = PetscSinReal(t), e = 1.7, n = -0.6;

  turned.strike += t; /* clockwise */
  turned.east  = c * source.east + s * source.north;
  turned.north = -s * source.east + c * source.north;
  kar_okada(&source, 0.25, e, n, u);
  kar_okada(&turned, 0.25, c * e + s * n, -s * e + c * n, v);
  ClaimNear(v[0], c * u[0] + s * u[1], 1e-14);
  ClaimNear(v[1], -s * u[0] + c * u[1], 1e-14);
  ClaimNear(v[2], u[2], 1e-14);
  source.dip = turned.dip = 90 * DEGREE;
  turned                  = source;
  turned.dip -= 1e-5;
  kar_okada(&source, 0.3, e, n, u);
  kar_okada(&turned, 0.3, e, n, v);
  for (int i = 0; i < 3; i++) ClaimNear(u[i], v[i], 1e-5);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) CheckTable(&table[i]);
  CheckPointLimit();
  CheckMogi();
  CheckTurning();
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
