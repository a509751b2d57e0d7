/* Displacement of the free surface of an elastic half-space.

   Point source (Mogi, 1958), r the distance along the surface, d the depth, V the change of volume:
     u_r = (1 - nu) V/pi r/(r^2 + d^2)^{3/2},   u_z = (1 - nu) V/pi d/(r^2 + d^2)^{3/2}

   Rectangular dislocation (Okada, 1985, equations 25 to 30 and Chinnery's f(x,p) - f(x,p-W) - f(x-L,p) + f(x-L,p-W)):
   x along strike, y up dip's horizontal, origin above the lower corner at depth d; letters as in the paper. */
#include <karhunen/insar.h>

void kar_mogi(const KarMogi *source, PetscReal nu, PetscReal east, PetscReal north, PetscReal u[3])
{
  const PetscReal x = east - source->east, y = north - source->north, d = source->depth, r2 = x * x + y * y + d * d;
  const PetscReal s = (1 - nu) * source->volume / (PETSC_PI * r2 * PetscSqrtReal(r2));

  u[0] = s * x;
  u[1] = s * y;
  u[2] = s * d;
}

/* The plane and the medium: what does not change from corner to corner. */
typedef struct {
  PetscReal sin, cos; /* of the dip */
  PetscReal mu;       /* mu/(lambda + mu) = 1 - 2 nu */
  PetscReal q;
} Plane;

static PetscReal Over(PetscReal a, PetscReal b, PetscReal scale)
{
  return PetscAbsReal(b) > 1e-12 * scale ? a / b : 0;
}

/* J[1..5]: the paper's I_1 ... I_5, equations 28 and 29. */
static void Integrals(const Plane *f, PetscReal xi, PetscReal eta, PetscReal R, PetscReal y, PetscReal d,
                      PetscReal log_R_eta, PetscReal J[6])
{
  const PetscReal mu = f->mu, q = f->q, s = f->sin, c = f->cos, Rd = R + d;

  if (PetscAbsReal(c) > 1e-6) {
    const PetscReal X = PetscSqrtReal(xi * xi + q * q);

    J[5] = PetscAbsReal(xi) < 1e-12 * R
             ? 0
             : mu * 2 / c * PetscAtanReal((eta * (X + q * c) + X * (R + X) * s) / (xi * (R + X) * c));
    J[4] = mu / c * (PetscLogReal(Rd) - s * log_R_eta);
    J[3] = mu * (y / (c * Rd) - log_R_eta) + s / c * J[4];
    J[1] = -mu / c * xi / Rd - s / c * J[5];
  } else {
    J[5] = -mu * xi * s / Rd;
    J[4] = -mu * q / Rd;
    J[3] = mu / 2 * (eta / Rd + y * q / (Rd * Rd) - log_R_eta);
    J[1] = -mu / 2 * xi * q / (Rd * Rd);
  }
  J[2] = -mu * log_R_eta - J[3];
}

/* Adds sign f(xi, eta), equations 25 to 27, to the displacement u along x, y, z. */
static void Corner(const Plane *f, const PetscReal slip[3], PetscReal xi, PetscReal eta, PetscReal sign, PetscReal u[3])
{
  const PetscReal q = f->q, s = f->sin, c = f->cos;
  const PetscReal y = eta * c + q * s, d = eta * s - q * c, R = PetscSqrtReal(xi * xi + eta * eta + q * q);
  const PetscReal angle     = PetscAbsReal(q) > 1e-12 * R ? PetscAtanReal(xi * eta / (q * R)) : 0;
  const PetscReal log_R_eta = R + eta > 1e-12 * R ? PetscLogReal(R + eta) : -PetscLogReal(R - eta);
  const PetscReal e = Over(q, R * (R + eta), R * R), x = Over(q, R * (R + xi), R * R), g = Over(q, R + eta, R);
  const PetscReal U1 = -sign * slip[0] / (2 * PETSC_PI), U2 = -sign * slip[1] / (2 * PETSC_PI),
                  U3 = sign * slip[2] / (2 * PETSC_PI);
  PetscReal J[6];

  Integrals(f, xi, eta, R, y, d, log_R_eta, J);
  u[0] += U1 * (xi * e + angle + J[1] * s) + U2 * (q / R - J[3] * s * c) + U3 * (q * e - J[3] * s * s);
  u[1] += U1 * (y * e + g * c + J[2] * s) + U2 * (y * x + c * angle - J[1] * s * c) +
          U3 * (-d * x - s * (xi * e - angle) - J[1] * s * s);
  u[2] += U1 * (d * e + g * s + J[4] * s) + U2 * (d * x + s * angle - J[5] * s * c) +
          U3 * (y * x + c * (xi * e - angle) - J[5] * s * s);
}

void kar_okada(const KarOkada *source, PetscReal nu, PetscReal east, PetscReal north, PetscReal u[3])
{
  const PetscReal L = source->length, W = source->width, a = PetscSinReal(source->strike),
                  b = PetscCosReal(source->strike);
  const PetscReal e = east - source->east, n = north - source->north;
  Plane           f = {.sin = PetscSinReal(source->dip), .cos = PetscCosReal(source->dip), .mu = 1 - 2 * nu};
  const PetscReal x = e * a + n * b + L / 2, y = -e * b + n * a + W / 2 * f.cos, d = source->depth + W / 2 * f.sin;
  const PetscReal p    = y * f.cos + d * f.sin;
  PetscReal       v[3] = {0, 0, 0};

  f.q = y * f.sin - d * f.cos;
  Corner(&f, source->slip, x, p, 1, v);
  Corner(&f, source->slip, x, p - W, -1, v);
  Corner(&f, source->slip, x - L, p, -1, v);
  Corner(&f, source->slip, x - L, p - W, 1, v);
  u[0] = a * v[0] - b * v[1];
  u[1] = b * v[0] + a * v[1];
  u[2] = v[2];
}
