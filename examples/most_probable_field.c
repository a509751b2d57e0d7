/* The most probable field given data y = H(u) + e, e ~ N(0, R), of a Gaussian law N(0, C): what variational
   assimilation computes (3D-Var; through -obs_type flow a weak constraint on the start, 4D-Var). With u = C^(1/2) w

     J(w) = 1/2 |w|^2 + 1/2 (y - H(u))^T R^-1 (y - H(u)),    grad J = w - C^(1/2) H'(u)* R^-1 (y - H(u))

   is minimised by PETSc's Tao, w given by the values z of a field over the root of their number, so that |z| = |w| and
   Tao works on plain numbers; by Newton's method with the Hessian of Gauss and Newton, 1 + C^(1/2) H'* R^-1 H' C^(1/2),
   which is 1 but for as many directions as there are data; by the gradient alone with -tao_type lmvm.
   Of linear data (-obs_type points) J is a quadratic: KSP solves for its minimum, which is the exact posterior mean.

     mpirun -n 2 most_probable_field -grid_n 64,64 -obs_type tanh -obs_every 8 -obs_noise 0.1 -tao_monitor
     most_probable_field -grid_n 12,10 -obs_every 3 -tao_test_gradient */
#include <karhunen.h>
#include <petsctao.h>

typedef struct {
  KarGrid          grid;
  KarFFT           fft;
  KarCov           cov;
  KarObservation   obs;
  const PetscReal *lambda;
  PetscReal       *root; /* of lambda, mode by mode */
  PetscReal        n;    /* values of a field */
  Mat              H;    /* H' at the last linearisation */
  Vec              field, x, y, e;
} Problem;

/* p->x <- the coordinates of C^(1/2) w, w of z. */
static PetscErrorCode Colour(Problem *p, Vec z)
{
  PetscFunctionBegin;
  PetscCall(VecCopy(z, p->field));
  PetscCall(KarFFTForward(p->fft, p->field, p->x));
  PetscCall(KarFFTMultiply(p->fft, p->root, p->x));
  PetscCall(VecScale(p->x, PetscSqrtReal(p->n)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Its transpose: z <- of p->x. */
static PetscErrorCode ColourTranspose(Problem *p, Vec z)
{
  PetscFunctionBegin;
  PetscCall(KarFFTMultiply(p->fft, p->root, p->x));
  PetscCall(KarFFTInverse(p->fft, p->x, z));
  PetscCall(VecScale(z, 1 / PetscSqrtReal(p->n)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* p->e <- R^-1 p->e */
static PetscErrorCode Weigh(Problem *p)
{
  Vec R;

  PetscFunctionBegin;
  PetscCall(KarObservationGetVariance(p->obs, &R));
  PetscCall(VecPointwiseDivide(p->e, p->e, R));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Objective(Tao tao, Vec z, PetscReal *J, Vec g, void *context)
{
  Problem  *p = context;
  PetscReal prior, misfit;
  Vec       residual;

  PetscFunctionBegin;
  (void)tao;
  PetscCall(VecDuplicate(p->e, &residual));
  PetscCall(Colour(p, z));
  PetscCall(KarObservationLinearise(p->obs, p->x, p->e, &p->H));
  PetscCall(KarObservationResidual(p->obs, p->y, p->e, residual));
  PetscCall(VecCopy(residual, p->e));
  PetscCall(Weigh(p));
  PetscCall(VecDot(residual, p->e, &misfit));
  PetscCall(VecDot(z, z, &prior));
  *J = (prior + misfit) / 2;
  PetscCall(MatMultTranspose(p->H, p->e, p->x));
  PetscCall(ColourTranspose(p, g));
  PetscCall(VecAYPX(g, -1, z));
  PetscCall(VecDestroy(&residual));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* w <- v + C^(1/2) H'* R^-1 H' C^(1/2) v */
static PetscErrorCode MultHessian(Mat hessian, Vec v, Vec w)
{
  Problem *p;

  PetscFunctionBegin;
  PetscCall(MatShellGetContext(hessian, &p));
  PetscCall(Colour(p, v));
  PetscCall(MatMult(p->H, p->x, p->e));
  PetscCall(Weigh(p));
  PetscCall(MatMultTranspose(p->H, p->e, p->x));
  PetscCall(ColourTranspose(p, w));
  PetscCall(VecAXPY(w, 1, v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Hessian(Tao tao, Vec z, Mat hessian, Mat preconditioner, void *context)
{
  Problem *p = context;

  PetscFunctionBegin;
  (void)tao, (void)hessian, (void)preconditioner;
  PetscCall(Colour(p, z));
  PetscCall(KarObservationLinearise(p->obs, p->x, NULL, &p->H));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CreateHessian(Problem *p, Mat *hessian)
{
  PetscInt local, all;

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(p->field, &local));
  PetscCall(VecGetSize(p->field, &all));
  PetscCall(MatCreateShell(PetscObjectComm((PetscObject)p->field), local, local, all, all, p, hessian));
  PetscCall(MatShellSetOperation(*hessian, MATOP_MULT, (void (*)(void))MultHessian));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Without preconditioner. */
static PetscErrorCode SetPlain(KSP ksp)
{
  PC pc;

  PetscFunctionBegin;
  PetscCall(KSPGetPC(ksp, &pc));
  PetscCall(PCSetType(pc, PCNONE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* From a draw of the law: at its mean a square has no slope. Of linear data |grad J| bounds the distance to the
   minimum; others may have several minima, of which one is found. */
static PetscErrorCode Minimise(MPI_Comm comm, Problem *p, Mat hessian, Vec z)
{
  Tao                tao;
  KSP                ksp;
  TaoConvergedReason reason;
  TaoType            type;
  PetscInt           iterations;
  PetscReal          start, end, gradient;
  Vec                g;

  PetscFunctionBegin;
  PetscCall(VecDuplicate(z, &g));
  PetscCall(KarFFTNormalField(p->fft, (KarKey){.seed = 2}, NULL, z));
  PetscCall(VecScale(z, 1 / PetscSqrtReal(p->n)));
  PetscCall(Objective(NULL, z, &start, g, p));
  PetscCall(TaoCreate(comm, &tao));
  PetscCall(TaoSetType(tao, TAONLS));
  PetscCall(TaoSetSolution(tao, z));
  PetscCall(TaoSetObjectiveAndGradient(tao, NULL, Objective, p));
  PetscCall(TaoSetHessian(tao, hessian, hessian, Hessian, p));
  PetscCall(TaoSetTolerances(tao, 1e-6, 0, 0));
  PetscCall(TaoSetFromOptions(tao));
  PetscCall(TaoGetKSP(tao, &ksp));
  if (ksp) PetscCall(SetPlain(ksp)); /* of Newton's method */
  PetscCall(TaoSolve(tao));
  PetscCall(TaoGetSolutionStatus(tao, &iterations, &end, &gradient, NULL, NULL, &reason));
  PetscCall(TaoGetType(tao, &type));
  KarCheck(comm, reason > 0, PETSC_ERR_NOT_CONVERGED, "Tao stopped: %s; try -tao_monitor", TaoConvergedReasons[reason]);
  PetscCall(PetscPrintf(comm, "Tao %s: %" PetscInt_FMT " iterations, J from %.6f to %.6f, |grad J| %.1e\n", type,
                        iterations, (double)start, (double)end, (double)gradient));
  PetscCall(TaoDestroy(&tao));
  PetscCall(VecDestroy(&g));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Of linear data: (1 + C^(1/2) H* R^-1 H C^(1/2)) z = C^(1/2) H* R^-1 y. */
static PetscErrorCode SolveLinear(MPI_Comm comm, Problem *p, Mat hessian, Vec z)
{
  PetscInt iterations;
  KSP      ksp;
  Vec      right;

  PetscFunctionBegin;
  PetscCall(VecDuplicate(z, &right));
  PetscCall(VecCopy(p->y, p->e));
  PetscCall(Weigh(p));
  PetscCall(KarObservationGetMatrix(p->obs, &p->H));
  PetscCall(MatMultTranspose(p->H, p->e, p->x));
  PetscCall(ColourTranspose(p, right));
  PetscCall(KSPCreate(comm, &ksp));
  PetscCall(KSPSetType(ksp, KSPCG));
  PetscCall(SetPlain(ksp));
  PetscCall(KSPSetOperators(ksp, hessian, hessian));
  PetscCall(KSPSetTolerances(ksp, 1e-10, PETSC_DEFAULT, PETSC_DEFAULT, PETSC_DEFAULT));
  PetscCall(KSPSetFromOptions(ksp));
  PetscCall(KSPSolve(ksp, right, z));
  PetscCall(KSPGetIterationNumber(ksp, &iterations));
  PetscCall(PetscPrintf(comm, "KSP: %" PetscInt_FMT " products\n", iterations));
  PetscCall(KSPDestroy(&ksp));
  PetscCall(VecDestroy(&right));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* |C^(1/2) w - x|/|x| in p->x, w of z. */
static PetscErrorCode Distance(Problem *p, Vec z, Vec x, PetscReal *distance)
{
  PetscReal size;

  PetscFunctionBegin;
  PetscCall(Colour(p, z));
  PetscCall(VecAXPY(p->x, -1, x));
  PetscCall(VecNorm(p->x, NORM_2, distance));
  PetscCall(VecNorm(x, NORM_2, &size));
  *distance /= size;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The posterior mean of N(0, C), by the formula that the library has. */
static PetscErrorCode PosteriorMean(Problem *p, Vec mean)
{
  KarPosterior posterior;
  KarScore     law;
  KarSDE       sde;

  PetscFunctionBegin;
  PetscCall(KarSDECreate(p->cov, &sde));
  PetscCall(KarScoreCreate(sde, &law));
  PetscCall(KarScoreSetType(law, KARSCOREGAUSSIAN));
  PetscCall(KarScoreSetDataCovariance(law, p->cov));
  PetscCall(KarPosteriorCreate(law, p->obs, p->y, &posterior));
  PetscCall(KarPosteriorGetMean(posterior, mean));
  PetscCall(KarPosteriorDestroy(&posterior));
  PetscCall(KarScoreDestroy(&law));
  PetscCall(KarSDEDestroy(&sde));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A field of the law, data of it, the most probable field given them. */
static PetscErrorCode Solve(MPI_Comm comm, Problem *p)
{
  const KarKey key = {.seed = 1, .stream = KAR_STREAM_DATA};
  PetscReal    off;
  PetscBool    linear;
  Mat          hessian;
  Vec          truth, mean, z;

  PetscFunctionBegin;
  PetscCall(VecDuplicate(p->x, &truth));
  PetscCall(VecDuplicate(p->field, &z));
  PetscCall(KarCovSample(p->cov, key, truth));
  PetscCall(KarObservationSample(p->obs, key, truth, p->y));
  PetscCall(CreateHessian(p, &hessian));
  PetscCall(Minimise(comm, p, hessian, z));
  PetscCall(Distance(p, z, truth, &off));
  PetscCall(PetscPrintf(comm, "relative error of the field %.6f\n", (double)off));
  PetscCall(KarObservationIsLinear(p->obs, &linear));
  if (linear) {
    PetscCall(VecDuplicate(p->x, &mean));
    PetscCall(PosteriorMean(p, mean));
    PetscCall(Distance(p, z, mean, &off));
    PetscCall(PetscPrintf(comm, "the posterior mean: Tao is off by %.1e of it\n", (double)off));
    PetscCall(SolveLinear(comm, p, hessian, z));
    PetscCall(Distance(p, z, mean, &off));
    PetscCall(PetscPrintf(comm, "the posterior mean: KSP is off by %.1e of it\n", (double)off));
    PetscCall(VecDestroy(&mean));
  }
  PetscCall(MatDestroy(&hessian));
  PetscCall(VecDestroy(&truth));
  PetscCall(VecDestroy(&z));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A box of 32 x 32 points, matern fields, tanh of every eighth value with noise 0.1, unless options say otherwise. */
static PetscErrorCode Create(MPI_Comm comm, Problem *p)
{
  const PetscInt  n[] = {32, 32};
  const KarModes *m;
  PetscInt        all;

  PetscFunctionBegin;
  PetscCall(KarGridCreate(comm, &p->grid));
  PetscCall(KarGridSetSizes(p->grid, 2, n, NULL));
  PetscCall(KarGridSetFromOptions(p->grid));
  PetscCall(KarFFTCreate(p->grid, &p->fft));
  PetscCall(KarCovCreate(p->fft, &p->cov));
  PetscCall(KarCovSetType(p->cov, KARCOVMATERN));
  PetscCall(KarCovSetParameter(p->cov, "alpha", 3));
  PetscCall(KarCovSetParameter(p->cov, "tau", 6));
  PetscCall(KarCovSetFromOptions(p->cov));
  PetscCall(KarObservationCreate(p->fft, &p->obs));
  PetscCall(KarObservationSetType(p->obs, KAROBSERVATIONTANH));
  PetscCall(KarObservationSetParameter(p->obs, "every", 8));
  PetscCall(KarObservationSetFromOptions(p->obs));
  PetscCall(KarCovGetEigenvalues(p->cov, &p->lambda));
  PetscCall(KarFFTGetModes(p->fft, &m));
  PetscCall(PetscMalloc1(m->rows * m->length, &p->root));
  for (PetscInt i = 0; i < m->rows * m->length; i++) p->root[i] = PetscSqrtReal(p->lambda[i]);
  PetscCall(KarGridCreateField(p->grid, &p->field));
  PetscCall(VecGetSize(p->field, &all));
  p->n = (PetscReal)all;
  PetscCall(KarFFTCreateCoordinates(p->fft, &p->x));
  PetscCall(KarObservationCreateData(p->obs, &p->y));
  PetscCall(VecDuplicate(p->y, &p->e));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Run(MPI_Comm comm)
{
  Problem p = {0};

  PetscFunctionBegin;
  PetscCall(Create(comm, &p));
  if (KarOptionsHelping()) PetscCall(KarOptionsPrintHelp(comm));
  else {
    PetscCall(KarObservationView(p.obs, PETSC_VIEWER_STDOUT_(comm)));
    PetscCall(Solve(comm, &p));
    PetscCall(KarOptionsCheck(comm)); /* Tao reads some of its options as it goes */
  }
  PetscCall(PetscFree(p.root));
  PetscCall(VecDestroy(&p.field));
  PetscCall(VecDestroy(&p.x));
  PetscCall(VecDestroy(&p.y));
  PetscCall(VecDestroy(&p.e));
  PetscCall(KarObservationDestroy(&p.obs));
  PetscCall(KarCovDestroy(&p.cov));
  PetscCall(KarFFTDestroy(&p.fft));
  PetscCall(KarGridDestroy(&p.grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  PetscErrorCode code = KarInitialize(&argc, &argv);

  if (!code) code = Run(PETSC_COMM_WORLD);
  return KarFinish(code);
}
