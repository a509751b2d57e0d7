/* The few words a claim is written in.  A claim that does not hold says why, once, and the test fails on every rank. */
#pragma once

#include <karhunen.h>
#include <stdio.h>

static int claims_failed = 0;

/* Not collective: judge numbers that every rank holds alike, or reduce them first. */
#define Claim(holds, ...)                                                                                              \
  do {                                                                                                                 \
    if (!(holds)) {                                                                                                    \
      claims_failed++;                                                                                                 \
      fprintf(stderr, "%s:%d: not so: %s: ", __FILE__, __LINE__, #holds);                                              \
      fprintf(stderr, __VA_ARGS__);                                                                                    \
      fputc('\n', stderr);                                                                                             \
    }                                                                                                                  \
  } while (0)

/* |value - expected| <= tolerance; NaN fails. */
#define ClaimNear(value, expected, tolerance)                                                                          \
  Claim(PetscAbsReal((value) - (expected)) <= (tolerance), "%.17g, expected %.17g to within %g", (double)(value),      \
        (double)(expected), (double)(tolerance))

/* The body of main(): initialise, run the claim, report. */
#define CLAIM_MAIN(run)                                                                                                \
  int main(int argc, char **argv)                                                                                      \
  {                                                                                                                    \
    int failed;                                                                                                        \
    PetscCall(KarInitialize(&argc, &argv));                                                                            \
    PetscCall(run());                                                                                                  \
    MPI_Allreduce(&claims_failed, &failed, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);                                       \
    PetscCall(KarFinalize());                                                                                          \
    return failed ? 1 : 0;                                                                                             \
  }
