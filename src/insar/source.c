/* The source under a simulated scene: Mogi's point or Okada's rectangle, its place and form drawn by key, and the
   displacement that a satellite sees. */
#include "insarimpl.h"

static PetscReal LineOfSight(const Source *s, PetscReal east, PetscReal north)
{
  PetscReal u[3];

  if (s->kind == MOGI) kar_mogi(&s->mogi, s->nu, east, north, u);
  else kar_okada(&s->okada, s->nu, east, north, u);
  return s->los[0] * u[0] + s->los[1] * u[1] + s->los[2] * u[2];
}

void kar_insar_source(KarInsar insar, KarKey key, Source *s)
{
  static const PetscReal dips[KINDS][2] = {{0, 0}, {75, 90}, {0, 15}, {30, 90}};
  const PetscReal       *L              = insar->info.length;
  const PetscReal        turn = 2 * PETSC_PI, rake = turn * kar_insar_uniform(key, RAKE);
  const PetscBool        ascending =
    insar->pass ? (PetscBool)(insar->pass == 1) : (PetscBool)(kar_insar_uniform(key, PASS) < 0.5);
  const PetscReal east  = L[1] * 0.8 * (kar_insar_uniform(key, EAST) - 0.5),
                  north = L[0] * 0.8 * (kar_insar_uniform(key, NORTH) - 0.5);
  KarOkada *o           = &s->okada;

  s->nu = insar->nu;
  s->kind =
    (Kind)insar->kind[PetscMin(insar->nkinds - 1, (PetscInt)(kar_insar_uniform(key, KIND) * (PetscReal)insar->nkinds))];
  kar_line_of_sight(kar_insar_draw(insar, key, INCIDENCE) * PETSC_PI / 180, (ascending ? -12 : -168) * PETSC_PI / 180,
                    s->los);
  s->mogi    = (KarMogi){east, north, kar_insar_draw(insar, key, DEPTH), 1};
  *o         = (KarOkada){.east   = east,
                          .north  = north,
                          .strike = turn * kar_insar_uniform(key, STRIKE),
                          .length = kar_insar_draw(insar, key, SIZE)};
  o->dip     = kar_insar_between(dips[s->kind], PETSC_FALSE, kar_insar_uniform(key, DIP)) * PETSC_PI / 180;
  o->width   = kar_insar_between(insar->range[SIZE], PETSC_TRUE, kar_insar_uniform(key, WIDTH));
  o->depth   = PetscMax(s->mogi.depth, insar->range[DEPTH][0] / 2 +
                                         o->width / 2 * PetscSinReal(o->dip)); /* its upper edge stays below */
  o->slip[0] = s->kind == FAULT ? PetscCosReal(rake) : 0;
  o->slip[1] = s->kind == FAULT ? PetscSinReal(rake) : 0;
  o->slip[2] = s->kind == FAULT ? 0 : 1;
}

/* Displacement towards the satellite; the strength makes its largest value on a coarse net, alike on every grid, the
   peak drawn. */
void kar_insar_deformation(KarInsar insar, KarKey key, const Source *s, PetscReal out[])
{
  const KarGridInfo *g    = &insar->info;
  const PetscReal    sign = kar_insar_uniform(key, SIGN) < 0.5 ? -1 : 1;
  const int          net  = 40;
  PetscReal          peak = PETSC_SMALL * PETSC_SMALL, strength;

  for (int i = 0; i <= net; i++)
    for (int j = 0; j <= net; j++)
      peak = PetscMax(peak, PetscAbsReal(LineOfSight(s, g->length[1] * ((PetscReal)j / net - 0.5),
                                                     g->length[0] * (0.5 - (PetscReal)i / net))));
  strength = sign * kar_insar_draw(insar, key, PEAK) / peak;
  for (PetscInt i = 0; i < g->ln; i++)
    for (PetscInt j = 0; j < g->n[1]; j++) {
      const PetscReal north = g->length[0] * (0.5 - ((PetscReal)(g->start + i) + insar->box.half) / (PetscReal)g->n[0]);
      const PetscReal east  = g->length[1] * (((PetscReal)j + insar->box.half) / (PetscReal)g->n[1] - 0.5);

      out[i * g->n[1] + j] = strength * LineOfSight(s, east, north);
    }
}
