/* How far each point of a grid is from the nearest of many places: they are sorted into cells about as large as their
   mean spacing, and a point looks into rings of cells about its own until no further one can hold a nearer place. */
#include "byplaceimpl.h"

#include <math.h>

static const PetscReal ends[KAR_PLACE_BINS] = {0, 0.25, 0.5, 1, 2, 4, 8, PETSC_INFINITY};

PetscReal kar_place_end(PetscInt bin)
{
  return ends[bin];
}

typedef struct {
  const KarGridInfo *grid;
  PetscInt           m, n[3], *first, *next; /* cells along each axis; first place of each cell, and of each place the
                                                 next; -1: none */
  const PetscReal   *x;
  PetscReal          edge[3];
} Cells;

static PetscInt CellOf(const Cells *c, PetscInt a, PetscReal x)
{
  return a < c->grid->dim ? PetscMin(PetscMax((PetscInt)(x / c->edge[a]), 0), c->n[a] - 1) : 0;
}

static PetscErrorCode CellsCreate(const KarGridInfo *grid, PetscInt m, const PetscReal x[], PetscReal spacing, Cells *c)
{
  PetscInt all = 1;

  PetscFunctionBegin;
  *c = (Cells){.grid = grid, .m = m, .x = x, .n = {1, 1, 1}};
  for (PetscInt a = 0; a < grid->dim; a++) {
    c->n[a]    = PetscMin(PetscMax((PetscInt)(grid->length[a] / spacing), 1), m);
    c->edge[a] = grid->length[a] / (PetscReal)c->n[a];
    all *= c->n[a];
  }
  PetscCall(PetscMalloc2(all, &c->first, m, &c->next));
  for (PetscInt i = 0; i < all; i++) c->first[i] = -1;
  for (PetscInt i = 0; i < m; i++) {
    const PetscReal *at   = x + i * grid->dim;
    PetscInt         cell = 0;

    for (PetscInt a = 0; a < grid->dim; a++) cell = cell * c->n[a] + CellOf(c, a, at[a]);
    c->next[i]     = c->first[cell];
    c->first[cell] = i;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The square of the distance; in *on, whether they are one point of the grid. */
static PetscReal Distance(const Cells *c, const PetscReal p[], const PetscReal q[], PetscBool *on)
{
  const KarGridInfo *g = c->grid;
  PetscReal          d = 0;

  *on = PETSC_TRUE;
  for (PetscInt a = 0; a < g->dim; a++) {
    PetscReal off = PetscAbsReal(p[a] - q[a]);

    if (g->basis == KAR_BASIS_PERIODIC) off = PetscMin(off, g->length[a] - off);
    if (off > (0.5 + 1e-9) * g->length[a] / (PetscReal)g->n[a]) *on = PETSC_FALSE;
    d += off * off;
  }
  return d;
}

/* The places of the cells that are `ring` away from the point's own along some axis, and no further along another. */
static void LookIn(const Cells *c, const PetscInt own[3], PetscInt ring, const PetscReal p[], PetscReal *least,
                   PetscBool *on)
{
  const KarGridInfo *g       = c->grid;
  PetscInt           many[3] = {1, 1, 1}, at[3], total = 1;

  for (PetscInt a = 0; a < g->dim; a++) many[a] = 2 * ring + 1, total *= many[a];
  for (PetscInt k = 0; k < total; k++) {
    PetscInt  rest = k, cell = 0;
    PetscBool edge = PETSC_FALSE, in = PETSC_TRUE, same;

    for (PetscInt a = g->dim - 1; a >= 0; rest /= many[a], a--) {
      const PetscInt by = rest % many[a] - ring;

      at[a] = own[a] + by;
      if (by == ring || by == -ring) edge = PETSC_TRUE;
      if (g->basis == KAR_BASIS_PERIODIC) at[a] = (at[a] % c->n[a] + c->n[a]) % c->n[a];
      if (at[a] < 0 || at[a] >= c->n[a]) in = PETSC_FALSE;
    }
    if (!edge || !in) continue;
    for (PetscInt a = 0; a < g->dim; a++) cell = cell * c->n[a] + at[a];
    for (PetscInt i = c->first[cell]; i >= 0; i = c->next[i]) {
      *least = PetscMin(*least, Distance(c, p, c->x + i * g->dim, &same));
      if (same) *on = PETSC_TRUE;
    }
  }
}

static signed char BinOf(const Cells *c, const PetscReal p[], PetscReal spacing)
{
  PetscReal   least = PETSC_INFINITY, edge = PETSC_INFINITY;
  PetscBool   on     = PETSC_FALSE;
  PetscInt    own[3] = {0, 0, 0}, most = 0;
  signed char bin = 1;

  for (PetscInt a = 0; a < c->grid->dim; a++) {
    own[a] = CellOf(c, a, p[a]);
    most   = PetscMax(most, c->grid->basis == KAR_BASIS_PERIODIC ? c->n[a] / 2 + 1 : c->n[a]);
    edge   = PetscMin(edge, c->edge[a]);
  }
  for (PetscInt ring = 0; ring <= most; ring++) { /* what is `ring` cells away is at least ring - 1 edges away */
    if (ring && least <= PetscSqr((PetscReal)(ring - 1) * edge)) break;
    LookIn(c, own, ring, p, &least, &on);
  }
  if (on) return 0;
  while (bin < KAR_PLACE_BINS - 1 && PetscSqrtReal(least) > ends[bin] * spacing * (1 + 1e-9)) bin++;
  return bin;
}

PetscErrorCode KarPlaceFindBins(const KarGridInfo *g, PetscInt m, const PetscReal x[], PetscReal *spacing,
                                signed char bin[])
{
  PetscReal volume = 1, p[3];
  Cells     cells;

  PetscFunctionBegin;
  for (PetscInt a = 0; a < g->dim; a++) volume *= g->length[a];
  *spacing = PetscPowReal(volume / (PetscReal)m, 1 / (PetscReal)g->dim);
  PetscCall(CellsCreate(g, m, x, *spacing, &cells));
  for (PetscInt i = 0, at = 0; i < g->ln; i++)
    for (PetscInt j = 0; j < g->n[1]; j++)
      for (PetscInt k = 0; k < g->n[2]; k++, at++) {
        const PetscInt point[3] = {g->start + i, j, k};

        for (PetscInt a = 0; a < g->dim; a++)
          p[a] = ((PetscReal)point[a] + (g->basis == KAR_BASIS_COSINE ? 0.5 : 0)) * g->length[a] / (PetscReal)g->n[a];
        bin[at] = BinOf(&cells, p, *spacing);
      }
  PetscCall(PetscFree2(cells.first, cells.next));
  PetscFunctionReturn(PETSC_SUCCESS);
}
