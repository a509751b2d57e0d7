/* -help, and -help all: options that come only with another type or choice.  Set-up runs once for every choice of
   every option that has choices, one changed at a time and those that it brings beneath it; an option that some
   choices bring and others do not says which. */
#include "sysimpl.h"

PetscBool kar_options_all = PETSC_FALSE;
int       kar_options_run = 0;

/* Choice i of an option: from the lines below its text, a type each, or from "(one of: a, b)" in it. False beyond the
   last. */
static PetscBool Choice(const KarKnown *k, int i, size_t size, char word[])
{
  const char *at = strchr(k->text, '\n');
  int         n  = 0;

  if (at) {
    for (; at && n < i; n++) at = strchr(at + 1, '\n');
    return (PetscBool)(at && sscanf(at, "%63s", word) == 1);
  }
  at = strstr(k->text, "(one of: ");
  for (at = at ? at + 9 : NULL; at && n < i; n++) {
    at += strcspn(at, ",)");
    at = *at == ',' ? at + 2 : NULL;
  }
  if (at) (void)snprintf(word, PetscMin(size, strcspn(at, ",)") + 1), "%s", at);
  return (PetscBool)(at != NULL);
}

typedef struct {
  KarOptionsFn *run;
  MPI_Comm      comm;
} Walk;
enum { KNOWN = 512 }; /* options of a command, at most */

static PetscErrorCode Visit(const Walk *walk, char seen[], PetscBool *whole);

/* All choices of option o, its default's options being known to be `standard`: who brings what is noted, and added to
   `seen`. */
static PetscErrorCode VisitChoices(const Walk *walk, int o, const char standard[], char seen[])
{
  enum { CHOICES = 32 };
  char      word[64], names[CHOICES][64], (*brought)[KNOWN];
  PetscBool whole[CHOICES];
  int       n = 0;

  PetscFunctionBegin;
  PetscCall(PetscCalloc1(CHOICES, &brought));
  for (; n < CHOICES && Choice(&kar_known[o], n, sizeof(word), word); n++) {
    PetscCall(PetscStrncpy(names[n], word, sizeof(names[n])));
    whole[n] = PETSC_TRUE;
    if (!strcmp(word, kar_known[o].value)) PetscCall(PetscMemcpy(brought[n], standard, KNOWN));
    else {
      PetscCall(PetscOptionsSetValue(NULL, kar_known[o].name, word));
      PetscCall(Visit(walk, brought[n], &whole[n]));
      PetscCall(PetscOptionsClearValue(NULL, kar_known[o].name));
    }
  }
  for (int k = 0; k < kar_nknown; k++) {
    char  *needs = kar_known[k].needs;
    int    with = 0, without = 0;
    size_t used = strlen(needs);

    for (int c = 0; c < n; c++) with += brought[c][k], without += whole[c] && !brought[c][k];
    if (with) seen[k] = 1;
    if (!with || !without) continue;
    for (int c = 0, first = 1; c < n; c++)
      if (brought[c][k] && used < sizeof(kar_known[k].needs)) {
        used += (size_t)snprintf(needs + used, sizeof(kar_known[k].needs) - used, "%s%s%s%s",
                                 !first ? ", "
                                 : used ? "; "
                                        : "",
                                 first ? kar_known[o].name : "", first ? " " : "", names[c]);
        first = 0;
      }
  }
  PetscCall(PetscFree(brought));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One run of set-up, and the choices of every option that is new in it; whole: it came to its end.  A choice may not
   go with the others' defaults, or lack its file: what was named before that counts. */
static PetscErrorCode Visit(const Walk *walk, char seen[], PetscBool *whole)
{
  const int      first = kar_nknown;
  char           own[KNOWN];
  int            end;
  PetscErrorCode code;

  PetscFunctionBegin;
  kar_options_run++;
  code = walk->run(walk->comm);
  if (code && kar_options_run == 1) PetscCall(code);
  kar_forget_error();
  *whole = code ? PETSC_FALSE : PETSC_TRUE;
  end    = kar_nknown;
  KarCheck(walk->comm, end < KNOWN, PETSC_ERR_ARG_SIZ, "-help all: a command has more than %d options", KNOWN);
  for (int k = 0; k < end; k++) own[k] = kar_known[k].seen == kar_options_run;
  memset(own + end, 0, KNOWN - (size_t)end);
  PetscCall(PetscMemcpy(seen, own, KNOWN));
  for (int k = first; k < end; k++)
    if (kar_known[k].seen) PetscCall(VisitChoices(walk, k, own, seen));
  PetscFunctionReturn(PETSC_SUCCESS);
}

enum { FIRST, OWN, MACHINE, COMMON }; /* what a command is for, its other options, ranks and memory, those of all */

static int Group(const char name[])
{
  static const char *const first[]   = {"-in",
                                        "-model",
                                        "-data",
                                        "-generator_type",
                                        "-grid_n",
                                        "-samples",
                                        "-seed",
                                        "-out",
                                        "-bridge_start",
                                        "-bridge_end",
                                        "-control_start",
                                        "-control_target",
                                        "-obs_data",
                                        "-posterior_type",
                                        "-train_steps",
                                        "-resume",
                                        NULL};
  static const char *const machine[] = {"-ranks_per_field", "-memory_limit", "-train_group", NULL};
  static const char *const common[]  = {"-max_time", "-quiet", "-threads", "-fft_plan", "-overwrite", NULL};

  for (int i = 0; first[i]; i++)
    if (!strcmp(name, first[i])) return FIRST;
  for (int i = 0; machine[i]; i++)
    if (!strcmp(name, machine[i])) return MACHINE;
  for (int i = 0; common[i]; i++)
    if (!strcmp(name, common[i])) return COMMON;
  return OWN;
}

/* Sections of the other options, by how their names begin; a longer beginning stands before one that it begins with. */
static const struct {
  const char *begin, *title;
} sections[] = {{"-variable", "How the file is read"},
                {"-axes", "How the file is read"},
                {"-fill_missing", "How the file is read"},
                {"-resample_axes", "How the file is read"},
                {"-samples_", "How the file of -samples is read"},
                {"-memory", "Learnt by heart?"},
                {"-judge", "A network as a judge"},
                {"-likelihood", "Likelihood, in place of a report"},
                {"-truths", "Samples that are draws given data"},
                {"-related", "Samples that are draws given data"},
                {"-coarse", "Fields of a coarser grid, to which a cascade adds"},
                {"-held", "Fields as their latents have them"},
                {"-grid_", "Grid"},
                {"-condition", "Conditions, what the model is told"},
                {"-obs_cov_", "Errors of the data that are a field"},
                {"-obs_", "Data of a field"},
                {"-posterior_", "Fields given data"},
                {"-noise_cov_", "Covariance of the noise"},
                {"-data_cov_", "Covariance of the law"},
                {"-cov_", "Covariance of the noise"},
                {"-sde_", "Process"},
                {"-score_", "Law, where there is no model"},
                {"-mixture_", "Law, where there is no model"},
                {"-empirical_", "Law, where there is no model"},
                {"-sampler_", "Sampler"},
                {"-net_", "Network"},
                {"-fno_", "Network"},
                {"-local_", "Network"},
                {"-unet_", "Network"},
                {"-transformer_", "Network"},
                {"-inr_", "Network"},
                {"-neuraloperator_", "Network"},
                {"-denoiser_", "Denoiser, the network between its gains"},
                {"-train_", "Training"},
                {"-bridge_", "Bridge"},
                {"-control_", "Control"},
                {"-outline_", "Outlines"},
                {"-kunita_", "Outlines"},
                {"-reversal_", "Time reversal"},
                {"-process_", "Law process"},
                {"-file_", "Law file"},
                {"-ns_", "Law navierstokes"},
                {"-insar_", "Law insar"},
                {"-scene_", "Scene"},
                {"-patches_", "Patches of a scene"},
                {"-mnist_", "Law mnistsdf"},
                {"-generator_", "Law"},
                {"-out_", "File"},
                {"-plan_", "Plan"}};
enum { SECTIONS = (int)(sizeof(sections) / sizeof(sections[0])) };

/* The title over an option; NULL: none. */
static const char *Section(const char name[])
{
  for (int i = 0; i < SECTIONS; i++)
    if (!strncmp(name, sections[i].begin, strlen(sections[i].begin))) return sections[i].title;
  return NULL;
}

static PetscBool InSection(const char name[], const char section[])
{
  const char *title = Section(name);

  return (PetscBool)(section ? title && !strcmp(title, section) : !title);
}

/* The options of a group; of a command's other options those of one section, or NULL: those of none. */
static PetscErrorCode PrintGroup(MPI_Comm comm, int group, const char section[])
{
  PetscFunctionBegin;
  for (int i = 0; i < kar_nknown; i++) {
    const KarKnown *k     = &kar_known[i];
    const int       first = (int)strcspn(k->text, "\n");

    if (Group(k->name) != group || (group == OWN && !InSection(k->name, section))) continue;
    PetscCall(PetscPrintf(comm, "  %-28s %.*s%s%s%s%s%s%s\n", k->name, first, k->text, k->value[0] ? " [" : "",
                          k->value, k->value[0] ? "]" : "", k->needs[0] ? ", with " : "", k->needs, k->text + first));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Each section once, in the order in which the command reads them. */
static PetscErrorCode PrintSections(MPI_Comm comm)
{
  const char *done[SECTIONS];
  int         n = 0;

  PetscFunctionBegin;
  for (int i = 0; i < kar_nknown; i++) {
    const char *title = Section(kar_known[i].name);
    int         k     = 0;

    if (!title || Group(kar_known[i].name) != OWN) continue;
    while (k < n && strcmp(done[k], title)) k++;
    if (k < n) continue;
    done[n++] = title;
    PetscCall(PetscPrintf(comm, "  %s:\n", title));
    PetscCall(PrintGroup(comm, OWN, title));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A title, where a group has an option. */
static PetscErrorCode PrintTitled(MPI_Comm comm, const char title[], int group)
{
  PetscFunctionBegin;
  for (int i = 0; i < kar_nknown; i++)
    if (Group(kar_known[i].name) == group && (group != OWN || InSection(kar_known[i].name, NULL))) {
      PetscCall(PetscPrintf(comm, "  %s:\n", title));
      PetscCall(PrintGroup(comm, group, NULL));
      break;
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Print(MPI_Comm comm)
{
  PetscFunctionBegin;
  PetscCall(PrintGroup(comm, FIRST, NULL));
  PetscCall(PrintTitled(comm, "Further", OWN));
  PetscCall(PrintSections(comm));
  PetscCall(PrintTitled(comm, "Ranks and memory", MACHINE));
  PetscCall(PetscPrintf(comm, "  Of every command:\n"));
  PetscCall(PrintGroup(comm, COMMON, NULL));
  PetscCall(
    PetscPrintf(comm, "  %-28s %s\n", "-options_file FILE", "read options from a file (.yaml, or PETSc's own format)"));
  PetscCall(PetscPrintf(comm, "  PETSc's own options work too: -log_view :FILE writes what each part has cost.\n"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What -help leaves out: options of types that are not chosen; a type of the last list is the example. */
static PetscErrorCode PrintOthers(MPI_Comm comm)
{
  const KarKnown *last = NULL;
  char            word[64];

  PetscFunctionBegin;
  for (int i = 0; i < kar_nknown; i++)
    if (strchr(kar_known[i].text, '\n')) last = &kar_known[i];
  for (int i = 0; last && Choice(last, i, sizeof(word), word); i++)
    if (strcmp(word, last->value)) {
      PetscCall(PetscPrintf(comm,
                            "  Of each list of types the options of the one in brackets are shown: %s %s -help shows "
                            "those of %s,\n  and -help all those of every type.\n",
                            last->name, word, word));
      break;
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarOptionsPrintHelp(MPI_Comm comm)
{
  PetscFunctionBegin;
  if (kar_options_all) PetscFunctionReturn(PETSC_SUCCESS); /* KarOptionsRun() prints when it has seen them all */
  PetscCall(Print(comm));
  PetscCall(PrintOthers(comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KarOptionsRun(MPI_Comm comm, KarOptionsFn *run)
{
  const Walk walk = {.run = run, .comm = comm};
  char       seen[KNOWN];
  PetscBool  whole;

  PetscFunctionBegin;
  if (kar_options_all && kar_options_helping) {
    PetscCall(Visit(&walk, seen, &whole));
    PetscCall(Print(comm));
  } else PetscCall(run(comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}
