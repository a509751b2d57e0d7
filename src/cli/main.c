/* karhunen COMMAND [OPTIONS]: a table of commands.  A word that is no option becomes -in. */
#include "cli.h"
#include "plan/plan.h"
#ifdef __GLIBC__
  #include <malloc.h>
#endif

static const KarCommand commands[] = {
  {"generate", KarCommandGenerate, PETSC_FALSE, "fields of a known law, by simulation"},
  {"train", KarCommandTrain, PETSC_FALSE, "learn the law of a set of fields"},
  {"calibrate", KarCommandCalibrate, PETSC_FALSE, "a model's second moments, corrected by its own samples"},
  {"sample", KarCommandSample, PETSC_FALSE, "new fields from a model or an exact law"},
  {"translate", KarCommandTranslate, PETSC_FALSE, "fields of one law into those of another, by bridges"},
  {"observe", KarCommandObserve, PETSC_FALSE, "data made of a field: values at places, with noise"},
  {"posterior", KarCommandPosterior, PETSC_FALSE, "new fields given data, from a model or an exact law"},
  {"bridge", KarCommandBridge, PETSC_FALSE, "paths of a process between fields, or to data"},
  {"control", KarCommandControl, PETSC_FALSE, "paths of a process under the best control for a cost"},
  {"apply", KarCommandApply, PETSC_FALSE, "a network on the fields of a file"},
  {"encode", KarCommandEncode, PETSC_FALSE, "fields as latents of an implicit representation"},
  {"plan", KarCommandPlan, PETSC_FALSE, "memory, time and disk of a command, before it runs"},
  {"evaluate", KarCommandEvaluate, PETSC_FALSE, "two sets of fields, compared"},
  {"render", KarCommandRender, PETSC_TRUE, "pictures of the fields in a file"},
  {"info", KarCommandInfo, PETSC_TRUE, "what a file holds"},
  {"verify", KarCommandVerify, PETSC_TRUE, "is a file whole?"},
  {"validate", KarCommandValidate, PETSC_FALSE, "processes and samplers against exact laws"},
  {NULL, NULL, PETSC_FALSE, NULL}};

static PetscErrorCode PrintCommands(MPI_Comm comm)
{
  PetscFunctionBegin;
  PetscCall(PetscPrintf(comm,
                        "karhunen %s: diffusion models in function space\n\n  karhunen COMMAND [OPTIONS]      karhunen "
                        "COMMAND -help [all]\n\n",
                        KarVersionFull()));
  for (const KarCommand *c = commands; c->name; c++) PetscCall(PetscPrintf(comm, "  %-10s %s\n", c->name, c->text));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode RunCommand(MPI_Comm comm, const char name[])
{
  char      word[PETSC_MAX_PATH_LEN];
  PetscBool has;

  PetscFunctionBegin;
  for (const KarCommand *c = commands; c->name; c++)
    if (!strcmp(c->name, name)) {
      PetscCall(PetscOptionsGetString(NULL, NULL, "-in", word, sizeof(word), &has));
      KarCheck(comm, !has || c->file, PETSC_ERR_USER_INPUT, "%s %s: a word too many; options begin with -", name, word);
      if (KarOptionsHelping()) PetscCall(PetscPrintf(comm, "karhunen %s: %s\n", c->name, c->text));
      PetscCall(KarOptionsRun(comm, c->run));
      PetscFunctionReturn(PETSC_SUCCESS);
    }
  KarCheck(comm, strcmp(name, "bench"), PETSC_ERR_USER_INPUT,
           "bench: no such command; benchmarks are a program of their own, karhunen-bench");
  KarCheck(comm, PETSC_FALSE, PETSC_ERR_USER_INPUT, "%s: no such command; karhunen -help lists them", name);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The words of other programs: "help COMMAND" is "COMMAND -help", "help" is -help; true for "version" and its like,
   which is then no command. */
static PetscBool TakeWords(int *argc, char **argv)
{
  static char              help[]  = "-help";
  static const char *const words[] = {"version", "-version", "--version", "-V", NULL};

  for (int i = 0; *argc == 2 && words[i]; i++)
    if (!strcmp(argv[1], words[i])) {
      argv[--*argc] = NULL;
      return PETSC_TRUE;
    }
  if (*argc > 1 && !strcmp(argv[1], "help")) {
    argv[1] = *argc > 2 ? argv[2] : help;
    if (*argc > 2) argv[2] = help;
  }
  return PETSC_FALSE;
}

/* Takes the command out of the arguments and turns a bare word before the first option into "-in WORD". */
static const char *TakeCommand(int *argc, char **argv)
{
  static char in[]    = "-in";
  const char *command = *argc > 1 && argv[1][0] != '-' ? argv[1] : NULL;

  if (!command) return NULL;
  if (*argc > 2 && argv[2][0] != '-') argv[1] = in;
  else {
    for (int i = 1; i < *argc; i++) argv[i] = argv[i + 1];
    --*argc;
  }
  return command;
}

static PetscErrorCode Run(MPI_Comm comm, const char command[], PetscBool version, int argc, char **argv)
{
  PetscFunctionBegin;
  if (version) {
    PetscCall(PetscPrintf(comm, "karhunen %s\n", KarVersionFull()));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KarCommandCheckWords(comm, argc, argv));
  if (command) PetscCall(RunCommand(comm, command));
  else {
    PetscCall(PrintCommands(comm));
    KarCheck(comm, KarOptionsHelping(), PETSC_ERR_USER_INPUT, "no command is given; it comes before the options");
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* "plan COMMAND ..." is one process that runs others, without MPI; but for its -help. */
static PetscBool IsPlan(int argc, char **argv)
{
  for (int i = 2; i < argc; i++)
    if (!strcmp(argv[i], "-help") || !strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) return PETSC_FALSE;
  return argc > 1 && !strcmp(argv[1], "plan") ? PETSC_TRUE : PETSC_FALSE;
}

int main(int argc, char **argv)
{
#ifdef M_MMAP_MAX /* what is freed goes back to the system: SuperLU_DIST, loaded with PETSc, tells malloc to keep it */
  (void)mallopt(M_MMAP_MAX, 1 << 16);
  (void)mallopt(M_TRIM_THRESHOLD, 2 << 20);
  (void)mallopt(M_MMAP_THRESHOLD, 2 << 20);
#endif
  if (IsPlan(argc, argv)) return kar_plan_main(argc, argv);

  PetscBool      version = TakeWords(&argc, argv);
  const char    *command = TakeCommand(&argc, argv);
  PetscErrorCode code    = KarInitialize(&argc, &argv);
  if (!code) code = Run(PETSC_COMM_WORLD, command, version, argc, argv);
  return KarFinish(code);
}
