/* karhunen bridge -bridge_of outlines: paths between two closed curves under Kunita's shape noise, one of each run of
   weighed particles, into a file of curves: fields of two components (x, y) on a line of points (KarDiffusionBridge()).
   Where options do not say: sources a quarter of the outlines' size wide, on a square about both, so strong that a
   point wanders as far as the outlines lie apart; the end is met to a hundredth of that size. With
   -bridge_by reversal the time reversal is learnt first (KarReversal), and paths are drawn from the end itself, without
   particles. */
#include "outlines.h"

#include <karhunen/diffusion.h>
#include <karhunen/outline.h>
#include <karhunen/reversal.h>
#include <petsctime.h>

#include <math.h>

typedef struct {
  KarOutlineRun o;
  MPI_Comm      comm, one;
  PetscInt      groups, group, steps, particles, points, side, done, n;
  PetscReal   width, amplitude, nugget, noise, *x[2], *place, *t, *path, *said; /* said[samples][2]: log density, ess */
  PetscInt    reversal;                                                         /* 0: guided */
  KarReversal back;
  KarKunita   kunita;
  KarDiffusion d;
  KarGrid      grid;
  KarDataset   data;
  Vec          field;
  PetscReal    size, apart;
} Run;

static PetscErrorCode ReadOptions(Run *r)
{
  static const char *const by[] = {"guided", "reversal", NULL};

  PetscFunctionBegin;
  PetscCall(KarOptionsChoice("bridge_", "by",
                             "how outlines are joined: weighed particles, or a time reversal that is learnt first", by,
                             &r->reversal));
  if (r->reversal) r->steps = 40;
  PetscCall(KarOptionsInt("outline_", "points",
                          "points of an outline, at equal distances; 0: those of the files, 64 of a zero level", 0,
                          4096, &r->points));
  PetscCall(KarOptionsReal("outline_", "noise",
                           "standard deviation of a point of the path from that of the end; 0: a hundredth of its size",
                           0, 1e9, &r->noise));
  PetscCall(KarOptionsReal("kunita_", "width",
                           "points nearer to each other than this move alike; 0: a quarter of the size", 0, 1e9,
                           &r->width));
  PetscCall(KarOptionsReal("kunita_", "amplitude",
                           "amplitude of each source of noise, per root of time; 0: as the distance needs", 0, 1e9,
                           &r->amplitude));
  PetscCall(KarOptionsReal("kunita_", "nugget",
                           "noise of each point's own, per root of time; a reversal has it to weigh "
                           "paths by: -1, as -outline_noise there, else 0",
                           -1, 1e9, &r->nugget));
  PetscCall(KarOptionsInt("kunita_", "sources", "sources of noise along each side of a square about the outlines", 2,
                          64, &r->side));
  PetscCall(KarOptionsInt("bridge_", "steps", "of a path, shorter towards its end", 2, 100000, &r->steps));
  PetscCall(
    KarOptionsInt("bridge_", "particles", "particles that are weighed for each path", 1, 1 << 20, &r->particles));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Both outlines with as many points, point i of one to become point i of the other. */
static PetscErrorCode Read(Run *r)
{
  const char *const option[] = {"-bridge_start", "-bridge_end"};
  const char *const path[]   = {r->o.start, r->o.end};
  const PetscInt    sample[] = {r->o.first, r->o.last};
  PetscInt          n[2];
  PetscBool         level[2];
  PetscReal        *work;

  PetscFunctionBegin;
  for (int k = 0; k < 2; k++) {
    n[k] = r->points ? r->points : 64;
    if (k && !r->points && !kar_outline_is_table(path[1])) n[1] = n[0];
    PetscCall(KarOutlineRead(r->comm, option[k], path[k], sample[k], &n[k], &r->x[k], &level[k]));
  }
  r->n = r->points ? r->points : level[0] ? n[1] : n[0];
  KarCheck(r->comm, r->points || level[0] || level[1] || n[0] == n[1], PETSC_ERR_USER_INPUT,
           "-bridge_start has %" PetscInt_FMT " points, -bridge_end %" PetscInt_FMT
           ": point i of one is to become point i of the other; give -outline_points 64 to place them anew",
           n[0], n[1]);
  PetscCall(PetscMalloc1(2 * r->n, &work));
  for (int k = 0; k < 2; k++) {
    if (n[k] == r->n && (level[k] || !r->points)) continue;
    kar_outline_resample(n[k], r->x[k], r->n, work);
    PetscCall(PetscFree(r->x[k]));
    PetscCall(PetscMalloc1(2 * r->n, &r->x[k]));
    PetscCall(PetscArraycpy(r->x[k], work, 2 * r->n));
  }
  if (r->points || level[0] || level[1]) kar_outline_align(r->n, r->x[0], r->x[1], work);
  PetscCall(PetscFree(work));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* For -help: two circles. */
static PetscErrorCode StandIn(Run *r)
{
  PetscFunctionBegin;
  for (int k = 0; k < 2; k++) {
    PetscCall(PetscMalloc1(2 * r->n, &r->x[k]));
    for (PetscInt i = 0; i < 2 * r->n; i++)
      r->x[k][i] = (1 + k) * PetscCosReal(2 * PETSC_PI * (PetscReal)(i / 2) / (PetscReal)r->n - i % 2 * PETSC_PI / 2);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The noise that is not told, and its sources. */
static PetscErrorCode Place(Run *r)
{
  PetscReal low[2] = {PETSC_MAX_REAL, PETSC_MAX_REAL}, high[2] = {-PETSC_MAX_REAL, -PETSC_MAX_REAL}, square = 0, *sigma,
            shake = 0;

  PetscFunctionBegin;
  for (int k = 0; k < 2; k++)
    for (PetscInt i = 0; i < 2 * r->n; i++) {
      low[i % 2] = PetscMin(low[i % 2], r->x[k][i]), high[i % 2] = PetscMax(high[i % 2], r->x[k][i]);
      if (k) square += PetscSqr(r->x[1][i] - r->x[0][i]) / (PetscReal)(2 * r->n);
    }
  r->size = PetscMax(high[0] - low[0], high[1] - low[1]), r->apart = PetscSqrtReal(square);
  KarCheck(r->comm, r->size > 0, PETSC_ERR_USER_INPUT, "the outlines are one point");
  if (r->width <= 0) r->width = r->size / 4;
  if (r->noise <= 0) r->noise = r->size / 100;
  PetscCall(PetscMalloc1(2 * r->side * r->side, &r->place));
  for (PetscInt l = 0; l < r->side * r->side; l++)
    for (int c = 0; c < 2; c++) {
      const PetscReal at = (PetscReal)(c ? l / r->side : l % r->side) / (PetscReal)(r->side - 1);

      r->place[2 * l + c] = low[c] - r->width / 2 + at * (high[c] - low[c] + r->width);
    }
  r->kunita = (KarKunita){.n          = r->n,
                          .components = 2,
                          .sources    = r->side * r->side,
                          .place      = r->place,
                          .width      = r->width,
                          .amplitude  = r->amplitude > 0 ? r->amplitude : 1};
  PetscCall(KarKunitaGetDiffusion(&r->kunita, &r->d));
  PetscCall(PetscMalloc1(r->n * r->kunita.sources, &sigma));
  r->d.sigma(r->d.ctx, r->x[1], sigma);
  for (PetscInt i = 0; i < r->n * r->kunita.sources; i++) shake += PetscSqr(sigma[i]) / (PetscReal)r->n;
  if (r->amplitude <= 0) r->kunita.amplitude = PetscMax(r->apart, r->noise) / PetscSqrtReal(shake);
  PetscCall(PetscFree(sigma));
  r->kunita.nugget = r->nugget >= 0 ? r->nugget : r->reversal ? r->noise : 0;
  PetscCall(KarKunitaGetDiffusion(&r->kunita, &r->d));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CreateFile(Run *r)
{
  PetscFunctionBegin;
  PetscCall(KarDatasetSetTitle(r->data, "paths between two outlines under shape noise"));
  PetscCall(KarDatasetSetSamples(r->data, r->o.samples * (r->steps + 1)));
  for (PetscInt i = 0; i <= r->steps; i++)
    r->t[i] = r->reversal ? (PetscReal)i / (PetscReal)r->steps : 1 - PetscSqr(1 - (PetscReal)i / (PetscReal)r->steps);
  PetscCall(KarDatasetSetTimes(r->data, r->steps + 1, r->t));
  PetscCall(KarDatasetAddVariable(r->data, "outline", 2, "1", "x and y of the points of a closed curve"));
  PetscCall(KarDatasetSetUp(r->data));
  PetscCall(KarDatasetPutString(r->data, "process", "kunita"));
  PetscCall(KarDatasetPutString(r->data, "curves", "closed"));
  PetscCall(KarDatasetPutInt(r->data, "seed", r->o.seed));
  PetscCall(KarDatasetPutReal(r->data, "kunita_width", r->kunita.width));
  PetscCall(KarDatasetPutReal(r->data, "kunita_amplitude", r->kunita.amplitude));
  PetscCall(KarDatasetPutReal(r->data, "outline_noise", r->noise));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Path number i, alike on all ranks of its group. */
static PetscErrorCode DrawOne(void *context, PetscInt i, PetscBool *whole)
{
  Run             *r    = context;
  const KarKey     key  = {.seed = r->o.seed, .sample = i};
  const PetscInt   row  = r->particles * 2 * r->n;
  KarDiffusionInfo info = {0, 0};
  KarGridInfo      g;
  PetscScalar     *out;
  int              rank;

  PetscFunctionBegin;
  if (r->reversal) PetscCall(KarReversalBridge(r->back, r->x[1], r->particles, key, r->path, &info));
  else
    PetscCall(
      KarDiffusionBridge(&r->d, 1, r->steps, r->particles, r->x[0], r->x[1], r->noise, key, r->t, r->path, &info));
  PetscCallMPI(MPI_Comm_rank(r->one, &rank));
  if (rank == 0) r->said[2 * i] = info.density, r->said[2 * i + 1] = info.ess;
  PetscCall(KarGridGetInfo(r->grid, &g));
  for (PetscInt k = 0; k <= r->steps; k++) {
    PetscCall(VecGetArrayWrite(r->field, &out));
    PetscCall(PetscArraycpy(out, r->path + k * row + 2 * g.start, 2 * g.ln));
    PetscCall(VecRestoreArrayWrite(r->field, &out));
    PetscCall(KarDatasetWrite(r->data, NULL, i * (r->steps + 1) + k, r->field));
  }
  *whole = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* log of the mean density over the runs, its error, and the fewest effective particles. */
static PetscErrorCode Tell(Run *r)
{
  PetscReal       most = -PETSC_MAX_REAL, sum = 0, square = 0, least = (PetscReal)r->particles;
  const PetscReal n = (PetscReal)r->done;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, r->said, (PetscMPIInt)(2 * r->o.samples), MPIU_REAL, MPIU_SUM, r->comm));
  for (PetscInt i = 0; i < r->done; i++) {
    most  = PetscMax(most, r->said[2 * i]);
    least = PetscMin(least, r->said[2 * i + 1]);
  }
  for (PetscInt i = 0; i < r->done; i++) {
    const PetscReal w = PetscExpReal(r->said[2 * i] - most);

    sum += w / n, square += w * w / n;
  }
  if (r->reversal && isnan(sum)) {
    PetscCall(PetscPrintf(r->comm, "the paths are as good as the network: points that move as one have no density to "
                                   "weigh them by: give a -kunita_nugget\n"));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KarDatasetPutReal(r->data, "log_density", most + PetscLogReal(sum)));
  PetscCall(KarDatasetPutReal(r->data, "bridge_ess", least));
  PetscCall(PetscPrintf(r->comm, "log density of the end given the start %.6g", (double)(most + PetscLogReal(sum))));
  if (r->done > 1)
    PetscCall(
      PetscPrintf(r->comm, " +- %.2g", (double)(PetscSqrtReal(PetscMax(0, square - sum * sum) / (n - 1)) / sum)));
  PetscCall(
    PetscPrintf(r->comm, "; effective particles at least %.3g of %" PetscInt_FMT "\n", (double)least, r->particles));
  if (least < 0.1 * (PetscReal)r->particles)
    PetscCall(PetscPrintf(r->comm,
                          "warning: a run had %.3g effective particles of %" PetscInt_FMT
                          ": give more -bridge_particles or -bridge_steps, a wider or stronger noise, or "
                          "outlines that are more alike\n",
                          (double)least, r->particles));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Work(Run *r)
{
  const KarRounds rounds = {.comm    = r->comm,
                            .name    = "bridge",
                            .n       = r->o.samples,
                            .groups  = r->groups,
                            .group   = r->group,
                            .draw    = DrawOne,
                            .context = r};
  PetscReal       loss;
  PetscErrorCode  code;
  PetscLogDouble  begin, end;

  PetscFunctionBegin;
  PetscCall(PetscPrintf(r->comm,
                        "outlines of %" PetscInt_FMT " points, %.3g apart (root mean square of a coordinate), size "
                        "%.3g\nshape noise of width %.4g, amplitude %.4g, %" PetscInt_FMT
                        " sources; the end is met to %.3g\n",
                        r->n, (double)r->apart, (double)r->size, (double)r->kunita.width, (double)r->kunita.amplitude,
                        r->kunita.sources, (double)r->noise));
  PetscCall(PetscMalloc2(r->steps + 1, &r->t, (r->steps + 1) * r->particles * 2 * r->n, &r->path));
  PetscCall(PetscCalloc1(2 * r->o.samples, &r->said));
  PetscCall(CreateFile(r));
  if (r->reversal) {
    PetscCall(KarReversalLearn(r->back, 0, &loss));
    PetscCall(
      PetscPrintf(r->comm, "time reversal learnt: %.4f of what free motion misses of a step back\n", (double)loss));
  }
  PetscCall(PetscTime(&begin));
  code = KarSetupRounds(&rounds, &r->done);
  PetscCall(PetscTime(&end));
  if (!code && r->done) PetscCall(Tell(r));
  if (!code && r->done == r->o.samples)
    PetscCall(PetscPrintf(r->comm, "wrote %s: %" PetscInt_FMT " paths of %" PetscInt_FMT " times, %.3g s each\n",
                          r->o.out, r->o.samples, r->steps + 1, (end - begin) / (double)r->o.samples));
  if (code || !r->done) PetscCall(KarDatasetDestroy(&r->data));
  else if (r->done == r->o.samples) PetscCall(KarDatasetClose(&r->data));
  else PetscCall(KarSetupEnd(r->comm, &r->data, r->o.out, "paths", r->done, r->o.samples, code));
  PetscCall(PetscFree(r->said));
  PetscCall(PetscFree2(r->t, r->path));
  PetscFunctionReturn(code);
}

PetscErrorCode KarBridgeOutlines(MPI_Comm comm, const KarOutlineRun *o)
{
  Run       r = {.o = *o, .comm = comm, .steps = 200, .particles = 32, .nugget = -1, .side = 9, .n = 64};
  PetscBool done;

  PetscFunctionBegin;
  PetscCall(ReadOptions(&r));
  PetscCall(KarSetupGroups(comm, o->samples, &r.one, &r.groups, &r.group));
  if (KarOptionsHelping()) PetscCall(StandIn(&r));
  else PetscCall(Read(&r));
  PetscCall(Place(&r));
  if (r.reversal) {
    PetscCall(KarReversalCreate(&r.d, 1, r.x[0], o->seed, &r.back));
    PetscCall(KarReversalSetSteps(r.back, r.steps, 4));
    PetscCall(KarReversalSetFromOptions(r.back, NULL));
  }
  PetscCall(KarGridCreate(r.one, &r.grid));
  PetscCall(KarGridSetSizes(r.grid, 1, &r.n, NULL));
  PetscCall(KarGridSetComponents(r.grid, 2));
  PetscCall(KarGridSetUp(r.grid));
  PetscCall(KarGridCreateField(r.grid, &r.field));
  PetscCall(KarDatasetCreate(comm, r.grid, o->out[0] ? o->out : "-", &r.data));
  PetscCall(KarDatasetSetFromOptions(r.data));
  PetscCall(KarCommandReady(comm, &done));
  KarCheck(comm, done || o->out[0], PETSC_ERR_USER_INPUT, "bridge: where to? give -out FILE.h5");
  if (done) PetscCall(KarDatasetDestroy(&r.data));
  else PetscCall(Work(&r));
  PetscCall(VecDestroy(&r.field));
  PetscCall(KarGridDestroy(&r.grid));
  PetscCall(KarReversalDestroy(&r.back));
  for (int k = 0; k < 2; k++) PetscCall(PetscFree(r.x[k]));
  PetscCall(PetscFree(r.place));
  PetscCallMPI(MPI_Comm_free(&r.one));
  PetscFunctionReturn(PETSC_SUCCESS);
}
