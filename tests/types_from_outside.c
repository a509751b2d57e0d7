/* A covariance, a process, a score and an objective of the user's own are chosen by their option like
   the library's; a name that is taken is refused, and so is an unknown name, with every type named.  ranks: 1 2 */
#include <karhunen/impl/covariance.h>
#include <karhunen/impl/data.h>
#include <karhunen/impl/observe.h>
#include <karhunen/impl/sampler.h>
#include <karhunen/impl/score.h>
#include <karhunen/impl/sde.h>

#include "claim.h"

/* (1 + |k|^2)^-2, a = exp(-t), d = 0 */
static PetscReal Density(KarCov cov, PetscReal k)
{
  return 1 / PetscSqr(1 + k * k);
}
static PetscErrorCode CreateCov(KarCov cov)
{
  cov->ops.density = Density;
  return PETSC_SUCCESS;
}
static void Path(KarSDE sde, PetscReal t, PetscReal omega, KarPath *path)
{
  path->a   = PetscExpReal(-t);
  path->s   = PetscSqrtReal(1 - PetscExpReal(-2 * t));
  path->da  = -path->a;
  path->ds2 = 2 * PetscExpReal(-2 * t);
}
static PetscErrorCode CreateSDE(KarSDE sde)
{
  sde->ops.path = Path;
  return PETSC_SUCCESS;
}
static PetscErrorCode Denoise(KarScore score, PetscReal t, Vec x, Vec d)
{
  return VecSet(d, 0);
}
static PetscErrorCode CreateScore(KarScore score)
{
  score->ops.denoise = Denoise;
  return PETSC_SUCCESS;
}
static PetscReal One(const KarLossMode *m)
{
  return 1;
}
static PetscErrorCode CreateObjective(KarObjective *objective)
{
  objective->weight = One;
  return PETSC_SUCCESS;
}

static char told[1024];

static PetscErrorCode Listen(MPI_Comm comm, int line, const char *function, const char *file, PetscErrorCode code,
                             PetscErrorType type, const char *text, void *ctx)
{
  if (type == PETSC_ERROR_INITIAL) (void)snprintf(told, sizeof(told), "%s", text);
  return code;
}
/* The call fails with exactly this text. */
#define Refused(call, expected)                                                                                        \
  do {                                                                                                                 \
    PetscErrorCode refused_;                                                                                           \
    told[0] = '\0';                                                                                                    \
    PetscCall(PetscPushErrorHandler(Listen, NULL));                                                                    \
    refused_ = (call);                                                                                                 \
    PetscCall(PetscPopErrorHandler());                                                                                 \
    Claim(refused_ && !strcmp(told, expected), "%d, it says: %s", (int)refused_, told);                                \
  } while (0)

static PetscErrorCode Register(void)
{
  PetscFunctionBegin;
  PetscCall(KarCovRegister("mycov", "(1 + |k|^2)^-2", CreateCov));
  PetscCall(KarSDERegister("mysde", "a = exp(-t)", CreateSDE));
  PetscCall(KarScoreRegister("myscore", "nothing but zero", CreateScore));
  PetscCall(KarObjectiveRegister("myobjective", "of my own", CreateObjective));
  Refused(KarCovRegister("mycov", "", CreateCov), "-cov_type mycov: registered already; give yours another name");
  Refused(KarCovRegister("matern", "", CreateCov), "-cov_type matern: registered already; give yours another name");
  Refused(KarSDERegister("VP", "", CreateSDE), "-sde_type VP: registered already; give yours another name");
  Refused(KarScoreRegister("myscore", "", CreateScore),
          "-score_type myscore: registered already; give yours another name");
  Refused(KarGeneratorRegister("insar", "", NULL),
          "-generator_type insar: registered already; give yours another name");
  Refused(KarObservationRegister("points", "", NULL), "-obs_type points: registered already; give yours another name");
  Refused(KarObjectiveRegister("dsm", "", CreateObjective),
          "-train_objective dsm: registered already; give yours another name");
  Refused(KarSamplerRegister("ode", "", NULL), "-sampler_type ode: registered already; give yours another name");
  Refused(KarCovRegister("", "", CreateCov), "-cov_type '': the name of a registered type has 1 to 31 letters");
  Refused(KarCovRegister("none", "", NULL), "-cov_type none: a registered type needs a create routine");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Types of the option database, each asked for what only it can answer. */
static PetscErrorCode Chosen(KarFFT fft)
{
  KarCov       cov;
  KarSDE       sde;
  KarScore     score;
  KarObjective objective;
  Vec          x, d;
  PetscReal    ratio[2], a, s, norm;

  PetscFunctionBegin;
  PetscCall(KarCovCreate(fft, &cov));
  PetscCall(KarCovSetFromOptions(cov));
  PetscCall(KarCovSetUp(cov));
  PetscCall(KarCovEvaluate(cov, 1, &ratio[0]));
  PetscCall(KarCovEvaluate(cov, 2, &ratio[1]));
  ClaimNear(ratio[0] / ratio[1], 25. / 4, 1e-12);
  PetscCall(KarSDECreate(cov, &sde));
  PetscCall(KarSDESetFromOptions(sde));
  PetscCall(KarSDEGetMarginal(sde, 0.25, &a, &s));
  ClaimNear(a, PetscExpReal(-0.25), 1e-15);
  ClaimNear(a * a + s * s, 1, 1e-15);
  PetscCall(KarScoreCreate(sde, &score));
  PetscCall(KarScoreSetFromOptions(score));
  PetscCall(KarFFTCreateCoordinates(fft, &x));
  PetscCall(VecDuplicate(x, &d));
  PetscCall(VecSet(x, 1));
  PetscCall(VecSet(d, 1));
  PetscCall(KarScoreDenoise(score, 0.25, x, d));
  PetscCall(VecNorm(d, NORM_INFINITY, &norm));
  Claim(norm == 0, "%g", (double)norm);
  PetscCall(KarObjectiveGet(PETSC_COMM_WORLD, "myobjective", &objective));
  Claim(objective.weight == One && !strcmp(objective.name, "myobjective"), "%s", objective.name);
  Refused(
    KarCovSetType(cov, "nope"),
    "-cov_type nope: no such covariance; there are matern, gauss, spectrum, laplace, vonkarman, bandlimited, mycov");
  Refused(KarSDESetType(sde, "nope"),
          "-sde_type nope: no such process; there are vp, ve, heat, flow, ddpm, allencahn, navierstokes, mysde");
  PetscCall(KarScoreSetOptionsPrefix(score, "first_"));
  Refused(KarScoreSetType(score, "nope"),
          "-first_score_type nope: no such score; there are gaussian, mixture, empirical, learnt, posterior, myscore");
  Refused(
    KarObjectiveGet(PETSC_COMM_WORLD, "nope", &objective),
    "-train_objective nope: no such objective; there are dsm, elbo, flow, ddpm, bridge, inr, adjoint, logvariance, "
    "myobjective");
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&d));
  PetscCall(KarScoreDestroy(&score));
  PetscCall(KarSDEDestroy(&sde));
  PetscCall(KarCovDestroy(&cov));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(void)
{
  const PetscInt n[] = {16, 16};
  KarGrid        grid;
  KarFFT         fft;

  PetscFunctionBegin;
  PetscCall(PetscOptionsInsertString(NULL, "-cov_type mycov -sde_type MySDE -score_type myscore"));
  PetscCall(Register());
  PetscCall(KarGridCreate(PETSC_COMM_WORLD, &grid));
  PetscCall(KarGridSetSizes(grid, 2, n, NULL));
  PetscCall(KarGridSetUp(grid));
  PetscCall(KarFFTCreate(grid, &fft));
  PetscCall(Chosen(fft));
  PetscCall(KarFFTDestroy(&fft));
  PetscCall(KarGridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

CLAIM_MAIN(Run)
