/* Coherent fringes and residues of a phase, see judge.h. */
#include <karhunen/judge.h>

enum { WINDOW = 16, SMOOTH = 4 };

/* Cycles of the line c_k = mean e^{i (phase - 2 pi k x / 16)} with |c_k| > 0.75, of which there is one at most; 0
   without one. wave[j]: e^{-2 pi i j / 16}. */
static PetscReal Cycles(PetscInt nx, const PetscReal phase[], const PetscReal wave[WINDOW][2])
{
  PetscReal row[WINDOW][WINDOW][2] = {0};

  for (int y = 0; y < WINDOW; y++)
    for (int x = 0; x < WINDOW; x++) {
      const PetscReal c = PetscCosReal(phase[y * nx + x]), s = PetscSinReal(phase[y * nx + x]);

      for (int k = 0; k < WINDOW; k++) {
        const PetscReal *w = wave[k * x % WINDOW];

        row[y][k][0] += c * w[0] - s * w[1];
        row[y][k][1] += c * w[1] + s * w[0];
      }
    }
  for (int k = 0; k < WINDOW; k++)
    for (int l = 0; l < WINDOW; l++) {
      const PetscReal cycles = hypot(PetscMin(k, WINDOW - k), PetscMin(l, WINDOW - l));
      PetscReal       re = 0, im = 0;

      for (int y = 0; y < WINDOW && cycles >= 1; y++) {
        const PetscReal *w = wave[l * y % WINDOW];

        re += row[y][k][0] * w[0] - row[y][k][1] * w[1];
        im += row[y][k][0] * w[1] + row[y][k][1] * w[0];
      }
      if (hypot(re, im) > 0.75 * WINDOW * WINDOW) return cycles;
    }
  return 0;
}

/* Phase of the mean of e^{i phase} over SMOOTH x SMOOTH points. */
static PetscReal Smoothed(PetscInt nx, const PetscReal phase[])
{
  PetscReal c = 0, s = 0;

  for (PetscInt y = 0; y < SMOOTH; y++)
    for (PetscInt x = 0; x < SMOOTH; x++) {
      c += PetscCosReal(phase[y * nx + x]);
      s += PetscSinReal(phase[y * nx + x]);
    }
  return PetscAtan2Real(s, c);
}

static PetscInt Residues(PetscInt ny, PetscInt nx, const PetscReal v[])
{
  PetscInt count = 0;

  for (PetscInt y = 0; y + 1 < ny; y++)
    for (PetscInt x = 0; x + 1 < nx; x++) {
      const PetscReal *a = v + y * nx + x, *b = a + nx;

      if (PetscAbsReal(kar_wrap(a[1] - a[0]) + kar_wrap(b[1] - a[1]) + kar_wrap(b[0] - b[1]) + kar_wrap(a[0] - b[0])) >
          1)
        count++;
    }
  return count;
}

PetscErrorCode KarStatsFringes(PetscInt ny, PetscInt nx, const PetscReal phase[], PetscReal windows[2],
                               PetscReal *residues)
{
  const PetscInt my = PetscMax(ny - SMOOTH + 1, 0), mx = PetscMax(nx - SMOOTH + 1, 0);
  PetscReal      wave[WINDOW][2], *smooth;
  PetscInt       all = 0, coherent[2] = {0, 0};

  PetscFunctionBegin;
  for (int j = 0; j < WINDOW; j++)
    wave[j][0] = PetscCosReal(2 * PETSC_PI * j / WINDOW), wave[j][1] = -PetscSinReal(2 * PETSC_PI * j / WINDOW);
  for (PetscInt y = 0; y + WINDOW <= ny; y += WINDOW)
    for (PetscInt x = 0; x + WINDOW <= nx; x += WINDOW, all++) {
      const PetscReal cycles = Cycles(nx, phase + y * nx + x, wave);

      coherent[0] += cycles >= 1.5;
      coherent[1] += cycles >= 1;
    }
  for (int c = 0; c < 2; c++) windows[c] = (PetscReal)coherent[c] / (PetscReal)PetscMax(all, 1);
  PetscCall(PetscMalloc1(PetscMax(my * mx, 1), &smooth));
  for (PetscInt y = 0; y < my; y++)
    for (PetscInt x = 0; x < mx; x++) smooth[y * mx + x] = Smoothed(nx, phase + y * nx + x);
  *residues = my > 1 && mx > 1 ? (PetscReal)Residues(my, mx, smooth) / (PetscReal)((my - 1) * (mx - 1)) : 0;
  PetscCall(PetscFree(smooth));
  PetscFunctionReturn(PETSC_SUCCESS);
}
