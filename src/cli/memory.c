/* Memory that does not suffice is said before work starts.  Where even a generous guess fits, nothing is counted.  Else
   rank 0 has karhunen plan count what a rank takes, on smaller grids, and every host compares it, times its ranks, with
   what it has free (plan/host.c).  The guess, in bytes: 2^26 and, of each point that a rank holds,
     train: 2^14 a field of the batch;   posterior: 2^11 + 2^7 a particle;   others: 2^12. */
#include "memory.h"
#include "plan/plan.h"

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define GIB     1073741824.
#define SECONDS 60  /* of processor time that a trial of the count may take; then nothing is counted */
#define SURE    0.8 /* of what is counted is needed for certain: the count is an estimate */

extern char **environ;

/* Up to three whole numbers of an option; 0 numbers where it is not given, or says what is refused where it is read. */
PetscInt kar_memory_numbers(const char option[], PetscInt n[3])
{
  char      text[128] = "", *at = text, *end;
  PetscBool given;

  (void)PetscOptionsGetString(NULL, NULL, option, text, sizeof(text), &given);
  for (PetscInt a = 0; given && a < 3; a++) {
    n[a] = (PetscInt)strtol(at, &end, 10);
    if (end == at || n[a] < 1) return 0;
    if (!*end) return a + 1;
    if (*end != ',') return 0;
    at = end + 1;
  }
  return 0;
}

static PetscInt Number(const char option[], PetscInt otherwise)
{
  PetscInt n[3];

  return kar_memory_numbers(option, n) == 1 ? n[0] : otherwise;
}

static double Guess(const char command[], double points)
{
  const PetscInt particles = Number("-posterior_particles", 16), batch = Number("-train_batch", 16);

  if (!strcmp(command, "train")) return 0x1p26 + 0x1p14 * points * (double)batch;
  if (!strcmp(command, "posterior")) return 0x1p26 + points * (0x1p11 + 0x1p7 * (double)particles);
  return 0x1p26 + 0x1p12 * points;
}

/* In the child: alone, for it is no rank of this run. */
static _Noreturn void Become(int out, const char command[], const char n[], int ranks)
{
  const struct rlimit      most       = {SECONDS, SECONDS};
  static const char *const of_ranks[] = {"OMPI_", "PMIX_", "PMI_", "PRTE_", "SLURM_", "HYDRA_", "MPIEXEC_", "PALS_"};
  char                     ranks_text[16], name[128], **args, *word[PLAN_WORDS + 8];
  int                      argc, k = 0;

  for (char **e = environ; *e;) {
    bool of = false;

    for (size_t i = 0; i < sizeof(of_ranks) / sizeof(*of_ranks); i++)
      if (!strncmp(*e, of_ranks[i], strlen(of_ranks[i]))) of = true;
    (void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(*e, "="), *e);
    if (of) (void)unsetenv(name);
    else e++;
  }
  if (PetscGetArgs(&argc, &args)) _exit(1);
  (void)snprintf(ranks_text, sizeof(ranks_text), "%d", ranks);
  word[k++] = (char *)"karhunen", word[k++] = (char *)"plan", word[k++] = (char *)command;
  for (int i = 1; i < argc && k < PLAN_WORDS - 32; i++) word[k++] = args[i];
  word[k++] = (char *)"-plan_ranks", word[k++] = ranks_text, word[k++] = (char *)"-plan_grid", word[k++] = (char *)n;
  word[k] = NULL;
  (void)setrlimit(RLIMIT_CPU, &most);
  (void)dup2(open("/dev/null", O_RDWR), 0);
  (void)dup2(out, 1);
  (void)dup2(0, 2);
  execv("/proc/self/exe", word);
  _exit(127);
}

/* Bytes of a rank as the plan counts them; 0: it cannot. */
static double Counted(const char command[], const char n[], int ranks)
{
  double bytes = 0;
  int    pipes[2], status = 1;
  pid_t  child;
  FILE  *said;

  fflush(stdout);
  if (pipe(pipes)) return 0;
  child = fork();
  if (!child) Become(pipes[1], command, n, ranks);
  (void)close(pipes[1]);
  said = fdopen(pipes[0], "r");
  if (child > 0 && (!said || fscanf(said, "%lf", &bytes) != 1)) bytes = 0;
  if (said) (void)fclose(said);
  if (child > 0) (void)waitpid(child, &status, 0);
  return status ? 0 : bytes;
}

/* Collective. What this host's ranks may have together, and how many they are. */
static PetscErrorCode Host(MPI_Comm comm, PetscReal lent, double *available, int *here)
{
  MPI_Comm host;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_split_type(comm, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &host));
  PetscCallMPI(MPI_Comm_size(host, here));
  *available = lent > 0 ? lent * GIB : PetscMin(kar_plan_free(), (double)*here * kar_plan_limit());
  PetscCallMPI(MPI_Comm_free(&host));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void TextOfGrid(PetscInt dim, const PetscInt n[], size_t size, char text[])
{
  text[0] = '\0';
  for (PetscInt a = 0; a < dim; a++)
    (void)snprintf(text + strlen(text), size - strlen(text), "%s%" PetscInt_FMT, a ? "," : "", n[a]);
}

PetscErrorCode KarSetupMemory(MPI_Comm comm, const char command[], PetscInt dim, const PetscInt n[], PetscInt share)
{
  PetscReal lent   = 0;
  double    points = 1, available = 0, bytes = 0;
  PetscBool fits;
  int       rank, ranks, here = 1;
  char      text[64];

  PetscFunctionBegin;
  PetscCall(KarOptionsReal(NULL, "memory_limit",
                           "GiB that the ranks of a host may take together: a run that needs more is refused before "
                           "work starts; 0: what is free there",
                           0, 1e9, &lent));
  if (KarOptionsHelping() || dim < 1) PetscFunctionReturn(PETSC_SUCCESS);
  for (PetscInt a = 0; a < dim; a++) points *= (double)(a ? n[a] : (n[a] + share - 1) / share);
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  PetscCall(Host(comm, lent, &available, &here));
  fits = Guess(command, points) * here < available ? PETSC_TRUE : PETSC_FALSE;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &fits, 1, MPIU_BOOL, MPI_LAND, comm));
  if (fits) PetscFunctionReturn(PETSC_SUCCESS);
  TextOfGrid(dim, n, sizeof(text), text);
  if (rank == 0) bytes = Counted(command, text, ranks);
  PetscCallMPI(MPI_Bcast(&bytes, 1, MPI_DOUBLE, 0, comm));
  KarCheckAny(
    comm, SURE * bytes * here <= available, PETSC_ERR_MEM,
    "%s needs about %.3g GiB on a host (%d of its ranks, %.3g GiB each) and may have %.3g GiB: fewer ranks on a "
    "host, more ranks to a field, a smaller grid%s, or -memory_limit %.0f to go on anyway",
    command, bytes * here / GIB, here, bytes / GIB, available / GIB, strcmp(command, "train") ? "" : " or batch",
    ceil(bytes * here / GIB));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarSetupMemoryOfGrid(MPI_Comm comm, const char command[], const char model[], PetscInt share)
{
  static const char *const names[] = {"grid/n_0", "grid/n_1", "grid/n_2"};
  PetscInt                 n[3], dim = kar_memory_numbers("-grid_n", n);
  PetscInt64               value;
  PetscBool                given, has;
  KarCheckpoint            file;

  PetscFunctionBegin;
  PetscCall(KarOptionsGiven(NULL, "grid_n", &given));
  if (!given && model && model[0] && !KarOptionsHelping()) {
    PetscCall(KarCheckpointOpen(comm, model, &file));
    PetscCall(KarCheckpointHas(file, "architecture/dim", &has));
    if (has) PetscCall(KarCheckpointGetInt(file, "architecture/dim", &value));
    dim = has ? (PetscInt)value : 0;
    for (PetscInt a = 0; a < dim && a < 3; a++) {
      PetscCall(KarCheckpointGetInt(file, names[a], &value));
      n[a] = (PetscInt)value;
    }
    PetscCall(KarCheckpointDestroy(&file));
  }
  PetscCall(KarSetupMemory(comm, command, PetscMin(dim, 3), n, share));
  PetscFunctionReturn(PETSC_SUCCESS);
}
