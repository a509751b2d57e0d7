/* Published configurations with exact scores, and ours beside them. */
#include "validate.h"

static const PetscReal points[3][POINTS] = {
  {0.01, 0.1, 1, 10}, {1e-4, 1e-2, 1, 100}, {1e-4, 1e-3, 0.01, 0.1}}; /* p/lambda */

static PetscErrorCode AddKnown(Validate *v, const char label[], const PetscReal ratio[POINTS],
                               const PetscReal said[POINTS])
{
  Known *known = &v->known[v->knowns++];

  PetscFunctionBegin;
  PetscCall(PetscStrncpy(known->label, label, sizeof(known->label)));
  PetscCall(PetscArraycpy(known->ratio, ratio, POINTS));
  for (int i = 0; i < POINTS; i++) known->said[i] = said ? said[i] : 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One of our samplers at four values of p/lambda; parameters of the process as given. */
static PetscErrorCode Ours(Validate *v, const char label[], const PetscReal over[POINTS], KarSDEType process,
                           PetscReal sigma_min, PetscReal sigma_max, const Sampler *s, PetscInt evaluations,
                           KarTimes times, PetscReal end, PetscBool matched, const PetscReal said[POINTS])
{
  PetscReal ratio[POINTS], wanted[KINDS], each[KINDS], worst;
  Validate  line = {.comm = v->comm, .dim = 1, .n = {6 * (PetscInt)1, 1, 1}, .length = {1, 1, 1}};
  Problem   problem;
  TS        ts;

  PetscFunctionBegin;
  {
    int ranks;

    PetscCallMPI(MPI_Comm_size(v->comm, &ranks));
    line.n[0] = 6 * ranks;
  }
  for (int i = 0; i < POINTS; i++) {
    PetscCall(ValidateProblemCreate(&line, process, over[i], over[i], &problem));
    if (sigma_max > 0) {
      PetscCall(KarSDESetParameter(problem.sde, "sigma_min", sigma_min));
      PetscCall(KarSDESetParameter(problem.sde, "sigma_max", sigma_max));
    }
    if (times == KAR_TIMES_LADDER) PetscCall(KarSDESetParameter(problem.sde, "rungs", (PetscReal)evaluations));
    PetscCall(ValidateSamplerCreate(&problem, s, evaluations, &ts));
    PetscCall(KarSamplerSetTimes(ts, times));
    if (end > 0) PetscCall(KarSamplerSetEnd(ts, end));
    PetscCall(KarSamplerSetMatchedStart(ts, matched));
    for (int kind = 0; kind < KINDS; kind++) wanted[kind] = over[i];
    PetscCall(ValidateRatios(v, &problem, ts, PETSC_TRUE, wanted, each, &worst));
    ratio[i] = worst;
    PetscCall(TSDestroy(&ts));
    PetscCall(ValidateProblemDestroy(&problem));
  }
  PetscCall(AddKnown(v, label, ratio, said));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode ValidatePublishedRows(Validate *v)
{
  const PetscReal said[5][POINTS] = {{6.25, 2.60, 1.43, 1.13},
                                     {1.23, 1.14, 1.06, 1.02},
                                     {10.9, 6.75, 3.17, 1.23},
                                     {0.430, 0.928, 0.991, 0.994},
                                     {1.353, 1.188, 1.091, 1.029}};
  const PetscReal said50[POINTS]  = {0.999, 1.019, 1.010, 0.990};
  const PetscReal csgm[POINTS]    = {0.4208, 0.7534, 0.9090, 0.9681};
  const Sampler  *ddpm = &validate_samplers[4], *heun = &validate_samplers[6], *best = &validate_samplers[0],
                *stochastic = &validate_samplers[1];
  PetscReal ratio[POINTS];

  PetscFunctionBegin;
  PetscCall(ValidateAnnealed(v, &validate_volcano, POINTS, points[0], ratio));
  PetscCall(
    AddKnown(v, "annealed Langevin, volcano code: sigma 30-0.01, L 500, T 3, 1500 evaluations", ratio, said[0]));
  PetscCall(ValidateAnnealed(v, &validate_volcano_long, POINTS, points[0], ratio));
  PetscCall(AddKnown(v, "the same with T 100, 50000 evaluations", ratio, said[1]));
  PetscCall(ValidateAnnealed(v, &validate_matching, POINTS, points[0], ratio));
  PetscCall(AddKnown(v, "annealed Langevin baseline of a flow-matching code: sigma 1-0.01, L 10, 1990 evaluations",
                     ratio, said[2]));
  PetscCall(Ours(v, "multistep (default), vp, 40 evaluations", points[0], KARSDEVP, 0, 0, best, 40, KAR_TIMES_LOGSNR, 0,
                 PETSC_TRUE, NULL));
  PetscCall(Ours(v, "multistep eta 1, vp, 40 evaluations", points[0], KARSDEVP, 0, 0, stochastic, 40, KAR_TIMES_LOGSNR,
                 0, PETSC_TRUE, NULL));
  PetscCall(Ours(v, "DDPM ladder, 1000 evaluations", points[1], KARSDEDDPM, 0, 0, ddpm, 1000, KAR_TIMES_LADDER, 0,
                 PETSC_FALSE, said[3]));
  PetscCall(Ours(v, "DDPM ladder of csgm, 500 evaluations, p/lambda 1e-4, 0.001, 0.01, 0.1", points[2], KARSDEDDPM, 0,
                 0, ddpm, 500, KAR_TIMES_LADDER, 0, PETSC_FALSE, csgm));
  PetscCall(Ours(v, "EDM Heun, sigma 80-0.002, 18 times", points[1], KARSDEVE, 1e-6, 80, heun, 35, KAR_TIMES_KARRAS,
                 0.002, PETSC_FALSE, said[4]));
  PetscCall(Ours(v, "EDM Heun, 50 times", points[1], KARSDEVE, 1e-6, 80, heun, 99, KAR_TIMES_KARRAS, 0.002, PETSC_FALSE,
                 said50));
  PetscCall(Ours(v, "multistep, ve 80-0.0001, 40 evaluations", points[1], KARSDEVE, 1e-6, 80, best, 40,
                 KAR_TIMES_LOGSNR, 1e-4, PETSC_TRUE, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The ratio of four samplers at each p/lambda. */
PetscErrorCode ValidateCurves(Validate *v)
{
  const int which[] = {0, 1, 3, 4};

  PetscFunctionBegin;
  for (int i = 0; i < SHELLS; i += POINTS) {
    PetscReal over[POINTS];

    for (int j = 0; j < POINTS; j++) over[j] = PetscPowReal(10, -3 + 6. * PetscMin(i + j, SHELLS - 1) / (SHELLS - 1));
    for (int s = 0; s < 4; s++) {
      PetscCall(Ours(v, "", over, KARSDEVP, 0, 0, &validate_samplers[which[s]], v->evaluations, KAR_TIMES_LOGSNR, 0,
                     PETSC_TRUE, NULL));
      v->knowns--;
      for (int j = 0; j < POINTS && i + j < SHELLS; j++)
        v->at[i + j] = over[j], v->curve[s][i + j] = v->known[v->knowns].ratio[j];
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
