/* One key, one field given data, on all ranks and on one: by guidance, by chains and as published; data on points of
   the grid and off them, linear and not, solved by a factor and by conjugate gradients. Equal to rounding; to 1e-6
   where solves end by their tolerance of 1e-10. Particles: particles_are_dealt_to_groups_of_ranks. ranks: 2 3 */
#include "flows.h"
#include "problem.h"

#include <karhunen/conditional.h>
#include <string.h>

/* GUIDED, or a KarConditionalType. */
enum { GUIDED = -1 };

static const struct {
  int         method;
  const char *data, *options; /* data: of what type, "off": points off the grid */
  PetscReal   tolerance;
} cases[] = {
  {GUIDED, "off", "-sampler_evaluations 21", 1e-9},
  {GUIDED, "off", "-sampler_evaluations 21 -obs_dense 4 -obs_ksp_rtol 1e-10", 1e-6},
  {GUIDED, "square", "-sampler_evaluations 21", 1e-9},
  {GUIDED, "points", "-sampler_evaluations 11 -posterior_covariance jacobian -posterior_ksp_rtol 1e-10", 1e-6},
  {GUIDED, "points", "-sampler_evaluations 21 -sampler_type langevin -sampler_precondition posterior", 1e-9},
  {KAR_CONDITIONAL_PCN, "square", "-sampler_evaluations 11 -posterior_steps 20", 1e-9},
  {KAR_CONDITIONAL_PCN, "off", "-sampler_evaluations 11 -posterior_steps 20", 1e-9},
  {KAR_CONDITIONAL_GIBBS, "points", "-sampler_evaluations 11 -posterior_steps 20", 1e-9},
  {KAR_CONDITIONAL_DPS, "square", "-sampler_evaluations 21 -posterior_weight 0.1", 1e-9},
  {KAR_CONDITIONAL_FUNDPS, "off", "-sampler_evaluations 21 -posterior_weight 0.1", 1e-9},
  {KAR_CONDITIONAL_CSGM, "points", "-sampler_evaluations 21", 1e-9},
};

typedef struct {
  KarFFT         fft;
  KarScore       law;
  KarObservation obs;
  Vec            y;
} Given;

static PetscErrorCode Matern(KarFFT fft, PetscReal alpha, KarCov *cov)
{
  PetscFunctionBegin;
  PetscCall(KarCovCreate(fft, cov));
  PetscCall(KarCovSetType(*cov, KARCOVMATERN));
  PetscCall(KarCovSetParameter(*cov, "alpha", alpha));
  PetscCall(KarCovSetParameter(*cov, "tau", 6));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The program's mixture on 12 x 10 points, and ten data of a field of it. */
static PetscErrorCode CreateGiven(MPI_Comm comm, const char data[], Given *g)
{
  const PetscInt  n[2] = {12, 10};
  const PetscReal off  = strcmp(data, "off") ? 0 : 0.3;
  PetscReal       place[10][2];
  KarCov          noise, spectrum;
  KarSDE          sde;
  Vec             truth;

  PetscFunctionBegin;
  PetscCall(ProblemFFT(comm, 2, n, &g->fft));
  PetscCall(Matern(g->fft, 2, &noise));
  PetscCall(Matern(g->fft, 3, &spectrum));
  PetscCall(KarSDECreate(noise, &sde));
  PetscCall(ProblemScore(sde, spectrum, &g->law));
  PetscCall(KarScoreSetType(g->law, KARSCOREMIXTURE));
  PetscCall(KarScoreSetFromOptions(g->law));
  PetscCall(KarObservationCreate(g->fft, &g->obs));
  PetscCall(KarObservationSetFromOptions(g->obs));
  PetscCall(KarObservationSetType(g->obs, off ? KAROBSERVATIONPOINTS : data));
  for (int i = 0; i < 10; i++) {
    place[i][0] = (5 * i % 12 + off) / 12;
    place[i][1] = (3 * i % 10 + off) / 10;
  }
  PetscCall(KarObservationSetPlaces(g->obs, 10, (PetscReal *)place, NULL));
  PetscCall(KarFFTCreateCoordinates(g->fft, &truth));
  PetscCall(KarCovSample(spectrum, (KarKey){.seed = 2}, truth));
  PetscCall(KarObservationCreateData(g->obs, &g->y));
  PetscCall(KarObservationSample(g->obs, (KarKey){.seed = 3}, truth, g->y));
  PetscCall(VecDestroy(&truth));
  PetscCall(KarCovDestroy(&noise));
  PetscCall(KarCovDestroy(&spectrum));
  PetscCall(KarSDEDestroy(&sde));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode DestroyGiven(Given *g)
{
  PetscFunctionBegin;
  PetscCall(VecDestroy(&g->y));
  PetscCall(KarObservationDestroy(&g->obs));
  PetscCall(KarScoreDestroy(&g->law));
  PetscCall(KarFFTDestroy(&g->fft));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Draw(const Given *g, int method, Vec x)
{
  const KarKey   key = {.seed = 5, .sample = 1};
  KarConditional conditional;
  KarScore       posterior;
  TS             ts;

  PetscFunctionBegin;
  if (method == GUIDED) {
    PetscCall(KarScoreCreatePosterior(g->law, g->obs, g->y, &posterior));
    PetscCall(KarScorePosteriorSetFromOptions(posterior));
    PetscCall(KarSamplerCreate(posterior, &ts));
    PetscCall(KarSamplerSetFromOptions(ts));
    PetscCall(KarSamplerSolve(ts, key, x, NULL));
    PetscCall(TSDestroy(&ts));
    PetscCall(KarScoreDestroy(&posterior));
  } else {
    PetscCall(KarConditionalCreate(g->law, g->obs, g->y, (KarConditionalType)method, &conditional));
    PetscCall(KarConditionalSetFromOptions(conditional));
    PetscCall(KarConditionalSolve(conditional, key, x, NULL, NULL));
    PetscCall(KarConditionalDestroy(&conditional));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Case i on all ranks, [0], and on this rank alone, [1]. */
static PetscErrorCode Check(int i)
{
  PetscReal    difference, size;
  PetscOptions options;
  Given        g[2];
  Vec          x[2], all;

  PetscFunctionBegin;
  PetscCall(PetscOptionsCreate(&options));
  PetscCall(PetscOptionsInsertString(options, cases[i].options));
  PetscCall(PetscOptionsInsertString(options, "-mixture_amplitudes -0.5,0.5"));
  PetscCall(PetscOptionsPush(options));
  for (int self = 0; self < 2; self++) {
    PetscCall(CreateGiven(self ? PETSC_COMM_SELF : PETSC_COMM_WORLD, cases[i].data, &g[self]));
    PetscCall(KarFFTCreateCoordinates(g[self].fft, &x[self]));
    PetscCall(Draw(&g[self], cases[i].method, x[self]));
  }
  PetscCall(PetscOptionsPop());
  PetscCall(PetscOptionsDestroy(&options));
  PetscCall(VecDuplicate(x[1], &all));
  PetscCall(ToSelf(x[0], all));
  PetscCall(Distance(all, x[1], &difference));
  PetscCall(VecNorm(x[1], NORM_2, &size));
  PetscCall(PetscPrintf(PETSC_COMM_WORLD, "%s %s, %s: relative difference %.2g of %.3g\n",
                        cases[i].method == GUIDED ? "guided" : KarConditionalTypes[cases[i].method], cases[i].options,
                        cases[i].data, (double)difference, (double)size));
  Claim(size > 0.1 && difference <= cases[i].tolerance, "case %d: %g of %g", i, (double)difference, (double)size);
  PetscCall(VecDestroy(&all));
  for (int self = 0; self < 2; self++) {
    PetscCall(VecDestroy(&x[self]));
    PetscCall(DestroyGiven(&g[self]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  PetscFunctionBegin;
  for (int i = 0; i < (int)PETSC_STATIC_ARRAY_LENGTH(cases); i++) PetscCall(Check(i));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
